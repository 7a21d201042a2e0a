"""What devices tell beside their pressure, in a file: one group per device and kind.

Files of before have no `/readings`: theirs are decoded out of /raw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from insole.model.stream import Readings
from insole_recordings.storing import Growing, clean, put_attributes, put_texts
from insole_recordings.untrusted import BLOCK_BYTES, array_of, reading, texts_of

MOST_GROUPS: Final = 256  # devices times kinds; what would be more is left to /raw
MOST_CHANNELS: Final = 256
ROWS: Final = 512  # of a chunk
SMALL_BLOCKS: Final = 1024  # joined at once
COLUMNS: Final = ("values", "tick_us", "arrival_ns")

Key: TypeAlias = tuple[str, str, str, tuple[str, ...], float, str]


def key_of(item: Readings) -> Key:
    """What rows must have in common to stand in one group."""
    return (
        item.device,
        item.kind,
        item.unit,
        item.channels,
        float(item.scale),
        item.values.dtype.newbyteorder("<").str,
    )


class Beside:
    """Writer of `/readings`.

    Args:
        root: the file.
    """

    def __init__(self, root: Any) -> None:
        self._parent = root.create_group("readings")
        put_attributes(self._parent, complete=np.bool_(True))
        self._groups: dict[Key, _Group] = {}

    def append(self, item: Readings) -> None:
        """Take rows; they wait until `settle` finds a chunk full."""
        if not len(item.tick_us):
            return
        key = key_of(item)
        group = self._groups.get(key)
        if group is None:
            group = self._made(key, item)
        if group is not None:
            group.append(item)

    def incomplete(self) -> None:
        """Not everything was taken: readers decode /raw instead."""
        self._parent.attrs.modify("complete", np.bool_(False))

    def settle(self) -> None:
        """Write what fills chunks."""
        for group in self._groups.values():
            group.settle()

    def finish(self) -> None:
        """Write what waits, and the checksums."""
        for group in self._groups.values():
            group.finish()

    def _made(self, key: Key, item: Readings) -> _Group | None:
        is_odd = item.values.dtype.kind not in "iuf" or len(item.channels) > MOST_CHANNELS
        if is_odd or len(self._groups) >= MOST_GROUPS:
            self.incomplete()
            return None
        made = self._groups[key] = _Group(self._parent, item, dtype=key[-1])
        return made


class _Group:
    """Rows of one kind of one device."""

    def __init__(self, parent: Any, item: Readings, *, dtype: str) -> None:
        self._held: list[Readings] = []
        self._rows = 0
        group = parent.create_group(f"{len(parent):04d}")
        put_attributes(
            group, device=item.device, kind=item.kind, unit=item.unit, scale=float(item.scale)
        )
        put_texts(group, "channels", item.channels)
        tail = (len(item.channels),)
        self._columns = {
            "values": Growing(group, "values", dtype=dtype, rows=ROWS, tail=tail),
            "tick_us": Growing(group, "tick_us", dtype="<i8", rows=ROWS),
            "arrival_ns": Growing(group, "arrival_ns", dtype="<i8", rows=ROWS),
        }

    def append(self, item: Readings) -> None:
        self._held.append(item)
        self._rows += len(item.tick_us)

    def settle(self) -> None:
        if self._rows >= ROWS:
            self._write()

    def finish(self) -> None:
        self._write()
        for column in self._columns.values():
            column.finish()

    def _write(self) -> None:
        held, self._held, self._rows = self._held, [], 0
        if held:
            whole = joined(held)
            for name, column in self._columns.items():
                column.append(getattr(whole, name))


def joined(blocks: list[Readings]) -> Readings:
    """One block out of several that have their key in common."""
    return replace(
        blocks[0],
        tick_us=np.concatenate([block.tick_us for block in blocks]),
        arrival_ns=np.concatenate([block.arrival_ns for block in blocks]),
        values=np.concatenate([block.values for block in blocks]),
    )


def by_kind(items: Iterator[Readings]) -> Iterator[Readings]:
    """The same rows in large blocks."""
    kinds: dict[Key, _Pile] = {}
    for item in items:
        pile = kinds.setdefault(key_of(item), _Pile())
        pile.add(item)
        if pile.size >= BLOCK_BYTES:
            yield pile.taken()
    for pile in kinds.values():
        if pile.size:
            yield pile.taken()


class _Pile:
    """Blocks of one key; small ones, which cost ten times their rows, are joined soon."""

    def __init__(self) -> None:
        self._large: list[Readings] = []
        self._small: list[Readings] = []
        self.size = 0

    def add(self, item: Readings) -> None:
        self._small.append(item)
        self.size += item.values.nbytes + 16 * len(item.tick_us)
        if len(self._small) >= SMALL_BLOCKS:
            self._large.append(joined(self._small))
            self._small = []

    def taken(self) -> Readings:
        blocks, self._large, self._small, self.size = self._large + self._small, [], [], 0
        return joined(blocks)


def stored(file: Any, path: Path, *, completed: bool) -> Iterator[Readings]:
    """What `/readings` of a file holds, in blocks.

    Raises:
        DamagedFile: it cannot be read.
    """
    with reading(path, "/readings"):
        names = sorted(file["readings"]) if "readings" in file else []
        if len(names) > MOST_GROUPS:
            raise ValueError(f"{len(names)} groups are not possible")
    for name in names:
        where = f"/readings/{name}"
        with reading(path, where):
            group = file[where]
            channels = tuple(texts_of(group["channels"]))
            columns = {column: array_of(group[column]) for column in COLUMNS}
            values = columns["values"]
            rows = min(len(column) for column in columns.values())
            if completed and rows != len(values):
                raise ValueError("its columns differ in length")
            if values.shape[1:] != (len(channels),) or values.kind not in "iuf":
                raise ValueError("values do not match the channels")
            for column in COLUMNS[1:]:
                if columns[column].kind not in "iu" or len(columns[column].shape) != 1:
                    raise ValueError(f"{column} is not a column of whole numbers")
            told = {key: clean(str(group.attrs[key])) for key in ("device", "kind", "unit")}
            scale = float(group.attrs["scale"])
        step = max(1, BLOCK_BYTES // max(1, values.row_bytes))
        for first in range(0, rows, step):
            part = slice(first, min(rows, first + step))
            with reading(path, where):
                block = Readings(
                    device=told["device"],
                    kind=told["kind"],
                    unit=told["unit"],
                    channels=channels,
                    tick_us=columns["tick_us"][part].astype(np.int64),
                    arrival_ns=columns["arrival_ns"][part].astype(np.int64),
                    values=values[part],
                    scale=scale,
                )
            yield block
