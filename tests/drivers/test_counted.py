"""Short device times and samples without a number: turns, holes, other clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole_drivers.protocols.counted import JUMP_US, CountedTime

TURN_US = 65_536_000
PERIOD_US = 10_000


def placed(times_us, *, delay_us=lambda _: 0, period_us=PERIOD_US, clock=None):
    """(time, number, segment) of samples taken at these true times, each told modulo the turn."""
    clock = clock or CountedTime(TURN_US)
    out = []
    for index, true_us in enumerate(times_us):
        tick_us = clock.at(true_us % TURN_US, 1000 * (true_us + delay_us(index)))
        number = None if tick_us is None else clock.number(tick_us, period_us)
        out.append((tick_us, number, clock.segment))
    return out


@given(
    start_us=st.integers(0, 2 * TURN_US),
    steps=st.lists(st.integers(1, 400), min_size=1, max_size=200),
)
def test_holes_of_up_to_four_seconds_are_holes_in_the_numbers_over_any_turn(start_us, steps):
    true = [start_us]
    for step in steps:
        true.append(true[-1] + step * PERIOD_US)
    found = placed(true)
    assert [tick - found[0][0] for tick, _, _ in found] == [each - start_us for each in true]
    wanted = [(each - start_us) // PERIOD_US for each in true]
    assert [number for _, number, _ in found] == wanted
    assert {segment for _, _, segment in found} == {0}


@given(jitter=st.lists(st.integers(-1000, 1000), min_size=1, max_size=200))
def test_jitter_of_a_fifth_of_a_period_neither_loses_nor_doubles_a_sample(jitter):
    times = [1_000_000 + 5000 * index + off for index, off in enumerate(jitter)]
    assert [number for _, number, _ in placed(times, period_us=5000)] == list(range(len(times)))


def test_a_true_rate_4_percent_off_shows_no_loss():
    times = [round(index * 5000 / 1.04) for index in range(5000)]
    assert [number for _, number, _ in placed(times, period_us=5000)] == list(range(5000))


def test_a_repeated_and_a_late_packet_keep_their_numbers():
    clock = CountedTime(TURN_US)
    first = placed([0, 10_000, 20_000, 40_000], clock=clock)
    again = placed([20_000, 0, 30_000, 40_000, 50_000], clock=clock)
    assert [number for _, number, _ in first] == [0, 1, 2, 4]
    assert [number for _, number, _ in again] == [2, 0, 3, 4, 5]


def test_after_minutes_of_silence_the_arrival_tells_the_turn():
    found = placed([0, 10_000, 300_000_000, 300_010_000])
    assert [tick for tick, _, _ in found] == [0, 10_000, 300_000_000, 300_010_000]
    assert [number for _, number, _ in found] == [0, 1, 30_000, 30_001]


def test_one_time_out_of_step_is_refused_and_a_second_one_is_another_clock():
    clock = CountedTime(TURN_US)
    placed([0, 10_000], clock=clock)
    far_us = 2 * JUMP_US
    assert clock.at(far_us, 20_000_000) is None
    assert clock.at(20_000, 20_000_000) == 20_000
    assert clock.at(far_us, 30_000_000) is None
    assert clock.segment == 0
    assert clock.at(far_us + 10_000, 40_000_000) is not None
    assert clock.segment == 1


@pytest.mark.parametrize("back_s", [2, 9, 20, 3600])
def test_a_clock_that_was_set_back_on_the_same_link_costs_one_sample_and_begins_a_segment(back_s):
    clock = CountedTime(TURN_US)
    placed([10_000 * i for i in range(10)], clock=clock)
    found = []
    for index in range(10, 20):
        told_us = (10_000 * index - back_s * 1_000_000) % TURN_US
        tick_us = clock.at(told_us, 1000 * 10_000 * index)
        found.append(None if tick_us is None else clock.number(tick_us, PERIOD_US))
    assert found == [None, *range(10, 19)]
    assert clock.segment == 1


def test_one_time_too_far_ahead_is_refused_and_costs_nothing_that_follows():
    clock = CountedTime(TURN_US)
    placed([10_000 * i for i in range(10)], clock=clock)
    assert clock.at(8_100_000, 100_000_000) is None
    found = placed([10_000 * i for i in range(11, 20)], clock=clock)
    assert [number for _, number, _ in found] == list(range(11, 20))
    assert clock.segment == 0


@given(stall_s=st.integers(1, 9))
def test_a_stall_that_is_made_up_for_is_no_other_clock(stall_s):
    clock = CountedTime(TURN_US)
    stalled = [max(0, stall_s * 1_000_000 - 10_000 * max(0, i - 50)) for i in range(1200)]
    delay = [0 if i < 50 else stalled[i] for i in range(1200)]
    found = placed([10_000 * i for i in range(1200)], delay_us=lambda i: delay[i], clock=clock)
    assert [number for _, number, _ in found] == list(range(1200))
    assert clock.segment == 0


def test_a_clock_that_was_set_begins_a_segment_even_when_it_fits():
    clock = CountedTime(TURN_US)
    placed([0, 10_000], clock=clock)
    clock.rebase()
    assert clock.at(20_000, 20_000_000) == 20_000
    assert clock.segment == 1


def test_before_the_first_sample_nothing_needs_a_segment():
    clock = CountedTime(TURN_US)
    clock.rebase()
    clock.new_link()
    clock.at(20_000, 20_000_000)
    assert clock.segment == 0


def test_a_time_that_went_back_over_a_new_link_is_a_restart():
    clock = CountedTime(TURN_US)
    placed([1_000_000, 1_010_000], clock=clock)
    clock.new_link()
    assert clock.at(500_000, 1_500_000_000) is not None
    assert clock.segment == 1


def test_without_a_period_every_new_time_is_the_next_sample():
    found = placed([0, 10_000, 500_000, 510_000], period_us=0)
    assert [number for _, number, _ in found] == [0, 1, 2, 3]


@given(
    st.lists(
        st.tuples(st.integers(0, TURN_US - 1), st.integers(-(1 << 62), 1 << 62), st.booleans()),
        max_size=60,
    )
)
def test_any_times_and_arrivals_are_placed_or_refused(events):
    clock = CountedTime(TURN_US)
    segment = 0
    for told_us, arrival_ns, is_new in events:
        if is_new:
            clock.new_link()
        tick_us = clock.at(told_us, arrival_ns)
        if tick_us is not None:
            assert (tick_us - told_us) % TURN_US == 0
            clock.number(tick_us, PERIOD_US)
        assert clock.segment >= segment
        segment = clock.segment
