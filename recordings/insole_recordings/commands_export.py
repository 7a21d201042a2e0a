"""`insole export`: our recordings, or anything readable, to files of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_json, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `export`."""
    parser.add_argument("file", metavar="FILE", help="any readable file")
    parser.add_argument("--to", default="csv", metavar="FORMAT", help="csv (default)")
    parser.add_argument("-o", dest="out", metavar="OUT", required=True, help="the new file")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Export; the input stays as it is."""
    from insole import plugins

    exporter: plugins.Exporter = plugins.load("insole.exporters", args.to)
    written = exporter.write(
        Path(args.file), Path(args.out), options=table_options(args), force=args.force
    )
    if args.json:
        names = [str(path) for path in written]
        print_json({"schema": "insole.export/1", "file": args.file, "written": names})
    else:
        for path in written:
            print(path)
    return 0
