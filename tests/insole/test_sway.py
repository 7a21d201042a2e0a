"""Measures of sway against closed forms (science.md, 9.2 G5), and the two ways to them."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats
from scipy.spatial.distance import pdist

from insole.model.foot import REGIONS
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.parameters import Parameters
from insole.signal.live_sway import TAG, LiveSway
from insole.signal.slow_record import RATE_HZ, STEP_S, SlowRecord, SlowRows
from insole.signal.steady import filter_tag, spectra, steady_path
from insole.signal.sway import (
    CHI2_95,
    boundary_measures,
    f_95,
    jackknife,
    measures,
    noise_speed,
    time_to_boundary,
)
from tests.insole.whole_trials import MASS_KG

P = Parameters()
BW = MASS_KG * 9.80665
R, F = 4.0, 0.4


def circle(seconds: float, *, rate_hz: float = RATE_HZ, radius: float = R, hz: float = F):
    t = np.arange(round(seconds * rate_hz) + 1) / rate_hz
    return t, radius * np.cos(2 * pi * hz * t), radius * np.sin(2 * pi * hz * t)


def one_turn_less_a_sample(turns: int = 10):
    """Whole turns without counting the first point twice: means are exact."""
    n = round(turns / F * RATE_HZ)
    angle = 2 * pi * turns * np.arange(n) / n
    return R * np.cos(angle), R * np.sin(angle)


# --- closed forms ---


def test_a_circle_has_the_path_speed_size_and_areas_of_its_formula():
    x, y = one_turn_less_a_sample()
    found = measures(x, y, step_s=STEP_S)
    chord = sin(pi * F * STEP_S) / (pi * F * STEP_S)  # of the arc: 0.99958
    time_s = (len(x) - 1) * STEP_S
    assert found["sway_mvelo_mm_s"] == pytest.approx(2 * pi * R * F * chord, rel=1e-9)
    assert found["sway_path_mm"] == pytest.approx(2 * pi * R * F * time_s * chord, rel=1e-9)
    assert found["sway_rms_ap_mm"] == pytest.approx(R / sqrt(2))
    assert found["sway_rms_ml_mm"] == pytest.approx(R / sqrt(2))
    assert found["sway_mdist_mm"] == pytest.approx(R)
    assert found["sway_rdist_mm"] == pytest.approx(R)
    assert found["sway_area_pe_mm2"] == pytest.approx(9.411 * R**2, rel=1e-4)
    assert found["sway_range_mm"] == pytest.approx(2 * R, rel=1e-4)
    assert found["sway_mfreq_hz"] == pytest.approx(F * chord, rel=1e-9)
    assert found["sway_area_sw_mm2_s"] == pytest.approx(pi * R**2 * F, rel=2e-3)
    assert found["sway_axis_major_mm"] == pytest.approx(sqrt(5.991464547 / 2) * R)


def exact_normal(n: int, covariance: list[list[float]]):
    """n points whose covariance (over n) is exactly this."""
    z = np.random.default_rng(5).standard_normal((n, 2))
    z -= z.mean(axis=0)
    whitened = z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / n)).T
    return (whitened @ np.linalg.cholesky(np.array(covariance)).T).T


def test_the_prediction_ellipse_of_a_bivariate_normal_has_its_area_and_holds_95_percent():
    x, y = exact_normal(40_000, [[9.0, 2.0], [2.0, 4.0]])
    found = measures(x, y, step_s=STEP_S)
    assert found["sway_area_pe_mm2"] == pytest.approx(106.47, abs=0.01)
    inverse = np.linalg.inv([[9.0, 2.0], [2.0, 4.0]])
    inside = np.einsum("in,ij,jn->n", np.array([x, y]), inverse, np.array([x, y])) <= CHI2_95
    assert inside.mean() == pytest.approx(0.95, abs=0.004)
    area = pi * found["sway_axis_major_mm"] * found["sway_axis_minor_mm"]
    assert area == pytest.approx(found["sway_area_pe_mm2"])


@pytest.mark.parametrize("degrees", [3, 10, 248, 5000])
def test_the_closed_form_of_the_f_quantile_is_that_of_the_distribution(degrees):
    assert f_95(degrees) == pytest.approx(stats.f.ppf(0.95, 2, degrees), rel=1e-9)


def test_confidence_and_prediction_ellipse_agree_within_1_2_percent_above_250_samples():
    x, y = exact_normal(251, [[9.0, 2.0], [2.0, 4.0]])
    found = measures(x, y, step_s=STEP_S)
    assert 1.0 < found["sway_area_ce_mm2"] / found["sway_area_pe_mm2"] < 1.013


@pytest.mark.parametrize("tilt", [-80.0, -30.0, 0.0, 25.0, 89.0])
def test_the_tilt_is_the_angle_of_a_line_from_the_length_of_the_foot(tilt):
    along = np.sin(np.linspace(0.0, 20.0, 500))
    found = measures(along * sin(radians(tilt)), along * cos(radians(tilt)), step_s=STEP_S)
    assert found["sway_tilt_deg"] == pytest.approx(tilt, abs=1e-6)
    assert found["sway_axis_minor_mm"] == pytest.approx(0.0, abs=1e-6)


def test_a_sine_along_the_foot_reads_its_speed_and_a_mean_frequency_of_pi_over_2_root_2():
    t = np.arange(2500) / RATE_HZ
    found = measures(np.zeros(2500), 3.0 * np.sin(2 * pi * 0.5 * t), step_s=STEP_S)
    assert found["sway_mvelo_ap_mm_s"] == pytest.approx(4 * 3.0 * 0.5, rel=3e-3)
    assert found["sway_mfreq_ap_hz"] == pytest.approx(0.5 * pi / (2 * sqrt(2)), rel=3e-3)
    assert np.isnan(found["sway_mfreq_ml_hz"])


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0])
def test_white_noise_alone_has_a_mean_speed_of_sigma_root_pi_fs(rate_hz):
    x, y = 0.3 * np.random.default_rng(1).standard_normal((2, 40_000))
    found = measures(x, y, step_s=1.0 / rate_hz)
    assert found["sway_mvelo_mm_s"] == pytest.approx(0.3 * sqrt(pi) * rate_hz, rel=0.01)
    whole, ap, ml = noise_speed((0.3, 0.3), (sqrt(2.0), sqrt(2.0)))
    assert whole == pytest.approx(0.3 * sqrt(pi))
    assert found["sway_mvelo_ap_mm_s"] == pytest.approx(ap * rate_hz, rel=0.01)
    assert found["sway_mvelo_ml_mm_s"] == pytest.approx(ml * rate_hz, rel=0.01)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_range_is_the_largest_distance_of_two_points(seed):
    points = np.random.default_rng(seed).standard_normal((60, 2))
    found = measures(*points.T, step_s=STEP_S)
    assert found["sway_range_mm"] == pytest.approx(pdist(points).max(), rel=4e-6)


@given(
    seed=st.integers(0, 1000),
    scale=st.floats(0.1, 50.0),
    turn=st.floats(0.0, 2 * pi),
    shift=st.floats(-300.0, 300.0),
)
@settings(max_examples=25, deadline=None)
def test_moving_and_turning_change_no_size_and_stretching_stretches(seed, scale, turn, shift):
    x, y = np.cumsum(np.random.default_rng(seed).standard_normal((2, 200)), axis=1)
    one = measures(x, y, step_s=STEP_S)
    two = measures(
        scale * (x * cos(turn) - y * sin(turn)) + shift,
        scale * (x * sin(turn) + y * cos(turn)) - shift,
        step_s=STEP_S,
    )
    for name in ("mdist_mm", "rdist_mm", "path_mm", "mvelo_mm_s", "range_mm", "axis_major_mm"):
        assert two[f"sway_{name}"] == pytest.approx(scale * one[f"sway_{name}"], rel=1e-5)
    for name in ("area_ce_mm2", "area_pe_mm2", "area_sw_mm2_s"):
        assert two[f"sway_{name}"] == pytest.approx(scale**2 * one[f"sway_{name}"], rel=1e-5)
    assert two["sway_mfreq_hz"] == pytest.approx(one["sway_mfreq_hz"], rel=1e-5)


# --- time to boundary ---


def test_time_to_boundary_at_constant_speed_falls_to_the_room_that_is_left():
    width, speed = 90.0, 12.0
    t = np.arange(60) * STEP_S
    x = width / 2 + speed * t
    across, along = time_to_boundary(x, np.full(60, 100.0), step_s=STEP_S, size_mm=(width, 260.0))
    assert across == pytest.approx((width / 2 - speed * t[2:-2]) / speed)
    assert np.isinf(along).all()
    back, _ = time_to_boundary(
        x[::-1].copy(), np.full(60, 100.0), step_s=STEP_S, size_mm=(width, 260.0)
    )
    assert back == pytest.approx(x[::-1][2:-2] / speed)


def test_time_to_boundary_of_a_sine_has_one_minimum_in_each_half_swing():
    t = np.arange(round(20 * RATE_HZ) + 1) / RATE_HZ
    y = 130.0 + 10.0 * np.sin(2 * pi * 0.5 * t)
    found = boundary_measures(np.full(len(t), 45.0), y, step_s=STEP_S, size_mm=(90.0, 260.0))
    fine = np.linspace(0.0, 2.0, 200_001)
    place, speed = 130.0 + 10.0 * np.sin(pi * fine), 10.0 * pi * np.cos(pi * fine)
    truth = np.min(np.where(speed > 0, 260.0 - place, place) / np.abs(speed))
    assert found["ttb_ap_min_s"].value == pytest.approx(truth, rel=2e-3)
    assert found["ttb_ap_mean_s"].value == pytest.approx(truth, rel=2e-3)
    assert found["ttb_ap_sd_s"].value < 0.01
    assert np.isnan(found["ttb_ml_min_s"].value)


# --- uncertainty ---


def test_the_jackknife_of_one_window_tells_how_windows_differ():
    rng = np.random.default_rng(3)
    b, a = [sqrt(1 - 0.9**2)], [1.0, -0.9]  # remembers half a second

    def window():
        return signal.lfilter(b, a, rng.standard_normal((2, 850)))[:, 100:]

    windows = [window() for _ in range(150)]
    names = ("sway_rms_ap_mm", "sway_mvelo_mm_s", "sway_area_pe_mm2", "sway_mfreq_hz")
    values = [measures(*one, step_s=STEP_S) for one in windows]
    told = [jackknife(*one, step_s=STEP_S, block_s=2.0) for one in windows]
    for name in names:
        spread_of = np.std([value[name] for value in values])
        said = sqrt(np.mean([u[name] ** 2 for u in told]))
        assert 0.75 < said / spread_of < 1.35, name


def test_a_window_too_short_for_four_blocks_has_no_jackknife():
    x, y = np.random.default_rng(0).standard_normal((2, 150))
    assert all(np.isnan(u) for u in jackknife(x, y, step_s=STEP_S, block_s=2.0).values())


# --- the slow record ---


def load(time, force, cop, quality=None):
    n = len(time)
    region = np.outer(force, np.full(len(REGIONS), 1.0 / len(REGIONS)))
    flags = np.zeros(n, np.uint32) if quality is None else quality.astype(np.uint32)
    return Load(time, force, region, cop, flags, np.zeros(n, np.int64))


def piece(whole: Load, begin: int, end: int) -> Load:
    cut = slice(begin, end)
    return Load(*(getattr(whole, name)[cut] for name in whole.__slots__))


def swaying(seconds: float, *, rate_hz: float = 100.0, noise_mm: float = 0.0) -> Load:
    time, x, y = circle(seconds, rate_hz=rate_hz)
    cop = np.column_stack((45.0 + x, 130.0 + y))
    cop += noise_mm * np.random.default_rng(2).standard_normal(cop.shape)
    return load(time + 3.0, np.full(len(time), BW), cop)


def rows_of(whole: Load, cuts: tuple[int, ...] = ()) -> SlowRows:
    record = SlowRecord()
    edges = [0, *sorted(cuts), len(whole.time_s)]
    for begin, end in pairwise(edges):
        record.push(piece(whole, begin, end))
    return record.rows()


def test_a_slow_row_is_the_force_weighted_mean_of_its_40_ms():
    time = np.arange(40) / 100.0
    force = 100.0 + np.arange(40)
    cop = np.column_stack((np.arange(40.0), 2.0 * np.arange(40.0)))
    rows = rows_of(load(time, force, cop))
    assert rows.number.tolist() == list(range(10))
    for index in range(10):
        inside = slice(4 * index, 4 * index + 4)
        assert rows.time_s[index] == pytest.approx(time[inside].mean())
        assert rows.force_n[index] == pytest.approx(force[inside].mean())
        weighted = (force[inside, None] * cop[inside]).sum(axis=0) / force[inside].sum()
        assert rows.cop_mm[index] == pytest.approx(weighted, rel=1e-6)


@given(cuts=st.sets(st.integers(1, 2999), max_size=12), rate_hz=st.sampled_from((100.0, 104.0)))
@settings(max_examples=50, deadline=None)
def test_grouping_changes_no_bit_of_the_slow_record(cuts, rate_hz):
    whole = swaying(29.99, rate_hz=rate_hz, noise_mm=0.4)  # as many rows in each bin, and not
    one, two = rows_of(whole), rows_of(whole, tuple(cuts))
    for name in one.__slots__:
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name


def test_rows_of_gaps_breaks_and_broken_numbers_are_not_sound():
    whole = swaying(2.0)
    quality = np.zeros(len(whole.time_s), np.uint32)
    quality[17] = Quality.GAP
    quality[90] = Quality.BREAK
    whole.total_n[130] = np.inf
    rows = rows_of(load(whole.time_s, whole.total_n, whole.cop_mm, quality))
    assert np.flatnonzero(~rows.sound).tolist() == [4, 32]
    assert np.flatnonzero(rows.begins).tolist() == [22]
    assert np.isfinite(rows.force_n).all()


def test_the_record_keeps_the_newest_rows_only():
    record = SlowRecord(keep=100)
    whole = swaying(20.0)
    for begin in range(0, len(whole.time_s), 50):
        record.push(piece(whole, begin, begin + 50))
    rows = record.rows()
    assert len(rows) == 100
    assert rows.number[-1] == int(23.0 * RATE_HZ)


# --- the research way ---


def path_of(whole: Load):
    rows = rows_of(whole)
    return steady_path(rows, first=0, end=len(rows), parameters=P)


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 104.0, 200.0, 333.0])
def test_a_circle_keeps_its_size_and_speed_at_any_rate(rate_hz):
    path = path_of(swaying(27.5, rate_hz=rate_hz))
    found = measures(path.x_mm, path.y_mm, step_s=STEP_S)
    assert found["sway_mdist_mm"] == pytest.approx(R, rel=3e-3)
    assert found["sway_mvelo_mm_s"] == pytest.approx(2 * pi * R * F, rel=5e-3)
    assert found["sway_area_pe_mm2"] == pytest.approx(9.411 * R**2, rel=6e-3)


def test_the_window_drops_two_seconds_and_the_last_half():
    path = path_of(swaying(20.0))
    assert path.start_s == pytest.approx(5.0, abs=0.05)
    assert path.end_s == pytest.approx(22.5, abs=0.05)
    assert path_of(swaying(7.0)) == "no steady window of 5 s"


def test_the_noise_of_a_path_and_the_speed_that_it_makes_are_found_again():
    still = load(
        np.arange(12_000) / 100.0, np.full(12_000, BW),
        np.array([45.0, 130.0]) + 0.6 * np.random.default_rng(7).standard_normal((12_000, 2)),
    )  # fmt: skip
    path = path_of(still)
    assert path.noise_mm == pytest.approx((0.3, 0.3), rel=0.1)  # four samples a row
    speed = measures(path.x_mm, path.y_mm, step_s=STEP_S)["sway_mvelo_mm_s"]
    assert noise_speed(path.noise_mm, path.gain)[0] * RATE_HZ == pytest.approx(speed, rel=0.08)


def test_a_low_pass_above_half_of_the_rate_is_none_and_says_so():
    none = Parameters({"sway.cut_hz": 20.0})
    rows = rows_of(swaying(20.0))
    path = steady_path(rows, first=0, end=len(rows), parameters=none)
    at = path.start_s + np.arange(len(path.x_mm)) * STEP_S - 3.0
    assert path.x_mm == pytest.approx(45.0 + R * np.cos(2 * pi * F * at), abs=0.01)
    assert "no low-pass" in filter_tag(none)
    assert filter_tag(P).startswith("zero_phase")


def test_the_spectrum_of_a_circle_lies_at_its_frequency_and_needs_ten_seconds():
    path = path_of(swaying(60.0))
    found = spectra(path, P)
    for axis in ("ap", "ml"):
        assert found[f"sway_f50_{axis}_hz"][0] == pytest.approx(F, abs=0.01)
        assert found[f"sway_centroid_{axis}_hz"][0] == pytest.approx(F, abs=0.02)
    assert spectra(path_of(swaying(11.0)), P) == {}


def test_the_spectrum_of_white_noise_is_halved_in_the_middle_of_the_band():
    rng = np.random.default_rng(11)
    cop = np.array([45.0, 130.0]) + rng.standard_normal((60_000, 2))
    found = spectra(path_of(load(np.arange(60_000) / 100.0, np.full(60_000, BW), cop)), P)
    assert found["sway_f50_ap_hz"][0] == pytest.approx((0.15 + 5.0) / 2, rel=0.06)
    value, u = found["sway_f95_ap_hz"]
    assert value == pytest.approx(0.15 + 0.95 * 4.85, rel=0.03)
    assert 0.0 < u < 0.2


# --- the causal way ---


def test_live_sway_is_the_causal_filter_and_the_same_formulas():
    whole = swaying(30.0, noise_mm=0.5)
    live = LiveSway(parameters=P)
    rows = rows_of(whole)
    live.take(rows)
    found = live.measures()
    cop = rows.cop_mm[:-1]  # the newest row may still grow
    sections = signal.butter(2, 5.0, fs=RATE_HZ, output="sos")
    start = signal.sosfilt_zi(sections)
    smooth = [
        signal.sosfilt(sections, cop[:, axis], zi=start * cop[0, axis])[0][50:] for axis in (0, 1)
    ]
    truth = measures(*smooth, step_s=STEP_S)
    assert live.duration_s == pytest.approx((len(smooth[0]) - 1) * STEP_S)
    for name, value in found.items():
        assert value == pytest.approx(truth[name], rel=1e-9), name
    assert TAG == "causal"


@given(cuts=st.sets(st.integers(1, 1199), max_size=30))
@settings(max_examples=15, deadline=None)
def test_grouping_changes_no_bit_of_live_sway(cuts):
    whole = swaying(12.0, noise_mm=0.4)
    one, two = LiveSway(parameters=P), LiveSway(parameters=P)
    record = SlowRecord()
    one.take(rows_of(whole))
    edges = [0, *sorted(cuts), len(whole.time_s)]
    for begin, end in pairwise(edges):
        record.push(piece(whole, begin, end))
        two.take(record.rows())
    assert one.measures() == two.measures()
    assert one.measures()


def test_live_sway_starts_again_when_the_centre_of_pressure_is_lost():
    whole = swaying(20.0)
    whole.cop_mm[1200] = np.nan
    whole.total_n[1200] = 0.0
    whole.cop_mm[1196:1204] = np.nan
    live, record = LiveSway(parameters=P), SlowRecord()

    def push(begin: int, end: int) -> None:
        record.push(piece(whole, begin, end))
        live.take(record.rows())

    push(0, 1190)
    assert live.measures()
    push(1190, 1300)
    assert live.measures() == {}
    push(1300, 2000)
    assert live.duration_s < 8.0


def test_live_sway_can_begin_at_a_bin():
    rows = rows_of(swaying(20.0))
    whole, later = LiveSway(parameters=P), LiveSway(parameters=P)
    whole.take(rows)
    later.take(rows, first=int(rows.number[250]))
    assert whole.duration_s - later.duration_s == pytest.approx(250 * STEP_S)
