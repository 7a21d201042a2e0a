"""Push-off of hops from the lowest point, against exact spring-mass hops (science.md 9.2)."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from tests.insole.closed_forms import G, hop
from tests.insole.gait_loads import MASS_KG
from tests.insole.test_hops import BW, both_feet, found_in


@pytest.mark.parametrize("rate_hz", [100.0, 200.0, 500.0])
@pytest.mark.parametrize(("stiffness", "height"), [(25e3, 0.15), (20e3, 0.10), (40e3, 0.25)])
def test_a_spring_turns_in_the_middle_and_half_of_its_impulse_comes_after(
    rate_hz, stiffness, height
):
    for phase in (0.0, 0.35, 0.7):
        feet = both_feet(stiffness, height, rate_hz=rate_hz, phase=phase)
        v = {name: column[:-1] for name, column in found_in(*feet).value.items()}
        assert v["hop_po_rev_share_percent"] == pytest.approx(50.0, abs=0.5)
        assert v["hop_reversal_percent"] == pytest.approx(50.0, abs=2.0)
        whole = hop(stiffness, MASS_KG, height)
        late = whole.area(whole.length_s) - whole.area(0.5 * whole.length_s)
        assert v["hop_po_rev_BW_s"] == pytest.approx(late, rel=0.01)
        assert v["hop_po_rev_N_s"] == pytest.approx(late * BW, rel=0.01)


def test_less_the_weight_the_impulse_is_mass_times_the_velocity_of_take_off():
    """m·v at take-off, v = √(2·g·h): 1.715 m/s from 0.15 m."""
    v = found_in(*both_feet(rate_hz=500.0)).value
    last = (1.0 - v["hop_reversal_percent"] / 100.0) * v["hop_contact_s"]
    net = (v["hop_po_rev_BW_s"] - last)[:-1]
    assert net * G == pytest.approx(sqrt(2.0 * G * 0.15), rel=0.02)


@pytest.mark.parametrize(("share", "late_s"), [(0.35, 0.0), (0.5, 0.012), (0.6, 0.02)])
def test_uneven_feet_and_one_that_is_late_turn_where_their_sum_does(share, late_s):
    left, right = both_feet(rate_hz=500.0, right_share=share, late_s=late_s)
    found = found_in(left, right)
    one = hop()
    # the sum of two symmetrical courses, shifted: its velocity by quadrature
    time = np.linspace(0.0, one.stride_s, 40_001)
    force = (1.0 - share) * one.force(time) + share * one.force(time - late_s)
    grown = np.concatenate(([0.0], np.cumsum(0.5 * (force[1:] + force[:-1]) * np.diff(time))))
    v = grown / grown[-1] * one.stride_s - time
    v -= np.trapezoid(v, time) / one.stride_s
    inside = time[1:] < one.length_s
    turn = time[:-1][(v[:-1] < 0) & (v[1:] >= 0) & inside][-1]
    part = 100.0 * (1.0 - np.interp(turn, time, grown) / grown[-1])
    assert found.value["hop_po_rev_share_percent"][:-1] == pytest.approx(part, abs=0.3)


def test_the_last_hop_and_a_wrong_mass_have_no_turn():
    feet = both_feet()
    right = found_in(*feet)
    assert np.isnan(right.value["hop_po_rev_N_s"][-1])
    wrong = found_in(*feet, mass_kg=1.2 * MASS_KG)
    assert np.isnan(wrong.value["hop_po_rev_N_s"]).all()
    assert np.isnan(found_in(*feet, mass_kg=None).value["hop_po_rev_N_s"]).all()


def test_the_scale_is_in_newtons_and_not_in_the_share():
    found = found_in(*both_feet(rate_hz=200.0))
    share = found.u["hop_po_rev_share_percent"][0] / found.value["hop_po_rev_share_percent"][0]
    force = found.u["hop_po_rev_N_s"][0] / found.value["hop_po_rev_N_s"][0]
    assert force == pytest.approx(0.03 / sqrt(2.0), rel=0.1)  # two feet, a scale each
    assert share < 0.2 * force
