"""Text exports of novel loadsol insoles (.txt).

Four lines of header (name, comment, `device::channel`, units), then one row per instant. Columns
are found by name, never by place: the zones of the right insole stand in another order than those
of the left. A sample that the radio lost is -1 in every zone (or `-`) while its total reads 0: it
is missing. Single times are a step late, so rows are numbered, and times correct the number.

`mass`: body mass, kg.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.stream import Mark
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text, text_marks, time_grid
from insole_recordings.importers.imported import Foot, ImportedRecording, mass_option, recording
from insole_recordings.importers.table_text import Header
from insole_recordings.importers.time_grid import TimeGrid

HEADER_LINES = 4
ZONES = ("heel", "medial", "lateral")  # as in the layout loadsol3
LOST = -1.0
FARTHEST_STEPS = 20.0  # 0.1 s at 200 Hz: a time further than this from its row is damage

_DEVICE = re.compile(r"(.{0,60})-([LR])(?:::(\w{1,20}))?")
_STAMP = re.compile(r"(\d{4})_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d{3})")


@dataclass(slots=True)
class _FootColumns:
    """Where one foot's time, zones and total stand."""

    serial: str
    time: int
    zones: dict[str, int] = field(default_factory=dict[str, int])
    total: int | None = None

    @property
    def forces(self) -> list[int]:
        """Zones in the order of the layout, or the total where there are none."""
        if self.zones:
            return [self.zones[name] for name in ZONES]
        return [] if self.total is None else [self.total]


class LoadsolImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "loadsol"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - told by its content
        """A line of units that begins with the time, below the names of devices."""
        lines = head.replace(b"\r", b"").split(b"\n")
        return any(line.startswith(b"Time[secs]\t") for line in lines[: HEADER_LINES + 1])

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read an export whole.

        Raises:
            FileError: it cannot be read; the line and column are named where it has them.
            RequestError: an option has no valid value.
        """
        mass = mass_option(options)
        where = path.name
        with table_text.open_text(path) as file:
            title, comment, header = _read_header(file, where)
            feet = _columns(header, where)
            used = sorted({i for foot in feet.values() for i in (foot.time, *foot.forces)})
            table = table_text.read_numbers(file, header, used=used, where=where, missing="-")
        values = {index: table[:, place] for place, index in enumerate(used)}
        found = [_foot(side, foot, values, where) for side, foot in feet.items()]
        return recording(
            path,
            found,
            format=self.name,
            unit="N",
            mass_kg=mass,
            notes=TrialNotes(note=comment, wall_clock=_wall_clock(title)),
            marks=_marks(path, header, found[0]),
        )


IMPORTER = LoadsolImporter()


def _read_header(file: TextIO, where: str) -> tuple[str, str, Header]:
    """Name of the recording, comment, and columns named by device and channel, else by unit."""
    lines = [file.readline(table_text.LONGEST_LINE).rstrip("\r\n") for _ in range(HEADER_LINES)]
    names, units = (line.split("\t") for line in lines[2:])
    if not units[0].startswith("Time["):
        raise _bad_header(where, "names of devices and units are not in lines 3 and 4")
    if len(names) > table_text.MOST_COLUMNS:
        raise _bad_header(where, f"{len(names)} columns are not possible")
    both = zip_longest(names, units, fillvalue="")  # the last column may have no unit
    columns = tuple(name.strip() or unit.strip() for name, unit in both)
    comment = lines[1].removeprefix("comment").strip()[:1000]
    return lines[0][:200], comment, Header(columns, "\t", HEADER_LINES)


def _columns(header: Header, where: str) -> dict[Side, _FootColumns]:
    feet: dict[Side, _FootColumns] = {}
    time = 0
    for index, name in enumerate(header.names):
        if name.startswith("Time["):
            time = index
            continue
        device = _DEVICE.fullmatch(name)
        if device is None:
            continue
        side = Side.LEFT if device[2] == "L" else Side.RIGHT
        zone = device[3]
        if zone is not None and zone.lower() not in ZONES:
            continue  # acceleration, rotation
        foot = feet.setdefault(side, _FootColumns(f"{device[1]}-{device[2]}", time))
        if (zone is None and foot.total is not None) or (zone or "").lower() in foot.zones:
            raise _bad_header(where, f"column {name[:40]} stands there twice")
        if zone is None:
            foot.total = index
        else:
            foot.zones[zone.lower()] = index
    for side, foot in feet.items():
        missing = [zone for zone in ZONES if zone not in foot.zones]
        if foot.zones and missing:
            raise _bad_header(where, f"zone {missing[0]} of the {side} foot is missing")
    feet = {side: foot for side, foot in sorted(feet.items()) if foot.forces}
    if not feet:
        raise _bad_header(where, "no column is named after an insole, as NAME-L::heel or NAME-R")
    return feet


def _bad_header(where: str, why: str) -> FileError:
    return FileError(
        "the header does not fit",
        where=f"{where}, lines 1 to {HEADER_LINES}",
        why=why,
        fix="Export the measurement again as text, with its header",
    )


def _foot(side: Side, foot: _FootColumns, values: dict[int, Floats], where: str) -> Foot:
    forces = np.column_stack([values[index] for index in foot.forces])
    lost = (forces == LOST).any(axis=1)
    grid = _numbered(values[foot.time], where)
    return Foot(
        side=side,
        layout=layouts.load("loadsol3" if foot.zones else "total"),
        quantity="N",
        rate_hz=grid.rate_hz,
        sequence=grid.sequence,
        tick_us=grid.tick_us,
        values=np.where(lost[:, None], np.nan, forces),
        serial=foot.serial,
    )


def _numbered(time_s: Floats, where: str) -> TimeGrid:
    """Rows counted on; where the time runs ahead and stays ahead, rows were left out.

    One time in some fifty is a step too late, and the next one repeats it. In the last row, with no
    next one, a step too late is that sooner than a row left out.

    Raises:
        DamagedFile: times are missing, go back, or are no steady clock.
    """
    column = f"{where}, column Time"
    if len(time_s) < 2 or np.isnan(time_s).any():
        why = "fewer than two rows" if len(time_s) < 2 else "a time is missing"
        raise _bad_time(column, why)
    steps = np.diff(time_s)
    forward = steps[steps > 0.0]
    if not len(forward) or (steps < 0.0).any():
        back = int(np.argmax(steps <= 0.0))
        raise _bad_time(column, f"line {HEADER_LINES + 2 + back} goes back or stands still")
    rate = time_grid.checked_rate(1.0 / float(np.median(forward)), where=column)
    row = np.arange(len(time_s))
    counted = np.rint((time_s - time_s[0]) * rate).astype(np.int64)
    ahead = np.pad(counted - row, 1, mode="edge")
    if ahead[-1] - ahead[-3] == 1:
        ahead[-1] = ahead[-3]
    usual = np.median(np.stack((ahead[:-2], ahead[1:-1], ahead[2:])), axis=0).astype(np.int64)
    sequence = row + np.maximum.accumulate(usual)
    if np.abs(sequence - counted).max() > FARTHEST_STEPS:
        raise _bad_time(column, f"{len(time_s)} rows do not fit into the time they take")
    return TimeGrid(sequence, np.rint((time_s[0] + sequence / rate) * 1e6).astype(np.int64), rate)


def _bad_time(where: str, why: str) -> DamagedFile:
    return DamagedFile(
        "the time is not a clock",
        where=where,
        why=why,
        fix="Export the measurement again, whole",
    )


def _wall_clock(title: str) -> str:
    """Local time in the name of the recording."""
    stamp = _STAMP.search(title)
    if stamp is None:
        return ""
    *parts, milliseconds = (int(text) for text in stamp.groups())
    try:
        moment = datetime(*parts, milliseconds * 1000)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return ""
    return moment.isoformat(timespec="milliseconds")


def _marks(path: Path, header: Header, foot: Foot) -> list[Mark]:
    """Texts in the last columns, which have no name."""
    named = max(index for index, name in enumerate(header.names) if name) + 1
    usual = "\t" * (len(header.names) - named)
    marks: list[Mark] = []
    if not usual:
        return marks
    for row, line in text_marks.rows(path, header):
        if line.endswith(usual):
            continue
        text = " ".join(cell.strip() for cell in line.split("\t")[named:]).strip()
        if text and row < len(foot.tick_us):
            marks.append(Mark(int(foot.tick_us[row]) * 1000, text[: text_marks.LONGEST_MARK]))
            text_marks.check_count(len(marks), where=path.name)
    return marks
