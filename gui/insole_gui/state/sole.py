"""Pictures of a sole as numbers: which pixel is inside, which sensor it belongs to, how it blends.

Everything depends on the layout only and is computed once; a frame costs one matrix product or
nothing at all. Pixels are rows from toe (top) to heel, columns from medial (left) to lateral: the
right foot as seen from above. The left foot is mirrored by whoever draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Bools, Floats
from insole.model.foot import SensorLayout
from insole_gui.theme import EDGES_KPA

Image: TypeAlias = NDArray[np.uint8]
Singles: TypeAlias = NDArray[np.float32]

OUTSIDE = 255  # pixel value of everything that is no sensor and no band
FIELD_FROM, FIELD_TO = 4, 32  # sensors drawn as a field; fewer are discs, more are cells
MOST_CELLS = 255
FIELD_SHAPE = (384, 128)  # twice the 192 x 64 that contours need: steps of 2 px at full size
SCALES_KPA = (150.0, 300.0, 600.0)
REACH = 1.5  # a pixel farther than this many sensor spacings from any sensor is unseen

_SHAPE = (
    (0.36, 0.000), (0.24, 0.020), (0.135, 0.075), (0.10, 0.16), (0.115, 0.27), (0.15, 0.38),
    (0.155, 0.47), (0.10, 0.57), (0.03, 0.66), (0.00, 0.74), (0.015, 0.83), (0.075, 0.915),
    (0.175, 0.975), (0.30, 1.000), (0.44, 0.990), (0.60, 0.950), (0.77, 0.875), (0.90, 0.78),
    (0.98, 0.67), (1.00, 0.56), (0.975, 0.44), (0.93, 0.32), (0.875, 0.20), (0.80, 0.10),
    (0.68, 0.035), (0.53, 0.005),
)  # fmt: skip


def default_outline() -> Floats:
    """(104, 2) outline for a foot whose insole is not known yet, in the mirrored foot frame."""
    corner = np.array(_SHAPE)
    before, after = np.roll(corner, 1, axis=0), np.roll(corner, -1, axis=0)
    later = np.roll(corner, -2, axis=0)
    pieces = []
    for t in (0.0, 0.25, 0.5, 0.75):  # Catmull-Rom: smooth and through every corner
        pieces.append(
            0.5
            * (
                2 * corner
                + (after - before) * t
                + (2 * before - 5 * corner + 4 * after - later) * t**2
                + (3 * corner - before - 3 * after + later) * t**3
            )
        )
    return np.clip(np.stack(pieces, axis=1).reshape(-1, 2), 0.0, 1.0)


def centres(shape: tuple[int, int]) -> Floats:
    """(h * w, 2) frame coordinates of the pixel centres, row by row from the toe."""
    height, width = shape
    x = (np.arange(width) + 0.5) / width
    y = 1.0 - (np.arange(height) + 0.5) / height
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def inside(outline: Floats, points: Floats) -> Bools:
    """(n,) True where a point lies inside the polygon (even-odd rule)."""
    result = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        result ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return result


def _nearest(layout: SensorLayout, points: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Index of and distance in mm to the nearest sensor of each point."""
    size = np.array([layout.width_mm, layout.length_mm], np.float32)
    at = points.astype(np.float32) * size
    best = np.full(len(at), np.inf, np.float32)
    label = np.zeros(len(at), np.intp)
    for number, sensor in enumerate(layout.xy.astype(np.float32) * size):
        distance = ((at - sensor) ** 2).sum(axis=1)
        closer = distance < best
        best[closer] = distance[closer]
        label[closer] = number
    return label, np.sqrt(best).astype(np.float64)


def spacing_mm(layout: SensorLayout) -> float:
    """Median distance of a sensor to its nearest neighbour, mm."""
    size = np.array([layout.width_mm, layout.length_mm])
    at = layout.xy * size
    apart = np.linalg.norm(at[:, None] - at[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    return float(np.median(apart.min(axis=1)))


@dataclass(frozen=True, slots=True)
class Field:
    """A smooth pressure field through few sensors.

    Linear radial basis functions with a constant term: exact at every sensor, no overshoot
    between neighbours, and linear in the values, so all of it is one matrix of weights.

    Attributes:
        shape: (h, w) of the picture.
        pixels: (p,) flat index of every pixel inside the outline.
        weights: (p, S) float32.
        unseen: (h, w) True where no sensor is near enough to say anything.
    """

    shape: tuple[int, int]
    pixels: NDArray[np.intp]
    weights: Singles
    unseen: Bools

    def bands(self, kpa: Floats, lookup: Bands, *, out: Image) -> None:
        """Write the band of every pixel into `out` (h, w); pixels outside stay as they are."""
        value = self.weights @ kpa.astype(np.float32)
        out.reshape(-1)[self.pixels] = lookup.of(value)


def field(layout: SensorLayout, shape: tuple[int, int] = FIELD_SHAPE) -> Field:
    """Weights of a layout's field."""
    points = centres(shape)
    pixels = np.flatnonzero(inside(layout.outline, points))
    points = points[pixels]
    size = np.array([layout.width_mm, layout.length_mm])
    sensors = layout.xy * size
    count = len(sensors)
    system = np.ones((count + 1, count + 1))
    system[:count, :count] = np.linalg.norm(sensors[:, None] - sensors[None], axis=-1)
    system[count, count] = 0.0
    solve = np.linalg.pinv(system)[:, :count]  # pinv: two sensors may share a place
    basis = np.ones((len(points), count + 1))
    basis[:, :count] = np.linalg.norm((points * size)[:, None] - sensors[None], axis=-1)
    _, distance = _nearest(layout, points)
    unseen = np.zeros(shape, bool)
    unseen.reshape(-1)[pixels] = distance > REACH * spacing_mm(layout)
    return Field(shape, pixels, (basis @ solve).astype(np.float32), unseen)


def cells(layout: SensorLayout, shape: tuple[int, int]) -> Image:
    """(h, w) number of the sensor that each pixel belongs to; OUTSIDE at borders and outside."""
    points = centres(shape)
    within = inside(layout.outline, points)
    label = np.full(len(points), OUTSIDE, np.int32)
    label[within] = _nearest(layout, points[within])[0]
    picture = label.reshape(shape)
    border = np.zeros(shape, bool)
    border[:, 1:] |= picture[:, 1:] != picture[:, :-1]
    border[1:, :] |= picture[1:, :] != picture[:-1, :]
    return np.where(border, OUTSIDE, picture).astype(np.uint8)


class Bands:
    """From kPa to the number of a coloured band: 0 below the first edge, 11 from the last on."""

    def __init__(self, full_kpa: float) -> None:
        self.edges = np.array(EDGES_KPA) * full_kpa / 300.0
        self._per_kpa = np.float32(0.4 * 300.0 / full_kpa)  # all edges are multiples of 2.5
        steps = np.arange(int(300 * 0.4) + 2) / float(self._per_kpa)
        self._table = np.searchsorted(self.edges, steps + 1e-6, side="right").astype(np.uint8)

    def of(self, kpa: Any) -> Image:
        """Band of each value; NaN and negative values are band 0."""
        last = len(self._table) - 1
        place = np.nan_to_num(kpa * self._per_kpa, nan=0.0, posinf=last, neginf=0.0)
        return self._table[np.clip(place, 0, last).astype(np.int32)]


def to_kpa(values: Floats, layout: SensorLayout, quantity: str) -> Floats | None:
    """(S,) pressure in kPa, or None where the unit allows none.

    Force over area: p[kPa] = 10 F[N] / A[cm²] (science.md, section 0.3).
    """
    if quantity == "kPa":
        return values
    if quantity == "N" and layout.kind != "force" and bool(np.all(layout.area_cm2 > 0)):
        return 10.0 * values / layout.area_cm2
    return None
