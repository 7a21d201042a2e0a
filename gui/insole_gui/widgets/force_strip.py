"""Force of both feet over the last seconds."""

from __future__ import annotations

from itertools import pairwise
from math import floor

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from insole.live.board import BoardView
from insole.model.foot import Side
from insole_gui.state.numbers import fixed
from insole_gui.state.strip import Axis, Late, axis, late_stances, signal
from insole_gui.state.tiles import push_off_key
from insole_gui.widgets.buttons import Pressable
from insole_gui.widgets.look import CENTRE, RIGHT, STRONG, Canvas, Look


class ForceStrip(Pressable):
    """Force of both feet over the last seconds.

    A pixmap is scrolled by whole device pixels and only what is new is drawn into it; shading and
    numbers are added once, when a step is final.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self._axis: Axis | None = None
        self._view = BoardView()
        self._kind = "po50"
        self._ground: QPixmap | None = None
        self._strip: QPixmap | None = None
        self._edge_s = 0.0  # time at the right edge of the strip
        self._drawn: dict[Side, float] = {}
        self._shaded: dict[Side, float] = {}
        self.setAccessibleName("Force under both feet over time")

    def show_view(self, view: BoardView, kind: str) -> None:
        """Move to a newer (or another) moment."""
        new_axis = axis(view)
        if new_axis != self._axis or kind != self._kind:
            self._axis, self._kind = new_axis, kind
            self._ground = self._strip = None
        elif view.now_s == self._view.now_s:
            return
        self._view = view
        self.update()

    def restyle(self) -> None:
        """Drop the pixmaps."""
        self._ground = self._strip = None
        self.update()

    def resizeEvent(self, _event: object) -> None:
        """Another size needs other pixmaps."""
        self.restyle()

    # --- geometry ---

    def _plot(self) -> QRect:
        u = self.look.u
        box = self.area().adjusted(54 * u, 44 * u, -16 * u, -34 * u)
        return box.toRect()

    def _scale(self, plot: QRect) -> tuple[float, float]:
        """Device pixels per second and per newton."""
        ratio = self.devicePixelRatioF()
        assert self._axis is not None  # noqa: S101 - set before the first paint
        wide = plot.width() * ratio / self._axis.window_s
        high = plot.height() * ratio / (self._axis.top * 1.05) * self._axis.per_n
        return wide, high

    # --- painting ---

    def draw(self, canvas: Canvas) -> None:
        """Ground with axes, then the strip on it."""
        plot = self._plot()
        if self._axis is None:
            self._axis = axis(self._view)
        if plot.width() < 40 or plot.height() < 20:
            canvas.card(self.area())
            return
        if self._ground is None:
            self._ground = self._draw_ground(plot)
        canvas.painter.drawPixmap(0, 0, self._ground)
        self._advance(plot)
        assert self._strip is not None  # noqa: S101 - `_advance` has made it
        canvas.painter.drawPixmap(plot.topLeft(), self._strip)
        if self.look.audit is not None:
            self._axes(canvas, plot)
        self._names(canvas)
        if self.hasFocus():
            canvas.ring(self.area(), 12 * self.look.u)

    def _draw_ground(self, plot: QRect) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(self.look.colour(self.surface))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = Canvas(painter, self.look, type(self).__name__)
        ground.card(self.area())
        self._axes(ground, plot)
        painter.end()
        return pixmap

    def _axes(self, canvas: Canvas, plot: QRect) -> None:
        look, u = self.look, self.look.u
        shown = self._axis
        assert shown is not None  # noqa: S101 - set before the first paint
        title = QRectF(16 * u, 10 * u, self.width() - 32 * u, 22 * u)
        used = canvas.text(title, "Force under the foot", size=14, weight=STRONG)
        title.setLeft(title.left() + used + 8 * u)
        unit = "× body weight" if shown.unit == "BW" else shown.unit
        title.setRight(self._legend_left() - 10 * u)
        window = f"{unit} · last {shown.window_s:.0f} s"
        words = canvas.fitting(
            title, f"{window} · shaded: late-stance push-off", window, unit, size=13
        )
        canvas.text(title, words, size=13, colour="text3")
        for tick in shown.ticks:
            y = plot.bottom() - tick / (shown.top * 1.05) * plot.height()
            bold = shown.unit == "BW" and tick == 1.0
            pen = look.pen("text2" if bold else "line", 1.5 if bold else 1)
            if bold:
                pen.setStyle(Qt.PenStyle.DashLine)
            canvas.painter.setPen(pen)
            canvas.painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
            room = QRectF(0, y - 10 * u, plot.left() - 8 * u, 20 * u)
            canvas.text(room, fixed(tick, shown.digits), size=12, colour="text2", align=RIGHT)
        seconds = int(shown.window_s)
        for back in range(seconds):
            x = plot.right() - back * plot.width() / shown.window_s
            room = QRectF(x - 36 * u, plot.bottom() + 6 * u, 72 * u, 18 * u)
            if back == 0:
                room.setRight(plot.right() + 4 * u)
            canvas.text(
                room, "now" if back == 0 else f"−{back} s", size=12, colour="text2",
                align=RIGHT if back == 0 else CENTRE,
            )  # fmt: skip

    def _legend_left(self) -> float:
        """Where the names of the feet begin."""
        _, metrics = self.look.font(13, STRONG)
        words = metrics.horizontalAdvance("Right") + metrics.horizontalAdvance("Left")
        return self.width() - words - (16 + 30 + 20) * self.look.u

    def _names(self, canvas: Canvas) -> None:
        """Names of the feet at the top right of the card."""
        u = self.look.u
        right = self.width() - 16 * u
        for side in (Side.RIGHT, Side.LEFT):
            word = "Right" if side is Side.RIGHT else "Left"
            width = canvas.width(word, size=13, weight=STRONG) + 2
            canvas.text(QRectF(right - width, 10 * u, width, 22 * u), word, size=13, weight=STRONG)
            canvas.glyph(QPointF(right - width - 10 * u, 21 * u), side.value, 11)
            right -= width + 30 * u

    def _advance(self, plot: QRect) -> None:
        """Bring the strip to the view's moment."""
        view, shown = self._view, self._axis
        assert shown is not None  # noqa: S101 - set before the first paint
        wide, _ = self._scale(plot)
        ahead = view.now_s - self._edge_s
        if self._strip is None or not 0 <= ahead < shown.window_s:
            ratio = self.devicePixelRatioF()
            self._strip = QPixmap(round(plot.width() * ratio), round(plot.height() * ratio))
            self._strip.fill(Qt.GlobalColor.transparent)
            self._strip.setDevicePixelRatio(ratio)
            self._edge_s = view.now_s
            start = view.now_s - shown.window_s
            self._drawn = dict.fromkeys(Side, start)
            self._shaded = dict.fromkeys(Side, start)
        else:
            pixels = floor(ahead * wide)
            if pixels:
                self._strip.setDevicePixelRatio(1.0)
                exposed = self._strip.rect()
                self._strip.scroll(-pixels, 0, exposed)
                cleaner = QPainter(self._strip)
                cleaner.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
                cleaner.fillRect(
                    exposed.adjusted(exposed.width() - pixels, 0, 0, 0), Qt.GlobalColor.transparent
                )
                cleaner.end()
                self._strip.setDevicePixelRatio(self.devicePixelRatioF())
                self._edge_s += pixels / wide
        self._ink(plot, view)

    def _ink(self, plot: QRect, view: BoardView) -> None:
        """Draw what is new: lines, gaps, finished late stances."""
        assert self._strip is not None  # noqa: S101 - the caller has made it
        ratio = self.devicePixelRatioF()
        self._strip.setDevicePixelRatio(1.0)
        painter = QPainter(self._strip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, high = self._scale(plot)
        # now stands a little left of the edge, so that no round end of a line is cut off
        right, bottom = self._strip.width() - 3.0 * ratio, self._strip.height() - 1.0

        def x_of(time_s: np.ndarray) -> np.ndarray:
            return right + (time_s - self._edge_s) * wide

        canvas = Canvas(painter, self.look)
        for side, foot in view.feet.items():
            new = signal(foot, after_s=self._drawn[side])
            if len(new.time_s) < 2:
                continue
            x, y = x_of(new.time_s), bottom - np.clip(new.force_n, 0, None) * high
            ends = [0, *new.breaks, len(x)]
            pen = self.look.pen(side.value, 2.2 * ratio)
            for first, last in pairwise(ends):
                if last - first > 1:
                    painter.setPen(pen)
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    line = [
                        QPointF(a, b)
                        for a, b in zip(x[first:last].tolist(), y[first:last].tolist(), strict=True)
                    ]
                    painter.drawPolyline(QPolygonF(line))
            for i in new.breaks:
                self._gap(canvas, QRectF(x[i - 1], 0, x[i] - x[i - 1], bottom), side,
                          float(new.time_s[i] - new.time_s[i - 1]), ratio)  # fmt: skip
            # what lies beyond the edge was cut off, and is drawn when its time comes
            self._drawn[side] = min(float(new.time_s[-1]), self._edge_s)
        self._late(canvas, view, ratio, (right, bottom, wide, high))
        painter.end()
        self._strip.setDevicePixelRatio(ratio)

    def _gap(self, canvas: Canvas, box: QRectF, side: Side, seconds: float, ratio: float) -> None:
        brush = QBrush(self.look.colour(side.value, 0.5), Qt.BrushStyle.BDiagPattern)
        canvas.painter.fillRect(box, brush)
        font, metrics = self.look.font(12 * ratio)
        for words in (f"no samples {fixed(seconds, 2)} s", f"{fixed(seconds, 2)} s"):
            if metrics.horizontalAdvance(words) + 6 < box.width():
                top = QRectF(box.left(), box.top(), box.width(), 22 * self.look.u * ratio)
                canvas.painter.setFont(font)
                canvas.painter.setPen(self.look.colour("text"))
                canvas.painter.drawText(top, int(CENTRE.value), words)
                break

    def _late(
        self,
        canvas: Canvas,
        view: BoardView,
        ratio: float,
        scale: tuple[float, float, float, float],
    ) -> None:
        """Shade the late half of each finished contact, once, with events and push-off."""
        right, bottom, wide, high = scale
        key, _, digits = push_off_key(view, self._kind)
        oldest = min(self._shaded.values())
        for late in late_stances(view, after_s=oldest, key=key, digits=digits):
            if late.off_s <= self._shaded[late.side]:
                continue
            self._shaded[late.side] = late.off_s
            self._shade(canvas, view, late, ratio=ratio, scale=(right, bottom, wide, high))

    def _shade(
        self, canvas: Canvas, view: BoardView, late: Late, *, ratio: float,
        scale: tuple[float, float, float, float],
    ) -> None:  # fmt: skip
        right, bottom, wide, high = scale
        painter, foot = canvas.painter, view.feet[late.side]
        if foot.time_s is None or foot.force_n is None:
            return
        x0, x1 = (right + (t - self._edge_s) * wide for t in (late.middle_s, late.off_s))
        part = (foot.time_s >= late.middle_s) & (foot.time_s <= late.off_s)
        x = right + (foot.time_s[part] - self._edge_s) * wide
        y = bottom - np.clip(foot.force_n[part], 0, None) * high
        outline = [QPointF(x0, bottom)]
        outline += [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        outline.append(QPointF(x1, bottom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.colour(late.side.value, 0.32))
        painter.drawPolygon(QPolygonF(outline))
        size = 5 * self.look.u * ratio
        painter.setBrush(self.look.colour(late.side.value))
        for at_s, up in ((late.strike_s, 1), (late.off_s, -1)):  # strike points down, toe-off up
            at = right + (at_s - self._edge_s) * wide
            tip, base = (bottom, bottom - size) if up > 0 else (bottom - size, bottom)
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(at, tip),
                        QPointF(at - size / 1.6, base),
                        QPointF(at + size / 1.6, base),
                    ]
                )
            )
        if not late.label:
            return
        font, metrics = self.look.font(12 * ratio, STRONG)
        width = metrics.horizontalAdvance(late.label) + 4
        line = 18 * self.look.u * ratio
        if 1.6 * width <= x1 - x0:  # low in the shaded part, clear of the falling curve
            where = QRectF(x0, 0.72 * bottom, 0.75 * (x1 - x0), line)
        else:  # a short contact: over its peak
            middle = right + (0.5 * (late.strike_s + late.off_s) - self._edge_s) * wide
            whole = (foot.time_s >= late.strike_s) & (foot.time_s <= late.off_s)
            peak = float(foot.force_n[whole].max()) if whole.any() else 0.0
            where = QRectF(middle - width / 2, bottom - peak * high - 1.25 * line, width, line)
        painter.setFont(font)
        painter.setPen(self.look.colour("text"))
        painter.drawText(where, int(CENTRE.value), late.label)
