"""Other devices on the air: many, repeated, and with names that nobody should print."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import numpy as np
from bumble import hci
from bumble.core import AdvertisingData

if TYPE_CHECKING:
    from insole_drivers.virtual.air import Air

NAMES: Final = (
    b"",
    b"\x1b[2J\x1b]0;owned\x07",
    b"a\r\nb\x00c\x08\x08",
    b"\xff\xfe\xf0\x9f",
    "\u202egnp.exe\u2066".encode(),
    b"%s%n{0}" * 3,
    b"N" * 26,
)
BROKEN: Final = (  # whole advertisements that no reader should trust
    b"",
    b"\x00\x00\x00",
    b"\x1f\x09abc",  # a length beyond the end
    b"\x01\xff",
    b"\x02\x07\xaa",  # half a service
)
AT_ONCE: Final = 20
PAUSE_S: Final = 0.01


async def crowd(air: Air, count: int, *, seed: int) -> None:
    """So many devices, a few at a time, each again and again."""
    random = np.random.default_rng([seed, count])
    people = [_stranger(random, number) for number in range(count)]
    while people:
        for at in range(0, count, AT_ONCE):
            for address, data in people[at : at + AT_ONCE]:
                air.advertise(address, data)
                if random.random() < 0.5:
                    air.advertise(address, data)
            await asyncio.sleep(PAUSE_S)


def _stranger(random: np.random.Generator, number: int) -> tuple[hci.Address, bytes]:
    tail = ":".join(f"{byte:02X}" for byte in random.bytes(2))
    address = hci.Address(f"C2:00:{number >> 8 & 0xFF:02X}:{number & 0xFF:02X}:{tail}")
    if number % 3 == 0:
        return address, BROKEN[number // 3 % len(BROKEN)]
    name = NAMES[number % len(NAMES)]
    data = AdvertisingData([(AdvertisingData.Type.COMPLETE_LOCAL_NAME, name)])
    return address, bytes(data)[:31]
