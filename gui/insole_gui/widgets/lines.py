"""A list of lines that is gone through by mouse, wheel and arrows, one of them chosen."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from insole_gui.widgets.look import Canvas, Look, Painted

TITLE, FOOT = 46, 30


class Lines(Painted):
    """Keeps which lines are in sight; a widget draws them.

    Attributes:
        pitch: height of a line, u-px.
        at: the chosen line; -1: none.
    """

    chosen = Signal(int)
    pitch = 34

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.at = -1
        self._top = 0

    def count(self) -> int:
        """How many lines there are: none, until a widget says more."""
        return 0

    def spoken(self, line: int) -> str:
        """What a screen reader says of a line."""
        return f"{line + 1} of {self.count()}"

    def renew(self, *, at: int) -> None:
        """Other lines; `at` is chosen, -1: none."""
        self.at, self._top = at, 0
        self._in_sight()

    def choose(self, line: int) -> None:
        """Tell of this line."""
        if self.count():
            self.at = min(max(line, 0), self.count() - 1)
            self._in_sight()
            self.chosen.emit(self.at)

    def _in_sight(self) -> None:
        if self.at >= 0:
            self._top = min(max(self._top, self.at - self._fit() + 1), self.at)
        self.setAccessibleDescription(self.spoken(self.at) if self.at >= 0 else "")
        self.update()

    def _fit(self) -> int:
        u = self.look.u
        return max(1, int((self.height() - (TITLE + FOOT) * u) / (self.pitch * u)))

    def shown(self) -> Iterator[tuple[int, float]]:
        """Lines in sight, each with its upper edge, px."""
        u = self.look.u
        for place in range(min(self._fit(), self.count() - self._top)):
            yield self._top + place, (TITLE + place * self.pitch) * u

    def resizeEvent(self, _event: object) -> None:
        """Keep the chosen one in sight."""
        self._in_sight()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move the list."""
        steps = -1 if event.angleDelta().y() > 0 else 1
        self._top = min(max(self._top + steps, 0), max(self.count() - self._fit(), 0))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if steps is None:
            event.ignore()
        else:
            self.choose(self.at + steps)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a line."""
        line = int((event.position().y() - TITLE * self.look.u) // (self.pitch * self.look.u))
        if 0 <= line < self._fit() and self._top + line < self.count():
            self.choose(self._top + line)

    def draw_chosen(self, canvas: Canvas, top: float) -> None:
        """The ground of the chosen line, with the ring where the list has the focus."""
        u = self.look.u
        row = QRectF(8 * u, top, self.width() - 16 * u, self.pitch * u)
        canvas.painter.setPen(Qt.PenStyle.NoPen)
        canvas.painter.setBrush(self.look.colour("raised"))
        canvas.painter.drawRoundedRect(row, 6 * u, 6 * u)
        if self.hasFocus():
            canvas.ring(row, 6 * u)

    def draw_more(self, canvas: Canvas, room: QRectF) -> None:
        """That there are lines out of sight."""
        if self.count() > self._fit():
            last = min(self._top + self._fit(), self.count())
            words = f"{self._top + 1} to {last} of {self.count()} · scroll, or ↑ ↓"
            canvas.text(room, words, size=12, colour="text3")
