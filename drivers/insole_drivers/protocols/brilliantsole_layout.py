"""Where the sensors of a Brilliant Sole insole lie: positions that the device itself tells."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from insole.errors import LayoutError
from insole.layouts.outline import LENGTH_MM, WIDTH_MM, default_outline
from insole.layouts.reading import MOST_SENSORS
from insole.model.arrays import Floats
from insole.model.foot import SensorLayout, Side
from insole.signal import geometry
from insole_drivers.protocols.open_capability import RECTANGLE

UNIT: Final = 256  # a position of 1.0
KEPT: Final = 8  # layouts kept: a pair's, and those of a change


class BadPositions(ValueError):
    """Positions that no insole can have. Never leaves the decoder."""


@lru_cache(KEPT)
def layout_of(positions: bytes, side: Side | None) -> SensorLayout:
    """The layout out of (x u8, y u8) for each sensor.

    The device's frame is taken as the insole seen from above with its toe up: x grows to the
    right, y towards the heel. The maker tells neither size nor outline: both are our default.

    Raises:
        BadPositions: they are not usable; the text says why.
    """
    count = len(positions) // 2
    if not 1 <= count <= MOST_SENSORS:
        raise BadPositions(f"{count} positions, possible are 1 to {MOST_SENSORS}")
    told = np.frombuffer(positions[: 2 * count], np.uint8).reshape(count, 2) / UNIT
    xy: Floats = np.column_stack((_across(told[:, 0], side), 1.0 - told[:, 1]))
    size = np.array([WIDTH_MM, LENGTH_MM])
    outline, cells = _divided(xy, size)
    area = np.array([geometry.area(cell) for cell in cells]) / 100.0
    for array in (xy, area):
        array.setflags(write=False)
    return SensorLayout(
        name=f"Brilliant Sole, {count} sensors",
        kind="discrete",
        xy=xy,
        length_mm=LENGTH_MM,
        width_mm=WIDTH_MM,
        outline=outline,
        area_cm2=area,
    )


def _divided(xy: Floats, size: Floats) -> tuple[Floats, list[Floats]]:
    """Outline and cells: the default outline, or a rectangle where a sensor lies outside of it.

    Raises:
        BadPositions: two sensors are in one place.
    """
    why = ""
    for outline in (default_outline(), RECTANGLE):
        try:
            return outline, geometry.voronoi(xy * size, outline * size)
        except LayoutError as error:
            why = f"{error.what} ({error.where}), {error.why}"
    raise BadPositions(why)


def positions_of(xy: Floats, side: Side | None) -> bytes:
    """What a device with sensors at these places (S, 2) of the mirrored foot frame tells."""
    told = np.column_stack((_across(xy[:, 0], side), 1.0 - xy[:, 1]))
    return np.clip(np.rint(told * UNIT), 0, UNIT - 1).astype(np.uint8).tobytes()


def _across(x: Floats, side: Side | None) -> Floats:
    """Left to right seen from above, from medial to lateral or back."""
    return 1.0 - x if side is Side.LEFT else x
