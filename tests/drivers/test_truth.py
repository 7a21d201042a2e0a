"""What a virtual pair streams is what was recorded, or what the formula says."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.errors import InsoleError
from insole.layouts import for_count
from insole.model.foot import Side
from insole_drivers.protocols.open import as_told
from insole_drivers.virtual import gait, spread
from insole_drivers.virtual.truth import (
    SHIPPED,
    Recorded,
    contacts,
    from_file,
    read_table,
    shipped,
    total,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
G = 9.80665
LAYOUT = for_count(16)
CORNERS = spread.corners_mm(LAYOUT)
ACTIVITIES = ["run", "walk", "hop", "stand", "single", "heel-raise", "shift", "drill"]


def closed_form(activity, *, mass_kg=70.0, speed_m_s=None):
    return gait.truth(activity, mass_kg=mass_kg, speed_m_s=speed_m_s, corners_mm=CORNERS)


def signal(truth, side, *, layout=LAYOUT):
    told = as_told(spread.capability(truth, side, layout=layout, rate_hz=100.0, serial="V"))
    return spread.FootSignal(truth, side, capability=told), told


def streamed_total(told, raw):
    """Force as a client computes it: codes to kPa, times area."""
    return (raw * told.scale + told.offset) @ (0.1 * told.layout.area_cm2)


def whole(truth, end_s, step_s=0.001):
    time_s = np.arange(0.0, end_s, step_s)
    return time_s, sum(total(truth, side, time_s) for side in Side)


# --- recorded runs ---


@pytest.mark.parametrize("run", SHIPPED, ids=lambda run: str(run.speed_m_s))
def test_the_shipped_run_is_the_published_table(run):
    published = SHARED / "virtual-insole" / run.name.removesuffix(".gz")
    if not published.exists():
        pytest.skip("the published recordings are not beside this repository")
    time_s, forces = read_table(published)
    packed = gzip.compress(published.read_bytes())
    assert len(packed) < 350_000
    truth = shipped(run.speed_m_s)
    rows = (time_s >= truth.start_s) & (time_s < truth.start_s + truth.period_s)
    for side, columns in ((Side.LEFT, slice(0, 3)), (Side.RIGHT, slice(3, 6))):
        got = truth.points(side, time_s[rows] - truth.start_s)
        assert np.allclose(got, forces[rows, columns], atol=1e-6)


@pytest.mark.parametrize("speed", [2.5, 4.5])
def test_every_recorded_contact_has_the_published_time_peak_and_impulse(speed):
    reference = SHARED / "reference.json"
    if not reference.exists():
        pytest.skip("the reference figures are not beside this repository")
    name = {2.5: "rbds001_25", 4.5: "rbds002_45"}[speed]
    entry = json.loads(reference.read_text())[f"virtual-insole/{name}_tripod_300hz.csv"]
    truth = shipped(speed)
    inside = [x for x in entry["stances"] if x["off_s"] < truth.start_s + truth.period_s]
    assert len(inside) > 70
    for letter, side in (("L", Side.LEFT), ("R", Side.RIGHT)):
        stances = [x for x in inside if x["side"] == letter]
        found = contacts(truth, side, start_s=0.0, end_s=truth.period_s, level_n=50.0)
        assert len(found.foot_strike_s) == len(stances)
        row_s = 1 / 300
        for stance, on, off in zip(stances, found.foot_strike_s, found.toe_off_s, strict=True):
            assert on + truth.start_s == pytest.approx(stance["on_s"], abs=row_s)
            assert off + truth.start_s == pytest.approx(stance["off_s"], abs=row_s)
            time_s = np.arange(round((on - 0.01) * 300), round((off + 0.01) * 300) + 1) / 300
            force = total(truth, side, time_s)
            assert force.max() == pytest.approx(stance["peak_N"], rel=2e-3)
            assert np.trapezoid(force, time_s) == pytest.approx(stance["impulse_Ns"], rel=5e-3)


@pytest.mark.parametrize("speed", [2.5, 4.5])
def test_the_loop_joins_without_a_seam(speed):
    truth = shipped(speed)
    for side in Side:
        joined = contacts(truth, side, start_s=-1e-9, end_s=3 * truth.period_s)
        once = contacts(truth, side, start_s=-1e-9, end_s=truth.period_s)
        stride = np.diff(joined.foot_strike_s)
        assert stride.min() > 0.9 * np.median(stride)
        assert stride.max() < 1.1 * np.median(stride)
        again = once.foot_strike_s[3:8] + truth.period_s
        assert all(np.abs(joined.foot_strike_s - x).min() < 1e-6 for x in again)
    left = contacts(truth, Side.LEFT, start_s=-1e-9, end_s=2 * truth.period_s).foot_strike_s
    right = contacts(truth, Side.RIGHT, start_s=-1e-9, end_s=2 * truth.period_s).foot_strike_s
    order = np.argsort(np.concatenate((left, right)))
    sides = np.concatenate((np.zeros(len(left)), np.ones(len(right))))[order]
    assert (np.diff(sides) != 0).all()  # left and right in turn, over the join too


def test_the_nearest_speed_is_chosen_and_the_mass_told():
    assert shipped(1.0).mass_kg == 62.0
    assert shipped(9.0).mass_kg == 80.0
    light, heavy = shipped(2.5), shipped(2.5, as_kg=124.0)
    time_s = np.linspace(0, 2, 333)
    assert heavy.mass_kg == 124.0
    assert np.allclose(2 * total(light, Side.LEFT, time_s), total(heavy, Side.LEFT, time_s))


def test_a_file_of_ones_own_tells_the_mass_that_its_strides_carry(tmp_path):
    """Two half sines a stride whose impulses carry 70 kg."""
    time_s = np.arange(0, 7.2, 0.01)
    truth = gait.run(70.0, 2.5)
    rows = np.hstack([truth.points(side, time_s) for side in Side])
    path = tmp_path / "own.csv"
    head = "t_s,L_heel_N,L_met1_N,L_met5_N,R_heel_N,R_met1_N,R_met5_N"
    np.savetxt(path, np.column_stack((time_s, rows)), delimiter=",", header=head, comments="")
    assert from_file(str(path)).mass_kg == pytest.approx(70.0, rel=0.005)


HEAD = "t_s,L_heel_N,L_met1_N,L_met5_N,R_heel_N,R_met1_N,R_met5_N\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b\x08broken",
        bytes(range(256)) * 20,
        b"a,b\n1,2\n",
        HEAD.encode(),
        (HEAD + "0,1,2,x,4,5,6\n" * 5).encode(),
        (HEAD + "0,1,2,nan,4,5,6\n" * 5).encode(),
        (HEAD + "0,1,2,3,4,5,6\n" * 5).encode(),
        (HEAD + "".join(f"{i},-1,0,0,0,0,0\n" for i in range(9))).encode(),
        (HEAD + "".join(f"{i},1,0,0,0,0,0\n" for i in range(9))).encode(),
    ],
)
def test_a_foreign_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "foreign.csv"
    path.write_bytes(content)
    with pytest.raises(InsoleError) as caught:
        from_file(str(path))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_recording_in_another_unit_is_refused_unless_the_mass_is_told():
    """Body weights in place of newtons carry a tenth of a kilogram."""
    time_s = np.arange(0, 7.2, 0.01)
    truth = gait.run(1 / G, 2.5)
    rows = np.hstack([truth.points(side, time_s) for side in Side])
    with pytest.raises(InsoleError, match="a runner has 20 to 300"):
        Recorded(time_s, rows)
    assert Recorded(time_s, rows, mass_kg=70.0).mass_kg == 70.0


@pytest.mark.parametrize("name", ["250", "333", "417"])
def test_another_runner_carries_their_weight(name):
    path = SHARED / "virtual-insole" / f"alcantara_{name}_tripod_500hz.csv"
    if not path.exists():
        pytest.skip("the published recordings are not beside this repository")
    assert from_file(str(path)).mass_kg == pytest.approx(76.8, rel=0.05)


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InsoleError, match="cannot read"):
            from_file(str(path))


# --- sensors ---


@pytest.mark.parametrize("activity", ["recording", *ACTIVITIES])
@pytest.mark.parametrize("sensors", [1, 8, 16, 99, 255])
def test_the_sensors_carry_the_whole_force_within_quantisation(activity, sensors):
    truth = shipped(4.5) if activity == "recording" else closed_form(activity, mass_kg=100)
    layout = for_count(sensors)
    time_s = np.arange(0, 3, 0.01)
    for side in Side:
        foot, told = signal(truth, side, layout=layout)
        raw = foot.raw(time_s)
        assert raw.shape == (len(time_s), sensors)
        assert raw.max() < 65535  # never clipped
        unit = np.ones(sensors) if layout.kind == "force" else 0.1 * told.layout.area_cm2
        rounding = 0.5 * told.scale * unit.sum() + 1e-6
        got = (raw * told.scale) @ unit
        assert np.abs(got - total(truth, side, time_s)).max() <= rounding


@pytest.mark.parametrize("sensors", [1, 8, 16, 99, 255])
def test_every_sensor_has_a_fixed_positive_share(sensors):
    matrix = spread.shares(for_count(sensors))
    assert np.allclose(matrix.sum(axis=1), 1.0, atol=1e-12)
    assert (matrix.sum(axis=0) > 0).all()


def test_the_tripod_by_labels_is_the_share_of_the_three_points():
    truth = shipped(2.5)
    time_s = np.arange(0.0, 5.0, 0.01)
    for side in Side:
        points = truth.points(side, time_s)
        foot, _ = signal(truth, side)
        force, labels = foot.force(time_s), np.array(LAYOUT.labels)
        corner = [
            force[:, np.isin(labels, names)].sum(axis=1)
            for names in (["HEEL"], ["M1", "HAL"], ["M45"])
        ]
        loaded = points.sum(axis=1) > 30
        shares = np.column_stack(corner)[loaded]
        wanted = points[loaded] / points[loaded].sum(axis=1, keepdims=True)
        assert np.allclose(shares / shares.sum(axis=1, keepdims=True), wanted, atol=1e-9)


@given(cuts=st.sets(st.integers(1, 299), max_size=8))
@settings(deadline=None)
def test_how_instants_are_grouped_changes_no_code(cuts):
    foot, _ = signal(shipped(2.5), Side.LEFT)
    time_s = np.arange(300) / 100.0
    parts = [foot.raw(part) for part in np.split(time_s, sorted(cuts))]
    assert np.array_equal(np.vstack(parts), foot.raw(time_s))


# --- closed forms ---


@pytest.mark.parametrize("speed", [2.5, 3.0, 3.3, 4.2, 5.0])
def test_running_is_a_half_sine_whose_impulse_is_weight_times_step_time(speed):
    truth = gait.run(70.0, speed)
    found = contacts(truth, Side.LEFT, start_s=0.0, end_s=6.0, level_n=0.0)
    contact = found.toe_off_s - found.foot_strike_s
    stride = np.diff(found.foot_strike_s)
    assert np.ptp(contact) < 1e-6
    assert np.ptp(stride) < 1e-6
    on, off = found.foot_strike_s[1], found.toe_off_s[1]
    time_s = np.linspace(on, off, 20_001)
    impulse = np.trapezoid(total(truth, Side.LEFT, time_s), time_s)
    assert impulse == pytest.approx(70 * G * stride[0] / 2, rel=1e-6)
    peak = math.pi / 2 * (stride[0] / 2 / contact[0]) * 70 * G
    assert total(truth, Side.LEFT, np.array([(on + off) / 2]))[0] == pytest.approx(peak, rel=1e-6)
    cadence = 120 / stride[0]
    low, high = np.interp(speed, [2.5, 3.3, 4.2, 5], [145, 150, 155, 165]), 215
    assert low <= cadence <= high  # science.md, section 9.1


def test_running_feet_land_in_turn_half_a_stride_apart():
    truth = gait.run(70.0, 3.3)
    left = contacts(truth, Side.LEFT, start_s=0, end_s=5).foot_strike_s
    right = contacts(truth, Side.RIGHT, start_s=0, end_s=5).foot_strike_s
    assert np.allclose(right[:5] - left[:5], (left[1] - left[0]) / 2, atol=1e-6)


def test_walking_has_two_peaks_a_valley_and_double_support():
    truth = gait.walk(80.0, 1.2)
    found = contacts(truth, Side.LEFT, start_s=0.0, end_s=9.0)
    on, off = found.foot_strike_s[2], found.toe_off_s[2]
    stride = float(np.diff(found.foot_strike_s)[2])
    time_s = np.linspace(on, off, 4001)
    force = total(truth, Side.LEFT, time_s) / (80 * G)
    inner = np.flatnonzero(np.diff(np.sign(np.diff(force)))) + 1
    assert force[inner] == pytest.approx([1.238, 0.796, 1.271], abs=0.001)  # G3
    assert 0.58 <= (off - on) / stride <= 0.64
    contact = np.trapezoid(total(truth, Side.LEFT, time_s), time_s)
    assert contact == pytest.approx(0.6290 * 80 * G, rel=5e-3)  # G3, on its own support
    cycle = np.linspace(on, on + stride, 4001)
    both = sum(np.trapezoid(total(truth, side, cycle), cycle) for side in Side)
    assert both == pytest.approx(80 * G * stride, rel=1e-4)  # Newton


def test_hops_are_the_spring_mass_form():
    truth = gait.hop(70.0)
    found = contacts(truth, Side.LEFT, start_s=0.0, end_s=4.0, level_n=0.0)
    # the figures of science.md are for g = 9.81
    assert found.toe_off_s - found.foot_strike_s == pytest.approx(0.1973, abs=1e-4)
    assert found.foot_strike_s[1:] - found.toe_off_s[:-1] == pytest.approx(0.3497, abs=2e-4)
    _, force = whole(truth, 4.0, 0.0001)
    assert force.max() / (70 * G) == pytest.approx(4.453, abs=5e-4)
    right = contacts(truth, Side.RIGHT, start_s=0.0, end_s=4.0, level_n=0.0)
    assert np.array_equal(found.foot_strike_s, right.foot_strike_s)


@pytest.mark.parametrize("activity", ["stand", "single", "heel-raise", "shift", "drill"])
def test_whoever_stands_weighs_what_they_weigh_at_every_instant(activity):
    _, force = whole(closed_form(activity), 45.0, 0.01)
    assert force == pytest.approx(70 * G, rel=1e-12)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_no_point_ever_pulls(activity):
    truth = closed_form(activity)
    for side in Side:
        assert truth.points(side, np.arange(0, 45, 0.003)).min() >= 0.0


def test_the_sway_is_a_circle_on_the_sensors():
    foot, _ = signal(closed_form("stand"), Side.LEFT)
    time_s = np.arange(0, 2.5, 0.01)  # one turn at 0.4 Hz
    force = foot.force(time_s)
    size = np.array([LAYOUT.width_mm, LAYOUT.length_mm])
    cop = force @ (LAYOUT.xy * size) / force.sum(axis=1, keepdims=True)
    radius = np.hypot(*(cop - cop.mean(axis=0)).T)
    assert radius == pytest.approx(gait.SWAY_MM, abs=0.01)


def test_the_drill_stands_then_balances_left_then_right_then_rises():
    truth = closed_form("drill")
    at = np.array([5.0, 15.0, 25.0, 31.0])
    left = total(truth, Side.LEFT, at) / (70 * G)
    assert left == pytest.approx([0.5, 1.0, 0.0, 0.5])
    assert truth.points(Side.LEFT, at)[3, 0] == pytest.approx(0.0, abs=1e-9)


def test_a_truth_is_the_same_for_the_same_instant():
    for truth in (shipped(2.5), closed_form("walk"), closed_form("drill")):
        time_s = np.random.default_rng(3).uniform(0, 100, 500)
        order = np.argsort(time_s)
        together = truth.points(Side.RIGHT, time_s)
        assert np.array_equal(truth.points(Side.RIGHT, time_s[order]), together[order])


def test_an_unknown_activity_is_refused_with_the_known_ones():
    with pytest.raises(InsoleError, match="heel-raise"):
        closed_form("swim")


def test_a_recording_without_a_whole_stride_is_refused():
    with pytest.raises(InsoleError, match="whole stride"):
        Recorded(np.arange(10.0), np.zeros((10, 6)))
