"""Clock: device time to seconds on the host's axis, the same for any cut of the stream.

A device's clock is fast or slow by some millionths and its packets arrive late by a varying time.
The line under all arrivals (`envelope`) tells both apart. It is fitted at fixed steps of *device*
time from the samples before that step; between two steps every sample's time is one formula of its
own device time and of the last step's numbers. So how samples are grouped into `push` calls
changes no bit.

What starts it: without a prior, samples wait until an arrival is `clock.hold_s` after the first
one, since the offset of a single packet is poor; a rebooted device waits in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign

import numpy as np

from insole.model.arrays import Floats, Ints
from insole.model.stream import Samples
from insole.model.trial import ClockFit, ClockPrior
from insole.parameters import Parameters
from insole.signal.envelope import Envelope, Line
from insole.signal.order import LARGEST_NS

ROWS_AT_ONCE = 1 << 16  # of a large push: what is in work stays in the processor's cache
LEAST_STEP_NS = 1000  # between two samples: device time has no finer unit


@dataclass(frozen=True, slots=True)
class Timed:
    """Samples with host time.

    Attributes:
        samples: n samples of one device and segment.
        time_s: (n,) s since the trial's origin, strictly increasing over all of the stream.
    """

    samples: Samples
    time_s: Floats


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lateness in force from one step to the next; continuous with the piece before it.

    Attributes:
        start_us: device time of the step.
        late_s: lateness there.
        slope: skew of the clock as fitted.
        error_s: what the fit says beyond late_s; it is worked off, not jumped.
        rate: share of device time by which it is worked off, signed.
    """

    start_us: int
    late_s: float
    slope: float
    error_s: float = 0.0
    rate: float = 0.0

    @property
    def straight(self) -> tuple[float, float]:
        """Change of lateness per device time up to the next step, and lateness at 0 so, s."""
        return _straight(self.start_us, self.late_s, self.slope + self.rate)


def _straight(start_us: int, late_s: float, steepness: float) -> tuple[float, float]:
    return steepness, late_s - steepness * (start_us * 1e-6)


class _Epoch:
    """One segment's device time: its zero, its envelope, the piece in force."""

    def __init__(self, first: Samples, *, slope: float, envelope: Envelope) -> None:
        self.zero_us = int(first.tick_us[0])
        self.zero_ns = int(first.arrival_ns[0])
        self.newest_us = 0
        self.envelope = envelope
        self.line = Line(0.0, slope)
        self.piece = _Piece(0, 0.0, slope)
        self.settled = False

    def least_late_s(self, samples: Samples) -> float:
        """Smallest lateness of these samples at device time 0, s."""
        device_us = samples.tick_us - self.zero_us
        late_ns = samples.arrival_ns - self.zero_ns - device_us * 1000
        return float((late_ns * 1e-9 - self.line.slope * (device_us * 1e-6)).min())


class ClockStage:
    """Gives every sample of one device its host time.

    Args:
        origin_ns: host monotonic time that is 0 s.
        prior: where the clock stood, or None. A prior that misses the first arrival by more than
            `clock.hold_s` is of another count of the device: only its skew is used.
        parameters: section `clock` is used.
    """

    def __init__(self, *, origin_ns: int, prior: ClockPrior | None, parameters: Parameters) -> None:
        self._origin_ns = min(max(origin_ns, -LARGEST_NS), LARGEST_NS)
        self._prior = prior
        self._hold_ns = round(parameters["clock.hold_s"] * 1e9)
        self._slot_us = max(1, round(parameters["clock.slot_ms"] * 1e3))
        self._slots = max(1, round(parameters["clock.update_s"] * 1e6 / self._slot_us))
        self._update_us = self._slots * self._slot_us
        self._window_s = parameters["clock.window_s"]
        self._limit = parameters["clock.skew_prior_ppm"] * 1e-6
        self._frozen_us = parameters["clock.freeze_slope_s"] * 1e6
        self._slew = parameters["clock.slew_ms_per_s"] * 1e-3
        self._u_start_s = parameters["uncertainty.clock_s"]
        self._slope = self._allowed(prior.skew_ppm * 1e-6) if prior else 0.0
        self._segment = 0
        self._epoch: _Epoch | None = None
        self._held: list[Samples] = []
        self._held_late_s = np.inf
        self._newest_ns: int | None = None  # time of the last sample given out

    @property
    def fit(self) -> ClockFit | None:
        """The line in force, or None before the first sample is released."""
        epoch = self._epoch
        if epoch is None or not epoch.settled:
            return None
        line, age_us = epoch.line, max(epoch.piece.start_us, 1)
        # At the start the packets have not yet shown the floor of the link; that doubt shrinks
        # with age. [ED], from the simulation of science.md, section 8.2
        unseen_s = self._u_start_s * min(1.0, self._frozen_us / age_us)
        doubts = (epoch.envelope.scatter(line), unseen_s, epoch.piece.error_s)
        return ClockFit(
            offset_us=(epoch.zero_ns - 1000 * epoch.zero_us) / 1000
            + line.level_s * 1e6
            - line.slope * epoch.zero_us,
            skew_ppm=line.slope * 1e6,
            u_s=float(np.sqrt(np.sum(np.square(doubts)))),
            window_s=min(self._window_s, epoch.piece.start_us * 1e-6),
        )

    def push(self, samples: Samples) -> list[Timed]:
        """Take ordered samples of one segment; answer with those whose time is known."""
        if not len(samples.tick_us):
            return []
        released: list[Timed] = []
        if self._epoch is None or samples.segment != self._segment:
            released = self.flush()
            self._begin(samples)
        epoch = self._epoch
        assert epoch is not None  # noqa: S101  # begun above
        if epoch.settled:
            return [*released, self._timed(epoch, samples)]
        waited = samples.arrival_ns - epoch.zero_ns >= self._hold_ns
        # Up to the sample that ends the wait, which alone is the same in any cut.
        end = int(np.argmax(waited)) if waited.any() else len(waited)
        if end:
            before = _first_rows(samples, end)
            self._held_late_s = min(self._held_late_s, epoch.least_late_s(before))
        self._held.append(samples)
        return released if end == len(waited) else [*released, *self.flush()]

    def flush(self) -> list[Timed]:
        """End of stream: release what waits for a first offset."""
        epoch = self._epoch
        if epoch is None or not self._held:
            return []
        if self._held_late_s == np.inf:  # no wait was asked for
            self._held_late_s = epoch.least_late_s(_first_rows(self._held[0], 1))
        self._settle(epoch, self._held_late_s)
        held, self._held, self._held_late_s = self._held, [], np.inf
        return [self._timed(epoch, samples) for samples in held]

    def _begin(self, samples: Samples) -> None:
        """A new count of device time."""
        if self._epoch is not None:
            self._slope = self._epoch.line.slope  # the crystal is still the same
        envelope = Envelope(
            zero_ns=int(samples.arrival_ns[0]),
            slot_us=self._slot_us,
            slots=self._slots,
            window=max(1, round(self._window_s * 1e6 / self._update_us)),
            least=max(1, int(np.ceil(self._frozen_us / self._update_us))),
            slope_limit=self._limit,
        )
        epoch = self._epoch = _Epoch(samples, slope=self._slope, envelope=envelope)
        self._segment = samples.segment
        prior, self._prior = self._prior, None
        if prior is not None:
            host_us = prior.offset_us + epoch.zero_us + epoch.line.slope * epoch.zero_us
            late_s = (host_us - epoch.zero_ns * 1e-3) * 1e-6
            if abs(late_s) * 1e9 <= self._hold_ns:
                self._settle(epoch, late_s)

    def _settle(self, epoch: _Epoch, late_s: float) -> None:
        """Fix the first offset; after a reboot never before the last time given out."""
        if self._newest_ns is not None:
            behind_ns = self._newest_ns + LEAST_STEP_NS - (epoch.zero_ns - self._origin_ns)
            late_s = max(late_s, behind_ns * 1e-9)
        epoch.line = Line(late_s, epoch.line.slope)
        epoch.piece = _Piece(0, late_s, epoch.line.slope)
        epoch.settled = True

    def _timed(self, epoch: _Epoch, samples: Samples) -> Timed:
        time_s = np.empty(len(samples.tick_us))
        for start in range(0, len(time_s), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            time_s[part] = self._times(epoch, samples.tick_us[part], samples.arrival_ns[part])
        return Timed(samples, time_s)

    def _times(self, epoch: _Epoch, tick_us: Ints, arrival_ns: Ints) -> Floats:
        """Host time of each sample, s."""
        device_us = tick_us - epoch.zero_us
        device_us[0] = max(int(device_us[0]), epoch.newest_us)
        if (device_us[1:] < device_us[:-1]).any():  # a device's slip never turns time back
            device_us = np.maximum.accumulate(device_us)
        epoch.newest_us = int(device_us[-1])
        rows, blocks = epoch.envelope.add(device_us, arrival_ns)
        first = epoch.piece.straight
        if len(blocks):
            sizes = np.diff(np.concatenate(((0,), rows, (len(device_us),))))
            pieces = np.array([first, *self._updates(epoch, blocks)])
            late_ns = np.repeat(1e3 * pieces[:, 0], sizes)
            late_ns *= device_us
            late_ns += np.repeat(1e9 * pieces[:, 1], sizes)
        else:
            late_ns = device_us * (1e3 * first[0])
            late_ns += 1e9 * first[1]
        time_ns = device_us * 1000
        time_ns += np.rint(late_ns, out=late_ns).astype(np.int64)
        time_ns += epoch.zero_ns - self._origin_ns
        return self._increasing(time_ns).astype(np.float64) * 1e-9

    def _updates(self, epoch: _Epoch, blocks: Ints) -> list[tuple[float, float]]:
        """The pieces that begin with these blocks, each `straight`.

        Each leads from where the one before it has come to the fit at the start of its block.
        """
        lines = epoch.envelope.fits(blocks, slope=epoch.line.slope)
        line, last = epoch.line, epoch.piece
        start_us, late_s, slope = last.start_us, last.late_s, last.slope
        error_s, rate = last.error_s, last.rate
        pieces: list[tuple[float, float]] = []
        for block, found in zip(blocks.tolist(), lines, strict=True):
            before_us, start_us = start_us, block * self._update_us
            line = found or line
            device_s = (start_us - before_us) * 1e-6  # may be far more than one step
            worked_off = min(abs(error_s), abs(rate) * device_s)
            late_s = late_s + slope * device_s + copysign(worked_off, error_s)
            slope = line.slope
            error_s = line.at(start_us * 1e-6) - late_s
            rate = error_s / (self._update_us * 1e-6)
            rate = min(max(rate, -self._slew), self._slew)
            pieces.append(_straight(start_us, late_s, slope + rate))
        epoch.line, epoch.piece = line, _Piece(start_us, late_s, slope, error_s, rate)
        epoch.envelope.forget()
        return pieces

    def _increasing(self, time_ns: Ints) -> Ints:
        """Host times as they are, or pushed up where a device's slip would stop or turn time."""
        newest = self._newest_ns
        steady = newest is None or int(time_ns[0]) - newest >= LEAST_STEP_NS
        if not (steady and bool((time_ns[1:] - time_ns[:-1] >= LEAST_STEP_NS).all())):
            steps = np.arange(len(time_ns), dtype=np.int64) * LEAST_STEP_NS
            time_ns = time_ns - steps
            if newest is not None:
                time_ns[0] = max(int(time_ns[0]), newest + LEAST_STEP_NS)
            time_ns = np.maximum.accumulate(time_ns) + steps
        self._newest_ns = int(time_ns[-1])
        return time_ns

    def _allowed(self, slope: float) -> float:
        return min(max(slope, -self._limit), self._limit)


def _first_rows(samples: Samples, count: int) -> Samples:
    return Samples(
        samples.device,
        samples.sequence[:count],
        samples.tick_us[:count],
        samples.arrival_ns[:count],
        samples.values[:count],
        samples.flags[:count],
        samples.segment,
    )
