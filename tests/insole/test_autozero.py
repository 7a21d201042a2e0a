"""A zero that follows gait, and only gait (science.md, section 2.3)."""

import numpy as np
import pytest

from insole import layouts
from insole.parameters import Parameters
from insole.signal.calibrate import LoadStage
from insole.signal.conditioning import Conditioning
from tests.insole.foot_pressures import MASS_KG, RATE_HZ, frames, pieces, running, told

LAYOUT = layouts.load("generic16")
FOLLOW = Parameters({"autozero.on": 1.0})
STRIDE_S = 0.7


def followed(values, parameters=FOLLOW):
    """Load of raw counts, and the zero at its end in kPa."""
    load = LoadStage(told(LAYOUT), mass_kg=MASS_KG, parameters=parameters)
    made = Conditioning(load, rate_hz=RATE_HZ, mass_kg=MASS_KG, parameters=parameters)
    return made.push(frames(values))[1], 0.1 * made.zero


def test_a_small_offset_is_taken_up_by_a_fifth_of_what_is_left_each_swing():
    offset = 1.0  # kPa: 16 N of the whole foot, below the threshold of a contact
    _, zero = followed(running(LAYOUT, seconds=3.5, noise=0.0) + np.uint16(10))
    swings = 3  # of five contacts in 3.5 s the first bounds a swing, the last is not over
    assert zero == pytest.approx(np.full(16, offset * (1.0 - 0.8**swings)), abs=1e-9)


def test_a_long_slow_drift_is_followed():
    """0 to 113 N over ten minutes: swings stay near zero, as G9 asks of a correction."""
    seconds = 600.0
    values = running(LAYOUT, seconds=seconds, noise=0.0).astype(np.float64)
    time = np.arange(len(values)) / RATE_HZ
    drift_kpa = 113.0 / (0.1 * LAYOUT.area_cm2.sum()) * time / seconds
    load, zero = followed(values + 10.0 * drift_kpa[:, None])
    swing = np.mod(time - 0.3, STRIDE_S) > 0.45
    # a ramp is followed with a lag of (1 - share) / share swings and one to be sure of each
    lag_n = 113.0 / seconds * STRIDE_S * 6.0
    assert abs(load.total_n[swing & (time > 60)].mean()) < lag_n < 1.0
    assert zero == pytest.approx(np.full(16, drift_kpa[-1]), abs=0.1)


def test_a_drift_that_outruns_the_zero_is_followed_behind():
    """8 N a second: the lag is above the load at which a contact ends on a zero that is right."""
    seconds = 60.0
    values = running(LAYOUT, seconds=seconds, noise=0.0).astype(np.float64)
    time = np.arange(len(values)) / RATE_HZ
    drift_kpa = 8.0 / (0.1 * LAYOUT.area_cm2.sum()) * time
    load, zero = followed(values + 10.0 * drift_kpa[:, None])
    lag_kpa = drift_kpa[-1] / seconds * STRIDE_S * 6.0
    assert 27.0 < lag_kpa * 0.1 * LAYOUT.area_cm2.sum() < 40.0
    assert zero == pytest.approx(np.full(16, drift_kpa[-1]), abs=1.2 * lag_kpa)
    swing = np.mod(time - 0.3, STRIDE_S) > 0.45
    assert load.total_n[swing & (time > 30)].max() < 45.0


@pytest.mark.parametrize("parameters", [FOLLOW, Parameters()])
def test_a_sensor_whose_drift_is_followed_is_not_left_out_for_it(parameters):
    """High is what the zero cannot follow (science.md, 2.6)."""
    values = running(LAYOUT, seconds=90.0, noise=0.3).astype(np.float64)
    values[:, 5] += np.minimum(0.4 * 10.0 * np.arange(len(values)) / RATE_HZ, 300.0)  # to 30 kPa
    load = LoadStage(told(LAYOUT), mass_kg=MASS_KG, parameters=parameters)
    made = Conditioning(load, rate_hz=RATE_HZ, mass_kg=MASS_KG, parameters=parameters)
    made.push(frames(values))
    found = {(one.sensor, one.state) for one in made.findings}
    assert found == (set() if parameters is FOLLOW else {(5, "drift"), (5, "high")})


@pytest.mark.parametrize("every", [7, 100, 1001])
def test_cuts_change_no_bit_while_the_zero_lags(every):
    values = running(LAYOUT, seconds=20.0, noise=0.3).astype(np.float64)
    drift = 0.05 * np.arange(len(values))
    counts = np.rint(values + drift[:, None])
    load = LoadStage(told(LAYOUT), mass_kg=MASS_KG, parameters=FOLLOW)
    made = Conditioning(load, rate_hz=RATE_HZ, mass_kg=MASS_KG, parameters=FOLLOW)
    parts = [made.push(piece)[1] for piece in pieces(frames(counts), range(every, 2000, every))]
    whole, zero = followed(counts)
    assert np.concatenate([part.total_n for part in parts]).tobytes() == whole.total_n.tobytes()
    assert (0.1 * made.zero).tobytes() == zero.tobytes()


def test_one_swing_moves_the_zero_by_one_kilopascal_a_second_at_most():
    values = running(LAYOUT, seconds=7.0, noise=0.0)
    values[:, 3] += 60  # 6 kPa in a single sensor
    _, zero = followed(values)
    moves = 8
    assert zero[3] <= 1.0 + (moves - 1) * STRIDE_S
    assert zero[3] > 2.0


def test_standing_and_shifting_weight_never_move_the_zero():
    time = np.arange(6000) / RATE_HZ
    sway = 40.0 + 30.0 * np.sin(2 * np.pi * time / 9.0)  # kPa: unloaded and loaded for seconds
    values = np.rint(10.0 * np.outer(np.maximum(sway, 0.5), np.ones(16))).astype(np.uint16)
    values[3000:3400] = 5  # a foot lifted for four seconds
    _, zero = followed(values)
    assert (zero == 0.0).all()


def test_it_is_off_unless_asked_for():
    _, zero = followed(running(LAYOUT, seconds=7.0) + np.uint16(10), Parameters())
    assert (zero == 0.0).all()
