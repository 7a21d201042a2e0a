"""Force over one contact, A dashed and B solid, with the stretches that stand out beneath."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from insole.model.arrays import Floats
from insole_gui.state.compare import Courses
from insole_gui.state.numbers import Writing
from insole_gui.widgets.look import CENTRE, RIGHT, STRONG, TEXT, Canvas, Look, Painted


class CoursePlot(Painted):
    """Two curves and a cursor that reads both."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._courses: Courses | None = None
        self._at: int | None = None
        self.setMouseTracking(True)

    def show_courses(self, courses: Courses | None) -> None:
        """Other curves."""
        self._courses, self._at = courses, None
        self.setAccessibleName("Force under the foot over one contact")
        self.setAccessibleDescription(courses.sentence if courses is not None else "")
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read both curves there."""
        box = self._plot()
        share = (event.position().x() - box.left()) / max(box.width(), 1)
        self._at = round(100 * share) if 0 <= share <= 1 else None
        self.update()

    def leaveEvent(self, _event: object) -> None:
        """Without a cursor."""
        self._at = None
        self.update()

    def _plot(self) -> QRectF:
        u = self.look.u
        return self.area().adjusted(64 * u, 46 * u, -20 * u, -78 * u)

    def draw(self, canvas: Canvas) -> None:
        """Title, axes, curves, sentence."""
        u, box = self.look.u, self.area()
        canvas.card(box)
        title = QRectF(16 * u, 10 * u, box.width() - 32 * u, 24 * u)
        used = canvas.text(title, "Force under the foot over one contact", size=15, weight=STRONG)
        title.setLeft(title.left() + used + 12 * u)
        found = self._courses
        if found is None:
            room = QRectF(16 * u, 46 * u, box.width() - 32 * u, 30 * u)
            canvas.text(room, "No force is known of both.", size=14, colour="text2")
            return
        plot = self._plot()
        top, step = _axis(float(np.nanmax([found.a, found.b])))
        self._axes(canvas, plot, top=top, step=step)
        self._curve(canvas, plot, found.a / top, "left", dashed=True)
        self._curve(canvas, plot, found.b / top, "right", dashed=False)
        self._names(canvas, plot, found, top)
        self._runs(canvas, plot, found)
        foot = QRectF(16 * u, box.bottom() - 28 * u, box.width() - 32 * u, 20 * u)
        lines = canvas.wrapped(found.sentence, foot.width(), size=12, weight=TEXT)
        for words in reversed([*lines[:1], " ".join(lines[1:])] if len(lines) > 1 else lines):
            canvas.text(foot, words, size=12, colour="text2")
            foot.translate(0, -18 * u)
        if self._at is not None:
            self._cursor(canvas, plot, found, title)
            return
        words = f"{found.unit} · A dashed, B solid"
        canvas.text(
            title, canvas.fitting(title, words, found.unit, size=13), size=13, colour="text3"
        )

    def _axes(self, canvas: Canvas, plot: QRectF, *, top: float, step: float) -> None:
        u, painter = self.look.u, canvas.painter
        for number in range(round(top / step) + 1):
            y = plot.bottom() - number * step / top * plot.height()
            painter.setPen(self.look.pen("line", 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            room = QRectF(8 * u, y - 10 * u, plot.left() - 16 * u, 20 * u)
            words = f"{number * step:g}".replace(".", Writing.point)
            canvas.text(room, words, size=12, colour="text3", align=RIGHT)
        for share in (25, 50, 75):
            x = plot.left() + share / 100 * plot.width()
            below = QRectF(x - 30 * u, plot.bottom() + 12 * u, 60 * u, 18 * u)
            canvas.text(below, f"{share} %", size=12, colour="text3", align=CENTRE)

    def _curve(
        self, canvas: Canvas, plot: QRectF, shares: Floats, colour: str, *, dashed: bool
    ) -> None:
        pen = self.look.pen(colour, 2.5)
        if dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        canvas.painter.setPen(pen)
        canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
        x = plot.left() + np.linspace(0.0, 1.0, len(shares)) * plot.width()
        y = plot.bottom() - shares * plot.height()
        known = np.isfinite(y)
        canvas.painter.drawPolyline(
            QPolygonF([QPointF(a, b) for a, b in zip(x[known], y[known], strict=True)])
        )

    def _names(self, canvas: Canvas, plot: QRectF, found: Courses, top: float) -> None:
        """Each name beside its curve, where they are farthest apart."""
        u = self.look.u
        apart = np.abs(found.b - found.a)
        at = int(np.nanargmax(np.where(np.arange(101) < 90, apart, 0.0)))
        for name, values, colour in (("A", found.a, "left"), ("B", found.b, "right")):
            higher = values[at] >= (found.b if name == "A" else found.a)[at]
            x = plot.left() + at / 100 * plot.width()
            y = plot.bottom() - float(values[at]) / top * plot.height()
            room = QRectF(x - 20 * u, y - (28 if higher else -8) * u, 40 * u, 20 * u)
            canvas.text(room, name, size=14, weight=STRONG, colour=colour, align=CENTRE)

    def _runs(self, canvas: Canvas, plot: QRectF, found: Courses) -> None:
        canvas.painter.setPen(Qt.PenStyle.NoPen)
        canvas.painter.setBrush(self.look.colour("text"))
        u = self.look.u
        for first, last in found.runs:
            left, right = (plot.left() + node / 100 * plot.width() for node in (first, last))
            bar = QRectF(left, plot.bottom() + 4 * u, max(right - left, 3 * u), 5 * u)
            canvas.painter.drawRoundedRect(bar, 2 * u, 2 * u)

    def _cursor(self, canvas: Canvas, plot: QRectF, found: Courses, room: QRectF) -> None:
        at = self._at or 0
        x = plot.left() + at / 100 * plot.width()
        canvas.painter.setPen(self.look.pen("text2", 1))
        canvas.painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        digits = 0 if found.unit == "N" else 2
        a, b = float(found.a[at]), float(found.b[at])
        words = f"{at} %   A {a:.{digits}f}   B {b:.{digits}f}   B less A {b - a:+.{digits}f}"
        words = words.replace("-", "−").replace(".", Writing.point)
        canvas.text(room, f"{words} {found.unit}", size=13, colour="text", align=RIGHT)


def _axis(most: float) -> tuple[float, float]:
    """Top of an axis, and its step: round numbers, at most five steps."""
    if not most > 0:
        return 1.0, 0.5
    ten = 10.0 ** floor(log10(most))
    step = next(step for step in (0.2, 0.25, 0.5, 1.0, 2.0) if most <= 5 * step * ten) * ten
    return ceil(most / step) * step, step
