"""Bytes of BrainCo insoles: frames in a byte stream, their checksum, and protobuf without a schema.

A frame is `BRNC | version | payload version | length u16 | route | payload | CRC-16 u16`; frames
span notifications, and several share one. All numbers are little endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np

from insole.model.arrays import Ints
from insole.model.stream import NoticeKind

SERVICE: Final = "4de5a20c-0001-ae21-bf63-0242ac130002"
TX: Final = "4de5a20c-0002-ae21-bf63-0242ac130002"  # written, or whichever of the service can be
RX: Final = "4de5a20c-0003-ae21-bf63-0242ac130002"  # notifies, or whichever of the service does
COMPANIES: Final = (0x5242, 0x5202)  # the second is the older one

MAGIC: Final = b"BRNC"
FIXED = struct.Struct("<4sBBH")  # magic, version, payload version, length
ROUTED: Final = 2  # the one version whose frames tell who speaks to whom
VERSIONS: Final = (0, 1, 2, 3)
PAYLOAD_VERSION: Final = 0x21
ROUTE_BYTES: Final = 3
CRC_BYTES: Final = 2
MOST_PAYLOAD: Final = 4096  # both kinds of 48 pressures, motion and shear have 2.5 kB at most

HOST: Final = 1
LEFT: Final = 2
RIGHT: Final = 3

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
WireType: TypeAlias = Literal[0, 1, 2, 5]
VARINT_BYTES: Final = 10
MOST_FIELDS: Final = 4096  # in one message


def _table() -> tuple[int, ...]:
    made: list[int] = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        made.append(value)
    return tuple(made)


_CRC: Final = _table()


def crc16(data: bytes | bytearray) -> int:
    """CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xFFFF, no final xor.

    >>> hex(crc16(b"123456789"))
    '0x4b37'
    """
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value


def sealed(payload: bytes, *, source: int, destination: int) -> bytes:
    """A frame of version 2 around a payload."""
    head = FIXED.pack(MAGIC, ROUTED, PAYLOAD_VERSION, len(payload))
    whole = head + bytes((source, destination, 0)) + payload
    return whole + crc16(whole).to_bytes(CRC_BYTES, "little")


# --- the byte stream ---


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `route` is empty where its version has none."""

    payload: bytes
    route: bytes = b""


@dataclass(frozen=True, slots=True)
class Problem:
    """Bytes of the stream that are no frame."""

    kind: NoticeKind
    text: str


@dataclass(slots=True)
class FrameStream:
    """Frames out of a byte stream, however it is cut.

    Attributes:
        is_strict: frames with a wrong checksum are left out; else they are given and counted.
        frames, crc_errors, dropped: frames given, wrong checksums, bytes between frames.
    """

    is_strict: bool = True
    frames: int = 0
    crc_errors: int = 0
    dropped: int = 0
    _data: bytearray = field(default_factory=bytearray)

    @property
    def waiting(self) -> int:
        """Bytes of a frame that is not complete."""
        return len(self._data)

    def clear(self) -> None:
        """Forget what waits: a new stream begins."""
        self._data.clear()

    def push(self, data: bytes) -> Iterator[Frame | Problem]:
        """Frames that are complete now, and what was wrong before each."""
        self._data += data
        while True:
            skipped = self._to_magic()
            if skipped:
                yield Problem("protocol", f"{skipped} bytes between frames")
            if len(self._data) < FIXED.size:
                return
            _, version, _, length = FIXED.unpack_from(self._data)
            if version not in VERSIONS or length > MOST_PAYLOAD:
                yield Problem("bad_value", f"a frame of version {version} and {length} bytes")
                self.dropped += len(MAGIC)
                del self._data[: len(MAGIC)]
                continue
            start = FIXED.size + (ROUTE_BYTES if version == ROUTED else 0)
            end = start + length + CRC_BYTES
            if len(self._data) < end:
                return
            frame = bytes(self._data[:end])
            is_intact = crc16(frame[:-CRC_BYTES]) == int.from_bytes(frame[-CRC_BYTES:], "little")
            if not is_intact:
                self.crc_errors += 1
                yield Problem("bad_checksum", "the checksum of a frame is wrong")
            if is_intact or not self.is_strict:
                self.frames += 1
                del self._data[:end]
                yield Frame(frame[start:-CRC_BYTES], frame[FIXED.size : start])
            else:  # bytes may be missing inside: the next frame began earlier then
                again = frame.find(MAGIC, 1)
                del self._data[: end if again < 0 else again]

    def _to_magic(self) -> int:
        """Drop what cannot begin a frame; answer with how many bytes that were."""
        at = self._data.find(MAGIC)
        if at < 0:
            most = min(len(MAGIC) - 1, len(self._data))
            kept = next((n for n in range(most, 0, -1) if self._data.endswith(MAGIC[:n])), 0)
            at = len(self._data) - kept
        del self._data[:at]
        self.dropped += at
        return at


# --- protobuf ---


class Malformed(ValueError):
    """No protobuf message. Never leaves the protocol's modules."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it stands on the wire: `number` holds varint and fixed types, else `data`."""

    key: int
    kind: WireType
    number: int = 0
    data: bytes = b""


def fields(message: bytes) -> list[Field]:
    """The fields of a message in their order; what they mean is the reader's knowledge.

    Raises:
        Malformed: it ends inside a field, or has types that no message has.
    """
    found: list[Field] = []
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        key, kind = tag >> 3, tag & 7
        if key == 0 or len(found) == MOST_FIELDS:
            raise Malformed(f"field number {key} at byte {at}")
        if kind == VARINT:
            number, at = _varint(message, at)
            found.append(Field(key, VARINT, number))
        elif kind == BYTES:
            size, at = _varint(message, at)
            found.append(Field(key, BYTES, data=_piece(message, at, size)))
            at += size
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
            number = int.from_bytes(_piece(message, at, size), "little")
            found.append(Field(key, FIXED32 if kind == FIXED32 else FIXED64, number))
            at += size
        else:
            raise Malformed(f"wire type {kind} at byte {at}")
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(message[at : at + VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + index + 1
    raise Malformed(f"a number at byte {at} has no end")


def _piece(message: bytes, at: int, size: int) -> bytes:
    if size > len(message) - at:
        raise Malformed(f"{size} bytes at byte {at} of {len(message)}")
    return message[at : at + size]


def packed(data: bytes) -> Ints:
    """(n,) int32 numbers of a packed field, as int64.

    Raises:
        Malformed: a number has no end, or more than 10 bytes.
    """
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw < 0x80)
    if not len(raw):
        return np.zeros(0, np.int64)
    if not len(ends) or ends[-1] != len(raw) - 1:
        raise Malformed("a packed number has no end")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if int(lengths.max()) > VARINT_BYTES:
        raise Malformed("a packed number is longer than 10 bytes")
    place = np.arange(len(raw)) - np.repeat(starts, lengths)
    parts = (raw & 0x7F).astype(np.uint64) << (7 * place).astype(np.uint64)
    return _as_int32(np.add.reduceat(parts, starts))


def _as_int32(values: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> Ints:
    return (values & np.uint64(0xFFFF_FFFF)).astype(np.uint32).view(np.int32).astype(np.int64)


def int32(number: int) -> int:
    """The int32 behind a varint.

    >>> int32(2**64 - 3)
    -3
    """
    return ((number & 0xFFFF_FFFF) ^ 0x8000_0000) - 0x8000_0000


def varint(number: int) -> bytes:
    """A number as a varint; negative ones take 10 bytes.

    >>> varint(300).hex()
    'ac02'
    """
    rest = number & 0xFFFF_FFFF_FFFF_FFFF
    made = bytearray()
    while rest > 0x7F:
        made.append(rest & 0x7F | 0x80)
        rest >>= 7
    made.append(rest)
    return bytes(made)


def number_field(key: int, value: int) -> bytes:
    """A varint field; nothing for 0, as proto3 has it."""
    return varint(key << 3 | VARINT) + varint(value) if value else b""


def bytes_field(key: int, data: bytes) -> bytes:
    """A field of bytes: text, a message, packed numbers."""
    return varint(key << 3 | BYTES) + varint(len(data)) + data


def numbers_field(key: int, values: Iterable[int]) -> bytes:
    """A packed field of int32."""
    return bytes_field(key, b"".join(varint(value) for value in values))
