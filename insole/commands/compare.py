"""`insole compare`: two recordings, or two folders of them, and what their difference is worth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_json, output_path, print_json, say, writing
from insole.errors import FileError, RequestError

if TYPE_CHECKING:
    from insole.compare.document import Compared
    from insole.compare.plans import Plan

MOST_FILES = 200
HIDDEN_SUFFIXES = (".journal", ".additions", ".toml", ".json", ".md", ".pdf", ".html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `compare`."""
    parser.add_argument("a", metavar="A", nargs="?", help="a recording, or a folder of recordings")
    parser.add_argument("b", metavar="B", nargs="?", help="the same under the other condition")
    parser.add_argument(
        "--factor",
        action="append",
        default=[],
        metavar="NAME",
        help="what was changed on purpose: speed, shoe, surface, cadence ...; may be repeated",
    )
    parser.add_argument(
        "--registered",
        action="store_true",
        help="bring curves together by their landmarks (the largest force; in walking both peaks)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of what is drawn by lot (default: 0)"
    )
    parser.add_argument(
        "--plan",
        metavar="FILE",
        help="of blocks of one person: without A and B it is checked, and its order drawn by lot",
    )
    parser.add_argument(
        "-o", dest="out", metavar="OUT", help="write the plan with its order to this file"
    )
    parser.add_argument("--html", metavar="OUT", help="write a page for people, one file")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Compare, and say what may be said."""
    from insole.compare.document import NotComparable, compared, read_sides
    from insole.compare.matching import checked_factors
    from insole.compare.plans import read_plan

    if args.seed < 0:
        raise RequestError(
            f"a seed of {args.seed}", where="--seed", why="it is negative", fix="Give 0 or more"
        )
    checked_factors(args.factor)
    plan = read_plan(Path(args.plan)) if args.plan is not None else None
    if plan is not None and args.a is None:
        return draw(plan, args)
    if args.a is None or args.b is None or args.out is not None:
        raise _unclear(args)
    out = output_path(args.html, force=args.force)
    a, b = files_of(args.a), files_of(args.b)
    trials_a, trials_b, reanalysed = read_sides(a, b, options=table_options(args))
    try:
        result = compared(
            trials_a,
            trials_b,
            factors=args.factor,
            seed=args.seed,
            reanalysed=reanalysed,
            plan=plan,
            register=args.registered,
            where=f"{args.a}, {args.b}",
        )
    except NotComparable as error:
        if args.json:
            print_json(error.document)
        raise
    if out is not None:
        from insole.compare.page import page

        with writing(out):
            out.write_text(page(result, names=(args.a, args.b)), encoding="utf-8")
    if args.json:
        print_json(result.document)
    else:
        show(result, names=(args.a, args.b))
    return 0


def draw(plan: Plan, args: argparse.Namespace) -> int:
    """Check a plan, and draw the order of its blocks where it has none.

    Args:
        plan: as it was read.
        args: of the command.

    Raises:
        RequestError: OUT exists, or the plan has its order already.
    """
    from datetime import datetime

    from insole.compare.plans import drawn, told, written

    out = output_path(args.out, force=args.force)
    if plan.order and out is None:
        if args.json:
            print_json(told(plan))
        say(f"{args.plan}: a plan of {plan.blocks} blocks; its order: {' '.join(plan.order)}")
        return 0
    plan = drawn(plan, now=datetime.now().astimezone())
    text = written(plan)
    if args.json:
        print_json(told(plan))
    if out is None:
        if not args.json:
            sys.stdout.write(text)
        say(f"Keep this text in a new file before the first recording; {args.plan} is as it was")
        return 0
    with writing(out):
        out.write_text(text, encoding="utf-8")
    say(f"{out}: keep it as it is; its time and hash show that it was made before")
    return 0


def _unclear(args: argparse.Namespace) -> RequestError:
    if args.out is not None:
        return RequestError(
            "nothing to write there",
            where="-o",
            why="only a plan whose order is drawn is written to it",
            fix="Give --plan PLAN.toml without A and B, or use --html OUT",
        )
    return RequestError(
        "two conditions are needed",
        where="A B",
        why=f"{'one was' if args.a else 'none was'} given",
        fix="Name a recording or a folder for each",
    )


def files_of(name: str, *, most: int = MOST_FILES) -> list[Path]:
    """The recordings that a name stands for: a file, or those that lie in a folder.

    Raises:
        FileError: nothing is there, a folder without recordings, or one with too many.
    """
    path = Path(name)
    if not path.is_dir():
        return [path]
    files = sorted(
        one
        for one in path.iterdir()
        if one.is_file() and not one.name.startswith(".") and one.suffix not in HIDDEN_SUFFIXES
    )
    if files and len(files) <= most:
        return files
    why = f"{len(files)} files, at most {most} are read" if files else "it holds no recording"
    raise FileError(
        "nothing to compare in this folder" if not files else "too many recordings",
        where=name,
        why=why,
        fix="Name a folder with the recordings of one condition",
    )


def show(result: Compared, *, names: tuple[str, str]) -> None:
    """The comparison as text."""
    # rich costs 72 ms: only where a person looks.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from insole.compare.telling import left_out, sentences, verdict_words

    document = result.document
    console = Console(highlight=False)
    console.print(Text(f"A: {names[0]}\nB: {names[1]}"))
    if document["header"]:
        console.print(Text(document["header"]))
    for sentence in result.cautions:
        console.print(Text(sentence))
    table = Table(box=None, pad_edge=False)
    for heading in ("", "A", "B", "B less A", "95 % interval", "verdict"):
        table.add_column(heading, justify="left" if heading in ("", "verdict") else "right")
    for one in result.answers:
        found, metric = one.difference, one.metric
        if one.refused or found.A is None or found.B is None or found.diff is None:
            continue
        ends = found.ci95
        span = "" if ends is None else f"{metric.shown(ends[0])} to {metric.shown(ends[1])}"
        table.add_row(
            Text(f"{metric.noun}, {metric.unit}"),
            metric.shown(found.A),
            metric.shown(found.B),
            metric.shown(found.diff),
            span,
            verdict_words(found.verdict),
        )
    console.print(table)
    for sentence in sentences(result, brief=True):
        console.print(Text(f"- {sentence}"), soft_wrap=True)
    for sentence in left_out(result):
        console.print(Text(f"Left out: {sentence}"), soft_wrap=True)
    console.print(Text(document["methods"]), soft_wrap=True)
