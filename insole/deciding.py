"""What people decide about a finished recording: keep, repeat, what counts, left for right.

A decision lies beside the file and is only ever appended: the recording, and the result of the day
in it, stay as they are, and every decision can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def alike(one: Decision, other: Decision) -> bool:
    """The same, whenever it was decided."""
    return replace(one, when="") == replace(other, when="")


def not_undone(decided: Sequence[Decision]) -> list[Decision]:
    """Decisions that were not taken back, after the recording as it was.

    A decision that is the one before the newest again took the newest back.

    >>> a, b = Decision("keep"), Decision("keep", swapped=True)
    >>> not_undone([a, b, a]) == [Decision(), a]
    True
    """
    stack = [Decision()]
    for one in decided:
        if len(stack) > 1 and alike(one, stack[-2]):
            stack.pop()
        elif not alike(one, stack[-1]):
            stack.append(one)
    return stack


def words(
    decision: Decision,
    *,
    end_s: float | None = None,
    number: Callable[[float], str] = lambda number: f"{number:.1f}",
) -> str:
    """What holds and changes a result, as a sentence; "" where nothing does.

    Args:
        decision: the newest.
        end_s: of the recording, where that is known.
        number: how one is written.
    """
    said: list[str] = []
    if decision.from_s is not None or decision.to_s is not None:
        begin = 0.0 if decision.from_s is None else decision.from_s
        end = end_s if decision.to_s is None else decision.to_s
        said.append(f"cut to {number(begin)}–{'its end' if end is None else f'{number(end)} s'}")
    if decision.swapped:
        said.append("feet swapped")
    sentence = ", ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _offered() -> list[Additions]:
    return [plugins.load("insole.additions", name) for name in plugins.names("insole.additions")]
