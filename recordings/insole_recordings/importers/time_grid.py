"""The even grid behind the rounded times of a table.

Files round: 300 Hz is written 0.00333, 0.00667; 75 Hz in whole milliseconds steps 13, 13, 14. Where
all times lie within one such rounding of an even grid, the grid is the better clock, and rows
that are left out are known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Floats, Ints

FINEST_S = 1e-6
COMMON = (
    0.2  # a gap this far up in order of length is one step, unless four rows in five are missing
)


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """When each row was, and its number counted on the grid.

    Attributes:
        sequence: (n,) int64, increasing, 0 for the first row; left-out rows leave numbers out.
        tick_us: (n,) int64 microseconds.
        rate_hz: of the grid.
    """

    sequence: Ints
    tick_us: Ints
    rate_hz: float


def from_rate(rows: int, rate_hz: float) -> TimeGrid:
    """Row after row at this rate, from 0."""
    sequence = np.arange(rows, dtype=np.int64)
    return TimeGrid(sequence, _ticks(sequence / rate_hz), rate_hz)


def from_times(time_s: Floats) -> TimeGrid:
    """The grid that these times were rounded from, or the times themselves if there is none.

    Args:
        time_s: (n,) increasing, n at least 2.
    """
    gaps = np.diff(time_s)
    rounding = _rounding(time_s)
    rate, steps = _count(gaps, rounding)
    since = time_s - time_s[0]
    sequence = np.rint(since * rate).astype(np.int64)
    off = np.abs(since - sequence / rate)
    if off.max() <= 1.001 * rounding and (np.diff(sequence) > 0).all():
        return TimeGrid(sequence, _ticks(time_s[0] + sequence / rate), rate)
    counted = np.concatenate(([0], np.cumsum(steps))).astype(np.int64)
    return TimeGrid(counted, _ticks(time_s), rate)


def _count(gaps: Floats, rounding: float) -> tuple[float, Floats]:
    """Rate, and the steps in every gap; short gaps are counted first.

    The error of a rounded step, small against one step, would miscount a gap of a thousand. With
    every length that is added the runs between the gaps left out grow, and so does the accuracy.
    """
    reach = 1.5 * float(np.quantile(gaps, COMMON))
    rate = 1.0 / float(np.mean(gaps[gaps < reach]))
    longest = float(gaps.max())
    while True:
        near = gaps <= reach
        spanned = float(gaps[near].sum())
        runs = 1 + np.count_nonzero(~near)
        rate = float(_whole_steps(gaps[near], rate).sum()) / spanned
        rate = _simplest(rate, rounding * float(np.sqrt(runs)) / spanned)
        if reach >= longest:
            return rate, _whole_steps(gaps, rate)
        reach *= 2.0


def _whole_steps(gaps: Floats, rate: float) -> Floats:
    return np.maximum(1.0, np.rint(gaps * rate))


def _rounding(time_s: Floats) -> float:
    """Unit of the last decimal that the times use."""
    unit = 1.0
    while unit > FINEST_S:
        scaled = time_s / unit
        if np.abs(scaled - np.rint(scaled)).max() < 1e-3:
            return unit
        unit /= 10.0
    return FINEST_S


def _simplest(rate_hz: float, uncertainty: float) -> float:
    """A whole, half or quarter rate if the file cannot tell it from the one found."""
    for part in (1, 2, 4):
        simple = round(rate_hz * part) / part
        if 2.0 * rate_hz * uncertainty * part < 1.0 and (
            abs(simple - rate_hz) <= 1.001 * rate_hz * uncertainty
        ):
            return simple
    return rate_hz


def _ticks(time_s: Floats) -> Ints:
    return np.rint(time_s * 1e6).astype(np.int64)
