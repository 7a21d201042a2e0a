"""Regions between rows: force and running integrals at instants inside contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import REGIONS
from insole.signal.stances import Stances


@dataclass(frozen=True, slots=True)
class Regions:
    """Regions (7, k) in the cells around instants: parabolas with the mean bend of both ends.

    Regions take load from each other, so chords of one lie too low where those of another do not.

    Attributes:
        row_n: N at each cell's first row.
        rise_n: N, of the cell.
        bend_n: N, second difference of rows, mean of both ends of the cell.
        slope_n: N a row at the cell's first row: half of what its neighbours differ by.
        part: (k,) how far into the cell, 0 to 1.
        width_s: (k,) of the cell.
        before_n_s: N·s, running integrals at the first row.
    """

    row_n: Floats
    rise_n: Floats
    bend_n: Floats
    slope_n: Floats
    part: Floats
    width_s: Floats
    before_n_s: Floats

    @property
    def rate(self) -> Floats:
        """N/s in the cell."""
        return self.rise_n / self.width_s

    def force_n(self) -> Floats:
        """N at the instants."""
        x = self.part
        return self.row_n + self.rise_n * x - self.bend_n * (0.5 * x * (1.0 - x))

    def sum_n_s(self) -> Floats:
        """N·s up to the instants, from where the force began: the trapezoid rule, less its error.

        In the cells before, that is 1/12 of what the slope has changed by (Euler and Maclaurin).
        """
        x = self.part
        chord = (self.row_n + 0.5 * self.rise_n * x) * x
        excess = self.slope_n / 12.0 + self.bend_n * (x * x * (0.25 - x / 6.0))
        return self.before_n_s + (chord - excess) * self.width_s


def regions_at(s: Stances, instant_s: Floats, *, total: bool = False) -> Regions:
    """Regions of k contacts at an instant of each.

    Args:
        s: contacts.
        instant_s: (k,) s.
        total: the total stands before the regions.
    """
    channels = slice(0 if total else 1, 1 + len(REGIONS))
    newest = len(s.rows) - 1
    row = s.rows.cell(instant_s)
    after = np.minimum(row + 1, newest)
    time = s.rows.time_s
    around = np.stack((np.maximum(row - 1, 0), row, after, np.minimum(row + 2, newest)))
    earlier, here, there, later = s.rows.force_at(around, channels=channels).swapaxes(0, 1)
    width = np.where(after > row, time[after] - time[row], 1.0)
    return Regions(
        row_n=here,
        rise_n=there - here,
        bend_n=0.5 * (later - there - here + earlier),
        slope_n=0.5 * (there - earlier),
        part=(instant_s - time[row]) / width,
        width_s=width,
        before_n_s=s.rows.sum_at(row, channels=channels),
    )
