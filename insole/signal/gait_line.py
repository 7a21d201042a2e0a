"""The gait line: the way of the centre of pressure through a contact (science.md, section 5.1).

Each valid contact is resampled to 101 points from foot strike to toe-off; mean and spread over the
contacts are kept, not the contacts. Memory is some seconds of CoP.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Floats, Ints
from insole.model.gait import Steps
from insole.model.stream import Load

POINTS = 101
KEEP_S = 4.0  # a valid contact lasts 2.5 s at most, and is final 0.1 s after its end
FIRST_ROOM = 1024
REAR, FRONT = 1.0 / 3.0, 2.0 / 3.0  # of the length: where an excursion must begin, and is measured


@dataclass(frozen=True, slots=True)
class GaitLine:
    """Gait line of one foot.

    Attributes:
        n: contacts.
        mean_mm: (101, 2) x medial to lateral, y heel to toe; NaN without contacts.
        sd_mm: (101, 2) spread of contacts; NaN for fewer than two.
        excursion: mean excursion index, %; NaN where no contact has one.
        excursion_sd: its spread over contacts.
        excursion_n: contacts that have one.
    """

    n: int
    mean_mm: Floats
    sd_mm: Floats
    excursion: float
    excursion_sd: float
    excursion_n: int


class GaitLines:
    """Load and final steps of one foot in, the mean line out; grouping changes no bit.

    Args:
        size_mm: width and length of the insole.
    """

    def __init__(self, size_mm: tuple[float, float]) -> None:
        self._size_mm = size_mm
        self._rows: Floats = np.empty((3, FIRST_ROOM))  # time, x, y where the CoP is defined
        self._held = 0
        self._origin: Floats | None = None  # the first line: keeps the squares small
        self._sums: Floats = np.zeros(
            (2, 2 * POINTS)
        )  # of lines less the origin, and of their squares
        self._n = 0
        self._excursion: Floats = np.zeros(3)  # n, sum, sum of squares

    def push(self, load: Load, steps: Steps) -> None:
        """Consume load, and the steps that became final with it."""
        self._append(load)
        if len(steps):
            lines = self._lines(steps)
            if len(lines):
                self._take(lines)
        self._forget()

    def line(self) -> GaitLine:
        """Mean of all contacts so far."""
        none = np.full((POINTS, 2), np.nan)
        if self._origin is None:
            return GaitLine(0, none, none, math.nan, math.nan, 0)
        mean = self._sums[0] / self._n
        sd = none
        if self._n > 1:
            square = np.maximum(self._sums[1] - self._n * mean * mean, 0.0)
            sd = _points(np.sqrt(square / (self._n - 1)))
        n, total, squares = (float(one) for one in self._excursion)
        index = total / n if n else math.nan
        spread = math.sqrt(max(squares - n * index * index, 0.0) / (n - 1)) if n > 1 else math.nan
        return GaitLine(self._n, _points(self._origin + mean), sd, index, spread, int(n))

    def _append(self, load: Load) -> None:
        known = np.isfinite(load.cop_mm[:, 0]) & np.isfinite(load.cop_mm[:, 1])
        new = int(np.count_nonzero(known))
        if self._held + new > self._rows.shape[1]:
            wider = np.empty((3, 2 * (self._held + new)))
            wider[:, : self._held] = self._rows[:, : self._held]
            self._rows = wider
        here = slice(self._held, self._held + new)
        self._rows[0, here] = load.time_s[known]
        self._rows[1:, here] = load.cop_mm[known].T
        self._held += new

    def _forget(self) -> None:
        """Give back old rows, when they are half of what is held."""
        if not self._held:
            return
        time: Floats = self._rows[0, : self._held]
        old = int(np.searchsorted(time, float(time[-1]) - KEEP_S))
        if 2 * old < self._held:
            return
        kept = self._rows[:, old : self._held].copy()
        if self._rows.shape[1] > 4 * max(kept.shape[1], FIRST_ROOM):
            self._rows = np.empty((3, 2 * max(kept.shape[1], FIRST_ROOM)))
        self._held = kept.shape[1]
        self._rows[:, : self._held] = kept

    def _lines(self, steps: Steps) -> Floats:
        """(k, 202) x and y of the valid contacts, point after point."""
        valid = np.asarray(steps.valid, np.bool_)
        strike, off = steps.value["foot_strike_s"][valid], steps.value["toe_off_s"][valid]
        time = self._rows[0, : self._held]
        first = np.searchsorted(time, strike)
        last = np.searchsorted(time, off, side="right") - 1
        inside = last > first
        strike, off, first, last = strike[inside], off[inside], first[inside], last[inside]
        if not len(strike):
            return np.empty((0, 2 * POINTS))
        at = strike[:, None] + np.linspace(0.0, 1.0, POINTS) * (off - strike)[:, None]
        at = np.clip(at, time[first][:, None], time[last][:, None])
        # as `np.interp`, but the search, which costs most, serves both axes
        row = np.searchsorted(time[:-1], at.ravel(), side="right") - 1
        part = (at.ravel() - time[row]) / (time[row + 1] - time[row])
        x, y = (
            (place[row] + part * (place[row + 1] - place[row])).reshape(at.shape)
            for place in self._rows[1:, : self._held]
        )
        return np.concatenate((x, y), axis=1)

    def _take(self, lines: Floats) -> None:
        origin: Floats = lines[0].copy() if self._origin is None else self._origin
        self._origin = origin
        away: Floats = lines - origin
        self._sums[0] = _added(self._sums[0], away)
        self._sums[1] = _added(self._sums[1], away * away)
        self._n += len(lines)
        index = excursion_index(lines, size_mm=self._size_mm)
        index = index[np.isfinite(index)]
        each = np.column_stack((np.ones(len(index)), index, index * index))
        self._excursion = _added(self._excursion, each)


def excursion_index(lines: Floats, *, size_mm: tuple[float, float]) -> Floats:
    """Centre of pressure excursion index, (k,) % of the width.

    How far to the lateral side the CoP lies from the straight line between its first and last
    point, across the foot at two thirds of its length. NaN where the CoP does not begin in the
    rear third or does not reach two thirds: a forefoot strike has none.

    Args:
        lines: (k, 202) x, then y.
        size_mm: width and length of the insole.
    """
    x, y = lines[:, :POINTS], lines[:, POINTS:]
    width, length = size_mm
    level = FRONT * length
    reached = y >= level
    after: Ints = np.argmax(reached, axis=1)
    rolls = reached.any(axis=1) & (after > 0) & (y[:, 0] <= REAR * length)
    rolls &= y[:, -1] > level
    row, before = np.arange(len(lines)), np.maximum(after - 1, 0)
    rise = np.where(rolls, y[row, after] - y[row, before], 1.0)
    part = (level - y[row, before]) / rise
    here = x[row, before] + part * (x[row, after] - x[row, before])
    run = np.where(rolls, y[:, -1] - y[:, 0], 1.0)
    straight = x[:, 0] + (level - y[:, 0]) / run * (x[:, -1] - x[:, 0])
    return np.where(rolls, 100.0 * (here - straight) / width, np.nan)


def _added(start: Floats, rows: Floats) -> Floats:
    """Start plus all rows, one after the other: grouping changes no bit."""
    answer: Floats = np.add.reduce(np.concatenate((start[None], rows)), axis=0)
    return answer


def _points(flat: Floats) -> Floats:
    return np.ascontiguousarray(flat.reshape(2, POINTS).T)
