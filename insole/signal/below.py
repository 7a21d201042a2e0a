"""Readings below zero: no pressure is negative, so a zero or a sensor is wrong."""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats, Raw

Found = list[tuple[int, float, int]]
"""Sensor, when first, in how many rows."""


class BelowZero:
    """Rows in, what lies clearly below zero out; grouping changes no count.

    Args:
        limit: (S,) values: this far below its zero a reading is no noise.
    """

    def __init__(self, limit: Floats) -> None:
        self._limit = limit

    def push(self, time_s: Floats, values: Raw, *, zero: Floats) -> Found:
        """Sensors that read below zero in these rows: n times, (n, S) values, (S,) zero."""
        least = zero - self._limit
        if not len(time_s) or (values.dtype.kind == "u" and not (least > 0.0).any()):
            return []
        suspects = np.flatnonzero(values.min(axis=0) < least)
        found: Found = []
        for sensor in suspects.tolist():
            rows = np.flatnonzero(values[:, sensor] < least[sensor])
            found.append((sensor, float(time_s[rows[0]]), len(rows)))
        return found
