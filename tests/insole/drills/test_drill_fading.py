"""Fewer cues as weeks go by."""

from __future__ import annotations

from insole.drills.drill import Feedback
from insole.drills.fading import is_quiet

ON, OFF = False, True


def reps(week: int, of: int = 6, **feedback: bool) -> list[bool]:
    """Which repetitions of a set are quiet."""
    return [is_quiet(Feedback(**feedback), week=week, nth=n, of=of) for n in range(1, of + 1)]


def test_first_week_has_feedback_on_every_repetition() -> None:
    assert reps(1) == [ON] * 6


def test_last_repetition_is_quiet_from_the_second_week_on() -> None:
    for week in (2, 3):
        assert reps(week) == [ON, ON, ON, ON, ON, OFF]
    assert reps(3, quiet_rep=False) == [ON] * 6


def test_two_of_three_then_every_other_then_one_of_three() -> None:
    for week in (4, 5, 6):
        assert reps(week, of=7) == [ON, ON, OFF, ON, ON, OFF, OFF]
    for week in (7, 8):
        assert reps(week, of=7) == [ON, OFF, ON, OFF, ON, OFF, OFF]
    for week in (9, 30):
        assert reps(week, of=7) == [ON, OFF, OFF, ON, OFF, OFF, OFF]


def test_drill_that_does_not_fade_keeps_its_quiet_repetition() -> None:
    assert reps(9, fade=False) == [ON, ON, ON, ON, ON, OFF]
