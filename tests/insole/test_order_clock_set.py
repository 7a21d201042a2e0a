"""A clock that is set while samples are lost: counted alike however the stream is cut and kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.quality import Ledger
from insole.model.stream import Samples
from insole.parameters import Parameters
from insole.signal.order import BACK_US, Sequencer, _joined, _rows

RATE_HZ = 100
STEP_US = 1_000_000 // RATE_HZ
PARAMETERS = Parameters()


@dataclass(frozen=True)
class Part:
    """So many packets; before them so many were lost, and the clock was set (back, or ahead)."""

    packets: int
    lost: int
    back_s: float
    size: int
    is_restart: bool = False


def stream(parts: list[Part]) -> list[Samples]:
    """One block for each packet, which arrives when its last sample has been taken."""
    number, taken, tick_us, segment = 0, 0, 500_000_000, 0
    blocks: list[Samples] = []
    for part in parts:
        number, taken = number + part.lost, taken + part.lost
        tick_us += part.lost * STEP_US - round(part.back_s * 1e6)
        if part.is_restart:
            number, tick_us, segment = 0, 0, segment + 1
        for _ in range(part.packets):
            at = np.arange(part.size, dtype=np.int64)
            taken += part.size
            arrival_ns = np.full(part.size, taken * STEP_US * 1000, np.int64)
            blocks.append(
                Samples(
                    "a", number + at, tick_us + at * STEP_US, arrival_ns,
                    np.asfortranarray(np.zeros((part.size, 2))),
                    np.zeros(part.size, np.uint32), segment,
                )
            )  # fmt: skip
            number, tick_us = number + part.size, tick_us + part.size * STEP_US
    return blocks


def taken(blocks: list[Samples]) -> tuple[list[Samples], Ledger]:
    order = Sequencer("a", parameters=PARAMETERS)
    out = [released for block in blocks for released in order.push(block)]
    return out + order.flush(), order.ledger


def by_segment(blocks: list[Samples]) -> list[Samples]:
    """As a file keeps them: one block for each segment."""
    segments = dict.fromkeys(block.segment for block in blocks)
    return [_joined([b for b in blocks if b.segment == each]) for each in segments]


def sliced(blocks: list[Samples], cuts: list[float]) -> list[Samples]:
    """As a replay gives them: cut anywhere."""
    out: list[Samples] = []
    for block in blocks:
        n = len(block.sequence)
        edges = [0, *sorted({int(n * cut) for cut in cuts} - {0, n}), n]
        out += [_rows(block, slice(a, b)) for a, b in pairwise(edges)]
    return out


PARTS = st.lists(
    st.builds(
        Part,
        packets=st.integers(1, 12),
        lost=st.sampled_from([0, 0, 3, 11, 40, 250]),
        back_s=st.sampled_from([0.0, 0.0, 2.0, 60.0, -2.0, -700.0]),
        size=st.sampled_from([1, 4, 5]),
        is_restart=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
DELAYS = st.lists(st.sampled_from([0, 0, 0, 1, 3, 7]), max_size=72)
CUTS = st.lists(st.floats(0, 1), max_size=6)


def disturbed(blocks: list[Samples], delays: list[int]) -> list[Samples]:
    """Some packets are overtaken by so many others."""
    delays = [*delays, *[0] * len(blocks)][: len(blocks)]
    order = sorted(range(len(blocks)), key=lambda index: index + delays[index])
    return [
        replace(blocks[index], arrival_ns=blocks[place].arrival_ns[:1].repeat(len(block.sequence)))
        for place, index in enumerate(order)
        for block in [blocks[index]]
    ]


@given(parts=PARTS, cuts=CUTS, delays=DELAYS)
@settings(max_examples=200, deadline=None)
def test_live_file_and_replay_count_the_same(parts, cuts, delays):
    out, live = taken(disturbed(stream(parts), delays))
    again, batch = taken(by_segment(out))
    played, replay = taken(sliced(by_segment(out), cuts))
    assert live.counted(batch) == batch == replay  # only packets tell what came twice or crossed
    for told in (again, played):
        for column in ("sequence", "tick_us", "arrival_ns"):
            kept = np.concatenate([getattr(block, column) for block in out])
            assert np.array_equal(np.concatenate([getattr(b, column) for b in told]), kept)
        segments = np.concatenate([np.full(len(b.sequence), b.segment) for b in told])
        assert np.array_equal(
            segments, np.concatenate([np.full(len(b.sequence), b.segment) for b in out])
        )


@given(parts=PARTS, cuts=CUTS)
@settings(max_examples=100, deadline=None)
def test_device_time_never_falls_far_inside_a_segment(parts, cuts):
    joined = [_joined([b for b in stream(parts) if b.segment == s])
              for s in dict.fromkeys(b.segment for b in stream(parts))]  # fmt: skip
    out, _ = taken(sliced(joined, cuts))
    for block in by_segment(out):
        assert not (np.diff(block.tick_us) < -BACK_US).any()


@pytest.mark.parametrize("lost", [30, 250])
def test_a_gap_where_the_clock_is_set_back_is_as_long_as_the_host_saw(lost):
    parts = [Part(40, 0, 0.0, 5), Part(40, lost, 60.0, 5)]
    _, book = taken(stream(parts))
    assert (book.received, book.lost) == (400, lost)
    assert book.largest_gap_s == pytest.approx(lost / RATE_HZ)


def test_two_packets_of_one_instant_are_counted_as_one_that_holds_both():
    parts = [Part(40, 0, 0.0, 5), Part(40, 100, 0.0, 5, is_restart=True)]
    blocks = stream(parts)
    late = blocks[41].arrival_ns
    blocks[40] = replace(blocks[40], arrival_ns=late)
    _, apart = taken(blocks)
    _, whole = taken([*blocks[:40], _joined(blocks[40:42]), *blocks[42:]])
    assert apart == whole
    assert apart.lost == 100


@pytest.mark.parametrize("back_s", [3600.0, 2.0, -2.0, -695.0])
def test_a_clock_that_is_set_begins_a_segment_and_loses_nothing(back_s):
    out, ledger = taken(stream([Part(50, 0, 0.0, 2), Part(50, 0, back_s, 2)]))
    assert ledger == Ledger(expected=200, received=200)
    assert [sum(len(b.sequence) for b in out if b.segment == s) for s in (0, 1)] == [100, 100]


def test_a_host_that_slept_while_the_insole_went_on_is_no_clock_that_was_set():
    """Its own clock stood still, but the numbers say the same as the insole's time."""
    before, after = (
        stream([Part(50, 0, 0.0, 2)]),
        stream([Part(50, 0, 0.0, 2), Part(9, 6000, 0.0, 2)]),
    )
    late_ns = after[50].arrival_ns[0] - before[-1].arrival_ns[-1] - 20_000_000
    woken = [replace(b, arrival_ns=b.arrival_ns - late_ns) for b in after[50:]]
    out, ledger = taken([*before, *woken])
    assert {block.segment for block in out} == {0}
    assert ledger.lost == 6000


def test_an_insole_that_rests_without_counting_is_no_clock_that_was_set():
    blocks = stream([Part(50, 0, 0.0, 2), Part(50, 0, -30.0, 2)])
    rested = [replace(b, arrival_ns=b.arrival_ns + 30_000_000_000) for b in blocks[50:]]
    out, ledger = taken([*blocks[:50], *rested])
    assert {block.segment for block in out} == {0}
    assert ledger.lost == 0
