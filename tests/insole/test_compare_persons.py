"""Several people: each is one unit, with the own insoles, and none is ranked."""

from dataclasses import replace

import numpy as np
import pytest

from insole.compare.document import NotComparable, compared
from insole.model.foot import Side
from tests.insole.compared_trials import FOOT, USUAL, trial
from tests.insole.test_compare_words import BANNED


def someone(number, **changes):
    foot = replace(FOOT, unit=f"unit {number}")
    return replace(USUAL, athlete=f"P{number}", feet=dict.fromkeys(Side, foot), **changes)


def group(persons, *, shorter_s=0.02, each=2, **changes):
    """Trials of both conditions of so many people; B has shorter contacts in all of them."""
    a, b = [], []
    for number in range(persons):
        usual_s = 0.23 + 0.005 * number
        for turn in range(each):
            a.append(trial(100 * number + turn, contact_s=usual_s, conditions=someone(number)))
            b.append(trial(
                100 * number + 50 + turn, contact_s=usual_s - shorter_s,
                conditions=someone(number, **changes),
            ))  # fmt: skip
    return a, b


def test_a_person_is_one_unit_however_many_trials_there_are():
    a, b = group(8, each=3)
    whole = compared(a, b).document
    assert whole["unit"] == "person"
    assert whole["n"] == {"A": 8, "B": 8}
    contact = whole["metrics"]["contact_s"]
    assert contact["p"] == pytest.approx(2 / 256)  # all patterns of eight signs
    d = list(contact["units"].values())
    half = 2.364624 * np.std(d, ddof=1) / np.sqrt(8)  # Student's t of 7, 97.5 %
    assert contact["diff"] == pytest.approx(np.mean(d))
    assert contact["ci95"] == pytest.approx([np.mean(d) - half, np.mean(d) + half], rel=1e-6)
    assert set(contact["units"]) == {f"P{number}" for number in range(8)}


def test_sentences_speak_of_this_group_and_its_recordings():
    said = compared(*group(8)).document["metrics"]["contact_s"]["sentence"]
    assert said.startswith("In this group: Contact time was ")
    assert "in B recordings" in said
    assert "8 persons" in said
    assert not BANNED.search(said)


def test_three_people_are_listed_without_an_interval():
    contact = compared(*group(3)).document["metrics"]["contact_s"]
    assert contact["ci95"] is None
    assert contact["verdict"] == "cannot_tell"
    assert len(contact["units"]) == 3


def test_four_people_have_an_interval_and_no_test():
    contact = compared(*group(4)).document["metrics"]["contact_s"]
    assert contact["ci95"] is not None
    assert contact["p"] is None


def test_who_lacks_a_condition_is_left_out_by_name():
    a, b = group(5)
    lonely = trial(999, conditions=someone(9))
    whole = compared([*a, lonely], b).document
    assert whole["n"] == {"A": 5, "B": 5}
    assert list(whole["dropped"]) == ["999.h5"]


def test_a_limit_that_one_person_breaks_holds_for_the_group():
    a, b = group(5)
    b[0] = replace(b[0], conditions=someone(0, speed_m_s=3.6))
    b[1] = replace(b[1], conditions=someone(0, speed_m_s=3.6))
    whole = compared(a, b).document
    assert "REFUSE_SPEED" in whole["metrics"]["contact_s"]["codes"]


def test_own_insoles_of_each_person_are_the_same_insoles():
    whole = compared(*group(6)).document
    assert "CAUTION_LAYOUT" not in whole["codes"]
    assert "CAUTION_GAIN" not in whole["codes"]


def test_two_groups_of_other_people_are_no_pairs():
    a, _ = group(4)
    _, b = group(8)
    with pytest.raises(NotComparable) as told:
        compared(a, [one for one in b if one.conditions.athlete in ("P5", "P6", "P7")])
    assert told.value.document["codes"] == ["REFUSE_PERSON"]


def test_exchanging_a_and_b_negates_the_group():
    a, b = group(7)
    one, two = compared(a, b).document, compared(b, a).document
    for name, there in one["metrics"].items():
        back = two["metrics"][name]
        assert there["diff"] == -back["diff"]
        assert there["ci95"] == [-end for end in reversed(back["ci95"])]
        assert there["p"] == back["p"]
