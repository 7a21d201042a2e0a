"""Encoder of Ukaton Mission insoles: the insole's half, for virtual insoles and round trips."""

from __future__ import annotations

import numpy as np

from insole.model.stream import Capability, Samples, Write
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import ukaton_wire as wire
from insole_drivers.protocols.open_wire import ATT_BYTES

Notification = tuple[str, bytes]


class UkatonEncoder:
    """One virtual device: pressure only, with the period that a client gives.

    Attributes:
        is_streaming: a client gave pressure a period.
        rate_hz: at which it samples.
    """

    def __init__(self, capability: Capability) -> None:
        self._capability = capability
        self._kind = next((kind for kind, side in wire.SIDES.items() if side is capability.side), 0)
        self._name = "mission"
        self._periods_ms = dict.fromkeys((wire.ONE_BYTE, wire.TWO_BYTES), 0)

    @property
    def is_streaming(self) -> bool:
        """Pressure has a period."""
        return any(self._periods_ms.values())

    @property
    def rate_hz(self) -> float:
        """As asked, or as it was told to be while nothing is asked."""
        period_ms = max(self._periods_ms.values())
        return 1000 / period_ms if period_ms else self._capability.rate_hz

    def hung_up(self) -> None:
        """The client is gone: the next one must give the period itself."""
        self._periods_ms = dict.fromkeys(self._periods_ms, 0)

    def restart(self) -> None:
        """The device reboots; its time follows from the samples."""
        self.hung_up()

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:
        """One notification per sample, an empty motion block first, as the device sends."""
        form = wire.TWO_BYTES if self._periods_ms[wire.TWO_BYTES] else wire.ONE_BYTE
        values, ticks_ms = samples.values, samples.tick_us // 1000
        size = wire.SIZES[wire.PRESSURE][form]
        whole = wire.HEAD.size + 2 * wire.BLOCK.size + 1 + size
        if not (self._periods_ms[form] and len(ticks_ms)) or whole > mtu - ATT_BYTES:
            return []
        rows = np.empty((len(ticks_ms), whole), np.uint8)
        stamps = (ticks_ms & 0xFFFF).astype("<u2")
        rows[:, :2] = stamps.view(np.uint8).reshape(-1, 2)
        rows[:, 2:7] = (wire.MOTION, 0, wire.PRESSURE, 1 + size, form)
        codes = values.astype("<u2") if form == wire.TWO_BYTES else (values >> 4).astype("u1")
        rows[:, 7:] = np.ascontiguousarray(codes).view(np.uint8)
        return [(wire.DATA, row.tobytes()) for row in rows]

    def answer(self, write: Write, mtu: int) -> list[Notification]:  # noqa: ARG002  says nothing
        """Takes periods and a name; the device says nothing to a write."""
        if write.channel == wire.NAME:
            self._name = write.payload.decode(errors="replace")
        elif write.channel == wire.CONFIGURATION:
            self._configure(write.payload)
        return []

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic; empty when there is none."""
        one, two = self._periods_ms[wire.ONE_BYTE], self._periods_ms[wire.TWO_BYTES]
        values = {
            wire.TYPE: bytes((self._kind,)),
            wire.NAME: self._name.encode(),
            wire.MOTION_CALIBRATION: bytes((3, 3, 3, 3)),
            wire.CONFIGURATION: wire.PERIODS.pack(*(0,) * 6, one, two, 0, 0, 0),
            ble_sig.BATTERY: bytes((100,)),
        }
        texts = {"serial": self._capability.serial, "firmware": self._capability.firmware}
        return values.get(channel, texts.get(ble_sig.STRINGS.get(channel, ""), "").encode())

    def _configure(self, data: bytes) -> None:
        at = 0
        while at + wire.BLOCK.size <= len(data):
            sensor, size = wire.BLOCK.unpack_from(data, at)
            at += wire.BLOCK.size
            records = data[at : at + size - size % wire.PERIOD.size]
            at += size
            if sensor != wire.PRESSURE or len(records) % wire.PERIOD.size:
                continue
            for kind, period_ms in wire.PERIOD.iter_unpack(records):
                if kind in self._periods_ms:
                    self._periods_ms[kind] = period_ms - period_ms % wire.PERIOD_STEP_MS
        if self._periods_ms[wire.TWO_BYTES]:
            self._periods_ms[wire.ONE_BYTE] = 0
