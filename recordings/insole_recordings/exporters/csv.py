"""Exporter "csv": the generic table that our own importer reads, its layout, and the steps.

A table has one time column, two insoles have two clocks: both feet are put on one even grid at the
nominal rate. A sample that lies on the grid is written as it is, others are interpolated linearly
between neighbours; nothing is written inside a gap. The exact samples are in the HDF5 file.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO, cast

import numpy as np

from insole.errors import RequestError, WouldOverwrite
from insole.model.arrays import Floats
from insole.model.foot import SensorLayout, Side
from insole.model.stream import Capability
from insole_recordings.recorder import cannot_write, check_place

ON_GRID_S: Final = 2e-6  # device times are whole microseconds
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
            told = _capabilities(recording.decoded(), recording.start.sides)
        finally:
            recording.close()
        capability = _common(told, path)
        with open_trial(path, **options) as trial:
            feet = {
                side: (foot.pressure.time_s, foot.pressure.values)
                for side, foot in ((Side.LEFT, trial.left), (Side.RIGHT, trial.right))
                if foot is not None
            }
            steps: list[dict[str, Any]] = trial.analyze().to_dict()["steps"]
        rate = max(entry.rate_hz for entry in told.values())
        _save(places[0], lambda file: _signals(file, feet, rate))
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


def _capabilities(items: Any, overrides: dict[str, Side]) -> dict[Side, Capability]:
    told: dict[Side, Capability] = {}
    for item in items:
        if isinstance(item, Capability):
            side = overrides.get(item.device, item.side)
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


def _signals(file: TextIO, feet: dict[Side, tuple[Floats, Floats]], rate_hz: float) -> None:
    begin = min(float(time[0]) for time, _ in feet.values() if len(time))
    end = max(float(time[-1]) for time, _ in feet.values() if len(time))
    names = ["t"]
    for side, (_, values) in feet.items():
        names += [f"{side.name[0]}{index + 1}" for index in range(values.shape[1])]
    file.write(",".join(names) + "\n")
    rows = math.floor((end - begin) * rate_hz + 0.5) + 1
    for first in range(0, rows, BLOCK_ROWS):
        grid = begin + np.arange(first, min(rows, first + BLOCK_ROWS)) / rate_hz
        parts = [on_grid(grid, time, values, rate_hz=rate_hz) for time, values in feet.values()]
        text = io.StringIO()
        table = np.column_stack([grid, *parts])
        np.savetxt(text, table, fmt=["%.6f"] + ["%.10g"] * (table.shape[1] - 1), delimiter=",")
        file.write(text.getvalue().replace("nan", ""))


def on_grid(grid: Floats, time: Floats, values: Floats, *, rate_hz: float) -> Floats:
    """One foot at the times of a grid.

    Args:
        grid: (m,) s, increasing.
        time: (n,) s, increasing.
        values: (n, S).
        rate_hz: neighbours further apart than 1.5 periods have a gap between them.

    Returns:
        (m, S); NaN where there is no sample and no pair of neighbours.
    """
    out = np.full((len(grid), values.shape[1]), np.nan)
    if not len(time):
        return out
    after = np.clip(np.searchsorted(time, grid), 1, max(1, len(time) - 1))
    before = after - 1
    after = np.minimum(after, len(time) - 1)
    nearest = np.where(np.abs(time[after] - grid) < np.abs(grid - time[before]), after, before)
    away = np.abs(time[nearest] - grid)
    # Times of a file may be rounded: its first and last sample lie beside the grid, not on it.
    beyond = (grid < time[0]) | (grid > time[-1])
    exact = (away <= ON_GRID_S) | (beyond & (away < 0.1 / rate_hz))
    out[exact] = values[nearest[exact]]
    span = time[after] - time[before]
    inside = ~exact & (grid > time[before]) & (grid < time[after]) & (span <= 1.5 / rate_hz)
    a, b = before[inside], after[inside]
    share = ((grid[inside] - time[a]) / (time[b] - time[a]))[:, None]
    out[inside] = values[a] * (1 - share) + values[b] * share
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
