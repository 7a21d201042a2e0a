"""Pressure of regions in a step, against half-sines under every sensor with known integrals."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.model.foot import REGIONS, Side
from insole.model.stream import Capability, Samples
from insole.model.trial import ClockPrior, StartState
from insole.parameters import Parameters
from insole.signal.calibrate import LoadStage
from insole.signal.regional import INTEGRAL, MEAN, PEAK, RegionalPressure
from insole.trial import RunningTrial
from tests.insole.closed_forms import G

RATE_HZ = 200.0
CONTACT_S, STRIDE_S, LEAD_S = 0.25, 0.70, 0.30
MASS_KG = 70.0
LAYOUT = layouts.load("generic16")
LEVEL_KPA = 10.0
AMPLITUDE = np.linspace(60.0, 210.0, 16)[np.random.default_rng(4).permutation(16)]
AREA = np.asarray(LAYOUT.area_cm2)


def told(**changes) -> Capability:
    first = Capability(
        device="left", protocol="p", serial="S", firmware="", side=Side.LEFT, layout=LAYOUT,
        quantity="kPa", scale=0.01, offset=0.0, saturated=None, rate_hz=RATE_HZ,
        mass_kg=MASS_KG,
    )  # fmt: skip
    return replace(first, **changes)


def pressures(seconds: float, amplitude=AMPLITUDE) -> np.ndarray:
    """(n, S) kPa: every sensor the same half-sine, each of its own height."""
    phase = np.mod(np.arange(int(seconds * RATE_HZ)) / RATE_HZ - LEAD_S, STRIDE_S)
    shape = np.where(phase < CONTACT_S, np.sin(np.pi * phase / CONTACT_S), 0.0)
    return shape[:, None] * amplitude


def steps_of(kpa, *, capability=None, cuts=(), lost=(), parameters=None):
    capability = capability or told()
    raw = np.asfortranarray(np.rint((kpa - capability.offset) / capability.scale).astype(np.uint16))
    trial = RunningTrial(
        StartState(clocks=(ClockPrior("left", 0.0, 0.0),), parameters=parameters or {})
    )
    trial.feed([capability])
    number = np.arange(len(raw))
    tick = np.rint(number / RATE_HZ * 1e6).astype(np.int64)
    for begin, end in pairwise([0, *sorted(cuts), len(raw)]):
        rows = number[begin:end][~np.isin(number[begin:end], lost)]
        trial.feed(
            [
                Samples(
                    "left", rows, tick[rows], tick[rows] * 1000 + 1_000_000, raw[rows],
                    np.zeros(len(rows), np.uint32),
                )
            ]
        )  # fmt: skip
    trial.finish()
    return trial.analysis()


def inner(analysis):
    """Columns of the whole contacts, those cut by nothing."""
    steps = analysis.left
    keep = steps.valid
    return {name: column[keep] for name, column in steps.value.items()}


def half_sine_ends():
    """Instants in contact where the total crosses 5 % of body weight."""
    peak_n = 0.1 * float(AMPLITUDE @ AREA)
    edge = CONTACT_S / np.pi * np.arcsin(0.05 * MASS_KG * G / peak_n)
    return edge, CONTACT_S - edge


def test_peaks_and_integrals_of_regions_are_those_of_their_highest_sensor():
    found = inner(steps_of(pressures(6.0)))
    assert len(found["contact_s"]) >= 6
    begin, end = half_sine_ends()
    part = (np.cos(np.pi * begin / CONTACT_S) - np.cos(np.pi * end / CONTACT_S)) / np.pi
    for region, peak, integral in zip(REGIONS, PEAK, INTEGRAL, strict=True):
        highest = max(
            a for a, label in zip(AMPLITUDE, LAYOUT.labels, strict=True) if label == region
        )
        # a row lies at most half a step from the top
        lowest = highest * np.cos(np.pi / CONTACT_S * 0.5 / RATE_HZ) - 0.01
        assert np.all((found[peak] >= lowest) & (found[peak] <= highest + 0.01))
        assert found[integral] == pytest.approx(highest * part * CONTACT_S, rel=2e-3)


def test_a_recording_in_one_piece_has_the_pressures_of_every_contact():
    """Steps of a long push are measured together, long after their first rows came in."""
    n = (1 << 16) + 4000
    kpa = pressures(n / RATE_HZ)
    whole = steps_of(kpa)
    assert np.isfinite(inner(whole)["peak_pressure_kPa"]).all()
    cut = steps_of(kpa, cuts=range(5000, n, 5000))
    for kind in ("value", "u", "u_shared"):
        one, other = getattr(whole.left, kind), getattr(cut.left, kind)
        assert {name: column.tobytes() for name, column in one.items()} == {
            name: column.tobytes() for name, column in other.items()
        }


def test_the_mean_pressure_is_the_force_on_the_loaded_area_over_that_area():
    found = inner(steps_of(pressures(6.0)))
    begin, end = half_sine_ends()
    above = CONTACT_S / np.pi * np.arcsin(LEVEL_KPA / AMPLITUDE)  # a sensor's own time to the level
    first, last = np.maximum(begin, above), np.minimum(end, CONTACT_S - above)
    cosines = np.cos(np.pi * first / CONTACT_S) - np.cos(np.pi * last / CONTACT_S)
    pressed = AMPLITUDE * CONTACT_S / np.pi * cosines  # kPa·s above the level
    labels = np.array(LAYOUT.labels)
    for region, name in zip(REGIONS, MEAN, strict=True):
        here = labels == region
        truth = float(pressed[here] @ AREA[here]) / float((last - first)[here] @ AREA[here])
        # each sensor's time above the level is known within half a step on either side
        assert found[name] == pytest.approx(truth, rel=1.2 / RATE_HZ / CONTACT_S)


def test_a_region_that_is_pressed_here_and_there_has_no_mean_above_its_peak():
    amplitude = np.full(16, 8.0)
    labels = np.array(LAYOUT.labels)
    for region in REGIONS:
        amplitude[np.flatnonzero(labels == region)[0]] = 12.0  # the others never reach the level
    amplitude[0] = 200.0
    found = inner(steps_of(pressures(4.0, amplitude)))
    for mean, peak in zip(MEAN, PEAK, strict=True):
        assert (found[mean] <= found[peak]).all()
        assert (found[mean] >= LEVEL_KPA).all()


def test_the_rear_share_is_that_of_the_sensors_behind_the_middle():
    found = inner(steps_of(pressures(6.0)))
    rear = LAYOUT.xy[:, 1] < 0.5
    truth = float(AMPLITUDE[rear] @ AREA[rear] / (AMPLITUDE @ AREA))
    assert found["rearfoot_share"] == pytest.approx(truth, abs=1e-3)


@pytest.mark.parametrize("rows", range(1, 12))
def test_a_foot_that_stands_for_some_rows_and_no_more_is_a_contact_cut_by_the_edges(rows):
    """So few rows are there that none of them lies in the first tenth."""
    analysis = steps_of(np.full((rows, 16), 100.0))
    assert not analysis.left.valid.any()


def test_the_sensor_and_the_region_of_the_largest_pressure_are_named():
    result = steps_of(pressures(4.0))
    best = int(np.argmax(AMPLITUDE))
    for step in (step for step in result.steps if step["valid"]):
        assert step["peak_pressure_sensor"] == best + 1
        assert step["peak_region"] == LAYOUT.labels[best]
        assert step["peak_pressure_kPa"] == pytest.approx(AMPLITUDE[best], rel=2e-3)


def test_a_zero_and_gains_of_sensors_enter_the_pressures():
    lifted = pressures(6.0) + 7.0
    plain, again = (
        inner(steps_of(kpa, capability=told(offset=offset)))
        for kpa, offset in ((pressures(6.0), 0.0), (lifted - 7.0, -5.0))
    )
    for name in (*PEAK, *INTEGRAL, *MEAN, "rearfoot_share"):
        assert again[name] == pytest.approx(plain[name], rel=2e-3)


def test_a_layout_of_force_zones_has_a_rear_share_and_says_why_no_pressures():
    layout = replace(LAYOUT, kind="force")
    newton = pressures(4.0) * AREA * 0.1
    result = steps_of(newton, capability=told(layout=layout, quantity="N"))
    rear = LAYOUT.xy[:, 1] < 0.5
    truth = float(AMPLITUDE[rear] @ AREA[rear] / (AMPLITUDE @ AREA))
    assert inner(result)["rearfoot_share"] == pytest.approx(truth, abs=1e-3)
    assert not set(PEAK) & set(result.left.value)
    reasons = result.not_available()
    assert reasons["peak_pressure_heel_kPa"] == "the insole gives forces of zones, and no pressures"
    assert "rearfoot_share" not in reasons


def test_counts_without_a_scale_have_a_rear_share_and_no_pressures():
    result = steps_of(pressures(12.0), capability=told(quantity="counts", mass_kg=None))
    assert np.isfinite(inner(result)["rearfoot_share"]).all()
    assert "peak_pressure_kPa" not in result.left.value
    assert "counts" in result.not_available()["peak_pressure_kPa"]


def test_a_region_without_a_sensor_has_no_pressure_and_never_zero():
    labels = tuple("TOES" if label == "HAL" else label for label in LAYOUT.labels)
    found = inner(steps_of(pressures(4.0), capability=told(layout=replace(LAYOUT, labels=labels))))
    assert np.isnan(found["peak_pressure_hal_kPa"]).all()
    assert np.isnan(found["mean_pressure_hal_kPa"]).all()
    assert np.isfinite(found["peak_pressure_toes_kPa"]).all()


def test_a_sensor_that_hardly_presses_has_a_peak_but_no_mean_pressure():
    weak = AMPLITUDE.copy()
    weak[np.array(LAYOUT.labels) == "HAL"] = 6.0
    found = inner(steps_of(pressures(4.0, weak)))
    assert found["peak_pressure_hal_kPa"] == pytest.approx(6.0, rel=5e-3)
    assert np.isnan(found["mean_pressure_hal_kPa"]).all()


def test_standing_for_seconds_has_no_pressures_of_a_step():
    kpa = np.zeros((int(8 * RATE_HZ), 16))
    kpa[200:1400] = AMPLITUDE
    steps = steps_of(kpa).left
    assert len(steps) == 1
    assert np.isnan(steps.value["peak_pressure_kPa"]).all()
    assert np.isnan(steps.u["peak_pressure_kPa"]).all()


def test_most_peaks_and_integrals_lie_within_twice_their_doubt():
    random = np.random.default_rng(3)
    kpa = pressures(60.0)
    noisy = np.maximum(kpa + random.normal(0.0, 0.5, kpa.shape), 0.0)
    steps = steps_of(noisy).left
    begin, end = half_sine_ends()
    part = (np.cos(np.pi * begin / CONTACT_S) - np.cos(np.pi * end / CONTACT_S)) / np.pi
    inside = []
    for region, peak, integral in zip(REGIONS, PEAK, INTEGRAL, strict=True):
        top = max(a for a, label in zip(AMPLITUDE, LAYOUT.labels, strict=True) if label == region)
        for name, truth in ((peak, top), (integral, top * part * CONTACT_S)):
            value, u = steps.value[name][steps.valid], steps.u[name][steps.valid]
            inside.append(np.mean(np.abs(value - truth) <= 2.0 * u))
    assert np.mean(inside) > 0.95


@given(cuts=st.sets(st.integers(1, 1799), max_size=30), zero=st.booleans(), gap=st.booleans())
@settings(max_examples=20, deadline=None)
def test_grouping_changes_no_bit_of_pressures(cuts, zero, gap):
    kpa = pressures(9.0)
    kpa[:, 3] = 180.0  # stuck: judged after some contacts, and left out from then on
    options = {
        "lost": (430, 431, 900) if gap else (),
        "parameters": {"autozero.on": float(zero)},
    }
    whole = steps_of(kpa + 2.0, **options).left
    parts = steps_of(kpa + 2.0, cuts=tuple(cuts), **options).left
    for name in (*PEAK, *INTEGRAL, *MEAN, "peak_pressure_kPa", "rearfoot_share"):
        for one, two in ((whole.value, parts.value), (whole.u, parts.u)):
            assert one[name].tobytes() == two[name].tobytes()


def test_a_sensor_that_is_left_out_leads_no_region():
    load = LoadStage(told(), mass_kg=MASS_KG)
    best = int(np.argmax(AMPLITUDE))
    kpa = pressures(2.0)
    table = steps_of(kpa).left
    for masked in ((), (best,)):
        pressure = RegionalPressure(load, rate_hz=RATE_HZ, parameters=Parameters())
        time = np.arange(len(kpa)) / RATE_HZ
        pressure.take(time, np.rint(kpa * 100.0), zero=np.zeros(16), masked=masked)
        found = pressure.measured(table)
        rest = np.where(np.isin(np.arange(16), masked), 0.0, AMPLITUDE)
        assert np.all(found.value["peak_pressure_sensor"] == int(np.argmax(rest)) + 1)


def test_on_a_grid_a_masked_cell_reads_what_its_neighbours_read():
    layout = layouts.grid(20, 8)
    load = LoadStage(told(layout=layout), mass_kg=MASS_KG)
    phase = pressures(2.0, np.full(layout.sensors, 100.0))
    wrong = phase.copy()
    wrong[:, 40] = 400.0
    time = np.arange(len(phase)) / RATE_HZ
    table = steps_of(phase, capability=told(layout=layout)).left
    found = []
    for kpa, masked in ((phase, ()), (wrong, (40,))):
        pressure = RegionalPressure(load, rate_hz=RATE_HZ, parameters=Parameters())
        pressure.take(time, np.rint(kpa * 100.0), zero=np.zeros(layout.sensors), masked=masked)
        found.append(pressure.measured(table).value)
    for name in (*PEAK, *INTEGRAL, *MEAN, "rearfoot_share"):
        assert found[1][name] == pytest.approx(found[0][name], rel=1e-5)
