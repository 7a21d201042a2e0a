"""`insole drill run`: a drill done on insoles, or a case of it played faster than real time."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from insole.commands.options import add_seconds, add_source, print_json
from insole.errors import RequestError

if TYPE_CHECKING:
    from insole.drills.drill import Drill
    from insole.drills.states import Change
    from insole.drills.timing import Call

EXAMPLE = "drill?case=ID, or drill?file=PATH&case=ID"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of `drill run`."""
    add_source(parser)
    add_seconds(parser, None)
    run_only = parser.add_argument_group(
        "run",
        "on insoles, on a virtual pair, or with --simulate drill on a case, faster than real "
        f"time: {EXAMPLE}",
    )
    run_only.add_argument("--mass", type=float, metavar="KG", help="body mass")
    run_only.add_argument("--foot", choices=("left", "right"), help="this foot alone")
    run_only.add_argument(
        "--confirm", action="store_true", help="what the drill asks to be confirmed is so"
    )
    run_only.add_argument(
        "--open-gate",
        action="store_true",
        help="a coach has seen the strength that jumps ask for",
    )
    run_only.add_argument(
        "--headless", action="store_true", help="in the terminal, as always; the window has a page"
    )


def run(args: argparse.Namespace) -> int:
    """Do a drill on insoles, or play one case; print what it came to.

    Raises:
        RequestError: nothing that can be played is named, or nothing counts this drill.
        FileError: the case cannot be read.
    """
    from insole.drills import flows, shelf, timing
    from insole.drills.cases import read_case
    from insole.drills.results import plain, result
    from insole.drills.running import run_case

    drill = shelf.find(args.name)
    if args.simulate == "recording":  # no pair was named: the usual one runs, and does no drill
        args.simulate = "drill"
    times: list[str] = []
    if drill.kind == "timer" and args.simulate is None:
        _called(timing.calls(drill), quiet=args.json)
        came_to = timing.result(drill)
    elif args.simulate is None or args.simulate.partition("?")[0] != "drill":
        from insole.commands import drill_live

        return drill_live.run(args, drill)
    else:
        told, where = _played(args.simulate, drill)
        if told is None:
            came_to = timing.result(drill)
        elif flows.is_flow(told):
            came_to = plain(flows.result(told, drill, where=where))
        else:
            coach = run_case(read_case(told, where=where), drill, where=where)
            times, came_to = [change_line(each) for each in coach.changes], result(coach)
    if args.json:
        print_json({"schema": "insole.drill/1", "drill": drill.id, "result": came_to})
        return 0
    for line in [f"{drill.id}: {drill.title}", *times, *lines_of(came_to)]:
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


def _played(spec: str, drill: Drill) -> tuple[Any, str]:
    """The case that is played, as its file has it, and where it stands; None: a timer needs none.

    `drill` is one that comes with the program, `drill?case=ID` this one of them,
    `drill?file=PATH&case=ID` one of a file.
    """
    from insole.drills import examples
    from insole.drills.cases import told_case

    asked = dict(parse_qsl(spec.partition("?")[2], keep_blank_values=True))
    unknown = sorted(asked.keys() - {"file", "case"})
    if "" in asked.values() or unknown:
        why = f"unknown key '{unknown[0][:40]}'" if unknown else "file and case are named"
        raise RequestError(
            f"cannot play '{spec[:80]}'",
            where="--simulate",
            why=why,
            fix=f"Write {EXAMPLE}",
        )
    if "file" in asked:
        return told_case(asked["file"], name=asked.get("case")), asked["file"]
    if "case" in asked:
        return examples.named(asked["case"]), f"case {asked['case']}"
    if drill.kind == "timer":
        return None, ""
    told = examples.of(drill)
    return told, f"case {told['id']}"


def change_line(change: Change) -> str:
    """What happened, and when."""
    foot = f", {change.side.value} foot" if change.side else ""
    why = f", {change.why}" if change.why else ""
    return f"  {change.at_s:7.2f} s  {change.state.value}{foot}{why}"


def lines_of(came_to: dict[str, Any], before: str = "  ") -> list[str]:
    """Results in words, one to a line."""
    lines: list[str] = []
    for name, value in came_to.items():
        several: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
        if isinstance(value, dict):
            lines += [f"{before}{name}", *lines_of(cast("dict[str, Any]", value), before + "  ")]
        elif several and all(isinstance(one, dict) for one in several):
            for number, one in enumerate(several, start=1):
                lines += [f"{before}{name} {number}", *lines_of(one, before + "  ")]
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
