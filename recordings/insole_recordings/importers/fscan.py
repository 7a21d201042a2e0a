"""Tekscan F-Scan, ASCII export of a movie (`.asf`): one insole a file.

`KEY value` lines up to `ASCII_DATA @@`, then blocks `Frame n` of comma rows from the toe, and the
end mark `@@`. `B` is a cell outside the insole as it was cut: neither 0 nor missing. The time of a
frame is told, no rate. The file does not say which foot it is: the name that the movie had ends in
L or R, and the toes lean to the medial side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from insole.errors import DamagedFile, FileError, UnknownFormat
from insole.layouts.matrix import matrix
from insole.layouts.reading import MOST_CELLS, UNITS
from insole.model.arrays import Bools, Floats
from insole.model.foot import Quantity, SensorLayout, Side
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text, written_dates
from insole_recordings.importers.imported import (
    LARGEST,
    RATE_HZ,
    Foot,
    ImportedRecording,
    mass_option,
    recording,
)

BEGIN, END = "ASCII_DATA @@", "@@"
MOST_HEADER_LINES, LONGEST_HEADER_LINE = 500, 10_000
LONGEST_CELL = 40
BLOCK_FRAMES = 64
LEAN = 0.02  # of the width: the toes of an insole lie this much farther medial than its heel
MM = {"mm": 1.0, "cm": 10.0, "centimeters": 10.0, "m": 1000.0, "in": 25.4, "inches": 25.4}
MM2 = {"mm2": 1.0, "cm2": 100.0, "m2": 1e6, "in2": 645.16}
_MEASURE = re.compile(r"([\d.]+(?:[eE][-+]?\d+)?)\s*([A-Za-z/]+2?)?")
_FRAME = re.compile(r"Frame (\d{1,9})")
_CUT = "it ends inside the data"


class FscanImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "fscan"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - content tells it
        """Any ASCII movie of this maker, of insoles as of mats."""
        text = head.lstrip(b"\xef\xbb\xbf\r\n ")
        return text.startswith(b"DATA_TYPE ") and b"\nROWS " in text and b"\nCOLS " in text

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read it whole.

        Raises:
            FileError: it is no insole's export, or damaged; the line is named where there is one.
        """
        mass_kg = mass_option(options)
        with table_text.open_text(path) as file:
            said = _read_header(file, path.name)
            numbers, frames = _read_frames(file, said, path.name)
        sequence = np.array(numbers, dtype=np.int64) - said.first
        active = ~np.isnan(frames[0])
        wrong = np.any(np.isnan(frames) == active, axis=(1, 2))
        if wrong.any():
            raise _damaged(
                f"{path.name}, frame {numbers[int(np.argmax(wrong))]}",
                "other cells are outside the insole than in the first frame",
            )
        side, medial_first = _side(said, active, path.name)
        if not medial_first:
            active, frames = active[:, ::-1], frames[:, :, ::-1]
        foot = Foot(
            side=side,
            layout=_layout(said, active),
            quantity=said.quantity,
            rate_hz=1.0 / said.step_s,
            sequence=sequence,
            tick_us=np.rint(sequence * (said.step_s * 1e6)).astype(np.int64),
            values=frames[:, active],
            scale=UNITS[said.quantity][said.unit],
        )
        notes = TrialNotes(wall_clock=said.wall_clock, note=said.comments)
        return recording(
            path, [foot], format=self.name, unit=said.unit, mass_kg=mass_kg, notes=notes
        )


IMPORTER = FscanImporter()


@dataclass(frozen=True, slots=True)
class _Said:
    """What the header says."""

    rows: int
    columns: int
    first: int
    last: int
    step_s: float
    quantity: Quantity
    unit: str
    pitch_mm: tuple[float, float]
    area_cm2: float
    full_scale: float | None
    movie: str
    wall_clock: str
    comments: str
    line: int  # of the file, where the data begin


def _read_header(file: TextIO, where: str) -> _Said:
    fields: dict[str, str] = {}
    comments: list[str] = []
    line, count = "", 0
    while line != BEGIN:
        text = file.readline(LONGEST_HEADER_LINE)
        count += 1
        if not text or count > MOST_HEADER_LINES:
            raise _damaged(where, f"its header does not end with {BEGIN}")
        line = text.strip(" \r\n")
        key, _, value = line.partition(" ")
        if key == "COMMENTS:" or (comments and key != "START_FRAME"):
            comments.append(line.removeprefix("COMMENTS:").strip())
            continue
        comments, said = [], comments
        if said:
            fields["COMMENTS"] = " ".join(part for part in said if part)
        fields[key] = value.strip()
    if not re.sub(r"[^A-Z]", "", fields.get("SENSOR_TYPE", "FSCAN").upper()).startswith("FSCAN"):
        raise UnknownFormat(
            "this is no insole",
            where=where,
            why=f"it is an export of Tekscan's sensor {fields['SENSOR_TYPE'][:20]}, a plate or mat",
            fix="Give an export of F-Scan insoles",
        )
    quantity, unit = _unit(fields.get("UNITS", ""), where)
    rows, columns, first, last = (
        _whole(fields, key, where) for key in ("ROWS", "COLS", "START_FRAME", "END_FRAME")
    )
    if not 1 <= rows * columns <= MOST_CELLS or last < first:
        raise _damaged(f"{where}, header", f"{rows} by {columns} cells, frames {first} to {last}")
    step_s = _measure(fields, "SECONDS_PER_FRAME", {"": 1.0}, where)
    if not 1.0 / RATE_HZ[1] <= step_s <= 1.0 / RATE_HZ[0]:
        raise _damaged(f"{where}, SECONDS_PER_FRAME", f"{step_s:g} s is not possible")
    saturation = fields.get("SATURATION_PRESSURE", "")
    scale = UNITS[quantity][unit]
    known = saturation.lower().endswith(unit.lower())
    return _Said(
        rows=rows,
        columns=columns,
        first=first,
        last=last,
        step_s=step_s,
        quantity=quantity,
        unit=unit,
        pitch_mm=(_measure(fields, "COL_SPACING", MM, where),
                  _measure(fields, "ROW_SPACING", MM, where)),
        area_cm2=_measure(fields, "SENSEL_AREA", MM2, where) / 100.0,
        full_scale=_first_number(saturation) * scale if known else None,
        movie=Path(fields.get("FILENAME", "").replace("\\", "/")).stem,
        wall_clock=written_dates.iso(fields.get("TIME", "")),
        comments=fields.get("COMMENTS", "")[:500],
        line=count,
    )  # fmt: skip


def _unit(text: str, where: str) -> tuple[Quantity, str]:
    for quantity in UNITS:
        for unit in UNITS[quantity]:
            if text.lower() == unit.lower() and quantity != "N":
                return ("kPa" if quantity == "kPa" else "counts"), unit
    if "raw" in text.lower():
        return "counts", "counts"
    raise _damaged(f"{where}, UNITS", f"'{text[:20]}' is no unit of pressure")


def _whole(fields: dict[str, str], key: str, where: str) -> int:
    text = fields.get(key, "")
    if not re.fullmatch(r"\d{1,9}", text):
        raise _damaged(f"{where}, {key}", f"'{text[:20]}' is no number")
    return int(text)


def _measure(fields: dict[str, str], key: str, units: dict[str, float], where: str) -> float:
    found = _MEASURE.fullmatch(fields.get(key, ""))
    factor = units.get((found[2] or "").lower()) if found else None
    value = _first_number(found[1]) if found else 0.0
    if factor is None or not 0.0 < value * factor < LARGEST:
        raise _damaged(f"{where}, {key}", f"'{fields.get(key, '')[:20]}' is no measure")
    return value * factor


def _first_number(text: str) -> float:
    try:
        return float(text.split()[0])
    except (ValueError, IndexError):
        return 0.0


def _read_frames(file: TextIO, said: _Said, where: str) -> tuple[list[int], Floats]:
    """Numbers of the frames, and (n, rows, columns) with NaN outside the insole."""
    numbers: list[int] = []
    parts: list[Floats] = []
    held: list[str] = []
    starts: list[int] = []
    for line, kind, text in _lines(file, said, where):
        if kind == "row":
            held.append(text)
            continue
        number = int(text)
        if (numbers and number <= numbers[-1]) or not said.first <= number <= said.last:
            raise _damaged(f"{where}, line {line}", f"frame {number} does not follow")
        if len(numbers) * said.rows * said.columns > table_text.MOST_CELLS:
            raise FileError(
                "the file is too large",
                where=where,
                why=f"it has more than {table_text.MOST_CELLS // 1_000_000} million values",
                fix="Export fewer frames",
            )
        if len(starts) == BLOCK_FRAMES:
            parts.append(_numbers(held, starts, said, where))
            held, starts = [], []
        numbers.append(number)
        starts.append(line)
    if not numbers or numbers[-1] != said.last:
        raise _damaged(where, f"frame {said.last} is promised and not there")
    parts.append(_numbers(held, starts, said, where))
    return numbers, np.concatenate(parts)


def _lines(file: TextIO, said: _Said, where: str) -> Iterator[tuple[int, str, str]]:
    """Line number, kind (`frame` or `row`) and content, in their order; ends at the end mark."""
    line, rows = said.line, said.rows
    while True:
        text = file.readline(LONGEST_CELL * (said.columns + 1))
        line += 1
        if not text:
            raise _damaged(f"{where}, line {line}", _CUT)
        text = text.strip()
        if not text:
            continue
        frame = _FRAME.fullmatch(text)
        if frame is None and text != END:
            rows += 1
            if rows > said.rows:
                raise _damaged(f"{where}, line {line}", f"more than {said.rows} rows in a frame")
            yield line, "row", text
            continue
        if rows != said.rows:
            raise _damaged(f"{where}, line {line}", f"{rows} rows in a frame of {said.rows}")
        if frame is None:
            return
        rows = 0
        yield line, "frame", frame[1]


def _numbers(held: list[str], starts: list[int], said: _Said, where: str) -> Floats:
    shape = (len(starts), said.rows, said.columns)
    try:
        flat = np.loadtxt(
            [text.replace("B", "nan") for text in held], delimiter=",", comments=None, ndmin=2
        )
    except ValueError:
        flat = np.empty((0, 0))
    if flat.shape == (len(held), said.columns):
        frames = flat.reshape(shape)
        if not (np.abs(frames) > LARGEST).any() and not (frames < 0.0).any():
            return frames
    for number, text in enumerate(held):
        cells = text.split(",")
        whole = len(cells) == said.columns and all(_is_cell(cell.strip()) for cell in cells)
        if not whole:
            line = starts[number // said.rows] + 1 + number % said.rows
            raise _damaged(f"{where}, line {line}", f"not {said.columns} numbers or B")
    raise _damaged(where, "numbers that no sensor gives")


def _is_cell(text: str) -> bool:
    return text == "B" or bool(re.fullmatch(r"\d{1,9}(\.\d*)?", text))


def _side(said: _Said, active: Bools, where: str) -> tuple[Side, bool]:
    """Which foot, and whether the first column is the medial one."""
    rows, columns = np.nonzero(active)
    edge = max(1, said.rows // 6)
    if not len(rows):
        raise _damaged(where, "no cell lies inside the insole")
    toes, heel = rows < rows.min() + edge, rows > rows.max() - edge
    lean = (columns[toes].mean() - columns[heel].mean()) / said.columns
    named = {"L": Side.LEFT, "R": Side.RIGHT}.get(said.movie[-1:].upper())
    if abs(lean) < LEAN:
        if named is None:
            raise FileError(
                "which foot it is cannot be told",
                where=where,
                why="the movie's name ends in neither L nor R, and the insole is symmetric",
                fix="Export the movie under a name that ends in L or R",
            )
        return named, named is Side.RIGHT
    medial_first = bool(lean < 0.0)
    return named or (Side.RIGHT if medial_first else Side.LEFT), medial_first


def _layout(said: _Said, active: Bools) -> SensorLayout:
    return matrix(
        f"fscan_{said.rows}x{said.columns}",
        active,
        pitch_mm=said.pitch_mm,
        area_cm2=said.area_cm2,
        full_scale=said.full_scale or None,
    )


def _damaged(where: str, why: str) -> FileError:
    return DamagedFile(
        "this F-Scan file is damaged", where=where, why=why, fix="Export the movie again"
    )
