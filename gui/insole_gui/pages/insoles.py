"""Insoles: everything known about each link and its sensors, and where to connect from."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget

from insole.live.board import FootView
from insole.model.foot import Side
from insole.model.link import LinkHealth
from insole_gui.state import sensors, together
from insole_gui.state.advice import advice, link_words
from insole_gui.state.device_settings import has_pod
from insole_gui.state.drawn import delay_words
from insole_gui.state.links import NAME, health, ledger_lines
from insole_gui.state.live import LiveState
from insole_gui.state.loss import lost_by_second
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import BOLD, CENTRE, STRONG, Canvas, Look, Painted
from insole_gui.widgets.loss_strip import LossStrip

MOST_FOUND = 4  # findings on a card; the rest are counted
HEAD, STRIP = 56, 52


class LinkCard(Painted):
    """One insole: name and value, line by line; what its sensors did; loss by time."""

    def __init__(self, look: Look, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.side = side
        self.loss = LossStrip(look, self)
        self.settings = Button(look, "Settings", parent=self)
        self.settings.setAccessibleName(f"Settings of the {side.value} insole")
        self._lines: list[tuple[str, str]] = []
        self._found: list[str] = []
        self._ready = False

    def show_foot(self, foot: FootView, now_s: float, *, link: LinkHealth | None) -> None:
        """New values."""
        self.loss.show_lost(lost_by_second(foot, now_s))
        self.loss.setVisible(foot.time_s is not None)
        _use(self.settings, use=foot.capability is not None)
        lines = ledger_lines(foot)
        if link is not None:
            lines.append(("Link", link_words(link)))
        found = [line[0].upper() + line[1:] for line in advice(foot, now_s, link=link)]
        found += sensors.lines(foot, now_s)
        self._ready = not found and health(foot) == "live" and foot.time_s is not None
        if len(found) > MOST_FOUND:
            rest = len(found) - MOST_FOUND + 1
            found = [*found[: MOST_FOUND - 1], f"and {rest} more findings"]
        if (lines, found) != (self._lines, self._found):
            self._lines, self._found = lines, found
            said = [f"{a} {b}" for a, b in lines] + found
            self.setToolTip("\n".join(found))
            self.setAccessibleName(f"{NAME[self.side]} insole. " + ". ".join(said))
            self.update()

    def resizeEvent(self, _event: object) -> None:
        """The strip at the foot of the card, the button at its head."""
        u = self.look.u
        wide = round(124 * u)
        self.settings.setGeometry(
            self.width() - wide - round(12 * u), round(10 * u), wide, round(44 * u)
        )
        high = round(STRIP * u)
        edge = round(24 * u)
        self.loss.setGeometry(
            edge, self.height() - high - round(14 * u), self.width() - 2 * edge, high
        )

    def restyle(self) -> None:
        """Place everything anew."""
        self.resizeEvent(None)
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """Card with two columns."""
        u = self.look.u
        canvas.card(self.area())
        canvas.glyph(QPointF(30 * u, 32 * u), self.side.value, 16)
        title = QRectF(48 * u, 14 * u, self.width() - 200 * u, 36 * u)
        canvas.text(title, NAME[self.side], size=22, weight=BOLD)
        top = HEAD * u
        room = self.height() - top - (STRIP + 20) * u
        pitch = min(30 * u, room / max(len(self._lines) + max(len(self._found), 1), 1))
        size = min(14.0, 0.62 * pitch / u)
        for i, (name, value) in enumerate(self._lines):
            y = top + i * pitch
            canvas.text(
                QRectF(24 * u, y, self.width() * 0.36, pitch), name, size=size, colour="text2"
            )
            left = 24 * u + self.width() * 0.38
            box = QRectF(left, y, self.width() - left - 16 * u, pitch)
            canvas.text(box, value, size=size, weight=STRONG)
        ready = ["✓ Ready"] if self._ready else []
        said = self._found or ready
        colour = "attention" if self._found else "good"
        for i, words in enumerate(said, start=len(self._lines)):
            box = QRectF(24 * u, top + i * pitch, self.width() - 40 * u, pitch)
            sign = "▲ " if self._found else ""
            # what there is no room for is in the tool tip
            whole, seen = f"{sign}{words}", f"{sign}{words.split('. ')[0]}"
            fits = canvas.fitting(box, whole, seen, size=size)
            canvas.text(box, fits, size=size, weight=STRONG, colour=colour)


class InsolesPage(Painted):
    """Two cards, what both feet share, and buttons."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.cards = {side: LinkCard(look, side, self) for side in Side}

        def button(words: str) -> Button:
            return Button(look, words, parent=self, surface="background")

        self.search = button("Search for insoles")
        self.virtual = button("Try a virtual pair")
        self.open = button("Open a recording")
        self.swap = button("Swap left and right")
        self.align = button("Bring times together")
        self.calibrate = button("Calibrate, 30 s")
        self.zero = button("Set the zero")
        self.name = button("Stomp to name")
        self.pod = button("Pod settings")
        self._words: tuple[str, ...] = ("", "")

    @property
    def words(self) -> tuple[str, str]:
        """What the feet share of time; what is being done, or what the buttons are for."""
        return self._words[0], self._words[-1]

    def show_state(self, state: LiveState, *, busy: str) -> None:
        """Newest ledgers."""
        view = state.newest
        for side, card in self.cards.items():
            foot = view.feet[side]
            card.show_foot(foot, view.now_s, link=view.links.get(foot.device))
        between = view.replay is None and view.recording is None and not state.empty
        both = all(foot.device for foot in view.feet.values())
        _use(self.swap, use=between)
        for one in (self.align, self.calibrate):
            _use(one, use=between and both)
        _use(self.name, use=between and (both or view.guide is not None))
        _use(self.zero, use=between)
        _use(self.pod, use=has_pod(view))
        smoothed = delay_words(view)
        shared = together.words(view.time) if both else ""
        drawn = f"{smoothed.capitalize()}." if smoothed and not view.time.stomping else ""
        beside = " ".join(f"{each.role.capitalize()}: {each.phase}." for each in view.beside)
        # the longest first: what there is no room for is in the accessible name
        said = (f"{shared} {drawn} {beside}", f"{shared} {beside}", shared)
        words = (
            *dict.fromkeys(" ".join(each.split()) for each in said),
            busy or "Another source ends the present one; a recording is finished first.",
        )
        if words != self._words:
            self._words = words
            self.setAccessibleName(f"{words[0]} {words[-1]}")
            self.update()

    def resizeEvent(self, _event: object) -> None:
        """Cards beside each other, words and buttons beneath."""
        u = self.look.u
        edge, gap, high = round(16 * u), round(12 * u), round(48 * u)
        width = (self.width() - 2 * edge - gap) // 2
        card_h = self.height() - 2 * high - 2 * edge - gap - round(50 * u)
        self.cards[Side.LEFT].setGeometry(edge, 0, width, card_h)
        self.cards[Side.RIGHT].setGeometry(edge + width + gap, 0, width, card_h)
        for i, buttons in enumerate(self._rows()):
            part = (self.width() - 2 * edge - (len(buttons) - 1) * gap) // len(buttons)
            top = self.height() - edge - high - (1 - i) * (high + gap)
            for j, button in enumerate(buttons):
                button.setGeometry(edge + j * (part + gap), top, part, high)

    def _rows(self) -> tuple[tuple[Button, ...], ...]:
        """What is done with the feet, and where they come from."""
        feet = (self.calibrate, self.zero, self.name, self.swap, self.align, self.pod)
        return feet, (self.search, self.virtual, self.open)

    def restyle(self) -> None:
        """Place everything anew."""
        self.resizeEvent(None)
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """Two lines over the buttons."""
        u = self.look.u
        line = QRectF(16 * u, self.height() - 182 * u, self.width() - 32 * u, 24 * u)
        fits = canvas.fitting(line, *self._words[:-1], size=14.5)  # measured for a bold one
        canvas.text(line, fits, size=14, weight=STRONG, align=CENTRE)
        line.translate(0, 25 * u)
        canvas.text(line, self._words[-1], size=13, colour="text2", align=CENTRE)


def _use(button: Button, *, use: bool) -> None:
    """Enable or disable; repaints only when that is new."""
    if button.isEnabled() != use:
        button.setEnabled(use)
        button.update()
