"""Intervals hold the truth as often as they say, in simulated trials with every error on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from insole.metrics import registry
from insole.proving import ACTIVITIES, Activity, check

TRIALS = 40
ALARM = 1e-6  # chance of a false alarm of one comparison


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_intervals_hold_the_truth(activity: Activity):
    # the smallest number of hits that intervals of 88 % (walk's share of the big toe) still explain
    for row in check(activity, rate_hz=100.0, trials=TRIALS, seed=3):
        assert registry.get(row.name).table == "steps"
        for count, share in ((row.steps, row.step_share), (row.means, row.mean_share)):
            if count:
                assert round(share * count) >= binom.ppf(ALARM, count, 0.88), row
                assert np.isfinite(row.step_width)


def test_intervals_of_impulse_and_peak_are_not_wider_than_they_must_be():
    found = {row.name: row for row in check("run", rate_hz=100.0, trials=TRIALS, seed=5)}
    impulse = 70 * 9.80665 * 0.35
    # scale of 3 % and little else: the width of a 95 % interval is 2·1.96·3 %
    assert found["impulse_N_s"].step_width == pytest.approx(2 * 1.96 * 0.03 * impulse, rel=0.05)
    assert found["tripod_heel"].step_width < 0.01
