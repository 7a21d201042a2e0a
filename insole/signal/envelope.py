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

    def fits(self, blocks: Ints, *, slope: float) -> list[Line | None]:
        """Lines at the starts of blocks, each below the points of the blocks before it.

        All windows are looked at together; each one's line depends on its own points alone.

        Args:
            blocks: (k,) numbers of the blocks, as `add` gave them since the last `forget`.
            slope: of the line in force; kept while the points do not span enough.

        Returns:
            A line for each block, None where its window holds no point.
        """
        done = self._done
        low, high = done.block.searchsorted((blocks - self._window, blocks))
        first, end = done.sum_block.searchsorted((blocks - self._window, blocks))
        sum_us = np.concatenate(((0,), np.cumsum(done.sum_us)))
        count = np.concatenate(((0,), np.cumsum(done.sum_count)))
        counts = count[end] - count[first]
        means_s = (sum_us[end] - sum_us[first]) / np.maximum(counts, 1) * 1e-6
        if not (high > low).any():
            return [None] * len(blocks)
        last = np.maximum(high - 1, 0)
        spans = done.block[last] - done.block[np.minimum(low, last)] + 1
        shown = (spans >= self._least) & (counts > 1) & (high > low)
        place = low[:, None] + np.arange(int((high - low).max()))
        inside = place < high[:, None]
        place = np.minimum(place, len(done.block) - 1)
        device_s, late_s = done.device_s[place], done.late_s[place]
        steep = _spanning(device_s, late_s, inside, mean_s=means_s, limit=self._limit)
        slopes: list[float] = []
        steep = np.clip(steep, -self._limit, self._limit)
        for own, show in zip(steep.tolist(), shown.tolist(), strict=True):
            slope = own if show else slope
            slopes.append(slope)
        above = late_s - np.array(slopes)[:, None] * device_s
        level_s = np.where(inside, above, np.inf).min(axis=1)
        return [
            Line(level, steepness) if some else None
            for level, steepness, some in zip(
                level_s.tolist(), slopes, (high > low).tolist(), strict=True
            )
        ]

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
        kept[kept] = _below_chord(device_s[kept], late_s[kept], block[kept])
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


def _below_chord(device_s: Floats, late_s: Floats, block: Ints) -> Bools:
    """(m,) the first and last point of each block, and what lies below the line through both.

    Where packets come in time all points of a block lie on one line, and two of them tell it.
    """
    starts = _starts(block)
    sizes = _sizes(starts, len(block))
    first, last = np.repeat(starts, sizes), np.repeat(starts + sizes - 1, sizes)
    span = np.where(last > first, device_s[last] - device_s[first], 1.0)
    chord = late_s[first] + (device_s - device_s[first]) / span * (late_s[last] - late_s[first])
    row = np.arange(len(block))
    answer: Bools = (late_s < chord) | (row == first) | (row == last)
    return answer


def _starts(keys: Ints) -> NDArray[np.intp]:
    """Where each run of equal keys begins."""
    return np.concatenate(((0,), np.flatnonzero(keys[1:] != keys[:-1]) + 1))


def _sizes(starts: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """Lengths of the runs that begin at `starts`, up to `total`."""
    return np.diff(np.concatenate((starts, (total,))))


def _spanning(
    device_s: Floats, late_s: Floats, inside: Bools, *, mean_s: Floats, limit: float
) -> Floats:
    """Slopes of the lower hulls' edges over their means, or a value at or beyond the limit.

    Turns a line about its lowest point on the left until it touches on the right, then moves the
    left point to what now lies lowest: Newton's method on the height over the mean, which ends
    after a few turns.

    Args:
        device_s: (k, m) s, increasing, of k windows.
        late_s: (k, m) s.
        inside: (k, m) which of them belong to the window.
        mean_s: (k,) where the line is to be highest.
        limit: largest slope.
    """
    left = inside & (device_s <= mean_s[:, None])
    right = inside & ~left
    both = left.any(axis=1) & right.any(axis=1)
    slope = np.where(right.any(axis=1), -limit, limit)  # points on one side only can touch
    at = np.where(left, late_s, np.inf).argmin(axis=1)
    active = np.flatnonzero(both)
    for _ in range(TURNS):
        if not len(active):
            break
        row, here = np.arange(len(active)), at[active]
        device, late = device_s[active], late_s[active]
        run = device - device[row, here][:, None]
        rise = late - late[row, here][:, None]
        steep = np.full(run.shape, np.inf)
        np.divide(rise, run, out=steep, where=right[active])
        slope[active] = steep.min(axis=1)
        height = np.where(left[active], late - slope[active][:, None] * device, np.inf)
        lower = height.argmin(axis=1)
        moves = height[row, lower] < height[row, here]
        at[active[moves]] = lower[moves]
        active = active[moves]
    return slope
