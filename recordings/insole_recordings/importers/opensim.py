"""OpenSim motion files (.mot) with ground forces of the two feet.

A header up to the line `endheader`, perhaps a blank line, a line of column names, then numbers with
blanks or tabs between them. The vertical force of a foot ends with `vy` (y is up). Which foot it is
stands in the name: `R_ground_force_vy`, `ground_force_r_vy`; where it does not, OpenSim's own
examples decide: `ground_force_vy` is right and `1_ground_force_vy` left. The number of rows that
the header states is not believed.

`mass`: body mass, kg.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from insole import layouts
from insole.errors import FileError
from insole.model.foot import Side
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text
from insole_recordings.importers.imported import Foot, ImportedRecording, mass_option, recording
from insole_recordings.importers.table_text import Header
from insole_recordings.importers.time_grid import checked_grid

MOST_BYTES = 1 << 28  # two feet with everything at 1000 Hz for a quarter of an hour
MOST_HEADER_LINES = 200
END = "endheader"
SIDES = {"r": Side.RIGHT, "right": Side.RIGHT, "l": Side.LEFT, "left": Side.LEFT}
FIRST_IS = Side.RIGHT  # in OpenSim's examples, where names do not say it

_LINE_ENDS = re.compile(r"[ \t]*\n[ \t]*")
_BLANKS = re.compile(r"[ \t]+")
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
        header, rows = _header(text, where)
        columns = _feet(list(header.names), where)
        used = [0, *columns.values()]
        table = table_text.read_numbers(io.StringIO(rows), header, used=used, where=where)
        grid = checked_grid(table[:, 0], where=where, line=header.line + 1)
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
        told = "; ".join(f"{side} is {header.names[index]}" for side, index in columns.items())
        notes = TrialNotes(note=told)
        return recording(path, feet, format=self.name, unit="N", mass_kg=mass, notes=notes)


IMPORTER = OpenSimImporter()


def _header(text: str, where: str) -> tuple[Header, str]:
    """Column names, and the rows of numbers with one tab between cells."""
    lines = text.split("\n", MOST_HEADER_LINES)
    head = [line.strip().lower() for line in lines[:MOST_HEADER_LINES]]
    if END not in head:
        raise _bad_header(where, f"no line {END}")
    at = head.index(END) + 1
    while at < len(head) and not head[at]:
        at += 1
    names = tuple(lines[at].split()) if at < len(head) else ()
    if not names or names[0].lower() != "time":
        raise _bad_header(where, f"no line of column names, time first, follows {END}")
    if len(names) > table_text.MOST_COLUMNS:
        raise _bad_header(where, f"{len(names)} columns are not possible")
    rows = _LINE_ENDS.sub("\n", "\n".join(lines[at + 1 :])).strip(" \t")
    return Header(names, "\t", at + 1), _BLANKS.sub("\t", rows)


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
