"""Descriptions for tests: the least one, and what is changed in it."""

from __future__ import annotations

import copy
from typing import Any

from insole.layouts import for_count
from insole.model.stream import Connected, Decoded, Packet, Samples
from insole_drivers.described.decoder import DescribedDecoder
from insole_drivers.described.description import Insole, of_words
from insole_drivers.described.protocol import DescribedProtocol

DEVICE = "bench"
MS = 1_000_000
NOTIFY = "4d8c0002-1111-4222-8333-944445555666"
WRITE = "4d8c0003-1111-4222-8333-944445555666"

LEAST: dict[str, Any] = {
    "title": "Least",
    "rate_hz": 100.0,
    "integrity": "none",
    "find": {"service": "4d8c0001-1111-4222-8333-944445555666"},
    "link": {"notify": [NOTIFY]},
    "frame": {"kind": "packed", "size": 4},
    "fields": [{"name": "pressure", "use": "pressure", "type": "u16", "count": 2}],
    "layout": {"xy": for_count(2).xy.tolist()},
}
COUNTER = {"name": "counter", "use": "counter", "type": "u8"}
CLOCK = {"name": "clock", "use": "clock", "type": "u16", "unit": "ms"}


def words(**changed: Any) -> dict[str, Any]:
    """The least description with other tables; a value of None takes a table away."""
    table = copy.deepcopy(LEAST) | copy.deepcopy(changed)
    return {key: value for key, value in table.items() if value is not None}


def layout(sensors: int) -> dict[str, Any]:
    """So many sensors anywhere."""
    return {"xy": for_count(sensors).xy.tolist()}


def pressure(**changed: Any) -> dict[str, Any]:
    """The pressure field with other keys."""
    return {**LEAST["fields"][0], **changed}


def insole(**changed: Any) -> Insole:
    """The least description, changed, checked."""
    return of_words(words(**changed), name="least")


def protocol(**changed: Any) -> DescribedProtocol:
    """The same as a protocol."""
    return DescribedProtocol(insole(**changed))


class Ear:
    """A decoder that is connected, and everything it says."""

    def __init__(self, made: Insole, *, name: str = "") -> None:
        self.decoder = DescribedDecoder(DEVICE, made)
        self.channel = made.description.link.notify[0]
        self.name = name
        self.said: list[Decoded] = []
        self.connect(0)

    def connect(self, at_ms: float) -> None:
        """A new link."""
        connected = Connected(DEVICE, round(at_ms * MS), "least", "C0", self.name, 247)
        self.said += self.decoder.feed(connected)

    def hear(self, payload: bytes, at_ms: float = 0.0, *, channel: str = "") -> list[Decoded]:
        """One notification; what was said of it."""
        packet = Packet(DEVICE, channel or self.channel, round(at_ms * MS), payload)
        said = self.decoder.feed(packet)
        self.said += said
        return said

    def of(self, kind: type) -> list[Any]:
        """What was said of one kind."""
        return [item for item in self.said if isinstance(item, kind)]

    def numbers(self) -> list[int]:
        """Sequence numbers of all samples."""
        return [number for each in self.of(Samples) for number in each.sequence.tolist()]

    def values(self) -> list[list[int]]:
        """Codes of all samples."""
        return [row for each in self.of(Samples) for row in each.values.tolist()]

    def times_us(self) -> list[int]:
        """Device times of all samples."""
        return [tick for each in self.of(Samples) for tick in each.tick_us.tolist()]
