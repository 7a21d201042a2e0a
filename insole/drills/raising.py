"""Heel raises: up while the heel gives its load to the forefoot, and back down.

h is the heel's share of the load. An attempt lasts from h < 0.20 until it is back over 0.20; its
top from h < 0.05 until over 0.08, with the centre of pressure in front (drills.md, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from insole.drills.crossing import EPS_S, Spans, below
from insole.drills.detecting import Attempt, End, Seen, Task, count
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, Side

DOWN = 0.20
TOP = (0.05, 0.08)
TOP_S = 0.3
FRONT = 0.60  # of the insole's length
NEARLY = 0.125  # a lowest h above it is no attempt but a wobble
LOADED_BW = 0.30  # each of both feet: less load says nothing of a raise ...
ALONE_BW = 0.60  # ... and on one leg the foot carries more than half
SUPPORTED_BW = 0.95
MISSED_PERIODS = 1.5  # no repetition begins for so long: two beats in a row were missed


@dataclass(frozen=True, slots=True)
class _Load:
    """The feet that rise, as one: (n,) each."""

    time_s: Floats
    heel: Floats  # share of the load
    front: Floats  # CoP along the insole, 0 to 1
    medial: Floats  # (M1 + HAL) / (M1 + HAL + M45)
    gaps: Bools


class HeelRaise:
    """Counts heel raises on one foot or on both."""

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Raises whose heel is back down, wobbles left out."""
        load = _load(seen, task)
        found: list[Attempt] = []
        tops = below(load.time_s, load.heel, TOP[0], off=TOP[1], gaps=load.gaps)
        side = task.side if len(task.sides) == 1 else None
        for start_s, end_s in below(load.time_s, load.heel, DOWN, gaps=load.gaps):
            if not math.isfinite(end_s) or start_s <= task.since_s + EPS_S:
                continue
            inside = (load.time_s >= start_s) & (load.time_s <= end_s)
            if not inside.any() or not np.isfinite(load.heel[inside]).any():
                continue
            row = min(int(np.searchsorted(load.time_s, end_s)), len(load.time_s) - 1)
            top = _top(load, tops.clipped(start_s, end_s))
            low = float(np.nanmin(load.heel[inside]))
            if top is None and low > NEARLY:
                continue
            values = {"lowest": low}
            if top is not None:
                values |= {"top_s": top[1] - top[0], "ml_ff": _medial(load, *top)}
            found.append(
                Attempt(
                    side,
                    start_s,
                    end_s,
                    float(load.time_s[row]),
                    "incomplete" if top is None else "full",
                    top is not None,
                    values,
                )
            )
        return tuple(found)

    def end(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
        """Two beats in a row without a raise."""
        tempo, beats = task.drill.tempo_bpm, task.drill.beats_per_rep
        if tempo is None or beats is None:
            return None
        limit_s = MISSED_PERIODS * beats * 60.0 / tempo
        load = _load(seen, task)
        last_s = float(load.time_s[-1])
        # every time the heel goes up counts as following the beat, wobbles too
        ups = [
            span
            for span in below(load.time_s, load.heel, DOWN, gaps=load.gaps)
            if attempts and span[0] >= attempts[0].start_s - EPS_S
        ]
        for number, (start_s, end_s) in enumerate(ups):
            until_s = max(start_s + limit_s, end_s)
            next_s = ups[number + 1][0] if number + 1 < len(ups) else math.inf
            if until_s <= min(last_s, next_s):
                return End(end_s, until_s, "beats")
        return None

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Counts, pace, time at the top, sides."""
        full = [one for one in attempts if one.counts]
        clean = len(full) / len(attempts) if attempts else math.nan
        told: dict[str, Any] = {
            "full": len(full),
            "incomplete": count(attempts, "incomplete"),
            "rate_per_min": pace_hz([one.start_s for one in attempts]) * 60.0,
            "top_s_mean": _mean([one.values["top_s"] for one in full]),
            **carried(attempts, seen, task),
            "ml_ff_top": _mean([one.values["ml_ff"] for one in full]),
            "score": 100.0 * clean,
        }
        if len(task.sides) > 1:
            told["lr_mean"] = left_share(attempts, seen)
        return told


def pace_hz(times_s: Sequence[float]) -> float:
    """How often something comes again, of its times; NaN for fewer than two."""
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return math.nan
    return (len(times_s) - 1) / (times_s[-1] - times_s[0])


def carried(attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
    """What both feet carried from the first to the last repetition, and whether a hand helped."""
    if not attempts:
        return {"mean_sum_bw": math.nan, "supported": False}
    rows = seen.rows.part(attempts[0].start_s, attempts[-1].end_s)
    mean = float(np.nanmean(rows.sum_n)) / task.bw_n
    return {"mean_sum_bw": mean, "supported": mean < SUPPORTED_BW}


def left_share(attempts: Sequence[Attempt], seen: Seen) -> float:
    """LR from the first to the last repetition; NaN without one."""
    if not attempts:
        return math.nan
    rows = seen.rows.part(attempts[0].start_s, attempts[-1].end_s)
    left, whole = rows.foot(Side.LEFT), rows.sum_n
    known = np.isfinite(whole) & (whole > 0.0)
    return float((left[known] / whole[known]).mean()) if known.any() else math.nan


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _load(seen: Seen, task: Task) -> _Load:
    rows = seen.rows
    force = np.zeros(len(rows))
    regions = np.zeros((len(rows), len(REGIONS)))
    moment = np.zeros(len(rows))
    gaps = np.zeros(len(rows), np.bool_)
    for side in task.sides:
        own = rows.foot(side)
        force = force + own
        regions = regions + rows.regions(side)
        place = np.where(np.isfinite(rows.cop(side)[:, 1]), rows.cop(side)[:, 1], 0.0)
        moment = moment + own * place
        gaps |= rows.gaps(side)
    least_bw = ALONE_BW if task.single else LOADED_BW * len(task.sides)
    enough = force >= least_bw * task.bw_n

    def over(part: Floats, whole: Floats) -> Floats:
        out = np.full(len(rows), np.nan)
        np.divide(part, whole, out=out, where=enough & (whole > 0.0))
        return out

    first = regions[:, REGIONS.index("M1")] + regions[:, REGIONS.index("HAL")]
    return _Load(
        rows.time_s,
        over(regions[:, REGIONS.index("HEEL")], force),
        over(moment, force * task.size_mm[1]),
        over(first, first + regions[:, REGIONS.index("M45")]),
        gaps,
    )


def _top(load: _Load, tops: Spans) -> tuple[float, float] | None:
    """The longest time at the top that is long enough and in front."""
    best: tuple[float, float] | None = None
    for start_s, end_s in tops:
        inside = (load.time_s >= start_s) & (load.time_s <= end_s)
        front = load.front[inside]
        if end_s - start_s < TOP_S - EPS_S or not np.isfinite(front).any():
            continue
        if float(np.nanmean(front)) <= FRONT:
            continue
        if best is None or end_s - start_s > best[1] - best[0]:
            best = start_s, end_s
    return best


def _medial(load: _Load, start_s: float, end_s: float) -> float:
    """ML_ff over the rows of the top at which the heel carries next to nothing."""
    inside = (load.time_s >= start_s) & (load.time_s <= end_s) & (load.heel < TOP[0])
    known = load.medial[inside]
    return float(np.nanmean(known)) if np.isfinite(known).any() else math.nan
