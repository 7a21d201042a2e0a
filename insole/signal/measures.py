"""Columns of one step: what can be said from one foot's contact alone (science.md §3.3, 3.4, 4.2).

Each function takes `Stances` and gives columns. A column has a value, the random part of its
standard uncertainty (this step's own) and the part shared by all steps of the recording.

Where no other formula stands beside a column, `F` is the force at an integration limit, `u_t` the
uncertainty of that limit, `n` the noise of a sample, `dt` the sampling step and `T` the time
integrated over:

* impulse: random² = Σ(F·u_t)² + n²·dt·T + (u_b·T)² + (dt²/12·Σ|slope at the limits|)²,
  shared² = (gain·J)² + (tare·T)²; rows are independent, the last term is the trapezoid's error,
* peak: random² = n² + (what the parabola added)²/12, shared² = (gain·F)² + tare²;
  u_b is the swing's spread over the root of the rows that its mean and the EMA average;
* quotient of an impulse by body weight or time: relative uncertainties add in squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS
from insole.signal.stances import Stances, first_row, over_rows
from insole.signal.tripod import barycentric, coverage, points, tripod

WALK_CONTACT_S = 0.45  # longer contacts have two peaks; running contacts last 0.16 to 0.31 s (§9.1)
LEVER_MM = (25.0, 75.0)  # half the width and length over which a noisy sensor moves the CoP
REGION_BIT = 8  # bit of the first region's "unobservable" in the marks


@dataclass(frozen=True, slots=True)
class Column:
    """Values with uncertainty, each (k,).

    Attributes:
        value: NaN where a step has none.
        random: standard uncertainty of this step's own.
        shared: standard uncertainty common to the recording (gain, tare, clock).
    """

    value: Floats
    random: Floats | float
    shared: Floats | float


Columns: TypeAlias = dict[str, Column]


def timing(s: Stances) -> Columns:
    """Foot strike, toe-off, contact time, effective contact time.

    A wrong zero (or scale) moves both stamps outwards or inwards together: it is shared, and its
    size is (tare ⊕ gain·level) / slope.
    """
    level = s.contacts.rep_n - s.contacts.base_n
    offset = _root(s.doubt.tare_n, s.doubt.gain_rel * level)
    shift_on = np.minimum(offset / np.maximum(s.strike.slope, 1.0), s.contact_s)
    shift_off = np.minimum(offset / np.maximum(s.off.slope, 1.0), s.contact_s)
    clock = s.doubt.clock_s
    noise = s.strike.u_s**2 + s.off.u_s**2 - s.strike.bend_s**2 - s.off.bend_s**2
    both = np.sqrt((s.strike.bend_s + s.off.bend_s) ** 2 + np.maximum(noise, 0.0))
    columns = {
        "foot_strike_s": Column(s.strike.time_s, s.strike.u_s, _root(clock, shift_on)),
        "toe_off_s": Column(s.off.time_s, s.off.u_s, _root(clock, shift_off)),
        "contact_s": Column(s.contact_s, both, shift_on + shift_off),
    }
    if s.bw_n is not None:
        up, down, above_s, slope = s.above(np.full(len(s), s.bw_n))
        u_cross = s.doubt.noise_n / slope
        scale = 2.0 * _root(s.doubt.tare_n, s.doubt.gain_rel * s.bw_n) / slope
        columns["effective_contact_s"] = Column(above_s, np.sqrt(2.0) * u_cross, scale)
        columns |= _extension(s, 0.5 * (up + down), u_cross)
    return columns


def force(s: Stances) -> Columns:
    """Impulse, mean force and peaks."""
    whole = _whole(s)
    columns = {
        "impulse_N_s": whole,
        "mean_force_N": _divide(whole, s.contact_s),
        **_over_bw(s, "impulse_BW_s", whole),
    }
    walk = s.contact_s >= WALK_CONTACT_S
    low, high = s.window(0.3, 1.0)
    low = np.where(walk | s.long, s.first_row, low)
    peak, instant, gain = s.peak(low, np.maximum(np.where(s.long, s.end_row, high), low + 1))
    found = _level(s, peak, gain)
    columns["peak_force_N"] = found
    columns |= _over_bw(s, "peak_force_BW", found)
    u_time = 0.5 / s.rate_hz
    after = instant - s.strike.time_s
    columns["time_to_peak_s"] = Column(
        np.where(s.long, np.nan, after), _root(u_time, s.strike.u_s), 0.0
    )
    share = 100.0 * after / s.contact_s
    columns["time_to_peak_percent"] = Column(
        np.where(s.long, np.nan, share), 100.0 * _root(u_time, s.strike.u_s) / s.contact_s, 0.0
    )
    columns |= _two_peaks(s, walk)
    late = np.where(walk, s.peak(*s.window(0.5, 1.0))[1], instant)
    columns["po_pk_N_s"] = _late(s, late, u_start=u_time)
    return columns


def push_off(s: Stances) -> Columns:
    """Late-stance impulse, its part under forefoot and big toe (science.md §4.2)."""
    half = 0.5 * s.contact_s
    value = s.off.sum_n_s - s.middle_n_s
    late = _integral(
        s,
        np.where(s.long, np.nan, value[0] - s.contacts.base_n * half),
        half,
        at_start=s.middle_n * 0.5 * _root(s.strike.u_s, s.off.u_s),
        steep=s.off.slope,
    )
    whole = _whole(s).value
    region = np.where(s.long, np.nan, _without_hidden(s, value[1 : 1 + len(REGIONS)]))
    front, toe, ray = region[2:].sum(axis=0), region[5], region[2] + region[5]
    part = _part_noise(s, half)
    return {
        "po50_N_s": late,
        **_over_bw(s, "po50_BW_s", late),
        "po50_share_percent": _share(100.0, late.value, whole, u_part=late.random, u_whole=0.0),
        "po_ff_N_s": _sum_column(s, front, part * np.sqrt(5.0), half),
        "po_hal_N_s": _sum_column(s, toe, part, half),
        "s_hal_percent": _share(100.0, toe, late.value, u_part=part, u_whole=late.random),
        "s_ray1_percent": _share(
            100.0, ray, front, u_part=part * np.sqrt(2.0), u_whole=part * np.sqrt(5.0)
        ),
    }


def regions(s: Stances, *, anchors_mm: Floats | None) -> Columns:
    """Force-time integral of each region, tripod of the step's impulse, and CoP."""
    sums = (s.off.sum_n_s - s.strike.sum_n_s)[1:]
    region = _without_hidden(s, sums[:7])
    seen = np.nan_to_num(region)
    total = seen.sum(axis=0)
    part = _part_noise(s, s.contact_s)
    columns: Columns = {}
    for index, name in enumerate(REGIONS):
        lower = name.lower()
        columns[f"fti_{lower}_N_s"] = _sum_column(s, region[index], part, s.contact_s)
        columns[f"share_{lower}"] = _share(1.0, region[index], total, u_part=part, u_whole=part)
    three = tripod(region.T)
    carried = points(region.T).sum(axis=1)
    for index, name in enumerate(("heel", "first", "fifth")):
        own = three[:, index]
        spread = np.sqrt((1.0 - own) ** 2 + 2.0 * own**2)
        u = part * spread / np.where(carried > 0, carried, np.nan)
        columns[f"tripod_{name}"] = Column(own, u, _tare_share(s, carried))
    c3 = coverage(region.T, total)
    columns["coverage3"] = Column(c3, part * np.sqrt(3.0) / _positive(total), _tare_share(s, total))
    with np.errstate(invalid="ignore", divide="ignore"):
        cop = np.where(sums[7] > 0, sums[8:10] / sums[7], np.nan).T
    lever = _lever(s, sums[7])
    for axis, name in enumerate("xy"):
        columns[f"cop_{name}_mm"] = Column(cop[:, axis], *_scaled(lever, LEVER_MM[axis]))
    columns |= _path(s)
    if anchors_mm is not None:
        beta = barycentric(cop, anchors_mm)
        along = float(np.ptp(anchors_mm[:, 1]))
        for index, name in enumerate(("heel", "first", "fifth")):
            columns[f"barycentric_{name}"] = Column(
                beta[:, index], *_scaled(lever, LEVER_MM[1] / along if along > 0 else np.nan)
            )
    return columns


def _path(s: Stances) -> Columns:
    """First and last centre of pressure inside contact."""
    known = s.rows.force_n[8]
    tiny = np.full(len(s), np.finfo(np.float64).tiny)
    last = s.end_row - 1
    ends = {
        "start": first_row(known, tiny, s.first_row, stop=last, step=1, above=True),
        "end": first_row(known, tiny, last, stop=s.first_row, step=-1, above=True),
    }
    columns: Columns = {}
    for name, row in ends.items():
        there = (row >= 0) & ~s.long
        force = np.where(there, known[row], np.nan)
        for axis, letter in enumerate("xy"):
            columns[f"cop_{name}_{letter}_mm"] = Column(
                s.rows.force_n[9 + axis][row] / force,
                s.doubt.noise_n * LEVER_MM[axis] / force,
                s.doubt.tare_n * LEVER_MM[axis] / force,
            )
    return columns


def _extension(s: Stances, middle: Floats, u_cross: Floats) -> Columns:
    walk = s.contact_s >= WALK_CONTACT_S  # the force crosses body weight several times: not defined
    start = np.where(walk, np.nan, middle)
    found = _late(s, start, u_start=u_cross / np.sqrt(2.0))
    return {"po_eff_N_s": found, **_over_bw(s, "po_eff_BW_s", found)}


def _two_peaks(s: Stances, walk: Bools) -> Columns:
    if not walk.any():
        hidden = np.full(len(s), np.nan)
        return {name: Column(hidden, np.nan, np.nan) for name in ("p1_N", "valley_N", "p2_N")}
    walk = walk & ~s.long
    first, _, gain1 = s.peak(*s.window(0.0, 0.5))
    second, _, gain2 = s.peak(*s.window(0.5, 1.0))
    low, high = s.window(0.25, 0.75)
    valley = over_rows(np.minimum, s.rows.force_n[0], low, high) - s.contacts.base_n
    return {
        "p1_N": _level(s, np.where(walk, first, np.nan), gain1),
        "valley_N": _level(s, np.where(walk, valley, np.nan), np.zeros(len(s))),
        "p2_N": _level(s, np.where(walk, second, np.nan), gain2),
    }


def _whole(s: Stances) -> Column:
    """Impulse of the contact."""
    span = s.contact_s
    value = s.off.sum_n_s[0] - s.strike.sum_n_s[0] - s.contacts.base_n * span
    at_start = (s.strike.force_n - s.contacts.base_n) * s.strike.u_s
    return _integral(s, value, span, at_start=at_start, steep=s.off.slope + s.strike.slope)


def _late(s: Stances, start_s: Floats, *, u_start: Floats | float) -> Column:
    """Impulse from an instant inside contact to toe-off."""
    value, begin = s.impulse_from(start_s)
    value = np.where(
        (start_s >= s.strike.time_s) & (start_s < s.off.time_s) & ~s.long, value, np.nan
    )
    span = s.off.time_s - start_s
    return _integral(s, value, span, at_start=begin * u_start, steep=s.off.slope)


def _integral(
    s: Stances, value: Floats, span: Floats, *, at_start: Floats, steep: Floats
) -> Column:
    dt = 1.0 / s.rate_hz
    at_end = (s.off.force_n - s.contacts.base_n) * s.off.u_s
    terms = (
        at_start**2
        + at_end**2
        + s.doubt.noise_n**2 * dt * span
        + (s.doubt.base_rel * s.contacts.spread_n * span) ** 2
        + (dt * dt / 12.0 * steep) ** 2
    )
    shared = _root(s.doubt.gain_rel * value, s.doubt.tare_n * span)
    return Column(value, np.sqrt(np.maximum(terms, 0.0)), shared)


def _root(a: Floats | float, b: Floats | float) -> Floats:
    """Root of the sum of squares; a third of the time of `hypot`, whose range is not needed."""
    answer: Floats = np.sqrt(np.square(a) + np.square(b))
    return answer


def _level(s: Stances, value: Floats, gain: Floats) -> Column:
    random = _root(s.doubt.noise_n, gain / np.sqrt(12.0))
    return Column(value, random, _root(s.doubt.gain_rel * value, s.doubt.tare_n))


def _sum_column(s: Stances, value: Floats, noise: Floats, span: Floats) -> Column:
    tare = s.doubt.tare_n / np.sqrt(len(REGIONS)) * span
    return Column(value, noise, _root(s.doubt.gain_rel * value, tare))


def _over_bw(s: Stances, name: str, column: Column) -> Columns:
    return {} if s.bw_n is None else {name: _divide(column, s.bw_n)}


def _divide(column: Column, by: Floats | float) -> Column:
    return Column(column.value / by, column.random / by, column.shared / by)


def _positive(value: Floats) -> Floats:
    return np.where(value > 0, value, np.nan)


def _share(
    unit: float,
    part: Floats,
    whole: Floats,
    *,
    u_part: Floats | float,
    u_whole: Floats | float,
) -> Column:
    """unit·part/whole; the gain cancels, so nothing is shared."""
    base = _positive(whole)
    share = part / base
    random = _root(u_part, share * u_whole) / base
    return Column(unit * share, unit * random, 0.0)


def _part_noise(s: Stances, span: Floats) -> Floats:
    """Noise of one region's impulse: regions share the total's noise evenly."""
    return s.doubt.noise_n * np.sqrt(span / s.rate_hz / len(REGIONS))


def _tare_share(s: Stances, impulse: Floats) -> Floats:
    answer: Floats = s.doubt.tare_n / np.sqrt(len(REGIONS)) * s.contact_s / _positive(impulse)
    return answer


def _lever(s: Stances, impulse: Floats) -> tuple[Floats, Floats]:
    """Random and shared uncertainty of a CoP per mm of lever."""
    base = _positive(impulse)
    return s.doubt.noise_n * np.sqrt(
        s.contact_s / s.rate_hz
    ) / base, s.doubt.tare_n * s.contact_s / base


def _scaled(pair: tuple[Floats, Floats], by: float) -> tuple[Floats, Floats]:
    return pair[0] * by, pair[1] * by


def _without_hidden(s: Stances, region: Floats) -> Floats:
    if not (s.marks >> REGION_BIT).any():
        return region
    bits = 1 << np.arange(REGION_BIT, REGION_BIT + len(REGIONS))
    return np.where(s.marks & bits[:, None], np.nan, region)
