"""What the colours of the pressure map mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from insole_gui.state.sole import Bands
from insole_gui.widgets.look import CENTRE, Canvas, Look, Painted


class ColourKey(Painted):
    """The locked colour scale in kPa."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.edges = Bands(300.0).edges
        self.setAccessibleName("Colour scale, 10 to 300 kilopascal")

    def draw(self, canvas: Canvas) -> None:
        """One box a band, numbers at every second edge, unit at the end."""
        look = self.look
        names = ["cell", *look.theme.bands]
        room = self.area()
        unit = canvas.width("kPa", size=11) + 8 * look.u
        width = (room.width() - 2 * unit) / len(names)
        left, high = unit, 9 * look.u
        for i, name in enumerate(names):
            box = QRectF(left + i * width, 0, width - 1, high)
            canvas.painter.fillRect(box, look.colour(name))
        last = len(self.edges) - 1
        # numbers at every second edge, or at every fourth where they would touch
        every = 2 if canvas.width("150 ", size=11) <= 2 * width else 4
        for i in (*range(0, last - every + 1, every), last):
            text = f"≥{self.edges[i]:.0f}" if i == last else f"{self.edges[i]:.0f}"
            half = canvas.width(text, size=11) / 2 + 1
            at = QRectF(left + (i + 1) * width - half, high, 2 * half, 16 * look.u)
            canvas.text(at, text, size=11, colour="text3", align=CENTRE)
        beside = QRectF(room.right() - unit + 4 * look.u, -4 * look.u, unit, high + 8 * look.u)
        canvas.text(beside, "kPa", size=11, colour="text3")
