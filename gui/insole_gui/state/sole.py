"""Pictures of a sole as numbers: which pixel is inside, which sensor it belongs to, how it blends.

Everything depends on the layout only and is computed once; a frame costs one matrix product or
nothing at all. Pixels are rows from toe (top) to heel, columns from medial (left) to lateral: the
right foot as seen from above. The left foot is mirrored by whoever draws it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Bools, Floats
from insole.model.foot import SensorLayout
from insole_gui.theme import EDGES_KPA

Image: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = NDArray[np.uint16]
Singles: TypeAlias = NDArray[np.float32]

OUTSIDE = 255  # pixel value of everything that is no band
NO_CELL = 65_535  # label of everything that is no sensor
FIELD_FROM, FIELD_TO = 4, 32  # sensors drawn as a field; fewer are discs, more are cells
MOST_CELLS = 255  # of a picture whose colour table changes; more are coloured pixel by pixel
FIELD_SHAPE = (192, 64)
FULL_CODE, MOST_CODE = 240, 254  # pixel value of the full scale, and the largest of a field
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
    pieces = [  # Catmull-Rom: smooth and through every corner
        0.5
        * (
            2 * corner
            + (after - before) * t
            + (2 * before - 5 * corner + 4 * after - later) * t**2
            + (3 * corner - before - 3 * after + later) * t**3
        )
        for t in (0.0, 0.25, 0.5, 0.75)
    ]
    return np.clip(np.stack(pieces, axis=1).reshape(-1, 2), 0.0, 1.0)


def centres(shape: tuple[int, int]) -> Floats:
    """(h * w, 2) frame coordinates of the pixel centres, row by row from the toe."""
    height, width = shape
    x = (np.arange(width) + 0.5) / width
    y = 1.0 - (np.arange(height) + 0.5) / height
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def raster(outline: Floats, shape: tuple[int, int]) -> Bools:
    """(h, w) True where a pixel's centre lies inside the polygon (even-odd rule)."""
    height, width = shape
    x = (np.arange(width) + 0.5) / width
    y = 1.0 - (np.arange(height) + 0.5) / height
    result = np.zeros(shape, bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        rows = np.flatnonzero((y0 > y) != (y1 > y))
        if len(rows):
            crossing = (x1 - x0) * (y[rows] - y0) / (y1 - y0) + x0
            result[rows] ^= x < crossing[:, None]
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


class Field:
    """A smooth pressure field through few sensors, as a picture of codes.

    Linear radial basis functions with a constant term: exact at every sensor, no overshoot
    between neighbours, and linear in the values, so all of it is one matrix of weights. It is
    evaluated on 192 x 64 points and enlarged linearly to the picture's size; a code is a pressure
    in steps of 1/240 of the full scale, so the bands are only a table of colours.

    Args:
        layout: where the sensors are.
        shape: (h, w) of the picture in pixels.
        mirrored: draw a left foot.
    """

    def __init__(self, layout: SensorLayout, shape: tuple[int, int], *, mirrored: bool) -> None:
        height, width = shape
        coarse, within = centres(FIELD_SHAPE), raster(layout.outline, shape)
        if mirrored:
            coarse, within = coarse * [-1.0, 1.0] + [1.0, 0.0], within[:, ::-1]
        size = np.array([layout.width_mm, layout.length_mm])
        sensors = layout.xy * size
        count = len(sensors)
        system = np.ones((count + 1, count + 1))
        system[:count, :count] = np.linalg.norm(sensors[:, None] - sensors[None], axis=-1)
        system[count, count] = 0.0
        solve = np.linalg.pinv(system)[:, :count]  # pinv: two sensors may share a place
        basis = np.ones((len(coarse), count + 1))
        basis[:, :count] = np.linalg.norm((coarse * size)[:, None] - sensors[None], axis=-1)
        self._weights = np.ascontiguousarray((basis @ solve).T, np.float32)
        self._rows = _between(FIELD_SHAPE[0], height)
        self._columns = _between(FIELD_SHAPE[1], width)
        # enlarged as a distance, so that its edge is as smooth as the bands are
        distance = self._enlarged(_nearest(layout, coarse)[1].astype(np.float32))
        self.unseen = (distance > REACH * spacing_mm(layout)) & within
        self._hidden = ~within | self.unseen
        stride = (width + 3) // 4 * 4  # rows of an image start on multiples of 4 bytes
        self.codes = np.full((height, stride), OUTSIDE, np.uint8)
        self.shape = shape

    def show(self, kpa: Floats, full_kpa: float) -> bool:
        """Write the codes of (S,) pressures; False when nothing reaches the first band."""
        per_kpa = FULL_CODE / full_kpa
        value = np.einsum("s,sp->p", (kpa * per_kpa).astype(np.float32), self._weights)
        np.clip(value, 0, MOST_CODE, out=value)
        if not value.max() >= EDGES_KPA[0] * FULL_CODE / 300.0:
            return False
        picture = self.codes[:, : self.shape[1]]
        picture[...] = self._enlarged(value)
        picture[self._hidden] = OUTSIDE
        return True

    def _enlarged(self, value: Singles) -> Singles:
        """(h, w) of the picture from (192 * 64,), linear between the points."""
        coarse = value.reshape(FIELD_SHAPE)
        left, right, part = self._columns
        wide = coarse[:, left] + (coarse[:, right] - coarse[:, left]) * part
        upper, lower, part = self._rows
        top = wide[upper]
        return (top + (wide[lower] - top) * part[:, None]).astype(np.float32, copy=False)


def _between(coarse: int, fine: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Singles]:
    """Neighbours and share of the second one for a linear enlargement of pixel centres."""
    place = np.clip((np.arange(fine) + 0.5) / fine * coarse - 0.5, 0, coarse - 1)
    first = np.minimum(place.astype(np.intp), coarse - 2)
    return first, first + 1, (place - first).astype(np.float32)


def cells(layout: SensorLayout, shape: tuple[int, int]) -> Labels:
    """(h, w) number of the sensor that each pixel belongs to; NO_CELL at borders and outside."""
    picture = np.where(raster(layout.outline, shape), _owners(layout, shape), NO_CELL)
    border = np.zeros(shape, bool)
    border[:, 1:] |= picture[:, 1:] != picture[:, :-1]
    border[1:, :] |= picture[1:, :] != picture[:-1, :]
    return np.where(border, NO_CELL, picture).astype(np.uint16)


def _owners(layout: SensorLayout, shape: tuple[int, int]) -> NDArray[np.intp]:
    """(h, w) nearest sensor of every pixel.

    Searched at a quarter of the size, then only among the sensors that own pixels nearby.
    """
    coarse = (max(2, shape[0] // 4), max(2, shape[1] // 4))
    rough = np.pad(_nearest(layout, centres(coarse))[0].reshape(coarse), 1, mode="edge")
    row, column = (
        (np.arange(fine) * part // fine) for fine, part in zip(shape, coarse, strict=True)
    )
    size = np.array([layout.width_mm, layout.length_mm], np.float32)
    pixel = centres(shape).astype(np.float32).reshape(*shape, 2) * size
    sensor = layout.xy.astype(np.float32) * size
    best = np.full(shape, np.inf, np.float32)
    owner = np.zeros(shape, np.intp)
    for down in range(3):
        for right in range(3):
            candidate = rough[np.ix_(row + down, column + right)]
            apart = pixel - sensor[candidate]
            distance = apart[..., 0] ** 2 + apart[..., 1] ** 2
            closer = distance < best
            best[closer] = distance[closer]
            owner[closer] = candidate[closer]
    return owner


class Bands:
    """From kPa to the number of a coloured band: 0 below the first edge, 11 from the last on."""

    def __init__(self, full_kpa: float) -> None:
        self.full_kpa = full_kpa
        self.edges = np.array(EDGES_KPA) * full_kpa / 300.0

    def of(self, kpa: Floats) -> NDArray[np.intp]:
        """(n,) band of each value; NaN and negative values are band 0."""
        return np.searchsorted(self.edges, np.nan_to_num(kpa), side="right")

    def of_codes(self) -> NDArray[np.intp]:
        """(255,) band of each code of a `Field`."""
        return self.of(np.arange(OUTSIDE) * self.full_kpa / FULL_CODE + 1e-9)


def to_kpa(values: Floats, layout: SensorLayout, quantity: str) -> Floats | None:
    """(S,) pressure in kPa, or None where the unit allows none.

    Force over area: p[kPa] = 10 F[N] / A[cm²] (science.md, section 0.3).
    """
    if quantity == "kPa":
        return values
    if quantity == "N" and layout.kind != "force" and bool(np.all(layout.area_cm2 > 0)):
        return 10.0 * values / layout.area_cm2
    return None
