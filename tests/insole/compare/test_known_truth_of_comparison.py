"""Where the truth is known: how often intervals hold it, how rarely nothing looks like much.

A band of section 7 is about rates; what may be counted in so many data sets follows from it by the
binomial distribution. Small sizes: the seeds are fixed, so nothing here can fail by chance.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from insole.compare import baseline, blocks, cohort, curves, difference, recordings, trend
from insole.compare.resampling import studentised
from insole.compare.welch import welch
from tests.insole.compare.portable import coloured, curves_of

RARE = 0.001


def at_least(rate: float, of: int) -> int:
    """Fewest that so many data sets show where the true rate is `rate` or more."""
    return int(stats.binom.ppf(RARE, of, rate))


def at_most(rate: float, of: int) -> int:
    """Most that so many data sets show where the true rate is `rate` or less."""
    return int(stats.binom.ppf(1 - RARE, of, rate))


def held(low: float, count: int, high: float, *, of: int) -> bool:
    """Whether a count may come from a rate between `low` and `high`."""
    return at_least(low, of) <= count <= at_most(high, of)


def trial_means(random: np.random.Generator, *, trials: int, steps: int = 40) -> np.ndarray:
    """(trials,) means of steps that resemble their neighbours, trials that differ."""
    noise = coloured(random.standard_normal((trials, steps)), 0.3)
    return 0.55 * random.standard_normal(trials) + 0.84 * noise.mean(axis=1)


def covers(ends, truth: float) -> bool:
    return ends[0] <= truth <= ends[1]


def test_four_trials_a_side_hold_the_truth():
    random, sets = np.random.default_rng(1), 2_000
    count = 0
    for _ in range(sets):
        a, b = trial_means(random, trials=4), 1.0 + trial_means(random, trials=4)
        count += covers(difference(a, b).ci95, 1.0)
    assert 0.935 * sets <= count <= 0.975 * sets


def test_steps_pooled_over_trials_would_not_hold_it():
    random, sets = np.random.default_rng(2), 300
    count = 0
    for _ in range(sets):
        noise = coloured(random.standard_normal((2, 4, 40)), 0.3)
        pooled = (0.55 * random.standard_normal((2, 4, 1)) + 0.84 * noise).reshape(2, -1)
        count += covers(welch(pooled[0], pooled[1]).ci95, 0.0)
    assert count <= at_most(0.5, sets)


def test_the_bootstrap_of_ten_trials_holds_the_truth():
    random, sets, count = np.random.default_rng(3), 150, 0
    for turn in range(sets):
        a, b = random.standard_normal(10), random.standard_normal(10)
        error = np.sqrt(a.var(ddof=1) / 10 + b.var(ddof=1) / 10)
        ends = studentised(a, b, seed=turn).interval95(b.mean() - a.mean(), error)
        count += covers(ends, 0.0)
    assert held(0.92, count, 0.975, of=sets)


def test_one_recording_against_one_holds_the_difference_of_these_two():
    random, sets, count = np.random.default_rng(4), 1_000, 0
    for _ in range(sets):
        a, b = coloured(random.standard_normal((2, 120)), 0.3)
        count += covers(recordings(a, b).ci95, 0.0)
    assert held(0.925, count, 0.965, of=sets)


def random_curves(random, count, effect=0.0, *, sd=1.0):
    return curves_of(sd * random.standard_normal((count, 8, 2)), effect, 60, 8)


def test_null_curves_of_unequal_spread_rarely_stand_out():
    random, sets, count = np.random.default_rng(5), 250, 0
    for _ in range(sets):
        count += bool(curves(random_curves(random, 5), random_curves(random, 5, sd=2.0)).runs)
    assert count <= at_most(0.08, sets)


def test_the_band_of_six_pairs_holds_the_whole_curve():
    random, sets, count = np.random.default_rng(6), 500, 0
    truth = curves_of(np.zeros((1, 8, 2)), 0.3, 60, 8)[0]
    for _ in range(sets):
        answer = curves(random_curves(random, 6, 0.3))
        count += bool(np.all((answer.lower <= truth) & (truth <= answer.upper)))
    assert held(0.925, count, 0.975, of=sets)


@pytest.mark.parametrize(("pairs", "power"), [(False, 0.70), (True, 0.45)])
def test_a_bump_of_two_sds_is_seen(pairs, power):
    random, sets, count = np.random.default_rng(7), 60, 0
    sd = float(random_curves(random, 4_000)[:, 60].std())
    for _ in range(sets):
        if pairs:
            answer = curves(random_curves(random, 6, 2 * sd))
        else:
            answer = curves(random_curves(random, 8), random_curves(random, 8, 2 * sd))
        count += bool(answer.runs)
    assert count >= at_least(power, sets)


def test_blocks_in_random_order_are_not_deceived_by_a_drift():
    random, sets, count = np.random.default_rng(8), 600, 0
    for _ in range(sets):
        values = 0.4 * np.arange(16).reshape(8, 2) / 16 + random.standard_normal((8, 2))
        first = random.integers(0, 2, 8).astype(bool)
        d = np.where(first, -1.0, 1.0) * (values[:, 1] - values[:, 0])
        count += blocks(d).p <= 0.05
    assert count <= at_most(0.05, sets)


def test_the_mean_of_eight_persons_holds_the_truth():
    random, sets, count = np.random.default_rng(9), 1_000, 0
    for _ in range(sets):
        count += covers(cohort(0.5 + random.standard_normal(8)).ci95, 0.5)
    assert held(0.925, count, 0.975, of=sets)


@pytest.mark.parametrize("sessions", [3, 5, 10])
@pytest.mark.parametrize("wrong", [0.7, 1.3])
def test_a_usual_session_is_rarely_outside_the_band(sessions, wrong):
    random, sets, count = np.random.default_rng(sessions), 800, 0
    for _ in range(sets):
        days = 10.0 + random.standard_normal(sessions + 1)
        count += bool(baseline(days[:-1], new=days[-1], prior_sd=wrong).outside)
    assert count <= at_most(0.10, sets)


@pytest.mark.parametrize("days", [8, 12, 20, 30])
def test_days_that_resemble_each_other_rarely_make_a_trend(days):
    random, sets, count = np.random.default_rng(days), 250, 0
    for _ in range(sets):
        values = coloured(random.standard_normal(days), 0.3)
        count += bool(trend(np.arange(days), values, seed=1).trend)
    assert count <= at_most(0.08, sets)


def test_thirty_days_of_one_level_rarely_show_two():
    random, sets, count = np.random.default_rng(10), 120, 0
    for _ in range(sets):
        count += trend(np.arange(30), random.standard_normal(30)).change is not None
    assert count <= at_most(0.05, sets)


def test_a_step_of_two_sds_is_found_where_it_is():
    random, sets, near = np.random.default_rng(11), 60, 0
    for _ in range(sets):
        values = random.standard_normal(36) + np.where(np.arange(36) < 16, 0.0, 2.0)
        found = trend(np.arange(36), values).change
        near += found is not None and abs(found.week - 15.5) <= 3
    assert near >= at_least(0.8, sets)
