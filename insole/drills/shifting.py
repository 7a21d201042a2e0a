"""Weight from foot to foot, light taps, and repetitions to a beat (drills.md, section 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from insole.drills.crossing import EPS_S, above, below, trailing_mean
from insole.drills.detecting import SIDES, Attempt, Seen, Task, count, never
from insole.drills.holding import contact
from insole.drills.raising import left_share
from insole.model.foot import Side

OVER = (0.75, 0.70)  # share of the load: over the one, until under the other
OVER_S = 0.5
REACH_S = 0.25
GOOD_REACH = 0.85
TAP_S = 0.1
LIGHT_BW = 0.30
LOST_S = 0.25


class WeightShift:
    """To one side and to the other: one repetition."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Pairs of shifts, one to each side."""
        del task
        rows = seen.rows
        whole = rows.sum_n
        left = np.full(len(whole), np.nan)
        np.divide(rows.foot(Side.LEFT), whole, out=left, where=whole > 0.0)
        shifts: list[tuple[float, float, float, Side, float]] = []
        for side, share in ((Side.LEFT, left), (Side.RIGHT, 1.0 - left)):
            mean = trailing_mean(rows.time_s, share, REACH_S)
            spans = above(rows.time_s, share, OVER[0], off=OVER[1], gaps=rows.either_gap)
            for start_s, end_s in spans:
                if not math.isfinite(end_s) or end_s - start_s < OVER_S - EPS_S:
                    continue
                inside = (rows.time_s >= start_s + REACH_S - EPS_S) & (rows.time_s <= end_s)
                best = float(np.nanmax(mean[inside])) if inside.any() else math.nan
                row = min(int(np.searchsorted(rows.time_s, end_s)), len(rows) - 1)
                shifts.append((start_s, end_s, float(rows.time_s[row]), side, best))
        shifts.sort()
        found: list[Attempt] = []
        waiting: tuple[float, float, float, Side, float] | None = None
        for shift in shifts:
            if waiting is None or waiting[3] is shift[3]:
                waiting = shift
                continue
            reach = {waiting[3]: waiting[4], shift[3]: shift[4]}
            good = min(reach.values()) >= GOOD_REACH
            values = {f"{side.value}_reach": best for side, best in reach.items()}
            found.append(
                Attempt(
                    None, waiting[0], shift[1], shift[2], "full" if good else "near", True, values
                )
            )
            waiting = None
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Counts, reach of each side, and how they differ: 100 (R - L) / mean."""
        del seen, task
        reach = {
            side: _mean([one.values[f"{side.value}_reach"] for one in attempts]) for side in SIDES
        }
        left, right = reach[Side.LEFT], reach[Side.RIGHT]
        full = count(attempts, "full")
        return {
            "reps": len(attempts),
            "left_reach": left,
            "right_reach": right,
            "reach_si_pct": 200.0 * (right - left) / (right + left) if attempts else math.nan,
            "score": 100.0 * full / len(attempts) if attempts else math.nan,
        }


class StepDown:
    """Taps of the free foot beside the step: light, or too heavy."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Taps that are over."""
        rows, free = seen.rows, task.side.other
        p = task.parameters
        load = rows.foot(free) / task.bw_n
        taps = above(
            rows.time_s,
            load,
            p["standing.touch_BW"],
            off=p["standing.other_BW"],
            gaps=rows.gaps(free),
        )
        found: list[Attempt] = []
        for start_s, end_s in taps:
            if not math.isfinite(end_s) or end_s - start_s < TAP_S - EPS_S:
                continue
            if start_s <= task.since_s + EPS_S:
                continue  # the foot stood there before: it was not put down
            inside = (rows.time_s >= start_s) & (rows.time_s <= end_s)
            peak = float(np.nanmax(load[inside])) if inside.any() else math.nan
            row = min(int(np.searchsorted(rows.time_s, end_s)), len(rows) - 1)
            word = "light" if peak <= LIGHT_BW + 1e-3 else "heavy"
            found.append(
                Attempt(
                    task.side,
                    start_s,
                    end_s,
                    float(rows.time_s[row]),
                    word,
                    True,
                    {"tap_bw": peak},
                )
            )
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """How many taps, how many of them light."""
        del seen, task
        light = count(attempts, "light")
        return {
            "reps": len(attempts),
            "light": light,
            "heavy": count(attempts, "heavy"),
            "tap_bw": [one.values["tap_bw"] for one in attempts],
            "score": 100.0 * light / len(attempts) if attempts else math.nan,
        }


class Paced:
    """Repetitions to a metronome: the beat counts them, the insoles see whether heels stay."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Repetitions whose beats are over."""
        rows, drill = seen.rows, task.drill
        tempo, beats = drill.tempo_bpm or 60.0, drill.beats_per_rep or 4
        period_s = beats * 60.0 / tempo
        begin_s = task.since_s if task.beat_s is None else max(task.beat_s, task.since_s)
        last_s = float(rows.time_s[-1])
        done = max(0, math.floor((last_s - begin_s) / period_s + 1e-6))
        # A heel is off where its contact is not: the free foot's says nothing on one leg.
        off = [
            below(
                rows.time_s,
                contact(task, rows, side, "HEEL").covers(rows.time_s).astype(np.float64),
                0.5,
            )
            for side in task.sides
        ]
        side = task.side if len(task.sides) == 1 else None
        found: list[Attempt] = []
        for number in range(done):
            start_s = begin_s + number * period_s
            end_s = start_s + period_s
            lost = any(
                bool((spans.clipped(start_s, end_s).length_s > LOST_S).any()) for spans in off
            )
            row = min(int(np.searchsorted(rows.time_s, end_s - EPS_S)), len(rows) - 1)
            found.append(
                Attempt(
                    side,
                    start_s,
                    end_s,
                    float(rows.time_s[row]),
                    "lost" if lost else "kept",
                    True,
                )
            )
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """How many repetitions, heels kept in how many, share of the left foot."""
        kept = count(attempts, "kept")
        told: dict[str, Any] = {
            "paced_reps": len(attempts),
            "heel_kept": kept,
            "score": 100.0 * kept / len(attempts) if attempts else math.nan,
        }
        if len(task.sides) > 1:
            told["lr_mean"] = left_share(attempts, seen)
        return told


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
