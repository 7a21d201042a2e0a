"""A recording that begins before it was asked for, a stop that is taken back, other sides, stomps.

A virtual pair over GATT; every file is analysed again from its packets.
"""

import threading
from collections.abc import Callable

import numpy as np
import pytest

import insole
from insole.errors import RequestError
from insole.live.board import BoardView
from insole.live.desk import Desk
from insole.model.foot import Side
from tests.system.watching import until

BOTH = (Side.LEFT, Side.RIGHT)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    before = set(threading.enumerate())
    yield tmp_path
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in left if thread.name.startswith("insole")]


@pytest.fixture
def pair():
    """Opens a virtual pair; it is closed however the test ends."""
    desks: list[Desk] = []

    def open_pair(spec: str) -> Desk:
        desks.append(Desk(spec=spec))
        return desks[-1]

    yield open_pair
    for desk in desks:
        desk.close()


def stepped(count: int) -> Callable[[BoardView], bool]:
    return lambda view: all(
        view.feet[side].steps is not None and len(view.feet[side].steps) >= count for side in BOTH
    )


def document(file):
    return insole.analyze(file).to_dict()


@pytest.mark.timeout(120)
def test_what_was_before_the_button_is_in_the_file(home, pair):
    desk = pair("virtual:run?speed=3.3&seed=3")
    before = until(desk, stepped(6))
    assert before.kept_s > 3.0
    desk.mark("before")
    file = desk.record(home / "kept.h5", before_s=30.0)
    began = until(desk, lambda view: view.recording is not None)
    assert began.recording_since_s >= before.kept_s
    until(desk, lambda view: view.now_s > began.now_s + 1.5)
    desk.stop_recording()
    live = desk.last
    desk.close()
    batch = insole.analyze(file)
    assert batch.result_sha256 == live.result_sha256
    assert len(batch.left) >= len(before.feet[Side.LEFT].steps)
    assert [text for _, text in batch.marks] == ["before"]
    assert batch.marks[0][0] > 2.0
    for foot in batch.feet.values():
        assert foot.ledger.lost == 0
        assert foot.last_s - foot.first_s > before.kept_s


@pytest.mark.timeout(120)
def test_less_than_half_a_minute_can_be_kept_too(home, pair):
    desk = pair("virtual:run?speed=3.3&seed=3")
    until(desk, lambda view: view.kept_s > 5.0 and stepped(3)(view))
    file = desk.record(home / "two.h5", before_s=2.0)
    desk.stop_recording()
    desk.close()
    foot = insole.analyze(file).feet[Side.LEFT]
    assert 1.8 < foot.last_s - foot.first_s < 4.0


@pytest.mark.timeout(120)
def test_a_stop_that_is_taken_back_leaves_no_hole(home, pair):
    desk = pair("virtual:run?speed=3.3&seed=4")
    until(desk, stepped(2))
    file = desk.record(home / "undone.h5")
    until(desk, lambda view: view.recording is not None and stepped(3)(view))
    desk.stop_recording(undo_s=10.0)
    stopped = until(desk, lambda view: view.stopped is not None)
    assert stopped.stopped.path == file
    assert stopped.recording is None
    until(desk, lambda view: view.now_s > stopped.now_s + 1.5)
    desk.go_on()
    again = until(desk, lambda view: view.recording is not None and view.stopped is None)
    until(desk, lambda view: view.now_s > again.now_s + 1.0)
    times = desk.view().feet[Side.LEFT].time_s
    assert (np.diff(times) > 0).all()
    desk.stop_recording()
    live = desk.last
    desk.close()
    batch = insole.analyze(file)
    assert batch.result_sha256 == live.result_sha256
    for side in BOTH:
        assert batch.feet[side].ledger.lost == 0
        assert batch.feet[side].ledger.largest_gap_s < 0.1
        strikes = (batch.left if side is Side.LEFT else batch.right).value["foot_strike_s"]
        assert np.diff(strikes).max() < 1.2 * np.median(np.diff(strikes))


@pytest.mark.timeout(120)
def test_a_stop_that_nobody_takes_back_completes_the_file_by_itself(home, pair):
    desk = pair("virtual:run?speed=3.3&seed=5")
    until(desk, stepped(2))
    file = desk.record(home / "ended.h5")
    until(desk, lambda view: view.recording is not None and stepped(3)(view))
    desk.stop_recording(undo_s=0.3)
    ended = until(desk, lambda view: view.stopped is None and view.recording is None)
    until(desk, lambda _view: desk.last is not None)
    assert insole.analyze(file).result_sha256 == desk.last.result_sha256
    assert not file.with_name(file.name + ".journal").exists()
    with pytest.raises(RequestError, match="too long ago"):
        desk.go_on()
    until(desk, lambda view: view.now_s > ended.now_s)
    desk.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("way", ["close", "record"])
def test_what_comes_after_a_stop_completes_the_file_at_once(home, pair, way):
    desk = pair("virtual:stand")
    until(desk, lambda view: view.feet[Side.LEFT].time_s is not None)
    file = desk.record(home / "first.h5")
    began_s = desk.view().now_s
    until(desk, lambda view: view.feet[Side.LEFT].time_s[-1] > began_s + 0.3)
    desk.stop_recording(undo_s=10.0)
    until(desk, lambda view: view.stopped is not None)
    if way == "record":
        desk.record(home / "second.h5")
        assert not file.with_name("first.h5.journal").exists()
    desk.close()
    assert not file.with_name("first.h5.journal").exists()
    assert document(file)["sides"]["left"]["samples"] > 0


@pytest.mark.timeout(120)
def test_swapped_feet_are_swapped_from_then_on_and_in_the_next_file(home, pair):
    desk = pair("virtual:single")
    before = until(desk, lambda view: view.standing is not None)
    devices = {side: before.feet[side].device for side in BOTH}
    assert before.standing.side is Side.LEFT
    desk.swap()
    after = until(desk, lambda view: view.standing is not None and view.standing.side is Side.RIGHT)
    assert {side: after.feet[side].device for side in BOTH} == {
        Side.LEFT: devices[Side.RIGHT],
        Side.RIGHT: devices[Side.LEFT],
    }
    file = desk.record(home / "swapped.h5")
    with pytest.raises(RequestError, match="Stop it first"):
        desk.swap()
    until(desk, lambda view: view.recording_since_s > 1.0)
    desk.stop_recording()
    desk.close()
    with insole.open(file) as trial:
        assert trial.right.total_n[-1] > 5 * max(1.0, trial.left.total_n[-1])


@pytest.mark.timeout(120)
def test_hops_bring_the_times_of_the_feet_together(home, pair):
    desk = pair("virtual:hop")
    until(desk, stepped(1))
    before = desk.view().time
    assert before.alignment is None
    assert not before.good
    desk.align()
    asked = until(desk, lambda view: view.time.stomping != "")
    assert "Hop three times" in asked.time.stomping
    after = until(desk, lambda view: view.time.alignment is not None)
    assert after.time.stomping == ""
    until(desk, lambda view: view.time.sd_s is not None)
    found = after.time.alignment
    assert abs(found.shift_s) < 0.02  # the virtual feet do land together
    assert len(found.strikes_s) == 3
    file = desk.record(home / "hops.h5")
    until(desk, lambda view: view.recording is not None and stepped(3)(view))
    with pytest.raises(RequestError, match="Stop it first"):
        desk.align()
    desk.stop_recording()
    desk.close()
    told = document(file)["synchronisation"]
    assert told["alignment"]["shift_s"] == found.shift_s
    assert told["sync_sd_s"] == pytest.approx(found.u_s)
