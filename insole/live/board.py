"""Newest values and the last minute, for whoever looks: the window, the terminal, a script.

The engine writes, any thread reads: `Board.view()` copies under a short lock, at the reader's pace.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from insole.guided.view import DrillView, GuideView, ZeroView
from insole.model.arrays import Flags, Floats
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.link import LinkHealth
from insole.model.quality import Ledger, Quality
from insole.model.stream import Capability, LinkPhase, Load
from insole.model.trial import Alignment
from insole.parameters import Parameters
from insole.plugins import RecorderStatus
from insole.signal.filters import Smooth
from insole.signal.health import Finding
from insole.signal.holds import REGION_OF, Hold, Range
from insole.signal.tripod import points

HISTORY_S = 60.0


@dataclass(frozen=True, slots=True)
class SmoothView:
    """The newest sample as it is drawn (science.md, section 7.3): nothing is computed from it.

    Attributes:
        total_n: force, N, by the exponential mean; NaN before the first sample.
        tripod: (3,) shares of the three points, by the same; NaN where undefined.
        cop_mm: (2,) centre of pressure, by a Bessel of order 2; NaN in the air.
        force_delay_s, cop_delay_s: how much later than the foot these are.
        quadripod: (4,) shares of heel, ball of big toe, ball of little toe and big toe, as
            `tripod`; NaN where undefined, or without a sensor under one of them.
    """

    total_n: float
    tripod: Floats
    cop_mm: Floats
    force_delay_s: float
    cop_delay_s: float
    quadripod: Floats = field(default_factory=lambda: np.full(len(REGION_OF), np.nan))


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
        smooth: what is drawn of the newest sample; None before the first.
        sway: measures of standing so far, named as in the registry, tagged `causal`; {} while
            nobody stands, or for too short a time.
        sway_s: how long they rest on.
        findings: what was wrong with sensors, in order of time.
        masked: numbers from 0 of the sensors that are left out now.
        quadripod: the four points against the target of the quadripod hold, shares smoothed as
            they are drawn; its `why` says what is missing; None before the foot is known.
        ranges: while standing on both feet, `rearfoot_share` and `medial_share` with the range
            where they should lie, means of the last second; else ().
        is_force: forces are newtons; False: they are counts, and only shares and times hold.
        zero: how old its zero is; None: not known, and of no matter in a replay.
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
    smooth: SmoothView | None = None
    sway: Mapping[str, float] = field(default_factory=dict[str, float])
    sway_s: float = 0.0
    findings: tuple[Finding, ...] = ()
    masked: tuple[int, ...] = ()
    quadripod: Hold | None = None
    ranges: tuple[Range, ...] = ()
    is_force: bool = True
    zero: ZeroView | None = None


@dataclass(frozen=True, slots=True)
class CompanionView:
    """A device beside the pair: never a foot.

    Attributes:
        device: its key.
        role: what it is, e.g. `motion pod`.
        phase, phase_text: what its link does, and the sentence for people.
        protocol: its name.
        battery: percent or None.
        age_s: since it told something (inf before).
    """

    device: str
    role: str
    phase: LinkPhase
    phase_text: str
    battery: int | None = None
    age_s: float = float("inf")
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class StandingView:
    """Somebody stands now.

    Attributes:
        side: the foot that stands; None for both.
        since_s: since when, on the pipeline's axis.
        touches: how often the other foot touched the ground.
    """

    side: Side | None
    since_s: float
    touches: int


@dataclass(frozen=True, slots=True)
class TimeView:
    """How well both feet share one time (science.md, section 8.3).

    Attributes:
        sd_s: standard uncertainty of one foot's time against the other's; None: not known yet.
        limit_s: below it, symmetry of step times is shown.
        alignment: what was found from stomps, or None.
        stomping: the sentence of a search for stomps that runs now, or "".
    """

    sd_s: float | None = None
    limit_s: float = 0.0
    alignment: Alignment | None = None
    stomping: str = ""

    @property
    def good(self) -> bool:
        """Step times of both feet may be compared."""
        return self.sd_s is not None and self.sd_s < self.limit_s


@dataclass(frozen=True, slots=True)
class StoppedView:
    """A recording was stopped and can still go on without a hole."""

    path: Path
    left_s: float


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Where a replay stands.

    Attributes:
        path: the file.
        position_s, duration_s: where it is, or where it is led to; its length.
        speed: inf: as fast as it goes.
        paused: it was told to wait.
        going: it is on its way; what is shown is still of the place before.
    """

    path: str
    position_s: float
    duration_s: float
    speed: float
    paused: bool
    going: bool = False

    @property
    def rests(self) -> bool:
        """Nothing new is expected at this moment."""
        return self.paused or self.going


@dataclass(frozen=True, slots=True)
class AimsView:
    """What is aimed at, and what is no change: defaults, or the person's own (science.md, 1.5).

    Attributes:
        parameters: the section `targets` of these holds.
        sessions: earlier sessions that it rests on; 0: defaults.
        why: why it is not the person's own, where that was asked for.
        bands: metric to the ends of its usual range, of each foot; in the metric's unit.
        symmetry: metric to the ends of the neutral band of its index SI, %.
    """

    parameters: Parameters = field(default_factory=Parameters)
    sessions: int = 0
    why: str = ""
    bands: Mapping[Side, Mapping[str, tuple[float, float]]] = field(
        default_factory=dict[Side, Mapping[str, tuple[float, float]]]
    )
    symmetry: Mapping[str, tuple[float, float]] = field(
        default_factory=dict[str, tuple[float, float]]
    )

    @property
    def own(self) -> bool:
        """They are the person's own."""
        return self.sessions > 0


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything a reader draws, at one moment.

    Attributes:
        now_s: newest instant on the pipeline's axis that the pair has reached.
        feet: always both sides.
        beside: devices that stream beside the pair.
        links: how well each device's link does, by its key; {} for replays.
        mass_kg: body mass in use, None when unknown: BW values are then not available.
        activity: `run`, `walk`, `stand`, `hop` or `other` now; "" before it is known.
        standing: set while somebody stands.
        ranges: while standing on both feet, `left_share` with the range where it should lie, mean
            of the last second; else ().
        aims: targets and ranges in force for whoever looks.
        time: how well the feet share one time.
        guide: a guided act, as it goes on or as the newest one ended; None: there was none.
        k_dyn, k_verdict: momentum self-check (science.md, section 2.4) and its words.
        recording: status while recording, else None.  recording_since_s: elapsed seconds.
        stopped: set for some seconds after a recording was stopped.
        kept_s: seconds before now that a recording could still begin with.
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
    beside: tuple[CompanionView, ...] = ()
    links: Mapping[str, LinkHealth] = field(default_factory=dict[str, LinkHealth])
    mass_kg: float | None = None
    activity: str = ""
    standing: StandingView | None = None
    ranges: tuple[Range, ...] = ()
    aims: AimsView = field(default_factory=AimsView)
    time: TimeView = field(default_factory=TimeView)
    guide: GuideView | None = None
    drill: DrillView | None = None
    k_dyn: float = float("nan")
    k_verdict: str = ""
    recording: RecorderStatus | None = None
    recording_since_s: float = 0.0
    stopped: StoppedView | None = None
    kept_s: float = 0.0
    marks: tuple[tuple[float, str], ...] = ()
    replay: ReplayView | None = None
    messages: tuple[str, ...] = ()
    finished: bool = False
    overflow: int = 0
    sensor_to_board_ms: float = float("nan")

    @property
    def is_force(self) -> bool:
        """Forces of both feet are newtons."""
        return all(foot.is_force for foot in self.feet.values())


LATENCIES = 512
"""Publications over which the 95th percentile of the delay is taken: a few seconds."""


class History:
    """The last minute of one foot; rows are appended in place, read as copies.

    Each array has twice the room it needs, so that a copy back to the front happens once a minute.

    Args:
        rate_hz: nominal rate.
        parameters: section `display`.
    """

    def __init__(self, rate_hz: float, *, parameters: Parameters) -> None:
        self._keep = max(64, int(HISTORY_S * rate_hz))
        room = 2 * self._keep
        self.time_s = np.empty(room)
        self.force_n = np.empty(room)
        self.points_n = np.empty((room, 3))
        self.four_n = np.empty((room, len(REGION_OF)))
        self.cop_mm = np.empty((room, 2))
        self.quality = np.empty(room, np.uint32)
        self.size = 0
        self._force = Smooth("one-pole", rate_hz=rate_hz, cut_hz=parameters["display.ema_hz"])
        self._cop = Smooth("bessel", rate_hz=rate_hz, cut_hz=parameters["display.cop_hz"])

    def append(self, load: Load) -> None:
        """Take rows; only the newest minute is kept."""
        new = min(len(load.time_s), self._keep)
        if not new:
            return
        if self.size + new > len(self.time_s):
            kept = min(self.size, self._keep)
            for array in (
                self.time_s, self.force_n, self.points_n, self.four_n, self.cop_mm, self.quality
            ):  # fmt: skip
                array[:kept] = array[self.size - kept : self.size].copy()
            self.size = kept
        here = slice(self.size, self.size + new)
        self.time_s[here] = load.time_s[-new:]
        self.force_n[here] = load.total_n[-new:]
        self.points_n[here] = points(load.region_n[-new:])
        self.four_n[here] = load.region_n[-new:, REGION_OF]
        self.cop_mm[here] = load.cop_mm[-new:]
        self.quality[here] = load.quality[-new:]
        self.size += new

    def since(self, time_s: float) -> slice:
        """Rows from an instant to now."""
        first = int(np.searchsorted(self.time_s[: self.size], time_s))
        return slice(first, self.size)

    def smooth(self) -> SmoothView:
        """The newest row as it is drawn; there is one."""
        first = max(0, self.size - max(self._force.reach, self._cop.reach))
        breaks = np.flatnonzero(self.quality[first : self.size] & np.uint32(Quality.BREAK))
        first += int(breaks[-1]) if len(breaks) else 0
        rows = slice(first, self.size)
        force = np.column_stack((self.force_n[rows], self.points_n[rows], self.four_n[rows]))
        newest = self._force.newest(force)
        path, cop = self.cop_mm[rows], np.full(2, np.nan)
        holes = np.flatnonzero(~np.isfinite(path[:, 0]))
        since = int(holes[-1]) + 1 if len(holes) else 0
        if since < len(path):
            cop = self._cop.newest(path[since:])
        return SmoothView(
            total_n=float(newest[0]),
            tripod=_shares(newest[1:4]),
            cop_mm=cop,
            force_delay_s=self._force.delay_s(),
            cop_delay_s=self._cop.delay_s(),
            quadripod=_shares(newest[4:]),
        )


def _shares(load_n: Floats) -> Floats:
    whole = float(load_n.sum())
    return load_n / whole if whole > 0.0 else np.full(len(load_n), np.nan)


class Board:
    """Where the engine writes and everybody looks.

    Args:
        parameters: section `display`.
    """

    def __init__(self, parameters: Parameters | None = None) -> None:
        self._parameters = parameters or Parameters()
        self._lock = threading.Condition(threading.Lock())
        self._aims = AimsView(self._parameters)
        self._view = BoardView(aims=self._aims)
        self._history: dict[Side, History] = {}
        self._newest_ns: dict[Side, int] = {}
        self._delays_ms: deque[float] = deque(maxlen=LATENCIES)

    def append(self, side: Side, load: Load, *, rate_hz: float, arrived_ns: int) -> None:
        """New rows of one foot, the newest of which came at `arrived_ns` (in a replay: now)."""
        if not len(load.time_s):
            return
        with self._lock:
            history = self._history.get(side)
            if history is None:
                history = History(rate_hz, parameters=self._parameters)
                self._history[side] = history
            history.append(load)
            self._newest_ns[side] = arrived_ns
            # A virtual pair may run ahead of the clock on the wall.
            self._delays_ms.append(max(0, time.monotonic_ns() - arrived_ns) * 1e-6)

    def aim(self, aims: AimsView) -> None:
        """Other targets and ranges, from the next publication on."""
        with self._lock:
            self._aims = aims

    def publish(self, view: BoardView) -> None:
        """Replace everything but aims, histories and ages, which are filled in."""
        with self._lock:
            self._view = replace(view, version=self._view.version + 1, aims=self._aims)
            self._lock.notify_all()

    def await_news(self, version: int, timeout_s: float) -> bool:
        """Wait until there is something newer than this version; False after `timeout_s`."""
        with self._lock:
            return self._lock.wait_for(lambda: self._view.version > version, timeout_s)

    def forget(self) -> None:
        """Time starts again (a replay was moved)."""
        with self._lock:
            self._history.clear()
            self._newest_ns.clear()

    def view(self) -> BoardView:
        """Everything at this moment; the caller owns the copies."""
        with self._lock:
            base = self._view
            now_ns = time.monotonic_ns()
            feet = {side: self._foot(side, foot, now_ns) for side, foot in base.feet.items()}
            delays = np.array(self._delays_ms)
            # rows come before the publication that tells of them
            times = [float(one.time_s[one.size - 1]) for one in self._history.values() if one.size]
        delay = float(np.percentile(delays, 95)) if len(delays) else float("nan")
        now_s = max(base.now_s, *times) if times else base.now_s
        return replace(base, feet=feet, now_s=now_s, sensor_to_board_ms=delay)

    def _foot(self, side: Side, foot: FootView, now_ns: int) -> FootView:
        history = self._history.get(side)
        if history is None:
            return foot
        rows = history.since(history.time_s[history.size - 1] - HISTORY_S)
        time_s = history.time_s[rows].copy()
        quality = history.quality[rows].copy()
        recent = history.since(time_s[-1] - 5.0)
        real = (history.quality[recent] & np.uint32(Quality.INTERPOLATED)) == 0
        span_s = history.time_s[recent.stop - 1] - history.time_s[recent.start]
        trace = history.since(foot.since_s if foot.in_contact else time_s[-1] - 2.0)
        smooth = history.smooth()
        if foot.tripod is None or not np.isfinite(foot.tripod).all():
            nothing = np.full(len(REGION_OF), np.nan)
            smooth = replace(smooth, tripod=nothing[:3], quadripod=nothing)
        return replace(
            foot,
            smooth=smooth,
            quadripod=foot.quadripod.at(smooth.quadripod) if foot.quadripod else None,
            age_s=max(0, now_ns - self._newest_ns[side]) * 1e-9,
            measured_hz=float((real.sum() - 1) / span_s) if span_s > 0 else 0.0,
            time_s=time_s,
            force_n=history.force_n[rows].copy(),
            quality=quality,
            trace_mm=history.cop_mm[trace].copy(),
        )
