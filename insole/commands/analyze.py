"""`insole analyze`: steps and summary of any readable file."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insole.commands.options import add_baseline, add_json, output_path, print_json, writing
from insole.errors import RequestError
from insole.extras import extra

if TYPE_CHECKING:
    from insole.analysis import Analysis
    from insole.api import Trial


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `analyze`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="any readable file")
    parser.add_argument("--mass", type=float, metavar="KG", help="body mass")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="override a parameter of defaults.toml, e.g. events.rep_N=50",
    )
    parser.add_argument(
        "--mask",
        action="append",
        default=[],
        dest="masks",
        metavar="NAME",
        help="add region loads under R8ML, PRC, PEDAR9, LEE4 or R8 (metrics always use R8)",
    )
    parser.add_argument(
        "--align",
        action="store_true",
        help="bring the feet together by three stomps or hops at the beginning",
    )
    parser.add_argument(
        "--remove-drift",
        action="store_true",
        help="research: straighten each sensor through its swings (tag zero_phase)",
    )
    parser.add_argument(
        "--filter",
        choices=("causal", "zero-phase"),
        help="research: sensors through a low-pass of 30 Hz, its delay taken off (own tag)",
    )
    add_baseline(parser)
    add_table_options(parser)
    parser.add_argument("--csv", metavar="OUT", help="write the steps as CSV")
    parser.add_argument("--parquet", metavar="OUT", help="write the steps as Parquet")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_json(parser)


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """What a table does not say of itself."""
    parser.add_argument("--quantity", choices=("kPa", "N", "counts"), help="unit of a table")
    parser.add_argument("--layout", metavar="NAME|FILE", help="sensor layout of a table")
    parser.add_argument("--rate", type=float, metavar="HZ", help="rate of a table without times")


def table_options(args: argparse.Namespace) -> dict[str, Any]:
    """The options given."""
    given = {"quantity": args.quantity, "layout": args.layout, "rate": args.rate}
    return {key: value for key, value in given.items() if value is not None}


def run(args: argparse.Namespace) -> int:
    """Analyse each file; several files give one document with a list."""
    from insole import parameters
    from insole.api import open as open_trial
    from insole.commands.summary import lines
    from insole.research import with_filter, without_drift
    from insole.step_rows import session_row

    asked = [
        name
        for name, given in (
            ("--remove-drift", args.remove_drift),
            ("--filter", args.filter),
            ("--baseline", args.baseline),
        )
        if given
    ]
    if len(asked) > 1:
        raise RequestError(
            "results of several kinds",
            where=", ".join(asked),
            why="results of research are never mixed, nor with those of the stream",
            fix="Leave one of them out",
        )
    changed = parameters.parse(args.assignments) if args.assignments else None
    csv_out = output_path(args.csv, force=args.force)
    parquet_out = output_path(args.parquet, force=args.force)
    documents: list[dict[str, Any]] = []
    for name in args.files:
        if args.remove_drift:
            result = without_drift(name, args.mass, parameters=changed, **table_options(args))
        elif args.filter:
            result = with_filter(
                name, args.mass, kind=args.filter, parameters=changed, **table_options(args)
            )
        else:
            with open_trial(name, **table_options(args)) as trial:
                result = _analysed(trial, args, changed)
        documents.append(result.to_dict())
        if not args.json:
            print(f"{name}")
            for line in lines(result):
                print(f"  {line}")
    rows = [
        session_row(document, file=name, side=step["side"]) | _flat(step)
        for name, document in zip(args.files, documents, strict=True)
        for step in document["steps"]
    ]
    for out, write in ((csv_out, _write_csv), (parquet_out, _write_parquet)):
        if out is not None:
            with writing(out):
                write(out, rows)
    if args.json:
        several = {"schema": "insole.analyses/1", "analyses": documents}
        print_json(documents[0] if len(documents) == 1 else several)
    return 0


def _analysed(trial: Trial, args: argparse.Namespace, changed: dict[str, float] | None) -> Analysis:
    if not args.baseline:
        return trial.analyze(args.mass, parameters=changed, masks=args.masks, align=args.align)
    from insole.earlier import against

    return against(
        trial,
        args.baseline,
        mass_kg=args.mass,
        parameters=changed,
        masks=args.masks,
        align=args.align,
    )


def _flat(step: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in step.items():
        if key in ("tripod", "barycentric"):
            for name, share in zip(("heel", "first", "fifth"), value or (None,) * 3, strict=True):
                row[f"{key}_{name}"] = share
        elif key in ("uncertainty", "uncertainty_shared"):
            row |= {f"{metric}.{'u' if key == 'uncertainty' else 'u_shared'}": u
                    for metric, u in value.items()}  # fmt: skip
        elif key == "flags":
            row[key] = " ".join(value)
        else:
            row[key] = value
    return row


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    arrow, parquet = (
        extra(
            module,
            name="parquet",
            what="cannot write Parquet",
            where=str(path),
            instead="use --csv",
        )
        for module in ("pyarrow", "pyarrow.parquet")
    )
    parquet.write_table(arrow.Table.from_pylist(rows), path)
