"""Differences of many numbers under each other: interval over what counts, in one scale."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QWidget

from insole_gui.state.compare import Row
from insole_gui.widgets.lines import TITLE, Lines
from insole_gui.widgets.look import CENTRE, LEFT, RIGHT, STRONG, Canvas, Look

PITCH = 38
SPANS = (5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0)
SHOWN_SHARE = 0.9  # of the numbers lie inside the axis; an arrow shows those that do not


class Forest(Lines):
    """One line per number; the chosen one is told in a sentence."""

    pitch = PITCH

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._rows: tuple[Row, ...] = ()
        self.setAccessibleName("Differences")

    def count(self) -> int:
        """How many numbers there are."""
        return len(self._rows)

    def spoken(self, line: int) -> str:
        """Its sentence."""
        return self._rows[line].sentence

    def show_rows(self, rows: Sequence[Row], *, at: int = -1) -> None:
        """Other numbers; `at` is chosen, -1: none."""
        self._rows = tuple(rows)
        self.renew(at=at)

    def draw(self, canvas: Canvas) -> None:
        """Names and means, then the axis, then words."""
        u, box = self.look.u, self.area()
        canvas.card(box)
        inner = box.adjusted(16 * u, 0, -16 * u, 0)
        title = QRectF(inner.left(), 10 * u, inner.width(), 24 * u)
        used = canvas.text(title, "What differs, and by how much", size=15, weight=STRONG)
        title.setLeft(title.left() + used + 12 * u)
        legend = "B less A in % of A, shares in points · line: 95 % · grey: less than counts"
        words = canvas.fitting(title, legend, "line: 95 % · grey: less than counts", "", size=13)
        canvas.text(title, words, size=13, colour="text3")
        if not self._rows:
            return
        wide = inner.width()
        self._name = QRectF(inner.left(), 0, 0.3 * wide, PITCH * u)
        self._means = [
            QRectF(inner.left() + share * wide, 0, 0.075 * wide, PITCH * u)
            for share in (0.29, 0.37)
        ]
        axis = QRectF(inner.left() + 0.47 * wide, TITLE * u, 0.26 * wide, 0)
        self._words = QRectF(
            axis.right() + 14 * u, 0, inner.right() - axis.right() - 14 * u, PITCH * u
        )
        lines = list(self.shown())
        axis.setHeight(len(lines) * PITCH * u)
        span = _span(self._rows)
        self._grid(canvas, axis, span)
        for line, top in lines:
            if line == self.at:
                self.draw_chosen(canvas, top)
            self._line(canvas, self._rows[line], top=top, axis=axis, span=span)
        self.draw_more(canvas, QRectF(inner.left(), box.bottom() - 28 * u, 0.4 * wide, 22 * u))

    def _grid(self, canvas: Canvas, axis: QRectF, span: float) -> None:
        u, painter = self.look.u, canvas.painter
        for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
            x = _x(axis, share * span, span)
            painter.setPen(self.look.pen("text2" if share == 0 else "line", 1))
            painter.drawLine(QPointF(x, axis.top()), QPointF(x, axis.bottom()))
            number = f"{share * span:+g}".replace("-", "−") if share else "0"
            room = QRectF(x - 40 * u, axis.bottom() + 2 * u, 80 * u, 20 * u)
            canvas.text(room, number, size=12, colour="text3", align=CENTRE)

    def _line(self, canvas: Canvas, row: Row, *, top: float, axis: QRectF, span: float) -> None:
        u, painter = self.look.u, canvas.painter
        plain = "text3" if row.refused else "text"
        name = self._name.translated(0, top)
        unit = canvas.width(row.unit, size=13) + 8 * u
        name.setRight(name.right() - unit)
        used = canvas.text(name, row.name, size=14, weight=STRONG, colour=plain)
        unit_room = QRectF(name.left() + used + 6 * u, top, unit, PITCH * u)
        canvas.text(unit_room, row.unit, size=13, colour="text3")
        for room, mean, side in zip(self._means, (row.a, row.b), ("left", "right"), strict=True):
            colour = "text3" if row.refused else side
            canvas.text(
                room.translated(0, top), mean, size=14, weight=STRONG, colour=colour, align=RIGHT
            )
        middle = top + PITCH * u / 2
        if isfinite(row.half):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.look.colour("text3", 0.28))
            left, right = (_x(axis, side * row.half, span) for side in (-1, 1))
            painter.drawRoundedRect(
                QRectF(left, middle - 10 * u, right - left, 20 * u), 3 * u, 3 * u
            )
        ink = "text" if row.apart else "text2"
        if row.ends is not None:
            painter.setPen(self.look.pen(ink, 2))
            ends = [QPointF(_x(axis, end, span), middle) for end in row.ends]
            painter.drawLine(*ends)
        if isfinite(row.middle):
            painter.setPen(self.look.pen(ink, 1.5))
            painter.setBrush(self.look.colour(ink if row.apart else "surface"))
            if abs(row.middle) > span:
                self._beyond(canvas, axis, up=row.middle > 0, middle=middle)
            else:
                painter.drawEllipse(QPointF(_x(axis, row.middle, span), middle), 5 * u, 5 * u)
        colour = "text" if row.apart else "text3" if row.refused else "text2"
        canvas.text(self._words.translated(0, top), row.words, size=13, colour=colour, align=LEFT)

    def _beyond(self, canvas: Canvas, axis: QRectF, *, up: bool, middle: float) -> None:
        u = self.look.u
        x, side = (axis.right(), 1) if up else (axis.left(), -1)
        corners = ((0, -6), (8 * side, 0), (0, 6))
        canvas.painter.drawPolygon([QPointF(x + a * u, middle + b * u) for a, b in corners])


def _span(rows: Sequence[Row]) -> float:
    """Half of the axis, %: so that most numbers lie inside with their intervals."""
    reach = sorted(
        max(abs(row.middle), *(abs(end) for end in row.ends or (0.0, 0.0)))
        for row in rows
        if isfinite(row.middle)
    )
    if not reach:
        return SPANS[0]
    wanted = reach[min(int(SHOWN_SHARE * len(reach)), len(reach) - 1)]
    return next((span for span in SPANS if span >= wanted), SPANS[-1])


def _x(axis: QRectF, value: float, span: float) -> float:
    clipped = min(max(value, -span), span)
    return axis.left() + (clipped + span) / (2 * span) * axis.width()
