"""Raw values to force and CoP, against closed forms (science.md, 2.1, 5.1, G6 and G7)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.errors import CalibrationError, LayoutError
from insole.model.foot import REGIONS, SensorLayout, Side
from insole.model.quality import Quality
from insole.model.stream import Capability, Frames
from insole.parameters import Parameters
from insole.signal import tripod
from insole.signal.calibrate import LoadStage
from insole.signal.regions import region_map

G = 9.80665


def told(layout, **changes):
    """What a device with this layout says, in kPa and 0.1 kPa a count."""
    first = Capability(
        device="d",
        protocol="p",
        serial="",
        firmware="",
        side=Side.LEFT,
        layout=layout,
        quantity="N" if layout.kind == "force" else "kPa",
        scale=0.1,
        offset=0.0,
        saturated=None,
        rate_hz=100.0,
    )
    return replace(first, **changes)


def frames(values, quality=None):
    rows = len(values)
    return Frames(
        np.arange(rows) / 100.0,
        np.asarray(values),
        np.zeros(rows, np.uint32) if quality is None else quality,
        np.arange(rows, dtype=np.int64),
    )


def force_layout(xy_mm, labels=None):
    """Force sensors at these places of a 265 x 95 mm insole."""
    xy = np.array(xy_mm, dtype=float) / [95.0, 265.0]
    return SensorLayout(
        name="force",
        kind="force",
        xy=xy,
        length_mm=265.0,
        width_mm=95.0,
        outline=layouts.default_outline(),
        area_cm2=np.zeros(len(xy)),
        labels=labels,
    )


ANCHORS = region_map(layouts.load("total"), Parameters()).anchors_mm


def test_pressure_times_area_is_force():
    """A vendor's header: 452.85 mmHg on 68.19 cm2, "Est. Load 411.67 N" (science.md, 0.3)."""
    layout = replace(layouts.load("generic16"), area_cm2=np.full(16, 68.19 / 16))
    stage = LoadStage(told(layout, scale=0.133322))
    load = stage.push(frames(np.full((1, 16), 452.85)))
    assert load.total_n[0] == pytest.approx(411.67, abs=0.05)


def test_even_pressure_gives_area_times_pressure_and_the_regions_share_it():
    layout = layouts.load("generic16")
    load = LoadStage(told(layout)).push(frames(np.full((5, 16), 1000, dtype=np.uint16)))
    assert load.total_n == pytest.approx(np.full(5, 0.1 * 100.0 * layout.area_cm2.sum()))
    assert load.region_n.sum(axis=1) == pytest.approx(load.total_n)
    for column, region in enumerate(REGIONS):
        area = sum(
            a for a, label in zip(layout.area_cm2, layout.labels, strict=True) if label == region
        )
        assert load.region_n[0, column] == pytest.approx(10.0 * area)


def test_the_order_is_offset_then_zero_then_clamp_then_gain():
    layout = force_layout(ANCHORS)
    stage = LoadStage(told(layout, scale=2.0, offset=-10.0), zero=(5.0, 0.0, 100.0), gain=3.0)
    # 2 raw - 10 - zero: 75, 80, and -10, which is no load.
    load = stage.push(frames([[45, 45, 50]]))
    assert load.total_n[0] == pytest.approx(3.0 * (75.0 + 80.0))
    assert stage.calibrated(np.array([[45, 45, 50]]))[0] == pytest.approx([225.0, 240.0, 0.0])


@settings(deadline=None)
@given(st.lists(st.floats(0.02, 1.0), min_size=3, max_size=3))
def test_three_loads_at_the_anchors_are_tripod_and_barycentric_alike(weight):
    share = np.array(weight) / sum(weight)
    stage = LoadStage(told(force_layout(ANCHORS), scale=1.0))
    load = stage.push(frames([share * 700.0]))
    assert tripod.tripod(load.region_n)[0] == pytest.approx(share, abs=1e-12)
    assert tripod.barycentric(load.cop_mm, stage.anchors_mm)[0] == pytest.approx(share, abs=1e-12)
    assert tripod.coverage(load.region_n, load.total_n)[0] == pytest.approx(1.0)


def test_a_pressure_blob_on_ever_finer_grids_approaches_its_integral():
    """G7: 2 pi sigma^2 p_max for a Gaussian well inside the insole; its CoP is its centre."""
    centre, sigma, peak = np.array([55.0, 130.0]), 6.0, 300.0
    exact = 2.0 * np.pi * sigma**2 * peak * 1e-3  # kPa mm2 to N
    errors: list[float] = []
    for columns in (5, 7, 10):
        layout = layouts.grid(round(columns * 265 / 95 / 2) * 2, columns)
        away = layout.xy * [95.0, 265.0] - centre
        pressure = peak * np.exp(-0.5 * (away**2).sum(axis=1) / sigma**2)
        load = LoadStage(told(layout, scale=1.0)).push(frames(pressure[None, :]))
        errors.append(abs(load.total_n[0] / exact - 1.0))
        if columns == 10:
            assert load.cop_mm[0] == pytest.approx(centre, abs=0.5)
    assert errors[2] < 1e-3
    assert errors[2] < errors[0]


def test_cop_is_defined_from_30_newtons_or_5_percent_of_body_weight():
    layout = force_layout(ANCHORS)
    totals = np.array([10.0, 29.9, 30.1, 48.9, 49.2])
    values = np.outer(totals / 3.0, np.ones(3))
    without = LoadStage(told(layout, scale=1.0)).push(frames(values))
    assert np.isfinite(without.cop_mm).all(axis=1).tolist() == [False, False, True, True, True]
    heavy = LoadStage(told(layout, scale=1.0), mass_kg=100.0)
    assert heavy.minimum_n == pytest.approx(0.05 * 100.0 * G)
    loaded = heavy.push(frames(values))
    assert np.isfinite(loaded.cop_mm).all(axis=1).tolist() == [False, False, False, False, True]
    assert loaded.cop_mm[4] == pytest.approx(ANCHORS.mean(axis=0))


def test_regions_without_a_sensor_are_not_a_number_and_never_zero():
    load = LoadStage(told(force_layout(ANCHORS), scale=1.0)).push(frames(np.ones((2, 3))))
    seen = [name in ("HEEL", "M1", "M45") for name in REGIONS]
    assert (~np.isnan(load.region_n)).tolist() == [seen, seen]


def test_total_force_alone_has_no_regions_and_no_cop():
    load = LoadStage(told(layouts.load("total"), scale=1.0)).push(frames([[500.0], [900.0]]))
    assert load.total_n.tolist() == [500.0, 900.0]
    assert np.isnan(load.region_n).all()
    assert np.isnan(load.cop_mm).all()


def test_counts_give_shares_and_say_that_they_are_no_force():
    layout = layouts.load("generic16")
    counts = LoadStage(told(layout, quantity="counts", saturated=4095, scale=1.0))
    assert not counts.is_force
    assert LoadStage(told(layout)).is_force
    values = np.random.default_rng(1).integers(500, 3000, (4, 16)).astype(np.uint16)
    kpa = LoadStage(told(layout)).push(frames(values))
    arbitrary = counts.push(frames(values))
    assert tripod.tripod(arbitrary.region_n) == pytest.approx(tripod.tripod(kpa.region_n))
    assert arbitrary.cop_mm == pytest.approx(kpa.cop_mm)
    unloaded = counts.push(frames(np.full((1, 16), 2, dtype=np.uint16)))
    assert np.isnan(unloaded.cop_mm).all()


def test_a_sensor_at_98_percent_of_full_scale_or_at_its_last_code_is_clipped():
    layout = replace(layouts.load("generic16"), full_scale=800.0)
    values = np.zeros((4, 16), dtype=np.uint16)
    values[1, 3] = 7839  # 783.9 kPa: under 784
    values[2, 3] = 7841
    got = LoadStage(told(layout)).push(frames(values)).quality
    assert (got & Quality.CLIPPED).astype(bool).tolist() == [False, False, True, False]
    got = LoadStage(told(layout, saturated=7000)).push(frames(values)).quality
    assert (got & Quality.CLIPPED).astype(bool).tolist() == [False, True, True, False]
    unknown = replace(layout, full_scale=None)
    late = np.full(4, Quality.LATE, dtype=np.uint32)
    assert LoadStage(told(unknown)).push(frames(values, late)).quality.tolist() == late.tolist()


@pytest.mark.parametrize("sensors", [1, 8, 16, 99])
@pytest.mark.parametrize("zeroed", [False, True])
def test_grouping_changes_no_bit_of_the_load(sensors, zeroed):
    random = np.random.default_rng(sensors)
    layout = layouts.for_count(sensors)
    stage = LoadStage(
        told(layout, saturated=4000, offset=-1.5 if zeroed else 0.0),
        zero=random.normal(0.0, 3.0, sensors) if zeroed else None,
        gain=1.07,
        mass_kg=70.0,
    )
    values = np.asfortranarray(random.integers(0, 4096, (500, sensors)).astype(np.uint16))
    values[random.random(500) < 0.3] = 0
    whole = stage.push(frames(values))
    for cuts in ([250], [1, 2, 5, 9, 400], list(range(1, 500, 7))):
        parts = [stage.push(frames(part)) for part in np.split(values, cuts)]
        for name in ("total_n", "region_n", "cop_mm", "quality"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            assert joined.tobytes() == np.ascontiguousarray(getattr(whole, name)).tobytes()


def test_no_frames_give_no_load():
    load = LoadStage(told(layouts.load("generic16"), saturated=9)).push(frames(np.empty((0, 16))))
    assert load.region_n.shape == (0, 7)
    assert load.cop_mm.shape == (0, 2)


@pytest.mark.parametrize("gain", [0.0, -1.0, float("nan"), float("inf")])
def test_a_gain_that_makes_no_force_is_refused(gain):
    with pytest.raises(CalibrationError, match="gain"):
        LoadStage(told(layouts.load("generic16")), gain=gain)


def test_a_scale_or_zero_that_cannot_be_used_is_refused():
    layout = layouts.load("generic16")
    with pytest.raises(CalibrationError, match="scale"):
        LoadStage(told(layout, scale=0.0))
    with pytest.raises(CalibrationError, match="15 values for 16"):
        LoadStage(told(layout), zero=(0.0,) * 15)
    with pytest.raises(CalibrationError, match="not a number"):
        LoadStage(told(layout), zero=(float("nan"),) * 16)


@pytest.mark.parametrize("area", [np.zeros(16), np.ones(15), np.full(16, np.nan)])
def test_pressure_without_areas_is_refused(area):
    with pytest.raises(LayoutError, match="areas"):
        LoadStage(told(replace(layouts.load("generic16"), area_cm2=area)))
