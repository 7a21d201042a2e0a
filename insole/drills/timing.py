"""Timer drills: nothing is under the insole that it could feel, so the clock alone counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from insole.drills.drill import Drill
from insole.model.foot import Side


@dataclass(frozen=True, slots=True)
class Call:
    """One change that is called out.

    Attributes:
        at_s: s since the start.
        word: `work`, `ease`, `rest`, `switch` or `done`.
        set: from 1.
        rep: from 1; 0 for what is between sets.
        side: the foot; None: both or neither.
    """

    at_s: float
    word: str
    set: int
    rep: int
    side: Side | None = None


def calls(drill: Drill) -> tuple[Call, ...]:
    """All calls of a timer drill in order, `done` at its end.

    Args:
        drill: of kind timer.
    """
    found: list[Call] = []
    at_s = 0.0
    first = Side.RIGHT if drill.first == "right" else Side.LEFT
    sides = (None,) if drill.sides == "together" else (first, first.other)
    turns = [(number, side) for number in range(1, drill.sets + 1) for side in sides]
    for turn, (number, side) in enumerate(turns, start=1):
        for rep in range(1, drill.reps + 1):
            found.append(Call(at_s, "work", number, rep, side))
            at_s += drill.work_s or 0.0
            if drill.rest_each_s:
                found.append(Call(at_s, "ease", number, rep, side))
                at_s += drill.rest_each_s
        if turn == len(turns):
            break
        is_other_foot = turns[turn][0] == number
        pause_s = drill.switch_s if is_other_foot else drill.rest_s
        found.append(Call(at_s, "switch" if is_other_foot else "rest", number, 0, side))
        at_s += pause_s
    return (*found, Call(at_s, "done", drill.sets, 0))


def result(drill: Drill) -> dict[str, Any]:
    """What a timer drill came to: how long, how many changes of work and ease, no score."""
    made = calls(drill)
    return {
        "score": None,
        "duration_s": made[-1].at_s,
        "calls": sum(each.rep > 0 for each in made),
    }
