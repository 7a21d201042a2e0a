"""`insole info`: what a file holds."""

from __future__ import annotations

import argparse

from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_json, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `info`."""
    parser.add_argument("file", metavar="FILE", help="any readable file")
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from insole.api import open_recording
    from insole_recordings.summary import info, lines

    recording = open_recording(args.file, **table_options(args))
    try:
        document = info(recording)
    finally:
        recording.close()
    if args.json:
        print_json(document)
    else:
        print("\n".join(lines(document)))
    return 0
