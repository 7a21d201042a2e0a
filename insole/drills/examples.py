"""Cases that come with the program: a drill can be tried, and is tested, without insoles."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from insole.drills import shelf
from insole.drills.drill import Drill
from insole.errors import RequestError

FILE: Final = "cases.json"


@cache
def document() -> dict[str, Any]:
    """The whole file: what its signals mean, tolerances, cases."""
    told: dict[str, Any] = json.loads(files("insole.drills").joinpath(FILE).read_text("utf-8"))
    return told


def named(name: str) -> dict[str, Any]:
    """The case of this name.

    Raises:
        RequestError: there is none.
    """
    cases = {str(each["id"]): each for each in document()["cases"]}
    if name not in cases:
        raise RequestError(
            f"no case '{name[:40]}'",
            where="--simulate",
            why=f"those that come with the program are {', '.join(cases)}",
            fix="Name one of these, or a file: drill?file=PATH",
        )
    return cases[name]


def of(drill: Drill) -> dict[str, Any]:
    """A case that this drill can be tried on: its own, or one of the same movement.

    Raises:
        RequestError: there is none.
    """
    cases: list[dict[str, Any]] = [each for each in document()["cases"] if "signal" in each]
    own = next((each for each in cases if each["drill"] == drill.id), None)
    like = next((each for each in cases if _movement(_drill_of(each)) == _movement(drill)), None)
    found = own or like
    if found is None:
        raise RequestError(
            f"nothing to play for '{drill.id}'",
            where="--simulate",
            why="none of the cases that come with the program moves so",
            fix="Name a case of your own: drill?file=PATH",
        )
    return found


def _drill_of(case: dict[str, Any]) -> Drill:
    return shelf.library()[case["drill"]]


def _movement(drill: Drill) -> tuple[str, str, str | None]:
    """What a signal has to show: detector, stance, and what is aimed at first."""
    first = drill.targets[0].name if drill.targets else None
    return drill.detect, drill.stance, first
