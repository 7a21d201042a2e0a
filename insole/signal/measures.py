"""Columns of one step: what can be said from one foot's contact alone (science.md §3.3, 3.4, 4.2).

Each function takes `Stances` and gives columns. A column has a value, the random part of its
standard uncertainty (this step's own) and the part shared by all steps of the recording.

Where no other formula stands beside a column, `F` is the force at an integration limit, `u_t` the
uncertainty of that limit, `n` the noise of a sample, `dt` the sampling step and `T` the time
integrated over:

* impulse: random² = Σ(F·u_t)² + n²·dt·T + (u_b·T)² + (dt²/28·Σ|slope at the limits|)²,
  shared² = (gain·J)² + (tare·T)²; rows are independent, the last term is the trapezoid's error,
* peak: random² = n² + (what the parabola added)²/12, shared² = (gain·F)² + tare²;
  u_b is the swing's spread over the root of the rows that its mean and the EMA average;
* quotient of an impulse by body weight or time: relative uncertainties add in squares.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS
from insole.signal.between import regions_at
from insole.signal.doubt import (
    ASYMMETRY,
    Column,
    Columns,
    divide,
    force_level,
    over_bw,
    part_of,
    percent_of_contact,
    positive,
    root,
    shifts,
    since_strike,
    sum_column,
    times,
    top_instant,
    trapezoid_s2,
    widened,
    without_hidden,
    zero_left,
)
from insole.signal.stances import WALK_CONTACT_S, Stances, over_rows

Peak: TypeAlias = tuple[Floats, Floats, Floats, Floats]
"""Of `Stances.peak`: force, instant, what the parabola added, how far the quartic moved it."""
WALK_SKEW = 0.072  # as `ASYMMETRY`, of the peaks of walking
DIP_RATE_HZ = 100.0
DIP_SHARE = 0.7, 0.3  # of the longest time that a valley between rows may be below: own, common
BENT = 1.0  # of what the bend moves a crossing of body weight by: what is left as doubt
FAR = 1.5  # doubts of the level at which t_m is looked for again
CHORD_NOISE = np.sqrt(2.0 / 3.0)  # of a row's noise: root mean square of a chord's, ends included
BENT_COMMON = 0.5  # of that, what is common to all steps of one form


def timing(s: Stances) -> Columns:
    """Foot strike, toe-off, contact time, effective contact time.

    A wrong zero (or scale) moves both stamps outwards or inwards together: it is shared, and its
    size is (tare ⊕ gain·level) / slope. What the bend moves both crossings of body weight by is in
    the time above it, and cancels in the middle between them as far as the force is symmetrical:
    there it is what the bends at both ends of a cell differ by.
    """
    shift_on, shift_off = shifts(s)
    clock = s.doubt.clock_s
    early, late = s.strike.bend_s, s.off.bend_s
    columns = {
        "foot_strike_s": Column(s.strike.time_s, s.strike.u_s, root(clock, root(shift_on, early))),
        "toe_off_s": Column(s.off.time_s, s.off.u_s, root(clock, root(shift_off, late))),
        "contact_s": _contact_time(s),
    }
    if s.bw_n is not None:
        up, down, above_s, slope, bent, unlike = s.above(np.full(len(s), s.bw_n))
        u_cross = root(s.doubt.noise_n / slope, BENT * bent)
        scale = 2.0 * root(s.doubt.tare_n, s.doubt.gain_rel * s.bw_n) / slope
        dips = _hidden_dips(s, s.bw_n)
        columns["effective_contact_s"] = Column(
            above_s,
            root(np.sqrt(2.0) * u_cross, DIP_SHARE[0] * dips),
            root(scale, DIP_SHARE[1] * dips),
        )
        crossed = root(CHORD_NOISE * s.doubt.noise_n / slope, unlike)
        begin = Column(
            0.5 * (up + down),
            root(crossed, DIP_SHARE[0] * dips) / np.sqrt(2.0),
            root(BENT_COMMON * unlike, DIP_SHARE[1] * dips) / np.sqrt(2.0),
        )
        columns |= _extension(s, begin)
    return columns


def _hidden_dips(s: Stances, level_n: float) -> Floats | float:
    """(k,) s, time below a level that may lie between rows.

    After an impact the force may fall through body weight and rise again between two rows. A valley
    with the bend of its rows, b, may be b/2 deeper than its lowest row; a parabola is below a level
    d over its bottom for 2·√(2d/b) rows. From `DIP_RATE_HZ` on rows see it.
    """
    if s.rate_hz >= DIP_RATE_HZ:
        return 0.0
    force = s.rows.force_n[0]
    bend = np.zeros(len(force))
    bend[1:-1] = force[2:] - 2.0 * force[1:-1] + force[:-2]
    over = force - level_n  # baselines are some newtons of a body's weight
    depth = np.where((bend > 0) & (over >= 0), np.maximum(0.5 * bend - over, 0.0), 0.0)
    rows = 2.0 * np.sqrt(2.0 * depth / np.where(bend > 0, bend, 1.0))
    found: Floats = over_rows(np.add, rows, s.first_row, s.end_row)
    return found / s.rate_hz


def _contact_time(s: Stances) -> Column:
    """Contact time: a wrong level moves both ends together, the bends at both ends differ."""
    shift_on, shift_off = shifts(s)
    bends = root(s.strike.bend_s, s.off.bend_s)
    return Column(s.contact_s, root(s.strike.u_s, s.off.u_s), root(shift_on + shift_off, bends))


def force(s: Stances) -> Columns:
    """Impulse, mean force and peaks."""
    whole = _whole(s)
    columns = {
        "impulse_N_s": whole,
        "mean_force_N": _mean_force(s, whole),
        **over_bw(s, "impulse_BW_s", whole),
    }
    walk = s.contact_s >= WALK_CONTACT_S
    low, high = s.window(0.3, 1.0)
    low = np.where(walk | s.long, s.first_row, low)
    peak, instant, gain, moved = s.peak(low, np.maximum(np.where(s.long, s.end_row, high), low + 1))
    found = force_level(s, peak, gain)
    columns["peak_force_N"] = found
    columns |= over_bw(s, "peak_force_BW", found)
    skewed = np.where(walk, WALK_SKEW, ASYMMETRY)
    instant = np.where(s.long, np.nan, instant)
    top = top_instant(s, instant, skewed=skewed, moved=moved, narrow=walk)
    either, start = top, top
    if walk.any():
        first, second = s.peak(*s.window(0.0, 0.5)), s.peak(*s.window(0.5, 1.0))
        either = _either(s, top, first, second)
        late, further = np.where(walk, second[1], instant), np.where(walk, second[3], moved)
        start = top_instant(s, late, skewed=skewed, moved=further, narrow=walk)
        columns |= _two_peaks(s, walk, first, second)
    else:
        hidden = np.full(len(s), np.nan)
        columns |= {name: Column(hidden, np.nan, np.nan) for name in ("p1_N", "valley_N", "p2_N")}
    columns["time_to_peak_s"] = since_strike(s, either)
    columns["time_to_peak_percent"] = percent_of_contact(s, either)
    after, begin_n = _late(s, start)
    columns["po_pk_N_s"] = after
    columns["po_pk_share_percent"] = _late_share(
        s, after, begin_n, np.asarray(start.random), start.shared
    )
    return columns


def _either(s: Stances, top: Column, first: Peak, second: Peak) -> Column:
    """The higher of two peaks, with the doubt of which one it is.

    Noise and zero decide between peaks of nearly the same height: with the chance p that it is the
    other one, at a distance T, steps scatter by T·√(p·(1 - p)), and their mean is off by p·T.
    """
    apart = np.abs(first[0] - second[0])
    doubt = root(np.sqrt(2.0) * s.doubt.noise_n, 0.35 * s.doubt.tare_n)
    chance = 1.0 / (1.0 + np.exp(np.minimum(1.7 * apart / doubt, 50.0)))  # normal, nearly
    chance = np.where(s.contact_s >= WALK_CONTACT_S, chance, 0.0)
    distance = np.abs(second[1] - first[1])
    return widened(top, distance * np.sqrt(chance * (1.0 - chance)), distance * chance)


def _mean_force(s: Stances, whole: Column) -> Column:
    """J/t_c: the doubt of the contact time enters."""
    found, time = divide(whole, s.contact_s), _contact_time(s)
    per_s = found.value / s.contact_s
    return Column(
        found.value,
        root(found.random, per_s * time.random),
        root(found.shared, per_s * time.shared),
    )


def push_off(s: Stances) -> Columns:
    """Late-stance impulse, its part under forefoot and big toe (science.md §4.2)."""
    half = 0.5 * s.contact_s
    middle = regions_at(s, s.at(0.5), total=True)
    value = s.off.sum_n_s[: 1 + len(REGIONS)] - middle.sum_n_s()
    late = _integral(
        s,
        np.where(s.long, np.nan, value[0] - s.contacts.base_n * (s.off.chord_s - s.at(0.5))),
        half,
        at_start=s.middle_n * 0.5 * root(s.strike.u_s, s.off.u_s),
        steep=s.off.slope,
    )
    # both stamps err, in opposite directions: the middle moves by half of each
    moved = 0.5 * s.middle_n * root(s.strike.bend_s, s.off.bend_s)
    late = Column(late.value, late.random, root(late.shared, moved))
    whole = _whole(s).value
    region = np.where(s.long, np.nan, without_hidden(s, value[1:]))
    front, toe, ray = region[2:].sum(axis=0), region[5], region[2] + region[5]
    own = s.doubt.region
    share_front, share_ray = float(np.hypot.reduce(own[2:])), float(np.hypot(own[2], own[5]))
    # what the trapezoid misses at toe-off falls on the regions that carry the load there
    last = np.nan_to_num(without_hidden(s, s.rows.force_n[1 : 1 + len(REGIONS), s.off.row]))
    whole_n, end_front, end_ray = last.sum(axis=0), last[2:].sum(axis=0), last[2] + last[5]
    missed = trapezoid_s2(s) * s.off.steep / np.maximum(whole_n, 1.0)
    of_late = [part / positive(late.value) for part in (front, toe)]
    forward = sum_column(
        s, front, half, share=share_front, part=of_late[0], ends=end_front * missed
    )
    under_toe = sum_column(s, toe, half, share=own[5], part=of_late[1], ends=last[5] * missed)
    noise = root(
        s.doubt.noise_n * np.sqrt(half / s.rate_hz), trapezoid_s2(s) * s.off.slope
    )  # without bridges, which hide load of all regions
    big = part_of(s, toe, late.value, span=half, share=own[5], noise=noise)
    # the zero of the total was taken off with the baseline, that of the toe was not
    tare = own[5] * s.doubt.tare_n * half / positive(late.value)
    big = Column(big.value, big.random, tare)
    first = part_of(s, ray, front, span=half, share=share_ray, of=share_front, noise=noise)
    own_s = 0.5 * root(s.strike.u_s, s.off.u_s)  # of the middle
    bent_s = 0.5 * root(s.strike.bend_s, s.off.bend_s)
    there = without_hidden(s, middle.force_n()[1:])
    part_n, ray_n, front_n = there[5], there[2] + there[5], there[2:].sum(axis=0)
    big = _begun(big, (part_n - big.value * s.middle_n) / positive(late.value), own_s, bent_s)
    first = _begun(first, (ray_n - first.value * front_n) / positive(front), own_s, bent_s)
    # what the trapezoid misses at toe-off falls on the regions that carry the load there
    last = np.nan_to_num(
        without_hidden(s, s.rows.force_at(s.off.row, channels=slice(1, 1 + len(REGIONS))))
    )
    whole_n, end_front, end_ray = last.sum(axis=0), last[2:].sum(axis=0), last[2] + last[5]
    missed = trapezoid_s2(s) * s.off.steep / np.maximum(whole_n, 1.0)
    big = widened(big, 0.0, (last[5] - big.value * whole_n) * missed / positive(late.value))
    first = widened(first, 0.0, (end_ray - first.value * end_front) * missed / positive(front))
    return {
        "po50_N_s": late,
        **over_bw(s, "po50_BW_s", late),
        "po50_share_percent": _late_share(s, late, s.middle_n, own_s, bent_s),
        "po_ff_N_s": _begun(forward, front_n, own_s, bent_s),
        "po_ff_share_percent": _region_share(
            s, front, front_n, own_s, bent_s, whole=whole, share=share_front, of_late=of_late[0]
        ),
        "po_hal_N_s": _begun(under_toe, part_n, own_s, bent_s),
        "po_hal_share_percent": _region_share(
            s, toe, part_n, own_s, bent_s, whole=whole, share=own[5], of_late=of_late[1]
        ),
        "s_hal_percent": times(big, 100.0),
        "s_ray1_percent": times(first, 100.0),
    }


def _begun(part: Column, rate: Floats, own_s: Floats, common_s: Floats) -> Column:
    """Something of the late half, whose begin is in doubt, with what it changes by a second."""
    return widened(part, rate * own_s, rate * common_s)


def _late_share(
    s: Stances, late: Column, begin_n: Floats, own_s: Floats, common_s: Floats | float
) -> Column:
    """A late impulse in % of J: gain cancels, and zero mostly.

    Noise of the late half counts by the other half's share, and the other way round: both together
    as 1/√2 of one. A bridge lies in one of the halves, and counts by the other's share. A constant
    error falls on both halves alike, but sensors without load are clamped at 0, others in the first
    half than in the second: a third of the zero is taken to stay in one of them. What the trapezoid
    misses at an end counts by the half in which it does not lie.

    Args:
        s: contacts.
        late: N·s, about half of the impulse.
        begin_n: (k,) N, force where it begins.
        own_s: (k,) s, random doubt of where it begins.
        common_s: (k,) s, shared doubt of that.
    """
    base, half = positive(_whole(s).value), 0.5 * s.contact_s
    ends = 0.5 * trapezoid_s2(s) * root(s.strike.steep, s.off.steep)
    noise = s.doubt.noise_n * np.sqrt(0.5 * half / s.rate_hz)
    own = root(root(begin_n * own_s, ends), root(noise, 0.5 * s.bridge_n_s))
    common = root(begin_n * common_s, zero_left(s) * half / 3.0)
    return times(Column(late.value / base, own / base, common / base), 100.0)


def _region_share(
    s: Stances,
    part: Floats,
    begin_n: Floats,
    own_s: Floats,
    common_s: Floats,
    *,
    whole: Floats,
    share: float,
    of_late: Floats,
) -> Column:
    """What passes through regions in the late half, in % of J: gain cancels.

    The zero of the total was taken off with the baseline, that of the regions was not. A bridge
    hides load of all regions, of these by their part of it then.

    Args:
        s: contacts.
        part: (k,) N·s.
        begin_n: (k,) N, force on the regions where the late half begins.
        own_s: (k,) s, random doubt of where it begins.
        common_s: (k,) s, shared doubt of that.
        whole: (k,) N·s, J.
        share: of the total's noise and zero.
        of_late: (k,) part of the load of the late half.
    """
    base, half = positive(whole), 0.5 * s.contact_s
    ratio = part / base
    noise = s.doubt.noise_n * np.sqrt(half / s.rate_hz)
    mine, rest = share * noise, np.sqrt(2.0 - share**2) * noise
    ends = trapezoid_s2(s) * root(s.strike.steep, s.off.steep)
    own = root(root((1.0 - ratio) * mine, ratio * rest), root(begin_n * own_s, ratio * ends))
    own = root(own, root(ratio, of_late * (1.0 - of_late)) * s.bridge_n_s)
    common = root(begin_n * common_s, share * s.doubt.tare_n * half)
    return times(Column(ratio, own / base, common / base), 100.0)


def _extension(s: Stances, begin: Column) -> Columns:
    walk = s.contact_s >= WALK_CONTACT_S  # the force crosses body weight several times: not defined
    begin = Column(np.where(walk, np.nan, begin.value), begin.random, begin.shared)
    found, begin_n = _late(s, begin)
    columns = {"po_eff_N_s": found, **over_bw(s, "po_eff_BW_s", found)}
    if s.rate_hz >= DIP_RATE_HZ:  # below, an impact is narrower than a cell: t_m is not that sure
        moved_s = root(begin.shared, _scale_moves(s, begin.value))
        share = _late_share(s, found, begin_n, np.asarray(begin.random), moved_s)
        columns["po_eff_share_percent"] = share
    return columns


def _scale_moves(s: Stances, middle_s: Floats) -> Floats:
    """(k,) s, how far a wrong scale or zero moves t_m: the slopes at its two crossings differ.

    An impact that just reaches body weight is a crossing at one scale and none at another. So
    t_m is looked for at levels 1.5 doubts above and below, and the further of both counts.
    """
    if s.bw_n is None:
        return np.zeros(len(s))
    off = FAR * root(zero_left(s), s.doubt.gain_rel * s.bw_n)
    moved: list[Floats] = []
    for level in (s.bw_n - off, s.bw_n + off):
        up, down, *_ = s.above(level)
        moved.append(np.abs(0.5 * (up + down) - middle_s))
    answer: Floats = np.fmax(*moved) / FAR
    return answer


def _two_peaks(s: Stances, walk: Bools, first: Peak, second: Peak) -> Columns:
    walk = walk & ~s.long
    low, high = s.window(0.25, 0.75)
    valley = over_rows(np.minimum, s.rows.force_n[0], low, high) - s.contacts.base_n
    return {
        "p1_N": force_level(s, np.where(walk, first[0], np.nan), first[2]),
        "valley_N": force_level(s, np.where(walk, valley, np.nan), np.zeros(len(s))),
        "p2_N": force_level(s, np.where(walk, second[0], np.nan), second[2]),
    }


def _whole(s: Stances) -> Column:
    """Impulse of the contact."""
    span = s.contact_s
    base = s.contacts.base_n * (s.off.chord_s - s.strike.chord_s)
    value = s.off.sum_n_s[0] - s.strike.sum_n_s[0] - base
    at_start = (s.strike.force_n - s.contacts.base_n) * s.strike.u_s
    return _integral(s, value, span, at_start=at_start, steep=s.off.slope + s.strike.slope)


def _late(s: Stances, start: Column) -> tuple[Column, Floats]:
    """Impulse from an instant inside contact, with the doubt of it, to toe-off; N there."""
    start_s = start.value
    value, begin = s.impulse_from(start_s)
    value = np.where(
        (start_s >= s.strike.time_s) & (start_s < s.off.time_s) & ~s.long, value, np.nan
    )
    span = s.off.time_s - start_s
    found = _integral(s, value, span, at_start=begin * start.random, steep=s.off.slope)
    return widened(found, 0.0, begin * start.shared), begin


def _integral(
    s: Stances, value: Floats, span: Floats, *, at_start: Floats, steep: Floats
) -> Column:
    dt = 1.0 / s.rate_hz
    at_end = (s.off.force_n - s.contacts.base_n) * s.off.u_s
    terms = (
        at_start**2
        + at_end**2
        + s.doubt.noise_n**2 * dt * span
        + np.square(s.bridge_n_s)
        + (s.doubt.base_rel * s.contacts.spread_n * span) ** 2
        + (dt * dt / 28.0 * steep) ** 2
    )
    shared = root(s.doubt.gain_rel * value, s.doubt.tare_n * span)
    return Column(value, np.sqrt(np.maximum(terms, 0.0)), shared)
