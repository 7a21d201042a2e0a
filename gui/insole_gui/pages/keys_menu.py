"""All keys, each a button: what the keyboard does, the mouse and Tab can do too."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from insole_gui.keys import ELSEWHERE, KEYS
from insole_gui.pages.overlay import Overlay
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import Look

COLUMNS = 2


class KeysMenu(Overlay):
    """A card of buttons; pressing one leaves the card and does it."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._title.setText("Keys")
        self.buttons = {
            key.action: Button(look, key.words, key=key.shown, parent=self._card) for key in KEYS
        }
        self._note = QLabel(ELSEWHERE, self._card)
        self._note.setWordWrap(True)
        self._grid = QGridLayout()
        rows = (len(KEYS) + COLUMNS - 1) // COLUMNS
        for place, key in enumerate(KEYS):
            button = self.buttons[key.action]
            button.setAccessibleName(f"{key.words}, key {key.shown}")
            button.pressed.connect(lambda name=key.action: self._choose(name))
            self._grid.addWidget(button, place % rows, place // rows)
            self._grid.setRowStretch(place % rows, 1)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(24, 18, 24, 18)
        column.addWidget(self._title)
        column.addLayout(self._grid, 1)
        column.addWidget(self._note)

    def open(self, *, replay: bool) -> None:
        """Show what can be done now."""
        for key in KEYS:
            self.buttons[key.action].setEnabled(replay or not key.replay)
        self.restyle()
        self.setFocus()

    def _choose(self, name: str) -> None:
        self.closed.emit()
        if name not in ("keys", "leave"):
            self.chosen.emit(name)

    def card_size(self) -> tuple[float, float]:
        """Room for twelve rows."""
        return 860, 760

    def restyle(self) -> None:
        """Sizes of the buttons follow the unit."""
        self._note.setFont(self.look.font(13)[0])
        self._grid.setSpacing(self.look.px(8))
        for button in self.buttons.values():
            button.setMinimumHeight(self.look.px(44))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
        super().restyle()
