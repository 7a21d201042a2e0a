"""Polygons, Voronoi cells and local width against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.errors import LayoutError
from insole.layouts import default_outline
from insole.signal import geometry

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
OUTLINE_MM = default_outline() * np.array([95.0, 265.0])


def points_inside(seed, count, outline=OUTLINE_MM):
    random = np.random.default_rng(seed)
    low, high = outline.min(axis=0), outline.max(axis=0)
    points = random.uniform(low, high, (count * 20, 2))
    return points[geometry.contains(outline, points)][:count]


def test_area_and_centroid_of_a_regular_polygon_are_its_closed_form():
    angle = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    disc = np.column_stack((3.0 + 2.0 * np.cos(angle), -1.0 + 2.0 * np.sin(angle)))
    exact = 720 / 2 * np.sin(2 * np.pi / 720) * 4.0  # of the regular polygon itself
    assert geometry.signed_area(disc) == pytest.approx(exact, rel=1e-12)
    assert geometry.signed_area(disc[::-1]) == pytest.approx(-exact, rel=1e-12)
    assert geometry.centroid(disc) == pytest.approx([3.0, -1.0], abs=1e-12)


def test_an_l_shape_cut_in_two_keeps_area_and_centroid_of_its_parts():
    u_shape = np.array([[0, 0], [3, 0], [3, 2], [2, 2], [2, 1], [1, 1], [1, 2], [0, 2]], float)
    towers = geometry.clip(u_shape, (0.0, -1.0, -1.5))  # y >= 1.5: two squares of 1 by 0.5
    assert geometry.area(towers) == pytest.approx(1.0)
    assert geometry.centroid(towers) == pytest.approx([1.5, 1.75])


def test_clipping_everything_away_leaves_nothing():
    assert len(geometry.clip(SQUARE, (1.0, 0.0, -1.0))) == 0
    assert geometry.area(geometry.clip(SQUARE, (1.0, 0.0, -1.0))) == 0.0


@settings(deadline=None)
@given(a=st.floats(-1, 1), b=st.floats(-1, 1), c=st.floats(-1, 1))
def test_the_two_sides_of_a_cut_make_the_whole(a, b, c):
    kept = geometry.area(geometry.clip(OUTLINE_MM, (a, b, 100 * c)))
    rest = geometry.area(geometry.clip(OUTLINE_MM, (-a, -b, -100 * c)))
    if a or b:
        assert kept + rest == pytest.approx(geometry.area(OUTLINE_MM), rel=1e-9)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60))
def test_voronoi_cells_tile_the_outline(seed, count):
    cells = geometry.voronoi(points_inside(seed, count), OUTLINE_MM)
    total = sum(geometry.area(cell) for cell in cells)
    assert total == pytest.approx(geometry.area(OUTLINE_MM), rel=1e-9)


def test_a_voronoi_cell_holds_the_points_that_are_nearest_to_its_sensor():
    sensors = points_inside(5, 40)
    cells = geometry.voronoi(sensors, OUTLINE_MM)
    probes = points_inside(6, 500)
    nearest = np.argmin(((probes[:, None] - sensors[None]) ** 2).sum(axis=2), axis=1)
    holds = np.column_stack([geometry.contains(cell, probes) for cell in cells])
    assert (holds.sum(axis=1) == 1).all()
    assert (holds.argmax(axis=1) == nearest).all()


def test_four_points_of_a_square_share_it_in_quarters():
    points = np.array([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]) * 100
    cells = geometry.voronoi(points, SQUARE * 100)
    assert [geometry.area(cell) for cell in cells] == pytest.approx([2500.0] * 4)
    for cell, point in zip(cells, points, strict=True):
        assert geometry.centroid(cell) == pytest.approx(point)


@pytest.mark.parametrize(
    ("points", "word"),
    [
        (np.empty((0, 2)), "no sensors"),
        (np.array([[0.5, 0.5], [0.2, 0.2], [0.5, 0.5]]) * 100, "overlap"),
        (np.array([[0.5, 0.5], [1.5, 0.5]]) * 100, "outside"),
        (np.array([[0.5, 0.5], [np.nan, 0.5]]) * 100, "no place"),
    ],
)
def test_sensors_that_cannot_be_are_refused_with_the_fix(points, word):
    with pytest.raises(LayoutError, match=word) as caught:
        geometry.voronoi(points, SQUARE * 100)
    assert caught.value.fix


def test_an_outline_without_area_is_refused():
    with pytest.raises(LayoutError, match="encloses nothing"):
        geometry.voronoi(np.array([[1.0, 1.0]]), np.array([[0.0, 0.0], [9.0, 9.0], [3.0, 3.0]]))


def test_a_sensor_behind_another_on_the_edge_is_refused():
    hidden = np.array([[0.2, 50.0], [-0.8, 50.0]])
    with pytest.raises(LayoutError, match="no area"):
        geometry.voronoi(hidden, SQUARE * 100)


def test_local_width_of_a_diamond_shrinks_to_its_tips():
    diamond = np.array([[0.5, 0.0], [1.0, 0.5], [0.5, 1.0], [0.0, 0.5]])
    low, high = geometry.borders_at(diamond, np.array([-1.0, 0.0, 0.25, 0.5, 0.75, 2.0]))
    assert low == pytest.approx([0.5, 0.5, 0.25, 0.0, 0.25, 0.5])
    assert high == pytest.approx([0.5, 0.5, 0.75, 1.0, 0.75, 0.5])
    u = geometry.local_u(diamond, np.array([[0.25, 0.25], [0.5, 0.25], [0.75, 0.25], [0.5, 0.0]]))
    assert u == pytest.approx([0.0, 0.5, 1.0, 0.5])


def test_local_width_sees_flat_ends_and_the_outer_borders_of_a_hollow():
    u_shape = np.array([[0, 0], [3, 0], [3, 2], [2, 2], [2, 1], [1, 1], [1, 2], [0, 2]], float)
    low, high = geometry.borders_at(u_shape, np.array([0.0, 0.5, 1.5, 2.0]))
    assert low.tolist() == [0.0] * 4
    assert high.tolist() == [3.0] * 4


def test_refining_adds_corners_and_changes_no_area():
    fine = geometry.refined(OUTLINE_MM, 0.7)
    assert np.hypot(*(np.roll(fine, -1, axis=0) - fine).T).max() <= 0.7 + 1e-9
    assert geometry.area(fine) == pytest.approx(geometry.area(OUTLINE_MM), rel=1e-12)


def test_the_distance_to_the_edge_of_a_square_is_known():
    probes = np.array([[0.5, 0.5], [0.1, 0.4], [2.0, 2.0]])
    assert geometry.edge_distance(SQUARE, probes) == pytest.approx([0.5, 0.1, np.sqrt(2.0)])
