"""`insole decide`: what is decided about a finished recording, kept beside it."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from insole.commands.options import add_json, print_json
from insole.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `decide`."""
    parser.add_argument("file", metavar="FILE", help="any readable file; it is never written to")
    judgement = parser.add_mutually_exclusive_group()
    judgement.add_argument("--keep", action="store_true", help="the trial is good")
    judgement.add_argument(
        "--repeat", action="store_true", help="to be made again: no session of a baseline"
    )
    parser.add_argument(
        "--from", type=float, dest="from_s", metavar="S", help="what counts begins here"
    )
    parser.add_argument("--to", type=float, dest="to_s", metavar="S", help="and ends here")
    parser.add_argument("--swap", action="store_true", help="left is right, or no longer")
    parser.add_argument("--undo", action="store_true", help="take the newest decision back")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Keep what is decided; without an option, say what holds."""
    from insole.api import open_recording
    from insole.deciding import decide, decisions, not_undone, words
    from insole.model.trial import Decision

    path = Path(args.file)
    open_recording(path).close()  # what cannot be read cannot be decided about
    before = decisions(path)
    now = before[-1] if before else Decision()
    asked = args.keep or args.repeat or args.swap or args.from_s is not None
    asked = asked or args.to_s is not None
    if args.undo and asked:
        raise RequestError(
            "taking back and deciding at once",
            where="--undo",
            why="it would not be clear which of the two holds",
            fix="Take it back first, then decide anew",
        )
    if args.undo:
        held = not_undone(before)
        if len(held) < 2:
            raise RequestError(
                "there is nothing to take back",
                where=path.name,
                why="no decision about this file holds",
                fix="See `insole decide FILE` for what holds",
            )
        now = decide(path, held[-2])
    elif asked:
        now = decide(
            path,
            replace(
                now,
                judgement="keep" if args.keep else "repeat" if args.repeat else now.judgement,
                from_s=now.from_s if args.from_s is None else args.from_s,
                to_s=now.to_s if args.to_s is None else args.to_s,
                swapped=now.swapped != args.swap,
            ),
        )
    if args.json:
        print_json({"schema": "insole.decision/1", "file": path.name, **asdict(now)})
        return 0
    judged = {"keep": "Keep it.", "repeat": "To be repeated.", "": "Nobody has judged it."}
    print(f"{path.name}: {judged[now.judgement]} {words(now) or 'All of it counts.'}")
    return 0
