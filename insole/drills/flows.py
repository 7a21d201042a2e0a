"""Cases without a signal: rules of the programme and timers, what is given and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, cast

from insole.drills import programme, timing
from insole.drills.drill import Drill
from insole.drills.fields import DRILL, taken
from insole.drills.refusals import BadDrill, Mistake, shown
from insole.errors import DamagedFile
from insole.model.foot import Side

MOST_SESSIONS: Final = 1000


def is_flow(told: Any) -> bool:
    """A case that holds rules instead of a signal."""
    return isinstance(told, dict) and cast("dict[str, Any]", told).get("kind") == "flow"


def result(told: Mapping[str, Any], drill: Drill, *, where: str) -> dict[str, Any]:
    """What follows from what a case gives.

    Args:
        told: the case, as JSON gave it.
        drill: the one that was named.
        where: the file, for messages.

    Raises:
        DamagedFile: something given is missing or no number.
        BadDrill: a value given is none of the drill.
    """
    given = _table(told, "given", where=where)
    if "best_full_raises" in given:
        return _gate(given, where=where)
    if "baseline" in given:
        sessions: Any = given["baseline"]
        told_row = cast("list[Any]", sessions) if isinstance(sessions, list) else []
        if not 0 < len(told_row) <= MOST_SESSIONS:
            raise _bad("given.baseline", where, f"1 to {MOST_SESSIONS} numbers in a list")
        row = [_number({"baseline": one}, "baseline", where=where) for one in told_row]
        new = _number(given, "new", where=where)
        shift = programme.change(str(given.get("metric", "")), row, new)
        return {name: value for name, value in asdict(shift).items() if name != "why" or value}
    if "planned_tul_s" in given:
        last = given.get("last_week_tul_s")
        week = None if last is None else _number(given, "last_week_tul_s", where=where)
        planned = _number(given, "planned_tul_s", where=where)
        return {"allowed_tul_s": programme.allowed(week, planned)}
    if drill.kind != "timer":
        raise _bad("given", where, "a gate, a baseline, a week, or a drill that is a timer")
    mistakes: list[Mistake] = []
    kept = taken(given, DRILL, noun="drill", path="given", mistakes=mistakes)
    if mistakes:
        raise BadDrill(mistakes, where=where)
    return timing.result(drill.changed(**kept))


def _gate(given: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    def best(name: str) -> dict[Side, float]:
        table = _table(given, name, where=where)
        return {side: _number(table, side.value, where=where) for side in Side}

    pain = given.get("last_pain")
    gate = programme.plyometric(
        best("best_full_raises"),
        best("best_hold_s"),
        pain=None if pain is None else round(_number(given, "last_pain", where=where)),
    )
    missing = {
        name: {side.value: lacks for side, lacks in short.items()}
        for name, short in gate.missing.items()
    }
    return {"locked": gate.locked, "missing": missing}


def _table(told: Mapping[str, Any], name: str, *, where: str) -> dict[str, Any]:
    value = told.get(name)
    if not isinstance(value, dict):
        raise _bad(name, where, "a table of names and values")
    return cast("dict[str, Any]", value)


def _number(told: Mapping[str, Any], name: str, *, where: str) -> float:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
        raise _bad(name, where, f"a number, not {shown(value)}")
    return float(value)


def _bad(name: str, where: str, what: str) -> DamagedFile:
    return DamagedFile(
        "cannot read the case",
        where=f"{where}, {name}",
        why=f"it needs {what}",
        fix="Compare it with a case that is right",
    )
