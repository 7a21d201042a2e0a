"""Where the load of a foot lies while somebody stands: rear half, four points, pressures.

Means over the whole seconds of a time of standing (science.md, sections 1.3 to 1.5), with the doubt
that their spread and an unknown zero and gain of the sensors leave.
"""

from __future__ import annotations

import math

import numpy as np

from insole.metrics.pressure import MEANS
from insole.metrics.spec import COP, FORCE, PRESSURE, MetricSpec
from insole.model.arrays import Floats
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.holds import range_of
from insole.signal.standing_rows import StandingRows
from insole.signal.sway import Estimate
from insole.signal.tripod import least_load_n, match_index, quadripod

INDEPENDENT_S = 2.0  # seconds of standing that count as one value: sway is slow

_OWN = "compare with own baseline"
SPECS = (
    MetricSpec(
        "standing_rearfoot_share", "RF50", "Share of the rear half, standing", "1",
        "Σ F_i of sensors with y_i < 0.5, over Σ F_i; mean of the span",
        "Share of a foot's load behind the middle of the insole.", "science.md 1.5",
        needs=(COP,), limits="Groups of healthy people are published with 0.54 to 0.55; the insole "
        "is longer than the foot.", direction=_OWN, ready="summary", table="standing",
    ),
    MetricSpec(
        "standing_medial_share", "ML_ff", "Medial share of the tripod's front, standing", "1",
        "(F_M1 + F_HAL) / (F_M1 + F_HAL + F_M45), mean of the span",
        "How much of the front of the tripod the first ray carries.", "science.md 1.5",
        needs=("M1", "M45"), direction=_OWN, ready="summary", table="standing",
    ),
    MetricSpec(
        "quadripod_match", "QMI", "Quadripod match index", "1",
        "100·(1 - TV / TVmax) of heel, both balls and big toe; mean of the span",
        "How near the load of the four points is to the target of the quadripod hold.",
        "science.md 1.5", needs=("HEEL", "M1", "M45", "HAL"),
        limits="The target is a coaching cue, not a norm.", direction=_OWN, ready="summary",
        table="standing",
    ),
    MetricSpec(
        "standing_peak_pressure_kPa", "PP_r", "Peak pressure of a region, standing", "kPa",
        "largest p_i of the sensors of a region, p_i being means of 1 s; mean of the span",
        "Largest pressure that the sensors of a region show in standing.", "science.md 1.3",
        needs=(FORCE, PRESSURE), limits="A sensor gives the mean over its own area: few and large "
        "ones read lower peaks than small ones. Compare within one insole.",
        ready="summary", table="standing",
    ),
    MetricSpec(
        "standing_mean_pressure_kPa", "MP_r", "Mean pressure of a region, standing", "kPa",
        "F_contact / (0.1·A_contact), force on and area of the region's sensors with "
        "p_i >= pressure.contact_kpa, p_i as above",
        "Pressure under the loaded part of a region in standing.", "science.md 1.3",
        needs=(FORCE, PRESSURE), limits=f"{MEANS} None for a region that is loaded at times only.",
        ready="summary", table="standing",
    ),
)  # fmt: skip


PRESSURES = ("standing_peak_pressure_kPa", "standing_mean_pressure_kPa")


def rear_share(rows: StandingRows, parameters: Parameters) -> Estimate:
    """RF50. Shared part: zeros of the sensors move it by about tare_n / F."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = rows.rear_n / rows.total_n
    mean, random = _over(share)
    if math.isnan(mean):
        return Estimate(math.nan)
    part = rows.rear_part
    spread = math.sqrt(part * (1.0 - mean) ** 2 + (1.0 - part) * mean**2)
    return Estimate(mean, random, spread * parameters["uncertainty.tare_n"] / _load_n(rows))


def medial(points_n: Floats, *, rate_hz: float, parameters: Parameters) -> Estimate:
    """ML_ff.

    Args:
        points_n: (n, 3) N on heel, first ray and fifth ray.
        rate_hz: of these rows.
        parameters: `uncertainty.tare_n`.
    """
    front = points_n[:, 1] + points_n[:, 2]
    share = np.full(len(front), np.nan)
    np.divide(points_n[:, 1], front, out=share, where=front > 0.0)
    mean, random = _over(share, rate_hz=rate_hz)
    if math.isnan(mean):
        return Estimate(math.nan)
    moved = parameters["uncertainty.tare_n"] / max(float(np.nanmean(front)), 1.0)
    return Estimate(mean, random, moved * math.sqrt(0.5 * ((1.0 - mean) ** 2 + mean**2)))


def four_points(
    rows: StandingRows, *, bw_n: float, target: Floats, parameters: Parameters
) -> tuple[list[float] | None, Estimate]:
    """Mean shares of heel, both balls and big toe, and their match with a target.

    Args:
        rows: seconds of standing.
        bw_n: body weight: seconds in which the points carry too little of it count for nothing.
        target: (4,) shares.
        parameters: section `tripod`, `uncertainty.tare_n`.
    """
    share = quadripod(rows.region_n, minimum_n=least_load_n(bw_n, parameters))
    mean, random = _over(match_index(share, target))
    if math.isnan(mean):
        return None, Estimate(math.nan)
    moved = parameters["uncertainty.tare_n"] / _load_n(rows)
    known = share[np.isfinite(share).all(axis=1)]
    match = Estimate(mean, random, 100.0 * moved / (1.0 - float(target.min())))
    return known.mean(axis=0).tolist(), match


def pressures(rows: StandingRows, parameters: Parameters) -> dict[str, dict[str, Estimate]] | None:
    """Peak and mean pressure of each region that has a sensor; None: no pressures are known.

    Shared part: gain, and the zero of one sensor, as unknown as its noise is large.
    """
    if not len(rows) or not np.isfinite(rows.peak_kpa).any():
        return None
    gain, zero = parameters["uncertainty.gain_rel"], parameters["uncertainty.noise_kpa"]
    found: dict[str, dict[str, Estimate]] = {}
    for name, table in zip(PRESSURES, (rows.peak_kpa, rows.mean_kpa), strict=True):
        found[name] = {}
        for index, region in enumerate(REGIONS):
            mean, random = _over(table[:, index])
            if np.isfinite(table[:, index]).all():  # one loaded at times only has no mean
                found[name][region.lower()] = Estimate(mean, random, math.hypot(gain * mean, zero))
    return found


def in_range(name: str, estimate: Estimate, parameters: Parameters) -> bool | None:
    """Whether a mean of quiet standing on both feet lies where it should; None: not known."""
    return range_of(name, estimate.value, parameters=parameters).inside


def _load_n(rows: StandingRows) -> float:
    return max(float(rows.total_n.mean()), 1.0)


def _over(values: Floats, *, rate_hz: float = 1.0) -> tuple[float, float]:
    """Mean of what is known, and its standard uncertainty from the spread; NaN: nothing is."""
    known = values[np.isfinite(values)]
    if not len(known):
        return math.nan, 0.0
    independent = max(len(known) / (INDEPENDENT_S * rate_hz), 1.0)
    return float(known.mean()), float(known.std()) / math.sqrt(independent)
