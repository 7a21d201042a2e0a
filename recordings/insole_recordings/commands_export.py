"""`insole export`: our recordings, or anything readable, to files of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole import plugins
from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_json, print_json

GROUP = "insole.exporters"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `export`."""
    parser.add_argument("file", metavar="FILE", help="any readable file")
    offered = ", ".join(plugins.names(GROUP))
    parser.add_argument(
        "--to", metavar="FORMAT", help=f"{offered} (default: what the name of OUT ends with)"
    )
    parser.add_argument("-o", dest="out", metavar="OUT", required=True, help="the new file")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Export; the input stays as it is."""
    ending = Path(args.out).suffix.removeprefix(".").lower()
    name = args.to or (ending if ending in plugins.names(GROUP) else "csv")
    exporter: plugins.Exporter = plugins.load(GROUP, name)
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
