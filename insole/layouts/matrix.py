"""Layouts of sensor matrices: equal cells in rows and columns, some of them inside the insole."""

from __future__ import annotations

import numpy as np

from insole.errors import LayoutError
from insole.layouts.reading import MOST_CELLS
from insole.model.arrays import Bools, Floats
from insole.model.foot import SensorLayout

LENGTH_MM = (50.0, 500.0)


def matrix(
    name: str,
    active: Bools,
    *,
    pitch_mm: tuple[float, float],
    area_cm2: float | None = None,
    full_scale: float | None = None,
) -> SensorLayout:
    """The cells inside the insole, in the order of `active[active]`.

    The outline follows the outermost active cells of each row, so y is 0 at the rear edge of the
    rearmost cell and x is 0 at the medial edge of the most medial one.

    Args:
        name: of the layout.
        active: (rows, columns) True inside the insole; first row at the toe, first column medial.
        pitch_mm: distance of columns, and of rows.
        area_cm2: of one cell; default is the square of the pitch.
        full_scale: largest value, in the device's quantity.

    Raises:
        LayoutError: no cell, too many, or a size that no insole has.
    """
    rows = np.flatnonzero(active.any(axis=1))
    columns = np.flatnonzero(active.any(axis=0))
    count = int(np.count_nonzero(active))
    if not 0 < count <= MOST_CELLS:
        raise _impossible(f"{count} cells lie inside the insole, possible are 1 to {MOST_CELLS}")
    if not all(np.isfinite(pitch_mm)) or min(pitch_mm) <= 0.0:
        raise _impossible("the distance of its cells is not above 0")
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    length_mm, width_mm = height * pitch_mm[1], width * pitch_mm[0]
    if not (LENGTH_MM[0] <= length_mm <= LENGTH_MM[1] and width_mm <= length_mm):
        raise _impossible(f"it would be {length_mm:.0f} mm long and {width_mm:.0f} mm wide")
    row, column = np.nonzero(active)
    xy = np.column_stack(
        ((column - columns[0] + 0.5) / width, 1.0 - (row - rows[0] + 0.5) / height)
    )
    area = pitch_mm[0] * pitch_mm[1] / 100.0 if area_cm2 is None else area_cm2
    return SensorLayout(
        name=name,
        kind="grid",
        xy=xy,
        length_mm=length_mm,
        width_mm=width_mm,
        outline=_outline(active[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]),
        area_cm2=np.full(count, area),
        full_scale=full_scale,
    )


def _outline(active: Bools) -> Floats:
    """(k, 2) steps around the outermost cells, counter-clockwise from the heel's medial corner."""
    height, width = active.shape
    used = np.flatnonzero(active.any(axis=1))[::-1]  # from the heel
    first = np.argmax(active[used], axis=1) / width
    last = 1.0 - np.argmax(active[used, ::-1], axis=1) / width
    edge = 1.0 - used / height  # front of each row
    rear = np.concatenate(([0.0], edge[:-1]))
    lateral = np.column_stack((np.repeat(last, 2), np.column_stack((rear, edge)).ravel()))
    medial = np.column_stack((np.repeat(first, 2), np.column_stack((rear, edge)).ravel()))[::-1]
    return _without_straight(np.concatenate((lateral, medial)))


def _without_straight(polygon: Floats) -> Floats:
    """Corners that bend nothing left out."""
    before, after = np.roll(polygon, 1, axis=0), np.roll(polygon, -1, axis=0)
    (ax, ay), (bx, by) = (polygon - before).T, (after - polygon).T
    return polygon[np.abs(ax * by - ay * bx) > 1e-12]


def _impossible(why: str) -> LayoutError:
    return LayoutError(
        "the matrix is no insole", where="layout", why=why, fix="Check rows, columns and spacing"
    )
