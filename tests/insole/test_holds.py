"""The quadripod hold: its target, the band of each of its four points, what counts as kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal import tripod
from insole.signal.holds import REGION_OF, Range, quadripod_hold

P = Parameters()
TARGET = np.array([0.45, 0.22, 0.20, 0.13])  # science.md, section 1.5
LEAST = np.array([0.08, 0.08, 0.08, 0.05])
SEEN = np.ones(len(REGIONS), np.bool_)
four = st.lists(st.floats(0.001, 1.0), min_size=4, max_size=4).map(lambda x: np.array(x) / sum(x))


def hold(share):
    return quadripod_hold(SEEN, parameters=P).at(np.asarray(share, np.float64))


def test_the_four_points_are_heel_both_balls_and_big_toe():
    assert [REGIONS[index] for index in REGION_OF] == ["HEEL", "M1", "M45", "HAL"]
    assert [pad.name for pad in hold(TARGET).pads] == ["heel", "first_ball", "fifth_ball", "toe"]


def test_on_target_everything_is_kept_and_the_match_is_whole():
    kept = hold(TARGET)
    assert kept.match_percent == pytest.approx(100.0)
    assert kept.inside is True
    assert [pad.inside for pad in kept.pads] == [True] * 4
    assert [pad.target for pad in kept.pads] == pytest.approx(TARGET)


def test_all_load_on_the_big_toe_matches_nothing():
    assert hold([0, 0, 0, 1]).match_percent == pytest.approx(0.0, abs=1e-12)
    assert hold([0, 0, 0, 1]).inside is False


@given(four)
def test_match_is_one_less_the_distance_over_the_largest_there_can_be(share):
    distance = 0.5 * sum(abs(a - b) for a, b in zip(share, TARGET, strict=True))
    assert hold(share).match_percent == pytest.approx(100.0 * (1.0 - distance / 0.87))


@given(four)
def test_a_hold_that_is_kept_keeps_every_point_in_its_band(share):
    now = hold(share)
    distance = 0.5 * float(np.abs(share - TARGET).sum())
    assert now.inside is bool(distance <= 0.12 and (share >= LEAST).all())
    if now.inside:
        assert all(pad.inside for pad in now.pads)


@given(st.integers(0, 3), st.integers(0, 3), st.floats(0.0, 1.0))
def test_every_end_of_a_band_is_reached_by_a_hold_that_is_kept(up, down, part):
    if up == down:
        return
    step = min(0.12, TARGET[down] - LEAST[down]) * part
    share = TARGET + step * (np.eye(4)[up] - np.eye(4)[down])
    assert hold(share).inside is not False or part == 1.0  # the very border is a rounding away
    for pad, least in zip(hold(share).pads, LEAST, strict=True):
        assert pad.low == pytest.approx(max(pad.target - 0.12, least))
        assert pad.high == pytest.approx(pad.target + 0.12)


def test_a_foot_without_a_sensor_under_the_big_toe_says_so():
    seen = SEEN.copy()
    seen[REGIONS.index("HAL")] = False
    none = quadripod_hold(seen, parameters=P, lost=("heel",)).at(TARGET)
    assert none.why == "no sensor under HAL"
    assert (none.inside, none.lost) == (None, ())
    assert np.isnan(none.match_percent)
    assert {pad.why for pad in none.pads} == {"no sensor under HAL"}
    assert {pad.inside for pad in none.pads} == {None}


def test_a_coach_sets_the_target_of_the_hold():
    set_ = Parameters({"targets.quadripod.1": 0.40, "targets.quadripod.4": 0.18})
    now = quadripod_hold(SEEN, parameters=set_).at(np.array([0.40, 0.22, 0.20, 0.18]))
    assert now.match_percent == pytest.approx(100.0)


def test_both_ends_belong_to_a_range_and_nothing_known_is_neither_in_nor_out():
    assert [Range("a", one, 0.45, 0.65).inside for one in (0.45, 0.65, 0.44, 0.66)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert Range("a", float("nan"), 0.45, 0.65).inside is None


@given(four)
def test_variation_of_three_points_is_left_as_it_was(share):
    three, target = share[None, :3], TARGET[:3]
    gap = np.abs(three - target)
    assert tripod.variation(three, target) == 0.5 * ((gap[:, 0] + gap[:, 1]) + gap[:, 2])
