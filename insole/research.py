"""Results beside those of the stream: without drift, or filtered; tagged, never mixed with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from insole.analysis import Analysis
from insole.api import checked_mass, noted, open_recording, sha256_of
from insole.errors import RequestError
from insole.metrics.pair import attach_pair
from insole.model.arrays import Flags, Floats, Ints
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.quality import Quality
from insole.model.stream import Frames
from insole.pipeline import FootPipeline, FootUpdate
from insole.signal.activity import activity_of
from insole.signal.calibrate import LoadStage
from insole.signal.drift import drift, swings_of
from insole.signal.momentum import self_check
from insole.signal.regional import RegionalPressure
from insole.signal.steps import StepStage, concatenate, empty_steps
from insole.signal.whole_filters import WholeFilter, filtered
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

    def straight(foot: FootPipeline, rows: _Rows) -> tuple[_Rows, str]:
        found = drift(rows.time_s, rows.values, swings_of(rows.steps))
        if found is None:
            raise RequestError(
                "the drift cannot be known",
                where=f"{Path(path).name}, {foot.side} foot",
                why="there are fewer than four swings",
                fix="Analyse it as it is",
            )
        return replace(rows, values=rows.values - found), ZERO_PHASE

    return _anew(Path(path), mass_kg, straight, parameters=parameters, **options)


def with_filter(
    path: str | Path,
    mass_kg: float | None = None,
    *,
    kind: WholeFilter,
    parameters: dict[str, float] | None = None,
    **options: Any,
) -> Analysis:
    """Steps of a recording whose sensors went through a low-pass; its delay is off the times.

    Args:
        path: any readable file.
        mass_kg: body mass; default is what the recording says.
        kind: `causal` or `zero-phase`, at `filters.event_cut_hz`.
        parameters: overrides of defaults.toml.
        **options: for tables: `quantity`, `layout`, `rate`.

    Raises:
        FileError: it cannot be read.
        RequestError: its rate is too low for the filter.
    """

    def smooth(foot: FootPipeline, rows: _Rows) -> tuple[_Rows, str]:
        rate_hz, cut_hz = foot.capability.rate_hz, foot.parameters["filters.event_cut_hz"]
        if not 0.0 < cut_hz < 0.5 * rate_hz:
            raise RequestError(
                "the filter cannot be made",
                where=f"{Path(path).name}, {foot.side} foot",
                why=f"{cut_hz:g} Hz is not below half of {rate_hz:g} Hz",
                fix="Analyse it as it is, or set filters.event_cut_hz",
            )
        breaks = (rows.quality & np.uint32(Quality.BREAK)) != 0
        found = filtered(rows.values, kind=kind, rate_hz=rate_hz, cut_hz=cut_hz, breaks=breaks)
        return replace(rows, values=found.values, time_s=rows.time_s - found.delay_s), found.tag

    return _anew(Path(path), mass_kg, smooth, parameters=parameters, **options)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sensors of one foot.

    Attributes:
        time_s: (n,) s.
        values: (n, S) in the unit of the insole.
        quality: (n,).
        arrival_ns: (n,).
        steps: what the stream found in them.
    """

    time_s: Floats
    values: Floats
    quality: Flags
    arrival_ns: Ints
    steps: Steps


_Change: TypeAlias = Callable[[FootPipeline, _Rows], tuple[_Rows, str]]


def _anew(
    path: Path,
    mass_kg: float | None,
    change: _Change,
    *,
    parameters: dict[str, float] | None,
    **options: Any,
) -> Analysis:
    """The analysis of changed sensors, with the tag of the change."""
    recording = open_recording(path, **options)
    try:
        start = recording.start
        if mass_kg is not None:
            start = replace(start, mass_kg=checked_mass(mass_kg))
        if parameters is not None:
            start = replace(start, parameters=parameters)
        trial = RunningTrial(start)
        kept: list[FootUpdate] = []
        for item in recording.decoded():
            kept += trial.feed([item])
        kept += trial.finish()
        notes = noted(recording.notes)
    finally:
        recording.close()
    tables = {side: empty_steps(side) for side in Side}
    tag = ""
    for side, foot in trial.pair.feet.items():
        rows, tag = change(foot, _rows(foot, [one for one in kept if one.side is side]))
        tables[side] = _steps(foot, rows)
    p, feet = trial.parameters, trial.pair.feet
    rates = {side: foot.capability.rate_hz for side, foot in feet.items()}
    left, right = attach_pair(tables[Side.LEFT], tables[Side.RIGHT], parameters=p, rates_hz=rates)
    result = trial.analysis()
    return replace(
        result,
        left=left,
        right=right,
        activity=activity_of(left, right),
        check=self_check(left, right, mass_kg=result.mass_kg, parameters=p),
        movement={},
        filter=tag,
        file=path.name,
        sha256=sha256_of(path),
        notes=notes,
    )


def _rows(foot: FootPipeline, updates: list[FootUpdate]) -> _Rows:
    return _Rows(
        np.concatenate([update.load.time_s for update in updates]),
        np.concatenate([foot.load.units(update.frames.values) for update in updates]),
        np.concatenate([update.frames.quality for update in updates]),
        np.concatenate([update.frames.arrival_ns for update in updates]),
        concatenate([update.steps for update in updates]),
    )


def _steps(foot: FootPipeline, rows: _Rows) -> Steps:
    """Steps of one foot anew, from its sensors as they are now."""
    frames = Frames(rows.time_s, np.asfortranarray(rows.values), rows.quality, rows.arrival_ns)
    p, calibration = foot.parameters, foot.calibration
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
        noise_n=load.noise_n(p["uncertainty.noise_kpa"]),
        length_mm=foot.capability.layout.length_mm,
        least=None if load.is_force else foot.load.least,
    )
    pressure = RegionalPressure(load, rate_hz=foot.capability.rate_hz, parameters=p)
    values, zero, masked = frames.values, load.zero, foot.sensors.masked
    pressure.take(frames.time_s, values, zero=zero, masked=masked)
    unclamped = load.unclamped(frames, values, zero=zero, masked=masked)
    loaded = load.load(frames, values, zero=zero, masked=masked)
    steps = concatenate((stage.push(loaded, unclamped_n=unclamped), stage.flush()))
    return pressure.measured(steps)
