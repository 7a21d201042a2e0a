"""Settings of this window: colours, contrast, size, pressure scale."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QWidget

from insole import __version__
from insole.preferences import Preferences
from insole.settings import folders
from insole_gui.state.sole import SCALES_KPA
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import STRONG, Canvas, Look, Painted

SIZES = (0.8, 0.9, 1.0, 1.2, 1.4)
PITCH = 122


class SettingsPage(Painted):
    """One row per choice."""

    theme_wanted = Signal(str)
    contrast_wanted = Signal()
    text_wanted = Signal(float)
    scale_wanted = Signal(float)
    about_wanted = Signal()
    numbers_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.themes = {
            name: Button(look, word, parent=self)
            for name, word in (("dark", "Dark"), ("light", "Light"))
        }
        self.contrast = Button(look, "High contrast", parent=self)
        self.sizes = {size: Button(look, f"{100 * size:.0f} %", parent=self) for size in SIZES}
        self.scales = {kpa: Button(look, f"{kpa:.0f} kPa", parent=self) for kpa in SCALES_KPA}
        self._folders = folders()
        self.about = Button(look, "About the trial", key="N", parent=self)
        self.about.pressed.connect(self.about_wanted)
        self.numbers = Button(look, "Numbers on Live", parent=self)
        self.numbers.pressed.connect(self.numbers_wanted)
        for name, button in self.themes.items():
            button.pressed.connect(lambda name=name: self.theme_wanted.emit(name))
        self.contrast.pressed.connect(self.contrast_wanted)
        for size, button in self.sizes.items():
            button.pressed.connect(lambda size=size: self._size(size))
        for kpa, button in self.scales.items():
            button.pressed.connect(lambda kpa=kpa: self._choose_scale(kpa))
        self.show_choice(look.theme.name, Preferences())

    def _size(self, size: float) -> None:
        self._mark(self.sizes, size)
        self.text_wanted.emit(size)

    def _choose_scale(self, kpa: float) -> None:
        self._mark(self.scales, kpa)
        self.scale_wanted.emit(kpa)

    def show_choice(self, theme: str, chosen: Preferences) -> None:
        """Which buttons are chosen; the theme is the one on screen."""
        self._mark(self.themes, theme)
        self.contrast.say("High contrast", kind="chosen" if chosen.contrast else "plain")
        self._mark(self.sizes, chosen.text_size)
        self._mark(self.scales, chosen.full_kpa)

    def _mark(self, buttons: dict[str, Button] | dict[float, Button], chosen: object) -> None:
        for value, button in buttons.items():
            button.say(button.words, kind="chosen" if value == chosen else "plain")

    def _rows(self) -> list[tuple[str, str, list[Button]]]:
        return [
            ("Colours", "T changes them too", [*self.themes.values(), self.contrast]),
            (
                "Size of everything",
                "the window chooses a size; this multiplies it",
                [*self.sizes.values()],
            ),
            ("Pressure scale", "locked, the same for both feet", [*self.scales.values()]),
            (
                "Trial, and the numbers on Live",
                "athlete, shoe, surface, speed, body mass; which five tiles",
                [self.about, self.numbers],
            ),
        ]

    def resizeEvent(self, _event: object) -> None:
        """Rows under each other."""
        u = self.look.u
        width, high = round(150 * u), round(48 * u)
        for i, (_, _, buttons) in enumerate(self._rows()):
            y = round((66 + i * PITCH) * u)
            for j, button in enumerate(buttons):
                if button in (self.about, self.numbers):
                    wide = round(230 * u)
                    button.setGeometry(round(40 * u) + j * (wide + round(12 * u)), y, wide, high)
                    continue
                button.setGeometry(round(40 * u) + j * (width + round(12 * u)), y, width, high)

    def restyle(self) -> None:
        """Place everything anew."""
        self.resizeEvent(None)
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """Card and the names of the rows."""
        u = self.look.u
        canvas.card(QRectF(16 * u, 0, self.width() - 32 * u, self.height() - 16 * u))
        for i, (name, words, _) in enumerate(self._rows()):
            room = QRectF(40 * u, (28 + i * PITCH) * u, self.width() - 80 * u, 30 * u)
            used = canvas.text(room, name, size=15, weight=STRONG)
            room.setLeft(room.left() + used + 10 * u)
            canvas.text(room, words, size=13, colour="text3")
        last = QRectF(40 * u, (28 + 4 * PITCH) * u, self.width() - 80 * u, 24 * u)
        for words in (
            "These choices are kept for next time.",
            f"Recordings: {self._folders.recordings}",
            f"Settings: {self._folders.config}",
            f"insole {__version__} · recordings stay on this computer · not a medical device",
        ):
            canvas.text(last, words, size=13, colour="text2")
            last.translate(0, 26 * u)
