"""Text exports of Moticon OpenGo and ReGo insoles (.txt).

Lines that begin with `#`: what was recorded, and at last the names of the columns. Then one row per
instant for both feet. A blank field is a sample that did not come: missing, never 0. Any subset of
the channels may be exported. Step marks and hand-set events become marks of the trial.

* Usually the pressures are read (N/cm2, kept as they stand; the capability has the factor to kPa).
* `quantity`: `N` reads the total force of the maker's firmware instead, one sensor a foot.
* `layout`: instead of that of the size the file names.
* `mass`: body mass, kg.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from insole import layouts
from insole.errors import FileError, LayoutError, RequestError
from insole.model.arrays import Floats
from insole.model.foot import SensorLayout, Side
from insole.model.stream import Mark
from insole.model.trial import TrialNotes
from insole_recordings.importers import moticon_beside, table_text, text_marks
from insole_recordings.importers.imported import Foot, ImportedRecording, mass_option, recording
from insole_recordings.importers.table import quantity_option
from insole_recordings.importers.table_text import Header
from insole_recordings.importers.time_grid import TimeGrid, checked_grid

KPA = 10.0  # one N/cm2
SENSORS = 16
MEASURED = {3: "moticon16_size3", 7: "moticon16"}
"""Sizes whose areas are known; others are scaled."""
SIZES = (0, 12)
MOST_HEADER_LINES = 200
LOADED_N = 50.0  # from here on the firmware's own numbers count
STEPS = {11: "heel strike", 15: "toe off", 21: "heel strike", 25: "toe off"}

_CHANNEL = re.compile(r"(left|right) (pressure (\d{1,3})|total force|steps)\[(.*)\]")
_EVENT = re.compile(r"(.{1,100})\[\]")
_SERIAL = re.compile(r"(Left|Right)\s+([^\s,]{1,40})")


@dataclass(slots=True)
class _Columns:
    """Indices of columns by what they hold."""

    pressure: dict[Side, dict[int, int]] = field(default_factory=dict[Side, dict[int, int]])
    total: dict[Side, int] = field(default_factory=dict[Side, int])
    steps: dict[Side, int] = field(default_factory=dict[Side, int])
    events: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Name of a group to the columns of its label and of its number."""

    def used(self, *, use_force: bool) -> list[int]:
        """Indices of columns of numbers to read, time first."""
        found = {0, *self.total.values(), *self.steps.values()}
        found |= {number for _, number in self.events.values()}
        if not use_force:
            found |= {index for sensors in self.pressure.values() for index in sensors.values()}
        return sorted(found)


class MoticonImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "moticon"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - told by its content
        """Lines with `#`, and the words of this export."""
        plain = head.removeprefix(b"\xef\xbb\xbf")
        return plain.startswith(b"#") and (
            b"\n# Sensor insoles:" in plain or re.search(rb"(^|\n)# ?time\t", plain) is not None
        )

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read an export whole.

        Raises:
            FileError: it cannot be read; the line and column are named where it has them.
            LayoutError: where the sensors lie is not known.
            RequestError: an option has no valid value.
        """
        mass = mass_option(options)
        wanted = quantity_option(options)
        if wanted == "counts":
            raise RequestError(
                "an export of Moticon has no counts",
                where="--quantity",
                why="it holds pressures, and forces",
                fix="Use kPa, or N for the total force of the insole itself",
            )
        where = path.name
        with table_text.open_text(path) as file:
            said, header = _read_header(file, where)
            columns = _columns(header, where)
            use_force = wanted == "N" or not columns.pressure
            if use_force and not columns.total:
                raise _bad_header(where, "it names no total force")
            used = columns.used(use_force=use_force)
            table = table_text.read_numbers(file, header, used=used, where=where)
        grid = checked_grid(table[:, 0], where=where, line=header.line + 1)
        values = {index: table[:, place] for place, index in enumerate(used)}
        feet = (
            [_force_foot(side, index, values, grid) for side, index in columns.total.items()]
            if use_force
            else [
                _pressure_foot(side, columns, values, grid, said, options)
                for side in columns.pressure
            ]
        )
        marks = _marks(path, header, columns, values, grid)
        del table, values  # an hour is a hundred megabytes, and the feet hold their own
        serials = {
            name.lower(): serial for name, serial in _SERIAL.findall(said.get("Sensor insoles", ""))
        }
        feet = [replace(foot, serial=serials.get(foot.side.value, "")) for foot in feet]
        return recording(
            path,
            feet,
            format=self.name,
            unit="N" if use_force else "N/cm2",
            mass_kg=mass,
            notes=_notes(said),
            marks=marks,
            beside=partial(moticon_beside.readings, path, header),
        )


IMPORTER = MoticonImporter()


def _read_header(file: TextIO, where: str) -> tuple[dict[str, str], Header]:
    """What the header says by its keys, and the names of the columns."""
    said: dict[str, str] = {}
    for number in range(1, MOST_HEADER_LINES + 1):
        line = file.readline(table_text.LONGEST_LINE)
        if not line.startswith("#"):
            break
        text = line[1:].strip("\r\n").removeprefix(" ")
        names = tuple(name.strip() for name in text.split("\t"))
        if names[0] == "time":
            if not 1 < len(names) <= table_text.MOST_COLUMNS:
                break
            return said, Header(names, "\t", number)
        key, colon, value = text.partition(":")
        if colon:
            said[key.strip()[:100]] = value.strip()[:1000]
    raise FileError(
        "the header is not complete",
        where=where,
        why="no line '# time' with the names of the columns follows it",
        fix="Export the measurement again as text",
    )


def _columns(header: Header, where: str) -> _Columns:
    found = _Columns()
    labels: dict[str, int] = {}
    for index, name in enumerate(header.names):
        channel = _CHANNEL.fullmatch(name)
        if channel is None:
            event = _EVENT.fullmatch(name)
            if event is None:
                continue
            group = event[1]
            if group.endswith(" label"):
                labels[group.removesuffix(" label")] = index
            elif group in labels:
                found.events[group] = (labels[group], index)
            continue
        side, what, sensor, unit = Side(channel[1]), channel[2], channel[3], channel[4]
        if sensor is not None:
            if not unit.startswith("N/cm"):
                raise _bad_header(where, f"pressures are in {unit[:10]!r}, not in N/cm2")
            known: dict[int, int] = found.pressure.setdefault(side, {})
            key = int(sensor)
        else:
            if what == "total force" and unit != "N":
                raise _bad_header(where, f"forces are in {unit[:10]!r}, not in N")
            known = {}
            key = 0
            place = found.total if what == "total force" else found.steps
            known = {0: place[side]} if side in place else {}
            place[side] = index
        if key in known:
            raise _bad_header(where, f"column {name[:40]} stands there twice")
        known[key] = index
    for side, sensors in found.pressure.items():
        gap = next((n for n in range(1, max(sensors) + 1) if n not in sensors), None)
        if gap is not None:
            raise _bad_header(where, f"column {side} pressure {gap} is missing")
    if not found.pressure and not found.total:
        raise _bad_header(where, "it names neither pressures nor total forces")
    return found


def _bad_header(where: str, why: str) -> FileError:
    return FileError(
        "the columns do not fit",
        where=f"{where}, line of column names",
        why=why,
        fix="Export the measurement again as text, with pressures or total force",
    )


def _force_foot(side: Side, index: int, values: dict[int, Floats], grid: TimeGrid) -> Foot:
    return Foot(
        side=side,
        layout=layouts.load("total"),
        quantity="N",
        rate_hz=grid.rate_hz,
        sequence=grid.sequence,
        tick_us=grid.tick_us,
        values=values[index][:, None],
    )


def _pressure_foot(
    side: Side,
    columns: _Columns,
    values: dict[int, Floats],
    grid: TimeGrid,
    said: dict[str, str],
    options: dict[str, Any],
) -> Foot:
    sensors = columns.pressure[side]
    pressure = np.column_stack([values[sensors[n]] for n in sorted(sensors)])
    given = options.get("layout")
    if given is not None:
        layout = given if isinstance(given, SensorLayout) else layouts.load(given)
    elif len(sensors) == SENSORS:
        total = values[columns.total[side]] if side in columns.total else None
        layout = _layout(said.get("Size", ""), pressure, total)
    else:
        raise LayoutError(
            "where the sensors lie is unknown",
            where=f"{side} foot",
            why=f"{len(sensors)} sensors, known is the insole with {SENSORS}",
            fix="Give --layout FILE, or --quantity N for the total force of the insole itself",
        )
    if layout.sensors != len(sensors):
        raise LayoutError(
            "the layout does not fit the export",
            where=f"{side} foot",
            why=f"{len(sensors)} columns, but layout {layout.name} has {layout.sensors} sensors",
            fix="Choose the layout of this insole",
        )
    return Foot(
        side=side,
        layout=layout,
        quantity="kPa",
        rate_hz=grid.rate_hz,
        sequence=grid.sequence,
        tick_us=grid.tick_us,
        values=pressure,
        scale=KPA,
    )


def _layout(size_text: str, pressure: Floats, total: Floats | None) -> SensorLayout:
    """The insole of this size; one whose areas are not known is scaled.

    Total force is pressure times area in these insoles, so that the column of the total force tells
    the area of all sensors; without it the length is taken to grow evenly with the size.
    """
    size = int(size_text) if re.fullmatch(r"\d{1,2}", size_text) else None
    if size in MEASURED:
        return layouts.load(MEASURED[size])
    base = layouts.load(MEASURED[7])
    factor = None if total is None else _area_factor(base, pressure, total)
    if factor is None and size is not None and SIZES[0] <= size <= SIZES[1]:
        small = layouts.load(MEASURED[3])
        length = small.length_mm + (size - 3) / (7 - 3) * (base.length_mm - small.length_mm)
        factor = (length / base.length_mm) ** 2
    if factor is None:
        raise LayoutError(
            "the size of the insole is unknown",
            where="header of the export",
            why=f"it says Size: {size_text[:20]!r}, and total force is not among the columns",
            fix="Give --layout moticon16_size3, --layout moticon16, or a file of your own",
        )
    return replace(
        base,
        name=f"moticon16 scaled to size {size_text[:10] or '?'}",
        length_mm=base.length_mm * factor**0.5,
        width_mm=base.width_mm * factor**0.5,
        area_cm2=base.area_cm2 * factor,
    )


def _area_factor(layout: SensorLayout, pressure: Floats, total: Floats) -> float | None:
    """Share of the layout's area that gives the file's own total force, if it can be one."""
    expected = pressure @ layout.area_cm2  # N/cm2 times cm2
    rows = (total >= LOADED_N) & (expected > 0.0)  # False where a sample is missing
    if not rows.any():
        return None
    factor = float(expected[rows] @ total[rows] / (expected[rows] @ expected[rows]))
    return factor if 0.3 <= factor <= 2.0 else None


def _notes(said: dict[str, str]) -> TrialNotes:
    words = [said.get(key, "") for key in ("Name", "Notes", "Tag")]
    return TrialNotes(
        note="; ".join(dict.fromkeys(word for word in words if word)),
        wall_clock=_wall_clock(said),
    )


def _wall_clock(said: dict[str, str]) -> str:
    """Begin of the recording: with its zone where the file has a time stamp, else local time."""
    try:
        if "Start timestamp" in said:
            moment = datetime.fromtimestamp(int(said["Start timestamp"]) / 1000, UTC)
        else:
            local = said.get("Start time", "")
            moment = datetime.strptime(local, "%d.%m.%Y %H:%M:%S.%f")  # noqa: DTZ007 - no zone
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.isoformat(timespec="milliseconds")


def _marks(
    path: Path, header: Header, columns: _Columns, values: dict[int, Floats], grid: TimeGrid
) -> list[Mark]:
    """Step marks and events, in order of time."""
    found: list[tuple[int, int, str]] = []  # row, column of the label (-1: none), text
    for side, index in columns.steps.items():
        rows = np.flatnonzero(~np.isnan(values[index]))[: text_marks.MOST_MARKS + 1]
        codes = values[index][rows].tolist()
        found += [
            (row, -1, f"{side} {STEPS.get(int(code), f'step mark {code:g}')}")
            for row, code in zip(rows.tolist(), codes, strict=True)
        ]
    for group, (label, index) in columns.events.items():
        rows = np.flatnonzero(~np.isnan(values[index]))[: text_marks.MOST_MARKS + 1]
        numbers = values[index][rows].tolist()
        found += [
            (row, label, f"{group}: {{}} {number:g}")
            for row, number in zip(rows.tolist(), numbers, strict=True)
        ]
    text_marks.check_count(len(found), where=path.name)
    labels = _labels(path, header, {(row, label) for row, label, _ in found if label >= 0})
    marks: list[Mark] = []
    for row, label, text in sorted(found):
        word = labels.get((row, label), "")
        whole = text if label < 0 else text.replace("{}", word, 1)
        marks.append(Mark(int(grid.tick_us[row]) * 1000, whole[: text_marks.LONGEST_MARK]))
    return marks


def _labels(path: Path, header: Header, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Texts of single cells: (row, column) to text."""
    if not wanted:
        return {}
    places = {row for row, _ in wanted}
    last = max(places)
    cells: dict[int, list[str]] = {}
    for row, line in text_marks.rows(path, header):
        if row in places:
            cells[row] = line.split("\t")
        if row >= last:
            break
    return {
        (row, column): cells[row][column].strip()
        for row, column in wanted
        if column < len(cells.get(row, ()))
    }
