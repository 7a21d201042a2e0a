"""A drill on a live session: the coach hears what the pipeline makes known, whoever watches."""

from __future__ import annotations

import threading

import pytest

from insole.drills import shelf
from insole.errors import RequestError
from insole.live.drilling import Drilling
from insole.live.engine import Session
from insole.model.foot import Side
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial
from tests.insole.test_live_board import MASS_KG, said

SECONDS = 30.0  # of the virtual pair's drill: both feet, 10 s on the left, both, 10 s on the right
CLOCKS = tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)


class Gated:
    """Gives its first items, and the others once it is told to."""

    realtime = False
    error = None

    def __init__(self, items, *, first):
        self._items, self._first = list(items), first
        self.go_on = threading.Event()
        self.finished = False
        self._thread = None

    def start(self, sink):
        self._thread = threading.Thread(target=self._give, args=(sink,))
        self._thread.start()

    def _give(self, sink):
        for number, item in enumerate(self._items):
            if number == self._first and not self.go_on.wait(30):
                break
            sink(item)
        self.finished = True

    def stop(self):
        self.go_on.set()
        if self._thread is not None:
            self._thread.join(30)


@pytest.fixture
def session():
    """On both feet for half a second so far; live."""
    source = Gated(said("drill", seconds=SECONDS), first=30)
    made = Session(source, start=StartState(mass_kg=MASS_KG, clocks=CLOCKS))
    made.start()
    assert all(await_foot(made, side) for side in Side)
    yield made, source
    made.close()


def await_foot(session, side):
    version = -1
    for _ in range(200):
        view = session.view()
        if view.feet[side].total_n > 0 and view.feet[side].capability is not None:
            return True
        session.await_news(max(version, view.version), 0.1)
    return False


def await_state(session, state):
    for _ in range(200):
        view = session.view()
        if view.drill is not None and view.drill.state == state:
            return True
        session.await_news(view.version, 0.1)
    return False


def done(session, source):
    source.go_on.set()
    assert session.wait(60)
    while not session.view().finished:  # the last board comes after the end
        session.await_news(session.view().version, 0.1)
    return session.view().drill


def test_holds_on_each_leg_are_counted_and_marked(session):
    running, source = session
    running.drill(shelf.find("tripod-hold").changed(hold_s=5.0, reps=1))
    assert await_state(running, "setup")
    view = done(running, source)
    assert view.state == "done"
    assert [(one.name, one.reached) for one in view.done] == [
        ("Hold 1, left", True), ("Hold 2, right", True),
    ]  # fmt: skip
    holds = view.result["holds"]
    assert [one["foot"] for one in holds] == ["left", "right"]
    assert [one["hold_s"] for one in holds] == pytest.approx([5.0, 5.0])
    marks = [text for _, text in running.view().marks]
    assert marks[0] == "drill tripod-hold begins"
    assert len([text for text in marks if "Hold" in text]) == 2
    assert marks[-1] == "drill tripod-hold done"


def test_a_hold_that_lasts_longer_than_the_leg_ends_with_the_step_down(session):
    running, source = session
    running.drill(shelf.find("tripod-hold").changed(hold_s=60.0, reps=1))
    view = done(running, source)
    assert view.state == "aborted"  # the pair went away in the middle of the second
    assert [one.reached for one in view.done] == [False]
    assert "step-down" in view.done[0].words


def test_a_drill_that_is_ended_keeps_what_was_done_and_another_can_begin(session):
    running, source = session
    running.drill(shelf.find("tripod-hold"))
    running.drill(None)
    assert await_state(running, "aborted")
    running.drill(shelf.find("weight-shift"))
    assert await_state(running, "setup")
    assert running.view().drill.id == "weight-shift"
    running.pause_drill()
    assert await_state(running, "paused")
    running.pause_drill()
    assert await_state(running, "setup")
    done(running, source)


def test_a_timer_needs_no_load_and_runs_by_the_clock_of_the_session(session):
    running, source = session
    drill = shelf.find("toe-splay").changed(reps=2, sets=1, work_s=2.0, rest_each_s=1.0)
    running.drill(drill)
    assert await_state(running, "work")
    view = done(running, source)
    assert view.state == "done"
    assert view.result["duration_s"] == pytest.approx(6.0)


def test_without_mass_a_drill_of_load_says_why_it_cannot_be():
    source = Gated(said("drill", seconds=SECONDS, mass_kg=None), first=30)
    running = Session(source, start=StartState(clocks=CLOCKS))
    running.start()
    assert await_foot(running, Side.LEFT)
    with pytest.raises(RequestError, match="body mass"):
        running.drill(shelf.find("tripod-hold"))
    assert running.view().drill is None
    running.close()


def test_with_one_insole_a_drill_of_two_says_so():
    source = Gated(said("drill", seconds=SECONDS, sides=(Side.LEFT,)), first=20)
    running = Session(source, start=StartState(mass_kg=MASS_KG, clocks=CLOCKS))
    running.start()
    assert await_foot(running, Side.LEFT)
    with pytest.raises(RequestError, match="2 insoles, 1"):
        running.drill(shelf.find("tripod-hold"))
    running.close()


def test_a_file_is_no_drill():
    drilling = Drilling(live=False, mark=lambda _: None)
    with pytest.raises(RequestError, match="of a file"):
        drilling.begin(shelf.find("tripod-hold"), RunningTrial(StartState()), now_s=0.0)
    assert drilling.view() is None
