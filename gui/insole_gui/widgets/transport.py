"""Record, scrub, replay: the bar at the foot of the window."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from insole.live.board import BoardView
from insole_gui.state.live import LiveState
from insole_gui.state.transport import (
    Span,
    clock,
    keep_words,
    recording_words,
    replay_words,
    round_times,
    span,
    speed_words,
)
from insole_gui.widgets.buttons import Button, Pressable
from insole_gui.widgets.look import CENTRE, LEFT, RIGHT, STRONG, Canvas, Look, Painted


class Scrubber(Pressable):
    """The last minute, or a whole file. Drag to look at a moment; arrows move by a second."""

    moved = Signal(float)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._span = Span(-60.0, 0.0, 0.0, None, (), live=True)
        self._dragged = False
        self.setAccessibleName("Position: live")

    @property
    def shown(self) -> Span:
        """What is drawn."""
        return self._span

    def show_span(self, new: Span) -> None:
        """Repaints only when a pixel would move."""
        if new != self._span:
            self._span = new
            behind = new.end_s - new.at_s
            words = f"{clock(new.at_s)} of {clock(new.end_s)}"
            if new.live:
                words = "live" if behind < 0.05 else f"{behind:.0f} seconds behind live"
            self.setAccessibleName(f"Position: {words}")
            self.update()

    def _track(self) -> QRectF:
        u = self.look.u
        box = self.area()
        return QRectF(box.left() + 14 * u, box.center().y() - 4 * u, box.width() - 28 * u, 8 * u)

    def _x(self, time_s: float) -> float:
        track, shown = self._track(), self._span
        part = (time_s - shown.start_s) / max(shown.end_s - shown.start_s, 1e-9)
        return track.left() + track.width() * min(max(part, 0.0), 1.0)

    def _seek(self, x: float) -> None:
        track, shown = self._track(), self._span
        part = min(max((x - track.left()) / max(track.width(), 1.0), 0.0), 1.0)
        self.moved.emit(shown.start_s + part * (shown.end_s - shown.start_s))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = True
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse while pressed."""
        if self._dragged:
            self._seek(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._dragged = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move by one second."""
        steps = {Qt.Key.Key_Left: -1.0, Qt.Key.Key_Right: 1.0}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.moved.emit(self._span.at_s + step)

    def draw(self, canvas: Canvas) -> None:
        """Track, recorded part, marks, handle, words."""
        look, u, painter, shown = self.look, self.look.u, canvas.painter, self._span
        track = self._track()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("cell"))
        painter.drawRoundedRect(track, 4 * u, 4 * u)
        if shown.recorded is not None:
            left, right = self._x(shown.recorded[0]), self._x(shown.recorded[1])
            painter.setBrush(look.colour("record", 0.7))
            painter.drawRoundedRect(
                QRectF(left, track.top(), right - left, track.height()), 4 * u, 4 * u
            )
        elif not shown.live:
            painter.setBrush(look.colour("left", 0.7))
            painter.drawRoundedRect(
                QRectF(track.topLeft(), QPointF(self._x(shown.at_s), track.bottom())), 4 * u, 4 * u
            )
        widest = canvas.width("−60 s" if shown.live else clock(shown.end_s), size=11) + 8 * u
        most = 7 if 6 * widest < track.width() else 3
        if shown.live:
            ticks = [shown.start_s * part / (most - 1) for part in range(most)]
        else:
            ticks = round_times(shown.end_s, most)
        for time_s in ticks:
            x = self._x(time_s)
            painter.setPen(look.pen("text3", 1))
            painter.drawLine(QPointF(x, track.bottom() + 3 * u), QPointF(x, track.bottom() + 7 * u))
            room = QRectF(x - 34 * u, track.bottom() + 7 * u, 68 * u, 16 * u)
            align = CENTRE
            inside = self.area().adjusted(6 * u, 0, -6 * u, 0)  # of the frame of the focus
            if x + widest / 2 > inside.right():
                room.moveRight(inside.right())
                align = RIGHT
            if time_s == shown.start_s:
                room.moveLeft(inside.left())
                align = LEFT
            words = clock(time_s) if not shown.live else f"−{-time_s:.0f} s" if time_s else "now"
            canvas.text(room, words, size=11, colour="text3", align=align)
        taken = -1e9
        for time_s, text in shown.marks:
            if not shown.start_s <= time_s <= shown.end_s:
                continue
            x = self._x(time_s)
            top = track.top() - 17 * u
            painter.setPen(look.pen("text", 1.5))
            painter.drawLine(QPointF(x, track.bottom()), QPointF(x, top))
            painter.setBrush(look.colour("text"))
            painter.drawPolygon(
                QPolygonF(
                    [QPointF(x, top), QPointF(x + 9 * u, top + 4 * u), QPointF(x, top + 8 * u)]
                )
            )
            width = min(canvas.width(text, size=11) + 2, 160 * u)
            room = QRectF(x + 12 * u, top - 4 * u, width, 15 * u)
            if room.right() > self.area().right():
                room.moveRight(x - 4 * u)
            if room.left() > taken:
                canvas.text(room, text, size=11, colour="text")
                taken = max(room.right(), x + 12 * u)
        at = QPointF(self._x(shown.at_s), track.center().y())
        held = shown.live and shown.end_s - shown.at_s > 0.05
        painter.setPen(look.pen("surface", 2))
        painter.setBrush(look.colour("attention" if held else "text"))
        painter.drawEllipse(at, 10 * u, 10 * u)
        if self.hasFocus():
            canvas.ring(self.area(), 8 * u)


class Status(Painted):
    """Two lines: which file, and how safe it is."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._lines = ("", "", "text2")

    def say(self, first: str, second: str, *, colour: str = "text2") -> None:
        """Change the words."""
        if (first, second, colour) != self._lines:
            self._lines = (first, second, colour)
            self.setAccessibleName(f"{first}. {second}")
            self.setToolTip(f"{first}\n{second}")
            self.update()

    @property
    def lines(self) -> tuple[str, str, str]:
        """First line, second line, colour."""
        return self._lines

    def draw(self, canvas: Canvas) -> None:
        """The two lines, centred in height."""
        box, u = self.area(), self.look.u
        first, second, colour = self._lines
        top = QRectF(box.left(), box.center().y() - 20 * u, box.width(), 20 * u)
        canvas.text(top, first, size=13, weight=STRONG)
        canvas.text(top.translated(0, 20 * u), second, size=12, colour=colour)


class Transport(Painted):
    """The bar: buttons on both ends, the scrubber between them."""

    record = Signal()
    keep = Signal()
    about = Signal()
    mark = Signal()
    live = Signal()
    moved = Signal(float)
    play = Signal()
    back = Signal()
    forward = Signal()
    sample = Signal(int)
    speed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.record_button = Button(look, "Record", key="Space", kind="plain", parent=self)
        self.play_button = Button(look, "Pause", key="K", parent=self)
        self.keep_button = Button(look, "Keep 30 s", key="B", parent=self)
        self.about_button = Button(look, "Trial", key="N", parent=self)
        self.status = Status(look, self)
        self.scrubber = Scrubber(look, self)
        self.mark_button = Button(look, "Mark", key="M", parent=self)
        self.live_button = Button(look, "Live", key="End", parent=self)
        self.back_button = Button(look, "◀◀", key="J", parent=self)
        self.forward_button = Button(look, "▶▶", key="L", parent=self)
        self.sample_back = Button(look, "−1", key=",", parent=self)
        self.sample_forward = Button(look, "+1", key=".", parent=self)
        self.speed_button = Button(look, "1×", parent=self)
        self.record_button.pressed.connect(self.record)
        self.keep_button.pressed.connect(self.keep)
        self.play_button.pressed.connect(self.play)
        self.scrubber.moved.connect(self.moved)
        self.about_button.pressed.connect(self.about)
        self.mark_button.pressed.connect(self.mark)
        self.live_button.pressed.connect(self.live)
        self.back_button.pressed.connect(self.back)
        self.forward_button.pressed.connect(self.forward)
        self.sample_back.pressed.connect(lambda: self.sample.emit(-1))
        self.sample_forward.pressed.connect(lambda: self.sample.emit(1))
        self.speed_button.pressed.connect(self.speed)
        self.about_button.setAccessibleName("About the trial: who, shoe, body mass")
        self.back_button.setAccessibleName("Back two seconds")
        self.forward_button.setAccessibleName("Forward, faster")
        self.sample_back.setAccessibleName("One sample back")
        self.sample_forward.setAccessibleName("One sample forward")
        self._replaying: bool | None = None
        self._keeps = True

    def show_state(self, state: LiveState, *, busy: str) -> None:
        """New words and positions."""
        view = state.newest
        replaying = view.replay is not None
        if replaying != self._replaying:
            self._replaying = replaying
            self._arrange()
        self.scrubber.show_span(span(view, state.held_s))
        if replaying:
            self._show_replay(view, busy)
        else:
            self._show_live(view, state, busy)

    def _show_replay(self, view: BoardView, busy: str) -> None:
        replay = view.replay
        assert replay is not None  # noqa: S101 - the caller has looked
        self.play_button.say("Play" if replay.paused or view.finished else "Pause")
        first, second = replay_words(view)
        self.status.say(first, busy or second)
        self.live_button.say("End" if not view.finished else "At end", dot="")
        self.speed_button.say(speed_words(replay.speed))
        self.speed_button.setAccessibleName(f"Speed {speed_words(replay.speed)}, change")

    def _show_live(self, view: BoardView, state: LiveState, busy: str) -> None:
        recording = view.recording is not None
        if recording:
            self.record_button.say(
                f"Stop {clock(view.recording_since_s)}", kind="record", dot="record"
            )
        else:
            self.record_button.say("Record", kind="plain", dot="record")
        words, kind = keep_words(view)
        self.keep_button.say(words, kind=kind)
        if recording == self._keeps:
            self._keeps = not recording
            self._arrange()
        first, second = recording_words(view)
        failed = view.recording is not None and view.recording.error is not None
        self.status.say(first, busy or second, colour="record" if failed else "text2")
        behind = state.behind_s()
        if behind > 0.05:
            self.live_button.say(f"{behind:.0f} s behind", dot="attention")
        else:
            self.live_button.say("Live", dot="good")

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self._arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self._arrange()
        self.update()

    def _arrange(self) -> None:
        u, replay = self.look.u, bool(self._replaying)
        shown = {
            self.record_button: not replay,
            self.about_button: not replay,
            self.keep_button: not replay and self._keeps,
            self.mark_button: not replay,
            self.play_button: replay,
            self.back_button: replay,
            self.forward_button: replay,
            self.sample_back: replay,
            self.sample_forward: replay,
            self.speed_button: replay,
        }
        for button, visible in shown.items():
            button.setVisible(visible)
        pad, gap = round(12 * u), round(8 * u)
        high = self.height() - 2 * pad
        left = pad

        def place(widget: QWidget, width: float) -> None:
            nonlocal left
            widget.setGeometry(left, pad, round(width * u), high)
            left += round(width * u) + gap

        narrow = self.width() / u < 1240
        if replay:
            place(self.back_button, 86)
            place(self.play_button, 110)
            place(self.forward_button, 86)
            place(self.sample_back, 82)
            place(self.sample_forward, 82)
            place(self.speed_button, 72)
        else:
            place(self.record_button, 184 if not self._keeps else 148)
            if self._keeps:
                place(self.keep_button, 136 if narrow else 148)
            place(self.about_button, 92)
        left += gap
        status = (190 if narrow else 240) if replay else (196 if narrow else 270)
        place(self.status, status)
        right = self.width() - pad
        for widget, width in ((self.live_button, 132), (self.mark_button, 104)):
            if widget.isHidden():
                continue
            right -= round(width * u)
            widget.setGeometry(right, pad, round(width * u), high)
            right -= gap
        self.scrubber.setGeometry(left, 4, max(60, right - left), self.height() - 8)

    def draw(self, canvas: Canvas) -> None:
        """The card behind."""
        canvas.card(self.area())
