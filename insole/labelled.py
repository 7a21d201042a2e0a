"""Signals of an opened trial with names: dimensions, coordinates and unit."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from insole.model.arrays import Flags, Floats
from insole.pipeline import FootUpdate
from insole.signal.calibrate import LoadStage


@dataclass(frozen=True, slots=True)
class LabelledArray:
    """Values with names: dimensions, coordinates and unit.

    Attributes:
        values: (n, S), NaN where a sample is missing.
        time_s: (n,) s.
        sensors: S labels.
        unit: of the values.
        quality: (n,) uint32 of `insole.model.quality.Quality`.
    """

    values: Floats
    time_s: Floats
    sensors: tuple[str, ...]
    unit: str
    quality: Flags

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, S)."""
        return self.values.shape

    def to_xarray(self) -> Any:
        """As an `xarray.DataArray` (needs xarray)."""
        xarray: Any = import_module("xarray")
        return xarray.DataArray(
            self.values,
            dims=("time_s", "sensor"),
            coords={"time_s": self.time_s, "sensor": list(self.sensors)},
            attrs={"unit": self.unit},
        )


@dataclass(frozen=True, slots=True)
class FootData:
    """One foot of an opened trial.

    Attributes:
        pressure: calibrated values, time by sensor, in the unit of the calibration.
        total_n: (n,) force under the foot, N.
        cop_mm: (n, 2) centre of pressure; NaN in the air.
        region_n: (n, R) force per region, N.
    """

    pressure: LabelledArray
    total_n: Floats
    cop_mm: Floats
    region_n: Floats


def foot_data(updates: list[FootUpdate], load: LoadStage) -> FootData:
    """The signals of one foot out of everything that its pipeline said."""
    layout = load.capability.layout
    labels = layout.labels or ("",) * layout.sensors
    pressure = LabelledArray(
        np.concatenate([load.calibrated(update.frames.values) for update in updates]),
        np.concatenate([update.frames.time_s for update in updates]),
        tuple(f"{index + 1}{f' {label}' if label else ''}" for index, label in enumerate(labels)),
        load.quantity,
        np.concatenate([update.frames.quality for update in updates]),
    )
    return FootData(
        pressure,
        np.concatenate([update.load.total_n for update in updates]),
        np.concatenate([update.load.cop_mm for update in updates]),
        np.concatenate([update.load.region_n for update in updates]),
    )
