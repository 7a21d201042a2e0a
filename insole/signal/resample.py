"""Contacts resampled to points from foot strike to toe-off, whatever their length.

Points lie on a grid, so the rows are placed among the points, which is a division, and not the
points among the rows, which would be a search for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.signal.stances import Stances

POINTS = 101


@dataclass(frozen=True, slots=True)
class Knots:
    """Rows between which contacts are linear.

    Attributes:
        which: (k,) numbers of the contacts.
        row: (m,) kept rows, contact after contact.
        start: (k,) first knot of each contact; each has at least one.
        place: (m,) where they lie, in points from foot strike.
        cell: (k * 101,) last knot at or before each point.
    """

    which: Ints
    row: Ints
    start: Ints
    place: Floats
    cell: Ints

    def clipped(self) -> Floats:
        """(k, 101) points, those beyond the outer knots moved onto them."""
        last = np.append(self.start[1:], len(self.row)) - 1
        points = np.arange(float(POINTS))
        low, high = self.place[self.start][:, None], self.place[last][:, None]
        inside: Floats = np.minimum(np.maximum(points, low), high)
        return inside

    def at_points(self, value: Floats, points: Floats, *, out: Floats) -> None:
        """Values between knots.

        Args:
            value: (m,) at the knots.
            points: (101,) or (k, 101) where.
            out: (k, 101) the answer.
        """
        slope = np.zeros(len(value))
        rise = value[1:] - value[:-1]
        apart = self.place[1:] - self.place[:-1]
        np.divide(rise, apart, out=slope[:-1], where=apart > 0)  # not from contact to contact
        slope[self.start[1:] - 1] = 0.0
        level = value - self.place * slope
        np.multiply(slope.take(self.cell).reshape(out.shape), points, out=out)
        out += level.take(self.cell).reshape(out.shape)


def knots(
    time_s: Floats,
    first: Ints,
    end: Ints,
    *,
    begin_s: Floats,
    span_s: Floats,
    which: Ints,
    known: Bools | None = None,
) -> Knots:
    """Rows [first, end) of contacts as knots.

    Args:
        time_s: of all kept rows.
        first: (c,) first row of each contact.
        end: (c,) row after its last, larger than `first`.
        begin_s: (c,) foot strike.
        span_s: (c,) contact time, positive where it is asked for.
        which: numbers of the contacts that are asked for.
        known: which of all kept rows count; None: all. Contacts with fewer than two are left out.
    """
    begin, many = first[which], end[which] - first[which]
    before = np.cumsum(many) - many
    row = np.arange(int(many.sum())) + np.repeat(begin - before, many)
    if known is not None and len(row):
        inside = known.take(row)
        if not inside.all():
            count = np.add.reduceat(inside, before, dtype=np.int64)
            chosen = count >= 2
            row = row[inside & np.repeat(chosen, many)]
            which, many = which[chosen], count[chosen]
            before = np.cumsum(many) - many
    place = time_s.take(row) - np.repeat(begin_s[which], many)
    place *= np.repeat((POINTS - 1) / span_s[which], many)
    reached = np.clip(np.ceil(place), 0, POINTS).astype(np.int64)
    reached[before] = 0
    passed = np.append(reached[1:], POINTS)
    passed[before[1:] - 1] = POINTS
    cell = np.repeat(np.arange(len(row)), passed - reached)
    return Knots(which, row, before, place, cell)


def of_force(s: Stances) -> Knots:
    """The whole contacts whose rows are all there, with the rows around them."""
    return knots(
        s.rows.time_s,
        s.strike.row,
        np.minimum(s.off.row + 2, len(s.rows)),
        begin_s=s.strike.time_s,
        span_s=s.contact_s,
        which=np.flatnonzero(~(s.cut | s.long)),
    )


def added(start: Floats, rows: Floats) -> Floats:
    """Start plus all rows, one after the other: grouping changes no bit.

    Args:
        start: (m,).
        rows: (k, m), k >= 1; the first of them is changed.
    """
    rows[0] += start
    answer: Floats = np.add.reduce(rows, axis=0)
    return answer
