"""Signals G1 to G4 of science.md section 9.2: force under one foot with known answers.

Nothing here uses the program: integrals, crossings and peaks are closed forms or root finding on
the formula itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan, cos, erf, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

G = 9.80665


@dataclass(frozen=True)
class Signal:
    """One contact in BW over seconds from its begin; zero outside [0, length_s].

    Attributes:
        force: vectorised force.
        area: integral from 0 to an instant, BW·s.
        length_s: end of the contact.
        stride_s: begin to next begin of the same foot.
        peak: largest force of the active part, BW.
    """

    force: Callable[[NDArray], NDArray]
    area: Callable[[float], float]
    length_s: float
    stride_s: float
    peak: float

    def crossing(self, level: float, low: float, high: float) -> float:
        """Instant where force passes a level between two instants that enclose it."""
        rising = self.at(high) > self.at(low)
        for _ in range(200):
            middle = 0.5 * (low + high)
            if (self.at(middle) >= level) == rising:
                high = middle
            else:
                low = middle
        return 0.5 * (low + high)

    def at(self, instant: float) -> float:
        return float(self.force(np.array([instant]))[0])

    def first_up(self, level: float) -> float:
        grid = np.linspace(0.0, self.length_s, 20001)
        index = int(np.argmax(self.force(grid) >= level))
        return self.crossing(level, float(grid[max(index - 1, 0)]), float(grid[index]))

    def last_down(self, level: float) -> float:
        grid = np.linspace(0.0, self.length_s, 20001)
        index = int(np.flatnonzero(self.force(grid) >= level)[-1])
        return self.crossing(level, float(grid[index]), float(grid[min(index + 1, len(grid) - 1)]))

    def train(
        self, *, rate_hz: float, strides: int, phase: float = 0.0, lead_s: float = 0.3
    ) -> tuple[NDArray, NDArray]:
        """Time and force in BW; contact i begins at lead + i·stride. Phase in sampling steps."""
        end = lead_s + strides * self.stride_s + 0.3
        time = (np.arange(int(end * rate_hz)) + phase) / rate_hz
        since = time - lead_s
        number = np.floor(since / self.stride_s)
        within = since - number * self.stride_s
        force = np.where(
            (number >= 0) & (number < strides) & (within <= self.length_s),
            self.force(within),
            0.0,
        )
        return time, force


def half_sine(contact_s: float = 0.230, flight_s: float = 0.110) -> Signal:
    """G1: F = F_m sin(pi t / t_c), F_m = pi/2 (t_f/t_c + 1) BW."""
    top = pi / 2.0 * (flight_s / contact_s + 1.0)
    return Signal(
        force=lambda t: np.where(
            (t >= 0) & (t <= contact_s),
            top * np.sin(pi * np.clip(t, 0, contact_s) / contact_s),
            0.0,
        ),
        area=lambda t: top * contact_s / pi * (1.0 - cos(pi * t / contact_s)),
        length_s=contact_s,
        stride_s=2.0 * (contact_s + flight_s),
        peak=top,
    )


def two_mass(contact_s: float = 0.25, flight_s: float = 0.10) -> Signal:
    """G2: two raised cosines, the test set of the page."""
    parts = ((1.1386, 0.025, 0.025), (2.57228, 0.125, 0.125))

    def force(t: NDArray) -> NDArray:
        total = np.zeros_like(t)
        for a, b, c in parts:
            total += np.where(np.abs(t - b) <= c, a / 2.0 * (1.0 + np.cos(pi * (t - b) / c)), 0.0)
        return total

    def area(t: float) -> float:
        total = 0.0
        for a, b, c in parts:
            x = min(max(t - b, -c), c)
            total += a / 2.0 * ((x + c) + c / pi * sin(pi * x / c))
        return total

    late = np.linspace(0.06, 0.2, 140_001)
    return Signal(force, area, contact_s, 2.0 * (contact_s + flight_s), float(force(late).max()))


def walking(stride_s: float = 1.14, length_s: float = 0.80) -> Signal:
    """G3: three Gaussians."""
    parts = ((1.1835, 0.1933, 0.0885), (0.8408, 0.4499, 0.1079), (0.8578, 0.5906, 0.0655))

    def force(t: NDArray) -> NDArray:
        total = np.zeros_like(t)
        for a, m, s in parts:
            total += a * np.exp(-0.5 * ((t - m) / s) ** 2)
        return total

    def area(t: float) -> float:
        return sum(
            a * s * sqrt(pi / 2.0) * (erf((t - m) / (s * sqrt(2.0))) - erf(-m / (s * sqrt(2.0))))
            for a, m, s in parts
        )

    grid = np.linspace(0.0, length_s, 80_001)
    return Signal(force, area, length_s, stride_s, float(force(grid).max()))


def hop(stiffness: float = 25_000.0, mass: float = 70.0, height: float = 0.15) -> Signal:
    """G4: spring-mass hop on one foot."""
    v = sqrt(2.0 * G * height)
    w = sqrt(stiffness / mass)
    contact = 2.0 / w * (pi - atan(v * w / G))
    flight = 2.0 * v / G
    peak = 1.0 + sqrt(1.0 + (v * w / G) ** 2)
    return Signal(
        force=lambda t: np.where(
            (t >= 0) & (t <= contact), 1.0 - np.cos(w * t) + v * w / G * np.sin(w * t), 0.0
        ),
        area=lambda t: t - sin(w * t) / w + v / G * (1.0 - cos(w * t)),
        length_s=contact,
        stride_s=contact + flight,
        peak=peak,
    )
