"""Doubts follow their causes: rates, alike ends, bridges over impacts, forms of load, flat tops."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.pair import attach_pair
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal.regional import power_of_sine
from insole.signal.steps import empty_steps
from tests.insole.closed_forms import half_sine, hop, walking
from tests.insole.gait_loads import BW, load, run_of, steps_of

P = Parameters()
MIDDLES = ("po50_share_percent", "time_to_peak_percent")


def hops(rate_hz: float, *, phase: float = 0.3) -> list[Steps]:
    time, force = hop().train(rate_hz=rate_hz, strides=12, phase=phase, lead_s=0.3)
    whole = load(time, 0.5 * force * BW)
    return [steps_of(whole, rate_hz=rate_hz, side=side) for side in Side]


def told(feet: list[Steps], rate_hz: float | None) -> Steps:
    rates = None if rate_hz is None else dict.fromkeys(Side, rate_hz)
    return attach_pair(*feet, parameters=P, rates_hz=rates)[0]


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 200.0])
def test_the_middle_of_a_hop_is_known_better_than_its_ends_alone_say(rate_hz):
    feet = hops(rate_hz)
    with_rate, without = told(feet, rate_hz), told(feet, None)
    inner = np.flatnonzero(with_rate.valid)[1:-1]
    for name in MIDDLES:
        assert np.median(with_rate.u_shared[name][inner] / without.u_shared[name][inner]) < 1.0
    assert np.array_equal(with_rate.u["contact_s"], without.u["contact_s"])


def test_a_hop_is_stamped_alike_at_both_ends_so_that_its_middle_is_not_late():
    # its force is symmetrical: half of the impulse and the peak lie in the middle of contact
    away: dict[tuple[str, bool], list[float]] = {}
    for phase in np.arange(0.0, 1.0, 0.125):
        feet = hops(50.0, phase=phase)
        for evened in (True, False):
            steps = told(feet, 50.0 if evened else None)
            inner = np.flatnonzero(steps.valid)[1:-1]
            for name in MIDDLES:
                away.setdefault((name, evened), []).append(steps.value[name][inner].mean() - 50.0)
    for name in MIDDLES:
        assert abs(np.mean(away[name, True])) < abs(np.mean(away[name, False]))


def test_what_follows_from_the_stamps_of_a_hop_follows_from_its_evened_ones():
    steps = told(hops(50.0), 50.0)
    value = {name: column[1:-1] for name, column in steps.value.items()}
    assert value["contact_s"] == pytest.approx(value["toe_off_s"] - value["foot_strike_s"])
    assert value["mean_force_N"] * value["contact_s"] == pytest.approx(value["impulse_N_s"])
    percent = 100.0 * value["time_to_peak_s"] / value["contact_s"]
    assert value["time_to_peak_percent"] == pytest.approx(percent)
    for name in ("po50", "po_ff", "po_hal"):
        share = 100.0 * value[f"{name}_N_s"] / value["impulse_N_s"]
        assert value[f"{name}_share_percent"] == pytest.approx(share)
        per_bw = value["impulse_BW_s"] / value["impulse_N_s"]
        assert value[f"{name}_BW_s"] == pytest.approx(value[f"{name}_N_s"] * per_bw)


def test_what_both_ends_of_a_hop_are_treated_otherwise_by_shrinks_with_the_rate():
    left = [told(hops(rate_hz), rate_hz) for rate_hz in (50.0, 100.0, 200.0)]
    for name in MIDDLES:
        u = [float(np.nanmedian(steps.u_shared[name][1:-1])) for steps in left]
        assert u[0] > 2.0 * u[1] > 2.0 * u[2]


def test_half_of_a_hop_lies_within_its_doubt_at_every_phase():
    # a spring-mass hop is symmetrical: half of its impulse comes in the second half of contact
    pulls = []
    for phase in np.arange(0.0, 1.0, 0.125):
        steps = told(hops(50.0, phase=phase), 50.0)
        inner = np.flatnonzero(steps.valid)[1:-1]
        away = steps.value["po50_share_percent"][inner] - 50.0
        pulls.append(away / steps.u["po50_share_percent"][inner])
    assert np.mean(np.abs(np.concatenate(pulls)) < 1.96) > 0.9


def test_running_and_walking_do_not_depend_on_the_rate_given():
    for signal in (half_sine(), walking()):
        whole = run_of(signal, rate_hz=100.0)
        feet = [steps_of(whole, rate_hz=100.0), empty_steps(Side.RIGHT)]
        one, two = told(feet, 100.0), told(feet, None)
        for name in one.u:
            assert np.array_equal(one.u[name], two.u[name], equal_nan=True), name


def test_feet_without_steps_have_no_middle():
    left, right = attach_pair(
        empty_steps(Side.LEFT), empty_steps(Side.RIGHT), parameters=P,
        rates_hz=dict.fromkeys(Side, 100.0),
    )  # fmt: skip
    assert len(left) == len(right) == 0


def with_loss(signal, *, at_s: float, rate_hz: float = 200.0) -> tuple[Steps, int]:
    """Four samples of the fourth contact bridged, from so long after its foot strike."""
    whole = run_of(signal, rate_hz=rate_hz, phase=0.3)
    strike = steps_of(whole, rate_hz=rate_hz).value["foot_strike_s"][3]
    row = int(np.searchsorted(whole.time_s, strike + at_s))
    lost, ends = slice(row, row + 4), (row - 1, row + 4)
    whole.total_n[lost] = np.interp(
        whole.time_s[lost], whole.time_s[list(ends)], whole.total_n[list(ends)]
    )
    whole.quality[lost] |= np.uint32(Quality.INTERPOLATED)
    return steps_of(whole, rate_hz=rate_hz), 3


def test_a_bridge_that_may_hide_an_impact_is_doubted_more_than_one_later():
    early, k = with_loss(half_sine(), at_s=0.02)
    late, _ = with_loss(half_sine(), at_s=0.12)
    assert early.u["share_heel"][k] > 1.5 * late.u["share_heel"][k]
    assert late.u["share_heel"][k] > late.u["share_heel"][k + 1]


def test_a_walk_has_no_impact_to_hide():
    early, k = with_loss(walking(), at_s=0.02)
    late, _ = with_loss(walking(), at_s=0.30)
    assert early.u["share_heel"][k] == pytest.approx(late.u["share_heel"][k], rel=0.3)


def test_a_top_without_a_bend_is_known_at_least_to_lie_in_the_contact():
    time = np.arange(0.0, 8.0, 0.02)
    flat = np.where((time % 0.7 > 0.2) & (time % 0.7 < 0.45), 2.0 * BW, 0.0)  # no row is the top
    steps = steps_of(load(time, flat), rate_hz=50.0)
    u = steps.u["time_to_peak_s"][steps.valid]
    assert len(u) > 5
    assert np.all(u <= 0.5 * steps.value["contact_s"][steps.valid])


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 3.0, 5.0])
def test_the_power_of_a_sine_is_found_from_its_mean(power):
    part = np.linspace(0.0, np.pi, 20_001)
    mean = np.trapezoid(np.sin(part) ** power, part) / np.pi
    assert power_of_sine(np.array([mean]))[0] == pytest.approx(power, rel=0.08)


def test_the_power_of_a_sine_that_is_not_known_is_one():
    assert power_of_sine(np.array([np.nan, 0.0])).tolist() == [1.0, 1.0]
