"""Numbers from another program beside the insoles, e.g. over LSL: rows of time and values.

A packet is one row, little endian: time in microseconds of the host's monotonic clock (i64), then
one f64 per channel. What the channels are, the first packet tells, on a characteristic of its own,
as JSON: `kind`, `channels`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import numpy as np

from insole.errors import RequestError
from insole.model.protocol import Advert, Encoder, Gatt, Match, Setting
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Tick,
    Write,
)

CHANNEL: Final = "channels"
TOLD: Final = "channels told"
MOST: Final = 256
TEXT: Final = 64


def row_bytes(time_us: int, values: Sequence[float]) -> bytes:
    """One row, as it is kept."""
    return struct.pack(f"<q{len(values)}d", time_us, *values)


class ChannelsDecoder:
    """Rows in, readings out."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._kind = "channels"
        self._names: tuple[str, ...] = ()

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with the row it holds."""
        if not isinstance(event, Packet):
            return []
        if event.channel == TOLD:
            self._kind, self._names = _told(event.payload)
            return [Info(self._device, event.arrival_ns, "channels", ", ".join(self._names))]
        if len(event.payload) != 8 * (1 + len(self._names)) or not self._names:
            text = f"a row of {len(event.payload)} bytes for {len(self._names)} channels"
            return [Notice(self._device, event.arrival_ns, "truncated", text)]
        return [
            Readings(
                device=self._device,
                kind=self._kind,
                unit="",
                channels=self._names,
                tick_us=np.frombuffer(event.payload, "<i8", 1).astype(np.int64),
                arrival_ns=np.array([event.arrival_ns], dtype=np.int64),
                values=np.frombuffer(event.payload, "<f8", offset=8).reshape(1, -1).copy(),
            )
        ]


class Channels:
    """The protocol named `channels`: no radio, never found by a scan."""

    name = "channels"
    title = "Channels of another program"
    gatt = Gatt(service="", notify=(CHANNEL, TOLD))
    settings: tuple[Setting, ...] = ()

    def match(self, advert: Advert) -> Match | None:
        """Never: it does not come over the air."""
        del advert

    def decoder(self, device: str) -> ChannelsDecoder:
        """A fresh decoder."""
        return ChannelsDecoder(device)

    def told(self, wish: Capability) -> Capability:
        """It has no sensors under a foot.

        Raises:
            RequestError: always.
        """
        raise RequestError(
            "channels cannot be simulated",
            where=f"protocol of {wish.serial}",
            why="they come from another program, beside insoles",
            fix="Write --stream 'lsl?channels=NAME'",
        )

    def encoder(self, capability: Capability) -> Encoder:
        """There is no virtual one: `told` has refused."""
        raise LookupError(capability.device)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """It does not."""
        del told, battery
        return Advert("", "")

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """Nothing is to be written."""
        del chosen
        return []

    def stop(self) -> list[Write]:
        """Nothing is to be written."""
        return []


def _told(text: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "channels", ()
    if not isinstance(told, dict):
        return "channels", ()
    fields = cast("dict[str, Any]", told)
    names: Any = fields.get("channels")
    if not isinstance(names, list):
        return "channels", ()
    listed = cast("list[Any]", names)
    return str(fields.get("kind", "channels"))[:TEXT], tuple(str(x)[:TEXT] for x in listed[:MOST])


PROTOCOL: Final = Channels()
