"""`insole demo`: the main job with no hardware."""

from __future__ import annotations

import argparse
from urllib.parse import parse_qsl

from insole.commands.options import (
    add_baseline,
    add_json,
    add_seconds,
    add_streams,
    add_whose,
    baseline_files,
    checked_seconds,
    output_path,
    say,
)
from insole.model.trial import TrialNotes

TERMINAL_SECONDS = 30.0
"""A demo in the terminal ends by itself; one in a window ends with the window."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `demo`."""
    parser.add_argument(
        "spec",
        nargs="?",
        default="recording",
        metavar="SPEC",
        help="which virtual pair, e.g. 'run?speed=3.3&loss=0.02' (default: a recorded run)",
    )
    parser.add_argument("--headless", action="store_true", help="in the terminal, no window")
    parser.add_argument("--protocol", metavar="NAME", help="protocol that the pair speaks")
    parser.add_argument("--record", metavar="FILE", help="record into this file")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    add_streams(parser)
    add_whose(parser)
    add_baseline(parser)
    add_seconds(parser, None)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Stream a virtual pair over GATT into the window, or the terminal."""
    seconds = checked_seconds(args.seconds)
    file = output_path(args.record, force=args.force)
    baseline = baseline_files(args, named=args.headless or args.json)
    whose = TrialNotes(athlete=args.athlete, shoe=args.shoe)
    spec = args.spec
    if args.protocol is not None:
        spec = with_key(spec, "protocol", args.protocol)
    windowless = args.headless or args.json
    end = dict(parse_qsl(spec.partition("?")[2])).get("seconds")
    if end is None and seconds is not None:
        spec = with_key(spec, "seconds", f"{seconds:g}")
    if not windowless:
        from insole.commands.dashboard import open_window, why_no_window

        missing = why_no_window()
        if missing is None:
            return open_window(
                spec=f"virtual:{spec}",
                record_to=file,
                force=args.force,
                streams=args.stream,
                baseline=baseline,
                whose=whose,
            )
        say(f"No window: {missing}")
        say("Going on in the terminal.")
    from insole.api import live_session
    from insole.commands import headless

    if end is None and seconds is None:
        seconds = TERMINAL_SECONDS
        spec = with_key(spec, "seconds", f"{seconds:g}")
    session = live_session(
        f"virtual:{spec}", notes=whose, record_to=file, force=args.force, streams=args.stream
    )
    if baseline:
        from insole.usual import aim

        aim(session, baseline, athlete=args.athlete, shoe=args.shoe)
    return headless.run(
        session,
        seconds=float(end or 0.0) if seconds is None else seconds,  # the session has read `end`
        as_json=args.json,
        file=file,
        recorded=file is not None,
        notes=session.notes,
    )


def with_key(spec: str, key: str, value: str) -> str:
    """SPEC with one more key.

    >>> with_key("run?speed=3", "protocol", "open")
    'run?speed=3&protocol=open'
    """
    return f"{spec}{'&' if '?' in spec else '?'}{key}={value}"
