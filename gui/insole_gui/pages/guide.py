"""A guided act over the page, to be read from where one stands: a ring, a sentence, the parts."""

from __future__ import annotations

from math import ceil, isfinite

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from insole.guided.view import GuideView, Kind
from insole_gui.pages.overlay import Overlay
from insole_gui.state.guide import TITLES, left_s, notes, parts, sums, table
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.look import BOLD, CENTRE, LEFT, RIGHT, STRONG, TEXT, Canvas, Look, Painted

GAP_DEGREES = 5.0
SIGNS = {"done": "✓", "now": "▶", "later": "○"}
MOST_NOTES = 3


class GuideFace(Painted):
    """The ring and the words beside it."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.guide: GuideView | None = None

    def show_guide(self, guide: GuideView | None) -> None:
        """As it stands now."""
        if repr(guide) != repr(self.guide):
            self.guide = guide
            self.setAccessibleName(guide.sentence if guide is not None else "It begins.")
            self.update()

    def draw(self, canvas: Canvas) -> None:
        """The ring left, what to do right; a result takes the whole width."""
        guide, u = self.guide, self.look.u
        if guide is None:
            canvas.text(self.area(), "It begins…", size=22, align=CENTRE, colour="text2")
        elif guide.over and guide.found is not None and guide.found.feet:
            self._result(canvas, guide)
        else:
            side = min(self.height(), self.width() * 0.42)
            ring = QRectF(0, (self.height() - side) / 2, side, side)
            self._ring(canvas, ring.adjusted(14 * u, 14 * u, -14 * u, -14 * u), guide)
            self._words(
                canvas, QRectF(side + 24 * u, 0, self.width() - side - 24 * u, self.height()), guide
            )

    def _ring(self, canvas: Canvas, box: QRectF, guide: GuideView) -> None:
        """One piece for each part; it fills by itself."""
        shown = parts(guide)
        turn = 360.0 / max(len(shown), 1)
        gap = GAP_DEGREES if len(shown) > 1 else 0.0
        painter = canvas.painter
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, part in enumerate(shown):
            start = 90.0 - number * turn - gap / 2
            for colour, share in (("line", 1.0), ("good", part.filled)):
                pen = self.look.pen(colour, 16)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
                if share > 0:
                    span = -(turn - gap) * share
                    painter.drawArc(box, round(16 * start), round(16 * span))
        middle, seconds = ("✓" if guide.over else ""), left_s(guide)
        if isfinite(seconds):
            middle = f"{ceil(seconds)} s"
        size = 0.26 * box.height() / self.look.u
        canvas.text(box, middle, size=size, weight=BOLD, align=CENTRE)

    def _words(self, canvas: Canvas, room: QRectF, guide: GuideView) -> None:
        u = self.look.u
        size = 32 if len(guide.sentence) < 60 else 24
        lines = canvas.wrapped(guide.sentence, room.width(), size=size, weight=BOLD)
        pitch = 1.35 * size * u
        rows = parts(guide)
        high = len(lines) * pitch + 24 * u + len(rows) * 36 * u
        top = max(0.0, (room.height() - high) / 2)
        for line in lines:
            box = QRectF(room.left(), top, room.width(), pitch)
            canvas.text(box, line, size=size, weight=BOLD)
            top += pitch
        top += 24 * u
        for part in rows:
            colour = {"done": "good", "now": "text", "later": "text3"}[part.state]
            sign = QRectF(room.left(), top, 28 * u, 32 * u)
            canvas.text(sign, SIGNS[part.state], size=17, colour=colour, weight=STRONG)
            box = QRectF(sign.right() + 4 * u, top, room.right() - sign.right() - 4 * u, 32 * u)
            weight = STRONG if part.state == "now" else TEXT
            canvas.text(box, part.words, size=17, colour=colour, weight=weight)
            top += 36 * u

    def _result(self, canvas: Canvas, guide: GuideView) -> None:
        """A table of both insoles, and what they carry together."""
        found, u = guide.found, self.look.u
        if found is None:
            return
        sign, colour = ("✓", "good") if found.kept else ("▲", "attention")
        lines = canvas.wrapped(f"{sign} {found.note}", self.width(), size=22, weight=BOLD)
        top = 0.0
        for line in lines:
            box = QRectF(0, top, self.width(), 32 * u)
            canvas.text(box, line, size=22, weight=BOLD, colour=colour)
            top += 32 * u
        top += 8 * u
        rows = [("", "Left", "Right"), *table(found)]
        said = [*sums(found), *notes(found)[:MOST_NOTES]]
        pitch = min(38 * u, (self.height() - top) / (len(rows) + len(said) + 0.5))
        for number, (name, left, right) in enumerate(rows):
            head = number == 0
            columns = ((0.0, 0.4, name, LEFT), (0.4, 0.28, left, RIGHT), (0.7, 0.28, right, RIGHT))
            for start, share, words, align in columns:
                box = QRectF(self.width() * start, top, self.width() * share, pitch)
                bold = STRONG if head or start else TEXT
                tone = "text2" if head or not start else "text"
                canvas.text(box, words, size=15, weight=bold, colour=tone, align=align)
            if head:
                for side, start in (("left", 0.4), ("right", 0.7)):
                    width = canvas.width(side.capitalize(), size=15, weight=STRONG)
                    at = self.width() * (start + 0.28) - width - 14 * u
                    canvas.glyph(QPointF(at, top + pitch / 2), side, 12)
            top += pitch
        top += 0.5 * pitch
        for words in said:
            box = QRectF(0, top, self.width(), pitch)
            canvas.text(box, words, size=14, colour="text2")
            top += pitch


class GuideCard(Overlay):
    """A card over the page; leaving it ends what goes on."""

    again = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._kind: Kind = "calibrate"
        self._begun = False
        self.face = GuideFace(look, self._card)
        self.once_more = Button(look, "Once more", parent=self._card)
        self.close_it = Button(look, "Stop", key="Esc", parent=self._card)
        self.close_it.pressed.connect(self.closed)
        self.once_more.pressed.connect(lambda: self.again.emit(self._kind))
        below = QHBoxLayout()
        below.addWidget(self.once_more)
        below.addWidget(self.close_it)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(self.face, 1)
        column.addLayout(below)

    def open(self, kind: Kind) -> None:
        """Wait for the first word of it."""
        self._kind, self._begun = kind, False
        self._title.setText(TITLES[kind])
        self.face.show_guide(None)
        self.restyle()
        self.show_guide(None, busy="…")
        self.setFocus()

    def show_guide(self, guide: GuideView | None, *, busy: str) -> None:
        """As the board has it.

        Args:
            guide: what goes on.
            busy: it is still being asked for: what the board has may be of before.
        """
        if self._begun or not busy:
            own = guide if guide is not None and guide.kind == self._kind else None
            self._begun = True
            self.face.show_guide(own)
        over = self.over
        self.once_more.setVisible(over)
        self.close_it.say("Close" if over else "Stop")

    @property
    def over(self) -> bool:
        """It has ended."""
        return self.face.guide is not None and self.face.guide.over

    @property
    def refused(self) -> bool:
        """It was asked for, and nothing began."""
        return self._begun and self.face.guide is None

    @property
    def goes_on(self) -> bool:
        """It began and has not ended."""
        return self._begun and self.face.guide is not None and not self.over

    def card_size(self) -> tuple[float, float]:
        """A ring of half a metre's reading distance, and words beside it."""
        return 1040, 640

    def restyle(self) -> None:
        """Sizes of the buttons follow the unit."""
        for button in (self.once_more, self.close_it):
            button.setFixedHeight(self.look.px(48))
        super().restyle()
