"""The driver under test, with what several items need to know of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from insole.model.protocol import InsoleProtocol
from insole.model.stream import Connected, Decoded, Disconnected, Notice, Packet, Samples
from insole_drivers.conformance.compare import Compared, compared
from insole_drivers.conformance.stage import SERIAL, Scene, Story, play

CHECKSUM_SHARE: Final = 0.9  # of flipped bits that a checksum must be seen to refuse
FLIPS: Final = 200
PRELUDE: Final = 40  # data packets after which a device has said what it is
REACH: Final = 8  # events before and after a spoilt one that are decoded with it


@dataclass(frozen=True, slots=True)
class Flips:
    """What became of packets with one flipped bit each.

    Attributes:
        flipped: how many.
        refused: gave no sample, or none that was not sent.
        believed: gave a sample that was never sent, unflagged.
        unseen: and no problem was named either.
    """

    flipped: int
    refused: int
    believed: int
    unseen: int

    @property
    def has_checksum(self) -> bool:
        """The protocol shows that it notices changed bits."""
        return self.unseen <= (1 - CHECKSUM_SHARE) * self.flipped


class Subject:
    """One driver and its clean stream.

    Args:
        protocol: the driver.
    """

    def __init__(self, protocol: InsoleProtocol) -> None:
        self.protocol = protocol
        self.other: Subject | None = None
        """The other foot of the same connection: what spoils a packet may harm that one alone."""

    @cached_property
    def clean(self) -> Story:
        """Four seconds without any fault."""
        return play(self.protocol, Scene())

    @cached_property
    def truth(self) -> Compared:
        """The clean stream against what was sent."""
        return compared(self.clean)

    @cached_property
    def latency_s(self) -> float:
        """How long after its own instant a sample left, at most, in the clean stream."""
        story, latest_s = self.clean, 0.0
        table = story.rows.table(story.first, story.last)
        began_ns = story.events[0].arrival_ns
        offsets: list[float] = []
        for block in story.samples():
            for row, arrival_ns in zip(block.values, block.arrival_ns.tolist(), strict=True):
                step = table.get(np.asarray(row).astype(np.int64).tobytes())
                if step is not None:
                    taken_s = story.rows.boot_s + step / story.rows.per_s
                    offsets.append((arrival_ns - began_ns) * 1e-9 - taken_s)
        if offsets:
            latest_s = max(offsets) - min(offsets)
        return latest_s

    @property
    def flips(self) -> Flips:
        """One flipped bit in each of some packets of the clean stream, decoded one by one."""
        own = self.own_flips
        if self.other is None:
            return own
        beside = self.other.own_flips
        believed = min(own.flipped, own.believed + beside.believed)
        unseen = min(own.flipped, own.unseen + beside.unseen)
        return Flips(own.flipped, own.flipped - believed, believed, unseen)

    @cached_property
    def own_flips(self) -> Flips:
        """The same, as far as this foot is harmed."""
        random = np.random.default_rng(11)
        packets = self.data_packets()
        every = max(1, len(packets) // FLIPS)
        chosen = packets[len(packets) // 4 :: every][:FLIPS]
        believed = unseen = 0
        for number in chosen:
            event = self.clean.events[number]
            if not isinstance(event, Packet) or not event.payload:
                continue
            bent = bytearray(event.payload)
            bent[random.integers(len(bent))] ^= 1 << int(random.integers(8))
            said = self.decoded_with({number: bytes(bent)}, around=number)
            if self.never_sent(said):
                believed += 1
                unseen += not any(isinstance(item, Notice) for item in said)
        return Flips(len(chosen), len(chosen) - believed, believed, unseen)

    def data_packets(self) -> list[int]:
        """Indices of the clean story's events that carry samples, or pieces of them."""
        gatt = self.protocol.gatt
        data = {channel for channel in gatt.notify if channel not in gatt.optional}
        return [
            number
            for number, event in enumerate(self.clean.events)
            if isinstance(event, Packet) and event.channel in data
        ]

    def decoded_with(self, changed: dict[int, bytes], *, around: int) -> list[Decoded]:
        """What a fresh decoder says when some packets hold other bytes.

        Args:
            changed: index of an event to its bytes.
            around: events long before and after this one are left out; what a device says of
                itself at the beginning is not.
        """
        decoder = self.protocol.decoder(SERIAL)
        first_data = self.data_packets()
        prelude = first_data[min(len(first_data) - 1, PRELUDE)] if first_data else 0
        said: list[Decoded] = []
        for number, each in enumerate(self.clean.events[: around + REACH]):
            if not isinstance(each, Connected | Packet | Disconnected):
                continue
            if prelude < number < around - REACH:
                continue
            is_changed = number in changed and isinstance(each, Packet)
            said += decoder.feed(replace(each, payload=changed[number]) if is_changed else each)
        return said

    def never_sent(self, said: list[Decoded]) -> int:
        """How many of these samples were never sent and do not say so."""
        samples = [item for item in said if isinstance(item, Samples)]
        return compared(self.clean, samples).wrong
