"""The course of force within contacts: per step in 26 shares, and its mean in 101 points.

A share of a step's impulse needs two bytes, and is all that the movement of the body can be told
from (science.md, section 4.3). The mean course is kept as running sums, not as contacts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Shares
from insole.signal.resample import POINTS, added, knots
from insole.signal.stances import Stances

CELLS = 25
FULL = 65535.0


def course(s: Stances, impulse_n_s: Floats) -> Shares:
    """(k, 26) share of the impulse after each 4 % of contact; 0 where it is not known.

    Args:
        s: contacts.
        impulse_n_s: (k,) from foot strike to toe-off.
    """
    part = np.arange(CELLS + 1) / CELLS
    at = s.strike.time_s[:, None] + part * s.contact_s[:, None]
    rows = np.minimum(s.rows.cell(at.ravel()), np.repeat(s.off.row, CELLS + 1))
    sums = s.rows.until(rows, at.ravel(), channels=slice(0, 1))[0].reshape(at.shape)
    base = s.contacts.base_n[:, None] * (at - s.strike.time_s[:, None])
    known = ~s.cut & ~s.long & (impulse_n_s > 0)
    share = (sums - s.strike.sum_n_s[0][:, None] - base) / np.where(known, impulse_n_s, 1.0)[
        :, None
    ]
    whole = np.clip(np.rint(FULL * share), 0.0, FULL)
    whole[~known] = 0.0
    return whole.astype(np.uint16)


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

    def push(self, s: Stances, chosen: Bools) -> None:
        """Take the chosen contacts in."""
        if not chosen.any():
            return
        grid, _ = knots(
            s.rows.time_s,
            s.strike.row[chosen],
            np.minimum(s.off.row[chosen] + 2, len(s.rows)),
            begin_s=s.strike.time_s[chosen],
            span_s=s.contact_s[chosen],
        )
        force = np.empty((len(grid.start), POINTS))
        grid.at_points(s.rows.force_n[0].take(grid.row), np.arange(float(POINTS)), out=force)
        force -= s.contacts.base_n[chosen][:, None]
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
