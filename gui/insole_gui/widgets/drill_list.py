"""The shelf of drills: one line each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from insole_gui.state.drill import Offer
from insole_gui.widgets.lines import Lines
from insole_gui.widgets.look import RIGHT, STRONG, Canvas, Look


class DrillList(Lines):
    """Title left, what it is right."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.setAccessibleName("Drills")
        self.offers: tuple[Offer, ...] = ()

    def count(self) -> int:
        """How many drills there are."""
        return len(self.offers)

    def spoken(self, line: int) -> str:
        """Its title."""
        return self.offers[line].title

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Other drills; the first is chosen."""
        self.offers = tuple(offers)
        self.choose(0)

    def draw(self, canvas: Canvas) -> None:
        """Title, lines, and how many there are."""
        u, box = self.look.u, self.area()
        canvas.card(box)
        title = QRectF(16 * u, 10 * u, box.width() - 32 * u, 24 * u)
        canvas.text(title, "Drills", size=15, weight=STRONG)
        for line, top in self.shown():
            offered = self.offers[line]
            if line == self.at:
                self.draw_chosen(canvas, top)
            row = QRectF(16 * u, top, box.width() - 32 * u, self.pitch * u)
            left = QRectF(row.left(), top, 0.66 * row.width(), row.height())
            colour = "text3" if offered.why else "text"
            canvas.text(left, offered.title, size=14, weight=STRONG, colour=colour)
            beside = row.adjusted(left.width() + 8 * u, 0, 0, 0)
            asked = "asks first" if offered.agree else offered.drill.kind
            canvas.text(beside, asked, size=13, colour="text3", align=RIGHT)
        self.draw_more(canvas, QRectF(16 * u, box.bottom() - 26 * u, box.width() - 32 * u, 20 * u))
