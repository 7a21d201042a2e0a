"""The loss-free mode of ORPHE INSOLE: what a bad link loses is fetched from the ring."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from insole import layouts
from insole.intake import Intake
from insole.model.foot import Side
from insole.model.quality import Ledger
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Event,
    Packet,
    Samples,
    Tick,
    Write,
)
from insole.parameters import Parameters
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_insole import PROTOCOL

TOLD = PROTOCOL.told(
    Capability(
        device="v", protocol="", serial="1", firmware="", side=Side.LEFT,
        layout=layouts.load("generic16"), quantity="kPa", scale=1.0, offset=0.0, saturated=None,
        rate_hz=200.0,
    )
)  # fmt: skip


class Bench:
    """A virtual insole, a link's decoder that asks, and a time of its own.

    Attributes:
        events: what a link would hand to the engine.
    """

    def __init__(self, is_lost: Callable[[int], bool]) -> None:
        self.encoder = PROTOCOL.encoder(TOLD)
        self.decoder = PROTOCOL.decoder("v")
        self.events: list[Event] = []
        self.now_ns = 0
        self.sent = 0
        self._is_lost = is_lost
        self._number = 100_000

    def connect(self) -> None:
        self._hand_over(Connected("v", self.now_ns, PROTOCOL.name, "AA", "INS-1", 247))
        self._hand_over(Packet("v", wire.STATE, self.now_ns, self.encoder.read(wire.STATE)))
        for write in PROTOCOL.start({"mode": "fifo"}):
            self._write(write)

    def hang_up(self) -> None:
        self._hand_over(Disconnected("v", self.now_ns, "gone"))
        self.encoder.hung_up()

    def run(self, seconds: float, *, is_linked: bool = True) -> None:
        for step in range(round(seconds * 52)):
            numbers = np.arange(self._number, self._number + 4, dtype=np.int64)
            self._number += 4
            ticks = np.rint(numbers * (1e6 / 208)).astype(np.int64)
            self.now_ns = int(ticks[-1]) * 1000
            values = np.repeat((numbers % 4000)[:, None], 6, axis=1).astype(np.uint16)
            block = Samples("v", numbers, ticks, numbers * 0, values, np.zeros(4, np.uint32))
            sent = self.encoder.packets(block, 247)
            if is_linked:
                self._receive(sent)
                if step % 10 == 0:
                    self._answer(self.decoder.feed(Tick("v", self.now_ns)))

    def ledger(self) -> tuple[Ledger, list[Samples]]:
        """What the engine makes of it, whose decoder sees no ticks."""
        intake = Intake(Parameters({}), lookup=lambda _: PROTOCOL)
        out = [said for event in self.events for said in intake.feed(event)] + intake.flush()
        return intake.devices["v"].ledger, [each for each in out if isinstance(each, Samples)]

    def _receive(self, sent: list[tuple[str, bytes]]) -> None:
        for channel, data in sent:
            self.sent += 1
            if not self._is_lost(self.sent):
                self._hand_over(Packet("v", channel, self.now_ns, data))

    def _hand_over(self, event: Connected | Packet | Disconnected) -> None:
        self.events.append(event)
        self._answer(self.decoder.feed(event))

    def _answer(self, said: list[object]) -> None:
        for each in said:
            if isinstance(each, Write):
                self._write(each)

    def _write(self, write: Write) -> None:
        self._receive(self.encoder.answer(write, 247))


def values_of(blocks: list[Samples]) -> list[int]:
    return [int(x) for block in blocks for x in block.values[:, 0]]


def test_without_loss_everything_comes_once():
    bench = Bench(lambda _: False)
    bench.connect()
    bench.run(12)
    book, blocks = bench.ledger()
    assert (book.recovered, book.lost, book.duplicates, book.reordered) == (0, 0, 0, 0)
    assert book.received > 11 * 208
    got = values_of(blocks)
    assert all((b - a) % 4000 == 1 for a, b in pairwise(got))


@pytest.mark.parametrize("every", [9, 20, 50])
def test_what_the_link_loses_is_recovered(every):
    """Answers and packets alike are lost; a packet may be lost again when it is sent again."""
    bench = Bench(lambda number: number % every == 0 and number < 1500)
    bench.connect()
    bench.run(40)
    book, blocks = bench.ledger()
    assert book.lost == 0
    assert book.recovered > 0
    got = values_of(blocks)
    assert all((b - a) % 4000 == 1 for a, b in pairwise(got))


def test_a_link_that_was_down_is_made_up_for_out_of_the_ring():
    bench = Bench(lambda _: False)
    bench.connect()
    bench.run(3)
    bench.hang_up()
    bench.run(5, is_linked=False)
    bench.connect()
    bench.run(60)
    book, blocks = bench.ledger()
    assert book.lost == 0
    assert 4.5 * 208 < book.recovered < 6 * 208
    assert {each.segment for each in blocks} == {0}


def test_what_left_the_ring_is_lost_and_said_so():
    """40 s without a link; the ring keeps 29 s, and its oldest leave while others are sent."""
    bench = Bench(lambda _: False)
    bench.connect()
    bench.run(3)
    bench.hang_up()
    bench.run(40, is_linked=False)
    bench.connect()
    bench.run(300)
    book, blocks = bench.ledger()
    assert book.expected == book.received + book.recovered + book.lost
    assert 10 * 208 < book.lost < 20 * 208
    assert book.recovered > 15 * 208
    assert np.all(np.diff([n for block in blocks for n in block.sequence.tolist()]) > 0)


def test_a_ring_that_was_emptied_while_the_link_was_down_holds_nothing_up():
    """The insole says of old numbers that it has no data; those are gone, and it goes on."""
    bench = Bench(lambda _: False)
    bench.connect()
    bench.run(3)
    bench.hang_up()
    bench.run(5, is_linked=False)
    bench.encoder.answer(wire.command(wire.FIFO_COMMAND, wire.ERASE), 247)
    bench.connect()
    bench.run(10)
    book, _ = bench.ledger()
    assert 4.5 * 208 < book.lost < 6 * 208
    assert book.received + book.recovered > 12 * 208


def test_a_recording_that_begins_in_the_middle_waits_for_what_it_misses_and_for_nothing_older():
    """It is told what the insole said before, and gets none of the packets of then."""
    bench = Bench(lambda number: number % 15 == 0)
    bench.connect()
    bench.run(15)
    before = Intake(Parameters({}), lookup=lambda _: PROTOCOL)
    for event in bench.events:
        before.feed(event)
    known = len(bench.events)
    bench.run(15)
    bench._is_lost = lambda _: False
    bench.run(5)
    trial = Intake(Parameters({}), lookup=lambda _: PROTOCOL)
    for event in [*before.preamble(), *bench.events[known:]]:
        for said in trial.feed(event):
            if isinstance(said, Samples) and said.awaits is not None:
                assert said.awaits >= int(said.sequence[0]) - 4 * 200
    trial.flush()
    book = trial.devices["v"].ledger
    assert book.recovered > 100
    assert book.lost == 0


def test_the_ring_of_an_insole_that_we_meet_first_is_emptied_once():
    bench = Bench(lambda _: False)
    written: list[bytes] = []
    answer = bench.encoder.answer
    bench.encoder.answer = lambda write, mtu: written.append(write.payload) or answer(write, mtu)
    bench.connect()
    bench.run(1)
    bench.hang_up()
    bench.connect()
    bench.run(1)
    assert written[1:6] == [
        bytes([0x0D, 2]), bytes([0x0B, 4]), bytes([0x0B, 3]), bytes([0x0B, 4]), bytes([0x0B, 1]),
    ]  # fmt: skip
    assert written.count(bytes([0x0B, 3])) == 1


def test_a_request_holds_at_most_thirty_runs_and_two_hundred_packets():
    bench = Bench(lambda number: number > 20 and number % 2 == 0)
    asked: list[bytes] = []
    answer = bench.encoder.answer
    bench.encoder.answer = lambda write, mtu: asked.append(write.payload) or answer(write, mtu)
    bench.connect()
    bench.run(20)
    requests = [each for each in asked if each[:2] == bytes([0x0B, 2])]
    assert {len(each) for each in requests} == {122}
    counts = [
        sum(count for _, count in wire.SLOT.iter_unpack(each[2:])) for each in requests
    ]  # fmt: skip
    assert max(counts) <= 200
