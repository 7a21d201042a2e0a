"""Lower envelope: the line that lies below all arrivals and is highest at their mean device time.

That line is the edge of the lower convex hull that spans the mean, within the slopes that a crystal
can have (science.md, section 8.2 and appendix B3). Late packets lie above it and never move it.

Device time is cut into slots, of which only the least late arrival counts, and slots into blocks,
at whose ends a fit is made. Inside a block only the few points are kept that can touch a line with
an allowed slope; so a fit over two minutes looks at some tens of points instead of 1200.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Bools, Floats, Ints

TURNS = 64  # far more than a fit needs; rounding may not keep one going
NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Line:
    """Lateness against device time: level_s + slope * device time, both in s."""

    level_s: float
    slope: float

    def at(self, device_s: float) -> float:
        """Lateness of the least late arrival at a device time, s."""
        return self.level_s + self.slope * device_s


@dataclass(frozen=True, slots=True)
class Window:
    """Points [low, high) of an envelope that a fit looks at.

    Attributes:
        mean_s: mean device time of all their slots, s.
        shows_slope: they span enough device time for a slope to be believed.
    """

    low: int
    high: int
    mean_s: float
    shows_slope: bool


@dataclass(frozen=True, slots=True)
class _Slots:
    """Least late arrival of each slot.

    Attributes:
        slot: (m,) number of the slot, increasing.
        device_us: (m,) device time of the arrival's sample.
        late_ns: (m,) arrival minus device time.
    """

    slot: Ints
    device_us: Ints
    late_ns: Ints


@dataclass(frozen=True, slots=True)
class _Points:
    """Points of finished blocks that a line can touch, and each block's sums over all slots."""

    block: Ints
    device_s: Floats
    late_s: Floats
    sum_block: Ints
    sum_us: Ints
    sum_count: Ints


class Envelope:
    """Collects arrivals; fits a line at the start of any block to the blocks before it.

    Args:
        zero_ns: arrival that counts as lateness 0 at device time 0; keeps numbers small.
        slot_us: length of a slot of device time.
        slots: slots in a block.
        window: blocks that a fit looks back on.
        least: blocks that the points must span before they are believed to show a slope.
        slope_limit: largest skew of a clock, as a fraction.
    """

    def __init__(
        self,
        *,
        zero_ns: int,
        slot_us: int,
        slots: int,
        window: int,
        least: int,
        slope_limit: float,
    ) -> None:
        self._zero_ns = zero_ns
        self._slot_us = slot_us
        self._slots = slots
        self._window = window
        self._least = least
        self._limit = slope_limit
        self._block = 0
        self._open = _Slots(NONE, NONE, NONE)
        empty = np.empty(0)
        self._done = _Points(NONE, empty, empty, NONE, NONE, NONE)

    def add(self, device_us: Ints, arrival_ns: Ints) -> tuple[Ints, Ints]:
        """Take arrivals.

        Args:
            device_us: (n,) device time, not decreasing, n >= 1.
            arrival_ns: (n,) arrival of the packet that carried the sample.

        Returns:
            (k,) rows at which a new block begins, and (k,) the numbers of those blocks.
        """
        slot = device_us // self._slot_us
        # Of one packet only the newest sample can be the least late.
        last = (arrival_ns[1:] != arrival_ns[:-1]) | (slot[1:] != slot[:-1])
        kept = np.append(np.flatnonzero(last), len(slot) - 1)
        late_ns = arrival_ns[kept] - self._zero_ns - device_us[kept] * 1000
        points = _Slots(slot[kept], device_us[kept], late_ns)
        rows = numbers = NONE
        newest = int(slot[-1]) // self._slots
        if newest != self._block:
            block = points.slot // self._slots
            change = np.flatnonzero(np.diff(block, prepend=self._block))
            rows = np.where(change > 0, kept[change - 1] + 1, 0)
            numbers = block[change]
            self._block = newest
        self._collect(points)
        return rows, numbers

    def windows(self, blocks: Ints) -> list[Window]:
        """What a fit at the start of each of these blocks looks at."""
        done = self._done
        low, high = done.block.searchsorted((blocks - self._window, blocks))
        first, end = done.sum_block.searchsorted((blocks - self._window, blocks))
        sum_us = np.concatenate(((0,), np.cumsum(done.sum_us)))
        count = np.concatenate(((0,), np.cumsum(done.sum_count)))
        counts = count[end] - count[first]
        means_s = (sum_us[end] - sum_us[first]) / np.maximum(counts, 1) * 1e-6
        last = np.maximum(high - 1, 0)
        begin = np.minimum(low, last)
        spans = done.block[last] - done.block[begin] + 1 if len(done.block) else counts
        shown = (spans >= self._least) & (counts > 1)
        columns = (low.tolist(), high.tolist(), means_s.tolist(), shown.tolist())
        return [Window(*row) for row in zip(*columns, strict=True)]

    def fit(self, window: Window, *, slope: float) -> Line | None:
        """Line below the points of a window, or None when it holds none.

        Args:
            window: of this envelope, made since the last `forget`.
            slope: slope of the last line, kept while the points do not span enough.
        """
        if window.low == window.high:
            return None
        device_s = self._done.device_s[window.low : window.high]
        late_s = self._done.late_s[window.low : window.high]
        if window.shows_slope:
            steep = _spanning(
                device_s, late_s, mean_s=window.mean_s, guess=slope, limit=self._limit
            )
            slope = min(max(steep, -self._limit), self._limit)
        return Line(float((late_s - slope * device_s).min()), slope)

    def scatter(self, line: Line) -> float:
        """Root mean square of the blocks' least lateness above a line, s: how often it is touched.

        Where packets and the connection interval beat, the floor is touched rarely and this is
        large; where every few seconds one packet comes at once it is small.
        """
        done = self._done
        if not len(done.block):
            return 0.0
        above = done.late_s - line.level_s - line.slope * done.device_s
        starts = _starts(done.block)
        least = np.minimum.reduceat(above, starts)
        return float(np.sqrt(np.mean(np.square(least))))

    def forget(self) -> None:
        """Let go of blocks that no later fit looks at."""
        done, oldest = self._done, self._block - self._window
        if not len(done.sum_block) or int(done.sum_block[0]) >= oldest:
            return
        low = int(done.block.searchsorted(oldest))
        first = int(done.sum_block.searchsorted(oldest))
        self._done = _Points(
            done.block[low:].copy(),
            done.device_s[low:].copy(),
            done.late_s[low:].copy(),
            done.sum_block[first:].copy(),
            done.sum_us[first:].copy(),
            done.sum_count[first:].copy(),
        )

    def _collect(self, points: _Slots) -> None:
        """Merge arrivals into the open block; hand on the blocks that they finish."""
        slot = np.concatenate((self._open.slot, points.slot))
        device_us = np.concatenate((self._open.device_us, points.device_us))
        late_ns = np.concatenate((self._open.late_ns, points.late_ns))
        starts = _starts(slot)
        if len(starts) < len(slot):
            sizes = _sizes(starts, len(slot))
            least = np.flatnonzero(
                late_ns == np.repeat(np.minimum.reduceat(late_ns, starts), sizes)
            )
            first = least[_starts(slot[least])]
            slot, device_us, late_ns = slot[first], device_us[first], late_ns[first]
        split = int(slot.searchsorted(self._block * self._slots))
        self._open = _Slots(slot[split:], device_us[split:], late_ns[split:])
        if split:
            self._finish(_Slots(slot[:split], device_us[:split], late_ns[:split]))

    def _finish(self, slots: _Slots) -> None:
        """Keep what matters of whole blocks."""
        block = slots.slot // self._slots
        starts = _starts(block)
        sizes = _sizes(starts, len(block))
        device_s = slots.device_us.astype(np.float64) * 1e-6
        late_s = slots.late_ns.astype(np.float64) * 1e-9
        place = np.repeat(np.arange(len(starts)), sizes), slots.slot - block * self._slots
        kept = ~(
            self._shadowed(late_s - self._limit * device_s, place)
            | self._shadowed(late_s + self._limit * device_s, place, backwards=True)
        )
        done = self._done
        self._done = _Points(
            np.concatenate((done.block, block[kept])),
            np.concatenate((done.device_s, device_s[kept])),
            np.concatenate((done.late_s, late_s[kept])),
            np.concatenate((done.sum_block, block[starts])),
            np.concatenate((done.sum_us, np.add.reduceat(slots.device_us, starts))),
            np.concatenate((done.sum_count, sizes)),
        )

    def _shadowed(
        self, height: Floats, place: tuple[Ints, Ints], *, backwards: bool = False
    ) -> Bools:
        """(m,) which points lie above a steepest allowed line through an earlier one."""
        table = np.full((int(place[0][-1]) + 1, self._slots + 1), np.inf)
        column = self._slots - place[1] if backwards else place[1] + 1
        table[place[0], column] = height
        lowest = np.minimum.accumulate(table, axis=1)
        return lowest[place[0], column - 1] <= height


def _starts(keys: Ints) -> NDArray[np.intp]:
    """Where each run of equal keys begins."""
    return np.concatenate(((0,), np.flatnonzero(keys[1:] != keys[:-1]) + 1))


def _sizes(starts: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """Lengths of the runs that begin at `starts`, up to `total`."""
    return np.diff(np.concatenate((starts, (total,))))


def _spanning(
    device_s: Floats, late_s: Floats, *, mean_s: float, guess: float, limit: float
) -> float:
    """Slope of the lower hull's edge over mean_s, or a value at or beyond the limit.

    Turns a line about its lowest point on the left until it touches on the right, then moves the
    left point to what now lies lowest: Newton's method on the height over the mean, which ends
    after a few turns.

    Args:
        device_s: (m,) s, increasing.
        late_s: (m,) s.
        mean_s: where the line is to be highest.
        guess: slope of the last fit.
        limit: largest slope.
    """
    split = int(device_s.searchsorted(mean_s, side="right"))
    if split in (0, len(device_s)):  # points on one side only can touch
        return limit if split else -limit
    left_s, left_late = device_s[:split], late_s[:split]
    right_s, right_late = device_s[split:], late_s[split:]
    slope, at = guess, int((left_late - guess * left_s).argmin())
    for _ in range(TURNS):
        slope = float(((right_late - left_late[at]) / (right_s - left_s[at])).min())
        height = left_late - slope * left_s
        lower = int(height.argmin())
        if height[lower] >= height[at]:
            break
        at = lower
    return slope
