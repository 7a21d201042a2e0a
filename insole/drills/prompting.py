"""What cues could answer in a set of repetitions: the load now, or a repetition that is over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from insole.drills.crossing import Spans, above
from insole.drills.cueing import Cause
from insole.drills.detecting import Attempt, Rows, Seen, Task
from insole.drills.drill import Cue
from insole.drills.holding import RAYS, times_of
from insole.drills.standing import supported
from insole.drills.toes import BALL_KEPT, CLAWED, HALLUX_KEPT, HEEL_KEPT, OTHERS_KEPT
from insole.model.arrays import Floats
from insole.model.foot import Side

SPOKEN_S = 3.0  # a repetition that is over may be spoken of so long
ROLLING_OUT = 0.45  # ML_ff at the top of a raise: less goes over the little toe
HEEL_HEAVY = 0.80  # of rest, in an arch lift
OFF_BEAT = 0.20  # of the period
GUARDS: Mapping[tuple[str, str], float] = {
    ("toe_press", "heel"): HEEL_KEPT,
    ("toe_lift", "toes"): OTHERS_KEPT,
    ("toe_lift", "hal"): HALLUX_KEPT,
    ("toe_lift", "m1"): BALL_KEPT,
    ("arch_dome", "heel"): HEEL_HEAVY,
    ("arch_dome", "toes"): CLAWED,
}
"""Detector and place to the load, relative to rest, beyond which something is wrong."""

MEASURES: Mapping[str, tuple[tuple[str, ...], float]] = {
    "heel_pct": (("share_heel",), 100.0),
    "s_hal_pct": (("s_hal_percent",), 1.0),
    "reach": (("left_reach", "right_reach"), 1.0),
}
"""Quantity of a cue to the measures of a repetition, the least of which counts, and a factor."""


def prompts(
    task: Task, seen: Seen, attempts: Sequence[Attempt], *, start_s: float, now_s: float
) -> list[Cause]:
    """All causes of a set so far.

    Args:
        task: what is asked.
        seen: rows of the set.
        attempts: its repetitions so far.
        start_s: when it began.
        now_s: newest instant known.
    """
    found: list[Cause] = []
    for cue in task.drill.cues:
        for since_s, until_s in _live(cue, task, seen.rows, start_s=start_s, now_s=now_s):
            found.append(Cause(cue.name, cue.say, since_s, until_s, cue.after_s, cue.priority))
        for before, one in zip([None, *attempts], attempts, strict=False):
            if _told_by(cue, task, one, before):
                at_s = one.confirmed_s
                found.append(
                    Cause(
                        cue.name, cue.say, at_s, at_s + SPOKEN_S, min(cue.after_s, 1.0),
                        cue.priority,
                    )
                )  # fmt: skip
    return found


def _live(
    cue: Cue, task: Task, rows: Rows, *, start_s: float, now_s: float
) -> list[tuple[float, float]]:
    """When the load itself is a cause."""
    if cue.when == "supported":
        return list(supported(task, rows).clipped(start_s, now_s))
    level = GUARDS.get((task.drill.detect, cue.of or ""))
    found: list[tuple[float, float]] = []
    for side in task.sides:
        if level is None or cue.when not in ("low", "high"):
            found += times_of(cue, task, rows, side, start_s, now_s)
            continue
        load = _relative(task, rows, side, cue.of or "")
        sign = 1.0 if cue.when == "high" else -1.0
        spans: Spans = above(rows.time_s, sign * load, sign * level, gaps=rows.gaps(side))
        found += spans.clipped(start_s, now_s)
    return sorted(found)


def _relative(task: Task, rows: Rows, side: Side, place: str) -> Floats:
    """(n,) load of a place over what it carried at rest; NaN without a rest."""
    regions = RAYS.get(place, (place.upper(),))
    if task.rest is None:
        return np.full(len(rows), np.nan)
    known = task.rest.region(side, *regions)
    known = known[np.isfinite(known)]
    rest_n = float(np.median(known)) if len(known) else math.nan
    if not rest_n > 0.0:
        return np.full(len(rows), np.nan)
    return rows.region(side, *regions) / rest_n


def _told_by(cue: Cue, task: Task, one: Attempt, before: Attempt | None) -> bool:
    """A repetition that is over is the cause."""
    match cue.when:
        case "incomplete":
            return one.outcome == "incomplete"
        case "fast" | "slow":
            return _off_beat(cue, task, one, before)
        case "low" | "high":
            return _beyond(cue, task, one)
        case _:
            return False


def _off_beat(cue: Cue, task: Task, one: Attempt, before: Attempt | None) -> bool:
    drill = task.drill
    if before is None or drill.tempo_bpm is None or drill.beats_per_rep is None:
        return False
    period_s = drill.beats_per_rep * 60.0 / drill.tempo_bpm
    apart_s = one.start_s - before.start_s
    if cue.when == "fast":
        return apart_s < (1.0 - OFF_BEAT) * period_s
    return apart_s > (1.0 + OFF_BEAT) * period_s


def _beyond(cue: Cue, task: Task, one: Attempt) -> bool:
    """A measure of the repetition lies outside of its tube."""
    if task.drill.detect == "heel_raise" and cue.of == "first_ray":
        return cue.when == "low" and one.values.get("ml_ff", math.nan) < ROLLING_OUT
    target = task.drill.target(cue.of or "")
    names, factor = MEASURES.get(cue.of or "", ((cue.of or "",), 1.0))
    known = [one.values[name] for name in names if name in one.values]
    if target is None or not known:
        return False
    low, high = target.tube
    value = factor * min(known)
    return value < low if cue.when == "low" else value > high
