"""Framing: notifications in, whole frames out, whatever was cut where.

A framer keeps at most `largest` bytes. What it cannot use becomes a `Refused` (a frame or line that
is lost) or a `Skipped` (bytes between frames); it never raises.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from insole.model.stream import NoticeKind
from insole_drivers.described.model import Checksum, Frame

WIDTH = {"u8": 1, "u16": 2, "u32": 4}
SUM_BYTES = {"sum8": 1, "xor8": 1, "crc16_modbus": 2, "crc16_ccitt": 2}
BATCH_DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Whole binary frames of one size: (n, size) uint8."""

    data: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, or the text of one notification."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame, line or notification that cannot be used."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes that belong to no frame."""

    count: int


@dataclass(frozen=True, slots=True)
class Happened:
    """A word of the device: `batch_done` or `finished`."""

    what: str


Framed: TypeAlias = Block | Line | Refused | Skipped | Happened


class Framer(Protocol):
    """From payloads to frames."""

    def feed(self, payload: bytes) -> list[Framed]:
        """Take one notification."""
        ...

    def reset(self) -> None:
        """A new link: what waited is gone."""
        ...


def framer(frame: Frame, markers: tuple[bytes, ...] = ()) -> Framer:
    """The framer of this kind; `markers` go over the frame's own."""
    if frame.kind in ("notification", "packed"):
        return _Notifications(frame)
    if frame.kind == "lines":
        return _Lines(frame)
    if frame.kind == "marker":
        return _Marked(frame, markers or (marker_of(frame),))
    if frame.kind == "batch":
        return _Batches(frame)
    return _Texts()


def block(data: bytes | bytearray, size: int) -> Block:
    """Frames of this size out of bytes that hold a whole number of them."""
    return Block(np.frombuffer(bytes(data), np.uint8).reshape(-1, size))


def marker_of(frame: Frame) -> bytes:
    """The bytes that a frame begins with."""
    return bytes.fromhex(frame.marker) or frame.marker_text.encode()


# --- checksums ---


def _divided(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
    return byte


MODBUS: Final = tuple(_divided(byte) for byte in range(256))


def _crc16_modbus(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ MODBUS[(crc ^ byte) & 0xFF]
    return crc


SUMS: dict[str, Callable[[bytes], int]] = {
    "sum8": lambda data: sum(data) & 0xFF,
    "xor8": lambda data: int(np.bitwise_xor.reduce(np.frombuffer(data, np.uint8))),
    "crc16_modbus": _crc16_modbus,
    "crc16_ccitt": lambda data: crc_hqx(data, 0xFFFF),
}


def sum_of(data: bytes, checksum: Checksum) -> bytes:
    """The checksum that follows these bytes of a frame.

    >>> sum_of(b"123456789", Checksum("crc16_modbus", endian="big")).hex()
    '4b37'
    """
    made = SUMS[checksum.type](data[checksum.first :])
    return made.to_bytes(SUM_BYTES[checksum.type], checksum.endian)


def is_intact(data: bytes, checksum: Checksum | None) -> bool:
    """Does the checksum at the end of this frame fit?"""
    if checksum is None:
        return True
    size = SUM_BYTES[checksum.type]
    return sum_of(data[:-size], checksum) == data[-size:]


BAD_SUM = Refused("bad_checksum", "the checksum of a frame is wrong")


# --- framers ---


class _Notifications:
    """One frame, or a whole number of frames, in each notification."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def feed(self, payload: bytes) -> list[Framed]:
        frame, size = self._frame, self._frame.size
        if not payload:
            return []
        if len(payload) > frame.largest:
            return [Refused("overflow", f"{len(payload)} bytes, at most {frame.largest} are kept")]
        if not size:  # of any length: its fields say what fits
            size = len(payload)
        count = len(payload) // size if frame.kind == "packed" else min(len(payload) // size, 1)
        said: list[Framed] = []
        if count * size != len(payload):
            kind: NoticeKind = "truncated" if len(payload) < size else "bad_value"
            said.append(Refused(kind, f"{len(payload)} bytes are no frames of {size}"))
            if frame.otherwise == "reject":
                return said
        if frame.checksum is not None:
            pieces = [payload[at : at + size] for at in range(0, count * size, size)]
            good = [piece for piece in pieces if is_intact(piece, frame.checksum)]
            said += [BAD_SUM] * (len(pieces) - len(good))
            return [block(b"".join(good), size), *said] if good else said
        return [block(payload[: count * size], size), *said] if count else said

    def reset(self) -> None:
        """It keeps nothing."""


class _Lines:
    """Text lines over any notifications."""

    def __init__(self, frame: Frame) -> None:
        self._end = frame.terminator.encode()
        self._largest = frame.largest
        self._rest = bytearray()
        self._is_lost = False  # the present line was too long

    def feed(self, payload: bytes) -> list[Framed]:
        said: list[Framed] = []
        self._rest += payload
        *lines, rest = self._rest.split(self._end)
        for line in lines:
            if self._is_lost:
                self._is_lost = False
            elif len(line) > self._largest:
                said.append(self._too_long())
            else:
                said += text_of(bytes(line))
        if len(rest) > self._largest:
            if not self._is_lost:
                said.append(self._too_long())
            self._is_lost = True
            rest = rest[-len(self._end) :] if len(self._end) > 1 else bytearray()
        self._rest = rest
        return said

    def _too_long(self) -> Refused:
        return Refused("overflow", f"a line of more than {self._largest} bytes")

    def reset(self) -> None:
        self._rest = bytearray()
        self._is_lost = False


def text_of(raw: bytes) -> list[Framed]:
    """A line without the white space around it; nothing for an empty one."""
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return [Refused("bad_value", "a line is no text")]
    return [Line(text)] if text else []


class _Marked:
    """A stream whose frames begin with a marker, or one of several of the same length."""

    def __init__(self, frame: Frame, markers: tuple[bytes, ...]) -> None:
        self._frame = frame
        self._markers = markers
        self._rest: bytes = b""

    def feed(self, payload: bytes) -> list[Framed]:
        said: list[Framed] = []
        data: bytes = self._rest + payload
        at = 0
        while True:
            begins = [place for each in self._markers if (place := data.find(each, at)) >= 0]
            begin = min(begins, default=-1)
            if begin < 0:
                keep = max(_started(data[at:], each) for each in self._markers)
                if len(data) - keep > at:
                    said.append(Skipped(len(data) - keep - at))
                self._rest = data[len(data) - keep :]
                break
            if begin > at:
                said.append(Skipped(begin - at))
            size = self._size(data, begin)
            if isinstance(size, Refused):
                said.append(size)
                at = begin + 1
            elif size is None or begin + size > len(data):
                self._rest = data[begin:]
                break
            elif not is_intact(data[begin : begin + size], self._frame.checksum):
                said.append(BAD_SUM)
                at = begin + 1
            else:
                said.append(block(data[begin : begin + size], size))
                at = begin + size
        return _gathered(said)

    def _size(self, data: bytes, begin: int) -> int | Refused | None:
        """Bytes of the frame that begins here; None while too few have come to tell."""
        length = self._frame.length
        if length is None:
            return self._frame.size
        at = begin + length.offset
        raw = data[at : at + WIDTH[length.type]]
        if len(raw) < WIDTH[length.type]:
            return None
        size = int.from_bytes(raw, length.endian) + length.adds
        least = length.offset + WIDTH[length.type]
        if self._frame.checksum is not None:
            least += SUM_BYTES[self._frame.checksum.type]
        if not least <= size <= self._frame.largest:
            return Refused("bad_value", f"a frame says that it has {size} bytes")
        return size

    def reset(self) -> None:
        self._rest = b""


def _started(data: bytes, marker: bytes) -> int:
    """How many bytes at the end may be the beginning of a marker."""
    most = min(len(marker) - 1, len(data))
    return next((n for n in range(most, 0, -1) if data.endswith(marker[:n])), 0)


def _gathered(said: list[Framed]) -> list[Framed]:
    """Neighbouring blocks of one size as one block."""
    out: list[Framed] = []
    for each in said:
        last = out[-1] if out else None
        if (
            not (isinstance(each, Block) and isinstance(last, Block))
            or each.data.shape[1] != last.data.shape[1]
        ):
            out.append(each)
        else:
            out[-1] = Block(np.concatenate((last.data, each.data)))
    return out


class _Batches:
    """`begin` with a number, so many frames, `end`: each word is a notification of its own."""

    def __init__(self, frame: Frame) -> None:
        before, _, after = frame.begin.partition("<n>")
        self._before, self._after = before.encode(), after.encode()
        self._end, self._finish = frame.end.encode(), frame.finish.encode()
        self._size, self._largest = frame.size, frame.largest
        self._wanted: int | None = None  # bytes of the batch under way
        self._rest = bytearray()

    def feed(self, payload: bytes) -> list[Framed]:
        if payload == self._end:
            return [*self._closed(), Happened("batch_done")]
        if self._finish and payload == self._finish:
            return [*self._abandoned(), Happened("finished")]
        count = self._count(payload)
        if count is not None and len(self._rest) in (0, self._wanted):
            said = self._abandoned()
            self._wanted = count * self._size
            if self._wanted > self._largest:
                self._wanted = None
                said.append(Refused("overflow", f"a batch of {count} frames is too large"))
            return said
        if self._wanted is None:
            return [Refused("protocol", "bytes outside of a batch")] if payload else []
        self._rest += payload
        if len(self._rest) > self._wanted:
            return [*self._abandoned("more bytes than the batch announced")]
        return []

    def _count(self, payload: bytes) -> int | None:
        digits = payload[len(self._before) : len(payload) - len(self._after)]
        fits = payload.startswith(self._before) and payload.endswith(self._after)
        if fits and digits.isdigit() and len(digits) <= BATCH_DIGITS:
            return int(digits)
        return None

    def _closed(self) -> list[Framed]:
        if self._wanted is not None and len(self._rest) == self._wanted:
            data, self._rest, self._wanted = self._rest, bytearray(), None
            return [block(data, self._size)] if data else []
        return self._abandoned()

    def _abandoned(self, why: str = "") -> list[Framed]:
        have, wanted = len(self._rest), self._wanted
        self.reset()
        if wanted is None or (not have and not wanted):
            return []
        return [Refused("truncated", why or f"{have} of {wanted} bytes of a batch came")]

    def reset(self) -> None:
        self._wanted = None
        self._rest = bytearray()


class _Texts:
    """Each notification is one text."""

    def feed(self, payload: bytes) -> list[Framed]:
        return text_of(payload)

    def reset(self) -> None:
        """It keeps nothing."""
