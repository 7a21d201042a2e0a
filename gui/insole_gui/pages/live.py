"""Live: feet, tiles, force, push-off by step, transport. Also shows a replay."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from insole.live.board import BoardView
from insole.model.foot import Side
from insole_gui.pages.empty import Empty
from insole_gui.pages.feet import FeetCard
from insole_gui.state import layout
from insole_gui.state.links import health
from insole_gui.state.live import LiveState
from insole_gui.state.pins import all_tiles
from insole_gui.state.tiles import push_off_key
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.force_strip import ForceStrip
from insole_gui.widgets.look import Canvas, Look, Painted
from insole_gui.widgets.numbers import TileView
from insole_gui.widgets.step_strip import StepStrip
from insole_gui.widgets.transport import Transport

TILES = ("push_off", "contact", "cadence", "flight", "peak")
STANDING_HZ = 2.0  # numbers of standing change this often
TABS = {"force": ("force",), "steps": ("steps",), "tiles": ("cadence", "flight", "peak")}


class LivePage(Painted):
    """The page that a session is watched on."""

    asked = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.compact = False
        self._tab = "force"
        self._empty: bool | None = None
        self._counted: object = None
        self._push_off = "po50_N_s"
        self.feet = FeetCard(look, self)
        tiles = all_tiles(BoardView(), "po50")
        self.tiles = {
            name: TileView(look, tile, big=i < 2, parent=self)
            for i, (name, tile) in enumerate(zip(TILES, tiles, strict=True))
        }
        self.force = ForceStrip(look, self)
        self.steps = StepStrip(look, self)
        self.tabs = {
            "force": Button(look, "Force", parent=self, surface="background"),
            "steps": Button(look, "Push-off by step", parent=self, surface="background"),
            "tiles": Button(look, "More numbers", parent=self, surface="background"),
        }
        self.empty = Empty(look, self)
        self.transport = Transport(look, self)
        for tile in self.tiles.values():
            tile.pressed.connect(lambda tile=tile: self.asked.emit(tile.tile.metric))
        for row in (*self.feet.rows, *self.feet.four_rows):
            row.pressed.connect(lambda row=row: self.asked.emit(row.number))
        self.steps.pressed.connect(lambda: self.asked.emit(self._push_off))
        self.force.pressed.connect(lambda: self.asked.emit("total_n"))
        for name, button in self.tabs.items():
            button.pressed.connect(lambda name=name: self.choose_tab(name))
        self.choose_tab("force")

    def show_state(self, state: LiveState, *, busy: str) -> None:
        """Draw what is new."""
        if state.empty != self._empty:
            self._empty = state.empty
            self._visible()
        if self._empty:
            self.empty.say(busy)
        self.feet.show_state(state)
        view = state.view
        left, right = (health(view.feet[side]) != "live" for side in Side)
        grey = (left, right)
        stands = int(view.now_s * STANDING_HZ) if view.activity == "stand" else None
        counted = (
            _step_counts(view),
            view.activity,
            view.mass_kg,
            grey,
            stands,
            view.time.good,
            state.own.known,
            state.pins,
        )
        self._push_off = push_off_key(view, state.kind)[0]
        if counted != self._counted:
            self._counted = counted
            tiles = all_tiles(view, state.kind, own=state.own, names=state.pins)
            for name, tile in zip(TILES, tiles, strict=True):
                self.tiles[name].show_tile(tile, grey=grey)
        if self.force.isVisible():
            self.force.show_view(view, state.kind)
        if self.steps.isVisible():
            self.steps.show_view(view, state.kind, own=state.own)
        self.transport.show_state(state, busy=busy)

    def forget(self) -> None:
        """Show all numbers anew, e.g. after another definition was chosen."""
        self._counted = None

    def choose_tab(self, name: str) -> None:
        """Compact: which card is shown under the tiles."""
        self._tab = name
        for key, button in self.tabs.items():
            button.say(button.words, kind="chosen" if key == name else "plain")
        self._visible()

    def _visible(self) -> None:
        shown = not self._empty
        for name in ("push_off", "contact"):
            self.tiles[name].setVisible(shown)
        for key, button in self.tabs.items():
            button.setVisible(shown and self.compact)
            for name in TABS[key]:
                widget = self.tiles.get(name) or getattr(self, name)
                widget.setVisible(shown and (not self.compact or key == self._tab))
        self.empty.setVisible(not shown)

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self.arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self.arrange()
        self.update()

    def arrange(self) -> None:
        """From one unit and the page's size."""
        boxes = layout.live(self.width(), self.height(), self.look.u, compact=self.compact)

        def put(widget: QWidget, name: str) -> None:
            box = boxes[name]
            widget.setGeometry(box.x, box.y, box.w, box.h)

        put(self.feet, "feet")
        put(self.transport, "transport")
        put(self.force, "force")
        put(self.steps, "steps")
        for name, tile in self.tiles.items():
            put(tile, name)
        feet = boxes["feet"]
        left = feet.x + feet.w + round(12 * self.look.u)
        right = self.width() - round(16 * self.look.u)
        self.empty.setGeometry(left, feet.y, max(1, right - left), feet.h)
        if self.compact:
            bar = boxes["tabs"]
            width = bar.w // len(self.tabs)
            for i, button in enumerate(self.tabs.values()):
                button.setGeometry(
                    bar.x + i * width,
                    bar.y,
                    width - round(6 * self.look.u),
                    bar.h - round(6 * self.look.u),
                )
        self._visible()

    def draw(self, canvas: Canvas) -> None:
        """Nothing but the background: cards paint themselves."""


def _step_counts(view: BoardView) -> tuple[int, ...]:
    return tuple(0 if foot.steps is None else len(foot.steps) for foot in view.feet.values())
