"""The window: what keys and buttons ask for, what is said when data stops, how it ends."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QWidget

from insole.board import ReplayView
from insole.errors import DiskFull, RequestError
from insole.model.foot import Side
from insole.plugins import RecorderStatus
from insole_gui.widgets.look import Painted
from insole_gui.window import Window

REPLAY = ReplayView("/somewhere/trial-7.h5", 9.0, 29.9, 1.0, paused=False)


def frames(window, count=8):
    for _ in range(count):
        window.tick()
        QApplication.processEvents()


def settle(qtbot, window):
    """Let requests reach the session and their effects the screen."""
    qtbot.waitUntil(lambda: (window.tick(), not window.control.commands.busy)[1])
    frames(window)


def painted(widget):
    """Set of colours of a widget's picture."""
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }


def no_panel_failed(window):
    return [p.failed for p in window.findChildren(Painted) if p.failed] == []


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


def test_t_changes_every_colour_and_back(open_window, fake, run, qtbot):
    window = open_window(fake(run))
    frames(window)
    assert window.grab().toImage().pixelColor(90, 500).name().upper() == "#0C1118"
    qtbot.keyClick(window, Qt.Key.Key_T)
    frames(window)
    assert window.grab().toImage().pixelColor(90, 500).name().upper() == "#EEF1F5"
    assert "#FFFFFF" in painted(window.live.force)
    qtbot.keyClick(window, Qt.Key.Key_T)
    frames(window)
    assert window.look.theme.name == "dark"
    assert no_panel_failed(window)


def test_far_digits_are_a_seventh_of_the_window(open_window, fake, run, qtbot):
    window = open_window(fake(run, now_s=12.0), size=(1024, 640))
    frames(window)
    window.look.audit = []
    qtbot.keyClick(window, Qt.Key.Key_F)
    frames(window)
    window.far.repaint()
    numbers = [drawn for drawn in window.look.audit if drawn.text.startswith("0.1")]
    assert len(numbers) >= 2
    assert min(drawn.used.height() for drawn in numbers) >= 640 / 7
    qtbot.keyClick(window.far, Qt.Key.Key_Right)
    frames(window)
    assert "contact" in window.far.accessibleName()
    qtbot.keyClick(window.far, Qt.Key.Key_Escape)
    assert window.far.isHidden()


def test_enter_on_a_number_opens_its_definition(open_window, fake, run, qtbot):
    window = open_window(fake(run, now_s=12.0))
    frames(window)
    qtbot.keyClick(window.live.tiles["contact"], Qt.Key.Key_Return)
    assert window.sheet.isVisible()
    rows = dict(window.sheet.rows)
    assert {"Definition", "Unit", "Left", "Right"} <= set(rows)
    assert "last 8 valid steps" in rows["Left"]


def test_every_number_and_button_has_a_name_and_can_be_reached(open_window, fake, run):
    window = open_window(fake(run, now_s=12.0))
    frames(window, 14)
    reachable = [
        w
        for w in window.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus and isinstance(w, Painted)
    ]
    assert len(reachable) > 20
    assert [type(w).__name__ for w in reachable if not w.accessibleName()] == []
    tile = window.live.tiles["push_off"].accessibleName()
    assert "Left, late-stance push-off, 0." in tile
    assert "plus or minus" in tile


def test_p_changes_the_definition_of_push_off(open_window, fake, run, qtbot):
    window = open_window(fake(run, now_s=12.0))
    frames(window)
    qtbot.keyClick(window, Qt.Key.Key_P)
    frames(window)
    assert window.live.tiles["push_off"].tile.name == "Effective push-off"
    assert no_panel_failed(window)


def test_a_panel_that_cannot_be_drawn_leaves_the_others_alone(open_window, fake, run, caplog):
    window = open_window(fake(run))
    strip = window.live.force
    strip.draw = lambda _canvas: 1 / 0
    frames(window)
    strip.repaint()
    strip.repaint()
    assert strip.failed == "ZeroDivisionError: division by zero"
    assert len([r for r in caplog.records if "cannot draw" in r.message]) == 1
    assert window.live.steps.failed == ""


def test_a_board_that_cannot_be_read_is_reported_once(open_window, fake, run, caplog):
    session = fake(run)
    window = open_window(session)
    session.view = lambda: 1 / 0
    frames(window, 20)
    assert len([r for r in caplog.records if "cannot read" in r.message]) == 1


def test_closing_while_recording_waits_for_the_file(open_window, fake, run, qtbot):
    session = fake(run)
    session.recording = RecorderStatus(Path("a.h5"), 1, 0.1)
    session.close_waits = threading.Event()
    window = open_window(session)
    frames(window)
    assert window.close() is False
    assert window.isVisible()
    assert window.saving.isVisible()
    assert window.saving.words == "Saving the recording…"
    frames(window)  # still painting
    assert not session.closed
    window.close()  # impatience changes nothing
    session.close_waits.set()
    qtbot.waitUntil(lambda: window.isHidden())
    assert [call for call in session.calls if call[0] == "close"] == [("close", None)]
    assert session.closed
    assert not [t for t in threading.enumerate() if t.name.startswith("insole-")]


def test_closing_before_the_session_is_ready_closes_it_too(qtbot, fake, run):
    gate, session = threading.Event(), fake(run)

    def slow():
        gate.wait(10)
        return session

    window = Window(slow)
    window._timer.stop()
    qtbot.addWidget(window)
    window.show()
    window.close()
    gate.set()
    qtbot.waitUntil(lambda: window.isHidden())
    assert session.closed


def test_a_session_that_cannot_start_is_a_sentence(qtbot):
    def broken():
        raise RequestError("no adapter", where="Bluetooth", why="it is off", fix="Switch it on")

    window = Window(broken)
    window._timer.stop()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: (window.tick(), not window.commands.busy)[1])
    frames(window)
    assert window.banner.lines == ("no adapter (Bluetooth): it is off. Switch it on.",)
    window.close()
    qtbot.waitUntil(lambda: window.isHidden())


def test_review_lists_all_steps_and_a_click_goes_there(open_window, fake, run, qtbot):
    session = fake(run, now_s=20.0)
    session.replay = replace(REPLAY, position_s=20.0)
    window = open_window(session)
    frames(window)
    qtbot.keyClick(window, Qt.Key.Key_2)
    frames(window, 14)
    model = window.review.model
    count = sum(len(foot.steps) for foot in session.view().feet.values())
    assert model.rowCount() == count
    strikes = [float(model.index(i, 1).data()) for i in range(count)]
    assert strikes == sorted(strikes)
    window.review.table.clicked.emit(model.index(3, 0))
    settle(qtbot, window)
    assert session.calls[-1][0] == "seek"
    assert session.calls[-1][1] == pytest.approx(strikes[3], abs=0.006)


def test_steps_can_be_copied_as_a_table(open_window, fake, run, qtbot):
    window = open_window(fake(run, now_s=20.0))
    window.go("review")
    frames(window, 14)
    qtbot.mouseClick(window.review.copy, Qt.MouseButton.LeftButton)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "side,foot_strike_s,contact_ms,flight_ms,push_off_BW_s,peak_BW,flags"
    assert len(lines) == len(window.review._rows) + 1


def test_latency_is_measured_from_arrival_to_the_end_of_painting(open_window, fake, run):
    session = fake(run, now_s=8.0)
    window = open_window(session)
    for i in range(60):
        session.now_s = 8.0 + i / 60
        frames(window, 1)
    late = window.state.latency.p95_ms()
    assert late >= 12.0  # the board said that samples were 12 ms old when read
    assert np.isfinite(late)


def test_windows_leave_no_timer_and_no_widget_behind(fake, run, qtbot):
    before = len(QApplication.allWidgets())
    for _ in range(3):
        session = fake(run)
        window = Window(lambda session=session: session)
        window.show()
        qtbot.waitUntil(lambda w=window: w.control.session is not None)
        frames(window)
        window.close()
        qtbot.waitUntil(lambda w=window: w.isHidden())
        assert not window._timer.isActive()
        window.deleteLater()
        QApplication.sendPostedEvents(None, 52)  # DeferredDelete
        QApplication.processEvents()
    assert len(QApplication.allWidgets()) <= before + 2


def test_a_step_that_does_not_count_is_hollow_and_does_not_stretch_the_axis(
    open_window, fake, run, artefacts
):
    session = fake(run, now_s=12.0)
    window = open_window(session)
    frames(window)
    strip = window.live.steps
    window.look.audit = []
    strip.repaint()
    before = [d.text for d in window.look.audit if d.text.startswith("0.")]
    steps = run.steps[Side.RIGHT]
    steps.value["po50_BW_s"][3] = 0.01
    steps.flags[3] = 1
    strip._counts = ()
    frames(window)
    window.look.audit.clear()
    strip.repaint()
    assert [d.text for d in window.look.audit if d.text.startswith("0.")] == before
    strip.grab().save(str(artefacts / "steps-with-invalid.png"))


def test_the_focused_number_has_a_ring(open_window, fake, run):
    window = open_window(fake(run, now_s=12.0))
    frames(window)
    tile = window.live.tiles["cadence"]
    without = tile.grab().toImage()
    window.activateWindow()
    tile.setFocus()
    frames(window)
    ring = tile.grab().toImage()
    assert without != ring
    at = ring.pixelColor(ring.width() // 2, 1).name().upper()
    assert at == window.look.theme.focus


def test_high_contrast_and_scale_are_chosen_on_the_settings_page(open_window, fake, run, qtbot):
    now = float(run.time_s[int(np.argmax(run.total[Side.LEFT][:1200]))])
    window = open_window(fake(run, now_s=now))
    frames(window)
    foot = window.live.feet.feet[Side.LEFT]
    bands = window.look.theme.bands
    before = max(bands.index(c) for c in painted(foot) if c in bands)
    window.go("settings")
    qtbot.mouseClick(window.settings.scales[150.0], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.settings.contrast, Qt.MouseButton.LeftButton)
    window.go("live")
    frames(window)
    assert max(bands.index(c) for c in painted(foot) if c in bands) > before
    assert window.look.theme.text3 == window.look.theme.text
    assert window.live.feet.key.accessibleName() == "Colour scale, up to 150 kilopascal"
