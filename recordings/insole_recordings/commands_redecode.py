"""`insole redecode`: a recording's packets through today's decoder, into a new file."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole.commands.options import add_json
from insole_recordings.commands_recover import report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `redecode`."""
    parser.add_argument("file", metavar="FILE", help="a recording of insole")
    parser.add_argument("-o", dest="out", metavar="OUT", required=True, help="the new file")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Decode again; the stored result stays beside the new signals."""
    from insole_recordings.convert import redecode

    done = redecode(Path(args.file), Path(args.out), force=args.force)
    report(done, schema="insole.redecoding/1", as_json=args.json)
    return 0
