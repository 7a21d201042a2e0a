"""Ground contacts and the table of steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from insole.model.arrays import Bools, Flags, Floats, Shares
from insole.model.foot import Side


class StepFlag(IntFlag):
    """Why a step is doubtful (product.md); `name.lower()` is its word in JSON."""

    NONE = 0
    INCOMPLETE = 1  # cut by the recording's edge, or by a break
    GAP = 2  # a loss longer than 30 ms inside
    INTERPOLATED = 4
    LATE = 8
    CLIPPED = 16
    T_COARSE = 32
    IMPLAUSIBLE = 64
    DEGRADED = 128  # a sensor masked
    ESTIMATED = 256  # with GAP: so little of the contact is lost that its impulse is an estimate


INVALID = (
    StepFlag.INCOMPLETE | StepFlag.GAP | StepFlag.LATE | StepFlag.T_COARSE | StepFlag.IMPLAUSIBLE
)
"""A step with any of these is not valid."""

ESTIMABLE = frozenset({"impulse_N_s", "impulse_BW_s"})
"""What a short loss leaves an estimate of; no times, and nothing that they part."""


@dataclass(frozen=True, slots=True)
class Steps:
    """One row per ground contact of one foot, in order of foot strike.

    Attributes:
        side: the foot.
        flags: (k,) uint32 of StepFlag.
        value: metric id to (k,) values; NaN where a step has none. Always present:
            `foot_strike_s`, `toe_off_s` (s on the pipeline's axis).
        u: metric id to (k,) combined standard uncertainty.
        u_shared: metric id to (k,) the part common to the whole recording (gain, tare).
        course: (k, 26) how the impulse grows: its share, in 1/65535, after each 4 % of contact;
            0 throughout where it was not kept. None: of no contact.
    """

    side: Side
    flags: Flags
    value: dict[str, Floats]
    u: dict[str, Floats]
    u_shared: dict[str, Floats]
    course: Shares | None = None

    def __len__(self) -> int:
        return len(self.flags)

    @property
    def valid(self) -> Flags:
        """(k,) True where no invalidating flag stands."""
        return (self.flags & INVALID) == 0

    def usable(self, name: str) -> Bools:
        """(k,) where a number of this name counts: valid steps, and estimates of an impulse."""
        valid: Bools = np.asarray(self.valid, np.bool_)
        if name not in ESTIMABLE:
            return valid
        other = (self.flags & (INVALID & ~StepFlag.GAP)) != 0
        answer: Bools = valid | (((self.flags & StepFlag.ESTIMATED) != 0) & ~other)
        return answer

    def part(self, rows: slice) -> Steps:
        """Some of the rows."""

        def cut(columns: dict[str, Floats]) -> dict[str, Floats]:
            return {name: column[rows] for name, column in columns.items()}

        return Steps(
            self.side,
            self.flags[rows],
            cut(self.value),
            cut(self.u),
            cut(self.u_shared),
            None if self.course is None else self.course[rows],
        )
