"""Marks that stand as texts among the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from insole.errors import DamagedFile
from insole_recordings.importers import table_text
from insole_recordings.importers.table_text import Header

MOST_MARKS = 10_000
LONGEST_MARK = 200


def rows(path: Path, header: Header) -> Iterator[tuple[int, str]]:
    """Number and text, without its line end, of every row below the header that is not blank."""
    with table_text.open_text(path) as file:
        for _ in range(header.line):
            file.readline(table_text.LONGEST_LINE)
        number = -1
        for line in file:
            if line.strip():
                number += 1
                yield number, line.rstrip("\n")


def check_count(count: int, *, where: str) -> None:
    """More marks than a person sets are damage.

    Raises:
        DamagedFile: there are more than `MOST_MARKS`.
    """
    if count > MOST_MARKS:
        raise DamagedFile(
            "too many marks",
            where=where,
            why=f"more than {MOST_MARKS} rows carry a text, a step or an event",
            fix="Export the measurement again, with fewer marks",
        )
