"""Loading and unloading rates (science.md §3.4): below 200 Hz no loading rate is given."""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.signal.doubt import Column, Columns, root
from insole.signal.stances import WALK_CONTACT_S, Stances, over_rows

LOADING_RATE_HZ = 200.0  # below, loading rates read 13 to 45 % low (science.md §3.4)
FALL_S = 0.02  # the unloading rate is the slope over this time
SMOOTHED = 0.015  # relative: what a slope over 20 ms is smoothed by in running
WALK_SMOOTHED = 0.011  # ... and in walking, where toe-off takes longer
STEEPEST = 0.75  # of a slope's noise: the steepest of several that are alike scatters less
IMPACT_SMOOTHED = 0.021, 0.027  # ... and by lines between rows an impact's mean and largest rate
BETWEEN_NOISE = 1.6  # root of the sum of squares of the weights of `_between_rows`
IMPACT_S = 0.06  # the impact peak lies within this time of foot strike ...
IMPACT_SHARE = 0.25  # ... and within this share of contact
IMPACT_DROP_BW = 0.02  # ... and is followed by a drop of this size


def loading(s: Stances) -> Columns:
    """Unloading rate, and at 200 Hz or more impact peak and loading rates (science.md §3.4)."""
    fall, u_rate = _steepest_fall(s)
    fall = np.where(s.long, np.nan, fall)
    smoothed = np.where(s.contact_s >= WALK_CONTACT_S, WALK_SMOOTHED, SMOOTHED)
    shared = np.abs(fall) * root(s.doubt.gain_rel, smoothed)
    columns = {"unloading_rate_N_per_s": Column(fall, u_rate, shared)}
    if s.bw_n is not None and s.rate_hz >= LOADING_RATE_HZ:
        columns |= _impact(s, s.bw_n)
    return columns


def _steepest_fall(s: Stances) -> tuple[Floats, float]:
    """Largest fall of the force in the second half of contact, N/s, and its doubt from noise.

    Over 20 ms about each row, at every rate from 100 Hz on, so that rates read alike; below, where
    20 ms are one cell, the slope at the middle of cells out of four rows.
    """
    time, total = s.rows.time_s, s.rows.force_n[0]
    low, high = s.window(0.5, 1.0)
    begin, end = int(low[0]), int(high[-1])
    rate = np.zeros(end - begin)
    reach = round(0.5 * FALL_S * s.rate_hz)
    if reach:
        inner = _rows(max(begin, reach), min(end, len(time) - reach))
        later = slice(inner.start + reach, inner.stop + reach)
        earlier = slice(inner.start - reach, inner.stop - reach)
        slope = (total[later] - total[earlier]) / (time[later] - time[earlier])
        noise = STEEPEST * s.doubt.noise_n * s.rate_hz / (np.sqrt(2.0) * reach)
    else:
        inner = _rows(max(begin, 2), min(end, len(time) - 1))
        slope = _between_rows(total, inner) / (time[inner] - time[inner.start - 1 : inner.stop - 1])
        noise = BETWEEN_NOISE * s.doubt.noise_n * s.rate_hz
    rate[inner.start - begin : inner.stop - begin] = slope
    return -over_rows(np.minimum, rate, low - begin, high - begin), noise


def _rows(begin: int, end: int) -> slice:
    """Rows from begin to end; none where a contact is over before its neighbours are there."""
    return slice(begin, max(begin, end))


def _between_rows(force: Floats, rows: slice) -> Floats:
    """Rise per sampling step in the middle between each row and the one before: of four rows."""
    at = [force[rows.start + shift : rows.stop + shift] for shift in (-2, -1, 0, 1)]
    answer: Floats = (27.0 * (at[2] - at[1]) - (at[3] - at[0])) / 24.0
    return answer


def _impact(s: Stances, bw_n: float) -> Columns:
    """Impact peak: first local maximum early in contact with a following drop.

    VALR is 0.6 of it over the time from 20 to 80 %, VILR the steepest central difference between.
    Without an impact peak neither exists; the mean slope over 3 to 12 % of contact is given alone.
    """
    k, time, total = len(s), s.rows.time_s, s.rows.force_n[0]
    width = int(np.ceil(IMPACT_S * s.rate_hz)) + 3
    index = np.minimum(s.strike.row[:, None] + np.arange(width), len(time) - 1)
    f = (total[index] - s.contacts.base_n[:, None]) / bw_n
    t = time[index] - s.strike.time_s[:, None]
    soon = t <= np.minimum(IMPACT_S, IMPACT_SHARE * s.contact_s)[:, None]
    local = np.zeros(f.shape, np.bool_)
    local[:, 1:-1] = (f[:, 1:-1] > f[:, :-2]) & (f[:, 1:-1] >= f[:, 2:]) & soon[:, 1:-1]
    at, dropped = _first_drop(f, local, inside=index < s.window(0.0, 1.0)[1][:, None])
    has = dropped & ~s.cut & ~s.long
    top = f[np.arange(k), at] + np.where(has, _added(f, at), 0.0)
    edges = [_reach(t, f, share * top) for share in (0.2, 0.8)]
    span = edges[1] - edges[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        valr = np.where(has & (span > 0), 0.6 * top / span, np.nan)
        rise = 27.0 * (f[:, 2:-1] - f[:, 1:-2]) - (f[:, 3:] - f[:, :-3])
        slope = rise / 24.0 / np.maximum(t[:, 2:-1] - t[:, 1:-2], 1e-9)
    middle = 0.5 * (t[:, 2:-1] + t[:, 1:-2])
    between = (middle >= edges[0][:, None]) & (middle <= edges[1][:, None])
    steepest = np.max(np.where(between, slope, -np.inf), axis=1)
    vilr = np.where(has & np.isfinite(steepest), steepest, np.nan)
    early, late = s.at(0.03), s.at(0.12)
    plain = (_bent_force(s, late) - _bent_force(s, early)) / bw_n / (0.09 * s.contact_s)
    plain = np.where(has | s.cut | s.long, np.nan, plain)
    gain, noise = s.doubt.gain_rel, s.doubt.noise_n / bw_n
    peak = np.where(has, top, np.nan)
    u_mean = noise * np.sqrt(2.0) / np.maximum(span, 1.0 / s.rate_hz)
    return {
        "impact_peak_BW": Column(peak, noise, np.abs(peak) * gain),
        "valr_BW_per_s": Column(valr, u_mean, np.abs(valr) * root(gain, IMPACT_SMOOTHED[0])),
        "vilr_BW_per_s": Column(
            vilr,
            BETWEEN_NOISE * noise * s.rate_hz,
            np.abs(vilr) * root(gain, IMPACT_SMOOTHED[1]),
        ),
        "slope_3_12_BW_per_s": Column(
            plain, noise * np.sqrt(2.0) / (0.09 * s.contact_s), np.abs(plain) * gain
        ),
    }


def _first_drop(f: Floats, local: Bools, *, inside: Bools) -> tuple[Ints, Bools]:
    """(k,) column of the first maximum that is followed by a drop, and whether there is one.

    A dent in the rise is a maximum too, but the force goes on rising after it.

    Args:
        f: (k, m) BW.
        local: (k, m) maxima that may be it.
        inside: (k, m) columns that lie in the contact.
    """
    rows, column = np.arange(len(f), dtype=np.intp), np.arange(len(f.T), dtype=np.intp)
    left = local.copy()
    found = np.zeros(len(f), np.intp)
    open_rows = rows[left.any(axis=1)]
    has = np.zeros(len(f), np.bool_)
    while len(open_rows):
        at = np.argmax(left[open_rows], axis=1)
        force = f[open_rows]
        top = force[np.arange(len(open_rows)), at][:, None]
        later = (column >= at[:, None]) & inside[open_rows]
        above: Bools = np.maximum.accumulate(later & (force > top), axis=1)
        dip = np.min(np.where(later & ~above, force, np.inf), axis=1)
        dropped = top[:, 0] - dip >= IMPACT_DROP_BW
        found[open_rows], has[open_rows] = at, dropped
        left[open_rows, at] = False
        open_rows = open_rows[~dropped & left[open_rows].any(axis=1)]
    return found, has


def _bent_force(s: Stances, instant_s: Floats) -> Floats:
    """(k,) N at instants, by a parabola with the mean bend of the cell's ends.

    A chord lies too high where the force begins and too low where it nears a peak.
    """
    time, total = s.rows.time_s, s.rows.force_n[0]
    row = s.rows.cell(instant_s)
    at = np.clip(row[:, None] + np.arange(-1, 3), 0, len(time) - 1)
    y = total[at]
    bend = 0.5 * (y[:, 3] - y[:, 2] - y[:, 1] + y[:, 0])
    x = (instant_s - time[at[:, 1]]) / np.where(at[:, 2] > at[:, 1], np.diff(time[at])[:, 1], 1.0)
    answer: Floats = y[:, 1] + (y[:, 2] - y[:, 1]) * x - 0.5 * x * (1.0 - x) * bend
    return answer - s.contacts.base_n


def _added(f: Floats, at: Ints) -> Floats:
    """(k,) what a parabola through the rows beside it adds to a maximum in column `at`."""
    row = np.arange(len(f))
    y0, y1, y2 = (f[row, np.clip(at + step, 0, f.shape[1] - 1)] for step in (-1, 0, 1))
    bend = y0 - 2.0 * y1 + y2
    return np.where(bend < 0, -0.125 * np.square(y0 - y2) / np.where(bend < 0, bend, 1.0), 0.0)


def _reach(t: Floats, f: Floats, level: Floats) -> Floats:
    """(k,) first time that rows f reach a level: a parabola between columns, as in `above`."""
    rows = np.arange(len(level))
    at = np.maximum(np.argmax(f >= level[:, None], axis=1), 1)
    low, high = f[rows, at - 1], f[rows, at]
    rise = np.where(np.isfinite(high) & (high > low), high - low, 1.0)
    share = np.clip((level - low) / rise, 0.0, 1.0)
    after, before = np.minimum(at + 1, f.shape[1] - 1), np.maximum(at - 2, 0)
    bend = 0.5 * ((f[rows, after] - high) - (low - f[rows, before]))
    share = share + np.clip(0.5 * share * (1.0 - share) * bend / rise, -0.25, 0.25)
    answer: Floats = t[rows, at - 1] + share * (t[rows, at] - t[rows, at - 1])
    return answer
