"""Reading recordings: the complete HDF5 file, or the journal of one that was cut off.

Everything is lazy and read in blocks. The file is not trusted: shapes, types and lengths are
checked before memory is taken, and whatever HDF5 raises becomes a `DamagedFile`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from insole.errors import DamagedFile, FileError, NewerFormat, UnknownFormat
from insole.model.foot import Side
from insole.model.quality import Ledger
from insole.model.stream import Capability, Event, Readings, Samples
from insole.model.trial import StartState, TrialNotes
from insole.plugins import Recording
from insole_recordings import schema
from insole_recordings.beside import stored
from insole_recordings.decoding import decode, ledgers, readings
from insole_recordings.heaps import check_heaps
from insole_recordings.journal import MAGIC, SUFFIX, JournalReader, journal_of, recording_of
from insole_recordings.records import (
    EVENT_KINDS,
    MAX_BODY,
    BadRecord,
    Kind,
    Record,
    capability_of,
    event_of,
    from_json,
    notes_of,
    start_of,
)
from insole_recordings.untrusted import (
    BLOCK_BYTES,
    Array,
    array_of,
    damaged,
    reading,
    text_of,
    texts_of,
)

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
MAX_GROUPS: Final = 10_000
BLOCK_EVENTS: Final = 1 << 16
COUNTED: Final = ("duplicates", "reordered", "corrupt")
COLUMNS: Final = ("sequence", "tick_us", "arrival_ns", "flags", "segment")


class Hdf5Recording:
    """A recording in our HDF5 format."""

    format = "insole HDF5"

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            DamagedFile, NewerFormat, UnknownFormat, FileError: it cannot be read.
        """
        self.path = path
        self._file = open_hdf5(path)
        try:
            with reading(path, "/"):
                self._check_version()
                self.completed = bool(self._file.attrs.get("completed", False))
                for group in schema.REQUIRED:
                    if group not in self._file:
                        raise ValueError(f"{group} is missing")
            with reading(path, "/trial"):
                self.start = start_of(from_json(text_of(self._file["trial/start"]).encode()))
                self.notes = notes_of(from_json(text_of(self._file["trial/notes"]).encode()))
        except BaseException:
            self._file.close()
            raise

    def records(self, *, first: int = 0) -> Iterator[Record]:
        """Everything in /raw from this row on, in order of arrival."""
        with reading(self.path, "/raw"):
            raw = self._file["raw"]
            columns = {n: array_of(raw[n]) for n in ("kind", "arrival_ns", "device", "channel")}
            ends, data = array_of(raw["end"]), array_of(raw["bytes"])
            names = {n: texts_of(raw[n]) for n in ("devices", "channels")}
            lengths = {len(column) for column in (*columns.values(), ends)}
            if self.completed and len(lengths) > 1:
                raise ValueError("its columns differ in length")
            total = min(lengths)
            at = int(ends[first - 1 : first][0]) if 0 < first <= total else 0
            for begin in range(first, total, BLOCK_EVENTS):
                block = slice(begin, min(total, begin + BLOCK_EVENTS))
                end = ends[block].astype(np.int64)
                if np.any(np.diff(end, prepend=at) < 0) or np.any(
                    np.diff(end, prepend=at) > MAX_BODY
                ):
                    raise ValueError("its lengths are not possible")
                parts = {name: column[block].tolist() for name, column in columns.items()}
                for kind, arrival, device, channel, stop in zip(
                    *parts.values(), end.tolist(), strict=True
                ):
                    if stop > len(data):
                        if self.completed:
                            raise ValueError("bytes are missing at the end")
                        return
                    yield self._record(kind, arrival, device, channel, names, data, at, stop)
                    at = stop

    def events(self) -> Iterator[Event]:
        """Raw events in order of arrival; empty for imported files."""
        return self.events_after(0)

    def events_after(self, count: int) -> Iterator[Event]:
        """The same, but the first so many."""
        first = 0
        if count > 0:
            with reading(self.path, "/raw"):
                kinds = array_of(self._file["raw/kind"])[:]
            events = np.flatnonzero(np.isin(kinds, [int(kind) for kind in EVENT_KINDS]))
            if count >= len(events):
                return
            first = int(events[count])
        for record in self.records(first=first):
            if record.kind in EVENT_KINDS:
                try:
                    event = event_of(record)
                except BadRecord as error:
                    raise damaged(self.path, "/raw", str(error)) from error
                yield event

    def span_ns(self) -> tuple[int, int]:
        """Arrival of the first and the last event; (0, 0) when there is none."""
        with reading(self.path, "/raw"):
            arrival = array_of(self._file["raw/arrival_ns"])
            if not len(arrival):
                return 0, 0
            return int(arrival[0:1][0]), int(arrival[len(arrival) - 1 : len(arrival)][0])

    def decoded(self) -> Iterator[Capability | Samples]:
        """Capabilities and ordered samples, one device after the other."""
        with reading(self.path, "/signals"):
            whole = self.completed and bool(self._file["signals"].attrs.get("complete", False))
            packets = bool(len(self._file["raw/end"]))
        if not whole and packets:
            yield from decode(self.events(), self.start)
            return
        for name in self._epochs():
            yield from self._epoch(name)

    def readings(self) -> Iterator[Readings]:
        """What devices told beside their pressure."""
        with reading(self.path, "/readings"):
            group: Any = self._file.get("readings")
            whole = self.completed and (group is None or bool(group.attrs.get("complete", False)))
            packets = bool(len(self._file["raw/end"]))
        if packets and (group is None or not whole):
            yield from readings(self.events(), self.start)
            return
        yield from stored(self._file, self.path, completed=self.completed)

    def stored_document(self) -> dict[str, Any] | None:
        """The analysis stored with the recording, if any."""
        with reading(self.path, "/provenance"):
            if "provenance/document" not in self._file:
                return None
            body = bytes(array_of(self._file["provenance/document"])[:].tobytes())
            return from_json(body)

    def ledgers(self) -> dict[Side, Ledger]:
        """What was counted when the recording ended, as far as ordered samples cannot tell."""
        with reading(self.path, "/ledger"):
            group: Any = self._file.get("ledger", {})
            told = {side: group[side.value].attrs for side in Side if side.value in group}
            return {
                side: Ledger(**{name: max(0, int(book.get(name, 0))) for name in COUNTED})
                for side, book in told.items()
            }

    def stored_steps(self) -> dict[str, Any] | None:
        """The columns of that analysis' steps, quick to read."""
        from insole_recordings.stored_steps import columns_of

        return columns_of(self._file, self.path)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _check_version(self) -> None:
        if self._file.attrs.get("format") != schema.FORMAT:
            raise UnknownFormat(
                "not a recording of insole",
                where=str(self.path),
                why="it is an HDF5 file of another program",
                fix="Export it as CSV there, then read that",
            )
        version = int(self._file.attrs.get("format_version", 0))
        if version > schema.VERSION:
            raise NewerFormat(
                "the recording is of a newer version",
                where=str(self.path),
                why=f"its format is version {version}, this program knows {schema.VERSION}",
                fix="Update insole",
            )

    def _record(
        self,
        kind: int,
        arrival: int,
        device: int,
        channel: int,
        names: dict[str, list[str]],
        data: Array,
        at: int,
        stop: int,
    ) -> Record:
        body = data.cached(at, stop)
        if kind != Kind.PACKET:
            return Record(kind, arrival, body)
        return Record(kind, arrival, body, names["devices"][device], names["channels"][channel])

    def _epochs(self) -> list[str]:
        with reading(self.path, "/signals"):
            signals = self._file["signals"]
            if len(signals) > MAX_GROUPS:
                raise ValueError(f"{len(signals)} groups are not possible")
            return sorted(signals)

    def _epoch(self, name: str) -> Iterator[Capability | Samples]:
        where = f"/signals/{name}"
        with reading(self.path, where):
            group = self._file[where]
            capability = capability_of(from_json(text_of(group["capability"]).encode()))
        yield capability
        with reading(self.path, where):
            if "values" not in group:
                return
            values = array_of(group["values"])
            columns = {column: array_of(group[column]) for column in COLUMNS}
            rows = min(len(values), *(len(column) for column in columns.values()))
            if self.completed and rows != len(values):
                raise ValueError("its columns differ in length")
            if values.shape[1:] != (capability.layout.sensors,) or values.kind not in "iuf":
                raise ValueError("values do not match the sensors of the layout")
            step = max(1, BLOCK_BYTES // max(1, values.row_bytes))
        for first in range(0, rows, step):
            part = slice(first, min(rows, first + step))
            with reading(self.path, where):
                blocks = _by_segment(
                    capability.device,
                    np.asfortranarray(values[part]),
                    {column: array[part] for column, array in columns.items()},
                )
            yield from blocks


class JournalRecording:
    """A recording that was cut off, or runs now, read through its journal."""

    format = "insole journal"
    completed = False

    def __init__(self, path: Path) -> None:
        """Open it; `path` is the recording or its journal.

        Raises:
            DamagedFile, NewerFormat, UnknownFormat, FileError: it cannot be read.
        """
        self.path = path
        self.reader = JournalReader(journal_of(path))
        self.start, self.notes = StartState(), TrialNotes()
        found = False
        for record in self.reader:
            try:
                if record.kind == Kind.START:
                    self.start, found = start_of(from_json(record.body)), True
                elif record.kind == Kind.NOTES:
                    self.notes = notes_of(from_json(record.body))
            except BadRecord:
                continue
            if record.kind in EVENT_KINDS:
                break
        if not found:
            raise DamagedFile(
                "the journal does not say how the trial began",
                where=str(self.reader.path),
                why="its first record is missing or damaged",
                fix=f"Run `insole recover {path}`, which uses what the HDF5 file holds of it",
                recoverable=recording_of(self.reader.path).exists(),
            )

    def records(self) -> Iterator[Record]:
        """Every whole record."""
        return iter(self.reader)

    def events(self) -> Iterator[Event]:
        """Raw events in order of arrival; what is damaged is left out (`reader.extent`)."""
        for record in self.reader:
            if record.kind not in EVENT_KINDS:
                continue
            try:
                event = event_of(record)
            except BadRecord:
                continue  # sound bytes of a program that wrote nonsense: nothing to replay
            yield event

    def decoded(self) -> Iterator[Capability | Samples]:
        """Decoded with today's decoder."""
        return decode(self.events(), self.start)

    def readings(self) -> Iterator[Readings]:
        """What devices told beside their pressure, by today's decoder."""
        return readings(self.events(), self.start)

    def ledgers(self) -> dict[Side, Ledger]:
        """What today's decoder counts."""
        return ledgers(self.events(), self.start)

    def stored_document(self) -> dict[str, Any] | None:
        """None: the trial never ended."""
        return None

    def close(self) -> None:
        """Nothing is held open between readings."""


class InsoleImporter:
    """Entry point `insole.importers`: our own recordings."""

    name = "insole"

    def sniff(self, path: Path, head: bytes) -> bool:
        """Is it one of ours: complete, cut off, or so damaged that only its kind is known?"""
        if head.startswith(MAGIC) or path.name.endswith(SUFFIX) or journal_of(path).is_file():
            return True
        if not head.startswith(SIGNATURE):
            return False
        try:
            file = open_hdf5(path)
        except FileError:
            return True  # an HDF5 file too broken to tell: `open` says what is wrong
        try:
            with reading(path, "/"):
                return file.attrs.get("format") == schema.FORMAT
        except DamagedFile:
            return True
        finally:
            file.close()

    def open(self, path: Path, options: dict[str, Any]) -> Recording:  # noqa: ARG002
        """Open it; no options are needed, the file tells everything.

        Raises:
            FileError: it cannot be read.
        """
        return open_recording(path)


IMPORTER = InsoleImporter()


def open_recording(path: Path) -> Hdf5Recording | JournalRecording:
    """Open one of our files; a journal beside it, or the path of one, is what counts.

    Raises:
        FileError: it cannot be read.
    """
    if path.name.endswith(SUFFIX) or journal_of(path).is_file():
        return JournalRecording(path)
    return Hdf5Recording(path)


def open_hdf5(path: Path) -> Any:
    """An `h5py.File`, read-only.

    Raises:
        DamagedFile: it begins like HDF5 and cannot be opened.
        FileError: it cannot be read at all.
    """
    import h5py  # heavy: only when a file is really opened

    try:
        with path.open("rb") as file:
            head = file.read(len(SIGNATURE))
    except OSError as error:
        raise FileError(
            "cannot read the file",
            where=str(path),
            why=error.strerror or str(error),
            fix="Check the path and your permission to read it",
        ) from error
    if head != SIGNATURE:
        raise UnknownFormat(
            "not a recording of insole",
            where=str(path),
            why="it is not an HDF5 file",
            fix="Name a recording (.h5), or see `insole import --help` for other files",
        )
    with reading(path, "/"):
        check_heaps(path)
        return h5py.File(path, "r", locking=False)


def _by_segment(
    device: str, values: NDArray[Any], columns: dict[str, NDArray[Any]]
) -> list[Samples]:
    segment = columns["segment"]
    cuts = np.flatnonzero(np.diff(segment)) + 1
    if len(cuts) > MAX_GROUPS * 10:
        raise ValueError("more restarts of the device than possible")
    edges = [0, *cuts.tolist(), len(segment)]
    return [
        Samples(
            device=device,
            sequence=columns["sequence"][a:b].astype(np.int64),
            tick_us=columns["tick_us"][a:b].astype(np.int64),
            arrival_ns=columns["arrival_ns"][a:b].astype(np.int64),
            values=values[a:b],
            flags=columns["flags"][a:b].astype(np.uint32),
            segment=int(segment[a]),
        )
        for a, b in pairwise(edges)
        if b > a
    ]
