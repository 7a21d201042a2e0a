"""Raw values to force under the foot (science.md, sections 2.1, 1.3 and 5.1).

Order: scale and offset, minus the unloaded value, not below zero, times gain, times area; then
sums over regions, over the foot, and the centre of pressure.
"""

from __future__ import annotations

import numpy as np

from insole.errors import CalibrationError, LayoutError
from insole.model.arrays import Flags, Floats, Raw
from insole.model.quality import Quality
from insole.model.stream import Capability, Frames, Load
from insole.parameters import Parameters
from insole.signal.columns import weighted
from insole.signal.regions import TRIPOD_SENSORS, RegionMap, region_map

NEWTON_PER_KPA_CM2 = 0.1
CLIPPED_SHARE = 0.98  # of full scale: above it a sensor's value is a lower bound (section 1.3)


class LoadStage:
    """Frames of one foot in, load out; no state, so no grouping can matter.

    All constant factors are folded into one weight matrix of (total, moments, regions). The zero
    is subtracted in raw units before it, because the clamp lies between.

    Args:
        capability: what the device said; `Frames.values` are raw values under it.
        zero: (S,) values of the unloaded sensors, in the device's quantity; None: all 0.
        gain: factor on the force of this foot.
        mass_kg: body mass for the CoP threshold, or None.
        parameters: mask and thresholds.

    Raises:
        CalibrationError: zero, gain or scale cannot be used.
        LayoutError: the geometry cannot give forces.
    """

    def __init__(
        self,
        capability: Capability,
        *,
        zero: Floats | tuple[float, ...] | None = None,
        gain: float = 1.0,
        mass_kg: float | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        parameters = parameters or Parameters()
        layout = capability.layout
        self.capability = capability
        self.regions: RegionMap = region_map(layout, parameters)
        self._scale = _usable("scale", capability.scale)
        self._gain = _usable("gain", gain)
        tare = _tare(zero, layout.sensors)
        raw_zero = (tare - capability.offset) / self._scale
        self._zero = raw_zero if raw_zero.any() else np.zeros(layout.sensors)
        per_raw = self._scale * self._gain * _newton_per_unit(capability)  # (S,)
        self._unobservable = np.flatnonzero(~self.regions.observable)
        regions = self.regions.weight * self.regions.observable
        self._weights = per_raw[:, None] * np.column_stack(
            (np.ones(layout.sensors), self.regions.centre_mm, regions)
        )
        self._clipped_raw = _clipped_raw(capability)
        self._minimum = self._minimum_load(mass_kg, parameters, per_raw)

    @property
    def is_force(self) -> bool:
        """Forces are newtons; False for counts: shares and timing hold, N and BW do not."""
        return self.capability.quantity != "counts"

    @property
    def anchors_mm(self) -> Floats:
        """(3, 2) corners of the tripod: heel, first ray, fifth ray."""
        return self.regions.anchors_mm

    @property
    def minimum_n(self) -> float:
        """Load below which CoP and tripod are undefined, in the unit of `Load.total_n`."""
        return self._minimum

    def push(self, frames: Frames) -> Load:
        """Force of each frame."""
        sums = weighted(frames.values, self._weights, zero=self._zero)
        total = sums[:, 0]
        region = sums[:, 3:]
        region[:, self._unobservable] = np.nan
        return Load(
            time_s=frames.time_s,
            total_n=total,
            region_n=region,
            cop_mm=self._cop(total, sums[:, 1:3]),
            quality=self._quality(frames),
            arrival_ns=frames.arrival_ns,
        )

    def calibrated(self, values: Raw) -> Floats:
        """(n, S) values in the device's quantity out of raw ones, gain applied, for display."""
        above = np.maximum(values - self._zero, 0.0)
        return above * (self._scale * self._gain)

    def _cop(self, total: Floats, moments: Floats) -> Floats:
        cop = np.full(moments.shape, np.nan, order="F")
        if self.capability.layout.sensors < TRIPOD_SENSORS:
            return cop
        loaded = total >= self._minimum
        if self._minimum <= 0.0:
            loaded &= total > 0.0
        for axis in range(2):
            np.divide(moments[:, axis], total, out=cop[:, axis], where=loaded)
        return cop

    def _quality(self, frames: Frames) -> Flags:
        if not np.isfinite(self._clipped_raw) or not len(frames.values):
            return frames.quality
        clipped = frames.values.max(axis=1) >= self._clipped_raw
        return frames.quality | np.where(clipped, np.uint32(Quality.CLIPPED), np.uint32(0))

    def _minimum_load(
        self, mass_kg: float | None, parameters: Parameters, per_raw: Floats
    ) -> float:
        if self.is_force:
            weight_n = (mass_kg or 0.0) * parameters["physics.g"]
            return max(parameters["tripod.min_N"], parameters["tripod.min_BW"] * weight_n)
        full_raw = self._clipped_raw / CLIPPED_SHARE
        if not np.isfinite(full_raw):
            return 0.0
        return float(parameters["tripod.min_share"] * full_raw * per_raw.sum())


def _usable(name: str, factor: float) -> float:
    if not (np.isfinite(factor) and factor > 0.0):
        raise CalibrationError(
            f"{name} is {factor}",
            where="calibration",
            why="forces need a finite factor above 0",
            fix="Calibrate this insole again, or use 1",
        )
    return float(factor)


def _tare(zero: Floats | tuple[float, ...] | None, sensors: int) -> Floats:
    if zero is None:
        return np.zeros(sensors)
    tare = np.asarray(zero, dtype=np.float64)
    if tare.shape != (sensors,) or not np.isfinite(tare).all():
        raise CalibrationError(
            "the zero does not fit this insole",
            where="calibration",
            why=f"{tare.size} values for {sensors} sensors, or one is not a number",
            fix="Zero this insole again, foot lifted",
        )
    return tare


def _newton_per_unit(capability: Capability) -> Floats:
    """(S,) newtons for one unit of the quantity; arbitrary for counts."""
    layout = capability.layout
    if capability.quantity == "N" or (capability.quantity == "counts" and layout.kind == "force"):
        return np.ones(layout.sensors)
    area = np.asarray(layout.area_cm2, dtype=np.float64)
    if area.shape != (layout.sensors,) or not (np.isfinite(area) & (area > 0.0)).all():
        raise LayoutError(
            "sensor areas are missing",
            where=f"layout {layout.name}, area_cm2",
            why="pressure becomes force only with the area of each sensor",
            fix="Give a positive area for each sensor, or leave area_cm2 out",
        )
    return NEWTON_PER_KPA_CM2 * area


def _clipped_raw(capability: Capability) -> float:
    """Smallest raw value that is a lower bound only; inf when full scale is unknown."""
    bound = np.inf if capability.saturated is None else float(capability.saturated)
    full_scale = capability.layout.full_scale
    if full_scale is not None:
        bound = min(bound, (CLIPPED_SHARE * full_scale - capability.offset) / capability.scale)
    return bound
