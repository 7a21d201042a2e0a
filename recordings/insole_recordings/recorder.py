"""The recorder: journal first, then the HDF5 file, both by one writer thread.

`append` and `decoded` only hand over; a slow disk never delays a step. What happens when the disk
gives out: the recording ends by itself while there is still room to finish the file, and
`status().error` says so; whatever the HDF5 file lacks, the journal keeps.
"""

from __future__ import annotations

import errno
import os
import re
import threading
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from insole.errors import DiskFull, FileError, InsoleError, StorageError, WouldOverwrite
from insole.model.stream import Capability, Event, Packet, Readings, Samples
from insole.model.trial import StartState, TrialNotes
from insole.plugins import RecorderStatus
from insole_recordings.journal import JournalWriter, Packing, encode, journal_of
from insole_recordings.projection import Projection
from insole_recordings.records import Kind, Record, kept_of, to_json
from insole_recordings.room import NO_ROOM, room

SYNC_S: Final = 1.0  # a crash loses at most this much
GATHER_S: Final = 0.1  # what comes within this time is written at once
PIECE_EVENTS: Final = 512
MANY_EVENTS: Final = 4096  # so many, or so much decoded, is not waited with
MANY_BYTES: Final = 4 << 20
MAX_EVENTS: Final = 200_000  # waiting; minutes of two insoles
MAX_DECODED_BYTES: Final = 256 << 20
RESERVE_BYTES: Final = 4 << 20  # room to finish the file when the disk runs full
SMALLEST_BYTES: Final = 1 << 20  # less than this is no disk to record on
HDF5_ERRORS: Final = (OSError, RuntimeError, ValueError, TypeError, KeyError, OverflowError)
"""Everything that h5py raises for a file that cannot be read or written."""


class TrialRecorder:
    """One recording, from its first event to its last. Made by `open_recorder`."""

    def __init__(
        self, path: Path, *, journal: JournalWriter, projection: Projection, number: int
    ) -> None:
        self._path = path
        self._journal = journal
        self._projection: Projection | None = projection
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._events: deque[Record | Packet] = deque()
        self._oldest = 0.0  # when the first of them came
        self._packing = Packing()
        self._decoded: deque[Capability | Samples | Readings] = deque()
        self._decoded_bytes = 0
        self._closing = False
        self._document: dict[str, Any] | None = None
        self._error: InsoleError | None = None
        self._first = number  # of the first of them in the journal; the others follow it
        self._number = number  # of the next record
        self._overflow = 0
        self._decoded_lost = False
        self._unsynced_since = 0.0
        self._span = (0, 0)  # arrival of the first and the last event in the journal
        self._reserve = min(RESERVE_BYTES, room(path) // 3)
        self._thread = threading.Thread(target=self._run, name="insole-writer")
        self._thread.start()

    # --- called by the engine ---

    def append(self, event: Event) -> None:
        """Keep one event, verbatim; never waits for the disk."""
        kept = kept_of(event)
        with self._lock:
            if self._closing or self._error is not None:
                return
            waiting = len(self._events)
            if waiting >= MAX_EVENTS:
                self._overflow += 1
                self._number += 1  # so that readers of the journal see the hole
                return
            if not waiting:
                self._oldest = time.monotonic()
            self._events.append(kept)
            self._number += 1
            if not waiting or waiting == MANY_EVENTS:
                self._changed.notify()

    def decoded(self, item: Capability | Samples | Readings) -> None:
        """Project decoded, ordered data into the readable file; never waits."""
        is_data = isinstance(item, Samples | Readings)
        size = item.values.nbytes + 40 * len(item.tick_us) if is_data else 0
        with self._lock:
            if self._closing or self._error is not None:
                return
            if self._decoded_bytes + size > MAX_DECODED_BYTES:
                self._decoded_lost = True
                return
            first = not self._decoded
            self._decoded.append(item)
            self._decoded_bytes += size
            if first or self._decoded_bytes - size <= MANY_BYTES < self._decoded_bytes:
                self._changed.notify()

    def status(self) -> RecorderStatus:
        """How safe the recording is now."""
        with self._changed:
            oldest = self._unsynced_since or (self._oldest if self._events else 0.0)
            return RecorderStatus(
                path=self._path,
                bytes_written=self._journal.bytes_written,
                behind_s=time.monotonic() - oldest if oldest else 0.0,
                error=self._error,
            )

    def close(self, document: dict[str, Any] | None) -> None:
        """Finish the file and remove the journal. Idempotent.

        Raises:
            StorageError: what could not be stored, and what is safe.
        """
        with self._changed:
            if not self._closing:
                self._document = document
                self._closing = True
            self._changed.notify()
        self._thread.join()
        if self._error is not None:
            raise self._error

    # --- the writer's thread ---

    def _run(self) -> None:
        due = time.monotonic() + SYNC_S
        while True:
            with self._changed:
                self._wait(due)
                events, decoded = list(self._events), list(self._decoded)
                first, self._first = self._first, self._number
                self._events.clear()
                self._decoded.clear()
                self._decoded_bytes = 0
                # a program that ends without closing still leaves a complete file
                ending = self._closing or not threading.main_thread().is_alive()
                if events and not self._unsynced_since:
                    self._unsynced_since = self._oldest
            self._store(events, decoded, first=first)
            now = time.monotonic()
            if now >= due and not ending:
                self._sync()
                due = now + SYNC_S
            if ending:
                with self._changed:
                    self._closing = True
                self._finish()
                return

    def _wait(self, due: float) -> None:
        """Until something came, and a moment longer: many packets cost little more than one."""
        self._changed.wait_for(
            lambda: self._events or self._decoded or self._closing,
            max(0.0, due - time.monotonic()),
        )
        self._changed.wait_for(
            lambda: (
                self._closing or len(self._events) > MANY_EVENTS or self._decoded_bytes > MANY_BYTES
            ),
            max(0.0, min(GATHER_S, due - time.monotonic())),
        )

    def _store(
        self,
        events: list[Record | Packet],
        decoded: list[Capability | Samples | Readings],
        *,
        first: int,
    ) -> None:
        if self._error is not None:
            return
        for begin in range(0, len(events), PIECE_EVENTS):  # a full disk takes no more than a piece
            piece = events[begin : begin + PIECE_EVENTS]
            try:
                data = self._packing.packed(piece, first=first + begin)
                self._check_room(2 * len(data))  # in the journal and in the HDF5 file
                self._journal.write(data)
            except OSError as error:
                self._fail(error)
                events, decoded = events[:begin], []  # which samples these gave nobody knows
                self._decoded_lost |= begin > 0
                break
            self._span = (self._span[0] or piece[0].arrival_ns, piece[-1].arrival_ns)
        projection = self._projection
        if projection is None:
            return
        try:
            projection.events(events)
            projection.decoded(decoded)
        except HDF5_ERRORS:
            self._give_up_projection()

    def _sync(self) -> None:
        try:
            self._journal.sync()
            self._unsynced_since = 0.0
        except OSError as error:
            self._fail(error)
        if self._error is None:
            try:
                self._check_room(0)
            except OSError as error:
                self._fail(error)
        if self._projection is not None:
            try:
                self._projection.flush()
            except HDF5_ERRORS:
                self._give_up_projection()

    def _check_room(self, size: int) -> None:
        if room(self._path) < self._reserve + size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _finish(self) -> None:
        error = self._error
        if error is None:
            try:
                end = to_json({"events": self._number, "overflow": self._overflow})
                last = Record(Kind.END, self._span[1], end)
                self._journal.write(encode(last, number=self._number))
                self._journal.sync()
                self._unsynced_since = 0.0
            except OSError as problem:
                self._fail(problem)
        complete = False
        projection, self._projection = self._projection, None
        if projection is not None:
            try:
                if self._decoded_lost:
                    projection.incomplete()
                projection.finish(self._document, overflow=self._overflow)
                complete = True
            except HDF5_ERRORS as problem:
                self._unfinished(projection, problem)
        elif self._error is None:
            self._error = self._journal_only("the readable file could not be written")
        self._journal.close(remove=complete)
        if complete:
            _sync_folder(self._path)

    def _unfinished(self, projection: Projection, problem: Exception) -> None:
        if self._error is None:
            self._error = self._journal_only(" ".join(str(problem).split()))
        try:
            projection.abandon()
        except HDF5_ERRORS:
            return  # the journal has everything; the error above says so

    def _give_up_projection(self) -> None:
        """The journal goes on alone; `close` says so."""
        projection, self._projection = self._projection, None
        if projection is not None:
            try:
                projection.abandon()
            except HDF5_ERRORS:
                return

    def _journal_only(self, why: str) -> StorageError:
        return StorageError(
            "the recording could not be completed",
            where=str(self._path),
            why=why,
            fix=f"{self._safe()} are safe in its journal; free some room, then run "
            f"`insole recover {self._path}`",
        )

    def _fail(self, error: OSError) -> None:
        """The recording ends here; what is in the journal is safe."""
        kind, what = StorageError, "the disk failed while recording"
        if error.errno in NO_ROOM:
            kind, what = DiskFull, "the disk is full"
        made = kind(
            what,
            where=str(self._path),
            why=f"{error.strerror or error}; the recording ended after {self._safe()}",
            fix=f"{self._safe()} are safe in this file; free some room before the next recording",
        )
        with self._changed:
            self._error = made
            self._events.clear()
            self._decoded.clear()
            self._unsynced_since = 0.0

    def _safe(self) -> str:
        return duration_text((self._span[1] - self._span[0]) / 1e9)


def open_recorder(
    path: Path, *, start: StartState, notes: TrialNotes, force: bool = False
) -> TrialRecorder:
    """Entry point `insole.recorders`: start a recording in `path`.

    Raises:
        WouldOverwrite: the file or an orphaned journal exists and `force` is false.
        JournalBusy: another program records into it now.
        FileError: the place cannot be written to.
        DiskFull: there is no room to begin with.
    """
    path = Path(path)
    check_place(path)
    journal_path = journal_of(path)
    if not force and path.exists() and not journal_path.exists():
        raise exists(path)
    if room(path) < SMALLEST_BYTES:
        raise DiskFull(
            "the disk is full",
            where=str(path),
            why=f"less than {SMALLEST_BYTES >> 10} kB are free",
            fix="Nothing was recorded; free some room or choose another folder",
        )
    try:
        journal = JournalWriter(journal_path, force=force)
    except FileExistsError as error:
        raise WouldOverwrite(
            "a recording that was cut off lies here",
            where=str(journal_path),
            why="its journal holds data that are in no other file",
            fix=f"Run `insole recover {path}` first, or choose another file name",
        ) from error
    except OSError as error:
        raise cannot_write(path, error) from error
    at = start.origin_ns
    head = [
        Record(Kind.START, at, to_json(asdict(start))),
        Record(Kind.NOTES, at, to_json(asdict(notes))),
        Record(Kind.ANCHOR, at, to_json({"wall_clock": notes.wall_clock})),
    ]
    try:
        journal.write(b"".join(encode(record, number=i) for i, record in enumerate(head)))
        projection = Projection(path, start=start, notes=notes)
    except OSError as error:
        journal.close(remove=True)
        raise cannot_write(path, error) from error
    return TrialRecorder(path, journal=journal, projection=projection, number=len(head))


def check_place(path: Path) -> None:
    """Refuse a place where no file can be made.

    Raises:
        FileError: why.
    """
    if path.is_dir():
        raise FileError(
            "cannot write a recording",
            where=str(path),
            why="this is a folder",
            fix=f"Name a file in it, for example {path / 'run.h5'}",
        )
    if path.parent.is_file():
        raise FileError(
            "cannot write a recording",
            where=str(path),
            why=f"{path.parent} is a file, not a folder",
            fix="Choose another folder",
        )
    if not path.parent.is_dir():
        raise FileError(
            "cannot write a recording",
            where=str(path),
            why="its folder does not exist",
            fix=f"Make the folder {path.parent} first",
        )


def exists(path: Path) -> WouldOverwrite:
    """The error for an output that is there already."""
    return WouldOverwrite(
        "the file exists",
        where=str(path),
        why="nothing is overwritten unasked",
        fix="Choose another name, or add --force",
    )


def cannot_write(path: Path, error: Exception) -> FileError | DiskFull:
    """The error for a place that the system, or HDF5 on its behalf, refuses."""
    # HDF5 says the system's number in `errno`, or only inside its own long text.
    said = re.search(r"errno = (\d+),", str(error))
    number = getattr(error, "errno", None) or (int(said[1]) if said else None)
    if number in NO_ROOM:
        return DiskFull(
            "the disk is full",
            where=str(path),
            why="there is no room for the new file",
            fix="Free some room, then run this again",
        )
    return FileError(
        "cannot write the file",
        where=str(path),
        why=os.strerror(number) if number else " ".join(str(error).split()),
        fix="Choose a folder that you may write to",
    )


def duration_text(seconds: float) -> str:
    """Seconds in words.

    >>> duration_text(3723.4), duration_text(7.25)
    ('1 h 2 min 3 s', '7.2 s')
    """
    if seconds < 60:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours} h " if hours else "") + f"{minutes} min {rest} s"


def _sync_folder(path: Path) -> None:
    """Make the file's name itself durable; Windows does so by itself."""
    if os.name == "nt":
        return
    fd = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
