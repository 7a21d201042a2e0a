"""Typical ranges of science.md 9.1: outside is said, inside is not, and without a speed nothing."""

from __future__ import annotations

import pytest

from insole.commands.summary import lines
from insole.metrics.sanity import RUNNING, SPEEDS_M_S, ranges_of, section
from insole.parameters import Parameters
from tests.insole.whole_trials import analysed, truth_of


@pytest.mark.parametrize("index", range(len(SPEEDS_M_S)))
def test_at_the_speeds_of_the_table_the_ranges_are_its_columns(index):
    found = ranges_of("run", speed_m_s=SPEEDS_M_S[index], mass_kg=70.0)
    for name, (low, high) in RUNNING.items():
        assert found[name] == (low[index], high[index])


def test_a_usual_run_is_plausible_and_the_same_steps_at_another_speed_are_not():
    usual = analysed(truth_of("run"), seconds=12.0, parameters={"springs.speed_m_s": 3.3})
    found = usual.to_dict()["sanity"]
    assert found["why"] == ""
    # A half-sine has half of its impulse in the second half of contact: more than runners have.
    assert {one["metric"] for one in found["outside"]} <= {"po50_BW_s"}
    fast = analysed(truth_of("run"), seconds=12.0, parameters={"springs.speed_m_s": 5.0})
    outside = {one["metric"] for one in fast.to_dict()["sanity"]["outside"]}
    assert "contact_s" in outside
    assert any("contact time" in line and "implausible" in line for line in lines(fast))


def test_without_a_speed_a_run_has_no_ranges_and_says_so():
    found = analysed(truth_of("run"), seconds=8.0).to_dict()["sanity"]
    assert found == {"outside": [], "why": "speed not known: set springs.speed_m_s"}


def test_hops_need_no_speed():
    assert ranges_of("hop", speed_m_s=0.0, mass_kg=35.0)["hop_k_vert_kN_m"] == pytest.approx(
        (7.5, 20.0)
    )
    assert analysed(truth_of("hop"), seconds=10.0).to_dict()["sanity"]["why"] == ""


def test_the_reporting_level_stands_beside_the_side():
    sides = analysed(truth_of("run"), seconds=6.0).to_dict()["sides"]
    assert sides["left"]["reporting_level_N"] == pytest.approx(0.05 * 70.0 * 9.80665)
    fixed = analysed(truth_of("run"), seconds=6.0, parameters={"events.rep_N": 50.0}).to_dict()
    assert fixed["sides"]["left"]["reporting_level_N"] == 50.0
    nobody = analysed(truth_of("run"), seconds=6.0, mass_kg=None).to_dict()
    assert nobody["sides"]["left"]["reporting_level_N"] is None


@pytest.mark.parametrize(("share", "outside"), [(0.176 / 0.342, 0), (0.60, 1), (0.40, 1)])
def test_push_off_in_parts_of_the_impulse_has_one_range_at_every_speed(share, outside):
    """science.md 4.2: 0.176 of 0.342 BW·s in thirteen steps on a force plate; 9.1: 0.46 to 0.54."""
    means = {"left": {"po_eff_share_percent": {"mean": 100.0 * share}}, "right": None}
    for speed in (0.0, 3.3, 9.0):
        set_to = Parameters({"springs.speed_m_s": speed})
        found = section("run", means, [], mass_kg=70.0, parameters=set_to)
        assert len(found["outside"]) == outside


def test_peaks_and_valley_of_a_walk_are_judged_in_body_weights():
    """science.md 9.2, G3: P1 1.238, valley 0.796, P2 1.271 BW of one real step."""
    found = ranges_of("walk", speed_m_s=1.3, mass_kg=70.0)
    for name, value, typical in (
        ("p1_BW", 1.238, True), ("valley_BW", 0.796, True), ("p2_BW", 1.5, False)
    ):  # fmt: skip
        assert (found[name][0] <= value <= found[name][1]) is typical
