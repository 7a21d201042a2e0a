"""Every step of a session, kept small: a foot takes 5,000 of them an hour.

A table of one row is a hundred small arrays, 40 times the size of its numbers. So rows move into
blocks: values as they are, uncertainties in single precision (they come rounded to it, so nothing
changes), columns that are constant over a block as one number.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.signal.steps import concatenate, empty_steps

BLOCK_STEPS = 256
Packed: TypeAlias = dict[str, NDArray[Any]]


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
        self._value = {name: _pack(column) for name, column in steps.value.items()}
        self._u = {name: _pack(column.astype(np.float32)) for name, column in steps.u.items()}
        self._shared = {
            name: _pack(column.astype(np.float32)) for name, column in steps.u_shared.items()
        }
        self._course = None if steps.course is None else steps.course.copy()

    def __len__(self) -> int:
        return len(self._flags)

    def table(self) -> Steps:
        """The rows as they were."""
        k = len(self)
        return Steps(
            self._side,
            self._flags,
            _unpack(self._value, k),
            _unpack(self._u, k),
            _unpack(self._shared, k),
            self._course,
        )


def _pack(column: NDArray[Any]) -> NDArray[Any]:
    """The column, or its only number."""
    bits = np.ascontiguousarray(column).view(f"u{column.itemsize}")  # so that -0 and NaN stay
    return column[:1].copy() if bool((bits == bits[0]).all()) else column.copy()


def _unpack(packed: Packed, k: int) -> dict[str, Floats]:
    return {
        name: np.array(np.broadcast_to(column, k), np.float64) for name, column in packed.items()
    }
