"""Which sensor stands for which region of the foot (science.md, sections 1.2 to 1.4).

A mask (`masks`) is drawn in (u, y): u across the local width, y along the insole. There every
region is made of intersections of half-planes; on the insole its borders are curves that follow
the outline. Metrics use mask R8.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from insole.errors import LayoutError
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, SensorLayout
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.masks import R8, Pieces, Planes, pieces

EXPLICIT_SENSORS = 16
"""Up to here a sensor belongs to one region whole: overlap would blur the hallux into the toes."""

TRIPOD_SENSORS = 3
"""Fewer sensors see no region and no CoP, unless labelled."""

EDGE_MM = 1.0  # straight edges become curves in (u, y): a corner every mm follows them
EDGE_UY = 0.005


@dataclass(frozen=True, slots=True)
class RegionMap:
    """How sensor forces become region forces, and where the three points of the tripod are.

    Attributes:
        weight: (S, R) share of each sensor's force that belongs to each region; rows sum to 1, or
            to 0 where no region can be told.
        observable: (R,) True where a region has a sensor.
        anchors_mm: (3, 2) centres of HEEL, M1 and M45, mm.
        centre_mm: (S, 2) where each sensor's force acts: centre of its cell, mm.
    """

    weight: Floats
    observable: Bools
    anchors_mm: Floats
    centre_mm: Floats

    @property
    def observable_names(self) -> tuple[str, ...]:
        """Regions that have a sensor, in the order of REGIONS."""
        return tuple(REGIONS[index] for index in np.flatnonzero(self.observable))


def region_map(layout: SensorLayout, parameters: Parameters) -> RegionMap:
    """The mask laid over a layout.

    Labels of the layout hold exactly. Without them up to 16 sensors, and force sensors, belong to
    the region of their centre; more sensors are shared out by area(cell in region) / area(cell).

    Raises:
        LayoutError: the geometry is contradictory.
        SettingsError: the borders of the mask cross.
    """
    key = (layout.kind, layout.labels, layout.length_mm, layout.width_mm)
    geometry_key = (_frozen(layout.xy), _frozen(layout.outline))
    return _region_map(key, geometry_key, tuple(pieces(R8, parameters).items()))


def mask_weight(layout: SensorLayout, parameters: Parameters, *, mask: str) -> dict[str, Floats]:
    """Any mask laid over a layout: each region's share (S,) of every sensor.

    A region without a sensor is all 0. The labels of a layout name regions of R8: only there do
    they hold; else the rules are those of `region_map`.

    Raises:
        RequestError: there is no such mask.
        LayoutError: the geometry is contradictory.
        SettingsError: the borders of the mask cross.
    """
    if mask == R8:
        found = region_map(layout, parameters)
        columns = np.where(found.observable, found.weight, 0.0).T
        return dict(zip(REGIONS, columns, strict=True))
    drawn = pieces(mask, parameters)
    size = np.array([layout.width_mm, layout.length_mm])
    points, border = layout.xy * size, layout.outline * size
    whole = _by_place(_to_uy(points, border, layout.length_mm), drawn)
    weight = whole.astype(np.float64)
    if len(points) < TRIPOD_SENSORS:
        weight[:] = 0.0
    elif layout.kind != "force" and len(points) > EXPLICIT_SENSORS:
        cells = geometry.voronoi(points, border)
        weight = np.array([_overlap(cell, border, layout.length_mm, drawn) for cell in cells])
    weight *= whole.any(axis=0)
    return dict(zip(drawn, weight.T, strict=True))


_Key = tuple[str, tuple[str, ...] | None, float, float]
_Drawn = tuple[tuple[str, Pieces], ...]


def _frozen(points: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points.tolist())


@lru_cache(maxsize=16)  # a trial starts with a fresh pipeline: 255 cells need not be cut again
def _region_map(
    key: _Key,
    geometry_key: tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]],
    drawn: _Drawn,
) -> RegionMap:
    kind, labels, length_mm, width_mm = key
    size = np.array([width_mm, length_mm])
    xy, outline = (np.array(points, dtype=np.float64).reshape(-1, 2) for points in geometry_key)
    points, border = xy * size, outline * size
    cells = geometry.voronoi(points, border)
    masks = dict(drawn)
    whole = _by_place(_to_uy(points, border, length_mm), masks)
    if labels is not None:
        whole = _labelled(labels, len(xy))
    if labels is None and len(xy) < TRIPOD_SENSORS:
        weight = np.zeros((len(xy), len(REGIONS)))
    elif labels is not None or kind == "force" or len(xy) <= EXPLICIT_SENSORS:
        weight = whole.astype(np.float64)
    else:
        weight = np.array([_overlap(cell, border, length_mm, masks) for cell in cells])
    observable: Bools = np.logical_and(np.any(whole, axis=0), np.any(weight > 0.0, axis=0))
    centre = np.array([geometry.centroid(cell) for cell in cells]) if kind == "discrete" else points
    anchors = [
        geometry.centroid(_polygon(masks[name][0], border, length_mm))
        for name in ("HEEL", "M1", "M45")
    ]
    made = RegionMap(weight, observable, np.array(anchors), centre)
    for array in (made.weight, made.observable, made.anchors_mm, made.centre_mm):
        array.setflags(write=False)  # shared by every pipeline that meets this layout
    return made


def region_polygons(
    layout: SensorLayout, parameters: Parameters, *, mask: str = R8
) -> dict[str, list[Floats]]:
    """Outlines of a mask's regions on this insole, mm, for drawing; borders finely cornered."""
    border = layout.outline * np.array([layout.width_mm, layout.length_mm])
    return {
        name: [
            polygon
            for planes in convex
            if len(polygon := _polygon(planes, border, layout.length_mm)) > 2
        ]
        for name, convex in pieces(mask, parameters).items()
    }


def _to_uy(points_mm: Floats, border_mm: Floats, length_mm: float) -> Floats:
    return np.column_stack((geometry.local_u(border_mm, points_mm), points_mm[:, 1] / length_mm))


def _to_mm(points_uy: Floats, border_mm: Floats, length_mm: float) -> Floats:
    height = points_uy[:, 1] * length_mm
    low, high = geometry.borders_at(border_mm, height)
    height = np.clip(height, border_mm[:, 1].min(), border_mm[:, 1].max())
    return np.column_stack((low + points_uy[:, 0] * (high - low), height))


def _polygon(planes: Planes, border_mm: Floats, length_mm: float) -> Floats:
    heights = np.unique(border_mm[:, 1]) / length_mm  # the sides bend at these
    lateral = np.column_stack((np.ones(len(heights)), heights))
    medial = np.column_stack((np.zeros(len(heights)), heights))
    whole = np.concatenate((lateral, medial[::-1]))
    region = geometry.refined(geometry.clip(whole, *planes), EDGE_UY)
    return _to_mm(region, border_mm, length_mm)


def _by_place(points_uy: Floats, drawn: dict[str, Pieces]) -> Bools:
    """(S, R) region of each centre; one exactly on a border belongs to the first of its regions."""
    u, y = points_uy.T
    inside = np.zeros((len(points_uy), len(drawn)), dtype=bool)
    for column, convex in enumerate(drawn.values()):
        for planes in convex:
            piece = np.ones(len(points_uy), dtype=bool)
            for a, b, c in planes:
                piece &= a * u + b * y <= c
            inside[:, column] |= piece
    return inside & (np.cumsum(inside, axis=1) == 1)


def _labelled(labels: tuple[str, ...], sensors: int) -> Bools:
    unknown = sorted(set(labels) - {*REGIONS, ""})
    if unknown or len(labels) != sensors:
        raise LayoutError(
            "sensor labels do not fit",
            where="labels",
            why=f"unknown {', '.join(unknown)}"
            if unknown
            else f"{len(labels)} labels for {sensors} sensors",
            fix=f"Give each sensor one of {', '.join(REGIONS)}, or nothing where it is not known",
        )
    return np.array([[label == region for region in REGIONS] for label in labels])


def _overlap(
    cell_mm: Floats, border_mm: Floats, length_mm: float, drawn: dict[str, Pieces]
) -> Floats:
    """(R,) shares of a cell's area in each region, summing to 1."""
    cell = _to_uy(geometry.refined(cell_mm, EDGE_MM), border_mm, length_mm)
    share = np.zeros(len(drawn))
    for column, convex in enumerate(drawn.values()):
        for planes in convex:
            inside = np.array([(cell @ [a, b] <= c) for a, b, c in planes])
            if inside.all():
                share[:] = 0.0
                share[column] = 1.0
                return share
            if not inside.any(axis=1).all():
                continue  # wholly beyond one border
            part = geometry.clip(cell, *planes)
            if len(part) > 2:
                share[column] += geometry.area(
                    _to_mm(geometry.refined(part, EDGE_UY), border_mm, length_mm)
                )
    return share / share.sum()
