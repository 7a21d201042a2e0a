"""Order, where a device keeps what was missed and sends it when it is asked again."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from insole import layouts
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import Capability, Frames, Samples
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.pipeline import FootPipeline
from insole.signal.order import MOST_PROMISED, Sequencer

SIZE = 4


def packet(index: int, *, awaits: int | None = None, again: bool = False) -> Samples:
    numbers = np.arange(index * SIZE, index * SIZE + SIZE, dtype=np.int64)
    flags = np.full(SIZE, Quality.RECOVERED if again else 0, np.uint32)
    lowest = None if awaits is None else awaits * SIZE
    return Samples(
        "a", numbers, numbers * 5000, numbers * 5_000_000, numbers[:, None] * [1, 2], flags,
        awaits=lowest,
    )  # fmt: skip


def sequencer() -> Sequencer:
    return Sequencer("a", parameters=Parameters({"gaps.reorder_packets": 4}))


def numbers(blocks: list[Samples]) -> list[int]:
    return [int(n) for block in blocks for n in block.sequence]


def test_what_the_device_still_holds_is_waited_for_however_long():
    order = sequencer()
    out = order.push(packet(0))
    for index in range(2, 60):
        assert order.push(packet(index, awaits=1)) == []
    out += order.push(packet(1, again=True))
    assert numbers(out) == list(range(60 * SIZE))
    book = order.ledger
    assert (book.expected, book.received, book.recovered, book.lost) == (240, 236, 4, 0)
    assert (book.reordered, book.corrupt, book.duplicates) == (0, 0, 0)


def test_what_the_device_gave_up_is_lost_and_what_came_of_it_recovered():
    order = sequencer()
    out = order.push(packet(0))
    for index in range(20, 40):
        out += order.push(packet(index, awaits=1))
    for index in range(1, 15):  # 15 to 19 have left its ring
        out += order.push(packet(index, awaits=index + 1, again=True))
    out += order.push(packet(40))
    book = order.ledger
    assert (book.recovered, book.lost, book.corrupt) == (14 * SIZE, 5 * SIZE, 0)
    assert numbers(out) == [n for n in range(41 * SIZE) if not 15 * SIZE <= n < 20 * SIZE]


def test_a_promise_is_not_believed_for_ever():
    order = sequencer()
    order.push(packet(0))
    held = [order.push(packet(index, awaits=1)) for index in range(2, MOST_PROMISED + 10)]
    assert any(held)
    assert order.ledger.lost == SIZE


@given(st.permutations(range(1, 30)), st.sets(st.integers(1, 28)))
def test_in_whatever_order_they_come_nothing_is_lost_while_it_is_promised(order_of, again):
    order = sequencer()
    out = order.push(packet(0))
    missing = set(range(1, 30))
    for index in order_of:
        missing.discard(index)
        lowest = min(missing, default=None)
        out += order.push(packet(index, awaits=lowest, again=index in again))
    out += order.flush()
    assert numbers(out) == list(range(30 * SIZE))
    assert (order.ledger.lost, order.ledger.recovered) == (0, SIZE * len(again))


def test_the_flag_stays_with_the_sample():
    order = sequencer()
    mixed = replace(packet(0), flags=np.array([0, 256, 0, 256], np.uint32))
    (out,) = order.push(mixed)
    assert out.flags.tolist() == [0, 256, 0, 256]
    assert (order.ledger.received, order.ledger.recovered) == (2, 2)


def test_what_was_sent_again_is_not_late():
    """Two seconds after its instant; only what nobody waited for is flagged."""
    told = Capability(
        device="a", protocol="open", serial="1", firmware="", side=Side.LEFT,
        layout=layouts.load("generic16"), quantity="kPa", scale=1.0, offset=0.0, saturated=None,
        rate_hz=100.0,
    )  # fmt: skip
    foot = FootPipeline(told, side=Side.LEFT, start=StartState(), parameters=Parameters())
    time_s = np.array([0.0, 0.01, 0.02])
    flags = np.array([0, Quality.RECOVERED, 0], np.uint32)
    arrival_ns = np.array([2_000_000_000, 2_000_000_000, 30_000_000])
    frames = foot._late(Frames(time_s, np.zeros((3, 16)), flags, arrival_ns))
    assert frames.quality.tolist() == [int(Quality.LATE), int(Quality.RECOVERED), 0]
