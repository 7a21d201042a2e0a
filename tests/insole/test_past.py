"""The last half minute of events: what a recording may still begin with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.live.past import Past
from insole.model.stream import Connected, Disconnected, LinkState, Mark, Packet

S = 1_000_000_000


def packet(at_s: float, device: str = "a") -> Packet:
    return Packet(device, "c", round(at_s * S), b"x")


def connected(at_s: float, device: str = "a") -> Connected:
    return Connected(device, round(at_s * S), "open", "", "", 23)


@given(
    gaps=st.lists(st.floats(0.0, 5.0), min_size=1, max_size=60),
    keep=st.floats(0.5, 20.0),
    cut=st.integers(0, 60),
)
def test_what_is_kept_is_the_newest_and_no_older(gaps, keep, cut):
    events, at = [], 0.0
    for gap in gaps:
        at += gap
        events.append(packet(at))
    past = Past(keep)
    for event in events[:cut]:
        past.push([event])
    past.push(events[cut:])
    kept = past.since(0)
    assert kept == events[len(events) - len(kept) :]
    assert past.count == len(events)
    assert past.seconds <= keep + 1e-6
    newest = events[-1].arrival_ns
    assert all(event.arrival_ns < newest - keep * S + 1 for event in events[: -len(kept)])


def test_events_after_a_count_are_those_that_came_since():
    past = Past(30.0)
    past.push([packet(1), packet(2)])
    count = past.count
    assert past.since(count) == []
    past.push([packet(3), packet(4)])
    assert [event.arrival_ns for event in past.since(count)] == [3 * S, 4 * S]


def test_a_beginning_holds_what_the_devices_said_before_it():
    past = Past(30.0)
    known = [connected(0.0), packet(0.1)]
    past.push([*known, *(packet(1.0 + n) for n in range(20))])
    begun = past.begin(10.0, known=known)
    assert begun[:2] == known
    assert min(event.arrival_ns for event in begun[2:]) >= 10 * S - 1
    assert all(event.arrival_ns <= 20 * S for event in begun)


def test_a_connection_before_the_present_one_is_left_out_but_marks_are_not():
    past = Past(30.0)
    again = connected(6.0)
    past.push([connected(0.0), packet(1.0), Mark(2 * S, "cue"), Disconnected("a", 3 * S, "gone")])
    past.push([again, packet(7.0)])
    begun = past.begin(30.0, known=[again])
    assert begun == [Mark(2 * S, "cue"), again, packet(7.0)]


def test_what_a_link_said_of_both_its_feet_goes_with_its_connection():
    past = Past(30.0)
    known = [connected(5.0)]
    early, late = (
        LinkState("a#left", at_s * S, phase="streaming", text="", side=None) for at_s in (2, 6)
    )
    past.push([early, *known, late, packet(7)])
    assert past.begin(30.0, known=known) == [*known, late, packet(7)]


def test_a_replay_keeps_nothing():
    past = Past(0.0)
    past.push([packet(1.0)])
    assert (past.seconds, past.since(0)) == (0.0, [])


@pytest.mark.parametrize("seconds", [0.0, 30.0])
def test_an_empty_past_gives_an_empty_beginning(seconds):
    assert Past().begin(seconds, known=[]) == []
