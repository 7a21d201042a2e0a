"""A drill on live insoles: the coach beside a session, and what there is to show of it.

The session's thread feeds it, others look at it at their own pace; a lock lies between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from insole.drills.bars import Bar, bars
from insole.drills.coach import Coach
from insole.drills.detecting import SIDES
from insole.drills.drill import Drill
from insole.drills.fitting import check
from insole.drills.results import result
from insole.drills.states import Change, State
from insole.drills.table import detector_of
from insole.errors import RequestError
from insole.model.foot import Side
from insole.model.stream import Capability
from insole.parameters import Parameters
from insole.pipeline import FootUpdate

CUE_S = 4.0  # a cue stays to be read
BARS_S = 0.1


@dataclass(frozen=True, slots=True)
class CoachView:
    """What a screen shows of a drill now.

    Attributes:
        state: None while the feet are not known yet.
        side: the foot that is meant; None: both, or any.
        clock_s: of the hold under way; None outside.
        goal_s: how long a hold lasts; None: repetitions.
        done, goal: holds or repetitions.
        touches: of the last hold.
        bars: every target.
        cue: words to be read; "" for none.
        why: what keeps SETUP waiting.
        changes: every change of state, oldest first.
        said: words of every cue, oldest first.
        complete: all that was asked for is done.
    """

    state: State | None = None
    side: Side | None = None
    clock_s: float | None = None
    goal_s: float | None = None
    done: int = 0
    goal: int = 0
    touches: int = 0
    bars: tuple[Bar, ...] = ()
    cue: str = ""
    why: str = "Waiting for the insoles."
    changes: tuple[Change, ...] = ()
    said: tuple[str, ...] = ()
    complete: bool = False


class Following:
    """A listener of a session that coaches a drill.

    Args:
        drill: with the settings in force.
        mass_kg: body mass; None: what the insoles say.
        foot: the foot that is asked for, or None.

    Raises:
        RequestError: nothing counts this drill.
    """

    def __init__(self, drill: Drill, *, mass_kg: float | None, foot: Side | None = None) -> None:
        self._drill = drill
        self._mass_kg = mass_kg
        self._foot = foot
        self._detector = detector_of(drill)
        self._lock = Lock()
        self._coach: Coach | None = None
        self._capability: Callable[[Side], Capability | None] = lambda _: None
        self._waiting: list[FootUpdate] = []
        self.refused: RequestError | None = None

    def attach(self, capability: Callable[[Side], Capability | None]) -> None:
        """Where to ask what the insoles say of themselves; before the session starts."""
        self._capability = capability

    def hear(self, updates: list[FootUpdate]) -> None:
        """What one chunk made known; called in the session's thread."""
        with self._lock:
            if self.refused is not None:
                return
            self._waiting += updates
            if self._coach is None:
                self._coach = self._made()
            if self._coach is not None:
                self._coach.push(self._waiting)
                self._waiting.clear()

    def finish(self) -> None:
        """No more will come."""
        with self._lock:
            if self._coach is not None:
                self._coach.finish()

    def result(self) -> dict[str, object]:
        """Results so far; empty before the feet were known."""
        with self._lock:
            return {} if self._coach is None else result(self._coach)

    def view(self) -> CoachView:
        """What there is to show."""
        with self._lock:
            coach = self._coach
            return CoachView() if coach is None else _view(coach)

    def _made(self) -> Coach | None:
        """The coach, once the feet that are needed are known."""
        known = {side: said for side in SIDES if (said := self._capability(side)) is not None}
        heard = {update.side for update in self._waiting if len(update.load.time_s)}
        needed = self._drill.needs.feet
        ready = known.keys() & heard
        if needed == 1 and self._foot is not None:
            if self._foot not in ready:
                return None
        elif len(ready) < len(SIDES):
            return None
        feet = {side: known[side] for side in SIDES if side in ready}
        mass_kg = self._mass_kg or next(
            (said.mass_kg for said in feet.values() if said.mass_kg is not None), None
        )
        try:
            check(self._drill, feet, mass_kg=mass_kg)
        except RequestError as error:
            self.refused = error
            return None
        if mass_kg is None:
            return None
        layout = next(iter(feet.values())).layout
        return Coach(
            self._drill,
            mass_kg=mass_kg,
            size_mm=(layout.width_mm, layout.length_mm),
            rates_hz={side: said.rate_hz for side, said in feet.items()},
            detector=self._detector,
            parameters=Parameters(),
            foot=self._foot,
        )


def _view(coach: Coach) -> CoachView:
    drill, task = coach.task.drill, coach.task
    newest = coach.changes[-1] if coach.changes else None
    side = newest.side if newest is not None else None
    sides = (side,) if side is not None else task.sides
    counted = coach.attempts or (coach.sets[-1].attempts if coach.sets else ())
    is_hold = drill.kind == "hold"
    said = coach.said[-1] if coach.said else None
    clock_s = None if coach.begun_s is None else coach.now_s - coach.begun_s
    return CoachView(
        state=coach.state,
        side=side,
        clock_s=clock_s,
        goal_s=drill.hold_s if is_hold else None,
        done=len(coach.holds) if is_hold else sum(one.counts for one in counted),
        goal=drill.reps,
        touches=coach.holds[-1].touches if coach.holds else 0,
        bars=bars(task, coach.recent(BARS_S), sides, attempts=counted),
        cue=said.words if said is not None and coach.now_s - said.at_s <= CUE_S else "",
        why=coach.why,
        changes=tuple(coach.changes),
        said=tuple(one.words for one in coach.said),
        complete=coach.complete,
    )
