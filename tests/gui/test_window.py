"""The window: what keys and buttons ask for, what is said when data stops, how it ends."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from insole.errors import DiskFull, RequestError
from insole.live.board import StandingView
from insole.model.foot import Side
from insole.plugins import RecorderStatus
from insole_gui.state.links import sentence
from insole_gui.state.live import LiveState
from tests.gui.window_acts import REPLAY, frames, no_panel_failed, painted, settle


def test_a_loaded_foot_is_coloured_and_a_swung_one_is_not(open_window, fake, run):
    loaded = run.total[Side.LEFT]
    now = float(run.time_s[int(np.argmax(loaded[:1200]))])
    window = open_window(fake(run, now_s=now))
    frames(window)
    bands = set(window.look.theme.bands)
    assert painted(window.live.feet.feet[Side.LEFT]) & bands
    assert not painted(window.live.feet.feet[Side.RIGHT]) & bands
    assert no_panel_failed(window)


def test_pressure_reaches_the_band_that_its_value_says(open_window, fake, run):
    now = float(run.time_s[int(np.argmax(run.total[Side.LEFT][:1200]))])
    session = fake(run, now_s=now)
    window = open_window(session)
    frames(window)
    shown = painted(window.live.feet.feet[Side.LEFT]) & set(window.look.theme.bands)
    highest = max(window.look.theme.bands.index(colour) for colour in shown)
    kpa = session.view().feet[Side.LEFT].values.max()
    edges = [10, 25, 50, 75, 100, 125, 150, 175, 200, 250, 300]
    assert highest == sum(kpa >= edge for edge in edges) - 1


def test_many_cells_show_through_the_signs_over_them(open_window, fake, make_run):
    run = make_run("grid")
    now = float(run.time_s[int(np.argmax(run.total[Side.LEFT][:1200]))])
    window = open_window(fake(run, now_s=now))
    frames(window)
    assert painted(window.live.feet.feet[Side.LEFT]) & set(window.look.theme.bands)


def test_three_zones_are_discs_and_the_page_says_why(open_window, fake, make_run):
    window = open_window(fake(make_run("three"), now_s=9.0))
    frames(window, 14)
    assert window.live.feet.feet[Side.LEFT].note == "Three zones: no pressure map."
    assert window.live.feet.key.isHidden()
    assert no_panel_failed(window)


def test_the_centre_of_pressure_is_drawn_where_it_is(open_window, fake, run):
    now = float(run.time_s[int(np.argmax(run.total[Side.RIGHT][:1200]))])
    session = fake(run, now_s=now)
    window = open_window(session)
    frames(window)
    foot = window.live.feet.feet[Side.RIGHT]
    cop = session.view().feet[Side.RIGHT].cop_mm
    at = foot._points_mm(cop[None])[0]
    # the right foot as seen from above: medial is left, toes are up
    box = foot._bounds
    assert (at.x() - box.left()) / box.width() == pytest.approx(cop[0] / 96.0, abs=0.01)
    assert (box.bottom() - at.y()) / box.height() == pytest.approx(cop[1] / 270.0, abs=0.01)
    image = foot.grab().toImage()
    assert image.pixelColor(at.toPoint()).name().upper() == window.look.theme.right


def test_the_tripod_numbers_are_the_shares_of_the_last_eight_contacts(open_window, fake, run):
    session = fake(run, now_s=12.0)
    window = open_window(session)
    frames(window, 14)
    steps = session.view().feet[Side.LEFT].steps
    shown = {row.corner: row.numbers[0].value for row in window.live.feet.rows}
    for corner in ("heel", "first", "fifth"):
        truth = 100 * steps.value[f"tripod_{corner}"][-8:].mean()
        assert shown[corner] == pytest.approx(truth)


def test_standing_shows_the_zone_and_the_moment(open_window, fake, make_standing):
    window = open_window(fake(make_standing(), now_s=6.0))
    frames(window, 14)
    assert window.live.feet.feet[Side.LEFT]._zone is not None
    assert window.live.feet.rows[2].numbers[0].value == pytest.approx(52, abs=6)
    assert "now" in window.live.feet.share.accessibleName()


def test_the_strip_draws_both_feet_and_scrolls_without_redrawing(open_window, fake, run):
    session = fake(run, now_s=8.0)
    window = open_window(session)
    for i in range(30):
        session.now_s = 8.0 + i / 60
        frames(window, 1)
    strip = window.live.force
    first = strip._strip
    for i in range(30):
        session.now_s = 8.5 + i / 60
        frames(window, 1)
    assert strip._strip is first
    scrolled = strip.grab().toImage()
    strip.restyle()
    strip.repaint()
    fresh = strip.grab().toImage()
    a, b = (
        np.array(i.convertToFormat(i.Format.Format_Grayscale8).bits()) for i in (scrolled, fresh)
    )
    difference = np.abs(a.astype(int) - b.astype(int))
    assert (difference > 60).mean() < 0.02  # the same curves, up to a part of a pixel
    assert no_panel_failed(window)


def test_space_records_and_stops(open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert session.calls == [("record", None)]
    button = window.live.transport.record_button
    assert button.words.startswith("Stop")
    assert window.live.transport.status.lines[0] == "trial-1.h5"
    assert window.live.transport.status.lines[1] == "safe on disk, 0.4 s behind"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert session.calls[-1] == ("stop_recording", None)
    assert button.words == "Record"


def test_a_mark_can_have_words(open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    qtbot.keyClick(window, Qt.Key.Key_M)
    settle(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(window.sheet._line, "cue: taller")
    qtbot.keyClick(window.sheet._line, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert session.calls == [("mark", "mark"), ("mark", "cue: taller")]
    assert window.sheet.isHidden()


def test_a_request_that_fails_says_why_and_how_to_mend_it(open_window, fake, run, qtbot):
    session = fake(run)

    def refuse(_path=None, **_said):
        raise RequestError("no room", where="disk", why="it is full", fix="Free some space")

    session.record = refuse
    window = open_window(session)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert window.banner.lines[0] == "no room (disk): it is full. Free some space."
    assert window.banner.isVisible()


def test_a_full_disk_is_the_first_sentence_and_live_goes_on(open_window, fake, run):
    session = fake(run)
    error = DiskFull("disk full", where="a.h5", why="no room", fix="41 min 6 s are safe")
    session.recording = RecorderStatus(Path("a.h5"), 1, 9.0, error)
    window = open_window(session)
    frames(window, 14)
    assert "41 min 6 s are safe" in window.banner.lines[0]


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)])
def test_a_sentence_moves_nothing_and_stands_between_title_and_chips(open_window, fake, run, size):
    window = open_window(fake(run))
    window.resize(*size)
    frames(window, 14)
    before = window.live.geometry()
    window.tell(
        "a sentence that is long enough to need a second line of the space that it has " * 2
    )
    frames(window, 14)
    assert window.banner.isVisible()
    assert window.live.geometry() == before
    chips = window.header.chips.values()
    taken = [chip.geometry().translated(window.header.pos()) for chip in chips]
    assert not any(window.banner.geometry().intersects(one) for one in (*taken, before))


def test_dragging_the_scrubber_holds_the_view_while_live_goes_on(open_window, fake, run, qtbot):
    session = fake(run, now_s=2.0)
    window = open_window(session)
    for i in range(120):
        session.now_s = 2.0 + i / 20
        frames(window, 1)
    scrubber = window.live.transport.scrubber
    x = scrubber._x(-3.0)
    qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=QPointF(x, 20).toPoint())
    frames(window)
    assert window.state.view.now_s == pytest.approx(session.now_s - 3.0, abs=0.2)
    session.now_s += 1.0
    frames(window)
    assert window.state.newest.now_s == pytest.approx(session.now_s, abs=0.02)
    assert window.state.behind_s() == pytest.approx(4.0, abs=0.2)
    assert window.live.transport.live_button.words == "4 s behind"
    qtbot.keyClick(window, Qt.Key.Key_End)
    frames(window)
    assert window.state.held_s is None


def test_the_last_place_of_a_drag_is_where_the_replay_goes(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay = REPLAY
    window = open_window(session)
    frames(window)
    at_work, go_on, seek = threading.Event(), threading.Event(), session.seek

    def slow(position_s):
        seek(position_s)
        at_work.set()
        assert go_on.wait(20.0)

    session.seek = slow
    window.control.scrub_file(5.0)
    assert at_work.wait(20.0)
    for position_s in (8.0, 14.0, 21.0):
        window.control.scrub_file(position_s)
    frames(window)
    assert session.calls == [("seek", 5.0)]
    go_on.set()
    qtbot.waitUntil(lambda: (frames(window), session.calls[-1])[1] == ("seek", 21.0), timeout=20000)
    settle(qtbot, window)
    assert session.calls == [("seek", 5.0), ("seek", 21.0)]


def test_a_replay_on_its_way_is_no_insole_that_fell_silent(run):
    state = LiveState()
    old = run.view(9.0)
    feet = {side: replace(foot, age_s=3.0) for side, foot in old.feet.items()}
    for going in (True, False):
        state.push(replace(old, feet=feet, replay=replace(REPLAY, going=going)))
        assert (sentence(Side.LEFT, state.view) == "") == going


def test_a_replay_is_steered_by_scrubber_and_keys(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay = REPLAY
    window = open_window(session)
    frames(window)
    assert window.live.transport.record_button.isHidden()
    scrubber = window.live.transport.scrubber
    qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=QPoint(round(scrubber._x(20.0)), 20))
    settle(qtbot, window)
    name, position = session.calls[-1]
    assert name == "seek"
    assert position == pytest.approx(20.0, abs=0.1)
    for key, call in (
        (Qt.Key.Key_K, ("pause", None)),
        (Qt.Key.Key_K, ("resume", None)),
        (Qt.Key.Key_L, ("set_speed", 2.0)),
        (Qt.Key.Key_Period, ("step", 1)),
        (Qt.Key.Key_Comma, ("step", -1)),
        (Qt.Key.Key_J, ("seek", pytest.approx(18.0, abs=0.1))),
        (Qt.Key.Key_End, ("seek", 29.9)),
        (Qt.Key.Key_Space, ("pause", None)),
    ):
        qtbot.keyClick(window, key)
        settle(qtbot, window)
        assert session.calls[-1] == call


def test_brackets_go_from_foot_strike_to_foot_strike(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay = replace(REPLAY, paused=True)
    window = open_window(session)
    frames(window)
    strikes = sorted(
        float(t)
        for foot in session.view().feet.values()
        for t in foot.steps.value["foot_strike_s"]
        if t < 8.95
    )
    qtbot.keyClick(window, Qt.Key.Key_BracketLeft)
    settle(qtbot, window)
    assert session.calls[-1] == ("seek", strikes[-1])


def test_a_looped_step_goes_back_to_its_start(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay = REPLAY
    window = open_window(session)
    frames(window)
    qtbot.keyClick(window, Qt.Key.Key_O)
    settle(qtbot, window)
    start, end = window.state.loop
    assert 0.4 < end - start < 0.7  # a contact of 0.28 s with 0.1 before and 0.15 after
    session.now_s = end + 0.1
    session.replay = replace(session.replay, position_s=end + 0.1)
    settle(qtbot, window)
    assert ("seek", start) in session.calls[-2:]
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert window.state.loop is None


def test_a_silent_foot_turns_grey_and_counts_up(open_window, fake, run):
    now = float(run.time_s[int(np.argmax(run.total[Side.RIGHT][:1200]))])
    session = fake(run, now_s=now)
    window = open_window(session)
    frames(window)
    foot = window.live.feet.feet[Side.RIGHT]
    assert painted(foot) & set(window.look.theme.bands)
    session.feet = {Side.RIGHT: {"age_s": 0.8}}
    frames(window, 14)
    assert not painted(foot) & set(window.look.theme.bands)
    assert window.live.feet.words[Side.RIGHT].lines[1] == "Right: no data for 0.8 s"
    session.feet = {Side.RIGHT: {"age_s": 1.4}}
    frames(window, 14)
    assert window.live.feet.words[Side.RIGHT].lines[1] == "Right: no data for 1.4 s"
    assert "Right: no data for 1.4 s" in window.banner.lines


def test_a_lost_link_says_that_the_recording_goes_on(open_window, fake, run):
    session = fake(run)
    session.recording = RecorderStatus(Path("a.h5"), 1, 0.1)
    session.feet = {Side.LEFT: {"phase": "reconnecting", "age_s": 12.0}}
    window = open_window(session)
    frames(window, 14)
    words = "Left lost 12 s ago. Searching. Recording goes on."
    assert window.live.feet.words[Side.LEFT].lines[1] == words


def test_nothing_connected_offers_three_ways_on(open_window, fake, qtbot, monkeypatch):
    session = fake(None)
    window = open_window(session)
    frames(window)
    empty = window.live.empty
    assert empty.isVisible()
    qtbot.mouseClick(empty.search, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    qtbot.mouseClick(empty.virtual, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    chosen = ("/somewhere/a.h5", "")
    monkeypatch.setattr(
        "insole_gui.window.QFileDialog.getOpenFileName", staticmethod(lambda *_: chosen)
    )
    qtbot.mouseClick(empty.open, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert session.calls == [
        ("connect_ble", None),
        ("connect_virtual", "virtual:recording"),
        ("open_file", Path("/somewhere/a.h5")),
    ]


def test_keep_records_from_half_a_minute_ago_and_undo_takes_a_stop_back(
    open_window, fake, run, qtbot
):
    session = fake(run)
    session.changes["kept_s"] = 12.4
    window = open_window(session)
    frames(window)
    button = window.live.transport.keep_button
    assert button.words == "Keep 12 s"
    qtbot.keyClick(window, Qt.Key.Key_B)
    settle(qtbot, window)
    assert session.calls[-1] == ("keep", 30.0)
    assert button.isHidden()
    window.control.record()
    settle(qtbot, window)
    assert not button.isHidden()
    assert button.words == "Undo 10 s"
    assert window.live.transport.status.lines[1] == "stopped, and can go on"
    button.pressed.emit()
    settle(qtbot, window)
    assert session.calls[-1] == ("go_on", None)
    assert session.view().recording is not None


def test_feet_are_swapped_and_brought_together_from_the_page_of_insoles(
    open_window, fake, run, qtbot
):
    session = fake(run)
    window = open_window(session)
    window.go("insoles")
    frames(window, 14)
    page = window.insoles
    page.swap.pressed.emit()
    page.align.pressed.emit()
    settle(qtbot, window)
    assert [name for name, _ in session.calls[-2:]] == ["swap", "align"]
    frames(window, 14)
    assert page.words[0] == "Hop three times on both feet."
    window.control.record()
    settle(qtbot, window)
    frames(window, 14)
    assert not page.swap.isEnabled()
    assert not page.align.isEnabled()


def test_a_sensor_that_is_left_out_is_crossed_out(open_window, fake, run):
    session = fake(run)
    window = open_window(session)
    frames(window)
    foot = window.live.feet.feet[Side.LEFT]
    before = foot.grab().toImage()
    session.feet = {Side.LEFT: {"masked": (3,)}}
    frames(window)
    assert foot.grab().toImage() != before
    assert window.live.feet.accessibleName() == "left out: left sensor 4"


def test_standing_where_no_foot_has_sway_yet_is_drawn(open_window, fake, make_standing):
    session = fake(make_standing(one_foot=True), now_s=6.0)
    session.changes["standing"] = StandingView(Side.LEFT, 4.0, 0)
    window = open_window(session)
    frames(window)
    assert no_panel_failed(window)
    assert window.header.words[1].startswith("Standing on the left foot")


def test_a_thousand_sensors_are_drawn_as_cells(open_window, fake, make_run):
    run = make_run("thousand")
    window = open_window(fake(run))
    frames(window)
    assert no_panel_failed(window)
    foot = window.live.feet.feet[Side.LEFT]
    assert foot.note == ""
    assert len(painted(foot)) > 20


def test_the_strip_has_no_hole_where_rows_came_before_the_moment_was_told(open_window, fake, run):
    """A reader may see rows that are newer than `now_s`; they are drawn when their time comes."""
    session = fake(run, now_s=6.0)
    window = open_window(session)
    frames(window)
    view = session.view

    def early():
        shown = view()
        return replace(shown, now_s=shown.now_s - 0.15)

    for moment in np.arange(6.0, 9.0, 0.05):
        session.now_s = float(moment)
        session.view = early if int(moment * 20) % 2 else view
        frames(window, 1)
    session.view, session.now_s = view, 9.0
    frames(window, 2)
    strip = window.live.force
    drawn = strip.grab().toImage()
    strip.restyle()
    whole = strip.grab().toImage()
    ink = {window.look.theme.left.lower(), window.look.theme.right.lower()}

    def inked(image):
        columns = range(image.width())
        return [
            any(image.pixelColor(x, y).name() in ink for y in range(60, image.height() - 45))
            for x in columns
        ]

    missing = [b and not a for a, b in zip(inked(drawn), inked(whole), strict=True)]
    # single columns differ where a steep line falls between two pixels
    assert not any(all(missing[i : i + 3]) for i in range(len(missing)))
