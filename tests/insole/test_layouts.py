"""Layout files: packaged ones are sound, users' ones are read strictly, all mistakes at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.errors import InsoleError, LayoutError
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.masks import half_planes
from insole.signal.regions import region_map

THREE = """
name = "three"
kind = "force"
quantity = "N"
xy = [[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]
labels = ["HEEL", "M1", "M45"]
"""


@pytest.mark.parametrize("name", layouts.names())
def test_packaged_layouts_have_their_labels_where_the_mask_has_the_regions(name):
    layout = layouts.load(name)
    assert layout.name == name
    if layout.labels is None:
        return
    size = np.array([layout.width_mm, layout.length_mm])
    u = geometry.local_u(layout.outline * size, layout.xy * size)
    planes = half_planes(Parameters())
    for label, u0, y0 in zip(layout.labels, u, layout.xy[:, 1], strict=True):
        # A maker's word holds; a sensor has some width, so its edge may reach over a border.
        assert all(a * u0 + b * y0 <= c + 0.06 for a, b, c in planes.get(label, ()))


@pytest.mark.parametrize("name", layouts.names())
def test_every_packaged_layout_is_whole_and_gives_forces(name):
    file, layout = layouts.read(name), layouts.load(name)
    size = np.array([layout.width_mm, layout.length_mm])
    geometry.check_sensors(layout.xy * size, layout.outline * size)
    assert file.quantity in ("kPa", "N", "counts")
    assert layout.full_scale is None or layout.full_scale > 0
    if layout.kind != "force":
        assert (layout.area_cm2 > 0).all()
        whole = geometry.area(layout.outline * size) / 100.0
        assert 0.5 * whole <= layout.area_cm2.sum() <= 1.05 * whole
    found = region_map(layout, Parameters())
    rows = found.weight.sum(axis=1)
    is_placed = layout.sensors >= 3 and layout.labels != ("",) * layout.sensors
    assert rows == pytest.approx(np.ones(layout.sensors) if is_placed else rows * 0)
    assert np.array_equal(found.observable, (found.weight > 0).any(axis=0)) or layout.sensors > 16


def test_sixteen_sensors_see_every_region_and_two_or_more_each_corner():
    labels = layouts.load("generic16").labels
    counts = {region: labels.count(region) for region in REGIONS}
    assert counts == dict(zip(REGIONS, (4, 2, 2, 2, 2, 2, 2), strict=True))


@pytest.mark.parametrize("name", ["generic16", "generic8"])
def test_areas_sum_to_the_area_of_the_insole(name):
    layout = layouts.load(name)
    outline = layout.outline * [layout.width_mm, layout.length_mm]
    assert layout.area_cm2.sum() == pytest.approx(geometry.area(outline) / 100.0, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "cm2"),
    [("pedar_u", 125.9), ("pedar_v", 139.3), ("pedar_w", 155.4), ("pedar_x", 172.1),
     ("pedar_y", 191.1), ("xsensor_31x11", 174.2)],
)  # fmt: skip
def test_grids_have_the_areas_that_are_published(name, cm2):
    """Sums of all sensels (science.md, 1.3); that of XSENSOR rests on a rounded pitch."""
    assert layouts.load(name).area_cm2.sum() == pytest.approx(cm2, rel=0.005)


def test_the_default_outline_is_an_insole_in_the_medial_frame():
    outline = layouts.default_outline()
    assert outline.min(axis=0).tolist() == [0.0, 0.0]
    assert outline.max(axis=0).tolist() == [1.0, 1.0]
    assert geometry.signed_area(outline) > 0
    heights = np.array([0.17, 0.45, 0.70])
    low, high = geometry.borders_at(outline, heights)
    heel, waist, ball = high - low
    assert waist < ball
    assert heel < ball
    assert low[1] > low[2] + 0.1  # the arch is hollow on the medial side, x = 0
    assert high[1] > 0.9  # and full on the lateral side
    turn = np.diff(np.concatenate((outline, outline[:2])), axis=0)
    angle = np.arctan2(turn[:, 1] * 265, turn[:, 0] * 95)
    bends = (np.diff(angle) + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(bends).max() < np.radians(30)  # smooth


def test_what_is_left_out_has_its_default():
    file = layouts.reads(THREE)
    assert (file.length_mm, file.width_mm, file.scale) == (265.0, 95.0, 1.0)
    layout = file.layout()
    assert layout.sensors == 3
    assert layout.labels == ("HEEL", "M1", "M45")
    assert layout.full_scale is None
    assert np.array_equal(layout.outline, layouts.default_outline())


def test_full_scale_is_given_in_the_unit_of_the_file():
    file = layouts.reads(
        'name="n"\nkind="discrete"\nquantity="kPa"\nunit="N/cm2"\nxy=[[0.6,0.5]]\nfull_scale=50'
    )
    assert file.scale == 10.0
    assert file.layout().full_scale == 500.0


def test_all_mistakes_are_listed_at_once_with_their_paths():
    text = THREE.replace('"force"', '"grid"').replace('"M45"', '"ARCH"')
    with pytest.raises(LayoutError) as caught:
        layouts.loads(text + "length_mm = 3\nfull_scale = -1\narea_cm2 = [1, 0]\n", where="my.toml")
    message = str(caught.value)
    assert "5 mistakes" in message
    assert "my.toml" in message
    for path in ("length_mm", "full_scale", "labels[2]", "area_cm2:", "area_cm2[1]"):
        assert path in message


def test_wrong_types_and_unknown_keys_are_all_listed():
    with pytest.raises(LayoutError) as caught:
        layouts.loads(
            'name = 3\nkind = "round"\nquantity = "kPa"\nxy = [[0.5, "a"]]\n'
            "length_mm = true\ncolour = 1"
        )
    message = str(caught.value)
    for path in ("name", "kind", "xy[0][1]", "length_mm", "colour"):
        assert path in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "xy"),
        ("name = ", "not TOML"),
        (THREE.replace("[[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]", "[]"), "0 sensors"),
        (THREE.replace("[0.16, 0.72]", "[0.6, 0.15]"), "overlap"),
        (THREE.replace("[0.16, 0.72]", "[0.01, 0.01]"), "outside"),
        (THREE.replace("[0.16, 0.72]", "[nan, 0.72]"), "finite"),
        (THREE.replace('"N"', '"kPa"'), "force sensors"),
        (THREE + 'unit = "stone"', "unit"),
        (THREE + "outline = [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]]", "encloses nothing"),
        (THREE + "outline = [[0.0, 0.0]]", "corners"),
        (THREE + "a = " + "[" * 5000, "TOML"),
    ],
)
def test_a_layout_that_cannot_be_says_why_in_one_line(text, word):
    with pytest.raises(LayoutError, match=word) as caught:
        layouts.loads(text)
    assert "\n" not in str(caught.value)


def test_a_layout_comes_from_a_file_or_a_name_and_from_nothing_else(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + THREE, encoding="utf-8")
    assert layouts.load(path).name == "three"
    assert layouts.load(str(path)).name == "three"
    with pytest.raises(LayoutError, match="generic16"):
        layouts.load("nowhere")
    with pytest.raises(LayoutError):
        layouts.load(tmp_path)
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(LayoutError, match=r"mine\.toml"):
        layouts.load(path)
    path.write_bytes(b"#" * (2 << 20))
    with pytest.raises(LayoutError, match="1 MB"):
        layouts.load(path)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_layout_or_a_layout_error(text):
    with pytest.raises(InsoleError):
        layouts.loads(text)


@pytest.mark.parametrize("sensors", [1, 2, 3, 8, 16, 17, 99, 235, 255])
def test_there_is_a_layout_for_every_count(sensors):
    layout = layouts.for_count(sensors)
    assert layout.sensors == sensors
    region_map(layout, Parameters())


def test_a_grid_keeps_the_cells_inside_and_tiles_the_insole():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    layout = layouts.grid(6, 4, length_mm=240.0, width_mm=80.0, outline=square)
    assert layout.sensors == 24
    assert layout.area_cm2 == pytest.approx(np.full(24, 8.0))
    assert layouts.grid(10, 5).sensors < 50


@pytest.mark.parametrize("sensors", [0, -1, 256, 10**6])
def test_counts_that_no_layout_can_hold_are_refused(sensors):
    with pytest.raises(LayoutError, match="1 to 255"):
        layouts.for_count(sensors)
    with pytest.raises(LayoutError):
        layouts.grid(100, 100)
