"""Truth of simulated trials agrees with closed forms that were written for other tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.proof.forms import ACTIVITIES, PART, Form, draw
from insole.proof.trials import LABELS, body, expected, plan, truth
from insole.proof.truth import contacts
from tests.insole.closed_forms import G, half_sine, hop, two_mass

P = Parameters()
BW = 70.0 * G
SHARES = np.array([1.0, 2.0, 3.0, 4.0] * 4)  # of sensors, not alike within a region
WITHIN = SHARES[:, None] * (np.array(LABELS)[:, None] == np.array(REGIONS))
WITHIN /= WITHIN.sum(axis=0)
BODY = body(P, WITHIN)


def form_of(signal, *, step_s: float, feet: int = 1) -> Form:
    share = draw("run", np.random.default_rng(1)).share
    return Form(signal.force(PART * signal.length_s), share, signal.length_s, step_s, feet)


@pytest.mark.parametrize("signal", [half_sine(), two_mass()], ids=["G1", "G2"])
def test_times_impulses_and_the_turn_of_a_run_are_those_of_its_closed_form(signal):
    form = form_of(signal, step_s=0.5 * signal.stride_s)
    found = contacts(form, np.array([form.contact_s]), np.array([form.step_s]), body=BODY)
    one = {name: float(values[0]) for name, values in found.items()}
    strike, off = signal.first_up(0.05), signal.last_down(0.05)
    up, down = signal.first_up(1.0), signal.last_down(1.0)
    area = signal.area
    assert one["begin_s"] == pytest.approx(strike, abs=1e-5)
    assert one["contact_s"] == pytest.approx(off - strike, abs=1e-5)
    fine = np.linspace(0.0, signal.length_s, 200_001)
    above = (
        float(np.mean(signal.force(fine) >= 1.0)) * signal.length_s
    )  # G2 dips below after impact
    assert one["effective_contact_s"] == pytest.approx(above, abs=1e-5)
    assert one["impulse_N_s"] == pytest.approx((area(off) - area(strike)) * BW, rel=1e-5)
    late = area(off) - area(0.5 * (strike + off))
    assert one["po50_N_s"] == pytest.approx(late * BW, rel=1e-5)
    assert one["po_eff_N_s"] == pytest.approx((area(off) - area(0.5 * (up + down))) * BW, rel=1e-5)
    assert one["peak_force_BW"] == pytest.approx(signal.peak, rel=1e-5)
    assert one["share_heel"] + one["share_toes"] < 1.0


def test_a_half_sine_turns_in_its_middle_and_two_masses_load_as_published():
    g1 = form_of(half_sine(), step_s=0.34)
    found = contacts(g1, np.array([0.23]), np.array([0.34]), body=BODY)
    assert found["reversal_percent"][0] == pytest.approx(50.0, abs=0.01)
    assert found["po_rev_N_s"][0] / found["impulse_N_s"][0] == pytest.approx(0.5, abs=1e-4)
    g2 = form_of(two_mass(), step_s=0.35)
    found = contacts(g2, np.array([0.25]), np.array([0.35]), body=BODY)
    assert found["impact_peak_BW"][0] == pytest.approx(1.4060, abs=2e-4)
    assert found["valr_BW_per_s"][0] == pytest.approx(76.12, rel=0.01)
    assert found["vilr_BW_per_s"][0] == pytest.approx(81.79, rel=0.001)


def test_pressures_of_a_half_sine_whose_load_stays_where_it_is():
    signal = half_sine()
    form = form_of(signal, step_s=0.5 * signal.stride_s)
    even = np.broadcast_to(form.share[1000], form.share.shape)
    form = replace(form, share=even)
    found = contacts(form, np.array([form.contact_s]), np.array([form.step_s]), body=BODY)
    one = {name: float(values[0]) for name, values in found.items()}
    strike, off = signal.first_up(0.05), signal.last_down(0.05)
    heel = even[0, 0] * BW  # sensors of the heel have 1, 2, 3 and 4 tenths of it on 10 cm², 1 N/kPa
    whole = (signal.area(off) - signal.area(strike)) * heel
    assert one["peak_pressure_heel_kPa"] == pytest.approx(0.4 * signal.peak * heel, rel=1e-5)
    assert one["pressure_time_heel_kPa_s"] == pytest.approx(0.4 * whole, rel=1e-5)
    fine = np.linspace(strike, off, 200_001)
    load = heel * signal.force(fine)
    each = np.array([0.1, 0.2, 0.3, 0.4])[:, None] * load
    mean = np.sum(each, where=each >= 10.0) / np.count_nonzero(each >= 10.0)
    assert one["mean_pressure_heel_kPa"] == pytest.approx(mean, rel=2e-3)
    rear = even[0, 0] + even[0, 1] / 3.0  # one of the two sensors of the midfoot, of 1 and 2 parts
    assert one["rearfoot_share"] == pytest.approx(rear, rel=1e-9)
    tops = [value for name, value in one.items() if name.startswith("peak_pressure_")]
    assert one["peak_pressure_kPa"] == max(tops)


def test_a_hop_is_above_body_weight_for_as_long_as_its_closed_form():
    signal = hop()
    form = form_of(signal, step_s=0.547, feet=2)
    found = contacts(form, np.array([form.contact_s]), np.array([0.547]), body=BODY)
    whole = signal.last_down(1.0) - signal.first_up(1.0)
    assert found["effective_contact_s"][0] == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_drawn_form_carries_body_weight_begins_at_nothing_and_is_a_gait(activity):
    rng = np.random.default_rng(4)
    for _ in range(40):
        form = draw(activity, rng)
        carried = form.feet * form.contact_s * float(np.trapezoid(form.force_bw, PART))
        assert carried == pytest.approx(form.step_s, rel=1e-9)
        assert max(form.force_bw[0], form.force_bw[-1]) < 0.02
        assert form.share.sum(axis=1) == pytest.approx(1.0)
        assert 0.9 < form.feet * form.force_bw.max() < 7.0


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_the_expected_mean_is_that_of_very_many_steps(activity):
    rng = np.random.default_rng(9)
    form = draw(activity, rng)
    planned = plan(form, rng, number=1500)
    many = truth(form, planned, P)
    for name, mean in expected(form, planned, P).items():
        values = many[name][np.isfinite(many[name])]
        if len(values) < 1000:
            continue  # an impact that only some steps of this form show
        spread = float(values.std()) / np.sqrt(len(values))
        assert mean == pytest.approx(float(values.mean()), abs=5.0 * spread + 2e-4 * abs(mean))


def test_a_walk_stays_one_when_a_single_step_has_no_support_by_both_feet():
    rng = np.random.default_rng(3)
    form = draw("walk", rng)
    planned = plan(form, rng)
    short = planned.contact_s.copy()
    short[0] = 0.8 * planned.step_s[0]
    found = truth(form, replace(planned, contact_s=short), P)
    assert found["double_support_s"][0] < 0 < found["double_support_s"][5]
    assert "flight_s" not in found
