"""A case run through the whole way: samples, pipeline, coach, results; faster than real time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from insole.drills.cases import Case
from insole.drills.coach import Coach
from insole.drills.drill import Drill
from insole.drills.fields import DRILL, taken
from insole.drills.playing import SIZE_MM, capabilities, device_of, samples
from insole.drills.refusals import BadDrill, Mistake
from insole.drills.table import detector_of
from insole.errors import RequestError
from insole.model.foot import Side
from insole.model.stream import Capability, Samples
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial

OWN = ("foot", "start_s", "pause_s", "swap_sides")
"""Settings of a case that are no fields of a drill."""


def with_settings(drill: Drill, settings: Mapping[str, Any], *, where: str) -> Drill:
    """The drill with the case's own values.

    Raises:
        BadDrill: a setting is no field of a drill, or out of its range.
    """
    mistakes: list[Mistake] = []
    kept = taken(settings, DRILL, noun="drill", path="settings", mistakes=mistakes, others=OWN)
    if mistakes:
        raise BadDrill(mistakes, where=where)
    changed = drill.changed(**kept)
    pause_s = _number(settings, "pause_s", where=where)
    if pause_s is None:
        return changed
    targets = tuple(
        replace(each, value=pause_s, min=pause_s) if each.quantity == "pause_s" else each
        for each in changed.targets
    )
    return replace(changed, targets=targets)


def run_case(
    case: Case,
    drill: Drill,
    *,
    where: str,
    rate_hz: float | None = None,
    turn_s: float | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Coach:
    """Play a case; the coach at its end.

    Args:
        case: what is played.
        drill: the drill that is done, without the case's settings.
        where: where the case comes from, for messages.
        rate_hz: another rate than the case's.
        turn_s: how much comes at a time; None: all at once.
        parameters: overrides of defaults.toml.

    Raises:
        RequestError: case and drill do not belong together, or nothing counts the drill.
        BadDrill: a setting cannot be one.
    """
    if case.detect and case.detect != drill.detect:
        raise RequestError(
            f"the case is for '{case.detect}'",
            where=where,
            why=f"{drill.id} is counted by '{drill.detect}'",
            fix=f"Run {case.drill or 'the drill of the case'}",
        )
    asked = with_settings(drill, case.settings, where=where)
    said = capabilities(case, rate_hz=rate_hz)
    start = StartState(
        mass_kg=case.mass_kg,
        sides={device_of(side): side for side in Side} if case.swapped else {},
        clocks=tuple(ClockPrior(device_of(side), 0.0, 0.0) for side in Side),
        parameters=dict(parameters or {}),
    )
    trial = RunningTrial(start)
    coach = Coach(
        asked,
        mass_kg=case.mass_kg,
        size_mm=SIZE_MM,
        rates_hz=dict.fromkeys(Side, rate_hz or case.rate_hz),
        detector=detector_of(asked),
        parameters=trial.parameters,
        foot=_foot(case.settings, where=where),
        beat_s=_number(case.settings, "start_s", where=where),
    )
    coach.push(trial.feed(said))
    waiting: list[Capability | Samples] = []
    for block in samples(case, rate_hz=rate_hz, seconds=turn_s):
        waiting.append(block)
        if len(waiting) == len(Side):
            coach.push(trial.feed(waiting))
            waiting = []
    coach.push([*trial.feed(waiting), *trial.finish()])
    coach.finish()
    return coach


def _foot(settings: Mapping[str, Any], *, where: str) -> Side | None:
    told = settings.get("foot")
    if told is None:
        return None
    if told in ("left", "right"):
        return Side(told)
    raise RequestError(
        "no such foot",
        where=f"{where}, settings.foot",
        why="a foot is left or right",
        fix="Name one of them",
    )


def _number(settings: Mapping[str, Any], name: str, *, where: str) -> float | None:
    told = settings.get(name)
    if told is None:
        return None
    known = isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told)
    if known and 0.0 <= told <= 3600.0:
        return float(told)
    raise RequestError(
        f"{name} is no time",
        where=f"{where}, settings.{name}",
        why="it is a number of seconds from 0 to 3600",
        fix="Write for example 4.0",
    )
