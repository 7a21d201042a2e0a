"""Arrays put away: the newest in memory, older ones in an attic, where there is one.

A session of hours keeps every step, but looks at the newest only. What is older goes to a place
outside of memory, which the caller has, and is fetched when the whole is asked for. Without such a
place, or where it is full, everything stays in memory.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

import numpy as np

from insole.model.arrays import Raw

Arrays = tuple[Raw, ...]


class Attic(Protocol):
    """Room for bytes outside of memory."""

    def put(self, data: bytes) -> int | None:
        """Keep them; the place where they lie, None where there is no room left."""
        ...

    def get(self, place: int, size: int) -> bytes:
        """What was put there.

        Raises:
            StorageError: it cannot be had back.
        """
        ...


@dataclass(slots=True)
class _Kept:
    """Some arrays: here, or at this place of the attic."""

    arrays: Arrays | None
    kinds: tuple[tuple[np.dtype[np.generic], tuple[int, ...]], ...]
    size: int
    place: int = 0


class Shelf:
    """Groups of arrays in order.

    Args:
        memory: bytes of the newest groups that stay in memory.
        attic: where older ones go; None: they stay in memory.
    """

    def __init__(self, *, memory: int, attic: Attic | None = None) -> None:
        self._memory = memory
        self._here = 0  # bytes in memory
        self._groups: deque[_Kept] = deque()
        self._away = 0  # so many of the oldest are in the attic
        self._attic = attic
        self._is_full = False

    def __len__(self) -> int:
        return len(self._groups)

    def put(self, *arrays: Raw) -> None:
        """Keep a further group; the arrays must not be changed afterwards."""
        kinds = tuple((array.dtype, array.shape) for array in arrays)
        size = sum(array.nbytes for array in arrays)
        self._groups.append(_Kept(arrays, kinds, size))
        self._here += size
        while self._here > self._memory and self._away < len(self._groups) - 1:
            if not self._put_away(self._groups[self._away]):
                break

    def get(self, number: int) -> Arrays:
        """One group, counted from the oldest; read only.

        Raises:
            StorageError: it cannot be had back from the attic.
        """
        kept = self._groups[number]
        if kept.arrays is not None or self._attic is None:
            return kept.arrays or ()
        data = self._attic.get(kept.place, kept.size)
        sizes = [kind.itemsize * int(np.prod(shape)) for kind, shape in kept.kinds]
        starts = accumulate(sizes, initial=0)
        return tuple(
            np.frombuffer(data, kind, count=int(np.prod(shape)), offset=start).reshape(shape)
            for (kind, shape), start in zip(kept.kinds, starts, strict=False)
        )

    def drop(self) -> None:
        """Forget the oldest group."""
        gone = self._groups.popleft()
        if gone.arrays is None:
            self._away -= 1
        else:
            self._here -= gone.size

    def _put_away(self, kept: _Kept) -> bool:
        if self._attic is None or self._is_full:
            return False
        place = self._attic.put(b"".join(array.tobytes() for array in kept.arrays or ()))
        if place is None:
            self._is_full = True
            return False
        kept.arrays, kept.place = None, place
        self._here -= kept.size
        self._away += 1
        return True
