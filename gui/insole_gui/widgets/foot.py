"""One foot from above: pressure, triangle, centre of pressure and its trace."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPainterPath, QPixmap, QPolygonF, QTransform
from PySide6.QtWidgets import QWidget

from insole.live.board import FootView
from insole.model.arrays import Floats
from insole.model.foot import SensorLayout, Side
from insole_gui.state import quadripod
from insole_gui.state.drawn import drawn
from insole_gui.state.links import Health
from insole_gui.state.live import median_path
from insole_gui.state.sole import (
    FIELD_FROM,
    FIELD_TO,
    MOST_CELLS,
    NO_CELL,
    OUTSIDE,
    Bands,
    Field,
    Image,
    Labels,
    cells,
    default_outline,
    to_kpa,
)
from insole_gui.state.tripod import DEFAULT_ANCHORS, dot
from insole_gui.widgets.four_points import draw_four
from insole_gui.widgets.look import Canvas, Look, Painted, buffer

DEFAULT_MM = (96.0, 270.0)
PATHS = 10  # contacts behind the dotted median path


class Foot(Painted):
    """The picture of one foot. `show_foot` gives it new values; it repaints only for those."""

    def __init__(self, look: Look, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.side = side
        self.bands = Bands(300.0)
        self.note = ""
        self._foot = FootView()
        self._health: Health = "absent"
        self._zone: Floats | None = None
        self._four = False
        self._layout: SensorLayout | None = None
        self._field: Field | None = None
        self._labels: Image | Labels | None = None
        self._pixels: NDArray[np.uint32] | None = None
        self._image: QImage | None = None
        self._base: QPixmap | None = None
        self._over: QPixmap | None = None
        self._grey = False
        self._bounds = QRectF()
        self._paths: deque[Floats] = deque(maxlen=PATHS)
        self._path: Floats | None = None
        self._median: Floats | None = None
        self.setAccessibleName(f"{side.value} foot, pressure from above")

    # --- state ---

    def show_foot(self, foot: FootView, health: Health, *, zone: Floats | None) -> None:
        """Take the newest values; repaint if the picture differs."""
        before = self._foot
        same = (
            health == self._health
            and (zone is None) == (self._zone is None)
            and foot.capability is before.capability
            and _equal(foot.values, before.values)
            and _equal(drawn(foot).cop_mm, drawn(before).cop_mm)
            and foot.masked == before.masked
            and _shares(foot) == _shares(before)
            and _equal(foot.anchors_mm, before.anchors_mm)
        )
        if same:
            return
        layout = foot.capability.layout if foot.capability is not None else None
        anchors_moved = not _equal(foot.anchors_mm, before.anchors_mm)
        if (
            layout is not self._layout
            or anchors_moved
            or (health == "lost") != (self._health == "lost")
        ):
            self._over = self._base = None
        if layout is not self._layout:
            self._layout, self._image, self._field = layout, None, None
            self._paths.clear()
            self._median = None
        self._foot, self._health, self._zone = foot, health, zone
        self._follow(foot)
        self.update()

    def _follow(self, foot: FootView) -> None:
        """Keep the path of each finished contact for the dotted median."""
        if foot.in_contact and foot.trace_mm is not None and len(foot.trace_mm) > 2:
            self._path = foot.trace_mm
        elif not foot.in_contact and self._path is not None:
            self._paths.append(self._path)
            self._path = None
            self._median = median_path(list(self._paths))

    def show_points(self, *, four: bool) -> None:
        """Four points instead of three."""
        if four != self._four:
            self._four = four
            self._over = None
            self.update()

    def set_scale(self, full_kpa: float) -> None:
        """Choose the locked colour scale."""
        self.bands = Bands(full_kpa)
        self._image = None
        self.update()

    def restyle(self) -> None:
        """Drop everything that depends on size or colours."""
        self._base = self._over = self._image = None
        self.update()

    def resizeEvent(self, _event: object) -> None:
        """Another size needs other pictures."""
        self.restyle()

    # --- geometry ---

    def _size_mm(self) -> tuple[float, float]:
        if self._layout is None:
            return DEFAULT_MM
        return self._layout.width_mm, self._layout.length_mm

    def _place(self) -> QRectF:
        """The insole's bounding box in the widget."""
        wide, long = self._size_mm()
        room = self.area().adjusted(8, 6, -8, -6)
        scale = min(room.width() / wide, room.height() / long)
        box = QRectF(0, 0, round(wide * scale), round(long * scale))
        box.moveCenter(room.center())
        return QRectF(box.toRect())

    def _points(self, xy: Floats) -> list[QPointF]:
        """Frame coordinates (0 to 1) to the widget; the left foot is mirrored."""
        box = self._bounds
        x = 1.0 - xy[:, 0] if self.side is Side.LEFT else xy[:, 0]
        px = box.left() + x * box.width()
        py = box.bottom() - xy[:, 1] * box.height()
        return [QPointF(a, b) for a, b in zip(px.tolist(), py.tolist(), strict=True)]

    def _points_mm(self, mm: Floats) -> list[QPointF]:
        return self._points(mm / np.array(self._size_mm()))

    def _anchors(self) -> Floats:
        if self._foot.anchors_mm is None:
            return DEFAULT_ANCHORS
        return self._foot.anchors_mm / np.array(self._size_mm())

    def _corners(self) -> Floats:
        return quadripod.corners(self._foot.anchors_mm, self._size_mm())

    # --- painting ---

    def draw(self, canvas: Canvas) -> None:
        """Cached ground, pressure, cached signs, then what moves."""
        painter = canvas.painter
        if self._base is None or self._over is None:
            self._bounds = self._place()
            self._base, self._over = self._ground(), self._signs()
        painter.drawPixmap(0, 0, self._base)
        foot, live = self._foot, self._health == "live"
        if foot.values is not None and self._layout is not None and self._health != "lost":
            self._pressure(canvas, foot.values, self._layout, grey=not live)
        painter.drawPixmap(0, 0, self._over)
        if foot.masked and self._layout is not None:
            self._left_out(canvas, foot.masked, self._layout)
        if self._zone is not None and live:
            self._draw_zone(canvas, self._zone)
        if self._median is not None and live:
            pen = self.look.pen("text2", 1.6)
            pen.setStyle(Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(self._points_mm(self._median)))
        if self._four:
            shown = live and foot.in_contact
            draw_four(canvas, foot if shown else FootView(), self._corners(), self._points)
            return
        if live:
            self._trace(canvas)
        self._dot(canvas, hollow=not live)

    def _ground(self) -> QPixmap:
        pixmap = buffer(self)
        pixmap.fill(self.look.colour("surface"))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = self._outline()
        painter.fillPath(shape, self.look.colour("cell"))
        unseen = self._hatch()
        if unseen is not None:
            painter.setClipPath(shape)
            painter.drawPixmap(0, 0, unseen)
        painter.end()
        return pixmap

    def _outline(self) -> QPainterPath:
        outline = default_outline() if self._layout is None else self._layout.outline
        path = QPainterPath()
        path.addPolygon(QPolygonF(self._points(outline)))
        path.closeSubpath()
        return path

    def _pixel_shape(self) -> tuple[int, int]:
        """Height and width of the insole's box in device pixels."""
        ratio = self.devicePixelRatioF()
        return (
            max(4, round(self._bounds.height() * ratio)),
            max(4, round(self._bounds.width() * ratio)),
        )

    def _hatch(self) -> QPixmap | None:
        """Diagonal lines where no sensor is near: unseen is not zero."""
        layout = self._layout
        if layout is None or not FIELD_FROM <= layout.sensors <= FIELD_TO:
            return None
        self._field = Field(layout, self._pixel_shape(), mirrored=self.side is Side.LEFT)
        self._image = None
        if not self._field.unseen.any():
            return None
        height, width = self._field.shape
        alpha = np.zeros(self._field.codes.shape, np.uint8)
        alpha[:, :width] = self._field.unseen * np.uint8(255)
        where = QImage(alpha.data, width, height, alpha.shape[1], QImage.Format.Format_Alpha8)
        pixmap = buffer(self)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.drawImage(self._bounds, where)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        brush = QBrush(self.look.colour("text3", 0.45), Qt.BrushStyle.BDiagPattern)
        brush.setTransform(QTransform.fromScale(max(1.0, self.look.u), max(1.0, self.look.u)))
        painter.fillRect(self.area(), brush)
        painter.end()
        return pixmap

    def _signs(self) -> QPixmap:
        """Outline, sensors, triangle and corners on a transparent sheet."""
        look = self.look
        pixmap = buffer(self)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas = Canvas(painter, look)
        dashed = self._health in ("absent", "lost")
        pen = look.pen("text3" if dashed else "line", 2)
        if dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(self._outline())
        layout = self._layout
        if layout is not None and FIELD_FROM <= layout.sensors <= FIELD_TO:
            painter.setPen(look.pen("text2", 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for at in self._points(layout.xy):
                painter.drawEllipse(at, 3 * look.u, 3 * look.u)
        anchors = self._points(self._anchors())
        if self._four:
            places = self._points(self._corners())
            anchors = [places[i] for i in quadripod.AROUND]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.pen("surface", 3.4, 0.7))
        painter.drawPolygon(QPolygonF(anchors))
        painter.setPen(look.pen("text", 1.8, 0.4 if dashed else 1.0))
        painter.drawPolygon(QPolygonF(anchors))
        shapes = quadripod.SHAPES if self._four else ("heel", "first", "fifth")
        if self._four:
            anchors = self._points(self._corners())
        for at, corner in zip(anchors, shapes, strict=True):
            canvas.glyph(at, corner, 20, colour="surface")
            canvas.glyph(at, corner, 16)
        painter.end()
        return pixmap

    def _pressure(
        self, canvas: Canvas, values: Floats, layout: SensorLayout, *, grey: bool
    ) -> None:
        kpa = to_kpa(
            values, layout, self._foot.capability.quantity if self._foot.capability else ""
        )
        self.note = ""
        if layout.sensors < FIELD_FROM or (kpa is None and layout.kind == "force"):
            count = {1: "One zone", 2: "Two zones", 3: "Three zones"}.get(layout.sensors, "Zones")
            self.note = f"{count}: no pressure map."
            force = values if kpa is None else 0.1 * kpa * layout.area_cm2
            self._discs(canvas, force, layout)
            return
        if kpa is None:
            self.note = "Raw counts: no pressure map before calibration."
            return
        if layout.sensors <= FIELD_TO:
            self._draw_field(canvas, kpa, grey=grey)
        else:
            self._draw_cells(canvas, kpa, layout, grey=grey)
        if layout.full_scale:
            self._saturated(canvas, values >= 0.98 * layout.full_scale, layout)

    def _palette(self, *, grey: bool) -> list[int]:
        """ARGB of band 0 (nothing) to 11."""
        table = [0]
        for name in self.look.theme.bands:
            colour = self.look.colour(name)
            if grey:
                level = colour.lightness()
                table.append(0xFF000000 | level << 16 | level << 8 | level)
            else:
                table.append(colour.rgba())
        return table

    def _draw_field(self, canvas: Canvas, kpa: Floats, *, grey: bool) -> None:
        field = self._field
        if field is None or not field.show(np.nan_to_num(kpa), self.bands.full_kpa):
            return
        if self._image is None or grey != self._grey:
            height, width = field.shape
            self._image = QImage(
                field.codes.data, width, height, field.codes.shape[1], QImage.Format.Format_Indexed8
            )
            palette = np.array(self._palette(grey=grey), np.uint32)
            self._image.setColorTable([*palette[self.bands.of_codes()].tolist(), 0])
            self._grey = grey
        canvas.painter.drawImage(self._bounds, self._image)

    def _draw_cells(self, canvas: Canvas, kpa: Floats, layout: SensorLayout, *, grey: bool) -> None:
        palette = np.array(self._palette(grey=grey), np.uint32)
        band = self.bands.of(kpa)
        if self._image is None or self._labels is None:
            height, width = self._pixel_shape()
            labels = cells(layout, (height, width))
            if self.side is Side.LEFT:
                labels = labels[:, ::-1]
            self._label(labels, many=layout.sensors > MOST_CELLS)
        assert self._image is not None  # noqa: S101 - just made
        if not band.any():
            return
        if self._pixels is None or self._labels is None:
            table = np.zeros(256, np.uint32)
            table[: len(kpa)] = palette[band]
            self._image.setColorTable(table.tolist())
        else:
            table = np.append(palette[band], np.uint32(0))  # the last one is no cell
            np.take(table, self._labels, out=self._pixels)
        canvas.painter.drawImage(self._bounds, self._image)

    def _label(self, labels: Labels, *, many: bool) -> None:
        """A picture of sensor numbers: coloured by its table, or pixel by pixel."""
        height, width = labels.shape
        if many:
            count = int(labels[labels != NO_CELL].max(initial=0)) + 1
            count = max(count, self._layout.sensors if self._layout is not None else 0)
            self._labels = np.where(labels == NO_CELL, count, labels).astype(np.uint16)
            self._pixels = np.zeros((height, width), np.uint32)
            kind = QImage.Format.Format_ARGB32
            self._image = QImage(self._pixels.data, width, height, 4 * width, kind)
            return
        stride = (width + 3) // 4 * 4
        self._pixels = None
        self._labels = np.full((height, stride), OUTSIDE, np.uint8)
        self._labels[:, :width] = np.where(labels == NO_CELL, OUTSIDE, labels)
        kind = QImage.Format.Format_Indexed8
        self._image = QImage(self._labels.data, width, height, stride, kind)

    def _discs(self, canvas: Canvas, values: Floats, layout: SensorLayout) -> None:
        """Area grows with force: 1000 N is a disc of 44 u-px."""
        painter = canvas.painter
        painter.setPen(self.look.pen("text", 1.5))
        painter.setBrush(self.look.colour(self.side.value, 0.75))
        radius = np.sqrt(np.clip(np.nan_to_num(values), 0, None) / 1000.0) * 44 * self.look.u
        for at, size in zip(self._points(layout.xy), radius.tolist(), strict=True):
            if size > 2:
                painter.drawEllipse(at, size, size)

    def _saturated(self, canvas: Canvas, which: np.ndarray, layout: SensorLayout) -> None:
        if not which.any():
            return
        canvas.painter.setPen(self.look.pen("#FFFFFF", 2.5))
        canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
        for at in self._points(layout.xy[which]):
            canvas.painter.drawEllipse(at, 5 * self.look.u, 5 * self.look.u)

    def _left_out(self, canvas: Canvas, masked: tuple[int, ...], layout: SensorLayout) -> None:
        """A diagonal cross through every sensor that is not believed."""
        which = np.array([number for number in masked if number < layout.sensors], np.intp)
        reach = (8 if layout.sensors <= FIELD_TO else 5) * self.look.u
        for pen in (self.look.pen("surface", 5), self.look.pen("attention", 2.4)):
            canvas.painter.setPen(pen)
            for at in self._points(layout.xy[which]):
                box = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
                canvas.painter.drawLine(QLineF(box.topLeft(), box.bottomRight()))
                canvas.painter.drawLine(QLineF(box.topRight(), box.bottomLeft()))

    def _draw_zone(self, canvas: Canvas, zone: Floats) -> None:
        corners = self._points(zone @ self._anchors())
        canvas.painter.setPen(self.look.pen("good", 2.4))
        canvas.painter.setBrush(self.look.colour("good", 0.18))
        canvas.painter.drawPolygon(QPolygonF(corners))

    def _trace(self, canvas: Canvas) -> None:
        trace = self._foot.trace_mm
        if trace is None or len(trace) < 2 or not self._foot.in_contact:
            return
        trace = trace[np.isfinite(trace).all(axis=1)]
        points = self._points_mm(trace[:: max(1, len(trace) // 60)])
        count = len(points)
        for part in range(4):  # older quarters fade
            piece = points[part * count // 4 : (part + 1) * count // 4 + 1]
            if len(piece) > 1:
                canvas.painter.setPen(self.look.pen("surface", 5, 0.15 + 0.15 * part))
                canvas.painter.drawPolyline(QPolygonF(piece))
                canvas.painter.setPen(self.look.pen("text", 3, 0.35 + 0.2 * part))
                canvas.painter.drawPolyline(QPolygonF(piece))

    def _dot(self, canvas: Canvas, *, hollow: bool) -> None:
        cop = dot(self._foot)
        if self._health == "absent" or cop is None:
            return
        painter, u = canvas.painter, self.look.u
        at = self._points_mm(cop[None])[0]
        painter.setPen(self.look.pen("#0C1118", 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush if hollow else self.look.colour("#FFFFFF"))
        painter.drawEllipse(at, 14 * u, 14 * u)
        if hollow:
            painter.setPen(self.look.pen("text3", 2.5))
            painter.drawEllipse(at, 10 * u, 10 * u)
            return
        painter.setPen(self.look.pen("#0C1118", 1.5))
        painter.setBrush(self.look.colour(self.side.value))
        painter.drawEllipse(at, 10 * u, 10 * u)


def _shares(foot: FootView) -> tuple[object, ...]:
    hold = foot.quadripod
    return () if hold is None else (hold.share.tobytes(), hold.lost)


def _equal(one: Floats | None, other: Floats | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))
