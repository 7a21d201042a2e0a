"""One cue at a time: priority, spacing, and what is never said late."""

from __future__ import annotations

from math import inf

import pytest

from insole.drills.cueing import Cause, spoken


def cause(name: str, since_s: float, until_s: float = inf, **more: float) -> Cause:
    """A cause whose cue is ready a quarter of a second after its begin."""
    return Cause(
        name,
        name.capitalize(),
        since_s,
        until_s,
        more.get("after_s", 0.25),
        int(more.get("priority", 3)),
        more.get("stays_s", 0.0),
    )


def given(*causes: Cause, now_s: float = 100.0) -> list[tuple[str, float]]:
    """What is said, and when."""
    return [(said.name, said.at_s) for said in spoken(causes, now_s=now_s)]


def test_cause_that_is_over_before_its_cue_is_ready_is_never_spoken_of() -> None:
    assert given(cause("m1-lost", 1.0, 1.2)) == []


def test_cue_comes_when_its_cause_has_lasted() -> None:
    assert given(cause("m1-lost", 1.0, 2.0)) == [("m1-lost", 1.25)]


def test_second_cue_waits_three_seconds_and_is_dropped_when_its_cause_ends_before() -> None:
    first = cause("m1-lost", 1.0, 2.0)
    assert given(first, cause("heel-lost", 2.0, 4.0)) == [("m1-lost", 1.25)]
    assert given(first, cause("heel-lost", 2.0, 5.0)) == [("m1-lost", 1.25), ("heel-lost", 4.25)]


def test_same_cue_waits_six_seconds() -> None:
    again = given(cause("m1-lost", 1.0, 2.0), cause("m1-lost", 5.0, 9.0))
    assert again == [("m1-lost", 1.25), ("m1-lost", 7.25)]


def test_of_two_that_wait_the_smaller_priority_goes_first() -> None:
    order = given(
        cause("supported", 0.0, 3.0, priority=5),
        cause("heel-low", 1.0, priority=4),
        cause("m1-lost", 2.0, priority=3),
    )
    assert order == [
        ("supported", 0.25),
        ("m1-lost", 3.25),
        ("heel-low", 6.25),
    ]


def test_three_cues_are_the_most_and_safety_is_exempt() -> None:
    busy = [cause(f"c{number}", 4.0 * number) for number in range(5)]
    assert [name for name, _ in given(*busy)] == ["c0", "c1", "c2"]
    safe = cause("no-data", 20.0, priority=1)
    assert [name for name, _ in given(*busy, safe)] == ["c0", "c1", "c2", "no-data"]


def test_touch_is_spoken_of_for_two_seconds_although_it_is_over() -> None:
    touch = cause("touch", 2.0, 2.3, after_s=0.1, priority=2, stays_s=2.0)
    assert given(touch) == [("touch", 2.1)]
    assert given(cause("m1-lost", 0.0, 1.0), touch) == [("m1-lost", 0.25), ("touch", 3.25)]
    assert given(cause("m1-lost", 1.5, 1.8), touch) == [("m1-lost", 1.75)]


@pytest.mark.parametrize("now_s", [0.2, 1.3, 2.0, 4.3, 7.0])
def test_what_was_said_by_a_moment_is_not_taken_back(now_s: float) -> None:
    causes = [cause("m1-lost", 1.0, 2.0), cause("heel-lost", 2.0, 5.0), cause("touch", 6.0)]
    known = [each for each in causes if each.since_s <= now_s]
    whole = [one for one in given(*causes) if one[1] <= now_s]
    assert given(*known, now_s=now_s) == whole
