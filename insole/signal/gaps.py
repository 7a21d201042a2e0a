"""Gaps: missing samples are filled where that is honest, and marked where it is not.

Up to `gaps.interp_ms` of missing time are filled by straight lines; up to `gaps.display_ms` too,
but flagged as not for timing; beyond that nothing is invented and the next sample is a BREAK
(science.md, section 8.5). No sample is ever held back: what is filled comes with the sample after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Flags, Floats, Ints, Raw
from insole.model.quality import Quality
from insole.model.stream import Frames
from insole.parameters import Parameters
from insole.signal.clock import Timed

ROUNDING = 1.0 + 1e-9  # three samples at 100 Hz are 30 ms, whatever the binary fractions say


@dataclass(frozen=True, slots=True)
class _Last:
    """The newest sample so far."""

    segment: int
    sequence: int
    time_s: float
    values: Raw  # (S,)


class GapStage:
    """Turns one device's timed samples into frames without holes that could be mistaken for rest.

    Args:
        rate_hz: nominal rate, positive; a missing sample is 1/rate_hz of missing time.
        parameters: section `gaps` is used.
    """

    def __init__(self, *, rate_hz: float, parameters: Parameters) -> None:
        self._period_s = 1.0 / rate_hz
        self._interp_s = parameters["gaps.interp_ms"] * 1e-3 * ROUNDING
        self._display_s = parameters["gaps.display_ms"] * 1e-3 * ROUNDING
        self._last: _Last | None = None

    def push(self, timed: Timed) -> Frames:
        """Take n >= 1 samples; answer with them and what fills the gaps before each.

        While nothing is filled, `values` of the answer is the very array that came in.
        """
        samples, time_s = timed.samples, timed.time_s
        if not len(time_s):
            return Frames(time_s, samples.values, samples.flags.copy(), samples.arrival_ns)
        last, sequence = self._last, samples.sequence
        goes_on = (
            last is not None
            and last.segment == samples.segment
            and last.values.shape == samples.values.shape[1:]
        )
        if last is None or not goes_on:
            last = _Last(samples.segment, int(sequence[0]) - 1, float(time_s[0]), samples.values[0])
        apart_s = np.concatenate(((time_s[0] - last.time_s,), time_s[1:] - time_s[:-1]))
        quality = samples.flags.copy()
        frames = Frames(time_s, samples.values, quality, samples.arrival_ns)
        lossless = int(sequence[-1]) - last.sequence == len(sequence)
        if not lossless or float(apart_s.max()) - self._period_s > self._display_s:
            missing = np.diff(sequence, prepend=last.sequence) - 1
            # Time that no number tells of is a gap too: a device that counts on after a pause.
            unexplained = apart_s - (missing + 1) * self._period_s > self._display_s
            breaks = (missing * self._period_s > self._display_s) | (missing < 0) | unexplained
            quality[breaks] |= np.uint32(Quality.BREAK)
            fill = np.where(breaks, 0, missing)
            if fill.any():
                frames = self._filled(frames, fill, last)
        if not goes_on:
            frames.quality[0] |= np.uint32(Quality.BREAK)
        self._last = _Last(
            samples.segment,
            int(sequence[-1]),
            float(time_s[-1]),
            samples.values[-1].copy(),
        )
        return frames

    def flush(self) -> None:
        """End of stream: nothing was held back."""

    def _filled(self, frames: Frames, fill: Ints, last: _Last) -> Frames:
        """Rows on straight lines between the samples around each gap.

        Args:
            frames: (n,) rows as received.
            fill: (n,) how many rows to put before each.
            last: the row before the first.
        """
        rows = np.arange(len(fill)) + np.cumsum(fill)  # where received rows go
        after = np.repeat(np.arange(len(fill)), fill)  # of each filled row: the row it precedes
        ends = np.cumsum(fill)
        nth = np.arange(len(after)) - np.repeat(ends - fill, fill) + 1
        share = nth / (fill[after] + 1)
        into = rows[after] - fill[after] + nth - 1
        total = len(fill) + len(after)

        time_s = np.empty(total)
        time_s[rows] = frames.time_s
        before_s = np.concatenate(([last.time_s], frames.time_s))[after]
        time_s[into] = before_s + (frames.time_s[after] - before_s) * share

        columns: Floats = np.empty((frames.values.shape[1], total))
        received = frames.values.T
        columns[:, rows] = received
        high = received[:, after].astype(np.float64)
        low = received[:, np.maximum(after - 1, 0)].astype(np.float64)
        low[:, after == 0] = last.values[:, None]
        columns[:, into] = low + (high - low) * share

        quality: Flags = np.empty(total, np.uint32)
        quality[rows] = frames.quality
        short = fill * self._period_s <= self._interp_s
        flags = np.where(
            short, np.uint32(Quality.INTERPOLATED), np.uint32(Quality.INTERPOLATED | Quality.GAP)
        )
        quality[into] = flags[after]
        arrival_ns: Ints = np.empty(total, np.int64)
        arrival_ns[rows] = frames.arrival_ns
        arrival_ns[into] = frames.arrival_ns[after]
        return Frames(time_s, columns.T, quality, arrival_ns)
