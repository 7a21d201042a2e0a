"""Writing the HDF5 file: appended in whole chunks, so that nothing moves once written.

The file is a projection of the journal while a trial runs and the trial itself once complete. Each
array carries a running CRC32, stored at the end, so that later damage is found and placed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from insole import __version__
from insole.model.stream import Capability, Packet, Readings, Samples
from insole.model.trial import StartState, TrialNotes
from insole_recordings import schema
from insole_recordings.beside import Beside
from insole_recordings.records import Kind, Record, capability_fields, from_json, to_json
from insole_recordings.room import ensure_room
from insole_recordings.storing import (
    TEXT,
    Growing,
    clean,
    describe,
    number_of,
    put_array,
    put_attributes,
    put_scalar,
    put_texts,
    text_crc,
)

NONE: Final = 0xFFFF  # row of a table of names: none
EVENT_CHUNK: Final = 1024
BYTE_CHUNK: Final = 1 << 16
CHUNK_S: Final = 4.0  # of signals: a 2-h file opens in well under a second, a cut loses little
CHUNK_BYTES: Final = 1 << 20
METADATA_BYTES: Final = 1 << 18  # held at ten times this; up to 32 MB by default
UNITS: Final = (
    ("_N_s", "N*s"),
    ("_BW_s", "BW*s"),
    ("_BW_per_s", "BW/s"),
    ("_per_min", "1/min"),
    ("_kPa", "kPa"),
    ("_mm", "mm"),
    ("_BW", "BW"),
    ("_N", "N"),
    ("_s", "s"),
)
"""Unit of a step's column by the end of its name, longest first."""


class _Epoch:
    """Samples of one device under one capability."""

    def __init__(self, parent: Any, capability: Capability, *, side: str) -> None:
        self.capability = capability
        self._json = to_json(capability_fields(capability))
        self._group = group = parent.create_group(f"{len(parent):04d}")
        self._columns: dict[str, Growing] = {}
        self._held: list[Samples] = []
        self._held_rows = self._rows = 0
        put_attributes(
            group,
            device=capability.device,
            side=side,
            protocol=capability.protocol,
            serial=capability.serial,
            firmware=capability.firmware,
            quantity=capability.quantity,
            scale=float(capability.scale),
            offset=float(capability.offset),
            saturated=number_of(capability.saturated),
            rate_hz=float(capability.rate_hz),
            mass_kg=number_of(capability.mass_kg),
        )
        put_scalar(group, "capability", self._json)
        layout = capability.layout
        inside = group.create_group("layout")
        put_attributes(
            inside,
            name=layout.name,
            kind=layout.kind,
            length_mm=float(layout.length_mm),
            width_mm=float(layout.width_mm),
            full_scale=number_of(layout.full_scale),
        )
        for name in ("xy", "area_cm2", "outline"):
            put_array(inside, name, np.asarray(getattr(layout, name), dtype="<f8"))
        put_texts(inside, "labels", layout.labels or ())

    def same(self, capability: Capability) -> bool:
        """Did the device say exactly this before?"""
        return to_json(capability_fields(capability)) == self._json

    def append(self, samples: Samples) -> None:
        """Take ordered samples; they wait until `settle` finds a chunk full."""
        if not self._columns:
            self._make(samples.values)
        self._held.append(samples)
        self._held_rows += len(samples.sequence)

    def settle(self) -> None:
        """Write what fills chunks."""
        if self._held_rows >= max(1, self._rows):
            self._write()

    def finish(self) -> None:
        """Write what waits, and the checksums."""
        self._write()
        for column in self._columns.values():
            column.finish()

    def _write(self) -> None:
        held, self._held, self._held_rows = self._held, [], 0
        if not held:
            return
        for name in ("values", "sequence", "tick_us", "arrival_ns", "flags"):
            parts = list(map(attrgetter(name), held))
            self._columns[name].append(np.concatenate(parts) if len(parts) > 1 else parts[0])
        counts = [len(block.sequence) for block in held]
        segments = np.repeat(np.array([block.segment for block in held], "<i4"), counts)
        self._columns["segment"].append(segments)

    def _make(self, values: NDArray[Any]) -> None:
        sensors, rate = values.shape[1], self.capability.rate_hz
        fit = CHUNK_BYTES // max(1, sensors * values.dtype.itemsize)
        rows = int(min(max(64.0, rate * CHUNK_S), 8192.0, max(1, fit)))
        self._rows = rows = 1 << (rows.bit_length() - 1)
        little = values.dtype.newbyteorder("<").str
        self._columns["values"] = Growing(
            self._group, "values", dtype=little, rows=rows, tail=(sensors,)
        )
        for name, dtype in (
            ("sequence", "<i8"),
            ("tick_us", "<i8"),
            ("arrival_ns", "<i8"),
            ("flags", "<u4"),
            ("segment", "<i4"),
        ):
            self._columns[name] = Growing(self._group, name, dtype=dtype, rows=rows)


class Projection:
    """One HDF5 file being written. Used by one thread."""

    def __init__(self, path: Path, *, start: StartState, notes: TrialNotes) -> None:
        """Make the file with all objects that do not depend on the devices.

        Raises:
            OSError: it cannot be made.
        """
        self.path = path
        self._start = start
        # Whole chunks are written and never read again: a cache of them would only fill memory.
        self._file: Any = h5py.File(
            path, "w", libver=("v108", "v108"), locking="best-effort", rdcc_nbytes=0
        )
        _bound_metadata(self._file)
        root = self._file
        put_attributes(
            root,
            format=schema.FORMAT,
            format_version=np.int64(schema.VERSION),
            generator=f"insole {__version__}",
            completed=np.bool_(False),
            README=schema.README,
        )
        trial = root.create_group("trial")
        put_attributes(
            trial,
            athlete=notes.athlete,
            shoe=notes.shoe,
            surface=notes.surface,
            note=notes.note,
            source=notes.source,
            wall_clock=notes.wall_clock,
            speed_m_s=number_of(notes.speed_m_s),
            mass_kg=number_of(start.mass_kg),
            origin_ns=np.int64(start.origin_ns),
        )
        put_scalar(trial, "start", to_json(asdict(start)))
        put_scalar(trial, "notes", to_json(asdict(notes)))
        self._raw = raw = root.create_group("raw")
        put_attributes(raw, overflow=np.int64(0))
        self._events = {
            name: Growing(raw, name, dtype=dtype, rows=EVENT_CHUNK)
            for name, dtype in (
                ("kind", "<u1"),
                ("arrival_ns", "<i8"),
                ("device", "<u2"),
                ("channel", "<u2"),
                ("end", "<u8"),
            )
        }
        self._bytes = Growing(raw, "bytes", dtype="<u1", rows=BYTE_CHUNK)
        self._names = {name: _Names(raw, name) for name in ("devices", "channels")}
        self._signals = root.create_group("signals")
        put_attributes(self._signals, complete=np.bool_(True))
        self._epochs: dict[str, _Epoch] = {}
        self._beside = Beside(root)
        self._rows: list[tuple[int, int, int, int, int]] = []
        self._body = bytearray()
        self._end = 0
        self._marks: list[tuple[int, bytes]] = []
        self.flush()

    def events(self, items: Iterable[Record | Packet]) -> None:
        """Take events, in order."""
        device, channel = (self._names[name].row for name in ("devices", "channels"))
        rows, body, packet = self._rows, self._body, int(Kind.PACKET)
        for item in items:
            if isinstance(item, Packet):
                kind, payload = packet, item.payload
            else:
                kind, payload = int(item.kind), item.body
            self._end += len(payload)
            who = device(item.device) if kind == packet else NONE
            where = channel(item.channel) if kind == packet else NONE
            rows.append((kind, item.arrival_ns, who, where, self._end))
            body += payload
            if kind == Kind.MARK:
                self._marks.append((item.arrival_ns, payload))
            if len(rows) >= EVENT_CHUNK or len(body) >= BYTE_CHUNK:
                self._spill()

    def decoded(self, items: Iterable[Capability | Samples | Readings]) -> None:
        """Take capabilities, ordered samples of devices that have told one, and readings.

        Many items at once are written in fewer, longer pieces.
        """
        for item in items:
            if isinstance(item, Readings):
                self._beside.append(item)
                continue
            epoch = self._epochs.get(item.device)
            if isinstance(item, Samples):
                if epoch is not None and len(item.sequence):
                    epoch.append(item)
            elif epoch is None or not epoch.same(item):
                if epoch is not None:
                    epoch.finish()
                side = self._start.sides.get(item.device, item.side)
                self._epochs[item.device] = _Epoch(self._signals, item, side=side or "")
        for epoch in self._epochs.values():
            epoch.settle()
        self._beside.settle()

    def incomplete(self) -> None:
        """Decoded data were not all taken: readers decode /raw instead."""
        self._signals.attrs.modify("complete", np.bool_(False))
        self._beside.incomplete()

    def flush(self) -> None:
        """Make the file valid and readable as it stands."""
        self._spill()
        ensure_room(self.path, 0)
        self._file.flush()

    def finish(self, document: dict[str, Any] | None, *, overflow: int) -> None:
        """Write everything that waits, the document, and close.

        Raises:
            OSError: no room; the file is not complete.
        """
        self._spill()
        for column in (*self._events.values(), self._bytes):
            column.finish()
        self._raw.attrs.modify("overflow", np.int64(overflow))
        for epoch in self._epochs.values():
            epoch.finish()
        self._beside.finish()
        self._write_marks()
        if document is not None:
            ensure_room(self.path, 3 * len(to_json(document)))  # as columns, as JSON, and to spare
            write_document(self._file, document)
        self._file.attrs.modify("completed", np.bool_(True))
        self._file.flush()
        os.fsync(self._file.id.get_vfd_handle())
        self._file.close()

    def abandon(self) -> None:
        """Close without completing.

        Raises:
            OSError: not even that worked.
        """
        self._file.close()

    def _spill(self) -> None:
        if not self._rows:
            return
        columns = np.array(self._rows, dtype=np.int64).T
        for column, values in zip(self._events.values(), columns, strict=True):
            column.append(values)
        self._bytes.append(np.frombuffer(bytes(self._body), dtype=np.uint8))
        self._rows.clear()
        self._body.clear()

    def _write_marks(self) -> None:
        group = self._file.create_group("marks")
        put_array(group, "arrival_ns", np.array([at for at, _ in self._marks], dtype="<i8"))
        put_texts(group, "text", [str(from_json(body).get("text", "")) for _, body in self._marks])


def _bound_metadata(file: Any) -> None:
    """Keep only the newest part of the index of chunks in memory: nothing before it changes."""
    config = file.id.get_mdc_config()
    config.set_initial_size = True
    config.initial_size = config.min_size = config.max_size = METADATA_BYTES
    file.id.set_mdc_config(config)


class _Names:
    """A table of names that grows by one row at a time, seldom."""

    def __init__(self, group: Any, name: str) -> None:
        self._dataset: Any = group.create_dataset(
            name, (0,), maxshape=(None,), chunks=(16,), dtype=TEXT
        )
        describe(self._dataset)
        self._dataset.attrs["crc32"] = text_crc(())
        self._rows: dict[str, int] = {}

    def row(self, name: str) -> int:
        """Row of this name; new names are appended."""
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = len(self._rows)
            if row >= NONE:
                raise ValueError("more than 65535 devices or channels")
            self._dataset.resize(row + 1, axis=0)
            self._dataset[row] = clean(name)
            known = [clean(name) for name in self._rows]
            self._dataset.attrs.modify("crc32", text_crc(known))
        return row


def write_document(root: Any, document: Mapping[str, Any]) -> None:
    """Write the result of the day: steps, events, ledger, provenance, and itself."""
    rows: list[Any] = list(document.get("steps") or ())
    steps = [cast("dict[str, Any]", row) for row in rows if isinstance(row, dict)]
    _table(root.create_group("steps"), steps)
    _write_events(root.create_group("events"), steps)
    ledger = root.create_group("ledger")
    sides: dict[str, Any] = document.get("sides") or {}
    for side, account in sides.items():
        if isinstance(account, dict):
            fields = cast("dict[str, Any]", account)
            put_attributes(ledger.create_group(side), **_plain(fields))
    provenance = root.create_group("provenance")
    put_attributes(provenance, **_plain(document))
    body = np.frombuffer(to_json(dict(document)), dtype=np.uint8)
    stored = Growing(provenance, "document", dtype="<u1", rows=min(len(body), BYTE_CHUNK))
    stored.append(body)
    stored.finish()


def _write_events(group: Any, steps: Sequence[Mapping[str, Any]]) -> None:
    found = [
        (float(row[key]), kind, str(row.get("side", "")))
        for row in steps
        for key, kind in (("foot_strike_s", "foot_strike"), ("toe_off_s", "toe_off"))
        if isinstance(row.get(key), int | float)
    ]
    found.sort()
    put_array(group, "time_s", np.array([time for time, _, _ in found], dtype="<f8"))
    put_texts(group, "kind", [kind for _, kind, _ in found])
    put_texts(group, "side", [side for _, _, side in found])


def _table(group: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Columns of rows that came as dictionaries; None becomes NaN."""
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row.get(key) for row in rows]
        name = key.replace("/", "_")
        known: Any = next((value for value in values if value is not None), None)
        if isinstance(known, dict):
            inner = [cast("dict[str, Any]", v) if isinstance(v, dict) else {} for v in values]
            _table(group.create_group(name), inner)
        elif key == "flags":
            words = [cast("list[str]", value or []) for value in values]
            put_texts(group, name, [",".join(word) for word in words], dims="step")
        elif isinstance(known, str):
            put_texts(group, name, [str(value or "") for value in values], dims="step")
        else:
            width = len(cast("list[Any]", known)) if isinstance(known, list) else 0
            empty: Any = [None] * width if width else None
            data = np.array([empty if v is None else v for v in values], dtype="<f8")
            dataset = group.create_dataset(name, data=data)
            dataset.attrs["unit"] = next((unit for end, unit in UNITS if key.endswith(end)), "1")
            dataset.attrs["dims"] = "step part" if width else "step"


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key).replace("/", "_"): value
        for key, value in fields.items()
        if isinstance(value, str | int | float)
    }
