"""The maker's nominal curve of ORPHE INSOLE: counts to newtons, one for all insoles.

A polynomial of fourth degree for each sensor, fitted to the loaded range only: far below its lowest
point it rises again, and beyond 2500 counts it runs away. So it is offered by name, between those
two, and never applied in silence: calibrate on a person instead where you can.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from insole.model.arrays import Floats, Raw
from insole.model.calibration import Curve, Curves

POLYNOMIALS: Final = np.array(
    [
        [6.31278e-11, -2.33093e-07, 3.27825e-04, -1.63373e-01, 22.5012],
        [6.65168e-11, -2.10741e-07, 2.31937e-04, -7.10366e-02, 6.97927],
        [1.07646e-10, -3.85112e-07, 5.02384e-04, -2.37328e-01, 31.8015],
        [5.91156e-11, -1.81045e-07, 1.86644e-04, -4.46178e-02, 3.10811],
        [5.32573e-11, -1.68515e-07, 1.79518e-04, -4.66859e-02, 3.71484],
        [4.44324e-11, -1.09728e-07, 8.90389e-05, 3.82816e-03, -4.46580],
    ]
)
"""(6, 5) coefficients, highest power first, sensor by sensor."""

EVERY: Final = 25.0  # counts between the points of a table
MOST: Final = 65535.0  # counts that the wire can hold
HIGHEST: Final = 2500.0  # counts; beyond, the polynomial is no measurement


def newtons(raw: Raw, *, is_clipped: bool = True) -> Floats:
    """Force (n, 6) in N of raw counts (n, 6); negative becomes 0.

    Args:
        raw: counts.
        is_clipped: only between the lowest point of each polynomial and `HIGHEST`: below the
            first 0, above the second its value there.
    """
    counts = np.asarray(raw, np.float64)
    if is_clipped:
        counts = np.clip(counts, None, HIGHEST)
    force = np.zeros_like(counts)
    for power in POLYNOMIALS.T:
        force = force * counts + power
    if is_clipped:
        force = np.where(counts > lowest(), force, 0.0)
    return np.maximum(force, 0.0)


def curves() -> Curves:
    """The same as tables, newtons of each sensor; entry point `insole.curves`."""
    tables: list[Curve] = []
    for sensor, first in enumerate(lowest().tolist()):
        counts = np.append(np.arange(first, HIGHEST, EVERY), HIGHEST)
        force = newtons(np.repeat(counts[:, None], len(POLYNOMIALS), axis=1))[:, sensor]
        points = [(0.0, 0.0), *zip(counts.tolist(), force.tolist(), strict=True)]
        points.append((MOST, float(force[-1])))
        tables.append(Curve("table", tuple(number for point in points for number in point)))
    return Curves("N", tuple(tables))


def lowest() -> Floats:
    """(6,) counts from which each polynomial is above 0 and rises, up to `HIGHEST`."""
    counts = np.arange(0.0, HIGHEST + 1.0)
    force = np.zeros((len(counts), len(POLYNOMIALS)))
    for power in POLYNOMIALS.T:
        force = force * counts[:, None] + power
    falls = (np.diff(force, axis=0) <= 0) | (force[:-1] <= 0)
    after = len(falls) - np.argmax(falls[::-1], axis=0)
    return counts[np.where(falls.any(axis=0), after, 0)]
