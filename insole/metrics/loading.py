"""Definitions of loading and unloading rates, science.md section 3.4."""

from __future__ import annotations

from insole.metrics.spec import FAST, FORCE, MASS, MetricSpec

_SOURCE = "science.md 3.4"
_NEEDS = (FORCE, MASS, FAST)
_LIMITS = "Depends on rate and filter: compare only within one set-up. Says nothing about injury."

SPECS = (
    MetricSpec(
        "impact_peak_BW", "F_ip", "Impact peak", "BW",
        "first local maximum within 60 ms and 25 % of contact, followed by a drop of 0.02 BW",
        "Early peak of a landing on the heel; none where there is no such peak.", _SOURCE,
        needs=_NEEDS, limits=_LIMITS,
    ),
    MetricSpec(
        "valr_BW_per_s", "VALR", "Mean loading rate", "BW/s", "0.6·F_ip / (t80 - t20)",
        "Mean slope from 20 to 80 % of the impact peak.", _SOURCE, needs=_NEEDS, limits=_LIMITS,
    ),
    MetricSpec(
        "vilr_BW_per_s", "VILR", "Largest loading rate", "BW/s",
        "largest difference of four rows between t20 and t80 of the impact peak",
        "Steepest rise of force before the impact peak.", _SOURCE, needs=_NEEDS, limits=_LIMITS,
    ),
    MetricSpec(
        "slope_3_12_BW_per_s", "LR 3–12 %", "Early loading rate", "BW/s",
        "(F(12 %) - F(3 %)) / (0.09·t_c)",
        "Mean slope from 3 to 12 % of contact, given where there is no impact peak.", _SOURCE,
        needs=_NEEDS, limits=_LIMITS,
    ),
    MetricSpec(
        "unloading_rate_N_per_s", "RFD_off", "Unloading rate", "N/s",
        "max(-dF/dt) in 50 to 100 % of contact, over 20 ms",
        "Steepest fall of force towards toe-off.", _SOURCE,
        limits="Low rates smooth it; compare only within one sampling rate.",
    ),
    MetricSpec(
        "unloading_rate_BW_per_s", "RFD_off", "Unloading rate", "BW/s", "RFD_off / BW",
        "Steepest fall of force towards toe-off, in body weights.", _SOURCE, needs=(FORCE, MASS),
        limits="Low rates smooth it; compare only within one sampling rate.",
        ready="next foot strike",
    ),
)  # fmt: skip
