"""Tiles, tripod rows, the share bar: numbers with their doubt, each opens its definition."""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QWidget

from insole_gui.state.numbers import Number, plain, spoken, written
from insole_gui.state.tiles import Tile
from insole_gui.widgets.buttons import Pressable
from insole_gui.widgets.look import BOLD, CENTRE, LEFT, RIGHT, STRONG, Canvas, Look, Painted

SIDES = ("left", "right")
SHORT_UNITS = {"steps/min": "/min", "× body weight": "BW"}  # where the tile is narrow


class TileView(Pressable):
    """One tile: name, unit, value per foot, ± and a range line with the newest steps."""

    def __init__(self, look: Look, tile: Tile, *, big: bool, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.tile = tile
        self.grey = (False, False)
        self._big = big
        self.surface = "background"
        self._name()

    def show_tile(self, tile: Tile, *, grey: tuple[bool, bool]) -> None:
        """New numbers; repaints only when they differ."""
        if repr(tile) != repr(self.tile) or grey != self.grey:
            self.tile, self.grey = tile, grey
            self._name()
            self.update()

    def _name(self) -> None:
        self.setAccessibleName(self.tile.spoken())
        self.setToolTip(f"{self.tile.name}: press Enter for its definition")

    def draw(self, canvas: Canvas) -> None:
        """Card, title row, numbers, range line."""
        look, tile = self.look, self.tile
        box = self.area()
        canvas.card(box)
        pad = 16 * look.u
        inner = box.adjusted(pad, 10 * look.u, -pad, -8 * look.u)
        title = QRectF(inner.left(), inner.top(), inner.width(), 22 * look.u)
        note_w = canvas.width(tile.note, size=12) if tile.note else 0.0
        words = tile.name
        if tile.short and canvas.width(words, size=14, weight=STRONG) > 0.7 * title.width():
            words = tile.short  # the whole name is in the tool tip
        name_w = canvas.width(words, size=14, weight=STRONG)
        unit_w = canvas.width(tile.unit, size=13)
        gap = 8 * look.u
        if name_w + unit_w + note_w + 3 * gap > title.width():
            note_w = 0.0  # the symmetry is also in the definition and the accessible name
        name = QRectF(title.left(), title.top(), title.width() - note_w, title.height())
        used = canvas.text(name, words, size=14, weight=STRONG)
        name.setLeft(name.left() + used + gap)
        unit = canvas.fitting(name, tile.unit, SHORT_UNITS.get(tile.unit, tile.unit), size=13)
        canvas.text(name, unit, size=13, colour="text3")
        if note_w:
            canvas.text(
                QRectF(title.right() - note_w - 1, title.top(), note_w + 2, title.height()),
                tile.note, size=12, colour="text3", align=RIGHT,
            )  # fmt: skip
        line_h = 24 * look.u
        middle = QRectF(
            inner.left(), title.bottom(), inner.width(), inner.bottom() - title.bottom() - line_h
        )
        numbers = tile.numbers()
        reasons = {number.reason for number in numbers if not number.known}
        if len(reasons) == 1 and not any(number.known for number in numbers):
            self._missing(canvas, middle, reasons.pop())
        else:
            share = middle.width() / len(numbers)
            size, beneath = self._fit(canvas, numbers, share)
            for i, number in enumerate(numbers):
                part = QRectF(middle.left() + i * share, middle.top(), share, middle.height())
                self._number(canvas, part, number, i, size=size, beneath=beneath)
        self._range(canvas, QRectF(inner.left(), inner.bottom() - line_h, inner.width(), line_h))
        if self.hasFocus():
            canvas.ring(box, 12 * look.u)

    def _fit(self, canvas: Canvas, numbers: tuple[Number, ...], room: float) -> tuple[float, bool]:
        """The largest size at which everything fits, and whether ± goes beneath the number."""
        largest = 44.0 if self._big else 32.0
        high = (self.height() / self.look.u) - 22 - 24 - 18
        size = largest = max(18.0, min(largest, high * 0.95))
        words = [written(number, most=self.tile.most) for number in numbers if number.known]
        if not words:
            return size, False

        def widest(*, doubt: bool) -> float:
            return (
                max(
                    canvas.width(value, size=size, weight=BOLD)
                    + (canvas.width(beside, size=14) + 8 * self.look.u if doubt else 0.0)
                    for value, beside in words
                )
                + (40 if len(numbers) == 2 else 4) * self.look.u  # glyph, and air before the next
            )

        while size > 16 and widest(doubt=True) > room:
            size -= 2
        if size >= 0.7 * largest:
            return size, False
        size = min(largest, max(18.0, high - 18))
        while size > 16 and widest(doubt=False) > room:
            size -= 2
        return size, True

    def _missing(self, canvas: Canvas, room: QRectF, reason: str) -> None:
        """No number at all, and why: said once."""
        used = canvas.text(room, "n/a", size=20, weight=STRONG, colour="text3")
        rest = room.adjusted(used + 10 * self.look.u, 0, 0, 0)
        canvas.text(rest, reason, size=13, colour="text3")

    def _number(
        self,
        canvas: Canvas,
        room: QRectF,
        number: Number,
        place: int,
        *,
        size: float,
        beneath: bool,
    ) -> None:
        look = self.look
        paired = self.tile.sides is not None
        side = SIDES[place] if paired else ""
        grey = self.grey[place] if paired else all(self.grey)
        value, doubt = written(number, most=self.tile.most)
        left = room.left()
        row = QRectF(room)
        if beneath:
            row.setBottom(room.bottom() - 16 * look.u)
        if side:
            canvas.glyph(QPointF(left + 7 * look.u, row.center().y()), side, 12)
            left += 22 * look.u
        rest = QRectF(left, row.top(), room.right() - left, row.height())
        if not number.known:
            used = canvas.text(rest, value, size=20, weight=STRONG, colour="text3")
            words = rest.adjusted(used + 8 * look.u, 0, -4 * look.u, 0)
            # where it does not fit, the reason is in the accessible name and the definition
            shown = canvas.fitting(words, doubt, "", size=12)
            canvas.text(words, shown, size=12, colour="text3")
            return
        colour = "text3" if grey else "text"
        used = canvas.text(rest, value, size=size, weight=BOLD, colour=colour)
        tone = "text2" if doubt.startswith("±") else "text3"
        if beneath:
            words = QRectF(left, row.bottom() - 2 * look.u, rest.width(), 16 * look.u)
            canvas.text(words, doubt, size=13, colour=tone)
            return
        words = rest.adjusted(used + 7 * look.u, size * 0.14 * look.u, 0, size * 0.14 * look.u)
        canvas.text(words, doubt, size=14, colour=tone)

    def _range(self, canvas: Canvas, room: QRectF) -> None:
        """Ticks of the newest steps, left above and right below, with the means on the line."""
        look, painter = self.look, canvas.painter
        numbers = [number for number in self.tile.numbers() if number.known]
        y = room.center().y()
        painter.setPen(look.pen("line", 1.5))
        painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        if not any(number.newest for number in numbers):
            return
        values = [v for number in numbers for v in number.newest] + [n.value for n in numbers]
        values += [end for band in self.tile.own if band is not None for end in band]
        middle = 0.5 * (min(values) + max(values))
        # a locked width of at least a quarter of the value: noise must not look like range
        half = max(0.75 * (max(values) - min(values)), 0.125 * abs(middle), 1e-9)

        def place(value: float) -> float:
            return room.left() + room.width() * (0.5 + 0.5 * (value - middle) / half)

        paired = self.tile.sides is not None
        for i, band in enumerate(self.tile.own):
            if band is not None:
                x = place(band[0])
                box = QRectF(x, y - (9 if i == 0 else 0) * look.u, place(band[1]) - x, 9 * look.u)
                painter.fillRect(box, look.colour("text3", 0.28))
        for i, number in enumerate(self.tile.numbers()):
            if not number.known:
                continue
            colour = SIDES[i] if paired else "text"
            up = -1 if i == 0 else 1
            painter.setPen(look.pen(colour, 1.2, 0.75))
            for value in number.newest:
                x = place(value)
                painter.drawLine(QPointF(x, y), QPointF(x, y + up * 8 * look.u))
        for i, number in enumerate(self.tile.numbers()):
            if number.known:
                at = QPointF(place(number.value), y)
                shape = SIDES[i] if paired else "left"
                canvas.glyph(at, shape, 14, colour="surface")
                canvas.glyph(at, shape, 11, colour=SIDES[i] if paired else "text")


class TripodRow(Pressable):
    """One corner of the tripod: label, left number, glyph, right number, ± beneath."""

    def __init__(
        self, look: Look, corner: str, label: str, metric: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, parent)
        self.corner, self.label, self.number = corner, label, metric
        self._numbers = (Number(), Number())
        self._grey = (False, False)
        self._marks = ("", "")
        self.setAccessibleName(label)

    def show_numbers(
        self,
        left: Number,
        right: Number,
        *,
        grey: tuple[bool, bool],
        marks: tuple[str, str] = ("", ""),
    ) -> None:
        """New shares in percent.

        Args:
            left: of the left foot.
            right: of the right foot.
            grey: of each foot, it is not live.
            marks: beneath each number instead of its ±: sign and band.
        """
        if repr((left, right, grey, marks)) != repr((*self._numbers, self._grey, self._marks)):
            self._numbers, self._grey, self._marks = (left, right), grey, marks
            self.setAccessibleName(
                f"{self.label}: left {spoken(left, most=0, unit='percent')} {marks[0]}, "
                f"right {spoken(right, most=0, unit='percent')} {marks[1]}"
            )
            self.update()

    @property
    def numbers(self) -> tuple[Number, Number]:
        """Left and right as shown."""
        return self._numbers

    def draw(self, canvas: Canvas) -> None:
        """Everything centred on the glyph."""
        look, box = self.look, self.area()
        u = look.u
        top = QRectF(box.left(), box.top(), box.width(), 20 * u)
        canvas.text(top, f"{self.label} %", size=13, colour="text2", align=CENTRE)
        row = QRectF(box.left(), top.bottom(), box.width(), 44 * u)
        middle = row.center()
        canvas.glyph(middle, self.corner, 15)
        gap = 20 * u
        half = row.width() / 2 - gap
        rooms = (
            (QRectF(row.left(), row.top(), half, row.height()), RIGHT),
            (QRectF(middle.x() + gap, row.top(), half, row.height()), LEFT),
        )
        shown = zip(self._numbers, rooms, self._grey, self._marks, strict=True)
        for number, (room, align), grey, mark in shown:
            value = plain(number.value, 0) if number.known else "–"
            colour = "text3" if grey or not number.known else "text"
            size = 42 if number.known else 22
            used = canvas.text(room, value, size=size, weight=BOLD, colour=colour, align=align)
            beside = mark or (written(number, most=0)[1] if number.known else "")
            width = max(used, canvas.width(beside, size=13) + 2)
            left = (
                room.right() - used / 2 - width / 2
                if align == RIGHT
                else room.left() + (used - width) / 2
            )
            below = QRectF(left, row.bottom(), width, 18 * u)
            signs = {"✓": "good", "▲": "attention"}
            canvas.text(below, beside, size=13, colour=signs.get(beside[:1], "text2"), align=CENTRE)
        if self.hasFocus():
            canvas.ring(box, 8 * u)


class ShareBar(Painted):
    """Left and right share of the load with a mark at one half, and the scale's warning."""

    asked = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._left = float("nan")
        self._words = ""
        self._warning = ""
        self._missing = ""

    def show_share(self, left: float, words: str, *, warning: str, missing: str) -> None:
        """Left part in percent; NaN when it is not defined, for the reason `missing`."""
        self._missing = f"share of the load: n/a, {missing}"
        new = (round(left, 1) if isfinite(left) else None, words, warning)
        old = (round(self._left, 1) if isfinite(self._left) else None, self._words, self._warning)
        if new == old:
            return
        self._left, self._words, self._warning = left, words, warning
        value = "not available"
        if isfinite(left):
            value = f"left {left:.0f} percent, right {100 - left:.0f} percent"
        self.setAccessibleName(f"{words}: {value}. {warning}".strip())
        self.update()

    def draw(self, canvas: Canvas) -> None:
        """Percentages at the ends of the title, bar beneath."""
        look, box, painter = self.look, self.area(), canvas.painter
        u = look.u
        line = QRectF(box.left(), box.top(), box.width(), 18 * u)
        title = line.adjusted(52 * u, 0, -52 * u, 0)
        if self._warning:
            canvas.text(title, f"▲ {self._warning}", size=12, colour="attention", align=CENTRE)
        elif isfinite(self._left):
            canvas.text(title, self._words, size=12, colour="text2", align=CENTRE)
        else:
            canvas.text(title, self._missing, size=12, colour="text2", align=CENTRE)
        bar = QRectF(box.left(), line.bottom() + 5 * u, box.width(), 13 * u)
        painter.setPen(Qt.PenStyle.NoPen)
        if not isfinite(self._left):
            painter.setBrush(look.colour("cell"))
            painter.drawRoundedRect(bar, 4 * u, 4 * u)
            return
        split = bar.left() + bar.width() * self._left / 100
        painter.setBrush(look.colour("left"))
        first = QRectF(bar)
        first.setRight(split - 1.5 * u)
        painter.drawRoundedRect(first, 3 * u, 3 * u)
        painter.setBrush(look.colour("right"))
        second = QRectF(bar)
        second.setLeft(split + 1.5 * u)
        painter.drawRoundedRect(second, 3 * u, 3 * u)
        painter.setPen(look.pen("text", 2))
        half = bar.center().x()
        painter.drawLine(QPointF(half, bar.top() - 4 * u), QPointF(half, bar.bottom() + 4 * u))
        canvas.text(line, f"{self._left:.0f} %", size=15, weight=STRONG)
        canvas.text(line, f"{100 - round(self._left):.0f} %", size=15, weight=STRONG, align=RIGHT)
