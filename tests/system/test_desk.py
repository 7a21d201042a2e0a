"""What stands behind the window: recording in the middle of a stream, replay, moving in time."""

import threading
import time
from collections.abc import Callable

import pytest

import insole
from insole.errors import RequestError
from insole.live.board import BoardView
from insole.live.desk import Desk
from insole.model.foot import Side
from tests.system.watching import until


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    before = set(threading.enumerate())
    yield tmp_path
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in left if thread.name.startswith("insole")]


def stepped(count: int) -> Callable[[BoardView], bool]:
    return lambda view: all(
        view.feet[side].steps is not None and len(view.feet[side].steps) >= count for side in Side
    )


def test_a_recording_begun_in_the_middle_analyses_to_what_was_live(home):
    desk = Desk(spec="virtual:run?speed=3.3&loss=0.01&seed=3")
    until(desk, stepped(3))
    file = desk.record(home / "middle.h5")
    desk.mark("cue: taller")
    until(desk, lambda view: view.recording is not None and stepped(4)(view))
    desk.stop_recording()
    live = desk.last
    assert until(desk, lambda view: view.recording is None).feet[Side.LEFT].time_s is not None
    desk.close()
    batch = insole.analyze(file)
    assert len(live.steps) >= 8
    assert batch.steps == live.steps
    assert batch.result_sha256 == live.result_sha256
    assert [text for _, text in batch.marks] == ["cue: taller"]


def test_the_minute_on_the_board_survives_start_and_stop_of_a_recording(home):
    desk = Desk(spec="virtual:recording")
    before = until(desk, stepped(2)).feet[Side.LEFT].time_s[0]
    desk.record(home / "a.h5")
    desk.stop_recording()
    after = desk.view().feet[Side.LEFT].time_s
    desk.close()
    assert after[0] == before
    assert (after[1:] > after[:-1]).all()


def test_a_default_recording_lies_in_the_recordings_folder_and_is_never_overwritten(home):
    desk = Desk(spec="virtual:stand")
    until(desk, lambda view: view.feet[Side.LEFT].time_s is not None)
    first = desk.record()
    with pytest.raises(RequestError, match="already recording"):
        desk.record()
    desk.stop_recording()
    desk.close()
    assert first.parent == home / "home" / "recordings"
    assert first.exists()


def test_closing_while_recording_completes_the_file(home):
    desk = Desk(spec="virtual:recording")
    file = desk.record(home / "closing.h5") if until(desk, stepped(2)) else None
    until(desk, lambda view: view.recording is not None and stepped(2)(view))
    desk.close()
    assert insole.analyze(file).steps == desk.last.steps
    assert not file.with_name(file.name + ".journal").exists()


def test_a_replay_can_be_moved_and_gives_the_same_steps_as_without(home):
    desk = Desk(spec="virtual:run?speed=3.3", record_to=home / "b.h5")
    until(desk, stepped(6))
    desk.close()
    whole = insole.analyze(home / "b.h5")
    desk = Desk(file=home / "b.h5", speed=float("inf"))
    end = until(desk, lambda view: view.replay is not None and view.replay.paused)
    desk.seek(1.0)
    moved = until(desk, lambda view: view.replay.position_s <= 1.1)
    assert moved.now_s <= 1.1
    desk.resume()
    until(desk, lambda view: view.replay.paused and view.now_s >= end.now_s)
    desk.close()
    assert desk.last.steps == whole.steps


def test_moving_back_while_playing_never_lets_an_old_packet_through(home):
    desk = Desk(spec="virtual:run?speed=3.3", record_to=home / "c.h5")
    until(desk, stepped(6))
    desk.close()
    desk = Desk(file=home / "c.h5", speed=4.0)
    for target in (3.0, 4.0, 1.5, 3.5, 1.2):
        desk.seek(target)
        view = desk.view()
        # Playing goes on at four times real time; an old packet would be seconds ahead.
        assert view.now_s <= target + 0.5
        time.sleep(0.05)
        assert desk.view().now_s <= target + 1.0
    desk.close()


def test_what_is_live_cannot_be_paused_and_says_what_to_do():
    desk = Desk(spec="virtual:stand")
    with pytest.raises(RequestError, match="Drag the time line"):
        desk.pause()
    with pytest.raises(RequestError):
        desk.seek(3.0)
    desk.close()


def test_a_file_that_cannot_be_opened_leaves_the_present_source_running(home):
    desk = Desk(spec="virtual:stand")
    until(desk, lambda view: view.feet[Side.LEFT].time_s is not None)
    with pytest.raises(insole.InsoleError):
        desk.open_file(home / "nothing.h5")
    before = desk.view().now_s
    until(desk, lambda view: view.now_s > before)
    desk.close()


def test_insoles_are_connected_anew_with_the_settings_that_were_chosen(home):
    desk = Desk(spec="virtual:run?rate=200")

    def rates(view: BoardView) -> list[float]:
        return [foot.nominal_hz for foot in view.feet.values()]

    until(desk, lambda view: rates(view) == [200.0, 200.0])
    with pytest.raises(RequestError, match="cannot be '60'"):
        desk.configure({"rate": "60"})
    assert desk.settings() == {}
    desk.configure({"rate": "100", "rate.right": "50"})
    assert desk.settings() == {"rate": "100", "rate.right": "50"}
    until(desk, lambda view: rates(view) == [100.0, 50.0])
    desk.record(home / "running.h5")
    until(desk, lambda view: view.recording is not None)
    with pytest.raises(RequestError, match="a recording runs"):
        desk.configure({"rate": None})
    desk.close()


def test_two_left_insoles_stream_to_a_window_that_asks_for_a_stomp():
    desk = Desk(spec="virtual:stand?two_left")
    view = until(desk, lambda view: view.guide is not None)
    assert view.guide.sentence == "Both insoles say left. Stomp the right foot."
    assert view.feet[Side.LEFT].device
    desk.close()
