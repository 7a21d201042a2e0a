"""What a virtual pod feels: a slow nod about its transverse axis, as a formula."""

from __future__ import annotations

from typing import Final

import numpy as np

from insole.model.arrays import Floats, Raw

POD: Final = "orphe_core"
"""The protocol of virtual pods."""
SWING_RAD: Final = 0.3
NODS_HZ: Final = 0.5
DPS_PER_CODE: Final = 2000.0 / 32768.0
G_PER_CODE: Final = 16.0 / 32768.0


class Nodding:
    """Codes (n, 10) of a pod that nods: quaternion, gyroscope, acceleration.

    The angle about x is `SWING_RAD` sin(2 pi `NODS_HZ` t); rotation and gravity follow from it.
    """

    def angle_rad(self, time_s: Floats) -> Floats:
        """(n,) angle about x, rad."""
        return SWING_RAD * np.sin(2 * np.pi * NODS_HZ * time_s)

    def raw(self, time_s: Floats) -> Raw:
        """(n, 10) codes at instants (n,) s."""
        angle = self.angle_rad(time_s)
        turn = SWING_RAD * 2 * np.pi * NODS_HZ * np.cos(2 * np.pi * NODS_HZ * time_s)
        none = np.zeros_like(angle)
        columns = (
            np.cos(angle / 2) * 32767,
            np.sin(angle / 2) * 32767,
            none,
            none,
            np.degrees(turn) / DPS_PER_CODE,
            none,
            none,
            none,
            np.sin(angle) / G_PER_CODE,
            np.cos(angle) / G_PER_CODE,
        )
        return np.rint(np.column_stack(columns)).astype(np.int16)
