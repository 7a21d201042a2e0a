"""`insole replay`: a recording through the live pipeline."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from insole.commands.options import add_json, add_streams, say
from insole.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `replay`."""
    parser.add_argument("file", metavar="FILE", help="any readable file")
    parser.add_argument("--speed", default="1", metavar="X|max", help="times real time (default 1)")
    parser.add_argument("--headless", action="store_true", help="in the terminal, no window")
    add_streams(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Play, in the window or the terminal."""
    speed = speed_of(args.speed)
    if not (args.headless or args.json):
        from insole.commands.dashboard import open_window, why_no_window

        missing = why_no_window()
        if missing is None:
            return open_window(files=[Path(args.file)], speed=speed, streams=args.stream)
        say(f"No window: {missing}")
        say("Going on in the terminal.")
    from insole.api import replay_session
    from insole.commands import headless

    session = replay_session(args.file, speed=speed, streams=args.stream)
    stored: dict[str, Any] = session.replay.recording.stored_document() or {}
    return headless.run(
        session,
        seconds=None,
        as_json=args.json,
        file=Path(args.file),
        notes=session.notes,
        of_the_day=stored.get("provenance", {}).get("result_sha256"),
    )


def speed_of(text: str) -> float:
    """Times real time; infinity for `max`.

    Raises:
        RequestError: it is neither a positive number nor `max`.

    >>> speed_of("max")
    inf
    """
    if text == "max":
        return float("inf")
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise RequestError(
            f"a speed of '{text}'",
            where="--speed",
            why="it is a number from 0 to 1000, or max",
            fix="Write for example --speed 2",
        )
    return speed
