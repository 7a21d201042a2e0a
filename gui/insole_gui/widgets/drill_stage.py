"""A drill that is being done: a ring that fills, the three points, a number read from afar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPolygonF
from PySide6.QtWidgets import QWidget

from insole.guided.view import DrillView
from insole_gui.state.drill import Stage
from insole_gui.widgets.look import BOLD, CENTRE, STRONG, TEXT, Canvas, Look, Painted

POINTS = (("heel", "heel", 0.0, 0.62), ("first", "big-toe ball", 0.46, -0.36),
          ("fifth", "little-toe ball", -0.46, -0.28))  # fmt: skip
"""Corner, its name, and where it lies in the ring of radius 1, y down, for a right foot turned."""

LAST = 5  # holds or sets that are listed


class DrillStage(Painted):
    """Ring on the left, words on the right."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self._stage: Stage | None = None
        self._view: DrillView | None = None
        self._mirrored = False

    def show_stage(self, stage: Stage, view: DrillView) -> None:
        """Newest values."""
        self._mirrored = view.side is not None and view.side.value == "right"
        if (stage, view) != (self._stage, self._view):
            said = (view.state, view.cue, view.sentence, len(view.done))
            before = self._view
            if before is None or said != (
                before.state, before.cue, before.sentence, len(before.done)
            ):  # fmt: skip
                self.setAccessibleName(f"{view.title}. {stage.head}. {stage.said}")
            self._stage, self._view = stage, view
            self.update()

    def draw(self, canvas: Canvas) -> None:
        """Everything."""
        stage, view = self._stage, self._view
        if stage is None or view is None:
            return
        u, box = self.look.u, self.area()
        size = min(box.height(), (0.34 if view.over else 0.56) * box.width())
        ring = QRectF(0, 0, size, size).adjusted(18 * u, 18 * u, -18 * u, -18 * u)
        ring.moveCenter(QPointF(size / 2 + 8 * u, box.height() / 2))
        self._ring(canvas, ring, stage)
        if stage.targets is not None:
            self._points(canvas, ring, stage)
        else:
            self._inside(canvas, ring, stage)
        words = QRectF(size + 32 * u, 0, box.width() - size - 48 * u, box.height())
        self._words(canvas, words, stage=stage, view=view)

    def _ring(self, canvas: Canvas, box: QRectF, stage: Stage) -> None:
        painter = canvas.painter
        wide = max(10.0, 0.045 * box.width())
        round_box = box.adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2)
        ink = "attention" if stage.calm is False else "good"
        each = 360.0 / stage.parts
        gap = min(1.2, 0.2 * each)
        for colour, share in (("raised", 1.0), (ink, stage.ring)):
            pen = self.look.pen(colour, 1)
            pen.setWidthF(wide)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for part in range(stage.parts):
                full = min(max(share * stage.parts - part, 0.0), 1.0)
                if full <= 0.0:
                    break
                begin = 90.0 - part * each - gap / 2
                painter.drawArc(
                    round_box, round(16 * begin), -round(16 * max(full * each - gap, 0.1))
                )

    def _inside(self, canvas: Canvas, ring: QRectF, stage: Stage) -> None:
        """The number in the ring where there are no points to show."""
        room = ring.adjusted(0.12 * ring.width(), 0, -0.12 * ring.width(), 0)
        u = self.look.u
        high = 0.3 * ring.height()
        number = QRectF(room.left(), ring.center().y() - 0.6 * high, room.width(), high)
        canvas.text(number, stage.number, size=high / u * 0.8, weight=BOLD, align=CENTRE)
        below = QRectF(room.left(), number.bottom(), room.width(), 34 * u)
        canvas.text(below, stage.of, size=24, colour="text2", align=CENTRE)

    def _points(self, canvas: Canvas, ring: QRectF, stage: Stage) -> None:
        """Pads that fill to a tick at what is asked for, and the triangle between them."""
        u, painter = self.look.u, canvas.painter
        half = ring.width() / 2
        pad = max(30 * u, 0.13 * ring.width() / 2 * 1.35)
        flip = -1.0 if self._mirrored else 1.0
        centres = [
            QPointF(ring.center().x() + flip * x * half, ring.center().y() + y * half)
            for _, _, x, y in POINTS
        ]
        painter.setPen(self.look.pen("line", 2))
        painter.setBrush(self.look.colour("surface"))
        painter.drawPolygon(QPolygonF(centres))
        for number, ((corner, name, _, _), at) in enumerate(zip(POINTS, centres, strict=True)):
            target = stage.targets[number] if stage.targets else 0.0
            share = None if stage.shares is None else stage.shares[number]
            box = QRectF(at.x() - pad, at.y() - pad, 2 * pad, 2 * pad)
            painter.setPen(self.look.pen(corner, 3))
            painter.setBrush(self.look.colour("background"))
            painter.drawEllipse(box)
            if share is not None and target > 0.0:
                full = min(max(0.5 * share / target, 0.0), 1.0)  # the tick stands half-way up
                painter.save()
                painter.setClipRect(
                    QRectF(box.left(), box.bottom() - full * 2 * pad, 2 * pad, full * 2 * pad)
                )
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.look.colour(corner, 0.5))
                painter.drawEllipse(box)
                painter.restore()
            painter.setPen(self.look.pen("text", 2))
            for side in (-1, 1):
                x = at.x() + side * pad
                painter.drawLine(QPointF(x - 7 * u, at.y()), QPointF(x + 7 * u, at.y()))
            words = "–" if share is None else f"{share:.0f}"
            canvas.text(box, words, size=34, weight=BOLD, align=CENTRE)
            above = at.y() < ring.center().y()  # clear of the triangle's sides
            label = QRectF(at.x() - 70 * u, box.bottom() + 6 * u, 140 * u, 22 * u)
            if above:
                label.moveBottom(box.top() - 6 * u)
            canvas.text(label, name, size=14, colour="text2", align=CENTRE)

    def _words(self, canvas: Canvas, room: QRectF, *, stage: Stage, view: DrillView) -> None:
        u = self.look.u
        line = QRectF(room.left(), room.top() + 8 * u, room.width(), 30 * u)
        canvas.text(line, stage.head, size=20, colour="text2")
        top = line.bottom()
        if stage.targets is not None and not view.over:
            high = min(150 * u, 0.24 * room.height())
            number = QRectF(room.left(), top, room.width(), high)
            used = canvas.text(number, stage.number, size=high / u * 0.9, weight=BOLD)
            left, middle = room.left() + used + 14 * u, number.center().y()
            beside = QRectF(left, middle - 8 * u, 200 * u, 40 * u)
            canvas.text(beside, stage.of, size=28, weight=STRONG, colour="text2")
            top = number.bottom()
        top = self._pill(canvas, QRectF(room.left(), top + 6 * u, room.width(), 46 * u), stage)
        for words in canvas.wrapped(stage.said, room.width(), size=30, weight=BOLD)[:3]:
            line = QRectF(room.left(), top, room.width(), 42 * u)
            canvas.text(line, words, size=30, weight=BOLD)
            top = line.bottom()
        top += 12 * u
        for one in view.done[-LAST:]:
            line = QRectF(room.left(), top, room.width(), 28 * u)
            sign, colour = ("✓", "good") if one.reached else ("○", "text2")
            used = canvas.text(line, f"{sign} {one.name}", size=16, weight=STRONG, colour=colour)
            line.setLeft(line.left() + max(used + 16 * u, 150 * u))
            canvas.text(line, one.words, size=16, colour="text2")
            top = line.bottom()
        below = room.bottom() - 26 * u
        lines = canvas.wrapped(f"Cannot see: {view.cannot_see}", room.width(), size=13, weight=TEXT)
        for number, words in enumerate(lines[:2]):
            line = QRectF(room.left(), below - (min(len(lines), 2) - 1 - number) * 20 * u,
                          room.width(), 20 * u)  # fmt: skip
            canvas.text(line, words, size=13, colour="text3")

    def _pill(self, canvas: Canvas, room: QRectF, stage: Stage) -> float:
        u, painter = self.look.u, canvas.painter
        sign, word, colour = stage.pill
        words = f"{sign} {word}" if sign else word
        wide = canvas.width(words, size=20, weight=STRONG) + 36 * u
        box = QRectF(room.left() + 1, room.top() + 1, wide, 40 * u)
        painter.setPen(self.look.pen(colour, 2))
        painter.setBrush(self.look.colour("surface"))
        painter.drawRoundedRect(box, 20 * u, 20 * u)
        canvas.text(box, words, size=20, weight=STRONG, colour=colour, align=CENTRE)
        return room.bottom() + 8 * u
