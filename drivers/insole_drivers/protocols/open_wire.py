"""Bytes of the Open Insole Stream: layout constants, checksum and sample packing.

The specification with byte tables is docs/protocol-open.md; names here are the names there.
All numbers are little endian.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from typing import Final

import numpy as np

from insole.model.arrays import Raw
from insole_drivers.protocols.ble_sig import BATTERY, FIRMWARE, MANUFACTURER, MODEL, SERIAL, sig
from insole_drivers.protocols.ble_sig import STRINGS as STANDARD

__all__ = ["BATTERY", "sig"]  # of the Bluetooth SIG, named here for those who speak this protocol

SERVICE: Final = "db2d0001-0b3d-4f07-a1fc-045f429f27d6"
STREAM: Final = "db2d0002-0b3d-4f07-a1fc-045f429f27d6"
CONTROL: Final = "db2d0003-0b3d-4f07-a1fc-045f429f27d6"


STRINGS: Final = {channel: STANDARD[channel] for channel in (MANUFACTURER, MODEL, SERIAL, FIRMWARE)}
"""Texts of the device information service that an Open Insole has."""

DATA: Final = 0x11
ANCHOR: Final = 0x12
CAPABILITY: Final = 0x13
STATUS: Final = 0x14
SHORT: Final = 0x40  # 0x40 to 0x7F: the low six bits number the part of a sample

ATT_BYTES: Final = 3  # of every notification, spent by the attribute protocol
CRC_BYTES: Final = 2
HEAD = struct.Struct("<BHHBBBIII")  # DATA: kind, length, boot, epoch, form, count, number, t, step
PART = struct.Struct("<H")  # DATA with form bit 7: offset of this part in its sample
PIECE = struct.Struct("<BHHBHH")  # CAPABILITY: kind, length, boot, epoch, total, offset
LINE = struct.Struct("<BHBBBIII")  # ANCHOR: kind, boot, epoch, form, part, number, t, step
REPLY = struct.Struct("<BHBB")  # STATUS: kind, length, command, result
SHORT_HEAD: Final = 2  # kind, low byte of the sample number
CONTEXT = struct.Struct("<HBBI")  # boot, epoch, form, number: in the CRC of a SHORT, not sent

STEP_PER_US: Final = 256  # unit of `step`: 1/256 microsecond
ANCHOR_EVERY: Final = 16  # samples between two anchors
ANCHOR_REACH: Final = 64  # a SHORT frame further from its anchor than this is refused
MAX_PARTS: Final = 64
MAX_COUNT: Final = 255
MAX_DOCUMENT: Final = 8192  # bytes of capability; the largest legal one has 3.6 kB

U8: Final = 0
U12: Final = 1
U16: Final = 2
FORM_MASK: Final = 0x03
PART_BIT: Final = 0x80
LARGEST: Final = {U8: 0xFF, U12: 0xFFF, U16: 0xFFFF}

START: Final = 0x01
STOP: Final = 0x02
ASK: Final = 0x03
SET_RATE: Final = 0x04
COMMANDS: Final = {START: "start", STOP: "stop", ASK: "tell capability", SET_RATE: "set rate"}
RESULTS: Final = {0: "done", 1: "unknown command", 2: "value out of range", 3: "busy"}


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, not reflected, no final xor.

    >>> hex(crc16(b"123456789"))
    '0x29b1'
    """
    return crc_hqx(data, 0xFFFF)


def sealed(data: bytes, *, context: bytes = b"") -> bytes:
    """The frame with its checksum; `context` is covered but not sent."""
    return data + crc16(context + data).to_bytes(CRC_BYTES, "little")


def is_intact(frame: bytes, *, context: bytes = b"") -> bool:
    """Does the checksum at the end fit?"""
    told = int.from_bytes(frame[-CRC_BYTES:], "little")
    return crc16(context + frame[:-CRC_BYTES]) == told


def sample_bytes(sensors: int, form: int) -> int:
    """Bytes of one sample; with u12 an odd last sensor takes two bytes.

    >>> sample_bytes(16, U12), sample_bytes(3, U12)
    (24, 5)
    """
    return {U8: sensors, U12: (3 * sensors + 1) // 2, U16: 2 * sensors}[form]


def pack(values: Raw, form: int) -> bytes:
    """(n, S) raw codes to bytes, sample after sample."""
    if form == U8:
        return values.astype(np.uint8).tobytes()
    if form == U16:
        return values.astype("<u2").tobytes()
    samples, sensors = values.shape
    even = np.zeros((samples, sensors + sensors % 2), np.uint16)
    even[:, :sensors] = values
    first, second = even[:, 0::2], even[:, 1::2]
    triples = np.stack((first & 0xFF, (first >> 8) | ((second & 0xF) << 4), second >> 4), axis=2)
    flat = triples.astype(np.uint8).reshape(samples, -1)
    return flat[:, : sample_bytes(sensors, U12)].tobytes()


def unpack(payload: bytes | bytearray, *, samples: int, sensors: int, form: int) -> Raw:
    """Bytes to (n, S) raw codes: uint8 for u8, else uint16."""
    if form == U8:
        return np.frombuffer(payload, np.uint8).reshape(samples, sensors).copy()
    if form == U16:
        return np.frombuffer(payload, "<u2").reshape(samples, sensors).astype(np.uint16)
    size = sample_bytes(sensors, U12)
    flat = np.zeros((samples, (sensors + 1) // 2 * 3), np.uint16)
    flat[:, :size] = np.frombuffer(payload, np.uint8).reshape(samples, size)
    low, middle, high = flat[:, 0::3], flat[:, 1::3], flat[:, 2::3]
    pairs = np.stack((low | ((middle & 0xF) << 8), (middle >> 4) | (high << 4)), axis=2)
    return pairs.reshape(samples, -1)[:, :sensors].astype(np.uint16)


def nearest(told: int, *, guess: int) -> int:
    """The number nearest to `guess` that equals `told` modulo 2^32.

    This is the signed modular difference: it survives wrap-around, duplicates and packets that
    come in another order.

    >>> nearest(3, guess=2**32 - 2)
    4294967299
    >>> nearest(2**32 - 2, guess=2**32 + 3)
    4294967294
    """
    return guess + ((told - guess + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
