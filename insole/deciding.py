"""What people decide about a finished recording: keep, repeat, what counts, left for right.

A decision lies beside the file and is only ever appended: the recording, and the result of the day
in it, stay as they are, and every decision can be taken back.
"""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from datetime import datetime
from pathlib import Path

from insole import plugins
from insole.errors import RequestError
from insole.history import with_additions
from insole.model.trial import Decision
from insole.plugins import Additions, Recording

MOST_S = 1e6


def decisions(path: Path) -> tuple[Decision, ...]:
    """All decisions about a file, oldest first; the newest holds.

    Raises:
        FileError: they are there and cannot be read.
    """
    return tuple(one for each in _offered() for one in each.decisions(path))


def decide(path: Path, decision: Decision) -> Decision:
    """Keep a decision; says what is kept, with its clock time.

    Raises:
        FileError: it cannot be written.
        RequestError: nothing would be left of the recording, or nothing installed keeps it.
    """
    begin = 0.0 if decision.from_s is None else decision.from_s
    end = MOST_S if decision.to_s is None else decision.to_s
    if not -MOST_S <= begin < end <= MOST_S:
        raise RequestError(
            "nothing would be left of the recording",
            where=path.name,
            why=f"it would begin at {begin:g} s and end at {end:g} s",
            fix="Let it end after its begin",
        )
    for each in _offered():
        kept = replace(decision, when=datetime.now().astimezone().isoformat(timespec="seconds"))
        each.decide(path, kept)
        return kept
    raise RequestError(
        "the decision cannot be kept",
        where="insole.additions",
        why="nothing is installed that keeps it",
        fix="Install the whole program again",
    )


def with_all_added(recording: Recording) -> Recording:
    """The same recording, with the calibrations and decisions that were added to it later.

    Raises:
        FileError: they are there and cannot be read.
    """
    recording = with_additions(recording)
    found = decisions(recording.path)
    if not found:
        return recording
    start = replace(recording.start, decision=found[-1])
    if is_dataclass(recording):
        return replace(recording, start=start)
    recording.start = start
    return recording


def _offered() -> list[Additions]:
    return [plugins.load("insole.additions", name) for name in plugins.names("insole.additions")]
