"""Every step of a session, kept small: a foot takes 5,000 of them an hour.

A table of one row is a hundred small arrays, 40 times the size of its numbers. So rows move into
blocks: values as they are, uncertainties in single precision (they come rounded to it, so nothing
changes), columns that are constant over a block as one number. Of those blocks only the newest stay
in memory (`shelf`). A table that comes whole, as of a file that is analysed, stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from sys import intern
from typing import TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats, Raw, Shares
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.signal.shelf import Attic, Shelf
from insole.signal.steps import concatenate, empty_steps

BLOCK_STEPS = 128
Names: TypeAlias = tuple[tuple[str, ...], ...]
MEMORY = 1 << 19  # bytes of the newest steps that stay in memory: some hundred steps


class StepLog:
    """Steps of one foot in order; append rows, ask for all or for the newest.

    Args:
        side: the foot.
        attic: where older blocks go; None: they stay in memory.
        memory: bytes of blocks that stay in memory.
    """

    def __init__(self, side: Side, *, attic: Attic | None = None, memory: int = MEMORY) -> None:
        self._side = side
        self._shelf = Shelf(memory=memory, attic=attic)
        self._blocks: list[_Block | Steps] = []
        self._rest: list[Steps] = []
        self._waiting = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, steps: Steps) -> None:
        """Keep further rows."""
        if not len(steps):
            return
        self._count += len(steps)
        if len(steps) >= BLOCK_STEPS and not self._rest:
            self._blocks.append(steps)
            return
        self._rest.append(steps)
        self._waiting += len(steps)
        if self._waiting >= BLOCK_STEPS:
            self._seal(self._gathered())
            self._rest, self._waiting = [], 0
        elif len(self._rest) >= 16:
            self._gathered()

    def table(self, *, last: int | None = None) -> Steps:
        """All rows, or at least this many of the newest."""
        missing = (self._count if last is None else last) - self._waiting
        first = len(self._blocks)
        while first and missing > 0:
            first -= 1
            missing -= len(self._blocks[first])
        rest = self._gathered()
        if first == len(self._blocks):
            return rest
        blocks = self._blocks[first:]
        packed = [block for block in blocks if isinstance(block, _Block)]
        names: set[Names] = {block.names for block in packed}
        if len(rest):
            names.add(_names(rest))
        if len(packed) == len(blocks) and len(names) == 1:
            return self._whole(packed, rest)
        return concatenate((*(self._one(block) for block in blocks), rest))

    def _gathered(self) -> Steps:
        """The rows that are in no block yet, as one table: who asks again finds it made."""
        if len(self._rest) > 1:
            self._rest = [concatenate(self._rest)]
        return self._rest[0] if self._rest else empty_steps(self._side)

    def _seal(self, steps: Steps) -> None:
        names = _names(steps)
        newest = self._blocks[-1] if self._blocks else None
        if isinstance(newest, _Block) and newest.names == names:
            names = newest.names  # one tuple for all
        packed = [
            _packed(of.values(), kind)
            for of, kind in (
                (steps.value, np.float64),
                (steps.u, np.float32),
                (steps.u_shared, np.float32),
            )
        ]
        course = np.empty((0, 0), np.uint16) if steps.course is None else steps.course.copy()
        columns = tuple(constant for constant, _ in packed)
        has_course = steps.course is not None
        self._blocks.append(_Block(len(self._shelf), len(steps), names, columns, has_course))
        self._shelf.put(steps.flags.copy(), course, *(rows for _, rows in packed))

    def _one(self, block: _Block | Steps) -> Steps:
        """The rows of one block as they were."""
        if isinstance(block, Steps):
            return block
        flags, course, *rows = self._shelf.get(block.place)
        value, u, shared = (
            dict(zip(names, one.unpacked(part), strict=True))
            for names, one, part in zip(block.names, block.columns, rows, strict=True)
        )
        return Steps(self._side, flags, value, u, shared, course if block.has_course else None)

    def _whole(self, blocks: list[_Block], rest: Steps) -> Steps:
        """Blocks that follow each other and the rest, all of the same columns."""
        count = sum(block.count for block in blocks) + len(rest)
        names = blocks[0].names
        tables = [np.empty((len(of), count)) for of in names]
        flags, at = np.empty(count, np.uint32), 0
        has_course = all(block.has_course for block in blocks)
        has_course &= not len(rest) or rest.course is not None
        courses: list[Shares] = []
        for block in blocks:
            here = slice(at, at + block.count)
            flags[here], course, *rows = self._shelf.get(block.place)
            for table, one, part in zip(tables, block.columns, rows, strict=True):
                one.unpacked(part, out=table[:, here])
            courses.append(course)
            at = here.stop
        if len(rest):
            flags[at:] = rest.flags
            for table, of in zip(tables, (rest.value, rest.u, rest.u_shared), strict=True):
                for line, column in zip(table, of.values(), strict=True):
                    line[at:] = column
            if rest.course is not None:
                courses.append(rest.course)
        value, u, shared = (
            dict(zip(of, table, strict=True)) for of, table in zip(names, tables, strict=True)
        )
        return Steps(
            self._side, flags, value, u, shared, np.concatenate(courses) if has_course else None
        )


def _names(steps: Steps) -> Names:
    return tuple(tuple(map(intern, of)) for of in (steps.value, steps.u, steps.u_shared))


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows that will not be added to; most of their numbers are on the shelf, at this place."""

    place: int
    count: int
    names: Names
    columns: tuple[_Columns, ...]
    has_course: bool

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True, slots=True)
class _Columns:
    """What is the same over a block: which columns vary, and the first number of each.

    Attributes:
        varies: (c,) columns whose numbers are on the shelf, in one matrix: a hundred arrays would
            lie scattered between short-lived ones, and the room between is lost.
        first: (c,) first row.
    """

    varies: Bools
    first: Raw

    def unpacked(self, rows: Raw, *, out: Floats | None = None) -> Floats:
        """(c, n) the columns as they were, out of the matrix (v, n)."""
        table = np.empty((len(self.first), rows.shape[1])) if out is None else out
        table[:] = self.first[:, None]
        table[self.varies] = rows
        return table


def _packed(columns: Iterable[Floats], kind: type[np.float64 | np.float32]) -> tuple[_Columns, Raw]:
    table = np.array(list(columns), kind)
    bits = table.view(f"u{table.itemsize}")  # so that -0 and NaN stay
    varies = (bits != bits[:, :1]).any(axis=1)
    return _Columns(varies, table[:, 0].copy()), table[varies]
