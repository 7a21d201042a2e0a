"""Ukaton Mission insoles: the door. Supported facts and doubts are in docs/protocols.

Bytes are described in `ukaton_wire`, read in `ukaton_decoder`, written in `ukaton_encoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from insole.layouts.reading import load
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import ukaton_wire as wire
from insole_drivers.protocols.networked import Network
from insole_drivers.protocols.ukaton_decoder import LAYOUT, UkatonDecoder
from insole_drivers.protocols.ukaton_encoder import UkatonEncoder

__all__ = ["PROTOCOL", "Ukaton"]

RATES: Final = ("10", "20", "25", "50", "100")
USUAL_RATE: Final = "100"
STREAMS: Final[Mapping[str, tuple[int, ...]]] = {
    "pressure": (),
    "motion": (wire.ACCELERATION, wire.ROTATION_RATE, wire.QUATERNION),
    "all": (wire.ACCELERATION, wire.ROTATION_RATE, wire.MAGNETOMETER, wire.QUATERNION),
}
BITS: Final = {"12": wire.TWO_BYTES, "8": wire.ONE_BYTE}
BUZZ: Final = ((100, 300),)  # amplitude of 127 and ms


class Ukaton:
    """The protocol named `ukaton`."""

    name = "ukaton"
    title = "Ukaton Mission"
    gatt = Gatt(
        service=wire.SERVICE,
        notify=(wire.DATA, ble_sig.BATTERY),
        read=(wire.TYPE, wire.NAME, wire.CONFIGURATION, wire.MOTION_CALIBRATION, ble_sig.BATTERY),
        write=(wire.CONFIGURATION, wire.NAME, wire.VIBRATION),
        optional=frozenset((wire.NAME, wire.MOTION_CALIBRATION, ble_sig.BATTERY)),
    )
    network = Network(
        port=wire.UDP_PORT,
        greeting=lambda _: bytes((wire.GET_TYPE,)),
        enclose=wire.over_network,
        local_port=wire.UDP_LOCAL_PORT,
    )
    settings = (
        Setting("rate", "samples a second; the device keeps periods of 10 ms", RATES, USUAL_RATE),
        Setting("streams", "what is sent beside pressure", tuple(STREAMS), "pressure"),
        Setting("bits", "of one pressure value; 8 takes half the air", tuple(BITS), "12"),
        Setting("name", "a name that the insole keeps", is_once=True),
        Setting("vibrate", "a short buzz at the start", ("no", "yes"), "no", is_once=True),
    )

    def match(self, advert: Advert) -> Match | None:
        """Ours when it names our service and is no motion module; side as it tells."""
        data = advert.service_data.get(wire.SERVICE)
        if data is None and wire.SERVICE not in advert.services:
            return None
        if data and data[0] not in wire.SIDES:
            return None
        side = wire.SIDES[data[0]] if data else None
        return Match(protocol=self.name, model=self.title, side=side)

    def decoder(self, device: str) -> UkatonDecoder:
        """A fresh decoder for one device."""
        return UkatonDecoder(device, self.name)

    def told(self, wish: Capability) -> Capability:
        """Sixteen sensors of 12 bits, a period of whole 10 ms, no mass."""
        period_ms = min(max(round(100 / wish.rate_hz), 1) * wire.PERIOD_STEP_MS, 1000)
        return replace(
            wish,
            protocol=self.name,
            layout=load(LAYOUT),
            quantity="counts",
            scale=1.0,
            offset=0.0,
            saturated=wire.TOP_CODES[wire.TWO_BYTES],
            rate_hz=1000 / period_ms,
            mass_kg=None,
        )

    def encoder(self, capability: Capability) -> UkatonEncoder:
        """A fresh encoder for one virtual device."""
        return UkatonEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:  # noqa: ARG002  not told
        """Name and service; type and no Wi-Fi in service data."""
        kind = next((kind for kind, side in wire.SIDES.items() if side is told.side), 0)
        name = "missionDevice" if told.side is None else f"mission {told.side.name[0]}"
        return Advert("", name, (wire.SERVICE,), {}, {wire.SERVICE: bytes((kind, 0))})

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """Periods of what is wanted; each write fits the smallest link."""
        asked = dict(chosen or {})
        period_ms = round(1000 / float(asked.get("rate", USUAL_RATE)))
        form = BITS[asked.get("bits", "12")]
        pressure = {wire.ONE_BYTE: 0, wire.TWO_BYTES: 0} | {form: period_ms}
        writes: list[Write] = []
        if asked.get("name"):
            writes.append(Write(wire.NAME, asked["name"].encode()))
        if asked.get("vibrate", "no") == "yes":
            writes.append(Write(wire.VIBRATION, wire.buzz(BUZZ)))
        motion: dict[int, int] = dict.fromkeys(STREAMS[asked.get("streams", "pressure")], period_ms)
        if motion:
            writes.append(_set(wire.MOTION, motion))
        return [*writes, _set(wire.PRESSURE, pressure)]

    def stop(self) -> list[Write]:
        """Period 0 for everything that a start may have switched on."""
        kinds: dict[int, tuple[int, ...]] = {
            wire.MOTION: STREAMS["all"],
            wire.PRESSURE: tuple(BITS.values()),
        }
        return [_set(sensor, dict.fromkeys(kinds[sensor], 0)) for sensor in kinds]


def _set(sensor: int, periods_ms: Mapping[int, int]) -> Write:
    return Write(wire.CONFIGURATION, wire.configuration({sensor: periods_ms}))


PROTOCOL: InsoleProtocol = Ukaton()
