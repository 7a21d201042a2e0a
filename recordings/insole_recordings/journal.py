"""The journal: every record of a trial, appended, checksummed, on disk each second.

It is the truth until the HDF5 file is complete. A cut at any byte leaves every whole record before
it readable; a damaged stretch costs the records it touches and no other. Layout: `HEADER`, then per
record `HEAD` (with its own checksum, so that a length is never believed unchecked) and the body.
docs/file-format.md holds the byte tables.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from insole.errors import DamagedFile, FileError, JournalBusy, NewerFormat, UnknownFormat
from insole.model.stream import Packet
from insole_recordings.records import MAX_BODY, Kind, Record

SUFFIX: Final = ".journal"
MAGIC: Final = b"\x89INSOLE\n"
VERSION: Final = 1
HEADER: Final = struct.Struct("<8sHHI")  # magic, version, reserved, CRC32 of what precedes
MARKER: Final = b"\x5a\xa5"
HEAD: Final = struct.Struct(
    "<2sBBIIqI"
)  # marker, kind, reserved, number, length, arrival, body CRC
HEAD_BYTES: Final = HEAD.size + 4  # and the CRC32 of the head
LOCK_AT: Final = 1 << 40  # Windows locks bytes for readers too: lock one that is never read
PLACE: Final = struct.Struct("<HH")  # bytes of device and channel, before a packet's payload
MOST_PLACES: Final = 1024  # remembered; two insoles have some ten


def journal_of(path: Path) -> Path:
    """Where the journal of a recording lies: beside it.

    Raises:
        FileError: a path without a name (`.`, `/`) is a folder.
    """
    name = _name(path)
    return path if name.endswith(SUFFIX) else path.with_name(name + SUFFIX)


def recording_of(path: Path) -> Path:
    """The recording that a journal belongs to.

    Raises:
        FileError: a path without a name (`.`, `/`) is a folder.
    """
    return path.with_name(_name(path).removesuffix(SUFFIX))


def _name(path: Path) -> str:
    if path.name:
        return path.name
    raise FileError(
        "a folder, not a file",
        where=str(path),
        why="one recording is one file",
        fix="Name a file inside it",
    )


def encode(record: Record, *, number: int) -> bytes:
    """A record as bytes."""
    return Packing().packed((record,), first=number)


class Packing:
    """Records and packets as bytes; what many packets have in common is made once."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], tuple[bytes, int]] = {}

    def packed(self, items: Iterable[Record | Packet], *, first: int) -> bytes:
        """Records one after the other, numbered from `first` on."""
        parts: list[bytes] = []
        pack, crc32, packet, places = HEAD.pack, zlib.crc32, int(Kind.PACKET), self._places
        for number, item in enumerate(items, first):
            if isinstance(item, Packet):
                kind, body = packet, item.payload
            else:
                kind, body = int(item.kind), item.body
            place, crc = b"", 0
            if kind == packet:
                who = item.device, item.channel
                place, crc = places.get(who) or self._place(*who)
            head = pack(
                MARKER, kind, 0, number & 0xFFFFFFFF, len(place) + len(body), item.arrival_ns,
                crc32(body, crc),
            )  # fmt: skip
            parts += (head, crc32(head).to_bytes(4, "little"), place, body)
        return b"".join(parts)

    def _place(self, device: str, channel: str) -> tuple[bytes, int]:
        """What stands before a packet's payload, and its checksum."""
        who = device.encode("utf-8", "surrogatepass")
        where = channel.encode("utf-8", "surrogatepass")
        place = PLACE.pack(len(who), len(where)) + who + where
        if len(self._places) >= MOST_PLACES:
            self._places.clear()
        made = self._places[device, channel] = place, zlib.crc32(place)
        return made


class JournalWriter:
    """Appends records to one file, under an exclusive lock. Used by one thread."""

    def __init__(self, path: Path, *, force: bool) -> None:
        """Make the file.

        Args:
            path: the journal itself.
            force: replace what is there.

        Raises:
            JournalBusy: another program writes it.
            FileExistsError: it exists and `force` is false.
            OSError: it cannot be made.
        """
        self.path = path
        self.bytes_written = 0
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._fd = os.open(path, flags, 0o644)
        try:
            if not lock(self._fd):
                raise busy(path)
            state = os.fstat(self._fd)
            if state.st_nlink == 0:  # its writer finished while we waited at the door
                raise busy(path)
            if state.st_size and not force:
                raise FileExistsError(str(path))
            os.ftruncate(self._fd, 0)
            self._write(header())
        except BaseException:
            os.close(self._fd)
            raise

    def write(self, data: bytes) -> None:
        """Append whole records, all or nothing.

        Raises:
            OSError: no room, or the device failed; what was whole before stays whole.
        """
        before = self.bytes_written
        try:
            self._write(data)
        except OSError:
            os.ftruncate(self._fd, before)
            self.bytes_written = before
            raise

    def sync(self) -> None:
        """Ask the system to put everything on the medium.

        Raises:
            OSError: the device failed.
        """
        os.fsync(self._fd)

    def close(self, *, remove: bool) -> None:
        """Release the file; `remove` it when the HDF5 file holds everything."""
        if remove and sys.platform != "win32":
            self.path.unlink(missing_ok=True)  # while locked, so nobody takes it for an orphan
        os.close(self._fd)
        if remove and sys.platform == "win32":
            self.path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        os.lseek(self._fd, self.bytes_written, os.SEEK_SET)
        while view:
            count = os.write(self._fd, view)
            view = view[count:]
            self.bytes_written += count


@dataclass(slots=True)
class Extent:
    """What a reading of a journal found; filled while it is read, whole at its end.

    Attributes:
        records: whole records read.
        safe_bytes: bytes of header and whole records.
        damaged_bytes: bytes between whole records that say nothing.
        tail_bytes: bytes after the last whole record: a record that was being written.
        missing: records that were written, by their numbers, and cannot be read.
        ended: the closing record is there.
        first_damage: where the first unreadable stretch begins, or None.
    """

    records: int = 0
    safe_bytes: int = 0
    damaged_bytes: int = 0
    tail_bytes: int = 0
    missing: int = 0
    ended: bool = False
    first_damage: int | None = None


class JournalReader:
    """Reads a journal, also one that is being written; memory does not grow with the file."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            UnknownFormat: not a journal.
            NewerFormat: written by a newer program.
            FileError: it cannot be opened.
        """
        self.path = path
        self.extent = Extent()
        try:
            with path.open("rb") as file:
                head = file.read(HEADER.size)
        except OSError as error:
            raise FileError(
                "cannot read the journal",
                where=str(path),
                why=error.strerror or str(error),
                fix="Check the path and your permission to read it",
            ) from error
        _check_header(path, head)

    def __iter__(self) -> Iterator[Record]:
        """Every whole record in order; a damaged stretch is skipped and counted."""
        self.extent = extent = Extent(safe_bytes=HEADER.size)
        size = self.path.stat().st_size
        if size <= HEADER.size:
            return
        with (
            self.path.open("rb") as file,
            mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data,
        ):
            expected, at, good_end = 0, HEADER.size, HEADER.size
            while (found := _next(data, at, size)) is not None:
                start, end, number, record = found
                if start > good_end:
                    extent.damaged_bytes += start - good_end
                    if extent.first_damage is None:
                        extent.first_damage = good_end
                extent.missing += max(0, number - expected)
                expected = number + 1
                extent.records += 1
                extent.safe_bytes += end - start
                extent.ended = record.kind == Kind.END
                at = good_end = end
                yield record
            extent.tail_bytes = size - good_end
            if extent.tail_bytes and extent.first_damage is None:
                extent.first_damage = good_end


def _next(data: mmap.mmap, at: int, size: int) -> tuple[int, int, int, Record] | None:
    """The first whole record at or after `at`: its start, end, number and content."""
    while True:
        at = data.find(MARKER, at)
        if at < 0 or at + HEAD_BYTES > size:
            return None
        head = data[at : at + HEAD.size]
        told = int.from_bytes(data[at + HEAD.size : at + HEAD_BYTES], "little")
        if zlib.crc32(head) != told:
            at += 1
            continue
        _, kind, _, number, length, arrival_ns, crc = HEAD.unpack(head)
        end = at + HEAD_BYTES + length
        if length > MAX_BODY or end > size:
            at += HEAD_BYTES
            continue
        body = data[at + HEAD_BYTES : end]
        record = _record(kind, arrival_ns, body) if zlib.crc32(body) == crc else None
        if record is None:
            at = end  # the head is sound, so its length is: no second look into this body
            continue
        return at, end, number, record


def _record(kind: int, arrival_ns: int, body: bytes) -> Record | None:
    if kind != Kind.PACKET:
        return Record(kind, arrival_ns, body)
    if len(body) < PLACE.size:
        return None
    device_bytes, channel_bytes = PLACE.unpack_from(body)
    middle = PLACE.size + device_bytes
    end = middle + channel_bytes
    if end > len(body):
        return None
    try:
        device = body[PLACE.size : middle].decode("utf-8", "surrogatepass")
        channel = body[middle:end].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return Record(kind, arrival_ns, body[end:], device, channel)


def header() -> bytes:
    """What a journal begins with."""
    head = HEADER.pack(MAGIC, VERSION, 0, 0)[:-4]
    return head + zlib.crc32(head).to_bytes(4, "little")


def _check_header(path: Path, head: bytes) -> None:
    if not head.startswith(MAGIC):
        if head and not MAGIC.startswith(head):
            raise UnknownFormat(
                "not a journal",
                where=str(path),
                why="it does not begin like a journal of insole",
                fix="Name the recording (.h5) or its .journal file",
            )
        raise DamagedFile(
            "the journal is empty",
            where=str(path),
            why="the program was stopped before the first record was written",
            fix="Nothing was recorded; the file can be deleted",
        )
    if len(head) < HEADER.size or zlib.crc32(head[:-4]) != int.from_bytes(head[-4:], "little"):
        raise DamagedFile(
            "the journal's header is damaged",
            where=f"{path}, byte 8",
            why="its checksum does not hold",
            fix="Restore the file from a copy",
        )
    version = HEADER.unpack(head)[1]
    if version > VERSION:
        raise NewerFormat(
            "the journal is of a newer version",
            where=str(path),
            why=f"it is version {version}, this program knows {VERSION}",
            fix="Update insole",
        )


def is_locked(path: Path) -> bool:
    """Is another program writing this journal now?"""
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError:
        return False  # not ours to write: then no lock of ours is needed to read it
    try:
        return not lock(fd)
    finally:
        os.close(fd)


def lock(fd: int) -> bool:
    """Take the exclusive lock of an open journal; False when another holds it.

    The system drops it when the file is closed or the process dies.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(fd, LOCK_AT, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def busy(path: Path) -> JournalBusy:
    """The error for a recording that is being written."""
    return JournalBusy(
        "this recording is being written now",
        where=str(path),
        why="another program holds its journal",
        fix="Stop that recording first, or choose another file name",
    )
