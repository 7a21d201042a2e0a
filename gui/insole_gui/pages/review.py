"""Review: all steps so far, as a table and over time. In a replay a click goes to that moment."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from insole_gui.state.live import LiveState
from insole_gui.state.overview import Overview
from insole_gui.state.steps import StepRows, csv_text, step_rows
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import CENTRE, STRONG, Canvas, Look, Painted
from insole_gui.widgets.table import StepTable

NARROW, WIDE = 58, 78  # columns of the table; what is left belongs to the flags


class ReviewPage(Painted):
    """Steps table beside two plots over file time."""

    wanted = Signal(str)
    asked_file = Signal()
    moved = Signal(float)
    overview_wanted = Signal()

    def __init__(self, look: Look, files: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.open = Button(look, "Open a recording", parent=self, surface="background")
        self.copy = Button(look, "Copy steps as CSV", parent=self, surface="background")
        self.files = [
            Button(look, path.name, parent=self, surface="background") for path in files[:6]
        ]
        for button, path in zip(self.files, files, strict=False):
            button.pressed.connect(lambda path=path: self.wanted.emit(str(path)))
        self.model = StepTable(self)
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(NARROW // 2)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        last = self.model.columnCount() - 1
        header.setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
        self.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        self.table.setAccessibleName("Steps")
        self.table.clicked.connect(self._row)
        self.open.pressed.connect(self.asked_file)
        self.copy.pressed.connect(self._copy_csv)
        self._plots: Any = None
        self._rows = StepRows()
        self._words = ""
        self._overview: Overview | None = None
        self._file = ""

    def show_state(self, state: LiveState, *, busy: str) -> None:
        """New steps, and where the replay stands."""
        rows = self._rows_of(state)
        if rows.token != self._rows.token:
            self._rows = rows
            self.model.show_rows(rows)
            if len(rows):
                self._make_plots()
                self._plots.show_rows(rows)
            self.arrange()
        replay = state.newest.replay
        words = busy or rows.sentence(state.newest)
        if words != self._words:
            self._words = words
            self.update()
        now = state.newest.now_s if replay is None else replay.position_s
        if self._plots is not None:
            self._plots.show_now(now)
            self._plots.show_marks(state.newest.marks)

    def _rows_of(self, state: LiveState) -> StepRows:
        """All steps of the file where it holds its result, else those that the board has."""
        view = state.newest
        file = view.replay.path if view.replay is not None else ""
        if file != self._file:
            self._file, self._overview = file, None
            if file:
                self.overview_wanted.emit()
        if self._overview is None:
            return step_rows(view, state.kind)
        start_s = state.began_s if isfinite(state.began_s) else 0.0
        return self._overview.rows(state.kind, start_s=start_s)

    def take(self, overview: Overview | None) -> None:
        """The result stored in the file that is played; None: there is none."""
        self._overview = overview

    def _make_plots(self) -> None:
        if self._plots is None:
            # late: pyqtgraph takes half a second and Live never needs it
            from insole_gui.widgets.plots import StepPlots

            self._plots = StepPlots(self.look, self)
            self._plots.moved.connect(self.moved)
            self._plots.show()
            self.restyle_plots()

    def _row(self, index: Any) -> None:
        self.moved.emit(self.model.strike_s(index.row()))

    def _copy_csv(self) -> None:
        QGuiApplication.clipboard().setText(csv_text(self._rows))
        self.copy.say("Copied")

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self.arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self.arrange()
        self.restyle_plots()
        self.update()

    def restyle_plots(self) -> None:
        """Colours and type of the table and the plots."""
        theme = self.look.theme
        font, _ = self.look.font(13)
        self.table.setFont(font)
        header = self.table.horizontalHeader()
        header.setFont(font)
        header.setFixedHeight(self.look.px(48))
        for column in range(self.model.columnCount() - 1):
            header.resizeSection(column, self.look.px(NARROW if not column else WIDE))
        self.table.setStyleSheet(
            f"QTableView {{ background: {theme.surface}; color: {theme.text};"
            f" alternate-background-color: {theme.raised}; gridline-color: {theme.line};"
            f" border: 1px solid {theme.line}; }}"
            f"QHeaderView::section {{ background: {theme.raised}; color: {theme.text2};"
            f" border: 0; padding: 4px; }}"
            f"QHeaderView {{ background: {theme.raised}; }}"
            f"QScrollBar:vertical {{ background: {theme.raised}; width: 12px; border: 0; }}"
            f"QScrollBar::handle:vertical {{ background: {theme.text3}; border-radius: 5px; }}"
            f"QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}"
        )
        if self._plots is not None:
            self._plots.restyle()

    def arrange(self) -> None:
        """Sentence, then table left and plots right, buttons beneath."""
        u = self.look.u
        edge, gap, high = round(16 * u), round(12 * u), round(48 * u)
        top = round(44 * u)
        body = self.height() - top - high - edge - gap
        width = self.width() - 2 * edge
        have = len(self._rows) > 0
        self.table.setVisible(have)
        left = round(width * 0.5)
        self.table.setGeometry(edge, top, left, body)
        if self._plots is not None:
            self._plots.setVisible(have)
            self._plots.setGeometry(edge + left + gap, top, width - left - gap, body)
        y = self.height() - high - edge
        x = edge
        self.copy.setVisible(have)
        for button in (self.open, *([self.copy] if have else []), *self.files):
            button.setGeometry(x, y, round(210 * u), high)
            x += round(222 * u)

    def draw(self, canvas: Canvas) -> None:
        """The sentence, or what to do first."""
        u = self.look.u
        if len(self._rows):
            room = QRectF(20 * u, 0, self.width() - 40 * u, 36 * u)
            canvas.text(room, self._words, size=15, weight=STRONG)
            return
        room = QRectF(16 * u, 0, self.width() - 32 * u, self.height() - 90 * u)
        canvas.card(room)
        canvas.text(room, self._words, size=15, colour="text2", align=CENTRE)
