"""Registered curves: what differs in time alone differs no more, and the time is told."""

from dataclasses import replace

import numpy as np
import pytest

from insole.compare.document import compared
from insole.compare.registering import landmarks, warped
from insole.errors import RequestError
from tests.insole.compared_trials import USUAL, several
from tests.insole.test_compare_words import BANNED

NODE = np.arange(101.0)


def triangle(peak, *, top=2.0):
    return np.interp(NODE, (0.0, peak, 100.0), (0.0, top, 0.0))


def with_force(trials, force):
    return [
        replace(
            one,
            feet={
                side: replace(foot, force=np.tile(force, (len(foot), 1)))
                for side, foot in one.feet.items()
            },
        )
        for one in trials
    ]


def test_triangles_of_other_peaks_differ_by_nothing_once_registered():
    """Section 7: peaks at 40 and at 50 %."""
    a = with_force(several(4), triangle(40.0))
    b = with_force(several(4, first=9), triangle(50.0))
    plain = compared(a, b).document["curves"]["force_BW"]
    assert max(abs(one) for one in plain["diff"]) > 0.2
    curve = compared(a, b, register=True).document["curves"]["force_BW"]
    assert curve["diff"] == pytest.approx([0.0] * 101, abs=1e-12)
    assert curve["tags"] == ["registered"]
    told = curve["landmarks"]["largest force"]
    assert (told["A"], told["B"], told["diff"]) == (40.0, 50.0, 10.0)
    assert "B less A is 10.0 points" in told["sentence"]
    assert not BANNED.search(told["sentence"])


def test_two_recordings_are_registered_too():
    a = with_force(several(1), triangle(40.0))
    b = with_force(several(1, first=9), triangle(50.0))
    curve = compared(a, b, register=True).document["curves"]["force_BW"]
    assert curve["diff"] == pytest.approx([0.0] * 101, abs=1e-12)
    assert curve["landmarks"]["largest force"]["ci95"] is None


def test_exchanging_a_and_b_negates_registered_curves():
    a, b = several(5), several(5, first=9, contact_s=0.24)
    one = compared(a, b, register=True).document["curves"]["force_BW"]
    two = compared(b, a, register=True).document["curves"]["force_BW"]
    assert one["diff"] == [-each for each in two["diff"]]
    there, back = (each["landmarks"]["largest force"] for each in (one, two))
    assert there["diff"] == -back["diff"]


def walking(first, second):
    """Two peaks of 1.1 BW with a valley of 0.8 in the middle between them."""
    middle = 0.5 * (first + second)
    return np.interp(NODE, (0.0, first, middle, second, 100.0), (0.0, 1.1, 0.8, 1.1, 0.0))


def test_both_peaks_and_the_valley_are_the_landmarks_of_walking():
    force = np.stack((walking(20.0, 80.0), walking(30.0, 70.0)))
    places, known = landmarks(force, activity="walk")
    assert known.all()
    assert places.tolist() == [[20.0, 50.0, 80.0], [30.0, 50.0, 70.0]]
    turned = warped(force, places, np.array([25.0, 50.0, 75.0]))
    assert turned[0] == pytest.approx(turned[1])
    assert turned[0] == pytest.approx(walking(25.0, 75.0))


def test_curves_without_a_landmark_are_left_out_and_counted():
    rising = np.linspace(0.0, 2.0, 101)
    _, known = landmarks(np.stack((rising, triangle(40.0))), activity="run")
    assert known.tolist() == [False, True]
    a, b = several(4), several(4, first=9)
    broken = replace(a[0].feet["left"], force=np.vstack((rising, a[0].feet["left"].force[1:])))
    a[0] = replace(a[0], feet={**a[0].feet, "left": broken})
    assert (
        "1 steps without a landmark left out" in compared(a, b, register=True).document["methods"]
    )


def test_what_has_no_landmarks_is_refused():
    hopping = replace(USUAL, activity="hop")
    sides = several(3, conditions=hopping), several(3, first=9, conditions=hopping)
    with pytest.raises(RequestError, match="no landmarks"):
        compared(*sides, register=True)
