"""Results that need the whole recording at once; tagged, never mixed with those of the stream."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from insole.analysis import Analysis
from insole.api import checked_mass, noted, open_recording, sha256_of
from insole.errors import RequestError
from insole.metrics.pair import attach_pair
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.stream import Frames
from insole.pipeline import FootPipeline, FootUpdate
from insole.signal.activity import activity_of
from insole.signal.calibrate import LoadStage
from insole.signal.drift import drift, swings_of
from insole.signal.momentum import self_check
from insole.signal.regional import RegionalPressure
from insole.signal.steps import StepStage, concatenate, empty_steps
from insole.trial import RunningTrial

ZERO_PHASE = "zero_phase"


def without_drift(
    path: str | Path,
    mass_kg: float | None = None,
    *,
    parameters: dict[str, float] | None = None,
    **options: Any,
) -> Analysis:
    """Steps of a recording whose sensors drift, each sensor straightened through its swings.

    Args:
        path: any readable file.
        mass_kg: body mass; default is what the recording says.
        parameters: overrides of defaults.toml.
        **options: for tables: `quantity`, `layout`, `rate`.

    Raises:
        FileError: it cannot be read.
        RequestError: too few swings to know the drift.
    """
    recording = open_recording(path, **options)
    try:
        start = recording.start
        if mass_kg is not None:
            start = replace(start, mass_kg=checked_mass(mass_kg))
        if parameters is not None:
            start = replace(start, parameters=parameters)
        trial = RunningTrial(start)
        kept = [*trial.feed_all(recording.decoded()), *trial.finish()]
        notes = noted(recording.notes)
    finally:
        recording.close()
    tables = {side: empty_steps(side) for side in Side}
    for side, foot in trial.pair.feet.items():
        tables[side] = _straightened(
            foot, [update for update in kept if update.side is side], Path(path).name
        )
    p = trial.parameters
    rates = {side: foot.capability.rate_hz for side, foot in trial.pair.feet.items()}
    left, right = attach_pair(tables[Side.LEFT], tables[Side.RIGHT], parameters=p, rates_hz=rates)
    result = trial.analysis()
    return replace(
        result,
        left=left,
        right=right,
        activity=activity_of(left, right),
        check=self_check(left, right, mass_kg=result.mass_kg, parameters=p),
        movement={},
        filter=ZERO_PHASE,
        file=Path(path).name,
        sha256=sha256_of(Path(path)),
        notes=notes,
    )


def _straightened(foot: FootPipeline, updates: list[FootUpdate], name: str) -> Steps:
    """Steps of one foot anew, from sensors without their drift."""
    time_s = np.concatenate([update.load.time_s for update in updates])
    quality = np.concatenate([update.frames.quality for update in updates])
    arrival_ns = np.concatenate([update.frames.arrival_ns for update in updates])
    values = np.concatenate([foot.load.units(update.frames.values) for update in updates])
    found = drift(time_s, values, swings_of(concatenate([update.steps for update in updates])))
    if found is None:
        raise RequestError(
            "the drift cannot be known",
            where=f"{name}, {foot.side} foot",
            why="there are fewer than four swings",
            fix="Analyse it as it is",
        )
    straight = Frames(time_s, np.asfortranarray(values - found), quality, arrival_ns)
    p, calibration = foot.parameters, foot.calibration
    masked = foot.sensors.masked
    load = LoadStage(
        replace(
            foot.capability, quantity=foot.load.quantity, scale=1.0, offset=0.0, saturated=None
        ),
        gain=calibration.gain,
        mass_kg=foot.mass_kg,
        parameters=p,
        sensor_gain=calibration.sensor_gain,
        standing=calibration.standing,
    )
    stage = StepStage(
        foot.side,
        mass_kg=foot.mass_kg if load.is_force else None,
        rate_hz=foot.capability.rate_hz,
        parameters=p,
        anchors_mm=load.anchors_mm,
    )
    pressure = RegionalPressure(load, rate_hz=foot.capability.rate_hz, parameters=p)
    values, zero = straight.values, load.zero
    pressure.take(time_s, values, zero=zero, masked=masked)
    unclamped = load.unclamped(straight, values, zero=zero, masked=masked)
    loaded = load.load(straight, values, zero=zero, masked=masked)
    steps = concatenate((stage.push(loaded, unclamped_n=unclamped), stage.flush()))
    return pressure.measured(steps)
