"""Landings: how hard, on what of the foot, and how soon it is quiet (D11)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from insole.drills.airborne import Carried
from insole.drills.crossing import EPS_S, Spans, below
from insole.drills.detecting import SIDES, Attempt, End, Rows, Seen, Task, count
from insole.drills.walking import FOREFOOT
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.signal.stabilisation import landing_force, tts_band

AIR_BW: Final = 0.04  # both feet carry less: they are in the air
AIR_S: Final = 0.08
UNLOADED_S: Final = 0.15  # of a foot that lands alone
IMPACT_S: Final = 1.0  # after foot strike: the highest force and the side are looked for here
SHARES_AT_S: Final = 0.1
ZONE: Final = 0.2  # share of heel and of forefoot in a landing on the whole foot


class Landing:
    """A landing begins where flight ends."""

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Every landing whose impact is over, or ended by the next take-off."""
        rows = seen.rows
        flights = list(_flights(rows, task))
        last_s = float(rows.time_s[-1])
        found: list[Attempt] = []
        for number, (off_s, strike_s) in enumerate(flights):
            if strike_s == math.inf or off_s <= rows.time_s[0]:
                continue
            next_s = flights[number + 1][0] if number + 1 < len(flights) else math.inf
            # the last one ends the set: until it is quiet
            is_last = len(found) + 1 >= task.drill.reps
            known_s = strike_s + (_window_s(rows, task) if is_last else IMPACT_S)
            until_s = min(known_s, next_s)
            if last_s < until_s and not seen.over:
                continue
            measured = _measured(rows, task, strike_s=strike_s, until_s=until_s)
            if measured is None:
                continue
            both = min(measured["heel_100ms"], measured["forefoot_100ms"]) >= ZONE
            found.append(
                Attempt(
                    side=task.side if task.single else None,
                    start_s=strike_s,
                    end_s=min(strike_s + IMPACT_S, next_s),
                    confirmed_s=min(until_s, last_s),
                    outcome="whole foot" if both else "one zone",
                    counts=True,
                    values={**measured, "flight_s": strike_s - off_s},
                )
            )
        return tuple(found)

    def end(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
        """Never before its time."""
        del attempts, seen, task
        return None

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Each landing, and how many were on the whole foot."""
        took_off = [one.start_s - one.values["flight_s"] for one in attempts[1:]]
        each = [
            {
                **one.values,
                "tts_s": _settled_s(seen.rows, task, strike_s=one.start_s, next_s=next_s),
                "both_zones": one.outcome == "whole foot",
            }
            for one, next_s in zip(attempts, [*took_off, math.inf], strict=False)
        ]
        return {
            "landings": len(attempts),
            "both_zones": count(attempts, "whole foot"),
            "each": each,
            "score": None,
        }


def _flights(rows: Rows, task: Task) -> Spans:
    """Times in the air: of both feet, or of the one foot that is to land."""
    if task.single:
        load, gaps, least_s = rows.foot(task.side), rows.gaps(task.side), UNLOADED_S
    else:
        load, gaps, least_s = rows.sum_n, rows.gaps(Side.LEFT) | rows.gaps(Side.RIGHT), AIR_S
    spans = below(rows.time_s, load / task.bw_n, AIR_BW, gaps=gaps)
    return spans.where(spans.end_s - spans.start_s >= least_s - EPS_S)


def _measured(
    rows: Rows, task: Task, *, strike_s: float, until_s: float
) -> dict[str, float] | None:
    """Numbers of one landing; None where samples are missing in its impact."""
    impact = rows.part(strike_s, min(strike_s + IMPACT_S, until_s))
    carried = Carried(rows)
    if len(impact) < 2 or not carried.complete(strike_s, float(impact.time_s[-1])):
        return None
    left, right = carried.feet(strike_s, float(impact.time_s[-1]))
    return {
        "f_pk_bw": float(impact.sum_n.max()) / task.bw_n,
        "heel_100ms": _share(rows, ("HEEL",), strike_s + SHARES_AT_S),
        "forefoot_100ms": _share(rows, FOREFOOT, strike_s + SHARES_AT_S),
        "left_share": left / (left + right),
    }


def _share(rows: Rows, names: tuple[str, ...], at_s: float) -> float:
    """Share of regions in the load of both feet at an instant."""

    def value(column: Floats) -> float:
        return float(np.interp(at_s, rows.time_s, column))

    total = value(rows.sum_n)
    part = sum(value(rows.region(side, *names)) for side in SIDES)
    return part / total if total > 0.0 else math.nan


def _settled_s(rows: Rows, task: Task, *, strike_s: float, next_s: float) -> float:
    """TTS_band; NaN where the next take-off comes first or it is never quiet."""
    p = task.parameters
    window = rows.part(strike_s, min(strike_s + _window_s(rows, task), next_s))
    found = landing_force(window.time_s, window.sum_n, strike_s=strike_s, parameters=p)
    if found is None:
        return math.nan
    return tts_band(*found, bw_n=task.bw_n, parameters=p)


def _window_s(rows: Rows, task: Task) -> float:
    """Seconds until a landing's window is full, which the row after it shows."""
    return task.parameters["landing.window_s"] + 2.0 * float(rows.period_s.max())
