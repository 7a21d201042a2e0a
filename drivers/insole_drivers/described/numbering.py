"""Numbers and times of frames that a device tells only in part.

A counter of few bits is unwrapped by the signed modular difference to the newest one; after a
silence of half a turn the arrival says how many turns went by. A number far from what the arrivals
allow waits for a witness: one frame with a flipped bit is refused, a device that restarted is
believed at its second frame, or at once on a new link.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from insole.model.arrays import Ints

AHEAD_S: Final = 10.0  # further than this beyond what the arrivals allow is in doubt
LATE_FRAMES: Final = 64  # a number so far back is a late packet, further back is in doubt
STEPS: Final = 64  # a jump of more than this inside a notification begins a run of its own


class FrameNumbers:
    """Unwraps the counter of one device.

    Args:
        modulus: where it begins again at 0.
        per_s: counts a second, nominal.
        resend: old numbers may come again at any time.

    Attributes:
        segment: counts up when the device's counter began anew.
    """

    def __init__(self, modulus: int, per_s: float, *, resend: bool = False) -> None:
        self.segment = 0
        self._modulus = modulus
        self._per_s = per_s
        self._late = min(LATE_FRAMES, modulus // 8)
        self._resend = resend
        self._newest: int | None = None
        self._arrival_ns = 0
        self._suspect: int | None = None
        self._is_new_link = False

    def new_link(self) -> None:
        """Packets of before cannot come any more."""
        self._is_new_link = True
        self._suspect = None

    def at(self, told: Ints, arrival_ns: int) -> Ints | None:
        """Unwrapped numbers (n,) of one run, as `runs` cuts them; None when they are in doubt."""
        steps = self._signed(np.diff(told))
        shape = np.concatenate(([0], np.cumsum(steps)))
        if self._newest is None:
            return self._accepted(int(told[0]) + shape, arrival_ns)
        elapsed = max(0, arrival_ns - self._arrival_ns) * 1e-9 * self._per_s
        guess = self._newest + (round(elapsed) if 2 * elapsed > self._modulus else 0)
        first = guess + int(self._signed(np.array([int(told[0]) - guess]))[0])
        jump = first - self._newest
        is_far = jump > elapsed + AHEAD_S * self._per_s
        is_back = jump < -self._late and not (self._resend and not self._is_new_link)
        if self._is_new_link and (is_far or jump <= 0):
            return self._anew(int(told[0]) + shape, arrival_ns)
        if not (is_far or is_back):
            return self._accepted(first + shape, arrival_ns)
        suspect, self._suspect = self._suspect, int(told[-1])
        if suspect is None or not 0 < self._signed(np.array([told[0] - suspect]))[0] <= STEPS:
            return None
        return self._anew(int(told[0]) + shape, arrival_ns)

    def runs(self, told: Ints) -> list[slice]:
        """Where the numbers of one notification go straight on."""
        steps = self._signed(np.diff(told))
        cuts = np.flatnonzero((steps < 1) | (steps > STEPS)) + 1
        edges = [0, *cuts.tolist(), len(told)]
        return [slice(a, b) for a, b in pairwise(edges)]

    def _signed(self, difference: Ints) -> Ints:
        half = self._modulus // 2
        return (difference + half) % self._modulus - half

    def _accepted(self, numbers: Ints, arrival_ns: int) -> Ints:
        if self._newest is None or numbers[-1] >= self._newest:
            self._newest, self._arrival_ns = int(numbers[-1]), arrival_ns
        self._suspect = None
        self._is_new_link = False
        return numbers

    def _anew(self, numbers: Ints, arrival_ns: int) -> Ints:
        self.segment += 1
        self._newest = None
        return self._accepted(numbers, arrival_ns)


BUCKET_S: Final = 2.0  # of samples between two looks at the pace
KEPT: Final = 4  # buckets that the pace rests on
PERIODS: Final = (0.5, 2.0)  # the true period is within these times the nominal one
GAP_S: Final = 1.0  # arrivals so far behind the pace were a hole in the stream, not a delay


class Pace:
    """Times of samples whose device tells none: a line under their arrivals, by number.

    Packets come late by a varying time, never early: the least late packet of each two seconds
    shows where the line lies and how steep it is. The line bends only at the ends of those two
    seconds, and never goes back. Where the device counts nothing either, a hole of more than a
    second in the arrivals is taken for lost samples; a shorter one cannot be told from a delay.

    Args:
        rate_hz: nominal samples a second.
        is_counted: the device counts its samples: then only its numbers tell what is lost.
    """

    def __init__(self, rate_hz: float, *, is_counted: bool) -> None:
        self._nominal_us = 1e6 / rate_hz
        self._samples = max(8, round(BUCKET_S * rate_hz))
        self._is_counted = is_counted
        self._number = -1  # newest, where nothing is counted
        self.restart()

    def restart(self) -> None:
        """The device began anew: so does the line."""
        self._period_us = self._nominal_us
        self._step_us = self._nominal_us  # of the line, with what it works off
        self._anchor: tuple[int, float] | None = None  # number and time on the line
        self._bucket_end = 0  # number that ends the present one
        self._bucket_us = 0.0  # arrival at its beginning
        self._least: tuple[float, int, float] | None = None  # lateness, number, arrival
        self._buckets: list[tuple[int, float]] = []

    def counted(self, count: int, arrival_ns: int) -> Ints:
        """Numbers (count,) of samples that nobody numbers."""
        lost = 0
        if self._anchor is not None and not self._is_counted:
            late_us = arrival_ns / 1000 - self._line(self._number + count)
            if late_us > GAP_S * 1e6:
                lost = round(late_us / self._period_us)
        numbers = self._number + 1 + lost + np.arange(count, dtype=np.int64)
        self._number = int(numbers[-1])
        return numbers

    def at(self, numbers: Ints, arrival_ns: int) -> Ints:
        """Times (n,), microseconds, of samples with these numbers that arrived together."""
        last, arrival_us = int(numbers[-1]), arrival_ns / 1000
        if self._anchor is None:
            self._begin(last, arrival_us)
        late_us = arrival_us - self._line(last)
        if self._least is None or late_us < self._least[0]:
            self._least = (late_us, last, arrival_us)
        number, time_us = self._anchor or (last, arrival_us)
        times = np.rint(time_us + (numbers - number) * self._step_us).astype(np.int64)
        waited_us = arrival_us - self._bucket_us
        if last >= self._bucket_end and waited_us >= 0.5 * self._samples * self._period_us:
            self._bend(last)  # not of what arrives all at once, behind a stall of the radio
            self._bucket_us = arrival_us
        return times

    def _line(self, number: int) -> float:
        at, time_us = self._anchor or (0, 0.0)
        return time_us + (number - at) * self._step_us

    def _begin(self, number: int, time_us: float) -> None:
        self._anchor = (number, time_us)
        self._bucket_end, self._bucket_us = number + self._samples, time_us
        self._step_us = self._period_us
        self._buckets.clear()
        self._least = None

    def _bend(self, number: int) -> None:
        """The end of a bucket: a new steepness, and what is amiss is worked off in the next."""
        if self._least is None:
            return
        late_us, at, arrival_us = self._least
        if late_us > GAP_S * 1e6:  # of all of two seconds: the line is of before a pause
            self._begin(number, self._line(number) + late_us)
            return
        self._anchor = (number, self._line(number))
        self._bucket_end = number + self._samples
        self._buckets = [*self._buckets[1 - KEPT :], (at, arrival_us)]
        (first, first_us), (last, last_us) = self._buckets[0], self._buckets[-1]
        if last > first:
            low, high = (share * self._nominal_us for share in PERIODS)
            self._period_us = min(max((last_us - first_us) / (last - first), low), high)
        most = 0.5 * self._period_us
        amiss_us = arrival_us + (number - at) * self._period_us - self._anchor[1]
        self._step_us = self._period_us + min(max(amiss_us / self._samples, -most), most)
        self._least = None
