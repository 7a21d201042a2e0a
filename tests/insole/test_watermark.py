from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.watermark import Watermark

LEFT, RIGHT = Side.LEFT, Side.RIGHT
SILENCE_NS = 1_000_000_000


def feet(*, silent=(), late_s=0.01, seconds=10.0):
    """Both feet at 50 Hz; what the left one takes in silent spans arrives from their end on,
    ten times as fast."""
    time_s = np.arange(0, seconds, 0.02)
    arrival = dict.fromkeys(Side, time_s + late_s)
    for start, end in silent:
        inside = (arrival[LEFT] >= start) & (arrival[LEFT] < end)
        catching_up = end + 0.1 * (arrival[LEFT] - start)
        arrival[LEFT] = np.maximum.accumulate(np.where(inside, catching_up, arrival[LEFT]))
    return {side: (np.round(arrival[side] * 1e9).astype(np.int64), time_s) for side in Side}


def by_the_rule(pair, side):
    """The sentence in the docstring, sample by sample."""
    own_ns, own_s = pair[side]
    other_ns, other_s = pair[side.other]
    late = []
    for arrival, time in zip(own_ns, own_s, strict=True):
        flagged = False
        for a, t in zip(other_ns, other_s, strict=True):
            earlier = own_ns[own_ns <= a]
            flagged |= (
                t > time and a < arrival and len(earlier) > 0 and a - earlier[-1] > SILENCE_NS
            )
        late.append(bool(flagged))
    return late


def test_two_feet_that_both_send_are_never_late():
    masks = Watermark(Parameters()).push(feet())
    assert not masks[LEFT].any()
    assert not masks[RIGHT].any()


def test_one_foot_alone_is_never_late():
    alone = {LEFT: feet(silent=[(2.0, 6.0)])[LEFT]}
    assert not Watermark(Parameters()).push(alone)[LEFT].any()


def test_a_foot_that_joins_later_is_not_late():
    pair = feet()
    pair[RIGHT] = tuple(column[300:] for column in pair[RIGHT])
    masks = Watermark(Parameters()).push(pair)
    assert not masks[RIGHT].any()


def test_a_silence_of_less_than_a_second_holds_the_pair():
    masks = Watermark(Parameters()).push(feet(silent=[(2.0, 2.9)]))
    assert not masks[LEFT].any()


def test_what_a_silent_foot_sends_for_passed_instants_is_late():
    pair = feet(silent=[(2.0, 6.0)])
    masks = Watermark(Parameters()).push(pair)
    late_s = pair[LEFT][1][masks[LEFT]]
    assert late_s[0] == pytest.approx(2.0)
    assert late_s[-1] == pytest.approx(5.96)  # 5.98 s is the newest that the right foot had sent
    assert not masks[RIGHT].any()


def test_the_length_of_the_silence_is_a_parameter():
    pair = feet(silent=[(2.0, 6.0)])
    assert not Watermark(Parameters({"gaps.silence_s": 5.0})).push(pair)[LEFT].any()


def test_memory_stays_bounded_and_a_foot_that_was_away_for_an_hour_is_still_judged():
    watermark = Watermark(Parameters())
    watermark.push({side: (np.array([0]), np.array([0.0])) for side in Side})
    for second in range(1, 3601):
        arrival_ns = second * 1_000_000_000 + np.arange(10)
        watermark.push({RIGHT: (arrival_ns, arrival_ns * 1e-9)})
    assert sum(len(foot.arrival_ns) for foot in watermark._feet.values()) < 100
    back = {LEFT: (np.array([3601_000_000_000] * 2), np.array([3599.9, 3600.9]))}
    assert watermark.push(back)[LEFT].tolist() == [True, False]


def test_samples_one_by_one_are_judged_as_the_rule_says():
    pair = feet(silent=[(2.0, 4.5), (6.0, 7.5)])
    watermark, got = Watermark(Parameters()), {side: [] for side in Side}
    for now in np.unique(np.concatenate([pair[side][0] for side in Side])):
        chunk = {
            side: (arrival_ns[arrival_ns == now], time_s[arrival_ns == now])
            for side, (arrival_ns, time_s) in pair.items()
        }
        for side, mask in watermark.push(chunk).items():
            got[side] += mask.tolist()
    assert sum(got[LEFT]) > 100
    for side in Side:
        assert got[side] == by_the_rule(pair, side)


spans = st.lists(st.tuples(st.floats(0.5, 9.0), st.floats(0.05, 4.0)), min_size=1, max_size=3).map(
    lambda found: [(start, start + length) for start, length in sorted(found)]
)


@given(silent=spans, cuts_ns=st.sets(st.integers(0, 14_000_000_000), max_size=30))
def test_any_cut_in_order_of_arrival_gives_what_the_rule_says(silent, cuts_ns):
    pair = feet(silent=silent)
    pair = {side: tuple(column[::5] for column in columns) for side, columns in pair.items()}
    bounds = [-1, *sorted(cuts_ns), 20_000_000_000]
    watermark = Watermark(Parameters())
    got = {side: [] for side in Side}
    for start, end in pairwise(bounds):
        chunk = {}
        for side, (arrival_ns, time_s) in pair.items():
            inside = (arrival_ns > start) & (arrival_ns <= end)
            if inside.any():
                chunk[side] = (arrival_ns[inside], time_s[inside])
        for side, mask in watermark.push(chunk).items():
            got[side] += mask.tolist()
    for side in Side:
        assert got[side] == by_the_rule(pair, side)
