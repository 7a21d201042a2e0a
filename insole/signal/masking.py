"""What becomes of a foot when some of its sensors are not believed (science.md, section 2.6).

Cells of a grid are filled from their neighbours; discrete sensors hand their area to the others;
the load on a force sensor is lost. Nothing is ever filled across a whole region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, Quantity, SensorLayout
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.regions import RegionMap, region_map

CORNERS = ("HEEL", "M1", "M45")
SAME_DISTANCE_MM = 1e-6  # a corner this equally far from two centres lies on their common border


@dataclass(frozen=True, slots=True)
class Masked:
    """A foot with sensors left out.

    Attributes:
        sensors: how many are believed.
        share: (S,) area of each sensor over its own area; 0 where it is left out without a filling.
        centre_mm: (S, 2) where each sensor's force acts.
        region_weight: (S, R) shares of the regions.
        observable: (R,) regions that still have a sensor.
        filled_from: (S, S) row i gives sensor i as a mean of others; None: nothing is filled.
        quality: bits of `Quality` that every sample gets.
        degraded: names of the regions that lost a sensor.
    """

    sensors: int
    share: Floats
    centre_mm: Floats
    region_weight: Floats
    observable: Bools
    filled_from: Floats | None = None
    quality: int = 0
    degraded: tuple[str, ...] = ()


def masked_sensors(
    layout: SensorLayout,
    masked: Sequence[int],
    *,
    regions: RegionMap,
    parameters: Parameters,
    quantity: Quantity,
) -> Masked:
    """The foot without these sensors.

    Args:
        layout: of the whole foot.
        masked: numbers of the sensors left out; at least one sensor remains.
        regions: of the whole foot.
        parameters: section `mask`, `health.most_lost`.
        quantity: of the values; areas matter for pressures and counts of pressure.
    """
    count = layout.sensors
    if not len(masked):
        return Masked(count, np.ones(count), regions.centre_mm, regions.weight, regions.observable)
    gone = np.zeros(count, np.bool_)
    gone[list(masked)] = True
    kept = np.flatnonzero(~gone)
    if layout.kind == "grid":
        share, centre, weight = np.ones(count), regions.centre_mm, regions.weight
        filling = _filling(layout, gone)
        present = regions.weight[kept].sum(axis=0) > 0.0
    else:
        share, centre, weight = _without(layout, kept, regions=regions, parameters=parameters)
        if layout.kind == "force" or quantity == "N":
            share = np.where(gone, 0.0, 1.0)
        filling, present = None, weight[kept].sum(axis=0) > 0.0
    observable = regions.observable & present
    touched = regions.weight[gone].sum(axis=0) > 0.0
    lost = any(regions.observable[REGIONS.index(c)] and not observable[REGIONS.index(c)]
               for c in CORNERS)  # fmt: skip
    quality = int(Quality.DEGRADED)
    if lost or gone.sum() > parameters["health.most_lost"] * count:
        quality |= int(Quality.NO_TRIPOD)
    names = tuple(REGIONS[index] for index in np.flatnonzero(touched & regions.observable))
    return Masked(len(kept), share, centre, weight, observable, filling, quality, names)


def neighbours(layout: SensorLayout) -> Bools:
    """(S, S) True where the Voronoi cells of two sensors share a border."""
    size = np.array([layout.width_mm, layout.length_mm])
    points = layout.xy * size
    found = np.zeros((len(points), len(points)), np.bool_)
    for index, cell in enumerate(geometry.voronoi(points, layout.outline * size)):
        gap = cell[:, None, :] - points[None, :, :]
        far = np.sqrt(np.sum(gap * gap, axis=2))  # (corners, S)
        touching = np.abs(far - far[:, [index]]) < SAME_DISTANCE_MM
        found[index] = touching.sum(axis=0) >= 2
    found &= found.T
    np.fill_diagonal(found, val=False)
    return found


def _filling(layout: SensorLayout, gone: Bools) -> Floats:
    """Inverse-distance means over believed neighbours, p_i = sum p_j d^-2 / sum d^-2."""
    away = (layout.xy[:, None, :] - layout.xy[None, :, :]) * [layout.width_mm, layout.length_mm]
    squared = np.sum(away * away, axis=2)
    np.fill_diagonal(squared, 1.0)
    near = np.where(neighbours(layout) & gone[:, None] & ~gone[None, :], 1.0 / squared, 0.0)
    whole = near.sum(axis=1, keepdims=True)
    answer: Floats = near / np.where(whole > 0.0, whole, 1.0)
    return answer


def _without(
    layout: SensorLayout,
    kept: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    regions: RegionMap,
    parameters: Parameters,
) -> tuple[Floats, Floats, Floats]:
    """Share of area, centre and region weights when cells are cut anew around those kept."""
    rest = replace(
        layout,
        xy=layout.xy[kept],
        area_cm2=layout.area_cm2[kept],
        labels=None if layout.labels is None else tuple(layout.labels[i] for i in kept),
    )
    again = region_map(rest, parameters)
    size = np.array([layout.width_mm, layout.length_mm])
    border = layout.outline * size
    whole = np.array([geometry.area(cell) for cell in geometry.voronoi(layout.xy * size, border)])
    wider = np.array([geometry.area(cell) for cell in geometry.voronoi(rest.xy * size, border)])
    share, centre = np.zeros(layout.sensors), regions.centre_mm.copy()
    weight = np.zeros_like(regions.weight)
    share[kept] = wider / whole[kept]
    centre[kept] = again.centre_mm
    weight[kept] = again.weight
    return share, centre, weight
