"""Axes of Ukaton's motion chip, turned to the insole's: by name, since the maker's programs differ.

Our readings keep the chip's own axes; these maps are for who wants the maker's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Axes: TypeAlias = tuple[int, int, int]  # 1 x, 2 y, 3 z; negative: turned round
Quaternion: TypeAlias = tuple[float, float, float, float]  # w, x, y, z

MODULE: Final = 0
LEFT: Final = 1
RIGHT: Final = 2

VECTOR: Final[Mapping[int, Axes]] = {MODULE: (-2, -3, -1), LEFT: (-3, 1, -2), RIGHT: (3, 1, 2)}
ROTATION: Final[Mapping[str, Mapping[int, Axes]]] = {
    "python": {MODULE: (2, -3, 1), LEFT: (3, -2, 1), RIGHT: (-3, -2, -1)},
    "web": {LEFT: (-3, 2, -1), RIGHT: (3, 2, 1)},
}
"""Rotation rate, by the maker's program that turns it so."""

QUARTER: Final = math.pi / 2


def turned(values: Sequence[float], axes: Axes) -> list[float]:
    """Three numbers on other axes.

    >>> turned([1.0, 2.0, 3.0], (-2, -3, -1))
    [-2.0, -3.0, -1.0]
    """
    return [math.copysign(1, axis) * values[abs(axis) - 1] for axis in axes]


def orientation(told: Quaternion, kind: int) -> Quaternion:
    """The chip's quaternion (w, x, y, z) on the insole's axes.

    Args:
        told: of the chip.
        kind: MODULE, LEFT or RIGHT.
    """
    w, x, y, z = told
    moved = (z, -y, -w, -x)
    if kind == MODULE:
        return product(moved, _about_y(-QUARTER))
    side = -1.0 if kind == RIGHT else 1.0
    to_side = product(_about_y(side * QUARTER), _about_z(-side * QUARTER))
    return product(product(moved, to_side), _about_y(2 * QUARTER))


def _about_y(angle: float) -> Quaternion:
    return (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)


def _about_z(angle: float) -> Quaternion:
    return (math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2))


def product(a: Quaternion, b: Quaternion) -> Quaternion:
    """Hamilton's product.

    >>> product((0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
    (0.0, 0.0, 0.0, 1.0)
    """
    w, x, y, z = a
    p, q, r, s = b
    return (
        w * p - x * q - y * r - z * s,
        w * q + x * p + y * s - z * r,
        w * r - x * s + y * p + z * q,
        w * s + x * r - y * q + z * p,
    )
