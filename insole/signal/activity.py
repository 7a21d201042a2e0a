"""What each step was, and what a trial mostly was (science.md §3.2).

Running, walking and other change with the second stride in a row that says so; a hop is an event of
its own and is told at once.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.gait import StepFlag, Steps

Activity: TypeAlias = Literal["run", "walk", "hop", "stand", "other", ""]

RUN_DUTY = 0.50  # a stride with less contact than this, and flight after it, is running
WALK_DUTY = (0.55, 0.75)
TOGETHER_S = 0.040  # both feet strike within this time ...
AIRBORNE_S = 0.060  # ... after at least this time in the air: a hop
STAND_S = 1.0


STEP_WORDS: tuple[Activity, ...] = ("run", "walk", "hop", "other")
_RUN, _WALK, _HOP, _OTHER = range(4)


def activity_of(left: Steps, right: Steps, *, standing_s: float = 0.0) -> Activity:
    """Dominant activity; "" while there are neither contacts nor standing to tell it from.

    Each stride votes with its duration; one foot alone votes by its duty factor.

    Args:
        left: table with the columns of `attach_pair`.
        right: the same of the other foot.
        standing_s: seconds of quiet standing seen (`insole.signal.standing`).
    """
    votes = np.zeros(len(STEP_WORDS))
    for own, other in ((left, right), (right, left)):
        if not len(own) or "stride_s" not in own.value:
            continue
        kind, stride = _kinds(own, other), own.value["stride_s"]
        known = kind >= 0
        votes += np.bincount(kind[known], weights=stride[known], minlength=len(STEP_WORDS))
    moving_s = float(votes.sum()) * (0.5 if len(left) and len(right) else 1.0)
    if standing_s >= STAND_S and standing_s > moving_s:
        return "stand"
    if votes.any():
        return STEP_WORDS[int(np.argmax(votes))]
    return "other" if len(left) or len(right) else ""


def activities(own: Steps, other: Steps, *, hops: Bools | None = None) -> Floats:
    """(k,) place of each step's activity in `STEP_WORDS`; NaN before the first stride is known.

    Args:
        own: table with stride, duty factor and double support.
        other: table of the other foot.
        hops: (k,) contacts that have a partner (`partners`); None: by the usual times.
    """
    kind = _kinds(own, other, hops=hops)
    told = np.full(len(kind), np.nan)
    gait = np.flatnonzero((kind >= 0) & (kind != _HOP))
    if len(gait):
        twice = np.append(True, kind[gait][1:] == kind[gait][:-1])  # the first stride stands alone
        settled = gait[np.maximum.accumulate(np.where(twice, np.arange(len(gait)), 0))]
        place = np.searchsorted(gait, np.arange(len(kind)), side="right") - 1
        told = np.where(place >= 0, kind[settled[np.maximum(place, 0)]], np.nan)
    return np.where(kind == _HOP, float(_HOP), told)


def _kinds(own: Steps, other: Steps, *, hops: Bools | None = None) -> Ints:
    """(k,) what each stride says by itself; -1 where there is none."""
    if hops is None and "activity_class" in own.value:  # found with the times that were set
        hops = own.value["activity_class"] == _HOP
    if not len(own):
        return np.empty(0, np.int64)
    stride, duty = own.value["stride_s"], own.value["duty_factor"]
    overlap = np.isfinite(own.value["double_support_s"])
    known = np.isfinite(stride)
    with np.errstate(invalid="ignore"):
        walk = (duty >= WALK_DUTY[0]) & (duty <= WALK_DUTY[1])
        run = (duty < RUN_DUTY) & ~overlap
    if len(other):
        walk &= overlap
    kind = np.where(run, _RUN, np.where(walk, _WALK, _OTHER))
    hop = partners(own, other) >= 0 if hops is None else hops
    return np.where(known, np.where(hop, _HOP, kind), -1)


def partners(
    own: Steps, other: Steps, *, together_s: float = TOGETHER_S, airborne_s: float = AIRBORNE_S
) -> Ints:
    """(k,) row of the other foot's contact that begins with this one out of the air; -1: none.

    Args:
        own: table of one foot.
        other: of the other one.
        together_s: both strike within this time ...
        airborne_s: ... after at least this time in the air.
    """
    strike = own.value["foot_strike_s"]
    if not len(other) or not len(own):
        return np.full(len(own), -1)
    partner = other.value["foot_strike_s"]
    after = np.clip(np.searchsorted(partner, strike), 0, len(partner) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(
        np.abs(partner[after] - strike) <= np.abs(partner[before] - strike), after, before
    )
    together = np.abs(partner[nearest] - strike) <= together_s
    air = np.minimum(_air_before(own), _air_before(other)[nearest])
    complete = (own.flags & StepFlag.INCOMPLETE) == 0
    return np.where(together & (air >= airborne_s) & complete, nearest, -1)


def _air_before(steps: Steps) -> Floats:
    """(k,) s since this foot's last toe-off; inf for the first."""
    strike, off = steps.value["foot_strike_s"], steps.value["toe_off_s"]
    return np.concatenate(([np.inf], strike[1:] - off[:-1]))
