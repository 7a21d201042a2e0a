"""Loss by time: one cell a second, the newest at the right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget

from insole.model.arrays import Floats
from insole_gui.state.loss import SECONDS, words
from insole_gui.widgets.look import RIGHT, Canvas, Look, Painted

FULL = 0.25  # of a second's samples lost: the cell is as high as it gets


class LossStrip(Painted):
    """The last minute of one link."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._lost: Floats = np.full(SECONDS, np.nan)
        self.setAccessibleName("Samples lost: no second yet")

    def show_lost(self, lost: Floats) -> None:
        """Repaints when a second has passed."""
        if not np.array_equal(lost, self._lost, equal_nan=True):
            self._lost = lost
            self.setAccessibleName(f"Samples lost: {words(lost)}")
            self.update()

    def draw(self, canvas: Canvas) -> None:
        """Words above, cells beneath; a lost sample makes a cell high as well as bright."""
        look, u = self.look, self.look.u
        line = QRectF(0, 0, self.width(), 18 * u)
        used = canvas.text(line, "Lost, second by second", size=13, colour="text2")
        line.setLeft(used + 12 * u)
        canvas.text(line, words(self._lost), size=13, align=RIGHT)
        top, low = 22 * u, self.height() - 4 * u
        pitch = self.width() / SECONDS
        for i, share in enumerate(self._lost.tolist()):
            box = QRectF(i * pitch, top, pitch - max(1.0, u), low - top)
            canvas.painter.fillRect(box, look.colour("cell"))
            if share != share:  # not a number: no sample was due
                continue
            if share == 0.0:
                canvas.painter.fillRect(
                    QRectF(box.left(), low - 3 * u, box.width(), 3 * u), look.colour("good", 0.8)
                )
                continue
            high = (0.25 + 0.75 * min(share / FULL, 1.0)) * (low - top)
            name = "record" if share >= FULL else "attention"
            canvas.painter.fillRect(
                QRectF(box.left(), low - high, box.width(), high), look.colour(name)
            )
        canvas.painter.setPen(look.pen("line", 1))
        canvas.painter.drawLine(QPointF(0, low), QPointF(self.width(), low))
