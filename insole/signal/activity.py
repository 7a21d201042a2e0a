"""What a trial mostly was: running, walking, hopping, standing or other (science.md §3.2)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.gait import StepFlag, Steps

Activity: TypeAlias = Literal["run", "walk", "hop", "stand", "other", ""]

RUN_DUTY = 0.50  # a stride with less contact than this, and flight after it, is running
WALK_DUTY = (0.55, 0.75)
TOGETHER_S = 0.040  # both feet strike within this time ...
AIRBORNE_S = 0.060  # ... after at least this time in the air: a hop
STAND_S = 1.0


def activity_of(left: Steps, right: Steps, *, standing_s: float = 0.0) -> Activity:
    """Dominant activity; "" while there are neither contacts nor standing to tell it from.

    Each stride votes with its duration; one foot alone votes by its duty factor.

    Args:
        left: table with the columns of `attach_pair`.
        right: the same of the other foot.
        standing_s: seconds of quiet standing seen (`insole.signal.standing`).
    """
    votes: dict[Activity, float] = {"run": 0.0, "walk": 0.0, "hop": 0.0, "other": 0.0}
    for own, other in ((left, right), (right, left)):
        if not len(own) or "stride_s" not in own.value:
            continue
        stride, duty = own.value["stride_s"], own.value["duty_factor"]
        known = np.isfinite(stride)
        hop = known & _with_the_other(own, other)
        overlap = np.isfinite(own.value["double_support_s"])
        run = known & ~hop & (duty < RUN_DUTY) & ~overlap
        walk = known & ~hop & (duty >= WALK_DUTY[0]) & (duty <= WALK_DUTY[1])
        if len(other):
            walk &= overlap
        votes["hop"] += float(stride[hop].sum())
        votes["run"] += float(stride[run].sum())
        votes["walk"] += float(stride[walk].sum())
        votes["other"] += float(stride[known & ~hop & ~run & ~walk].sum())
    moving_s = 0.5 * sum(votes.values()) if len(left) and len(right) else sum(votes.values())
    if standing_s >= STAND_S and standing_s > moving_s:
        return "stand"
    best = max(votes, key=lambda name: votes[name])
    if votes[best] > 0:
        return best
    return "other" if len(left) or len(right) else ""


def _with_the_other(own: Steps, other: Steps) -> Bools:
    """(k,) contacts that begin with one of the other foot, both feet having been in the air."""
    strike = own.value["foot_strike_s"]
    if not len(other):
        return np.zeros(len(own), np.bool_)
    partner = other.value["foot_strike_s"]
    after = np.clip(np.searchsorted(partner, strike), 0, len(partner) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(
        np.abs(partner[after] - strike) <= np.abs(partner[before] - strike), after, before
    )
    together = np.abs(partner[nearest] - strike) <= TOGETHER_S
    air = np.minimum(_air_before(own), _air_before(other)[nearest])
    complete = (own.flags & StepFlag.INCOMPLETE) == 0
    answer: Bools = together & (air >= AIRBORNE_S) & complete
    return answer


def _air_before(steps: Steps) -> Floats:
    """(k,) s since this foot's last toe-off; inf for the first."""
    strike, off = steps.value["foot_strike_s"], steps.value["toe_off_s"]
    return np.concatenate(([np.inf], strike[1:] - off[:-1]))
