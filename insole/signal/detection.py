"""Parts of the contact detector that look at force row by row (science.md §3.1, 7.3)."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import numpy as np

from insole.model.arrays import Bools, Floats, Ints


def hysteresis(high: Bools, low: Bools, *, breaks: Bools, stance: bool) -> tuple[Ints, Ints]:
    """Rows where a two-level trigger switches on and off; a break switches it off first.

    >>> import numpy as np
    >>> f = np.array([0, 30, 22, 18, 40, 0])
    >>> up, down = hysteresis(f >= 25, f < 20, breaks=np.zeros(6, bool), stance=False)
    >>> up.tolist(), down.tolist()
    ([1, 4], [3, 5])
    """
    rise = high.copy()
    rise[1:] &= ~high[:-1] | breaks[1:]
    fall = low.copy()
    fall[1:] &= ~low[:-1]
    fall |= breaks
    order = np.concatenate((2 * np.flatnonzero(fall), 2 * np.flatnonzero(rise) + 1))
    order.sort()
    on = (order & 1).astype(np.bool_)
    changes = on != np.concatenate(([stance], on[:-1]))
    order = order[changes]
    on = on[changes]
    return order[on] >> 1, order[~on] >> 1


class RecentForce:
    """95th percentile of the force of the last seconds, renewed at each whole second of data.

    Args:
        window_s: how many seconds count.
    """

    def __init__(self, window_s: float) -> None:
        self._seconds: deque[Floats] = deque(maxlen=max(1, round(window_s)))
        self._current: list[Floats] = []
        self._second: int | None = None
        self._value = 0.0

    def push(self, time_s: Floats, force_n: Floats) -> Floats:
        """(n,) value in force at each row; a row never counts for its own second."""
        second = np.floor(time_s).astype(np.int64)
        edges = [0, *(np.flatnonzero(np.diff(second)) + 1).tolist(), len(second)]
        out = np.empty(len(second))
        for begin, end in pairwise(edges):
            if self._second is not None and second[begin] != self._second:
                self._renew()
            self._second = int(second[begin])
            self._current.append(force_n[begin:end].copy())
            out[begin:end] = self._value
        return out

    def _renew(self) -> None:
        self._seconds.append(np.concatenate(self._current))
        self._current = []
        recent = np.concatenate(self._seconds)
        rank = int(0.95 * (len(recent) - 1))
        self._value = float(np.partition(recent, rank)[rank])
