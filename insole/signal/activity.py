"""What a trial mostly was: running, walking, hopping, standing or other (science.md §3.2)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.foot import Side
from insole.model.gait import StepFlag, Steps
from insole.model.stream import Load
from insole.parameters import Parameters

Activity: TypeAlias = Literal["run", "walk", "hop", "stand", "other", ""]

RUN_DUTY = 0.50  # a stride with less contact than this, and flight after it, is running
WALK_DUTY = (0.55, 0.75)
TOGETHER_S = 0.040  # both feet strike within this time ...
AIRBORNE_S = 0.060  # ... after at least this time in the air: a hop
STAND_S = 1.0
STAND_BAND_BW = 0.10  # standing: both feet carry body weight within this, each steady within this


def activity_of(left: Steps, right: Steps, *, standing_s: float = 0.0) -> Activity:
    """Dominant activity; "" while there are neither contacts nor standing to tell it from.

    Each stride votes with its duration; one foot alone votes by its duty factor.

    Args:
        left: table with the columns of `attach_pair`.
        right: the same of the other foot.
        standing_s: seconds of quiet standing seen (`StandingWatch.standing_s`).
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


class StandingWatch:
    """Counts whole seconds of quiet standing from the load of both feet.

    A second counts when the mean force of both feet is body weight within 10 % and no foot's
    force moves by more than that in it. Keeps a few numbers a second; chunks change nothing.

    Args:
        mass_kg: body mass; None: standing cannot be told.
        parameters: `physics.g`.
    """

    def __init__(self, *, mass_kg: float | None, parameters: Parameters) -> None:
        self._bw_n = None if mass_kg is None else mass_kg * parameters["physics.g"]
        self._seconds: dict[Side, list[Floats]] = {Side.LEFT: [], Side.RIGHT: []}
        self._open: dict[Side, Floats] = {}

    def push(self, side: Side, load: Load) -> None:
        """Consume load of one foot."""
        if self._bw_n is None or not len(load.time_s):
            return
        second = np.floor(load.time_s)
        starts = np.flatnonzero(np.append(True, second[1:] != second[:-1]))
        ends = np.append(starts[1:], len(second))
        owner = np.repeat(np.arange(len(starts)), ends - starts)
        found = np.empty((5, len(starts)))  # second, sum, rows, smallest, largest
        found[0] = second[starts]
        carry = self._open.get(side)
        goes_on = carry is not None and carry[0] == found[0, 0]
        first = carry[1] if carry is not None and goes_on else 0.0
        # the sum carried over stands first in its bin: rows are added one after the other
        found[1] = np.bincount(np.append(0, owner), np.append(first, load.total_n))
        found[2] = ends - starts
        found[3] = np.minimum.reduceat(load.total_n, starts)
        found[4] = np.maximum.reduceat(load.total_n, starts)
        if carry is not None and goes_on:
            found[2, 0] += carry[2]
            found[3, 0] = min(found[3, 0], carry[3])
            found[4, 0] = max(found[4, 0], carry[4])
        elif carry is not None:
            self._seconds[side].append(carry[:, None])
        if len(starts) > 1:
            self._seconds[side].append(found[:, :-1])
        self._open[side] = found[:, -1]

    @property
    def standing_s(self) -> float:
        """Seconds of quiet standing in whole seconds that both feet have completed."""
        if self._bw_n is None or not all(self._seconds.values()):
            return 0.0
        left, right = (
            np.concatenate(self._seconds[side], axis=1) for side in (Side.LEFT, Side.RIGHT)
        )
        _, i, j = np.intersect1d(left[0], right[0], return_indices=True)
        left, right = left[:, i], right[:, j]
        band = STAND_BAND_BW * self._bw_n
        whole = np.abs(left[1] / left[2] + right[1] / right[2] - self._bw_n) <= band
        steady = (left[4] - left[3] <= band) & (right[4] - right[3] <= band)
        return float(np.count_nonzero(whole & steady))
