"""ORPHE INSOLE: six pressure sensors, motion and gait in each insole.

What is supported, and on what evidence, is told in docs/protocols/orphe_insole.md. This module is
the door; bytes are described in `orphe_wire`, read in `orphe_insole_decoder`, written in
`orphe_insole_encoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from insole.model.foot import SensorLayout, Side
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_insole_decoder import SATURATED, OrpheDecoder
from insole_drivers.protocols.orphe_insole_encoder import OrpheEncoder

PREFIX: Final = "INS"
LAYOUT: Final = "orphe6"
POLL_S: Final = 0.2
MODES: Final = {"all": 4, "fast": 3, "fifo": 2, "motion": 1}
"""Words of the setting `mode` to the maker's numbers."""


class OrpheInsole:
    """The protocol named `orphe_insole`."""

    name = "orphe_insole"
    title = "ORPHE INSOLE"
    gatt = Gatt(
        service=wire.INFORMATION_SERVICE,
        notify=(wire.VALUES, wire.GAIT),
        read=(wire.STATE,),
        write=(wire.STATE, wire.CLOCK),
        optional=frozenset((wire.GAIT,)),
        homes={wire.VALUES: wire.OTHER_SERVICE, wire.GAIT: wire.OTHER_SERVICE},
        tick_s=POLL_S,
    )
    settings = (
        Setting(
            "mode",
            "all: pressure, motion and orientation at 100 Hz; fast: pressure and motion at 200 Hz; "
            "fifo: the same without loss, later; motion: no pressure",
            tuple(MODES),
            "all",
        ),
        Setting(
            "analysis",
            "reset: the insole counts its own steps anew",
            ("keep", "reset"),
            "keep",
            is_once=True,
        ),
    )

    def match(self, advert: Advert) -> Match | None:
        """Ours by its name: some firmware advertises no service, and pods advertise the same."""
        if not advert.name.startswith(PREFIX):
            return None
        if advert.services and wire.INFORMATION_SERVICE not in advert.services:
            return None
        told = wire.told(advert)
        side = None if told is None else wire.side_of(told.mount)
        battery = None if told is None or told.battery > 100 else told.battery
        return Match(protocol=self.name, model=self.title, side=side, battery=battery)

    def decoder(self, device: str) -> OrpheDecoder:
        """A fresh decoder for one device."""
        return OrpheDecoder(device, layout=_layout(), protocol=self.name)

    def told(self, wish: Capability) -> Capability:
        """Six sensors that tell counts; 100 Hz, or 200 Hz when that is nearer."""
        return replace(
            wish,
            protocol=self.name,
            layout=_layout(),
            quantity="counts",
            scale=1.0,
            offset=0.0,
            saturated=SATURATED,
            rate_hz=100.0 if wish.rate_hz < 150.0 else 200.0,
            mass_kg=None,
        )

    def encoder(self, capability: Capability) -> OrpheEncoder:
        """A fresh encoder for one virtual device."""
        return OrpheEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """Name and service, then where it is mounted and its battery."""
        mount = 1 if told.side is Side.RIGHT else 0
        data = wire.manufacturer_data(mount=mount, battery=battery, version=(1, 0, 1))
        name = f"{PREFIX}-{told.serial[-4:]}"
        return Advert("", name, (wire.INFORMATION_SERVICE,), {wire.COMPANY: data})

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """The mode; in the loss-free one the monitor, the decoder asks for the rest."""
        wanted = {each.name: each.usual for each in self.settings} | dict(chosen or {})
        writes = [wire.command(wire.RESET_ANALYSIS)] if wanted["analysis"] == "reset" else []
        writes.append(wire.command(wire.SET_MODE, MODES[wanted["mode"]]))
        if wanted["mode"] == "fifo":
            writes.append(wire.command(wire.FIFO_COMMAND, wire.MONITOR))
        return writes

    def stop(self) -> list[Write]:
        """No monitor, and the mode that the maker's own programs expect."""
        return [
            wire.command(wire.FIFO_COMMAND, wire.STOP_MONITOR),
            wire.command(wire.SET_MODE, MODES["all"]),
        ]


@cache
def _layout() -> SensorLayout:
    from insole.layouts import load  # reads a packaged file

    return load(LAYOUT)


PROTOCOL: InsoleProtocol = OrpheInsole()
