"""Strike, roll-over, sharing and push-off from the lowest point, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.pair import attach_pair
from insole.metrics.residual import fit
from insole.model.foot import REGIONS, Side
from insole.model.stream import Load
from insole.parameters import Parameters
from insole.signal.rollover import STRIKE_WORDS, word
from insole.signal.stances import spread_of
from insole.signal.steps import StepStage
from tests.insole.closed_forms import G, Signal, half_sine, two_mass, walking
from tests.insole.gait_loads import BW, MASS_KG, SHARES, load, rows, run_of, same_bits, steps_of

LENGTH_MM = 260.0


def pair(signal: Signal, *, rate_hz: float = 200.0, strides: int = 8, phase: float = 0.3):
    feet = [
        steps_of(
            run_of(signal, rate_hz=rate_hz, strides=strides, lead_s=lead, phase=phase),
            rate_hz=rate_hz,
            side=side,
        )
        for side, lead in ((Side.LEFT, 0.3), (Side.RIGHT, 0.3 + signal.stride_s / 2))
    ]
    return attach_pair(*feet, parameters=Parameters())


def turning_point(signal: Signal) -> float:
    """Last rise of v through 0 in the contact, by quadrature and bisection on the formula."""
    step = signal.stride_s / 2
    grid = np.linspace(0.0, step, 40_001)
    area = np.array([signal.area(min(t, signal.length_s)) for t in grid])
    v = area / area[-1] * step - grid
    v -= np.trapezoid(v, grid) / step
    inside = np.flatnonzero((v[:-1] < 0) & (v[1:] >= 0) & (grid[1:] < signal.length_s))
    return float(grid[inside[-1]])


@pytest.mark.parametrize(
    ("rate_hz", "within"), [(50, 0.012), (100, 0.005), (200, 0.0015), (250, 0.0015), (500, 0.0015)]
)
@pytest.mark.parametrize("signal", [half_sine(), two_mass()], ids=["G1", "G2"])
def test_the_body_turns_within_the_tolerances_at_every_phase(signal, rate_hz, within):
    """science.md 9.3: t_rev - FS."""
    truth = turning_point(signal) - signal.first_up(0.05)
    for phase in np.arange(20) / 20.0:
        for steps in pair(signal, rate_hz=rate_hz, strides=3, phase=phase):
            found = steps.value["reversal_percent"] / 100 * steps.value["contact_s"]
            assert found[:-1] == pytest.approx(truth, abs=within)


@pytest.mark.parametrize("rate_hz", [100, 200, 500])
@pytest.mark.parametrize("signal", [half_sine(), two_mass()], ids=["G1", "G2"])
def test_the_body_turns_where_the_formula_says_and_the_rest_is_push_off(signal, rate_hz):
    turn = turning_point(signal)
    off = signal.last_down(0.05)
    late = signal.area(off) - signal.area(turn)
    net = late - (off - turn)
    grid = np.linspace(turn, off, 20_001)
    area = np.array([signal.area(t) for t in grid])
    power = float((signal.force(grid) * G * (area - area[0] - (grid - turn))).max()) * G
    for steps in pair(signal, rate_hz=rate_hz):
        v = {name: column[:-1] for name, column in steps.value.items()}
        found = v["reversal_percent"] / 100 * v["contact_s"] + signal.first_up(0.05)
        assert found == pytest.approx(turn, abs=0.005 if rate_hz == 100 else 0.0015)
        assert v["po_rev_N_s"] / BW == pytest.approx(late, rel=0.012)
        assert v["po_rev_BW_s"] == pytest.approx(late, rel=0.012)
        stamp = 0.005 if rate_hz == 100 else 0.0015  # of toe-off, science.md 9.3: times 1 BW
        assert v["po_net_N_s"] / BW == pytest.approx(net, abs=stamp)
        assert v["push_off_power_W_kg"] == pytest.approx(power, rel=0.02)


def test_the_net_impulse_is_mass_times_velocity_at_toe_off():
    signal = half_sine()
    left, _ = pair(signal, rate_hz=500)
    # science.md 4.2: v_TO is near g t_f / 2; the reporting level moves toe-off by 1.6 ms
    assert left.value["po_net_N_s"][:-1] / MASS_KG == pytest.approx(G * 0.110 / 2, rel=0.04)


def test_scale_and_mass_do_not_move_the_lowest_point():
    signal = two_mass()
    plain, _ = pair(signal)
    feet = []
    for side, lead in ((Side.LEFT, 0.3), (Side.RIGHT, 0.3 + signal.stride_s / 2)):
        whole = run_of(signal, rate_hz=200, strides=8, lead_s=lead, phase=0.3)
        feet.append(steps_of(load(whole.time_s, 1.05 * whole.total_n), rate_hz=200, side=side))
    scaled, _ = attach_pair(*feet, parameters=Parameters())
    assert scaled.value["reversal_percent"][:-1] == pytest.approx(
        plain.value["reversal_percent"][:-1], abs=0.3
    )


def test_walking_and_one_foot_alone_have_no_push_off_from_the_lowest_point():
    for steps in pair(walking(), rate_hz=100):
        assert np.isnan(steps.value["po_rev_N_s"]).all()
    alone = steps_of(run_of(half_sine(), rate_hz=100), rate_hz=100)
    own, _ = attach_pair(alone, rows_of_none(), parameters=Parameters())
    assert np.isnan(own.value["po_rev_N_s"]).all()


def rows_of_none():
    from insole.signal.steps import empty_steps

    return empty_steps(Side.RIGHT)


def test_support_and_shares_of_walking_follow_from_its_formula():
    signal = walking()
    contact = signal.last_down(0.05) - signal.first_up(0.05)
    half = signal.stride_s / 2
    left, right = pair(signal, rate_hz=500)
    inner = slice(1, -1)
    both = 200.0 * (contact - half) / signal.stride_s
    for steps in (left, right):
        v = steps.value
        assert v["double_support_percent"][inner] == pytest.approx(both, abs=0.2)
        assert v["single_support_percent"][inner] == pytest.approx(
            100.0 * (signal.stride_s - contact) / signal.stride_s, abs=0.2
        )
        assert v["swing_s"][inner] == pytest.approx(signal.stride_s - contact, abs=0.002)
        assert v["left_load_share"][inner] == pytest.approx(0.5, abs=1e-3)


def rolling(signal: Signal, *, rate_hz: float, start: float, strides: int = 6) -> Load:
    """CoP from `start` to 0.95 of the length in proportion to the time in contact."""
    time, force = signal.train(rate_hz=rate_hz, strides=strides, phase=0.4)
    since = (time - 0.3) % signal.stride_s
    y = LENGTH_MM * (start + (0.95 - start) * np.clip(since / signal.length_s, 0, 1))
    whole = load(time, force * BW)
    whole.cop_mm[:, 1] = np.where(np.isfinite(whole.cop_mm[:, 1]), y, np.nan)
    return whole


@pytest.mark.parametrize(
    ("start", "kind"), [(0.10, "rearfoot"), (0.42, "midfoot"), (0.75, "forefoot")]
)
def test_the_strike_index_is_the_mean_of_the_first_thirty_milliseconds(start, kind):
    signal = half_sine()
    v = steps_of(rolling(signal, rate_hz=500, start=start), rate_hz=500).value
    begin = signal.first_up(0.1)
    middle = 0.5 * (begin + signal.first_up(0.05) + 0.030)
    expected = 100.0 * (start + (0.95 - start) * middle / signal.length_s)
    assert v["strike_index_percent"] == pytest.approx(expected, abs=0.5)
    assert v["strike_index_toeless_percent"] == pytest.approx(expected / 0.81, abs=0.6)
    assert {word(code, STRIKE_WORDS) for code in v["strike_class"]} == {kind}


def test_the_strike_index_counts_along_the_foot_and_not_along_the_insole():
    """The foot lies from 4 to 96 % of the insole: y' = (y - y0)/s of section 1.2."""
    start, scale = 0.04, 0.92
    where = Parameters({"mask.foot_start": start, "mask.foot_scale": scale})
    whole = rolling(half_sine(), rate_hz=500, start=0.35)
    insole = steps_of(whole, rate_hz=500).value["strike_index_percent"]
    foot = steps_of(whole, rate_hz=500, parameters=where)
    expected = (insole / 100.0 - start) / scale * 100.0
    assert foot.value["strike_index_percent"] == pytest.approx(expected, abs=1e-9)
    assert foot.value["strike_index_toeless_percent"] == pytest.approx(expected / 0.81, abs=1e-9)
    rear = steps_of(rolling(half_sine(), rate_hz=500, start=0.30), rate_hz=500)
    moved = Parameters({"mask.foot_start": 0.1, "mask.foot_scale": 0.9})
    there = steps_of(rolling(half_sine(), rate_hz=500, start=0.30), rate_hz=500, parameters=moved)
    kinds = [STRIKE_WORDS[int(one.value["strike_class"][0])] for one in (rear, there)]
    assert kinds == ["midfoot", "rearfoot"]


def test_below_100_hz_a_strike_has_no_index():
    found = steps_of(rolling(half_sine(), rate_hz=50, start=0.1), rate_hz=50)
    assert "strike_index_percent" not in found.value


def test_the_region_that_leaves_last_and_the_peak_of_the_big_toe_are_found():
    signal = half_sine()
    whole = run_of(signal, rate_hz=200, strides=4, phase=0.2)
    since = (whole.time_s - 0.3) % signal.stride_s
    late = np.clip(since / signal.length_s, 0.0, 1.0) ** 4
    share = SHARES[None] * (1.0 - late)[:, None]
    share[:, REGIONS.index("HAL")] += late
    region = whole.total_n[:, None] * share
    turned = Load(
        whole.time_s, whole.total_n, region, whole.cop_mm, whole.quality, whole.arrival_ns
    )
    v = steps_of(turned, rate_hz=200).value
    assert {REGIONS[int(code)] for code in v["last_to_leave"]} == {"HAL"}
    grid = np.linspace(0.0, signal.length_s, 100_001)
    part = np.clip(grid / signal.length_s, 0, 1) ** 4
    toe = signal.force(grid) * (0.10 * (1 - part) + part)
    best = int(np.argmax(toe))
    assert v["hal_peak_BW"] == pytest.approx(float(toe[best]), rel=0.002)
    at = 100.0 * (grid[best] - signal.first_up(0.05)) / np.mean(v["contact_s"])
    assert v["hal_peak_percent"] == pytest.approx(at, abs=1.5)
    heel = run_of(signal, rate_hz=200, strides=3)
    heel.region_n[:] = 0.0
    heel.region_n[:, 0] = heel.total_n
    assert set(steps_of(heel, rate_hz=200).value["last_to_leave"]) == {0.0}


def test_fixed_shares_come_back_at_every_place_of_the_contact():
    v = steps_of(run_of(two_mass(), rate_hz=100), rate_hz=100).value
    corners = np.array([SHARES[0], SHARES[2] + SHARES[5], SHARES[4]])
    t = corners / corners.sum()
    for where in ("tripod", "tripod_mid", "tripod_peak"):
        for index, name in enumerate(("heel", "first", "fifth")):
            assert v[f"{where}_{name}"] == pytest.approx(t[index], abs=1e-9)
    for name in ("coverage3", "coverage3_mid", "coverage3_peak"):
        assert v[name] == pytest.approx(corners.sum(), abs=1e-9)
    four = SHARES[[0, 2, 4, 5]] / SHARES[[0, 2, 4, 5]].sum()
    for index, name in enumerate(("heel", "first_ball", "fifth_ball", "toe")):
        assert v[f"quadripod_{name}"] == pytest.approx(four[index], abs=1e-9)
    assert v["evenness"] == pytest.approx(-(t * np.log(t)).sum() / np.log(3), abs=1e-9)
    target = np.array(Parameters().several("targets.single"))
    match = 100.0 * (1.0 - 0.5 * np.abs(t - target).sum() / (1.0 - target.min()))
    assert v["tripod_match_percent"] == pytest.approx(match, abs=1e-9)
    assert v["medial_share"] == pytest.approx(corners[1] / (corners[1] + corners[2]), abs=1e-9)
    assert v["valid_share"] == pytest.approx(1.0)


def test_the_mean_course_of_a_half_sine_is_a_half_sine_under_any_grouping():
    signal = half_sine()
    whole = run_of(signal, rate_hz=500, strides=12, phase=0.2)
    curves = []
    for size in (7, 100_000):
        stage = StepStage(Side.LEFT, mass_kg=MASS_KG, rate_hz=500, parameters=Parameters())
        for begin in range(0, len(whole.time_s), size):
            stage.push(rows(whole, slice(begin, begin + size)))
        stage.flush()
        curves.append(stage.curve)
    assert curves[0].mean_n.tobytes() == curves[1].mean_n.tobytes()
    assert curves[0].sd_n.tobytes() == curves[1].sd_n.tobytes()
    at = np.linspace(signal.first_up(0.05), signal.last_down(0.05), 101)
    assert curves[0].n == 12
    assert curves[0].mean_n == pytest.approx(signal.force(at) * BW, abs=0.01 * signal.peak * BW)
    assert curves[0].sd_n.max() < 0.01 * signal.peak * BW


def test_grouping_changes_no_bit_of_the_course():
    whole = run_of(two_mass(), rate_hz=100, strides=9)
    cuts = tuple(range(3, len(whole.time_s), 3))
    one, two = steps_of(whole, rate_hz=100), steps_of(whole, rate_hz=100, cuts=cuts)
    assert one.course is not None
    assert same_bits(one, two)
    assert (np.diff(one.course.astype(int), axis=1) >= 0).all()


def test_the_line_of_push_off_over_step_time_needs_steps_at_three_cadences():
    rng = np.random.default_rng(4)
    time = np.repeat([0.32, 0.34, 0.37], 80)
    late = 20.0 + 250.0 * time + rng.normal(0.0, 1.0, len(time))
    assert fit(time[:199], late[:199]) is None
    assert fit(np.full(400, 0.34), np.full(400, 100.0)) is None
    found = fit(time, late)
    assert found is not None
    assert found[1] == pytest.approx(250.0, abs=4 * 1.0 / (np.std(time) * np.sqrt(len(time))))


def test_equal_sensors_share_noise_by_their_number():
    weight = np.zeros((16, 7))
    weight[np.arange(16), np.arange(16) % 7] = 1.0
    y = np.arange(16.0)
    spread = spread_of(weight, np.full(16, 10.0), np.column_stack((np.zeros(16), y)))
    count = weight.sum(axis=0)
    assert np.array(spread.region) == pytest.approx(np.sqrt(count / 16))
    assert spread.lever_mm == pytest.approx((0.0, y.std()))
