"""When a signal is above a level: instants between samples, on the straight line between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.signal.detection import hysteresis

EPS_S = 1e-9


@dataclass(frozen=True, slots=True)
class Spans:
    """Times over which something holds, in order.

    Attributes:
        start_s: (k,) s.
        end_s: (k,) s; infinite for one that goes on after the last row.
        last_s: the last row.
    """

    start_s: Floats
    end_s: Floats
    last_s: float

    def __len__(self) -> int:
        return len(self.start_s)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        yield from zip(self.start_s.tolist(), self.end_s.tolist(), strict=True)

    @property
    def length_s(self) -> Floats:
        """(k,) s; of one that goes on: until the last row."""
        return np.minimum(self.end_s, self.last_s) - self.start_s

    def lasting(self, least_s: float) -> Spans:
        """Those that have lasted so long."""
        return self.where(self.length_s >= least_s - EPS_S)

    def where(self, chosen: Bools) -> Spans:
        """Some of them."""
        return Spans(self.start_s[chosen], self.end_s[chosen], self.last_s)

    def within(self, start_s: float, end_s: float) -> float:
        """How much of [start_s, end_s] they cover, s."""
        covered = np.minimum(self.end_s, end_s) - np.maximum(self.start_s, start_s)
        return float(np.maximum(covered, 0.0).sum())

    def covers(self, time_s: Floats) -> Bools:
        """(m,) which instants lie in one of them."""
        place = np.searchsorted(self.start_s, time_s, side="right") - 1
        answer: Bools = place >= 0
        if len(self):
            answer &= time_s < self.end_s[np.maximum(place, 0)]
        return answer

    def clipped(self, start_s: float, end_s: float) -> Spans:
        """Their parts in [start_s, end_s]."""
        start, end = np.maximum(self.start_s, start_s), np.minimum(self.end_s, end_s)
        some = end > start
        return Spans(start[some], end[some], self.last_s)

    def merged(self, least_s: float) -> Spans:
        """With holes shorter than `least_s` filled."""
        if len(self) < 2:
            return self
        apart = self.start_s[1:] - self.end_s[:-1] >= least_s - EPS_S
        return Spans(
            self.start_s[np.append(True, apart)], self.end_s[np.append(apart, True)], self.last_s
        )


def instants(time_s: Floats, value: Floats, *, rows: Ints, level: Floats, gaps: Bools) -> Floats:
    """(k,) when the value reached the level on its way to each row; the row itself after a gap.

    Args:
        time_s: (n,) s.
        value: (n,) values.
        rows: (k,) rows at which the value has passed the level.
        level: (k,) levels.
        gaps: (n,) no line leads to this row.
    """
    before = np.maximum(rows - 1, 0)
    rise = value[rows] - value[before]
    share = np.ones(len(rows))
    np.divide(level - value[before], rise, out=share, where=np.abs(rise) > 0.0)
    share = np.where(gaps[rows] | (rows == 0) | ~np.isfinite(share), 1.0, np.clip(share, 0.0, 1.0))
    answer: Floats = time_s[before] + share * (time_s[rows] - time_s[before])
    return answer


def above(
    time_s: Floats,
    value: Floats,
    on: float,
    *,
    off: float | None = None,
    gaps: Bools | None = None,
    state: bool | None = None,
) -> Spans:
    """Times from value >= on until value < off; missing values change nothing.

    Args:
        time_s: (n,) s.
        value: (n,) values, NaN where missing.
        on: from here on.
        off: until it falls below; None: `on` too.
        gaps: (n,) no line leads to this row; None: to none.
        state: before the first row; None: on when the first value is at least `off`... and `on`
            where both are the same level.

    >>> import numpy as np
    >>> spans = above(np.arange(5.0), np.array([0.0, 2.0, 2.0, 0.0, 0.0]), 1.0)
    >>> spans.start_s.tolist(), spans.end_s.tolist()
    ([0.5], [2.5])
    """
    off = on if off is None else off
    n = len(time_s)
    if not n:
        none = np.empty(0)
        return Spans(none, none, -np.inf)
    gaps = np.zeros(n, np.bool_) if gaps is None else gaps
    begins = bool(state) if state is not None else bool(value[0] >= on)
    up, down = hysteresis(value >= on, value < off, breaks=np.zeros(n, np.bool_), stance=begins)
    start = instants(time_s, value, rows=up, level=np.full(len(up), on), gaps=gaps)
    end = instants(time_s, value, rows=down, level=np.full(len(down), off), gaps=gaps)
    if begins:
        start = np.append(time_s[0], start)
    if len(start) > len(end):
        end = np.append(end, np.inf)
    return Spans(start, end, float(time_s[-1]))


def below(
    time_s: Floats,
    value: Floats,
    on: float,
    *,
    off: float | None = None,
    gaps: Bools | None = None,
) -> Spans:
    """Times from value <= on until value > off, as `above`."""
    return above(time_s, -value, -on, off=None if off is None else -off, gaps=gaps)


def both(one: Spans, other: Spans) -> Spans:
    """Times over which both hold."""
    starts: list[float] = []
    ends: list[float] = []
    i = j = 0
    a, b = list(one), list(other)
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            starts.append(start)
            ends.append(end)
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return Spans(np.array(starts), np.array(ends), min(one.last_s, other.last_s))


def value_at(time_s: Floats, value: Floats, at_s: Floats) -> Floats:
    """(k,) values on the straight lines between rows."""
    return np.interp(at_s, time_s, value)


def trailing_mean(time_s: Floats, value: Floats, window_s: float) -> Floats:
    """(n,) mean of the piecewise straight line over the last `window_s`; NaN before it is full.

    The sum runs on from the first row, so rows that follow change none of it. Missing values are
    left out: the line goes over them.
    """
    known = np.isfinite(value)
    out = np.full(len(value), np.nan)
    if np.count_nonzero(known) < 2:
        return out
    t, v = time_s[known], value[known]
    area = np.append(0.0, np.cumsum(0.5 * (v[1:] + v[:-1]) * np.diff(t)))
    begin = t - window_s
    at = np.clip(np.searchsorted(t, begin, side="right") - 1, 0, len(t) - 2)
    past = begin - t[at]
    slope = (v[at + 1] - v[at]) / (t[at + 1] - t[at])
    before = area[at] + past * (v[at] + 0.5 * slope * past)
    full = begin >= t[0] - EPS_S
    out[known] = np.where(full, (area - before) / window_s, np.nan)
    return out
