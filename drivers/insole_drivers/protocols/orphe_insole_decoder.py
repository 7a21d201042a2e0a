"""Decoder of ORPHE INSOLE: bytes of one insole in, values out, nothing raised."""

from __future__ import annotations

from typing import Final

import numpy as np

from insole.model.arrays import Ints
from insole.model.foot import SensorLayout, Side
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    NoticeKind,
    Packet,
    Readings,
    Samples,
    Tick,
)
from insole_drivers.protocols import orphe_gait as gait
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_fifo import Fifo
from insole_drivers.protocols.orphe_track import Placed, Track

SATURATED: Final = 65535
CODES: Final = 32768.0  # of the acceleration's range


class OrpheDecoder:
    """Decoder of one insole.

    Memory is bounded: one packet that waits for a witness, the numbers of one ring, the parts of a
    few steps. Numbers and device time go on after a reconnect.

    Args:
        device: its key.
        layout: where its sensors lie.
        protocol: name of the protocol.
    """

    def __init__(self, device: str, *, layout: SensorLayout, protocol: str) -> None:
        self._device = device
        self._layout = layout
        self._protocol = protocol
        self._hint: Side | None = None
        self._state: wire.State | None = None
        self._texts: dict[str, str] = {}
        self._told: Capability | None = None
        self._track: Track[wire.Values] = Track()
        self._refused = 0
        self._fifo = Fifo()
        self._steps = gait.Book()
        self._is_clock_set = False
        self._now_ns = 0  # arrival of the event under way
        self._out: list[Decoded] = []  # what it says so far

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with everything that it says, in order."""
        self._now_ns = event.arrival_ns
        self._out = []
        if isinstance(event, Packet):
            self._packet(event.channel, event.payload)
        elif isinstance(event, Tick):
            self._out += self._fifo.poll(event.arrival_ns)
        else:
            self._track.new_link()
            self._fifo.new_link()
            self._told = None
            if isinstance(event, Connected):
                self._hint = event.side_hint or self._hint
        return self._out

    def _packet(self, channel: str, data: bytes) -> None:
        if channel == wire.VALUES:
            self._values(data)
        elif channel == wire.GAIT:
            self._gait(data)
        elif channel == wire.STATE:
            self._take_state(data)
        elif channel == wire.CLOCK:
            now = wire.clock_told(data)
            if now is None:
                self._notice("bad_value", "the insole's clock tells no time")
            else:
                self._info("clock", now.isoformat(timespec="milliseconds"))
        elif channel == wire.BATTERY:
            if len(data) == 1 and data[0] <= 100:
                self._info("battery", data[0])
            else:
                self._notice("bad_value", "a battery level is one byte from 0 to 100")
        elif channel in wire.STRINGS:
            text = wire.text_told(data)
            self._texts[wire.STRINGS[channel]] = text
            self._info(wire.STRINGS[channel], text)
        else:
            self._notice("unknown_type", f"nothing is known of channel {channel[:36]}")

    def _take_state(self, data: bytes) -> None:
        state = wire.state(data)
        if state is None:
            self._notice("truncated", f"{len(data)} of at least 10 bytes of device information")
            return
        self._state = state
        self._info("battery_state", state.battery_word)
        self._info("mount", "dorsal" if state.is_dorsal else "plantar")
        if not self._is_clock_set:  # once: set anew on each link, its time would step each time
            self._is_clock_set = True
            self._out.append(wire.set_clock())

    # --- samples ---

    def _values(self, data: bytes) -> None:
        if len(data) >= 2 and data[0] == wire.ANSWER:
            self._answer(data)
            return
        if len(data) != wire.PACKET_BYTES:
            kind: NoticeKind = "truncated" if len(data) < wire.PACKET_BYTES else "bad_value"
            small = ": the link's MTU must be 107 or more" if kind == "truncated" else ""
            self._notice(kind, f"{len(data)} bytes instead of {wire.PACKET_BYTES}{small}")
            return
        values = wire.packet(data)
        if values is None:
            self._notice("unknown_type", f"packet header {data[0]} is not defined")
            return
        placed = self._track.place(
            values,
            kind="motion" if values.header == wire.MOTION else len(values.rows),
            serial=values.serial,
            day_ms=values.day_ms,
            arrival_ns=self._now_ns,
        )
        for each in placed:
            self._emit(each)
        if self._track.refused > self._refused:
            self._refused = self._track.refused
            self._notice("bad_value", "serial number and time of a packet contradict all others")

    def _emit(self, placed: Placed[wire.Values]) -> None:
        values = placed.what
        count = len(values.rows)
        tick_us = placed.tick_us + wire.within_us(values)
        arrival_ns = np.full(count, placed.arrival_ns, np.int64)
        if values.header != wire.MOTION:
            self._tell(wire.NOMINAL_HZ[values.header])
            pressure = values.rows["pressure"].astype(np.uint16)
            flags = np.zeros(count, np.uint32)
            flags[(pressure >= SATURATED).any(axis=1)] = Quality.CLIPPED
            if values.header == wire.FIFO:
                missed = Quality.RECOVERED if self._fifo.came(values.serial) else Quality.GOOD
                flags |= np.uint32(Quality.KEPT | missed)
            lowest = self._fifo.outstanding(placed.number)
            self._out.append(
                Samples(
                    device=self._device,
                    sequence=placed.number * count + np.arange(count, dtype=np.int64),
                    tick_us=tick_us,
                    arrival_ns=arrival_ns,
                    values=pressure,
                    flags=flags,
                    segment=placed.segment,
                    awaits=None if lowest is None else lowest * count,
                )
            )
        self._motion(values, tick_us, arrival_ns)

    def _motion(self, values: wire.Values, tick_us: Ints, arrival_ns: Ints) -> None:
        """Acceleration, rotation and orientation; X to the right, Y to the toes, Z up."""
        state = None if values.header == wire.FIFO else self._state  # the ring has its own ranges
        acceleration_g = wire.ACCELERATION_G[-1] if state is None else state.acceleration_g
        rotation_dps = wire.ROTATION_DPS[-1] if state is None else state.rotation_dps
        kinds = [
            ("acceleration", "g", "acc", acceleration_g / CODES),
            ("gyroscope", "deg/s", "gyro", rotation_dps * wire.DPS_PER_CODE),
        ]
        if values.header in (wire.MOTION, wire.ALL):
            kinds.append(("quaternion", "", "quat", wire.QUATERNION))
        for kind, unit, name, scale in kinds:
            self._out.append(
                Readings(
                    device=self._device,
                    kind=kind,
                    unit=unit,
                    channels=("w", "x", "y", "z") if name == "quat" else ("x", "y", "z"),
                    tick_us=tick_us,
                    arrival_ns=arrival_ns,
                    values=values.rows[name].astype(np.int16),
                    scale=scale,
                )
            )

    def _tell(self, rate_hz: float) -> None:
        """Say what the insole is, when that is new or the link is."""
        side = self._hint if self._state is None else self._state.side
        now = Capability(
            device=self._device,
            protocol=self._protocol,
            serial=self._texts.get("serial", ""),
            firmware=self._texts.get("firmware", "") or self._texts.get("software", ""),
            side=side,
            layout=self._layout,
            quantity="counts",
            scale=1.0,
            offset=0.0,
            saturated=SATURATED,
            rate_hz=rate_hz,
        )
        if now != self._told:
            self._told = now
            self._out.append(now)

    # --- the ring's answers ---

    def _answer(self, data: bytes) -> None:
        kind, body = data[1], data[2:]
        if kind == wire.ASK_SERIAL and len(body) >= 5:
            serial = int.from_bytes(body[:2], "big")
            self._out += self._fifo.told(serial, self._now_ns)
        elif kind == wire.ASK_RANGES and len(body) >= 4:
            self._fifo.gone(*wire.SLOT.unpack_from(body))
        elif kind in (wire.ASK_SERIAL, wire.ASK_RANGES):
            self._notice("truncated", f"{len(data)} bytes cannot hold answer {kind}")
        elif kind in (wire.ERASE, wire.MONITOR, wire.STOP_MONITOR):
            self._info("accepted", f"fifo command {kind}")
            self._out += self._fifo.acknowledged(kind)
        else:
            self._notice("unknown_type", f"answer {kind} is not defined")

    # --- gait ---

    def _gait(self, data: bytes) -> None:
        part = gait.part(data)
        if part is None:
            self._notice("unknown_type", "no packet of the step analysis")
            return
        if part.kind == gait.MOTION:
            self._row("gait_motion", gait.MOTION_ROW, (float(part.step), *part.values))
            return
        before = self._steps.incomplete + self._steps.skipped
        row = self._steps.take(part)
        lost = self._steps.incomplete + self._steps.skipped - before
        if lost:
            self._notice("protocol", f"{lost} of the insole's own steps did not come whole")
        if row is not None:
            self._row("gait", gait.ROW, row)

    def _row(self, kind: str, channels: tuple[str, ...], row: tuple[float, ...]) -> None:
        newest = self._track.newest  # these packets tell no time
        tick_us = 0 if newest is None else newest.tick_us
        self._out.append(
            Readings(
                device=self._device,
                kind=kind,
                unit="",
                channels=channels,
                tick_us=np.array([tick_us], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=np.array([row]),
            )
        )

    def _info(self, kind: str, value: str | int) -> None:
        self._out.append(Info(self._device, self._now_ns, kind, value))

    def _notice(self, kind: NoticeKind, text: str) -> None:
        self._out.append(Notice(self._device, self._now_ns, kind, text))
