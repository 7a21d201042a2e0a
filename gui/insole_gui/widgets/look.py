"""The look shared by all widgets: colours, one unit, type; and a painter that knows them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from insole_gui.theme import DARK, Theme

log = logging.getLogger(__name__)

SMALLEST_PX = 11
TONES = {"toe": "text2"}  # a corner without a colour of its own
TEXT, STRONG, BOLD = 450, 600, 690
LEFT, RIGHT, CENTRE = (
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    Qt.AlignmentFlag.AlignCenter,
)


@dataclass(slots=True)
class Drawn:
    """A text that was painted, kept only while a test audits the window."""

    owner: str
    text: str
    room: QRectF
    used: QRectF
    bounds: QRectF
    cut: bool


@dataclass(slots=True)
class Look:
    """Theme, unit and fonts. `audit` collects painted texts for tests when it is a list."""

    theme: Theme = DARK
    u: float = 1.0
    audit: list[Drawn] | None = None
    _family: str = ""
    _fonts: dict[tuple[int, int], tuple[QFont, QFontMetricsF]] = field(
        default_factory=dict[tuple[int, int], tuple[QFont, QFontMetricsF]]
    )
    _colours: dict[str, QColor] = field(default_factory=dict[str, QColor])

    def load_font(self) -> None:
        """Register the bundled font; without it the system's own is used."""
        path = Path(__file__).parent.parent / "fonts" / "Inter-roman.var.ttf"
        number = QFontDatabase.addApplicationFont(str(path))
        families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
        self._family = families[0] if families else QFont().family()

    def px(self, size: float) -> int:
        """u-pixels to whole pixels."""
        return round(size * self.u)

    def font(self, size: float, weight: int = TEXT) -> tuple[QFont, QFontMetricsF]:
        """Font of a size in u-pixels with tabular figures, and its metrics."""
        key = (max(SMALLEST_PX, self.px(size)), weight)
        found = self._fonts.get(key)
        if found is None:
            font = QFont(self._family)
            font.setPixelSize(key[0])
            font.setVariableAxis(QFont.Tag("wght"), weight)
            font.setFeature(QFont.Tag("tnum"), 1)
            found = self._fonts[key] = (font, QFontMetricsF(font))
        return found

    def colour(self, name: str, alpha: float = 1.0) -> QColor:
        """A token of the theme or `#RRGGBB`."""
        key = f"{self.theme.name}{name}{alpha}"
        found = self._colours.get(key)
        if found is None:
            found = QColor(name if name.startswith("#") else getattr(self.theme, name))
            found.setAlphaF(alpha)
            self._colours[key] = found
        return found

    def pen(self, name: str, width: float, alpha: float = 1.0) -> QPen:
        """Round pen of a width in u-pixels."""
        pen = QPen(self.colour(name, alpha), max(1.0, width * self.u))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    def restyle(self, theme: Theme) -> None:
        """Take another theme."""
        self.theme = theme
        self._colours.clear()


class Canvas:
    """A painter with the look: what widgets draw on."""

    def __init__(self, painter: QPainter, look: Look, owner: str = "") -> None:
        self.painter = painter
        self.look = look
        self._owner = owner

    def text(
        self,
        room: QRectF,
        words: str,
        *,
        size: float = 13,
        weight: int = TEXT,
        colour: str = "text",
        align: Qt.AlignmentFlag = LEFT,
    ) -> float:
        """Write one line into its room; a line that is too long shrinks, then ends in "…".

        Returns:
            Width used, px.
        """
        if not words:
            return 0.0
        font, metrics = self.look.font(size, weight)
        width = metrics.horizontalAdvance(words)
        while width > room.width() and self.look.px(size) > SMALLEST_PX and size > SMALLEST_PX:
            size -= 1
            font, metrics = self.look.font(size, weight)
            width = metrics.horizontalAdvance(words)
        shown = words
        if width > room.width():
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            width = metrics.horizontalAdvance(shown)
        self.painter.setFont(font)
        self.painter.setPen(self.look.colour(colour))
        self.painter.drawText(room, int(align.value), shown)
        if self.look.audit is not None:
            self._note(room, words, shown, QRectF(0, 0, width, metrics.capHeight()), align)
        return width

    def _note(
        self, room: QRectF, words: str, shown: str, used: QRectF, align: Qt.AlignmentFlag
    ) -> None:
        used.moveCenter(room.center())
        if align & Qt.AlignmentFlag.AlignLeft:
            used.moveLeft(room.left())
        elif align & Qt.AlignmentFlag.AlignRight:
            used.moveRight(room.right())
        if align & Qt.AlignmentFlag.AlignTop:
            used.moveTop(room.top())
        device = self.painter.transform().mapRect(used)
        assert self.look.audit is not None  # noqa: S101 - the caller has looked
        bounds = QRectF(self.painter.viewport())
        self.look.audit.append(Drawn(self._owner, words, room, device, bounds, shown != words))

    def width(self, words: str, *, size: float, weight: int = TEXT) -> float:
        """Width that a line would take."""
        return self.look.font(size, weight)[1].horizontalAdvance(words)

    def fitting(self, room: QRectF, *candidates: str, size: float) -> str:
        """The first of the candidates, longest first, that fits its room whole."""
        for words in candidates:
            if self.width(words, size=size) <= room.width():
                return words
        return candidates[-1]

    def wrapped(self, words: str, room: float, *, size: float, weight: int) -> list[str]:
        """The words in as many lines as they need, `room` px wide."""
        lines: list[str] = []
        for word in words.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size=size, weight=weight) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def glyph(self, at: QPointF, shape: str, size: float, *, colour: str = "") -> None:
        """The sign of a side or corner: never told by colour alone."""
        painter, half = self.painter, size * self.look.u / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.colour(colour or TONES.get(shape, shape)))
        match shape:
            case "right" | "first":
                half *= 0.92
                painter.drawRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half))
            case "toe":  # a triangle that points forward
                painter.drawPolygon(
                    [
                        QPointF(at.x() + 1.2 * half * x, at.y() + 1.2 * half * y)
                        for x, y in ((0, -1), (1, 0.8), (-1, 0.8))
                    ]
                )
            case "fifth":
                corners = [(0, -1), (1, 0), (0, 1), (-1, 0)]
                painter.drawPolygon(
                    [
                        QPointF(at.x() + 1.15 * half * x, at.y() + 1.15 * half * y)
                        for x, y in corners
                    ]
                )
            case _:
                painter.drawEllipse(at, half, half)

    def card(self, box: QRectF) -> None:
        """A raised surface."""
        self.painter.setPen(self.look.pen("line", 1))
        self.painter.setBrush(self.look.colour("surface"))
        radius = 12 * self.look.u
        self.painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def ring(self, box: QRectF, radius: float) -> None:
        """Focus ring, 3 px."""
        pen = self.look.pen("focus", 3)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = pen.widthF() / 2
        self.painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)


class Painted(QWidget):
    """A widget that paints itself on its own surface; a failure stays inside it."""

    surface = "surface"

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.failed = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def draw(self, canvas: Canvas) -> None:
        """Paint everything; the background is filled already. Plain until a widget says more."""

    def restyle(self) -> None:
        """Theme or unit changed: drop what was cached."""
        self.update()

    def paintEvent(self, _event: object) -> None:
        """Paint; what goes wrong is written on the spot and in the log, once."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.look.colour(self.surface))
        canvas = Canvas(painter, self.look, f"{type(self).__name__} {id(self):x}")
        try:
            self.draw(canvas)
        except Exception as error:
            if not self.failed:
                log.exception("cannot draw %s", type(self).__name__)
            self.failed = f"{type(error).__name__}: {error}"
            painter.resetTransform()
            canvas.text(
                QRectF(self.rect()), "This panel cannot be drawn; recording is not affected.",
                colour="text2", align=CENTRE,
            )  # fmt: skip
        finally:
            painter.end()

    def area(self) -> QRectF:
        """The whole widget."""
        return QRectF(self.rect())


def buffer(widget: QWidget, box: QRect | None = None) -> QPixmap:
    """A pixmap of a widget's size in device pixels."""
    ratio = widget.devicePixelRatioF()
    size = widget.size() if box is None else box.size()
    pixmap = QPixmap(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
