"""Moticon insoles over a network: the maker's desktop program passes on what it receives.

Their Bluetooth is not public, so nothing is found by a scan. One datagram is one instant of both
feet: numbers as text. Which numbers depends on what is ticked in the maker's program, so the
columns are a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from insole.errors import RequestError
from insole.layouts.reading import load
from insole.model.foot import Side
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.protocols import moticon_wire as wire
from insole_drivers.protocols.moticon_decoder import LAYOUTS, MoticonDecoder
from insole_drivers.protocols.moticon_encoder import MoticonEncoder
from insole_drivers.protocols.networked import CHANNEL, Network

RATE_HZ: Final = 100.0  # most that these insoles can


class Moticon:
    """The protocol named `moticon`."""

    name = "moticon"
    title = "Moticon"
    gatt = Gatt(service="", notify=(CHANNEL,))
    network = Network(
        port=8888,
        greeting=None,
        enclose=lambda write: write,
        silence_s=3.0,
        sides=tuple(Side),
        told=("columns", "layout"),
        fault=wire.fault,
    )
    settings = (
        Setting("columns", "what each datagram holds, in order", (), wire.ALL),
        Setting("layout", "where the sensors lie", LAYOUTS, LAYOUTS[0]),
    )

    def match(self, advert: Advert) -> Match | None:  # noqa: ARG002  their Bluetooth is closed
        """Never: these insoles speak to their maker's programs only."""
        return None

    def decoder(self, device: str) -> MoticonDecoder:
        """A fresh decoder for one foot."""
        return MoticonDecoder(device, self.name)

    def told(self, wish: Capability) -> Capability:
        """Sixteen pressures in steps of 0.01 N/cm2."""
        return replace(
            wish,
            protocol=self.name,
            serial="",
            firmware="",
            layout=load(LAYOUTS[0]),
            quantity="kPa",
            scale=wire.KPA_PER_CODE,
            offset=0.0,
            saturated=None,
            rate_hz=min(wish.rate_hz, RATE_HZ),
            mass_kg=None,
        )

    def encoder(self, capability: Capability) -> MoticonEncoder:
        """Datagrams with one foot's numbers, and none of the other's."""
        return MoticonEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:  # noqa: ARG002  refused
        """Refused.

        Raises:
            RequestError: there is nothing of theirs on Bluetooth that could be imitated.
        """
        raise RequestError(
            "Moticon insoles cannot be simulated over Bluetooth",
            where="protocol moticon",
            why="what they say there is not public",
            fix="Use another protocol, or hear the maker's program: --source udp:moticon=:8888",
        )

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:  # noqa: ARG002
        """Nothing: the maker's program sends by itself."""
        return []

    def stop(self) -> list[Write]:
        """Nothing."""
        return []


PROTOCOL: InsoleProtocol = Moticon()
