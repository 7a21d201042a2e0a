"""Where samples stand: their number, time and segment, out of what a description's frames tell.

Counter and clock, counter alone, clock alone, or neither: four ways, all of bounded memory and with
no clock but the arrivals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from insole.model.arrays import Ints
from insole_drivers.described.description import Insole
from insole_drivers.described.fields import kind_of
from insole_drivers.described.model import UNIT_US, Field
from insole_drivers.described.numbering import FrameNumbers, Pace
from insole_drivers.described.records import Records
from insole_drivers.protocols.counted import CountedTime

TEXT_CLOCK_BITS: Final = 48  # of a clock in a text, which has no width of its own
TEXT_COUNTER_BITS: Final = 32
STEPS: Final = (0.5, 2.0)  # a measured time between samples is within these times the nominal


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """m frames of a run.

    Attributes:
        sequence, tick_us: (m, samples).
        is_derived: the device told no time.
    """

    sequence: Ints
    tick_us: Ints
    segment: int
    is_derived: bool


class Placing:
    """Numbers and times of one device's samples."""

    def __init__(self, insole: Insole) -> None:
        description = insole.description
        rate_hz, per_frame = description.rate_hz, description.samples.per_frame or 1
        self._counter, self._clock = insole.field("counter"), insole.field("clock")
        self._delta = insole.field("delta")
        self._is_newest_first = description.samples.order == "newest first"
        self._resend = description.resend
        self._per_frame = per_frame
        self._period_us = 1e6 / rate_hz
        self._numbers: FrameNumbers | None = None
        self._times: CountedTime | None = None
        if self._counter is not None:
            per_s = rate_hz / per_frame if self._counts_frames else rate_hz
            modulus = modulus_of(self._counter) // turns_of(self._counter)
            self._numbers = FrameNumbers(modulus, per_s, resend=description.resend)
        if self._clock is not None:
            self._times = CountedTime(modulus_of(self._clock) * unit_us(self._clock))
        self._pace = Pace(rate_hz, is_counted=self._counter is not None)
        self._newest: tuple[int, int] | None = None  # number and time of the newest frame

    def new_link(self) -> None:
        """Nothing of the link before can come any more."""
        for each in (self._numbers, self._times):
            if each is not None:
                each.new_link()

    def runs(self, records: Records) -> list[slice]:
        """Frames whose numbers go straight on."""
        if self._numbers is None or self._counter is None:
            return [slice(0, records.frames)]
        return self._numbers.runs(_column(records, self._counter))

    def at(self, records: Records, run: slice, arrival_ns: int) -> Placed | None:
        """The place of a run's samples; None when its number or time is not believed."""
        numbers: Ints | None = None
        segment = 0
        if self._numbers is not None and self._counter is not None:
            before = self._numbers.segment
            numbers = self._numbers.at(_column(records, self._counter)[run], arrival_ns)
            segment = self._numbers.segment
            if segment != before:
                self._newest = None
                self._pace.restart()
        if self._clock is None:
            return self._by_arrival(records, run, numbers, segment=segment, arrival_ns=arrival_ns)
        stamps = self._stamps(records, run, numbers, arrival_ns=arrival_ns)
        if stamps is None or (numbers is None and self._numbers is not None):
            return None
        ticks = self._spread(records, run, stamps, numbers=numbers)
        self._remember(stamps, numbers)
        times = self._times
        sequence = self._counted(ticks) if numbers is None else self._each(numbers, records.samples)
        return Placed(sequence, ticks, segment + (0 if times is None else times.segment), False)

    @property
    def _counts_frames(self) -> bool:
        return self._counter is None or self._counter.counts != "samples"

    def _each(self, numbers: Ints, samples: int) -> Ints:
        """Numbers (m, samples) of samples out of those of frames."""
        first = numbers * samples if self._counts_frames else numbers
        return first[:, None] + np.arange(samples, dtype=np.int64)

    def _by_arrival(
        self, records: Records, run: slice, numbers: Ints | None, *, segment: int, arrival_ns: int
    ) -> Placed | None:
        frames, samples = len(range(records.frames)[run]), records.samples
        if numbers is not None:
            sequence = self._each(numbers, samples)
        elif self._numbers is not None:
            return None
        else:
            sequence = self._pace.counted(frames * samples, arrival_ns).reshape(frames, samples)
        ticks = self._pace.at(sequence.ravel(), arrival_ns).reshape(frames, samples)
        return Placed(sequence, ticks, segment, True)

    def _stamps(
        self, records: Records, run: slice, numbers: Ints | None, *, arrival_ns: int
    ) -> Ints | None:
        """Times (m, 1) of frames or (m, samples) that the device told, us, unwrapped."""
        clock, times = self._clock, self._times
        if clock is None or times is None:
            return None
        newest = self._newest
        if self._resend and numbers is not None and newest is not None and numbers[-1] < newest[0]:
            many = self._per_frame if self._counts_frames else 1
            away = np.rint((numbers - newest[0]) * many * self._period_us).astype(np.int64)
            return newest[1] + away[:, None]
        told = records.values[clock.name][run][:, :, 0]
        found = [times.at(round(one * unit_us(clock)), arrival_ns) for one in told.ravel().tolist()]
        if None in found:
            return None
        return np.array(found, np.int64).reshape(told.shape)

    def _spread(self, records: Records, run: slice, stamps: Ints, *, numbers: Ints | None) -> Ints:
        """Times (m, samples) of samples out of times of frames."""
        samples, clock, delta = records.samples, self._clock, self._delta
        if clock is not None and clock.per == "sample":
            return stamps[:, ::-1] if self._is_newest_first else stamps
        if delta is not None and delta.name in records.values:
            told = records.values[delta.name][run][:, :, 0].astype(np.int64) * unit_us(delta)
            told = told[:, ::-1] if self._is_newest_first else told
            return stamps + np.cumsum(told, axis=1)
        if samples == 1:
            return stamps
        step = np.full(len(stamps), self._period_us)
        step[1:] = np.diff(stamps[:, 0]) / samples
        newest = self._newest
        if newest is not None and (numbers is None or numbers[0] == newest[0] + 1):
            step[0] = (int(stamps[0, 0]) - newest[1]) / samples
        step = np.clip(step, STEPS[0] * self._period_us, STEPS[1] * self._period_us)
        is_end = clock is not None and clock.marks == "end"
        index = np.arange(samples) - (samples - 1 if is_end else 0)
        return stamps + np.rint(index * step[:, None]).astype(np.int64)

    def _remember(self, stamps: Ints, numbers: Ints | None) -> None:
        number = 0 if numbers is None else int(numbers[-1])
        if self._newest is None or number >= self._newest[0]:
            self._newest = (number, int(stamps[-1, -1]))

    def _counted(self, ticks: Ints) -> Ints:
        """Numbers (m, samples) out of times, where the device has a clock and counts nothing."""
        times, period_us = self._times, round(self._period_us)
        told = ticks.ravel().tolist()
        numbers = [0 if times is None else times.number(tick, period_us) for tick in told]
        return np.array(numbers, np.int64).reshape(ticks.shape)


def modulus_of(field: Field) -> int:
    """Where a counter or clock begins again at 0."""
    if field.modulus:
        return field.modulus
    if field.bits:
        return 1 << field.bits
    if field.mask is not None:
        return (field.mask >> field.shift) + 1
    kind = kind_of(field.type)
    if kind is not None:
        return 1 << kind.bits
    return 1 << (TEXT_CLOCK_BITS if field.use == "clock" else TEXT_COUNTER_BITS)


def turns_of(field: Field) -> int:
    """Counts of a counter from one frame of a foot to the next."""
    return 2 if field.counts == "both" else 1


def unit_us(field: Field) -> int:
    """Microseconds in one step of a clock."""
    return next(us for unit, us in UNIT_US.items() if unit == field.unit)


def _column(records: Records, field: Field) -> Ints:
    """The first number (n,) of each frame in a field, where feet take turns that of its foot."""
    return records.values[field.name][:, 0, 0].astype(np.int64) // turns_of(field)
