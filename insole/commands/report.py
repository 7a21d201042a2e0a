"""`insole report`: one page for people from one recording."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_baseline, add_json, output_path, print_json, writing
from insole.errors import RequestError

ENDINGS = (".html", ".htm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `report`."""
    parser.add_argument("file", metavar="FILE", help="any readable file")
    parser.add_argument("-o", dest="out", metavar="OUT.html", required=True, help="the new page")
    parser.add_argument("--mass", type=float, metavar="KG", help="body mass")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_baseline(parser)
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Analyse and write the page."""
    _check_ending(args.out)
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
    with writing(out):
        out.write_text(text, encoding="utf-8", newline="\n")
    if args.json:
        print_json({"schema": "insole.report/1", "file": args.file, "written": [str(out)]})
    else:
        print(out)
    return 0


def _check_ending(text: str) -> None:
    path = Path(text)
    if path.suffix.lower() in ENDINGS:
        return
    raise RequestError(
        "a report is a page of HTML",
        where=text,
        why="any browser shows it, and prints it to PDF on one sheet",
        fix=f"Write -o {path.with_suffix('.html')}, open it and print it (Ctrl+P) to a PDF",
    )
