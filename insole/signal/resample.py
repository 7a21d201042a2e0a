"""Contacts resampled to points from foot strike to toe-off, whatever their length.

Points lie on a grid, so the rows are placed among the points, which is a division, and not the
points among the rows, which would be a search for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.signal.stances import Stances

POINTS = 101
TOGETHER = 256  # contacts
Chords: TypeAlias = tuple[Floats, Floats]
"""(m,) slope of the line behind each knot, and its level at point 0."""


@dataclass(frozen=True, slots=True)
class Knots:
    """Rows between which contacts are linear.

    Attributes:
        which: (k,) numbers of the contacts.
        row: (m,) kept rows, contact after contact.
        start: (k,) first knot of each contact; each has at least one.
        place: (m,) where they lie, in points from foot strike.
        ahead: (m,) how many points lie between a knot and the next one of its contact; before the
            first and after the last knot they count to these.
    """

    which: Ints
    row: Ints
    start: Ints
    place: Floats
    ahead: Ints

    def chords(self, value: Floats) -> Chords:
        """Straight lines from knot to knot: (m,) values at the knots."""
        slope = np.zeros(len(value))
        rise = value[1:] - value[:-1]
        apart = self.place[1:] - self.place[:-1]
        np.divide(rise, apart, out=slope[:-1], where=apart > 0)  # not from contact to contact
        slope[self.start[1:] - 1] = 0.0
        return slope, value - self.place * slope

    def blocks(self) -> Iterator[Block]:
        """All contacts, so many at once that their points stay in the processor's cache."""
        for begin in range(0, len(self.which), TOGETHER):
            end = min(begin + TOGETHER, len(self.which))
            first = int(self.start[begin])
            last = int(self.start[end]) if end < len(self.start) else len(self.row)
            cell = np.repeat(np.arange(first, last), self.ahead[first:last])
            yield Block(slice(begin, end), cell.reshape(-1, POINTS))

    def clipped(self, contacts: slice) -> Floats:
        """(b, 101) points of some contacts, those beyond the outer knots moved onto them."""
        last = np.append(self.start[1:], len(self.row))[contacts] - 1
        low, high = self.place[self.start[contacts]], self.place[last]
        inside = np.maximum(np.arange(float(POINTS)), low[:, None])
        return np.minimum(inside, high[:, None], out=inside)


@dataclass(frozen=True, slots=True)
class Block:
    """Points of some contacts.

    Attributes:
        contacts: which of those asked for, b of them.
        cell: (b, 101) last knot at or before each point.
    """

    contacts: slice
    cell: Ints

    def at_points(self, chords: Chords, points: Floats, *, out: Floats) -> None:
        """Values between knots.

        Args:
            chords: of `Knots`.
            points: (101,) or (b, 101) where.
            out: (b, 101) the answer.
        """
        slope, level = chords
        np.multiply(slope.take(self.cell), points, out=out)
        out += level.take(self.cell)


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
    return Knots(which, row, before, place, passed - reached)


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
