"""What an export of Moticon holds beside pressures: motion, total force, centre of pressure.

Read only when it is asked for: it is as much again as the pressures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from insole.model.foot import Side
from insole.model.stream import Readings
from insole_recordings.importers import table_text
from insole_recordings.importers.table_text import Header
from insole_recordings.importers.time_grid import checked_grid

KINDS: Final = (
    ("acceleration", "g", ("x", "y", "z"), r"acceleration (X|Y|Z)\[g\]"),
    ("gyroscope", "deg/s", ("x", "y", "z"), r"angular (X|Y|Z)\[dps\]"),
    ("force", "N", ("total",), r"(total) force\[N\]"),
    ("cop", "", ("x", "y"), r"center of pressure (X|Y)\[-0\.5\.\.\.\+0\.5\]"),
)
"""Kind, unit, channels and the name of its columns behind the side."""


def readings(path: Path, header: Header) -> Iterator[Readings]:
    """One block per foot and kind; rows with an empty cell are left out.

    Raises:
        FileError: the file has changed or cannot be read any more.
    """
    found = [
        (side, kind, unit, channels, places)
        for side in Side
        for kind, unit, channels, name in KINDS
        if (places := _places(header, rf"{side} {name}", channels)) is not None
    ]
    if not found:
        return
    used = sorted({0, *(place for *_, places in found for place in places)})
    with table_text.open_text(path) as file:
        for _ in range(header.line):
            file.readline(table_text.LONGEST_LINE)
        table = table_text.read_numbers(file, header, used=used, where=path.name)
    grid = checked_grid(table[:, 0], where=path.name, line=header.line + 1)
    for side, kind, unit, channels, places in found:
        values = table[:, [used.index(place) for place in places]]
        whole = ~np.isnan(values).any(axis=1)
        if whole.any():
            tick_us = grid.tick_us[whole]
            yield Readings(side.value, kind, unit, channels, tick_us, tick_us * 1000, values[whole])


def _places(header: Header, name: str, channels: tuple[str, ...]) -> list[int] | None:
    """Columns of these channels, None unless each is there once."""
    form = re.compile(name)
    named = [
        (match[1].lower(), index)
        for index, column in enumerate(header.names)
        if (match := form.fullmatch(column)) is not None
    ]
    places = dict(named)
    is_whole = len(named) == len(channels) == len(places)
    return [places[channel] for channel in channels] if is_whole else None
