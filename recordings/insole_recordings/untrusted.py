"""Datasets of a file that is not trusted: shapes and sizes are checked before memory is taken."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from insole.errors import DamagedFile
from insole_recordings.storing import text_crc

READ_ERRORS: Final = (
    OSError,
    RuntimeError,
    ValueError,  # BadRecord is one
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    MemoryError,
    SystemError,
)
"""Everything that h5py raises for a damaged file."""
MAX_CHUNK_BYTES: Final = 64 << 20  # HDF5 takes a whole chunk into memory at once
MAX_TEXT_BYTES: Final = 64 << 20
BLOCK_BYTES: Final = 32 << 20


@contextmanager
def reading(path: Path, where: str) -> Generator[None]:
    """Whatever HDF5 raises for a damaged file becomes one error that names the place.

    Raises:
        DamagedFile: instead of anything that h5py raises.
    """
    try:
        yield
    except READ_ERRORS as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise damaged(path, where, why) from error


def damaged(path: Path, where: str, why: str) -> DamagedFile:
    """The error for a damaged place in a recording."""
    return DamagedFile(
        "the recording is damaged",
        where=f"{path}, {where}",
        why=why[:200],
        fix=f"`insole validate {path}` lists what is damaged, `insole recover {path}` saves "
        "what is sound",
        recoverable=True,
    )


class Array:
    """A dataset whose size was checked, read in parts."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.shape: tuple[int, ...] = tuple(int(size) for size in dataset.shape)
        self.kind: str = dataset.dtype.kind
        self.row_bytes = int(dataset.dtype.itemsize * np.prod(self.shape[1:], dtype=float))
        self._cache: tuple[int, bytes] = (0, b"")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice) -> NDArray[Any]:
        return self._dataset[part]

    def cached(self, at: int, stop: int) -> bytes:
        """Bytes [at, stop) of an array of bytes, read ahead."""
        first, held = self._cache
        if at < first or stop > first + len(held):
            first, held = at, self._dataset[at : max(stop, at + BLOCK_BYTES // 8)].tobytes()
            self._cache = (first, held)
        return held[at - first : stop - first]


def array_of(dataset: Any) -> Array:
    """A dataset of numbers, checked before any memory is taken for it.

    Raises:
        ValueError: it is none, or says a size that its stored bytes cannot have.
    """
    if dataset.dtype.kind not in "iufb" or not dataset.shape:
        raise ValueError(f"{dataset.name} is not an array of numbers")
    chunk = dataset.chunks or ()
    size = dataset.dtype.itemsize
    if np.prod(chunk, dtype=float) * size > MAX_CHUNK_BYTES:
        raise ValueError(f"{dataset.name} has chunks larger than {MAX_CHUNK_BYTES >> 20} MB")
    stored = dataset.id.get_storage_size()
    # deflate shrinks 1032 times at most: a larger claim is a forgery or damage
    if np.prod(dataset.shape, dtype=float) * size > 1100.0 * stored + 4096:
        raise ValueError(f"{dataset.name} says more than it stores")
    return Array(dataset)


def text_of(dataset: Any) -> str:
    """A scalar text.

    Raises:
        ValueError: it is none, or too large.
    """
    if dataset.shape != () or dataset.dtype.kind not in "SO":
        raise ValueError(f"{dataset.name} is not a text")
    if dataset.dtype.itemsize > MAX_TEXT_BYTES:
        raise ValueError(f"{dataset.name} is too large")
    value = dataset[()]
    text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    _check_texts(dataset, [text])
    return text


def texts_of(dataset: Any) -> list[str]:
    """A table of texts.

    Raises:
        ValueError: it is none, or too long.
    """
    if len(dataset.shape) != 1 or dataset.dtype.kind not in "SO" or dataset.shape[0] > 1 << 20:
        raise ValueError(f"{dataset.name} is not a table of texts")
    found: list[Any] = dataset[:].tolist()
    texts = [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in found]
    _check_texts(dataset, texts)
    return texts


def _check_texts(dataset: Any, texts: list[str]) -> None:
    told = dataset.attrs.get("crc32")
    if told is not None and int(told) != int(text_crc(texts)):
        raise ValueError(f"{dataset.name} is not what was written (CRC32)")
