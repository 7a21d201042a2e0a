"""`insole import`: other files to our HDF5."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_json, add_notes, notes_from
from insole_recordings.commands_recover import report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `import`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="the files of one trial")
    parser.add_argument("-o", dest="out", metavar="OUT", required=True, help="the new file")
    parser.add_argument("--format", metavar="NAME", help="importer to use instead of asking each")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_table_options(parser)
    add_notes(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Import; imported files have samples and no packets."""
    from insole_recordings.convert import import_files

    options = table_options(args)
    if args.mass is not None:
        options["mass"] = args.mass
    if args.format is not None:
        options["format"] = args.format
    done = import_files(
        [Path(name) for name in args.files],
        Path(args.out),
        options=options,
        notes=notes_from(args),
        force=args.force,
    )
    report(done, schema="insole.import/1", as_json=args.json)
    return 0
