"""Pressure as Brilliant Sole's own program words it: for comparing, not for our results.

Each sensor is shown within the range that it had so far. We keep the counts instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from insole.model.arrays import Floats, Raw

LEAST_SUM: Final = 0.05  # no centre below
UNIT: Final = 256


class _Range:
    """The least and largest so far of some values, and where one lies between them."""

    def __init__(self) -> None:
        self.least: Floats | None = None
        self.most: Floats | None = None

    def within(self, values: Floats) -> Floats:
        """Values 0 to 1 in the range that now includes them; 0 where it is a point."""
        self.least = values if self.least is None else np.minimum(self.least, values)
        self.most = values if self.most is None else np.maximum(self.most, values)
        span = self.most - self.least
        shares = np.divide(values - self.least, span, out=np.zeros_like(values), where=span > 0)
        return np.clip(shares, 0.0, 1.0)


class MakersPressure:
    """Running state since the positions were told.

    Args:
        positions: (x u8, y u8) of each sensor.
        scalar: of the pressure sensor.
    """

    def __init__(self, positions: bytes = b"", scalar: float = 1.0) -> None:
        count = len(positions) // 2
        self.scalar = scalar
        self._xy = np.frombuffer(positions[: 2 * count], np.uint8).reshape(count, 2) / UNIT
        self._scaled, self._sum, self._centre = _Range(), _Range(), _Range()

    def worded(self, raw: Raw) -> dict[str, Any]:
        """One sample, (S,) counts, in the maker's words."""
        scaled = raw * (self.scalar or 1.0) / max(len(self._xy), 1)
        normalized = self._scaled.within(scaled)
        truncated = scaled - (scaled if self._scaled.least is None else self._scaled.least)
        total = float(truncated.sum())
        told: dict[str, Any] = {
            "scaledSum": total,
            "normalizedSum": float(self._sum.within(np.array([total]))[0]),
        }
        weighted = truncated / total if total > LEAST_SUM else np.zeros_like(truncated)
        if total > LEAST_SUM:
            centre = (weighted[:, None] * self._xy).sum(axis=0)
            told["center"] = _xy(centre)
            told["normalizedCenter"] = _xy(self._centre.within(centre))
        told["sensors"] = [
            {
                "rawValue": int(raw[index]),
                "scaledValue": float(scaled[index]),
                "truncatedScaledValue": float(truncated[index]),
                "normalizedValue": float(normalized[index]),
                "position": _xy(self._xy[index]),
                "weightedValue": float(weighted[index]),
            }
            for index in range(len(raw))
        ]
        return told


def euler(quaternion: Sequence[float]) -> dict[str, float]:
    """Heading, pitch and roll in degrees: turns about y, x, z in this order.

    Args:
        quaternion: x, y, z, w; not made unit length, as the maker does not.
    """
    x, y, z, w = quaternion
    across = 2 * (y * z - w * x)
    pitch = math.asin(max(-1.0, min(1.0, -across)))
    if abs(across) < 0.9999999:
        heading = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
        roll = math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    else:
        heading = math.atan2(-2 * (x * z - w * y), 1 - 2 * (y * y + z * z))
        roll = 0.0
    return {
        "heading": math.degrees(heading),
        "pitch": math.degrees(pitch),
        "roll": math.degrees(roll),
    }


def _xy(pair: Floats) -> dict[str, float]:
    return {"x": float(pair[0]), "y": float(pair[1])}
