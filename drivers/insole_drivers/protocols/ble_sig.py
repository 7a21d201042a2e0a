"""Standard services of the Bluetooth SIG: battery, device information, running speed and cadence.

One decoder for all drivers: links, every protocol's decoder and the foot pod read these here.
Little endian throughout; formats as in Bluetooth's assigned numbers. A battery level is exactly one
byte from 0 to 100, since several insoles put something else under its number; what follows a
running-speed measurement is ignored, as the service allows.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from insole.model.stream import Info, Notice


def sig(number: int) -> str:
    """128-bit form of a Bluetooth SIG number.

    >>> sig(0x2A19)
    '00002a19-0000-1000-8000-00805f9b34fb'
    """
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


def uuid_of(text: str) -> str | None:
    """A UUID as text in its full form, lower case; None when it is none.

    >>> uuid_of("FFF0")
    '0000fff0-0000-1000-8000-00805f9b34fb'
    """
    word = text.strip().lower().removeprefix("0x")
    try:
        return sig(int(word, 16)) if len(word) == 4 else str(UUID(word))
    except ValueError:
        return None


BATTERY_SERVICE: Final = sig(0x180F)
INFORMATION_SERVICE: Final = sig(0x180A)
RUNNING_SERVICE: Final = sig(0x1814)

BATTERY: Final = sig(0x2A19)
SYSTEM: Final = sig(0x2A23)
MODEL: Final = sig(0x2A24)
SERIAL: Final = sig(0x2A25)
FIRMWARE: Final = sig(0x2A26)
HARDWARE: Final = sig(0x2A27)
SOFTWARE: Final = sig(0x2A28)
MANUFACTURER: Final = sig(0x2A29)
PNP: Final = sig(0x2A50)
MEASUREMENT: Final = sig(0x2A53)
FEATURE: Final = sig(0x2A54)
LOCATION: Final = sig(0x2A5D)

STRINGS: Final = {
    MANUFACTURER: "manufacturer",
    MODEL: "model",
    SERIAL: "serial",
    FIRMWARE: "firmware",
    HARDWARE: "hardware",
    SOFTWARE: "software",
}
"""Texts of the device information service, and the kind of `Info` that each is."""

TOLD: Final = (BATTERY, *STRINGS, PNP)
"""Characteristics that `facts` reads."""

HOMES: Final = {
    BATTERY: BATTERY_SERVICE,
    **dict.fromkeys((*STRINGS, SYSTEM, PNP), INFORMATION_SERVICE),
}
"""Characteristics to the service that they stand in."""

TEXT_LENGTH: Final = 64  # longest text that is believed
SOURCES: Final = {1: "bluetooth", 2: "usb"}
LOCATIONS: Final = ("other", "top of shoe", "in shoe", "hip")
"""Those of runners; higher numbers belong to bicycles and other parts of the body."""


def battery(data: bytes) -> int | None:
    """Percent, None when the value is no battery level."""
    return data[0] if len(data) == 1 and data[0] <= 100 else None


def text(data: bytes) -> str:
    r"""Foreign text, harmless to show: at most 64 characters, no control characters.

    >>> text(b"1.0\0\0"), text(b"Insole\x1b[31m")
    ('1.0', 'Insole[31m')
    """
    shown = data.decode("utf-8", "replace")[:TEXT_LENGTH]
    return "".join(each for each in shown if each.isprintable()).strip()


@dataclass(frozen=True, slots=True)
class Pnp:
    """Who made a device. `source` is the register of `vendor`: bluetooth, usb, or its number."""

    source: str | int
    vendor: int
    product: int
    version: int


def pnp(data: bytes) -> Pnp | None:
    """PnP ID, None when it is too short.

    >>> pnp(bytes.fromhex("01590002001001"))
    Pnp(source='bluetooth', vendor=89, product=2, version=272)
    """
    if len(data) < 7:
        return None
    source, vendor, product, version = struct.unpack_from("<BHHH", data)
    return Pnp(SOURCES.get(source, source), vendor, product, version)


@dataclass(frozen=True, slots=True)
class Running:
    """A running-speed measurement.

    Attributes:
        speed_m_s: 0 to 255.99.
        cadence_per_min: as the device counts: most count the steps of both feet, some those of one.
        is_running: it says running, not walking.
        stride_length_m: of two steps, where the device tells it.
        total_distance_m: begins again at 429,496,729.6 m, where the device tells it.
    """

    speed_m_s: float
    cadence_per_min: int
    is_running: bool
    stride_length_m: float | None = None
    total_distance_m: float | None = None


def running(data: bytes) -> Running | None:
    """A measurement, None when it is shorter than its flags say."""
    if len(data) < 4:
        return None
    flags, speed, cadence = struct.unpack_from("<BHB", data)
    at = 4
    stride_m = total_m = None
    if flags & 1:
        if len(data) < at + 2:
            return None
        stride_m = int.from_bytes(data[at : at + 2], "little") / 100
        at += 2
    if flags & 2:
        if len(data) < at + 4:
            return None
        total_m = int.from_bytes(data[at : at + 4], "little") / 10
    return Running(speed / 256, cadence, bool(flags & 4), stride_m, total_m)


def running_bytes(told: Running) -> bytes:
    """The measurement as it is sent, rounded to its steps."""
    has_stride, has_total = told.stride_length_m is not None, told.total_distance_m is not None
    flags = has_stride | has_total << 1 | told.is_running << 2
    speed = min(max(round(told.speed_m_s * 256), 0), 0xFFFF)
    parts = [struct.pack("<BHB", flags, speed, told.cadence_per_min)]
    if told.stride_length_m is not None:
        parts.append((round(told.stride_length_m * 100) & 0xFFFF).to_bytes(2, "little"))
    if told.total_distance_m is not None:
        parts.append((round(told.total_distance_m * 10) & 0xFFFF_FFFF).to_bytes(4, "little"))
    return b"".join(parts)


FEATURES: Final = (
    "stride_length",
    "total_distance",
    "walking_or_running",
    "calibration",
    "multiple_locations",
)


def features(data: bytes) -> dict[str, bool] | None:
    """What a running sensor can do, None when it is too short."""
    if len(data) < 2:
        return None
    bits = int.from_bytes(data[:2], "little")
    return {name: bool(bits >> place & 1) for place, name in enumerate(FEATURES)}


def location(data: bytes) -> str | int | None:
    """Where a running sensor is worn; the number where it has no name here, None when empty."""
    if not data:
        return None
    return LOCATIONS[data[0]] if data[0] < len(LOCATIONS) else data[0]


def facts(device: str, channel: str, data: bytes, *, now_ns: int) -> list[Info | Notice] | None:
    """What a standard characteristic says of a device; None when the channel is none of them."""
    if channel in STRINGS:
        return [Info(device, now_ns, STRINGS[channel], text(data))]
    if channel == BATTERY:
        level = battery(data)
        if level is None:
            why = "a battery level is one byte from 0 to 100"
            return [Notice(device, now_ns, "bad_value", why)]
        return [Info(device, now_ns, "battery", level)]
    if channel == PNP:
        made = pnp(data)
        if made is None:
            return [Notice(device, now_ns, "truncated", "a PnP ID has seven bytes")]
        shown = f"{made.source} {made.vendor:04x}:{made.product:04x}, version {made.version:04x}"
        return [Info(device, now_ns, "pnp", shown)]
    return None
