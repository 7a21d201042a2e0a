"""Calibrations that were added to a finished recording, or are kept for the insoles themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import is_dataclass, replace
from functools import partial
from pathlib import Path

from insole import plugins
from insole.errors import FileError
from insole.model.calibration import Calibration
from insole.plugins import Additions, Recording
from insole.settings import folders

INSOLES = "insoles"  # in the user's folder of states: what was measured on insoles, not on a trial
MADE_ANEW = ("virtual",)  # sources whose insoles are other ones each time


def with_additions(recording: Recording) -> Recording:
    """The same recording with the calibrations that were added to it later.

    Raises:
        FileError: they are there and cannot be read.
    """
    added = [
        entry
        for name in plugins.names("insole.additions")
        for entry in _offered(name).calibrations(recording.path)
    ]
    if not added:
        return recording
    start = recording.start
    start = replace(start, calibrations=(*start.calibrations, *added))
    if is_dataclass(recording):
        return replace(recording, start=start)
    recording.start = start
    return recording


def kept_for(
    scheme: str,
) -> tuple[tuple[Calibration, ...], Callable[[Sequence[Calibration]], None] | None]:
    """The history of the user's insoles, and what appends to it; nothing for virtual ones.

    Raises:
        FileError: it is there and cannot be read.
    """
    offered = plugins.names("insole.additions")[:1]
    if scheme in MADE_ANEW or not offered:
        return (), None
    path = folders().state / INSOLES
    known: dict[tuple[str, str], Calibration] = {}
    for entry in _offered(offered[0]).calibrations(path):
        known[entry.serial or entry.device, entry.method] = entry  # the newest of each counts
    return tuple(known.values()), partial(_keep, offered[0], path)


def _keep(name: str, path: Path, entries: Sequence[Calibration]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            "the calibration cannot be stored",
            where=str(path.parent),
            why=error.strerror or str(error),
            fix="It holds until the window is closed; check the folder's permissions",
        ) from error
    _offered(name).add(path, entries)


def _offered(name: str) -> Additions:
    offered: Additions = plugins.load("insole.additions", name)
    return offered
