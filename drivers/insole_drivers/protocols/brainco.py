"""BrainCo insoles: 48 resistances and motion in a byte stream of protobuf messages.

What is supported and what is not known is told in docs/protocols/brainco.md. Bytes are described
in `brainco_wire`, messages in `brainco_messages`, requests in `brainco_requests`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from insole.model.foot import Side
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.protocols import brainco_requests as requests
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.brainco_decoder import (
    MICROSIEMENS,
    TOP_CODE,
    BraincoDecoder,
    layout,
)
from insole_drivers.protocols.brainco_encoder import RATES, BraincoEncoder

TICK_S: Final = 20.0  # between two looks at whether the battery must be asked for again
BITS: Final = {1: Side.LEFT, 2: Side.LEFT, 3: Side.RIGHT}  # first byte of manufacturer data
USUAL_HZ: Final = 50


class Brainco:
    """The protocol named `brainco`."""

    name = "brainco"
    title = "BrainCo"
    gatt = Gatt(
        service=wire.SERVICE,
        notify=(wire.RX,),
        write=(wire.TX,),
        by_property=frozenset((wire.RX, wire.TX)),
        tick_s=TICK_S,
    )
    settings = (
        Setting("rate", "samples a second", tuple(str(rate) for rate in RATES), str(USUAL_HZ)),
        Setting(
            "pressure",
            "resistances, the maker's values, or both",
            ("raw", "both", "calibrated"),
            "raw",
        ),
    )

    def match(self, advert: Advert) -> Match | None:
        """Ours when it names our service or speaks as our company."""
        told = [advert.manufacturer[each] for each in wire.COMPANIES if each in advert.manufacturer]
        if wire.SERVICE not in advert.services and not told:
            return None
        side = BITS.get(told[0][0]) if told and told[0] else None
        return Match(protocol=self.name, model=self.title, side=side)

    def decoder(self, device: str) -> BraincoDecoder:
        """A fresh decoder for one device."""
        return BraincoDecoder(device, self.name)

    def told(self, wish: Capability) -> Capability:
        """48 cells at the nearest rate; its values are conductances, its makers give no forces."""
        return replace(
            wish,
            protocol=self.name,
            layout=layout(),
            quantity="counts",
            scale=MICROSIEMENS,
            offset=0.0,
            saturated=TOP_CODE,
            rate_hz=float(min(RATES, key=lambda rate: abs(rate - wish.rate_hz))),
            mass_kg=None,
        )

    def encoder(self, capability: Capability) -> BraincoEncoder:
        """A fresh encoder for one virtual device."""
        return BraincoEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """Service, and the side in the manufacturer's data; the battery is not on the air."""
        del battery
        code = {Side.LEFT: wire.LEFT, Side.RIGHT: wire.RIGHT, None: 0}[told.side]
        return Advert("", "BrainCo", (wire.SERVICE,), {wire.COMPANIES[0]: bytes([code])}, {})

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """Learn who it is and how it is set, start; what is chosen is set with the start."""
        known = (requests.DEVICE_INFO, requests.BATTERY, requests.STATUS)
        if not chosen:
            return requests.writes(*known, requests.CONFIG, requests.START)
        rate, mode = chosen.get("rate", str(USUAL_HZ)), chosen.get("pressure", "raw")
        wanted = requests.configured(int(rate), pressure=mode) + requests.START
        return requests.writes(*known, wanted, requests.CONFIG)

    def stop(self) -> list[Write]:
        """End of the stream."""
        return requests.writes(requests.STOP)


PROTOCOL: InsoleProtocol = Brainco()
