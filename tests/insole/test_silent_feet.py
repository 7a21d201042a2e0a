"""A foot that falls silent before the end has lost samples: coverage says so, and the sum holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.live.showing import foot_view
from insole.live.watching import Watch
from insole.model.foot import Side
from insole.model.stream import LinkState, Mark, Packet
from insole.model.trial import StartState
from insole.trial import RunningTrial
from insole_drivers.virtual import spread
from tests.insole.whole_trials import LAYOUT, part, samples, truth_of

RATE_HZ = 100.0
S = 1_000_000_000


def trial_of(seconds: dict[Side, float], *, after=(), pieces: int = 1) -> RunningTrial:
    """Both feet run; each sends for so many seconds, then come further events."""
    truth = truth_of("run")
    trial = RunningTrial(StartState(mass_kg=70.0))
    whole = {
        side: samples(truth, side, rate_hz=RATE_HZ, seconds=length)
        for side, length in seconds.items()
    }
    for side in seconds:
        trial.feed(
            [spread.capability(truth, side, layout=LAYOUT, rate_hz=RATE_HZ, serial=side.value)]
        )
    for index in range(pieces):
        for one in whole.values():
            n = len(one.sequence)
            trial.feed([part(one, n * index // pieces, n * (index + 1) // pieces)])
    trial.feed(list(after))
    trial.finish()
    return trial


def state(phase: str, at_s: float, side: Side = Side.LEFT) -> LinkState:
    return LinkState(side.value, int(at_s * S), phase=phase, text=phase, side=side)


def test_a_foot_that_ends_while_the_other_goes_on_has_lost_the_rest():
    document = trial_of({Side.LEFT: 3.0, Side.RIGHT: 10.0}).analysis().to_dict()["sides"]
    left, right = document["left"], document["right"]
    assert left["received"] == 300
    assert left["lost"] == pytest.approx(700, abs=2)
    assert left["expected"] == left["received"] + left["recovered"] + left["lost"]
    assert left["coverage"] == pytest.approx(0.3, abs=0.001)
    assert left["largest_gap_s"] == pytest.approx(7.0, abs=0.02)
    assert (right["lost"], right["coverage"]) == (0, 1.0)


def test_feet_that_end_within_a_second_of_each_other_have_lost_nothing():
    document = trial_of({Side.LEFT: 9.2, Side.RIGHT: 10.0}).analysis().to_dict()["sides"]
    assert document["left"]["coverage"] == 1.0


def test_one_foot_alone_is_lost_until_its_link_is_given_up():
    events = (state("stalled", 4.5), state("reconnecting", 6.0), state("lost", 9.0))
    book = trial_of({Side.LEFT: 3.0}, after=events).ledger(Side.LEFT)
    assert book is not None
    assert book.lost == pytest.approx(600, abs=2)
    later = trial_of({Side.LEFT: 3.0}, after=(*events, state("closed", 30.0))).ledger(Side.LEFT)
    assert later is not None
    assert later.lost == pytest.approx(2700, abs=2)


def test_closing_a_link_that_streams_may_take_its_time():
    events = (state("streaming", 0.0), state("closed", 8.0))
    book = trial_of({Side.LEFT: 3.0}, after=events).ledger(Side.LEFT)
    assert book is not None
    assert (book.lost, book.coverage) == (0, 1.0)


def test_what_comes_while_a_link_is_closed_says_nothing_of_the_other_foot():
    """A file has samples and events; the samples alone do not tell that they came late."""
    packet = Packet(Side.RIGHT.value, "values", 3 * S, b"")
    late = Packet(Side.RIGHT.value, "values", int(4.5 * S), b"")
    after = (packet, state("closing", 3.0, Side.RIGHT), late)
    book = trial_of({Side.LEFT: 3.0, Side.RIGHT: 4.5}, after=after).ledger(Side.LEFT)
    assert book is not None
    assert (book.lost, book.coverage) == (0, 1.0)


def test_a_mark_after_the_last_sample_shows_that_the_session_went_on():
    book = trial_of({Side.LEFT: 3.0}, after=(Mark(8 * S, "drill ends"),)).ledger(Side.LEFT)
    assert book is not None
    assert book.lost == pytest.approx(500, abs=2)


@given(
    left=st.floats(1.0, 6.0),
    right=st.floats(1.0, 6.0),
    end=st.floats(0.0, 20.0),
    n=st.integers(1, 9),
)
@settings(max_examples=15, deadline=None)
def test_the_sum_holds_and_grouping_changes_no_count(left, right, end, n):
    feet = {Side.LEFT: left, Side.RIGHT: right}
    after = (Mark(int(end * S), "end"),)
    one, two = (trial_of(feet, after=after, pieces=count) for count in (1, n))
    for side, seconds in feet.items():
        book = one.ledger(side)
        assert book == two.ledger(side)
        assert book is not None
        last_s = (int(RATE_HZ * seconds) - 1) / RATE_HZ
        silent_s = max(end, *((int(RATE_HZ * s) - 1) / RATE_HZ for s in feet.values())) - last_s
        expected = silent_s * RATE_HZ if silent_s > 1.0 else 0.0
        if np.abs(silent_s - 1.0) > 0.02:
            assert book.lost == pytest.approx(expected, abs=2)


def test_the_board_counts_what_a_silent_foot_loses_as_the_document_does():
    trial = trial_of({Side.LEFT: 3.0, Side.RIGHT: 10.0})
    watch = Watch(trial.parameters)
    shown = foot_view(trial, Side.LEFT, newest=None, steps={}, watch=watch).ledger
    assert shown is not None
    assert shown.lost == trial.analysis().to_dict()["sides"]["left"]["lost"] > 600
