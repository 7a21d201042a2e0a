"""A device with both feet, seen as one of them: what the kit can ask of any insole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.foot import Side, foot_key
from insole.model.protocol import (
    Advert,
    Carrying,
    Decoder,
    Encoder,
    Fetching,
    InsoleProtocol,
    Match,
)
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Packet,
    Samples,
    Tick,
    Write,
)

UNTOLD_TOP: Final = 1000
FEET: Final = (Side.LEFT, Side.RIGHT)


def views(protocol: InsoleProtocol) -> tuple[InsoleProtocol, ...]:
    """The protocol, or each of the feet that its devices carry."""
    if not isinstance(protocol, Carrying):
        return (protocol,)
    return tuple(OneFoot(protocol, side) for side in protocol.carries)


class OneFoot:
    """A protocol as if its devices carried this foot alone; the other one streams all the same.

    Args:
        protocol: of devices with both feet.
        side: the foot that is looked at.

    Attributes:
        side: the same.
    """

    def __init__(self, protocol: InsoleProtocol, side: Side) -> None:
        self._protocol = protocol
        self.side = side
        self.name, self.title = protocol.name, protocol.title
        self.gatt, self.settings = protocol.gatt, protocol.settings

    def match(self, advert: Advert) -> Match | None:
        """As of the whole device."""
        return self._protocol.match(advert)

    def decoder(self, device: str) -> Decoder:
        """Says what is said of this foot."""
        return _Decoder(self._protocol.decoder(device), device, self.side)

    def told(self, wish: Capability) -> Capability:
        """As of the whole device, on this foot."""
        return replace(self._protocol.told(replace(wish, side=None)), side=self.side)

    def encoder(self, capability: Capability) -> Encoder:
        """Takes rows of this foot."""
        whole = replace(capability, side=None)
        return _Encoder(self._protocol.encoder(whole), whole, self.side)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """As of the whole device."""
        return self._protocol.advertise(replace(told, side=None), battery=battery)

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """As of the whole device."""
        return self._protocol.start(chosen)

    def stop(self) -> list[Write]:
        """As of the whole device."""
        return self._protocol.stop()


class _Decoder:
    def __init__(self, decoder: Decoder, device: str, side: Side) -> None:
        self._decoder = decoder
        self._device = device
        self._key = foot_key(device, side)

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        mine: list[Decoded] = []
        for item in self._decoder.feed(event):
            if isinstance(item, Write):
                mine.append(item)
            elif item.device in (self._key, self._device):
                mine.append(replace(item, device=self._device))
        return mine

    def finish(self) -> None:
        if isinstance(self._decoder, Fetching):
            self._decoder.finish()

    @property
    def is_complete(self) -> bool:
        return not isinstance(self._decoder, Fetching) or self._decoder.is_complete


class _Encoder:
    """The other foot's codes are what is left to full scale: none of this one's rows."""

    def __init__(self, encoder: Encoder, whole: Capability, side: Side) -> None:
        self._encoder = encoder
        self._side = side
        self._top = UNTOLD_TOP if whole.saturated is None else min(whole.saturated, 65535)

    @property
    def is_streaming(self) -> bool:
        return self._encoder.is_streaming

    def packets(self, samples: Samples, mtu: int) -> list[tuple[str, bytes]]:
        own = samples.values
        other = (self._top - own.astype(np.int64)).astype(own.dtype)
        feet = (own, other) if self._side is FEET[0] else (other, own)
        return self._encoder.packets(replace(samples, values=np.concatenate(feet, axis=1)), mtu)

    def answer(self, write: Write, mtu: int) -> list[tuple[str, bytes]]:
        return self._encoder.answer(write, mtu)

    def read(self, channel: str) -> bytes:
        return self._encoder.read(channel)

    def hung_up(self) -> None:
        self._encoder.hung_up()

    def restart(self) -> None:
        self._encoder.restart()
