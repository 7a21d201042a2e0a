"""Every step of a session, kept small: a foot takes 5,000 of them an hour.

A table of one row is a hundred small arrays, 40 times the size of its numbers. So rows move into
blocks: values as they are, uncertainties in single precision (they come rounded to it, so nothing
changes), columns that are constant over a block as one number.
"""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.signal.steps import concatenate, empty_steps

BLOCK_STEPS = 256


class StepLog:
    """Steps of one foot in order; append rows, ask for all or for the newest.

    Args:
        side: the foot.
    """

    def __init__(self, side: Side) -> None:
        self._side = side
        self._blocks: list[_Block] = []
        self._rest: list[Steps] = []
        self._waiting = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, steps: Steps) -> None:
        """Keep further rows."""
        if not len(steps):
            return
        self._rest.append(steps)
        self._waiting += len(steps)
        self._count += len(steps)
        if self._waiting >= BLOCK_STEPS:
            self._blocks.append(_Block(concatenate(self._rest)))
            self._rest, self._waiting = [], 0
        elif len(self._rest) >= 16:  # a few rows at a time: one table of them until a block is full
            self._rest = [concatenate(self._rest)]

    def table(self, *, last: int | None = None) -> Steps:
        """All rows, or at least this many of the newest."""
        parts = list(self._rest)
        missing = (self._count if last is None else last) - self._waiting
        for block in reversed(self._blocks):
            if missing <= 0:
                break
            parts.insert(0, block.table())
            missing -= len(block)
        return concatenate(parts) if parts else empty_steps(self._side)


class _Block:
    """Rows that will not be added to."""

    def __init__(self, steps: Steps) -> None:
        self._side = steps.side
        self._flags = steps.flags.copy()
        self._value = _Columns(steps.value, np.float64)
        self._u = _Columns(steps.u, np.float32)
        self._shared = _Columns(steps.u_shared, np.float32)
        self._course = None if steps.course is None else steps.course.copy()

    def __len__(self) -> int:
        return len(self._flags)

    def table(self) -> Steps:
        """The rows as they were."""
        return Steps(
            self._side,
            self._flags,
            self._value.unpacked(),
            self._u.unpacked(),
            self._shared.unpacked(),
            self._course,
        )


class _Columns:
    """Named columns: one matrix of those that vary, one number of each that does not.

    One array instead of a hundred: they would lie scattered between short-lived ones, and the room
    between is lost.
    """

    def __init__(self, columns: Mapping[str, Floats], kind: type[np.float64 | np.float32]) -> None:
        table = np.array(list(columns.values()), kind)
        bits = table.view(f"u{table.itemsize}")  # so that -0 and NaN stay
        self._names = tuple(map(intern, columns))
        self._varies = (bits != bits[:, :1]).any(axis=1)
        self._first = table[:, 0].copy()
        self._rows = table[self._varies]

    def unpacked(self) -> dict[str, Floats]:
        """The columns as they were."""
        table = np.empty((len(self._names), self._rows.shape[1]))
        table[:] = self._first[:, None]
        table[self._varies] = self._rows
        return dict(zip(self._names, table, strict=True))
