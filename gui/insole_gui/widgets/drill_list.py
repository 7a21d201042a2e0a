"""The shelf of drills: one line each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from insole_gui.state.drill import Offer
from insole_gui.widgets.look import RIGHT, STRONG, Canvas, Look, Painted

TITLE, PITCH, FOOT = 46, 34, 30


class DrillList(Painted):
    """Chosen by mouse or arrows."""

    chosen = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Drills")
        self.offers: tuple[Offer, ...] = ()
        self.at = 0
        self._top = 0

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Other drills."""
        self.offers = tuple(offers)
        self.choose(min(self.at, len(self.offers) - 1))

    def choose(self, index: int) -> None:
        """Tell of this one."""
        if self.offers:
            self.at = min(max(index, 0), len(self.offers) - 1)
            self._top = min(max(self._top, self.at - self._fit() + 1), self.at)
            self.setAccessibleDescription(self.offers[self.at].title)
            self.chosen.emit(self.at)
            self.update()

    def _fit(self) -> int:
        u = self.look.u
        return max(1, int((self.height() - (TITLE + FOOT) * u) / (PITCH * u)))

    def resizeEvent(self, _event: object) -> None:
        """Keep the chosen one in sight."""
        self._top = min(max(self._top, self.at - self._fit() + 1), self.at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move the list."""
        steps = -1 if event.angleDelta().y() > 0 else 1
        self._top = min(max(self._top + steps, 0), max(len(self.offers) - self._fit(), 0))
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
        line = int((event.position().y() - TITLE * self.look.u) // (PITCH * self.look.u))
        if 0 <= line < self._fit() and self._top + line < len(self.offers):
            self.choose(self._top + line)

    def draw(self, canvas: Canvas) -> None:
        """Title, lines, and how many there are."""
        u, box = self.look.u, self.area()
        canvas.card(box)
        title = QRectF(16 * u, 10 * u, box.width() - 32 * u, 24 * u)
        canvas.text(title, "Drills", size=15, weight=STRONG)
        fit = self._fit()
        for line, offered in enumerate(self.offers[self._top : self._top + fit]):
            row = QRectF(8 * u, TITLE * u + line * PITCH * u, box.width() - 16 * u, PITCH * u)
            if self._top + line == self.at:
                canvas.painter.setPen(Qt.PenStyle.NoPen)
                canvas.painter.setBrush(self.look.colour("raised"))
                canvas.painter.drawRoundedRect(row, 6 * u, 6 * u)
                if self.hasFocus():
                    canvas.ring(row, 6 * u)
            inner = row.adjusted(8 * u, 0, -8 * u, 0)
            inner.setWidth(0.66 * inner.width())
            colour = "text3" if offered.why else "text"
            canvas.text(inner, offered.title, size=14, weight=STRONG, colour=colour)
            beside = QRectF(inner.right() + 8 * u, row.top(), 0, row.height())
            beside.setRight(row.right() - 8 * u)
            asked = "asks first" if offered.agree else offered.drill.kind
            canvas.text(beside, asked, size=13, colour="text3", align=RIGHT)
        if len(self.offers) > fit:
            room = QRectF(16 * u, box.bottom() - 26 * u, box.width() - 32 * u, 20 * u)
            last = min(self._top + fit, len(self.offers))
            words = f"{self._top + 1} to {last} of {len(self.offers)} · scroll, or ↑ ↓"
            canvas.text(room, words, size=12, colour="text3")
