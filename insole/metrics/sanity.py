"""Means of a trial beside what is typical: outside is implausible, which says nothing of health.

science.md, section 9.1. Ranges of running depend on speed, linearly between the columns of its
table; without a speed (`springs.speed_m_s`) only hops have ranges, and push-off in parts of the
impulse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from insole.parameters import Parameters

SPEEDS_M_S = (2.5, 3.3, 4.2, 5.0)
RUNNING: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "cadence_spm": ((145, 150, 155, 165), (190, 205, 210, 215)),
    "contact_s": ((0.240, 0.205, 0.180, 0.160), (0.310, 0.280, 0.240, 0.215)),
    "flight_s": ((0.040, 0.070, 0.090, 0.110), (0.130, 0.150, 0.160, 0.170)),
    "duty_factor": ((0.33, 0.30, 0.27, 0.25), (0.43, 0.39, 0.35, 0.33)),
    "peak_force_BW": ((1.9, 2.1, 2.2, 2.4), (2.5, 2.8, 3.0, 3.3)),
    "impulse_BW_s": ((0.31, 0.29, 0.28, 0.28), (0.42, 0.40, 0.38, 0.36)),
    "po50_BW_s": ((0.13, 0.13, 0.12, 0.13), (0.19, 0.17, 0.17, 0.17)),
    "impact_peak_BW": ((1.0, 1.2, 1.4, 1.6), (2.0, 2.2, 2.5, 2.8)),
    "valr_BW_per_s": ((40, 50, 60, 70), (90, 110, 140, 160)),
}
RUNNING_ANYHOW: dict[str, tuple[float, float]] = {  # on level ground, at every speed
    "po_eff_share_percent": (46, 54),
    "po_rev_share_percent": (46, 54),
}
WALKING_M_S = (1.2, 1.4)
WALKING: dict[str, tuple[float, float]] = {
    "cadence_spm": (100, 125),
    "duty_factor": (0.58, 0.64),
    "double_support_percent": (20, 30),
    "impulse_BW_s": (0.55, 0.68),
    "contact_s": (0.65, 0.82),
    "po50_BW_s": (0.27, 0.33),
    "p1_BW": (1.0, 1.25),
    "valley_BW": (0.65, 0.9),
    "p2_BW": (1.0, 1.25),
}
HOPS: dict[str, tuple[float, float]] = {
    "hop_contact_s": (0.140, 0.280),
    "hop_flight_s": (0.200, 0.450),
    "hop_rsi_t": (0.9, 3.0),
    "hop_rsi_h_m_s": (0.3, 2.0),
    "hop_peak_BW": (3.0, 6.5),
}
STIFFNESS_PER_KG = (15.0 / 70.0, 40.0 / 70.0)  # kN/m: that of hops grows with the mass
REACH_M_S = 0.4  # beyond the table's first and last speed by more: no range


def ranges_of(
    activity: str, *, speed_m_s: float, mass_kg: float | None
) -> dict[str, tuple[float, float]]:
    """Metric id to its typical range; empty where none is known.

    >>> ranges_of("run", speed_m_s=3.3, mass_kg=70.0)["contact_s"]
    (0.205, 0.28)
    """
    if activity == "hop":
        low, high = STIFFNESS_PER_KG
        stiff = {"hop_k_vert_kN_m": (low * mass_kg, high * mass_kg)} if mass_kg else {}
        return {**HOPS, **stiff}
    if activity == "walk" and WALKING_M_S[0] <= speed_m_s <= WALKING_M_S[1]:
        return dict(WALKING)
    if activity != "run":
        return {}
    if not SPEEDS_M_S[0] - REACH_M_S <= speed_m_s <= SPEEDS_M_S[-1] + REACH_M_S:
        return dict(RUNNING_ANYHOW)
    return RUNNING_ANYHOW | {
        name: (
            float(np.interp(speed_m_s, SPEEDS_M_S, low)),
            float(np.interp(speed_m_s, SPEEDS_M_S, high)),
        )
        for name, (low, high) in RUNNING.items()
    }


def section(
    activity: str,
    summary: Mapping[str, Mapping[str, Any] | None],
    hop_sets: Sequence[Mapping[str, Any]],
    *,
    mass_kg: float | None,
    parameters: Parameters,
) -> dict[str, Any]:
    """The section `sanity`: means outside the typical range, or why no range is known.

    Args:
        activity: of the trial.
        summary: `left` and `right`.
        hop_sets: of the section `hops`.
        mass_kg: body mass, or None.
        parameters: `springs.speed_m_s`.
    """
    speed = parameters["springs.speed_m_s"]
    known = ranges_of(activity, speed_m_s=speed, mass_kg=mass_kg)
    why = ""
    if len(known) <= len(RUNNING_ANYHOW):
        why = "no ranges are known for it"
        if activity in ("run", "walk"):
            why = (
                "speed not known: set springs.speed_m_s" if speed <= 0.0 else f"{why} at this speed"
            )
    sources: list[tuple[str, Mapping[str, Any]]] = [
        (side, means) for side, means in summary.items() if means and activity != "hop"
    ]
    if activity == "hop":
        sources = [("both", one["best"]) for one in hop_sets if one["best"]]
    outside = [
        {
            "side": side,
            "metric": name,
            "mean": means[name]["mean"],
            "typical": [low, high],
        }
        for side, means in sources
        for name, (low, high) in known.items()
        if name in means
        and means[name]["mean"] is not None
        and not low <= means[name]["mean"] <= high
    ]
    return {"outside": outside, "why": why}
