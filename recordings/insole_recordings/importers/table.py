"""Generic tables: CSV or TSV with a header (product.md, "Generic table input").

Columns: `t` in seconds, `L1..Ln` and `R1..Rn`, or one foot only; others are ignored. Delimiter
(tab, semicolon, comma), byte-order mark, quotes and line ends are found out. An empty cell is a
missing sample, never 0: a row with one leaves a gap in the sequence of that foot.

What the numbers mean stands in a side-car `NAME.layout.toml` (see `insole.layouts`) or in options:

* `layout`: name of a packaged layout, path of a layout file, or a layout;
* `quantity`: `kPa`, `N` or `counts`, instead of the layout's;
* `rate`: Hz, where there is no column `t`;
* `mass`: body mass, kg.

One column a foot in newtons is total force and needs no layout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError, LayoutError, RequestError
from insole.layouts import LayoutFile
from insole.model.arrays import Floats
from insole.model.foot import Quantity, SensorLayout, Side
from insole.model.stream import Capability, Event, Samples
from insole.model.trial import ClockPrior, StartState, TrialNotes
from insole_recordings.importers import table_text, time_grid
from insole_recordings.importers.table_text import Header
from insole_recordings.importers.time_grid import TimeGrid

SUFFIXES = (".csv", ".tsv")
TIME_NAMES = ("t", "t_s", "time", "time_s")
QUANTITIES: tuple[Quantity, ...] = ("kPa", "N", "counts")
RATE_HZ = (5.0, 10_000.0)
MASS_KG = (20.0, 300.0)
CLOSEST_S = 2e-6  # rows nearer than this have the same time
RATES_AGREE = 0.01  # a rate given beside times may differ by this share
_SENSOR = re.compile(r"([LR])0*([1-9][0-9]{0,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRecording:
    """A table, read; fulfils `insole.plugins.Recording`."""

    path: Path
    start: StartState
    notes: TrialNotes
    format: str = "table"
    _items: list[Capability | Samples] = field(default_factory=list[Capability | Samples])

    def events(self) -> Iterator[Event]:
        """None: a table holds no packets."""
        return iter(())

    def decoded(self) -> Iterator[Capability | Samples]:
        """Capabilities, then all samples of each foot in one chunk."""
        return iter(self._items)

    def stored_document(self) -> dict[str, Any] | None:
        """None: a table holds no analysis."""
        return None

    def close(self) -> None:
        """Let the numbers go."""
        self._items.clear()


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

    def open(self, path: Path, options: dict[str, Any]) -> TableRecording:
        """Read a table whole.

        Raises:
            FileError: the table cannot be read; the row and column are named where it has them.
            LayoutError: no layout, or one that does not fit.
            RequestError: an option has no valid value.
        """
        rate = _number(options, "rate", *RATE_HZ, unit="Hz")
        mass = _number(options, "mass", *MASS_KG, unit="kg")
        with table_text.open_text(path) as file:
            header = table_text.read_header(file, path.name)
            columns = _columns(header, path.name)
            layout, quantity, scale = _meaning(path, options, columns)
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
        grid, table = _time(table, columns, rate=rate, where=path.name, line=header.line + 1)
        items = _items(table, columns, grid, _Meaning(layout, quantity, scale))
        if not items:
            raise FileError(
                "the table has no samples",
                where=path.name,
                why="every row has an empty cell",
                fix="Check that the export was complete",
            )
        firsts = [int(item.tick_us[0]) for item in items if isinstance(item, Samples)]
        start = StartState(
            origin_ns=min(firsts) * 1000,
            mass_kg=mass,
            clocks=tuple(  # times of a file are host times: the clock is the identity
                ClockPrior(item.device, offset_us=0.0, skew_ppm=0.0)
                for item in items
                if isinstance(item, Capability)
            ),
        )
        return TableRecording(path, start, TrialNotes(source=path.name), _items=items)


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


def _meaning(
    path: Path, options: dict[str, Any], columns: _Columns
) -> tuple[SensorLayout, Quantity, float]:
    """Layout, quantity, and factor from the file's unit to the quantity."""
    counts = {side: len(found) for side, found in columns.sides.items()}
    wanted = _quantity(options)
    layout, quantity, scale = _layout(path, options, counts=counts, wanted=wanted)
    if wanted is not None and wanted != quantity:
        layout, quantity, scale = replace(layout, full_scale=None), wanted, 1.0
    if layout.kind == "force" and quantity == "kPa":
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
    return layout, quantity, scale


def _layout(
    path: Path, options: dict[str, Any], *, counts: dict[Side, int], wanted: Quantity | None
) -> tuple[SensorLayout, Quantity, float]:
    given = options.get("layout")
    if isinstance(given, SensorLayout):
        return given, wanted or ("N" if given.kind == "force" else "kPa"), 1.0
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
    return file.layout(), file.quantity, file.scale


def _quantity(options: dict[str, Any]) -> Quantity | None:
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


def _number(
    options: dict[str, Any], name: str, low: float, high: float, *, unit: str
) -> float | None:
    given = options.get(name)
    if given is None:
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        raise RequestError(
            f"{name} {str(given)[:20]} is not possible",
            where=f"--{name}",
            why=f"it lies outside {low:g} to {high:g} {unit}",
            fix=f"Give the {name} in {unit}",
        )
    return number


def _time(
    table: Floats, columns: _Columns, *, rate: float | None, where: str, line: int
) -> tuple[TimeGrid, Floats]:
    """The grid of the rows, and the table without its time column."""
    if columns.time is None:
        assert rate is not None, "checked before reading"  # noqa: S101
        return time_grid.from_rate(len(table), rate), table
    time, values = table[:, 0], table[:, 1:]
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
    if len(time) < 2:
        if rate is None:
            raise RequestError(
                "one row has no rate",
                where=where,
                why="the sampling rate comes from the distance of two rows",
                fix="Give --rate HZ",
            )
        grid = time_grid.from_rate(1, rate)
        return replace(grid, tick_us=np.rint(time * 1e6).astype(np.int64)), values
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
    return grid, values


def _items(
    values: Floats, columns: _Columns, grid: TimeGrid, meaning: _Meaning
) -> list[Capability | Samples]:
    """What the pipeline is fed: rows of a foot with an empty cell are left out."""
    capabilities: list[Capability | Samples] = []
    samples: list[Capability | Samples] = []
    first = 0
    for side, found in columns.sides.items():
        mine = values[:, first : first + len(found)]
        first += len(found)
        whole = ~np.isnan(mine).any(axis=1)
        count = int(np.count_nonzero(whole))
        if not count:
            continue
        tick = grid.tick_us[whole]
        capabilities.append(
            Capability(
                device=side.value,
                protocol="table",
                serial="",
                firmware="",
                side=side,
                layout=meaning.layout,
                quantity=meaning.quantity,
                scale=meaning.scale,
                offset=0.0,
                saturated=None,
                rate_hz=grid.rate_hz,
            )
        )
        samples.append(
            Samples(
                device=side.value,
                sequence=grid.sequence[whole],
                tick_us=tick,
                arrival_ns=tick * 1000,
                values=np.asfortranarray(mine[whole]),
                flags=np.zeros(count, dtype=np.uint32),
            )
        )
    return capabilities + samples
