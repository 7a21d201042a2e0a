"""OpenSim motion files (.mot) with ground forces of the two feet.

A header up to the line `endheader`, perhaps a blank line, a line of column names, then numbers with
blanks or tabs between them. The vertical force of a foot ends with `vy` (y is up). Which foot it is
stands in the name: `R_ground_force_vy`, `ground_force_r_vy`; where it does not, OpenSim's own
examples decide: `ground_force_vy` is right and `1_ground_force_vy` left. The number of rows that
the header states is not believed.

`mass`: body mass, kg.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text
from insole_recordings.importers.imported import Foot, ImportedRecording, mass_option, recording
from insole_recordings.importers.time_grid import checked_grid

MOST_BYTES = 1 << 28  # two feet with everything at 1000 Hz for a quarter of an hour
MOST_HEADER_LINES = 200
END = "endheader"
SIDES = {"r": Side.RIGHT, "right": Side.RIGHT, "l": Side.LEFT, "left": Side.LEFT}
FIRST_IS = Side.RIGHT  # in OpenSim's examples, where names do not say it

_VERTICAL = re.compile(r"(.*)ground_force_(.*?)_?vy", re.IGNORECASE)


class OpenSimImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "opensim"

    def sniff(self, path: Path, head: bytes) -> bool:
        """The end of OpenSim's header, in a .mot or with a ground force among its columns."""
        words = head.replace(b"\r", b"").lower().split(b"\n")
        if END.encode() not in (word.strip() for word in words):
            return False
        return path.suffix.lower() == ".mot" or b"ground_force" in head.lower()

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read a file whole.

        Raises:
            FileError: it cannot be read, or holds no ground forces.
            RequestError: the mass cannot be one.
        """
        mass = mass_option(options)
        where = path.name
        with table_text.open_text(path) as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise FileError(
                "the file is too large",
                where=where,
                why=f"it has more than {MOST_BYTES >> 20} MB",
                fix="Cut it into several files",
            )
        names, first, rows = _header(text.split("\n"), where)
        columns = _feet(names, where)
        table = _numbers(rows, names, used=[0, *columns.values()], first=first, where=where)
        grid = checked_grid(table[:, 0], where=where, line=first)
        feet = [
            Foot(
                side=side,
                layout=layouts.load("total"),
                quantity="N",
                rate_hz=grid.rate_hz,
                sequence=grid.sequence,
                tick_us=grid.tick_us,
                values=table[:, [place]],
            )
            for place, side in enumerate(columns, start=1)
        ]
        told = "; ".join(f"{side} is {names[index]}" for side, index in columns.items())
        notes = TrialNotes(note=told)
        return recording(path, feet, format=self.name, unit="N", mass_kg=mass, notes=notes)


IMPORTER = OpenSimImporter()


def _header(lines: list[str], where: str) -> tuple[list[str], int, list[str]]:
    """Column names, number of the first line of numbers, and these lines."""
    head = [line.strip().lower() for line in lines[:MOST_HEADER_LINES]]
    if END not in head:
        raise _bad_header(where, f"no line {END}")
    at = head.index(END) + 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    names = lines[at].split() if at < len(lines) else []
    if not names or names[0].lower() != "time":
        raise _bad_header(where, f"no line of column names, time first, follows {END}")
    if len(names) > table_text.MOST_COLUMNS:
        raise _bad_header(where, f"{len(names)} columns are not possible")
    return names, at + 2, lines[at + 1 :]


def _feet(names: list[str], where: str) -> dict[Side, int]:
    """The column of each foot's vertical force."""
    named: dict[Side, list[int]] = {Side.LEFT: [], Side.RIGHT: []}
    unnamed: list[int] = []
    for index, name in enumerate(names):
        found = _VERTICAL.fullmatch(name)
        if found is None:
            continue
        words = re.split(r"[^a-z]+", f"{found[1]} {found[2]}".lower())
        sides = [SIDES[word] for word in words if word in SIDES]
        if sides:
            named[sides[0]].append(index)
        else:
            unnamed.append(index)
    if unnamed and not any(named.values()):
        unnamed.sort(key=lambda index: re.sub(r"\D", "", names[index]))  # no number comes first
        named[FIRST_IS], named[FIRST_IS.other] = unnamed[:1], unnamed[1:]
    if not any(named.values()):
        raise _bad_header(where, "no column is a vertical ground force, as ground_force_r_vy")
    for side, found in named.items():
        if len(found) > 1:
            shown = ", ".join(names[index][:40] for index in found[:3])
            raise _bad_header(where, f"which of {shown} is the {side} foot is not told")
    return {side: found[0] for side, found in named.items() if found}


def _bad_header(where: str, why: str) -> FileError:
    return FileError(
        "no ground forces of two feet",
        where=f"{where}, header",
        why=why,
        fix="Give the .mot file of the ground reaction forces",
    )


def _numbers(
    rows: list[str], names: list[str], *, used: list[int], first: int, where: str
) -> Floats:
    """(n, len(used)) of rows in which every name has its number."""
    lines = [line for line in rows if line.strip()]
    widths = np.array([len(line.split()) for line in lines], dtype=np.int64)
    short = np.flatnonzero(widths != len(names))
    if len(short):
        why = f"{widths[short[0]]} numbers under {len(names)} names"
        raise _damaged(where, first + int(short[0]), why)
    if not lines:
        raise _damaged(where, first, "no row of numbers follows the header")
    try:
        table = np.loadtxt(lines, usecols=used, ndmin=2, comments=None)
    except ValueError:
        number, why = _first_wrong(lines, used)
        raise _damaged(where, first + number, why) from None
    wrong = ~(np.abs(table) <= table_text.LARGEST).all(axis=1)
    if wrong.any():
        raise _damaged(where, first + int(np.argmax(wrong)), "a number no force plate gives")
    return table


def _first_wrong(lines: list[str], used: list[int]) -> tuple[int, str]:
    for number, line in enumerate(lines):
        for cell in (line.split()[index] for index in used):
            try:
                float(cell)
            except ValueError:
                return number, f"{cell[:20]!r} is no number"
    return 0, "its numbers cannot be read"


def _damaged(where: str, line: int, why: str) -> DamagedFile:
    return DamagedFile(
        "the forces cannot be read",
        where=f"{where}, row of numbers in line {line} or soon after",
        why=why,
        fix="Export the file again, whole",
    )
