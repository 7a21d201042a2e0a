"""The window: themes, definitions, names, what fails, how it ends."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from insole.errors import RequestError
from insole.model.foot import Side
from insole.plugins import RecorderStatus
from insole_gui.widgets.look import Painted
from insole_gui.window import Window
from tests.gui.window_acts import REPLAY, frames, no_panel_failed, painted, settle


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
    qtbot.keyClick(window, Qt.Key.Key_3)
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
