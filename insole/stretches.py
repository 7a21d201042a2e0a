"""Recordings read for a calibration: each foot under what is in force for the insoles already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from insole.analysis import Analysis
from insole.api import open_recording
from insole.model.arrays import Floats
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.stream import Capability
from insole.model.trial import clock_of
from insole.parameters import Parameters
from insole.pipeline import FootUpdate
from insole.signal.health import kpa_per_value
from insole.trial import RunningTrial

_Kept: TypeAlias = dict[Side, list[tuple[Floats, Floats, Floats]]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """One foot of a recording.

    Attributes:
        capability: of the device.
        time_s: (n,) s.
        total_n: (n,) N.
        values: (n, S) in the unit of the zero, nothing clamped.
        kpa_per_unit: (S,).
        is_force: the total is in newtons.
    """

    capability: Capability
    time_s: Floats
    total_n: Floats
    values: Floats
    kpa_per_unit: Floats
    is_force: bool


class Reader:
    """Recordings, each foot under a history.

    Args:
        path: the recording whose insoles are calibrated: what is in force for them already.
        mass_kg: body mass; None: what recordings say.
        options: what tables do not say of themselves.
    """

    def __init__(self, path: Path, *, mass_kg: float | None, options: dict[str, Any]) -> None:
        self._known = _known(path, options)
        self._mass_kg = mass_kg
        self._options = options

    def clock_s(self, path: Path) -> float | None:
        """Clock time of its axis at 0 s, or None."""
        recording = open_recording(path, **self._options)
        try:
            return clock_of(recording.notes.wall_clock)
        finally:
            recording.close()

    def trial(self, path: Path, history: Sequence[Calibration]) -> RunningTrial:
        """A whole recording under what is in force and a history made in this call."""
        return self._run(path, (*self._known, *history), None)

    def analysed(self, path: Path) -> tuple[Analysis, dict[Side, Capability]]:
        """The result of a recording as it stands, and its devices."""
        trial = self._run(path, None, None)
        devices = {side: foot.capability for side, foot in trial.pair.feet.items()}
        return trial.analysis(), devices

    def feet(
        self, path: Path, history: Sequence[Calibration], *, scaled: bool = False
    ) -> dict[Side, Stretch]:
        """Each foot of a recording under what is in force and this history.

        Args:
            path: the recording.
            history: made in this call.
            scaled: with the gains that are in force; else they are what is to be found.
        """
        kept: _Kept = {}
        known = self._known if scaled else [replace(entry, gain=None) for entry in self._known]
        trial = self._run(path, (*known, *history), kept)
        feet: dict[Side, Stretch] = {}
        for side, parts in kept.items():
            load = trial.pair.feet[side].load
            kpa = kpa_per_value(load)
            sensors = load.capability.layout.sensors
            scale = load.unit_per_value
            time_s, total_n, values = (
                np.concatenate([part[index] for part in parts]) for index in range(3)
            )
            rest = np.zeros(sensors) if kpa is None else kpa / scale
            feet[side] = Stretch(
                load.capability, time_s, total_n, values, rest, is_force=load.is_force
            )
        return feet

    def _run(
        self,
        path: Path,
        history: Sequence[Calibration] | None,
        kept: _Kept | None,
    ) -> RunningTrial:
        """The recording through the pipeline; `history` None: as it stands."""
        recording = open_recording(path, **self._options)
        try:
            start = recording.start
            if self._mass_kg is not None:
                start = replace(start, mass_kg=self._mass_kg)
            if history is not None:
                start = replace(start, zero={}, gain={}, calibrations=tuple(history))
            if kept is not None:  # single sensors are asked for: every one, believed or not
                start = replace(start, parameters={**start.parameters, "health.mask": 0.0})
            trial = RunningTrial(start)
            for item in recording.decoded():
                _keep(trial, trial.feed([item]), kept)
            _keep(trial, trial.finish(), kept)
            return trial
        finally:
            recording.close()

    def weight(self, capability: Capability, path: Path) -> float | None:
        """Body weight, N: given, told by the device or by the recording."""
        mass = self._mass_kg if self._mass_kg is not None else capability.mass_kg
        if mass is None:
            recording = open_recording(path, **self._options)
            mass = recording.start.mass_kg
            recording.close()
        return None if mass is None else mass * Parameters()["physics.g"]


def _known(path: Path, options: dict[str, Any]) -> tuple[Calibration, ...]:
    """What is in force for the insoles of a recording already; creep is of that recording alone."""
    recording = open_recording(path, **options)
    start = recording.start
    recording.close()
    devices = dict.fromkeys((*start.zero, *start.gain))
    first = [
        Calibration(key, "other", zero=start.zero.get(key), gain=start.gain.get(key))
        for key in devices
    ]
    return tuple(replace(entry, standing=()) for entry in (*first, *start.calibrations))


def _keep(trial: RunningTrial, updates: Sequence[FootUpdate], kept: _Kept | None) -> None:
    """Keep time, total and the values of the sensors in the unit of the zero."""
    if kept is None:
        return
    for update in updates:
        if len(update.load.time_s):
            load = trial.pair.feet[update.side].load
            unit = load.units(update.frames.values)
            kept.setdefault(update.side, []).append((update.load.time_s, update.load.total_n, unit))
