"""The even grid behind the rounded times of a table.

Files round: 300 Hz is written 0.00333, 0.00667; 75 Hz in whole milliseconds steps 13, 13, 14. Where
all times lie within one such rounding of an even grid, the grid is the better clock, and rows
that are left out are known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.errors import DamagedFile
from insole.model.arrays import Floats, Ints
from insole_recordings.importers.imported import RATE_HZ

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


def checked_grid(time_s: Floats, *, where: str, line: int) -> TimeGrid:
    """The grid behind a file's column of time.

    Args:
        time_s: (n,) as it stands there.
        where: name of the file for errors.
        line: of the first row in the file.

    Raises:
        DamagedFile: fewer than two rows, a time is missing or not after the one before, or the
            rate is not that of a measurement.
    """
    if len(time_s) < 2:
        raise _damaged("too few samples", where, f"{len(time_s)} rows give no rate")
    later = np.diff(time_s) > 2 * FINEST_S
    if np.isnan(time_s).any() or not later.all():
        row = int(np.argmax(np.isnan(time_s) | np.concatenate(([False], ~later))))
        why = "it is empty" if np.isnan(time_s[row]) else f"{time_s[row]:g} s is not later"
        raise _damaged("the time does not increase", f"{where}, line {line + row}", why)
    grid = from_times(time_s)
    checked_rate(grid.rate_hz, where=where)
    return grid


def checked_rate(rate_hz: float, *, where: str) -> float:
    """A rate found in a file, the nearest whole one where it is that within a millionth.

    Raises:
        DamagedFile: no measurement has it.
    """
    if not RATE_HZ[0] <= rate_hz <= RATE_HZ[1]:
        raise _damaged(
            f"a rate of {rate_hz:.4g} Hz is not possible",
            where,
            f"a measurement has {RATE_HZ[0]:g} to {RATE_HZ[1]:g} Hz",
        )
    whole = float(round(rate_hz))
    return whole if abs(rate_hz / whole - 1.0) < 1e-6 else rate_hz


def _damaged(what: str, where: str, why: str) -> DamagedFile:
    return DamagedFile(what, where=where, why=why, fix="Export the measurement again, whole")


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
