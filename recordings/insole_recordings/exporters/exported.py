"""What every exporter writes: the samples that came, the forces, the steps; and how files are made.

Times count from the first sample of the trial, as those of the steps do. Nothing that was bridged
is in the samples. A file is written under another name and renamed at the end.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from insole.errors import RequestError
from insole.model.arrays import Bools, Flags, Floats
from insole.model.foot import Quantity, SensorLayout, Side
from insole.model.quality import Quality
from insole_recordings.recorder import cannot_write, check_place, exists

TRIPLE: Final = ("heel", "first_ray", "fifth_ray")
MADE: Final = np.uint32(Quality.INTERPOLATED | Quality.GAP)


@dataclass(frozen=True, slots=True)
class ExportedFoot:
    """One foot's samples that came.

    Attributes:
        quantity: unit of the values.
        sensors: name of each sensor.
        time_s: (n,) s from the first sample of the trial, increasing.
        values: (n, S) calibrated.
        force: (n,) under the foot: N, for a quantity of counts in a unit of its own.
        cop_mm: (n, 2) centre of pressure in the foot frame, NaN in the air.
        region: (n, R) force on each region, as `force`.
        quality: (n,) of `insole.model.quality.Quality`.
    """

    side: Side
    layout: SensorLayout
    rate_hz: float
    quantity: Quantity
    sensors: tuple[str, ...]
    time_s: Floats
    values: Floats
    force: Floats
    cop_mm: Floats
    region: Floats
    quality: Flags


@dataclass(frozen=True, slots=True)
class Exported:
    """A trial to be written.

    Attributes:
        document: `insole.analysis/1`.
    """

    path: Path
    feet: dict[Side, ExportedFoot]
    document: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Steps of both feet in order of foot strike, as cells (`flat`)."""
        return [flat(step) for step in self.document["steps"]]

    def in_newtons(self) -> None:
        """For formats that know forces only.

        Raises:
            RequestError: a foot's force is not in newtons.
        """
        for foot in self.feet.values():
            if foot.quantity == "counts":
                raise RequestError(
                    "no force to export",
                    where=str(self.path),
                    why=f"the {foot.side} insole gives counts, not newtons",
                    fix="Calibrate it, or export --to csv, mat or parquet, which keep counts",
                )


def exported(path: Path, options: dict[str, Any]) -> Exported:
    """Read and analyse a file.

    Raises:
        FileError: it cannot be read.
        RequestError: it holds no samples of a foot.
    """
    from insole.api import open as open_trial  # the pipeline: only when something is exported

    with open_trial(path, **options) as trial:
        data = {Side.LEFT: trial.left, Side.RIGHT: trial.right}
        result = trial.analyze()
    feet: dict[Side, ExportedFoot] = {}
    for side, foot in data.items():
        if foot is None or side not in result.feet:
            continue
        signal, known = foot.pressure, result.feet[side]
        came: Bools = (signal.quality & MADE) == 0
        feet[side] = ExportedFoot(
            side=side,
            layout=known.capability.layout,
            rate_hz=known.capability.rate_hz,
            quantity=known.quantity,
            sensors=signal.sensors,
            time_s=signal.time_s[came] - result.start_s,
            values=signal.values[came],
            force=foot.total_n[came],
            cop_mm=foot.cop_mm[came],
            region=foot.region_n[came],
            quality=signal.quality[came],
        )
    if not feet:
        raise RequestError(
            "nothing to export",
            where=str(path),
            why="it holds no samples of a known foot",
            fix="`insole info` shows what it holds",
        )
    return Exported(path, feet, result.to_dict())


def flat(step: dict[str, Any]) -> dict[str, Any]:
    """A step as cells: u_X for uncertainties, one per corner of the tripod; None: no value."""
    row: dict[str, Any] = {}
    for key, value in step.items():
        if isinstance(value, dict):
            prefix = "u_shared_" if key == "uncertainty_shared" else "u_"
            inner = cast("dict[str, Any]", value)
            row |= {prefix + name: u for name, u in inner.items()}
        elif key == "flags":
            row[key] = " ".join(value)
        elif key in ("tripod", "barycentric"):
            parts = value or (None, None, None)
            row |= {f"{key}_{name}": part for name, part in zip(TRIPLE, parts, strict=True)}
        else:
            row[key] = value
    return row


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, Floats | Bools | list[str]]:
    """Cells of rows by column: numbers with NaN for no value, truths, or texts."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: _column([row.get(name) for row in rows]) for name in names}


def _column(cells: list[Any]) -> Floats | Bools | list[str]:
    if all(isinstance(cell, bool) for cell in cells):
        return np.array(cells, np.bool_)
    if any(isinstance(cell, str) for cell in cells):
        return ["" if cell is None else str(cell) for cell in cells]
    return np.array([np.nan if cell is None else cell for cell in cells], np.float64)


def check_outputs(places: Sequence[Path], *, source: Path, force: bool) -> None:
    """Refuse outputs that would destroy something, before any work is done.

    Raises:
        FileError: a folder, a missing folder, or it exists and `force` is false.
        RequestError: it is the input itself.
    """
    for place in places:
        check_place(place)
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
            raise exists(place)


@contextmanager
def saving(place: Path) -> Generator[Path]:
    """Where to write a file that gets its name when it is complete; else nothing is left of it.

    Raises:
        FileError: the system refuses it. `DiskFull`: no room.
    """
    whole = place.resolve()  # a link stays one
    special = whole.exists() and not whole.is_file()  # a device cannot be replaced
    part = whole if special else whole.with_name(f"{whole.name}.part")
    try:
        yield part
        if not special:
            part.replace(whole)
    except OSError as error:
        raise cannot_write(place, error) from error
    finally:
        if not special:
            part.unlink(missing_ok=True)
