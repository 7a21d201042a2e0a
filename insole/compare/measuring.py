"""How sure the values of both sides are as measurements, and where that does not cancel (3.5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.compare.chosen import Metric
from insole.compare.curve_tests import Curve
from insole.compare.doubts import Measurement
from insole.compare.matching import same_calibration, same_zero
from insole.compare.settings import Setting
from insole.model.arrays import Floats

GAUSS_95 = 1.96


def measurement(metric: Metric, setting: Setting, *, contact_s: float) -> Measurement:
    """How sure the values of a metric are as measurements (section 3.5).

    Args:
        metric: which.
        setting: conditions of both sides.
        contact_s: usual contact time: an error of the zero adds up over it.
    """
    p, a, b = setting.parameters, setting.a, setting.b
    if not metric.tags & {"newtons", "weights", "kpa"}:
        return Measurement()
    gains = gains_of(setting)
    same = same_calibration(a, b)
    if metric.is_index:  # two insoles, two gains; of a change of the index they cancel
        points = [0.0 if same else 100.0 * np.sqrt(2.0) * gain for gain in gains]
        return Measurement(tare=(float(points[0]), float(points[1])))
    drift, tare = p["compare.drift_N"], p["uncertainty.tare_n"]
    size = 0.0 if metric.tags & {"kpa", "loading"} else 1.0
    if metric.tags & {"impulse", "push_off"}:
        size *= contact_s if "impulse" in metric.tags else 0.5 * contact_s
    if "weights" in metric.tags:
        mass = a.mass_kg if b.mass_kg is None else b.mass_kg
        size /= (mass or 70.0) * p["physics.g"]
    if same and same_zero(a, b):
        return Measurement((gains[0], gains[1]), True, drift=size * drift)
    return Measurement((gains[0], gains[1]), same, tare=(size * tare, size * tare))


def gains_of(setting: Setting) -> tuple[float, float]:
    """Relative standard uncertainty of the force scale of A and of B."""
    p = setting.parameters
    one, two = (
        p["uncertainty.gain_rel"]
        if each.k_dyn is None or each.k_u is None
        else max(p["compare.gain_u_rel"], each.k_u)
        for each in (setting.a, setting.b)
    )
    return one, two


def with_scales(found: Curve, a: Floats, b: Floats, *, gains: tuple[float, float]) -> Curve:
    """The band of a curve with two force scales in it, and the stretches that stand out then.

    Args:
        found: tested.
        a: (101,) mean of A.
        b: of B.
        gains: relative standard uncertainty of each scale.
    """
    if found.lower is None or found.upper is None or not found.c:
        return found
    error = 0.5 * (found.upper - found.lower) / found.c
    scales = (a * gains[0]) ** 2 + (b * gains[1]) ** 2  # one error for the whole curve
    half = np.sqrt((found.c * error) ** 2 + GAUSS_95**2 * scales)
    with np.errstate(invalid="ignore"):
        above = np.concatenate(([False], np.abs(found.diff) > half, [False]))
    edges = np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)
    return replace(
        found,
        lower=found.diff - half,
        upper=found.diff + half,
        p=None,
        runs=tuple((int(first), int(last) - 1) for first, last in edges.tolist()),
        tags=(*found.tags, "force scales included"),
    )
