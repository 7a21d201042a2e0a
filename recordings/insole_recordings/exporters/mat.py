"""Exporter "mat": a trial as MATLAB structures (level 5: MATLAB 7.6 and newer, Octave, scipy).

Variables `left`, `right` (empty where there is no such foot) and `trial`. Names that MATLAB does
not take are changed: what is no letter, digit or underline becomes an underline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from insole.errors import RequestError
from insole.model.foot import REGIONS, Side
from insole_recordings.exporters.exported import (
    Exported,
    ExportedFoot,
    check_outputs,
    columns,
    exported,
    saving,
)

LONGEST_NAME: Final = 63
MOST_BYTES: Final = (1 << 31) - (1 << 20)  # of a variable of this level of the format
MOST_DEEP: Final = 8


class MatExporter:
    """Fulfils `insole.plugins.Exporter`."""

    name = "mat"

    def write(
        self, path: Path, out: Path, *, options: dict[str, Any], force: bool = False
    ) -> list[Path]:
        """Write `OUT`.

        Raises:
            FileError: the input cannot be read, or the output exists or cannot be written.
            RequestError: it holds no samples of a foot, or more than the format can.
        """
        scipy_io: Any = import_module("scipy.io")  # only when it is asked for
        check_outputs([out], source=path, force=force)
        trial = exported(path, options)
        variables: dict[str, Any] = {
            side.value: _foot(trial, trial.feet[side]) if side in trial.feet else np.empty((0, 0))
            for side in Side
        }
        variables["trial"] = _struct(
            {key: value for key, value in trial.document.items() if key not in ("steps", "curves")}
        )
        with saving(out) as part, part.open("wb") as file:
            scipy_io.savemat(file, variables, long_field_names=True, oned_as="column")
        return [out]


EXPORTER = MatExporter()


def _foot(trial: Exported, foot: ExportedFoot) -> dict[str, Any]:
    signals = {
        "time_s": foot.time_s,
        "values": foot.values,
        "force_N": foot.force,
        "cop_mm": foot.cop_mm,
        "region_N": foot.region,
        "quality": foot.quality,
    }
    if foot.quantity == "counts":  # a force in no unit has no name that says newtons
        signals["force"], signals["region"] = signals.pop("force_N"), signals.pop("region_N")
    size = sum(array.nbytes for array in signals.values())
    if size > MOST_BYTES:
        raise RequestError(
            "the trial is too long for this format",
            where=str(trial.path),
            why=f"a foot has {size >> 20} MB, a variable takes {MOST_BYTES >> 20} MB",
            fix="Export --to parquet, or cut the trial with `insole decide`",
        )
    layout, side = foot.layout, trial.document["sides"][foot.side.value]
    steps = [step for step in trial.steps if step["side"] == foot.side.value]
    counted = ("expected", "received", "recovered", "lost", "coverage", "largest_gap_s")
    return {
        **signals,
        "unit": foot.quantity,
        "rate_hz": foot.rate_hz,
        "sensors": _cells(foot.sensors),
        "regions": _cells(REGIONS),
        "device": _text(side["device"]),
        "steps": {
            name: _cells(cast("list[str]", column)) if isinstance(column, list) else column
            for name, column in _named(columns(steps)).items()
        },
        "ledger": _struct({name: side[name] for name in counted}),
        "layout": {
            "name": _text(layout.name),
            "kind": layout.kind,
            "xy": layout.xy,
            "length_mm": layout.length_mm,
            "width_mm": layout.width_mm,
            "area_cm2": layout.area_cm2,
            "outline": layout.outline,
        },
    }


def _struct(table: dict[str, Any], *, deep: int = 0) -> Any:
    """Plain values as savemat takes them: no None, no half signs, names that are names."""
    if deep >= MOST_DEEP:
        return ""
    return {name: _value(value, deep=deep + 1) for name, value in _named(table).items()}


def _value(value: Any, *, deep: int) -> Any:
    if value is None:
        return np.empty((0, 0))
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return _struct(cast("dict[str, Any]", value), deep=deep)
    if isinstance(value, list | tuple):
        listed = list(cast("list[Any]", value))
        if listed and all(isinstance(one, int | float) or one is None for one in listed):
            return np.array([np.nan if one is None else one for one in listed], np.float64)
        return _cell([_value(one, deep=deep + 1) for one in listed]) if deep < MOST_DEEP else ""
    return value


def _named(table: dict[str, Any]) -> dict[str, Any]:
    """The same under names that MATLAB takes, no two equal."""
    named: dict[str, Any] = {}
    for name, value in table.items():
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = plain if re.match(r"[A-Za-z]", plain) else f"x{plain}"
        short, number = plain[:LONGEST_NAME], 1
        while short in named:
            number += 1
            short = f"{plain[: LONGEST_NAME - 6]}_{number}"
        named[short] = value
    return named


def _text(text: str) -> str:
    """Without halves of signs, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cells(texts: Iterable[str]) -> Any:
    return _cell([_text(text) for text in texts])


def _cell(values: list[Any]) -> Any:
    cell = np.empty((len(values), 1), object)
    cell[:, 0] = values
    return cell
