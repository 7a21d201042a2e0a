"""A recording that is stopped while the link streams on: what the device still keeps comes too."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import pytest

from insole import api, plugins
from insole.live.engine import Session
from insole.live.trials import Trials
from insole.model.foot import Side
from insole.model.stream import Disconnected, Event, LinkState, Mark
from insole.model.trial import StartState, TrialNotes
from insole.plugins import RecorderStatus
from insole.trial import RunningTrial
from tests.drivers.test_orphe_fifo import Bench
from tests.insole.whole_trials import Fed

SECOND = 1_000_000_000
ROWS = 4  # samples of a packet
ORIGIN_NS = round(100_000 / 208 * SECOND)  # of the bench's first sample
START = StartState(origin_ns=ORIGIN_NS)


class Kept:
    """A recorder that keeps events in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = threading.Event()

    def append(self, event: Event) -> None:
        self.events.append(event)

    def decoded(self, item: object) -> None:
        pass

    def status(self) -> RecorderStatus:
        return RecorderStatus(Path("a.h5"), 0, 0.0)

    def close(self, document: object) -> None:
        del document
        self.closed.set()


@cache
def streamed(every: int = 11) -> list[Event]:
    """What a link hands over that loses one of so many packets."""
    bench = Bench(lambda number: number % every == 0)
    bench.connect()
    bench.run(12.0)
    return bench.events


def cut(events: list[Event], at_s: float) -> tuple[list[Event], list[Event]]:
    """Before and after a stop so long after the first sample."""
    edge = next(i for i, e in enumerate(events) if e.arrival_ns >= ORIGIN_NS + at_s * SECOND)
    return events[:edge], events[edge:]


def recording(events: list[Event]) -> tuple[Trials, Kept]:
    kept = Kept()
    trials = Trials(
        START,
        notes=TrialNotes(),
        recorders=lambda *_, **__: kept,
        live=True,
    )
    trials.record(Path("a.h5"), force=False, notes=None, before_s=0.0)
    trials.feed(events)
    return trials, kept


@pytest.mark.parametrize("at_s", [8.0, 8.11, 8.23, 8.37, 8.52, 8.71, 8.9])
@pytest.mark.parametrize("every", [11, 30])
def test_what_was_missing_when_it_stopped_comes_within_two_seconds(at_s, every):
    before, after = cut(streamed(every=every), at_s)
    trials, kept = recording(before)
    received = trials.current.intake.devices["v"].sequencer.ledger.expected
    trials.stop_for(2.0)
    trials.feed(after)
    trials.settle()
    assert trials.recorded is not None
    foot = trials.recorded.to_dict()["sides"]["left"]
    assert foot["lost"] == 0
    assert received <= foot["expected"] < 8.0 * 208 + 208
    again = RunningTrial(START)
    again.feed(kept.events)
    again.finish()
    assert again.analysis().to_dict() == trials.recorded.to_dict()


def test_nothing_that_was_taken_after_the_stop_is_recorded():
    before, after = cut(streamed(), 8.23)
    trials, _ = recording(before)
    device = trials.current.intake.devices["v"]
    assert device.sequencer.owed is not None
    newest = max(e.arrival_ns for e in before)
    trials.stop_for(2.0)
    trials.feed(after)
    ending = trials._stopped.trial
    trials.settle()
    last_s = ending.pair.last_s[Side.LEFT]
    assert last_s <= (newest - ORIGIN_NS) * 1e-9


def test_a_stop_that_is_taken_back_has_no_hole_and_nothing_twice():
    events = streamed()
    before, after = cut(events, 8.23)
    middle, rest = after[:200], after[200:]
    trials, kept = recording(before)
    trials.stop_for(5.0)
    trials.feed(middle)
    trials.go_on()
    trials.feed(rest)
    assert kept.events == events


def test_a_link_that_ends_first_loses_what_it_kept_and_says_so():
    before, after = cut(streamed(), 8.23)
    trials, _ = recording(before)
    gone = Disconnected("v", before[-1].arrival_ns + 1, "out of range")
    trials.stop_for(2.0)
    trials.feed([gone, *after])
    trials.settle()
    assert trials.recorded is not None
    foot = trials.recorded.to_dict()["sides"]["left"]
    assert foot["lost"] >= ROWS
    assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]


def until(session: Session, holds) -> None:
    view = session.view()
    while not holds(view):
        assert session.await_news(view.version, 10.0)
        view = session.view()


def hear(session: Session, source: Fed, events: list[Event]) -> None:
    """Give these events, and return when all have been taken."""
    for event in events:
        source.sink(event)
    source.sink(Mark(events[-1].arrival_ns, "heard"))
    until(session, lambda view: bool(view.marks))


@pytest.fixture
def session():
    source, kept = Fed(), Kept()
    running = Session(source, start=START, recorders=lambda *_, **__: kept)
    running.start()
    yield running, source, kept
    running.close()


def test_a_program_that_stops_gets_a_file_without_a_hole(session, monkeypatch):
    monkeypatch.setattr("insole.live.engine.REST_S", 25.0)  # this machine may be slow
    running, source, _ = session
    before, after = cut(streamed(), 8.23)
    running.record(Path("a.h5"))
    hear(running, source, before)
    results = []
    stopping = threading.Thread(target=lambda: results.append(running.stop_recording()))
    stopping.start()
    until(running, lambda view: view.recording is None)
    for event in after:
        source.sink(event)
    stopping.join(10.0)
    assert results[0].to_dict()["sides"]["left"]["lost"] == 0


def test_an_insole_that_falls_silent_is_waited_for_so_long_and_no_longer(session, monkeypatch):
    monkeypatch.setattr("insole.live.engine.REST_S", 0.1)
    running, source, kept = session
    before, _ = cut(streamed(), 8.23)
    running.record(Path("a.h5"))
    hear(running, source, before)
    result = running.stop_recording()
    assert result is not None
    assert result.to_dict()["sides"]["left"]["lost"] > 0
    assert kept.closed.is_set()


def test_a_file_says_what_was_still_fetched_when_it_was_stopped():
    before, after = cut(streamed(), 8.23)
    trials, kept = recording(before)
    trials.stop_for(2.0)
    trials.feed(after)
    trials.settle()
    said = [event for event in kept.events if isinstance(event, LinkState)]
    assert [event.phase for event in said] == ["closing"]
    assert said[0].side is Side.LEFT


@pytest.mark.usefixtures("home")
def test_the_file_of_a_recording_that_was_waited_for_is_analysed_alike(tmp_path):
    before, after = cut(streamed(), 8.23)
    file = tmp_path / "kept.h5"
    trials = Trials(
        START, notes=TrialNotes(), recorders=plugins.load("insole.recorders", "hdf5"), live=True
    )
    trials.record(file, force=False, notes=None, before_s=0.0)
    trials.feed(before)
    trials.stop_for(2.0)
    trials.feed(after)
    result = trials.complete()
    assert result is not None
    live = result.to_dict()
    assert live["sides"]["left"]["lost"] == 0
    batch = api.analyze(file).to_dict()
    assert (batch["steps"], batch["sides"]) == (live["steps"], live["sides"])
    assert batch["provenance"]["result_sha256"] == live["provenance"]["result_sha256"]
