"""Springs of running against the example and the closed form of G1 (science.md, 9.2)."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

from insole.metrics.running_springs import section
from insole.metrics.springs import sine_springs
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.steps import empty_steps
from tests.insole.closed_forms import G
from tests.insole.whole_trials import MASS_KG, analysed, truth_of

KNOWN = {"springs.speed_m_s": 3.33, "springs.height_m": 1.75}


def test_the_example_of_the_page_is_met():
    found = sine_springs(
        np.array([0.230]), np.array([0.110]), mass_kg=70.0, g=G, speed_m_s=3.33, leg_m=0.53 * 1.75
    )
    value = {name: float(column[0]) for name, column in found.items()}
    assert value["spring_peak_N"] / (70.0 * G) == pytest.approx(2.32, abs=0.005)
    assert value["spring_dz_m"] == pytest.approx(0.057, abs=0.0005)
    assert value["spring_k_vert_kN_m"] == pytest.approx(27.9, abs=0.05)
    assert value["spring_k_leg_kN_m"] == pytest.approx(11.4, abs=0.05)


def test_the_lowering_is_the_double_integral_of_the_half_sine():
    t_c, t_f = 0.23, 0.11
    peak = 70.0 * G * pi / 2 * (t_f / t_c + 1)
    t = np.linspace(0.0, t_c, 200_001)
    acceleration = peak * np.sin(pi * t / t_c) / 70.0 - G
    dt = t[1] - t[0]
    speed = np.append(0.0, np.cumsum(0.5 * (acceleration[1:] + acceleration[:-1]))) * dt
    speed -= G * t_f / 2  # as it comes down
    height = np.append(0.0, np.cumsum(0.5 * (speed[1:] + speed[:-1]))) * dt
    found = sine_springs(np.array([t_c]), np.array([t_f]), mass_kg=70.0, g=G)
    assert found["spring_dz_m"][0] == pytest.approx(-height.min(), rel=1e-6)
    assert found["spring_peak_N"][0] == pytest.approx(peak)


def test_without_speed_and_height_the_leg_is_not_known_and_a_step_longer_than_it_is_none():
    alone = sine_springs(np.array([0.23]), np.array([0.11]), mass_kg=70.0, g=G)
    assert np.isnan(alone["spring_k_leg_kN_m"]).all()
    assert np.isfinite(alone["spring_k_vert_kN_m"]).all()
    far = sine_springs(
        np.array([0.23]), np.array([0.11]), mass_kg=70.0, g=G, speed_m_s=20.0, leg_m=0.9
    )
    assert np.isnan(far["spring_dl_m"]).all()


@pytest.mark.parametrize("rate_hz", [100.0, 200.0])
def test_a_runner_of_the_virtual_pair_has_the_springs_of_its_times(rate_hz):
    result = analysed(truth_of("run"), rate_hz=rate_hz, seconds=20.0, parameters=KNOWN)
    said = result.to_dict()["springs"]
    assert said["not_available"] == {}
    contact, flight = 0.2425, 0.110  # of the formula at its speed
    # the reporting level of 5 % of body weight takes a little from both ends of the half sine
    peak_bw = pi / 2 * (flight / contact + 1)
    lost = 2 * contact / pi * np.arcsin(0.05 / peak_bw)
    t_c, t_f = contact - lost, flight + lost
    peak = MASS_KG * G * pi / 2 * (t_f / t_c + 1)
    dz = peak * t_c**2 / (MASS_KG * pi**2) - G * t_c**2 / 8
    leg = 0.53 * 1.75
    dl = leg - sqrt(leg**2 - (3.33 * t_c / 2) ** 2) + dz
    for side in ("left", "right"):
        found = said[side]
        assert found["spring_peak_N"]["mean"] == pytest.approx(peak, rel=0.02)
        assert found["spring_dz_m"]["mean"] == pytest.approx(dz, rel=0.02)
        assert found["spring_k_vert_kN_m"]["mean"] == pytest.approx(1e-3 * peak / dz, rel=0.04)
        assert found["spring_k_leg_kN_m"]["mean"] == pytest.approx(1e-3 * peak / dl, rel=0.04)
        assert found["spring_k_leg_kN_m"]["n"] > 20
        assert found["spring_k_leg_kN_m"]["u"] > found["spring_k_leg_kN_m"]["u_shared"] > 0.0


def test_what_is_missing_has_its_reason():
    run = truth_of("run")
    plain = analysed(run, seconds=8.0).to_dict()["springs"]
    assert plain["left"]["spring_k_leg_kN_m"]["mean"] is None
    assert plain["left"]["spring_k_vert_kN_m"]["mean"] is not None
    assert set(plain["not_available"]) == {"spring_dl_m", "spring_k_leg_kN_m"}
    assert "springs.height_m" in plain["not_available"]["spring_k_leg_kN_m"]
    assert analysed(run, seconds=8.0, sides=(Side.LEFT,)).to_dict()["springs"]["why"] == (
        "it needs both feet"
    )
    assert analysed(run, seconds=8.0, mass_kg=None).to_dict()["springs"]["why"] == (
        "body mass is not known"
    )
    for activity in ("walk", "hop", "stand"):
        said = analysed(truth_of(activity), seconds=8.0).to_dict()["springs"]
        assert said["left"] is None, activity
        assert said["why"] == "no running steps with contact and flight time"


def test_empty_tables_have_no_springs():
    said = section(
        empty_steps(Side.LEFT), empty_steps(Side.RIGHT), mass_kg=70.0, feet=2,
        parameters=Parameters(),
    )  # fmt: skip
    assert said["why"] == "no running steps with contact and flight time"
