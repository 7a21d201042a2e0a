"""What the bars of a drill show: each target, and what the newest rows say of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insole.drills.detecting import Attempt, Rows, Task
from insole.drills.drill import Target
from insole.drills.holding import RAYS, whole
from insole.model.arrays import Floats
from insole.model.foot import REGIONS, Side

BEYOND = 0.02  # colours leave the tube only so far beyond it


@dataclass(frozen=True, slots=True)
class Bar:
    """One target now.

    Attributes:
        name: place or quantity.
        side: the foot; None: both.
        value: in the unit of the target; NaN while there is none.
        goal: what is aimed at.
        low, high: the tube; infinite where it is open.
    """

    name: str
    side: Side | None
    value: float
    goal: float
    low: float
    high: float

    @property
    def inside(self) -> bool | None:
        """In the tube, or hardly beyond; None while there is no value."""
        if not math.isfinite(self.value):
            return None
        return self.low - BEYOND <= self.value <= self.high + BEYOND


def bars(
    task: Task, rows: Rows, sides: Sequence[Side], *, attempts: Sequence[Attempt] = ()
) -> tuple[Bar, ...]:
    """Every target of the drill.

    Args:
        task: what is asked.
        rows: the newest, a tenth of a second.
        sides: the feet that are shown.
        attempts: repetitions so far: the newest tells of what only a whole one has.
    """
    found: list[Bar] = []
    for target in task.drill.targets:
        low, high = target.tube
        if target.region is None:
            value = _quantity(target, task, rows, sides, attempts)
            found.append(Bar(target.name, None, value, target.goal, low, high))
            continue
        for side in sides:
            value = _place(target, task, rows, side)
            found.append(Bar(target.name, side, value, target.goal, low, high))
    return tuple(found)


def _place(target: Target, task: Task, rows: Rows, side: Side) -> float:
    """Load of a region, in the unit of its target."""
    place = target.region or ""
    regions = RAYS.get(place, (place.upper(),))
    if not set(regions) <= set(REGIONS):
        return math.nan
    own = _mean(rows.region(side, *regions))
    if target.force_bw is not None:
        return own / task.bw_n
    if target.share is not None:
        return _over(own, _mean(whole(task, rows, side)))
    if task.rest is None:
        return math.nan
    rest = _mean(task.rest.region(side, *regions))
    if task.drill.detect != "arch_dome":
        return _over(own, rest)
    # of the foot's load: a dome moves load inside the foot
    before = _over(rest, _mean(task.rest.foot(side)))
    return _over(_over(own, _mean(rows.foot(side))), before)


def _quantity(
    target: Target, task: Task, rows: Rows, sides: Sequence[Side], attempts: Sequence[Attempt]
) -> float:
    match target.quantity:
        case "lr":
            return _over(_mean(rows.foot(Side.LEFT)), _mean(rows.sum_n))
        case "cop_y":
            return _mean(rows.cop(sides[0])[:, 1]) / task.size_mm[1] if sides else math.nan
        case _:
            if not attempts:
                return math.nan
            return attempts[-1].values.get(target.quantity or "", math.nan)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _over(part: float, of: float) -> float:
    return part / of if of > 0.0 else math.nan
