"""Worked examples W1 to W10 of the comparison's statistics: other people's programs gave them."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from insole.compare import (
    adjust,
    baseline,
    batches,
    blocks,
    combine,
    curves,
    difference,
    recordings,
    trend,
)
from tests.insole.compare.portable import curve, normal, series

CLOSE = 1e-5
THRESHOLD = 1e-4
A_MS = [231.2, 228.9, 233.5, 230.1, 229.4]
B_MS = [226.0, 224.8, 228.7, 225.1, 223.9]
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def test_the_generator_is_the_portable_one():
    assert normal(1, 3) == pytest.approx([-0.5327529, -0.1864374, 1.2786946], abs=1e-6)


def test_w1_five_trials_a_side_are_a_small_consistent_difference():
    answer = difference(A_MS, B_MS, margin=9.2)
    assert answer.diff == pytest.approx(-4.92, rel=CLOSE)
    assert answer.se == pytest.approx(1.1586199, rel=CLOSE)
    assert answer.df == pytest.approx(7.9997436, rel=CLOSE)
    assert answer.ci95 == pytest.approx((-7.5917971, -2.2482029), rel=CLOSE)
    assert answer.ci95_sampling == answer.ci95
    assert answer.ci90 == pytest.approx((-7.0745183, -2.7654817), rel=CLOSE)
    assert answer.p == pytest.approx(0.0028129668, rel=CLOSE)
    assert answer.g_trial == pytest.approx(-2.4243715, rel=CLOSE)
    assert answer.verdict == "small_consistent"


def test_w1_two_of_all_labellings_are_as_far_apart():
    both = np.array(A_MS + B_MS)
    apart = [abs(both[list(one)].sum() * 2 - both.sum()) for one in combinations(range(10), 5)]
    observed = abs(2 * sum(A_MS) - both.sum())
    assert sum(one >= observed * (1 - 1e-9) for one in apart) == 2


def test_w2_eight_blocks_have_an_exact_p_value_and_a_paired_interval():
    answer = blocks([3.1, 1.4, 2.6, -0.4, 4.0, 2.2, 0.9, 1.8])
    assert answer.diff == pytest.approx(1.95, rel=CLOSE)
    assert answer.ci95 == pytest.approx((0.81244965, 3.0875503), rel=CLOSE)
    assert answer.p == pytest.approx(0.015625, rel=CLOSE)


def test_w3_one_recording_against_one_goes_by_ten_batches():
    answer = recordings(series(11, 120, 230, 4, 0.3), series(12, 120, 227, 4, 0.3))
    assert answer.n == (10, 10)
    assert answer.diff == pytest.approx(-3.3261259, rel=CLOSE)
    assert answer.df == pytest.approx(17.347176, rel=CLOSE)
    assert answer.ci95 == pytest.approx((-4.9125744, -1.7396775), rel=CLOSE)
    assert answer.description_only
    assert answer.p is None
    assert answer.g_trial is None
    assert answer.verdict == "recordings_only"


def test_w4_five_curves_a_side_differ_where_the_bump_is():
    answer = curves(curve(101, 5, 0, 60, 8), curve(102, 5, 0.45, 60, 8))
    assert answer.t[60] == pytest.approx(5.87442, rel=CLOSE)
    assert answer.t_max == answer.t[60]
    assert answer.c == pytest.approx(4.0204777, rel=THRESHOLD)
    assert answer.patterns == 1024
    assert answer.p == pytest.approx(3 / 1025)  # given as 0.0029268
    assert answer.runs == ((54, 72),)
    assert answer.lower[60] == pytest.approx(0.14629381, rel=CLOSE)
    assert answer.upper[60] == pytest.approx(0.78080223, rel=CLOSE)


def test_w5_seven_pairs_of_curves():
    answer = curves(curve(104, 7, 0.35, 60, 8) - curve(103, 7, 0, 60, 8))
    assert answer.t_max == pytest.approx(8.9904473, rel=CLOSE)
    assert int(np.argmax(np.abs(answer.t))) == 57
    assert answer.c == pytest.approx(5.0310151, rel=THRESHOLD)
    assert answer.patterns == 128
    assert answer.p == pytest.approx(0.0077519, rel=CLOSE)
    assert answer.runs == ((51, 67),)


def test_w5_in_an_order_drawn_by_lot_has_an_exact_p_value():
    d = curve(104, 7, 0.35, 60, 8) - curve(103, 7, 0, 60, 8)
    answer = curves(d, randomised=True)
    assert answer.p == pytest.approx(0.015625, rel=CLOSE)
    assert answer.c == curves(d).c


def test_w6_adjusted_p_values():
    p = [0.004, 0.03, 0.012, 0.2, 0.04]
    assert adjust(p, "holm") == pytest.approx([0.02, 0.09, 0.048, 0.2, 0.09], rel=CLOSE)
    assert adjust(p, "bh") == pytest.approx([0.02, 0.05, 0.03, 0.2, 0.05], rel=CLOSE)


def test_w7_a_slope_over_ten_days_with_its_corrected_interval():
    weeks = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10]
    shares = [0.142, 0.143, 0.142, 0.141, 0.144, 0.146, 0.147, 0.146, 0.149, 0.150]
    answer = trend(weeks, shares)
    assert answer.slope == pytest.approx(0.0008, rel=CLOSE)
    assert answer.sen95 == pytest.approx((0.0005, 0.001), rel=CLOSE)
    assert answer.lag_one == pytest.approx(0.23184358, rel=CLOSE)
    assert answer.correlation == pytest.approx(0.42458101, rel=CLOSE)
    assert answer.ci95 == pytest.approx((0.00032796661, 0.0011146889), rel=CLOSE)


def test_w8_a_session_that_two_sds_would_mark_lies_inside_the_band():
    earlier = [0.142, 0.146, 0.141]
    answer = baseline(earlier, new=0.153, prior_cv=0.03)
    assert answer.band == pytest.approx((0.13249883, 0.15350117), rel=CLOSE)
    assert answer.outside is False
    assert np.mean(earlier) + 2 * np.std(earlier, ddof=1) < 0.153


def test_w9_a_gain_cancels_in_one_calibration_and_not_between_two():
    same = combine(60, 5.5136195, 7.6398958, a_mean=1700, b_mean=1760, u_gain=0.03)
    assert same.ci95 == pytest.approx((46.955031, 73.044969), rel=CLOSE)
    other = combine(
        60, 5.5136195, 7.6398958, a_mean=1700, b_mean=1760, u_gain=0.03, same_calibration=False
    )
    assert other.ci95 == pytest.approx((-84.284, 204.284), rel=CLOSE)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared recordings are not beside this folder")
def test_w10_symmetry_of_contact_time_in_a_real_run():
    whole = json.loads((SHARED / "reference.json").read_text())
    stances = whole["virtual-insole/rbds001_25_tripod_300hz.csv"]["stances"]
    pairs = np.array(
        [
            (one["contact_s"], two["contact_s"])
            for one, two in pairwise(stances)
            if (one["side"], two["side"]) == ("L", "R")
        ]
    )
    assert len(pairs) == 38
    index = 100 * (pairs[:, 1] - pairs[:, 0]) / pairs.mean(axis=1)
    assert index.mean() == pytest.approx(0.9635, abs=5e-5)
    answer = blocks(batches(index))
    assert answer.diff == pytest.approx(1.0612, abs=5e-5)
    assert answer.ci95 == pytest.approx((0.6177, 1.5047), abs=5e-5)
