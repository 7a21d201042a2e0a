"""A case played as two insoles with one sensor in every region, at any rate."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from insole.drills.cases import Case
from insole.layouts import default_outline
from insole.model.foot import REGIONS, SensorLayout, Side
from insole.model.stream import Capability, Samples
from insole.parameters import Parameters

GRAIN_N = 0.01  # forces are rounded to this
SIZE_MM = (100.0, 270.0)
ANCHORS_XY = {
    "HEEL": (0.63, 0.17),
    "MID": (0.60, 0.45),
    "M1": (0.16, 0.71),
    "M23": (0.50, 0.71),
    "M45": (0.86, 0.66),
    "HAL": (0.17, 0.89),
    "TOES": (0.55, 0.85),
}
"""Where the one sensor of each region lies on `ideal7`."""


def device_of(side: Side) -> str:
    """Key of the device that plays a foot."""
    return f"ideal7-{side.value}"


def ideal7() -> SensorLayout:
    """One newton sensor for every region, at its anchor."""
    width, length = SIZE_MM
    return SensorLayout(
        name="ideal7",
        kind="force",
        xy=np.array([ANCHORS_XY[name] for name in REGIONS]),
        length_mm=length,
        width_mm=width,
        outline=default_outline(),
        area_cm2=np.ones(len(REGIONS)),
        labels=REGIONS,
    )


def capabilities(case: Case, *, rate_hz: float | None = None) -> tuple[Capability, Capability]:
    """What the two insoles say of themselves.

    Args:
        case: the case.
        rate_hz: another rate than its own.
    """

    def of(side: Side) -> Capability:
        return Capability(
            device=device_of(side),
            protocol="ideal7",
            serial=device_of(side),
            firmware="",
            side=side.other if case.swapped else side,
            layout=ideal7(),
            quantity="N",
            scale=GRAIN_N,
            offset=0.0,
            saturated=None,
            rate_hz=rate_hz or case.rate_hz,
            mass_kg=case.mass_kg,
        )

    return of(Side.LEFT), of(Side.RIGHT)


def samples(
    case: Case, *, rate_hz: float | None = None, seconds: float | None = None
) -> Iterator[Samples]:
    """The samples of both feet, in turns.

    Args:
        case: the case.
        rate_hz: another rate than its own.
        seconds: length of each turn; None: all at once.
    """
    rate = rate_hz or case.rate_hz
    total = math.floor(case.duration_s * rate + 1e-6) + 1
    bw_n = case.mass_kg * Parameters()["physics.g"]
    turn = total if seconds is None else max(1, round(seconds * rate))
    for begin in range(0, total, turn):
        number = np.arange(begin, min(begin + turn, total))
        time_s = number / rate
        tick_us = np.round(time_s * 1e6).astype(np.int64)
        for side in Side:
            kept = np.ones(len(number), np.bool_)
            for where, from_s, to_s in case.lost:
                if where is side:
                    kept &= (time_s < from_s - 1e-9) | (time_s >= to_s - 1e-9)
            raw = np.round(case.load_bw(side, time_s) * (bw_n / GRAIN_N)).astype(np.int32)
            raw[:, 0] += number & 1  # no sensor repeats itself: that would be a faulty packet
            if not kept.any():
                continue
            yield Samples(
                device=device_of(side),
                sequence=number[kept].astype(np.int64),
                tick_us=tick_us[kept],
                arrival_ns=tick_us[kept] * 1000,
                values=raw[kept],
                flags=np.zeros(int(kept.sum()), np.uint32),
            )
