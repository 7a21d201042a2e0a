"""Encoder of Brilliant Sole insoles: the insole's half, for virtual insoles and round trips."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from insole.model.stream import Capability, Samples, Write
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import brilliantsole_wire as wire
from insole_drivers.protocols.brilliantsole_layout import positions_of

Notification = tuple[str, bytes]

SCALAR: Final = 1 / 4096
CURRENT_MA: Final = 6.0
MTU: Final = 247  # that it says it can


class BrilliantSoleEncoder:
    """One virtual device: pressure only, with the period that a client gives.

    Attributes:
        is_streaming: a client gave pressure a period.
        rate_hz: at which it samples.
    """

    def __init__(self, capability: Capability) -> None:
        self._capability = capability
        kinds = {side: kind for kind, side in wire.SIDES.items()}
        self._kind = 5 if capability.side is None else kinds[capability.side]
        self._name = "Sole"
        self._period_ms = 0
        self._time_ms = 0  # of the clock when it was set; 0: it was not
        self._shift_ms: int | None = None  # from the time since boot to the clock's
        self._battery = 100

    @property
    def is_streaming(self) -> bool:
        """Pressure has a period."""
        return self._period_ms > 0

    @property
    def rate_hz(self) -> float:
        """As asked, or as it was told to be while nothing is asked."""
        return 1000 / self._period_ms if self._period_ms else self._capability.rate_hz

    def hung_up(self) -> None:
        """The client is gone: the next one must give the period itself."""
        self._period_ms = 0

    def restart(self) -> None:
        """The device reboots: its clock is not set any more."""
        self._period_ms = 0
        self._time_ms, self._shift_ms = 0, None

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:
        """Notifications of whole messages, one per sample, as many as the MTU takes."""
        values, ticks = samples.values, samples.tick_us // 1000
        if not self._period_ms or not len(ticks):
            return []
        if self._shift_ms is None:
            self._shift_ms = self._time_ms - int(ticks[0]) if self._time_ms else 0
        inner = 2 * values.shape[1]
        size = wire.HEAD.size + 4 + inner
        each = (mtu - wire.ATT_BYTES) // size
        if not each:
            return []  # a message never spans notifications
        rows = np.empty((len(ticks), size), np.uint8)
        rows[:, :3] = np.frombuffer(wire.HEAD.pack(wire.DATA, 4 + inner), np.uint8)
        stamps = ((ticks + self._shift_ms) & 0xFFFF).astype("<u2")
        rows[:, 3:5] = stamps.view(np.uint8).reshape(-1, 2)
        rows[:, 5:7] = (wire.PRESSURE, inner)
        rows[:, 7:] = np.ascontiguousarray(values.astype("<u2")).view(np.uint8)
        return [(wire.RX, rows[at : at + each].tobytes()) for at in range(0, len(rows), each)]

    def answer(self, write: Write, mtu: int) -> list[Notification]:
        """Answers to every message in the write, packed."""
        if write.channel != wire.TX:
            return []
        asked, _ = wire.messages(write.payload)
        told = [self._told(kind, payload) for kind, payload in asked]
        said = [each for each in told if each is not None]
        return [(wire.RX, payload) for payload in wire.packed(said, mtu=mtu)]

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic; empty when there is none."""
        if channel == ble_sig.BATTERY:
            return bytes([self._battery])
        if channel == ble_sig.PNP:
            return bytes.fromhex("01ffff00000000")
        texts = {
            "manufacturer": "virtual",
            "model": self._capability.layout.name,
            "serial": self._capability.serial,
            "firmware": self._capability.firmware,
        }
        return texts.get(ble_sig.STRINGS.get(channel, ""), "").encode()

    def _told(self, kind: int, data: bytes) -> bytes | None:
        """The answer to one message; None to what it does not have."""
        capability = self._capability
        match kind:
            case wire.SET_NAME:
                self._name = data.decode(errors="replace")
                kind = wire.NAME
            case wire.SET_TIME if len(data) == 8:
                self._time_ms, self._shift_ms = int.from_bytes(data, "little"), None
                kind = wire.TIME
            case wire.SET_CONFIGURATION:
                self._configure(data)
                kind = wire.CONFIGURATION
            case _:
                pass
        answers = {
            wire.CHARGING: b"\0",
            wire.CURRENT: struct.pack("<f", CURRENT_MA),
            wire.MTU: MTU.to_bytes(2, "little"),
            wire.ID: capability.serial.encode(),
            wire.NAME: self._name.encode(),
            wire.TYPE: bytes([self._kind]),
            wire.TIME: self._time_ms.to_bytes(8, "little"),
            wire.CONFIGURATION: wire.PERIOD.pack(wire.PRESSURE, self._period_ms),
            wire.POSITIONS: positions_of(capability.layout.xy, capability.side),
            wire.SCALARS: wire.SCALAR.pack(wire.PRESSURE, SCALAR),
            wire.VIBRATION_PLACES: bytes((0, 1)),
        }
        return wire.message(kind, answers[kind]) if kind in answers else None

    def _configure(self, data: bytes) -> None:
        for at in range(0, len(data) - 2, wire.PERIOD.size):
            sensor, period_ms = wire.PERIOD.unpack_from(data, at)
            if sensor == wire.PRESSURE:
                self._period_ms = period_ms - period_ms % wire.PERIOD_STEP_MS
