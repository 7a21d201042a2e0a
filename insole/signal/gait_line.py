"""The gait line: the way of the centre of pressure through a contact (science.md, section 5.1).

Each valid contact is resampled to 101 points from foot strike to toe-off; mean and spread over the
contacts are kept, not the contacts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.signal.resample import POINTS, added, knots
from insole.signal.stances import Stances

KNOWN = 8  # channels of rows: force where the CoP is known, and its two moments
FEWEST_REVERSED, REVERSED_SHARE = 5, 0.1  # contacts, and share of the length, to call it so
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
    """Contacts of one foot in, the mean line out; grouping changes no bit.

    Args:
        size_mm: width and length of the insole.
    """

    def __init__(self, size_mm: tuple[float, float]) -> None:
        self._size_mm = size_mm
        self._origin: Floats | None = None  # the first line: keeps the squares small
        self._sums: Floats = np.zeros(
            (2, 2 * POINTS)
        )  # of lines less the origin, and of their squares
        self._n = 0
        self._excursion: Floats = np.zeros(3)  # n, sum, sum of squares

    def push(self, s: Stances, chosen: Bools) -> None:
        """Take the chosen contacts in."""
        force, *moments = s.rows.force_n[KNOWN : KNOWN + 3]
        grid = knots(
            s.rows.time_s,
            s.first_row,
            s.end_row,
            begin_s=s.strike.time_s,
            span_s=s.contact_s,
            which=np.flatnonzero(chosen),
            known=force > 0.0,
        )
        if not len(grid.which):
            return
        carried = force.take(grid.row)
        chords = [grid.chords(moment.take(grid.row) / carried) for moment in moments]
        for block in grid.blocks():
            points = grid.clipped(block.contacts)
            lines = np.empty((len(points), 2 * POINTS))
            for axis, chord in enumerate(chords):
                block.at_points(chord, points, out=lines[:, axis * POINTS : (axis + 1) * POINTS])
            self._take(lines)

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

    def _take(self, lines: Floats) -> None:
        index = excursion_index(lines, size_mm=self._size_mm)
        index = index[np.isfinite(index)]
        each = np.column_stack((np.ones(len(index)), index, index * index))
        if len(each):
            self._excursion = added(self._excursion, each)
        origin: Floats = lines[0].copy() if self._origin is None else self._origin
        self._origin = origin
        lines -= origin
        squares = lines * lines
        self._sums[0] = added(self._sums[0], lines)
        self._sums[1] = added(self._sums[1], squares)
        self._n += len(lines)


def is_reversed(line: GaitLine, *, length_mm: float) -> bool:
    """Does the CoP run from the toes to the heel, by a tenth of the insole or more?"""
    if line.n < FEWEST_REVERSED:
        return False
    begin, end = float(line.mean_mm[5, 1]), float(line.mean_mm[-6, 1])
    return begin - end > REVERSED_SHARE * length_mm


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


def _points(flat: Floats) -> Floats:
    return np.ascontiguousarray(flat.reshape(2, POINTS).T)
