"""On a slope the force under the foot is not body weight (science.md, 2.4, 4.2 and 9.2)."""

from __future__ import annotations

import pytest

from insole.metrics.personal import unlike
from tests.insole.whole_trials import analysed, truth_of


def told(slope_deg: float) -> dict:
    return analysed(
        truth_of("run"), seconds=12.0, parameters={"conditions.slope_deg": slope_deg}
    ).to_dict()


@pytest.mark.parametrize("slope_deg", [5.0, 10.0])
def test_a_slope_has_no_check_of_the_scale_and_no_springs(slope_deg):
    document = told(slope_deg)
    assert document["self_check"]["verdict"] == "n/a"
    assert document["self_check"]["why"].startswith(f"on a slope of {slope_deg:g}°")
    assert document["springs"]["left"] is None
    assert document["springs"]["why"] == f"not on a slope of {slope_deg:g}°"
    assert document["summary"]["left"]["contact_s"]["n"] > 10


def test_up_to_three_degrees_are_level():
    document = told(3.0)
    assert document["self_check"]["verdict"] == "ok"
    assert document["springs"]["left"] is not None


def test_recordings_on_another_slope_are_no_sessions_of_the_same_kind():
    level, steep = told(0.0), told(10.0)
    for document in (level, steep):
        document["notes"] = {"athlete": "A1", "shoe": "flat"}
    assert unlike(level, steep) == "the slope is another one"
    assert unlike(steep, steep) == ""
