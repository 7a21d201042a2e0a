"""A described device that carries both feet over one connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from insole.model.foot import Side
from insole.model.stream import Capability, Samples, Write
from insole_drivers.described.description import Insole
from insole_drivers.described.encoder import DescribedEncoder, Notification
from insole_drivers.described.protocol import DescribedProtocol

FEET: Final = (Side.LEFT, Side.RIGHT)


class CarryingProtocol(DescribedProtocol):
    """A protocol of such devices, as `insole.model.protocol.Carrying`."""

    carries = FEET

    def encoder(self, capability: Capability) -> BothEncoder:
        """A fresh encoder for one virtual device, or for the one foot that it still hears of."""
        return BothEncoder(self._insole, capability)


def protocol_of(insole: Insole) -> DescribedProtocol:
    """The protocol that a description tells."""
    made = CarryingProtocol if insole.description.side.carries_both else DescribedProtocol
    return made(insole)


class BothEncoder:
    """One virtual device; rows are of both feet, the left one's sensors first.

    Args:
        insole: its description.
        capability: of one foot; without a side: the device sends both.
    """

    def __init__(self, insole: Insole, capability: Capability) -> None:
        self._sensors = capability.layout.sensors
        self._only = capability.side
        self._is_halved = insole.description.side.by == "halves"
        self._is_apart = insole.description.side.by == "notify"
        feet = FEET if capability.side is None else (capability.side,)
        sides: dict[Side, Side | None] = {side: side for side in feet}
        if self._is_halved:
            sides = {FEET[0]: None}
        self._feet = {
            foot: DescribedEncoder(insole, replace(capability, side=side))
            for foot, side in sides.items()
        }

    @property
    def is_streaming(self) -> bool:
        """The client has written what starts the stream, or needs not."""
        return self._first.is_streaming

    @property
    def _first(self) -> DescribedEncoder:
        return next(iter(self._feet.values()))

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:
        """Notifications of whole frames, of both feet in turn."""
        if self._is_halved:
            return self._first.packets(self._of(samples), mtu)
        mine = {side: self._part(samples, side) for side in self._feet}
        if self._is_apart:
            each = [self._feet[side].packets(part, mtu) for side, part in mine.items()]
            return [packet for many in each for packet in many]
        units = [self._feet[side].units(part) for side, part in mine.items()]
        in_turn = [unit for turn in zip(*units, strict=True) for unit in turn]
        return self._first.carried(in_turn, mtu)

    def answer(self, write: Write, mtu: int) -> list[Notification]:
        """Starts, stops and pulls."""
        answers = [each.answer(write, mtu) for each in self._feet.values()]
        return answers[0]

    def read(self, channel: str) -> bytes:
        """Serial and battery, as far as the description reads them."""
        return self._first.read(channel)

    def hung_up(self) -> None:
        """The client is gone."""
        for each in self._feet.values():
            each.hung_up()

    def restart(self) -> None:
        """The device reboots."""
        for each in self._feet.values():
            each.restart()

    def _part(self, samples: Samples, side: Side) -> Samples:
        first = FEET.index(side) * self._sensors
        return replace(samples, values=samples.values[:, first : first + self._sensors])

    def _of(self, samples: Samples) -> Samples:
        """With nothing where a foot is not heard of."""
        if self._only is None:
            return samples
        values = samples.values.copy()
        first = FEET.index(self._only.other) * self._sensors
        values[:, first : first + self._sensors] = 0
        return replace(samples, values=values)
