"""The window: one timer, one read of the board a frame, pages, keys, and a clean end."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from insole.guided.view import Kind
from insole.preferences import Preferences
from insole_gui import text
from insole_gui.actions import Actions
from insole_gui.awake import Awake
from insole_gui.closing import Closing
from insole_gui.comparing import Comparing
from insole_gui.head import show_head
from insole_gui.keys import actions, bindings
from insole_gui.memory import Memory
from insole_gui.pages.about import AboutForm
from insole_gui.pages.compare import ComparePage
from insole_gui.pages.device_form import DeviceForm
from insole_gui.pages.drill import DrillPage
from insole_gui.pages.guide import GuideCard
from insole_gui.pages.insoles import InsolesPage
from insole_gui.pages.keys_menu import KeysMenu
from insole_gui.pages.live import LivePage
from insole_gui.pages.number_menu import NumberMenu
from insole_gui.pages.overlay import FarView, Saving, Sheet
from insole_gui.pages.review import ReviewPage
from insole_gui.pages.settings import SettingsPage
from insole_gui.state import layout, pins
from insole_gui.state.about import About
from insole_gui.state.alerts import Alerts
from insole_gui.state.commands import Commands
from insole_gui.state.control import Session
from insole_gui.state.definition import definition
from insole_gui.state.device_settings import device
from insole_gui.state.live import Fresh, LiveState
from insole_gui.theme import DARK, LIGHT, Theme, high_contrast
from insole_gui.widgets.chrome import Banner, Header, RailButton
from insole_gui.widgets.look import Look, Painted
from insole_gui.wiring import connect

log = logging.getLogger(__name__)

FRAME_MS = 16


class Window(QWidget):
    """Everything on screen.

    Args:
        make_session: makes what is watched; called off this thread.
        files: recordings offered on the Review page; what is shown first is the session's choice.
        theme: `dark` or `light`.
        preferences: what was chosen before.
        keep: stores what is chosen; None: it holds until the window is closed.
    """

    def __init__(
        self,
        make_session: Callable[[], Session],
        *,
        files: Sequence[Path] = (),
        theme: Theme = DARK,
        preferences: Preferences | None = None,
        keep: Callable[[Preferences], None] | None = None,
    ) -> None:
        super().__init__()
        chosen = preferences or Preferences()
        self.look = Look(high_contrast(theme) if chosen.contrast else theme)
        self.look.load_font()
        self.state = LiveState()
        self.commands = Commands()
        self.control = Actions(self.state, self.commands, tell=self.tell, anew=self._anew)
        self.memory = Memory(chosen, keep, self.commands)
        self.control.about = self.memory.about
        self.state.kind, self.state.four = chosen.push_off, chosen.four
        self.state.pins = pins.read(chosen.tiles)
        self.page = "live"
        self.closing = Closing(self)
        self.awake = Awake()
        self.alerts = Alerts()
        self.faults: dict[str, Exception] = {}
        self._frames: deque[float] = deque(maxlen=60)
        self._count = 0
        self.fresh = Fresh()
        self._waiting: tuple[float, float] | None = None
        self._overlay: QWidget | None = None
        self.setWindowTitle(text.TITLE)
        self.setMinimumSize(*layout.SMALLEST)
        self._files = [Path(file) for file in files]
        self._build()
        self.comparing = Comparing(self, files=self._files)
        self.does = actions(self)
        self._keys = bindings()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(chosen.width, chosen.height)
        self.setFocus()
        self.commands.run(text.STARTING, make_session, done=self._started)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._timer.start(FRAME_MS)

    # --- building ---

    def _build(self) -> None:
        look = self.look
        self.rail = {name: RailButton(look, word, name, self) for name, word in text.RAIL.items()}
        self._back = Painted(look, self)
        self._back.lower()
        self.header = Header(look, self)
        self.banner = Banner(look, self)
        self.live = LivePage(look, self)
        self.drill = DrillPage(look, self)
        self.review = ReviewPage(look, self._files, self)
        self.compare = ComparePage(look, self)
        self.insoles = InsolesPage(look, self)
        self.settings = SettingsPage(look, self)
        self.pages: dict[str, QWidget] = {
            "live": self.live,
            "drill": self.drill,
            "review": self.review,
            "compare": self.compare,
            "insoles": self.insoles,
            "settings": self.settings,
        }
        self.far = FarView(look, self)
        self.sheet = Sheet(look, self)
        self.menu = KeysMenu(look, self)
        self.form = AboutForm(look, self)
        self.device_form = DeviceForm(look, self)
        self.guide = GuideCard(look, self)
        self.numbers = NumberMenu(look, self)
        forms = (self.form, self.device_form, self.guide, self.numbers)
        self.cards = (self.sheet, self.menu, *forms)
        self.saving = Saving(look, self)
        connect(self)
        self.change_scale(self.memory.now.full_kpa)
        self.settings.show_choice(look.theme.name, self.memory.now)
        self.go("live")

    # --- the frame ---

    def tick(self) -> None:
        """Read once, hand on to what is visible."""
        begun = time.perf_counter()
        for failure in (*self.commands.poll(), *self.comparing.poll()):
            self.tell(failure)
        session = self.control.session
        if session is not None and not self.closing.begun:
            try:
                view = session.view()
            except Exception as error:  # noqa: BLE001 - a picture must never end a recording
                self._once("cannot read the board", error)
            else:
                age_s = self.fresh.age_s(view)
                if age_s is not None:
                    self._waiting = (begun, age_s)
                self.state.push(view)
                self.control.keep_going()
        try:
            self._show()
        except Exception as error:  # noqa: BLE001 - a picture must never end a recording
            self._once("cannot show a frame", error)
        self._count += 1
        self._frames.append(time.perf_counter() - begun)

    def _once(self, words: str, error: Exception) -> None:
        """Log a fault with its trace the first time, not sixty times a second."""
        if words not in self.faults:
            self.faults[words] = error
            log.error("%s", words, exc_info=error)

    def event(self, event: QEvent) -> bool:
        """Measure when a frame that carries a new sample has been painted."""
        if event.type() != QEvent.Type.UpdateRequest:
            return super().event(event)
        begun = time.perf_counter()
        handled = super().event(event)
        ended = time.perf_counter()
        if self._frames:
            self._frames[-1] += ended - begun
        if self._waiting is not None:
            read_s, age_s = self._waiting
            self.state.latency.push(ended, age_s + ended - read_s)
            self._waiting = None
        return handled

    def frame_s(self) -> list[float]:
        """Seconds that the newest frames took, reading and painting."""
        return list(self._frames)

    def _show(self) -> None:
        state, busy = self.state, self.commands.busy
        if self.page == "live" and not self.far.isVisible():
            self.live.show_state(state, busy=busy)
        if self.page == "review":
            self.review.show_feet(state)
        if self.page == "drill" and self._count % 3 == 0:
            self.drill.show_state(state, busy=busy)
        if self.far.isVisible():
            self.far.show_state(state)
        if self._count % 6 == 0:
            if self.page == "review":
                self.review.show_state(state, busy=busy)
            elif self.page == "compare":
                self.comparing.look()
            elif self.page == "insoles":
                self.insoles.show_state(state, busy=busy)
            self._alert()
        if self.guide.isVisible():
            self.guide.show_guide(state.newest.guide, busy=busy)
            if self.guide.refused and not busy:
                self.leave()
        if self._count % 60 in (0, 12):
            show_head(self, list(self._frames))
            self.awake.hold(on=state.streaming)
            if self.control.session is not None:
                state.own.look(self.control.session, state.newest, self.control.about)

    def _alert(self) -> None:
        lines, urgent = self.alerts.lines(self.state)
        self.banner.say(lines, urgent=urgent)
        self.header.give_room(given=bool(lines))

    def _anew(self) -> None:
        self.live.forget()
        self.memory.change(push_off=self.state.kind)

    def tell(self, words: str) -> None:
        """Show a sentence for some seconds."""
        log.warning("%s", words)
        self.alerts.tell(words)

    # --- what the user does ---

    def go(self, name: str) -> None:
        """Show a page."""
        self.page = name
        self.leave()
        for key, page in self.pages.items():
            page.setVisible(key == name)
        for key, button in self.rail.items():
            button.choose(chosen=key == name)
        self._count = 0

    def do(self, name: str) -> None:
        """What a key does, by its name."""
        self.does[name]()

    def _started(self, session: Session) -> None:
        self.control.session = session

    def ask_about(self) -> None:
        """Who, in which shoe, where, how fast, how heavy."""
        view = self.state.newest
        recordable = view.replay is None and view.recording is None and not self.state.empty
        self._cover(self.form)
        self.form.open(self.control.about, told_kg=view.mass_kg, recordable=recordable)

    def take_about(self, about: About, record: bool) -> None:
        """What was typed about the trial."""
        self.leave()
        self.control.about, self.control.about_typed = about, True
        self.memory.take(about)
        if record and self.state.newest.recording is None:
            self.control.record()

    def ask_device(self, whose: str) -> None:
        """Settings of the `left` or `right` insole, or of the `pod`."""
        self.control.ask_settings(lambda chosen: self._device(whose, chosen))

    def _device(self, whose: str, chosen: Mapping[str, str]) -> None:
        view = self.state.newest
        shown = device(view, whose, chosen)
        if shown is None:
            self.tell(text.NO_DEVICE)
            return
        self._cover(self.device_form)
        self.device_form.open(shown, recording=view.recording is not None)

    def take_device(self, changes: Mapping[str, str | None]) -> None:
        """Connect anew with other settings of the insoles."""
        self.leave()
        self.control.configure(changes)

    def ask_guide(self, kind: Kind) -> None:
        """Begin a guided act, and show it over the page."""
        self._cover(self.guide)
        self.guide.open(kind)
        self.control.guide(kind)

    def mark_with_text(self) -> None:
        """Ask for the words of a marker; its moment is when they are entered."""
        self._cover(self.sheet)
        self.sheet.ask(text.MARK_TITLE, self._marked)

    def _marked(self, words: str) -> None:
        self.leave()
        if words:
            self.control.mark(words)

    def ask_file(self) -> None:
        """Choose a recording."""
        name, _ = QFileDialog.getOpenFileName(self, text.OPEN_TITLE, "", text.OPEN_FILTER)
        if name:
            self.open_file(name)

    def open_file(self, name: str) -> None:
        """Replay a recording."""
        path = Path(name)
        self.go("live")
        self.control.open_file(path)

    # --- appearance ---

    def change_theme(self, name: str) -> None:
        """`dark` or `light`."""
        base = LIGHT if name == "light" else DARK
        self.look.restyle(high_contrast(base) if self.memory.now.contrast else base)
        self.memory.change(theme=name)
        self.restyle()

    def toggle_theme(self) -> None:
        """The other one."""
        self.change_theme("dark" if self.look.theme.name == "light" else "light")

    def change_contrast(self) -> None:
        """All words in the text colour, or not."""
        self.memory.change(contrast=not self.memory.now.contrast)
        self.change_theme(self.look.theme.name)

    def change_text(self, factor: float) -> None:
        """Size of everything, 0.8 to 1.4."""
        self.memory.change(text_size=min(max(factor, 0.8), 1.4))
        self._arrange()

    def toggle_points(self) -> None:
        """Three points of the foot, or four."""
        self.state.four = not self.state.four
        self.memory.change(four=self.state.four)

    def ask_numbers(self) -> None:
        """Which numbers stand on the Live page."""
        self._cover(self.numbers)
        self.numbers.open(self.state.pins)

    def change_numbers(self, names: tuple[str, ...]) -> None:
        """Other numbers on the Live page."""
        self.state.pins = names
        self.memory.change(tiles=pins.written(names))

    def change_scale(self, full_kpa: float) -> None:
        """End of the colour scale, for both feet and everywhere."""
        self.live.feet.set_scale(full_kpa)
        self.review.feet.set_scale(full_kpa)
        self.far.set_scale(full_kpa)
        self.memory.change(full_kpa=full_kpa)

    def restyle(self) -> None:
        """Everything anew."""
        for widget in self.findChildren(Painted):
            widget.restyle()
        for overlay in self.cards:
            overlay.restyle()
        self.review.restyle_plots()
        self.settings.show_choice(self.look.theme.name, self.memory.now)
        self.update()

    # --- overlays ---

    def _cover(self, overlay: QWidget) -> None:
        self.leave()
        self._overlay = overlay
        overlay.setGeometry(self.rect())
        overlay.raise_()
        overlay.show()
        overlay.setFocus()

    def leave(self) -> None:
        """Esc: close whatever lies over the page."""
        if self._overlay is not None:
            if self._overlay is self.guide and self.guide.goes_on:
                self.control.guide(None)  # nobody looks at it any more
            self._overlay.hide()
            self._overlay = None
            self.setFocus()
            self._count = 0

    def toggle_far(self) -> None:
        """F: two feet and one number, to be read at 3 m."""
        if self.far.isVisible():
            self.leave()
        else:
            self._cover(self.far)
            self.far.show_state(self.state)

    def show_keys(self) -> None:
        """?: all keys."""
        if self.menu.isVisible():
            self.leave()
            return
        self._cover(self.menu)
        self.menu.open(replay=self.state.newest.replay is not None)

    def explain(self, metric: str) -> None:
        """What a number means, and how far it may be trusted."""
        title, rows = definition(metric, self.state.view)
        self._cover(self.sheet)
        self.sheet.show_rows(title, rows, copy=True)

    # --- Qt ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no widget wanted."""
        if event.isAutoRepeat() and event.key() == Qt.Key.Key_Space:
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            event.ignore()
            return
        name = self._keys.get((event.key(), shift))
        if name is None:
            event.ignore()
        else:
            self.do(name)

    def paintEvent(self, _event: object) -> None:
        """The ground between the cards."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.colour("background"))
        painter.end()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Another unit, another layout."""
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.width(), self.height()
        compact = layout.is_compact(width, height, text=self.memory.now.text_size)
        new_u = layout.unit(width, height, text=self.memory.now.text_size)
        changed = new_u != self.look.u
        self.look.u = new_u
        boxes = layout.window(width, height, new_u)
        self._back.setGeometry(0, 0, boxes["rail"].w, height)
        header, page = boxes["header"], boxes["page"]
        self.header.setGeometry(header.x, header.y, header.w, header.h)
        self.header.arrange(compact=compact)
        high = round(74 * new_u)
        for i, name in enumerate(("live", "drill", "review", "compare")):
            self.rail[name].setGeometry(0, round(12 * new_u) + i * high, boxes["rail"].w, high)
        for i, name in enumerate(("keys", "settings", "insoles")):
            bottom = height - round(12 * new_u) - (i + 1) * high
            self.rail[name].setGeometry(0, bottom, boxes["rail"].w, high)
        room = self.header.room().translated(header.x, header.y)
        self.banner.setGeometry(room)
        self.live.compact = compact
        for widget in self.pages.values():
            widget.setGeometry(page.x, page.y, page.w, page.h)
        if changed:
            for widget in self.findChildren(Painted):
                widget.restyle()
            for overlay in self.cards:
                overlay.restyle()
        else:
            self.live.arrange()
        if self._overlay is not None:
            self._overlay.setGeometry(self.rect())
        self.saving.setGeometry(self.rect())
        self._count = 0

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the session off this thread, then leave; a recording is finished first."""
        if self.closing.finished:
            self._timer.stop()
            self.awake.hold(on=False)
            event.accept()
            return
        event.ignore()
        self.closing.begin()
