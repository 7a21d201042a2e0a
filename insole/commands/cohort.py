"""`insole cohort`: a folder of recordings as one table of steps."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insole.commands.options import add_json, output_path, print_json, say, writing

if TYPE_CHECKING:
    from insole.cohort import Part


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `cohort`."""
    parser.add_argument("folder", metavar="DIR", help="recordings, also in folders inside")
    parser.add_argument("-o", dest="out", required=True, metavar="OUT.parquet", help="the table")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a Dask cluster whose workers see the same files, e.g. tcp://127.0.0.1:8786",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="override a parameter of defaults.toml for all, e.g. events.rep_N=50",
    )
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """A row per step; 1 where a recording failed, 130 where it was stopped."""
    from insole import parameters
    from insole.cohort import analyse_all, tasks_in
    from insole.extras import extra

    out = output_path(args.out, force=args.force)
    if out is None:
        raise AssertionError("-o is required")
    arrow, parquet = (
        extra(
            module,
            name="parquet",
            what="cannot write Parquet",
            where=args.out,
            instead="analyze the files with `insole analyze --csv`",
        )
        for module in ("pyarrow", "pyarrow.parquet")
    )
    changed = parameters.parse(args.assignments) if args.assignments else None
    tasks = tasks_in(args.folder, parameters=changed)
    told: list[Part] = []
    stopped = False
    with writing(out), tempfile.TemporaryDirectory(dir=out.parent, prefix=".cohort-") as folder:
        table = _Table(arrow, parquet, Path(folder))
        try:
            for part in analyse_all(tasks, scheduler=args.scheduler):
                say(f"{len(told) + 1} of {len(tasks)}  {_line(part)}")
                table.add(part)
                told.append(_without_columns(part))
        except KeyboardInterrupt:
            stopped = True
        table.write(out)
    _tell(told, args, stopped=stopped, of=len(tasks))
    if stopped:
        return 130
    return 1 if any(part.error and part.is_recording for part in told) else 0


class _Table:
    """Parts on the disk, until all their columns are known; then one file, a group of rows each."""

    def __init__(self, arrow: Any, parquet: Any, folder: Path) -> None:
        self._arrow = arrow
        self._parquet = parquet
        self._folder = folder
        self._schemas: list[Any] = []

    def add(self, part: Part) -> None:
        """Keep the rows of one recording."""
        if not part.is_recording or not (part.rows or part.error):
            return
        columns: dict[str, Any] = dict(part.columns) if part.rows else {"file": [part.file]}
        columns["error"] = [part.error or None] * max(part.rows, 1)
        rows = self._arrow.table(
            {name: self._arrow.array(values, from_pandas=True) for name, values in columns.items()}
        )
        self._parquet.write_table(rows, self._place(len(self._schemas)))
        self._schemas.append(rows.schema)

    def write(self, out: Path) -> None:
        """All rows into one file, which gets its name when it is complete."""
        empty = self._arrow.schema([("file", self._arrow.string())])
        known = self._arrow.unify_schemas(self._schemas or [empty], promote_options="permissive")
        number = self._arrow.float64()  # of a column that nobody has a value for
        schema = self._arrow.schema(
            [
                (one.name, number if self._arrow.types.is_null(one.type) else one.type)
                for one in known
            ]
        )
        whole = self._folder / "whole.parquet"
        with self._parquet.ParquetWriter(whole, schema) as writer:
            for number in range(len(self._schemas)):
                rows = self._parquet.read_table(self._place(number))
                missing = [name for name in schema.names if name not in rows.schema.names]
                for name in missing:
                    nothing = self._arrow.nulls(len(rows), schema.field(name).type)
                    rows = rows.append_column(name, nothing)
                writer.write_table(rows.select(schema.names).cast(schema))
        shutil.move(whole, out)

    def _place(self, number: int) -> Path:
        return self._folder / f"{number:06d}.parquet"


def _without_columns(part: Part) -> Part:
    from dataclasses import replace

    return replace(part, columns={})


def _line(part: Part) -> str:
    if part.error:
        return f"{part.file}: {'no recording' if not part.is_recording else part.error}"
    return f"{part.file}: {part.rows} steps, {part.valid} valid"


def _tell(told: Iterable[Part], args: argparse.Namespace, *, stopped: bool, of: int) -> None:
    recordings = [part for part in told if part.is_recording]
    skipped = [part.file for part in told if not part.is_recording]
    if args.json:
        print_json(
            {
                "schema": "insole.cohort/1",
                "out": args.out,
                "recordings": [
                    {
                        "file": part.file,
                        "steps": part.rows,
                        "valid": part.valid,
                        "activity": part.activity or None,
                        "self_check": part.verdict or None,
                        "error": part.error or None,
                    }
                    for part in recordings
                ],
                "skipped": skipped,
                "stopped": stopped,
            }
        )
        return
    failed = [part for part in recordings if part.error]
    steps = sum(part.rows for part in recordings)
    print(f"{args.out}: {steps} steps of {len(recordings) - len(failed)} recordings")
    for part in failed:
        print(f"  failed: {part.file}: {part.error}")
    if skipped:
        print(f"  {len(skipped)} files are no recordings")
    if stopped:
        print(f"  stopped after {len(recordings) + len(skipped)} of {of} files")
