"""Rail, header with link chips, and the line of sentences that need attention."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPolygonF
from PySide6.QtWidgets import QWidget

from insole.model.foot import Side
from insole_gui.state.links import Chip
from insole_gui.state.live import latency_words
from insole_gui.widgets.buttons import Pressable
from insole_gui.widgets.look import BOLD, CENTRE, LEFT, RIGHT, STRONG, Canvas, Look, Painted

TITLE = 130  # u-px that the longest title of a page takes


class RailButton(Pressable):
    """One page in the rail: sign and word."""

    def __init__(self, look: Look, word: str, sign: str, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.word, self.sign = word, sign
        self.chosen = False
        self.setAccessibleName(f"Page {word}")

    def choose(self, *, chosen: bool) -> None:
        """This is (not) the page on screen."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.update()

    def draw(self, canvas: Canvas) -> None:
        """Raised when chosen, with a bar at its edge."""
        look, u, box = self.look, self.look.u, self.area()
        painter = canvas.painter
        painter.fillRect(box, look.colour("surface"))
        inner = box.adjusted(8 * u, 2 * u, -8 * u, -2 * u)
        if self.chosen or self.hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("raised"))
            painter.drawRoundedRect(inner, 10 * u, 10 * u)
        if self.chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("left"))
            painter.drawRoundedRect(QRectF(0, inner.top() + 14 * u, 4 * u, 32 * u), 2 * u, 2 * u)
        painter.setPen(look.pen("text" if self.chosen else "text2", 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._sign(canvas, QPointF(box.center().x(), box.top() + 25 * u), u)
        word = QRectF(inner.left(), inner.bottom() - 24 * u, inner.width(), 18 * u)
        colour = "text" if self.chosen else "text2"
        canvas.text(word, self.word, size=12, weight=STRONG, colour=colour, align=CENTRE)
        if self.hasFocus():
            canvas.ring(inner, 10 * u)

    def _sign(self, canvas: Canvas, at: QPointF, u: float) -> None:
        painter = canvas.painter
        lines = {
            "live": [[(-11, 0), (-6, 0), (-2, -9), (2, 9), (6, 0), (11, 0)]],
            "drill": [
                [(0, -11), (8, -8), (11, 0), (8, 8), (0, 11)],
                [(0, 11), (-8, 8), (-11, 0), (-8, -8), (0, -11)],
                [(0, -4), (4, 0), (0, 4), (-4, 0), (0, -4)],
            ],
            "review": [[(-6, -9), (9, 0), (-6, 9), (-6, -9)]],
            "compare": [
                [(-11, 8), (-4, -8), (3, 8)], [(-3, 8), (4, -8), (11, 8)],
            ],
            "insoles": [
                [(-5, 3), (-5, -8), (-2, -11), (2, -11), (5, -8), (5, 3)],
                [(5, 3), (5, 8), (2, 11), (-2, 11), (-5, 8), (-5, 3), (5, 3)],
            ],
            "settings": [
                [(-10, -6), (10, -6)], [(-10, 1), (10, 1)], [(-10, 8), (10, 8)],
                [(-4, -9), (-4, -3)], [(5, -2), (5, 4)], [(-2, 5), (-2, 11)],
            ],
            "keys": [
                [(-10, -7), (10, -7), (10, 7), (-10, 7), (-10, -7)], [(-5, 3), (5, 3)],
                [(-6, -3), (-5, -3)], [(-1, -3), (1, -3)], [(5, -3), (6, -3)],
            ],
        }  # fmt: skip
        for line in lines[self.sign]:
            painter.drawPolyline(
                QPolygonF([QPointF(at.x() + x * u, at.y() + y * u) for x, y in line])
            )


class ChipView(Pressable):
    """One link: glyph, name, rate, lost, signal, coverage, age, battery."""

    def __init__(self, look: Look, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.side = side
        self.chip: Chip | None = None
        self.compact = False

    def show_chip(self, chip: Chip, *, compact: bool) -> None:
        """New words."""
        if (chip, compact) != (self.chip, self.compact):
            self.chip, self.compact = chip, compact
            self.setAccessibleName(chip.spoken)
            self.setToolTip(f"{chip.name}: {chip.first}\n{chip.second}")
            self.update()

    def draw(self, canvas: Canvas) -> None:
        """A pill with two lines, or one when there is little room."""
        chip = self.chip
        if chip is None:
            return
        look, u, painter = self.look, self.look.u, canvas.painter
        box = self.area().adjusted(1, 1, -1, -1)
        radius = min(box.height() / 2, 22 * u)
        painter.setPen(look.pen("attention" if chip.warn else "line", 2 if chip.warn else 1))
        painter.setBrush(look.colour("raised" if self.hovered else "surface"))
        painter.drawRoundedRect(box, radius, radius)
        left = box.left() + 16 * u
        canvas.glyph(QPointF(left + 5 * u, box.center().y()), self.side.value, 12)
        left += 18 * u
        right = box.right() - 14 * u
        if chip.battery is not None:
            right = self._battery(canvas, right, chip.battery) - 10 * u
        first, second = (chip.short, "") if self.compact else (chip.first, chip.second)
        high = 19 * u
        top = box.center().y() - (high if second else high / 2)
        room = QRectF(left, top, right - left, high)
        name = f"▲ {chip.name}" if chip.warn else chip.name
        colour = "attention" if chip.warn else "text"
        used = canvas.text(room, name, size=13, weight=STRONG, colour=colour)
        room.setLeft(left + used + 8 * u)
        canvas.text(room, first, size=13, colour="text")
        canvas.text(QRectF(left, top + high, right - left, high), second, size=12, colour="text2")
        if self.hasFocus():
            canvas.ring(self.area(), radius)

    def _battery(self, canvas: Canvas, right: float, percent: int) -> float:
        look, u, painter = self.look, self.look.u, canvas.painter
        words = f"{percent}"
        width = canvas.width(words, size=12) + 2
        y = self.area().center().y()
        canvas.text(QRectF(right - width, y - 9 * u, width, 18 * u), words, size=12, colour="text2")
        body = QRectF(right - width - 26 * u, y - 5 * u, 18 * u, 10 * u)
        low = percent <= 15
        painter.setPen(look.pen("attention" if low else "text2", 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(body, 2 * u, 2 * u)
        painter.drawLine(
            QPointF(body.right() + 2 * u, y - 2 * u), QPointF(body.right() + 2 * u, y + 2 * u)
        )
        full = body.adjusted(2 * u, 2 * u, -2 * u, -2 * u)
        full.setWidth(full.width() * min(max(percent, 0), 100) / 100)
        painter.fillRect(full, look.colour("attention" if low else "text2"))
        return body.left()


class Header(Painted):
    """Page title, activity sentence and latency; chips are widgets of their own."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.chips = {side: ChipView(look, side, self) for side in Side}
        self._words = ("", "", "")
        self._compact = False
        self._gave_room = False

    @property
    def words(self) -> tuple[str, str, str]:
        """Title, activity, latency."""
        return self._words

    def say(self, title: str, activity: str, latency_ms: float, *, smoothed: str = "") -> None:
        """Change the words.

        Args:
            title: of the page.
            activity: what is done now.
            latency_ms: from arrival to the end of painting; NaN: not known.
            smoothed: what smoothing adds to that.
        """
        late = latency_words(latency_ms)
        if (title, activity, late) != self._words:
            self._words = (title, activity, late)
            self.setAccessibleName(f"{title}. {activity}. {late}")
            self.setToolTip(f"{late}; {smoothed}" if late and smoothed else late)
            self.update()

    def arrange(self, *, compact: bool) -> None:
        """Chips at the right end."""
        self._compact = compact
        u = self.look.u
        width, gap = round((322 if not compact else 254) * u), round(10 * u)
        high, right = round(52 * u), self.width() - round(16 * u)
        for side in (Side.RIGHT, Side.LEFT):
            right -= width
            self.chips[side].setGeometry(right, (self.height() - high) // 2, width, high)
            right -= gap
        self.update()

    def give_room(self, *, given: bool) -> None:
        """Leave out what stands between title and chips."""
        if given != self._gave_room:
            self._gave_room = given
            self.update()

    def room(self) -> QRect:
        """Between the title and the chips, where something else may stand for a while."""
        u, chip = self.look.u, self.chips[Side.LEFT]
        left = round(TITLE * u)
        return QRect(left, chip.y(), chip.x() - round(14 * u) - left, chip.height())

    def draw(self, canvas: Canvas) -> None:
        """Words from the left, latency before the chips."""
        u = self.look.u
        title, activity, late = self._words
        end = self.chips[Side.LEFT].x() - 14 * u
        room = QRectF(18 * u, 0, end - 18 * u, self.height())
        used = canvas.text(room, title, size=22, weight=BOLD)
        if self._gave_room:
            return
        room.setLeft(room.left() + used + 16 * u)
        if late and not self._compact:
            width = min(canvas.width(late, size=13) + 2, 0.5 * room.width())
            canvas.text(
                QRectF(end - width, 0, width, self.height()), late, size=13, colour="text2",
                align=RIGHT,
            )  # fmt: skip
            room.setRight(end - width - 12 * u)
        canvas.text(room, activity, size=15, colour="text2", align=LEFT)


class Banner(Painted):
    """Sentences that need attention now, in place of what is done: nothing else moves for them."""

    opened = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self._lines: tuple[str, ...] = ()
        self._urgent = False
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """All sentences, most urgent first."""
        return self._lines

    def say(self, lines: tuple[str, ...], *, urgent: bool) -> None:
        """Change the sentences; none hides the line."""
        if (lines, urgent) == (self._lines, self._urgent):
            return
        self._lines, self._urgent = lines, urgent
        self.setVisible(bool(lines))
        self.setAccessibleName(" ".join(lines))
        self.setToolTip("\n".join(lines))
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """The first sentence, in two lines where it is long, and how many more there are."""
        if not self._lines:
            return
        look, u = self.look, self.look.u
        box = self.area().adjusted(0.5, 0.5, -0.5, -0.5)
        colour = "record" if self._urgent else "attention"
        canvas.painter.setPen(look.pen(colour, 1.5))
        canvas.painter.setBrush(look.colour(colour, 0.14))
        canvas.painter.drawRoundedRect(box, 8 * u, 8 * u)
        more = len(self._lines) - 1
        words = f"▲ {self._lines[0]}" + (f"  (and {more} more)" if more else "")
        room = box.adjusted(14 * u, 0, -14 * u, 0)
        lines = _halves(canvas, words, room.width())
        room.adjust(0, 5 * u * (len(lines) - 1), 0, -5 * u * (len(lines) - 1))
        high = room.height() / len(lines)
        for row, line in enumerate(lines):
            part = QRectF(room.x(), room.y() + row * high, room.width(), high)
            canvas.text(part, line, size=14, weight=STRONG)


def _halves(canvas: Canvas, words: str, width: float) -> list[str]:
    """One line, or two with the first as full as it goes."""
    if canvas.width(words, size=14, weight=STRONG) <= width:
        return [words]
    ends = [place for place, letter in enumerate(words) if letter == " "]
    fit = [at for at in ends if canvas.width(words[:at], size=14, weight=STRONG) <= width]
    return [words[: fit[-1]], words[fit[-1] + 1 :]] if fit else [words]
