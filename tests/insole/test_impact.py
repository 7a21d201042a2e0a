"""The impact peak is the first early maximum that is followed by a drop of 0.02 BW."""

from __future__ import annotations

import numpy as np
import pytest

from tests.insole.closed_forms import two_mass
from tests.insole.gait_loads import BW, load, run_of, steps_of

RATE_HZ = 500.0


def with_dent(depth_bw: float):
    """G2 with one row of the rise, 10 ms after each begin, that lies under the row before it."""
    signal = two_mass()
    whole = run_of(signal, rate_hz=RATE_HZ, strides=6)
    total = whole.total_n.copy()
    for begin in 0.3 + np.arange(6) * signal.stride_s:
        row = int(np.searchsorted(whole.time_s, begin + 0.010))
        total[row + 1] = total[row] - depth_bw * BW
    return whole, load(whole.time_s, total)


def test_a_dent_in_the_rise_that_is_no_drop_hides_no_impact():
    clean, dented = with_dent(0.01)
    one = steps_of(clean, rate_hz=RATE_HZ).value["impact_peak_BW"]
    two = steps_of(dented, rate_hz=RATE_HZ).value["impact_peak_BW"]
    assert two == pytest.approx(one)
    assert two == pytest.approx(1.4060, rel=0.01)  # science.md 9.2


def test_a_dent_that_is_a_drop_is_the_impact_peak():
    _, dented = with_dent(0.05)
    found = steps_of(dented, rate_hz=RATE_HZ).value["impact_peak_BW"]
    assert (found < 1.0).all()


@pytest.mark.parametrize("phase", np.arange(20) / 20.0)
def test_at_200_hz_the_mean_loading_rate_is_within_5_percent_at_every_phase(phase):
    """science.md 9.2 and 9.3: 76.12 BW/s, not more than 5 % low."""
    whole = run_of(two_mass(), rate_hz=200.0, phase=phase)
    found = steps_of(whole, rate_hz=200.0).value["valr_BW_per_s"]
    assert found == pytest.approx(76.12, rel=0.05)
