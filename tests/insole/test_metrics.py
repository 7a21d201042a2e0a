"""Columns of the pair, summaries, symmetry and activity, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.pair import attach_pair
from insole.metrics.stride_pairs import stride_pairs
from insole.metrics.summary import effective_number, summarise, symmetry
from insole.model.foot import Side
from insole.model.gait import StepFlag, Steps
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal.activity import activity_of
from insole.signal.steps import empty_steps
from tests.insole.closed_forms import half_sine, hop, walking
from tests.insole.gait_loads import load, real_run, run_of, steps_of


def pair(signal, *, rate_hz: float = 200.0, strides: int = 12, shift: float = 0.5):
    """Both feet of one closed form, the right one later by a share of the stride."""
    left = run_of(signal, rate_hz=rate_hz, strides=strides)
    right = run_of(signal, rate_hz=rate_hz, strides=strides, lead_s=0.3 + shift * signal.stride_s)
    return attach_pair(
        steps_of(left, rate_hz=rate_hz, side=Side.LEFT),
        steps_of(right, rate_hz=rate_hz, side=Side.RIGHT),
        parameters=Parameters(),
    )


def test_running_has_the_flight_step_stride_and_duty_of_its_formula():
    signal = half_sine()
    early = signal.first_up(0.05)
    contact = signal.last_down(0.05) - early
    for steps in pair(signal):
        v = steps.value
        inner = slice(0, -1)
        assert v["stride_s"][inner] == pytest.approx(signal.stride_s, abs=1e-3)
        assert v["cadence_spm"][inner] == pytest.approx(120.0 / signal.stride_s, abs=0.3)
        assert v["duty_factor"][inner] == pytest.approx(contact / signal.stride_s, abs=2e-3)
        assert v["step_s"][inner] == pytest.approx(signal.stride_s / 2, abs=2e-3)
        assert v["flight_s"][inner] == pytest.approx(signal.stride_s / 2 - contact, abs=2e-3)
        assert np.isnan(v["double_support_s"]).all()
        assert np.isnan(v["stride_s"][-1])
        high = signal.last_down(1.0) - signal.first_up(1.0)
        assert v["effective_flight_s"][inner] == pytest.approx(signal.stride_s / 2 - high, abs=3e-3)


def test_only_where_feet_meet_does_the_clock_enter_and_it_is_shared():
    left, _ = pair(half_sine())
    clock = np.sqrt(2.0) * Parameters()["uncertainty.clock_s"]
    assert left.u_shared["step_s"][0] == pytest.approx(clock)
    assert left.u_shared["flight_s"][0] > clock
    assert left.u["stride_s"][0] < clock


def test_walking_has_double_support_and_no_flight():
    signal = walking()
    left, right = pair(signal, strides=6)
    expected = signal.last_down(0.05) - signal.first_up(0.05) - signal.stride_s / 2
    for steps in (left, right):
        assert np.isnan(steps.value["flight_s"]).all()
    assert left.value["double_support_s"] == pytest.approx(expected, abs=0.003)


def test_a_pause_a_break_and_a_cut_contact_leave_no_stride_or_flight():
    signal = half_sine()
    whole = run_of(signal, rate_hz=100, strides=12)
    quality = np.zeros(len(whole.time_s), np.uint32)
    time = whole.time_s.copy()
    row = int(np.searchsorted(time, 0.3 + 4.6 * signal.stride_s))  # in the air after the fifth
    time[row:] += 0.12
    quality[row] = Quality.BREAK
    steps = steps_of(load(time, whole.total_n, quality), rate_hz=100)
    own, _ = attach_pair(steps, empty_steps(Side.RIGHT), parameters=Parameters())
    assert np.flatnonzero(np.isnan(own.value["stride_s"])).tolist() == [4, 11]
    assert np.isnan(own.value["flight_s"]).all()


def test_a_foot_strike_more_than_a_second_away_is_no_end_of_a_flight():
    signal = half_sine()
    left = steps_of(run_of(signal, rate_hz=100, strides=1), rate_hz=100)
    right = steps_of(run_of(signal, rate_hz=100, strides=1, lead_s=2.0), rate_hz=100)
    own, _ = attach_pair(left, right, parameters=Parameters())
    assert np.isnan(own.value["flight_s"][0])


@pytest.mark.parametrize(
    ("signal", "shift", "activity"),
    [(half_sine(), 0.5, "run"), (walking(), 0.5, "walk"), (hop(), 0.01, "hop")],
    ids=["run", "walk", "hop"],
)
def test_activity_is_that_of_the_closed_form(signal, shift, activity):
    assert activity_of(*pair(signal, shift=shift)) == activity


def test_how_near_the_feet_strike_in_a_hop_can_be_set_and_says_what_each_step_was():
    """The right foot lands 50 ms late: no hop by 40 ms, one by 60."""
    signal = hop()
    left = run_of(signal, rate_hz=200, strides=12)
    right = run_of(signal, rate_hz=200, strides=12, lead_s=0.35)
    told = []
    for together_s in (0.040, 0.060):
        feet = attach_pair(
            steps_of(left, rate_hz=200, side=Side.LEFT),
            steps_of(right, rate_hz=200, side=Side.RIGHT),
            parameters=Parameters({"hops.together_s": together_s}),
        )
        told.append(activity_of(*feet))
    assert told[0] != "hop"
    assert told[1] == "hop"


def test_one_foot_alone_can_say_that_it_ran_and_nothing_seen_is_no_activity():
    left, _ = pair(half_sine())
    assert activity_of(left, empty_steps(Side.RIGHT)) == "run"
    none = empty_steps(Side.LEFT), empty_steps(Side.RIGHT)
    assert activity_of(*none) == ""
    assert activity_of(one_contact(), empty_steps(Side.RIGHT)) == "other"
    assert activity_of(*none, standing_s=12.0) == "stand"


def one_contact() -> Steps:
    """A single contact, of which no stride can be told."""
    steps = steps_of(run_of(half_sine(), rate_hz=100, strides=1), rate_hz=100)
    return attach_pair(steps, empty_steps(Side.RIGHT), parameters=Parameters())[0]


def test_a_real_run_is_a_run_with_the_published_cadence_and_flight():
    feet, reference = real_run("rbds001_25_tripod_300hz.csv")
    p = Parameters({"events.rep_N": 50.0})
    left, right = attach_pair(
        *(
            steps_of(feet[side], rate_hz=300, side=side, mass_kg=62.0, parameters=p)
            for side in (Side.LEFT, Side.RIGHT)
        ),
        parameters=p,
    )
    assert activity_of(left, right) == "run"
    flights = np.concatenate((left.value["flight_s"], right.value["flight_s"]))
    assert np.nanmean(flights) == pytest.approx(reference["flight_s"]["mean"], abs=1 / 300)
    assert summarise(left)["cadence_spm"]["mean"] == pytest.approx(
        reference["step_rate_per_min"], rel=0.005
    )


def table(value: np.ndarray, *, side: Side = Side.LEFT, flags=None, shared: float = 0.0) -> Steps:
    k = len(value)
    ones = np.ones(k)
    return Steps(
        side,
        np.zeros(k, np.uint32) if flags is None else np.asarray(flags, np.uint32),
        {"foot_strike_s": np.arange(k) * 1.0, "toe_off_s": np.arange(k) + 0.3, "contact_s": value},
        {"contact_s": np.hypot(0.1, shared) * ones},
        {"contact_s": shared * ones},
    )


def test_a_summary_counts_valid_known_steps_only():
    value = np.array([1.0, 2.0, 3.0, np.nan, 100.0])
    flags = [0, 0, 0, 0, StepFlag.GAP]
    found = summarise(table(value, flags=flags))
    assert set(found) == {"contact_s"}  # instants have no mean
    assert found["contact_s"]["n"] == 3
    assert found["contact_s"]["mean"] == 2.0
    assert found["contact_s"]["sd"] == 1.0


def test_more_steps_shrink_the_random_part_and_never_the_shared_one():
    rng = np.random.default_rng(5)
    few = summarise(table(rng.normal(1.0, 0.05, 20), shared=0.03))["contact_s"]
    many = summarise(table(rng.normal(1.0, 0.05, 2000), shared=0.03))["contact_s"]
    assert many["u_random"] < few["u_random"] / 5
    assert many["u_shared"] == pytest.approx(0.03)
    assert few["u_shared"] == pytest.approx(0.03)
    assert many["u"] == pytest.approx(0.03, rel=0.01)


def test_steps_that_resemble_their_neighbours_count_for_less():
    rng = np.random.default_rng(11)
    n, r = 20_000, 0.6
    noise, series = rng.normal(size=n), np.empty(n)
    series[0] = noise[0]
    for index in range(1, n):
        series[index] = r * series[index - 1] + noise[index]
    assert effective_number(series) == pytest.approx(n * (1 - r) / (1 + r), rel=0.08)
    assert effective_number(noise) > 0.9 * n


def test_symmetry_index_has_the_sign_of_the_larger_right_and_its_band():
    # science.md 3.5: a ratio of 1.10 gives SI 9.52
    found = symmetry(table(np.full(5, 1.0)), table(np.full(5, 1.1), side=Side.RIGHT))
    assert found["contact_s"]["si_percent"] == pytest.approx(9.5238, abs=1e-3)
    assert found["contact_s"]["neutral"] is False
    mirrored = symmetry(table(np.full(5, 1.1)), table(np.full(5, 1.0), side=Side.RIGHT))
    assert mirrored["contact_s"]["si_percent"] == pytest.approx(-9.5238, abs=1e-3)
    near = symmetry(table(np.full(5, 1.0)), table(np.full(5, 1.02), side=Side.RIGHT))
    assert near["contact_s"]["neutral"] is True


def test_symmetry_doubt_matches_that_of_many_repeated_trials():
    rng = np.random.default_rng(2)
    found, told = [], []
    for _ in range(300):
        left, right = table(rng.normal(1.0, 0.05, 30)), table(rng.normal(1.1, 0.05, 30))
        entry = symmetry(left, right)["contact_s"]
        found.append(entry["si_percent"])
        told.append(entry["u"])
    assert np.std(found) == pytest.approx(np.mean(told), rel=0.2)


def test_what_both_feet_do_alike_is_no_difference_between_them():
    """A runner who tires: both feet drift by 20 %, the right one is 2 % longer at every stride."""
    drift = np.linspace(1.0, 1.2, 40)
    entry = symmetry(table(drift), table(1.02 * drift, side=Side.RIGHT))["contact_s"]
    assert entry["si_percent"] == pytest.approx(100 * 0.02 / 1.01)
    assert entry["u"] < 1e-9
    assert entry["pairs"] == 40


def test_only_pairs_of_valid_strides_are_compared():
    """Where the right foot is not valid, the left one, which drifts, does not count either."""
    left, right = np.linspace(1.0, 2.0, 20), np.linspace(1.0, 2.0, 20)
    flags = np.where(np.arange(20) < 10, int(StepFlag.GAP), 0)
    entry = symmetry(table(left), table(right, side=Side.RIGHT, flags=flags))["contact_s"]
    assert entry["si_percent"] == pytest.approx(0.0, abs=1e-12)
    assert entry["pairs"] == 10


def test_strides_are_paired_in_running_and_in_hops_and_not_over_a_pause():
    for shift in (0.5, 0.0, -0.02):
        left, right = pair(half_sine(), shift=shift)
        i, j = stride_pairs(left, right)
        assert i.tolist() == j.tolist() == list(range(12))
    left, right = pair(half_sine(), strides=3, shift=8.0)
    assert stride_pairs(left, right)[0].tolist() == []


def test_an_absent_foot_has_no_symmetry():
    assert symmetry(table(np.full(5, 1.0)), empty_steps(Side.RIGHT)) == {}
