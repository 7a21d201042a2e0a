"""What lies over a page: far view, a sheet of words, and the last words before closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from insole.model.foot import Side
from insole_gui.state.links import Health, health
from insole_gui.state.live import LiveState
from insole_gui.state.numbers import written
from insole_gui.state.pins import all_tiles
from insole_gui.state.tiles import Tile
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.foot import Foot
from insole_gui.widgets.look import BOLD, CENTRE, STRONG, Canvas, Look, Painted

FAR_PART = 0.21  # font size as part of the window's height: digits are then over one seventh


class FarView(Painted):
    """Both feet and one chosen number, to be read from 3 m."""

    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.feet = {side: Foot(look, side, self) for side in Side}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._chosen = 0
        self.setAccessibleName("Far view")
        self._tile: Tile | None = None
        self._grey = (False, False)
        self.hide()

    def set_scale(self, full_kpa: float) -> None:
        """Lock the colours to another full scale."""
        for foot in self.feet.values():
            foot.set_scale(full_kpa)

    def show_state(self, state: LiveState) -> None:
        """Newest values."""
        view = state.view
        states: dict[Side, Health] = {side: health(foot) for side, foot in view.feet.items()}
        for side, foot in self.feet.items():
            foot.show_foot(view.feet[side], states[side], zone=None)
        tiles = all_tiles(view, state.kind, names=state.pins)
        tile = tiles[self._chosen % len(tiles)]
        grey = (states[Side.LEFT] != "live", states[Side.RIGHT] != "live")
        if repr((tile, grey)) != repr((self._tile, self._grey)):
            self._tile, self._grey = tile, grey
            self.setAccessibleName(f"Far view. {tile.spoken()}")
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose the number; other keys belong to the window."""
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self._chosen += 1
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self._chosen -= 1
        else:
            event.ignore()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Leave on a click."""
        self.closed.emit()

    def resizeEvent(self, _event: object) -> None:
        """A quarter of the width for each foot."""
        edge, width = round(16 * self.look.u), round(self.width() * 0.23)
        high = self.height() - 2 * edge
        self.feet[Side.LEFT].setGeometry(edge, edge, width, high)
        self.feet[Side.RIGHT].setGeometry(self.width() - edge - width, edge, width, high)

    def draw(self, canvas: Canvas) -> None:
        """The number of each foot, left above right."""
        tile = self._tile
        if tile is None:
            return
        left = self.feet[Side.LEFT].geometry().right()
        right = self.feet[Side.RIGHT].geometry().left()
        size = FAR_PART * self.height() / self.look.u
        title = QRectF(left, self.height() * 0.05, right - left, self.height() * 0.08)
        words = f"{tile.name}, {tile.unit}"
        canvas.text(
            title, words, size=0.042 * self.height() / self.look.u, weight=STRONG, align=CENTRE
        )
        numbers = tile.numbers()
        high = self.height() * 0.36
        top = (self.height() - high * len(numbers)) / 2 + self.height() * 0.03
        for i, number in enumerate(numbers):
            value, doubt = written(number, most=tile.most)
            row = QRectF(left, top + i * high, right - left, high * 0.72)
            grey = self._grey[i] if len(numbers) == 2 else all(self._grey)
            used = canvas.width(value, size=size, weight=BOLD)
            glyph = 0.05 * self.height()
            if len(numbers) == 2:
                at = QPointF(row.center().x() - used / 2 - glyph * 0.8, row.center().y())
                canvas.glyph(at, ("left", "right")[i], glyph / self.look.u)
                row.setLeft(row.left() + glyph * 0.8)
            canvas.text(
                row, value, size=size, weight=BOLD, align=CENTRE,
                colour="text3" if grey or not number.known else "text",
            )  # fmt: skip
            below = QRectF(left, row.bottom(), right - left, self.height() * 0.06)
            canvas.text(
                below, doubt, size=0.036 * self.height() / self.look.u, colour="text2", align=CENTRE
            )
        foot = QRectF(left, self.height() * 0.945, right - left, self.height() * 0.04)
        canvas.text(
            foot, "F or Esc: back · arrows: another number", size=13, colour="text3", align=CENTRE
        )


class Overlay(QWidget):
    """A dimmed page with a card in its middle."""

    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._card = QFrame(self)
        self._title = QLabel(self._card)
        self.hide()

    @property
    def title(self) -> str:
        """The title shown."""
        return self._title.text()

    def card_size(self) -> tuple[float, float]:
        """Width and height that the card wants, u-pixels."""
        return 760, 720

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card closes it."""
        if not self._card.geometry().contains(event.position().toPoint()):
            self.closed.emit()

    def restyle(self) -> None:
        """Colours and sizes."""
        theme, look = self.look.theme, self.look
        self._title.setFont(look.font(22, BOLD)[0])
        self._card.setStyleSheet(
            f"QFrame {{ background: {theme.surface}; border-radius: {look.px(12)}px; }}"
            f"QLabel {{ color: {theme.text}; background: transparent; }}"
            f"QScrollArea, QWidget#qt_scrollarea_viewport {{ background: {theme.surface}; }}"
            f"QScrollBar:vertical {{ background: {theme.surface}; width: {look.px(10)}px; }}"
            f"QScrollBar::handle:vertical {{ background: {theme.line};"
            f" border-radius: {look.px(4)}px; min-height: {look.px(40)}px; }}"
            "QScrollBar::add-line, QScrollBar::sub-line { height: 0; }"
            f"QScrollBar::add-page, QScrollBar::sub-page {{ background: {theme.surface}; }}"
            f"QLineEdit {{ color: {theme.text}; background: {theme.raised};"
            f" border: 2px solid {theme.line}; padding: {look.px(6)}px; }}"
            f"QLineEdit:focus {{ border: 3px solid {theme.focus}; }}"
        )
        self.resizeEvent(None)

    def resizeEvent(self, _event: object) -> None:
        """The card in the middle, never larger than the window."""
        wide, high = self.card_size()
        width = min(round(wide * self.look.u), self.width() - 40)
        height = min(round(high * self.look.u), self.height() - 40)
        left, top = (self.width() - width) // 2, (self.height() - height) // 2
        self._card.setGeometry(left, top, width, height)

    def paintEvent(self, _event: object) -> None:
        """Dim what lies beneath."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.colour("background", 0.72))
        painter.end()


class Sheet(Overlay):
    """A card of words: a definition, or one line to type."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._body = QLabel()
        self._body.setWordWrap(True)
        self._body.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scroll = QScrollArea(self._card)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self._body)
        self._line = QLineEdit(self._card)
        self._copy = Button(look, "Copy as CSV", parent=self._card)
        self._close = Button(look, "Close", key="Esc", parent=self._card)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._line)
        column.addWidget(self._copy)
        column.addWidget(self._close)
        for button in (self._copy, self._close):
            button.setFixedHeight(44)
        self._line.returnPressed.connect(self._answered)
        self._close.pressed.connect(self.closed)
        self._copy.pressed.connect(self._to_clipboard)
        self._rows: tuple[tuple[str, str], ...] = ()
        self._done: Callable[[str], None] | None = None

    def show_rows(self, title: str, rows: Sequence[tuple[str, str]], *, copy: bool = False) -> None:
        """A title and two columns."""
        self._rows = tuple(rows)
        self._title.setText(title)
        cells = "".join(
            f"<tr><td style='padding:5px 22px 5px 0'><b>{escape(word)}</b></td>"
            f"<td style='padding:5px 0'>{escape(words)}</td></tr>"
            for word, words in rows
        )
        self._body.setText(f"<table>{cells}</table>")
        self._body.setAccessibleName(". ".join(f"{word}: {words}" for word, words in rows))
        self._line.hide()
        self._scroll.show()
        self._copy.setVisible(copy)
        self.restyle()
        self.setFocus()

    def ask(self, title: str, done: Callable[[str], None]) -> None:
        """One line to type; `done` gets it."""
        self._done = done
        self._title.setText(title)
        self._scroll.hide()
        self._copy.hide()
        self._line.clear()
        self._line.setMaxLength(80)
        self._line.show()
        self.restyle()
        self._line.setFocus()

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The rows shown."""
        return self._rows

    def _answered(self) -> None:
        if self._done is not None:
            self._done(self._line.text().strip())

    def _to_clipboard(self) -> None:
        quoted = [[part.replace('"', '""') for part in row] for row in self._rows]
        lines = "\n".join(",".join(f'"{part}"' for part in row) for row in quoted)
        QGuiApplication.clipboard().setText(lines)
        self._copy.say("Copied")

    def restyle(self) -> None:
        """Colours and sizes."""
        theme = self.look.theme
        body, _ = self.look.font(15)
        self._body.setFont(body)
        self._line.setFont(body)
        self._copy.say("Copy as CSV")
        self._body.setStyleSheet(f"background: {theme.surface}; color: {theme.text};")
        super().restyle()

    def card_size(self) -> tuple[float, float]:
        """Small where one line is asked for."""
        return (760, 720) if self._line.isHidden() else (760, max(190, 200 / self.look.u))


class Saving(Painted):
    """The last words: what is being finished before the window closes."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.words = ""
        self.hide()

    def say(self, recording: bool) -> None:
        """Choose the sentence."""
        self.words = "Saving the recording…" if recording else "Saying goodbye to the insoles…"
        self.setAccessibleName(self.words)
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """In the middle."""
        canvas.text(self.area(), self.words, size=32, weight=BOLD, align=CENTRE)
