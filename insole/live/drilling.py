"""A drill on a live session, on the engine's thread.

Nothing of it enters a trial. Where one is recorded, marks say when the drill began, what each hold
or set came to, and how it ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insole.errors import RequestError
from insole.guided.view import DrillView
from insole.model.stream import Mark
from insole.pipeline import FootUpdate
from insole.trial import RunningTrial

if TYPE_CHECKING:
    from insole.drills.doing import Doing
    from insole.drills.drill import Drill

TURN_S = 0.05  # the coach looks so often: each look is over all rows of a hold


class Drilling:
    """At most one drill at a time.

    Args:
        live: a replay can only be looked at.
        mark: puts a marker into what is recorded.
    """

    def __init__(self, *, live: bool, mark: Callable[[Mark], None]) -> None:
        self._live = live
        self._mark = mark
        self._doing: Doing | None = None
        self._view: DrillView | None = None
        self._heard: list[FootUpdate] = []
        self._looked_s = -1.0
        self._told = 0

    def begin(self, drill: Drill | None, trial: RunningTrial, *, now_s: float) -> None:
        """Begin one, or end what goes on.

        Raises:
            RequestError: it is a replay, or the insoles lack what the drill needs.
        """
        if drill is None:
            self._stop()
            return
        if not self._live:
            raise RequestError(
                "a file cannot be trained with",
                where="session",
                why="the data are of a file",
                fix="Connect insoles, or a virtual pair",
            )
        # the coach costs a tenth of a second: only who trains waits for it
        from insole.drills.doing import Doing

        feet = trial.pair.feet.values()
        mass_kg = next((foot.mass_kg for foot in feet if foot.mass_kg is not None), None)
        made = Doing(drill, trial.pair, mass_kg=mass_kg, parameters=trial.parameters, now_s=now_s)
        self._stop()
        self._doing, self._heard, self._told, self._looked_s = made, [], 0, -1.0
        self._view = made.view()
        self._say(f"{self._view.id} begins")

    def pause(self) -> None:
        """Pause, or go on."""
        if self._doing is not None:
            self._doing.pause()
            self._view = self._doing.view()

    def take(self, updates: Sequence[FootUpdate], *, now_s: float) -> None:
        """What a chunk made known."""
        if self._doing is None or self._view is None or self._view.over:
            return
        self._heard += updates
        if now_s - self._looked_s >= TURN_S:
            heard, self._heard, self._looked_s = self._heard, [], now_s
            self._doing.push(heard, now_s=now_s)
            self._tell()

    def forget(self) -> None:
        """Other feet, or another time: what was held is not theirs."""
        self._stop()

    def view(self) -> DrillView | None:
        """How it stands; None: none was begun."""
        return self._view

    def _stop(self) -> None:
        if self._doing is not None and self._view is not None and not self._view.over:
            self._doing.stop()
            self._tell()

    def _tell(self) -> None:
        """The new view, and marks of what is over now."""
        if self._doing is None:
            return
        view = self._view = self._doing.view()
        for one in view.done[self._told :]:
            self._say(f"{view.id}: {one.name}, {one.words}")
        self._told = len(view.done)
        if view.over:
            self._say(f"{view.id} {view.state}")

    def _say(self, words: str) -> None:
        self._mark(Mark(time.monotonic_ns(), f"drill {words}"))
