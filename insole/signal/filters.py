"""Causal low-passes: of contact detection, and of what is drawn live (science.md, 7.2 to 7.4).

Their coefficients are closed forms and the recursion plain arithmetic: `scipy.signal` would take
longer to load than this takes for an hour of samples, and one way for every length of chunk gives
the same bits on every machine.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats

Kind: TypeAlias = Literal["one-pole", "bessel"]

CUT_AT = 1e-9  # of the whole impulse response: what is left of it is not summed
DELAY_AT_HZ = 2.0  # where delays are told: feet load and sway at 1 to 3 Hz


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


class Smooth:
    """What is drawn live, smoothed: never on the way of events and impulses (science.md, 7.3).

    A reader looks at its own pace, so there is no state that follows every sample: the newest
    output is the impulse response over the newest samples. It is cut where less than 1e-9 of it is
    left, and before the first sample stands that sample, as if it had always been there.

    Args:
        kind: `one-pole`, the exponential mean, or `bessel`, of order 2.
        rate_hz: sampling rate.
        cut_hz: -3 dB frequency; nothing is smoothed where it is not below half of the rate.
    """

    def __init__(self, kind: Kind, *, rate_hz: float, cut_hz: float) -> None:
        self.rate_hz = rate_hz
        self._up, self._down = (1.0,), ()
        if 0.0 < cut_hz < 0.5 * rate_hz:
            k = math.tan(math.pi * cut_hz / rate_hz)
            self._up, self._down = one_pole(k) if kind == "one-pole" else bessel2(k)
        self._response = self._impulse_response()

    def newest(self, rows: Floats) -> Floats:
        """Output at the last of (n, c) samples without a hole, n at least 1."""
        used = rows[: -len(self._response) - 1 : -1]  # newest first
        some = self._response[: len(used)]
        out: Floats = (some[:, None] * used).sum(axis=0) + (1.0 - some.sum()) * used[-1]
        return out

    @property
    def reach(self) -> int:
        """Newest samples that count."""
        return len(self._response)

    def delay_s(self, frequency_hz: float = DELAY_AT_HZ) -> float:
        """Group delay: the slope of the phase, in closed form."""
        return group_delay_s(self._up, self._down, rate_hz=self.rate_hz, frequency_hz=frequency_hz)

    def _impulse_response(self) -> Floats:
        answer: list[float] = []
        left = value = 1.0  # the whole of it sums to 1
        while abs(left) > CUT_AT or abs(value) > CUT_AT or len(answer) < len(self._up):
            n = len(answer)
            value = self._up[n] if n < len(self._up) else 0.0
            for back, weight in enumerate(self._down, start=1):
                value -= weight * answer[n - back] if n >= back else 0.0
            answer.append(value)
            left -= value
        return np.array(answer)


def group_delay_s(
    up: Sequence[float],
    down: Sequence[float],
    *,
    rate_hz: float,
    frequency_hz: float = DELAY_AT_HZ,
) -> float:
    """Slope of the phase of a filter, in closed form.

    Args:
        up: weights of the newest input and of those before.
        down: weights of the outputs before, newest first; the newest one's is 1.
        rate_hz: sampling rate.
        frequency_hz: where.
    """
    turn = cmath.exp(-2j * math.pi * frequency_hz / rate_hz)
    delay = 0.0
    for sign, taps in ((1.0, tuple(up)), (-1.0, (1.0, *down))):
        whole = sum(tap * turn**place for place, tap in enumerate(taps))
        slope = sum(place * tap * turn**place for place, tap in enumerate(taps))
        delay += sign * (slope / whole).real
    return delay / rate_hz


def one_pole(k: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weights of x, x' and of y' for 1 / (s + 1), bilinear, with k = tan(pi cut / rate)."""
    whole = 1.0 + k
    return (k / whole, k / whole), ((k - 1.0) / whole,)


def bessel2(k: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weights of x, x', x'' and of y', y'' for 3 / (s^2 + 3 s + 3), -3 dB at the cut."""
    k /= math.sqrt(0.5 * (math.sqrt(45.0) - 3.0))  # where the plain form has lost half its power
    whole = 1.0 + 3.0 * k + 3.0 * k * k
    b = 3.0 * k * k / whole
    return (b, 2.0 * b, b), (
        2.0 * (3.0 * k * k - 1.0) / whole,
        (1.0 - 3.0 * k + 3.0 * k * k) / whole,
    )
