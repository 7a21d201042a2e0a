"""The coach: a pure state machine over the load of both feet (drills.md, section 2).

Confirmed late, dated early: a condition must last, then it counts from its first crossing, read
between samples. Whatever is decided rests on rows up to an instant of its own, so the same samples
give the same session however they are cut. Only the commands of people come from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

import numpy as np

from insole.drills.crossing import EPS_S, above
from insole.drills.cueing import SAFETY, spoken
from insole.drills.detecting import SIDES, Attempt, Detector, Rows, Seen, Task
from insole.drills.drill import Drill
from insole.drills.fading import is_quiet
from insole.drills.holding import Hold, causes, values_of
from insole.drills.joining import Joint
from insole.drills.prompting import prompts
from insole.drills.sets import AWAY_BW, ended_before, left_alone, set_end, sides_of
from insole.drills.settling import Settled, reason, settled
from insole.drills.standing import (
    FALSE_START_S,
    Ending,
    ending,
    free_foot_loaded,
    holds_on,
    supported,
    touches,
)
from insole.drills.states import Change, Counted, Held, Said, State
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.pipeline import FootUpdate
from insole.signal.steps import concatenate

STEP_ON_S = 0.5  # the stance of a hold is taken for so long
BACK_S = 2.0
LOOK_S = 60.0  # while nothing happens, rows are looked at in pieces so long ...
OVERLAP_S = 15.0  # ... that share so much: no condition takes longer
FREE_FOOT = "Free foot still reads load. Lift or zero."
OVER = (State.DONE, State.ABORTED)


class Coach:
    """Load of both feet in; states, holds, sets and cues out.

    Args:
        drill: with the settings in force.
        mass_kg: body mass.
        size_mm: width and length of the insoles.
        rates_hz: nominal rate of each foot that gives samples.
        detector: counts the repetitions; None: a hold drill, which needs none.
        parameters: tunables.
        foot: the foot that is asked for; None: the drill's own order, or the one that is offered.
        beat_s: instant of the metronome's first beat; None: it is not known.
        week: of the course, from 1: cues become fewer.

    Attributes:
        state: where the session stands.
        changes: every change of it.
        holds: holds that are over.
        sets: sets of repetitions that are over.
        said: every cue that was given, in order.
        why: what keeps the next hold or set from beginning; "" for nothing.
    """

    def __init__(
        self,
        drill: Drill,
        *,
        mass_kg: float,
        size_mm: tuple[float, float],
        rates_hz: Mapping[Side, float],
        detector: Detector | None,
        parameters: Parameters,
        foot: Side | None = None,
        beat_s: float | None = None,
        week: int = 1,
    ) -> None:
        if drill.detect == "balance":
            import_module("scipy.signal")  # 1 s: now, not at the end of the first hold
        slowest = min(rates_hz.values())
        self._joint = Joint(
            tuple(rates_hz),
            rates_hz=(rates_hz.get(Side.LEFT, slowest), rates_hz.get(Side.RIGHT, slowest)),
        )
        self._steps: dict[Side, list[Steps]] = {side: [] for side in Side}
        self._detector = detector
        self._foot = foot
        self._week = week
        self._task = Task(
            drill=drill,
            sides=sides_of(drill, foot, sets=0),
            bw_n=mass_kg * parameters["physics.g"],
            size_mm=size_mm,
            rates_hz=rates_hz,
            since_s=-np.inf,
            rest=None,
            parameters=parameters,
            mass_kg=mass_kg,
            beat_s=beat_s,
        )
        self._since_s = -np.inf
        self._over = False
        self._begun: tuple[float, Side | None] | None = None  # the hold under way
        self._told: tuple[Attempt, ...] = ()
        self.state = State.SETUP
        self.changes: list[Change] = []
        self.holds: list[Held] = []
        self.sets: list[Counted] = []
        self.said: list[Said] = []
        self.why = ""

    @property
    def task(self) -> Task:
        """What is asked just now."""
        return self._task

    @property
    def now_s(self) -> float:
        """Newest instant known of both feet."""
        return self._joint.last_s

    @property
    def begun_s(self) -> float | None:
        """When the hold under way began."""
        return None if self._begun is None else self._begun[0]

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Repetitions of the set under way."""
        return self._told

    @property
    def complete(self) -> bool:
        """All that was asked for is done."""
        drill = self._task.drill
        if drill.kind == "hold":
            feet = 1 if drill.stance != "single" or drill.sides == "alternate" else len(SIDES)
            return len(self.holds) >= drill.sets * drill.reps * feet
        feet = len(SIDES) if drill.sides == "each" and self._foot is None else 1
        return len(self.sets) >= drill.sets * feet

    def recent(self, seconds: float) -> Rows:
        """The newest rows, for a view."""
        return self._joint.rows(max(self._joint.last_s - seconds, self._since_s))

    def push(self, updates: Iterable[FootUpdate]) -> None:
        """Take what became known of the feet; nothing once all is over."""
        if self.state in OVER:
            return
        for update in updates:
            self._joint.push(update.side, update.load)
            if len(update.steps):
                self._steps[update.side].append(update.steps)
        self._joint.join()
        self._advance()

    def finish(self) -> None:
        """No more will come: what is under way ends here. Idempotent."""
        if self.state in OVER:
            return
        self._joint.join(over=True)
        self._advance()
        self._over = True
        self._advance()
        self._enter(State.DONE, self.now_s, self.now_s)

    def pause(self) -> None:
        """What is under way is void, not failed."""
        if self.state in (State.SETUP, State.READY, State.WORK, State.REST):
            self._begun, self._told = None, ()
            self._enter(State.PAUSED, self.now_s, self.now_s, why="asked")

    def resume(self) -> None:
        """Go on after a pause."""
        if self.state is State.PAUSED:
            self._enter(State.SETUP, self.now_s, self.now_s)

    def abort(self) -> None:
        """Stop; what was done is kept."""
        self._begun, self._told = None, ()
        self._enter(State.ABORTED, self.now_s, self.now_s, why="asked")

    def _advance(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        """One change of state, if the rows hold one."""
        rows = self._joint.rows(self._since_s)
        if not len(rows):
            return False
        if not self._waits:
            return self._changed(rows)
        until_s = float(rows.time_s[0]) + LOOK_S
        if rows.time_s[-1] < until_s:
            return self._changed(rows)
        if self._changed(rows.part(-np.inf, until_s)):
            return True
        # nothing came of them: hours of waiting cost neither memory nor time
        self._since_s = until_s - OVERLAP_S
        self._joint.forget(self._since_s)
        if self.state is State.READY:
            self._task = replace(self._task, since_s=self._since_s)
        return True

    @property
    def _waits(self) -> bool:
        """Nothing is done yet, and nobody walks or runs: only what comes now is of interest."""
        if self._task.drill.stance in ("walk", "run"):
            return False
        is_hold = self._task.drill.kind == "hold"
        return self.state in (State.SETUP, State.READY, State.PAUSED) or (
            is_hold and self.state is State.REST
        )

    def _changed(self, rows: Rows) -> bool:
        match self.state:
            case State.SETUP:
                return self._set_up(rows)
            case State.READY | State.REST if self._task.drill.kind == "hold":
                return self._wait(rows)
            case State.WORK if self._task.drill.kind == "hold":
                return self._hold(rows)
            case State.READY | State.WORK:
                return self._count(rows)
            case State.REST:
                return self._rest(rows)
            case State.PAUSED:
                return self._come_back(rows)
            case _:
                return False

    def _enter(
        self,
        state: State,
        at_s: float,
        confirmed_s: float,
        *,
        side: Side | None = None,
        why: str = "",
    ) -> None:
        self.state = state
        self.changes.append(Change(state, at_s, confirmed_s, side, why))
        if state is not State.WORK:
            self._since_s = at_s
            self._joint.forget(at_s - FALSE_START_S)

    # --- SETUP, PAUSED ---

    def _set_up(self, rows: Rows) -> bool:
        found = settled(self._task, rows)
        if found is None:
            self.why = reason(self._task, rows)
            return False
        self.why = ""
        self._ready(found)
        return True

    def _ready(self, found: Settled) -> None:
        self._task = replace(self._task, since_s=found.at_s, rest=found.rest)
        side = self._task.sides[0] if len(self._task.sides) == 1 else None
        self._enter(State.READY, found.at_s, found.at_s, side=side)

    def _come_back(self, rows: Rows) -> bool:
        loaded = above(rows.time_s, rows.sum_n / self._task.bw_n, AWAY_BW).lasting(BACK_S)
        if not len(loaded):
            return False
        at_s = float(loaded.start_s[0]) + BACK_S
        self._enter(State.SETUP, at_s, at_s)
        return True

    # --- holds ---

    def _offered(self) -> tuple[Side | None, ...]:
        """Feet whose stance begins a hold: any that is offered, unless one was asked for."""
        if self._task.drill.stance != "single":
            return (None,)
        return SIDES if self._foot is None else (self._foot,)

    def _wait(self, rows: Rows) -> bool:
        """For the stance of a hold: the first to be taken, on any foot that may."""
        reached = self.state is State.REST and bool(self.holds) and self._needs_leaving()
        found: list[tuple[float, int]] = []
        offered = self._offered()
        for place, side in enumerate(offered):
            spans = holds_on(self._task, rows, side)
            if reached and len(spans) and spans.start_s[0] <= rows.time_s[0] + EPS_S:
                spans = spans.where(np.arange(len(spans)) > 0)
            taken = spans.lasting(STEP_ON_S)
            if len(taken):
                found.append((float(taken.start_s[0]), place))
        if not found:
            loaded = any(side and free_foot_loaded(self._task, rows, side) for side in offered)
            self.why = FREE_FOOT if loaded else ""
            return self._away(rows)
        self.why = ""
        start_s, place = min(found)
        side = offered[place]
        self._begun = (start_s, side)
        self._enter(State.WORK, start_s, start_s + STEP_ON_S, side=side)
        return True

    def _needs_leaving(self) -> bool:
        """The stance has to be left once: the last hold ended at its target."""
        return self.holds[-1].ended_by in ("target", "cap")

    def _hold(self, rows: Rows) -> bool:
        if self._begun is None:
            return False
        start_s, side = self._begun
        found = ending(self._task, rows, side, start_s=start_s)
        end_s = found.at_s if found else self.now_s
        if found is not None:  # what came after that must change nothing
            rows = rows.part(-np.inf, found.confirmed_s)
        feet = SIDES if side is None else (side,)
        reasons = [
            cause
            for cause in causes(self._task, rows, feet, start_s=start_s, end_s=end_s)
            if cause.priority <= SAFETY or not self._quiet(sum(h.side is side for h in self.holds))
        ]
        said = spoken(reasons, now_s=end_s if found else self.now_s)
        self._say(said, since_s=start_s)
        if found is None and not self._over:
            return False
        by = found.by if found else "stopped"
        confirmed_s = found.confirmed_s if found else self.now_s
        self._begun = None
        # after a loss the next hold may begin with the first sample that came
        free_s = confirmed_s if by == "interrupted" else end_s
        if end_s - start_s < FALSE_START_S - EPS_S:
            self._enter(State.READY, free_s, confirmed_s, why="false start")
            return True
        self.holds.append(
            self._held(rows, side, start_s=start_s, found=Ending(end_s, confirmed_s, by), said=said)
        )
        self._enter(State.REST, free_s, confirmed_s, side=side, why=by)
        return True

    def _held(
        self,
        rows: Rows,
        side: Side | None,
        *,
        start_s: float,
        found: Ending,
        said: tuple[Said, ...],
    ) -> Held:
        end_s = found.at_s
        feet = SIDES if side is None else (side,)
        touched = 0
        if side is not None:
            begun = touches(self._task, rows, side)
            touched = len(begun.where((begun.start_s > start_s) & (begun.start_s < end_s - EPS_S)))
        helped = supported(self._task, rows).clipped(start_s, end_s)
        holds = {foot: Hold(self._task, rows, foot, start_s=start_s, end_s=end_s) for foot in feet}
        return Held(
            side,
            start_s,
            end_s,
            found.confirmed_s,
            found.by,
            touched,
            float(helped.start_s[0]) if len(helped) else None,
            values_of(holds, touched=touched),
            said,
        )

    def _quiet(self, done: int) -> bool:
        """Whether the repetition after so many has no cues."""
        drill = self._task.drill
        nth = done % drill.reps + 1
        return is_quiet(drill.feedback, week=self._week, nth=nth, of=drill.reps)

    def _say(self, said: Sequence[Said], *, since_s: float) -> None:
        known = sum(one.at_s >= since_s for one in self.said)
        self.said += said[known:]

    # --- repetitions ---

    def _count(self, rows: Rows) -> bool:
        """Repetitions since READY; the set ends when all are done, or at what ends it before."""
        detector = self._detector
        if detector is None:
            return False
        steps = self._steps_since(self._since_s)
        if self._waits:  # of a piece of the rows
            last_s = float(rows.time_s[-1])
            steps = {side: ended_before(table, last_s) for side, table in steps.items()}
        seen = Seen(rows, steps, self._over)
        attempts = detector.attempts(seen, self._task)
        if not attempts and self.state is State.READY and self._away(rows):
            return True
        end = set_end(detector, attempts, seen, self._task)
        if end is not None:
            known_s = end.confirmed_s + EPS_S
            attempts = tuple(
                one
                for one in attempts
                if one.start_s < end.at_s + EPS_S and one.confirmed_s <= known_s
            )
            seen = Seen(
                rows.part(-np.inf, known_s),
                {side: ended_before(steps, known_s) for side, steps in seen.steps.items()},
                self._over,
            )
        self._told = attempts
        self._prompt(seen, attempts)
        if self.state is State.READY and attempts:
            first = attempts[0]
            self._enter(State.WORK, first.start_s, first.confirmed_s, side=first.side)
        if end is None:
            return False
        result = detector.result(attempts, seen, self._task)
        self.sets.append(Counted(self._task.sides, attempts, end.by, end.at_s, result))
        self._told = ()
        self._task = replace(
            self._task, sides=sides_of(self._task.drill, self._foot, sets=len(self.sets))
        )
        self._enter(State.REST, end.at_s, end.confirmed_s, why=end.by)
        return True

    def _prompt(self, seen: Seen, attempts: Sequence[Attempt]) -> None:
        """Cues of the set under way; nothing is said before its first repetition."""
        if not attempts or not self._task.drill.cues:
            return
        since_s, now_s = attempts[0].start_s, float(seen.rows.time_s[-1])
        found = [
            cause
            for cause in prompts(self._task, seen, attempts, start_s=since_s, now_s=now_s)
            if cause.priority <= SAFETY
            or not self._quiet(sum(one.counts and one.end_s < cause.since_s for one in attempts))
        ]
        self._say(spoken(found, now_s=now_s), since_s=since_s)

    def _steps_since(self, since_s: float) -> dict[Side, Steps]:
        found: dict[Side, Steps] = {}
        for side, blocks in self._steps.items():
            if not blocks:
                continue
            if len(blocks) > 1:
                blocks[:] = [concatenate(blocks)]
            first = int(np.searchsorted(blocks[0].value["foot_strike_s"], since_s - EPS_S))
            found[side] = blocks[0].part(slice(first, None))
        return found

    def _rest(self, rows: Rows) -> bool:
        """Between two sets: the next begins with standing still, once the rest is over."""
        self._joint.forget(self.now_s - OVERLAP_S)
        drill = self._task.drill
        rest_s = (
            drill.switch_s if drill.sides != "together" and self._foot is None else drill.rest_s
        )
        at_s = self._since_s + rest_s
        if rows.time_s[-1] < at_s or self.complete:
            return False
        self._enter(State.SETUP, at_s, at_s)
        return True

    def _away(self, rows: Rows) -> bool:
        """Nobody stands on the insoles for long."""
        found = left_alone(self._task, rows)
        if found is None:
            return False
        why = "nobody stands on the insoles"
        self._enter(State.PAUSED, found.confirmed_s, found.confirmed_s, why=why)
        return True
