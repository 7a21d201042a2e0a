"""The course of force within contacts: per step in 26 shares, and its mean in 101 points.

A share of a step's impulse needs two bytes, and is all that the movement of the body can be told
from (science.md, section 4.3). The mean course is kept as running sums, not as contacts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints, Shares
from insole.signal.resample import POINTS, Knots, added
from insole.signal.stances import Stances

CELLS = 25
FULL = 65535.0
BENT_BELOW_HZ = 100.0  # from here on chords are as good as the force between them


def course(s: Stances, grid: Knots, impulse_n_s: Floats) -> Shares:
    """(k, 26) share of the impulse after each 4 % of contact; 0 where it is not known.

    Args:
        s: contacts.
        grid: their rows among the points.
        impulse_n_s: (k,) from foot strike to toe-off.
    """
    answer = np.zeros((len(s), CELLS + 1), np.uint16)
    part = np.arange(CELLS + 1) / CELLS
    for block in grid.blocks():
        which = grid.which[block.contacts]
        passed = part * s.contact_s[which][:, None]
        row = grid.row[block.cell[:, :: (POINTS - 1) // CELLS]].ravel()
        at = (s.strike.time_s[which][:, None] + passed).ravel()
        sums = s.rows.until(row, at, channels=slice(0, 1))[0].reshape(passed.shape)
        if s.rate_hz < BENT_BELOW_HZ:
            sums -= _added(s, row, at).reshape(passed.shape)
        sums -= s.strike.sum_n_s[0][which][:, None]
        sums -= s.contacts.base_n[which][:, None] * passed
        whole = impulse_n_s[which]
        sums *= (FULL / np.where(whole > 0, whole, np.inf))[:, None]
        answer[which] = np.clip(np.rint(sums), 0.0, FULL)
    return answer


def _added(s: Stances, row: Ints, at: Floats) -> Floats:
    """What chords between rows add to the integral of a smooth force up to instants, N·s.

    1/12 of the slope at the row, and what a parabola with the mean bend of the cell's ends has
    less than its chord (Euler and Maclaurin): nothing at both ends of a contact.
    """
    time, force = s.rows.time_s, s.rows.force_n[0]
    newest = len(time) - 1
    before, here = force[np.maximum(row - 1, 0)], force[row]
    after, later = force[np.minimum(row + 1, newest)], force[np.minimum(row + 2, newest)]
    width = np.maximum(time[np.minimum(row + 1, newest)] - time[row], 1e-9)
    x = np.clip((at - time[row]) / width, 0.0, 1.0)
    bend = 0.5 * (later - after - here + before)
    answer: Floats = width * ((after - before) / 24.0 + bend * x * x * (0.25 - x / 6.0))
    return answer


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean course of the force under one foot, 101 points from foot strike to toe-off.

    Attributes:
        n: contacts.
        mean_n: (101,) N; NaN without contacts.
        sd_n: (101,) N, spread of contacts; NaN for fewer than two.
    """

    n: int
    mean_n: Floats
    sd_n: Floats


class ForceCurve:
    """Contacts in, the mean course out; grouping changes no bit."""

    def __init__(self) -> None:
        self._n = 0
        self._origin: Floats | None = None  # the first course: keeps the squares small
        self._sums: Floats = np.zeros((2, POINTS))  # of courses less the origin, and of squares

    def push(self, s: Stances, grid: Knots, chosen: Bools) -> None:
        """Take contacts in.

        Args:
            s: contacts.
            grid: their rows among the points.
            chosen: (k,) which of them; all of these are in the grid.
        """
        chords = grid.chords(s.rows.force_n[0].take(grid.row))
        for block in grid.blocks():
            force = np.empty(block.cell.shape)
            block.at_points(chords, np.arange(float(POINTS)), out=force)
            which = grid.which[block.contacts]
            force -= s.contacts.base_n[which][:, None]
            if not chosen[which].all():
                force = force[chosen[which]]
            if len(force):
                self._take(force)

    def _take(self, force: Floats) -> None:
        origin: Floats = force[0].copy() if self._origin is None else self._origin
        self._origin = origin
        force -= origin
        squares = force * force
        self._sums[0] = added(self._sums[0], force)
        self._sums[1] = added(self._sums[1], squares)
        self._n += len(force)

    def curve(self) -> Curve:
        """Mean of all contacts so far."""
        if self._origin is None:
            none = np.full(POINTS, np.nan)
            return Curve(0, none, none)
        mean = self._sums[0] / self._n
        if self._n < 2:
            return Curve(self._n, self._origin + mean, np.full(POINTS, np.nan))
        square = np.maximum(self._sums[1] - self._n * mean * mean, 0.0)
        return Curve(self._n, self._origin + mean, np.sqrt(square / (self._n - 1)))
