"""Text of a table to numbers: blocks of lines, read fast where they are plain, exactly where not.

Every block first goes through numpy's C reader. A block it refuses is read again cell by cell,
which either understands it (quotes, blanks around a number) or names the row and the column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from insole.errors import DamagedFile, FileError
from insole.model.arrays import Floats

BLOCK_CHARS = 1 << 22
LONGEST_LINE = 1 << 20  # 2 x 255 sensors with 20 digits each are 10 kB
MOST_BLANK_LINES = 1000  # before the header
MOST_COLUMNS = 2000
MOST_CELLS = 100_000_000  # 800 MB: 2 x 16 sensors at 100 Hz for 8 hours
LARGEST = 1e9  # no pressure, force, count or time in seconds is larger
DELIMITERS = "\t;,"


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a table: column names in order, and what stands between cells."""

    names: tuple[str, ...]
    delimiter: str
    line: int  # of the file, counted from 1


def header_of(text: str) -> Header | None:
    """The header in the beginning of a file; None when its first line with content is no header."""
    plain = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(plain.split("\n"), start=1):
        if not line.strip():
            continue
        delimiter = max(DELIMITERS, key=line.count)
        if line.count(delimiter) >= MOST_COLUMNS:
            return None
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            return None
        names = tuple(cell.strip() for cell in cells)
        if not any(names) or any(_is_number(name) for name in names):
            return None
        return Header(names, delimiter, number)
    return None


def open_text(path: Path) -> TextIO:
    """The file as text with any line ends; bytes that are no UTF-8 become a replacement sign.

    Raises:
        FileError: missing, a folder, no ordinary file, or not permitted.
    """
    if path.is_dir():
        raise FileError(
            "a folder, not a file", where=str(path), why="a table is one file", fix="Name a file"
        )
    if path.exists() and not path.is_file():
        raise FileError(
            "not an ordinary file",
            where=str(path),
            why="pipes and devices cannot be read as a table",
            fix="Save the table to a file first",
        )
    try:
        return path.open(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise FileError(
            "the table cannot be opened",
            where=str(path),
            why=error.strerror or str(error),
            fix="Check the name and the permission",
        ) from error


def read_header(file: TextIO, where: str) -> Header:
    """Consume everything up to and including the header line.

    Raises:
        FileError: the file is empty or has no header.
    """
    number = 0
    while True:
        line = file.readline(LONGEST_LINE)
        number += 1
        if not line or number > MOST_BLANK_LINES:
            raise FileError(
                "the table is empty", where=where, why="no line has content", fix=_HEADER_FIX
            )
        if "\0" in line or len(line) >= LONGEST_LINE:
            raise FileError(
                "this is no table", where=where, why="it is not text in lines", fix=_HEADER_FIX
            )
        if line.strip():
            break
    header = header_of(line)
    if header is None:
        raise FileError(
            "the table has no header",
            where=f"{where}, line {number}",
            why="its first line does not name columns",
            fix=_HEADER_FIX,
        )
    return Header(header.names, header.delimiter, number)


_HEADER_FIX = "Begin with a line of column names: t, L1, L2, .., R1, R2, .."


def read_numbers(
    file: TextIO,
    header: Header,
    *,
    used: list[int],
    where: str,
    missing: str = "",
    largest: float = LARGEST,
) -> Floats:
    """All rows after the header.

    Args:
        file: placed behind the header.
        header: what `read_header` gave.
        used: indices of the columns wanted.
        where: name of the file for errors.
        missing: what an empty cell holds in this file.
        largest: number that no cell can exceed.

    Returns:
        (n, len(used)); an empty cell and the word nan give NaN.

    Raises:
        DamagedFile: a cell is no number or a row has too few or too many cells.
        FileError: the table is too large.
    """
    parts: list[Floats] = []
    line, cells = header.line + 1, 0
    for block in _blocks(file, where):
        if not block.strip():
            line += block.count("\n")
            continue
        plain = _emptied(block, missing, header.delimiter) if missing else block
        rows = _fast(plain, header, used)
        if rows is None:
            rows = _exact(plain, header, used, first_line=line, where=where)
        _check_range(rows, header, used, largest=largest, first_line=line, where=where)
        parts.append(rows)
        line += block.count("\n")
        cells += rows.size
        if cells > MOST_CELLS:
            raise FileError(
                "the table is too large",
                where=where,
                why=f"it has more than {MOST_CELLS // 1_000_000} million values",
                fix="Split it into several files",
            )
    return np.concatenate(parts) if parts else np.empty((0, len(used)))


def _blocks(file: TextIO, where: str) -> Iterator[str]:
    """Whole lines, some 4 MB at a time, each ended by a line end."""
    rest = ""
    while True:
        text = file.read(BLOCK_CHARS)
        if not text:
            if rest.strip():
                yield rest + "\n"
            return
        cut = text.rfind("\n") + 1
        if not cut:
            rest += text
            if len(rest) > LONGEST_LINE:
                raise FileError(
                    "a line has no end",
                    where=where,
                    why=f"it is longer than {LONGEST_LINE // 1024} kB",
                    fix="Save the table with one row per line",
                )
            continue
        yield rest + text[:cut]
        rest = text[cut:]


def _fast(block: str, header: Header, used: list[int]) -> Floats | None:
    """Numpy's reader; None when this block is not plain enough for it."""
    columns, delimiter = len(header.names), header.delimiter
    if '"' in block or (columns == 1 and "\n\n" in f"\n{block}"):
        return None
    separators = block.count(delimiter) if columns > 1 else 0
    try:
        rows = np.loadtxt(
            io.StringIO(_filled(block, delimiter) if columns > 1 else block),
            delimiter=delimiter,
            comments=None,
            usecols=None if len(used) == columns else used,
            ndmin=2,
        )
    except ValueError:
        return None
    if separators != len(rows) * (columns - 1) or rows.shape[1] != len(used):
        return None
    return rows if len(used) < columns else rows[:, used]


def _emptied(block: str, missing: str, delimiter: str) -> str:
    """Cells with the word for a missing sample made empty."""
    bordered = re.compile(f"(?<=[{delimiter}\n]){re.escape(missing)}(?=[{delimiter}\n])")
    return bordered.sub("", f"\n{block}")[1:]


def _filled(block: str, delimiter: str) -> str:
    """The word nan in every empty cell."""
    double, middle = delimiter * 2, f"{delimiter}nan{delimiter}"
    if double in block:
        block = block.replace(double, middle).replace(double, middle)
    if block.startswith(delimiter):
        block = "nan" + block
    return block.replace(f"\n{delimiter}", f"\nnan{delimiter}").replace(
        f"{delimiter}\n", f"{delimiter}nan\n"
    )


def _exact(block: str, header: Header, used: list[int], *, first_line: int, where: str) -> Floats:
    """Cell by cell."""
    columns = len(header.names)
    rows: list[list[float]] = []
    for offset, text in enumerate(block.removesuffix("\n").split("\n")):
        if not text.strip() and columns > 1:
            continue
        line = first_line + offset
        try:
            cells = next(csv.reader([text], delimiter=header.delimiter), None) or [""]
        except csv.Error as error:
            raise _damaged(f"line {line}", f"{error}", where) from error
        if len(cells) != columns:
            raise _damaged(f"line {line}", f"{len(cells)} cells under {columns} names", where)
        row: list[float] = []
        for index in used:
            cell = cells[index].strip()
            if cell and not _is_number(cell):
                shown = cell if len(cell) <= 20 else f"{cell[:20]}.."
                raise _damaged(
                    f"line {line}, column {header.names[index]}", f"{shown!r} is no number", where
                )
            row.append(float(cell) if cell else np.nan)
        rows.append(row)
    return np.array(rows, dtype=np.float64).reshape(-1, len(used))


def _check_range(
    rows: Floats,
    header: Header,
    used: list[int],
    *,
    largest: float,
    first_line: int,
    where: str,
) -> None:
    wrong = np.abs(rows) > largest  # False for NaN
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise _damaged(
            f"line {first_line + row}, column {header.names[used[column]]}",
            f"{rows[row, column]:g} is beyond every sensor",
            where,
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python's own digit grouping


def _damaged(place: str, why: str, where: str) -> DamagedFile:
    return DamagedFile(
        "the table cannot be read",
        where=f"{where}, {place}",
        why=why,
        fix="Write numbers with a decimal point, as many as names; leave a missing sample empty",
    )
