"""Columns that need the next contact: of the same foot, or of the other (science.md §3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from insole.metrics.residual import residuals
from insole.metrics.reversal import SCALE_BAND, Reversal, reversal
from insole.metrics.units import in_body_weights
from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import Side
from insole.model.gait import StepFlag, Steps
from insole.parameters import Parameters
from insole.signal.activity import activities, partners
from insole.signal.stamps import Bend
from insole.signal.stances import WALK_CONTACT_S

_Put: TypeAlias = Callable[[str, Floats, Floats | float, Floats | float], None]

NEXT_STEP_S = 1.0  # a foot strike of the other foot later than this after toe-off is another bout
ALIKE = 0.15, 0.25  # of what the ends leave in the middle of a hop: by the phase, in all of them
FOOT_S = 0.056  # a line from inside is (row)²/this from a chord: mean of spring-mass hops (G4)
HOP_BEND = (
    0.75  # weight of the line from inside at both ends of a hop, as above: G4 to the 1 to 1.5
)
EVENED = 0.16  # of what the middle of a hop is moved by: its doubt, for such hops differ by that
UNMOVED = ("tripod_mid_heel", "tripod_mid_first", "tripod_mid_fifth", "coverage3_mid")
FRONT = ("m1", "m23", "m45", "hal", "toes")
PEAKS = {"time_to_peak_percent": 0.0, "hal_peak_percent": 0.4}
ZEROS = {
    "po_eff_share_percent": ("", 0.0),
    "po50_share_percent": ("", 0.0),
    "po_ff_share_percent": ("share_heel", 80.0),
    "po_hal_share_percent": ("share_hal", 80.0),
    "s_hal_percent": ("share_hal", 110.0),
    "tripod_mid_heel": ("tripod_heel", 0.8),
    "tripod_mid_first": ("tripod_first", 0.8),
    "tripod_mid_fifth": ("tripod_fifth", 0.8),
    "coverage3_mid": ("coverage3", 0.8),
}
"""Columns that the middle of contact decides, and one that has their zero and no such end: from 20
to 80 % of contact lie 60 % of its time, on which zeros act, and three quarters of its load."""
TURNED = 0.07  # of what noise and stamps do to PO50/J: v turns with them, so little is left
COURSE_PERCENT = 0.011  # of J, what parabolas between the kept points of a course err by
TURNS = 0.75, 0.65  # of what a wrong clock moves the reversal by: from step to step, in all of them
LONGEST_STRIDE_S = 3.0  # slower is standing between steps


def attach_pair(
    left: Steps,
    right: Steps,
    *,
    parameters: Parameters,
    rates_hz: Mapping[Side, float] | None = None,
) -> tuple[Steps, Steps]:
    """Both tables with stride, step, flight and support times, load shares, later push-off.

    NaN where the contact needed is missing: an incomplete one, a break in between, the end of the
    trial. A column's uncertainty follows from those of its stamps; the clock of each foot
    (`uncertainty.clock_s`) enters only where two feet meet, and is shared.

    Args:
        left: of the left foot.
        right: of the right foot.
        parameters: sections `uncertainty`, `physics`, `events` and `hops`.
        rates_hz: nominal rates; without one, nothing is taken to cancel within a hop.
    """
    clock = np.sqrt(2.0) * parameters["uncertainty.clock_s"]
    g = parameters["physics.g"]
    together_s, airborne_s = parameters["hops.together_s"], parameters["hops.airborne_s"]
    bend, rates = Bend.of(parameters), rates_hz or {}
    pairs = [
        partners(own, other, together_s=together_s, airborne_s=airborne_s)
        for own, other in ((left, right), (right, left))
    ]
    late = [_late_s(rates.get(own.side), bend) for own in (left, right)]
    left, right = (
        _evened(own, hops=with_it >= 0, late_s=late_s)
        for own, with_it, late_s in zip((left, right), pairs, late, strict=True)
    )
    one, two = (
        _attach(own, other, clock_s=clock, g=g, late_s=late_s, with_it=with_it)
        for own, other, late_s, with_it in zip(
            (left, right), (right, left), late, pairs, strict=True
        )
    )
    one, two = residuals(one, two)
    return in_body_weights(one), in_body_weights(two)


def _late_s(rate_hz: float | None, bend: Bend) -> tuple[float, float] | None:
    """How late foot strike and toe-off of a hop are stamped, s: as those of running.

    Stamps take foot strike for a corner, the more the longer rows are, and toe-off for a fading
    curve: lines from inside have another weight there (`insole.signal.stamps`). The ends of a hop
    are alike, a spring lands as it leaves: they have one weight, `HOP_BEND`.
    """
    if rate_hz is None:
        return None
    row_s = 1.0 / rate_hz
    line_s = bend.share * row_s**2 / FOOT_S
    strike = (row_s / (row_s + bend.corner_s) - HOP_BEND) * line_s
    return strike, (HOP_BEND - bend.off) * line_s


def _attach(
    own: Steps,
    other: Steps,
    *,
    clock_s: float,
    g: float,
    late_s: tuple[float, float] | None,
    with_it: Ints,
) -> Steps:
    table, alone = _Columns(), with_it < 0
    strike, off = own.value["foot_strike_s"], own.value["toe_off_s"]
    u_strike, u_off = _own(own, "foot_strike_s"), _own(own, "toe_off_s")
    whole = (own.flags & StepFlag.INCOMPLETE) == 0
    put = table.put

    # next contact of the same foot
    following = np.append(strike[1:], np.nan)[: len(strike)]
    follows = whole & np.append(whole[1:] & _same_segment(own), False)[: len(strike)]
    stride = following - strike
    stride = np.where(follows & (stride <= LONGEST_STRIDE_S), stride, np.nan)
    u_next = np.append(u_strike[1:], np.nan)[: len(strike)]
    # what a form of force leaves in both stamps cancels as far as it is alike
    early = np.sqrt(np.maximum(np.square(_shared(own, "foot_strike_s")) - 0.5 * clock_s**2, 0.0))
    unlike = np.append(np.diff(early), np.nan)[: len(strike)]
    u_stride = np.hypot(np.hypot(u_strike, u_next), unlike)
    contact = off - strike
    put("stride_s", stride, u_stride, 0.0)
    put("cadence_spm", 120.0 / stride, 120.0 / stride**2 * u_stride, 0.0)
    duty = contact / stride
    # a later foot strike shortens contact and stride alike
    spread = np.hypot(np.hypot((1.0 - duty) * u_strike, u_off), duty * u_next) / stride
    put("duty_factor", duty, spread, _shared(own, "contact_s") / stride)
    swing = np.hypot(u_off, u_next)
    put("swing_s", stride - contact, swing, _shared(own, "contact_s"))

    # next contact of the other foot; after a hop that of the next step, not its other half
    at, known = _next_contact(np.where(with_it >= 0, _later(strike, other, with_it), strike), other)
    reached = other.value["foot_strike_s"][at] if len(other) else np.full(len(strike), np.nan)
    u_reached = _own(other, "foot_strike_s")[at] if len(other) else np.full(len(strike), np.nan)
    gap = reached - off
    seen = whole & known & (gap <= NEXT_STEP_S)
    step = np.where(seen, reached - strike, np.nan)
    put("step_s", step, np.hypot(u_strike, u_reached), clock_s)
    u_gap = np.hypot(u_off, u_reached)
    ends = np.hypot(clock_s, _shared(own, "contact_s"))  # a toe-off and a foot strike, as there
    put("flight_s", np.where(seen & (gap >= 0), gap, np.nan), u_gap, ends)
    put("double_support_s", np.where(seen & (gap < 0), -gap, np.nan), u_gap, ends)
    if late_s is not None and not alone.all():
        _alike(table, own, ~alone, clock_s=clock_s, late_s=0.5 * sum(late_s))
    _support(put, own, other, at=at, seen=seen & alone, stride=stride, u_stride=u_stride)
    _load(put, own, other, at=np.where(alone, at, with_it), seen=seen | ~alone)
    if "effective_contact_s" in own.value:
        high = own.value["effective_contact_s"]
        u_high, common = _own(own, "effective_contact_s"), _shared(own, "effective_contact_s")
        random = np.hypot(np.hypot(u_strike, u_reached), u_high)
        put("effective_flight_s", step - high, random, np.hypot(clock_s, common))
    if "impulse_BW_s" in own.value:
        _extension(
            put, own, step_s=step, flying=seen & (gap >= 0), u_step=u_gap, clock_s=clock_s, g=g
        )
    whole_table = Steps(
        own.side,
        own.flags,
        {**own.value, **table.value},
        {**own.u, **table.u},
        {**own.u_shared, **table.shared},
        own.course,
    )
    put("activity_class", activities(whole_table, other, hops=with_it >= 0), 0.0, 0.0)
    return replace(
        whole_table,
        value={**whole_table.value, **table.value},
        u={**whole_table.u, **table.u},
        u_shared={**whole_table.u_shared, **table.shared},
    )


def _later(strike: Floats, other: Steps, partner: Ints) -> Floats:
    """The later of a strike and that of the contact that began with it."""
    if not len(other):
        return strike
    answer: Floats = np.maximum(strike, other.value["foot_strike_s"][np.maximum(partner, 0)])
    return answer


def _evened(own: Steps, *, hops: Bools, late_s: tuple[float, float] | None) -> Steps:
    """A table whose hops have stamps of one kind at both ends, and what follows from them.

    Contact changes by the difference, and its middle is earlier by the mean of both. There a hop
    has its largest force, and the regions have about the shares that they have of the impulse.

    Args:
        own: contacts.
        hops: (k,) which of them.
        late_s: s, by which foot strike and toe-off are taken back; None: not known.
    """
    if late_s is None or not hops.any():
        return own
    value = own.value
    strike, off = late_s
    before = value["contact_s"]
    contact = before + strike - off
    changed = {
        "foot_strike_s": value["foot_strike_s"] - strike,
        "toe_off_s": value["toe_off_s"] - off,
        "contact_s": contact,
        "mean_force_N": value["mean_force_N"] * before / contact,
        "time_to_peak_s": value["time_to_peak_s"] + strike,
        **{name: (value[name] * before + 100.0 * strike) / contact for name in PEAKS},
    }
    more = 0.5 * (strike + off) * value["peak_force_N"]
    front = sum((value[f"share_{name}"] for name in FRONT), np.zeros(len(own)))
    with np.errstate(invalid="ignore", divide="ignore"):
        per_bw = value["impulse_BW_s"] / value["impulse_N_s"] if "impulse_BW_s" in value else 0.0
        for name, part in (("po50", 1.0), ("po_ff", front), ("po_hal", value["share_hal"])):
            share, weighed = f"{name}_share_percent", f"{name}_BW_s"
            changed[f"{name}_N_s"] = value[f"{name}_N_s"] + part * more
            changed[share] = value[share] + 100.0 * part * more / value["impulse_N_s"]
            if weighed in value:
                changed[weighed] = value[weighed] + part * more * per_bw
        changed["s_hal_percent"] = 100.0 * changed["po_hal_N_s"] / changed["po50_N_s"]
    kept = {name: np.where(hops, column, value[name]) for name, column in changed.items()}
    return replace(own, value={**value, **kept})


def _alike(table: _Columns, own: Steps, hops: Bools, *, clock_s: float, late_s: float) -> None:
    """Both ends of a hop are alike: most of what their bends leave cancels in its middle.

    What the phase of the sampling does to both does not: contacts of one person are so alike that
    an end's place between rows follows from that of the other. It varies from step to step. Nor
    does what is not known of how late the middle is (`_evened`), by half as much more at one phase
    than at another; all of that in means of the middle (`UNMOVED`), whose ends carry loads that are
    not known here. The doubt of the middle is then root((m/4)² + left²) instead of m. Doubts of a
    peak's own instant, of how far from the middle it is, and of zeros are as they were; and some of
    that of the big toe's peak, for the load still moves on to the toe when it is reached.
    """
    middle = np.maximum(_middle(own, clock_s), 1e-6)
    late = abs(late_s) / middle
    begin = np.square(_shared(own, "foot_strike_s")) - 0.5 * clock_s**2
    top = np.sqrt(np.maximum(np.square(_shared(own, "time_to_peak_s")) - begin, 0.0))
    percent = 100.0 / own.value["contact_s"]
    aside = {name: factor * _shared(own, zero) for name, (zero, factor) in ZEROS.items()}
    for name, share in PEAKS.items():
        off_s = (own.value[name] / 100.0 - 0.5) * _shared(own, "contact_s")
        aside[name] = np.hypot(np.hypot(top, off_s) * percent, share * _shared(own, name))
    for name, kept in aside.items():
        if name not in own.value:
            continue
        common = _shared(own, name)
        ends = np.sqrt(np.maximum(np.square(common) - np.square(kept), 0.0))
        left = late * (1.0 if name in UNMOVED else EVENED)
        random = np.hypot(_own(own, name), np.hypot(ALIKE[0], 0.5 * left) * ends)
        less = np.hypot(np.minimum(common, kept), np.hypot(ALIKE[1], left) * ends)
        table.value[name] = own.value[name]
        table.shared[name] = np.where(hops, less, common)
        table.u[name] = np.where(hops, np.hypot(random, less), own.u[name])


class _Columns:
    """Columns in the making."""

    def __init__(self) -> None:
        self.value: dict[str, Floats] = {}
        self.u: dict[str, Floats] = {}
        self.shared: dict[str, Floats] = {}

    def put(
        self, name: str, column: Floats, random: Floats | float, common: Floats | float
    ) -> None:
        """A column with the random and the shared part of its doubt."""
        blank = np.where(np.isnan(column), np.nan, 0.0)
        self.value[name], self.shared[name] = column, blank + common
        self.u[name] = np.hypot(blank + random, self.shared[name])


def _support(
    put: _Put,
    own: Steps,
    other: Steps,
    *,
    at: Ints,
    seen: Bools,
    stride: Floats,
    u_stride: Floats,
) -> None:
    """Shares of the stride on both feet and on one: from the other foot's contacts around it."""
    none = np.full(len(own), np.nan)
    if not len(other):
        put("double_support_percent", none, 0.0, 0.0)
        put("single_support_percent", none, 0.0, 0.0)
        return
    before = np.maximum(at - 1, 0)
    there = seen & (at > 0)
    left_s, u_left = other.value["toe_off_s"][before], _own(other, "toe_off_s")[before]
    reached, u_reached = other.value["foot_strike_s"][at], _own(other, "foot_strike_s")[at]
    strike, off = own.value["foot_strike_s"], own.value["toe_off_s"]
    both = np.maximum(left_s - strike, 0.0) + np.maximum(off - reached, 0.0)
    walks = there & ((left_s > strike) | (off > reached)) & (strike - left_s <= NEXT_STEP_S)
    ends = np.hypot(_own(own, "foot_strike_s"), _own(own, "toe_off_s"))
    random = np.hypot(np.hypot(u_left, u_reached), ends)
    # zeros and scales of two insoles are not one
    widths = np.hypot(_shared(own, "contact_s"), _shared(other, "contact_s")[before])
    percent = 100.0 / stride
    # the offset between the clocks lengthens one overlap by as much as it shortens the other
    put(
        "double_support_percent",
        np.where(walks, both, np.nan) * percent,
        random * percent,
        widths * percent,
    )
    swing = np.where(there & (reached - left_s <= NEXT_STEP_S), reached - left_s, np.nan)
    u_swing = np.hypot(np.hypot(u_left, u_reached), swing / stride * u_stride)
    put(
        "single_support_percent",
        swing * percent,
        u_swing * percent,
        _shared(other, "contact_s")[before] * percent,
    )


def _load(put: _Put, own: Steps, other: Steps, *, at: Ints, seen: Bools) -> None:
    """Left foot's share of the impulse of this contact and the other foot's next, or same, one."""
    if not len(other) or "impulse_N_s" not in own.value or "impulse_N_s" not in other.value:
        put("left_load_share", np.full(len(own), np.nan), 0.0, 0.0)
        return
    mine, theirs = own.value["impulse_N_s"], other.value["impulse_N_s"][at]
    whole = np.where(seen & (mine + theirs > 0), mine + theirs, np.nan)
    left = (mine if own.side is Side.LEFT else theirs) / whole

    def spread(a: Floats, b: Floats) -> Floats:
        return np.hypot(theirs * a, mine * b) / whole**2

    put(
        "left_load_share",
        left,
        spread(_own(own, "impulse_N_s"), _own(other, "impulse_N_s")[at]),
        spread(_shared(own, "impulse_N_s"), _shared(other, "impulse_N_s")[at]),
    )


def _extension(
    put: _Put,
    own: Steps,
    *,
    step_s: Floats,
    flying: Bools,
    u_step: Floats,
    clock_s: float,
    g: float,
) -> None:
    """Push-off from where the body turns (`reversal`), and its power.

    PO_rev has the end and the noise of PO_eff, whose start lies within 1 % of contact; the doubt
    of T moves the start by (i - ½)·u_T over the rise of v. i - ½ is small, and has one sign in one
    step and the other in the next: half of that doubt, in squares, is of each step's own.
    """
    impulse, weighed = own.value["impulse_N_s"], own.value["impulse_BW_s"]
    bw = impulse / weighed
    contact = own.value["contact_s"]
    usable = flying & (np.abs(step_s / weighed - 1.0) <= SCALE_BAND) & (contact < WALK_CONTACT_S)
    if own.course is None:
        turn = Reversal(*(np.full(len(own), np.nan) for _ in range(6)))
    else:
        turn = reversal(own.course, contact_s=contact, step_s=step_s, usable=usable)
    gain = _shared(own, "impulse_N_s") / impulse
    moved = (turn.share - 0.5) / turn.rise
    moved_n_s = (turn.rise + 1.0) * bw * moved * u_step
    random = np.hypot(_own(own, "po_eff_N_s"), moved_n_s)
    late = impulse * (1.0 - turn.share)
    shift = (turn.rise + 1.0) * bw * moved * clock_s
    put("po_rev_N_s", late, random, np.hypot(gain * late, shift))
    put("po_rev_BW_s", late / bw, random / bw, np.hypot(gain * late, shift) / bw)
    put(
        "po_rev_share_percent",
        100.0 * (1.0 - turn.share),
        np.hypot(100.0 / impulse * moved_n_s, TURNED * _own(own, "po50_share_percent")),
        np.hypot(100.0 / impulse * shift, COURSE_PERCENT),
    )
    held = bw * (contact - turn.time_s)
    net, turned = late - held, turn.rise * bw * moved * clock_s
    put("po_net_N_s", net, random, np.hypot(gain * late, turned))
    part = net / impulse
    put(
        "po_net_share_percent",
        100.0 * part,
        100.0 / impulse * np.hypot(random, part * _own(own, "impulse_N_s")),
        100.0 / impulse * np.hypot(gain * held, turned),
    )
    part = turn.time_s / contact  # either end moves it by what lies on the other side
    ends = np.hypot((1.0 - part) * _own(own, "foot_strike_s"), part * _own(own, "toe_off_s"))
    u_turn = 100.0 * np.hypot(ends, moved * u_step) / contact
    put(
        "reversal_percent",
        100.0 * part,
        np.hypot(u_turn, 100.0 * TURNS[0] * moved * clock_s / contact),
        100.0 * np.hypot(TURNS[1] * moved * clock_s, _middle(own, clock_s)) / contact,
    )
    power = impulse * turn.power * g * g / bw
    peak = _own(own, "peak_force_N") / own.value["peak_force_N"]
    pull = turn.power_share / turn.velocity
    put(
        "push_off_power_W_kg",
        power,
        power * np.hypot(peak, pull * u_step),
        power * np.hypot(gain, pull * clock_s),
    )


def _middle(own: Steps, clock_s: float) -> Floats:
    """Shared doubt of where about the middle of contact lies between its ends, s.

    A wrong level moves both ends outwards by about the same, and the middle not; what is unknown
    of the bend moves each end by itself. Both follow from the doubts of the ends and of the time
    between them, in which a level counts twice.
    """
    ends = np.square(_shared(own, "foot_strike_s")) + np.square(_shared(own, "toe_off_s"))
    ends = np.maximum(ends - clock_s**2, 0.0)  # √2 times the clock of one foot, squared
    levels = np.clip(np.square(_shared(own, "contact_s")) - ends, 0.0, ends)
    answer: Floats = 0.5 * np.sqrt(ends - levels)
    return answer


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
