"""`insole report`: one page for people from one recording."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole import plugins
from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_baseline, add_json, output_path, print_json, writing
from insole.errors import RequestError

PAGES = (".html", ".htm")
PRINTERS = "insole.printers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `report`."""
    parser.add_argument("file", metavar="FILE", help="any readable file")
    parser.add_argument(
        "-o", dest="out", metavar="OUT", required=True, help="the new page, .html or .pdf"
    )
    parser.add_argument("--mass", type=float, metavar="KG", help="body mass")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_baseline(parser)
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Analyse and write the page."""
    _check_ending(Path(args.out))
    out = output_path(args.out, force=args.force) or Path(args.out)
    from insole.api import open as open_trial
    from insole.commands.summary import seen
    from insole.earlier import against
    from insole.report.trial import report

    with open_trial(args.file, **table_options(args)) as trial:
        if args.baseline:
            result = against(trial, args.baseline, mass_kg=args.mass)
        else:
            result = trial.analyze(args.mass)
    text = report(result, seen=seen(result))
    data = _printed(text, out)
    with writing(out):
        out.write_bytes(data)
    if args.json:
        print_json({"schema": "insole.report/1", "file": args.file, "written": [str(out)]})
    else:
        print(out)
    return 0


def _printed(text: str, out: Path) -> bytes:
    if out.suffix.lower() in PAGES:
        return text.encode("utf-8")
    printer: plugins.Printer = plugins.load(PRINTERS, out.suffix.lower().removeprefix("."))
    return printer(text)


def _check_ending(path: Path) -> None:
    ending = path.suffix.lower()
    if ending in PAGES or ending.removeprefix(".") in plugins.names(PRINTERS):
        return
    raise RequestError(
        "a report is a page",
        where=str(path),
        why=f"its name ends with .html, or with .{', .'.join(plugins.names(PRINTERS))}",
        fix=f"Write -o {path.with_suffix('.html')}; every browser shows it and prints it to PDF",
    )
