"""What to do when nothing is connected: one sentence and three buttons."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import BOLD, CENTRE, Canvas, Look, Painted


class Empty(Painted):
    """No insoles yet."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.search = Button(look, "Search for insoles", parent=self)
        self.virtual = Button(look, "Try a virtual pair", kind="chosen", parent=self)
        self.open = Button(look, "Open a recording", parent=self)
        self._busy = ""

    def say(self, busy: str) -> None:
        """What is being done, or nothing."""
        if busy != self._busy:
            self._busy = busy
            for button in (self.search, self.virtual, self.open):
                button.setEnabled(not busy)
            self.update()

    def resizeEvent(self, _event: object) -> None:
        """Three buttons under each other, in the middle."""
        u = self.look.u
        width, high, gap = round(300 * u), round(52 * u), round(12 * u)
        top = self.height() // 2 - round(30 * u)
        for i, button in enumerate((self.search, self.virtual, self.open)):
            button.setGeometry((self.width() - width) // 2, top + i * (high + gap), width, high)

    def restyle(self) -> None:
        """Place everything anew."""
        self.resizeEvent(None)
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """The sentence above the buttons."""
        u = self.look.u
        canvas.card(self.area())
        middle = self.height() / 2
        room = QRectF(20 * u, middle - 130 * u, self.width() - 40 * u, 40 * u)
        canvas.text(room, "No insoles yet.", size=32, weight=BOLD, align=CENTRE)
        words = self._busy or "Search over Bluetooth, try a virtual pair, or open a recording."
        canvas.text(room.translated(0, 44 * u), words, size=15, colour="text2", align=CENTRE)
