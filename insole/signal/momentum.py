"""Momentum self-check: over whole strides both feet carry body weight (science.md §2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.gait import Steps
from insole.parameters import Parameters

GAIT_CYCLES = 10  # loads and unloads of a foot that make a gait
GAIT_CYCLE_S = (0.4, 1.7)  # strides from fast running to slow walking
GAIT_SHARE = 0.8  # of the cycles last so long
SWING_SHARE = 0.1  # a foot in the air carries less of its largest load
LEAST_GAIT_BW = 0.6  # peaks of gait are above body weight; means of 40 ms somewhat lower
LEAST_GAIT_N = 5.0  # less is noise
STEADY_CV = 0.05  # strides that vary more are not steady gait (science.md §2.4.2)
Verdict: TypeAlias = Literal["ok", "force scale uncertain", "n/a"]


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """Outcome of the check.

    Attributes:
        k_dyn: factor that the force of both feet would need; NaN when not available.
        ci95: its 95 % interval from the variation of strides; gain and tare are not in it, for
            they are what is being checked.
        verdict: in the program's words.
        why: one sentence.
    """

    k_dyn: float
    ci95: tuple[float, float]
    verdict: Verdict
    why: str


def beyond_level(parameters: Parameters) -> float:
    """The slope of the ground where it is too steep for what holds on level ground; else 0."""
    slope = parameters["conditions.slope_deg"]
    return slope if slope > parameters["conditions.level_deg"] else 0.0


def self_check(
    left: Steps, right: Steps, *, mass_kg: float | None, parameters: Parameters
) -> SelfCheck:
    """k_dyn = BW / (mean force left + mean force right), each over its own whole strides.

    Mean force of a foot is ΣJ / ΣT over valid strides whose next contact is valid too. Valid on
    level ground at steady speed.

    Args:
        left: table with `stride_s` (see `attach_pair`).
        right: the same of the other foot.
        mass_kg: body mass, or None.
        parameters: `gain.dyn_min_strides`, `gain.warn_rel`.
    """
    if mass_kg is None:
        return _none("body mass is not known")
    if slope := beyond_level(parameters):
        return _none(f"on a slope of {slope:g}° the force under the feet is not body weight")
    needed = int(parameters["gain.dyn_min_strides"])
    means: list[float] = []
    spreads: list[float] = []
    for steps in (left, right):
        if not len(steps):
            return _none(f"no steps of the {steps.side} foot")
        good = _strides(steps)
        count = int(np.count_nonzero(good))
        if count < max(needed, 2):
            return _none(
                f"{count} whole valid strides of the {steps.side} foot, {needed} are needed"
            )
        impulse, stride = steps.value["impulse_N_s"][good], steps.value["stride_s"][good]
        variation = float(stride.std(ddof=1) / stride.mean())
        if variation > STEADY_CV:
            return _none(
                f"strides of the {steps.side} foot vary by {100 * variation:.0f} %: not steady gait"
            )
        mean, spread = _ratio(impulse, stride)
        means.append(mean)
        spreads.append(spread)
    total = means[0] + means[1]
    if total <= 0:
        return _none("the feet carry no force")
    k = mass_kg * parameters["physics.g"] / total
    half = 1.96 * k * float(np.hypot(spreads[0], spreads[1])) / total
    interval = (k - half, k + half)
    if abs(k - 1.0) > parameters["gain.warn_rel"]:
        return SelfCheck(
            k,
            interval,
            "force scale uncertain",
            f"both feet together carry {100 / k:.0f} % of body weight over whole strides",
        )
    return SelfCheck(
        k,
        interval,
        "ok",
        f"both feet together carry {100 / k:.1f} % of body weight over whole strides",
    )


def pooled(checks: Sequence[SelfCheck]) -> tuple[float, float, str]:
    """k_dyn of several trials weighed by their doubts, its relative doubt, and a sentence.

    Args:
        checks: each with a known k_dyn.
    """
    k = np.array([check.k_dyn for check in checks])
    half = np.array([0.5 * (check.ci95[1] - check.ci95[0]) for check in checks])
    weight = 1.0 / np.square(np.maximum(half / 1.96, 1e-6))
    mean = float(weight @ k / weight.sum())
    u = max(1.0 / float(np.sqrt(weight.sum())), float(np.ptp(k)) / 2.0)
    said = f"both feet carried {100.0 / mean:.1f} % of body weight over whole strides"
    if np.ptp(k) > 0.05 * mean:
        said += f"; the recordings differ by {100 * float(np.ptp(k)) / mean:.0f} %"
    return mean, u / mean, said


def too_light(forces_n: Sequence[Floats], *, bw_n: float, rate_hz: float) -> SelfCheck | None:
    """The verdict where loads come and go as in gait, but far below body weight; None: they do not.

    In walking and running each foot carries body weight at its peak. Contacts that never do are not
    accepted as such, so a mass that is several times too high leaves no steps to check.

    Args:
        forces_n: (n,) of each foot, even rows.
        bw_n: body weight.
        rate_hz: of the rows.
    """
    shares: list[float] = []
    for force in forces_n:
        top = float(force.max()) if len(force) else 0.0
        over = force > 0.5 * top
        up = np.flatnonzero(over[1:] & ~over[:-1])
        if len(up) <= GAIT_CYCLES or top < LEAST_GAIT_N:
            return None
        cycles = np.diff(up) / rate_hz
        peaks = np.maximum.reduceat(force, up)[:-1]
        lows = np.minimum.reduceat(force, up)[:-1]
        shortest, longest = GAIT_CYCLE_S
        steady = np.mean((cycles >= shortest) & (cycles <= longest)) >= GAIT_SHARE
        if not steady or float(np.median(lows)) > SWING_SHARE * top:
            return None
        shares.append(float(np.median(peaks)) / bw_n)
    if len(shares) < 2 or max(shares) >= LEAST_GAIT_BW:
        return None
    nan = float("nan")
    return SelfCheck(
        nan,
        (nan, nan),
        "force scale uncertain",
        f"loads come and go as in gait, but peak at {100 * max(shares):.0f} % of body weight: "
        "check mass and calibration",
    )


def _strides(steps: Steps) -> Bools:
    """(k,) contact valid, next one too, stride known."""
    if "stride_s" not in steps.value or "impulse_N_s" not in steps.value:
        return np.zeros(len(steps), np.bool_)
    valid = np.asarray(steps.valid, np.bool_)
    following = np.append(valid[1:], False)
    answer: Bools = valid & following & np.isfinite(steps.value["stride_s"])
    return answer


def _ratio(impulse: Floats, stride: Floats) -> tuple[float, float]:
    """ΣJ/ΣT and its standard error (ratio estimator)."""
    n, time = len(stride), float(stride.sum())
    mean = float(impulse.sum()) / time
    left_over = impulse - mean * stride
    error = np.sqrt(n / (n - 1) * float(np.dot(left_over, left_over))) / time
    return mean, float(error)


def _none(why: str) -> SelfCheck:
    nan = float("nan")
    return SelfCheck(nan, (nan, nan), "n/a", why)
