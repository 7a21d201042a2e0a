"""Reading layout files: typed, strict, all mistakes at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from insole.errors import LayoutError
from insole.layouts.outline import LENGTH_MM, WIDTH_MM, default_outline
from insole.model.arrays import Floats
from insole.model.foot import REGIONS, LayoutKind, Quantity, SensorLayout
from insole.signal import geometry, masks
from insole.tables import structured, summed_up

MOST_SENSORS = 255  # that a device can tell of itself
MOST_CELLS = 2048  # of matrices, whose recordings come from files: F-Scan has 955
MOST_BYTES = 1 << 20  # a layout of 255 sensors has 20 kB

UNITS: dict[str, dict[str, float]] = {
    "kPa": {"kPa": 1.0, "Pa": 0.001, "N/cm2": 10.0, "mmHg": 0.133322, "psi": 6.894757},
    "N": {"N": 1.0},
    "counts": {"counts": 1.0},
}
"""Quantity to the units a file may use, each with its factor to the quantity."""


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """The fields of a layout file as they stand there.

    `full_scale` is in `unit`; `unit` defaults to the quantity's own. `mask` is the one that this
    insole is drawn with; metrics always use R8.
    """

    name: str
    kind: LayoutKind
    quantity: Quantity
    xy: tuple[tuple[float, float], ...]
    unit: str | None = None
    length_mm: float = LENGTH_MM
    width_mm: float = WIDTH_MM
    full_scale: float | None = None
    area_cm2: tuple[float, ...] | None = None
    outline: tuple[tuple[float, float], ...] | None = None
    labels: tuple[str, ...] | None = None
    mask: str = masks.R8

    @property
    def scale(self) -> float:
        """Factor from the file's unit to the quantity."""
        return UNITS[self.quantity][self.unit or self.quantity]

    def layout(self) -> SensorLayout:
        """The geometry, with areas filled in; `full_scale` in the quantity.

        Raises:
            LayoutError: sensors overlap or lie outside.
        """
        xy = _points(self.xy)
        outline = default_outline() if self.outline is None else _points(self.outline)
        size = np.array([self.width_mm, self.length_mm])
        cells = geometry.voronoi(xy * size, outline * size)
        if self.area_cm2 is not None:
            area = np.array(self.area_cm2)
        elif self.kind == "force":
            area = np.zeros(len(xy))
        else:
            area = np.array([geometry.area(cell) for cell in cells]) / 100.0
        for array in (xy, outline, area):
            array.setflags(write=False)
        return SensorLayout(
            name=self.name,
            kind=self.kind,
            xy=xy,
            length_mm=self.length_mm,
            width_mm=self.width_mm,
            outline=outline,
            area_cm2=area,
            labels=self.labels,
            full_scale=None if self.full_scale is None else self.full_scale * self.scale,
        )


def names() -> list[str]:
    """Names of the packaged layouts."""
    entries = files("insole.layouts").iterdir()
    return sorted(e.name.removesuffix(".toml") for e in entries if e.name.endswith(".toml"))


def load(name_or_path: str | Path) -> SensorLayout:
    """The layout of this packaged name or file.

    >>> load("generic16").sensors
    16

    Raises:
        LayoutError: there is none, or it is contradictory.
    """
    return read(name_or_path).layout()


def loads(text: str, *, where: str = "layout") -> SensorLayout:
    """The layout in this TOML text; `where` names it in errors."""
    return reads(text, where=where).layout()


def read(name_or_path: str | Path) -> LayoutFile:
    """Like `load`, with quantity and unit."""
    if isinstance(name_or_path, str) and name_or_path in names():
        text = files("insole.layouts").joinpath(f"{name_or_path}.toml").read_text("utf-8")
        return reads(text, where=f"layout {name_or_path}")
    path = Path(name_or_path)
    if not path.is_file():
        raise LayoutError(
            f"no layout '{name_or_path}'",
            where=str(path),
            why=f"it is neither a file nor one of: {', '.join(names())}",
            fix="Name one of these, or the path of a layout file",
        )
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise _unreadable(path.name, "it is larger than 1 MB")
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path.name, f"{error}") from error
    return reads(text, where=path.name)


def reads(text: str, *, where: str = "layout") -> LayoutFile:
    """Like `loads`, with quantity and unit.

    Raises:
        LayoutError: with all mistakes and their paths.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(where, f"it is not TOML: {error or 'nested too deeply'}") from error
    return of_table(table, where=where)


def of_table(table: dict[str, Any], *, where: str = "layout") -> LayoutFile:
    """Like `reads`, for a table that stands inside another file.

    Raises:
        LayoutError: with all mistakes and their paths.
    """
    file, mistakes = structured(table, LayoutFile)
    if file is not None:
        mistakes = _mistakes(file)
    if mistakes or file is None:
        raise LayoutError(
            f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''} in the layout",
            where=where,
            why=summed_up(mistakes),
            fix="Correct these fields; the packaged generic16.toml is an example",
        )
    return file


def _mistakes(file: LayoutFile) -> list[str]:
    """Contradictions between well-formed fields, each with its path."""
    found: list[str] = []
    count = len(file.xy)

    def check(holds: bool, path: str, why: str) -> None:
        if not holds:
            found.append(f"{path}: {why}")

    check(bool(file.name.strip()) and len(file.name) <= 80, "name", "1 to 80 characters")
    check(1 <= count <= MOST_CELLS, "xy", f"{count} sensors, possible are 1 to {MOST_CELLS}")
    check(100.0 <= file.length_mm <= 400.0, "length_mm", "100 to 400 mm")
    check(30.0 <= file.width_mm <= 200.0, "width_mm", "30 to 200 mm")
    check(file.full_scale is None or file.full_scale > 0.0, "full_scale", "above 0, or left out")
    check(file.mask in masks.NAMES, "mask", f"one of {', '.join(masks.NAMES)}")
    units = UNITS[file.quantity]
    check(file.unit is None or file.unit in units, "unit", f"one of {', '.join(units)}")
    check(
        file.kind != "force" or file.quantity != "kPa",
        "quantity",
        "force sensors give N or counts, not kPa",
    )
    if file.area_cm2 is not None:
        check(len(file.area_cm2) == count, "area_cm2", f"{len(file.area_cm2)} for {count} sensors")
        for index, value in enumerate(file.area_cm2):
            check(value > 0.0, f"area_cm2[{index}]", "above 0")
    if file.labels is not None:
        check(len(file.labels) == count, "labels", f"{len(file.labels)} for {count} sensors")
        for index, label in enumerate(file.labels):
            check(
                label in (*REGIONS, ""),
                f"labels[{index}]",
                f"one of {', '.join(REGIONS)}, or empty",
            )
    for name, places in (("xy", file.xy), ("outline", file.outline or ())):
        for index, (x, y) in enumerate(places):
            check(
                -0.05 <= x <= 1.05 and -0.05 <= y <= 1.05,
                f"{name}[{index}]",
                "x and y are shares of width and length, 0 to 1",
            )
    if file.outline is not None:
        check(3 <= len(file.outline) <= 1000, "outline", "3 to 1000 corners")
    return found or _geometry_mistakes(file)


def _geometry_mistakes(file: LayoutFile) -> list[str]:
    size = np.array([file.width_mm, file.length_mm])
    outline = default_outline() if file.outline is None else _points(file.outline)
    try:
        geometry.check_sensors(_points(file.xy) * size, outline * size)
    except LayoutError as error:
        return [f"{error.where}: {error.what}, {error.why}"]
    return []


def _points(pairs: tuple[tuple[float, float], ...]) -> Floats:
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _unreadable(where: str, why: str) -> LayoutError:
    return LayoutError(
        "the layout cannot be read",
        where=where,
        why=why,
        fix="Write it as TOML text; the packaged generic16.toml is an example",
    )
