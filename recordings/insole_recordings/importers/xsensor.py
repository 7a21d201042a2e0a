"""XSENSOR, CSV export of in-shoe sensors: frames, each with a block for every foot.

A block `SENSOR` names its foot (`-LF`, `-RF` in the sensor's name), tells figures of the maker's
own and then the matrix, toe first. Blocks `GROUP` of regions follow; they do not cover every cell
and are not read. A line of bare commas stands after every line, in the matrix too, and lines are
padded with empty cells. Times are rounded to 1 ms.

The area of a cell is the maker's contact area over the number of loaded cells, summed over all
frames: the printed width and height are rounded and give 0.2 % less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError
from insole.layouts.matrix import matrix
from insole.layouts.reading import MOST_CELLS, UNITS
from insole.model.arrays import Bools, Floats
from insole.model.foot import SensorLayout, Side
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text, time_grid, written_dates
from insole_recordings.importers.imported import (
    LARGEST,
    RATE_HZ,
    Foot,
    ImportedRecording,
    mass_option,
    number_option,
    recording,
)

LONGEST_LINE, LONGEST_CELL = 40_000, 40
MOST_FIGURES = 100  # of the maker, before a matrix
BLOCK_ROWS = 4096
AREAS_AGREE = 0.05  # of width times height: a contact area farther off is not of these cells
_SIDE = re.compile(r"-(LF|RF)\b")


class XsensorImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "xsensor"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - content tells it
        """A file whose first lines tell the recording, the unit and the first frame."""
        text = head.removeprefix(b"\xef\xbb\xbf")
        return text.startswith(b"File:") and b"\nUnits:" in text and b"\nFRAME," in text

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read it whole.

        Raises:
            FileError: it is damaged, or no insole's; the line is named where there is one.
        """
        mass_kg = mass_option(options)
        rate = number_option(options, "rate", *RATE_HZ, unit="Hz")
        with table_text.open_text(path) as file:
            read = _Reader(path.name)
            read.all(file)
        time_s = np.array(read.time_s)
        if len(time_s) < 2 and rate is None:
            raise _damaged(path.name, "one frame has no rate: give --rate HZ")
        later = np.diff(time_s) > 0.0
        if not later.all():
            number = read.frames[int(np.argmin(later)) + 1]
            raise _damaged(f"{path.name}, frame {number}", "the time does not increase")
        since = time_s - time_s[0]
        if len(time_s) < 2:
            grid = time_grid.from_rate(1, rate or RATE_HZ[1])
        else:
            grid = time_grid.from_times(since)
        area = _cell_area(read)
        feet = [
            Foot(
                side=side,
                layout=(made := _layout(matrices, read, area))[0],
                quantity="kPa",
                rate_hz=grid.rate_hz,
                sequence=grid.sequence,
                tick_us=grid.tick_us,
                values=matrices[:, made[1]],
                scale=UNITS["kPa"][read.unit],
                serial=read.serials[side],
            )
            for side, matrices in read.matrices().items()
        ]
        notes = TrialNotes(wall_clock=read.wall_clock)
        return recording(path, feet, format=self.name, unit=read.unit, mass_kg=mass_kg, notes=notes)


IMPORTER = XsensorImporter()


@dataclass(slots=True)
class _Block:
    """What one SENSOR block said before its matrix."""

    side: Side
    area_cm2: float | None = None


@dataclass(slots=True)
class _Reader:
    """One pass over the lines; grows with the frames."""

    where: str
    unit: str = ""
    wall_clock: str = ""
    shape: tuple[int, int] | None = None
    size_cm: tuple[float, float] | None = None
    frames: list[int] = field(default_factory=list[int])
    time_s: list[float] = field(default_factory=list[float])
    serials: dict[Side, str] = field(default_factory=dict[Side, str])
    contact_cm2: float = 0.0
    contact_cells: int = 0
    _date: str = ""
    _first_day: int = 0
    _values: dict[Side, list[Floats]] = field(default_factory=dict[Side, list[Floats]])
    _at: dict[Side, list[int]] = field(default_factory=dict[Side, list[int]])
    _areas: dict[Side, list[float | None]] = field(default_factory=dict[Side, list[float | None]])
    _held: dict[Side, list[str]] = field(default_factory=dict[Side, list[str]])
    _blocks: list[int] = field(default_factory=list[int])  # of each frame

    def all(self, file: TextIO) -> None:
        """Read the file to its end."""
        lines = _Lines(file, self.where)
        header: dict[str, str] = {}
        for line, key, text in lines:
            if key == "FRAME":
                self._frame(line, text)
            elif not self.frames:
                header[key] = text
            elif key == "Date":
                self._date = text
            elif key == "Time":
                self._time(line, text)
            elif key == "SENSOR":
                self._sensor(lines, line, text)
            elif key == "GROUP":
                self._blocks[-1] += 1
                _skip_group(lines, self.where)
            else:
                raise self._broken(line, f"'{key[:20]}' is not expected here")
        for known in UNITS["kPa"]:
            if header.get("Units:", "").lower() == known.lower():
                self.unit = known
        if not self.unit:
            raise _damaged(f"{self.where}, Units", "the unit of pressure is not there, or unknown")
        if not self.frames or len(self.time_s) != len(self.frames):
            raise _damaged(self.where, "no frame, or a frame without its time")
        if lines.cut or self._blocks[-1] != self._blocks[0]:
            raise _damaged(f"{self.where}, frame {self.frames[-1]}", "the file ends inside it")
        self._flush()

    def matrices(self) -> dict[Side, Floats]:
        """(frames, rows, columns), medial column first; NaN where a frame lacks the foot."""
        made: dict[Side, Floats] = {}
        for side in Side:
            if side not in self._values:
                continue
            rows, columns = self.shape or (0, 0)
            values = np.concatenate(self._values[side]).reshape(-1, rows, columns)
            whole = np.full((len(self.frames), rows, columns), np.nan)
            whole[self._at[side]] = values if side is Side.RIGHT else values[:, :, ::-1]
            made[side] = whole
        return made

    def _frame(self, line: int, text: str) -> None:
        if len(self.time_s) != len(self.frames):
            raise self._broken(line, "the frame before it has no time")
        if not re.fullmatch(r"\d{1,9}", text) or (self.frames and int(text) <= self.frames[-1]):
            raise self._broken(line, f"frame '{text[:20]}' does not follow")
        if self._blocks and self._blocks[-1] != self._blocks[0]:
            raise self._broken(line, f"frame {self.frames[-1]} lacks a block")
        rows, columns = self.shape or (1, 1)
        if 2 * len(self.frames) * rows * columns > table_text.MOST_CELLS:
            raise FileError(
                "the file is too large",
                where=self.where,
                why=f"it has more than {table_text.MOST_CELLS // 1_000_000} million values",
                fix="Export fewer frames",
            )
        self.frames.append(int(text))
        self._blocks.append(0)

    def _time(self, line: int, text: str) -> None:
        clock = re.fullmatch(r"(\d{1,2}):(\d\d):(\d\d(?:\.\d{1,6})?)", text)
        if clock is None or len(self.time_s) == len(self.frames):
            raise self._broken(line, f"'{text[:20]}' is no time of day")
        when = written_dates.parsed(f"{self._date} {text}")
        if not self.time_s and when is not None:
            self.wall_clock = when.isoformat(timespec="milliseconds")
        day = when.toordinal() if when is not None else 0
        if not self.time_s:
            self._first_day = day  # days since year 1 would leave no digits for milliseconds
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
        self.time_s.append((day - self._first_day) * 86400.0 + seconds)

    def _sensor(self, lines: _Lines, line: int, text: str) -> None:
        found = _SIDE.search(text)
        if found is None:
            raise FileError(
                "this is no pair of insoles",
                where=f"{self.where}, line {line}",
                why=f"the sensor '{text[:40]}' names no foot (-LF, -RF): a seat, bed or plate",
                fix="Export in-shoe sensors",
            )
        side = Side.LEFT if found[1] == "LF" else Side.RIGHT
        at = self._at.setdefault(side, [])
        if not self.frames or (at and at[-1] == len(self.frames) - 1):
            raise self._broken(line, f"the {side} foot stands twice in a frame")
        self.serials[side] = text.rpartition(" ")[2][:40]
        said = _until_sensels(lines, self.where)
        shape = (_whole(said, "Rows", self.where), _whole(said, "Columns", self.where))
        size = (_size(said, "Sensel Width (cm)"), _size(said, "Sensel Height (cm)"))
        if self.shape is None:
            if not 1 <= shape[0] * shape[1] <= MOST_CELLS or min(size) <= 0.0:
                raise self._broken(line, f"{shape[0]} by {shape[1]} cells of {size} cm")
            self.shape, self.size_cm = shape, size
        if (shape, size) != (self.shape, self.size_cm):
            raise self._broken(line, "its matrix differs from that of the first frame")
        area = next((value for key, value in said.items() if key.startswith("Contact Area")), "")
        self._areas.setdefault(side, []).append(_positive(area))
        held = self._held.setdefault(side, [])
        for _ in range(shape[0]):
            row = next(lines.rows, None)
            if row is None:
                raise _damaged(f"{self.where}, frame {self.frames[-1]}", "the file ends inside it")
            number, cells = row[0], row[1].split(",")
            if any(cell.strip() for cell in cells[shape[1] :]) or len(cells) < shape[1]:
                raise self._broken(number, f"not {shape[1]} cells")
            if len(row[1]) > LONGEST_CELL * (shape[1] + 20):
                raise self._broken(number, "the row is too long")
            held.append(",".join(cells[: shape[1]]))
        at.append(len(self.frames) - 1)
        self._blocks[-1] += 1
        if len(held) >= BLOCK_ROWS:
            self._flush()

    def _flush(self) -> None:
        rows, columns = self.shape or (0, 0)
        for side, held in self._held.items():
            if not held:
                continue
            values = _numbers(held)
            if values is None:
                bad = next(k for k, text in enumerate(held) if _numbers([text]) is None)
                done = len(self._at[side]) - len(held) // rows
                number = self.frames[self._at[side][done + bad // rows]]
                raise _damaged(
                    f"{self.where}, frame {number}, {side} row {bad % rows + 1}",
                    "not a number that a sensor gives",
                )
            frames = values.reshape(-1, rows, columns)
            self._values.setdefault(side, []).append(frames)
            areas = self._areas[side][-len(frames) :]
            for loaded, area in zip(np.count_nonzero(frames, axis=(1, 2)), areas, strict=True):
                if area is not None and area > 0.0:
                    self.contact_cm2 += area
                    self.contact_cells += int(loaded)
            held.clear()

    def _broken(self, line: int, why: str) -> FileError:
        return _damaged(f"{self.where}, line {line}", why)


class _Lines:
    """Lines with content: number, first cell, second cell; `rows` gives them uncut.

    Attributes:
        cut: the file does not end with a whole line.
    """

    def __init__(self, file: TextIO, where: str) -> None:
        self.cut = False
        self.rows: Iterator[tuple[int, str]] = self._all(file, where)

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        for number, text in self.rows:
            key, _, rest = text.partition(",")
            yield number, key.strip(), rest.rstrip(",").strip()

    def _all(self, file: TextIO, where: str) -> Iterator[tuple[int, str]]:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            self.cut = not line.endswith("\n")
            if self.cut and len(line) >= LONGEST_LINE:
                raise _damaged(f"{where}, line {number}", "the line has no end")
            line = line.strip()
            if line.strip(","):
                yield number, line
        return


def _numbers(rows: list[str]) -> Floats | None:
    """(n, columns), None when a cell is no number that a sensor gives."""
    try:
        values = np.loadtxt(rows, delimiter=",", comments=None, ndmin=2)
    except ValueError:
        return None
    return values if ((values >= 0.0) & (values <= LARGEST)).all() else None


def _until_sensels(lines: _Lines, where: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for read, (number, key, text) in enumerate(lines):
        if key == "SENSELS":
            return said
        said[key] = text
        if read > MOST_FIGURES or key in ("FRAME", "SENSOR", "GROUP"):
            raise _damaged(f"{where}, line {number}", "no SENSELS follow the sensor")
    raise _damaged(where, "the file ends inside a block")


def _skip_group(lines: _Lines, where: str) -> None:
    """Read past a group, and see that all its cells are there."""
    cells = _whole(_until_sensels(lines, where), "Cells", where)
    while cells > 0:
        row = next(lines.rows, None)
        if row is None:
            raise _damaged(where, "the file ends inside a group")
        cells -= sum(1 for cell in row[1].split(",") if cell)
    if cells < 0:
        raise _damaged(where, "a group has more cells than it says")


def _cell_area(read: _Reader) -> float:
    """Area of one cell, cm2."""
    width, height = read.size_cm or (0.0, 0.0)
    told = read.contact_cm2 / read.contact_cells if read.contact_cells else 0.0
    return told if abs(told / (width * height) - 1.0) < AREAS_AGREE else width * height


def _layout(matrices: Floats, read: _Reader, area: float) -> tuple[SensorLayout, Bools]:
    """The layout and which cells of the matrix it has: those inside, and all that ever load."""
    rows, columns = matrices.shape[1:]
    width, height = read.size_cm or (0.0, 0.0)
    pitch = (10.0 * width, 10.0 * height)
    name = f"xsensor_{rows}x{columns}"
    active: Bools = np.ones((rows, columns), dtype=bool)
    if name in layouts.names():
        known = layouts.load(name)
        column = np.rint(known.xy[:, 0] * columns - 0.5).astype(np.int64)
        row = np.rint((1.0 - known.xy[:, 1]) * rows - 0.5).astype(np.int64)
        active[...] = np.any(np.nan_to_num(matrices), axis=0)
        active[row, column] = True
    return matrix(name, active, pitch_mm=pitch, area_cm2=area), active


def _whole(said: dict[str, str], key: str, where: str) -> int:
    text = said.get(key, "")
    if not re.fullmatch(r"\d{1,5}", text):
        raise _damaged(f"{where}, {key}", f"'{text[:20]}' is no number")
    return int(text)


def _size(said: dict[str, str], key: str) -> float:
    value = _positive(said.get(key, "")) or 0.0
    return value if value < 100.0 else 0.0


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value < LARGEST else None


def _damaged(where: str, why: str) -> FileError:
    return DamagedFile(
        "this XSENSOR file is damaged", where=where, why=why, fix="Export the recording again"
    )
