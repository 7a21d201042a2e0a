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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TextIO, cast

import numpy as np

from insole.errors import RequestError, WouldOverwrite
from insole.labelled import LabelledArray
from insole.model.arrays import Floats, Ints
from insole.model.foot import SensorLayout, Side
from insole.model.quality import Quality
from insole.model.stream import Capability
from insole.model.trial import StartState
from insole_recordings.recorder import cannot_write, check_place

ONE_ROW_S: Final = 5e-6  # times as near as this are one; written to the microsecond
BLOCK_ROWS: Final = 1 << 14
TRIPLE: Final = ("heel", "first_ray", "fifth_ray")


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
        from insole.api import open as open_trial  # the pipeline: only when something is exported
        from insole.api import open_recording

        check_place(out)
        places = [out, out.with_name(f"{out.stem}.layout.toml")]
        places.append(out.with_name(f"{out.stem}.steps.csv"))
        _refuse_existing(places, force=force, source=path)
        recording = open_recording(path, **options)
        try:
            told = _capabilities(recording.decoded(), recording.start)
        finally:
            recording.close()
        capability = _common(told, path)
        with open_trial(path, **options) as trial:
            feet = {
                side: _received(foot.pressure)
                for side, foot in ((Side.LEFT, trial.left), (Side.RIGHT, trial.right))
                if foot is not None
            }
            steps: list[dict[str, Any]] = trial.analyze().to_dict()["steps"]
        _save(places[0], lambda file: _signals(file, feet))
        _save(places[1], lambda file: file.write(_layout(capability)))
        _save(places[2], lambda file: _steps(file, steps))
        return places


EXPORTER = CsvExporter()


def _refuse_existing(places: list[Path], *, force: bool, source: Path) -> None:
    for place in places:
        if not place.exists():
            continue
        if source.exists() and place.samefile(source):
            raise RequestError(
                "output and input are the same file",
                where=str(place),
                why="an input file is never modified",
                fix="Choose another name after -o",
            )
        if not force:
            raise WouldOverwrite(
                "the file exists",
                where=str(place),
                why="nothing is overwritten unasked",
                fix="Choose another name, or add --force",
            )


def _save(place: Path, write: Callable[[TextIO], Any]) -> None:
    try:
        with place.open("w", encoding="utf-8", newline="") as file:
            write(file)
    except OSError as error:
        raise cannot_write(place, error) from error


def _capabilities(items: Any, start: StartState) -> dict[Side, Capability]:
    told: dict[Side, Capability] = {}
    for item in items:
        if isinstance(item, Capability):
            side = start.side_of(item.device, item.side)
            if side is not None:
                told[side] = item
    return told


def _common(told: dict[Side, Capability], path: Path) -> Capability:
    if not told:
        raise RequestError(
            "nothing to export",
            where=str(path),
            why="it holds no samples of a known foot",
            fix="`insole info` shows what it holds",
        )
    first, last = next(iter(told.values())), list(told.values())[-1]
    same = first.quantity == last.quantity and np.array_equal(first.layout.xy, last.layout.xy)
    if not same:
        raise RequestError(
            "the feet differ in layout or quantity",
            where=str(path),
            why="one table has one layout",
            fix="Use the HDF5 file itself, which keeps both",
        )
    return first


def _received(signal: LabelledArray) -> tuple[Floats, Floats]:
    """Times and values of the samples that came."""
    made = (signal.quality & np.uint32(Quality.INTERPOLATED | Quality.GAP)) != 0
    return signal.time_s[~made], signal.values[~made]


def _signals(file: TextIO, feet: dict[Side, tuple[Floats, Floats]]) -> None:
    names = ["t"]
    for side, (_, values) in feet.items():
        names += [f"{side.name[0]}{index + 1}" for index in range(values.shape[1])]
    file.write(",".join(names) + "\n")
    time, rows = common_rows([time for time, _ in feet.values()])
    for first in range(0, len(time), BLOCK_ROWS):
        end = min(len(time), first + BLOCK_ROWS)
        parts = [
            _placed(values, row, first=first, end=end)
            for (_, values), row in zip(feet.values(), rows, strict=True)
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


def _layout(capability: Capability) -> str:
    layout: SensorLayout = capability.layout
    lines = [
        f"name = {json.dumps(layout.name)}",
        f'kind = "{layout.kind}"',
        f'quantity = "{capability.quantity}"',
        f'unit = "{capability.quantity}"',
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


def _steps(file: TextIO, steps: list[dict[str, Any]]) -> None:
    rows = [_flat(step) for step in steps]
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(file, names or ["side"], restval="")
    writer.writeheader()
    writer.writerows(rows)


def _flat(step: dict[str, Any]) -> dict[str, Any]:
    """A step as cells: u_X for uncertainties, one column per corner of the tripod."""
    row: dict[str, Any] = {}
    for key, value in step.items():
        if isinstance(value, dict):
            prefix = "u_shared_" if key == "uncertainty_shared" else "u_"
            inner = cast("dict[str, Any]", value)
            row |= {prefix + name: "" if u is None else u for name, u in inner.items()}
        elif key == "flags":
            row[key] = " ".join(value)
        elif key in ("tripod", "barycentric"):
            parts = value or ("", "", "")
            row |= {f"{key}_{name}": part for name, part in zip(TRIPLE, parts, strict=True)}
        else:
            row[key] = "" if value is None else value
    return row
