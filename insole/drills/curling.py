"""Curls of the toes, seated: peaks of what the toes carry (drills.md, section 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from insole.drills.detecting import Attempt, Seen, Task, never
from insole.drills.raising import pace_hz
from insole.model.arrays import Floats, Ints

PROMINENCE_N = 5.0


class Scrunch:
    """Counts curls: the load of big toe and toes rises and falls."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Peaks that stand out on both sides."""
        rows, side = seen.rows, task.side
        load = rows.region(side, "HAL", "TOES")
        known = np.flatnonzero(np.isfinite(load))
        found: list[Attempt] = []
        for low, top, shown in _peaks(load[known]):
            times = rows.time_s[known]
            rise = float(load[known[top]] - load[known[low]])
            found.append(
                Attempt(
                    side,
                    float(times[low]),
                    float(times[shown]),
                    float(times[shown]),
                    "full",
                    True,
                    {"top_s": float(times[top]), "rise_n": rise},
                )
            )
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """How many, how often, and what the foot carried from the first curl to the last."""
        tops = [one.values["top_s"] for one in attempts]
        load = math.nan
        if attempts:
            rows = seen.rows.part(attempts[0].start_s, attempts[-1].end_s)
            load = float(np.nanmean(rows.foot(task.side))) / task.bw_n
        return {"reps": len(attempts), "rate_hz": pace_hz(tops), "foot_load_bw": load}


def _peaks(value: Floats) -> list[tuple[int, int, int]]:
    """Rows of the low before each peak, of the peak, and of the fall that makes it one."""
    found: list[tuple[int, int, int]] = []
    if len(value) < 2:
        return found
    low = top = 0
    rising = False
    for row in _turns(value).tolist():
        now = value[row]
        if rising and now > value[top]:
            top = row
        elif rising and value[top] - now >= PROMINENCE_N:
            fall = np.flatnonzero(value[top : row + 1] <= value[top] - PROMINENCE_N)
            found.append((low, top, top + int(fall[0])))
            rising, low = False, row
        elif not rising and now <= value[low]:
            low = row
        elif not rising and now - value[low] >= PROMINENCE_N:
            rising, top = True, row
    return found


def _turns(value: Floats) -> Ints:
    """Rows at which the value turns, and both ends: between them it only rises or only falls."""
    slope = np.sign(np.diff(value))
    moved = np.flatnonzero(slope)
    if not len(moved):
        return np.array([0, len(value) - 1])
    turned = moved[1:][slope[moved[1:]] != slope[moved[:-1]]]
    return np.concatenate(([0], moved[:1], turned, [len(value) - 1]))
