"""Cases drawn for tests: half sines, feet that stand, and what comes of playing them."""

from __future__ import annotations

import math
from typing import Any

from insole.drills import shelf
from insole.drills.cases import Case, read_case
from insole.drills.coach import Coach
from insole.drills.results import result
from insole.drills.running import run_case

FLAT = {"HEEL": 0.2, "MID": 0.05, "M1": 0.25, "M23": 0.2, "M45": 0.14, "HAL": 0.11, "TOES": 0.05}
STANCE = {"HEEL": 0.27, "MID": 0.03, "M1": 0.07, "M23": 0.05, "M45": 0.05, "HAL": 0.02,
          "TOES": 0.01}  # fmt: skip
REP_BW = 0.05


def bump(side: str, t0: float, t_c: float, peak_bw: float, shares=None) -> dict[str, Any]:
    """A contact of one foot."""
    return {"side": side, "t0": t0, "t_c": t_c, "peak_bw": peak_bw, "shares": shares or FLAT}


def seen_s(t_c: float, peak_bw: float) -> float:
    """How long a half sine is at 5 % of body weight or more."""
    return t_c * (1.0 - 2.0 / math.pi * math.asin(REP_BW / peak_bw))


def standing(until_s: float, off_s: float = 0.05) -> dict[str, Any]:
    """Both feet stand until an instant, then leave the ground."""
    lines = {
        name: [[0.0, load], [until_s, load], [until_s + off_s, 0.0]]
        for name, load in STANCE.items()
    }
    return {"left": lines, "right": lines}


def case(drill: str, signal: dict[str, Any], *, rate_hz: float = 100.0, **settings: Any) -> Case:
    """A case of a drill of the library."""
    told = {
        "id": "drawn",
        "drill": drill,
        "mass_kg": 70.0,
        "rate_hz": rate_hz,
        "signal": signal,
        "settings": settings,
    }
    return read_case(told, where="drawn")


def played(one: Case, **how: Any) -> Coach:
    """The coach at the end of it."""
    return run_case(one, shelf.find(one.drill), where="drawn", **how)


def told(one: Case, **how: Any) -> dict[str, Any]:
    """Results of a case."""
    return result(played(one, **how))


def steps(count: int, *, t_c: float, step_s: float, peak_bw: float, shares=None, first="left"):
    """Contacts of both feet in turn from 1.0 s on; `shares` of each by its number."""
    sides = (first, "right" if first == "left" else "left")
    return [
        bump(sides[n % 2], 1.0 + n * step_s, t_c, peak_bw, shares(n) if shares else None)
        for n in range(count)
    ]
