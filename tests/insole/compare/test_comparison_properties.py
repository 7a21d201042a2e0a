"""What must hold whatever the numbers are: exchange, order, constants, gains, hostile input."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from insole.compare import (
    Difference,
    Measurement,
    adjust,
    batches,
    blocks,
    cohort,
    combine,
    curves,
    difference,
    joint_curves,
    judged,
    paired,
    recordings,
    trend,
)
from insole.compare.answers import verdict_of
from insole.compare.batching import beside_repeats, lag_one
from insole.compare.block_tests import carry_over, sign_flip_p
from insole.compare.differences import step_spread, trimmed_mean
from insole.errors import RequestError
from tests.insole.compare.portable import curve, series

usual = st.floats(-1e6, 1e6, allow_subnormal=False)


def rows(least: int, most: int = 12):
    return st.lists(usual, min_size=least, max_size=most)


def negated(ends):
    return None if ends is None else (-ends[1], -ends[0])


def assert_opposite(one: Difference, other: Difference) -> None:
    for name in ("ci95", "ci90", "ci95_sampling"):
        assert getattr(other, name) == negated(getattr(one, name))
    for name in ("diff", "g_trial", "d_step"):
        value = getattr(one, name)
        assert getattr(other, name) == (None if value is None else -value)
    assert (other.A, other.B) == (one.B, one.A)
    for name in ("p", "df", "se", "u_c", "u_measurement", "verdict", "codes", "seed", "n_needed"):
        assert getattr(other, name) == getattr(one, name)


@given(rows(0), rows(0), st.sampled_from([None, 0.5]))
def test_exchanging_two_conditions_negates_exactly(a, b, margin):
    assert_opposite(difference(a, b, margin=margin), difference(b, a, margin=margin))


@given(st.lists(st.tuples(usual, usual), max_size=12))
def test_exchanging_pairs_negates_exactly(pairs):
    a, b = [one for one, _ in pairs], [two for _, two in pairs]
    assert_opposite(paired(a, b, step_sd=2.0), paired(b, a, step_sd=2.0))


@given(rows(30, 130), rows(30, 130))
@settings(max_examples=30)
def test_exchanging_two_recordings_negates_exactly(a, b):
    assert_opposite(recordings(a, b), recordings(b, a))


@given(rows(2, 12))
def test_exchanging_blocks_negates_exactly(d):
    one, other = blocks(d), blocks([-value for value in d])
    assert_opposite(one, other)


@pytest.mark.parametrize("few", [4, 9])
def test_exchanging_curves_negates_exactly(few):
    a, b = curve(21, few, 0, 60, 8), curve(22, few + 1, 0.4, 60, 8)
    one, other = curves(a, b), curves(b, a)
    assert other.diff.tobytes() == (-one.diff).tobytes()
    assert other.lower.tobytes() == (-one.upper).tobytes()
    assert (one.n, one.p, one.c, one.runs, one.seed) == (
        other.n[::-1],
        other.p,
        other.c,
        other.runs,
        other.seed,
    )
    d = a - b[:few]
    assert curves(-d).upper.tobytes() == (-curves(d).lower).tobytes()


@given(rows(8, 12), rows(8, 12), st.randoms())
@settings(max_examples=30)
def test_the_order_of_files_changes_no_bit(a, b, chance):
    named_a = [(f"a{i}", value) for i, value in enumerate(a)]
    named_b = [(f"b{i}", value) for i, value in enumerate(b)]

    def answer(one, two):
        return difference(
            [value for _, value in one],
            [value for _, value in two],
            hashes=([name for name, _ in one], [name for name, _ in two]),
            metric="contact_s",
        )

    whole = answer(named_a, named_b)
    chance.shuffle(named_a)
    chance.shuffle(named_b)
    assert answer(named_a, named_b) == whole


def test_the_order_of_curves_changes_no_bit():
    a, b = curve(23, 9, 0, 60, 8), curve(24, 9, 0.3, 60, 8)
    mixed = np.random.default_rng(1).permutation(9)
    names = [f"{i}" for i in range(9)]
    told = [names[i] for i in mixed]
    one = curves(a, b, hashes=(names, [f"b{i}" for i in names]), metric="force")
    other = curves(a[mixed], b[mixed], hashes=(told, [f"b{i}" for i in told]), metric="force")
    assert other.lower.tobytes() == one.lower.tobytes()
    assert (other.p, other.c, other.seed) == (one.p, one.c, one.seed)


def test_repeating_gives_the_same_bits_and_another_seed_of_the_user_other_draws():
    a, b = curve(25, 9, 0, 60, 8), curve(26, 9, 0.3, 60, 8)
    assert curves(a, b).c == curves(a, b).c
    assert curves(a, b, seed=1).c != curves(a, b).c
    assert difference(range(9), range(2, 11), seed=1).seed != difference(range(9), range(9)).seed


def test_a_constant_on_both_sides_leaves_the_difference():
    a, b = series(31, 6, 200, 5, 0), series(32, 7, 190, 5, 0)
    one, other = difference(a, b, margin=3), difference(a + 1e3, b + 1e3, margin=3)
    for name in ("diff", "se", "df", "p", "g_trial", "ci95"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9)
    assert other.verdict == one.verdict


@pytest.mark.parametrize("gain", [0.5, 1.03, 1000.0])
def test_a_gain_on_both_sides_leaves_percent_effect_size_and_p(gain):
    a, b = series(33, 9, 200, 5, 0), series(34, 9, 190, 5, 0)
    one = difference(a, b, margin=3, measured=Measurement((0.03, 0.03)))
    other = difference(gain * a, gain * b, margin=3 * gain, measured=Measurement((0.03, 0.03)))
    for name in ("percent", "p", "g_trial"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9)
    assert other.ci95 == pytest.approx([gain * end for end in one.ci95], rel=1e-9)


def test_the_uncertainty_of_a_shared_gain_enters_the_interval_and_not_p():
    a, b = series(33, 5, 200, 5, 0), series(34, 5, 190, 5, 0)
    known = difference(a, b)
    unsure = difference(a, b, measured=Measurement((0.5, 0.5)))
    other = difference(a, b, measured=Measurement((0.5, 0.5), same_calibration=False))
    assert unsure.p == known.p
    assert unsure.u_c > known.u_c
    assert other.p > known.p


def test_a_set_of_trials_agrees_with_itself():
    values = series(35, 9, 200, 2, 0)
    answer = difference(values, values, margin=8)
    assert (answer.diff, answer.p, answer.verdict) == (0.0, 1.0, "practically_same")
    curved = curve(36, 5, 0, 60, 8)
    itself = curves(curved, curved)
    assert not itself.diff.any()
    assert itself.runs == ()
    assert itself.p == 1.0


@given(rows(2), rows(2))
def test_the_interval_is_that_of_scipy(a, b):
    answer = difference(a, b)
    if answer.ci95_sampling is None or answer.method == "bootstrap":
        return
    scale = max(abs(one) for one in a + b)
    if min(np.var(a), np.var(b)) < 1e-12 * scale**2:
        return  # scipy sums less exactly, and warns
    told = stats.ttest_ind(b, a, equal_var=False)
    wanted = told.confidence_interval(0.95)
    assert answer.ci95_sampling == pytest.approx((wanted.low, wanted.high), rel=1e-5, abs=1e-9)
    assert answer.p == pytest.approx(told.pvalue, rel=1e-5, abs=1e-12)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=9))
def test_the_exact_p_value_counts_all_sign_patterns(d):
    n = len(d)
    patterns = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    share = np.mean(np.abs(patterns @ d) >= abs(sum(d)))
    assert sign_flip_p(np.array(d, dtype=float)) == share


@pytest.mark.parametrize(
    ("ci95", "ci90", "p", "verdict"),
    [
        ((5, 9), (5.5, 8.5), 0.001, "clearly_different"),
        ((-9, -5), (-8.5, -5.5), 0.001, "clearly_different"),
        ((1, 5), (1.5, 4.5), 0.02, "different"),
        ((1, 3), (1.2, 2.8), 0.02, "small_consistent"),
        ((-3, 3.5), (-2, 3), 0.8, "practically_same"),
        ((-3, 5), (-2, 4.5), 0.8, "cannot_tell"),
        ((1, 3), (1.2, 2.8), 0.2, "practically_same"),
        ((5, 9), (5.5, 8.5), 0.2, "cannot_tell"),
        ((5, 9), (5.5, 8.5), None, "cannot_tell"),
    ],
)
def test_the_first_rule_that_holds_is_the_verdict(ci95, ci90, p, verdict):
    assert verdict_of(ci95, ci90, 4.0, p_adjusted=p) == verdict


def test_an_adjusted_p_value_may_take_a_verdict_back():
    answer = difference([1, 2, 3, 2], [4, 5, 3.5, 4], margin=0.5)
    assert answer.verdict == "clearly_different" or answer.verdict == "different"
    assert judged(answer, 0.08).verdict == "cannot_tell"
    assert judged(answer, 0.08, level=0.10).verdict == answer.verdict
    assert judged(answer, 0.08).p_adjusted == 0.08


def test_two_trials_a_side_have_an_interval_and_no_verdict():
    answer = difference([1.0, 1.1], [9.0, 9.1], margin=0.1)
    assert answer.ci95[0] > 0.1
    assert answer.verdict == "cannot_tell"


def test_a_mismatch_widens_both_ends():
    plain = difference([1, 2, 3], [4, 5, 7])
    wide = difference([1, 2, 3], [4, 5, 7], widen=0.5)
    assert wide.ci95 == (plain.ci95[0] - 0.5, plain.ci95[1] + 0.5)
    assert wide.ci95_sampling == plain.ci95_sampling


def test_trimmed_means_of_steps_that_say_otherwise_are_a_caution():
    a, b = [10, 10.2, 9.9, 10.1], [12, 12.1, 11.9, 12.2]
    usual = difference(a, b, margin=0.5, trimmed=(a, [10.1, 9.9, 10.0, 10.2]))
    assert usual.codes == ("CAUTION_OUTLIERS",)
    assert difference(a, b, margin=0.5, trimmed=(a, b)).codes == ()


def test_a_skewed_side_is_a_caution_and_the_wider_interval_is_used():
    skewed = [0.0] * 11 + [30.0]
    random = np.random.default_rng(5)
    found = 0
    for _ in range(60):
        a = random.exponential(1.0, 9) ** 3
        b = random.exponential(1.0, 9) ** 3 + 2.0
        answer = difference(a, b, margin=2.0)
        found += "CAUTION_SKEW" in answer.codes
        told = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        assert answer.ci95[1] - answer.ci95[0] >= (told.high - told.low) * (1 - 1e-9)
    assert found
    assert difference(skewed, skewed, margin=2.0).diff == 0.0


def test_regions_tested_together_share_one_threshold():
    a = {"heel": curve(41, 6, 0, 60, 8), "toes": curve(42, 6, 0, 60, 8)}
    b = {"heel": curve(43, 6, 0, 60, 8), "toes": curve(44, 6, 1.5, 60, 8)}
    both = joint_curves(a, b)
    assert both["heel"].c == both["toes"].c > curves(a["toes"], b["toes"]).c
    assert both["toes"].runs
    assert both["toes"].p == both["heel"].p


def test_under_four_units_curves_are_shown_and_not_tested():
    answer = curves(curve(45, 3, 0, 60, 8), curve(46, 8, 3, 60, 8))
    assert answer.codes == ("FEW_TRIALS_CURVE",)
    assert (answer.lower, answer.upper, answer.p, answer.runs) == (None, None, None, ())
    assert len(answer.diff) == 101


def test_nodes_that_do_not_vary_are_dropped_and_end_a_run():
    a, b = curve(47, 6, 0, 60, 8), curve(48, 6, 3, 60, 20)
    a[:, 60], b[:, 60] = 1.0, 2.0
    answer = curves(a, b)
    assert np.isnan(answer.lower[60])
    assert answer.diff[60] == 1.0
    assert [run for run in answer.runs if run[1] == 59]
    assert [run for run in answer.runs if run[0] == 61]


def test_a_single_node_is_drawn_and_not_worded():
    run = replace(curves(curve(49, 4, 0, 60, 8)), runs=((3, 3), (7, 9)))
    assert run.worded == ((7, 9),)


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=10), st.sampled_from(["holm", "bh"])
)
def test_adjusted_p_values_are_no_smaller_and_in_the_same_order(p, method):
    adjusted = adjust(p, method)
    known = [(one, two) for one, two in zip(p, adjusted, strict=True) if one is not None]
    assert all(one <= two * (1 + 1e-12) <= 1 + 1e-9 for one, two in known)
    ranked = [two for _, two in sorted(known)]
    assert ranked == sorted(ranked)
    assert [two is None for two in adjusted] == [one is None for one in p]
    if method == "bh" and known:
        wanted = stats.false_discovery_control([one for one, _ in known], method="bh")
        assert [two for _, two in known] == pytest.approx(wanted)


@given(st.lists(st.tuples(st.integers(0, 400), usual), min_size=2, max_size=40))
@settings(max_examples=60)
def test_slope_and_interval_are_those_of_theil_and_sen(days):
    table = dict(days)
    weeks, values = [one / 7 for one in table], list(table.values())
    if len(weeks) < 2:
        return
    answer = trend(weeks, values)
    told = stats.theilslopes(values, weeks)
    scale = 1e-9 * max(1.0, abs(told.high_slope), abs(told.low_slope))
    assert answer.slope == pytest.approx(told.slope, rel=1e-9, abs=scale)
    if answer.sen95 is not None and len(set(values)) == len(values):
        wanted = (told.low_slope, told.high_slope)
        assert answer.sen95 == pytest.approx(wanted, rel=1e-9, abs=scale)
    if answer.ci95 is not None:
        assert answer.ci95[0] <= answer.sen95[0]
        assert answer.sen95[1] <= answer.ci95[1]


def test_a_line_of_few_days_or_weeks_has_no_verdict():
    for weeks in (range(7), np.arange(20) / 7):
        answer = trend(list(weeks), np.arange(len(weeks)))
        assert answer.slope is not None
        assert (answer.tested, answer.trend) == (False, None)
        assert "are needed" in answer.why


def test_a_slope_within_the_margin_is_no_trend():
    weeks = np.arange(12.0)
    values = 0.1 * weeks + series(51, 12, 0, 0.01, 0)
    assert trend(weeks, values, margin=1.0).trend is True
    assert trend(weeks, values, margin=1.2).trend is False


def test_a_level_is_not_searched_in_fewer_than_thirty_days():
    values = np.where(np.arange(29) < 14, 0.0, 5.0) + series(52, 29, 0, 0.1, 0)
    assert trend(np.arange(29.0), values).change is None


def test_repeats_of_the_person_make_the_interval_of_two_recordings_wider():
    answer = recordings(series(53, 120, 230, 4, 0.3), series(54, 120, 226, 4, 0.3))
    beside = beside_repeats(answer, [229, 231, 233, 230, 228])
    assert beside.ci95[0] < answer.ci95[0] < answer.ci95[1] < beside.ci95[1]
    u = math.hypot(answer.se, math.sqrt(2) * beside.sd)
    assert beside.ci95[1] - answer.diff > 1.96 * u
    assert beside_repeats(answer, [229, 231, 233, 230]) is None


def test_batches_drop_the_tail_and_take_curves_as_well():
    steps = np.arange(37.0)
    assert batches(steps).tolist() == [2.5 + 6 * k for k in range(6)]
    assert batches(np.stack([steps, -steps], axis=1)).shape == (6, 2)
    assert batches(np.arange(29.0)).size == 0
    assert len(batches(np.arange(259.0))) == 10


def test_under_thirty_steps_there_is_no_interval():
    answer = recordings(np.arange(29.0), np.arange(100.0))
    assert answer.ci95 is None
    assert answer.diff == pytest.approx(49.5 - 14.0)
    assert answer.description_only
    assert "30 are needed" in answer.why


def test_the_correlation_of_neighbours_is_that_of_the_series():
    assert lag_one(series(55, 4000, 0, 1, 0.6)) == pytest.approx(0.6, abs=0.05)
    assert lag_one([1.0, 1.0, 1.0, 1.0]) is None


def test_five_blocks_are_estimated_and_not_tested():
    answer = blocks([1.0, 1.2, 0.9, 1.1, 1.05], margin=0.1)
    assert answer.codes == ("too_few_blocks",)
    assert answer.p is None
    assert answer.ci95 is not None
    assert answer.verdict == "cannot_tell"


def test_differences_are_shown_by_order_of_the_block():
    shown = carry_over([1.0, 2.0, 4.0], ["AB", "BA", "AB"])
    assert (shown.ab, shown.ba, shown.blocks) == (2.5, 2.0, (2, 1))


def test_a_steady_trial_has_the_mean_of_its_middle_steps():
    assert trimmed_mean([1, 2, 3, 4, 100]) == 3.0
    assert trimmed_mean([]) is None
    assert step_spread([[1, 2, 3], [5, 6, 7]]) == pytest.approx(1.0)
    assert step_spread([[1], [2]]) is None


def test_groups_below_four_are_listed_and_below_six_not_tested():
    assert cohort([1, 2, 3]).ci95 is None
    five = cohort([1, 2, 3, 4, 5])
    assert five.p is None
    assert five.ci95 is not None
    six = cohort([1, 2, 3, 4, 5, 6], se=[0.1] * 6, trials=[2, 2, 2, 9, 9, 9])
    assert six.p == pytest.approx(2 / 64)
    assert six.weighted.diff == pytest.approx(3.5)


def test_any_whole_number_is_a_seed():
    many = series(64, 25, 0.1, 1, 0)
    assert blocks(many, seed=-1).p != blocks(many, seed=1).p
    assert trend(np.arange(40.0), series(65, 40, 0, 1, 0), seed=-(2**70)).slope is not None


def test_an_order_drawn_by_lot_needs_differences():
    with pytest.raises(RequestError, match="needs differences"):
        curves(curve(66, 6, 0, 60, 8), curve(67, 6, 0, 60, 8), randomised=True)


def test_comparing_loads_no_more_of_scipy_than_it_needs():
    code = """
import sys, insole.compare
assert "numpy" not in sys.modules
insole.compare.difference([1, 2, 3], [4, 5, 7])
assert "scipy.special" in sys.modules
assert "scipy.stats" not in sys.modules
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.stderr == ""


def test_pieces_of_the_draws_change_none_of_them(monkeypatch):
    def answers():
        a, b = curve(68, 9, 0, 60, 8), curve(69, 9, 0.3, 60, 8)
        p = blocks(series(70, 30, 0.2, 1, 0)).p
        return difference(a[:, 50], b[:, 50], margin=0.01), p, round(curves(a, b).c, 12)

    whole = answers()
    monkeypatch.setattr("insole.compare.resampling.CELLS", 5_000)
    assert answers() == whole


def test_two_calibrations_need_the_means():
    with pytest.raises(RequestError, match="means of A and B"):
        combine(1.0, 1.0, 4.0, u_gain=0.03, same_calibration=False)
