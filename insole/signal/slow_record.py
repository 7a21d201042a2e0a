"""The slow record of one foot: 25 rows a second of force, centre of pressure and tripod.

Standing, sway and balance need both feet and minutes of data, but not the full rate. Each row is
the force-weighted mean over 40 ms, at the mean instant of its samples: the sliding weighted mean of
SWARII with a window of one step (science.md, section 5.2), which leaves white noise white. Bins lie
on the pipeline's own axis, so the rows of two feet belong together without any alignment.

Memory is bounded: the newest two hours are kept, 34 bytes a row, the older of them in a file
(`shelf`), in blocks that are made whole: thousands of small arrays between short-lived ones would
cost more than their size.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Bools, Floats, Ints, Raw
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.signal.shelf import Attic, Shelf
from insole.signal.tripod import points

RATE_HZ = 25.0
STEP_S = 1.0 / RATE_HZ
KEEP_ROWS = int(2 * 3600 * RATE_HZ)
LARGEST_N = 1e6  # more is not a force under a foot, but a broken number
BLOCK_ROWS = 2048
MEMORY = 1 << 17  # bytes of full blocks that stay in memory
FURTHEST = 1 << 30  # bins of one block, so that four bytes hold where a row lies in it
WORK_ROWS = 512  # samples that wait before they are summed: small pushes cost a copy only
SUMMED_ROWS = 16384  # of a large push, summed at once: they stay in the cache
ROUNDING = 1e-6  # of a bin: an instant on its border belongs to it
UNSOUND = np.uint32(Quality.GAP | Quality.LATE)

USUAL_ROWS = 64  # in a bin; more are added on the general way

_COLUMNS = 10  # time, force, force with CoP, its two moments, three points, unsound, breaks
_FORCE, _MOMENTS, _POINTS, _MARKS = 1, slice(2, 5), slice(5, 8), 8
_KEPT = 7  # time in the bin, force, CoP x and y, three points


@dataclass(frozen=True, slots=True)
class SlowRows:
    """Rows of one foot, (n,) each; a bin without samples has no row.

    Attributes:
        number: int64, bin on the pipeline's axis: it begins at number / 25 s.
        time_s: mean instant of its samples, s.
        force_n: mean force, N.
        cop_mm: (n, 2) force-weighted CoP, NaN where it is undefined.
        points_n: (n, 3) mean force on heel, first ray and fifth ray; NaN when unobservable.
        sound: no sample of it lies in a gap or came too late.
        begins: a sample of it comes after a break: it does not go on from the row before.
    """

    number: Ints
    time_s: Floats
    force_n: Floats
    cop_mm: Floats
    points_n: Floats
    sound: Bools
    begins: Bools

    def __len__(self) -> int:
        return len(self.number)


class SlowRecord:
    """Load of one foot in, the newest rows out; any grouping gives the same bits.

    Args:
        keep: rows to keep.
        attic: where older ones of them go; None: they stay in memory.
    """

    def __init__(self, *, keep: int = KEEP_ROWS, attic: Attic | None = None) -> None:
        self._keep = keep
        self._waiting = np.empty((_COLUMNS, WORK_ROWS))
        self._waits = 0
        self._shelf = Shelf(memory=MEMORY, attic=attic)  # blocks that are full
        self._sealed: deque[tuple[int, int]] = deque()  # their first bin, and rows
        self._block: _Block | None = None
        self._rows = 0
        self._open: tuple[int, Floats] | None = None  # bin under way: its number, count and sums

    def push(self, load: Load) -> None:
        """Consume load."""
        n = len(load.time_s)
        if self._waits + n > WORK_ROWS:
            self._settle()
        if n <= WORK_ROWS:
            _columns(load, slice(0, n), self._waiting[:, self._waits : self._waits + n])
            self._waits += n
            return
        table = np.empty((_COLUMNS, min(n, SUMMED_ROWS)))
        for begin in range(0, n, SUMMED_ROWS):
            part = slice(begin, min(begin + SUMMED_ROWS, n))
            block = table[:, : part.stop - begin]
            _columns(load, part, block)
            self._sum(block)

    def rows(self) -> SlowRows:
        """All rows kept; the newest may still grow."""
        self._settle()
        numbers: list[Ints] = []
        values: list[NDArray[np.float32]] = []
        marks: list[Bools] = []
        parts = [(base, self._shelf.get(index)) for index, (base, _) in enumerate(self._sealed)]
        if self._block is not None:
            parts.append((self._block.base, self._block.filled()))
        for base, (after, value, mark) in parts:
            numbers.append(base + after.astype(np.int64))
            values.append(value)
            marks.append(mark)
        if self._open is not None:
            last, sums = self._open
            numbers.append(np.array([last]))
            values.append(_means(np.array([last]), sums[:, None]))
            marks.append(_marks(sums[:, None]))
        if not numbers:
            none = np.empty(0)
            return SlowRows(
                np.empty(0, np.int64), none, none, np.empty((0, 2)), np.empty((0, 3)),
                np.empty(0, np.bool_), np.empty(0, np.bool_),
            )  # fmt: skip
        number = np.concatenate(numbers)[-self._keep :]
        mark = np.concatenate(marks, axis=1)[:, -self._keep :]
        table = np.concatenate(values, axis=1)[:, -self._keep :].astype(np.float64)
        return SlowRows(
            number,
            number * STEP_S + table[0],
            table[1],
            np.ascontiguousarray(table[2:4].T),
            np.ascontiguousarray(table[4:7].T),
            mark[0],
            mark[1],
        )

    def _settle(self) -> None:
        if self._waits:
            self._sum(self._waiting[:, : self._waits])
            self._waits = 0

    def _sum(self, table: Floats) -> None:
        """Sums over bins, row after row: what is carried stands first."""
        number = np.floor(table[0] * RATE_HZ + ROUNDING).astype(np.int64)
        changes = np.flatnonzero(number[1:] != number[:-1]) + 1
        edges = np.concatenate(((0,), changes, (len(number),)))
        starts, counts = edges[:-1], edges[1:] - edges[:-1]
        bins, carried = number[starts], self._open
        over = carried is not None and carried[0] != bins[0]
        first = int(over)  # of the bins that rows are added to
        sums = np.zeros((1 + _COLUMNS, first + len(starts)))
        if carried is not None:
            sums[:, 0] = carried[1]
            bins = np.append(carried[0], bins) if over else bins
        sums[0, first:] += counts
        # most blocks have no mark to add
        kept = slice(0, _COLUMNS if table[_MARKS:].any() else _MARKS)
        _add_up(table[kept], sums[1:, first:][kept], starts, counts)
        self._store(bins[:-1], sums[:, :-1])
        self._open = (int(bins[-1]), sums[:, -1].copy())

    def _store(self, number: Ints, sums: Floats) -> None:
        if not len(number):
            return
        values, marks, done = _means(number, sums), _marks(sums), 0
        while done < len(number):
            block = self._block
            if block is None or not (room := block.room(number[done:])):
                if block is not None:
                    self._shelf.put(*block.filled())
                    self._sealed.append((block.base, block.size))
                self._block = _Block(int(number[done]))
                continue
            part = slice(done, done + room)
            block.append(number[part], values[:, part], marks[:, part])
            done += room
        self._rows += len(number)
        while self._sealed and self._rows - self._sealed[0][1] >= self._keep:
            self._shelf.drop()
            self._rows -= self._sealed.popleft()[1]


class _Block:
    """Rows as they are kept, with room for more."""

    def __init__(self, base: int) -> None:
        self.base = base
        self._after = np.empty(BLOCK_ROWS, np.int32)
        self.values = np.empty((_KEPT, BLOCK_ROWS), np.float32)
        self.marks = np.empty((2, BLOCK_ROWS), np.bool_)
        self.size = 0

    def filled(self) -> tuple[Raw, NDArray[np.float32], Bools]:
        """Bins from the first on, values and marks of the rows taken."""
        return self._after[: self.size], self.values[:, : self.size], self.marks[:, : self.size]

    def room(self, number: Ints) -> int:
        """How many of these rows fit."""
        near = int(np.searchsorted(number, self.base + FURTHEST))
        return min(near, BLOCK_ROWS - self.size)

    def append(self, number: Ints, values: NDArray[np.float32], marks: Bools) -> None:
        """Take rows that fit."""
        here = slice(self.size, self.size + len(number))
        self._after[here] = number - self.base
        self.values[:, here] = values
        self.marks[:, here] = marks
        self.size = here.stop


def _columns(load: Load, part: slice, out: Floats) -> None:
    """Columns to be summed of some rows, written into (10, n)."""
    force, x, y = load.total_n[part], load.cop_mm[part, 0], load.cop_mm[part, 1]
    quality, carrying = load.quality[part], out[_FORCE]
    out[0] = load.time_s[part]
    carrying[:] = force
    unknown = ~(np.isfinite(x) & np.isfinite(y))
    points(load.region_n[part], out=out[_POINTS].T)
    if quality.any():
        np.not_equal(quality & UNSOUND, 0, out=out[_MARKS])
        np.not_equal(quality & np.uint32(Quality.BREAK), 0, out=out[_MARKS + 1])
    else:
        out[_MARKS:] = 0.0
    if len(force) and not (force.max() < LARGEST_N and force.min() > -LARGEST_N):
        broken = ~(np.abs(force) < LARGEST_N)
        carrying[broken] = 0.0
        out[_POINTS, broken] = 0.0
        out[_MARKS, broken] = 1.0
        unknown |= broken
    out[_MOMENTS.start] = carrying
    np.multiply(carrying, x, out=out[_MOMENTS.start + 1])
    np.multiply(carrying, y, out=out[_MOMENTS.start + 2])
    np.copyto(out[_MOMENTS], 0.0, where=unknown)


def _add_up(table: Floats, sums: Floats, starts: Ints, counts: Ints) -> None:
    """Add the rows of each bin to its sums, one after the other; the same bits on either way.

    Args:
        table: (c, n) rows.
        sums: (c, m) of bins; only the first may be anything but 0.
        starts: (m,) first row of each bin.
        counts: (m,) its rows.
    """
    usual = int(counts[0]) if len(counts) < 3 else int(counts[1])
    inner = counts[1:-1]
    if len(counts) < 3 or usual > USUAL_ROWS or not (inner == usual).all():
        owner = np.repeat(np.arange(1, len(starts) + 1), counts)
        for line, total in zip(table, sums, strict=True):
            # what is carried stands first, and `bincount` adds row after row
            total[:] = np.bincount(np.append(1, owner), np.append(total[0], line))[1:]
        return
    rows = table[:, starts[1] : starts[-1]].reshape(len(table), -1, usual)
    total = sums[:, 1:-1]
    np.add(rows[:, :, 0], 0.0, out=total)  # as `bincount`, which begins with 0.0: no -0.0
    for nth in range(1, usual):
        total += rows[:, :, nth]
    for ends, begin, end in ((0, 0, starts[1]), (-1, starts[-1], table.shape[1])):
        sums[:, ends] = np.add.accumulate(
            np.column_stack((sums[:, ends], table[:, begin:end])), axis=1
        )[:, -1]


def _marks(sums: Floats) -> Bools:
    """(2, n) sound, begins."""
    return np.stack((sums[9] == 0.0, sums[10] > 0.0))


def _means(number: Ints, sums: Floats) -> NDArray[np.float32]:
    """Rows as they are kept, (7, n), out of counts and sums."""
    out = np.empty((_KEPT, sums.shape[1]), np.float32)
    count, loaded = sums[0], sums[3]
    out[0] = sums[1] / count - number * STEP_S
    np.divide(sums[2], count, out=out[1], casting="same_kind")
    out[2:4] = np.nan
    np.divide(sums[4:6], loaded, out=out[2:4], where=loaded > 0.0, casting="same_kind")
    np.divide(sums[6:9], count, out=out[4:7], casting="same_kind")
    return out
