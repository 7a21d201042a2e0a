"""The form of a device: every setting that its protocol has, each explained."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from insole_gui.pages.overlay import Overlay
from insole_gui.state.device_settings import AS_IT_IS, Device, Row, changes
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.choices import Choices
from insole_gui.widgets.look import STRONG, Look

NOTHING = "Nothing can be chosen about this device."
LATER = (
    "The insoles are connected anew with these, which takes some seconds. Insoles of this kind are "
    "asked for the same next time; a virtual pair forgets it when this window is closed."
)
RECORDING = "A recording runs: stop it first, then settings can be changed."
UNCHANGED = "Nothing was changed."
LONGEST = 200


class DeviceForm(Overlay):
    """One row per setting; the answers become part of the source string."""

    taken = Signal(object)
    """Changes by key, as `Session.configure` takes them."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._device: Device | None = None
        self.answers: dict[str, Choices | QLineEdit] = {}
        self._words: list[tuple[QLabel, float, int]] = []
        self._scroll = QScrollArea(self._card)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.sentence = QLabel("", self._card)
        self.sentence.setWordWrap(True)
        self.both = Button(look, "Apply to both insoles", kind="chosen", parent=self._card)
        self.one = Button(look, "Apply", parent=self._card)
        self.cancel = Button(look, "Cancel", key="Esc", parent=self._card)
        self.both.pressed.connect(lambda: self._take(both=True))
        self.one.pressed.connect(lambda: self._take(both=False))
        self.cancel.pressed.connect(self.closed)
        below = QHBoxLayout()
        for button in (self.both, self.one, self.cancel):
            below.addWidget(button)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.sentence)
        column.addLayout(below)

    def open(self, device: Device, *, recording: bool) -> None:
        """Show what holds now.

        Args:
            device: whose settings.
            recording: nothing can be changed now.
        """
        self._device = device
        self._title.setText(device.title)
        self.answers, self._words = {}, []
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 12, 0)
        rows.setSpacing(8)
        for row in device.rows:
            self._add(row, rows, body)
        rows.addStretch(1)
        self._scroll.setWidget(body)
        self.both.setVisible(bool(device.rows and device.other))
        self.one.setVisible(bool(device.rows))
        only = f"Apply to the {device.whose} one" if device.other else "Apply"
        self.one.say(only, kind="plain" if device.other else "chosen")
        for button in (self.both, self.one):
            button.setEnabled(not recording)
        self._say(NOTHING if not device.rows else RECORDING if recording else LATER)
        self.restyle()
        first = next(iter(self.answers.values()), None)
        target = first.buttons.get(first.chosen) if isinstance(first, Choices) else first
        (target or self.cancel).setFocus()

    def _add(self, row: Row, rows: QVBoxLayout, body: QWidget) -> None:
        title, words = QLabel(row.title, body), QLabel(row.words, body)
        words.setWordWrap(True)
        self._words += [(title, 15, STRONG), (words, 13, 450)]
        answer: Choices | QLineEdit
        if row.choices:
            answer = Choices(self.look, row.choices, name=row.title, parent=body)
            answer.pick(row.value or AS_IT_IS)
        else:
            answer = QLineEdit(row.value, body)
            answer.setMaxLength(LONGEST)
            answer.setPlaceholderText(AS_IT_IS)
            answer.setAccessibleName(row.title)
            answer.returnPressed.connect(lambda: self._take(both=False))
        self.answers[row.setting.name] = answer
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(title)
        head.addWidget(words, 1)
        rows.addLayout(head)
        rows.addWidget(answer)
        rows.addSpacing(8)

    def _typed(self) -> dict[str, str]:
        return {
            name: answer.chosen if isinstance(answer, Choices) else answer.text()
            for name, answer in self.answers.items()
        }

    def _take(self, *, both: bool) -> None:
        device = self._device
        if device is None or not self.one.isEnabled():
            return
        wanted, field, sentence = changes(device, self._typed(), both=both)
        if sentence:
            self._say(f"▲ {sentence}")
            self.answers[field].setFocus()
        elif not wanted:
            self._say(UNCHANGED)
        else:
            self.taken.emit(wanted)

    def _say(self, words: str) -> None:
        self.sentence.setText(words)
        self.sentence.setAccessibleName(words)

    def card_size(self) -> tuple[float, float]:
        """As many rows as there are, at most six, and three buttons."""
        rows = len(self._device.rows) if self._device is not None else 0
        return 780, 260 + 96 * min(max(rows, 1), 6)

    def restyle(self) -> None:
        """Fonts and colours follow the look."""
        for label, size, weight in self._words:
            label.setFont(self.look.font(size, weight)[0])
        for answer in self.answers.values():
            if isinstance(answer, QLineEdit):
                answer.setFont(self.look.font(15)[0])
            else:
                answer.updateGeometry()
                answer.resizeEvent(None)
        self.sentence.setFont(self.look.font(13)[0])
        for button in (self.both, self.one, self.cancel):
            button.setFixedHeight(self.look.px(48))
        super().restyle()
        body = self._scroll.widget()
        if body is not None:
            body.setStyleSheet(f"background: {self.look.theme.surface};")
