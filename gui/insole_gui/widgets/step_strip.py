"""Push-off of the newest steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from insole.live.board import BoardView
from insole.model.foot import Side
from insole_gui.state.numbers import fixed, steps_word
from insole_gui.state.own_range import OwnRange
from insole_gui.state.steps import flag_sentence
from insole_gui.state.strip import nice_range
from insole_gui.state.tiles import push_off_key
from insole_gui.widgets.buttons import Pressable
from insole_gui.widgets.look import CENTRE, RIGHT, STRONG, Canvas, Look

NEWEST_STEPS = 40


class StepStrip(Pressable):
    """Push-off of the newest steps, left and right, with whiskers and running means."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self._view = BoardView()
        self._kind = "po50"
        self._counts: tuple[object, ...] = ()
        self._own: OwnRange | None = None
        self._back = -1  # chosen step, counted from the newest; -1: none
        self.setAccessibleName("Push-off, step by step")

    def show_view(self, view: BoardView, kind: str, *, own: OwnRange | None = None) -> None:
        """Repaints when a step was added, or when it is known what is usual."""
        counts = tuple(
            (len(foot.steps), float(foot.steps.value["toe_off_s"][-1]))
            if foot.steps is not None and len(foot.steps)
            else 0
            for foot in view.feet.values()
        )
        self._own = own
        new = (counts, kind, view.mass_kg, None if own is None else own.known)
        if new != self._counts:
            self._view, self._kind, self._counts = view, kind, new
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose a step, whose number and doubts are then said."""
        by = {Qt.Key.Key_Left: 1, Qt.Key.Key_Right: -1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
            return
        key, unit, digits = push_off_key(self._view, self._kind)
        rows = self._rows(key)
        self._back = min(max(self._back + by, 0), len(rows) - 1)
        self.setAccessibleName(self._said(rows, unit, digits) or "Push-off, step by step")
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No step is chosen any more."""
        self._back = -1
        self.setAccessibleName("Push-off, step by step")
        super().focusOutEvent(event)

    def _said(self, rows: np.ndarray, unit: str, digits: int) -> str:
        """The chosen step in words: which, how much, and why it is doubtful."""
        if not 0 <= self._back < len(rows):
            return ""
        side, value, u_random, valid, flags = rows[len(rows) - 1 - self._back]
        name = "Right" if side else "Left"
        ago = "newest step" if self._back == 0 else f"{steps_word(self._back)} ago"
        doubt = f" ±{fixed(1.96 * u_random, digits)}" if np.isfinite(u_random) else ""
        why = flag_sentence(int(flags))
        if why:
            why = f" · {why}" if valid else f" · not counted: {why}"
        return f"{name}, {ago}: {fixed(value, digits)}{doubt} {unit}{why}"

    def draw(self, canvas: Canvas) -> None:
        """Card, axes, points."""
        look, u, painter = self.look, self.look.u, canvas.painter
        canvas.card(self.area())
        key, unit, digits = push_off_key(self._view, self._kind)
        rows = self._rows(key)
        said = self._said(rows, unit, digits) if self.hasFocus() else ""
        scale = self._shared(key)
        bands = [self._own.band(side, key) for side in Side] if self._own is not None else []
        bands = [band for band in bands if band is not None]
        title = QRectF(16 * u, 10 * u, self.width() - 32 * u, 22 * u)
        used = canvas.text(title, said or "Push-off, step by step", size=14, weight=STRONG)
        title.setLeft(title.left() + used + 8 * u)
        title.setRight(self.width() - 16 * u)
        line = "grey: your range" if bands else "line: mean of 8"
        words = "" if said else canvas.fitting(
            title, f"{unit} · whisker: one step, 95 % · {line}{scale}",
            f"{unit} · whisker: 95 %{scale}", unit, size=13,
        )  # fmt: skip
        canvas.text(title, words, size=13, colour="text3")
        plot = self.area().adjusted(60 * u, 46 * u, -20 * u, -32 * u)
        if not len(rows):
            canvas.text(
                self.area(), "Steps appear here after toe-off.", colour="text2", align=CENTRE
            )
            return
        counted = rows[rows[:, 3] > 0]  # a step that does not count may lie at the edge
        shown = (counted if len(counted) else rows)[:, 1]
        low, high, step = nice_range(np.append(shown, [end for band in bands for end in band]))
        span = (high - low) or 1.0

        def y_of(value: float) -> float:
            return plot.bottom() - (min(max(value, low), high) - low) / span * plot.height()

        places = 0 if step >= 1 else (3 if step < 0.01 else 2)
        for tick in np.arange(low, high + step / 2, step):
            painter.setPen(look.pen("line", 1))
            y = y_of(float(tick))
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
            room = QRectF(0, y - 10 * u, plot.left() - 8 * u, 20 * u)
            canvas.text(room, fixed(tick, max(places, 0)), size=12, colour="text2", align=RIGHT)
        pitch = plot.width() / NEWEST_STEPS
        last = plot.right() - pitch / 2
        for back in (0, 8, 16, 24, 32):
            x = last - back * pitch
            room = QRectF(x - 70 * u, plot.bottom() + 6 * u, 140 * u, 18 * u)
            if back == 0:
                room.setRight(plot.right() + 4 * u)
            text = "last" if back == 0 else f"{back} steps ago"
            canvas.text(room, text, size=12, colour="text2", align=RIGHT if back == 0 else CENTRE)
        painter.save()
        painter.setClipRect(plot.adjusted(-2, -8 * u, 8 * u, 8 * u))
        for band in bands:
            top, low_end = y_of(band[1]), y_of(band[0])
            box = QRectF(plot.left(), top, plot.width(), low_end - top)
            painter.fillRect(box, look.colour("text3", 0.16))
        self._means(canvas, rows, last, pitch, y_of)
        for i, (side, value, u_random, valid, _) in enumerate(rows[::-1]):
            if not np.isfinite(value):
                continue
            name = "right" if side else "left"
            at = QPointF(last - i * pitch, y_of(value))
            if np.isfinite(u_random) and u_random > 0:
                painter.setPen(look.pen(name, 1.4, 0.8))
                reach = 1.96 * u_random
                painter.drawLine(
                    QPointF(at.x(), y_of(value - reach)), QPointF(at.x(), y_of(value + reach))
                )
            canvas.glyph(at, name, 10)
            if not valid:
                canvas.glyph(at, name, 6, colour="surface")
            if said and i == self._back:
                painter.setPen(look.pen("focus", 2.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, 11 * u, 11 * u)
        painter.restore()
        if self.hasFocus():
            canvas.ring(self.area(), 12 * u)

    def _rows(self, key: str) -> np.ndarray:
        """(k, 5) side, value, random u, valid, flags of the newest steps in order of time."""
        rows: list[tuple[float, float, float, float, float, float]] = []
        for number, side in enumerate((Side.LEFT, Side.RIGHT)):
            steps = self._view.feet[side].steps
            if steps is None or key not in steps.value:
                continue
            value = steps.value[key][-NEWEST_STEPS:]
            blank = np.full(len(value), np.nan)
            total = steps.u.get(key, blank)[-NEWEST_STEPS:]
            shared = steps.u_shared.get(key, blank * 0)[-NEWEST_STEPS:]
            random = np.sqrt(np.clip(total**2 - shared**2, 0, None))
            times = steps.value["toe_off_s"][-NEWEST_STEPS:]
            valid, flags = steps.valid[-NEWEST_STEPS:], steps.flags[-NEWEST_STEPS:]
            rows += [
                (float(t), float(number), float(v), float(r), float(ok), float(flag))
                for t, v, r, ok, flag in zip(times, value, random, valid, flags, strict=True)
                if np.isfinite(v)
            ]
        rows.sort()
        return np.array(rows[-NEWEST_STEPS:]).reshape(-1, 6)[:, 1:]

    def _shared(self, key: str) -> str:
        """The shared error of the newest step as words, written once."""
        for foot in self._view.feet.values():
            steps = foot.steps
            if steps is not None and len(steps) and key in steps.u_shared and key in steps.value:
                part, value = steps.u_shared[key][-1], steps.value[key][-1]
                if np.isfinite(part) and np.isfinite(value) and value > 0:
                    return f" · scale ±{196 * part / value:.0f} %"
        return ""

    def _means(
        self,
        canvas: Canvas,
        rows: np.ndarray,
        last: float,
        pitch: float,
        y_of: Callable[[float], float],
    ) -> None:
        count = len(rows)
        for number, name in enumerate(("left", "right")):
            own = np.flatnonzero((rows[:, 0] == number) & (rows[:, 3] > 0))
            line = []
            for end in range(1, len(own) + 1):
                mean = rows[own[max(0, end - 8) : end], 1].mean()
                line.append(QPointF(last - (count - 1 - own[end - 1]) * pitch, y_of(float(mean))))
            if len(line) > 1:
                canvas.painter.setPen(self.look.pen(name, 1.6, 0.6))
                canvas.painter.drawPolyline(QPolygonF(line))
