"""Raw values to force under the foot (science.md, sections 2.1, 1.3 and 5.1).

Order: scale and offset, sensor curve, minus the unloaded value, not below zero, times the sensor's
gain, masked sensors replaced, times area, sums over regions and foot, times the foot's gain. All
that is linear after the clamp is one weight matrix, so masks and gains cost nothing; a curve is
applied before it. Which of the two ways is taken follows from the configuration alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.errors import CalibrationError, LayoutError
from insole.model.arrays import Bools, Flags, Floats, Raw
from insole.model.calibration import Curves
from insole.model.foot import Quantity
from insole.model.quality import Quality
from insole.model.stream import Capability, Frames, Load
from insole.parameters import Parameters
from insole.signal.columns import weighted
from insole.signal.curves import CurveSet
from insole.signal.masking import Masked, masked_sensors
from insole.signal.regions import TRIPOD_SENSORS, RegionMap, region_map
from insole.signal.tripod import least_load_n

NEWTON_PER_KPA_CM2 = 0.1
CLIPPED_SHARE = 0.98  # of full scale: above it a sensor's value is a lower bound (section 1.3)


class LoadStage:
    """Frames of one foot in, load out; no state, so no grouping can matter.

    The zero is subtracted in the unit of the values before the weights, because the clamp lies
    between.

    Args:
        capability: what the device said; `Frames.values` are raw values under it.
        zero: (S,) values of the unloaded sensors, in the quantity of the curves or of the device;
            None: all 0.
        gain: factor on the force of this foot.
        mass_kg: body mass for the CoP threshold, or None.
        parameters: mask and thresholds.
        curves: sensor curves; None: the device's own scale holds.
        sensor_gain: (S,) factors, None: all 1.
        standing: (s, factor) of creep, linear in between and constant outside.

    Raises:
        CalibrationError: curve, zero, gain or scale cannot be used.
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
        curves: Curves | None = None,
        sensor_gain: tuple[float, ...] | None = None,
        standing: tuple[tuple[float, float], ...] = (),
    ) -> None:
        parameters = parameters or Parameters()
        layout = capability.layout
        self.capability = capability
        self.regions: RegionMap = region_map(layout, parameters)
        self._parameters = parameters
        device_scale = _usable("scale", capability.scale)
        self._curves: CurveSet | None = None
        if curves is not None:
            self._curves = CurveSet(
                curves, sensors=layout.sensors, scale=device_scale, offset=capability.offset
            )
        self.quantity: Quantity = capability.quantity if curves is None else curves.quantity
        self._scale = device_scale if curves is None else 1.0
        self._gain = _usable("gain", gain)
        self._sensor_gain = sensor_gains(sensor_gain, layout.sensors)
        tare = _tare(zero, layout.sensors)
        offset = capability.offset if curves is None else 0.0
        self.zero = (tare - offset) / self._scale
        self._standing: tuple[Floats, Floats] | None = _creep(standing)
        area = _newton_per_unit(replace(capability, quantity=self.quantity))
        self.newton_per_value = self._scale * self._gain * area  # (S,), before the sensors' gains
        self._cache: dict[tuple[int, ...], tuple[Masked, Floats]] = {}
        self._clipped_raw = _clipped_raw(capability, curved=curves is not None)
        self._clipped_curved = np.inf
        if curves is not None and layout.full_scale is not None:
            self._clipped_curved = CLIPPED_SHARE * layout.full_scale
        per_raw = self.newton_per_value * self._sensor_gain
        self._minimum = self._minimum_load(mass_kg, parameters, per_raw)

    @property
    def is_force(self) -> bool:
        """Forces are newtons; False for counts: shares and timing hold, N and BW do not."""
        return self.quantity != "counts"

    @property
    def anchors_mm(self) -> Floats:
        """(3, 2) corners of the tripod: heel, first ray, fifth ray."""
        return self.regions.anchors_mm

    @property
    def minimum_n(self) -> float:
        """Load below which CoP and tripod are undefined, in the unit of `Load.total_n`."""
        return self._minimum

    @property
    def full_value(self) -> float:
        """Full scale in raw values; inf when unknown."""
        return self._clipped_raw / CLIPPED_SHARE

    @property
    def unit_per_value(self) -> float:
        """What one step of a value as `values` gives it means in `quantity`."""
        return self._scale

    @property
    def gain(self) -> float:
        """Factor on the force of this foot."""
        return self._gain

    @property
    def sensor_gain(self) -> Floats:
        """(S,) factors of the sensors."""
        return self._sensor_gain

    def noise_n(self, noise_kpa: float) -> float | None:
        """Standard uncertainty of one sample of the total, N; None where no pressure is known.

        Independent noise of each sensor: 0.1 sqrt(sum A^2) times that of one, A in cm2.
        """
        if self.quantity != "kPa":
            return None
        weights = self.masked(()).share * (NEWTON_PER_KPA_CM2 * self._area_cm2())
        return self._gain * noise_kpa * float(np.sqrt(np.sum(np.square(weights))))

    def push(self, frames: Frames) -> Load:
        """Force of each frame, with the zero of the start and no sensor masked."""
        return self.load(frames, self.values(frames.values), zero=self.zero)

    def values(self, raw: Raw) -> Raw:
        """(n, S) what the weights are for: raw values, or those behind the sensor curves."""
        if self._curves is None:
            return raw
        return self._curves.apply(raw)

    def units(self, raw: Raw) -> Floats:
        """(n, S) raw values in the unit of the zero, nothing clamped."""
        inside = self.values(raw) * self._scale
        return inside if self._curves is not None else inside + self.capability.offset

    def load(
        self, frames: Frames, values: Raw, *, zero: Floats, masked: tuple[int, ...] = ()
    ) -> Load:
        """Force of frames.

        Args:
            frames: n frames.
            values: (n, S) as `values` gives them.
            zero: (S,) in their unit.
            masked: numbers of sensors that are not believed.
        """
        mask, weights = self._weights(masked)
        sums = weighted(values, weights, zero=zero)
        factor = self.factor(frames.time_s)
        if factor is not None:
            sums *= factor[:, None]
        region = sums[:, 3:]
        region[:, ~mask.observable] = np.nan
        quality = self.clipped(frames.quality, frames.values, values)
        if mask.quality:
            quality = quality | np.uint32(mask.quality)
        return Load(
            time_s=frames.time_s,
            total_n=sums[:, 0],
            region_n=region,
            cop_mm=self._cop(sums[:, 0], sums[:, 1:3], sensors=mask.sensors),
            quality=quality,
            arrival_ns=frames.arrival_ns,
        )

    def unclamped(
        self, frames: Frames, values: Raw, *, zero: Floats, masked: tuple[int, ...] = ()
    ) -> Floats:
        """(n,) total force with what lies below zero left in: a clamp would lift a swing's mean."""
        column = self._weights(masked)[1][:, :1]
        total = weighted(values, column)[:, 0]
        total -= float(weighted(zero[None, :], column)[0, 0])
        factor = self.factor(frames.time_s)
        return total if factor is None else total * factor

    def masked(self, masked: tuple[int, ...]) -> Masked:
        """What becomes of the sensors when these are left out."""
        return self._weights(masked)[0]

    def calibrated(self, values: Raw) -> Floats:
        """(n, S) values in `quantity` out of raw ones, gain applied, for display."""
        above = np.maximum(self.values(values) - self.zero, 0.0)
        return above * (self._scale * self._gain * self._sensor_gain)

    def clipped(self, quality: Flags, raw: Raw, values: Raw) -> Flags:
        """Flags with those of rows at full scale."""
        if not len(raw):
            return quality
        hit: Bools | None = None
        if np.isfinite(self._clipped_raw):
            hit = raw.max(axis=1) >= self._clipped_raw
        if np.isfinite(self._clipped_curved):
            curved = values.max(axis=1) >= self._clipped_curved
            hit = curved if hit is None else hit | curved
        if hit is None:
            return quality
        return quality | np.where(hit, np.uint32(Quality.CLIPPED), np.uint32(0))

    def _weights(self, masked: tuple[int, ...]) -> tuple[Masked, Floats]:
        """(S, K) newtons of total, moments and regions for one step of each value."""
        if masked not in self._cache:
            mask = masked_sensors(
                self.capability.layout,
                masked,
                regions=self.regions,
                parameters=self._parameters,
                quantity=self.quantity,
            )
            regions = mask.region_weight * mask.observable
            whole = self.newton_per_value * mask.share
            columns = whole[:, None] * np.column_stack(
                (np.ones(len(whole)), mask.centre_mm, regions)
            )
            if mask.filled_from is not None:
                columns = columns + mask.filled_from.T @ columns
                columns[list(masked)] = 0.0
            weights = columns * self._sensor_gain[:, None]
            self._cache = {
                key: kept for key, kept in self._cache.items() if key == ()
            }  # a sensor that comes and goes must not fill the memory
            self._cache[masked] = (mask, weights)
        return self._cache[masked]

    def _area_cm2(self) -> Floats:
        return np.asarray(self.capability.layout.area_cm2, np.float64) * self._sensor_gain

    @property
    def least(self) -> float:
        """What is a load at all: of the centre of pressure, and of contacts told in counts."""
        return self._minimum

    def factor(self, time_s: Floats) -> Floats | None:
        """(n,) creep correction; None where there is none."""
        if self._standing is None:
            return None
        when, factor = self._standing
        return np.asarray(np.interp(time_s, when, factor), np.float64)

    def _cop(self, total: Floats, moments: Floats, *, sensors: int) -> Floats:
        cop = np.full(moments.shape, np.nan, order="F")
        if sensors < TRIPOD_SENSORS or not self.regions.observable.any():
            return cop
        loaded = total >= self._minimum
        if self._minimum <= 0.0:
            loaded &= total > 0.0
        for axis in range(2):
            np.divide(moments[:, axis], total, out=cop[:, axis], where=loaded)
        return cop

    def _minimum_load(
        self, mass_kg: float | None, parameters: Parameters, per_raw: Floats
    ) -> float:
        if self.is_force:
            return least_load_n((mass_kg or 0.0) * parameters["physics.g"], parameters)
        full_raw = self.full_value
        if not np.isfinite(full_raw):
            return 0.0
        return float(parameters["tripod.min_share"] * full_raw * per_raw.sum())


def sensor_gains(gains: tuple[float, ...] | None, sensors: int) -> Floats:
    """(S,) factors of sensors, 1 where none are given.

    Raises:
        CalibrationError: their number does not fit, or one is not above 0.
    """
    if gains is None:
        return np.ones(sensors)
    table = np.asarray(gains, np.float64)
    if table.shape != (sensors,) or not (np.isfinite(table) & (table > 0.0)).all():
        raise CalibrationError(
            "the gains of the sensors do not fit this insole",
            where="calibration",
            why=f"{table.size} values for {sensors} sensors, or one is not above 0",
            fix="Calibrate this insole again",
        )
    return table


def _creep(standing: tuple[tuple[float, float], ...]) -> tuple[Floats, Floats] | None:
    """(k,) times and (k,) factors."""
    if not standing:
        return None
    when = np.array([time_s for time_s, _ in standing], np.float64)
    factor = np.array([value for _, value in standing], np.float64)
    rising = bool((np.diff(when) > 0).all())
    if not (rising and np.isfinite(when + factor).all() and (factor > 0).all()):
        raise CalibrationError(
            "the standing checks cannot be used",
            where="calibration",
            why="times must rise and factors be above 0",
            fix="Calibrate from the standing checks again",
        )
    return when, factor


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


def _clipped_raw(capability: Capability, *, curved: bool) -> float:
    """Smallest raw value that is a lower bound only; inf when full scale is unknown."""
    bound = np.inf if capability.saturated is None else float(capability.saturated)
    full_scale = capability.layout.full_scale
    if full_scale is not None and not curved:
        bound = min(bound, (CLIPPED_SHARE * full_scale - capability.offset) / capability.scale)
    return bound
