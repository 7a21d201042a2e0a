"""Loading and unloading rates (science.md §3.4): below 200 Hz no loading rate is given."""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats
from insole.signal.doubt import Column, Columns
from insole.signal.stances import Stances, over_rows

LOADING_RATE_HZ = 200.0  # below, loading rates read 13 to 45 % low (science.md §3.4)
IMPACT_S = 0.06  # the impact peak lies within this time of foot strike ...
IMPACT_SHARE = 0.25  # ... and within this share of contact
IMPACT_DROP_BW = 0.02  # ... and is followed by a drop of this size


def loading(s: Stances) -> Columns:
    """Unloading rate, and at 200 Hz or more impact peak and loading rates (science.md §3.4)."""
    time, total = s.rows.time_s, s.rows.force_n[0]
    low, high = s.window(0.5, 1.0)
    before, after = int(low[0]), int(high[-1])
    rate = np.zeros(after - before)
    inner = slice(max(before, 1), min(after, len(time) - 1))
    steps = time[inner.start + 1 : inner.stop + 1] - time[inner.start - 1 : inner.stop - 1]
    rise = total[inner.start + 1 : inner.stop + 1] - total[inner.start - 1 : inner.stop - 1]
    rate[inner.start - before : inner.stop - before] = rise / steps
    fall = -over_rows(np.minimum, rate, low - before, high - before)
    fall = np.where(s.long, np.nan, fall)
    u_rate = s.doubt.noise_n * s.rate_hz / np.sqrt(2.0)
    columns = {"unloading_rate_N_per_s": Column(fall, u_rate, np.abs(fall) * s.doubt.gain_rel)}
    if s.bw_n is not None and s.rate_hz >= LOADING_RATE_HZ:
        columns |= _impact(s, s.bw_n, u_rate)
    return columns


def _impact(s: Stances, bw_n: float, u_rate: float) -> Columns:
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
    at = np.argmax(local, axis=1)
    rows = np.arange(k)
    top = f[rows, at]
    high_row = s.window(0.0, 1.0)[1]
    later = np.arange(width) >= at[:, None]
    inside = index < high_row[:, None]
    rising_again = np.maximum.accumulate(
        np.where(later & inside & (f > top[:, None]), 1, 0), axis=1
    )
    dip = np.min(np.where(later & inside & (rising_again == 0), f, np.inf), axis=1)
    has = local[rows, at] & (top - dip >= IMPACT_DROP_BW) & ~s.cut & ~s.long
    columns = np.arange(width)[None, :]
    up = np.where(columns <= at[:, None], f, np.inf)
    edges = [_reach(t, up, share * top) for share in (0.2, 0.8)]
    span = edges[1] - edges[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        valr = np.where(has & (span > 0), 0.6 * top / span, np.nan)
        slope = np.full(f.shape, -np.inf)
        slope[:, 1:-1] = (f[:, 2:] - f[:, :-2]) / np.maximum(t[:, 2:] - t[:, :-2], 1e-9)
    between = (t >= edges[0][:, None]) & (t <= edges[1][:, None])
    steepest = np.max(np.where(between, slope, -np.inf), axis=1)
    vilr = np.where(has & np.isfinite(steepest), steepest, np.nan)
    early, late = s.at(0.03), s.at(0.12)
    plain = (s.force(late) - s.force(early)) / bw_n / (0.09 * s.contact_s)
    plain = np.where(has | s.cut | s.long, np.nan, plain)
    gain, noise = s.doubt.gain_rel, s.doubt.noise_n / bw_n
    peak = np.where(has, top, np.nan)
    u_mean = noise * np.sqrt(2.0) / np.maximum(span, 1.0 / s.rate_hz)
    return {
        "impact_peak_BW": Column(peak, noise, np.abs(peak) * gain),
        "valr_BW_per_s": Column(valr, u_mean, np.abs(valr) * gain),
        "vilr_BW_per_s": Column(vilr, u_rate / bw_n, np.abs(vilr) * gain),
        "slope_3_12_BW_per_s": Column(
            plain, noise * np.sqrt(2.0) / (0.09 * s.contact_s), np.abs(plain) * gain
        ),
    }


def _reach(t: Floats, f: Floats, level: Floats) -> Floats:
    """(k,) first time that rows f reach a level, linear between columns."""
    rows = np.arange(len(level))
    at = np.maximum(np.argmax(f >= level[:, None], axis=1), 1)
    low, high = f[rows, at - 1], f[rows, at]
    rise = np.where(np.isfinite(high) & (high > low), high - low, 1.0)
    share = np.clip((level - low) / rise, 0.0, 1.0)
    answer: Floats = t[rows, at - 1] + share * (t[rows, at] - t[rows, at - 1])
    return answer
