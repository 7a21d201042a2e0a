"""From three point loads to sensors: how a virtual foot presses on its insole.

A virtual foot stands on three points: heel, first and fifth metatarsal head. Each point gives
fixed positive shares of its force to sensors, so the sum over the sensors is the force itself.

With region labels a point gives 0.85 of its force to the sensors of its own corner of the tripod
(science.md, section 1.4): HEEL; M1 and HAL; M45. The rest goes to what lies between. The share is
the same for all three, so the regional tripod `t` equals the shares of the three points exactly and
the coverage `c3` is 0.85 whatever the foot does. Inside a region sensors share by area: uniform
pressure. Without labels, or where a region has no sensor, a point's force is spread as a bell of
30 mm around it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.arrays import Floats, Raw
from insole.model.foot import SensorLayout, Side
from insole.model.stream import Capability
from insole.signal import columns
from insole_drivers.virtual.truth import Truth

SHARES: Final = (  # per point: region and its share; each row sums to 1
    {"HEEL": 0.85, "MID": 0.15},
    {"M1": 0.55, "HAL": 0.30, "M23": 0.10, "TOES": 0.05},
    {"M45": 0.85, "M23": 0.10, "TOES": 0.05},
)
CENTRES: Final = np.array([[0.63, 0.17], [0.16, 0.71], [0.86, 0.66]])  # science.md, section 1.4
BELL_MM: Final = 30.0
FULL_SCALE: Final = {"kPa": 1200.0, "N": 5000.0}  # of the 16-bit codes
TOP_CODE: Final = 65535


def shares(layout: SensorLayout) -> Floats:
    """(3, S) share of each point's force that each sensor carries; rows sum to 1."""
    matrix = np.zeros((3, layout.sensors))
    for row, wanted in enumerate(SHARES):
        if layout.labels is None or not set(wanted) <= set(layout.labels):
            matrix[row] = _bell(layout, CENTRES[row])
            continue
        labels = np.array(layout.labels)
        for region, share in wanted.items():
            area = np.where(labels == region, _areas(layout), 0.0)
            matrix[row] += share * area / area.sum()
    return matrix


def corners_mm(layout: SensorLayout) -> Floats:
    """(3, 2) centre of pressure when one point alone is loaded, mm."""
    size = np.array([layout.width_mm, layout.length_mm])
    return shares(layout) @ (layout.xy * size)


def _areas(layout: SensorLayout) -> Floats:
    return np.ones(layout.sensors) if layout.kind == "force" else layout.area_cm2


def _bell(layout: SensorLayout, centre: Floats) -> Floats:
    size = np.array([layout.width_mm, layout.length_mm])
    away = ((layout.xy - centre) * size) ** 2
    weight = _areas(layout) * np.exp(-0.5 * (away[:, 0] + away[:, 1]) / BELL_MM**2)
    return weight / weight.sum()


def capability(
    truth: Truth, side: Side, *, layout: SensorLayout, rate_hz: float, serial: str
) -> Capability:
    """What a virtual insole under this foot says of itself: 16-bit codes up to the full scale."""
    quantity = "N" if layout.kind == "force" else "kPa"
    return Capability(
        device=serial,
        protocol="open",
        serial=serial,
        firmware="virtual 1",
        side=side,
        layout=layout,
        quantity=quantity,
        scale=float(np.float32(FULL_SCALE[quantity] / TOP_CODE)),
        offset=0.0,
        saturated=TOP_CODE,
        rate_hz=rate_hz,
        mass_kg=truth.mass_kg,
    )


def felt(told: Capability) -> Capability:
    """What the sensors of this insole truly are: those that tell counts have a scale none knows."""
    if told.quantity != "counts":
        return told
    quantity = "N" if told.layout.kind == "force" else "kPa"
    top = TOP_CODE if told.saturated is None else told.saturated
    return replace(told, quantity=quantity, scale=FULL_SCALE[quantity] / top, offset=0.0)


class FootSignal:
    """What one virtual insole measures of the truth, in wire codes.

    Args:
        truth: the pair's truth.
        side: the foot that stands on this insole.
        capability: scale, areas and layout as the client knows them.
    """

    def __init__(self, truth: Truth, side: Side, *, capability: Capability) -> None:
        layout = capability.layout
        unit = np.full(layout.sensors, 1.0) if layout.kind == "force" else 0.1 * layout.area_cm2
        self._truth = truth
        self._side = side
        self._shares = shares(layout)
        self._per_code = unit * capability.scale  # N per code
        self._offset = capability.offset / capability.scale
        self._top = TOP_CODE if capability.saturated is None else capability.saturated

    def force(self, time_s: Floats) -> Floats:
        """(n, S) force on each sensor, N, before quantisation."""
        return columns.weighted(self._truth.points(self._side, time_s), self._shares)

    def raw(self, time_s: Floats) -> Raw:
        """(n, S) codes, uint16."""
        codes = np.rint(self.force(time_s) / self._per_code - self._offset)
        return np.clip(codes, 0, self._top).astype(np.uint16)
