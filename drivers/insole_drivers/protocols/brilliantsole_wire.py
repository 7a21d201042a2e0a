"""Bytes of Brilliant Sole insoles: ids, framing and what a client writes. All little endian.

Names of ids are the maker's. A message is `type u8 | length u16 | payload`; notifications and
writes hold whole messages, and never a part of one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from insole.model.foot import Side
from insole.model.stream import Write
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.networked import CHANNEL as UDP

SERVICE: Final = "ea6d0000-a725-4f9b-893d-c3913e33b39f"
RX: Final = "ea6d1000-a725-4f9b-893d-c3913e33b39f"  # device to client
TX: Final = "ea6d1001-a725-4f9b-893d-c3913e33b39f"  # client to device
TYPE_DATA: Final = ble_sig.sig(0x0000)  # service data that tell the type

CHARGING: Final = 0
CURRENT: Final = 1
MTU: Final = 2
ID: Final = 3
NAME: Final = 4
SET_NAME: Final = 5
TYPE: Final = 6
SET_TYPE: Final = 7
TIME: Final = 8
SET_TIME: Final = 9
CONFIGURATION: Final = 10
SET_CONFIGURATION: Final = 11
POSITIONS: Final = 12
SCALARS: Final = 13
DATA: Final = 14
VIBRATION_PLACES: Final = 15
VIBRATE: Final = 16
WIFI_AVAILABLE: Final = 46
WIFI_NAME: Final = 47
WIFI_CONNECTED: Final = 53
ADDRESS: Final = 54
WIFI_SECURE: Final = 55
COUNTS: Final = 77
KNOWN_TO_MAKER: Final = 81  # ids below are defined; 17 and above moved once, and stay opaque here

HANDSHAKE: Final = (CHARGING, CURRENT, ID, MTU, NAME, TYPE, TIME, CONFIGURATION, SCALARS, 15, 17)
HANDSHAKE_REST: Final = (WIFI_AVAILABLE, 66, 78)

HEAD = struct.Struct("<BH")
PERIOD = struct.Struct("<BH")
SCALAR = struct.Struct("<Bf")
COUNT = struct.Struct("<BB")
LEAST_MTU: Final = 23  # until the device tells another
ATT_BYTES: Final = 3

TYPES: Final = ("leftInsole", "rightInsole", "leftGlove", "rightGlove", "glasses", "generic")
SIDES: Final = {0: Side.LEFT, 1: Side.RIGHT}

PRESSURE: Final = 0
ACCELERATION: Final = 1
GYROSCOPE: Final = 4
MAGNETOMETER: Final = 5
GAME_ROTATION: Final = 6
ROTATION: Final = 7
ORIENTATION: Final = 8
ACTIVITY: Final = 9
STEP_COUNTER: Final = 10
STEP: Final = 11
DEVICE_ORIENTATION: Final = 12
TAP: Final = 13
BAROMETER: Final = 14
BUTTONS: Final = 17
TOUCHES: Final = 18
LIGHT: Final = 19
SENSORS: Final = (
    "pressure",
    "acceleration",
    "gravity",
    "linearAcceleration",
    "gyroscope",
    "magnetometer",
    "gameRotation",
    "rotation",
    "orientation",
    "activity",
    "stepCounter",
    "stepDetector",
    "deviceOrientation",
    "tapDetector",
    "barometer",
    "camera",
    "microphone",
    "buttons",
    "touches",
    "light",
)
PERIOD_STEP_MS: Final = 5

FRONT: Final = 1
REAR: Final = 2
MOST_SEGMENTS: Final = 20
EFFECT_SLOTS: Final = 8

PING: Final = 0
PONG: Final = 1
PORT: Final = 2
BATTERY_LEVEL: Final = 3
INFORMATION: Final = 4
MESSAGE: Final = 5
UDP_PORT: Final = 3000
INFORMATION_KINDS: Final = (
    ble_sig.MANUFACTURER,
    ble_sig.MODEL,
    ble_sig.HARDWARE,
    ble_sig.FIRMWARE,
    ble_sig.SOFTWARE,
    ble_sig.PNP,
    ble_sig.SERIAL,
)


def message(kind: int, payload: bytes = b"") -> bytes:
    """One message.

    >>> message(8).hex()
    '080000'
    """
    return HEAD.pack(kind, len(payload)) + payload


def messages(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Whole messages (type, payload) from the front, and how many bytes behind them are none.

    >>> messages(bytes.fromhex("080000" "0e05"))
    ([(8, b'')], 2)
    """
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + HEAD.size <= len(data):
        kind, size = HEAD.unpack_from(data, at)
        if at + HEAD.size + size > len(data):
            break
        at += HEAD.size
        found.append((kind, data[at : at + size]))
        at += size
    return found, len(data) - at


def packed(parts: Iterable[bytes], *, mtu: int) -> list[bytes]:
    """As few payloads as hold these messages in order; one too large for the link is left out."""
    room = mtu - ATT_BYTES
    payloads: list[bytes] = []
    for part in parts:
        if len(part) > room:
            continue
        if payloads and len(payloads[-1]) + len(part) <= room:
            payloads[-1] += part
        else:
            payloads.append(part)
    return payloads


def handshake() -> list[bytes]:
    """What is asked at the beginning, in writes that fit the smallest link."""
    asked = [message(kind) for kind in (*HANDSHAKE, *HANDSHAKE_REST)]
    return packed(asked, mtu=LEAST_MTU)


def configuration(periods_ms: Mapping[int, int]) -> bytes:
    """The message that sets these sensors' periods; 0 switches one off."""
    records = (PERIOD.pack(sensor, period) for sensor, period in periods_ms.items())
    return message(SET_CONFIGURATION, b"".join(records))


def changed(told: Mapping[int, int], wanted: Mapping[int, int]) -> dict[int, int]:
    """Periods to send: those that the device does not have already."""
    return {sensor: period for sensor, period in wanted.items() if told.get(sensor) != period}


def set_time(now: datetime) -> bytes:
    """The message that sets the clock.

    >>> set_time(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)).hex()
    '090800e803000000000000'
    """
    return message(SET_TIME, int(now.timestamp() * 1000).to_bytes(8, "little"))


def clock_write() -> Write:
    """Sets the clock at the moment of writing."""
    return Write(TX, set_time(datetime(1970, 1, 1, tzinfo=UTC)), payload_at=set_time)


def waveform(places: int, segments: Sequence[tuple[float, int]]) -> bytes:
    """Payload of one vibration.

    Args:
        places: bits FRONT, REAR.
        segments: at most 20 of amplitude 0 to 1 and duration in ms.
    """
    data = b"".join(
        bytes((int(min(max(amplitude, 0.0), 1.0) * 127), min(duration_ms // 10, 255)))
        for amplitude, duration_ms in segments[:MOST_SEGMENTS]
    )
    return bytes((places, 1, len(data))) + data


def effects(places: int, segments: Sequence[tuple[int, int]], *, loops: int = 0) -> bytes:
    """Payload of one vibration out of the driver's library.

    Args:
        places: bits FRONT, REAR.
        segments: at most 8 of effect byte (0x80 and above: a delay in 10 ms) and its loops, 0 to 3.
        loops: of the whole sequence, 0 to 6.
    """
    used = segments[:EFFECT_SLOTS]
    data = bytes(effect for effect, _ in used)
    if loops or any(count for _, count in used):
        counts = [count & 3 for _, count in used] + [0] * (EFFECT_SLOTS - len(used))
        fours = [counts[:4], counts[4:]] if loops or any(counts[4:]) else [counts[:4]]
        data = data.ljust(EFFECT_SLOTS, b"\0")
        data += bytes(sum(count << (2 * slot) for slot, count in enumerate(four)) for four in fours)
        data += bytes((loops,)) if loops else b""
    return bytes((places, 0, len(data))) + data


def over_network(write: Write) -> Write:
    """The same in the envelope of a datagram."""
    made = write.payload_at

    def inside(now: datetime) -> bytes:
        return message(MESSAGE, write.payload if made is None else made(now))

    return Write(
        UDP,
        message(MESSAGE, write.payload),
        response=False,
        payload_at=None if made is None else inside,
    )
