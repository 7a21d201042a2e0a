"""Bytes that ORPHE INSOLE and ORPHE CORE share: characteristics, state, clock, packets.

All numbers are big endian. Facts are in docs/protocols/orphe_insole.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from insole.model.arrays import Ints, Raw
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.stream import Write

INFORMATION_SERVICE: Final = "01a9d6b5-ff6e-444a-b266-0be75e85c064"
OTHER_SERVICE: Final = "db1b7aca-cda5-4453-a49b-33a53d3f0833"
STATE: Final = "24354f22-1c46-430e-a4ab-a1eeabbcdfc0"  # read, and all commands are written here
CLOCK: Final = "f53eeeb1-b2e8-492a-9673-10e0f1c29026"
VALUES: Final = "f3f9c7ce-46ee-4205-89ac-abe64e626c0f"
GAIT: Final = "4eb776dc-cf99-4af7-b2d3-ad0f791a79dd"
COMPANY: Final = 0x0000
PACKET_BYTES: Final = 104  # of every packet of an insole; those of a pod may end after 92
TRUE_HZ: Final = 208.0  # of the motion sensor that paces everything; the maker calls it 200
DAY_MS: Final = 86_400_000
BATTERIES: Final = ("low", "normal", "high")
SERIALS: Final = 1 << 16

ANSWER: Final = 0x35  # of a FIFO command
MOTION: Final = 50
FIFO: Final = 54
FAST: Final = 55
ALL: Final = 56

SET_MODE: Final = 0x0D
RESET_ANALYSIS: Final = 0x04
FIFO_COMMAND: Final = 0x0B
ASK_SERIAL, ASK_RANGES, ERASE, MONITOR, STOP_MONITOR = 1, 2, 3, 4, 6
RANGE_SLOTS: Final = 30  # of one request

ACCELERATION_G: Final = (2, 4, 8, 16)
ROTATION_DPS: Final = (250, 500, 1000, 2000)
DPS_PER_CODE: Final = 0.000035  # of the range: 70 mdps at 2000 deg/s, not 2000/32768
QUATERNION: Final = 1.0 / 16384.0

HEAD = struct.Struct(">BHBBBH")  # header, serial, hour, minute, second, millisecond
SLOT = struct.Struct(">HH")

_GYRO, _ACC = ("gyro", ">i2", (3,)), ("acc", ">i2", (3,))
_QUAT, _PRESSURE = ("quat", ">i2", (4,)), ("pressure", ">u2", (6,))
SHAPES: Final = {
    MOTION: (4, np.dtype([_QUAT, _GYRO, _ACC, ("after_ms", "u1")])),
    FIFO: (4, np.dtype([_GYRO, _ACC, _PRESSURE])),
    FAST: (4, np.dtype([_GYRO, _ACC, _PRESSURE])),
    ALL: (2, np.dtype([_QUAT, _GYRO, _ACC, _PRESSURE])),
}
"""Header to samples a packet, and one sample; in the packet they stand newest first."""

SPACING_US: Final = {
    MOTION: 1e6 / TRUE_HZ,
    FIFO: 1e6 / TRUE_HZ,
    FAST: 1e6 / TRUE_HZ,
    ALL: 2e6 / TRUE_HZ,
}
NOMINAL_HZ: Final = {MOTION: 200.0, FIFO: 200.0, FAST: 200.0, ALL: 100.0}


@dataclass(frozen=True, slots=True)
class State:
    """What DEVICE_INFORMATION tells.

    Attributes:
        battery: 0 low, 1 normal, 2 high; no percents.
        mount: bit 0: right foot; bit 1: on the instep instead of under the sole.
        acceleration_g, rotation_dps: largest values of the motion sensor.
    """

    battery: int
    mount: int
    acceleration_index: int
    rotation_index: int

    @property
    def side(self) -> Side:
        return side_of(self.mount)

    @property
    def battery_word(self) -> str:
        return BATTERIES[self.battery] if self.battery < len(BATTERIES) else str(self.battery)

    @property
    def is_dorsal(self) -> bool:
        return bool(self.mount & 2)

    @property
    def acceleration_g(self) -> int:
        return _ranged(ACCELERATION_G, self.acceleration_index)

    @property
    def rotation_dps(self) -> int:
        return _ranged(ROTATION_DPS, self.rotation_index)


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One packet of SENSOR_VALUES, samples oldest first.

    Attributes:
        day_ms: time of day of the oldest sample, as told: its fields may be out of range.
        rows: (n,) structured, fields of the header's shape.
    """

    header: int
    serial: int
    day_ms: int
    rows: Raw


def side_of(mount: int) -> Side:
    """The foot in a mount position.

    >>> side_of(3)
    <Side.RIGHT: 'right'>
    """
    return Side.RIGHT if mount & 1 else Side.LEFT


def state(data: bytes) -> State | None:
    """What was read from DEVICE_INFORMATION; None when it is too short."""
    return None if len(data) < 10 else State(data[0], data[1], data[8], data[9])


def packet(data: bytes) -> Values | None:
    """A packet of samples; None when its header is none of them or it is too short."""
    shape = SHAPES.get(data[0]) if data else None
    if shape is None:
        return None
    count, sample = shape
    if len(data) < HEAD.size + count * sample.itemsize:
        return None
    header, serial, hour, minute, second, milli = HEAD.unpack_from(data)
    rows = np.frombuffer(data, sample, count, HEAD.size)[::-1]
    return Values(header, serial, 1000 * (60 * (60 * hour + minute) + second) + milli, rows)


def head(header: int, serial: int, day_ms: int) -> bytes:
    """The first 8 bytes of a packet.

    >>> head(55, 1, 12 * 3_600_000 + 40).hex()
    '3700010c00000028'
    """
    seconds, milli = divmod(day_ms % DAY_MS, 1000)
    minutes, second = divmod(seconds, 60)
    return HEAD.pack(header, serial % SERIALS, *divmod(minutes, 60), second, milli)


def within_us(values: Values) -> Ints:
    """(n,) time of each sample after the packet's own, microseconds.

    Motion packets tell whole milliseconds since the sample before; the others nothing, and their
    samples are as far apart as the sensor takes them.
    """
    if values.header == MOTION:
        after = values.rows["after_ms"].astype(np.int64) * 1000
        after[0] = 0
        return np.cumsum(after)
    index = np.arange(len(values.rows))
    return np.rint(index * SPACING_US[values.header]).astype(np.int64)


def clock_payload(now: datetime) -> bytes:
    """What sets the clock to this local time.

    >>> clock_payload(datetime(2026, 11, 21, 6, 7, 8, 999_000)).hex()
    '1a0b1506070863'
    """
    day = (now.year - 2000, now.month, now.day)
    return bytes([*day, now.hour, now.minute, now.second, now.microsecond // 10_000])


def day_us_of(payload: bytes) -> int:
    """Time of day in what sets the clock, microseconds.

    >>> day_us_of(bytes.fromhex("1a0b1506070863"))
    22028990000
    """
    hour, minute, second, hundredths = payload[3:7]
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + hundredths * 10_000


def clock_told(data: bytes) -> datetime | None:
    """Local time that the device told, or None when that is no time."""
    if len(data) < 7:
        return None
    year, month, day, hour, minute, second, hundredths = data[:7]
    if hundredths > 99:
        return None
    try:
        return datetime(2000 + year, month, day, hour, minute, second, hundredths * 10_000)  # noqa: DTZ001
    except ValueError:
        return None


def command(*payload: int) -> Write:
    """A command, written to DEVICE_INFORMATION."""
    return Write(STATE, bytes(payload))


def set_clock() -> Write:
    """Set the clock to the local time at which it is written."""
    epoch = datetime(1970, 1, 1).replace(year=2000)  # noqa: DTZ001  the device knows no zone
    return Write(CLOCK, clock_payload(epoch), payload_at=clock_payload)


def ranges_of(serials: list[int]) -> list[tuple[int, int]]:
    """Runs (start, count) of these serial numbers, sorted; a run never crosses 65535.

    >>> ranges_of([12, 10, 40, 41, 42])
    [(10, 1), (12, 1), (40, 3)]
    """
    runs: list[tuple[int, int]] = []
    for serial in sorted(set(serials)):
        if runs and serial == sum(runs[-1]):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((serial, 1))
    return runs


def ask_ranges(runs: list[tuple[int, int]]) -> Write:
    """Ask for packets in the FIFO: as many of these runs as one request holds."""
    slots = b"".join(SLOT.pack(*run) for run in runs[:RANGE_SLOTS])
    payload = bytes([FIFO_COMMAND, ASK_RANGES]) + slots.ljust(RANGE_SLOTS * SLOT.size, b"\0")
    return Write(STATE, payload)


@dataclass(frozen=True, slots=True)
class Told:
    """Manufacturer data of an advertisement."""

    model: int
    mount: int
    activity: int
    battery: int
    version: str


def told(advert: Advert) -> Told | None:
    """What the manufacturer data say; None when there are none, or too few."""
    data = advert.manufacturer.get(COMPANY, b"")
    if len(data) < 18:
        return None
    return Told(data[5], data[6], data[7], data[14], ".".join(str(part) for part in data[15:18]))


def manufacturer_data(*, mount: int, battery: int, version: tuple[int, int, int]) -> bytes:
    """The same for a virtual device."""
    data = bytearray(18)
    data[6], data[14], data[15:18] = mount, battery, bytes(version)
    return bytes(data)


def _ranged(values: tuple[int, ...], index: int) -> int:
    return values[index] if index < len(values) else values[-1]
