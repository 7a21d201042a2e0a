"""Datasets and attributes as they are written: whole chunks, checksums, clean texts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from insole_recordings import schema
from insole_recordings.room import ensure_room

MAX_TEXT: Final = 4096  # characters of an attribute; the JSON beside holds the whole
FILTER: Final[dict[str, Any]] = {
    "compression": "gzip",  # the one compression that every HDF5 library reads
    "compression_opts": 1,
    "shuffle": True,
    "fletcher32": True,
}
LOW: Final[Any] = cast("Any", h5py).h5s
TEXT: Final[Any] = cast("Any", h5py).string_dtype()


class Growing:
    """One dataset that only grows, written a whole chunk at a time."""

    def __init__(
        self, group: Any, name: str, *, dtype: str, rows: int, tail: tuple[int, ...] = ()
    ) -> None:
        self._dataset: Any = group.create_dataset(
            name, (0, *tail), dtype=dtype, maxshape=(None, *tail), chunks=(rows, *tail), **FILTER
        )
        describe(self._dataset)
        self._dataset.attrs["crc32"] = np.uint32(0)
        self._rows = rows
        self._dtype = np.dtype(dtype)
        self._path = Path(group.file.filename)
        self._waiting: list[NDArray[Any]] = []
        self._held = 0
        self._crc = 0
        self._written = 0

    def append(self, block: NDArray[Any]) -> None:
        """Take rows; whole chunks are written at once, the rest waits."""
        self._waiting.append(block)
        self._held += len(block)
        if self._held >= self._rows:
            self._write(self._held - self._held % self._rows)

    def finish(self) -> None:
        """Write what waits, and the checksum."""
        if self._held:
            self._write(self._held)
        self._dataset.attrs.modify("crc32", np.uint32(self._crc))

    def _write(self, count: int) -> None:
        block = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        now = np.ascontiguousarray(block[:count], dtype=self._dtype)
        ensure_room(self._path, now.nbytes)
        self._waiting = [block[count:].copy()] if count < len(block) else []
        self._held -= count
        target = self._dataset.id  # the low level: h5py's slicing costs three times the writing
        target.set_extent((self._written + count, *now.shape[1:]))
        place = target.get_space()
        place.select_hyperslab((self._written, *(0 for _ in now.shape[1:])), now.shape)
        target.write(LOW.create_simple(now.shape), place, now)
        self._written += count
        self._crc = zlib.crc32(cast("Any", now).data, self._crc)


def text_crc(values: Sequence[str]) -> np.uint32:
    """Checksum of texts: of their UTF-8 bytes, each followed by a zero byte."""
    return np.uint32(zlib.crc32(b"".join(value.encode() + b"\0" for value in values)))


def describe(dataset: Any) -> None:
    """Give a dataset the unit and dims that the schema states."""
    column = schema.column(dataset.name)
    dataset.attrs["unit"] = column.unit
    dataset.attrs["dims"] = " ".join(dim.replace(" ", "_") for dim in column.dims)


def put_array(group: Any, name: str, values: NDArray[Any]) -> None:
    """A dataset that is complete at once."""
    dataset = group.create_dataset(name, data=values)
    describe(dataset)
    whole = np.ascontiguousarray(values)
    dataset.attrs["crc32"] = np.uint32(zlib.crc32(cast("Any", whole).data))


def put_texts(group: Any, name: str, values: Sequence[str], *, dims: str = "") -> None:
    """A table of texts; `dims` names their axis where the schema does not."""
    texts = [clean(value) for value in values]
    dataset = group.create_dataset(name, data=texts, shape=(len(texts),), dtype=TEXT)
    dataset.attrs["crc32"] = text_crc(texts)
    if dims:
        dataset.attrs["unit"], dataset.attrs["dims"] = "1", dims
    else:
        describe(dataset)


def put_scalar(group: Any, name: str, body: bytes) -> None:
    """One text that is ASCII."""
    dataset = group.create_dataset(name, data=np.bytes_(body))
    describe(dataset)
    dataset.attrs["crc32"] = text_crc([body.decode("ascii")])


def put_attributes(group: Any, **values: Any) -> None:
    """Attributes; long texts are cut: the JSON beside holds the whole."""
    for name, value in values.items():
        group.attrs[name] = clean(value)[:MAX_TEXT] if isinstance(value, str) else value


def clean(text: str) -> str:
    """Text that HDF5 can hold: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def number_of(value: float | None) -> float:
    """NaN for what is not known."""
    return float("nan") if value is None else float(value)
