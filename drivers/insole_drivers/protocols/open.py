"""The Open Insole Stream: our documented protocol that anybody can put on a microcontroller.

The specification is docs/protocol-open.md. This module is the door; bytes are described in
`open_wire`, read in `open_decoder`, written in `open_encoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from insole.model.foot import Side
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.protocols import open_wire as wire
from insole_drivers.protocols.open_capability import SIDES, as_told
from insole_drivers.protocols.open_decoder import OpenDecoder
from insole_drivers.protocols.open_encoder import OpenEncoder

__all__ = ["PROTOCOL", "OpenInsole", "advert_data", "advert_name", "as_told", "set_rate"]

RATES: Final = ("25", "50", "100", "200", "250", "400", "500")

ADVERT_VERSION: Final = 1
NO_BATTERY: Final = 255


class OpenInsole:
    """The protocol named `open`."""

    name = "open"
    title = "Open Insole Stream"
    gatt = Gatt(
        service=wire.SERVICE,
        notify=(wire.STREAM, wire.BATTERY),
        read=(wire.BATTERY, *wire.STRINGS),
        write=(wire.CONTROL,),
        optional=frozenset((wire.BATTERY, *wire.STRINGS)),
    )
    settings = (Setting("rate", "samples a second", RATES),)

    def match(self, advert: Advert) -> Match | None:
        """Ours when it names our service; side and battery as far as it tells them."""
        data = advert.service_data.get(wire.SERVICE)
        if wire.SERVICE not in advert.services and data is None:
            return None
        side, battery = _side_in_name(advert.name), None
        if data is not None and len(data) >= 3 and data[0] == ADVERT_VERSION:
            side = SIDES[data[1]] if data[1] < len(SIDES) else side
            battery = data[2] if data[2] <= 100 else None
        return Match(protocol=self.name, model=self.title, side=side, battery=battery)

    def decoder(self, device: str) -> OpenDecoder:
        """A fresh decoder for one device."""
        return OpenDecoder(device, self.name)

    def told(self, wish: Capability) -> Capability:
        """Anything can be told, rounded as the document rounds it."""
        return replace(as_told(wish), protocol=self.name)

    def encoder(self, capability: Capability) -> OpenEncoder:
        """A fresh encoder for one virtual device."""
        return OpenEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """Name and service in the advertisement, the rest in the scan response."""
        data = advert_data(told.side, battery=battery, serial=told.serial)
        return Advert("", advert_name(told.side), (wire.SERVICE,), {}, {wire.SERVICE: data})

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """Capability first, so that the first sample can be understood."""
        rate = (chosen or {}).get("rate")
        asked = [] if rate is None else [set_rate(float(rate))]
        return [
            *asked,
            Write(wire.CONTROL, bytes([wire.ASK])),
            Write(wire.CONTROL, bytes([wire.START])),
        ]

    def stop(self) -> list[Write]:
        """End of the stream."""
        return [Write(wire.CONTROL, bytes([wire.STOP]))]


def set_rate(rate_hz: float) -> Write:
    """Ask the insole for another sampling rate; it answers with a new capability."""
    mhz = round(rate_hz * 1000)
    return Write(wire.CONTROL, bytes([wire.SET_RATE]) + mhz.to_bytes(4, "little"))


def advert_name(side: Side | None) -> str:
    """Local name of at most 8 characters, what fits beside the service's UUID.

    >>> advert_name(Side.LEFT)
    'Insole L'
    """
    return "Insole" if side is None else f"Insole {side.name[0]}"


def advert_data(side: Side | None, *, battery: int | None, serial: str) -> bytes:
    """Service data for the scan response: version, side, battery, start of the serial.

    >>> advert_data(Side.RIGHT, battery=80, serial="A7").hex()
    '0102504137'
    """
    level = NO_BATTERY if battery is None else battery
    return bytes([ADVERT_VERSION, SIDES.index(side), level]) + serial.encode()[:8]


def _side_in_name(name: str) -> Side | None:
    return {" L": Side.LEFT, " R": Side.RIGHT}.get(name[-2:])


PROTOCOL: InsoleProtocol = OpenInsole()
