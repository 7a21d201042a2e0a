"""A foot is named by stomping: the insole that felt it becomes the right one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from insole.errors import RequestError
from insole.guided.naming import PATIENCE_S, Naming
from insole.live.engine import Session
from insole.model.foot import Side
from insole.model.stream import Samples
from insole.model.trial import ClockPrior, StartState
from insole_drivers.virtual import spread
from tests.insole.test_live_board import Script
from tests.insole.whole_trials import LAYOUT, truth_of

BW = 7000.0  # counts
CHUNK = 5


def forces(rate_hz, *, seconds=6.0, stomp_s=3.0):
    """Standing on the left foot from 2 s on, a stomp of the right one: (left, right), (n,)."""
    time = np.arange(0, seconds, 1 / rate_hz)
    lift = np.clip((time - 2.0) / 0.4, 0.0, 1.0)
    since = time - stomp_s
    hit = np.where((since > 0) & (since < 0.16), np.sin(np.pi * since / 0.16), 0.0)
    right = 0.5 * BW * (1 - lift) + 2.2 * BW * hit
    left = BW - 0.5 * BW * (1 - lift) - 0.6 * BW * hit
    sway = 0.01 * BW * np.sin(2 * np.pi * 0.7 * time)
    return left + sway, np.maximum(right - sway, 0.0)


def stream(rate_hz, *, falls=False, sensors=16, **options):
    """Samples of both in turns; `falls`: values that fall under load, as resistances do."""
    feet = dict(zip(("A", "B"), forces(rate_hz, **options), strict=True))
    count = len(feet["A"])
    tick = np.rint(np.arange(count) / rate_hz * 1e6).astype(np.int64)
    for begin in range(0, count, CHUNK):
        rows = slice(begin, begin + CHUNK)
        for device, force in feet.items():
            each = force[rows, None] / sensors * np.ones(sensors)
            values = np.rint(4000.0 - each / 5 if falls else each).astype(np.int32)
            number = np.arange(count)[rows]
            yield Samples(
                device, number, tick[rows], tick[rows] * 1000, values,
                np.zeros(len(number), np.uint32),
            )  # fmt: skip


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0, 200.0, 500.0])
@pytest.mark.parametrize("falls", [False, True])
def test_the_insole_that_felt_the_stomp_is_the_right_one(rate_hz, falls):
    naming = Naming(asked=True)
    sides = {}
    for samples in stream(rate_hz, falls=falls):
        sides = sides or naming.hear([samples])
    assert sides == {"B": Side.RIGHT, "A": Side.LEFT}
    assert naming.view().over
    assert "B" in naming.view().sentence


def test_nobody_is_named_before_the_stomp():
    naming = Naming(asked=True)
    for samples in stream(100.0, stomp_s=99.0):
        assert naming.hear([samples]) == {}
    assert not naming.over
    assert "Stomp the right foot." in naming.view().sentence


def test_two_feet_that_land_at_once_are_not_told_apart():
    naming = Naming(asked=True)
    for samples in stream(100.0):
        both = replace(samples, device="A"), replace(samples, device="B")
        if samples.device == "B":
            assert naming.hear(both) == {}
    assert "one foot only" in naming.view().sentence


def test_who_asked_is_not_kept_waiting_for_ever():
    naming = Naming(asked=True)
    calm = list(stream(50.0, seconds=PATIENCE_S + 2.0, stomp_s=999.0))
    for samples in calm:
        naming.hear([samples])
    assert naming.over
    assert "stay as they were" in naming.view().sentence


def test_what_begins_by_itself_says_why_and_waits():
    naming = Naming(asked=False, why="Both insoles say left.")
    for samples in stream(25.0, seconds=PATIENCE_S + 2.0, stomp_s=999.0):
        naming.hear([samples])
    assert naming.view().sentence == "Both insoles say left. Stomp the right foot."


# --- in a session ---


class Steered(Script):
    """Gives its items when it is told to, as a live source does."""

    realtime = True

    def start(self, sink) -> None:
        self.give = lambda items: [sink(item) for item in items]


def told(side_of):
    truth = truth_of("stand")
    for device, side in side_of.items():
        one = spread.capability(truth, Side.LEFT, layout=LAYOUT, rate_hz=100.0, serial=device)
        yield replace(one, device=device, side=side)


@contextmanager
def session_of(side_of):
    clocks = tuple(ClockPrior(device, 0.0, 0.0) for device in side_of)
    source = Steered([])
    session = Session(source, start=StartState(mass_kg=70.0, clocks=clocks))
    session.start()
    try:
        source.give(told(side_of))
        yield session, source
    finally:
        session.close()


def until(session, holds):
    for _ in range(100):
        view = session.view()
        if holds(view):
            return view
        session.await_news(view.version, 0.1)
    raise AssertionError(session.view())


def test_two_left_insoles_are_named_without_a_question():
    with session_of({"A": Side.LEFT, "B": Side.LEFT}) as (session, source):
        items = list(stream(100.0))
        half = len(items) // 3
        source.give(items[:half])
        view = until(session, lambda view: view.guide is not None)
        assert view.guide.sentence == "Both insoles say left. Stomp the right foot."
        source.give(items[half:])
        until(session, lambda view: view.guide.over)
        source.give(told({"A": Side.LEFT, "B": Side.LEFT}))  # a real one's word is kept
        view = until(session, lambda view: view.feet[Side.RIGHT].device == "B")
        assert view.feet[Side.LEFT].device == "A"
        assert view.guide.over


def test_a_pair_in_the_wrong_shoes_is_swapped_by_a_stomp():
    with session_of({"A": Side.RIGHT, "B": Side.LEFT}) as (session, source):
        items = list(stream(100.0))
        source.give(items[:20])
        until(session, lambda view: view.feet[Side.RIGHT].device == "A")
        session.guide("name")
        source.give(items[20:])
        until(session, lambda view: view.guide is not None and view.guide.over)
        source.give(told({"A": Side.RIGHT, "B": Side.LEFT}))
        view = until(session, lambda view: view.feet[Side.RIGHT].device == "B")
        assert view.feet[Side.LEFT].device == "A"


def test_one_insole_alone_cannot_be_named():
    with session_of({"A": Side.LEFT}) as (session, source):
        source.give(list(stream(100.0))[:20:2])
        until(session, lambda view: view.feet[Side.LEFT].device == "A")
        with pytest.raises(RequestError, match="1 of 2 are there"):
            session.guide("name")


def test_a_replay_is_not_guided():
    source = Steered([])
    source.path, source.position_s, source.duration_s = "run.h5", 0.0, 1.0
    source.speed, source.paused = 1.0, False
    session = Session(source, start=StartState(), live=False)
    session.start()
    try:
        with pytest.raises(RequestError, match="a recording is played"):
            session.guide("calibrate")
    finally:
        session.close()
