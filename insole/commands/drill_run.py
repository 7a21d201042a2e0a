"""`insole drill run`: a case of a drill played through the whole way, faster than real time."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from insole.commands.options import print_json
from insole.errors import RequestError

if TYPE_CHECKING:
    from insole.drills.coach import Coach
    from insole.drills.timing import Call

EXAMPLE = "drill?file=PATH, or drill?file=PATH&case=ID"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of `drill run`."""
    parser.add_argument(
        "--simulate",
        metavar="SPEC",
        help=f"run: the case to play, {EXAMPLE}; its settings go over those of the drill",
    )
    parser.add_argument(
        "--headless", action="store_true", help="run: without a window (the only way yet)"
    )


def run(args: argparse.Namespace) -> int:
    """Play one case, print what it came to.

    Raises:
        RequestError: nothing that can be played is named, or nothing counts this drill.
        FileError: the case cannot be read.
    """
    from insole.drills import flows, shelf, timing
    from insole.drills.cases import read_case, told_case
    from insole.drills.results import plain, result
    from insole.drills.running import run_case

    drill = shelf.find(args.name)
    times: list[str] = []
    if drill.kind == "timer" and args.simulate is None:
        _called(timing.calls(drill), quiet=args.json)
        came_to = timing.result(drill)
    else:
        path, name = _named(args.simulate)
        told = told_case(path, name=name)
        if flows.is_flow(told):
            came_to = plain(flows.result(told, drill, where=path))
        else:
            coach = run_case(read_case(told, where=path), drill, where=path)
            times, came_to = _times(coach), result(coach)
    if args.json:
        print_json({"schema": "insole.drill/1", "drill": drill.id, "result": came_to})
        return 0
    for line in [f"{drill.id}: {drill.title}", *times, *_lines(came_to)]:
        print(line)
    return 0


def _called(calls: Sequence[Call], *, quiet: bool) -> None:
    """Say each change of a timer drill when it is due; nothing under the foot is asked."""
    stream = sys.stderr if quiet else sys.stdout  # the document has standard output to itself
    start_s = time.monotonic()
    for call in calls:
        time.sleep(max(0.0, start_s + call.at_s - time.monotonic()))
        foot = f", {call.side.value} foot" if call.side else ""
        number = f" {call.rep}" if call.rep else ""
        print(f"  {call.at_s:6.1f} s  {call.word}{number}{foot}", file=stream, flush=True)


def _named(spec: str | None) -> tuple[str, str | None]:
    """File and case of `drill?file=PATH&case=ID`."""
    if spec is None:
        raise RequestError(
            "nothing to run the drill on",
            where="insole drill run",
            why="drills are run on played cases yet, not on insoles; timers run without",
            fix=f"Add --simulate with {EXAMPLE}, and --headless",
        )
    what, _, query = spec.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(asked.keys() - {"file", "case"})
    if what != "drill" or not asked.get("file") or unknown:
        why = f"unknown key '{unknown[0]}'" if unknown else "no file is named"
        raise RequestError(
            f"cannot play '{spec[:80]}'",
            where="--simulate",
            why=why if what == "drill" else "a drill is played from cases",
            fix=f"Write {EXAMPLE}",
        )
    return asked["file"], asked.get("case") or None


def _times(coach: Coach) -> list[str]:
    """What happened when."""
    return [
        f"  {change.at_s:7.2f} s  {change.state.value}"
        + (f", {change.side.value} foot" if change.side else "")
        + (f", {change.why}" if change.why else "")
        for change in coach.changes
    ]


def _lines(came_to: dict[str, Any], before: str = "  ") -> list[str]:
    """Results in words, one to a line."""
    lines: list[str] = []
    for name, value in came_to.items():
        several: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
        if isinstance(value, dict):
            lines += [f"{before}{name}", *_lines(cast("dict[str, Any]", value), before + "  ")]
        elif several and all(isinstance(one, dict) for one in several):
            for number, one in enumerate(several, start=1):
                lines += [f"{before}{name} {number}", *_lines(one, before + "  ")]
        else:
            lines.append(f"{before}{name}: {_told(value)}")
    return lines


def _told(value: Any) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_told(one) for one in cast("list[Any]", value)) or "none"
    return str(value)
