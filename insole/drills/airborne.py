"""When feet leave the ground together, and what they carry between two instants."""

from __future__ import annotations

from typing import Final

import numpy as np

from insole.drills.crossing import Spans, above
from insole.drills.detecting import SIDES, Rows, Task
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, Side
from insole.signal.impulse import RunningImpulse

_FEET: Final = len(SIDES)


def on_ground(rows: Rows, task: Task) -> Spans:
    """Contacts of both feet taken together: from the first foot strike to the last toe-off.

    A swing shorter than `events.min_swing_s` parts nothing; a contact shorter than
    `events.min_stance_s` is none.
    """
    p = task.parameters
    load = np.fmax(rows.force_n[:, 0], rows.force_n[:, 1]) / task.bw_n
    gaps = rows.gaps(Side.LEFT) & rows.gaps(Side.RIGHT)
    spans = above(rows.time_s, load, p["events.rep_BW"], gaps=gaps)
    return spans.merged(p["events.min_swing_s"]).lasting(p["events.min_stance_s"])


class Carried:
    """Impulses between two instants, over rows that were received.

    Args:
        rows: of a set.
    """

    def __init__(self, rows: Rows) -> None:
        self._known: Bools = np.isfinite(rows.sum_n)
        self._rows = rows
        part = np.nan_to_num(rows.region_n[self._known])
        self._sums = RunningImpulse(_FEET * (1 + len(REGIONS)))
        if self._known.any():
            table = np.column_stack((rows.force_n[self._known], part.reshape(len(part), -1)))
            self._sums.push(rows.time_s[self._known], table)

    def complete(self, start_s: float, end_s: float) -> bool:
        """Nothing is missing from start to end."""
        rows = self._rows
        inside = (rows.time_s > start_s) & (rows.time_s <= end_s)
        broken: Bools = rows.broken[inside]
        return bool(self._known[inside].all()) and not bool(broken.any())

    def feet(self, start_s: float, end_s: float) -> tuple[float, float]:
        """N·s, left and right."""
        impulse = self._between(start_s, end_s)
        return float(impulse[0]), float(impulse[1])

    def region(self, name: str, start_s: float, end_s: float) -> float:
        """N·s under one region of both feet."""
        impulse = self._between(start_s, end_s)
        return sum(float(impulse[_place(side, name)]) for side in SIDES)

    def _between(self, start_s: float, end_s: float) -> Floats:
        return self._sums.between(np.array([start_s]), np.array([end_s]))[:, 0]


def _place(side: Side, name: str) -> int:
    return _FEET + SIDES.index(side) * len(REGIONS) + REGIONS.index(name)
