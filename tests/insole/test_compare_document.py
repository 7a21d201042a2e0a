"""The document of a comparison: what holds for it whatever is compared."""

import json
from dataclasses import replace

import numpy as np
import pytest

from insole.compare.document import NotComparable, compared
from insole.compare.measuring import measurement
from insole.errors import RequestError
from insole.model.foot import Side
from tests.insole.compared_trials import FOOT, USUAL, several, trial

NEGATED = ("diff", "g_trial", "d_step")
NO_BOUNDS = {"ci95", "ci90", "ci95_sampling"}


def document(a, b, **options):
    return compared(a, b, **options).document


def turned(row):
    return [None if each is None else -each for each in row]


def test_exchanging_a_and_b_negates_every_number_exactly():
    a, b = several(9), several(10, first=50, contact_s=0.246)
    one, two = document(a, b), document(b, a)
    for name, there in one["metrics"].items():
        back = two["metrics"][name]
        assert (there["A"], there["B"]) == (back["B"], back["A"])
        for key in NEGATED:
            assert there[key] == (None if back[key] is None else -back[key])
        for key in NO_BOUNDS:
            assert there[key] == [-end for end in reversed(back[key])]
        for key in ("p", "p_adjusted", "margin", "verdict", "df", "u_measurement", "codes"):
            assert there[key] == back[key], (name, key)
    there, back = one["curves"]["force_BW"], two["curves"]["force_BW"]
    assert there["diff"] == turned(back["diff"])
    assert there["lower"] == turned(back["upper"])
    assert (there["c"], there["p"], there["runs"]) == (back["c"], back["p"], back["runs"])


def test_order_and_repetition_of_files_change_no_byte():
    a, b = several(5), several(5, first=50)
    told = json.dumps(document(a, b))
    assert json.dumps(document([*a[::-1], a[2]], [b[3], *b])) == told
    assert json.dumps(document(a, b, seed=1)) != told  # the seed is in the document


def test_the_document_is_json_without_numbers_that_are_none():
    text = json.dumps(document(several(4), several(4, first=9)), allow_nan=False)
    whole = json.loads(text)
    assert whole["schema"] == "insole.compare/1"
    assert whole["comparable"] is True
    for key in ("codes", "unit", "n", "factor", "plan", "metrics", "curves", "steps", "seed",
                "methods"):  # fmt: skip
        assert key in whole
    keys = {
        "A", "B", "diff", "unit", "percent", "ci95_sampling", "ci95", "ci90", "u_measurement",
        "df", "p", "p_adjusted", "g_trial", "d_step", "margin", "margin_source", "verdict",
        "sentence", "codes",
    }  # fmt: skip
    assert all(keys <= set(one) for one in whole["metrics"].values())
    assert whole["steps"]["used"] == {"A": 320, "B": 320}
    assert whole["steps"]["excluded"]["A"] == {"samples lost": 8}


def test_a_set_against_itself_says_so():
    a = several(4)
    whole = document(a, a[::-1])
    assert "SAME_RECORDING" in whole["codes"]
    assert all(one["diff"] == 0.0 and one["p"] is None for one in whole["metrics"].values())


def test_one_recording_against_itself_says_so():
    a = several(1)
    whole = document(a, a)
    assert "SAME_RECORDING" in whole["codes"]
    assert {one["sentence"] for one in whole["metrics"].values()} == {
        "A and B are the same recording."
    }
    assert all(one["diff"] == 0.0 and one["ci95"] is None for one in whole["metrics"].values())


def test_a_recording_on_both_sides_is_refused():
    a = several(4)
    with pytest.raises(RequestError, match="in A and in B"):
        compared(a, [*several(3, first=9), a[0]])


def test_one_recording_each_speaks_of_these_recordings_alone():
    whole = document(several(1), several(1, first=9))
    assert whole["unit"] == "batch"
    for one in whole["metrics"].values():
        assert one["verdict"] == "recordings_only"
        assert one["p"] is None
        assert one["g_trial"] is None
        assert one["ci95"] is not None
        assert "cannot show whether it repeats" in one["sentence"]


def test_two_units_a_side_have_intervals_and_no_verdict():
    whole = document(several(2), several(2, first=9, contact_s=0.22))
    contact = whole["metrics"]["contact_s"]
    assert contact["ci95"] is not None
    assert contact["verdict"] == "cannot_tell"


def test_one_day_each_cannot_tell_the_day_from_the_condition():
    a, b = several(5), several(5, first=9, day="2026-03-02", contact_s=0.2)
    whole = document(a, b)
    assert "UNIT_DAY" in whole["codes"]
    assert {one["verdict"] for one in whole["metrics"].values()} == {"recordings_only"}
    assert "One day each cannot show" in whole["metrics"]["contact_s"]["sentence"]
    assert any("cannot be told apart" in said for said in whole["cautions"])


def test_days_with_both_conditions_are_pairs():
    days = [f"2026-03-0{n}" for n in range(1, 7)]
    a = [trial(n, day=day) for n, day in enumerate(days)]
    b = [trial(20 + n, day=day, contact_s=0.235) for n, day in enumerate(days)]
    whole = document(a, b)
    assert whole["unit"] == "day pair"
    contact = whole["metrics"]["contact_s"]
    assert contact["method"] == "paired"
    assert "6 day pairs" in contact["sentence"]
    means = [[np.mean([foot.value["contact_s"].mean() for foot in one.feet.values()])
              for one in side] for side in (a, b)]  # fmt: skip
    assert contact["diff"] == pytest.approx(np.mean(np.subtract(means[1], means[0])))


def test_a_large_difference_is_told_with_its_size_and_a_small_one_is_not():
    far = document(several(5), several(5, first=50, contact_s=0.22))
    assert far["metrics"]["contact_s"]["verdict"] == "clearly_different"
    assert far["metrics"]["contact_s"]["diff"] == pytest.approx(-0.03, abs=0.006)
    near = document(several(6), several(6, first=60))
    assert near["metrics"]["contact_s"]["verdict"] == "practically_same"
    assert near["header"] == "Explored, not tested in advance."


def test_another_speed_refuses_times_and_forces_and_leaves_shares():
    fast = replace(USUAL, speed_m_s=3.5)
    whole = document(several(4), several(4, first=9, conditions=fast))
    assert whole["comparable"] is True
    assert "REFUSE_SPEED" in whole["codes"]
    contact = whole["metrics"]["contact_s"]
    assert contact["ci95"] is None
    assert contact["verdict"] == "refused"
    assert "REFUSE_SPEED" in contact["codes"]
    assert whole["metrics"]["tripod_heel"]["ci95"] is not None
    curve = whole["curves"]["force_BW"]
    assert curve["diff"] is None
    assert "REFUSE_SPEED" in curve["codes"]


def test_a_declared_speed_is_compared_and_named():
    fast = replace(USUAL, speed_m_s=3.5)
    whole = document(several(4), several(4, first=9, conditions=fast), factors=["speed"])
    assert whole["factor"] == ["speed"]
    assert "FACTOR_SPEED" in whole["codes"]
    assert "REFUSE_SPEED" not in whole["codes"]
    assert whole["metrics"]["contact_s"]["ci95"] is not None


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("REFUSE_PERSON", replace(USUAL, athlete="P2")),
        ("REFUSE_ACTIVITY", replace(USUAL, activity="walk")),
    ],
)
def test_what_cannot_be_compared_at_all_is_an_error_that_carries_its_document(code, other):
    with pytest.raises(NotComparable) as told:
        compared(several(3), several(3, first=9, conditions=other))
    whole = told.value.document
    assert whole["comparable"] is False
    assert whole["codes"] == [code]
    assert whole["metrics"] == {}
    assert told.value.exit_status == 2
    json.dumps(whole, allow_nan=False)


def test_too_few_steps_are_a_refusal_with_their_number():
    with pytest.raises(NotComparable, match="12 of the left foot") as told:
        compared([trial(1, steps=12)], several(3, first=9))
    assert told.value.document["codes"] == ["REFUSE_STEPS"]


def test_trials_of_too_few_steps_are_left_out_by_name():
    whole = document([*several(4), trial(90, steps=10)], several(4, first=9))
    assert list(whole["dropped"]) == ["90.h5"]
    assert whole["n"] == {"A": 4, "B": 4}


def other_insole():
    foot = replace(FOOT, unit="unit 8")
    return replace(USUAL, feet={Side.LEFT: foot, Side.RIGHT: foot})


def test_a_gain_on_both_cancels_within_one_insole_and_counts_between_two():
    """The case of section 3.5: Δ of 60 N by 3 %, or by 3 % of each mean."""
    same = compared(several(5), several(5, first=9)).setting
    two = compared(several(5), several(5, first=9, conditions=other_insole())).setting
    from insole.compare.chosen import BY_ID

    force = BY_ID["peak_force_N"]
    one = measurement(force, same, contact_s=0.25)
    assert one.same_calibration
    assert one.gain(60.0, 1700.0, 1760.0) == pytest.approx(60.0 * 0.02)
    other = measurement(force, two, contact_s=0.25)
    assert not other.same_calibration
    assert other.gain(60.0, 1700.0, 1760.0) == pytest.approx(0.02 * np.hypot(1700.0, 1760.0))
    assert measurement(BY_ID["contact_s"], two, contact_s=0.25).gain(1.0, 2.0, 3.0) == 0.0
    assert measurement(BY_ID["tripod_heel"], two, contact_s=0.25).zero == 0.0


def test_two_insoles_widen_forces_and_not_times():
    a = several(5)
    same = document(a, several(5, first=9))
    two = document(a, several(5, first=9, conditions=other_insole()))

    def length(whole, name):
        low, high = whole["metrics"][name]["ci95"]
        return high - low

    assert length(two, "peak_force_N") > 2 * length(same, "peak_force_N")
    assert length(two, "contact_s") == pytest.approx(length(same, "contact_s"))
    bands = [one["curves"]["force_BW"] for one in (same, two)]
    widths = [one["upper"][50] - one["lower"][50] for one in bands]
    assert widths[1] > 2 * widths[0]


def scaled(one, factor):
    feet = {}
    for side, foot in one.feet.items():
        value = {
            name: column * factor if name.endswith(("_N", "_BW", "_N_s", "_BW_s")) else column
            for name, column in foot.value.items()
        }
        feet[side] = replace(foot, value=value, force=foot.force * factor)
    return replace(one, feet=feet, sha256=one.sha256)


def test_a_gain_on_both_leaves_percent_effect_and_p():
    a, b = several(5), several(5, first=9, contact_s=0.24)
    plain = document(a, b)["metrics"]["peak_force_N"]
    louder = document([scaled(one, 1.1) for one in a], [scaled(one, 1.1) for one in b])
    gained = louder["metrics"]["peak_force_N"]
    assert gained["percent"] == pytest.approx(plain["percent"])
    assert gained["g_trial"] == pytest.approx(plain["g_trial"])
    assert gained["diff"] == pytest.approx(1.1 * plain["diff"])


def test_under_four_units_a_curve_is_drawn_and_not_tested():
    curve = document(several(3), several(3, first=9))["curves"]["force_BW"]
    assert curve["lower"] is None
    assert "FEW_TRIALS_CURVE" in curve["codes"]
    assert len(curve["diff"]) == 101


def test_below_100_hz_a_curve_is_a_picture():
    slow = replace(FOOT, rate_hz=50.0)
    slowly = replace(USUAL, feet={Side.LEFT: slow, Side.RIGHT: slow})
    curve = document(
        several(5, conditions=slowly), several(5, first=9, conditions=slowly)
    )["curves"]["force_BW"]  # fmt: skip
    assert curve["lower"] is None
    assert "picture" in curve["sentence"]


def test_the_methods_name_all_that_is_needed_to_repeat_it():
    said = document(several(5), several(5, first=9))["methods"]
    for part in ("5 and 5 trials of run", "5 % of body weight", "Welch",
                 "Benjamini", "101 points", "parameters hash", "not a medical device"):  # fmt: skip
        assert part in said
    assert "800 steps were used and 20 left out (20 samples lost)" in said


def test_sides_are_told_beside_and_never_pooled():
    whole = document(several(5), several(5, first=9))
    contact = whole["metrics"]["contact_s"]
    assert set(contact["sides"]) == {"left", "right"}
    assert contact["n"] == [5, 5]
    means = [contact["sides"][side]["diff"] for side in ("left", "right")]
    assert contact["diff"] == pytest.approx(np.mean(means))


def test_with_five_days_of_each_what_counts_is_the_persons_own():
    days = [f"2026-03-{n:02d}" for n in range(1, 11)]
    a = [trial(n, day=day, spread_s=0.006) for n, day in enumerate(days[::2])]
    b = [trial(20 + n, day=day, spread_s=0.006) for n, day in enumerate(days[1::2])]
    contact = document(a, b)["metrics"]["contact_s"]
    assert contact["margin_source"] == "personal"
    means = [[np.mean([foot.value["contact_s"].mean() for foot in one.feet.values()])
              for one in side] for side in (a, b)]  # fmt: skip
    spread = np.sqrt(np.mean([np.var(row, ddof=1) for row in means]))
    assert contact["margin"] == pytest.approx(1.96 * np.sqrt(2.0) * spread)
    assert document(a[:4], b)["metrics"]["contact_s"]["margin_source"] == "default"


def test_a_trial_that_is_to_be_repeated_has_no_part():
    a = several(4)
    whole = document([*a, replace(trial(90), repeat=True)], several(4, first=9))
    assert whole["n"] == {"A": 4, "B": 4}
    assert "to be repeated" in whole["dropped"]["90.h5"]
