"""The left card of the Live page: both feet, the numbers between them, the share beneath."""

from __future__ import annotations

from math import isfinite
from time import monotonic

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget

from insole.live.board import BoardView
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.parameters import Parameters
from insole_gui.state import quadripod
from insole_gui.state.drawn import drawn
from insole_gui.state.links import NAME, age_words, health, sentence, settling
from insole_gui.state.live import LiveState
from insole_gui.state.numbers import fixed
from insole_gui.state.ranges import explained, foot_words, share_words
from insole_gui.state.sensors import warning
from insole_gui.state.tripod import KEYS, NAMES, ROWS, SMALLEST, share_of_load, zone
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.colour_key import ColourKey
from insole_gui.widgets.foot import Foot
from insole_gui.widgets.look import CENTRE, STRONG, Canvas, Look, Painted
from insole_gui.widgets.numbers import ShareBar, TripodRow

CORNERS = ("heel", "first", "fifth")
TOLD_S = 2.0  # a screen reader hears of a changing state at most this often


class FootWords(Painted):
    """Force now, and since when: two lines under a foot."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._lines = ("", "", "text2")
        self._told_s = 0.0

    def say(self, first: str, second: str, *, colour: str = "text2") -> None:
        """Change the words."""
        if (first, second, colour) != self._lines:
            self._lines = (first, second, colour)
            self.update()
            if monotonic() - self._told_s > TOLD_S:
                self._told_s = monotonic()
                self.setAccessibleName(f"{first}, {second}")

    @property
    def lines(self) -> tuple[str, str, str]:
        """First line, second line, colour of the second."""
        return self._lines

    def draw(self, canvas: Canvas) -> None:
        """Centred."""
        box = self.area()
        first, second, colour = self._lines
        top = QRectF(0, 0, box.width(), box.height() * 0.55)
        low = QRectF(0, top.bottom(), box.width(), box.height() - top.bottom())
        canvas.text(top, first, size=20, weight=STRONG, align=CENTRE)
        canvas.text(low, second, size=13, colour=colour, align=CENTRE)


class FeetCard(Painted):
    """Both feet."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.feet = {side: Foot(look, side, self) for side in Side}
        self.words = {side: FootWords(look, self) for side in Side}
        self.rows = [TripodRow(look, CORNERS[i], NAMES[i], KEYS[i], self) for i in ROWS]
        self.four_rows = [
            TripodRow(look, quadripod.SHAPES[i], quadripod.NAMES[i], quadripod.KEYS[i], self)
            for i in quadripod.ROWS
        ]
        self.points = Button(look, "Four points", key="Q", parent=self)
        self._four: bool | None = None
        self.share = ShareBar(look, self)
        self.key = ColourKey(look, self)
        self._title: tuple[str, ...] = ("",)
        self._left_out = ""
        self._slow = 0
        self._down_s = dict.fromkeys(Side, float("-inf"))  # last seen on the ground

    def set_scale(self, full_kpa: float) -> None:
        """Lock the colours to another full scale."""
        for foot in self.feet.values():
            foot.set_scale(full_kpa)
        self.key.edges = self.feet[Side.LEFT].bands.edges
        self.key.setAccessibleName(f"Colour scale, up to {full_kpa:.0f} kilopascal")
        self.key.update()

    def show_state(self, state: LiveState) -> None:
        """Feet every frame; words ten times a second."""
        view = state.view
        if state.four != self._four:
            self._choose(four=state.four)
        shape = None if state.four else self._zone(state)
        for side, foot in self.feet.items():
            now = view.feet[side]
            foot.show_foot(now, health(now), zone=shape if now.in_contact else None)
        self._slow += 1
        if self._slow % 6 and state.held_s is None:
            return
        for side in Side:
            self._say(side, state)
        self._numbers(state)
        words = "share of the load, last 8 steps each"
        if state.momentary:
            words = share_words(view)
        missing = "counts of two insoles do not compare"
        if view.is_force:
            missing = "until both feet have steps"
        self.share.show_share(
            state.left_share(), words, warning=state.scale_warning(), missing=missing
        )
        title, left_out = self._title_words(state), warning(view)
        if (title, left_out) != (self._title, self._left_out):
            self._title, self._left_out = title, left_out
            self.setAccessibleName(left_out)
            self.update()

    def _choose(self, *, four: bool) -> None:
        """Three points or four."""
        self._four = four
        self.points.say("Three points" if four else "Four points")
        for foot in self.feet.values():
            foot.show_points(four=four)
        for row in self.rows:
            row.setVisible(not four)
        for row in self.four_rows:
            row.setVisible(four)
        self.update()

    def _numbers(self, state: LiveState) -> None:
        grey = tuple(health(state.view.feet[side]) != "live" for side in Side)
        signs = (grey[0], grey[1])
        if not state.four:
            left, right = (state.shares(side) for side in Side)
            for row, i in zip(self.rows, ROWS, strict=True):
                row.show_numbers(left[i], right[i], grey=signs)
            return
        one, other = (state.four_shares(side) for side in Side)
        mark, another = (state.four_marks(side) for side in Side)
        for row, i in zip(self.four_rows, quadripod.ROWS, strict=True):
            row.show_numbers(one[i], other[i], grey=signs, marks=(mark[i], another[i]))

    def _title_words(self, state: LiveState) -> tuple[str, ...]:
        self.key.setVisible(not any(foot.note for foot in self.feet.values()))
        if state.empty:
            return ("seen from above",)
        notes = [foot.note for foot in self.feet.values() if foot.note]
        if notes:
            return (notes[0],)
        if state.four:
            missing = [why for why in map(quadripod.why_not, state.view.feet.values()) if why]
            if missing:
                return (missing[0],)
            words = "of what the four carry · bands: quadripod hold"
            return (words if state.momentary else "of what the four carry · last 8 steps", "")
        known = [
            value
            for value in (
                share_of_load(foot, standing=state.momentary) for foot in state.view.feet.values()
            )
            if isfinite(value)
        ]
        seen = "seen from above · now" if state.momentary else "seen from above · last 8 steps"
        if known and not state.momentary:
            carried = f"three points carry {sum(known) / len(known):.0f} % of all load"
            return f"{seen} · {carried}", carried, seen, ""
        return seen, ""

    def _zone(self, state: LiveState) -> Floats | None:
        """The tolerance zone in shares of the three points, only while standing."""
        if not state.standing:
            return None
        single = state.view.standing is not None and state.view.standing.side is not None
        posture = "single" if single else "bipedal"
        parameters = state.view.aims.parameters
        target = np.array(parameters.several(f"targets.{posture}"))
        return zone(target, reach=parameters["tripod.tv_zone"], smallest=SMALLEST[posture])

    def _say(self, side: Side, state: LiveState) -> None:
        view, words = state.view, self.words[side]
        foot = view.feet[side]
        trouble = sentence(side, view)
        if health(foot) == "absent":
            words.say("not connected", trouble)
        elif trouble:
            words.say("–", trouble, colour="attention")
        elif not isfinite(foot.total_n):
            words.say("–", "waiting for the first data")
        elif settling(foot):
            words.say(self._force(drawn(foot).total_n, view), "finding its clock; steps follow")
        elif foot.in_contact:
            self._down_s[side] = view.now_s
            since = max(0.0, view.now_s - foot.since_s)
            on = f"on the ground {fixed(since, 2 if since < 10 else 0)} s"
            kept = foot_words(foot) if state.standing else ""
            words.say(
                self._force(drawn(foot).total_n, view),
                kept or (on if isfinite(since) else "on the ground"),
                colour="attention" if "▲" in kept else "text2",
            )
            words.setToolTip(explained(foot))
        else:
            words.say("in the air", self._last_contact(side, view))

    def _force(self, newton: float, view: BoardView) -> str:
        if not view.is_force:
            return f"{newton:.0f} counts"
        if view.mass_kg is None:
            return f"{newton:.0f} N"
        weight = view.mass_kg * Parameters()["physics.g"]
        return f"{newton:.0f} N · {fixed(newton / weight, 2)} BW"

    def _last_contact(self, side: Side, view: BoardView) -> str:
        steps = view.feet[side].steps
        self._down_s[side] = min(self._down_s[side], view.now_s)  # a replay may go back
        if steps is None or not len(steps):
            return "no contact yet"
        off, strike = steps.value["toe_off_s"][-1], steps.value["foot_strike_s"][-1]
        if off < self._down_s[side] - 0.15:
            return "just lifted"  # the contact that has ended is not final yet
        ago = view.now_s - off
        if ago > 60:
            return f"last contact {age_words(ago)} ago"
        return f"last contact {fixed(off - strike, 2)} s, {fixed(ago, 2)} s ago"

    # --- layout and painting ---

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self.arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self.arrange()
        self.update()

    def arrange(self) -> None:
        """Feet at the sides, numbers between them, share and key beneath."""
        u = self.look.u
        width, height = self.width(), self.height()
        pad, top = round(20 * u), round(74 * u)
        share_h, key_h, words_h = round(42 * u), round(28 * u), round(50 * u)
        key_top = height - key_h - round(6 * u)
        share_top = key_top - share_h - round(2 * u)
        words_top = share_top - words_h - round(10 * u)
        foot_w = round(width * 0.33)
        # room in the middle for three rows at their smallest useful width
        foot_w = min(foot_w, (width - round(190 * u)) // 2 - pad // 2)
        foot_h = words_top - top - round(4 * u)
        self.feet[Side.LEFT].setGeometry(pad // 2, top, foot_w, foot_h)
        self.feet[Side.RIGHT].setGeometry(width - pad // 2 - foot_w, top, foot_w, foot_h)
        words_w = min(round(foot_w * 1.5), width // 2 - pad)
        centre = pad // 2 + foot_w // 2
        left = max(pad // 2, centre - words_w // 2)
        self.words[Side.LEFT].setGeometry(left, words_top, words_w, words_h)
        self.words[Side.RIGHT].setGeometry(width - left - words_w, words_top, words_w, words_h)
        row_w, row_h = width - pad - 2 * foot_w, round(86 * u)
        rows = ((0.12, 0), (0.40, 1), (0.78, 2))
        for part, i in rows:
            y = top + round(foot_h * part)
            if i == 2:
                y = min(y, words_top - row_h)
            self.rows[i].setGeometry((width - row_w) // 2, y, row_w, row_h)
        pitch = min(round(foot_h / 4), round(150 * u))
        for i, row in enumerate(self.four_rows):
            y = words_top - (4 - i) * pitch
            row.setGeometry((width - row_w) // 2, y, row_w, min(row_h, pitch))
        wide = min(row_w, round(164 * u))
        self.points.setGeometry((width - wide) // 2, round(36 * u), wide, round(44 * u))
        self.share.setGeometry(pad, share_top, width - 2 * pad, share_h)
        key_w = min(round(320 * u), width - 2 * pad)
        self.key.setGeometry((width - key_w) // 2, key_top, key_w, key_h)

    def draw(self, canvas: Canvas) -> None:
        """Card, title, names of the feet."""
        u = self.look.u
        canvas.card(self.area())
        title = QRectF(16 * u, 10 * u, self.width() - 32 * u, 24 * u)
        name = "Load on the four points" if self._four else "Load on the three points"
        used = canvas.text(title, name, size=14, weight=STRONG)
        title.setLeft(title.left() + used + 10 * u)
        if self._left_out:
            canvas.text(title, f"▲ {self._left_out}", size=13, colour="attention")
        else:
            words = canvas.fitting(title, *self._title, size=13)
            canvas.text(title, words, size=13, colour="text3")
        for side, foot in self.feet.items():
            at = foot.geometry().center().x()
            word = NAME[side]
            width = canvas.width(word, size=17, weight=STRONG) + 2
            y = 56 * u
            canvas.glyph(QPointF(at - width / 2 - 4 * u, y), side.value, 13)
            canvas.text(
                QRectF(at - width / 2 + 10 * u, y - 12 * u, width, 24 * u),
                word, size=17, weight=STRONG,
            )  # fmt: skip
