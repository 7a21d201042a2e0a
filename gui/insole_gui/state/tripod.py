"""The three points: numbers per foot, and where they and their zone lie in the foot."""

from __future__ import annotations

from collections import deque
from math import isfinite

import numpy as np

from insole.live.board import FootView
from insole.model.arrays import Floats
from insole_gui.state.drawn import drawn
from insole_gui.state.numbers import Number
from insole_gui.state.tiles import foot_number

KEYS = ("tripod_heel", "tripod_first", "tripod_fifth")
NAMES = ("heel", "big-toe ball", "little-toe ball")
ROWS = (1, 2, 0)  # top to bottom on screen: toes are up

DEFAULT_ANCHORS = np.array([[0.63, 0.17], [0.16, 0.71], [0.86, 0.66]])
"""(3, 2) corners for a foot that is not connected (science.md, section 1.4), foot frame."""

SMALLEST = {"single": 0.10, "bipedal": 0.0}  # least share of a corner inside the zone


def moving(foot: FootView) -> tuple[Number, Number, Number]:
    """Share of the impulse on heel, first and fifth ray in percent, mean of the newest steps."""
    heel, first, fifth = (foot_number(foot, key, scale=100.0) for key in KEYS)
    return heel, first, fifth


class Standing:
    """The shares of this moment, renewed four times a second; the board has smoothed them."""

    HOLD_S = 0.25
    WINDOW_S = 2.0

    def __init__(self) -> None:
        self._time_s = float("nan")
        self._mean: Floats | None = None
        self._shown_s = float("-inf")
        self._past: deque[tuple[float, Floats]] = deque(maxlen=int(self.WINDOW_S / self.HOLD_S))
        self.numbers: tuple[Number, Number, Number] = (Number(), Number(), Number())

    def push(self, time_s: float, tripod: Floats) -> None:
        """Take the newest share; NaN means that it is not defined now."""
        if time_s < self._time_s:
            self.__init__()
        if not np.isfinite(tripod).all():
            self._mean = None
            self._past.clear()
            missing = Number(reason="too little load")
            self.numbers = (missing, missing, missing)
            return
        self._mean = tripod
        self._time_s = time_s
        if time_s - self._shown_s >= self.HOLD_S or not self.numbers[0].known:
            self._show(time_s)

    def _show(self, time_s: float) -> None:
        assert self._mean is not None  # noqa: S101 - push has just set it
        self._shown_s = time_s
        self._past.append((time_s, self._mean))
        past = np.stack([share for _, share in self._past]) * 100.0
        # the spread of the last two seconds: 95 % of what was shown lay within
        spread = 1.96 * past.std(axis=0) if len(past) >= 4 else np.full(3, np.nan)
        heel, first, fifth = (
            Number(float(past[-1, i]), float(spread[i]), len(past)) for i in range(3)
        )
        self.numbers = (heel, first, fifth)


def zone(target: Floats, *, reach: float, smallest: float) -> Floats:
    """(k, 3) corners of TV <= reach around a target: a hexagon, cut at each corner's minimum.

    TV = half the sum of |t - t*| is at most `reach` exactly inside the hexagon with corners
    t* + reach (e_i - e_j) (science.md, section 1.5).
    """
    turns = ((0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1))  # around the hexagon
    unit = np.eye(3)
    shape = [target + reach * (unit[i] - unit[j]) for i, j in turns]
    for corner in range(3):
        kept: list[Floats] = []
        for one, other in zip(shape, shape[1:] + shape[:1], strict=True):
            a, b = one[corner] - smallest, other[corner] - smallest
            if a >= 0:
                kept.append(one)
            if a * b < 0:
                kept.append(one + (other - one) * (a / (a - b)))
        shape = kept
    return np.array(shape).reshape(-1, 3)


def dot(foot: FootView) -> Floats | None:
    """(2,) mm: the centre of pressure as drawn, or None where it is not defined."""
    cop = drawn(foot).cop_mm
    return cop if np.isfinite(cop).all() else None


def share_of_load(foot: FootView, *, standing: bool) -> float:
    """c3: how much of the load the three points carry, in percent; NaN when unknown."""
    if standing:
        return 100.0 * foot.coverage3
    for key in ("c3", "coverage3"):
        number = foot_number(foot, key, scale=100.0)
        if number.known and isfinite(number.value):
            return number.value
    return float("nan")
