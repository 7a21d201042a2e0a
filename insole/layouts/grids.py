"""Regular grids of sensors, up to 255, for virtual insoles and tests."""

from __future__ import annotations

import numpy as np

from insole.errors import LayoutError
from insole.layouts.outline import LENGTH_MM, WIDTH_MM, default_outline
from insole.layouts.reading import MOST_SENSORS, load
from insole.model.arrays import Floats
from insole.model.foot import SensorLayout
from insole.signal import geometry


def grid(
    rows: int,
    columns: int,
    *,
    length_mm: float = LENGTH_MM,
    width_mm: float = WIDTH_MM,
    outline: Floats | None = None,
    sensors: int | None = None,
    full_scale: float | None = None,
) -> SensorLayout:
    """A rows by columns lattice over the insole; cells with their centre inside are sensors.

    Args:
        rows: from heel to toe.
        columns: from medial to lateral.
        length_mm: length of the insole.
        width_mm: greatest width of the insole.
        outline: (k, 2), default: the default outline.
        sensors: keep only this many, those farthest from the edge.
        full_scale: largest value, in the device's quantity.

    Raises:
        LayoutError: no sensor, more than 255, or fewer than asked for.
    """
    border = default_outline() if outline is None else outline
    x = (np.arange(columns) + 0.5) / columns
    y = (np.arange(rows) + 0.5) / rows
    xy = np.array([(a, b) for b in y for a in x]).reshape(-1, 2)
    xy = xy[geometry.contains(border, xy)]
    size = np.array([width_mm, length_mm])
    if sensors is not None and 0 < sensors < len(xy):
        inward = geometry.edge_distance(border * size, xy * size)
        xy = xy[np.sort(np.argsort(-inward, kind="stable")[:sensors])]
    if not 0 < len(xy) <= MOST_SENSORS or (sensors is not None and len(xy) != sensors):
        raise LayoutError(
            f"a {rows} by {columns} grid does not fit",
            where="grid",
            why=f"{len(xy)} cells lie inside the outline, possible are 1 to {MOST_SENSORS}",
            fix="Use more or fewer rows and columns",
        )
    cells = geometry.voronoi(xy * size, border * size)
    return SensorLayout(
        name=f"grid{len(xy)}",
        kind="grid",
        xy=xy,
        length_mm=length_mm,
        width_mm=width_mm,
        outline=border,
        area_cm2=np.array([geometry.area(cell) for cell in cells]) / 100.0,
        labels=None,
        full_scale=full_scale,
    )


def for_count(sensors: int) -> SensorLayout:
    """A plausible layout with this many sensors: packaged for 1, 8 and 16, else a grid.

    Raises:
        LayoutError: fewer than 1 or more than 255.
    """
    packaged = {1: "total", 8: "generic8", 16: "generic16"}.get(sensors)
    if packaged is not None:
        return load(packaged)
    if not 1 <= sensors <= MOST_SENSORS:
        raise LayoutError(
            f"no layout of {sensors} sensors",
            where="sensors",
            why=f"possible are 1 to {MOST_SENSORS}",
            fix="Choose a number in this range",
        )
    border = default_outline()
    columns = 2
    while True:  # ends: the number of cells inside grows with the square of the columns
        rows = max(2, round(columns * LENGTH_MM / WIDTH_MM))
        x, y = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
        inside = geometry.contains(border, np.array([(a, b) for b in y for a in x]))
        if np.count_nonzero(inside) >= sensors:
            return grid(rows, columns, sensors=sensors)
        columns += 1
