"""Newest values and the last minute, for whoever looks: the window, the terminal, a script.

The engine writes, any thread reads: `Board.view()` copies under a short lock, at the reader's pace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from insole.model.arrays import Flags, Floats
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.quality import Ledger
from insole.model.stream import Capability, LinkPhase
from insole.plugins import RecorderStatus

HISTORY_S = 60.0


@dataclass(frozen=True, slots=True)
class FootView:
    """One foot now. Arrays are copies; times are seconds on the pipeline's axis.

    Attributes:
        device: device key, or "" while none is known.
        phase, phase_text: what the link does, and the sentence for people.
        capability: what the device said, None before.
        nominal_hz, measured_hz: told by the device; counted over the last 5 s of device time.
        ledger: where the samples went so far.
        battery: percent or None.  rssi_dbm: of the last advertisement, or None.
        age_s: age of the newest sample now (inf before the first); stale above 0.25 s.
        values: (S,) newest calibrated values in the device's quantity.
        total_n: newest force, N (NaN before the first sample).
        cop_mm: (2,) newest CoP, NaN in the air.
        tripod: (3,) newest t = heel, first ray, fifth ray; NaN when undefined.
        barycentric: (3,) newest beta; NaN when undefined.
        coverage3: c3, share of the load on the three points; NaN when undefined.
        in_contact: the detector says stance now.  since_s: when that began.
        trace_mm: (m, 2) CoP of the current contact, or of the last 2 s of standing.
        time_s, force_n, quality: (n,) last 60 s.
        steps: final steps of this trial, in order (all; index from the end for the newest).
        anchors_mm: (3, 2) corners of the tripod, heel, first ray, fifth ray.
    """

    device: str = ""
    phase: LinkPhase = "searching"
    phase_text: str = ""
    capability: Capability | None = None
    nominal_hz: float = 0.0
    measured_hz: float = 0.0
    ledger: Ledger = field(default_factory=Ledger)
    battery: int | None = None
    rssi_dbm: int | None = None
    age_s: float = float("inf")
    values: Floats | None = None
    total_n: float = float("nan")
    cop_mm: Floats | None = None
    tripod: Floats | None = None
    barycentric: Floats | None = None
    coverage3: float = float("nan")
    in_contact: bool = False
    since_s: float = float("nan")
    trace_mm: Floats | None = None
    time_s: Floats | None = None
    force_n: Floats | None = None
    quality: Flags | None = None
    steps: Steps | None = None
    anchors_mm: Floats | None = None


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Where a replay stands."""

    path: str
    position_s: float
    duration_s: float
    speed: float  # inf: as fast as it goes
    paused: bool


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything a reader draws, at one moment.

    Attributes:
        now_s: newest instant on the pipeline's axis that the pair has reached.
        feet: always both sides.
        mass_kg: body mass in use, None when unknown: BW values are then not available.
        activity: `run`, `walk`, `stand`, `hop` or `other`; "" before it is known.
        k_dyn, k_verdict: momentum self-check (science.md, section 2.4) and its words.
        recording: status while recording, else None.  recording_since_s: elapsed seconds.
        marks: (time s, text) of the last minute.
        replay: set when a file is playing.
        messages: sentences that need attention now, most urgent first.
        finished: the source has ended.
        overflow: samples that the hand-over could not hold (0 unless the machine is far too slow).
        sensor_to_board_ms: p95 of host arrival to board over the last 5 s.
        version: counts up with every publication; equal means nothing new.
    """

    version: int = 0
    now_s: float = 0.0
    feet: dict[Side, FootView] = field(
        default_factory=lambda: {Side.LEFT: FootView(), Side.RIGHT: FootView()}
    )
    mass_kg: float | None = None
    activity: str = ""
    k_dyn: float = float("nan")
    k_verdict: str = ""
    recording: RecorderStatus | None = None
    recording_since_s: float = 0.0
    marks: tuple[tuple[float, str], ...] = ()
    replay: ReplayView | None = None
    messages: tuple[str, ...] = ()
    finished: bool = False
    overflow: int = 0
    sensor_to_board_ms: float = float("nan")
