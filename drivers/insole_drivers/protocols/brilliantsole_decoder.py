"""Decoder of Brilliant Sole insoles: messages of one device in, values out, nothing raised."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Readings,
    Samples,
    Write,
)
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import brilliantsole_wire as wire
from insole_drivers.protocols.brilliantsole_layout import BadPositions, layout_of
from insole_drivers.protocols.brilliantsole_sensors import Unread, readings
from insole_drivers.protocols.counted import CountedTime
from insole_drivers.protocols.teller import Refused, Teller

WRAP_US: Final = 65_536_000
ASK_AGAIN_NS: Final = 1_000_000_000  # between two requests for the same thing
ASK_LIMIT: Final = 5  # requests a link
TOP_CODE: Final = 65535
MOST_SCALAR: Final = 1e6
SCALE_12_BIT: Final = 1 / 4096  # the maker's scalar of a 12-bit converter
TOP_12_BIT: Final = 4095
HEARTBEAT_NS: Final = 2_000_000_000  # pings over the network


class BrilliantSoleDecoder(Teller):
    """Decoder of one device.

    Memory is bounded: what the device said of itself, and the newest places in time. All of it
    outlives a link, so that numbers go on after a reconnect.
    """

    def __init__(self, device: str, protocol: str) -> None:
        super().__init__(device)
        self._protocol = protocol
        self._time = CountedTime(WRAP_US)
        self._side: Side | None = None
        self._is_insole = True
        self._id = ""
        self._positions = b""
        self._awaits_positions = False
        self._periods_ms: dict[int, int] = {}
        self._period_ms = 0  # of pressure, the last that was not 0
        self._scalars: dict[int, float] = {}
        self._counts: dict[int, int] = {}
        self._told: tuple[object, ...] = ()  # what the last Capability on this link was made of
        self._is_clock_unset = False
        self._asked: dict[int, tuple[int, int]] = {}  # message: how often, and when last
        self._is_network = False
        self._heartbeat_ns = 0

    def _new_link(self, event: Connected | Disconnected) -> None:
        self._time.new_link()
        self._told = ()
        self._asked.clear()
        self._is_clock_unset = False
        self._heartbeat_ns = 0
        if isinstance(event, Connected):
            self._side = self._side or event.side_hint
            self._is_network = event.address.startswith(f"{wire.UDP}:")

    # --- channels ---

    def _packet(self, channel: str, data: bytes) -> None:
        if channel == wire.RX:
            self._messages(data)
        elif channel == wire.UDP:
            self._datagram(data)
        else:
            self._standard(channel, data)

    def _messages(self, data: bytes) -> None:
        whole, rest = wire.messages(data)
        for kind, payload in whole:
            self._guarded(self._message, kind, payload)
        if rest or not data:
            text = f"{rest} of {len(data)} bytes are no whole message"
            self._notice("truncated", text, offset=len(data) - rest)

    def _datagram(self, data: bytes) -> None:
        self._is_network = True
        whole, rest = wire.messages(data)
        for kind, payload in whole:
            self._guarded(self._outer, kind, payload)
        if rest or not data:
            self._notice("truncated", f"{rest} of {len(data)} bytes are no whole envelope")

    def _outer(self, kind: int, payload: bytes) -> None:
        if kind == wire.PING:
            self._out.append(Write(wire.UDP, wire.message(wire.PONG), response=False))
        elif kind == wire.BATTERY_LEVEL:
            self._standard(ble_sig.BATTERY, payload)
        elif kind == wire.INFORMATION:
            self._information(payload)
        elif kind == wire.MESSAGE:
            self._messages(payload)
        elif kind not in (wire.PONG, wire.PORT):
            raise Refused("unknown_type", f"envelope {kind} is not defined")

    def _tick(self) -> None:
        """Over the network the client speaks each 2 s, or the device takes it for gone."""
        if self._is_network and self._now_ns - self._heartbeat_ns >= HEARTBEAT_NS:
            self._heartbeat_ns = self._now_ns
            self._out.append(Write(wire.UDP, wire.message(wire.PING), response=False))

    def _information(self, payload: bytes) -> None:
        at = 0
        while at + 2 <= len(payload):
            kind, size = payload[at], payload[at + 1]
            value = payload[at + 2 : at + 2 + size]
            at += 2 + size
            if kind >= len(wire.INFORMATION_KINDS) or len(value) < size:
                raise Refused("bad_value", f"device information {kind} of {size} bytes")
            self._standard(wire.INFORMATION_KINDS[kind], value)

    # --- messages ---

    def _message(self, kind: int, data: bytes) -> None:
        if kind in _NUMBERS:
            name, form = _NUMBERS[kind]
            (value,) = struct.unpack_from(form, _least(data, struct.calcsize(form)))
            if not math.isfinite(value):
                raise Refused("bad_value", f"{name} is no number")
            self._info(name, int(value) if isinstance(value, bool) else value)
        elif kind in _TEXTS:
            self._info(_TEXTS[kind], ble_sig.text(data))
        elif kind == wire.DATA:
            self._data(data)
        else:
            self._fact(kind, data)

    def _fact(self, kind: int, data: bytes) -> None:
        match kind:
            case wire.ID:
                self._id = ble_sig.text(data)
                self._info("id", self._id)
            case wire.TYPE | wire.SET_TYPE:
                self._type(data)
            case wire.TIME | wire.SET_TIME:
                self._clock(data)
            case wire.CONFIGURATION | wire.SET_CONFIGURATION:
                self._configuration(data)
            case wire.POSITIONS:
                self._places(data)
            case wire.SCALARS:
                self._scales(data)
            case wire.VIBRATION_PLACES:
                self._vibration(data)
            case wire.ADDRESS:
                self._ip(data)
            case wire.COUNTS:
                self._sensor_counts(data)
            case _ if kind >= wire.KNOWN_TO_MAKER:
                raise Refused("unknown_type", f"message {kind} is not defined")
            case _:
                pass  # files, sound, display ...: nothing of a foot

    # Without a checksum a damaged message may look like another one. What changes how samples
    # are read must therefore be whole, sensible, and asked for.

    def _type(self, data: bytes) -> None:
        kind = _exactly(data, 1)[0]
        if kind >= len(wire.TYPES):
            raise Refused("bad_value", f"device type {kind} is not defined")
        self._is_insole = kind in wire.SIDES
        self._side = wire.SIDES.get(kind, self._side)
        self._info("type", wire.TYPES[kind])
        if not self._is_insole:
            raise Refused("protocol", f"this is no insole, it says {wire.TYPES[kind]}")
        self._tell()

    def _clock(self, data: bytes) -> None:
        """0 means a device that restarted; the first other time after it is a new clock."""
        is_unset = not any(_exactly(data, 8))
        if is_unset or self._is_clock_unset:
            self._time.rebase()
        self._is_clock_unset = is_unset
        if is_unset:
            self._ask(wire.SET_TIME)

    def _configuration(self, data: bytes) -> None:
        records = _records(data, wire.PERIOD)
        if any(period % wire.PERIOD_STEP_MS for _, period in records):
            raise Refused("bad_value", "a period is not a multiple of 5 ms")
        periods_ms = {sensor: each for sensor, each in records if sensor < len(wire.SENSORS)}
        for sensor, period_ms in periods_ms.items():
            self._info(f"period_{wire.SENSORS[sensor]}_ms", period_ms)
        self._periods_ms = periods_ms
        self._period_ms = periods_ms.get(wire.PRESSURE, 0) or self._period_ms
        if wire.PRESSURE in periods_ms and wire.POSITIONS not in self._asked:
            self._ask(wire.POSITIONS)
        if {wire.BUTTONS, wire.TOUCHES} & periods_ms.keys() and not self._counts:
            self._ask(wire.COUNTS)
        self._tell()

    def _places(self, data: bytes) -> None:
        positions = data[: len(data) & ~1]
        if positions == self._positions:
            self._awaits_positions = False
            return
        if self._positions and not self._awaits_positions:
            raise Refused("protocol", "other positions of the sensors, which nobody asked for")
        try:
            layout_of(positions, self._side)
        except BadPositions as why:
            raise Refused("bad_value", f"the positions are refused: {why}") from None
        self._positions, self._awaits_positions = positions, False
        self._tell()

    def _scales(self, data: bytes) -> None:
        records = _records(data, wire.SCALAR)
        for sensor, value in records:
            if not (math.isfinite(value) and 0 <= value < MOST_SCALAR):
                raise Refused("bad_value", f"sensor {sensor} has the scalar {value:g}")
        self._scalars |= {sensor: each for sensor, each in records if sensor < len(wire.SENSORS)}
        self._tell()

    def _sensor_counts(self, data: bytes) -> None:
        self._counts = dict(_records(data, wire.COUNT))

    def _vibration(self, data: bytes) -> None:
        names = ("front", "rear", "left", "right")
        if any(place >= len(names) for place in data):
            raise Refused("bad_value", "a place of vibration is not defined")
        self._info("vibrates_at", " ".join(names[place] for place in data))

    def _ip(self, data: bytes) -> None:
        if data:
            self._info("ip_address", ".".join(str(byte) for byte in _least(data, 4)[:4]))

    # --- sensors ---

    def _data(self, data: bytes) -> None:
        told_us = 1000 * int.from_bytes(_least(data, 2)[:2], "little")
        tick_us = self._time.at(told_us, self._now_ns)
        if tick_us is None:
            raise Refused("bad_value", "a time that fits neither the last one nor its arrival")
        at = 2
        while at + 2 <= len(data):
            sensor, size = data[at], data[at + 1]
            value = data[at + 2 : at + 2 + size]
            at += 2 + size
            if len(value) < size:
                raise Refused("truncated", f"sensor {sensor}: {len(value)} of {size} bytes")
            self._guarded(self._sensor, sensor, value, tick_us)
        if at < len(data):
            raise Refused("truncated", "a byte is no whole sensor")

    def _sensor(self, sensor: int, data: bytes, tick_us: int) -> None:
        if sensor == wire.PRESSURE:
            self._pressure(data, tick_us)
            return
        try:
            said = readings(
                sensor, data, scalar=self._scalar(sensor), count=self._counts.get(sensor)
            )
        except Unread as why:
            raise Refused(why.kind, str(why)) from None
        if said is None:
            return
        self._out.append(
            Readings(
                device=self._device,
                kind=said.kind,
                unit=said.unit,
                channels=said.channels,
                tick_us=np.full(len(said.values), tick_us, np.int64),
                arrival_ns=np.full(len(said.values), self._now_ns, np.int64),
                values=said.values,
                scale=said.scale,
            )
        )

    def _pressure(self, data: bytes, tick_us: int) -> None:
        sensors = len(self._positions) // 2
        if not sensors:
            self._ask(wire.POSITIONS)
            raise Refused("protocol", "pressure before the positions of its sensors")
        if wire.PRESSURE not in self._periods_ms:
            self._ask(wire.CONFIGURATION)
        if len(data) // 2 != sensors:
            why = f"{len(data) // 2} pressure values of {sensors} sensors"
            raise Refused("truncated" if len(data) // 2 < sensors else "bad_value", why)
        values = np.frombuffer(data, "<u2", count=sensors).astype(np.uint16).reshape(1, sensors)
        clipped = bool((values >= self._saturated()).any())
        self._out.append(
            Samples(
                device=self._device,
                sequence=np.array([self._time.number(tick_us, 1000 * self._period_ms)], np.int64),
                tick_us=np.array([tick_us], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=values,
                flags=np.array([Quality.CLIPPED if clipped else 0], np.uint32),
                segment=self._time.segment,
            )
        )

    def _scalar(self, sensor: int) -> float:
        return self._scalars.get(sensor) or 1.0

    def _saturated(self) -> int:
        return TOP_12_BIT if self._scalar(wire.PRESSURE) == SCALE_12_BIT else TOP_CODE

    # --- saying ---

    def _tell(self) -> None:
        """The capability, once everything about it is known, and whenever it changes."""
        if not (self._is_insole and self._positions and self._period_ms):
            return
        saturated = self._saturated()
        serial = self._texts.get("serial", "") or self._id
        firmware = self._texts.get("firmware", "")
        facts = (self._side, self._positions, self._period_ms, saturated, serial, firmware)
        if facts == self._told:
            return
        self._told = facts
        self._out.append(
            Capability(
                device=self._device,
                protocol=self._protocol,
                serial=serial,
                firmware=firmware,
                side=self._side,
                layout=layout_of(self._positions, self._side),
                quantity="counts",
                scale=1.0,
                offset=0.0,
                saturated=saturated,
                rate_hz=1000 / self._period_ms,
            )
        )

    def _ask(self, kind: int) -> None:
        """Ask the device, or set its clock: a few times a link, with pauses."""
        times, asked_ns = self._asked.get(kind, (0, 0))
        if times >= ASK_LIMIT or (times and self._now_ns - asked_ns < ASK_AGAIN_NS):
            return
        self._asked[kind] = (times + 1, self._now_ns)
        self._awaits_positions |= kind == wire.POSITIONS
        write = wire.clock_write() if kind == wire.SET_TIME else Write(wire.TX, wire.message(kind))
        self._out.append(wire.over_network(write) if self._is_network else write)


_NUMBERS: Final[Mapping[int, tuple[str, str]]] = {
    wire.CHARGING: ("charging", "<?"),
    wire.CURRENT: ("battery_current_ma", "<f"),
    wire.MTU: ("mtu", "<H"),
    wire.WIFI_AVAILABLE: ("wifi_available", "<?"),
    wire.WIFI_CONNECTED: ("wifi_connected", "<?"),
    wire.WIFI_SECURE: ("wifi_secure", "<?"),
}
_TEXTS: Final[Mapping[int, str]] = {
    wire.NAME: "name",
    wire.SET_NAME: "name",
    wire.WIFI_NAME: "wifi_name",
}


def _records(data: bytes, form: struct.Struct) -> list[tuple[Any, Any]]:
    """Whole records of a sensor and a value, each sensor once."""
    if len(data) % form.size:
        raise Refused("truncated", f"{len(data) % form.size} bytes are no whole record")
    records = list(form.iter_unpack(data))
    if len({sensor for sensor, _ in records}) < len(records):
        raise Refused("bad_value", "a sensor is named twice")
    return records


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) > size:
        raise Refused("bad_value", f"{len(data)} bytes in place of {size}")
    return _least(data, size)


def _least(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise Refused("truncated", f"{len(data)} of {size} bytes")
    return data
