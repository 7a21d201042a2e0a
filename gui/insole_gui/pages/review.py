"""Review: a whole file at one look, its steps as a table and over time, and what is decided of it.

A click on the line, a step or a happening goes to that moment of the replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from insole.deciding import not_undone, words
from insole.model.trial import Decision
from insole.reviewing import FileReview
from insole_gui import text
from insole_gui.pages.feet import FeetCard
from insole_gui.state import review as told
from insole_gui.state.live import LiveState
from insole_gui.state.numbers import fixed
from insole_gui.state.overview import Overview
from insole_gui.state.steps import StepRows, csv_text, step_rows
from insole_gui.state.transport import span, speed_words
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.happenings import HappeningTable
from insole_gui.widgets.look import CENTRE, STRONG, Canvas, Look, Painted
from insole_gui.widgets.table import StepTable
from insole_gui.widgets.timeline import Timeline

NARROW, WIDE = 58, 70  # columns of the table; what is left belongs to the flags
WHEN, WHAT = 84, 76  # columns of the happenings
HIGH, GAP, EDGE = 44, 10, 16  # of buttons, between things, around them
LINE = 96  # height of the line of the whole file
FEET, FEET_FROM = 480, (1380, 800)  # width of the feet, and the page from which there is room


class ReviewPage(Painted):
    """The line of the file; steps beside plots and happenings; buttons beneath."""

    wanted = Signal(str)
    asked_file = Signal()
    moved = Signal(float)
    overview_wanted = Signal()
    decided = Signal(object)
    loop_wanted = Signal(object)
    asked = Signal(str)

    def __init__(self, look: Look, files: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.timeline = Timeline(look, self)
        self.feet = FeetCard(look, self)
        for row in self.feet.rows:
            row.pressed.connect(lambda row=row: self.asked.emit(row.number))
        self._make_buttons(look, files)
        self.model, self.happened = StepTable(self), HappeningTable(self)
        self.table, self.list = QTableView(self), QTableView(self)
        for table, model, name in (
            (self.table, self.model, "Steps"),
            (self.list, self.happened, "What happened"),
        ):
            table.setModel(model)
            table.setAlternatingRowColors(True)
            table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
            table.verticalHeader().hide()
            table.setAccessibleName(name)
            header = table.horizontalHeader()
            header.setMinimumSectionSize(NARROW // 2)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            last = model.columnCount() - 1
            header.setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
        self.list.setWordWrap(False)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        self.table.clicked.connect(self._to_step)
        self.list.clicked.connect(self._to_happening)
        self.timeline.moved.connect(self.moved)
        self._plots: Any = None
        self._rows = StepRows()
        self._words = ""
        self._overview: Overview | None = None
        self._review: FileReview | None = None
        self._at_s = float("nan")
        self._looping = False
        self._file = ""

    def _make_buttons(self, look: Look, files: Sequence[Path]) -> None:
        def button(does: str, key: str = "") -> Button:
            return Button(look, does, key=key, parent=self, surface="background")

        self.keep, self.repeat = button("Keep"), button("Repeat")
        self.step_back, self.step_on = button("◀ Step", "["), button("Step ▶", "]")
        self.play, self.loop = button("Play", "K"), button("Loop step", "O")
        self.speed = button("1×")
        self.begin, self.end = button("Begins here"), button("Ends here")
        self.swap, self.undo = button("Swap feet"), button("Undo")
        self.copy, self.open = button("Copy steps as CSV"), button("Open a recording")
        self.files = [button(path.name) for path in files[:6]]
        for one, path in zip(self.files, files, strict=False):
            one.pressed.connect(lambda path=path: self.wanted.emit(str(path)))
        self.keep.setAccessibleName("Keep this trial")
        self.repeat.setAccessibleName("Repeat this trial: it is no session of a baseline")
        self.begin.setToolTip("What counts begins where the cursor stands; the file stays whole")
        self.end.setToolTip("What counts ends where the cursor stands; the file stays whole")
        self.swap.setToolTip("Left is right: the insoles were in the wrong shoes")
        self.keep.pressed.connect(lambda: self._decide(told.judged(self._decision, "keep")))
        self.repeat.pressed.connect(lambda: self._decide(told.judged(self._decision, "repeat")))
        self.begin.pressed.connect(lambda: self._decide(told.begun(self._decision, self._at_s)))
        self.end.pressed.connect(lambda: self._decide(told.ended(self._decision, self._at_s)))
        self.swap.pressed.connect(lambda: self._decide(told.swapped(self._decision)))
        self.undo.pressed.connect(self._undo)
        self.step_back.pressed.connect(lambda: self._step(-1))
        self.step_on.pressed.connect(lambda: self._step(1))
        self.loop.pressed.connect(self._loop)
        self.open.pressed.connect(self.asked_file)
        self.copy.pressed.connect(self._copy_csv)

    # --- what is shown ---

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
        waits = self._review is None or busy == text.DECIDING
        sentence = (busy if waits else "") or self._sentence(rows, state)
        if sentence != self._words:
            self._words = sentence
            self.update()
        now = state.newest.now_s if replay is None else replay.position_s
        self._at_s, self._looping = now, state.loop is not None
        self.timeline.show_span(span(state.newest, None))
        self.timeline.show_review(self._review, loop=state.loop)
        self._show_buttons(state)
        if self._plots is not None:
            self._plots.show_now(now)
            self._plots.show_marks(told.marks(self._review) or state.newest.marks)

    def show_feet(self, state: LiveState) -> None:
        """The moment of the file under both feet, every frame, where there is room for them."""
        if self.feet.isVisible():
            self.feet.show_state(state)

    def _sentence(self, rows: StepRows, state: LiveState) -> str:
        said = rows.sentence(state.newest)
        if self._review is not None:
            more = words(self._decision, end_s=self._review.end_s, number=partial(fixed, digits=1))
            said = f"{said} {more}" if more else said
        return said

    def _show_buttons(self, state: LiveState) -> None:
        replay = state.newest.replay
        for button, judgement in ((self.keep, "keep"), (self.repeat, "repeat")):
            chosen = self._decision.judgement == judgement
            button.say(button.words, kind="chosen" if chosen else "plain")
        self.swap.say("Swap feet", kind="chosen" if self._decision.swapped else "plain")
        self.loop.say("Loop step", kind="chosen" if self._looping else "plain")
        if replay is not None:
            paused = replay.paused or state.newest.finished
            self.play.say("Play" if paused else "Pause")
            self.speed.say(speed_words(replay.speed))
            self.speed.setAccessibleName(f"Speed {speed_words(replay.speed)}, change")
        can_undo = self._review is not None and len(not_undone(self._review.decided)) > 1
        if self.undo.isEnabled() != can_undo:
            self.undo.setEnabled(can_undo)
            self.undo.update()

    def _rows_of(self, state: LiveState) -> StepRows:
        """All steps of the file where it was looked through, else those that the board has."""
        view = state.newest
        file = view.replay.path if view.replay is not None else ""
        if file != self._file:
            self._file = file
            self.take(None)
            if file:
                self.overview_wanted.emit()
        if self._overview is None or self._review is None:
            return step_rows(view, state.kind)
        return self._overview.rows(state.kind, start_s=self._review.first_s)

    def take(self, review: FileReview | None) -> None:
        """The file that is played, looked through; None: not yet."""
        if review is not None and str(review.path) != self._file:
            return  # another one was opened meanwhile
        self._review = review
        self._overview = Overview.of(review.steps) if review is not None else None
        self.happened.show_rows(review.happenings if review is not None else ())
        self.arrange()
        self.update()

    def _make_plots(self) -> None:
        if self._plots is None:
            # late: pyqtgraph takes half a second and Live never needs it
            from insole_gui.widgets.plots import StepPlots

            self._plots = StepPlots(self.look, self)
            self._plots.moved.connect(self.moved)
            self._plots.show()
            self.restyle_plots()

    # --- what is done ---

    @property
    def _decision(self) -> Decision:
        return Decision() if self._review is None else self._review.decision

    def _decide(self, decision: Decision) -> None:
        if self._review is not None and isfinite(self._at_s):
            self.decided.emit(decision)

    def _undo(self) -> None:
        if self._review is not None:
            decisions = not_undone(self._review.decided)
            if len(decisions) > 1:
                self.decided.emit(decisions[-2])

    def _loop(self) -> None:
        self.loop_wanted.emit(None if self._looping else told.loop_around(self._rows, self._at_s))

    def _to_step(self, index: QModelIndex) -> None:
        self.moved.emit(self.model.strike_s(index.row()))

    def _to_happening(self, index: QModelIndex) -> None:
        self.moved.emit(self.happened.at_s(index.row()))

    def _step(self, direction: int) -> None:
        strike_s = told.neighbour(self._rows, self._at_s, direction)
        if strike_s is not None:
            self.moved.emit(strike_s)

    def _copy_csv(self) -> None:
        QGuiApplication.clipboard().setText(csv_text(self._rows))
        self.copy.say("Copied")

    # --- layout and painting ---

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self.arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self.arrange()
        self.restyle_plots()
        self.update()

    def restyle_plots(self) -> None:
        """Colours and type of the tables and the plots."""
        theme, look = self.look.theme, self.look
        style = (
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
        for table, high, widths in (
            (self.table, 48, [NARROW, *[WIDE] * (self.model.columnCount() - 2)]),
            (self.list, 30, [WHEN, WHAT]),
        ):
            font, metrics = look.font(13)
            table.setFont(font)
            header = table.horizontalHeader()
            header.setFont(font)
            header.setFixedHeight(look.px(high))
            rows = table.verticalHeader()
            rows.setDefaultSectionSize(max(look.px(30), round(metrics.height()) + 8))
            for column, width in enumerate(widths):
                header.resizeSection(column, look.px(width))
            table.setStyleSheet(style)
        if self._plots is not None:
            self._plots.restyle()

    def arrange(self) -> None:
        """Sentence, line, then steps left, plots and happenings right, buttons beneath."""
        u = self.look.u
        have, file = len(self._rows) > 0, self._review is not None
        edge, gap = round(EDGE * u), round(GAP * u)
        width = self.width() - 2 * edge
        judge = round(104 * u)
        for place, button in enumerate((self.repeat, self.keep)):
            left = self.width() - edge - (place + 1) * judge - place * gap
            button.setGeometry(left, round(2 * u), judge, round(34 * u))
            button.setVisible(file)
        y = round(HIGH * u)
        self.timeline.setVisible(file)
        if file:
            self.timeline.setGeometry(edge, y, width, round(LINE * u))
            y += round(LINE * u) + gap
        low = self._flow(have=have, file=file)
        body, begin = low - gap - y, edge
        room = self.width() >= FEET_FROM[0] * u and self.height() >= FEET_FROM[1] * u
        self.feet.setVisible(file and room)
        if file and room:
            self.feet.setGeometry(edge, y, round(FEET * u), body)
            begin += round(FEET * u) + gap
        left = round((self.width() - edge - begin) * (0.54 if begin > edge else 0.5))
        right, wide = begin + left + gap, self.width() - edge - begin - left - gap
        self.table.setVisible(have)
        self.table.setGeometry(begin, y, left, body)
        listed = round(body * 0.4) if file else 0
        self.list.setVisible(file)
        if file:
            head = round(26 * u)
            self.list.setGeometry(right, y + body - listed + head, wide, listed - head)
        if self._plots is not None:
            self._plots.setVisible(have)
            self._plots.setGeometry(right, y, wide, body - listed - (gap if listed else 0))

    def _flow(self, *, have: bool, file: bool) -> int:
        """Buttons from left to right in rows that end at the foot; where the first row begins."""
        u = self.look.u
        shown = {
            **dict.fromkeys((self.step_back, self.play, self.step_on), (112.0, file)),
            self.loop: (138.0, file),
            self.speed: (72.0, file),
            **dict.fromkeys((self.begin, self.end, self.swap), (122.0, file)),
            self.undo: (84.0, file),
            self.copy: (184.0, have),
            self.open: (176.0, True),
            **dict.fromkeys(self.files, (210.0, not file)),
        }
        edge, gap, high = round(EDGE * u), round(GAP * u), round(HIGH * u)
        rows: list[list[tuple[Button, int]]] = [[]]
        x = edge
        for button, (width, visible) in shown.items():
            button.setVisible(visible)
            if not visible:
                continue
            wide = round(width * u)
            if x + wide > self.width() - edge and rows[-1]:
                rows.append([])
                x = edge
            rows[-1].append((button, wide))
            x += wide + gap
        top = self.height() - edge - len(rows) * high - (len(rows) - 1) * gap
        for number, row in enumerate(rows):
            x = edge
            for button, wide in row:
                button.setGeometry(x, top + number * (high + gap), wide, high)
                x += wide + gap
        return top

    def draw(self, canvas: Canvas) -> None:
        """The sentence, the heading of the list, or what to do first."""
        u = self.look.u
        if self._review is not None or len(self._rows):
            right = self.keep.x() - 10 * u if self._review is not None else self.width() - 20 * u
            room = QRectF(20 * u, 0, right - 20 * u, 38 * u)
            canvas.text(room, self._words, size=15, weight=STRONG)
            if self._review is not None:
                box = self.list.geometry()
                head = QRectF(box.left() + 4 * u, box.top() - 25 * u, box.width(), 24 * u)
                canvas.text(head, told.title(self._review), size=13, weight=STRONG)
            return
        room = QRectF(16 * u, 0, self.width() - 32 * u, self.height() - 90 * u)
        canvas.card(room)
        canvas.text(room, self._words, size=15, colour="text2", align=CENTRE)
