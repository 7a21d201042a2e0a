"""Buttons: every key is also one of these."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from insole_gui.widgets.look import CENTRE, LEFT, STRONG, Canvas, Look, Painted


class Pressable(Painted):
    """Something that is pressed by mouse, Enter or Space."""

    pressed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hovered = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press on the left button."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press on Enter; Space belongs to recording unless a button has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select):
            self.pressed.emit()
        else:
            event.ignore()

    def enterEvent(self, _event: QEvent) -> None:
        """Lighten under the mouse."""
        self.hovered = True
        self.update()

    def leaveEvent(self, _event: QEvent) -> None:
        """Back to rest."""
        self.hovered = False
        self.update()

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """Show the ring."""
        self.update()

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        """Hide the ring."""
        self.update()


class Button(Pressable):
    """Words in a rounded box, with its key beside them.

    Args:
        words: what it does.
        key: name of its key, or "".
        kind: `plain`, `record` (red) or `chosen`.
    """

    def __init__(
        self, look: Look, words: str, *, key: str = "", kind: str = "plain",
        parent: QWidget | None = None, surface: str = "surface",
    ) -> None:  # fmt: skip
        super().__init__(look, parent)
        self.words, self.key, self.kind = words, key, kind
        self.surface = surface
        self.dot = ""
        self.setAccessibleName(words)

    def say(self, words: str, *, kind: str | None = None, dot: str | None = None) -> None:
        """Change the words; repaints only when something is new."""
        changed = (words, kind or self.kind, self.dot if dot is None else dot)
        if changed != (self.words, self.kind, self.dot):
            self.words, self.kind, self.dot = changed
            self.setAccessibleName(words)
            self.update()

    def sizeHint(self) -> QSize:
        """Room for the words, at least 44 u-px high."""
        width = Canvas.width(self._measure(), self.words, size=15, weight=STRONG)
        extra = 34 + (30 if self.key else 0) + (18 if self.dot else 0)
        return QSize(int(width + self.look.px(extra)), self.look.px(44))

    def _measure(self) -> Canvas:
        return Canvas(None, self.look)  # type: ignore[arg-type] - measures text only

    def draw(self, canvas: Canvas) -> None:
        """Box, words, key."""
        look, painter = self.look, canvas.painter
        box = self.area().adjusted(0.5, 0.5, -0.5, -0.5)
        radius = min(12 * look.u, box.height() / 2)
        edge, fill, alpha = "line", "raised", 1.0
        if self.kind == "record":
            edge, fill, alpha = "record", "record", 0.16
        elif self.kind == "chosen":
            edge = "left"
        painter.setPen(look.pen(edge, 2 if self.kind != "plain" else 1))
        painter.setBrush(look.colour("line" if self.hovered and alpha == 1 else fill, alpha))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius, radius)
        pad = 14 * look.u
        inner = box.adjusted(pad, 0, -pad, 0)
        words_w = canvas.width(self.words, size=15, weight=STRONG) + (
            18 * look.u if self.dot else 0
        )
        cap_w = max(canvas.width(self.key, size=12, weight=STRONG) + 10 * look.u, 20 * look.u)
        if self.key and words_w + cap_w + 6 * look.u <= inner.width():
            width = max(canvas.width(self.key, size=12, weight=STRONG) + 10 * look.u, 20 * look.u)
            cap = QRectF(inner.right() - width, box.center().y() - 11 * look.u, width, 22 * look.u)
            painter.setPen(look.pen("text3", 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cap, 4 * look.u, 4 * look.u)
            canvas.text(cap, self.key, size=12, weight=STRONG, colour="text2", align=CENTRE)
            inner.setRight(cap.left() - 6 * look.u)
        if self.dot:
            at = QPointF(inner.left() + 6 * look.u, box.center().y())
            shape = "right" if self.dot in ("record", "right") else "left"
            canvas.glyph(at, shape, 11, colour=self.dot)
            inner.setLeft(inner.left() + 18 * look.u)
        colour = "text" if self.isEnabled() else "text3"
        align = LEFT if self.key or self.dot else CENTRE
        canvas.text(inner, self.words, size=15, weight=STRONG, colour=colour, align=align)
        if self.hasFocus():
            canvas.ring(self.area(), radius)
