"""Definitions of impulse and peaks, science.md section 3.4."""

from __future__ import annotations

from insole.metrics.spec import FORCE, MASS, MetricSpec

_SOURCE = "science.md 3.4"
_SCALE = "Force under the foot: the scale of the insole (gain) enters fully."

SPECS = (
    MetricSpec(
        "impulse_N_s", "J", "Impulse", "N·s", "∫ F dt from FS to TO",
        "Force under the foot, summed over the contact.", _SOURCE, limits=_SCALE,
    ),
    MetricSpec(
        "impulse_BW_s", "J", "Impulse", "BW·s", "J / BW",
        "Impulse in body weights times seconds; in level steady running equal to the step time.",
        _SOURCE, needs=(FORCE, MASS), limits=_SCALE,
    ),
    MetricSpec(
        "mean_force_N", "F̄", "Mean force", "N", "J / t_c",
        "Mean force under the foot during contact.", _SOURCE, limits=_SCALE,
    ),
    MetricSpec(
        "mean_force_BW", "F̄", "Mean force", "BW", "J / (t_c·BW)",
        "Mean force under the foot during contact in body weights.", _SOURCE, needs=(FORCE, MASS),
        limits=_SCALE, ready="next foot strike",
    ),
    MetricSpec(
        "peak_force_N", "F_max", "Active peak", "N",
        "largest F in 30 to 100 % of contact (walking: in all of it), by a parabola",
        "Largest force under the foot after the impact.", _SOURCE, limits=_SCALE,
    ),
    MetricSpec(
        "peak_force_BW", "F_max", "Active peak", "BW", "F_max / BW",
        "Largest force under the foot in body weights.", _SOURCE, needs=(FORCE, MASS),
        limits=_SCALE,
    ),
    MetricSpec(
        "time_to_peak_s", "t_pk", "Time to peak", "s", "t(F_max) - FS",
        "Time from foot strike to the active peak.", _SOURCE,
    ),
    MetricSpec(
        "time_to_peak_percent", "t'_pk", "Time to peak", "% of contact",
        "100·(t(F_max) - FS) / t_c", "Where in contact the active peak lies.", _SOURCE,
    ),
    MetricSpec(
        "p1_N", "P1", "First peak of walking", "N", "largest F in 0 to 50 % of contact",
        "Weight acceptance; contacts of at least 0.45 s only.", _SOURCE, limits=_SCALE,
    ),
    MetricSpec(
        "p1_BW", "P1", "First peak of walking", "BW", "P1 / BW",
        "The same in body weights.", _SOURCE, needs=(FORCE, MASS), limits=_SCALE,
        ready="next foot strike",
    ),
    MetricSpec(
        "valley_N", "V", "Valley of walking", "N", "smallest F in 25 to 75 % of contact",
        "Unloading at mid-stance; contacts of at least 0.45 s only.", _SOURCE, limits=_SCALE,
    ),
    MetricSpec(
        "valley_BW", "V", "Valley of walking", "BW", "V / BW",
        "The same in body weights.", _SOURCE, needs=(FORCE, MASS), limits=_SCALE,
        ready="next foot strike",
    ),
    MetricSpec(
        "p2_N", "P2", "Second peak of walking", "N", "largest F in 50 to 100 % of contact",
        "Push-off peak; contacts of at least 0.45 s only.", _SOURCE, limits=_SCALE,
    ),
    MetricSpec(
        "p2_BW", "P2", "Second peak of walking", "BW", "P2 / BW",
        "The same in body weights.", _SOURCE, needs=(FORCE, MASS), limits=_SCALE,
        ready="next foot strike",
    ),
)  # fmt: skip
