"""Characteristics whose numbers are not sure are found by what they can do, over GATT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from insole.model.protocol import Gatt
from insole.model.stream import Packet, Samples, Write
from insole_drivers.conformance.compare import compared, ledger
from insole_drivers.conformance.stage import Scene, Unheard, play
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.brainco import PROTOCOL
from tests.drivers import protocol_bench as bench

OTHER = "4de5a20c-00%02x-ae21-bf63-0242ac130002"


@dataclass
class Renumbered:
    """The maker's protocol as a device speaks it whose characteristics have other numbers."""

    numbers: dict[str, str]
    gatt: Gatt

    def __getattr__(self, name: str) -> Any:
        return getattr(PROTOCOL, name)

    def encoder(self, capability):
        made, numbers = PROTOCOL.encoder(capability), self.numbers
        back = {number: channel for channel, number in numbers.items()}

        class Encoder:
            def __getattr__(self, name):
                return getattr(made, name)

            def packets(self, samples, mtu):
                return [(numbers[channel], data) for channel, data in made.packets(samples, mtu)]

            def answer(self, write, mtu):
                said = made.answer(replace(write, channel=back[write.channel]), mtu)
                return [(numbers[channel], data) for channel, data in said]

        return Encoder()


def renumbered(rx: str, tx: str, *more: str) -> Renumbered:
    gatt = Gatt(service=wire.SERVICE, notify=(rx, *more), write=(tx,))
    return Renumbered({wire.RX: rx, wire.TX: tx}, gatt)


@pytest.mark.parametrize(
    ("rx", "tx"),
    [(wire.RX, wire.TX), (OTHER % 0x13, OTHER % 0x12), (wire.TX, wire.RX)],
    ids=["as assumed", "other numbers", "the other way round"],
)
def test_the_one_that_notifies_and_the_one_that_is_written_are_found(rx, tx):
    story = play(PROTOCOL, Scene(device=renumbered(rx, tx)))
    result, book = compared(story), ledger(story)
    assert len(result.steps) == book.received > 150
    assert (result.wrong, book.lost) == (0, 0)
    assert {e.channel for e in story.events if isinstance(e, Packet)} >= {wire.RX}


def test_two_that_notify_under_other_numbers_are_refused_in_words():
    with pytest.raises(Unheard, match=f"no BrainCo insole, characteristic {wire.RX} is missing"):
        play(PROTOCOL, Scene(device=renumbered(OTHER % 0x13, OTHER % 0x12, OTHER % 0x14)))


def test_a_capture_of_a_device_the_other_way_round_decodes():
    talk = bench.Talk(PROTOCOL, PROTOCOL.told(bench.wish()))
    talk.connect()
    talk.stream(bench.rows(talk.encoder.capability, 5))
    decoder = PROTOCOL.decoder("d")
    said = [
        item
        for index, (channel, data) in enumerate(talk.sent)
        for item in decoder.feed(
            Packet("d", wire.TX if channel == wire.RX else channel, index * bench.MS, data)
        )
    ]
    assert sum(len(item.sequence) for item in said if isinstance(item, Samples)) >= 4
    assert not any(isinstance(item, Write) and item.channel == wire.RX for item in said)
