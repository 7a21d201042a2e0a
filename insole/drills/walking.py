"""Detectors of drills done step by step, out of the table of steps.

A step counts when it is final for both feet: then nothing that comes later is put before it, and
neither the cut into chunks nor which foot is served first can change a number. Steps that are not
valid (a gap inside, too coarse a stamp) are told as excluded and are in no mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from insole.drills.crossing import above
from insole.drills.detecting import Attempt, End, Seen, Task, count
from insole.model.foot import REGIONS, Side
from insole.model.gait import StepFlag

SURE_S: Final = 0.4  # after toe-off a step is out, however slowly its foot was unloaded
LEAST_BW: Final = 0.5  # a shuffle is no step
HEEL_PCT: Final = 5.0  # of the impulse: more is no step on the forefoot
TUL_BW: Final = 0.10  # a loaded forefoot
LONGEST_STEP_S: Final = 2.0  # from one foot strike to the next: longer is a stop
HALLUX: Final = float(REGIONS.index("HAL"))
FOREFOOT: Final = ("M1", "M23", "M45", "HAL", "TOES")


def contacts(seen: Seen, task: Task, columns: Sequence[str]) -> list[Attempt]:
    """Final steps of the feet that are asked, by foot strike; `excluded` where not valid.

    Args:
        seen: what is known.
        task: what is asked.
        columns: names of the table of steps that go into `values`.
    """
    last_s = float(seen.rows.time_s[-1]) if len(seen.rows) else -np.inf
    found: list[Attempt] = []
    for side, steps in seen.steps.items():
        if side not in task.sides:
            continue
        peak = _column(steps.value, "peak_force_BW", len(steps))
        kept = {name: _column(steps.value, name, len(steps)) for name in columns}
        sound = np.asarray(steps.valid, np.bool_)
        whole = (steps.flags & StepFlag.INCOMPLETE) == 0
        for name in columns:
            sound = sound & np.isfinite(kept[name])
        for row in np.flatnonzero((peak >= LEAST_BW) & whole):
            end_s = float(steps.value["toe_off_s"][row])
            if end_s + SURE_S > last_s and not seen.over:
                continue
            found.append(
                Attempt(
                    side=side,
                    start_s=float(steps.value["foot_strike_s"][row]),
                    end_s=end_s,
                    confirmed_s=min(end_s + SURE_S, last_s),
                    outcome="step" if sound[row] else "excluded",
                    counts=bool(sound[row]),
                    values={name: float(kept[name][row]) for name in columns},
                )
            )
    return sorted(found, key=lambda one: (one.end_s, one.start_s))


def _column(value: Mapping[str, Any], name: str, rows: int) -> Any:
    """A column, or nothing known where the insole cannot see what it needs."""
    return value.get(name, np.full(rows, np.nan))


def mean(attempts: Iterable[Attempt], name: str) -> float:
    """Mean of a value over attempts that count; NaN of none."""
    known = [one.values[name] for one in attempts if one.counts]
    return sum(known) / len(known) if known else math.nan


def score(attempts: Sequence[Attempt], clean: str) -> float | None:
    """Score C: clean attempts in a hundred that count; None without any."""
    counted = sum(one.counts for one in attempts)
    return 100.0 * count(attempts, clean) / counted if counted else None


class _Gait:
    """What all of them share: nothing but the number of steps ends a set."""

    columns: tuple[str, ...] = ()

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Every final step, by toe-off, judged."""
        return tuple(
            replace(one, outcome=self.judged(one, task)) if one.counts else one
            for one in contacts(seen, task, self.columns)
        )

    def judged(self, step: Attempt, task: Task) -> str:
        """One word for a step that counts."""
        del step, task
        return "step"

    def end(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
        """Never before its time."""
        del attempts, seen, task
        return None


class _HeelHigh(_Gait):
    """Steps in which the heel carries next to nothing."""

    def judged(self, step: Attempt, task: Task) -> str:
        """`clean`, or `heel`."""
        target = task.drill.target("heel_pct")
        most = HEEL_PCT if target is None else target.tube[1]
        return "clean" if 100.0 * step.values["share_heel"] < most else "heel"


class Tiptoe(_HeelHigh):
    """Steps on tiptoe: the heel carries less than 5 % of the impulse (D10)."""

    columns = ("share_heel", "share_m1")

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Steps, clean ones, the share of the big-toe ball."""
        del seen, task
        return {
            "steps": sum(one.counts for one in attempts),
            "clean": count(attempts, "clean"),
            "excluded": count(attempts, "excluded"),
            "score": score(attempts, "clean"),
            "m1_share": mean(attempts, "share_m1"),
        }


class EdgeWalk(_HeelHigh):
    """Side steps on an edge: heel high, load between the balls of the foot (D17)."""

    columns = ("share_heel", "share_m1", "share_m45")

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Steps, those with the heel high, M1 : M45, time under load of the forefoot."""
        first, fifth = mean(attempts, "share_m1"), mean(attempts, "share_m45")
        return {
            "steps": sum(one.counts for one in attempts),
            "heel_clean": count(attempts, "clean"),
            "excluded": count(attempts, "excluded"),
            "score": score(attempts, "clean"),
            "m1_of_m1_m45": first / (first + fifth) if first + fifth > 0.0 else math.nan,
            "tul_s": sum(_under_load_s(seen, task, side) for side in task.sides),
        }


def _under_load_s(seen: Seen, task: Task, side: Side) -> float:
    """Seconds with at least 0.10 BW under forefoot and toes."""
    rows = seen.rows
    if not len(rows):
        return 0.0
    load = rows.region(side, *FOREFOOT) / task.bw_n
    return float(above(rows.time_s, load, TUL_BW, gaps=rows.gaps(side)).length_s.sum())


class PushThrough(_Gait):
    """Steps that leave through the big toe (D16)."""

    columns = ("s_hal_percent", "last_to_leave", "po50_BW_s")

    def judged(self, step: Attempt, task: Task) -> str:
        """`through` where the big toe leaves last, or `early`."""
        del task
        return "through" if step.values["last_to_leave"] == HALLUX else "early"

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Share of the big toe in the late impulse, how often it leaves last, the impulse."""
        del seen, task
        return {
            "steps": sum(one.counts for one in attempts),
            "excluded": count(attempts, "excluded"),
            "s_hal_pct": mean(attempts, "s_hal_percent"),
            "hallux_last_pct": score(attempts, "through"),
            "po50_bw_s": mean(attempts, "po50_BW_s"),
            "score": None,
        }


class Run(_Gait):
    """Steps of a stride or of bounding: times and impulses, no score (D21, D24)."""

    columns = ("contact_s", "impulse_BW_s", "po50_BW_s")

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Every final step, by toe-off, with the flight before it."""
        steps = contacts(seen, task, self.columns)
        return tuple(
            replace(one, values={**one.values, "t_f_s": one.start_s - before.end_s})
            if before is not None and before.side is not one.side
            else one
            for before, one in zip([None, *steps], steps, strict=False)
        )

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Numbers of each foot, and of the way from one to the other."""
        del seen
        steps = sorted(attempts, key=lambda one: one.start_s)
        to_next = [
            (after.start_s - before.start_s, after.start_s - before.end_s)
            for before, after in pairwise(steps)
            if before.side is not after.side and before.counts and after.counts
        ]
        going = [each for each in to_next if each[0] <= LONGEST_STEP_S]
        flights = [flight for _, flight in going if flight > 0.0]
        step_s = sum(each for each, _ in going) / len(going) if going else math.nan
        return {
            "excluded": count(attempts, "excluded"),
            **{side.value: _of_foot(attempts, side) for side in task.sides},
            "cadence_spm": 60.0 / step_s,
            "t_f_s": sum(flights) / len(flights) if flights else math.nan,
            "score": None,
        }


def _of_foot(attempts: Sequence[Attempt], side: Side) -> dict[str, Any]:
    own = [one for one in attempts if one.side is side]
    return {
        "steps": sum(one.counts for one in own),
        "t_c_s": mean(own, "contact_s"),
        "j_bw_s": mean(own, "impulse_BW_s"),
        "po50_bw_s": mean(own, "po50_BW_s"),
    }
