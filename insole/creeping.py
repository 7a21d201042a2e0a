"""Standing checks of several recordings, and the creep that they tell of one of them.

Creep follows the hours of wear, not the files: checks of the same insoles are put in order by clock
time, and every recording of those hours takes its factors from them (science.md, section 2.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from insole.model.foot import Side
from insole.model.stream import Capability
from insole.signal import procedures

SAME_HOURS_S = 4 * 3600.0  # further apart is another session: rest undoes creep  [ED]


@dataclass(frozen=True, slots=True)
class Check:
    """Both feet stood still in a recording.

    Attributes:
        path: the recording.
        serials: of its insoles, left and right.
        clock_s: clock time of its axis at 0 s, or None.
        time_s: middle of the standing on that axis.
        force_n: of both feet.
    """

    path: Path
    serials: tuple[str, ...]
    clock_s: float | None
    time_s: float
    force_n: float

    @property
    def when_s(self) -> float:
        """Clock time; on the recording's own axis where no clock is known."""
        return (self.clock_s or 0.0) + self.time_s


def serials_of(devices: Mapping[Side, Capability]) -> tuple[str, ...]:
    """Serials, left and right, "" for a foot that is not there."""
    return tuple(devices[side].serial if side in devices else "" for side in Side)


def standing_of(
    path: Path, clock_s: float | None, serials: tuple[str, ...], *, checks: Sequence[Check]
) -> tuple[tuple[tuple[float, float], ...], tuple[str, ...]]:
    """Factors on a recording's own axis, and the names of the files that they rest on.

    Args:
        path: the recording.
        clock_s: clock time of its axis at 0 s; None: only its own checks count.
        serials: of its insoles.
        checks: of all recordings.
    """
    shift_s = 0.0
    used = [check for check in checks if check.path == path]
    if clock_s is not None and all(serials):
        alike = [one for one in checks if one.serials == serials and one.clock_s is not None]
        session = _session(sorted(alike, key=lambda check: check.when_s), clock_s)
        if session:
            used, shift_s = session, clock_s
    if used and used[0].clock_s is not None and not shift_s:
        shift_s = used[0].clock_s
    standing = procedures.creep([(check.when_s - shift_s, check.force_n) for check in used])
    return standing, tuple(dict.fromkeys(check.path.name for check in used)) if standing else ()


def _session(checks: Sequence[Check], clock_s: float) -> list[Check]:
    """Checks that follow each other within hours, of the hours of a recording."""
    sessions: list[list[Check]] = [[check] for check in checks[:1]]
    for before, check in pairwise(checks):
        if check.when_s - before.when_s > SAME_HOURS_S:
            sessions.append([])
        sessions[-1].append(check)
    near = [s for s in sessions if min(abs(c.when_s - clock_s) for c in s) <= SAME_HOURS_S]
    return near[0] if near else []
