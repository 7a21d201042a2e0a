"""Pictures of a sole as numbers: masks, fields, cells, bands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import SensorLayout
from insole_gui.state.sole import (
    FULL_CODE,
    NO_CELL,
    OUTSIDE,
    Bands,
    Field,
    cells,
    centres,
    default_outline,
    raster,
    to_kpa,
)

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def square_layout(xy: np.ndarray, kind: str = "discrete") -> SensorLayout:
    return SensorLayout("t", kind, xy, 200.0, 100.0, SQUARE, np.full(len(xy), 2.0))


def test_a_polygon_contains_what_its_area_says():
    outline = default_outline()
    x, y = outline.T
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert raster(outline, (400, 200)).mean() == pytest.approx(area, abs=0.005)


def test_the_field_is_exact_at_every_sensor():
    xy = np.array([[0.2, 0.2], [0.8, 0.25], [0.5, 0.6], [0.3, 0.9]])
    kpa = np.array([30.0, 110.0, 180.0, 60.0])
    field = Field(square_layout(xy), (192, 64), mirrored=False)
    assert field.show(kpa, 300.0)
    for (x, y), value in zip(xy, kpa, strict=True):
        code = field.codes[int((1 - y) * 192), int(x * 64)]
        assert code * 300.0 / FULL_CODE == pytest.approx(value, abs=4.0)


def test_equal_pressure_everywhere_is_a_flat_field():
    xy = np.random.default_rng(1).uniform(0.05, 0.95, (12, 2))
    field = Field(square_layout(xy), (300, 120), mirrored=True)
    field.show(np.full(12, 100.0), 300.0)
    picture = field.codes[:, :120]
    seen = picture[picture != OUTSIDE]
    assert np.ptp(seen.astype(int)) <= 1
    assert seen[0] == pytest.approx(80, abs=1)  # 100 kPa of 300 in 240 steps


def test_a_left_foot_is_the_mirror_of_a_right_foot():
    xy = np.array([[0.2, 0.2], [0.8, 0.3], [0.4, 0.7], [0.6, 0.9]])
    kpa = np.array([20.0, 90.0, 250.0, 140.0])
    left, right = (Field(square_layout(xy), (192, 64), mirrored=m) for m in (True, False))
    left.show(kpa, 300.0)
    right.show(kpa, 300.0)
    assert np.abs(left.codes[:, ::-1].astype(int) - right.codes).max() <= 1


def test_what_no_sensor_is_near_is_not_drawn_as_zero():
    xy = np.array([[0.2, 0.1], [0.4, 0.1], [0.6, 0.1], [0.8, 0.1]])  # all at the heel
    field = Field(square_layout(xy), (192, 64), mirrored=False)
    assert field.unseen[10].all()  # toes
    assert not field.unseen[-10].any()
    field.show(np.full(4, 100.0), 300.0)
    assert (field.codes[10] == OUTSIDE).all()


def test_two_sensors_at_one_place_do_not_break_the_field():
    xy = np.array([[0.5, 0.5], [0.5, 0.5], [0.2, 0.2], [0.8, 0.8]])
    field = Field(square_layout(xy), (64, 32), mirrored=False)
    field.show(np.array([50.0, 50.0, 50.0, 50.0]), 300.0)
    assert int(field.codes[32, 16]) * 300 / FULL_CODE == pytest.approx(50, abs=3)


def test_cells_are_the_nearest_sensors_with_a_gap_between_them():
    layout = square_layout(np.array([[0.25, 0.5], [0.75, 0.5]]))
    picture = cells(layout, (40, 40))
    assert set(np.unique(picture)) == {0, 1, NO_CELL}
    assert (picture[:, :18] == 0).all()
    assert (picture[:, 22:] == 1).all()


@given(st.integers(0, 2**31))
@settings(max_examples=15, deadline=None)
def test_every_pixel_belongs_to_its_nearest_sensor(seed):
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(8), np.arange(20)), axis=-1).reshape(-1, 2)
    xy = (grid + 0.5 + random.uniform(-0.3, 0.3, grid.shape)) / [8, 20]
    picture = cells(square_layout(xy), (240, 96))
    apart = np.linalg.norm((centres((240, 96))[:, None] - xy) * [100.0, 200.0], axis=-1)
    truth = apart.argmin(axis=1).reshape(240, 96)
    shown = picture != NO_CELL
    assert shown.mean() > 0.7
    assert (picture[shown] == truth[shown]).mean() > 0.999


@pytest.mark.parametrize(
    ("kpa", "band"),
    [(0, 0), (9.99, 0), (10, 1), (24.9, 1), (25, 2), (299, 10), (300, 11), (9e9, 11)],
)
def test_bands_are_closed_below(kpa, band):
    assert Bands(300.0).of(np.array([kpa, np.nan])).tolist() == [band, 0]


def test_pressure_is_ten_times_force_over_area():
    layout = square_layout(np.array([[0.5, 0.5]]))
    # 60.375 kPa on 68.19 cm2 is 411.7 N (science.md 0.3)
    layout = replace(layout, area_cm2=np.array([68.19]))
    assert to_kpa(np.array([411.7]), layout, "N") == pytest.approx([60.375], rel=1e-4)
    assert to_kpa(np.array([500.0]), layout, "counts") is None
