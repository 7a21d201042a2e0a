"""novel pedar, text export (`.asc`): two insoles of 99 sensors.

A header that ends with the line of sensor numbers, then one line per instant: time, the sensors of
the left insole, the sensors of the right one under the same numbers. The size of the insole, the
first letters of its type, tells the areas. The first instant is one step after 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError, LayoutError, UnknownFormat
from insole.layouts import LayoutFile
from insole.layouts.reading import UNITS
from insole.model.foot import SensorLayout, Side
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text, time_grid
from insole_recordings.importers.imported import Foot, ImportedRecording, mass_option, recording
from insole_recordings.importers.table_text import Header

SENSORS = 99
MOST_HEADER_LINES = 100
RATES_AGREE = 0.01
_TIMES = re.compile(
    r"total times? \[secs\]:\s*([\d.]+)\s+time per frame \[secs\]:\s*([\d.]+)"
    r"\s+scanning rate \[Hz\]:\s*([\d.]+)"
)
_DATE = re.compile(r"date/time\s+(\d\d)\.(\d\d)\.(\d\d)\s+(\d\d)[.:](\d\d)")
_TYPE = re.compile(r"sensor type:\s*([a-z]{1,3})\b(?:-(\d+)l)?(?:-(\d+)r)?", re.IGNORECASE)
_UNIT = re.compile(r"pressure values in\s+(\S+)")
_INSOLE = re.compile(r"(left|right) insole:")
_FIX = "Export the file again, and leave its text as it is"


class PedarImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "pedar"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - content tells it
        """The first lines of every text export of this maker, of insoles as of mats."""
        return b"date/time" in head and b"scanning rate [Hz]" in head and b"\0" not in head

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read it whole.

        Raises:
            FileError: it is no insole's export, or damaged; the line is named where there is one.
            LayoutError: the areas of this insole size are unknown.
        """
        mass_kg = mass_option(options)
        with table_text.open_text(path) as file:
            said = _read_header(file, path.name)
            layout = _layout(said, options.get("layout"), path.name)
            used = list(range(1 + SENSORS * len(said.sides)))
            table = table_text.read_numbers(file, said.table, used=used, where=path.name)
        _check_rows(table[:, 0], said, path.name)
        grid = time_grid.from_times(table[:, 0])
        if abs(grid.rate_hz / said.rate_hz - 1.0) > RATES_AGREE:
            raise _damaged(
                f"{path.name}, column time",
                f"it runs at {grid.rate_hz:.6g} Hz, the header says {said.rate_hz:g} Hz",
            )
        feet = [
            Foot(
                side=side,
                layout=layout,
                quantity="kPa",
                rate_hz=grid.rate_hz,
                sequence=grid.sequence,
                tick_us=grid.tick_us,
                values=table[:, 1 + SENSORS * place : 1 + SENSORS * (place + 1)],
                scale=UNITS["kPa"][said.unit],
                serial=said.serials.get(side, ""),
            )
            for place, side in enumerate(said.sides)
        ]
        notes = TrialNotes(wall_clock=said.wall_clock)
        return recording(path, feet, format=self.name, unit=said.unit, mass_kg=mass_kg, notes=notes)


IMPORTER = PedarImporter()


@dataclass(frozen=True, slots=True)
class _Said:
    """What the header says."""

    size: str
    serials: dict[Side, str]
    sides: tuple[Side, ...]  # in the order of the columns
    total_s: float
    step_s: float
    rate_hz: float
    unit: str
    wall_clock: str
    table: Header


def _read_header(file: TextIO, where: str) -> _Said:
    lines: list[str] = []
    while not (lines and lines[-1].startswith("time[secs]")):
        line = file.readline(table_text.LONGEST_LINE)
        if not line or len(lines) >= MOST_HEADER_LINES:
            raise _damaged(where, "no line of sensor numbers ends the header")
        lines.append(line.strip("\r\n"))
    text = "\n".join(lines[:-1])
    kind = _TYPE.search(text)
    if kind is None and "mat type" not in text:
        raise _damaged(f"{where}, header", "the type of the insole is not there")
    if kind is None:
        raise UnknownFormat(
            "this is no insole",
            where=where,
            why="it is an export of a novel mat (pliance), which holds no feet",
            fix="Give a pedar export, or a table of one column per sensor",
        )
    times = _TIMES.search(text)
    numbers = [_positive(number) for number in times.groups()] if times else []
    unit = _UNIT.search(text)
    if len(numbers) != 3 or 0.0 in numbers:
        raise _damaged(f"{where}, header", "duration, time per frame and rate are not there")
    if unit is None or unit[1] not in UNITS["kPa"]:
        raise _damaged(f"{where}, header", "the unit of pressure is not there, or unknown")
    date = _DATE.search(text)
    serials = {Side.LEFT: kind[2] or "", Side.RIGHT: kind[3] or ""}
    sides = tuple(dict.fromkeys(Side(name) for name in _INSOLE.findall(text)))
    return _Said(
        size=kind[1].lower(),
        serials=serials,
        sides=sides,
        total_s=numbers[0],
        step_s=numbers[1],
        rate_hz=numbers[2],
        unit=unit[1],
        wall_clock="20{2}-{1}-{0}T{3}:{4}".format(*date.groups()) if date else "",
        table=_table_header(lines[-1], sides, line=len(lines), where=where),
    )


def _table_header(text: str, sides: tuple[Side, ...], *, line: int, where: str) -> Header:
    cells = [cell.strip() for cell in text.split("\t")]
    numbers = [str(number) for number in range(1, SENSORS + 1)]
    empty = cells[1 + SENSORS * len(sides) :]
    if not sides or cells[1 : len(cells) - len(empty)] != numbers * len(sides) or any(empty):
        raise _damaged(
            f"{where}, line {line}",
            f"{len(cells) - 1} columns, expected are 1 to {SENSORS} of each insole, after tabs",
        )
    names = [f"{side} {number}" for side in sides for number in numbers]
    return Header(("time", *names, *empty), "\t", line)


def _layout(said: _Said, given: object, where: str) -> SensorLayout:
    if isinstance(given, SensorLayout):
        layout = given
    elif isinstance(given, LayoutFile):
        layout = given.layout()
    elif given is not None:
        layout = layouts.load(str(given))
    else:
        name = f"pedar_{said.size}"
        if name not in layouts.names():
            known = [n.removeprefix("pedar_") for n in layouts.names() if n.startswith("pedar_")]
            raise LayoutError(
                f"insole size '{said.size}' is unknown",
                where=where,
                why=f"areas are known of the sizes {', '.join(known)}",
                fix="Give --layout FILE with the 99 areas of this insole",
            )
        layout = layouts.load(name)
    if layout.sensors != SENSORS:
        raise LayoutError(
            "the layout does not fit the file",
            where=where,
            why=f"it has {layout.sensors} sensors, the insole {SENSORS}",
            fix="Leave out --layout, or give one of 99 sensors",
        )
    return layout


def _check_rows(time_s: Any, said: _Said, where: str) -> None:
    later = np.diff(time_s) > 0.0
    if np.isnan(time_s).any() or not later.all():
        row = int(np.argmax(np.isnan(time_s) | np.concatenate(([False], ~later))))
        raise _damaged(f"{where}, line {said.table.line + 1 + row}", "the time does not increase")
    promised = said.total_s / said.step_s
    if len(time_s) < 2 or not abs(len(time_s) - promised) <= 1.0:  # a quotient may be no number
        raise _damaged(
            where, f"the header promises {promised:.0f} lines of data, there are {len(time_s)}"
        )


def _positive(text: str) -> float:
    """The number, or 0 for none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _damaged(where: str, why: str) -> FileError:
    return DamagedFile("this pedar file is damaged", where=where, why=why, fix=_FIX)
