"""What each step was: with hysteresis for gait, at once for a hop (science.md, section 3.2)."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.pair import attach_pair
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.signal.activity import STEP_WORDS
from insole.signal.rollover import word


def table(side: Side, strikes, contacts) -> Steps:
    strike, contact = np.asarray(strikes, float), np.asarray(contacts, float)
    impulse = 700.0 * contact
    value = {
        "foot_strike_s": strike, "toe_off_s": strike + contact, "contact_s": contact,
        "impulse_N_s": impulse,
    }  # fmt: skip
    none = {name: np.zeros(len(strike)) for name in value}
    return Steps(side, np.zeros(len(strike), np.uint32), value, none, dict(none))


def pair(left, right):
    return attach_pair(table(Side.LEFT, *left), table(Side.RIGHT, *right), parameters=Parameters())


def words(steps: Steps) -> list[str | None]:
    return [word(code, STEP_WORDS) for code in steps.value["activity_class"].tolist()]


def run(count: int, begin: float = 0.0):
    """Strikes and contacts of running at 0.7 s a stride, left and right in turns."""
    left = begin + 0.7 * np.arange(count)
    return (left, np.full(count, 0.25)), (left + 0.35, np.full(count, 0.25))


def test_a_run_is_a_run_from_its_first_stride():
    left, right = pair(*run(6))
    assert words(left) == ["run"] * 6
    assert words(right)[:-1] == ["run"] * 5


def test_one_odd_stride_changes_nothing_and_two_do():
    (strike, contact), right = run(9)
    odd = contact.copy()
    odd[4] = 0.36  # duty 0.51: neither run nor walk
    assert words(pair((strike, odd), right)[0]) == ["run"] * 9
    odd[5] = 0.36
    assert words(pair((strike, odd), right)[0])[4:7] == ["run", "other", "other"]


def test_walking_after_running_is_told_with_its_second_stride():
    (l1, c1), (r1, d1) = run(4)
    l2 = 3.5 + 1.1 * np.arange(4)
    left = np.concatenate((l1, l2)), np.concatenate((c1, np.full(4, 0.68)))
    right = np.concatenate((r1, l2 + 0.55)), np.concatenate((d1, np.full(4, 0.68)))
    said = words(pair(left, right)[0])
    assert said[:4] == ["run"] * 4
    assert said[5:] == ["walk"] * 3


def hop_inside_a_run():
    """Four strides, one landing on both feet within 15 ms, four strides."""
    (l1, c1), (r1, d1) = run(4)
    (l2, c2), (r2, d2) = run(4, begin=3.6)
    hop = 3.05
    left = np.concatenate((l1, [hop], l2)), np.concatenate((c1, [0.20], c2))
    right = np.concatenate((r1, [hop + 0.015], r2)), np.concatenate((d1, [0.19], d2))
    return pair(left, right)


def test_a_hop_inside_a_run_is_told_at_once_and_leaves_the_run_a_run():
    left, right = hop_inside_a_run()
    assert words(left) == ["run"] * 4 + ["hop"] + ["run"] * 4
    assert words(right)[4] == "hop"


def test_the_other_half_of_a_hop_is_not_the_next_step():
    left, right = hop_inside_a_run()
    for steps, other in ((left, right), (right, left)):
        v = {name: column[4] for name, column in steps.value.items()}
        reached = other.value["foot_strike_s"][5]
        assert v["step_s"] == pytest.approx(reached - v["foot_strike_s"])
        assert v["flight_s"] == pytest.approx(reached - v["toe_off_s"])
        assert np.isnan(v["double_support_s"])
        assert np.isnan(v["double_support_percent"])
        assert v["left_load_share"] == pytest.approx(0.20 / 0.39)


def test_one_foot_alone_is_told_by_its_duty():
    (strike, contact), _ = run(4)
    left, _ = pair((strike, contact), ([], []))
    assert words(left) == ["run"] * 4


def test_no_contacts_have_no_activity():
    left, right = pair(([], []), ([], []))
    assert words(left) == words(right) == []
