"""What a session of a drill came to, as plain numbers and words."""

from __future__ import annotations

import math
from typing import Any, cast

from insole.drills.coach import Coach
from insole.drills.states import Held
from insole.model.foot import Side

COUNTS = ("m1_lifts",)
WITHIN = ("load_n",)  # needed for others, told to nobody
DIGITS = 6  # beyond them a number says nothing


def result(coach: Coach) -> dict[str, Any]:
    """Results of the whole session: of holds, or of the sets of repetitions.

    A session of several sets has them all under `sets`; names on top are those of the first.
    """
    if coach.task.drill.kind == "hold":
        if coach.task.drill.stance == "single":
            return {"holds": [_held(one) for one in coach.holds]}
        several = [_both(one) for one in coach.holds]
        if not several:
            return {"holds": []}
        return several[0] if len(several) == 1 else {**several[0], "holds": several}
    sets = [plain({**one.result, "ended_by": one.ended_by}) for one in coach.sets]
    if not sets:
        return {"sets": []}
    return sets[0] if len(sets) == 1 else {**sets[0], "sets": sets}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """For JSON: rounded, and None where there is no number."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return plain(cast("dict[str, Any]", value))
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    return value


def _values(held: Held, side: Side) -> dict[str, Any]:
    return {
        name: int(value) if name in COUNTS else value
        for name, value in held.values[side].items()
        if name not in WITHIN
    }


def _held(held: Held) -> dict[str, Any]:
    """One hold on one foot."""
    side = held.side or Side.LEFT
    said: dict[str, Any] = {
        "foot": side.value,
        "start_s": held.start_s,
        "hold_s": held.hold_s,
        "ended_by": held.ended_by,
        "touches": held.touches,
        **_values(held, side),
        "supported": held.supported_s is not None,
    }
    if held.supported_s is not None:
        said["supported_from_s"] = held.supported_s - held.start_s
    said["cues"] = [[one.name, one.at_s - held.start_s] for one in held.said]
    return plain(said)


def _both(held: Held) -> dict[str, Any]:
    """One hold on both feet."""
    feet = {side.value: _values(held, side) for side in held.values}
    scores = [values["score"] for values in feet.values() if "score" in values]
    loads = {side: values["load_n"] for side, values in held.values.items()}
    whole = sum(loads.values())
    return plain(
        {
            "start_s": held.start_s,
            "hold_s": held.hold_s,
            "ended_by": held.ended_by,
            **feet,
            "score": sum(scores) / len(scores) if scores else math.nan,
            "left_share": loads[Side.LEFT] / whole if whole > 0.0 else math.nan,
            "supported": held.supported_s is not None,
            "cues": [[one.name, one.at_s - held.start_s] for one in held.said],
        }
    )
