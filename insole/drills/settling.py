"""SETUP: when feet are as they must be before a drill begins, and why they are not yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.drills.crossing import EPS_S
from insole.drills.detecting import SIDES, Rows, Task
from insole.model.arrays import Bools, Floats

STILL_S = 2.0
STILL_SD_BW = 0.03
WEIGHT_BW = (0.95, 1.05)
SEATED_BW = (0.05, 0.40)
SPLIT_BW = (0.30, 1.05)
TOE_DRILLS = ("toe_press", "toe_lift", "arch_dome")


@dataclass(frozen=True, slots=True)
class Settled:
    """READY.

    Attributes:
        at_s: since when.
        rest: the rows of standing or sitting still; None: walking and running need none.
    """

    at_s: float
    rest: Rows | None


def settled(task: Task, rows: Rows) -> Settled | None:
    """The first instant by which the feet were still for long enough, as the stance asks.

    Args:
        task: of the drill.
        rows: from SETUP on.
    """
    if task.drill.stance in ("walk", "run"):
        known = np.flatnonzero(np.isfinite(rows.sum_n))
        return Settled(float(rows.time_s[known[0]]), None) if len(known) else None
    window_s = max(STILL_S, task.drill.base_s)
    fits = np.zeros(len(rows), np.bool_)
    for load, limits in _ways(task, rows):
        fits |= _still(rows.time_s, load / task.bw_n, window_s=window_s, limits=limits)
    at = np.flatnonzero(fits)
    if not len(at):
        return None
    ready_s = float(rows.time_s[at[0]])
    return Settled(ready_s, rows.part(ready_s - window_s, ready_s))


def reason(task: Task, rows: Rows) -> str:
    """The first thing that is not as it should be, in words."""
    recent = rows.part(float(rows.time_s[-1]) - 1.0, np.inf)
    load = recent.sum_n / task.bw_n
    if not np.isfinite(load).any():
        return "No data from one insole."
    mean = float(np.nanmean(load))
    if task.drill.stance in ("both", "single") and not WEIGHT_BW[0] <= mean <= WEIGHT_BW[1]:
        return f"Both feet together carry {100 * mean:.0f} % of body weight. Stand on both feet."
    if float(np.nanstd(load)) > STILL_SD_BW:
        return "Stand still for two seconds."
    return "Hold still."


def _ways(task: Task, rows: Rows) -> list[tuple[Floats, tuple[float, float]]]:
    """Loads that may be still, and where they lie then; one of them is enough."""
    whole = (rows.sum_n, WEIGHT_BW)
    if task.drill.needs.feet < len(SIDES) or len(task.rates_hz) < len(SIDES):
        seated = [(rows.foot(side), SEATED_BW) for side in task.sides]
    else:
        seated = [(rows.sum_n / len(task.sides), SEATED_BW)]
    if task.drill.detect in TOE_DRILLS:
        return [whole, *seated]
    match task.drill.stance:
        case "sit":
            return seated
        case "split":
            return [(rows.sum_n, SPLIT_BW)]
        case _:
            return [whole]


def _still(time_s: Floats, load: Floats, *, window_s: float, limits: tuple[float, float]) -> Bools:
    """(n,) over the window before each row: all known, mean in its limits, SD small enough."""
    n = len(time_s)
    known = np.isfinite(load)
    value = np.where(known, load - 1.0, 0.0)  # near 0: squares keep their digits
    sums = np.append(0.0, np.cumsum(value))
    squares = np.append(0.0, np.cumsum(value * value))
    missing = np.append(0, np.cumsum(~known))
    first = np.searchsorted(time_s, time_s - window_s - EPS_S, side="left")
    end = np.arange(1, n + 1)
    count = end - first
    mean = (sums[end] - sums[first]) / count
    spread = np.sqrt(np.maximum((squares[end] - squares[first]) / count - mean * mean, 0.0))
    full = time_s - time_s[0] >= window_s - EPS_S
    low, high = limits
    inside = (mean + 1.0 >= low) & (mean + 1.0 <= high)
    answer: Bools = full & inside & (spread <= STILL_SD_BW) & (missing[end] == missing[first])
    return answer
