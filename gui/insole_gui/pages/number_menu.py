"""Which five numbers stand on the Live page: a place, then the number that is to stand there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from insole_gui.pages.overlay import Overlay
from insole_gui.state.pins import USUAL, matching, offers, title
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import Look

WORDS = "Choose a place above, then the number that is to stand there. It is kept for next time."


class NumberMenu(Overlay):
    """Five places and all numbers of a step."""

    taken = Signal(object)
    """Five names, as `state.pins.read` gives them."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._title.setText("Numbers on Live")
        self.names = USUAL
        self.place = 0
        self.places = [Button(look, "", parent=self._card) for _ in USUAL]
        above = QGridLayout()
        for number, button in enumerate(self.places):
            button.pressed.connect(lambda number=number: self._to(number))
            above.addWidget(button, number // 3, number % 3)
        self.usual = Button(look, "The usual five", parent=self._card)
        self.usual.pressed.connect(lambda: self._take(USUAL))
        above.addWidget(self.usual, 1, 2)
        self.sentence = QLabel(WORDS, self._card)
        self.sentence.setWordWrap(True)
        self.sought = QLineEdit(self._card)
        self.sought.setPlaceholderText("Search, e.g. impulse, kPa, heel")
        self.sought.setAccessibleName("Search for a number")
        self.sought.textChanged.connect(self._seek)
        self._scroll = QScrollArea(self._card)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 12, 0)
        self.offers: dict[str, Button] = {}
        for offer in offers():
            button = Button(look, f"{offer.title}, {offer.unit}", parent=body)
            button.pressed.connect(lambda name=offer.name: self._choose(name))
            rows.addWidget(button)
            self.offers[offer.name] = button
        rows.addStretch(1)
        self._scroll.setWidget(body)
        self.done = Button(look, "Done", key="Esc", parent=self._card)
        self.done.pressed.connect(self.closed)
        below = QHBoxLayout()
        below.addWidget(self.done)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addLayout(above)
        column.addWidget(self.sentence)
        column.addWidget(self.sought)
        column.addWidget(self._scroll, 1)
        column.addLayout(below)
        self._to(0)

    def open(self, names: Sequence[str]) -> None:
        """Show what stands there now."""
        self.names = tuple(names)
        self.sought.clear()
        self._to(0)
        self.restyle()
        self.places[0].setFocus()

    def _to(self, place: int) -> None:
        self.place = place
        for number, (button, name) in enumerate(zip(self.places, self.names, strict=True)):
            button.say(title(name), kind="chosen" if number == place else "plain")
            button.setAccessibleName(f"Place {number + 1}: {title(name)}")
        for name, button in self.offers.items():
            button.say(button.words, kind="chosen" if name == self.names[place] else "plain")

    def _choose(self, name: str) -> None:
        names = list(self.names)
        names[self.place] = name
        self._take(names)

    def _take(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._to(self.place)
        self.taken.emit(self.names)

    def _seek(self, words: str) -> None:
        found = {offer.name for offer in matching(words)}
        for name, button in self.offers.items():
            button.setVisible(name in found)
        self._say(WORDS if found else "There is no such number.")

    def _say(self, words: str) -> None:
        self.sentence.setText(words)
        self.sentence.setAccessibleName(words)

    def card_size(self) -> tuple[float, float]:
        """Places, and some of the numbers."""
        return 860, 760

    def restyle(self) -> None:
        """Fonts and sizes follow the look."""
        self.sentence.setFont(self.look.font(13)[0])
        self.sought.setFont(self.look.font(15)[0])
        for button in (*self.places, self.usual, *self.offers.values(), self.done):
            button.setFixedHeight(self.look.px(44))
        super().restyle()
        body = self._scroll.widget()
        if body is not None:
            body.setStyleSheet(f"background: {self.look.theme.surface};")
