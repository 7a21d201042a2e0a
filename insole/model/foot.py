"""The foot: its side and the geometry of the sensors under it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from insole.model.arrays import Floats

Quantity: TypeAlias = Literal["kPa", "N", "counts"]
LayoutKind: TypeAlias = Literal["grid", "discrete", "force"]

REGIONS = ("HEEL", "MID", "M1", "M23", "M45", "HAL", "TOES")
"""Columns of every region array: mask R8 without OUT (science.md, section 1.2)."""


class Side(StrEnum):
    """Which foot."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


def foot_key(device: str, side: Side) -> str:
    """Key of one foot of a device that carries both over one connection.

    >>> foot_key("SN-1", Side.LEFT)
    'SN-1#left'
    """
    return f"{device}#{side.value}"


def foot_of(key: str) -> Side | None:
    """The foot that a key is of; None: it is of a whole device.

    >>> foot_of("SN-1#left"), foot_of("SN-1")
    (<Side.LEFT: 'left'>, None)
    """
    _, mark, foot = key.rpartition("#")
    return Side(foot) if mark and foot in tuple(Side) else None


def carrier(key: str) -> str:
    """The device whose connection carries what has this key.

    >>> carrier("SN-1#left"), carrier("SN-1")
    ('SN-1', 'SN-1')
    """
    return key if foot_of(key) is None else key.rpartition("#")[0]


@dataclass(frozen=True, slots=True)
class SensorLayout:
    """Where the sensors of one insole lie, in the mirrored foot frame (science.md, section 0.3).

    Left and right share the frame: x = 0 medial, 1 lateral over the maximum width; y = 0 rear
    edge, 1 toe tip.

    Attributes:
        name: name of the layout, for people and for files.
        kind: `grid` (cells tile the insole), `discrete` (areas are Voronoi cells clipped to the
            outline unless given) or `force` (values are already newtons, area unused).
        xy: (S, 2) sensor centres.
        length_mm, width_mm: size of the insole.
        outline: (k, 2) polygon of the insole, in the same frame.
        area_cm2: (S,) area that each sensor stands for.
        labels: one region name of REGIONS per sensor, or None to use overlap with the mask; an
            empty one where nobody knows where the sensor lies: it is in the total alone.
        full_scale: largest value in the layout's unit, or None when unknown.
    """

    name: str
    kind: LayoutKind
    xy: Floats
    length_mm: float
    width_mm: float
    outline: Floats
    area_cm2: Floats
    labels: tuple[str, ...] | None = None
    full_scale: float | None = None

    @property
    def sensors(self) -> int:
        """Number of sensors S."""
        return len(self.xy)
