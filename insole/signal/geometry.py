"""Plane geometry of an insole: clipping, areas, Voronoi cells, local width.

Polygons are (k, 2) arrays of corners, not closed, in either direction. Coordinates have the unit
of their caller, mm where a name says so.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from insole.errors import LayoutError
from insole.model.arrays import Bools, Floats

SAME_SPOT_MM = 0.1  # two centres nearer than this are one sensor written twice
ON_EDGE_MM = 1.0  # a centre this far outside still counts as on the edge: positions are rounded

HalfPlane: TypeAlias = tuple[float, float, float]
"""(a, b, c): the points with a x + b y <= c."""

_Corners: TypeAlias = list[tuple[float, float]]


def signed_area(polygon: Floats) -> float:
    """Shoelace area, positive for counter-clockwise corners."""
    x, y = polygon.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def area(polygon: Floats) -> float:
    """Area, 0 for fewer than three corners."""
    return abs(signed_area(polygon)) if len(polygon) > 2 else 0.0


def centroid(polygon: Floats) -> Floats:
    """Centre of area, (2,); the mean of the corners when the area vanishes."""
    whole = signed_area(polygon) if len(polygon) > 2 else 0.0
    if whole == 0.0:
        return polygon.mean(axis=0)
    origin = polygon[0]  # near the polygon: keeps the products small
    x, y = (polygon - origin).T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    moment = np.array([np.sum((x + next_x) * cross), np.sum((y + next_y) * cross)])
    return origin + moment / (6.0 * whole)


def clip(polygon: Floats, *half_planes: HalfPlane) -> Floats:
    """The part of a polygon inside all half-planes (Sutherland-Hodgman), (m, 2), m may be 0.

    A concave polygon cut in two stays one polygon, joined along the border: its area and
    centroid are those of the parts together.
    """
    corners: _Corners = [(x, y) for x, y in polygon.tolist()]
    for half_plane in half_planes:
        corners = _clipped(corners, half_plane)
    return np.array(corners, dtype=np.float64).reshape(-1, 2)


def _clipped(corners: _Corners, half_plane: HalfPlane) -> _Corners:
    a, b, c = half_plane
    kept: _Corners = []
    if not corners:
        return kept
    last_x, last_y = corners[-1]
    last = a * last_x + b * last_y - c
    for x, y in corners:
        here = a * x + b * y - c
        if (here < 0.0 < last) or (last < 0.0 < here):
            part = last / (last - here)
            kept.append((last_x + part * (x - last_x), last_y + part * (y - last_y)))
        if here <= 0.0:
            kept.append((x, y))
        last_x, last_y, last = x, y, here
    return kept


def contains(polygon: Floats, points: Floats) -> Bools:
    """(n,) True for points inside (even-odd rule); points on an edge may fall either way."""
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    x, y = points[:, 0, None], points[:, 1, None]
    spans = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return np.count_nonzero(spans & (x < crossing), axis=1) % 2 == 1


def edge_distance(polygon: Floats, points: Floats) -> Floats:
    """(n,) distance of each point to the nearest edge."""
    start = polygon[None, :, :]
    along = np.roll(polygon, -1, axis=0)[None, :, :] - start
    length = np.sum(along * along, axis=2)
    to_point = points[:, None, :] - start
    part = np.sum(to_point * along, axis=2) / np.where(length > 0.0, length, 1.0)
    gap = to_point - np.clip(part, 0.0, 1.0)[:, :, None] * along
    return np.sqrt(np.min(np.sum(gap * gap, axis=2), axis=1))


def check_sensors(points_mm: Floats, outline_mm: Floats) -> None:
    """See that there are sensors, each on its own spot of the insole.

    Raises:
        LayoutError: no sensor, two on one spot, or one outside the outline.
    """
    count = len(points_mm)
    if count == 0:
        raise LayoutError(
            "the layout has no sensors", where="xy", why="the list is empty", fix="List x, y pairs"
        )
    if not np.isfinite(points_mm).all():
        raise LayoutError(
            "a sensor has no place", where="xy", why="not a finite number", fix="Give x, y pairs"
        )
    if area(outline_mm) <= 0.0:
        raise LayoutError(
            "the outline encloses nothing",
            where="outline",
            why=f"{len(outline_mm)} corners without area",
            fix="List the corners in order around the insole, or leave the outline out",
        )
    gap = points_mm[:, None, :] - points_mm[None, :, :]
    near = np.sum(gap * gap, axis=2) < SAME_SPOT_MM**2
    pairs = np.argwhere(np.triu(near, 1))
    if len(pairs):
        first, second = pairs[0]
        raise LayoutError(
            "sensors overlap",
            where=f"xy[{first}] and xy[{second}]",
            why=f"their centres are less than {SAME_SPOT_MM} mm apart",
            fix="Give every sensor its own place, or leave one of them out",
        )
    outside = ~contains(outline_mm, points_mm)
    outside &= edge_distance(outline_mm, points_mm) > ON_EDGE_MM
    if outside.any():
        raise LayoutError(
            "sensor outside the insole",
            where=", ".join(f"xy[{i}]" for i in np.flatnonzero(outside)[:5]),
            why=f"{np.count_nonzero(outside)} of {count} centres lie outside the outline",
            fix="Use x 0 medial to 1 lateral, y 0 heel to 1 toe, or give the outline",
        )


def voronoi(points_mm: Floats, outline_mm: Floats) -> list[Floats]:
    """Cells of the points, clipped to the outline; together they tile it.

    Args:
        points_mm: (S, 2) sensor centres.
        outline_mm: (k, 2).

    Returns:
        S polygons.

    Raises:
        LayoutError: see `check_sensors`.
    """
    check_sensors(points_mm, outline_mm)
    outline: _Corners = [(x, y) for x, y in outline_mm.tolist()]
    cells: list[Floats] = []
    for point in points_mm:
        away = points_mm - point
        squared = np.sum(away * away, axis=1)
        order = np.argsort(squared, kind="stable")[1:]
        x, y = point.tolist()
        corners, reach = outline, _reach(outline, x, y)
        for other in order:
            if squared[other] > 4.0 * reach:  # farther than twice the cell's farthest corner
                break
            dx, dy = away[other].tolist()
            half = 0.5 * float(squared[other])
            corners = _clipped(corners, (dx, dy, dx * x + dy * y + half))
            reach = _reach(corners, x, y)
        cells.append(np.array(corners, dtype=np.float64).reshape(-1, 2))
    empty = [index for index, cell in enumerate(cells) if area(cell) <= 0.0]
    if empty:
        raise LayoutError(
            "a sensor has no area of its own",
            where=f"xy[{empty[0]}]",
            why="it lies on the edge, behind another sensor",
            fix="Move it inside the outline, or leave it out",
        )
    return cells


def _reach(corners: _Corners, x: float, y: float) -> float:
    """Squared distance to the farthest corner."""
    return max(((cx - x) ** 2 + (cy - y) ** 2 for cx, cy in corners), default=0.0)


def refined(polygon: Floats, step: float) -> Floats:
    """The same polygon with corners added so that no edge is longer than `step`."""
    following = np.roll(polygon, -1, axis=0)
    length = np.hypot(*(following - polygon).T)
    pieces = np.maximum(1, np.ceil(length / step)).astype(np.int64)
    edge = np.repeat(np.arange(len(polygon)), pieces)
    first = np.cumsum(pieces) - pieces
    part = (np.arange(len(edge)) - first[edge]) / pieces[edge]
    return polygon[edge] + part[:, None] * (following - polygon)[edge]


def borders_at(outline: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Medial and lateral border, (n,) each: smallest and largest x of the outline at height y.

    Heights beyond the outline get the border of its nearest end.
    """
    x0, y0 = outline.T
    x1, y1 = np.roll(outline, -1, axis=0).T
    height = np.clip(y, y0.min(), y0.max())[:, None]
    spans = (np.minimum(y0, y1) <= height) & (height <= np.maximum(y0, y1))
    flat = y0 == y1
    part: Floats = np.where(flat, 0.0, (height - y0) / np.where(flat, 1.0, y1 - y0))
    here: Floats = x0 + part * (x1 - x0)
    low: Floats = np.where(flat, np.minimum(x0, x1), here)
    high: Floats = np.where(flat, np.maximum(x0, x1), here)
    return (
        np.where(spans, low, np.inf).min(axis=1),
        np.where(spans, high, -np.inf).max(axis=1),
    )


def local_u(outline: Floats, points: Floats) -> Floats:
    """(n,) u: 0 at the medial, 1 at the lateral border at the point's own height."""
    low, high = borders_at(outline, points[:, 1])
    width = high - low
    narrow = width <= 0.0
    u = (points[:, 0] - low) / np.where(narrow, 1.0, width)
    return np.where(narrow, 0.5, np.clip(u, 0.0, 1.0))
