"""Decoder of Ukaton Mission insoles: notifications or datagrams in, values out, nothing raised.

Over Bluetooth the device does not say which period it took. It is read off the times of the first
samples, which wait for it; from then on a lasting change of the steps is a change of the period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from insole.layouts.reading import load
from insole.model.arrays import Raw
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
from insole_drivers.protocols import ukaton_wire as wire
from insole_drivers.protocols.counted import CountedTime, FoundPeriod
from insole_drivers.protocols.teller import Refused, Teller

WRAP_US: Final = 65_536_000
LAYOUT: Final = "ukaton16"
XYZ: Final = ("x", "y", "z")
MOTIONS: Final = (
    ("acceleration", "m/s2", XYZ, 2.0**-8),
    ("gravity", "m/s2", XYZ, 2.0**-8),
    ("linear_acceleration", "m/s2", XYZ, 2.0**-8),
    ("gyroscope", "rad/s", XYZ, 2.0**-9),
    ("magnetometer", "uT", XYZ, 2.0**-4),
    ("quaternion", "", ("w", "x", "y", "z"), 2.0**-14),
)
"""Kind, unit, channels and scale of each motion type; axes are the chip's own."""
COMPUTED: Final = {
    wire.CENTRE: ("centre_of_mass", ("x", "y"), "<f4", 1.0),
    wire.MASS: ("mass", ("mass",), "<u4", 1 / 65536),
    wire.HEEL_TO_TOE: ("heel_to_toe", ("y",), "<f8", 1.0),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One sample whose number is not known yet."""

    tick_us: int
    arrival_ns: int
    segment: int
    values: Raw


class UkatonDecoder(Teller):
    """Decoder of one device.

    Memory is bounded: nine samples that wait for their period, and the newest places in time.
    """

    def __init__(self, device: str, protocol: str) -> None:
        super().__init__(device)
        self._protocol = protocol
        self._layout = load(LAYOUT)
        self._time = CountedTime(WRAP_US)
        self._side: Side | None = None
        self._is_insole = True
        self._period = FoundPeriod(1000 * wire.PERIOD_STEP_MS)
        self._form = wire.TWO_BYTES
        self._waiting: list[_Row] = []
        self._told: tuple[object, ...] = ()  # what the last Capability on this link was made of
        self._is_network = False
        self._is_type_known = False

    def _new_link(self, event: Connected | Disconnected) -> None:
        self._time.new_link()
        self._unsettle()
        self._is_type_known = False
        self._told = ()
        if isinstance(event, Connected):
            self._side = self._side or event.side_hint
            self._is_network = event.address.startswith(f"{wire.UDP}:")

    def _unsettle(self) -> None:
        """The period is to be found anew."""
        if self._waiting:
            text = f"{len(self._waiting)} samples ended before their period was known"
            self._notice("protocol", text)
        self._period.forget()
        self._waiting.clear()

    # --- channels ---

    def _packet(self, channel: str, data: bytes) -> None:
        match channel:
            case wire.DATA:
                self._data(data)
            case wire.UDP:
                self._datagram(data)
            case wire.TYPE:
                self._type(data)
            case wire.NAME:
                self._info("name", ble_sig.text(data))
            case wire.MOTION_CALIBRATION:
                self._calibration(data)
            case wire.CONFIGURATION:
                self._periods(data)
            case _:
                self._standard(channel, data)

    def _datagram(self, data: bytes) -> None:
        self._is_network = True
        if not data:
            raise Refused("truncated", "an empty datagram")
        kind, rest = data[0], data[1:]
        match kind:
            case wire.SENSOR_DATA:
                self._data(rest)
            case wire.LEVEL:
                self._standard(ble_sig.BATTERY, rest)
            case wire.GET_TYPE | wire.SET_TYPE:
                self._is_type_known = True
                self._type(rest)
            case wire.GET_NAME | wire.SET_NAME:
                self._info("name", ble_sig.text(rest))
            case wire.CALIBRATION:
                self._calibration(rest)
            case wire.GET_PERIODS | wire.SET_PERIODS:
                self._configured(rest)
            case wire.PING | wire.VIBRATE:
                pass
            case _:
                raise Refused("unknown_type", f"datagram {kind} is not defined")

    def _tick(self) -> None:
        """Over the network the client speaks each second: first it asks for the type."""
        if self._is_network:
            kind = wire.PING if self._is_type_known else wire.GET_TYPE
            self._out.append(Write(wire.UDP, bytes((kind,)), response=False))

    def _type(self, data: bytes) -> None:
        kind = data[0] if len(data) == 1 else len(wire.TYPES)
        if kind >= len(wire.TYPES):
            raise Refused("bad_value", "a device type is one byte from 0 to 2")
        self._is_insole = kind in wire.SIDES
        self._side = wire.SIDES.get(kind, self._side)
        self._info("type", wire.TYPES[kind])
        if not self._is_insole:
            raise Refused("protocol", f"this is no insole, it is a {wire.TYPES[kind]}")

    def _calibration(self, data: bytes) -> None:
        if len(data) != 4:
            raise Refused("bad_value", f"{len(data)} bytes of motion calibration, not 4")
        self._info("motion_calibration", " ".join(str(value) for value in data))

    def _configured(self, data: bytes) -> None:
        """A datagram with the periods as they are now, after one byte with their size."""
        if len(data) != 1 + wire.PERIODS.size or data[0] != wire.PERIODS.size:
            raise Refused("bad_value", f"{len(data)} bytes are no configuration")
        one, two = self._periods(data[1:])
        period_ms = two or one
        if period_ms and 1000 * period_ms != self._period.us:
            self._unsettle()
            self._period.us = 1000 * period_ms

    def _periods(self, data: bytes) -> tuple[int, int]:
        """Periods of pressure in one byte and in two, ms."""
        if len(data) != wire.PERIODS.size:
            raise Refused("bad_value", f"{len(data)} bytes of periods, not {wire.PERIODS.size}")
        periods = wire.PERIODS.unpack(data)
        motions = len(wire.SIZES[wire.MOTION])
        one, two = periods[motions + wire.ONE_BYTE], periods[motions + wire.TWO_BYTES]
        self._info("period_pressure_ms", two or one)
        return one, two

    # --- sensors ---

    def _data(self, data: bytes) -> None:
        if len(data) < wire.HEAD.size:
            raise Refused("truncated", f"{len(data)} bytes of sensor data")
        (told_ms,) = wire.HEAD.unpack_from(data)
        blocks: list[tuple[int, bytes]] = []
        at = wire.HEAD.size
        while at + wire.BLOCK.size <= len(data):
            sensor, size = wire.BLOCK.unpack_from(data, at)
            at += wire.BLOCK.size
            blocks.append((sensor, data[at : at + size]))
            at += size
        tick_us = self._time.at(1000 * told_ms, self._now_ns)
        if tick_us is None:
            raise Refused("bad_value", "a time that fits neither the last one nor its arrival")
        for sensor, block in blocks:
            self._block(sensor, block, tick_us)
        if at != len(data):
            raise Refused("truncated", "the sensor data end inside a block")

    def _block(self, sensor: int, data: bytes, tick_us: int) -> None:
        sizes = wire.SIZES.get(sensor)
        if sizes is None:
            self._notice("unknown_type", f"sensor {sensor} is not defined")
            return
        at = 0
        pressure: tuple[int, bytes] | None = None
        while at < len(data):
            kind = data[at]
            if kind >= len(sizes):  # nothing tells how long it is: the rest of the block is lost
                self._notice("unknown_type", f"type {kind} of sensor {sensor} is not defined")
                break
            value = data[at + 1 : at + 1 + sizes[kind]]
            at += 1 + sizes[kind]
            if len(value) < sizes[kind]:
                text = f"type {kind} of sensor {sensor}: {len(value)} of {sizes[kind]} bytes"
                self._notice("truncated", text)
            elif sensor == wire.MOTION:
                self._motion(kind, value, tick_us)
            elif kind in COMPUTED:
                self._computed(kind, value, tick_us)
            elif pressure is None or kind == wire.TWO_BYTES:
                pressure = kind, value
        if pressure is not None:
            self._pressure(*pressure, tick_us)

    def _motion(self, kind: int, data: bytes, tick_us: int) -> None:
        name, unit, channels, scale = MOTIONS[kind]
        values = np.frombuffer(data, "<i2").astype(np.int16)
        if kind == wire.QUATERNION and not values.any():
            return  # the chip has none yet
        self._reading(name, unit, channels, tick_us=tick_us, values=values, scale=scale)

    def _computed(self, kind: int, data: bytes, tick_us: int) -> None:
        name, channels, form, scale = COMPUTED[kind]
        values = np.frombuffer(data, form)
        if not np.isfinite(values).all():
            self._notice("bad_value", f"the device's {name} is no number")
            return
        wide = values.astype(np.float64 if kind != wire.MASS else np.uint32)
        self._reading(name, "", channels, tick_us=tick_us, values=wide, scale=scale)

    def _reading(
        self,
        kind: str,
        unit: str,
        channels: tuple[str, ...],
        *,
        tick_us: int,
        values: Raw,
        scale: float,
    ) -> None:
        self._out.append(
            Readings(
                device=self._device,
                kind=kind,
                unit=unit,
                channels=channels,
                tick_us=np.array([tick_us], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=values.reshape(1, -1),
                scale=scale,
            )
        )

    def _pressure(self, kind: int, data: bytes, tick_us: int) -> None:
        values = np.frombuffer(data, "u1" if kind == wire.ONE_BYTE else "<u2").astype(np.uint16)
        if int(values.max()) > wire.TOP_CODES[kind]:
            self._notice("bad_value", "a count above the 12 bits of the converter")
            return
        if kind != self._form:
            self._form = kind
            self._told = ()
        self._period.see(tick_us)
        self._waiting.append(_Row(tick_us, self._now_ns, self._time.segment, values))
        if self._period.us:
            self._release()

    def _release(self) -> None:
        """Everything that waited, numbered, after the capability where it is another."""
        self._tell()
        rows, self._waiting = self._waiting, []
        top = wire.TOP_CODES[self._form]
        for row in rows:
            flag = Quality.CLIPPED if int(row.values.max()) >= top else Quality.GOOD
            number = self._time.number(row.tick_us, self._period.us)
            self._out.append(
                Samples(
                    device=self._device,
                    sequence=np.array([number], np.int64),
                    tick_us=np.array([row.tick_us], np.int64),
                    arrival_ns=np.array([row.arrival_ns], np.int64),
                    values=row.values.reshape(1, -1),
                    flags=np.array([flag], np.uint32),
                    segment=row.segment,
                )
            )

    def _tell(self) -> None:
        serial, firmware = (self._texts.get(kind, "") for kind in ("serial", "firmware"))
        facts = (self._side, self._period.us, self._form, serial, firmware)
        if facts == self._told or not self._is_insole:
            return
        self._told = facts
        self._out.append(
            Capability(
                device=self._device,
                protocol=self._protocol,
                serial=serial,
                firmware=firmware,
                side=self._side,
                layout=self._layout,
                quantity="counts",
                scale=1.0,
                offset=0.0,
                saturated=wire.TOP_CODES[self._form],
                rate_hz=1e6 / self._period.us,
            )
        )
