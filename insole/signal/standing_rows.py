"""Seconds on the ground: where the load of one foot lies while it stands (science.md, 1.3, 1.5).

Standing is known only when both feet have been seen, so each second through which a foot is
loaded keeps a row: of gait, whose contacts are shorter, nothing is kept, and nothing is computed.
A row rests on the mean of each sensor over the second: noise is no peak.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Raw
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.calibrate import LoadStage
from insole.signal.health import kpa_per_value
from insole.signal.regional import REAR
from insole.signal.regions import TRIPOD_SENSORS

SECOND_S = 1.0
KEEP_SECONDS = 2 * 3600  # as the slow record
R = len(REGIONS)
_COLUMNS = 3 + 3 * R


@dataclass(frozen=True, slots=True)
class StandingRows:
    """Rows of one foot, (n,) each; a second that was not loaded throughout has none.

    Attributes:
        second: where it begins on the pipeline's axis, s.
        total_n: mean force.
        rear_n: of it under sensors behind the middle of the insole; NaN where nobody knows.
        region_n: (n, R) mean forces; NaN where a region is unobservable.
        peak_kpa: (n, R) largest mean of a sensor; NaN where sensors give no pressure.
        mean_kpa: (n, R) force on the sensors from `pressure.contact_kpa` on over their area, as in
            a step; NaN where the peak is below it, and as `peak_kpa`.
        rear_part: share of the total's zero and noise on the sensors of the rear half, in squares.
    """

    second: Floats
    total_n: Floats
    rear_n: Floats
    region_n: Floats
    peak_kpa: Floats
    mean_kpa: Floats
    rear_part: float = 0.5

    def __len__(self) -> int:
        return len(self.second)

    def within(self, start_s: float, end_s: float) -> StandingRows:
        """Rows of whole seconds between two instants."""
        first, end = np.searchsorted(self.second, (start_s, end_s - SECOND_S + 1e-9))
        part = slice(int(first), max(int(end), int(first)))
        return StandingRows(
            self.second[part],
            self.total_n[part],
            self.rear_n[part],
            self.region_n[part],
            self.peak_kpa[part],
            self.mean_kpa[part],
            self.rear_part,
        )


class StandingRecord:
    """Rows of sensors in, seconds out; any grouping gives the same bits.

    Args:
        load: the calibration.
        rate_hz: nominal rate.
        parameters: `pressure.contact_kpa`, `gaps.min_valid`.
        after: the record before the device changed its word, whose sensors are the same.

    Attributes:
        kept: a row of numbers for each second.
    """

    def __init__(
        self,
        load: LoadStage,
        *,
        rate_hz: float,
        parameters: Parameters,
        after: StandingRecord | None = None,
    ) -> None:
        layout = load.capability.layout
        self._load = load
        self._enough = parameters["gaps.min_valid"] * rate_hz * SECOND_S
        self._contact_kpa = parameters["pressure.contact_kpa"]
        self._newton: Floats = load.newton_per_value * load.sensor_gain
        self._cells: Floats = load.regions.weight * np.asarray(layout.area_cm2)[:, None]
        placed = load.regions.weight.any(axis=1)
        owner = np.where(placed, load.regions.weight.argmax(axis=1), R)
        self._of: Bools = owner[:, None] == np.arange(R)
        rear = layout.xy[:, 1] < REAR
        self._rear: Bools | None = None
        if layout.sensors >= TRIPOD_SENSORS and load.regions.observable.any():
            self._rear = np.asarray(rear, np.bool_)
        squares = np.square(self._newton)
        self._rear_part = float(squares[rear].sum() / squares.sum()) if squares.any() else 0.5
        pressed = load.is_force and (layout.kind != "force" or load.quantity == "kPa")
        kpa = kpa_per_value(load) if pressed else None
        self._kpa = None if kpa is None else kpa * load.gain * load.sensor_gain
        self.kept: deque[Floats] = after.kept if after else deque(maxlen=KEEP_SECONDS)
        self._number: int | None = None
        self._open: list[Raw] | None = None
        self._state: tuple[Floats, tuple[int, ...]] | None = None

    def take(
        self,
        time_s: Floats,
        values: Raw,
        *,
        total_n: Floats,
        zero: Floats,
        masked: tuple[int, ...] = (),
    ) -> None:
        """Further rows.

        Args:
            time_s: (n,), not empty.
            values: (n, S) as `LoadStage.values` gives them.
            total_n: (n,) their load.
            zero: (S,) that it was found with.
            masked: sensors that were left out.
        """
        number = np.floor(time_s / SECOND_S).astype(np.int64)
        starts = np.concatenate(((0,), np.flatnonzero(np.diff(number)) + 1))
        loaded = np.logical_and.reduceat(total_n >= max(self._load.minimum_n, 1e-9), starts)
        ends = np.append(starts[1:], len(number))
        matters = loaded.copy()
        matters[[0, -1]] = True  # they may go on from before, or after
        for part in np.flatnonzero(matters).tolist():
            begin, end = int(starts[part]), int(ends[part])
            if number[begin] != self._number:
                self._close()
                self._number, self._open, self._state = int(number[begin]), [], (zero, masked)
            if self._open is None:
                continue
            if not loaded[part] or not self._same(zero, masked):
                self._open = None
                continue
            self._open.append(values[begin:end].copy())

    def newest(self, since_s: float) -> StandingRows | None:
        """The newest second that is over; None when it began before."""
        if not self.kept or float(self.kept[-1][0]) < since_s:
            return None
        return self._as_rows(self.kept[-1][None, :])

    def rows(self) -> StandingRows:
        """All seconds that are over; the one under way is none."""
        return self._as_rows(np.array(self.kept).reshape(-1, _COLUMNS))

    def _as_rows(self, table: Floats) -> StandingRows:
        region, peak, mean = (table[:, 3 + i * R : 3 + (i + 1) * R] for i in range(3))
        return StandingRows(
            table[:, 0], table[:, 1], table[:, 2], region, peak, mean, self._rear_part
        )

    def _same(self, zero: Floats, masked: tuple[int, ...]) -> bool:
        return (
            self._state is not None
            and self._state[1] == masked
            and (self._state[0] is zero or np.array_equal(self._state[0], zero))
        )

    def _close(self) -> None:
        """Keep the second under way, when the foot was loaded all through it."""
        if not self._open or self._state is None or self._number is None:
            return
        values = np.ascontiguousarray(np.concatenate(self._open))  # one order of adding
        if len(values) >= self._enough:
            zero, masked = self._state
            above = np.maximum(values - zero, 0.0)
            start_s = self._number * SECOND_S
            self.kept.append(self._row(start_s, above.mean(axis=0), masked))

    def _row(self, start_s: float, value: Floats, masked: tuple[int, ...]) -> Floats:
        """A row out of the mean value of each sensor."""
        mask = self._load.masked(masked)
        if masked:
            value = value.copy()
            value[list(masked)] = 0.0
            if mask.filled_from is not None:
                value = value + (mask.filled_from * value).sum(axis=1)
        creep = self._load.factor(np.array([start_s + 0.5 * SECOND_S]))
        scale = 1.0 if creep is None else float(creep[0])
        newton = value * self._newton * mask.share * scale
        row = np.full(_COLUMNS, np.nan)
        row[0], row[1] = start_s, newton.sum()
        if self._rear is not None:
            row[2] = newton[self._rear].sum()
        region = (newton[:, None] * mask.region_weight).sum(axis=0)
        row[3 : 3 + R] = np.where(mask.observable, region, np.nan)
        if self._kpa is not None:
            kpa = value * self._kpa * scale
            peak = np.where(self._of, kpa[:, None], -np.inf).max(axis=0)
            loaded = (kpa >= self._contact_kpa)[:, None]
            area = np.where(loaded, self._cells * mask.share[:, None], 0.0)
            whole = area.sum(axis=0)
            seen = mask.observable & np.isfinite(peak)
            row[3 + R : 3 + 2 * R] = np.where(seen, peak, np.nan)
            mean, touched = row[3 + 2 * R :], seen & (peak >= self._contact_kpa)
            np.divide((area * kpa[:, None]).sum(axis=0), whole, out=mean, where=touched)
        return row
