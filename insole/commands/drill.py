"""`insole drill list|show|run NAME|FILE`: what there is to train with, one whole, one done."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from insole.commands import drill_run
from insole.commands.options import add_json, print_json

if TYPE_CHECKING:
    from insole.drills.drill import Cue, Drill, Target

WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `drill`."""
    parser.add_argument(
        "what", choices=("list", "show", "run"), help="all in a line each, one whole, or do one"
    )
    parser.add_argument("name", nargs="?", metavar="NAME|FILE", help="which one")
    drill_run.add_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List the drills, show one, or do one."""
    from insole.drills import shelf
    from insole.errors import RequestError

    if args.what == "list":
        return _list(args)
    if not args.name:
        raise RequestError(
            "which drill",
            where=f"insole drill {args.what}",
            why="no name was given",
            fix="`insole drill list` names them all; a file of your own works too",
        )
    if args.what == "run":
        return drill_run.run(args)
    drill = shelf.find(args.name)
    if args.json:
        print_json({"schema": "insole.drill-file/1", "drill": asdict(drill)})
        return 0
    for line in described(drill):
        print(line)
    return 0


def _list(args: argparse.Namespace) -> int:
    """The program's drills, the user's, and what is wrong with files that are none."""
    from insole.drills import shelf

    held = shelf.shelf()
    if args.json:
        rows = [
            {
                "id": each.id,
                "title": each.title,
                "kind": each.kind,
                "detect": each.detect,
                "stance": each.stance,
                "levels": len(each.levels) + 1,
                "gate": each.safety.gate,
                "needs": asdict(each.needs),
                "own": each.id in held.own,
            }
            for each in held.drills.values()
        ]
        refused = [{"file": name, "why": str(why)} for name, why in held.refused.items()]
        print_json({"schema": "insole.drills/1", "drills": rows, "refused": refused})
        return 0
    for each in held.drills.values():
        notes = [*each.safety.gate, *(["own"] if each.id in held.own else [])]
        print(f"{each.id:<22} {each.kind:<6} {each.title:<40} {', '.join(notes)}".rstrip())
    for name, why in held.refused.items():
        print(f"{name}: not used, {why}")
    return 0


def described(drill: Drill) -> list[str]:
    """A drill in words, its levels one by one."""
    told: list[tuple[str, str]] = [
        ("counts", f"{drill.kind}, by {drill.detect}"),
        ("stands", f"{drill.stance}, sides {drill.sides}, {drill.first} first"),
        ("does", _dose(drill)),
        ("stated", f"eyes {drill.vision}, {drill.surface}, support {drill.support}"),
        ("cannot see", drill.cannot_see),
        ("needs", _needs(drill)),
    ]
    told += [("target", _target(each)) for each in drill.targets]
    told += [("cue", _cue(each)) for each in drill.cues]
    told.append(("level 1", "as above"))
    told += [
        (
            f"level {number}",
            ", ".join(
                f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
                for key, value in each.changes.items()
            ),
        )
        for number, each in enumerate(drill.levels, start=2)
    ]
    told.append(("advance", _advance(drill)))
    if drill.safety.gate:
        told.append(("gate", ", ".join(drill.safety.gate)))
    if drill.safety.confirm:
        told.append(("confirm", drill.safety.confirm))
    told.append(("stops", f"at pain above {drill.safety.pain_stop} of 10"))
    return [f"{drill.id}: {drill.title}", *(line for row in told for line in _lines(*row))]


def _lines(name: str, words: str) -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=f"{name:>12}  ", subsequent_indent=" " * 14)


def _dose(drill: Drill) -> str:
    """How much, in one sentence."""
    count = f"{drill.sets} x {drill.reps}" if drill.sets > 1 else f"{drill.reps}"
    said = [f"{count} {'holds' if drill.kind == 'hold' else 'reps'}"]
    if drill.hold_s is not None:
        said.append(f"{drill.hold_s:g} s each")
    if drill.hold_until == "lost":
        said.append(f"to step-down or {drill.cap_s:g} s")
    if drill.work_s is not None:
        said.append(f"{drill.work_s:g} s of work, {drill.rest_each_s or 0:g} s of ease")
    if drill.tempo_bpm is not None:
        said.append(f"{drill.tempo_bpm:g} beats a minute")
    if drill.beats_per_rep is not None:
        said.append(f"{drill.beats_per_rep} beats a rep")
    if drill.sets > 1:
        said.append(f"{drill.rest_s:g} s of rest")
    return ", ".join(said)


def _advance(drill: Drill) -> str:
    """When the next level is offered."""
    rule = drill.advance
    sessions = f"{rule.sessions} sessions in a row" if rule.sessions > 1 else "one session"
    return f"score {rule.score:g} in {sessions}, touches at most {rule.touches_max}"


def _needs(drill: Drill) -> str:
    """What hardware it asks for."""
    needs = drill.needs
    if not needs.feet:
        return "no insole"
    said = ["both insoles" if needs.feet == 2 else "one insole", f"{needs.min_rate_hz:g} Hz"]
    said += [f"sensors under {', '.join(needs.regions)}"] if needs.regions else []
    return ", ".join(said + (["body mass"] if needs.mass else []))


def _target(target: Target) -> str:
    """One bar and its tube."""
    aims: dict[str, Any] = {
        "share": target.share,
        "body weights": target.force_bw,
        "of the baseline": target.of_baseline,
        "": target.value,
    }
    aim = next(f"{value:g} {unit}" for unit, value in aims.items() if value is not None).strip()
    said = [f"{target.name} {aim}"]
    if target.within is not None:
        said.append(f"within {target.within:g}")
    if target.min is not None:
        said.append(f"at least {target.min:g}")
    if target.max is not None:
        said.append(f"at most {target.max:g}")
    return ", ".join(said)


def _cue(cue: Cue) -> str:
    """What is said when."""
    cause = f"{cue.of} {cue.when}" if cue.of else cue.when
    return f'"{cue.say}" ({cause} for {cue.after_s:g} s)'
