"""Mask R8: which sensor stands for which region of the foot (science.md, sections 1.2 to 1.4).

The mask is drawn in (u, y): u across the local width, y along the insole. There every region is an
intersection of half-planes; on the insole its borders are curves that follow the outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from insole.errors import LayoutError, SettingsError
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, SensorLayout
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.geometry import HalfPlane

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
    planes = tuple(half_planes(parameters).items())
    geometry_key = (_frozen(layout.xy), _frozen(layout.outline))
    return _region_map(key, geometry_key, planes)


_Key = tuple[str, tuple[str, ...] | None, float, float]
_Planes = tuple[tuple[str, tuple[HalfPlane, ...]], ...]


def _frozen(points: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points.tolist())


@lru_cache(maxsize=16)  # a trial starts with a fresh pipeline: 255 cells need not be cut again
def _region_map(
    key: _Key,
    geometry_key: tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]],
    planes: _Planes,
) -> RegionMap:
    kind, labels, length_mm, width_mm = key
    size = np.array([width_mm, length_mm])
    xy, outline = (np.array(points, dtype=np.float64).reshape(-1, 2) for points in geometry_key)
    points, border = xy * size, outline * size
    cells = geometry.voronoi(points, border)
    masks = dict(planes)
    inside = np.column_stack([_inside(_to_uy(points, border, length_mm), p) for _, p in planes])
    whole = _first_only(inside)
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
        geometry.centroid(_polygon(masks[name], border, length_mm))
        for name in ("HEEL", "M1", "M45")
    ]
    made = RegionMap(weight, observable, np.array(anchors), centre)
    for array in (made.weight, made.observable, made.anchors_mm, made.centre_mm):
        array.setflags(write=False)  # shared by every pipeline that meets this layout
    return made


def half_planes(parameters: Parameters) -> dict[str, tuple[HalfPlane, ...]]:
    """Regions as half-planes of (u, y), in the order of REGIONS.

    Raises:
        SettingsError: the borders cross inside the foot.
    """
    mask = {
        name: parameters[f"mask.{name}"]
        for name in (
            "y_hm",
            "y_mf0",
            "y_mf_slope",
            "y_toe0",
            "y_toe_slope",
            "u_12",
            "u_34",
            "u_hal",
        )
    }
    for u in (0.0, 1.0):
        middle = mask["y_mf0"] + mask["y_mf_slope"] * u
        toes = mask["y_toe0"] + mask["y_toe_slope"] * u
        if not (0.0 < mask["y_hm"] < middle < toes < 1.0 and mask["u_12"] < mask["u_34"] < 1.0):
            raise SettingsError(
                "the borders of the region mask cross",
                where="mask.*",
                why=f"at u = {u:g} they are y {mask['y_hm']:g}, {middle:g}, {toes:g}",
                fix="Keep 0 < y_hm < y_mf < y_toe < 1 and u_12 < u_34 < 1",
            )
    below_mf = (-mask["y_mf_slope"], 1.0, mask["y_mf0"])
    above_mf = (mask["y_mf_slope"], -1.0, -mask["y_mf0"])
    below_toe = (-mask["y_toe_slope"], 1.0, mask["y_toe0"])
    above_toe = (mask["y_toe_slope"], -1.0, -mask["y_toe0"])
    return {
        "HEEL": ((0.0, 1.0, mask["y_hm"]),),
        "MID": ((0.0, -1.0, -mask["y_hm"]), below_mf),
        "M1": (above_mf, below_toe, (1.0, 0.0, mask["u_12"])),
        "M23": (above_mf, below_toe, (-1.0, 0.0, -mask["u_12"]), (1.0, 0.0, mask["u_34"])),
        "M45": (above_mf, below_toe, (-1.0, 0.0, -mask["u_34"])),
        "HAL": (above_toe, (1.0, 0.0, mask["u_hal"])),
        "TOES": (above_toe, (-1.0, 0.0, -mask["u_hal"])),
    }


def region_polygons(layout: SensorLayout, parameters: Parameters) -> dict[str, Floats]:
    """Outlines of the regions on this insole, mm, for drawing; borders finely cornered."""
    border = layout.outline * np.array([layout.width_mm, layout.length_mm])
    return {
        name: _polygon(planes, border, layout.length_mm)
        for name, planes in half_planes(parameters).items()
    }


def _to_uy(points_mm: Floats, border_mm: Floats, length_mm: float) -> Floats:
    return np.column_stack((geometry.local_u(border_mm, points_mm), points_mm[:, 1] / length_mm))


def _to_mm(points_uy: Floats, border_mm: Floats, length_mm: float) -> Floats:
    height = points_uy[:, 1] * length_mm
    low, high = geometry.borders_at(border_mm, height)
    height = np.clip(height, border_mm[:, 1].min(), border_mm[:, 1].max())
    return np.column_stack((low + points_uy[:, 0] * (high - low), height))


def _polygon(planes: tuple[HalfPlane, ...], border_mm: Floats, length_mm: float) -> Floats:
    heights = np.unique(border_mm[:, 1]) / length_mm  # the sides bend at these
    lateral = np.column_stack((np.ones(len(heights)), heights))
    medial = np.column_stack((np.zeros(len(heights)), heights))
    whole = np.concatenate((lateral, medial[::-1]))
    region = geometry.refined(geometry.clip(whole, *planes), EDGE_UY)
    return _to_mm(region, border_mm, length_mm)


def _inside(points_uy: Floats, planes: tuple[HalfPlane, ...]) -> Bools:
    u, y = points_uy.T
    inside = np.ones(len(points_uy), dtype=bool)
    for a, b, c in planes:
        inside &= a * u + b * y <= c
    return inside


def _first_only(inside: Bools) -> Bools:
    """A centre exactly on a border belongs to the first of its regions."""
    return inside & (np.cumsum(inside, axis=1) == 1)


def _labelled(labels: tuple[str, ...], sensors: int) -> Bools:
    unknown = sorted(set(labels) - set(REGIONS))
    if unknown or len(labels) != sensors:
        raise LayoutError(
            "sensor labels do not fit",
            where="labels",
            why=f"unknown {', '.join(unknown)}"
            if unknown
            else f"{len(labels)} labels for {sensors} sensors",
            fix=f"Give each sensor one of {', '.join(REGIONS)}",
        )
    return np.array([[label == region for region in REGIONS] for label in labels])


def _overlap(
    cell_mm: Floats,
    border_mm: Floats,
    length_mm: float,
    masks: dict[str, tuple[HalfPlane, ...]],
) -> Floats:
    """(R,) shares of a cell's area in each region, summing to 1."""
    cell = _to_uy(geometry.refined(cell_mm, EDGE_MM), border_mm, length_mm)
    share = np.zeros(len(REGIONS))
    for column, planes in enumerate(masks.values()):
        inside = np.array([(cell @ [a, b] <= c) for a, b, c in planes])
        if inside.all():
            share[column] = 1.0
            return share
        if not inside.any(axis=1).all():
            continue  # wholly beyond one border
        part = geometry.clip(cell, *planes)
        if len(part) > 2:
            share[column] = geometry.area(
                _to_mm(geometry.refined(part, EDGE_UY), border_mm, length_mm)
            )
    return share / share.sum()
