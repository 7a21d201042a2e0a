"""What the window knows between two frames: the view to draw, live or held, and how late it is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import PurePath

import numpy as np

from insole.live.board import HISTORY_S, BoardView
from insole.live.watching import RECENT_S
from insole.model.foot import Side
from insole.parameters import Parameters
from insole_gui.state import quadripod
from insole_gui.state.drawn import drawn
from insole_gui.state.history import History
from insole_gui.state.links import health
from insole_gui.state.numbers import Number
from insole_gui.state.own_range import OwnRange
from insole_gui.state.pins import USUAL
from insole_gui.state.seated import seated
from insole_gui.state.tiles import PUSH_OFF_KINDS, foot_number
from insole_gui.state.tripod import Standing, moving

LATENCY_WINDOW_S = 5.0
SLOW_FRAME_S = 0.05  # drawing slower than 20 frames a second is said
ACTIVITY = {
    "run": "Running",
    "walk": "Walking",
    "stand": "Standing",
    "hop": "Hopping",
    "other": "Moving",
    "": "Waiting for the first steps",
}


class Latency:
    """95th percentile of sample arrival to the end of painting, over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=int(LATENCY_WINDOW_S * 120))

    def push(self, clock_s: float, latency_s: float) -> None:
        """One painted frame that showed a new sample."""
        self._seen.append((clock_s, latency_s))
        while self._seen[0][0] < clock_s - LATENCY_WINDOW_S:
            self._seen.popleft()

    def p95_ms(self) -> float:
        """Milliseconds; NaN before enough frames."""
        if len(self._seen) < 10:
            return float("nan")
        return 1000 * float(np.percentile([late for _, late in self._seen], 95))


def latency_words(late_ms: float) -> str:
    """How late a picture is, and when it is too late to balance by; "" where it is not known.

    What a narrow window cuts off comes last.

    >>> latency_words(25.0)
    '25 ms from sole to screen, p95'
    """
    if not isfinite(late_ms):
        return ""
    p, words = Parameters(), f"{late_ms:.0f} ms from sole to screen"
    if late_ms > p["latency.visual_max_ms"]:
        return f"{words}: too late to balance by (p95, at most {p['latency.visual_max_ms']:g})"
    if late_ms > p["latency.visual_ms"]:
        return f"{words}: late to balance by (p95, aimed at is {p['latency.visual_ms']:g})"
    return f"{words}, p95"


class Fresh:
    """Notices samples that no frame has shown yet."""

    def __init__(self) -> None:
        self._seen: dict[Side, float] = {}

    def age_s(self, view: BoardView) -> float | None:
        """Age of the oldest of the feet's new samples; None when nothing new has come."""
        ages: list[float] = []
        for side, foot in view.feet.items():
            if foot.time_s is None or not len(foot.time_s) or health(foot) != "live":
                continue
            newest = float(foot.time_s[-1])
            if newest != self._seen.get(side):
                ages.append(foot.age_s)
            self._seen[side] = newest
        return max(ages) if ages and view.replay is None else None


@dataclass(slots=True)
class LiveState:
    """All that the pages draw, renewed once a frame by `push`."""

    newest: BoardView = field(default_factory=BoardView)
    view: BoardView = field(default_factory=BoardView)
    held_s: float | None = None
    kind: str = "po50"
    four: bool = False  # four points instead of three
    pins: tuple[str, ...] = USUAL
    history: History = field(default_factory=History)
    latency: Latency = field(default_factory=Latency)
    own: OwnRange = field(default_factory=OwnRange)
    slow: bool = False
    loop: tuple[float, float] | None = None
    _standing: dict[Side, Standing] = field(
        default_factory=lambda: {side: Standing() for side in Side}
    )

    def push(self, view: BoardView) -> None:
        """Take the newest board and decide what is drawn."""
        if view.replay is None:
            self.history.push(view)
        else:
            self.held_s = None
            if view.replay.rests or view.finished:
                # a held replay is not stale: nothing is expected to come
                feet = {
                    side: replace(foot, age_s=min(foot.age_s, 0.0)) if foot.device else foot
                    for side, foot in view.feet.items()
                }
                view = replace(view, feet=feet)
        self.newest = view
        if self.held_s is not None and self.held_s < view.now_s - HISTORY_S:
            self.held_s = view.now_s - HISTORY_S
        self.view = view if self.held_s is None else self.history.at(view, self.held_s)
        for side, standing in self._standing.items():
            standing.push(self.view.now_s, drawn(self.view.feet[side]).tripod)

    def hold(self, time_s: float | None) -> None:
        """Stop the view at a moment of the last minute; None: live again."""
        if time_s is not None:
            newest = self.newest.now_s
            time_s = None if time_s >= newest else max(time_s, newest - HISTORY_S)
        self.held_s = time_s
        self.view = self.newest if time_s is None else self.history.at(self.newest, time_s)

    def behind_s(self) -> float:
        """How far the view is behind live."""
        return 0.0 if self.held_s is None else self.newest.now_s - self.held_s

    def next_kind(self) -> None:
        """The other definition of push-off."""
        kinds = list(PUSH_OFF_KINDS)
        self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]

    @property
    def standing(self) -> bool:
        """Somebody stands, as the board sees it."""
        return self.view.activity == "stand"

    @property
    def momentary(self) -> bool:
        """The numbers follow the moment instead of the last contacts: nobody steps now."""
        if self.standing:
            return True
        ended = [
            float(foot.steps.value["toe_off_s"][-1])
            for foot in self.view.feet.values()
            if foot.steps is not None and len(foot.steps)
        ]
        return not ended or max(ended) < self.view.now_s - RECENT_S

    @property
    def empty(self) -> bool:
        """Nothing has ever been connected."""
        return all(not foot.device and foot.values is None for foot in self.newest.feet.values())

    @property
    def streaming(self) -> bool:
        """Live data come: the screen stays awake."""
        feet = self.newest.feet.values()
        return self.newest.replay is None and any(health(foot) == "live" for foot in feet)

    def shares(self, side: Side) -> tuple[Number, Number, Number]:
        """Heel, first and fifth ray of one foot in percent."""
        if self.momentary:
            return self._standing[side].numbers
        return moving(self.view.feet[side])

    def four_shares(self, side: Side) -> tuple[Number, ...]:
        """Heel, both balls and big toe of one foot in percent."""
        foot = self.view.feet[side]
        return quadripod.standing(foot) if self.momentary else quadripod.moving(foot)

    def four_marks(self, side: Side) -> tuple[str, ...]:
        """Sign and band of each of the four points, while somebody stands."""
        shown = quadripod.pads(self.view.feet[side]) if self.standing else ()
        return tuple(pad.mark for pad in shown) or ("",) * len(quadripod.KEYS)

    def activity_words(self) -> str:
        """The header's sentence."""
        if self.empty:
            return "Nothing connected"
        words = [self._activity()]
        cadence = [foot_number(foot, "cadence_spm") for foot in self.view.feet.values()]
        known = [number.value for number in cadence if number.known]
        if known and not self.momentary:
            words.append(f"{sum(known) / len(known):.0f} steps/min")
        sensors = {
            foot.capability.layout.sensors
            for foot in self.view.feet.values()
            if foot.capability is not None
        }
        if sensors:
            counts = " and ".join(str(count) for count in sorted(sensors))
            words.append(f"{counts} sensors per foot")
        return " · ".join(words)

    def _activity(self) -> str:
        view = self.view
        if seated(view):
            return "Sitting"
        if view.activity == "stand" and view.mass_kg is None:
            return "Still"  # with light feet and without body mass, sitting looks the same
        if view.standing is not None and view.standing.side is not None:
            return f"Standing on the {view.standing.side.value} foot"
        if view.activity == "other" and self.momentary:
            return "On the ground, no steps"
        return ACTIVITY.get(view.activity, "Moving")

    def title(self, page: str) -> str:
        """The window's title: what is recorded or played, else the page."""
        if self.newest.recording is not None:
            return f"Recording {self.newest.recording.path.name} – insole"
        if self.newest.replay is not None:
            return f"{PurePath(self.newest.replay.path).name} – insole"
        return f"{page} – insole"

    def left_share(self) -> float:
        """Left part of the load in percent: of impulse when moving, of force when standing."""
        left, right = self.view.feet[Side.LEFT], self.view.feet[Side.RIGHT]
        if not self.view.is_force:
            return float("nan")  # counts of one insole are not those of another
        if self.momentary:
            a, b = drawn(left).total_n, drawn(right).total_n
        else:
            a = foot_number(left, "impulse_N_s").value
            b = foot_number(right, "impulse_N_s").value
        if not (isfinite(a) and isfinite(b)) or a + b <= 0:
            return float("nan")
        return 100.0 * a / (a + b)

    def scale_warning(self) -> str:
        """The sentence when both feet do not carry the body's weight; empty when they do."""
        view = self.newest
        if view.k_verdict not in ("force scale uncertain",) or not isfinite(view.k_dyn):
            return ""
        share = 100.0 / view.k_dyn
        return f"Force scale uncertain: both feet sum to {share:.0f} % of body weight."


def median_path(paths: list[np.ndarray]) -> np.ndarray | None:
    """(21, 2) median of contact paths resampled over their length; None below three paths."""
    if len(paths) < 3:
        return None
    grid = np.linspace(0, 1, 21)
    rows = []
    for path in paths:
        place = np.linspace(0, 1, len(path))
        rows.append(np.stack([np.interp(grid, place, path[:, i]) for i in (0, 1)], axis=1))
    return np.median(np.stack(rows), axis=0)
