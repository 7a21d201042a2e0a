"""Writing a whole recording at once: recover, redecode, import.

The file is written under another name and renamed at the end, so that a half-written one never
carries the name that was asked for; the input is never the output.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from insole.errors import FileError, RequestError
from insole.model.stream import Capability, Event, Readings, Samples
from insole.model.trial import StartState, TrialNotes
from insole_recordings.journal import busy, is_locked, journal_of
from insole_recordings.projection import Projection
from insole_recordings.recorder import HDF5_ERRORS, cannot_write, check_place, exists
from insole_recordings.records import kept_of


def check_output(out: Path, *, source: Path, force: bool) -> None:
    """Refuse an output that would destroy something, before any work is done.

    Raises:
        FileError: a folder, a missing folder, or it exists and `force` is false.
        RequestError: it is the input itself.
        JournalBusy: it is being recorded now.
    """
    check_place(out)
    if out.exists() and source.exists() and out.samefile(source):
        raise RequestError(
            "output and input are the same file",
            where=str(out),
            why="an input file is never modified",
            fix="Choose another name after -o",
        )
    if journal_of(out).exists():
        if is_locked(journal_of(out)):
            raise busy(out)
        raise FileError(
            "a recording that was cut off lies there",
            where=str(journal_of(out)),
            why="its journal holds data that are in no other file",
            fix=f"Run `insole recover {out}` first, or choose another name",
        )
    if out.exists() and not force:
        raise exists(out)


def write_recording(
    out: Path,
    *,
    start: StartState,
    notes: TrialNotes,
    events: Iterable[Event] = (),
    decoded: Iterable[Capability | Samples | Readings] = (),
    document: dict[str, Any] | None = None,
) -> None:
    """Write a complete file.

    Raises:
        FileError: it cannot be written.
        DiskFull: no room; nothing of it is left behind.
    """
    part = out.with_name(out.name + ".part")
    try:
        projection = Projection(part, start=start, notes=notes)
        try:
            projection.events(kept_of(event) for event in events)
            for item in decoded:
                projection.decoded((item,))
            projection.finish(document, overflow=0)
        except BaseException:
            _give_up(projection)
            raise
        part.replace(out)
    except HDF5_ERRORS as error:
        part.unlink(missing_ok=True)
        raise cannot_write(out, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _give_up(projection: Projection) -> None:
    try:
        projection.abandon()
    except HDF5_ERRORS:
        return  # what went wrong first is what the caller hears
