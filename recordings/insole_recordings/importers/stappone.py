"""Stappone, CSV export: one sole a file, twelve cells and an inertial unit.

Columns `sole_id` (1 left, 2 right), `timestamp` (unix time in ms), inertial values, which are not
read, `pressure_01` to `pressure_12` in raw counts, and `corrupt`: rows with it set are missing
samples. A cell that bears nothing counts 100 to 400, another level in every cell; its level in the
tenth of the samples with the least sum, the swing of a walk, is taken as its zero.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError
from insole.model.arrays import Floats
from insole.model.foot import SensorLayout, Side
from insole.model.trial import TrialNotes
from insole_recordings.importers import table_text, time_grid
from insole_recordings.importers.imported import (
    LARGEST,
    RATE_HZ,
    Foot,
    ImportedRecording,
    mass_option,
    number_option,
    recording,
)
from insole_recordings.importers.table_text import Header

SENSORS = tuple(f"pressure_{number:02d}" for number in range(1, 13))
SIDES = {1.0: Side.LEFT, 2.0: Side.RIGHT}
LATEST_MS = 4e12  # the year 2096
UNLOADED = 0.1  # share of the samples, those with the least sum, that show the unloaded level


class StapponeImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "stappone"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - content tells it
        """A table whose columns are those of this maker."""
        header = table_text.header_of(head.decode("utf-8", errors="replace"))
        return header is not None and {"sole_id", "timestamp", SENSORS[0]} <= set(header.names)

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read it whole.

        Raises:
            FileError: it is damaged; the line and column are named where there are any.
        """
        mass_kg = mass_option(options)
        rate = number_option(options, "rate", *RATE_HZ, unit="Hz")
        with table_text.open_text(path) as file:
            header = table_text.read_header(file, path.name)
            used = _columns(header, path.name)
            table = table_text.read_numbers(
                file, header, used=used, where=path.name, largest=LATEST_MS
            )
        sole, time_ms, corrupt, counts = table[:, 0], table[:, 1], table[:, 2], table[:, 3:]
        _check(table, path.name)
        counts = np.where((corrupt != 0.0)[:, None], np.nan, counts)
        layout = layouts.load("stappone12")
        feet = [
            _foot(side, time_ms[sole == number], counts[sole == number], layout=layout, rate=rate)
            for number, side in SIDES.items()
            if (sole == number).any()
        ]
        began = datetime.fromtimestamp(float(time_ms.min()) / 1000.0, UTC)
        notes = TrialNotes(
            wall_clock=began.isoformat(timespec="milliseconds"),
            note="zero of each cell: its level in the least loaded tenth of the samples",
        )
        return recording(path, feet, format=self.name, unit="counts", mass_kg=mass_kg, notes=notes)


IMPORTER = StapponeImporter()


def _columns(header: Header, where: str) -> list[int]:
    wanted = ("sole_id", "timestamp", "corrupt", *SENSORS)
    missing = [name for name in wanted if header.names.count(name) != 1]
    if missing:
        raise _damaged(where, f"column {missing[0]} is not there once")
    return [header.names.index(name) for name in wanted]


def _check(table: Floats, where: str) -> None:
    if not len(table):
        raise _damaged(where, "no row follows the header")
    sole, time_ms, corrupt = table[:, 0], table[:, 1], table[:, 2]
    wrong = {
        "sole_id is neither 1 (left) nor 2 (right)": ~np.isin(sole, tuple(SIDES)),
        "timestamp is no unix time in ms": ~(time_ms >= 0.0),
        "corrupt is empty": np.isnan(corrupt),
        "a count is beyond every sensor": (np.abs(table[:, 3:]) > LARGEST).any(axis=1),
    }
    for number in SIDES:
        mine = np.flatnonzero(sole == number)
        back = np.zeros(len(table), dtype=bool)
        back[mine[1:]] = ~(np.diff(time_ms[mine]) > 0.0)
        wrong[f"the time of sole {number:.0f} does not increase"] = back
    for why, rows in wrong.items():
        if rows.any():
            raise _damaged(f"{where}, row {int(np.argmax(rows)) + 1} after the header", why)


def _foot(
    side: Side, time_ms: Floats, counts: Floats, *, layout: SensorLayout, rate: float | None
) -> Foot:
    first_us = round(float(time_ms[0])) * 1000
    if len(time_ms) > 1:
        grid = time_grid.from_times((time_ms - time_ms[0]) / 1000.0)
    else:
        grid = time_grid.from_rate(1, rate or RATE_HZ[1])
    total = counts.sum(axis=1)
    least = total <= np.nanquantile(total, UNLOADED) if not np.isnan(total).all() else total < 0.0
    zero = np.median(counts[least], axis=0) if least.any() else np.zeros(len(SENSORS))
    return Foot(
        side=side,
        layout=layout,
        quantity="counts",
        rate_hz=grid.rate_hz,
        sequence=grid.sequence,
        tick_us=grid.tick_us + first_us,
        values=counts,
        zero=tuple(float(level) for level in zero),
    )


def _damaged(where: str, why: str) -> FileError:
    return DamagedFile(
        "this Stappone file is damaged", where=where, why=why, fix="Export the recording again"
    )
