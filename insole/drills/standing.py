"""When a hold begins and ends: conditions on the load of both feet (drills.md, section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.drills.crossing import EPS_S, Spans, above, below, both, trailing_mean
from insole.drills.detecting import SIDES, Rows, Task
from insole.model.arrays import Bools, Floats
from insole.model.foot import Side

EACH_BW = 0.30  # on both feet, each carries this
UNDER_S = 0.5  # one foot under it for longer ends a hold on both
HEEL_UP = 0.05  # share of the foot's load: a forefoot hold begins below ...
HEEL_DOWN = 0.20  # ... and ends above
HEEL_S = 1.0
LOST_S = 1.0  # a longer loss interrupts
SUPPORT_BW = (0.92, 0.95)  # mean of both feet: a hand helps below, and does no more above
SUPPORT_S = 1.0
LITTLE_S = 5.0
FALSE_START_S = 2.0  # a shorter hold is no attempt


@dataclass(frozen=True, slots=True)
class Ending:
    """How a hold ended: when, the newest instant that this rests on, and by what."""

    at_s: float
    confirmed_s: float
    by: str


def holds_on(task: Task, rows: Rows, side: Side | None) -> Spans:
    """Times over which the stance of a hold is taken, on one foot or on both.

    Args:
        task: of a hold drill.
        rows: from READY on.
        side: the foot; None: both.
    """
    p = task.parameters
    if side is None:
        away = np.abs(rows.sum_n / task.bw_n - 1.0)
        spans = below(rows.time_s, away, p["standing.band_BW"])
        for foot in SIDES:
            loaded = above(rows.time_s, rows.foot(foot) / task.bw_n, EACH_BW, gaps=rows.gaps(foot))
            spans = both(spans, loaded)
        return spans
    own, other = rows.foot(side) / task.bw_n, rows.foot(side.other) / task.bw_n
    spans = both(
        above(rows.time_s, own, p["standing.single_BW"], gaps=rows.gaps(side)),
        below(rows.time_s, other, p["standing.other_BW"], gaps=rows.gaps(side.other)),
    )
    if task.drill.detect == "forefoot":
        heel = heel_share(rows, side)
        spans = both(spans, below(rows.time_s, heel, HEEL_UP, gaps=rows.gaps(side)))
    return spans


def free_foot_loaded(task: Task, rows: Rows, side: Side) -> bool:
    """One leg stands, and the other has read a little for a while: as a rule, its zero is off."""
    p = task.parameters
    other = rows.foot(side.other) / task.bw_n
    little = both(
        above(rows.time_s, rows.foot(side) / task.bw_n, p["standing.single_BW"]),
        both(
            above(rows.time_s, other, p["standing.other_BW"]),
            below(rows.time_s, other, p["standing.touch_BW"]),
        ),
    )
    return bool((np.isinf(little.end_s) & (little.length_s >= LITTLE_S)).any())


def heel_share(rows: Rows, side: Side) -> Floats:
    """(n,) h, the heel's share of the foot's load; NaN without load."""
    force = rows.foot(side)
    out = np.full(len(force), np.nan)
    np.divide(rows.region(side, "HEEL"), force, out=out, where=force > 0.0)
    return out


def touches(task: Task, rows: Rows, side: Side) -> Spans:
    """Times over which the other foot touches the ground, brushes left out."""
    return _on_ground(task, rows, side.other).lasting(task.parameters["standing.touch_s"])


def _on_ground(task: Task, rows: Rows, side: Side) -> Spans:
    p = task.parameters
    return above(
        rows.time_s,
        rows.foot(side) / task.bw_n,
        p["standing.touch_BW"],
        off=p["standing.other_BW"],
        gaps=rows.gaps(side),
    )


def supported(task: Task, rows: Rows) -> Spans:
    """Times over which a hand carries a part: the mean of the last second is too small."""
    mean = trailing_mean(rows.time_s, rows.sum_n / task.bw_n, SUPPORT_S)
    known = np.isfinite(mean)
    spans = below(rows.time_s[known], mean[known], SUPPORT_BW[0], off=SUPPORT_BW[1])
    return spans.lasting(SUPPORT_S)


def ending(task: Task, rows: Rows, side: Side | None, *, start_s: float) -> Ending | None:
    """What ends a hold, or None while nothing is certain.

    A condition must last; then it counts from its begin. So the first to begin ends the hold, and
    while an earlier one is under way nothing is decided.

    Args:
        task: of a hold drill.
        rows: from READY on.
        side: the foot; None: both.
        start_s: when the hold began.
    """
    drill = task.drill
    goal_s = drill.hold_s if drill.hold_until == "target" else drill.cap_s
    target_s = start_s + (drill.cap_s if goal_s is None else goal_s)
    last_s = float(rows.time_s[-1])
    certain: list[Ending] = []
    if last_s >= target_s - EPS_S:
        by = "target" if drill.hold_until == "target" else "cap"
        certain.append(Ending(target_s, target_s, by))
    under_way: list[float] = []
    for spans, least_s, by in _conditions(task, rows, side):
        for begin_s, end_s in spans.clipped(start_s, np.inf):
            if min(end_s, last_s) - begin_s >= least_s - EPS_S:
                certain.append(Ending(begin_s, begin_s + least_s, by))
                break
            if end_s == np.inf:
                under_way.append(begin_s)
    certain += _interruption(rows, side, start_s=start_s)
    if not certain:
        return None
    first = min(certain, key=lambda one: (one.at_s, one.confirmed_s))
    return None if any(begin_s < first.at_s for begin_s in under_way) else first


def _conditions(task: Task, rows: Rows, side: Side | None) -> list[tuple[Spans, float, str]]:
    """What ends a hold before its time: when it is so, how long it must be, in a word."""
    p, time_s = task.parameters, rows.time_s
    if side is None:
        return [
            (
                below(time_s, rows.foot(foot) / task.bw_n, EACH_BW, gaps=rows.gaps(foot)),
                UNDER_S,
                "step-down",
            )
            for foot in SIDES
        ]
    own = rows.foot(side) / task.bw_n
    fallen = below(time_s, own, p["standing.fall_BW"], gaps=rows.gaps(side))
    found = [
        (_on_ground(task, rows, side.other), p["standing.return_s"], "step-down"),
        (fallen, p["standing.fall_s"], "step-down"),
    ]
    if task.drill.detect == "forefoot":
        down = above(time_s, heel_share(rows, side), HEEL_DOWN, gaps=rows.gaps(side))
        found.append((down, HEEL_S, "heel"))
    return found


def _interruption(rows: Rows, side: Side | None, *, start_s: float) -> list[Ending]:
    """The first loss that is too long, of the foot that holds."""
    for foot in SIDES if side is None else (side,):
        lost = losses(rows, foot)
        long = lost.where((lost.length_s > LOST_S) & (lost.start_s >= start_s))
        for begin_s, end_s in long:
            return [Ending(begin_s, end_s, "interrupted")]
    return []


def losses(rows: Rows, side: Side) -> Spans:
    """Times between two samples of a foot over which nothing is known."""
    known: Bools = np.isfinite(rows.foot(side))
    held = np.flatnonzero(known)
    gaps = rows.gaps(side)
    before, after = held[:-1], held[1:]
    # a broken row anywhere after one sample, up to the next, parts the two
    count = np.append(0, np.cumsum(gaps))
    parted = count[after + 1] - count[before + 1] > 0
    last_s = float(rows.time_s[-1]) if len(rows) else -np.inf
    return Spans(rows.time_s[before[parted]], rows.time_s[after[parted]], last_s)
