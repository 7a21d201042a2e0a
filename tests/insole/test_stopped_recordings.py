"""A recording that was stopped and may go on: what happens to its file, whatever comes next."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from insole.errors import RequestError, StorageError
from insole.live.engine import Session
from insole.plugins import RecorderStatus
from tests.insole.whole_trials import Fed

FULL = StorageError("the disk is full", where="trial.h5", why="no room", fix="free some")


class Kept:
    """A recorder that remembers how it was closed."""

    made: list[Kept]

    def __init__(self, path: Path, fails: bool) -> None:
        self.path, self.fails, self.closed, self.events = path, fails, threading.Event(), []

    def append(self, event) -> None:
        self.events.append(event)

    def decoded(self, item) -> None:
        pass

    def status(self) -> RecorderStatus:
        return RecorderStatus(self.path, 0, 0.0)

    def close(self, document) -> None:
        self.document = document
        self.closed.set()
        if self.fails:
            raise FULL


@pytest.fixture
def session():
    made: list[Kept] = []
    fails = [False]

    def recorders(path, *, start, notes, force=False):
        del start, notes, force
        made.append(Kept(path, fails[0]))
        return made[-1]

    running = Session(Fed(), recorders=recorders)
    running.start()
    yield running, made, fails
    running.close()


def until(session: Session, holds) -> None:
    view = session.view()
    while not holds(view):
        assert session.await_news(view.version, 10.0)
        view = session.view()


def test_the_file_is_closed_when_the_time_is_over(session):
    running, made, _ = session
    running.record(Path("a.h5"))
    assert running.stop_recording(undo_s=0.05) is None
    until(running, lambda view: view.stopped is None and view.recording is None)
    assert made[0].closed.wait(10)
    assert made[0].document is not None


def test_marks_between_stop_and_going_on_are_kept_in_order(session):
    running, made, _ = session
    running.record(Path("a.h5"))
    running.mark("one")
    until(running, lambda view: len(view.marks) == 1)
    running.stop_recording(undo_s=20.0)
    running.mark("two")
    until(running, lambda view: [text for _, text in view.marks] == ["two"])
    running.go_on()
    running.mark("three")
    until(running, lambda view: len(view.marks) == 3)
    assert [event.text for event in made[0].events] == ["one", "two", "three"]
    assert not made[0].closed.is_set()


def test_a_disk_that_is_full_at_the_end_is_said_until_the_next_recording(session):
    running, made, fails = session
    fails[0] = True
    running.record(Path("a.h5"))
    running.stop_recording(undo_s=0.05)
    assert made[0].closed.wait(10)
    until(running, lambda view: any("the disk is full" in words for words in view.messages))
    fails[0] = False
    running.record(Path("b.h5"))
    until(running, lambda view: not any("disk" in words for words in view.messages))


def test_a_second_stop_and_a_second_undo_say_what_is_wrong(session):
    running, made, _ = session
    running.stop_recording(undo_s=5.0)  # nothing runs: nothing is stopped
    assert running.view().stopped is None
    with pytest.raises(RequestError, match="cannot go on"):
        running.go_on()
    running.record(Path("a.h5"))
    running.stop_recording(undo_s=20.0)
    running.go_on()
    with pytest.raises(RequestError, match="cannot go on"):
        running.go_on()
    with pytest.raises(RequestError, match="already recording"):
        running.record(Path("b.h5"))
    assert len(made) == 1


def test_closing_completes_a_stopped_recording(session):
    running, made, _ = session
    running.record(Path("a.h5"))
    running.stop_recording(undo_s=20.0)
    running.close()
    assert made[0].closed.is_set()
    assert made[0].document is not None
