"""A run of any length as a device would send it: half-sine stances of both feet, rolled over."""

from __future__ import annotations

import numpy as np

from insole.model.foot import SensorLayout, Side
from insole.model.stream import Capability, Samples

MASS_KG = 68.0
SCALE_KPA = 0.1
STANCE_S, STRIDE_S = 0.25, 0.72  # running at about 12 km/h
PEAK_N = np.pi / 2 * MASS_KG * 9.80665 * (STRIDE_S / 2) / STANCE_S  # impulse = weight x time
ANSWERS_NS = 4_000_000  # a packet arrives this long after its last sample


def layout(sensors: int) -> SensorLayout:
    """Equal areas in columns and rows of an insole-shaped rectangle."""
    columns = 4 if sensors >= 8 else 1
    rows = -(-sensors // columns)
    x = (np.arange(columns) + 0.5) / columns
    y = (np.arange(rows) + 0.5) / rows
    xy = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)[:sensors]
    outline = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    area = np.full(sensors, 26.0 * 9.0 / sensors)
    return SensorLayout("bench", "discrete", xy, 260.0, 90.0, outline, area, full_scale=1200.0)


def capability(side: Side, *, sensors: int, rate_hz: float) -> Capability:
    """What such a device says of itself."""
    return Capability(
        device=side.value,
        protocol="open",
        serial=side.value,
        firmware="1",
        side=side,
        layout=layout(sensors),
        quantity="kPa",
        scale=SCALE_KPA,
        offset=0.0,
        saturated=None,
        rate_hz=rate_hz,
        mass_kg=MASS_KG,
    )


def samples(side: Side, *, sensors: int, rate_hz: float, seconds: float, first: int = 0) -> Samples:
    """(n, S) raw codes, ten samples a packet.

    Args:
        side: the right foot runs half a stride later.
        sensors: S.
        rate_hz: nominal and true.
        seconds: n = seconds x rate.
        first: number of the first sample, for the next piece of the same run.
    """
    number = np.arange(first, first + round(seconds * rate_hz))
    time_s = number / rate_hz
    phase_s = (time_s + (STRIDE_S / 2 if side is Side.RIGHT else 0.0)) % STRIDE_S
    stance = phase_s < STANCE_S
    force_n = np.where(stance, PEAK_N * np.sin(np.pi * phase_s / STANCE_S), 0.0)
    plan = layout(sensors)
    # The load rolls from heel to toe; every sensor keeps some share of it.
    centre = np.where(stance, 0.15 + 0.7 * phase_s / STANCE_S, 0.5)
    near = np.exp(-(((plan.xy[:, 1][None] - centre[:, None]) / 0.25) ** 2))
    share = near / near.sum(axis=1, keepdims=True)
    kpa = force_n[:, None] * share / plan.area_cm2 * 10.0
    packet_end = (number // 10 * 10 + 9) / rate_hz
    return Samples(
        side.value,
        number.astype(np.int64),
        np.round(time_s * 1e6).astype(np.int64),
        np.round(packet_end * 1e9).astype(np.int64) + ANSWERS_NS,
        np.asfortranarray(np.round(kpa / SCALE_KPA).astype(np.uint16)),
        np.zeros(len(number), np.uint32),
    )
