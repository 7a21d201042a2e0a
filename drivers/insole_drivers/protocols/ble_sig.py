"""Standard services of the Bluetooth SIG: battery, device information, running speed and cadence.

One decoder for all drivers: links, every protocol's decoder and the foot pod read these here.
Little endian throughout; formats as in Bluetooth's assigned numbers. A battery level is exactly one
byte from 0 to 100, since several insoles put something else under its number; what follows a
running-speed measurement is ignored, as the service allows.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID


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

TEXT_LENGTH: Final = 64  # longest text that is believed
SOURCES: Final = {1: "bluetooth", 2: "usb"}
LOCATIONS: Final = (
    *("other", "top of shoe", "in shoe", "hip", "front wheel", "left crank", "right crank"),
    *("left pedal", "right pedal"),
)
NAMED_LOCATIONS: Final = 4  # those of runners; the others belong to bicycles


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
