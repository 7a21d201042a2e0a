"""Generic tables: CSV or TSV with a header (product.md, "Generic table input").

Columns: `t` in seconds, `L1..Ln` and `R1..Rn`, or one foot only; others are ignored. Delimiter
(tab, semicolon, comma), byte-order mark, quotes and line ends are found out. An empty cell is a
missing sample, never 0: a row with one leaves a gap in the sequence of that foot. Where nearly
all rows hold one foot only, each foot has a clock of its own, and its own rows give its rate.

What the numbers mean stands in a side-car `NAME.layout.toml` (see `insole.layouts`) or in options:

* `layout`: name of a packaged layout, path of a layout file, or a layout;
* `quantity`: `kPa`, `N` or `counts`, instead of the layout's;
* `rate`: Hz, where there is no column `t`;
* `mass`: body mass, kg.

One column a foot in newtons is total force and needs no layout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError, LayoutError, RequestError
from insole.layouts import LayoutFile
from insole.model.arrays import Bools, Floats
from insole.model.foot import Quantity, SensorLayout, Side
from insole_recordings.importers import table_text, time_grid
from insole_recordings.importers.imported import (
    RATE_HZ,
    Foot,
    ImportedRecording,
    mass_option,
    number_option,
    recording,
)
from insole_recordings.importers.table_text import Header
from insole_recordings.importers.time_grid import TimeGrid

SUFFIXES = (".csv", ".tsv")
TIME_NAMES = ("t", "t_s", "time", "time_s")
QUANTITIES: tuple[Quantity, ...] = ("kPa", "N", "counts")
CLOSEST_S = 2e-6  # rows nearer than this have the same time
SHARED_ROWS = 0.1  # feet with a clock each meet in fewer rows than this share
RATES_AGREE = 0.01  # a rate given beside times may differ by this share
_SENSOR = re.compile(r"([LR])0*([1-9][0-9]{0,3})", re.IGNORECASE)


class TableImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "table"

    def sniff(self, path: Path, head: bytes) -> bool:
        """Text named .csv or .tsv, or any text whose header names sensors."""
        if b"\0" in head:
            return False
        if path.suffix.lower() in SUFFIXES:
            return True
        header = table_text.header_of(head.decode("utf-8", errors="replace"))
        return header is not None and any(_SENSOR.fullmatch(name) for name in header.names)

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read a table whole.

        Raises:
            FileError: the table cannot be read; the row and column are named where it has them.
            LayoutError: no layout, or one that does not fit.
            RequestError: an option has no valid value.
        """
        rate = number_option(options, "rate", *RATE_HZ, unit="Hz")
        mass = mass_option(options)
        with table_text.open_text(path) as file:
            header = table_text.read_header(file, path.name)
            columns = _columns(header, path.name)
            meaning = _meaning(path, options, columns)
            if columns.time is None and rate is None:
                raise RequestError(
                    "no time column",
                    where=path.name,
                    why="without a column t the sampling rate is unknown",
                    fix="Add a column t in seconds, or give --rate HZ",
                )
            table = table_text.read_numbers(file, header, used=columns.used, where=path.name)
        if not len(table):
            raise FileError(
                "the table has no samples",
                where=path.name,
                why="no row follows the header",
                fix="Check that the export was complete",
            )
        feet = _feet(table, columns, meaning, rate=rate, where=path.name, line=header.line + 1)
        return recording(path, feet, format=self.name, unit=meaning.unit, mass_kg=mass)


IMPORTER = TableImporter()


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in the file time and sensors stand."""

    time: int | None
    sides: dict[Side, list[int]]

    @property
    def used(self) -> list[int]:
        """Indices in the file, in the order of the table that is read."""
        first = [] if self.time is None else [self.time]
        return first + [index for found in self.sides.values() for index in found]


@dataclass(frozen=True, slots=True)
class _Meaning:
    layout: SensorLayout
    quantity: Quantity
    scale: float
    unit: str  # as the cells have it


def _columns(header: Header, where: str) -> _Columns:
    time: int | None = None
    found: dict[Side, dict[int, int]] = {Side.LEFT: {}, Side.RIGHT: {}}
    for index, name in enumerate(header.names):
        sensor = _SENSOR.fullmatch(name)
        if sensor is not None:
            side = Side.LEFT if sensor[1].upper() == "L" else Side.RIGHT
            twice = int(sensor[2]) in found[side]
            found[side][int(sensor[2])] = index
        elif name.lower() in TIME_NAMES:
            twice = time is not None
            time = index
        else:
            continue
        if twice:
            raise _bad_header(where, f"column {name[:20]} stands there twice")
    sides: dict[Side, list[int]] = {}
    for side, numbered in found.items():
        if not numbered:
            continue
        count = max(numbered)
        missing = [f"{side[0].upper()}{i}" for i in range(1, count + 1) if i not in numbered]
        if missing:
            raise _bad_header(where, f"column {missing[0]} is missing")
        sides[side] = [numbered[i] for i in range(1, count + 1)]
    if not sides:
        shown = ", ".join(header.names[:6])
        raise _bad_header(where, f"it names no sensors, but {shown[:80]}")
    return _Columns(time, sides)


def _bad_header(where: str, why: str) -> FileError:
    return FileError(
        "the header does not fit",
        where=f"{where}, first line",
        why=why,
        fix="Name the columns t, L1 to Ln and R1 to Rn, or those of one foot",
    )


def _meaning(path: Path, options: dict[str, Any], columns: _Columns) -> _Meaning:
    counts = {side: len(found) for side, found in columns.sides.items()}
    wanted = quantity_option(options)
    meaning = _layout(path, options, counts=counts, wanted=wanted)
    if wanted is not None and wanted != meaning.quantity:
        meaning = _Meaning(replace(meaning.layout, full_scale=None), wanted, 1.0, wanted)
    layout = meaning.layout
    if layout.kind == "force" and meaning.quantity == "kPa":
        raise LayoutError(
            "pressure without areas",
            where=f"layout {layout.name}",
            why="a layout of force sensors cannot hold kPa",
            fix="Use a layout of kind discrete or grid, or --quantity N",
        )
    for side, count in counts.items():
        if count != layout.sensors:
            raise LayoutError(
                "the layout does not fit the table",
                where=f"{path.name}, {side}",
                why=f"{count} columns, but layout {layout.name} has {layout.sensors} sensors",
                fix="Choose the layout of this insole, or write one beside the table",
            )
    return meaning


def _layout(
    path: Path, options: dict[str, Any], *, counts: dict[Side, int], wanted: Quantity | None
) -> _Meaning:
    given = options.get("layout")
    if isinstance(given, SensorLayout):
        quantity = wanted or ("N" if given.kind == "force" else "kPa")
        return _Meaning(given, quantity, 1.0, quantity)
    side_car = path.with_name(f"{path.stem}.layout.toml")
    if isinstance(given, LayoutFile):
        file = given
    elif given is not None:
        file = layouts.read(str(given))
    elif side_car.exists():
        file = layouts.read(side_car)
    elif set(counts.values()) == {1} and wanted in (None, "N"):
        file = layouts.read("total")
    else:
        raise LayoutError(
            "where the sensors lie is unknown",
            where=path.name,
            why=f"{max(counts.values())} sensors a foot and no layout",
            fix=f"Write {side_car.name} beside it, or give --layout NAME",
        )
    return _Meaning(file.layout(), file.quantity, file.scale, file.unit or file.quantity)


def quantity_option(options: dict[str, Any]) -> Quantity | None:
    """The quantity that the user names, if any.

    Raises:
        RequestError: it is not one of `QUANTITIES`.
    """
    given = options.get("quantity")
    if given is None:
        return None
    for known in QUANTITIES:
        if str(given).lower() == known.lower():
            return known
    raise RequestError(
        f"quantity '{str(given)[:20]}' is unknown",
        where="--quantity",
        why=f"known are {', '.join(QUANTITIES)}",
        fix="Choose one of them",
    )


def _feet(
    table: Floats,
    columns: _Columns,
    meaning: _Meaning,
    *,
    rate: float | None,
    where: str,
    line: int,
) -> list[Foot]:
    has_time = columns.time is not None
    time = table[:, 0] if has_time else None
    values = table[:, 1:] if has_time else table
    if time is not None:
        _check_times(time, where=where, line=line)
    ends = np.cumsum([len(found) for found in columns.sides.values()])
    parts = dict(zip(columns.sides, np.split(values, ends[:-1], axis=1), strict=True))
    rows: dict[Side, Bools] = {
        side: np.asarray(~np.isnan(part).all(axis=1)) for side, part in parts.items()
    }
    if time is None or len(rows) < 2 or not _apart(*rows.values()):
        rows = {side: np.ones(len(values), np.bool_) for side in parts}
    feet: list[Foot] = []
    grid: TimeGrid | None = None
    for side, own in rows.items():
        if not own.any():
            continue
        if grid is None or not own.all():
            grid = _grid(None if time is None else time[own], len(values), rate=rate, where=where)
        feet.append(
            Foot(
                side=side,
                layout=meaning.layout,
                quantity=meaning.quantity,
                rate_hz=grid.rate_hz,
                sequence=grid.sequence,
                tick_us=grid.tick_us,
                values=parts[side][own],
                scale=meaning.scale,
            )
        )
    return feet


def _apart(left: Bools, right: Bools) -> bool:
    """Do nearly all rows hold one foot only, in turns? A foot that is away for long is not that."""
    both = int(np.count_nonzero(left & right))
    turns = int(np.count_nonzero(left[1:] & ~right[1:] & right[:-1] & ~left[:-1]))
    return both < SHARED_ROWS * len(left) and turns > SHARED_ROWS * len(left)


def _check_times(time: Floats, *, where: str, line: int) -> None:
    later = np.diff(time) > CLOSEST_S
    if np.isnan(time).any() or not later.all():
        row = int(np.argmax(np.isnan(time) | np.concatenate(([False], ~later))))
        before = f"{time[row - 1]:g}" if row else ""
        why = (
            "it is empty" if np.isnan(time[row]) else f"{time[row]:g} s does not follow {before} s"
        )
        raise DamagedFile(
            "the time does not increase",
            where=f"{where}, line {line + row}, column t",
            why=why,
            fix="Sort the rows and give each its own time, or leave out t and give --rate HZ",
        )


def _grid(time: Floats | None, rows: int, *, rate: float | None, where: str) -> TimeGrid:
    """The grid of rows by their times, or by the rate alone."""
    if time is None:
        assert rate is not None, "checked before reading"  # noqa: S101
        return time_grid.from_rate(rows, rate)
    if len(time) < 2:
        if rate is None:
            raise RequestError(
                "one row has no rate",
                where=where,
                why="the sampling rate comes from the distance of two rows",
                fix="Give --rate HZ",
            )
        grid = time_grid.from_rate(1, rate)
        return replace(grid, tick_us=np.rint(time * 1e6).astype(np.int64))
    grid = time_grid.from_times(time)
    if not RATE_HZ[0] <= grid.rate_hz <= RATE_HZ[1]:
        raise DamagedFile(
            f"a rate of {grid.rate_hz:.4g} Hz is not possible",
            where=f"{where}, column t",
            why=f"rows are {1.0 / grid.rate_hz:.4g} s apart",
            fix="Give t in seconds",
        )
    if rate is not None and abs(grid.rate_hz / rate - 1.0) > RATES_AGREE:
        raise RequestError(
            f"rate {rate:g} Hz contradicts the table",
            where=f"{where}, column t",
            why=f"its times run at {grid.rate_hz:.6g} Hz",
            fix="Leave out --rate, or the column t",
        )
    return grid
