"""Momentum self-check on closed forms, where both feet carry body weight by Newton."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.pair import attach_pair
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.momentum import self_check
from insole.signal.steps import empty_steps
from tests.insole.closed_forms import half_sine, two_mass
from tests.insole.gait_loads import MASS_KG, load, real_run, run_of, steps_of

P = Parameters()


def feet(signal, *, gain: float = 1.0, strides: int = 20, noise: float = 0.0):
    rng = np.random.default_rng(1)
    tables = []
    for side, lead in ((Side.LEFT, 0.3), (Side.RIGHT, 0.3 + signal.stride_s / 2)):
        clean = run_of(signal, rate_hz=200, strides=strides, lead_s=lead)
        force = clean.total_n * gain + rng.normal(0.0, 1.0, len(clean.time_s)) * noise
        tables.append(steps_of(load(clean.time_s, force), rate_hz=200, side=side))
    return attach_pair(*tables, parameters=P)


@pytest.mark.parametrize("signal", [half_sine(), two_mass()], ids=["G1", "G2"])
def test_a_right_scale_is_confirmed(signal):
    check = self_check(*feet(signal), mass_kg=MASS_KG, parameters=P)
    assert check.verdict == "ok"
    # what lies below the reporting level is not counted: 1 - cos(asin(0.05 / F_m)) at G1
    assert check.k_dyn == pytest.approx(1.0, abs=0.006)
    assert check.ci95[0] <= check.k_dyn <= check.ci95[1]


@pytest.mark.parametrize("gain", [0.8, 1.25])
def test_a_wrong_scale_is_found_and_its_factor_named(gain):
    check = self_check(*feet(half_sine(), gain=gain), mass_kg=MASS_KG, parameters=P)
    assert check.verdict == "force scale uncertain"
    assert check.k_dyn == pytest.approx(1.0 / gain, rel=0.01)


def test_every_step_obeys_the_momentum_identity():
    # J = BW (t_c + half of the flights before and after): science.md 4.2
    left, right = feet(half_sine())
    v, other = left.value, right.value
    cycle = v["contact_s"][1:-1] + 0.5 * (other["flight_s"][:-2] + v["flight_s"][1:-1])
    assert v["impulse_BW_s"][1:-1] == pytest.approx(cycle, rel=0.005)


def test_the_interval_widens_with_steps_that_vary():
    quiet = self_check(*feet(half_sine()), mass_kg=MASS_KG, parameters=P)
    shaken = self_check(*feet(half_sine(), noise=8.0), mass_kg=MASS_KG, parameters=P)
    assert np.ptp(shaken.ci95) > np.ptp(quiet.ci95)


def test_real_treadmill_force_reads_a_few_percent_under_the_stated_mass():
    runs, reference = real_run("rbds001_25_tripod_300hz.csv")
    tables = [
        steps_of(runs[side], rate_hz=300, side=side, mass_kg=62.0)
        for side in (Side.LEFT, Side.RIGHT)
    ]
    check = self_check(*attach_pair(*tables, parameters=P), mass_kg=62.0, parameters=P)
    # mean impulse x steps a second over body weight, from the reference figures alone
    carried = reference["summary"]["impulse_Ns"]["mean"] * reference["step_rate_per_min"] / 60.0
    assert check.k_dyn == pytest.approx(62.0 * 9.80665 / carried, rel=0.005)
    assert check.verdict == "ok"


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: (*feet(half_sine()), None), "mass"),
        (lambda: (*feet(half_sine(), strides=6), MASS_KG), "are needed"),
        (lambda: (feet(half_sine())[0], empty_steps(Side.RIGHT), MASS_KG), "no steps of the right"),
    ],
    ids=["no mass", "few strides", "one foot"],
)
def test_what_cannot_be_checked_says_why(make, word):
    left, right, mass = make()
    check = self_check(left, right, mass_kg=mass, parameters=P)
    assert check.verdict == "n/a"
    assert word in check.why
    assert np.isnan(check.k_dyn)


def test_unsteady_gait_is_not_judged():
    left, right = feet(half_sine())
    stride = left.value["stride_s"]
    stride *= np.where(np.arange(len(stride)) % 2, 1.2, 0.8)
    check = self_check(left, right, mass_kg=MASS_KG, parameters=P)
    assert check.verdict == "n/a"
    assert "steady" in check.why
