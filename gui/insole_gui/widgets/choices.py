"""A few words of which one is chosen, in as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import Look

GAP = 8


class Choices(QWidget):
    """One button for each word."""

    picked = Signal(str)

    def __init__(
        self, look: Look, words: Sequence[str], *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.look = look
        self.chosen = ""
        self.buttons = {word: Button(look, word, parent=self) for word in words}
        for word, button in self.buttons.items():
            button.setAccessibleDescription(name)
            button.pressed.connect(lambda word=word: self.pick(word))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def pick(self, word: str) -> None:
        """Choose one."""
        changed, self.chosen = word != self.chosen, word
        for each, button in self.buttons.items():
            button.say(button.words, kind="chosen" if each == word else "plain")
        if changed:
            self.picked.emit(word)

    def _placed(self, width: int, *, move: bool) -> int:
        """Height that is needed; the buttons are moved there when asked."""
        gap, x, y, high = self.look.px(GAP), 0, 0, self.look.px(44)
        for button in self.buttons.values():
            wide = min(max(button.sizeHint().width(), self.look.px(64)), width)
            if x and x + wide > width:
                x, y = 0, y + high + gap
            if move:
                button.setGeometry(x, y, wide, high)
            x += wide + gap
        return y + high

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt names it
        """As many lines as are needed."""
        return self._placed(width, move=False)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(self.look.px(400), self.heightForWidth(max(self.width(), self.look.px(400))))

    def resizeEvent(self, _event: object) -> None:
        """Place the buttons."""
        self._placed(self.width(), move=True)
