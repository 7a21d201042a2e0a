"""Insoles: everything known about each link, and where to connect from."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget

from insole.model.foot import Side
from insole_gui.state.links import NAME, ledger_lines
from insole_gui.state.live import LiveState
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import BOLD, CENTRE, STRONG, Canvas, Look, Painted


class LinkCard(Painted):
    """One insole: name and value, line by line."""

    def __init__(self, look: Look, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.side = side
        self._lines: list[tuple[str, str]] = []

    def show_lines(self, lines: list[tuple[str, str]]) -> None:
        """New values."""
        if lines != self._lines:
            self._lines = lines
            self.setAccessibleName(
                f"{NAME[self.side]} insole. " + ". ".join(f"{a} {b}" for a, b in lines)
            )
            self.update()

    def draw(self, canvas: Canvas) -> None:
        """Card with two columns."""
        u = self.look.u
        canvas.card(self.area())
        canvas.glyph(QPointF(30 * u, 34 * u), self.side.value, 16)
        title = QRectF(48 * u, 16 * u, self.width() - 64 * u, 36 * u)
        canvas.text(title, NAME[self.side], size=22, weight=BOLD)
        top = 64 * u
        pitch = min(32 * u, (self.height() - top - 10 * u) / max(len(self._lines), 1))
        for i, (name, value) in enumerate(self._lines):
            y = top + i * pitch
            canvas.text(
                QRectF(24 * u, y, self.width() * 0.36, pitch), name, size=14, colour="text2"
            )
            left = 24 * u + self.width() * 0.38
            room = QRectF(left, y, self.width() - left - 16 * u, pitch)
            canvas.text(room, value, size=14, weight=STRONG)


class InsolesPage(Painted):
    """Two cards and three buttons."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.cards = {side: LinkCard(look, side, self) for side in Side}
        self.search = Button(look, "Search for insoles", parent=self, surface="background")
        self.virtual = Button(look, "Try a virtual pair", parent=self, surface="background")
        self.open = Button(look, "Open a recording", parent=self, surface="background")
        self._busy = ""

    def show_state(self, state: LiveState, *, busy: str) -> None:
        """Newest ledgers."""
        for side, card in self.cards.items():
            card.show_lines(ledger_lines(state.newest.feet[side]))
        if busy != self._busy:
            self._busy = busy
            self.update()

    def resizeEvent(self, _event: object) -> None:
        """Cards beside each other, buttons beneath."""
        u = self.look.u
        edge, gap, high = round(16 * u), round(12 * u), round(52 * u)
        width = (self.width() - 2 * edge - gap) // 2
        card_h = self.height() - high - 2 * edge - round(30 * u)
        self.cards[Side.LEFT].setGeometry(edge, 0, width, card_h)
        self.cards[Side.RIGHT].setGeometry(edge + width + gap, 0, width, card_h)
        third = (self.width() - 2 * edge - 2 * gap) // 3
        for i, button in enumerate((self.search, self.virtual, self.open)):
            button.setGeometry(edge + i * (third + gap), self.height() - high - edge, third, high)

    def restyle(self) -> None:
        """Place everything anew."""
        self.resizeEvent(None)
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """What is being done, or what the buttons are for."""
        u = self.look.u
        high = 30 * u
        room = QRectF(16 * u, self.height() - 52 * u - 16 * u - high, self.width() - 32 * u, high)
        words = self._busy or "Another source ends the present one; a recording is finished first."
        canvas.text(room, words, size=13, colour="text2", align=CENTRE)
