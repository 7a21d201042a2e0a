"""Masks of published studies: the groups of sensors that those studies used, and the tripod's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.errors import CalibrationError, RequestError, SettingsError
from insole.metrics.masked import masked, region_forces
from insole.model.foot import REGIONS, Side
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.masks import NAMES, correction, pieces
from insole.signal.regions import mask_weight, region_map, region_polygons

PEDAR9 = {  # numbers of pedar sensors, as the R package pressuRe (Telfer, MIT) lists them
    "HEEL_M": [1, 2, 6, 7, 8, 13, 14, 15, 20, 21, 22],
    "HEEL_L": [3, 4, 5, 9, 10, 11, 12, 16, 17, 18, 19, 23, 24, 25, 26],
    "MID_M": [27, 28, 29, 34, 35, 36, 41, 42, 43, 48, 49, 50, 55, 56, 57],
    "MID_L": [*range(30, 34), *range(37, 41), *range(44, 48), *range(51, 55), 58, 59],
    "MTH1": [62, 63, 69, 70, 76, 77],
    "MTH23": [64, 65, 66, 71, 72, 73, 78, 79, 80],
    "MTH45": [60, 61, 67, 68, 74, 75],
    "HAL": [83, 84, 90, 91, 96],
    "TOES": [81, 82, *range(85, 90), *range(92, 96), 97, 98, 99],
}
PEDAR = [name for name in layouts.names() if name.startswith("pedar")]


@pytest.mark.parametrize("name", PEDAR)
def test_the_pedar_mask_gives_every_sensor_to_its_published_group(name):
    weight = mask_weight(layouts.load(name), Parameters(), mask="PEDAR9")
    assert list(weight) == list(PEDAR9)
    largest = np.argmax(list(weight.values()), axis=0)
    for column, sensors in enumerate(PEDAR9.values()):
        assert (np.flatnonzero(largest == column) + 1).tolist() == sensors


@pytest.mark.parametrize("mask", NAMES)
@pytest.mark.parametrize(
    # A border that follows a curved side is drawn in straight pieces; the outline of XSENSOR's
    # cells goes in steps, where the local width jumps.
    ("layout", "near"),
    [("generic16", 5e-6), ("pedar_y", 5e-6), ("xsensor_31x11", 6e-3)],
)
def test_regions_of_every_mask_tile_the_insole(mask, layout, near):
    made = layouts.load(layout)
    polygons = region_polygons(made, Parameters(), mask=mask)
    outline = made.outline * [made.width_mm, made.length_mm]
    whole = sum(geometry.area(piece) for region in polygons.values() for piece in region)
    assert whole == pytest.approx(geometry.area(outline), rel=near)


@pytest.mark.parametrize("mask", NAMES)
def test_shares_of_every_sensor_sum_to_one_under_every_mask(mask):
    weight = mask_weight(layouts.load("pedar_y"), Parameters(), mask=mask)
    assert sum(weight.values()) == pytest.approx(np.ones(99), abs=1e-12)


def test_the_shares_of_r8_are_those_of_the_metrics():
    layout = layouts.load("pedar_y")
    weight = mask_weight(layout, Parameters(), mask="R8")
    assert list(weight) == list(REGIONS)
    assert np.array_equal(
        np.column_stack(list(weight.values())), region_map(layout, Parameters()).weight
    )


def test_lee_divides_the_foot_at_half_and_at_85_percent():
    layout = layouts.load("xsensor_31x11")
    weight = mask_weight(layout, Parameters(), mask="LEE4")
    y = layout.xy[:, 1]
    pitch = 8.6 / layout.length_mm  # of the sensels: a cell on a border is shared
    clear = np.min(np.abs(y[:, None] - [0.50, 0.85]), axis=1) > pitch
    assert weight["HIND"][clear] == pytest.approx((y < 0.50)[clear].astype(float))
    assert weight["FORE"][clear] == pytest.approx(((y > 0.50) & (y < 0.85))[clear].astype(float))
    assert (weight["HAL"] + weight["TOES"])[clear] == pytest.approx((y > 0.85)[clear].astype(float))


@settings(deadline=None, max_examples=30)
@given(
    point=st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999)),
    mask=st.sampled_from(NAMES),
    start=st.floats(0.0, 0.2),
    scale=st.floats(0.75, 1.1),
)
def test_a_point_of_the_foot_keeps_its_region_wherever_the_foot_lies(point, mask, start, scale):
    u, y = point
    moved = Parameters({"mask.foot_start": start, "mask.foot_scale": scale})

    def regions(parameters, y):
        return [
            name
            for name, convex in pieces(mask, parameters).items()
            if any(all(a * u + b * y <= c + 1e-12 for a, b, c in piece) for piece in convex)
        ]

    on_foot = regions(Parameters(), y)
    assert on_foot
    assert set(regions(moved, start + scale * y)) & set(on_foot)


def test_tiptoe_puts_the_metatarsal_band_under_the_centre_of_pressure():
    rng = np.random.default_rng(1)
    standing, tiptoe = 0.42 + 0.01 * rng.normal(size=500), 0.64 + 0.01 * rng.normal(size=501)
    tiptoe[::50] = np.nan
    found = correction(standing, tiptoe, parameters=Parameters())
    planes = pieces("R8", Parameters(found))["M23"][0]
    # half-way across, the band reaches from its lower to its upper border
    low = max((c - a * 0.5) / b for a, b, c in planes if b < 0)
    high = min((c - a * 0.5) / b for a, b, c in planes if b > 0)
    assert 0.5 * (low + high) == pytest.approx(np.nanmedian(tiptoe), abs=1e-12)


@pytest.mark.parametrize(
    ("standing", "tiptoe"), [(0.6, 0.62), (0.4, 0.45), (np.nan, 0.7), (0.4, np.nan), (0.4, 0.99)]
)
def test_standing_twice_is_no_tiptoe_trial(standing, tiptoe):
    with pytest.raises(CalibrationError, match="cannot be found"):
        correction(np.full(9, standing), np.full(9, tiptoe), parameters=Parameters())


def test_an_unknown_mask_is_told_with_those_that_there_are():
    with pytest.raises(RequestError, match="PEDAR9"):
        pieces("novel", Parameters())


@pytest.mark.parametrize("changed", [{"mask.foot_scale": 0.3}, {"mask.foot_start": 0.5}])
def test_a_foot_that_is_no_foot_is_refused(changed):
    with pytest.raises(SettingsError, match="foot"):
        pieces("R8", Parameters(changed))


def test_peaks_and_integrals_of_half_sines_are_those_of_their_formulas():
    time = np.arange(0.0, 2.0, 0.001)
    bump = np.where((time % 1.0) < 0.25, np.sin(np.pi * (time % 1.0) / 0.25), 0.0)
    layout = layouts.load("generic16")
    weight = mask_weight(layout, Parameters(), mask="LEE4")
    amplitude = np.arange(1.0, 17.0)  # N of each sensor
    region = region_forces(bump[:, None] * amplitude, weight)
    strikes = np.array([0.0, 1.0])
    steps = Steps(
        Side.LEFT,
        np.zeros(2, np.uint32),
        {"foot_strike_s": strikes, "toe_off_s": strikes + 0.25},
        {},
        {},
    )
    found = masked(time, region, steps, weight=weight, area_cm2=layout.area_cm2)
    for name, share in weight.items():
        peak = amplitude @ share
        assert found[name]["peak_N"]["mean"] == pytest.approx(peak, rel=1e-3)
        assert found[name]["fti_N_s"]["mean"] == pytest.approx(peak * 0.5 / np.pi, rel=1e-3)
        assert found[name]["share_percent"] == pytest.approx(100 * peak / amplitude.sum())
        assert found[name]["peak_N"]["n"] == 2
    assert sum(entry["area_cm2"] for entry in found.values()) == pytest.approx(
        layout.area_cm2.sum()
    )


def test_a_region_without_a_sensor_is_unobservable_not_zero():
    layout = layouts.load("loadsol3")
    weight = mask_weight(layout, Parameters(), mask="PEDAR9")
    region = region_forces(np.ones((3, 3)), weight)
    assert np.isnan(region[:, list(weight).index("HAL")]).all()
    steps = Steps(
        Side.LEFT,
        np.zeros(0, np.uint32),
        {"foot_strike_s": np.zeros(0), "toe_off_s": np.zeros(0)},
        {},
        {},
    )
    found = masked(np.arange(3.0), region, steps, weight=weight, area_cm2=np.zeros(3))
    assert found["HAL"] == {"observable": False, "area_cm2": 0.0}


def test_halves_of_heel_and_midfoot_are_what_r8_has_there():
    layout = layouts.load("pedar_x")
    whole, halves = (mask_weight(layout, Parameters(), mask=name) for name in ("R8", "R8ML"))
    for region in ("HEEL", "MID"):
        both = halves[f"{region}_M"] + halves[f"{region}_L"]
        assert both == pytest.approx(whole[region], abs=1e-6)
    for region in ("M1", "M23", "M45", "HAL", "TOES"):
        assert halves[region] == pytest.approx(whole[region], abs=1e-6)
    cells = layout.xy[:, 1] < 0.25
    medial = halves["HEEL_M"][cells] @ layout.area_cm2[cells]
    assert medial / layout.area_cm2[cells].sum() == pytest.approx(0.45, abs=0.01)
