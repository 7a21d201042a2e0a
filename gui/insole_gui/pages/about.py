"""The form of a trial: who, in which shoe, where, how fast, how heavy. Filled as last time."""

from __future__ import annotations

from dataclasses import asdict

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from insole_gui.pages.overlay import Overlay
from insole_gui.state.about import About, read
from insole_gui.state.numbers import short
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import Look

FIELDS = (
    ("athlete", "Athlete", "a name or a code"),
    ("shoe", "Shoe", "e.g. grey racer, 320 km"),
    ("surface", "Surface", "e.g. track, treadmill, gravel"),
    ("speed_m_s", "Speed, m/s", "e.g. 3.3"),
    ("mass_kg", "Body mass, kg", "e.g. 68.5, or 150 lb"),
    ("note", "Note", "anything else, for this trial only"),
)
LONGEST = 200


class AboutForm(Overlay):
    """Six fields; what is typed holds for every recording from now on."""

    taken = Signal(object, bool)
    """`About`, and whether recording starts right away."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._title.setText("About the trial")
        self.fields: dict[str, QLineEdit] = {}
        self._labels: list[QLabel] = []
        grid = QGridLayout()
        for row, (name, word, example) in enumerate(FIELDS):
            label, line = QLabel(word, self._card), QLineEdit(self._card)
            line.setPlaceholderText(example)
            line.setMaxLength(LONGEST)
            line.setAccessibleName(word)
            line.returnPressed.connect(lambda: self._take(record=False))
            label.setBuddy(line)
            grid.addWidget(label, row, 0)
            grid.addWidget(line, row, 1)
            self.fields[name] = line
            self._labels.append(label)
        self.sentence = QLabel("", self._card)
        self.sentence.setWordWrap(True)
        self.record = Button(look, "Record", kind="record", parent=self._card)
        self.done = Button(look, "Done", key="Enter", parent=self._card)
        self.cancel = Button(look, "Cancel", key="Esc", parent=self._card)
        self.record.pressed.connect(lambda: self._take(record=True))
        self.done.pressed.connect(lambda: self._take(record=False))
        self.cancel.pressed.connect(self.closed)
        below = QHBoxLayout()
        for button in (self.record, self.done, self.cancel):
            below.addWidget(button)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addLayout(grid, 1)
        column.addWidget(self.sentence)
        column.addLayout(below)

    def open(self, about: About, *, told_kg: float | None, recordable: bool) -> None:
        """Fill the fields as last time.

        Args:
            about: what holds now.
            told_kg: body mass that the insoles tell, None when they do not.
            recordable: a live source is there and nothing is being recorded.
        """
        for name, value in asdict(about).items():
            line = self.fields[name]
            line.setText(
                "" if value is None else short(float(value)) if name in NUMBERS else str(value)
            )
        if told_kg is not None:
            self.fields["mass_kg"].setPlaceholderText(f"{short(told_kg)}, as the insoles say")
        self._say("Kept for the next trials; a mass holds from the next recording on.")
        self.record.setVisible(recordable)
        self.restyle()
        self.fields["athlete"].setFocus()
        self.fields["athlete"].selectAll()

    def _take(self, *, record: bool) -> None:
        about, field, sentence = read({name: line.text() for name, line in self.fields.items()})
        if about is None:
            self._say(f"▲ {sentence}")
            self.fields[field].setFocus()
            self.fields[field].selectAll()
        else:
            self.taken.emit(about, record)

    def _say(self, words: str) -> None:
        self.sentence.setText(words)
        self.sentence.setAccessibleName(words)

    def card_size(self) -> tuple[float, float]:
        """Six rows and three buttons."""
        return 700, 560

    def restyle(self) -> None:
        """Fonts follow the unit."""
        font, _ = self.look.font(15)
        for widget in (*self._labels, *self.fields.values()):
            widget.setFont(font)
        self.sentence.setFont(self.look.font(13)[0])
        for button in (self.record, self.done, self.cancel):
            button.setFixedHeight(self.look.px(48))
        super().restyle()


NUMBERS = ("speed_m_s", "mass_kg")
