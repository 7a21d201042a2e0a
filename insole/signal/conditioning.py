"""The whole of science.md section 2.1 on one foot: glitches out, sensors judged, zero followed.

Calibration itself has no memory (`LoadStage`); what has, stands here, and decides by rows.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from insole.model.arrays import Floats, Raw
from insole.model.quality import Quality
from insole.model.stream import Frames, Load
from insole.parameters import Parameters
from insole.signal.autozero import NEVER, AutoZero
from insole.signal.below import BelowZero
from insole.signal.calibrate import CLIPPED_SHARE, LoadStage
from insole.signal.glitches import Despiker, FullScale, Repeats, part
from insole.signal.health import Change, Finding, SensorWatch, kpa_per_value
from insole.signal.regional import RegionalPressure
from insole.signal.standing_rows import StandingRecord

TOGETHER = 256  # rows loaded at once while the zero may move
PRESSED = 3  # sensors above zero that make a contact, and not one sensor that is stuck
Loaded = tuple[Frames, Load, Floats | None]
"""Frames, their load, and the total without clamp where one could bend the swing's mean."""


class Conditioning:
    """Frames of one foot in; frames, load and un-clamped total out.

    Args:
        load: the calibration.
        rate_hz: nominal rate.
        mass_kg: body mass, or None.
        parameters: sections `health` and `autozero`.
        pressure: gets the rows of the sensors with the zero and the mask that they were loaded
            with; None: nobody asks for single sensors.
        standing: the same.
    """

    def __init__(
        self,
        load: LoadStage,
        *,
        rate_hz: float,
        mass_kg: float | None,
        parameters: Parameters,
        pressure: RegionalPressure | None = None,
        standing: StandingRecord | None = None,
    ) -> None:
        p, sensors = parameters, load.capability.layout.sensors
        bw_n = mass_kg * p["physics.g"] if mass_kg is not None and load.is_force else None
        self._load = load
        self._pressure = pressure
        self._standing = standing
        self._spikes = Despiker(p["health.spike_share"] * load.full_value, sensors=sensors)
        self._full = FullScale(
            CLIPPED_SHARE * load.full_value,
            sensors=sensors,
            more_than=int(p["health.saturated_samples"]),
        )
        self._repeats = Repeats(int(p["health.frozen_samples"]))
        self._watch = SensorWatch(load, rate_hz=rate_hz, bw_n=bw_n, parameters=p)
        self._loaded_n = max(load.minimum_n, p["health.motion_BW"] * (bw_n or 0.0))
        self._masks = p["health.mask"] > 0
        self._masked: tuple[int, ...] = ()
        self._second: int | None = None  # that is judged with `_judged_zero`
        self._judged_zero = load.zero
        kpa = kpa_per_value(load)
        self._below: BelowZero | None = None
        if kpa is not None:
            self._below = BelowZero(p["health.below_kpa"] / kpa)
        self._zero: AutoZero | None = None
        if p["autozero.on"] > 0 and kpa is not None:
            self._zero = AutoZero(load.zero, kpa_per_value=kpa, bw_n=bw_n, parameters=p)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with sensors, or was."""
        return self._watch.findings

    @property
    def masked(self) -> tuple[int, ...]:
        """Numbers of the sensors that are left out now."""
        return self._masked

    @property
    def zero(self) -> Floats:
        """(S,) zero in force now, in values."""
        return self._load.zero if self._zero is None else self._zero.zero

    @property
    def zero_moved_s(self) -> float:
        """When gait moved the zero last, s; -inf: never."""
        return NEVER if self._zero is None else self._zero.moved_s

    def push(self, frames: Frames) -> Loaded:
        """Consume frames; a row that may be a spike waits for the next one."""
        settled = self._spikes.push(frames)
        for time_s, sensor in self._spikes.found:
            self._watch.note(sensor, "spike", time_s=time_s, samples=1)
        return self._loaded(settled)

    def flush(self) -> Loaded | None:
        """End of data."""
        held = self._spikes.flush()
        return None if held is None else self._loaded(held)

    def _loaded(self, frames: Frames) -> Loaded:
        if self._zero is None or not len(frames.time_s):
            return self._settled(frames)
        second = np.floor(frames.time_s).astype(np.int64)
        edges = np.flatnonzero(np.diff(second)) + 1
        pieces: list[tuple[Load, Floats | None]] = []
        for begin, end in pairwise((0, *edges.tolist(), len(second))):
            if self._second != second[begin]:  # a sensor is judged with the zero of its second
                self._second, self._judged_zero = int(second[begin]), self.zero
            _, load, total = self._settled(part(frames, begin, end))
            pieces.append((load, total))
        return frames, *_joined(pieces)

    def _settled(self, frames: Frames) -> Loaded:
        """Frames, judged with one zero."""
        values = self._load.values(frames.values)
        changes = self._watch.push(frames, values, zero=self._judged_zero)
        if not self._masks:
            changes = []
        pieces: list[tuple[Load, Floats | None]] = []
        n, done = len(frames.time_s), 0
        for change in (*changes, Change(n, ())):
            if change.row > done or not n:
                pieces += self._stretch(frames, values, done, change.row)
            done = change.row
            if done < n:
                self._masked = change.masked
        load, total = _joined(pieces)
        return frames, self._checked(frames, values, load), total

    def _stretch(
        self, frames: Frames, values: Raw, begin: int, end: int
    ) -> list[tuple[Load, Floats | None]]:
        """Rows [begin, end), for which the same sensors are left out."""
        if self._zero is None:
            piece = self._piece(frames, values, begin, end)
            self._keep(frames, values, begin, end, total_n=piece[0].total_n)
            return [piece]
        pieces: list[tuple[Load, Floats | None]] = []
        while begin < end:
            stop = min(end, begin + TOGETHER)
            load, total = self._piece(frames, values, begin, stop)
            zero = self.zero
            breaks = (load.quality & np.uint32(Quality.BREAK)) != 0
            row = self._zero.scan(load.time_s, load.total_n, values[begin:stop], breaks=breaks)
            if row is None:
                row = stop - begin
            elif row == 0:
                continue  # the zero moved at the first row: load it again
            pieces.append((_rows(load, row), None if total is None else total[:row]))
            total_n = load.total_n[:row]
            self._keep(frames, values, begin, begin + row, total_n=total_n, zero=zero)
            begin += row
        return pieces or [self._piece(frames, values, begin, end)]

    def _keep(
        self,
        frames: Frames,
        values: Raw,
        begin: int,
        end: int,
        *,
        total_n: Floats,
        zero: Floats | None = None,
    ) -> None:
        time_s, inside = frames.time_s[begin:end], values[begin:end]
        zero = self.zero if zero is None else zero
        if self._pressure is not None:
            self._pressure.take(time_s, inside, zero=zero, masked=self._masked)
        if self._standing is not None and len(time_s):
            self._standing.take(time_s, inside, total_n=total_n, zero=zero, masked=self._masked)
        if self._below is not None:
            for sensor, first_s, samples in self._below.push(time_s, inside, zero=zero):
                self._watch.note(sensor, "negative", time_s=first_s, samples=samples)

    def _piece(
        self, frames: Frames, values: Raw, begin: int, end: int
    ) -> tuple[Load, Floats | None]:
        some = part(frames, begin, end)
        inside, zero = values[begin:end], self.zero
        load = self._load.load(some, inside, zero=zero, masked=self._masked)
        if self._zero is None and not (zero > 0).any():  # raw values are never below 0
            return load, None
        return load, self._load.unclamped(some, inside, zero=zero, masked=self._masked)

    def _checked(self, frames: Frames, values: Raw, load: Load) -> Load:
        """Full scale and repetition: what needs every sample."""
        clipped = (load.quality & np.uint32(Quality.CLIPPED)) != 0
        for sensor, row, samples in self._full.push(frames.values, clipped):
            self._watch.note(sensor, "saturated", time_s=float(load.time_s[row]), samples=samples)
        rows = self._repeats.push(frames.values, load.total_n, above_n=self._loaded_n)
        if not len(rows):
            return load
        rows = rows[self._watch.moving(rows) & ~clipped[rows]]
        pressed = np.count_nonzero(values[rows] > self._load.zero, axis=1)
        rows = rows[pressed >= PRESSED]  # one stuck sensor in the air is not a frozen foot
        if not len(rows):
            return load
        self._watch.note(None, "frozen", time_s=float(load.time_s[rows[0]]), samples=len(rows))
        quality = load.quality.copy()
        quality[rows] |= np.uint32(Quality.GAP)
        return replace(load, quality=quality)


def _rows(load: Load, end: int) -> Load:
    return Load(
        load.time_s[:end],
        load.total_n[:end],
        load.region_n[:end],
        load.cop_mm[:end],
        load.quality[:end],
        load.arrival_ns[:end],
    )


def _joined(pieces: list[tuple[Load, Floats | None]]) -> tuple[Load, Floats | None]:
    if len(pieces) == 1:
        return pieces[0]
    loads = [load for load, _ in pieces]
    totals = [total for _, total in pieces if total is not None]
    whole = Load(
        np.concatenate([load.time_s for load in loads]),
        np.concatenate([load.total_n for load in loads]),
        np.concatenate([load.region_n for load in loads]),
        np.concatenate([load.cop_mm for load in loads]),
        np.concatenate([load.quality for load in loads]),
        np.concatenate([load.arrival_ns for load in loads]),
    )
    return whole, np.concatenate(totals) if totals else None
