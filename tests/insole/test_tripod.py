"""Tripod measures against worked values and closed forms (science.md, 1.4, 1.5 and G6)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import REGIONS
from insole.signal import tripod

ANCHORS = np.array([[60.0, 45.0], [15.0, 188.0], [82.0, 175.0]])
share = st.floats(0.01, 1.0)


def forces(**by_region):
    return np.array([[float(by_region.get(name, 0.0)) for name in REGIONS]])


def test_the_three_points_are_heel_first_ray_and_fifth_ray():
    load = forces(HEEL=100, M1=50, HAL=30, M45=20, M23=70, MID=10, TOES=20)
    assert tripod.points(load).tolist() == [[100.0, 80.0, 20.0]]
    assert tripod.tripod(load) == pytest.approx(np.array([[0.5, 0.4, 0.1]]))
    assert tripod.coverage(load, np.array([300.0])) == pytest.approx([200 / 300])
    assert tripod.quadripod(load) == pytest.approx(np.array([[0.5, 0.25, 0.1, 0.15]]))
    assert tripod.medial_share(load) == pytest.approx([0.8])


def test_below_the_minimum_there_is_no_tripod():
    load = np.vstack((forces(HEEL=29.9), forces(HEEL=30.0), forces()))
    got = tripod.tripod(load, minimum_n=30.0)
    assert np.isnan(got[0]).all()
    assert got[1].tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(tripod.tripod(load)[2]).all()
    assert np.isnan(tripod.coverage(load, np.zeros(3))).all()


def test_a_corner_that_cannot_be_seen_gives_no_tripod_but_a_missing_hallux_does_not_matter():
    nan = float("nan")
    assert np.isnan(tripod.tripod(forces(HEEL=100, M1=50, M45=nan))).all()
    assert np.isnan(tripod.coverage(forces(HEEL=nan, M1=50), np.array([100.0]))).all()
    got = tripod.tripod(forces(HEEL=100, M1=60, M45=40, HAL=nan))
    assert got == pytest.approx(np.array([[0.5, 0.3, 0.2]]))
    assert np.isnan(tripod.quadripod(forces(HEEL=100, M1=60, M45=40, HAL=nan))).all()


@settings(deadline=None)
@given(share, share, share)
def test_three_point_loads_at_the_anchors_give_their_own_shares_back(heel, first, fifth):
    weight = np.array([heel, first, fifth]) / (heel + first + fifth)
    beta = tripod.barycentric((weight @ ANCHORS)[None, :], ANCHORS)
    assert beta[0] == pytest.approx(weight, abs=1e-12)
    assert beta.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_cop_that_moves_evenly_between_two_corners_moves_the_shares_evenly():
    part = np.linspace(0.0, 1.0, 11)
    path = ANCHORS[0] + part[:, None] * (ANCHORS[1] - ANCHORS[0])
    expected = np.column_stack((1.0 - part, part, np.zeros(11)))
    assert tripod.barycentric(path, ANCHORS) == pytest.approx(expected, abs=1e-12)


def test_a_cop_beyond_an_edge_is_negative_for_the_opposite_point_and_nan_stays_nan():
    middle = ANCHORS.mean(axis=0)
    beyond = ANCHORS[1] + ANCHORS[2] - middle  # mirrored over the front edge
    assert (tripod.barycentric(beyond[None, :], ANCHORS)[0] > 0).tolist() == [False, True, True]
    assert np.isnan(tripod.barycentric(np.full((1, 2), np.nan), ANCHORS)).all()
    with pytest.raises(ValueError, match="one line"):
        tripod.barycentric(middle[None, :], np.array([[0.0, 0], [1, 1], [2, 2]]))


@pytest.mark.parametrize(
    ("shares", "variation", "index"),
    [
        ((0.50, 0.28, 0.22), 0.0, 100.0),
        ((1 / 3, 1 / 3, 1 / 3), 0.1667, 78.6),
        ((0.8, 0.1, 0.1), 0.30, 61.5),
        ((1.0, 0.0, 0.0), 0.50, 35.9),
        ((0.0, 0.0, 1.0), 0.78, 0.0),
    ],
)
def test_match_index_has_its_worked_values(shares, variation, index):
    target = np.array([0.50, 0.28, 0.22])
    got = np.array([shares])
    assert tripod.variation(got, target)[0] == pytest.approx(variation, abs=5e-5)
    assert tripod.match_index(got, target)[0] == pytest.approx(index, abs=0.05)


def test_rearfoot_share_counts_the_sensors_behind_the_middle():
    force = np.array([[10.0, 20.0, 30.0, 40.0], [0.0, 0.0, 0.0, 0.0]])
    got = tripod.rearfoot_share(force, np.array([0.1, 0.49, 0.5, 0.9]))
    assert got[0] == pytest.approx(0.3)
    assert np.isnan(got[1])


@pytest.mark.parametrize("target", [(0.45, 0.33, 0.22), (0.55, 0.25, 0.20)])
def test_the_zone_is_a_hexagon_whose_border_is_at_the_tolerance(target):
    target = np.array(target)
    corners = tripod.zone(target, 0.12)
    assert len(corners) == 6
    assert corners.sum(axis=1) == pytest.approx(np.ones(6))
    along = np.linspace(0.0, 1.0, 7)[:, None]
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        edge = start + along * (end - start)
        assert tripod.variation(edge, target) == pytest.approx(np.full(7, 0.12))


def test_a_zone_near_an_edge_ends_at_the_triangle():
    corners = tripod.zone(np.array([0.9, 0.05, 0.05]), 0.12)
    assert corners.min() >= -1e-12
    assert (tripod.variation(corners, np.array([0.9, 0.05, 0.05])) <= 0.12 + 1e-12).all()
