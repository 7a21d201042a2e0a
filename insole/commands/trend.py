"""`insole trend`: recordings of weeks and months, one value a day, and whether it goes anywhere."""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

from insole.commands.analyze import add_table_options, table_options
from insole.commands.compare import files_of
from insole.commands.options import add_json, add_whose, output_path, print_json, say, writing
from insole.errors import RequestError

MOST_FILES = 1_500
FEW_FILES = 20  # more take a while: somebody waits, and is told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `trend`."""
    parser.add_argument(
        "places", nargs="+", metavar="FILE|DIR", help="recordings, or folders of recordings"
    )
    add_whose(parser)
    parser.add_argument("--html", metavar="OUT", help="write a page with a picture of each number")
    parser.add_argument("--force", action="store_true", help="overwrite the page")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of what is drawn by lot (default: 0)"
    )
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Read the recordings, draw the lines, say what they say."""
    from insole.compare.course_document import trend_document
    from insole.compare.course_words import cautions, header, sentences
    from insole.compare.courses import courses
    from insole.compare.days import read_days

    out = output_path(args.html, force=args.force)
    named = [Path(place) for place in args.places if not Path(place).is_dir()]
    found = [
        file
        for place in args.places
        if Path(place).is_dir()
        for file in files_of(place, most=MOST_FILES)
    ]
    _check(args.seed, len(named) + len(found))
    number = itertools.count(1)
    files = len(named) + len(found)

    def told_of(path: Path) -> None:
        if files > FEW_FILES:
            say(f"{next(number)} of {files}: {path.name}")

    days = read_days(
        named,
        found,
        athlete=args.athlete,
        shoe=args.shoe,
        options=table_options(args),
        before=told_of,
    )
    told = courses(days, seed=args.seed)
    if out is not None:
        from insole.report.trend import trend_page

        with writing(out):
            out.write_text(trend_page(days, told), encoding="utf-8", newline="\n")
        say(f"written: {out}")
    if args.json:
        print_json(trend_document(days, told, seed=args.seed))
        return 0
    _print(header(days), *cautions(days))
    for one in told:
        _print(*(f"  {text}" for text in sentences(one, level=days.newest.level)))
    _print(*(f"left out: {name}: {why}" for name, why in days.skipped.items()))
    return 0


def _print(*lines: str) -> None:
    """Lines with names out of files: what a terminal would obey becomes a space."""
    for line in lines:
        print("".join(x if x.isprintable() else " " for x in line))


def _check(seed: int, files: int) -> None:
    if files > MOST_FILES:
        what, where, why = "too many recordings", "trend", f"{files}, at most {MOST_FILES} are read"
        fix = "Name a smaller folder"
    elif not 0 <= seed < 2**63:
        what, where, why = f"a seed of {seed}", "--seed", "it must be 0 or more, below 2^63"
        fix = "Leave it out, or give a small number"
    else:
        return
    raise RequestError(what, where=where, why=why, fix=fix)
