"""Decoder of ORPHE INSOLE: bytes of one insole in, values out, nothing raised."""

from __future__ import annotations

from typing import Final

import numpy as np

from insole.model.foot import SensorLayout, Side
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    NoticeKind,
    Samples,
)
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_fifo import Fifo
from insole_drivers.protocols.orphe_teller import CODES, OrpheTeller
from insole_drivers.protocols.orphe_track import Placed
from insole_drivers.protocols.teller import Refused

SATURATED: Final = 65535


class OrpheDecoder(OrpheTeller):
    """Decoder of one insole.

    Memory is bounded: one packet that waits for a witness, the numbers of one ring, the parts of a
    few steps. Numbers and device time go on after a reconnect.

    Args:
        device: its key.
        layout: where its sensors lie.
        protocol: name of the protocol.
    """

    def __init__(self, device: str, *, layout: SensorLayout, protocol: str) -> None:
        super().__init__(device)
        self._layout = layout
        self._protocol = protocol
        self._hint: Side | None = None
        self._told: Capability | None = None
        self._fifo = Fifo()

    def finish(self) -> None:
        """What is taken from now on is not wanted any more."""
        self._fifo.finish()

    @property
    def is_complete(self) -> bool:
        """The ring holds nothing more that is wanted."""
        return self._fifo.is_complete

    def _tick(self) -> None:
        self._out += self._fifo.poll(self._now_ns)

    def _new_link(self, event: Connected | Disconnected) -> None:
        super()._new_link(event)
        self._fifo.new_link()
        self._told = None
        if isinstance(event, Connected):
            self._hint = event.side_hint or self._hint

    def _packet(self, channel: str, data: bytes) -> None:
        if channel != wire.CLOCK:
            super()._packet(channel, data)
            return
        now = wire.clock_told(data)
        if now is None:
            raise Refused("bad_value", "the insole's clock tells no time")
        self._info("clock", now.isoformat(timespec="milliseconds"))

    # --- samples ---

    def _values(self, data: bytes) -> None:
        if len(data) >= 2 and data[0] == wire.ANSWER:
            self._answer(data)
            return
        if len(data) != wire.PACKET_BYTES:
            kind: NoticeKind = "truncated" if len(data) < wire.PACKET_BYTES else "bad_value"
            small = ": the link's MTU must be 107 or more" if kind == "truncated" else ""
            raise Refused(kind, f"{len(data)} bytes instead of {wire.PACKET_BYTES}{small}")
        values = wire.packet(data)
        if values is None:
            raise Refused("unknown_type", f"packet header {data[0]} is not defined")
        kind_of = "motion" if values.header == wire.MOTION else len(values.rows)
        for placed in self._placed(values, kind=kind_of):
            self._emit(placed)

    def _emit(self, placed: Placed[wire.Values]) -> None:
        values = placed.what
        count = len(values.rows)
        tick_us = placed.tick_us + wire.within_us(values)
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
                    arrival_ns=np.full(count, placed.arrival_ns, np.int64),
                    values=pressure,
                    flags=flags,
                    segment=placed.segment,
                    awaits=None if lowest is None else lowest * count,
                )
            )
        state = None if values.header == wire.FIFO else self._state  # the ring has its own ranges
        acceleration_g = wire.ACCELERATION_G[-1] if state is None else state.acceleration_g
        rotation_dps = wire.ROTATION_DPS[-1] if state is None else state.rotation_dps
        scales = [("acc", acceleration_g / CODES), ("gyro", rotation_dps * wire.DPS_PER_CODE)]
        if values.header in (wire.MOTION, wire.ALL):
            scales.append(("quat", wire.QUATERNION))
        self._motion(values.rows, tick_us, arrival_ns=placed.arrival_ns, scales=scales)

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
