"""`insole record`: a recording without a window."""

from __future__ import annotations

import argparse

from insole.commands.options import (
    add_baseline,
    add_json,
    add_notes,
    add_seconds,
    add_source,
    add_streams,
    baseline_files,
    checked_seconds,
    notes_from,
    output_path,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `record`."""
    parser.add_argument("out", metavar="OUT.h5", help="file to write")
    add_source(parser)
    add_streams(parser)
    add_seconds(parser, None)
    add_notes(parser)
    add_baseline(parser)
    parser.add_argument("--force", action="store_true", help="overwrite OUT.h5")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Connect, record until the time is up or Ctrl-C, summarise."""
    seconds = checked_seconds(args.seconds)
    file = output_path(args.out, force=args.force)
    baseline = baseline_files(args, named=True)
    from insole.api import live_session, source_spec
    from insole.commands import headless

    simulate = False if args.simulate is None else args.simulate
    spec = args.source or source_spec(args.left, args.right, simulate, pod=args.pod)
    session = live_session(
        spec,
        notes=notes_from(args),
        mass_kg=args.mass,
        record_to=file,
        force=args.force,
        streams=args.stream,
    )
    if baseline:
        from insole.usual import aim

        aim(session, baseline, athlete=args.athlete, shoe=args.shoe)
    return headless.run(
        session, seconds=seconds, as_json=args.json, file=file, recorded=True, notes=session.notes
    )
