"""Drill: the shelf of drills and what each asks for; then the one that is being done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QWidget

from insole.drills.drill import Drill
from insole.guided.view import DrillView
from insole_gui.state.drill import Offer, offer, stage
from insole_gui.state.live import LiveState
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.drill_list import DrillList
from insole_gui.widgets.drill_stage import DrillStage
from insole_gui.widgets.look import BOLD, STRONG, TEXT, Canvas, Look, Painted

EDGE, GAP, HIGH = 16, 12, 48
FIRST = (
    "Changes take weeks. This measures force, not health. Diabetes, numb feet, recent surgery? "
    "Ask a clinician first."
)


class DrillPage(Painted):
    """Two faces: the shelf, and the stage."""

    wanted = Signal(object)
    """A `Drill` to begin; None: end the one that goes on."""
    pause_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.list = DrillList(look, self)
        self.stage = DrillStage(look, self)
        self.start = Button(look, "Start", kind="chosen", parent=self)
        self.level = Button(look, "Level 1", parent=self)
        self.level.setToolTip("Each level changes one thing more")
        self.level.pressed.connect(self._next_level)
        self.pause = Button(look, "Pause", parent=self, surface="background")
        self.end = Button(look, "End drill", parent=self, surface="background")
        self.again = Button(look, "Once more", kind="chosen", parent=self, surface="background")
        self.back = Button(look, "All drills", parent=self, surface="background")
        self.list.chosen.connect(self._choose)
        self.start.pressed.connect(self._start)
        self.again.pressed.connect(lambda: self.wanted.emit(self._drill))
        self.pause.pressed.connect(self.pause_wanted)
        self.end.pressed.connect(lambda: self.wanted.emit(None))
        self.back.pressed.connect(self.leave_stage)
        self._drill: Drill | None = None
        self._last: DrillView | None = None
        self._left: DrillView | None = None
        self._offer: Offer | None = None
        self._level = 1
        self._busy = ""
        self._live = False
        self._showing = ""
        self._face(doing="")

    @property
    def chosen(self) -> Offer | None:
        """The drill that is told of, at the level that was chosen."""
        return self._offer

    def fill(self) -> None:
        """Read the shelf, once."""
        if not self.list.offers:
            # reading 37 files takes a moment: only who comes here waits for it
            from insole.drills import shelf

            found = [offer(drill) for drill in shelf.shelf().drills.values()]
            self.list.show_offers(sorted(found, key=lambda one: one.title))

    def show_state(self, state: LiveState, *, busy: str) -> None:
        """The shelf, or how the drill stands."""
        self.fill()
        view = state.newest
        now = view.drill
        live = view.replay is None and state.streaming
        if (busy, live) != (self._busy, self._live):
            self._busy, self._live = busy, live
            self._tell()
        if now is None or (now.over and now == self._left):
            self._face(doing="")
            return
        self._face(doing="over" if now.over else "on")
        self.pause.say("Go on" if now.state == "paused" else "Pause")
        shown = stage(view, self._drill)
        if shown is not None:
            self._last = now
            self.stage.show_stage(shown, now)

    def leave_stage(self) -> None:
        """Back to the shelf."""
        self._left = self._last
        self._face(doing="")

    def _start(self) -> None:
        offered = self.chosen
        if offered is not None and not offered.why:
            self._drill = offered.drill
            self._left = None
            self.wanted.emit(offered.drill)

    def _choose(self, index: int) -> None:
        self._level = 1
        self._offer = self.list.offers[index]
        self._tell()

    def _next_level(self) -> None:
        plain = self.list.offers[self.list.at]
        self._level = self._level % plain.levels + 1
        self._offer = offer(plain.drill, level=self._level)
        self._tell()

    def _tell(self) -> None:
        offered = self.chosen
        if offered is None:
            return
        levels = self.list.offers[self.list.at].levels
        self.level.say(f"Level {self._level} of {levels}")
        self.level.setVisible(not self._showing and levels > 1)
        self.start.say(f"Yes, start: {offered.title}" if offered.agree else "Start")
        able = self._live and not offered.why and not self._busy
        if self.start.isEnabled() != able:
            self.start.setEnabled(able)
        self.arrange()
        self.update()

    def _face(self, *, doing: str) -> None:
        if doing == self._showing and self.isVisible():
            return
        self._showing = doing
        for widget in (self.list, self.start):
            widget.setVisible(not doing)
        self.level.setVisible(not doing and self._offer is not None and self._offer.levels > 1)
        self.stage.setVisible(bool(doing))
        for button in (self.pause, self.end):
            button.setVisible(doing == "on")
        for button in (self.again, self.back):
            button.setVisible(doing == "over")
        self.arrange()
        self.update()

    # --- layout and painting ---

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self.arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self.arrange()
        self.update()

    def arrange(self) -> None:
        """List left, details right; or the stage with its buttons beneath."""
        u = self.look.u
        edge, gap, high = round(EDGE * u), round(GAP * u), round(HIGH * u)
        body = self.height() - edge
        left = round((self.width() - 2 * edge - gap) * 0.42)
        self.list.setGeometry(edge, 0, left, body)
        x = edge + left + gap + round(20 * u)
        wide = min(self.start.sizeHint().width() + round(20 * u), round(0.36 * self.width()))
        self.start.setGeometry(x, body - high - round(20 * u), wide, high)
        beside = self.level.sizeHint().width()
        self.level.setGeometry(x + wide + gap, self.start.y(), beside, high)
        self.stage.setGeometry(edge, 0, self.width() - 2 * edge, body - high - gap)
        for pair in ((self.pause, self.end), (self.again, self.back)):
            x = edge
            for button in pair:
                button.setGeometry(x, body - high, button.sizeHint().width(), high)
                x += button.width() + gap

    def draw(self, canvas: Canvas) -> None:
        """What the chosen drill asks for."""
        offered = self.chosen
        if self._showing or offered is None:
            return
        u = self.look.u
        left = self.list.geometry().right() + GAP * u
        box = QRectF(left, 0, self.width() - left - EDGE * u, self.height() - EDGE * u)
        canvas.card(box)
        room = box.adjusted(20 * u, 14 * u, -20 * u, 0)
        room.setHeight(34 * u)
        canvas.text(room, offered.title, size=24, weight=BOLD)
        line = QRectF(room.left(), room.bottom() + 2 * u, room.width(), 26 * u)
        canvas.text(line, offered.dose, size=16, colour="text2")
        line.translate(0, 38 * u)
        for name, words in offered.lines:
            line = self._pair(canvas, line, name, words)
        if offered.agree:
            line = self._pair(canvas, line, "Before", f"{offered.agree}.")
        last = [FIRST]
        if offered.why:
            last.append(offered.why)
        elif not self._live:
            last.append("Connect insoles, or a virtual pair, to begin.")
        elif self._busy:
            last.append(self._busy)
        line.translate(0, 10 * u)
        for words in last:
            for part in canvas.wrapped(words, line.width(), size=13, weight=TEXT):
                if line.bottom() < self.start.geometry().top():
                    canvas.text(line, part, size=13, colour="text2")
                    line.translate(0, 20 * u)
            line.translate(0, 6 * u)

    def _pair(self, canvas: Canvas, line: QRectF, name: str, words: str) -> QRectF:
        u = self.look.u
        canvas.text(line, name, size=14, weight=STRONG, colour="text2")
        beside = line.adjusted(104 * u, 0, 0, 0)
        for part in canvas.wrapped(words, beside.width(), size=15, weight=TEXT):
            if beside.bottom() < self.start.geometry().top():
                canvas.text(beside, part, size=15)
                beside.translate(0, 24 * u)
        beside.translate(0, 6 * u)
        return QRectF(line.left(), beside.top(), line.width(), line.height())
