"""What single samples show to be no data: spikes, full scale, repetition (science.md, 2.6)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.model.arrays import Bools, Floats, Ints, Raw
from insole.model.quality import Quality
from insole.model.stream import Frames

ROWS = 8192  # looked at together: bounds memory where every row is at full scale


class Despiker:
    """Replaces a value that jumps and comes back by the neighbour in time that is nearer to it.

    The newest row is held back only where it jumps: whether it comes back is not known yet.

    Args:
        jump: in raw values; infinity: nothing is ever replaced.
        sensors: how many.
    """

    def __init__(self, jump: float, *, sensors: int) -> None:
        self._jump = jump
        self._before: Raw = np.empty((0, sensors))
        self._held: Frames | None = None
        self.found: list[tuple[float, int]] = []  # (s, sensor) of the newest push

    def push(self, frames: Frames) -> Frames:
        """Frames that are settled."""
        self.found = []
        if not np.isfinite(self._jump) or not len(frames.time_s):
            return frames
        if self._held is not None:
            frames = _joined(self._held, frames)
            self._held = None
        hot = frames.values.max(axis=1) >= self._jump
        lead = len(self._before)
        if not hot.any() and not (lead and self._before.max() >= self._jump):
            self._before = frames.values[-1:].copy()
            return frames
        near = hot.copy()
        near[1:] |= hot[:-1]
        near[0] |= bool(lead)
        if not lead or frames.quality[0] & Quality.BREAK:
            near[0] = False
        rows = np.flatnonzero(near)
        last, n = self._before, len(hot)
        self._before = frames.values[-1:].copy()
        if not len(rows):
            return frames
        step = _value(frames.values, rows, last) - _value(frames.values, rows - 1, last)
        jumps = np.abs(step) > self._jump
        at, sensor = np.nonzero(jumps)
        inner = rows[at] < n - 1
        frames = self._mended(frames, last, rows[at][inner], sensor[inner])
        if rows[-1] == n - 1 and jumps[-1].any():
            self._held, frames = part(frames, n - 1, n), part(frames, 0, n - 1)
            self._before = frames.values[-1:].copy() if n > 1 else last
        return frames

    def flush(self) -> Frames | None:
        """End of data: the row that was held."""
        held, self._held = self._held, None
        return held

    def _mended(self, frames: Frames, last: Raw, rows: Ints, sensor: Ints) -> Frames:
        now = _one(frames.values, rows, sensor, last)
        earlier = _one(frames.values, rows - 1, sensor, last)
        later = _one(frames.values, rows + 1, sensor, last)
        first, second = now - earlier, later - now
        spike = (np.abs(second) > self._jump) & (first * second < 0.0)
        spike &= np.abs(later - earlier) <= self._jump
        spike &= (
            frames.quality[np.minimum(rows + 1, len(frames.quality) - 1)] & Quality.BREAK
        ) == 0
        if not spike.any():
            return frames
        rows, sensor = rows[spike], sensor[spike]
        nearer = np.median(np.stack((earlier, now, later))[:, spike], axis=0)
        values, quality = frames.values.copy(order="K"), frames.quality.copy()
        values[rows, sensor] = nearer.astype(values.dtype)
        quality[rows] |= np.uint32(Quality.INTERPOLATED)
        self.found = list(zip(frames.time_s[rows].tolist(), sensor.tolist(), strict=True))
        return replace(frames, values=values, quality=quality)


class FullScale:
    """Counts samples of sensors that stay at full scale.

    Args:
        level: smallest raw value at full scale; infinity: unknown.
        sensors: how many.
        more_than: samples in a row that are still let pass.
    """

    def __init__(self, level: float, *, sensors: int, more_than: int) -> None:
        self._level = level
        self._run = np.zeros(sensors, np.int64)
        self._more_than = more_than

    def push(self, raw: Raw, clipped: Bools) -> list[tuple[int, int, int]]:
        """(sensor, first row, samples) of what stayed there.

        Args:
            raw: (n, S).
            clipped: (n,) rows with a sensor at full scale.
        """
        if not np.isfinite(self._level):
            return []
        if not clipped.any():
            self._run[:] = 0
            return []
        answer: list[tuple[int, int, int]] = []
        for begin in range(0, len(raw), ROWS):
            answer += self._block(raw[begin : begin + ROWS], clipped[begin : begin + ROWS], begin)
        return answer

    def _block(self, raw: Raw, clipped: Bools, begin: int) -> list[tuple[int, int, int]]:
        rows = np.flatnonzero(clipped)
        if not len(rows):
            self._run[:] = 0
            return []
        hit = raw[rows] >= self._level
        order = np.arange(1, len(rows) + 1)[:, None]
        parted = np.diff(rows, prepend=-1)[:, None] > 1
        reset = np.maximum.accumulate(
            np.maximum(np.where(hit, 0, order), np.where(parted, order - 1, 0)), axis=0
        )
        whole = (reset == 0) & ~(parted[0] | np.zeros_like(hit))
        run = np.where(hit, order - reset + np.where(whole, self._run, 0), 0)
        self._run = run[-1].copy() if rows[-1] == len(raw) - 1 else np.zeros_like(self._run)
        least = self._more_than + 1
        late = run >= least
        samples = np.where(run == least, least, 1) * late
        return [
            (sensor, begin + int(rows[np.argmax(late[:, sensor])]), int(samples[:, sensor].sum()))
            for sensor in np.flatnonzero(late.any(axis=0)).tolist()
        ]


class Repeats:
    """Finds rows that are the same to the bit as those before them.

    Args:
        least: so many in a row.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._run = 1
        self._total = float("nan")
        self._row: Raw = np.empty(0)

    def push(self, raw: Raw, total_n: Floats, *, above_n: float) -> Ints:
        """(k,) rows that end a run of `least` or more under load."""
        if not len(total_n):
            return np.empty(0, np.int64)
        same = np.empty(len(total_n), np.bool_)
        np.equal(total_n[1:], total_n[:-1], out=same[1:])
        same[0] = total_n[0] == self._total
        same &= total_n > above_n
        rows = np.flatnonzero(same)
        inner = rows[rows > 0]
        equal = (raw[inner] == raw[inner - 1]).all(axis=1)
        if same[0]:
            equal = np.append(bool((raw[0] == self._row).all()), equal)
        rows = rows[equal]
        last, run, self._run = len(total_n) - 1, self._run, 1
        self._total, self._row = float(total_n[-1]), raw[-1].copy()
        if not len(rows):
            return rows
        order = np.arange(len(rows))
        parted = np.diff(rows, prepend=-1) > 1
        begin = np.maximum.accumulate(np.where(parted, order, -1))  # -1: goes on from before
        length = np.where(begin < 0, order + 1 + run, order - begin + 2)
        if rows[-1] == last:
            self._run = int(length[-1])
        return rows[length >= self._least]


def part(frames: Frames, begin: int, end: int) -> Frames:
    """Some of its rows."""
    return Frames(
        frames.time_s[begin:end],
        frames.values[begin:end],
        frames.quality[begin:end],
        frames.arrival_ns[begin:end],
    )


def _joined(one: Frames, two: Frames) -> Frames:
    return Frames(
        np.concatenate((one.time_s, two.time_s)),
        np.concatenate((one.values, two.values)),
        np.concatenate((one.quality, two.quality)),
        np.concatenate((one.arrival_ns, two.arrival_ns)),
    )


def _value(values: Raw, rows: Ints, last: Raw) -> Floats:
    """(k, S) values of rows; row -1 is the one before the chunk."""
    taken = values[np.maximum(rows, 0)].astype(np.float64)
    if len(rows) and rows[0] < 0:
        taken[0] = last[0]
    return taken


def _one(values: Raw, rows: Ints, sensor: Ints, last: Raw) -> Floats:
    """(k,) single values."""
    taken = values[np.clip(rows, 0, len(values) - 1), sensor].astype(np.float64)
    outside = rows < 0
    if outside.any():
        taken[outside] = last[0, sensor[outside]]
    return taken
