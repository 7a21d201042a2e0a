"""Calibrations that were added to a finished recording, folded into its start state."""

from __future__ import annotations

from dataclasses import is_dataclass, replace

from insole import plugins
from insole.plugins import Additions, Recording


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


def _offered(name: str) -> Additions:
    offered: Additions = plugins.load("insole.additions", name)
    return offered
