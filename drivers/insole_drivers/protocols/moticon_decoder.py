"""Decoder of Moticon's datagrams, one foot of them: text in, values out, nothing raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import numpy as np

from insole.layouts.reading import load
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Readings,
    Samples,
)
from insole_drivers.protocols import moticon_wire as wire
from insole_drivers.protocols.counted import CountedTime, FoundPeriod
from insole_drivers.protocols.networked import CHANNEL
from insole_drivers.protocols.teller import Refused, Teller

LAYOUTS: Final = ("moticon16", "moticon16_size3")
NO_TURN_US: Final = 1 << 56  # its time does not wrap
LATEST_S: Final = 1e10
LONGEST: Final = 8192  # bytes of a datagram
MOST_CODE: Final = 65_535
GRID_US: Final = 1000  # a period is whole milliseconds


class MoticonDecoder(Teller):
    """Decoder of one foot; which one, and the columns, stand in the connection.

    Rate is not told: the steps of the first nine samples tell it, and they wait for it.
    """

    def __init__(self, device: str, protocol: str) -> None:
        super().__init__(device)
        self._protocol = protocol
        self._side: Side | None = None
        self._columns = wire.columns_of(wire.ALL)
        self._layout = LAYOUTS[0]
        self._time = CountedTime(NO_TURN_US)
        self._period = FoundPeriod(GRID_US)
        self._waiting: list[Samples] = []
        self._told: tuple[object, ...] = ()

    def _packet(self, channel: str, data: bytes) -> None:
        if channel != CHANNEL:
            raise Refused("unknown_type", f"nothing is known of {channel[:36]}")
        self._datagram(data)

    def _new_link(self, event: Connected | Disconnected) -> None:
        if isinstance(event, Connected):
            self._begin(event)
        else:
            self._time.new_link()

    def _begin(self, event: Connected) -> None:
        self._time.new_link()
        self._period.forget()
        self._waiting.clear()
        self._told = ()
        self._side = event.side_hint
        chosen = dict(parse_qsl(event.address.partition("?")[2]))
        self._layout = chosen.get("layout", LAYOUTS[0])
        if self._layout not in LAYOUTS:
            self._layout = LAYOUTS[0]
        try:
            self._columns = wire.columns_of(chosen.get("columns", wire.ALL))
        except wire.BadColumns as why:
            raise Refused("protocol", f"the columns are refused: {why}") from None

    def _datagram(self, data: bytes) -> None:
        values = self._numbers(data)
        feet: Mapping[str, tuple[int, int]] = (
            {} if self._side is None else self._columns.feet[self._side]
        )
        told_s = float(values[self._columns.time])
        if not 0 <= told_s < LATEST_S:
            raise Refused("bad_value", "a time that cannot be")
        tick_us = self._time.at(round(told_s * 1e6), self._now_ns)
        if tick_us is None:
            raise Refused("bad_value", "a time that fits neither the last one nor its arrival")
        for kind, (unit, channels) in wire.UNITS.items():
            if kind in feet:
                self._reading(kind, unit, channels, values[slice(*feet[kind])], tick_us)
        if "pressure" in feet:
            self._pressure(values[slice(*feet["pressure"])], tick_us)

    def _numbers(self, data: bytes) -> Floats:
        words = data[:LONGEST].split()
        if len(words) != self._columns.count or len(data) > LONGEST:
            why = f"{len(words)} numbers, the columns are {self._columns.count}"
            raise Refused("truncated" if len(words) < self._columns.count else "bad_value", why)
        try:
            return np.array([float(word) for word in words])
        except ValueError:
            raise Refused("bad_value", "a word is no number") from None

    def _reading(
        self, kind: str, unit: str, channels: tuple[str, ...], values: Floats, tick_us: int
    ) -> None:
        if not np.isfinite(values).all():
            return  # no number came for this foot
        self._out.append(
            Readings(
                device=self._device,
                kind=kind,
                unit=unit,
                channels=channels,
                tick_us=np.array([tick_us], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=values.reshape(1, -1),
            )
        )

    def _pressure(self, values: Floats, tick_us: int) -> None:
        if not np.isfinite(values).any():
            return  # this foot has no sample at this instant: a hole, which is counted
        codes = np.rint(values / wire.CODE)
        if not (np.isfinite(codes).all() and codes.min() >= 0 and codes.max() <= MOST_CODE):
            raise Refused("bad_value", "a pressure that cannot be")
        self._period.see(tick_us)
        self._waiting.append(
            Samples(
                device=self._device,
                sequence=np.zeros(1, np.int64),
                tick_us=np.array([tick_us], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=codes.astype(np.uint16).reshape(1, -1),
                flags=np.zeros(1, np.uint32),
                segment=self._time.segment,
            )
        )
        if self._period.us:
            self._release()

    def _release(self) -> None:
        facts = (self._side, self._period.us, self._layout)
        if facts != self._told:
            self._told = facts
            self._out.append(self._capability())
        for sample in self._waiting:
            sample.sequence[0] = self._time.number(int(sample.tick_us[0]), self._period.us)
        self._out += self._waiting
        self._waiting = []

    def _capability(self) -> Capability:
        return Capability(
            device=self._device,
            protocol=self._protocol,
            serial="",
            firmware="",
            side=self._side,
            layout=load(self._layout),
            quantity="kPa",
            scale=wire.KPA_PER_CODE,
            offset=0.0,
            saturated=None,
            rate_hz=1e6 / self._period.us,
        )
