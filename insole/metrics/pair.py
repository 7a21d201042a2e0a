"""Columns that need the next contact: of the same foot, or of the other (science.md §3.3)."""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.gait import StepFlag, Steps
from insole.parameters import Parameters

NEXT_STEP_S = 1.0  # a foot strike of the other foot later than this after toe-off is another bout
LONGEST_STRIDE_S = 3.0  # slower is standing between steps


def attach_pair(left: Steps, right: Steps, *, parameters: Parameters) -> tuple[Steps, Steps]:
    """Both tables with stride, step, cadence, duty factor, flight and double support.

    NaN where the contact needed is missing: an incomplete one, a break in between, the end of the
    trial. A column's uncertainty follows from those of its stamps; the clock of each foot
    (`uncertainty.clock_s`) enters only where two feet meet, and is shared.
    """
    clock = np.sqrt(2.0) * parameters["uncertainty.clock_s"]
    return _attach(left, right, clock_s=clock), _attach(right, left, clock_s=clock)


def _attach(own: Steps, other: Steps, *, clock_s: float) -> Steps:
    strike, off = own.value["foot_strike_s"], own.value["toe_off_s"]
    u_strike, u_off = _own(own, "foot_strike_s"), _own(own, "toe_off_s")
    whole = (own.flags & StepFlag.INCOMPLETE) == 0
    value: dict[str, Floats] = {}
    u: dict[str, Floats] = {}
    shared: dict[str, Floats] = {}

    def put(name: str, column: Floats, random: Floats, common: Floats | float) -> None:
        blank = np.where(np.isnan(column), np.nan, 0.0)
        value[name], shared[name] = column, blank + common
        u[name] = np.hypot(blank + random, shared[name])

    # next contact of the same foot
    following = np.append(strike[1:], np.nan)[: len(strike)]
    follows = whole & np.append(whole[1:] & _same_segment(own), False)[: len(strike)]
    stride = following - strike
    stride = np.where(follows & (stride <= LONGEST_STRIDE_S), stride, np.nan)
    u_stride = np.hypot(u_strike, np.append(u_strike[1:], np.nan)[: len(strike)])
    contact = off - strike
    put("stride_s", stride, u_stride, 0.0)
    put("cadence_spm", 120.0 / stride, 120.0 / stride**2 * u_stride, 0.0)
    duty = contact / stride
    spread = np.hypot(_own(own, "contact_s"), duty * u_stride) / stride
    put("duty_factor", duty, spread, _shared(own, "contact_s") / stride)

    # next contact of the other foot
    at, known = _next_contact(strike, other)
    reached = other.value["foot_strike_s"][at] if len(other) else np.full(len(strike), np.nan)
    u_reached = _own(other, "foot_strike_s")[at] if len(other) else np.full(len(strike), np.nan)
    gap = reached - off
    seen = whole & known & (gap <= NEXT_STEP_S)
    step = np.where(seen, reached - strike, np.nan)
    put("step_s", step, np.hypot(u_strike, u_reached), clock_s)
    u_gap = np.hypot(u_off, u_reached)
    put("flight_s", np.where(seen & (gap >= 0), gap, np.nan), u_gap, clock_s)
    put("double_support_s", np.where(seen & (gap < 0), -gap, np.nan), u_gap, clock_s)
    if "effective_contact_s" in own.value:
        high = own.value["effective_contact_s"]
        u_high, common = _own(own, "effective_contact_s"), _shared(own, "effective_contact_s")
        random = np.hypot(np.hypot(u_strike, u_reached), u_high)
        put("effective_flight_s", step - high, random, np.hypot(clock_s, common))
    return Steps(
        own.side, own.flags, {**own.value, **value}, {**own.u, **u}, {**own.u_shared, **shared}
    )


def _same_segment(steps: Steps) -> Bools:
    """(k-1,) no break lies between a contact and the next one."""
    segment = steps.value.get("segment")
    if segment is None:
        return np.ones(max(len(steps) - 1, 0), np.bool_)
    answer: Bools = segment[1:] == segment[:-1]
    return answer


def _next_contact(strike: Floats, other: Steps) -> tuple[Ints, Bools]:
    """Row of the other foot's next foot strike, and whether it can be trusted."""
    at = np.searchsorted(other.value["foot_strike_s"], strike, side="right")
    there = at < len(other)
    if not len(other):
        return at, there
    at = np.minimum(at, len(other) - 1)
    whole = (other.flags & StepFlag.INCOMPLETE) == 0
    unbroken = np.append(True, _same_segment(other))
    unbroken[0] = True
    return at, there & whole[at] & (unbroken[at] | (at == 0))


def _own(steps: Steps, name: str) -> Floats:
    """Random part of a column's uncertainty."""
    if name not in steps.u:
        return np.zeros(len(steps))
    whole, common = steps.u[name], steps.u_shared[name]
    answer: Floats = np.sqrt(np.maximum(whole**2 - common**2, 0.0))
    return answer


def _shared(steps: Steps, name: str) -> Floats:
    return steps.u_shared.get(name, np.zeros(len(steps)))
