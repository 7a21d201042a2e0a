"""Running impulse: the integral of force from the first sample to any instant.

Force is taken as linear between samples, so limits need not fall on one
(science.md, appendix B1). Cost per query is one binary search.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats, Ints

_FIRST_CAPACITY = 256
_MOST_SPARE = 4096  # rows; more room is memory that is touched and not used again
_ALL = slice(None)


class RunningImpulse:
    """Rows of force channels with their running integrals.

    Results do not depend on how samples are grouped into `push` calls: the running
    sum is carried *inside* the summed array, never added to a partial sum. Rows that are no
    longer asked for are given back with `drop` and `splice`; sums go on across them.

    Args:
        channels: number C of integrated columns.
        carried: number of columns that are kept beside them without an integral.
    """

    def __init__(self, channels: int, carried: int = 0) -> None:
        self._channels = channels
        self._carried = carried
        self._start = 0
        self._end = 0
        self._store = np.empty((1 + 2 * channels + carried, _FIRST_CAPACITY))

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def time_s(self) -> Floats:
        """(n,) s, the kept rows."""
        return self._store[0, self._start : self._end]

    @property
    def force_n(self) -> Floats:
        """(C, n) N."""
        return self._store[1 : 1 + self._channels, self._start : self._end]

    @property
    def sum_n_s(self) -> Floats:
        """(C, n) N·s from the first sample ever pushed to each kept row."""
        return self._store[1 + self._channels : 1 + 2 * self._channels, self._start : self._end]

    @property
    def carried(self) -> Floats:
        """(K, n) columns without integral."""
        return self._store[1 + 2 * self._channels :, self._start : self._end]

    def push(self, time_s: Floats, force_n: Floats, *, carried: Floats | None = None) -> None:
        """Append samples.

        Args:
            time_s: (n,) s, increasing, after the last one pushed.
            force_n: (n, C) N.
            carried: (n, K) further columns.

        Raises:
            ValueError: time does not increase; `gaps` guarantees that it does.
        """
        force, beside = self.reserve(len(time_s))
        force[:] = force_n.T
        if carried is not None:
            beside[:] = carried.T
        self.commit(time_s)

    def reserve(self, n: int) -> tuple[Floats, Floats]:
        """Room for n further rows, to be filled before `commit`: force (C, n), carried (K, n)."""
        self._make_room(n)
        room = self._store[:, self._end : self._end + n]
        return room[1 : 1 + self._channels], room[1 + 2 * self._channels :]

    def commit(self, time_s: Floats) -> None:
        """Take the reserved rows in.

        Raises:
            ValueError: time does not increase.
        """
        n, at, channels = len(time_s), self._end, self._channels
        if n == 0:
            return
        self._store[0, at : at + n] = time_s
        lead = 1 if len(self) else 0  # the row before the new ones, when there is one
        step = np.diff(self._store[0, at - lead : at + n])
        if len(step) and not step.min() > 0:
            raise ValueError("time must increase from row to row")
        step *= 0.5
        force = self._store[1 : 1 + channels, at - lead : at + n]
        total = self._store[1 + channels : 1 + 2 * channels, at - lead : at + n]
        if not lead:
            total[:, 0] = 0.0
        for line, running in zip(force, total, strict=True):  # one after the other, in the cache
            np.add(line[1:], line[:-1], out=running[1:])
            running[1:] *= step
            np.add.accumulate(running, out=running)
        self._end += n

    def until(self, row: Ints, instant_s: Floats, *, channels: slice = _ALL) -> Floats:
        """Impulse from the first sample to instants inside the cells that begin at `row`.

        Args:
            row: (k,) kept row at or before each instant.
            instant_s: (k,) s.
            channels: which of them.

        Returns:
            (C, k) N·s.
        """
        after = np.minimum(row + 1, len(self) - 1)
        time = self.time_s
        into = instant_s - time[row]
        width = np.where(after > row, time[after] - time[row], 1.0)
        here, there = self.force_at(np.stack((row, after)), channels=channels).swapaxes(0, 1)
        slope = (there - here) / width
        answer: Floats = self.sum_at(row, channels=channels)
        answer += (here + 0.5 * slope * into) * into
        return answer

    def force_at(self, row: Ints, *, channels: slice = _ALL) -> Floats:
        """(C, ...) N in kept rows; much faster than to index `force_n`."""
        return self._store[1 : 1 + self._channels][channels].take(row + self._start, axis=1)

    def sum_at(self, row: Ints, *, channels: slice = _ALL) -> Floats:
        """(C, ...) N·s up to kept rows."""
        sums = self._store[1 + self._channels : 1 + 2 * self._channels]
        return sums[channels].take(row + self._start, axis=1)

    def cell(self, instant_s: Floats) -> Ints:
        """(k,) kept row at or before each instant (0 for earlier ones, the newest for NaN)."""
        found = self.time_s.searchsorted(instant_s, side="right") - 1
        return np.minimum(np.maximum(found, 0), max(len(self) - 1, 0))

    def between(self, start_s: Floats, end_s: Floats) -> Floats:
        """Impulse over [start_s, end_s), both (k,): (C, k) N·s."""
        first = np.atleast_1d(np.asarray(start_s, dtype=np.float64))
        last = np.atleast_1d(np.asarray(end_s, dtype=np.float64))
        answer: Floats = self.until(self.cell(last), last) - self.until(self.cell(first), first)
        return answer

    def drop(self, rows: int) -> int:
        """Give back the oldest rows, never the newest one; how many were given back."""
        given = max(0, min(rows, len(self) - 1))
        self._start += given
        return given

    def splice(self, first: int, last: int, *, keep: int) -> None:
        """Give back rows [first, last) except row `keep`, which stays between the two parts."""
        kept = self._store[:, self._start + keep].copy()
        tail = self._store[:, self._start + last : self._end].copy()
        at = self._start + first
        self._store[:, at] = kept
        self._store[:, at + 1 : at + 1 + tail.shape[1]] = tail
        self._end = at + 1 + tail.shape[1]

    def _make_room(self, n: int) -> None:
        kept, capacity = len(self), self._store.shape[1]
        if self._end + n <= capacity:
            return
        if kept + n <= capacity and kept <= self._start:  # moves fewer rows than were given back
            self._store[:, :kept] = self._store[:, self._start : self._end]
        else:
            wanted = kept + n
            roomy = max(wanted + min(wanted // 2, _MOST_SPARE), _FIRST_CAPACITY)
            wider = np.empty((self._store.shape[0], roomy))
            wider[:, :kept] = self._store[:, self._start : self._end]
            self._store = wider
        self._start, self._end = 0, kept
