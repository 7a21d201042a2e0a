"""Exporter "csv": the generic table that our own importer reads, its layout, and the steps.

A table has one time column, two insoles have two clocks: every received sample has a row at its own
time, and samples of both feet share one only where their times do. The cells of the other foot are
empty then: nothing was measured there. Nothing is interpolated, and nothing that was bridged is
written: who reads the table bridges by own rules.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from insole.errors import RequestError
from insole.model.arrays import Floats, Ints
from insole_recordings.exporters.exported import (
    Exported,
    ExportedFoot,
    check_outputs,
    exported,
    saving,
)

ONE_ROW_S: Final = 5e-6  # times as near as this are one; written to the microsecond
BLOCK_ROWS: Final = 1 << 14


class CsvExporter:
    """Fulfils `insole.plugins.Exporter`."""

    name = "csv"

    def write(
        self, path: Path, out: Path, *, options: dict[str, Any], force: bool = False
    ) -> list[Path]:
        """Write `OUT`, `OUT.layout.toml` and `OUT.steps.csv` (both by the stem of OUT).

        Raises:
            FileError: the input cannot be read, or an output exists or cannot be written.
            RequestError: it holds no samples of a foot, or the feet differ in layout.
        """
        places = [out, out.with_name(f"{out.stem}.layout.toml")]
        places.append(out.with_name(f"{out.stem}.steps.csv"))
        check_outputs(places, source=path, force=force)
        trial = exported(path, options)
        common = _common(trial)
        with _text(places[0]) as file:
            _signals(file, trial)
        with _text(places[1]) as file:
            file.write(_layout(common))
        with _text(places[2]) as file:
            _steps(file, trial.steps)
        return places


EXPORTER = CsvExporter()


@contextmanager
def _text(place: Path) -> Generator[TextIO]:
    with saving(place) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


def _common(trial: Exported) -> ExportedFoot:
    first, last = next(iter(trial.feet.values())), list(trial.feet.values())[-1]
    same = first.quantity == last.quantity and np.array_equal(first.layout.xy, last.layout.xy)
    if not same:
        raise RequestError(
            "the feet differ in layout or quantity",
            where=str(trial.path),
            why="one table has one layout",
            fix="Export --to mat or parquet, which keep both",
        )
    return first


def _signals(file: TextIO, trial: Exported) -> None:
    feet, names = list(trial.feet.values()), ["t"]
    for foot in feet:
        names += [f"{foot.side.name[0]}{index + 1}" for index in range(foot.values.shape[1])]
    file.write(",".join(names) + "\n")
    time, rows = common_rows([foot.time_s for foot in feet])
    for first in range(0, len(time), BLOCK_ROWS):
        end = min(len(time), first + BLOCK_ROWS)
        parts = [
            _placed(foot.values, row, first=first, end=end)
            for foot, row in zip(feet, rows, strict=True)
        ]
        table = np.column_stack([time[first:end], *parts])
        text = io.StringIO()
        np.savetxt(text, table, fmt=["%.6f"] + ["%.10g"] * (table.shape[1] - 1), delimiter=",")
        file.write(text.getvalue().replace("nan", ""))


def common_rows(times: Sequence[Floats]) -> tuple[Floats, list[Ints]]:
    """The times of all feet in order, and the row of each sample of each foot.

    Args:
        times: (n,) s of each foot, increasing.

    Returns:
        (m,) s, and (n,) rows for each foot; samples within `ONE_ROW_S` of the row before share it.
    """
    whole = np.concatenate(times)
    order = np.argsort(whole, kind="stable")
    foot = np.repeat(np.arange(len(times)), [len(time) for time in times])[order]
    same = (np.diff(whole[order]) <= ONE_ROW_S) & (np.diff(foot) != 0)
    same[1:] &= ~same[:-1]  # a row holds one sample of each foot
    fresh = np.concatenate((np.ones(min(len(whole), 1), np.bool_), ~same))
    row = np.empty(len(whole), np.int64)
    row[order] = np.cumsum(fresh) - 1
    ends = np.cumsum([len(time) for time in times])
    return whole[order][fresh], np.split(row, ends[:-1])


def _placed(values: Floats, row: Ints, *, first: int, end: int) -> Floats:
    """One foot's samples in rows [first, end); NaN where it has none."""
    out = np.full((end - first, values.shape[1]), np.nan)
    begin, stop = np.searchsorted(row, (first, end))
    out[row[begin:stop] - first] = values[begin:stop]
    return out


def _layout(foot: ExportedFoot) -> str:
    layout = foot.layout
    lines = [
        f"name = {json.dumps(layout.name)}",
        f'kind = "{layout.kind}"',
        f'quantity = "{foot.quantity}"',
        f'unit = "{foot.quantity}"',
        f"length_mm = {layout.length_mm!r}",
        f"width_mm = {layout.width_mm!r}",
    ]
    if layout.full_scale is not None:
        lines.append(f"full_scale = {layout.full_scale!r}")
    lines.append(f"xy = {layout.xy.tolist()!r}")
    if layout.kind != "force":
        lines.append(f"area_cm2 = {layout.area_cm2.tolist()!r}")
    lines.append(f"outline = {layout.outline.tolist()!r}")
    if layout.labels:
        lines.append(f"labels = {json.dumps(list(layout.labels))}")
    return "\n".join(lines) + "\n"


def _steps(file: TextIO, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(file, names or ["side"], restval="")
    writer.writeheader()
    writer.writerows(rows)
