"""Arrays put away: the newest in memory, older ones in a file that has no name.

A session of hours keeps every step, but looks at the newest only. What is older goes to a temporary
file, which the system removes with the process, and is read when the whole is asked for. Where no
such file can be made or written, everything stays in memory.
"""

from __future__ import annotations

import tempfile
import weakref
from collections import deque
from dataclasses import dataclass
from itertools import accumulate
from typing import IO

import numpy as np

from insole.errors import StorageError
from insole.model.arrays import Raw

Arrays = tuple[Raw, ...]


@dataclass(slots=True)
class _Kept:
    """Some arrays: here, or at this place of the file."""

    arrays: Arrays | None
    kinds: tuple[tuple[np.dtype[np.generic], tuple[int, ...]], ...]
    size: int
    place: int = 0


class Shelf:
    """Groups of arrays in order.

    Args:
        memory: bytes of the newest groups that stay in memory.
    """

    def __init__(self, *, memory: int) -> None:
        self._memory = memory
        self._here = 0  # bytes in memory
        self._groups: deque[_Kept] = deque()
        self._away = 0  # so many of the oldest are in the file
        self._file: IO[bytes] | None = None
        self._end = 0
        self._usable = True

    def __len__(self) -> int:
        return len(self._groups)

    def put(self, *arrays: Raw) -> None:
        """Keep a further group; the arrays must not be changed afterwards."""
        kinds = tuple((array.dtype, array.shape) for array in arrays)
        size = sum(array.nbytes for array in arrays)
        self._groups.append(_Kept(arrays, kinds, size))
        self._here += size
        while self._here > self._memory and self._usable and self._away < len(self._groups) - 1:
            self._usable = self._put_away(self._groups[self._away])

    def get(self, number: int) -> Arrays:
        """One group, counted from the oldest; read only.

        Raises:
            StorageError: the file cannot be read back.
        """
        kept = self._groups[number]
        if kept.arrays is not None:
            return kept.arrays
        data = self._read(kept)
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

    def _read(self, kept: _Kept) -> bytes:
        why = "it has lost its end"
        try:
            assert self._file is not None  # noqa: S101  # something was put away
            self._file.seek(kept.place)
            data = self._file.read(kept.size)
            if len(data) == kept.size:
                return data
        except OSError as error:
            why = str(error)
        raise StorageError(
            "what was kept of this session cannot be read back",
            where="a temporary file",
            why=why,
            fix="Open the recording instead: it holds every sample",
        )

    def _put_away(self, kept: _Kept) -> bool:
        """Write a group; False where that cannot be done."""
        assert kept.arrays is not None  # noqa: S101  # the oldest of those in memory
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
                weakref.finalize(self, self._file.close)  # lives as long as the shelf
            self._file.seek(self._end)
            data = b"".join(array.tobytes() for array in kept.arrays)
            if self._file.write(data) != kept.size:
                return False
        except OSError:
            return False
        kept.arrays, kept.place = None, self._end
        self._end += kept.size
        self._here -= kept.size
        self._away += 1
        return True
