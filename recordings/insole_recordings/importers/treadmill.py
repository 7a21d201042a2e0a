"""Force treadmills with one belt: RBDS text files, and rows of forces in body weights.

* **RBDS** (`Time Fx Fy Fz COPx COPy COPz Ty`, tab separated): Fy is vertical, COPz runs to the
  right, and `Time` is a sample number: the rate, 300 Hz, is not in the file.
* **Rows** (one trial per row, no header, body weights, 500 Hz) with a companion beside them, whose
  header names `Mass`, `Speed` and `Slope` and whose rows are in the same order: `.._grf_bw_..csv`
  and `.._conditions_..csv`. There is no centre of pressure: the first contact is called left.
* **One column** of newtons without a header: `rate` must be given; the first contact is called
  left, and the zero of the belt may drift.

The feet of a run are told apart as in `belt`.

* `rate`: Hz, instead of the data set's own.
* `mass`: body mass, kg, instead of the companion's.
* `trial`: row of the trial, from 1 (first).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError, RequestError
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.trial import TrialNotes
from insole.parameters import Parameters
from insole_recordings.importers import table_text, time_grid
from insole_recordings.importers.belt import Belt, told_apart
from insole_recordings.importers.imported import (
    RATE_HZ,
    Foot,
    ImportedRecording,
    mass_option,
    number_option,
    recording,
)
from insole_recordings.importers.table_text import Header

RBDS_HZ = 300.0
ROWS_HZ = 500.0
FORCE, ACROSS, NUMBER = "Fy", "COPz", "Time"
FEWEST_VALUES = 100  # in a row that is a trial
FEWEST_LINES = 20  # of one number each
HEAD = 4096
MOST_TRIALS = 10_000
MOST_COMPANION_BYTES = 1 << 20
HEAVIEST_BW = 100.0

_NUMBER = re.compile(rb"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


class TreadmillImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "treadmill"

    def sniff(self, path: Path, head: bytes) -> bool:
        """The columns of RBDS, or a long first row of numbers with its companion beside."""
        names = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip().split(b"\t")
        if {name.encode() for name in (NUMBER, FORCE, ACROSS)} <= set(names):
            return True
        return _is_column(head) or (_is_row(head) and _companion(path) is not None)

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read one run whole.

        Raises:
            FileError: it cannot be read, or is no run.
            RequestError: an option has no valid value.
        """
        rate = number_option(options, "rate", *RATE_HZ, unit="Hz")
        mass = mass_option(options)
        companion = _companion(path)
        if companion is not None:
            return self._open_row(path, companion, options, rate=rate or ROWS_HZ, mass_kg=mass)
        if _is_column(_head(path)):
            return self._open_column(path, rate=rate, mass_kg=mass)
        with table_text.open_text(path) as file:
            header = table_text.read_header(file, path.name)
            missing = [name for name in (NUMBER, FORCE, ACROSS) if name not in header.names]
            if missing:
                raise FileError(
                    "the columns do not fit",
                    where=f"{path.name}, line {header.line}",
                    why=f"column {missing[0]} is missing",
                    fix="Give the file of forces of the data set, whole",
                )
            used = [header.names.index(name) for name in (NUMBER, FORCE, ACROSS)]
            table = table_text.read_numbers(file, header, used=used, where=path.name)
        number, force, across = table.T
        _check_whole(number, force, where=path.name, line=header.line + 1)
        rate = rate or RBDS_HZ
        belt = told_apart(force, across, rate_hz=rate, where=path.name)
        note = f"one belt, {belt.contacts} contacts; sides from the centre of pressure"
        feet = _feet(belt, rate)
        notes = TrialNotes(note=note, surface="treadmill")
        return recording(path, feet, format=self.name, unit="N", mass_kg=mass, notes=notes)

    def _open_column(
        self, path: Path, *, rate: float | None, mass_kg: float | None
    ) -> ImportedRecording:
        if rate is None:
            raise RequestError(
                "the rate is not in the file",
                where=path.name,
                why="it is one column of forces, without time",
                fix="Give --rate HZ",
            )
        with table_text.open_text(path) as file:
            header = Header((FORCE,), ",", 0)
            force = table_text.read_numbers(file, header, used=[0], where=path.name)[:, 0]
        _check_whole(np.arange(len(force), dtype=np.float64), force, where=path.name, line=1)
        belt = told_apart(force, None, rate_hz=rate, where=path.name, drifts=True)
        note = f"one belt, {belt.contacts} contacts; the first is called left"
        notes = TrialNotes(note=note, surface="treadmill")
        feet = _feet(belt, rate)
        return recording(path, feet, format=self.name, unit="N", mass_kg=mass_kg, notes=notes)

    def _open_row(
        self,
        path: Path,
        companion: Path,
        options: dict[str, Any],
        *,
        rate: float,
        mass_kg: float | None,
    ) -> ImportedRecording:
        trial = int(number_option(options, "trial", 1, MOST_TRIALS, unit="(row)") or 1)
        conditions = _conditions(companion)
        weights = _row(path, trial, rows=len(conditions))
        said = conditions[trial - 1]
        newton = said.mass_kg * Parameters()["physics.g"]
        belt = told_apart(weights * newton, None, rate_hz=rate, where=f"{path.name}, row {trial}")
        notes = TrialNotes(
            note=f"trial {trial} of {len(conditions)}, slope {said.slope_deg:g} degrees, one belt, "
            f"{belt.contacts} contacts; the first is called left",
            surface="treadmill",
            speed_m_s=said.speed_m_s,
        )
        return recording(
            path,
            _feet(belt, rate),
            format=self.name,
            unit="N",
            mass_kg=mass_kg or said.mass_kg,
            notes=notes,
        )


IMPORTER = TreadmillImporter()


def _feet(belt: Belt, rate_hz: float) -> list[Foot]:
    grid = time_grid.from_rate(len(belt.left), rate_hz)
    return [
        Foot(
            side=side,
            layout=layouts.load("total"),
            quantity="N",
            rate_hz=rate_hz,
            sequence=grid.sequence,
            tick_us=grid.tick_us,
            values=force[:, None],
        )
        for side, force in ((Side.LEFT, belt.left), (Side.RIGHT, belt.right))
    ]


def _check_whole(number: Floats, force: Floats, *, where: str, line: int) -> None:
    """Sample numbers count up by one, and every row has a force."""
    steady = np.diff(number) == 1.0  # False for NaN
    if steady.all() and not np.isnan(force).any():
        return
    wrong = np.concatenate(([False], ~steady)) | np.isnan(force)
    raise DamagedFile(
        "a sample is missing",
        where=f"{where}, line {line + int(np.argmax(wrong))}",
        why="the sample numbers do not count up by one, or the force is empty",
        fix="Give the file of forces of the data set, whole",
    )


@dataclass(frozen=True, slots=True)
class _Condition:
    mass_kg: float
    speed_m_s: float
    slope_deg: float


def _is_row(head: bytes) -> bool:
    first = head.split(b"\n", 1)[0]
    return first.count(b",") >= FEWEST_VALUES // 2 and not set(first) - set(b"0123456789+-.eE, \r")


def _is_column(head: bytes) -> bool:
    """Several whole lines, each one number and nothing else."""
    lines = head.replace(b"\r", b"").split(b"\n")[:-1]
    return len(lines) >= FEWEST_LINES and all(_NUMBER.fullmatch(line.strip()) for line in lines)


def _head(path: Path) -> bytes:
    with table_text.open_text(path) as file:
        return file.read(HEAD).encode()


def _companion(path: Path) -> Path | None:
    name = re.sub(r"grf(_bw)?", "conditions", path.name, count=1, flags=re.IGNORECASE)
    beside = path.with_name(name)
    return beside if name != path.name and beside.is_file() else None


def _conditions(path: Path) -> list[_Condition]:
    with table_text.open_text(path) as file:
        text = file.read(MOST_COMPANION_BYTES + 1)
    try:
        if len(text) > MOST_COMPANION_BYTES:
            raise ValueError("it is larger than 1 MB")
        found = [
            _Condition(float(row["Mass"]), float(row["Speed"]), float(row["Slope"]))
            for row in csv.DictReader(text.splitlines())
        ]
        if not all(20 <= one.mass_kg <= 300 and abs(one.slope_deg) < 90 for one in found):
            raise ValueError("a mass or slope is not possible")
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        why = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
        raise DamagedFile(
            "the conditions cannot be read",
            where=path.name,
            why=why[:200],
            fix="Give the file of the data set, with Mass, Speed and Slope for each trial",
        ) from error
    return found


def _row(path: Path, trial: int, *, rows: int) -> Floats:
    """(n,) values of one row, counted from 1; the file must have one row per condition."""
    wanted, count = "", 0
    with table_text.open_text(path) as file:
        while line := file.readline(table_text.LONGEST_LINE):
            if len(line) >= table_text.LONGEST_LINE:
                raise _bad_row(f"{path.name}, row {count + 1}", "it is longer than 1 MB")
            if not line.strip():
                continue
            count += 1
            if count == trial:
                wanted = line
            if count > rows:
                break
    if count != rows or not wanted:
        shown = f"more than {rows}" if count > rows else str(count)
        raise _bad_row(path.name, f"{shown} rows of force, and conditions for {rows}")
    where = f"{path.name}, row {trial}"
    try:
        values = np.array(wanted.split(","), dtype=np.float64)
    except ValueError as error:
        raise _bad_row(where, str(error)[:100]) from error
    if len(values) < FEWEST_VALUES or not (np.abs(values) <= HEAVIEST_BW).all():
        why = f"{len(values)} values, or one is no force in body weights"
        raise _bad_row(where, why)
    return values


def _bad_row(where: str, why: str) -> DamagedFile:
    return DamagedFile(
        "the trial cannot be read",
        where=where,
        why=why,
        fix="Choose trial from 1 to the number of rows, or give both files of the data set, whole",
    )
