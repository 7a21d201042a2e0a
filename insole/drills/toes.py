"""Drills of the toes, seated or standing: press, lift, and the arch lift (drills.md, section 3).

All compare with what the same foot carried at rest, the median over SETUP.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from insole.drills.crossing import EPS_S, above, below, trailing_mean
from insole.drills.detecting import Attempt, Rows, Seen, Task, count, never
from insole.model.arrays import Floats
from insole.model.foot import Side

PRESS = (8.0, 0.02)  # N, and BW: a press begins at the larger of them
PRESS_END = 0.40  # of its highest mean of half a second
PRESS_AGAIN = 0.60  # of the last plateau: where a press begins that came from no rest
PRESS_MEAN_S = 0.5
PRESS_S = 2.0
MIDDLE = 0.20  # left out at both ends of a plateau
HEEL_KEPT = 0.70
GUARD_S = 0.25  # a guard may be broken for a moment
LIFT_DOWN = (4.0, 0.30)  # N, and of rest: a big toe is up at the larger of them
LIFT_OVER = (6.0, 0.45)
LIFT_S = 1.0
OTHERS_KEPT = 0.60
HALLUX_KEPT = 0.70
BALL_KEPT = 0.70
LEAST_REST_N = 8.0
DOME = (0.90, 0.93)  # of the midfoot's share at rest
DOME_S = 3.0
DOME_LEAST = 0.03  # share at rest: less tells nothing
CLAWED = 1.30
DOME_BALL = 0.95


def resting(value: Floats) -> float:
    """Median over the rest; NaN without one."""
    known = value[np.isfinite(value)]
    return float(np.median(known)) if len(known) else math.nan


def at_rest(task: Task, *regions: str) -> float:
    """What regions of the foot carried together at rest, N."""
    return math.nan if task.rest is None else resting(task.rest.region(task.side, *regions))


class ToePress:
    """Presses of the big toe: plateau, hold, heel kept."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Presses that were let go."""
        rows, side = seen.rows, task.side
        rest_n, heel_n = at_rest(task, "HAL"), at_rest(task, "HEEL")
        if not math.isfinite(rest_n):
            return ()
        delta = rows.region(side, "HAL") - rest_n
        level = max(PRESS[0], PRESS[1] * task.bw_n)
        mean = trailing_mean(rows.time_s, delta, PRESS_MEAN_S)
        found: list[Attempt] = []
        start_s = _next_press(rows, delta, task.since_s, level=level, again=math.inf)
        while start_s is not None:
            end = _let_go(rows, delta, mean, start_s)
            if end is None:
                break
            end_s, row = end
            margin = MIDDLE * (end_s - start_s)
            middle = (rows.time_s >= start_s + margin) & (rows.time_s <= end_s - margin)
            plateau = float(np.nanmean(delta[middle])) if middle.any() else math.nan
            heel = rows.region(side, "HEEL")
            kept = _kept(rows, heel, HEEL_KEPT * heel_n, side, start_s, end_s)
            full = end_s - start_s >= PRESS_S - EPS_S
            found.append(
                Attempt(
                    side,
                    start_s,
                    end_s,
                    float(rows.time_s[row]),
                    "full" if full else "short",
                    full,
                    {
                        "hold_s": end_s - start_s,
                        "plateau_n": plateau,
                        "heel_light": 0.0 if kept else 1.0,
                    },
                )
            )
            again = PRESS_AGAIN * plateau if math.isfinite(plateau) else math.inf
            start_s = _next_press(rows, delta, end_s, level=level, again=again)
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Counts, and hold and plateau of the full ones."""
        del seen
        full = [one for one in attempts if one.counts]
        return {
            "full": len(full),
            "short": count(attempts, "short"),
            "heel_light": sum(one.values["heel_light"] > 0.0 for one in attempts),
            "hold_s": [one.values["hold_s"] for one in full],
            "plateau_n": [one.values["plateau_n"] for one in full],
            "rest_n": at_rest(task, "HAL"),
        }


def _next_press(
    rows: Rows, delta: Floats, after_s: float, *, level: float, again: float
) -> float | None:
    """Where the next press begins: at the level, or higher when it never fell under that."""
    inside = rows.time_s > after_s
    time_s, value = rows.time_s[inside], delta[inside]
    low = np.flatnonzero(value < level)
    free_s = float(time_s[low[0]]) if len(low) else math.inf
    ups = above(time_s, value, level, state=not len(low) or low[0] > 0)
    starts = [start_s for start_s, _ in ups if start_s > free_s]
    if math.isfinite(again):
        higher = above(time_s, value, again, state=False)
        starts += [start_s for start_s, _ in higher if start_s <= free_s]
    return min(starts, default=None)


def _let_go(rows: Rows, delta: Floats, mean: Floats, start_s: float) -> tuple[float, int] | None:
    """When a press fell under its share of the highest mean, and the row that shows it."""
    first = int(np.searchsorted(rows.time_s, start_s, side="left"))
    highest = np.fmax.accumulate(np.where(np.isfinite(mean[first:]), mean[first:], 0.0))
    level = PRESS_END * highest
    fallen = np.flatnonzero(delta[first:] < level)
    if not len(fallen):
        return None
    row = first + int(fallen[0])
    before = max(row - 1, 0)
    drop = delta[before] - delta[row]
    share = (delta[before] - level[fallen[0]]) / drop if drop > 0.0 else 1.0
    share = min(max(float(share), 0.0), 1.0)
    apart = float(rows.time_s[row] - rows.time_s[before])
    return float(rows.time_s[before]) + share * apart, row


def _kept(
    rows: Rows, value: Floats, least: float, side: Side, start_s: float, end_s: float
) -> bool:
    """A load stayed at its least, moments left out."""
    if not math.isfinite(least):
        return True
    under = below(rows.time_s, value, least, gaps=rows.gaps(side)).clipped(start_s, end_s)
    return not bool((under.length_s > GUARD_S).any())


class ToeLift:
    """Lifts of the big toe while the others stay, or the other way round."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Lifts that are back on the ground."""
        rows, side = seen.rows, task.side
        up, down = _lifted(task), _staying(task)
        rest_n, stays_n, ball_n = at_rest(task, up), at_rest(task, down), at_rest(task, "M1")
        if not _measurable(task):
            return ()
        floor = (LIFT_DOWN[0], LIFT_OVER[0]) if up == "HAL" else (0.0, 0.0)
        lifted = below(
            rows.time_s,
            rows.region(side, up),
            max(floor[0], LIFT_DOWN[1] * rest_n),
            off=max(floor[1], LIFT_OVER[1] * rest_n),
            gaps=rows.gaps(side),
        )
        stays = rows.region(side, down)
        least = (OTHERS_KEPT if up == "HAL" else HALLUX_KEPT) * stays_n
        found: list[Attempt] = []
        for start_s, end_s in lifted:
            if not math.isfinite(end_s) or start_s <= task.since_s + EPS_S:
                continue
            clean = _kept(rows, stays, least, side, start_s, end_s) and _kept(
                rows, rows.region(side, "M1"), BALL_KEPT * ball_n, side, start_s, end_s
            )
            long = end_s - start_s >= LIFT_S - EPS_S
            inside = (rows.time_s >= start_s) & (rows.time_s <= end_s)
            share = np.minimum(stays[inside] / stays_n, 1.0) if stays_n > 0.0 else np.empty(0)
            row = min(int(np.searchsorted(rows.time_s, end_s)), len(rows) - 1)
            found.append(
                Attempt(
                    side,
                    start_s,
                    end_s,
                    float(rows.time_s[row]),
                    "short" if not long else "clean" if clean else "unclean",
                    long and clean,
                    {
                        "hold_s": end_s - start_s,
                        "isolation": float(np.nanmean(share)) if len(share) else math.nan,
                    },
                )
            )
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Counts, and how far the other toes stayed, of the lifts that were long enough."""
        del seen
        clean = count(attempts, "clean")
        long = [one.values["isolation"] for one in attempts if one.outcome != "short"]
        return {
            "measurable": _measurable(task),
            "clean": clean,
            "unclean": count(attempts, "unclean"),
            "short": count(attempts, "short"),
            "isolation": sum(long) / len(long) if long else math.nan,
            "score": 100.0 * clean / len(attempts) if attempts else math.nan,
        }


def _lifted(task: Task) -> str:
    """What goes up: the first target says it."""
    first = next((each.region for each in task.drill.targets if each.region), "hal")
    return "TOES" if first == "toes" else "HAL"


def _staying(task: Task) -> str:
    return "HAL" if _lifted(task) == "TOES" else "TOES"


def _measurable(task: Task) -> bool:
    """What goes up carried enough at rest."""
    return at_rest(task, _lifted(task)) >= LEAST_REST_N


class ArchDome:
    """Arch lifts: the midfoot gives up load, the big-toe ball keeps it, the toes stay long."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Domes that were let go."""
        rows, side = seen.rows, task.side
        middle, ball, toes = (_share(rows, side, *each) for each in _PARTS)
        rest = [_rest_share(task, *each) for each in _PARTS]
        if not _domes(task):
            return ()
        found: list[Attempt] = []
        held = below(
            rows.time_s, middle, DOME[0] * rest[0], off=DOME[1] * rest[0], gaps=rows.gaps(side)
        )
        gripped = above(rows.time_s, toes, CLAWED * rest[2], gaps=rows.gaps(side))
        for start_s, end_s in held:
            if not math.isfinite(end_s) or start_s <= task.since_s + EPS_S:
                continue
            clawed = bool((gripped.clipped(start_s, end_s).length_s > GUARD_S).any())
            kept = _kept(rows, ball, DOME_BALL * rest[1], side, start_s, end_s)
            long = end_s - start_s >= DOME_S - EPS_S
            full = long and kept and not clawed
            row = min(int(np.searchsorted(rows.time_s, end_s)), len(rows) - 1)
            found.append(
                Attempt(
                    side,
                    start_s,
                    end_s,
                    float(rows.time_s[row]),
                    "full" if full else "clawed" if clawed else "short",
                    full,
                    {"hold_s": end_s - start_s},
                )
            )
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Counts, and how long the full ones were held."""
        del seen
        full = [one for one in attempts if one.counts]
        return {
            "measurable": _domes(task),
            "full": len(full),
            "short": count(attempts, "short"),
            "clawed": count(attempts, "clawed"),
            "hold_s": [one.values["hold_s"] for one in full],
            "mid_base": _rest_share(task, "MID"),
            "score": 100.0 * len(full) / len(attempts) if attempts else math.nan,
        }


_PARTS = (("MID",), ("M1",), ("HAL", "TOES"))


def _domes(task: Task) -> bool:
    return _rest_share(task, "MID") >= DOME_LEAST


def _share(rows: Rows, side: Side, *regions: str) -> Floats:
    """(n,) of the foot's load; NaN without load."""
    force = rows.foot(side)
    out = np.full(len(force), np.nan)
    np.divide(rows.region(side, *regions), force, out=out, where=force > 0.0)
    return out


def _rest_share(task: Task, *regions: str) -> float:
    return math.nan if task.rest is None else resting(_share(task.rest, task.side, *regions))
