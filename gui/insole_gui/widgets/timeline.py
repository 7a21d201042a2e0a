"""A whole file on one line: both feet, holes hatched, marks, what was cut off, one cursor."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPolygonF
from PySide6.QtWidgets import QWidget

from insole.model.foot import Side
from insole.reviewing import FileReview
from insole_gui.state.review import hatched
from insole_gui.state.transport import clock, round_times
from insole_gui.widgets.look import CENTRE, LEFT, RIGHT, Canvas, Look
from insole_gui.widgets.transport import Scrubber

LANE, APART, TOP = 16, 6, 26  # u-px: height of a lane, between them, room for marks


class Timeline(Scrubber):
    """Drag, click or use the arrows to go somewhere."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self._review: FileReview | None = None
        self._holes: dict[Side, list[tuple[float, float]]] = {}
        self._loop: tuple[float, float] | None = None

    def show_review(self, review: FileReview | None, *, loop: tuple[float, float] | None) -> None:
        """The file, and what is repeated; repaints when one is another."""
        if review is not self._review:
            self._review = review
            self._holes = {
                side: hatched(review.holes, side, end_s=review.end_s) if review else []
                for side in Side
            }
            gaps = [f"{side.value} {len(spans)} gaps" for side, spans in self._holes.items()]
            self.setAccessibleDescription(", ".join(gaps))
            self.update()
        if loop != self._loop:
            self._loop = loop
            self.update()

    def _track(self) -> QRectF:
        u = self.look.u
        box = self.area()
        left = box.left() + 34 * u
        return QRectF(left, TOP * u, box.right() - 14 * u - left, (2 * LANE + APART) * u)

    def draw(self, canvas: Canvas) -> None:
        """Card, lanes, cut, marks, ticks, cursor."""
        look, u, painter, shown = self.look, self.look.u, canvas.painter, self._span
        canvas.card(self.area())
        track = self._track()
        for row, side in enumerate(Side):
            top = track.top() + row * (LANE + APART) * u
            lane = QRectF(track.left(), top, track.width(), LANE * u)
            canvas.glyph(QPointF(18 * u, lane.center().y()), side.value, 10)
            self._lane(canvas, side, lane)
        if self._review is not None:
            self._cut(canvas, self._review, track)
        self._marks(canvas, track)
        widest = canvas.width(clock(shown.end_s), size=11) + 12 * u
        for time_s in round_times(shown.end_s, max(2, min(13, int(track.width() / widest) - 1))):
            x = self._x(time_s)
            painter.setPen(look.pen("text3", 1))
            painter.drawLine(QPointF(x, track.bottom() + 3 * u), QPointF(x, track.bottom() + 7 * u))
            room = QRectF(x - 34 * u, track.bottom() + 7 * u, 68 * u, 16 * u)
            align = CENTRE
            if time_s == 0.0:
                room.moveLeft(x)
                align = LEFT
            elif x + widest / 2 > track.right():
                room.moveRight(track.right())
                align = RIGHT
            canvas.text(room, clock(time_s), size=11, colour="text3", align=align)
        if self._loop is not None:
            left, right = (self._x(at) for at in self._loop)
            painter.setPen(look.pen("text", 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                QRectF(left, track.top() - 3 * u, max(right - left, 6 * u), track.height() + 6 * u),
                3 * u, 3 * u,
            )  # fmt: skip
        x = self._x(shown.at_s)
        painter.setPen(look.pen("attention", 2))
        painter.drawLine(QPointF(x, track.top() - 6 * u), QPointF(x, track.bottom() + 4 * u))
        painter.setBrush(look.colour("attention"))
        painter.drawEllipse(QPointF(x, track.top() - 8 * u), 4 * u, 4 * u)
        if self.hasFocus():
            canvas.ring(self.area(), 12 * u)

    def _lane(self, canvas: Canvas, side: Side, lane: QRectF) -> None:
        look, painter = self.look, canvas.painter
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour(side.value, 0.55))
        painter.drawRect(lane)
        for begin_s, end_s in self._holes.get(side, []):
            left, right = self._x(begin_s), self._x(end_s)
            gap = QRectF(left, lane.top(), max(right - left, 2.0), lane.height())
            painter.fillRect(gap, look.colour("surface"))
            hatch = QBrush(look.colour("attention"), Qt.BrushStyle.BDiagPattern)
            painter.fillRect(gap, hatch if gap.width() > 4 else look.colour("attention"))

    def _cut(self, canvas: Canvas, review: FileReview, track: QRectF) -> None:
        """What does not count lies under a veil, behind a bracket."""
        look, u, painter, decision = self.look, self.look.u, canvas.painter, review.decision
        for edge_s, outside in ((decision.from_s, track.left()), (decision.to_s, track.right())):
            if edge_s is None:
                continue
            x = self._x(edge_s)
            veil = QRectF(min(x, outside), track.top(), abs(x - outside), track.height())
            painter.fillRect(veil, look.colour("surface", 0.8))
            painter.setPen(look.pen("text", 2))
            inwards = 5 * u if outside == track.left() else -5 * u
            for y in (track.top(), track.bottom()):
                painter.drawLine(QPointF(x, y), QPointF(x + inwards, y))
            painter.drawLine(QPointF(x, track.top()), QPointF(x, track.bottom()))

    def _marks(self, canvas: Canvas, track: QRectF) -> None:
        look, u, painter = self.look, self.look.u, canvas.painter
        if self._review is None:
            return
        marks = [one for one in self._review.happenings if one.kind == "mark"]
        ends = [*(self._x(one.at_s) for one in marks[1:]), self.area().right()]
        for one, end in zip(marks, ends, strict=False):
            x, top = self._x(one.at_s), track.top() - 19 * u
            painter.setPen(look.pen("text", 1.5))
            painter.drawLine(QPointF(x, track.bottom()), QPointF(x, top))
            painter.setBrush(look.colour("text"))
            flag = [QPointF(x, top), QPointF(x + 8 * u, top + 4 * u), QPointF(x, top + 8 * u)]
            painter.drawPolygon(QPolygonF(flag))
            room = QRectF(x + 11 * u, top - 3 * u, end - x - 15 * u, 15 * u)
            if room.width() >= 24 * u:  # else the list below has its words
                canvas.text(room, one.text, size=11)
