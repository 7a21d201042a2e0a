"""Corners of the tripod: touching with hysteresis, lost when off for a quarter of a second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.metrics.corners import corners, times_off, touching
from insole.parameters import Parameters
from tests.insole.closed_forms import G

BW = 70.0 * G
P = Parameters()
TARGET = np.array(P.several("targets.single"))
RATE_HZ = 25.0


@given(force=st.lists(st.floats(0.0, 40.0), max_size=60))
def test_touching_is_that_of_a_machine_that_sees_one_row_at_a_time(force):
    state, expected = False, []
    for one in force:
        state = one >= 12.0 or (state and one >= 8.0)
        expected.append(state)
    assert touching(np.array(force), on_n=12.0, off_n=8.0).tolist() == expected


def stood(seconds: float = 10.0, share=TARGET, load_bw: float = 1.0):
    return np.tile(np.asarray(share) * load_bw * BW, (int(seconds * RATE_HZ), 1))


def found(points, *, single=True):
    said = corners(points, single=single, bw_n=BW, target=TARGET, parameters=P)
    assert said is not None
    return said


def test_standing_on_target_keeps_all_corners_and_the_zone():
    said = found(stood())
    for name in ("heel", "first", "fifth"):
        assert said[name] == {"contact_percent": 100.0, "lost": 0, "lost_s": 0}
    assert said["zone_percent"] == 100.0


def test_a_corner_that_is_off_for_long_is_lost_and_one_that_blinks_is_not():
    points = stood()
    points[50:75, 1] = 0.0  # a second
    points[100:105, 1] = 0.0  # a fifth of a second
    said = found(points)
    assert said["first"]["lost"] == 1
    assert said["first"]["lost_s"] == pytest.approx(1.0)
    assert said["first"]["contact_percent"] == pytest.approx(100.0 * (1 - 30 / 250))
    assert said["heel"]["lost"] == 0


def test_on_both_feet_the_loads_are_halved():
    # 0.025 BW on the corner: below 0.04 BW on one leg, above 0.02 BW (and 12 N) on two
    share = np.array([0.555, 0.42, 0.025])
    assert found(stood(share=share))["fifth"]["contact_percent"] == 0.0
    assert found(stood(share=share), single=False)["fifth"]["contact_percent"] == 100.0


def test_the_zone_is_left_when_half_the_sum_of_differences_is_above_its_size():
    points = stood()
    points[:100] = np.array([0.45 + 0.13, 0.33 - 0.13, 0.22]) * BW  # TV 0.13 > 0.12
    assert found(points)["zone_percent"] == pytest.approx(60.0)


def test_a_load_on_the_points_that_is_too_small_for_a_tripod_is_in_no_zone():
    """Below max(30 N, 0.05 BW) the shares are undefined (science.md, 1.4): here 34.3 N."""
    points = stood()
    points[:100] = TARGET * 33.0
    points[100:150] = TARGET * 36.0
    assert found(points)["zone_percent"] == pytest.approx(60.0)


def test_a_corner_without_a_sensor_gives_nothing():
    points = stood()
    points[:, 2] = np.nan
    assert corners(points, single=True, bw_n=BW, target=TARGET, parameters=P) is None


def test_times_off_at_the_edges_count():
    flag = np.array([False] * 10 + [True] * 10 + [False] * 8)
    assert times_off(flag, rate_hz=25.0, least_s=0.25) == [0.4, 0.32]
