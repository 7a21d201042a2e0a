"""Intervals hold the truth as often as they say, in simulated trials with every error on.

The seed is one that no constant was chosen with, and not the one of docs/uncertainty.md.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from insole.known_forms import ACTIVITIES
from insole.metrics import registry
from insole.proving import errors

TRIALS = 60
SEED = 20_261
ALARM = 1e-6  # chance of a false alarm of one comparison
WORST = 0.85  # share that intervals of 95 % may hold before it is a defect


@pytest.fixture(scope="module")
def pooled():
    """Metric id to (n, 2) of error and uncertainty: steps and means of all activities."""
    found: dict[str, list[np.ndarray]] = {}
    for activity in ACTIVITIES:
        for kind, table in zip(
            ("step", "mean"),
            errors(activity, rate_hz=100.0, trials=TRIALS, seed=SEED),
            strict=True,
        ):
            for name, rows in table.items():
                found.setdefault(f"{name} of a {kind}", []).append(rows)
    return {name: np.concatenate(rows) for name, rows in found.items()}


def test_every_number_that_is_judged_is_one_of_the_program(pooled):
    for name in pooled:
        assert registry.get(name.split()[0]).table == "steps"


def test_intervals_are_not_too_narrow(pooled):
    missed = {
        name: f"{held} of {len(rows)}"
        for name, rows in pooled.items()
        if (held := np.count_nonzero(np.abs(rows[:, 0]) <= 1.959964 * rows[:, 1]))
        < binom.ppf(ALARM, len(rows), WORST)
    }
    assert not missed
