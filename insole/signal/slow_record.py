"""The slow record of one foot: 25 rows a second of force, centre of pressure and tripod.

Standing, sway and balance need both feet and minutes of data, but not the full rate. Each row is
the force-weighted mean over 40 ms, at the mean instant of its samples: the sliding weighted mean of
SWARII with a window of one step (science.md, section 5.2), which leaves white noise white. Bins lie
on the pipeline's own axis, so the rows of two feet belong together without any alignment.

Memory is bounded: 33 bytes a row, the newest two hours (6 MB a foot), in blocks that are made
whole: thousands of small arrays between short-lived ones would cost more than their size.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Bools, Floats, Ints
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.signal.tripod import points

RATE_HZ = 25.0
STEP_S = 1.0 / RATE_HZ
KEEP_ROWS = int(2 * 3600 * RATE_HZ)
LARGEST_N = 1e6  # more is not a force under a foot, but a broken number
BLOCK_ROWS = 4096
FURTHEST = 1 << 30  # bins of one block, so that four bytes hold where a row lies in it
WORK_ROWS = 512  # samples that wait before they are summed: small pushes cost a copy only
ROUNDING = 1e-6  # of a bin: an instant on its border belongs to it
UNSOUND = np.uint32(Quality.GAP | Quality.LATE)

_COLUMNS = 10  # time, force, force with CoP, its two moments, three points, unsound, breaks
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
    """

    def __init__(self, *, keep: int = KEEP_ROWS) -> None:
        self._keep = keep
        self._waiting = np.empty((_COLUMNS, WORK_ROWS))
        self._waits = 0
        self._blocks: deque[_Block] = deque()
        self._rows = 0
        self._open: tuple[int, Floats] | None = None  # bin under way: its number, count and sums

    def push(self, load: Load) -> None:
        """Consume load."""
        n = len(load.time_s)
        if self._waits + n <= WORK_ROWS:
            _columns(load, self._waiting[:, self._waits : self._waits + n])
            self._waits += n
            return
        self._settle()
        if n <= WORK_ROWS:
            _columns(load, self._waiting[:, :n])
            self._waits = n
            return
        whole = np.empty((_COLUMNS, n))
        _columns(load, whole)
        self._sum(whole)

    def rows(self) -> SlowRows:
        """All rows kept; the newest may still grow."""
        self._settle()
        numbers = [block.number() for block in self._blocks]
        values = [block.values[:, : block.size] for block in self._blocks]
        marks = [block.marks[:, : block.size] for block in self._blocks]
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
        """Sums over bins. What is carried stands first, and `bincount` adds row after row."""
        number = np.floor(table[0] * RATE_HZ + ROUNDING).astype(np.int64)
        starts = np.flatnonzero(np.append(True, number[1:] != number[:-1]))
        ends = np.append(starts[1:], len(number))
        carried = self._open
        goes_on = carried is not None and carried[0] == number[0]
        if carried is not None and not goes_on:
            self._store(np.array([carried[0]]), carried[1][:, None])
        first = carried[1] if carried is not None and goes_on else np.zeros(1 + _COLUMNS)
        owner = np.append(0, np.repeat(np.arange(len(starts)), ends - starts))
        sums = np.empty((1 + _COLUMNS, len(starts)))
        sums[0] = ends - starts
        sums[0, 0] += first[0]
        for column in range(_COLUMNS):
            line = np.append(first[1 + column], table[column])
            sums[1 + column] = np.bincount(owner, line)
        self._store(number[starts[:-1]], sums[:, :-1])
        self._open = (int(number[-1]), sums[:, -1])

    def _store(self, number: Ints, sums: Floats) -> None:
        if not len(number):
            return
        values, marks, done = _means(number, sums), _marks(sums), 0
        while done < len(number):
            if not self._blocks or not (room := self._blocks[-1].room(number[done:])):
                self._blocks.append(_Block(int(number[done])))
                continue
            part = slice(done, done + room)
            self._blocks[-1].append(number[part], values[:, part], marks[:, part])
            done += room
        self._rows += len(number)
        while self._rows - self._blocks[0].size >= self._keep:
            self._rows -= self._blocks.popleft().size


class _Block:
    """Rows as they are kept, with room for more."""

    def __init__(self, base: int) -> None:
        self._base = base
        self._after = np.empty(BLOCK_ROWS, np.int32)
        self.values = np.empty((_KEPT, BLOCK_ROWS), np.float32)
        self.marks = np.empty((2, BLOCK_ROWS), np.bool_)
        self.size = 0

    def number(self) -> Ints:
        """(size,) bins."""
        return self._base + self._after[: self.size].astype(np.int64)

    def room(self, number: Ints) -> int:
        """How many of these rows fit."""
        near = int(np.searchsorted(number, self._base + FURTHEST))
        return min(near, BLOCK_ROWS - self.size)

    def append(self, number: Ints, values: NDArray[np.float32], marks: Bools) -> None:
        """Take rows that fit."""
        here = slice(self.size, self.size + len(number))
        self._after[here] = number - self._base
        self.values[:, here] = values
        self.marks[:, here] = marks
        self.size = here.stop


def _columns(load: Load, out: Floats) -> None:
    """Columns to be summed, written into (10, n)."""
    force = out[1]
    force[:] = load.total_n
    broken = ~(np.abs(force) < LARGEST_N)
    force[broken] = 0.0
    out[0] = load.time_s
    known = np.isfinite(load.cop_mm[:, 0]) & np.isfinite(load.cop_mm[:, 1]) & ~broken
    np.multiply(force, known, out=out[2])
    for axis in range(2):
        np.multiply(force, np.where(known, load.cop_mm[:, axis], 0.0), out=out[3 + axis])
    out[5:8] = points(load.region_n).T
    out[5:8, broken] = 0.0
    out[8] = broken | ((load.quality & UNSOUND) != 0)
    out[9] = (load.quality & np.uint32(Quality.BREAK)) != 0


def _marks(sums: Floats) -> Bools:
    """(2, n) sound, begins."""
    return np.stack((sums[9] == 0.0, sums[10] > 0.0))


def _means(number: Ints, sums: Floats) -> NDArray[np.float32]:
    """Rows as they are kept, (7, n), out of counts and sums."""
    out = np.empty((_KEPT, sums.shape[1]))
    count, loaded = sums[0], sums[3]
    out[0] = sums[1] / count - number * STEP_S
    out[1] = sums[2] / count
    with np.errstate(invalid="ignore", divide="ignore"):
        out[2:4] = np.where(loaded > 0.0, sums[4:6] / loaded, np.nan)
    out[4:7] = sums[6:9] / count
    return out.astype(np.float32)
