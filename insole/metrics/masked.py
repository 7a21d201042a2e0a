"""Region loads under another mask, for comparison with published tables (science.md, 1.1).

Beside the metrics, which all use R8: means over the valid steps of one foot.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import SensorLayout
from insole.model.gait import Steps
from insole.signal.columns import weighted
from insole.signal.impulse import RunningImpulse


def region_forces(sensor_n: Floats, weight: dict[str, Floats]) -> Floats:
    """(n, R) force of each region, N; NaN where a region has no sensor.

    Args:
        sensor_n: (n, S) force of each sensor, N.
        weight: region to (S,) shares.
    """
    shares = np.column_stack(list(weight.values()))
    force = weighted(sensor_n, shares)
    force[:, ~shares.any(axis=0)] = np.nan
    return force


def masked(
    time_s: Floats, region_n: Floats, steps: Steps, *, weight: dict[str, Floats], area_cm2: Floats
) -> dict[str, dict[str, Any]]:
    """Peak, force-time integral and share of each region over the valid steps.

    Args:
        time_s: (n,) s.
        region_n: (n, R) N, columns as `weight`.
        steps: of the same foot and axis.
        weight: region to (S,) shares of the sensors.
        area_cm2: (S,) area of each sensor.

    Returns:
        Region to `observable`, `area_cm2`, `peak_N`, `fti_N_s` (each mean, sd, n) and
        `share_percent` of the whole foot's force-time integral.
    """
    rows = np.flatnonzero(steps.valid)
    strike, off = steps.value["foot_strike_s"][rows], steps.value["toe_off_s"][rows]
    force = np.nan_to_num(region_n)
    impulse = RunningImpulse(channels=force.shape[1])
    if len(time_s):
        impulse.push(time_s, force)
    first, last = np.searchsorted(time_s, strike), np.searchsorted(time_s, off, side="right")
    covered = first < last
    strike, off, first, last = strike[covered], off[covered], first[covered], last[covered]
    fti = np.zeros((len(strike), force.shape[1]))
    peak = fti
    if len(strike):
        fti = impulse.between(strike, off).T
        bounds = np.column_stack((first, last)).ravel()
        padded = np.concatenate((force, np.zeros((1, force.shape[1]))))  # an end may be the last
        peak = np.maximum.reduceat(padded, bounds, axis=0)[::2]
    whole = float(fti.sum())
    found: dict[str, dict[str, Any]] = {}
    for column, (name, share) in enumerate(weight.items()):
        seen = bool(share.any())
        found[name] = {"observable": seen, "area_cm2": float(area_cm2 @ share)}
        if seen:
            found[name] |= {
                "peak_N": _spread(peak[:, column]),
                "fti_N_s": _spread(fti[:, column]),
                "share_percent": 100.0 * float(fti[:, column].sum()) / whole if whole else None,
            }
    return found


def sensor_area_cm2(layout: SensorLayout) -> Floats:
    """(S,) area of each sensor; 0 where the sensors tell forces."""
    area = np.zeros(layout.sensors) if layout.kind == "force" else layout.area_cm2
    return np.asarray(area, dtype=np.float64)


def _spread(values: Floats) -> dict[str, float | int | None]:
    n = len(values)
    return {
        "mean": float(values.mean()) if n else None,
        "sd": float(values.std(ddof=1)) if n > 1 else None,
        "n": n,
    }
