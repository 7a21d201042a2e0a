"""Review of a whole recording: from its stored result, at once, and sorted without waiting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from insole.errors import DamagedFile
from insole.live.board import ReplayView
from insole.model.foot import Side
from insole.model.gait import StepFlag
from insole_gui.state.overview import Overview
from insole_gui.state.steps import FLAG_WORDS, flag_sentence
from insole_gui.widgets.table import StepTable

REPLAY = ReplayView("/somewhere/trial-7.h5", 9.0, 7200.0, 1.0, paused=True)


def document(count: int = 40) -> dict:
    blank = np.ones(count)
    return {
        "columns": {
            "foot_strike_s": 0.35 * np.arange(count), "contact_s": 0.25 * blank,
            "flight_s": 0.1 * blank, "po50_BW_s": 0.15 + 0.0001 * np.arange(count),
            "peak_force_BW": 2.2 * blank,
        },
        "side": ["left" if i % 2 else "right" for i in range(count)],
        "flags": ["gap,unheard_of" if i == 7 else "" for i in range(count)],
        "mass_kg": 62.0, "lost": 6, "expected": 2000,
    }  # fmt: skip


def frames(window, count=14):
    for _ in range(count):
        window.tick()
        QApplication.processEvents()


def settle(qtbot, window):
    qtbot.waitUntil(lambda: (window.tick(), not window.commands.busy)[1])
    frames(window)


def test_the_whole_file_is_listed_before_it_was_played(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay, session.document = REPLAY, document(40)
    window = open_window(session)
    frames(window)
    window.go("review")
    settle(qtbot, window)
    settle(qtbot, window)
    review = window.review
    assert review.model.rowCount() == 40
    assert "40 steps, 1 left out" in review._words
    assert "6 of 2000 samples lost" in review._words
    began = min(float(foot.time_s[0]) for foot in session.view().feet.values())
    assert review.model.strike_s(10) == pytest.approx(3.5 + began)
    review.table.clicked.emit(review.model.index(10, 0))
    settle(qtbot, window)
    assert session.calls[-1] == ("seek", pytest.approx(3.5 + began))


def test_a_file_without_a_result_lists_what_the_board_has(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay = REPLAY
    window = open_window(session)
    window.go("review")
    settle(qtbot, window)
    settle(qtbot, window)
    assert window.review.model.rowCount() == sum(
        len(foot.steps) for foot in session.view().feet.values()
    )


def test_a_damaged_result_is_said_and_the_page_goes_on(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay = REPLAY

    def damaged():
        raise DamagedFile("damaged", where="trial-7.h5", why="bytes are missing", fix="Recover it")

    session.reviewed = damaged
    window = open_window(session)
    window.go("review")
    settle(qtbot, window)
    settle(qtbot, window)
    assert "bytes are missing" in window.banner.lines[0]
    assert window.review.model.rowCount() > 0


def test_times_are_in_order_whatever_the_order_in_the_file():
    shuffled = document(30)
    shuffled["columns"] = {name: values[::-1] for name, values in shuffled["columns"].items()}
    shuffled["side"], shuffled["flags"] = shuffled["side"][::-1], shuffled["flags"][::-1]
    one, other = (Overview.of(d).rows("po50", start_s=2.0) for d in (document(30), shuffled))
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.flags, other.flags)
    assert one.flags[7] == StepFlag.GAP
    assert not one.valid[7]


def test_what_a_file_lacks_is_not_available_and_not_invented():
    stored = document(5)
    del stored["columns"]["flight_s"]
    rows = Overview.of(stored).rows("po_eff", start_s=0.0)
    assert [rows.cell(2, column) for column in (3, 4)] == ["n/a", "n/a"]
    assert Overview.of(document(0)) is None
    assert Overview.of(None) is None


@pytest.mark.parametrize("order", list(Qt.SortOrder))
@pytest.mark.parametrize("column", range(7))
def test_rows_are_sorted_by_their_numbers(column, order):
    rows = Overview.of(document(40)).rows("po50", start_s=0.0)
    table = StepTable()
    table.show_rows(rows)
    table.sort(column, order)
    key = rows.flags if column == 6 else rows.values[:, column]
    shown = [key[list(rows.values[:, 1]).index(table.strike_s(i))] for i in range(40)]
    assert shown == sorted(shown, reverse=order == Qt.SortOrder.DescendingOrder)


def test_every_flag_has_words_and_the_table_says_them():
    assert set(FLAG_WORDS) == {flag for flag in StepFlag if flag is not StepFlag.NONE}
    table = StepTable()
    table.show_rows(Overview.of(document(40)).rows("po50", start_s=0.0))
    said = [table.data(table.index(i, 0), Qt.ItemDataRole.ToolTipRole) for i in range(40)]
    assert said[7] == flag_sentence(StepFlag.GAP)
    assert said[:7] == [None] * 7


def test_arrows_choose_a_step_and_say_why_it_does_not_count(open_window, fake, run, qtbot):
    session = fake(run, now_s=12.0)
    steps = session.view().feet[Side.LEFT].steps
    other = session.view().feet[Side.RIGHT].steps
    flags = steps.flags.copy()
    flags[-1] = StepFlag.GAP
    session.feet[Side.LEFT] = {"steps": replace(steps, flags=flags)}
    window = open_window(session)
    frames(window)
    strip = window.live.steps
    strip.setFocus()
    newest_is_left = steps.value["toe_off_s"][-1] > other.value["toe_off_s"][-1]
    for _ in range(1 if newest_is_left else 2):
        qtbot.keyClick(strip, Qt.Key.Key_Left)
    said = strip.accessibleName()
    assert said.startswith("Left, ")
    assert "not counted: samples are missing in it" in said
    assert f"{steps.value['po50_BW_s'][-1]:.3f}" in said
    frames(window)
    assert strip.failed == ""


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000), (2560, 1400)])
def test_every_heading_of_the_table_is_whole(size, open_window, fake, run):
    window = open_window(fake(run), size=size)
    window.go("review")
    frames(window, 14)
    table = window.review.table
    header = table.horizontalHeader()
    metrics = QFontMetricsF(header.font())
    for column in range(window.review.model.columnCount()):
        words = window.review.model.headerData(column, Qt.Orientation.Horizontal)
        for line in words.split("\n"):
            assert metrics.horizontalAdvance(line) + 10 <= header.sectionSize(column), words
        assert 2 * metrics.height() + 4 <= header.height()
    assert header.length() <= table.viewport().width() + 1


def test_marks_stand_in_the_plots_with_their_words_as_they_were_typed(open_window, fake, run):
    session = fake(run)
    session.changes["marks"] = ((3.0, "cue {taller}"), (6.5, "gravel"))
    window = open_window(session)
    window.go("review")
    frames(window)
    plots = window.review._plots
    assert [line.value() for _, line in plots._lines] == [3.0, 3.0, 6.5, 6.5]
    assert [line.label.format for _, line in plots._lines if hasattr(line, "label")] == [
        "cue {{taller}}", "gravel",
    ]  # fmt: skip
    shown = [line.label.toPlainText() for _, line in plots._lines if hasattr(line, "label")]
    assert shown == ["cue {taller}", "gravel"]
    session.changes["marks"] = ()
    frames(window)
    assert plots._lines == []
    window.toggle_theme()
    frames(window)
