"""Checks a recording against the format: structure, types, units, checksums, order, ledger."""

from __future__ import annotations

import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from insole.errors import DamagedFile
from insole_recordings import schema
from insole_recordings.hdf5 import COLUMNS, Hdf5Recording, open_hdf5
from insole_recordings.journal import JournalReader, journal_of, recording_of
from insole_recordings.projection import NONE
from insole_recordings.recorder import duration_text
from insole_recordings.records import EVENT_KINDS, capability_of, event_of, from_json
from insole_recordings.untrusted import Array, array_of, reading, text_of, texts_of

BLOCK_ROWS = 1 << 18
MAX_FINDINGS = 200  # enough to see what is wrong; a hostile file may break everything
KINDS = {"uint": "u", "int": "i", "float": "f", "number": "iuf", "bool": "b", "text": "SO"}
RESCUE = "`insole recover` saves what is sound"
SAMPLE_COLUMNS = ("values", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        where: the place in the file.
        what: the damage.
        fix: what can be done.
    """

    where: str
    what: str
    fix: str


def validate(path: Path) -> list[Finding]:
    """Everything that is wrong with a recording; empty when it is sound.

    Raises:
        UnknownFormat, NewerFormat: not a file that this program can judge.
        FileError: it cannot be read at all.
    """
    findings = _Findings()
    if journal_of(path).is_file():
        _check_journal(findings, path)
        return findings.found
    try:
        recording = Hdf5Recording(path)
    except DamagedFile as error:
        findings.add(error.where, error.why, RESCUE)
        return findings.found
    file: Any = None
    try:
        file = open_hdf5(path)
        if not recording.completed:
            findings.add("/", "the program was stopped while recording", RESCUE)
        _Check(findings, path, file, completed=recording.completed).everything()
    except DamagedFile as error:
        findings.add(error.where, error.why, RESCUE)
    finally:
        recording.close()
        if file is not None:
            file.close()
    return findings.found


class _Findings:
    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, where: str, what: str, fix: str) -> None:
        if len(self.found) < MAX_FINDINGS:
            self.found.append(Finding(where, " ".join(what.split()), fix))


def _check_journal(findings: _Findings, path: Path) -> None:
    journal = journal_of(path)
    try:
        reader = JournalReader(journal)
        first, last = 0, 0
        for record in reader:
            if record.kind in EVENT_KINDS:
                first, last = first or record.arrival_ns, record.arrival_ns
    except DamagedFile as error:
        findings.add(error.where, error.why, error.fix)
        return
    extent = reader.extent
    rescue = f"Run `insole recover {recording_of(path)}`"
    safe = duration_text((last - first) / 1e9)
    findings.add(journal.name, f"the recording was cut off; {safe} are safe in its journal", rescue)
    if extent.damaged_bytes:
        what = f"{extent.damaged_bytes} bytes are damaged, {extent.missing} records are lost"
        findings.add(f"{journal.name}, byte {extent.first_damage}", what, rescue)
    if extent.tail_bytes:
        what = f"the last {extent.tail_bytes} bytes are half a record"
        findings.add(journal.name, what, rescue)


class _Check:
    """All checks of one HDF5 file; each goes on where it can."""

    def __init__(self, findings: _Findings, path: Path, file: Any, *, completed: bool) -> None:
        self._findings = findings
        self._path = path
        self._file = file
        self._completed = completed

    def everything(self) -> None:
        self._attributes("/", self._file)
        for group in ("trial", "raw", "signals", "readings", "events", "marks", "provenance"):
            with self._guard(f"/{group}"):
                if group in self._file:
                    self._group(f"/{group}")
        with self._guard("/raw"):
            self._raw()
        with self._guard("/signals"):
            for name in sorted(self._file["signals"]):
                self._epoch(f"/signals/{name}")
        with self._guard("/readings"):
            for name in sorted(self._file.get("readings", ())):
                self._beside(f"/readings/{name}")
        with self._guard("/ledger"):
            self._ledger()
        with self._guard("/steps"):
            self._steps()
        with self._guard("/provenance/document"):
            if "provenance/document" in self._file:
                from_json(array_of(self._file["provenance/document"])[:].tobytes())

    @contextmanager
    def _guard(self, where: str) -> Generator[None]:
        try:
            with reading(self._path, where):
                yield
        except DamagedFile as error:
            self._add(where, error.why)

    def _add(self, where: str, what: str, fix: str = RESCUE) -> None:
        self._findings.add(where, what, fix)

    # --- structure ---

    def _group(self, path: str) -> None:
        """Attributes and columns that the schema states for a group."""
        group = self._file[path]
        pattern = schema.pattern(path)
        self._attributes(pattern, group, path)
        lengths: dict[str, dict[str, int]] = {}
        for column in schema.COLUMNS:
            parent, _, name = column.path.rpartition("/")
            if parent != pattern:
                continue
            where = f"{path}/{name}"
            if name not in group:
                silent = pattern == "/signals/*" and not any(c in group for c in SAMPLE_COLUMNS)
                if not (silent and name in SAMPLE_COLUMNS):  # a device that never sent a sample
                    self._add(where, "is missing")
                continue
            with self._guard(where):
                dataset = group[name]
                self._column(column, dataset, where)
                for dim, size in zip(column.dims[:1], dataset.shape, strict=False):
                    lengths.setdefault(dim, {})[name] = int(size)
        for dim, sizes in lengths.items():
            if self._completed and len(set(sizes.values())) > 1:
                self._add(path, f"columns over {dim} differ in length: {sizes}")

    def _attributes(self, pattern: str, group: Any, path: str = "/") -> None:
        for attribute in schema.ATTRIBUTES:
            if attribute.path != pattern:
                continue
            where = f"{path}@{attribute.name}"
            with self._guard(where):
                if attribute.name not in group.attrs:
                    self._add(where, "is missing")
                    continue
                value = group.attrs[attribute.name]
                kind = "S" if isinstance(value, str | bytes) else np.asarray(value).dtype.kind
                if kind not in KINDS[attribute.type] or np.ndim(value):
                    self._add(where, f"is not a {attribute.type}")

    def _column(self, column: schema.Column, dataset: Any, where: str) -> None:
        if dataset.dtype.kind not in KINDS[column.type]:
            self._add(where, f"holds {dataset.dtype}, not {column.type}")
            return
        if column.bits and dataset.dtype.itemsize * 8 != column.bits:
            self._add(where, f"holds {dataset.dtype}, not {column.bits} bits")
        if len(dataset.shape) != len(column.dims):
            self._add(where, f"has {len(dataset.shape)} dimensions, not {len(column.dims)}")
            return
        dims = " ".join(dim.replace(" ", "_") for dim in column.dims)
        for name, want in (("unit", column.unit), ("dims", dims)):
            if dataset.attrs.get(name) != want:
                self._add(f"{where}@{name}", f"is {dataset.attrs.get(name)!r}, not {want!r}")
        if column.type == "text":
            text_of(dataset) if not column.dims else texts_of(dataset)
            return
        self._content(column, array_of(dataset), dataset, where)

    def _content(self, column: schema.Column, array: Array, dataset: Any, where: str) -> None:
        """Checksum and order, in blocks."""
        crc, before = 0, None
        for first in range(0, len(array), step := _rows(array)):
            block = np.ascontiguousarray(array[slice(first, first + step)])
            crc = zlib.crc32(cast("Any", block).data, crc)
            if column.rising and not _rises(block, before, strictly=column.rising == "rises"):
                self._add(f"{where}[{first}]", f"does not hold: {column.rising}")
            before = block[-1]
        told = dataset.attrs.get("crc32")
        if told is not None and self._completed and int(told) != crc:
            self._add(where, "its bytes are not those that were written (CRC32)")

    # --- meaning ---

    def _raw(self) -> None:
        raw = self._file["raw"]
        lost = int(raw.attrs.get("overflow", 0))
        if lost:
            self._add("/raw@overflow", f"{lost} events did not reach the disk", "Use a faster disk")
        for name, table in (("device", "devices"), ("channel", "channels")):
            known = len(texts_of(raw[table]))
            rows = array_of(raw[name])[:]
            if np.any((rows != NONE) & (rows >= known)):
                self._add(f"/raw/{name}", f"points beyond /raw/{table}")
        ends, data = array_of(raw["end"]), array_of(raw["bytes"])
        if self._completed and len(ends) and int(ends[slice(len(ends) - 1, None)][0]) != len(data):
            self._add("/raw/bytes", "is not as long as /raw/end says")
            return
        recording = Hdf5Recording(self._path)
        try:
            for index, record in enumerate(recording.records()):
                if record.kind not in EVENT_KINDS:
                    self._add(f"/raw/kind[{index}]", f"{record.kind} is no event")
                else:
                    event_of(record)
        finally:
            recording.close()

    def _epoch(self, path: str) -> None:
        self._group(path)
        self._group(f"{path}/layout")
        group = self._file[path]
        capability = capability_of(from_json(text_of(group["capability"]).encode()))
        for name in ("device", "serial", "quantity"):
            if group.attrs.get(name) != getattr(capability, name):
                self._add(f"{path}@{name}", "differs from the capability")
        if "values" not in group:
            return
        if group["values"].shape[1:] != (capability.layout.sensors,):
            self._add(f"{path}/values", "does not have one column per sensor of the layout")
        segment = array_of(group["segment"])[:]
        inside = np.diff(segment) == 0
        for name, least, what in (
            ("sequence", 1, "a number does not follow the one before"),
            ("tick_us", 0, "device time runs backwards"),
        ):
            steps = np.diff(array_of(group[name])[:])
            rows = min(len(steps), len(inside))
            wrong = np.flatnonzero(inside[:rows] & (steps[:rows] < least))
            if len(wrong):
                self._add(f"{path}/{name}[{int(wrong[0]) + 1}]", what)

    def _beside(self, path: str) -> None:
        self._group(path)
        group = self._file[path]
        if group["values"].shape[1:] != group["channels"].shape:
            self._add(f"{path}/values", "does not have one column per channel")

    def _ledger(self) -> None:
        if "ledger" not in self._file:
            return
        for side, group in self._file["ledger"].items():
            book = {name: int(group.attrs[name]) for name in ("expected", "received")}
            book |= {name: int(group.attrs[name]) for name in ("recovered", "lost")}
            if book["expected"] != book["received"] + book["recovered"] + book["lost"]:
                self._add(f"/ledger/{side}", f"expected is not received + recovered + lost: {book}")

    def _steps(self) -> None:
        if "steps" not in self._file:
            return
        steps = self._file["steps"]
        sizes = {name: int(steps[name].shape[0]) for name in steps if hasattr(steps[name], "shape")}
        if len(set(sizes.values())) > 1:
            self._add("/steps", f"columns differ in length: {sizes}")
        if "toe_off_s" in sizes and "foot_strike_s" in sizes:
            contact = array_of(steps["toe_off_s"])[:] - array_of(steps["foot_strike_s"])[:]
            wrong = np.flatnonzero(contact <= 0)
            if len(wrong):
                self._add(f"/steps[{int(wrong[0])}]", "toe-off does not follow foot strike")


def _rows(array: Array) -> int:
    return max(1, min(BLOCK_ROWS, (32 << 20) // max(1, array.row_bytes)))


def _rises(block: Any, before: Any, *, strictly: bool) -> bool:
    values = block.astype(np.int64) if before is None else np.append(before, block).astype(np.int64)
    steps = np.diff(values)
    return bool(np.all(steps > 0) if strictly else np.all(steps >= 0))
