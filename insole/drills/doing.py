"""A drill that is being done, as its readers see it: the coach, or the clock of a timer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite, nan

from insole.drills import timing
from insole.drills.coach import Coach
from insole.drills.drill import Drill
from insole.drills.fitting import check
from insole.drills.holding import Hold, measured
from insole.drills.results import result
from insole.drills.states import Counted, Held, State
from insole.drills.table import detector_of
from insole.guided.view import DoneView, DrillView
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.pipeline import FootUpdate, PairPipeline

CUE_S = 3.0  # a cue stands so long
NOW_S = 0.4  # of the newest rows: whether the load lies as asked for now
ENDED = ("target", "cap")


class Doing:
    """One drill from its begin to its end.

    Args:
        drill: with its level in force.
        pair: the insoles.
        mass_kg: body mass.
        parameters: of the trial.
        now_s: newest instant.

    Raises:
        RequestError: the insoles lack what it needs, or nothing counts it.
    """

    def __init__(
        self,
        drill: Drill,
        pair: PairPipeline,
        *,
        mass_kg: float | None,
        parameters: Parameters,
        now_s: float,
    ) -> None:
        check(
            drill,
            {side: foot.capability for side, foot in pair.feet.items()},
            mass_kg=mass_kg,
            scaled=[side for side, foot in pair.feet.items() if foot.load.is_force],
        )
        self._drill = drill
        self._begun_s = self._now_s = now_s
        self._stopped = False
        self._coach: Coach | None = None
        if drill.kind != "timer":
            layout = next(iter(pair.feet.values())).capability.layout
            self._coach = Coach(
                drill,
                mass_kg=mass_kg or nan,
                size_mm=(layout.width_mm, layout.length_mm),
                rates_hz={side: foot.capability.rate_hz for side, foot in pair.feet.items()},
                detector=detector_of(drill),
                parameters=parameters,
            )

    def push(self, updates: Sequence[FootUpdate], *, now_s: float) -> None:
        """Take what became known of the feet."""
        self._now_s = now_s
        if self._coach is not None:
            self._coach.push(updates)
            if self._coach.complete:
                self._coach.finish()

    def pause(self) -> None:
        """Pause, or go on; a timer goes on."""
        if self._coach is None:
            return
        if self._coach.state is State.PAUSED:
            self._coach.resume()
        else:
            self._coach.pause()

    def stop(self) -> None:
        """End it; what was done is kept."""
        self._stopped = True
        if self._coach is not None:
            self._coach.abort()

    def view(self) -> DrillView:
        """How it stands."""
        drill, coach = self._drill, self._coach
        plain = DrillView(drill.id, drill.title, drill.kind, drill.cannot_see, State.SETUP.value)
        if coach is None:
            seen = _timed(plain, drill, self._now_s - self._begun_s)
            stopped = self._stopped and not seen.over
            return (
                replace(seen, state=State.ABORTED.value, sentence="Stopped.") if stopped else seen
            )
        done = _done(coach)
        seen = replace(
            plain,
            state=coach.state.value,
            side=_side(coach),
            sentence=_sentence(coach),
            done=done,
            nth=min(len(done) + 1, _in_all(drill)),
            of=_in_all(drill),
            reps=drill.reps,
            count=sum(one.counts for one in coach.attempts),
        )
        if drill.kind == "hold":
            begun_s = coach.begun_s
            target_s = drill.hold_s if drill.hold_until == "target" else drill.cap_s
            seen = replace(
                seen,
                target_s=target_s or nan,
                elapsed_s=0.0 if begun_s is None else max(0.0, coach.now_s - begun_s),
                in_zone=_in_zone(coach),
            )
        newest = coach.said[-1] if coach.said else None
        if newest is not None and coach.now_s - newest.at_s <= CUE_S and not seen.over:
            seen = replace(seen, cue=newest.words)
        return replace(seen, result=result(coach)) if seen.over else seen


def _in_all(drill: Drill) -> int:
    """Holds or sets of the whole drill."""
    if drill.kind == "hold":
        feet = 1 if drill.stance != "single" or drill.sides == "alternate" else len(Side)
        return drill.sets * drill.reps * feet
    return drill.sets * (len(Side) if drill.sides == "each" else 1)


def _side(coach: Coach) -> Side | None:
    change = next((one for one in reversed(coach.changes) if one.side is not None), None)
    if coach.state is State.WORK and change is not None:
        return change.side
    if coach.task.drill.kind == "hold":
        return None  # whichever foot is offered
    return coach.task.sides[0] if len(coach.task.sides) == 1 else None


def _sentence(coach: Coach) -> str:
    drill = coach.task.drill
    match coach.state:
        case State.SETUP:
            return coach.why or "Stand on both insoles."
        case State.READY if drill.kind == "hold" and drill.stance == "single":
            return "Lift one foot when you like."
        case State.READY if drill.kind == "hold":
            return "Begin when you like."
        case State.READY:
            foot = coach.task.sides[0].value.capitalize() if len(coach.task.sides) == 1 else "Both"
            return f"{foot}: begin when you like."
        case State.REST:
            return "Rest. The next one begins when you begin it."
        case State.PAUSED:
            why = coach.changes[-1].why
            return f"Paused: {why}." if why and why != "asked" else "Paused."
        case State.DONE | State.ABORTED:
            return _summary(coach)
        case _:
            return ""


def _summary(coach: Coach) -> str:
    """One sentence at the end; what it is worth, the page and the result say."""
    over = _done(coach)
    reached = sum(one.reached for one in over)
    noun = "holds" if coach.task.drill.kind == "hold" else "sets"
    said = f"{reached} of {_in_all(coach.task.drill)} {noun}."
    return said if coach.state is State.DONE else f"Stopped. {said}"


def _done(coach: Coach) -> tuple[DoneView, ...]:
    if coach.task.drill.kind == "hold":
        return tuple(_held(one, number) for number, one in enumerate(coach.holds, start=1))
    return tuple(_counted(one, number) for number, one in enumerate(coach.sets, start=1))


def _held(one: Held, number: int) -> DoneView:
    foot = "" if one.side is None else f", {one.side.value}"
    words = [f"{one.hold_s:.1f} s"]
    kept = [values["in_zone_pct"] for values in one.values.values() if "in_zone_pct" in values]
    if kept and all(map(isfinite, kept)):
        words.append(f"{sum(kept) / len(kept):.0f} % in the zone")
    if one.touches:
        words.append(f"{one.touches} touch{'' if one.touches == 1 else 'es'}")
    if one.supported_s is not None:
        words.append("with a hand")
    if one.ended_by not in ENDED:
        words.append(one.ended_by)
    return DoneView(f"Hold {number}{foot}", " · ".join(words), one.ended_by in ENDED)


def _counted(one: Counted, number: int) -> DoneView:
    foot = f", {one.sides[0].value}" if len(one.sides) == 1 else ""
    counted = sum(each.counts for each in one.attempts)
    words = [f"{counted} counted"]
    others = len(one.attempts) - counted
    if others:
        words.append(f"{others} more tried")
    if one.ended_by != "target":
        words.append(one.ended_by)
    return DoneView(f"Set {number}{foot}", " · ".join(words), one.ended_by == "target")


def _in_zone(coach: Coach) -> bool | None:
    """The newest rows of the feet that hold; None where nothing is asked of the load."""
    begun_s = coach.begun_s
    if coach.state is not State.WORK or begun_s is None:
        return None
    rows = coach.recent(NOW_S)
    if len(rows) < 2:
        return None
    side = _side(coach)
    feet = tuple(Side) if side is None else (side,)
    start_s, end_s = float(rows.time_s[0]), float(rows.time_s[-1])
    kept: list[float] = []
    for foot in feet:
        hold = Hold(coach.task, rows, foot, start_s=start_s, end_s=end_s)
        share = measured(hold, touched=0).get("in_zone_pct", nan)
        if not isfinite(share):
            return None
        kept.append(share)
    return min(kept) >= 50.0


_CALLS = {"work": "Work", "ease": "Ease", "rest": "Rest", "switch": "Other foot", "done": "Done"}


def _timed(plain: DrillView, drill: Drill, elapsed_s: float) -> DrillView:
    """A timer drill at this instant."""
    calls = timing.calls(drill)
    at = max((n for n, call in enumerate(calls) if call.at_s <= elapsed_s), default=0)
    call = calls[at]
    last = call.word == "done"
    until_s = calls[at + 1].at_s if at + 1 < len(calls) else call.at_s
    return replace(
        plain,
        state=(State.DONE if last else State.WORK if call.word == "work" else State.REST).value,
        side=call.side,
        sentence=f"{_CALLS[call.word]}.",
        elapsed_s=0.0 if last else elapsed_s - call.at_s,
        target_s=nan if last else until_s - call.at_s,
        count=max(call.rep, 0),
        reps=drill.reps,
        nth=call.set,
        of=drill.sets,
        result=timing.result(drill) if last else None,
    )
