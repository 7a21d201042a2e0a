"""Bytes of Ukaton Mission insoles: ids, items of the sensor data, what a client writes.

All little endian. Sensor data are `time u16 | n x (sensor u8 | length u8 | items)`; an item is its
type and a payload whose size the type tells.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from insole.model.foot import Side
from insole.model.stream import Write
from insole_drivers.protocols.networked import CHANNEL as UDP


def own(number: int) -> str:
    """128-bit form of one of the maker's numbers.

    >>> own(0x6002)
    '5691eddf-6002-4420-b7a5-bb8751ab5181'
    """
    return f"5691eddf-{number:04x}-4420-b7a5-bb8751ab5181"


SERVICE: Final = own(0x0000)
TYPE: Final = own(0x3001)
NAME: Final = own(0x4001)
MOTION_CALIBRATION: Final = own(0x5001)
CONFIGURATION: Final = own(0x6001)
DATA: Final = own(0x6002)
VIBRATION: Final = own(0xD000)

TYPES: Final = ("motion module", "left insole", "right insole")
SIDES: Final = {1: Side.LEFT, 2: Side.RIGHT}

MOTION: Final = 0
PRESSURE: Final = 1
SIZES: Final[Mapping[int, tuple[int, ...]]] = {
    MOTION: (6, 6, 6, 6, 6, 8),
    PRESSURE: (16, 32, 8, 4, 8),
}
ACCELERATION: Final = 0
LINEAR_ACCELERATION: Final = 2
ROTATION_RATE: Final = 3
MAGNETOMETER: Final = 4
QUATERNION: Final = 5
ONE_BYTE: Final = 0
TWO_BYTES: Final = 1
CENTRE: Final = 2
MASS: Final = 3
HEEL_TO_TOE: Final = 4
SENSORS: Final = 16
TOP_CODES: Final = {ONE_BYTE: 255, TWO_BYTES: 4095}

BOX_MM: Final = (93.257, 265.069)
PLACES_MM: Final = (
    (59.55, 32.3),
    (33.1, 42.15),
    (69.5, 55.5),
    (44.11, 64.8),
    (20.3, 71.9),
    (63.8, 81.1),
    (41.44, 90.8),
    (19.2, 102.8),
    (48.3, 119.7),
    (17.8, 130.5),
    (43.3, 177.7),
    (18.0, 177.0),
    (43.3, 200.6),
    (18.0, 200.0),
    (43.5, 242.0),
    (18.55, 242.1),
)
"""Centres in the box of a left insole, x from its left edge, y from the toe; as in the layout."""

PERIOD_STEP_MS: Final = 10
PERIODS: Final = struct.Struct("<11H")  # as read: six of motion, then five of pressure
PERIOD = struct.Struct("<BH")
HEAD = struct.Struct("<H")
BLOCK = struct.Struct("<BB")

PING: Final = 0
LEVEL: Final = 1
GET_TYPE: Final = 2
SET_TYPE: Final = 3
GET_NAME: Final = 4
SET_NAME: Final = 5
CALIBRATION: Final = 6
GET_PERIODS: Final = 7
SET_PERIODS: Final = 8
SENSOR_DATA: Final = 9
VIBRATE: Final = 10
UDP_PORT: Final = 9999
UDP_LOCAL_PORT: Final = 5005


def configuration(periods_ms: Mapping[int, Mapping[int, int]]) -> bytes:
    """What is written to set periods: for each sensor, each type's, ms; 0 is off.

    >>> configuration({1: {1: 20}}).hex()
    '0103011400'
    """
    parts: list[bytes] = []
    for sensor, wanted in periods_ms.items():
        records = b"".join(PERIOD.pack(kind, period) for kind, period in wanted.items())
        if records:
            parts.append(BLOCK.pack(sensor, len(records)) + records)
    return b"".join(parts)


def waveform(effects: Sequence[int]) -> bytes:
    """Vibration by effects of the driver's library."""
    return bytes((0, *effects))


def buzz(steps: Sequence[tuple[int, int]]) -> bytes:
    """Vibration by amplitude and duration in ms.

    >>> buzz([(1, 1000)]).hex()
    '010164'
    """
    pairs = ((amplitude, min(duration_ms // 10, 255)) for amplitude, duration_ms in steps)
    return bytes((1, *(value for pair in pairs for value in pair)))


def over_network(write: Write) -> Write:
    """The same as a datagram: the first byte says what it is."""
    kinds = {CONFIGURATION: SET_PERIODS, VIBRATION: VIBRATE}
    size = bytes((len(write.payload),))
    if write.channel in kinds:
        payload = bytes((kinds[write.channel],)) + size + write.payload
    else:
        payload = bytes((SET_NAME,)) + write.payload
    return Write(UDP, payload, response=False)
