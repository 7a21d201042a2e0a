"""Mask R8 over layouts: shares, observability, anchors."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.errors import LayoutError, SettingsError
from insole.model.foot import REGIONS, SensorLayout
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.masks import half_planes
from insole.signal.regions import region_map, region_polygons

R8 = Parameters()
RECTANGLE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def made(xy, *, labels=None, kind="discrete", outline=RECTANGLE):
    xy = np.array(xy, dtype=float).reshape(-1, 2)
    return SensorLayout(
        name="made",
        kind=kind,
        xy=xy,
        length_mm=250.0,
        width_mm=100.0,
        outline=outline,
        area_cm2=np.ones(len(xy)),
        labels=labels,
    )


def on(points):
    """Which region a point of the (u, y) plane lies in, by the formulas of the definition."""
    names = []
    for u, y in points:
        if y <= 0.30:
            names.append("HEEL")
        elif y <= 0.60 - 0.05 * u:
            names.append("MID")
        elif y <= 0.81 - 0.06 * u:
            names.append("M1" if u <= 0.286 else "M23" if u <= 0.714 else "M45")
        else:
            names.append("HAL" if u <= 0.30 else "TOES")
    return names


def test_on_a_rectangle_the_regions_have_the_areas_of_their_trapezia():
    layout = made([[0.5, 0.5]])
    areas = {name: geometry.area(p) for name, (p,) in region_polygons(layout, R8).items()}
    whole = 100.0 * 250.0

    def band(u0, u1):  # height of the metatarsal band is 0.21 - 0.01 u
        return whole * ((u1 - u0) * 0.21 - 0.01 * (u1**2 - u0**2) / 2)

    assert areas["HEEL"] == pytest.approx(whole * 0.30, rel=1e-9)
    assert areas["MID"] == pytest.approx(whole * (0.30 - 0.025), rel=1e-9)
    assert areas["M1"] == pytest.approx(band(0.0, 0.286), rel=1e-9)
    assert areas["M23"] == pytest.approx(band(0.286, 0.714), rel=1e-9)
    assert areas["M45"] == pytest.approx(band(0.714, 1.0), rel=1e-9)
    assert areas["HAL"] == pytest.approx(whole * (0.3 * 0.19 + 0.06 * 0.09 / 2), rel=1e-9)
    assert sum(areas.values()) == pytest.approx(whole, rel=1e-9)


def test_regions_tile_the_default_outline():
    layout = layouts.load("generic16")
    areas = [geometry.area(p) for (p,) in region_polygons(layout, R8).values()]
    outline = layout.outline * np.array([layout.width_mm, layout.length_mm])
    assert list(region_polygons(layout, R8)) == list(REGIONS)
    assert sum(areas) == pytest.approx(geometry.area(outline), rel=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_every_point_lies_in_the_region_of_the_definition(points):
    inside = {
        name: [all(a * u + b * y <= c for a, b, c in planes) for u, y in points]
        for name, planes in half_planes(R8).items()
    }
    for index, name in enumerate(on(points)):
        assert inside[name][index]


def test_a_grid_shares_every_cell_by_area():
    rows, columns = 10, 5
    xy = [
        ((i + 0.5) / columns, (j + 0.5) / rows)
        for j, i in itertools.product(range(rows), range(columns))
    ]
    layout = made(xy, kind="grid")
    weight = region_map(layout, R8).weight
    # Independent: count a fine lattice of points of each cell by the definition.
    fine = (np.arange(200) + 0.5) / 200
    for sensor, (x, y) in enumerate(xy):
        u = x + (fine - 0.5) / columns
        v = y + (fine - 0.5) / rows
        names = np.array(on(itertools.product(u, v)))
        counted = [np.mean(names == region) for region in REGIONS]
        assert weight[sensor] == pytest.approx(counted, abs=0.01)
    assert weight.sum(axis=1) == pytest.approx(np.ones(len(xy)), abs=1e-12)


@pytest.mark.parametrize("sensors", [17, 99, 235])
def test_shares_of_every_sensor_sum_to_one_and_regions_get_their_area(sensors):
    layout = layouts.for_count(sensors)
    found = region_map(layout, R8)
    assert found.weight.sum(axis=1) == pytest.approx(np.ones(sensors), abs=1e-12)
    areas = [geometry.area(p) / 100.0 for (p,) in region_polygons(layout, R8).values()]
    assert layout.area_cm2 @ found.weight == pytest.approx(areas, rel=2e-3)


def test_labels_hold_exactly_wherever_the_sensors_lie():
    labels = ("TOES", "HEEL", "M45", "HEEL")
    found = region_map(made([[0.5, 0.1], [0.5, 0.9], [0.1, 0.2], [0.6, 0.4]], labels=labels), R8)
    assert [REGIONS[k] for k in found.weight.argmax(axis=1)] == list(labels)
    assert set(found.weight.ravel()) == {0.0, 1.0}
    assert found.observable_names == ("HEEL", "M45", "TOES")


def test_few_sensors_without_labels_belong_to_the_region_of_their_centre():
    found = region_map(made([[0.5, 0.1], [0.1, 0.7], [0.9, 0.7], [0.5, 0.7]]), R8)
    assert [REGIONS[k] for k in found.weight.argmax(axis=1)] == ["HEEL", "M1", "M45", "M23"]
    assert not found.observable[REGIONS.index("HAL")]


def test_a_region_without_a_sensor_centre_is_unobservable_though_cells_reach_into_it():
    layout = layouts.grid(12, 5)
    u = geometry.local_u(layout.outline, layout.xy)
    keep = ~((layout.xy[:, 1] > 0.81 - 0.06 * u) & (u <= 0.30))
    without = SensorLayout(
        name="no hallux",
        kind="grid",
        xy=layout.xy[keep],
        length_mm=layout.length_mm,
        width_mm=layout.width_mm,
        outline=layout.outline,
        area_cm2=layout.area_cm2[keep],
    )
    assert without.sensors > 16
    hallux = REGIONS.index("HAL")
    assert region_map(layout, R8).observable.all()
    assert region_map(without, R8).weight[:, hallux].any()
    assert not region_map(without, R8).observable[hallux]


def test_one_sensor_for_the_whole_foot_sees_no_region():
    found = region_map(layouts.load("total"), R8)
    assert not found.observable.any()
    assert not found.weight.any()


def test_anchors_lie_where_the_published_mask_has_them():
    """Heel (0.63, 0.17), M1 (0.16, 0.71), M45 (0.86, 0.66): science.md, section 1.4.

    Those come from the outline of another insole. Along the foot the mask fixes them: what is
    left is the slant of the borders over the region, 0.06 x its width. Across, an anchor moves with
    the outline: half the difference that lasts have in border position, 0.1 of the width.
    """
    layout = layouts.load("generic16")
    anchors = region_map(layout, R8).anchors_mm / [layout.width_mm, layout.length_mm]
    published = np.array([[0.63, 0.17], [0.16, 0.71], [0.86, 0.66]])
    assert np.abs(anchors - published)[:, 0].max() < 0.05
    assert np.abs(anchors - published)[:, 1].max() < 0.06 * 0.286


def test_anchors_of_a_rectangle_are_the_centroids_of_its_trapezia():
    anchors = region_map(made([[0.5, 0.5]]), R8).anchors_mm
    assert anchors[0] == pytest.approx([50.0, 0.15 * 250.0], rel=1e-9)
    u = np.linspace(0.0, 0.286, 100001)
    height = 0.21 - 0.01 * u
    middle = (0.60 - 0.05 * u + 0.81 - 0.06 * u) / 2
    first = [np.average(u, weights=height) * 100, np.average(middle, weights=height) * 250]
    assert anchors[1] == pytest.approx(first, rel=1e-5)


def test_another_mask_moves_the_borders():
    layout = made([[0.5, 0.28], [0.5, 0.4], [0.5, 0.9]])
    low = Parameters({"mask.y_hm": 0.27})
    heel = REGIONS.index("HEEL")
    assert region_map(layout, R8).weight[0, heel] == 1.0
    assert region_map(layout, low).weight[0, heel] == 0.0


@pytest.mark.parametrize(
    "changed", [{"mask.y_hm": 0.7}, {"mask.y_toe0": 0.5}, {"mask.u_12": 0.8}, {"mask.y_toe0": 1.2}]
)
def test_a_mask_whose_borders_cross_is_refused(changed):
    with pytest.raises(SettingsError, match="cross"):
        region_map(layouts.load("generic16"), Parameters(changed))


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(LayoutError, match="2 labels for 1"):
        region_map(made([[0.5, 0.5]], labels=("HEEL", "MID")), R8)
    with pytest.raises(LayoutError, match="ARCH"):
        region_map(made([[0.5, 0.5]], labels=("ARCH",)), R8)


def test_forces_of_a_discrete_layout_act_at_the_centres_of_their_cells():
    xy = np.array([[0.25, 0.1], [0.75, 0.1], [0.5, 0.9], [0.5, 0.4]])
    cells = geometry.voronoi(xy * [100.0, 250.0], RECTANGLE * [100.0, 250.0])
    centres = np.array([geometry.centroid(cell) for cell in cells])
    assert region_map(made(xy), R8).centre_mm == pytest.approx(centres)
    assert region_map(made(xy, kind="force"), R8).centre_mm == pytest.approx(xy * [100.0, 250.0])
