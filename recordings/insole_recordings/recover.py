"""Rescue: everything that can be read of a recording that was cut off or damaged, in a new file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from insole.errors import DamagedFile, FileError, RequestError
from insole.model.stream import Capability, Event, Packet, Readings, Samples
from insole.model.trial import StartState, TrialNotes
from insole_recordings.decoding import decode_all, has_packets
from insole_recordings.hdf5 import Hdf5Recording, open_hdf5
from insole_recordings.journal import (
    JournalReader,
    busy,
    is_locked,
    journal_of,
    recording_of,
)
from insole_recordings.projection import EVENT_CHUNK, NONE
from insole_recordings.records import (
    EVENT_KINDS,
    BadRecord,
    Kind,
    Record,
    event_of,
    from_json,
    notes_of,
    start_of,
)
from insole_recordings.rewrite import check_output, write_recording
from insole_recordings.untrusted import READ_ERRORS, array_of, text_of, texts_of


@dataclass(frozen=True, slots=True)
class Rescue:
    """What was saved, and what is gone.

    Attributes:
        file, out: the damaged recording and the new one.
        source: `journal` or `HDF5`.
        duration_s: from the first to the last event that is safe.
        events, packets, samples: how many are safe.
        damaged_bytes: unreadable bytes inside the journal.
        tail_bytes: bytes of a record that was being written when the program stopped.
        missing: records or events that were written and cannot be read any more.
        notes: sentences for people.
    """

    file: Path
    out: Path
    source: str
    duration_s: float
    events: int
    packets: int
    samples: dict[str, int]
    damaged_bytes: int
    tail_bytes: int
    missing: int
    notes: tuple[str, ...]


class _Source:
    """A damaged recording; `events` can be gone through more than once."""

    def __init__(self, path: Path) -> None:
        self.path = recording_of(path)
        self.start = StartState()
        self.trial_notes = TrialNotes()
        self.document: dict[str, Any] | None = None
        self.words: list[str] = []
        self.missing = self.damaged_bytes = self.tail_bytes = 0
        journal = journal_of(path)
        self._reader = JournalReader(journal) if journal.is_file() else None
        self._file: Any = None
        if self._reader is None or self.path.is_file():
            self._open_hdf5()
        known = self._head_of_journal() or self._head_of_hdf5()
        if not known:
            self.words.append("how the trial began is lost: body mass and overrides are defaults")

    @property
    def kind(self) -> str:
        """Which of the two is read."""
        return "journal" if self._reader is not None else "HDF5"

    def events(self) -> Iterator[Event]:
        """Everything that is sound, in order."""
        self.missing = 0
        records = iter(self._reader) if self._reader is not None else self._raw()
        for record in records:
            if record.kind not in EVENT_KINDS:
                continue
            try:
                event = event_of(record)
            except BadRecord:
                self.missing += 1
                continue
            yield event
        if self._reader is not None:
            extent = self._reader.extent
            self.missing += extent.missing
            self.damaged_bytes, self.tail_bytes = extent.damaged_bytes, extent.tail_bytes

    def signals(self) -> Iterator[Capability | Samples | Readings]:
        """Decoded data of a file without packets, as far as they are sound."""
        if self._reader is not None or not self.path.is_file():
            return
        try:
            recording = Hdf5Recording(self.path)
        except FileError:
            return
        try:
            yield from recording.decoded()
            yield from recording.readings()
        except DamagedFile as error:
            self.words.append(f"signals end early: {error.why}")
        finally:
            recording.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open_hdf5(self) -> None:
        try:
            self._file = open_hdf5(self.path)
        except FileError:
            if self._reader is None:
                raise

    def _head_of_journal(self) -> bool:
        found = False
        for record in self._reader or ():
            try:
                if record.kind == Kind.START:
                    self.start, found = start_of(from_json(record.body)), True
                elif record.kind == Kind.NOTES:
                    self.trial_notes = notes_of(from_json(record.body))
            except BadRecord:
                continue
            if record.kind in EVENT_KINDS:
                break
        return found

    def _head_of_hdf5(self) -> bool:
        if self._file is None:
            return False
        try:
            self.start = start_of(from_json(text_of(self._file["trial/start"]).encode()))
            self.trial_notes = notes_of(from_json(text_of(self._file["trial/notes"]).encode()))
        except READ_ERRORS:
            return False
        try:
            if "provenance/document" in self._file:
                body = array_of(self._file["provenance/document"])[:].tobytes()
                self.document = from_json(body)
        except READ_ERRORS:
            self.words.append("the stored analysis is damaged: run `insole analyze` on the result")
        return True

    def _raw(self) -> Iterator[Record]:
        """Sound events of /raw; a damaged chunk costs the events that it touches."""
        try:
            raw = self._file["raw"]
            columns = {n: array_of(raw[n]) for n in ("kind", "arrival_ns", "device", "channel")}
            ends, data = array_of(raw["end"]), array_of(raw["bytes"])
            names = {name: texts_of(raw[name]) for name in ("devices", "channels")}
        except READ_ERRORS as error:
            self.words.append(f"the packets cannot be read: {' '.join(str(error).split())}")
            return
        rows = min(len(ends), *(len(column) for column in columns.values()))
        before: int | None = 0
        for first in range(0, rows, EVENT_CHUNK):
            part = slice(first, min(rows, first + EVENT_CHUNK))
            try:
                end = ends[part].astype(np.int64).tolist()
                kind, arrival, device, channel = (c[part].tolist() for c in columns.values())
            except READ_ERRORS:
                self.missing += part.stop - part.start
                before = None  # where the next event begins is not known
                continue
            for i, stop in enumerate(end):
                start, before = before, stop
                record = None
                if start is not None and 0 <= start <= stop <= len(data):
                    place = (names["devices"], device[i]), (names["channels"], channel[i])
                    record = _sound(data, start, stop, (kind[i], arrival[i]), place)
                if record is None:
                    self.missing += 1
                else:
                    yield record


def _sound(
    data: Any,
    at: int,
    stop: int,
    head: tuple[int, int],
    place: tuple[tuple[list[str], int], tuple[list[str], int]],
) -> Record | None:
    kind, arrival = head
    try:
        body = bytes(data[at:stop].tobytes())
    except READ_ERRORS:
        return None
    if kind != Kind.PACKET:
        return Record(kind, arrival, body)
    (devices, device), (channels, channel) = place
    if device >= min(NONE, len(devices)) or channel >= min(NONE, len(channels)):
        return None
    return Record(kind, arrival, body, devices[device], channels[channel])


def recovered_name(path: Path) -> Path:
    """`run.h5` becomes `run.recovered.h5`, beside it."""
    base = recording_of(path)
    return base.with_name(f"{base.stem}.recovered{base.suffix or '.h5'}")


def recover(path: Path, out: Path | None = None, *, force: bool = False) -> Rescue:
    """Write everything that is safe into a new file; the input is not touched.

    Args:
        path: the recording or its journal.
        out: the new file; beside the old one when None.
        force: overwrite `out`.

    Raises:
        JournalBusy: it is being recorded now.
        DamagedFile: nothing can be saved.
        FileError: it cannot be read, or `out` cannot be written.
    """
    out = out or recovered_name(path)
    check_output(out, source=recording_of(path), force=force)
    if journal_of(path).is_file() and is_locked(journal_of(path)):
        raise busy(journal_of(path))
    source = _Source(path)
    try:
        return _rescue(source, path, out)
    finally:
        source.close()


def _rescue(source: _Source, path: Path, out: Path) -> Rescue:
    seen = Seen()
    notes = source.trial_notes
    from_packets = has_packets(source.events())
    data = decode_all(source.events(), source.start) if from_packets else source.signals()
    try:
        write_recording(
            out,
            start=source.start,
            notes=notes,
            events=seen.events(source.events()),
            decoded=seen.decoded(data),
            document=source.document,
        )
    except RequestError as error:
        source.words.append(f"packets are kept, but not decoded: {error.why}")
        seen = Seen()
        write_recording(out, start=source.start, notes=notes, events=seen.events(source.events()))
    if not seen.count and not seen.samples:
        out.unlink(missing_ok=True)
        raise DamagedFile(
            "nothing can be saved",
            where=str(path),
            why="it holds no readable event",
            fix="Restore the file from a copy",
        )
    return Rescue(
        file=path,
        out=out,
        source=source.kind,
        duration_s=seen.duration_s,
        events=seen.count,
        packets=seen.packets,
        samples=dict(seen.samples),
        damaged_bytes=source.damaged_bytes,
        tail_bytes=source.tail_bytes,
        missing=source.missing,
        notes=tuple(dict.fromkeys(source.words)),
    )


class Seen:
    """Counts what passes."""

    def __init__(self) -> None:
        self.count = self.packets = 0
        self.samples: Counter[str] = Counter()
        self._span: tuple[int, int] | None = None

    @property
    def duration_s(self) -> float:
        return (self._span[1] - self._span[0]) / 1e9 if self._span else 0.0

    def events(self, stream: Iterator[Event]) -> Iterator[Event]:
        for event in stream:
            self.count += 1
            self.packets += isinstance(event, Packet)
            self._stretch(event.arrival_ns, event.arrival_ns)
            yield event

    def decoded(
        self, stream: Iterator[Capability | Samples | Readings]
    ) -> Iterator[Capability | Samples | Readings]:
        for item in stream:
            if isinstance(item, Samples) and len(item.sequence):
                self.samples[item.device] += len(item.sequence)
                self._stretch(int(item.arrival_ns[0]), int(item.arrival_ns[-1]))
            yield item

    def _stretch(self, first: int, last: int) -> None:
        known = self._span or (first, last)
        self._span = (min(known[0], first), max(known[1], last))
