"""The four points of one foot: pads that fill to a tick at their target, and a small grey dot."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath

from insole.live.board import FootView
from insole.model.arrays import Floats
from insole_gui.state.quadripod import SHAPES, Pad, dot, pads
from insole_gui.widgets.look import CENTRE, STRONG, TONES, Canvas

RADIUS = 21.0  # of a pad, u-pixels
DOT = 6.0


def draw_four(
    canvas: Canvas, foot: FootView, places: Floats, points: Callable[[Floats], list[QPointF]]
) -> None:
    """Pads and dot of a standing foot; nothing of one that does not stand.

    Args:
        canvas: to draw on.
        foot: whose shares.
        places: (4, 2) of the points in the foot frame, heel first.
        points: from the foot frame to the widget.
    """
    shown = pads(foot)
    if not shown:
        return
    for pad, at, shape in zip(shown, points(places), SHAPES, strict=True):
        _pad(canvas, pad, at, tone=TONES.get(shape, shape))
    middle = dot(foot, places)
    if middle is not None:
        look = canvas.look
        canvas.painter.setPen(look.pen("surface", 1.5))
        canvas.painter.setBrush(look.colour("text3"))
        canvas.painter.drawEllipse(points(middle[None])[0], DOT * look.u, DOT * look.u)


def _pad(canvas: Canvas, pad: Pad, at: QPointF, *, tone: str) -> None:
    painter, look, u = canvas.painter, canvas.look, canvas.look.u
    radius = RADIUS * u
    box = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
    full = 2.0 * pad.target  # the target is half of the pad

    def height(percent: float) -> float:
        return box.bottom() - box.height() * min(max(percent / full, 0.0), 1.0)

    inside = QPainterPath()
    inside.addEllipse(box)
    painter.fillPath(inside, look.colour("surface", 0.85))
    painter.save()
    painter.setClipPath(inside)
    if isfinite(pad.share):
        top = height(pad.share)
        filled = QRectF(box.left(), top, box.width(), box.bottom() - top)
        painter.fillRect(filled, look.colour(tone, 0.55))
    high = height(pad.high)
    band = QRectF(box.left(), high, box.width(), height(pad.low) - high)
    painter.fillRect(band, look.colour("good", 0.22))
    painter.restore()
    painter.setPen(look.pen("good" if pad.inside and not pad.lost else tone, 2.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box)
    tick = height(pad.target)
    painter.setPen(look.pen("text", 2))
    painter.drawLine(QPointF(box.left() - 4 * u, tick), QPointF(box.right() + 4 * u, tick))
    sign = "▲" if pad.lost else "✓" if pad.inside else ""
    upper = box.adjusted(0, 2 * u, 0, -radius)
    canvas.text(upper, sign, size=14, align=CENTRE, weight=STRONG)
