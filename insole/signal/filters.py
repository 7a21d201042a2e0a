"""The causal low-pass of contact detection (science.md, sections 7.2 to 7.4).

Its coefficients are a closed form and its recursion plain arithmetic: `scipy.signal` would take
longer to load than this takes for an hour of samples, and one way for every length of chunk gives
the same bits on every machine.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from insole.model.arrays import Bools, Floats


def butterworth2(rate_hz: float, cut_hz: float) -> tuple[float, float, float]:
    """b, a1, a2 of y = b (x + 2 x' + x'') - a1 y' - a2 y'', by the bilinear transform."""
    k = math.tan(math.pi * cut_hz / rate_hz)
    whole = 1.0 + math.sqrt(2.0) * k + k * k
    return k * k / whole, 2.0 * (k * k - 1.0) / whole, (1.0 - math.sqrt(2.0) * k + k * k) / whole


class LowPass:
    """Butterworth of order 2 by the bilinear transform, restarted at every break.

    Args:
        rate_hz: sampling rate.
        cut_hz: -3 dB frequency, below half of the rate.
    """

    def __init__(self, rate_hz: float, cut_hz: float) -> None:
        self._b, self._a1, self._a2 = butterworth2(rate_hz, cut_hz)
        self._state: tuple[float, float] | None = None

    def push(self, force_n: Floats, *, breaks: Bools) -> Floats:
        """(n,) filtered force; the state starts from the first sample of each segment."""
        out = np.empty_like(force_n)
        edges = [0, *np.flatnonzero(breaks).tolist(), len(force_n)]
        for begin, end in pairwise(edges):
            if begin == end:
                continue
            if self._state is None or breaks[begin]:
                first = float(force_n[begin])  # as if it had always been there
                self._state = (1.0 - self._b) * first, (self._b - self._a2) * first
            out[begin:end] = self._run(force_n[begin:end], self._state)
        return out

    def _run(self, force_n: Floats, state: tuple[float, float]) -> list[float]:
        b, a1, a2 = self._b, self._a1, self._a2
        near, far = state
        filtered: list[float] = []
        for value in force_n.tolist():  # each value needs the one before: no array operation does
            weighted = b * value
            now = weighted + near
            near = 2.0 * weighted - a1 * now + far
            far = weighted - a2 * now
            filtered.append(now)
        self._state = near, far
        return filtered
