"""Brilliant Sole insoles: the door. Supported facts and doubts are in docs/protocols.

Bytes are described in `brilliantsole_wire`, read in `brilliantsole_decoder` (sensors beside
pressure in `brilliantsole_sensors`, positions in `brilliantsole_layout`), written in
`brilliantsole_encoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from insole.layouts.reading import load
from insole.model.foot import SensorLayout
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import brilliantsole_wire as wire
from insole_drivers.protocols.brilliantsole_decoder import BrilliantSoleDecoder
from insole_drivers.protocols.brilliantsole_encoder import BrilliantSoleEncoder
from insole_drivers.protocols.brilliantsole_layout import BadPositions, layout_of, positions_of
from insole_drivers.protocols.networked import Network

__all__ = ["PROTOCOL", "BrilliantSole"]

RATES: Final = ("10", "20", "25", "40", "50", "100", "200")
USUAL_RATE: Final = "100"
STREAMS: Final[Mapping[str, tuple[int, ...]]] = {
    "pressure": (wire.PRESSURE,),
    "motion": (wire.PRESSURE, wire.ACCELERATION, wire.GYROSCOPE, wire.GAME_ROTATION),
    "all": (
        wire.PRESSURE,
        wire.ACCELERATION,
        wire.GYROSCOPE,
        wire.GAME_ROTATION,
        wire.MAGNETOMETER,
        wire.BAROMETER,
    ),
}
BUZZ: Final = ((1.0, 300),)  # amplitude and ms
PLACES: Final = {"front": wire.FRONT, "rear": wire.REAR, "both": wire.FRONT | wire.REAR}
NAME_LENGTH: Final = (2, 30)
MOST_VIRTUAL: Final = 64  # sensors that fit one notification of any usual link


class BrilliantSole:
    """The protocol named `brilliantsole`."""

    name = "brilliantsole"
    title = "Brilliant Sole"
    gatt = Gatt(
        service=wire.SERVICE,
        notify=(wire.RX, ble_sig.BATTERY),
        read=ble_sig.TOLD,
        write=(wire.TX,),
        optional=frozenset(ble_sig.TOLD),
    )
    network = Network(
        port=wire.UDP_PORT,
        greeting=lambda port: wire.message(wire.PORT, port.to_bytes(2, "little")),
        enclose=wire.over_network,
    )
    settings = (
        Setting("rate", "samples a second; the device keeps periods of 5 ms", RATES, USUAL_RATE),
        Setting("streams", "what is sent beside pressure", tuple(STREAMS), "pressure"),
        Setting(
            "name",
            "a name of 2 to 30 characters that the insole keeps",
            length=NAME_LENGTH,
            is_once=True,
        ),
        Setting("vibrate", "a short buzz at the start", ("no", *PLACES), "no", is_once=True),
    )

    def match(self, advert: Advert) -> Match | None:
        """Ours when it names our service and is no glove or pair of glasses; side as it tells."""
        if wire.SERVICE not in advert.services:
            return None
        told = [advert.service_data.get(wire.TYPE_DATA, b""), *advert.manufacturer.values()]
        kind = next((data[0] for data in told if data), None)
        if kind is not None and kind not in wire.SIDES:
            return None
        side = None if kind is None else wire.SIDES[kind]
        return Match(protocol=self.name, model=self.title, side=side)

    def decoder(self, device: str) -> BrilliantSoleDecoder:
        """A fresh decoder for one device."""
        return BrilliantSoleDecoder(device, self.name)

    def told(self, wish: Capability) -> Capability:
        """The wish's sensors, or 16 of ours; a period of whole 5 ms; 12-bit counts; no mass."""
        layout = self._told_layout(wish)
        period_ms = min(max(round(200 / wish.rate_hz), 1) * wire.PERIOD_STEP_MS, 1000)
        return replace(
            wish,
            protocol=self.name,
            layout=layout,
            quantity="counts",
            scale=1.0,
            offset=0.0,
            saturated=4095,
            rate_hz=1000 / period_ms,
            mass_kg=None,
        )

    def _told_layout(self, wish: Capability) -> SensorLayout:
        """As positions of one byte carry it."""
        if wish.layout.kind == "discrete" and wish.layout.sensors <= MOST_VIRTUAL:
            try:
                return layout_of(positions_of(wish.layout.xy, wish.side), wish.side)
            except BadPositions:  # too close together for one byte
                pass
        return layout_of(positions_of(load("generic16").xy, wish.side), wish.side)

    def encoder(self, capability: Capability) -> BrilliantSoleEncoder:
        """A fresh encoder for one virtual device."""
        return BrilliantSoleEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:  # noqa: ARG002  not told
        """Name and service; the type in service data."""
        kinds = {side: kind for kind, side in wire.SIDES.items()}
        name = "Sole" if told.side is None else f"Sole {told.side.name[0]}"
        data = {} if told.side is None else {wire.TYPE_DATA: bytes((kinds[told.side],))}
        return Advert("", name, (wire.SERVICE,), {}, data)

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """Who are you, then the streams; positions and clock are asked as the answers come."""
        asked = dict(chosen or {})
        period_ms = round(1000 / float(asked.get("rate", USUAL_RATE)))
        sensors = STREAMS[asked.get("streams", "pressure")]
        more: list[bytes] = []
        name = asked.get("name", "")
        if NAME_LENGTH[0] <= len(name) <= NAME_LENGTH[1]:
            more.append(wire.message(wire.SET_NAME, name.encode()))
        places = PLACES.get(asked.get("vibrate", "no"))
        if places is not None:
            more.append(wire.message(wire.VIBRATE, wire.waveform(places, BUZZ)))
        more.append(wire.configuration(dict.fromkeys(sensors, period_ms)))
        return [Write(wire.TX, payload) for payload in (*wire.handshake(), *more)]

    def stop(self) -> list[Write]:
        """Period 0 for everything that a start may have switched on."""
        return [Write(wire.TX, wire.configuration(dict.fromkeys(STREAMS["all"], 0)))]


PROTOCOL: InsoleProtocol = BrilliantSole()
