"""What is added to a finished recording: calibrations and decisions, beside it, only appended.

`NAME.additions` has the layout of a journal. The recording itself, and the result of the day in it,
are never touched; so a vendor's file can be calibrated too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from insole.errors import FileError
from insole.model.calibration import Calibration
from insole.model.trial import Decision
from insole_recordings.journal import JournalReader, busy, encode, header, lock
from insole_recordings.records import (
    BadRecord,
    Kind,
    Record,
    calibration_of,
    decision_of,
    from_json,
    to_json,
)

SUFFIX: Final = ".additions"


def additions_of(path: Path) -> Path:
    """Where the additions to a recording lie: beside it."""
    return path.with_name(path.name + SUFFIX)


class JournalAdditions:
    """Entry point `insole.additions`."""

    def calibrations(self, path: Path) -> tuple[Calibration, ...]:
        """The history added to a recording, oldest first; damaged records are left out.

        Raises:
            FileError: the additions are there and cannot be read.
        """
        beside = additions_of(path)
        return tuple(_calibrations(beside)) if beside.exists() else ()

    def add(self, path: Path, calibrations: Iterable[Calibration]) -> Path:
        """Append to the history of a recording; says where it lies.

        Raises:
            JournalBusy: another program is adding to it.
            FileError: it cannot be written.
        """
        entries = [asdict(entry) for entry in calibrations]
        return _stored(path, Kind.CALIBRATION, entries, what="calibration")

    def decisions(self, path: Path) -> tuple[Decision, ...]:
        """What was decided about a recording, oldest first; damaged records are left out.

        Raises:
            FileError: the additions are there and cannot be read.
        """
        beside = additions_of(path)
        return tuple(_decisions(beside)) if beside.exists() else ()

    def decide(self, path: Path, decision: Decision) -> Path:
        """Append a decision; says where it lies.

        Raises:
            JournalBusy: another program is adding to it.
            FileError: it cannot be written.
        """
        return _stored(path, Kind.DECISION, [asdict(decision)], what="decision")


def _stored(path: Path, kind: Kind, entries: list[dict[str, Any]], *, what: str) -> Path:
    beside = additions_of(path)
    try:
        _append(beside, kind, entries)
    except OSError as error:
        raise FileError(
            f"the {what} cannot be stored",
            where=str(beside),
            why=error.strerror or str(error),
            fix="Check that the folder can be written to",
        ) from error
    return beside


def _decisions(beside: Path) -> Iterator[Decision]:
    for record in JournalReader(beside):
        if record.kind != Kind.DECISION:
            continue
        try:
            yield decision_of(from_json(record.body))
        except BadRecord:
            continue


def _calibrations(beside: Path) -> Iterator[Calibration]:
    for record in JournalReader(beside):
        if record.kind != Kind.CALIBRATION:
            continue
        try:
            yield calibration_of(from_json(record.body))
        except BadRecord:
            continue


def _append(beside: Path, kind: Kind, entries: list[dict[str, Any]]) -> None:
    file = os.open(beside, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        if not lock(file):
            raise busy(beside)
        number, data = 0, header()
        size = os.fstat(file).st_size
        if size:
            reader = JournalReader(beside)
            number, data = sum(1 for _ in reader), b""
            os.ftruncate(file, size - reader.extent.tail_bytes)  # a record that was never whole
        for index, entry in enumerate(entries):
            record = Record(kind, time.time_ns(), to_json(entry))
            data += encode(record, number=number + index)
        os.lseek(file, 0, os.SEEK_END)
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    finally:
        os.close(file)


ADDITIONS = JournalAdditions()
