"""What a trial starts with and what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Literal, TypeAlias

from insole.model.calibration import Calibration
from insole.model.foot import Side


@dataclass(frozen=True, slots=True)
class ClockPrior:
    """Where a device's clock stood when the trial began; None means: settle first.

    Attributes:
        device: device key.
        offset_us: host time minus device time at device time 0, microseconds (lower envelope):
            host_us = device_us * (1 + skew_ppm * 1e-6) + offset_us on the host's monotonic clock.
        skew_ppm: how much faster the host clock runs.
    """

    device: str
    offset_us: float
    skew_ppm: float


@dataclass(frozen=True, slots=True)
class ClockFit:
    """How a device's clock maps to the host's: a line under all arrivals (science.md, 8.2).

    Attributes:
        offset_us, skew_ppm: as in `ClockPrior`.
        u_s: standard uncertainty of the offset, s.
        window_s: device time that the line rests on, s; 0 before the first fit.
    """

    offset_us: float
    skew_ppm: float
    u_s: float
    window_s: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """A static offset between the feet, found from strikes of both at once (science.md, 8.2).

    Attributes:
        device: key of the device whose times are moved.
        shift_s: what is taken off its times, s.
        u_s: standard uncertainty of that, s.
        strikes_s: the strikes of the other foot that it rests on, s on the pipeline's axis.
    """

    device: str
    shift_s: float
    u_s: float
    strikes_s: tuple[float, ...] = ()


Judgement: TypeAlias = Literal["", "keep", "repeat"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What people decided about a finished recording. The recording itself stays as it is.

    Attributes:
        judgement: `keep`, or `repeat`: the trial is to be made again; "": nobody has said.
        from_s, to_s: what counts, by arrival, s after the trial's origin; None: its ends.
        swapped: left is right.
        when: clock time of the decision, ISO 8601.
    """

    judgement: Judgement = ""
    from_s: float | None = None
    to_s: float | None = None
    swapped: bool = False
    when: str = ""

    @property
    def changes_result(self) -> bool:
        """Results are other ones than those of the whole recording as it is."""
        return self.swapped or self.from_s is not None or self.to_s is not None

    def window_ns(self, origin_ns: int) -> tuple[float, float]:
        """Arrivals that count, both ends inside."""
        begin = -inf if self.from_s is None else origin_ns + self.from_s * 1e9
        end = inf if self.to_s is None else origin_ns + self.to_s * 1e9
        return begin, end


@dataclass(frozen=True, slots=True)
class StartState:
    """Everything a trial's pipeline begins with; small, explicit, stored in the file.

    The trial's live results, its replay and its batch analysis are the same function of
    (start state, events).

    Attributes:
        origin_ns: host monotonic time that is 0 s on the pipeline's axis.
        mass_kg: body mass, or None: then the device's word is used if it has one.
        sides: device key to side, where a user overrode the device's own word.
        clocks: priors of clocks already settled.
        zero: per device, (S,) value of the unloaded sensors in the device's unit.
        gain: per device, factor on force.
        parameters: overrides of defaults.toml, dotted key to value.
        calibrations: history of both insoles, oldest first; goes over `zero` and `gain`.
        alignment: what brings the times of both feet together, or None.
        decision: what was decided about the finished recording, or None.
    """

    origin_ns: int = 0
    mass_kg: float | None = None
    sides: dict[str, Side] = field(default_factory=dict[str, Side])
    clocks: tuple[ClockPrior, ...] = ()
    zero: dict[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    gain: dict[str, float] = field(default_factory=dict[str, float])
    parameters: dict[str, float] = field(default_factory=dict[str, float])
    calibrations: tuple[Calibration, ...] = ()
    alignment: Alignment | None = None
    decision: Decision | None = None

    def side_of(self, device: str, told: Side | None) -> Side | None:
        """The foot that a device is on: by the user's word before its own, then swapped or not.

        Args:
            device: its key.
            told: what it says of itself.
        """
        side = self.sides.get(device, told)
        swapped = self.decision is not None and self.decision.swapped
        return side.other if swapped and side is not None else side


@dataclass(frozen=True, slots=True)
class TrialNotes:
    """What people write about a trial; never enters a computation."""

    athlete: str = ""
    shoe: str = ""
    surface: str = ""
    speed_m_s: float | None = None
    note: str = ""
    wall_clock: str = ""  # ISO 8601 with offset, at origin_ns
    source: str = ""  # the source string, e.g. virtual:run?speed=3.3


def noted(notes: TrialNotes) -> dict[str, Any]:
    """Notes for the document, empty ones left out."""
    said: dict[str, Any] = {
        "athlete": notes.athlete,
        "shoe": notes.shoe,
        "surface": notes.surface,
        "speed_m_s": notes.speed_m_s,
        "note": notes.note,
        "wall_clock": notes.wall_clock,
        "source": notes.source,
    }
    return {key: value for key, value in said.items() if value not in ("", None)}


def clock_of(wall_clock: str) -> float | None:
    """Seconds of a note's clock time; None where it is none, or of no time zone."""
    try:
        told = datetime.fromisoformat(wall_clock)
    except ValueError:
        return None
    return told.timestamp() if told.tzinfo is not None else None
