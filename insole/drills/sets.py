"""Sets of repetitions: whose turn it is, and what ends one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from insole.drills.crossing import above, both
from insole.drills.detecting import SIDES, Attempt, Detector, End, Rows, Seen, Task
from insole.drills.drill import Drill
from insole.model.foot import Side
from insole.model.gait import Steps

AWAY_BW, AWAY_S = 0.05, 10.0  # both feet under it for so long: nobody is there
INCOMPLETE = 2  # in a row end a set


def sides_of(drill: Drill, foot: Side | None, *, sets: int) -> tuple[Side, ...]:
    """The feet of the set after so many.

    Args:
        drill: its order.
        foot: the one that was asked for, or None.
        sets: how many are over.
    """
    if foot is not None:
        return (foot,)
    if drill.sides == "together":
        return SIDES
    first = Side.RIGHT if drill.first == "right" else Side.LEFT
    return (first if sets % len(SIDES) == 0 else first.other,)


def set_end(detector: Detector, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
    """What ends a set first, or None while nothing does.

    Args:
        detector: may know reasons of its own.
        attempts: repetitions so far.
        seen: rows of the set.
        task: what is asked.
    """
    found = [detector.end(attempts, seen, task)]
    if attempts:
        found.append(left_alone(task, seen.rows))
    counted = [one for one in attempts if one.counts]
    if len(counted) >= task.drill.reps:
        last = counted[task.drill.reps - 1]
        found.append(End(last.end_s, last.confirmed_s, "target"))
    row = 0
    for one in attempts:
        row = row + 1 if one.outcome == "incomplete" else 0
        if row == INCOMPLETE:
            found.append(End(one.end_s, one.confirmed_s, "incomplete"))
            break
    certain = [one for one in found if one is not None]
    if certain:
        return min(certain, key=lambda one: one.confirmed_s)
    last_s = float(seen.rows.time_s[-1])
    return End(last_s, last_s, "all") if seen.over and attempts else None


def left_alone(task: Task, rows: Rows) -> End | None:
    """The first time that is too long for any flight with nobody on the insoles."""
    if task.drill.stance in ("walk", "run"):
        return None
    light = both(
        *(above(rows.time_s, -rows.foot(side) / task.bw_n, -AWAY_BW) for side in SIDES)
    ).lasting(AWAY_S)
    if not len(light):
        return None
    since_s = float(light.start_s[0])
    return End(since_s, since_s + AWAY_S, "away")


def ended_before(steps: Steps, known_s: float) -> Steps:
    """Steps that had ended by then."""
    return steps.part(slice(0, int(np.searchsorted(steps.value["toe_off_s"], known_s))))
