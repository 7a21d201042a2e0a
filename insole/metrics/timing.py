"""Definitions of times, science.md section 3.3."""

from __future__ import annotations

from insole.metrics.spec import BOTH, FORCE, MASS, MetricSpec

_LEVEL = "Depends on the reporting level: compare values of one level only."
_SOURCE = "science.md 3.3"

SPECS = (
    MetricSpec(
        "foot_strike_s", "FS", "Foot strike", "s",
        "last up-crossing of T_rep before the contact, between samples by a chord and the bend",
        "Instant where the force under the foot rises through 5 % of body weight.",
        "science.md 3.1", limits=_LEVEL,
    ),
    MetricSpec(
        "toe_off_s", "TO", "Toe-off", "s",
        "first down-crossing of T_rep after the last sample at or above it, as foot strike",
        "Instant where the force under the foot falls through 5 % of body weight.",
        "science.md 3.1", limits=_LEVEL,
    ),
    MetricSpec(
        "contact_s", "t_c@5%BW", "Contact time", "s", "TO - FS",
        "Time from foot strike to toe-off.", _SOURCE,
        limits="Fragile: the reporting level, filters and a late toe-off by hysteresis change it. "
        + _LEVEL,
    ),
    MetricSpec(
        "effective_contact_s", "t_ce", "Effective contact time", "s", "time with F >= 1 BW",
        "Time in which the foot carries at least body weight; does not depend on thresholds.",
        _SOURCE, needs=(FORCE, MASS),
    ),
    MetricSpec(
        "flight_s", "t_f", "Flight time", "s", "FS of the other foot - TO, where not negative",
        "Time in the air from toe-off to the other foot's strike.", _SOURCE,
        needs=(FORCE, BOTH), ready="next foot strike",
    ),
    MetricSpec(
        "double_support_s", "t_ds", "Double support", "s",
        "TO - FS of the other foot, where positive",
        "Time in which both feet are on the ground before toe-off.", _SOURCE,
        needs=(FORCE, BOTH), ready="next foot strike",
    ),
    MetricSpec(
        "step_s", "T_step", "Step time", "s", "FS of the other foot - FS",
        "Time from foot strike to the other foot's strike.", _SOURCE,
        needs=(FORCE, BOTH), ready="next foot strike",
    ),
    MetricSpec(
        "stride_s", "T_stride", "Stride time", "s", "next FS of the same foot - FS",
        "Time from foot strike to the next of the same foot.", _SOURCE, ready="next foot strike",
    ),
    MetricSpec(
        "cadence_spm", "f", "Cadence", "1/min", "120 / T_stride",
        "Steps a minute of both feet.", _SOURCE, ready="next foot strike",
        limits="A hop on both feet counts as two steps.",
    ),
    MetricSpec(
        "duty_factor", "DF", "Duty factor", "1", "t_c / T_stride",
        "Share of the stride that the foot is on the ground.", _SOURCE, limits=_LEVEL,
        ready="next foot strike",
    ),
    MetricSpec(
        "swing_s", "t_sw", "Swing time", "s", "next FS of the same foot - TO",
        "Time from toe-off to the foot's next strike.", _SOURCE, limits=_LEVEL,
        ready="next foot strike",
    ),
    MetricSpec(
        "double_support_percent", "DS", "Double support", "% of stride",
        "100·(overlap before + overlap after) / T_stride",
        "Share of the stride with both feet on the ground; walking only.", _SOURCE,
        needs=(FORCE, BOTH), limits=_LEVEL, ready="next foot strike",
    ),
    MetricSpec(
        "single_support_percent", "SS", "Single support", "% of stride",
        "100·swing of the other foot / T_stride",
        "Share of the stride in which the other foot is in the air.", _SOURCE,
        needs=(FORCE, BOTH), limits=_LEVEL, ready="next foot strike",
    ),
    MetricSpec(
        "left_load_share", "LR", "Left foot's share of load", "1",
        "J_left / (J_left + J_right) of a contact and the other foot's next one, or both of a hop",
        "How the two feet share the impulse.", "science.md 1.5", needs=(FORCE, BOTH),
        limits="Each insole has its own scale: compare changes, not one half.",
        direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "effective_flight_s", "t_ae", "Effective flight time", "s", "T_step - t_ce",
        "Part of the step in which less than body weight is carried.", _SOURCE,
        needs=(FORCE, MASS, BOTH), ready="next foot strike",
    ),
    MetricSpec(
        "activity_class", "activity", "Activity of the step", "class",
        "0 run: DF < 0.5 and no overlap; 1 walk: DF 0.55 to 0.75 with overlap; 2 hop: both FS "
        "within 40 ms after 60 ms in the air; 3 other; but for a hop, the second stride in a row "
        "changes it",
        "What the person did in this step.", "science.md 3.2", needs=(),
        limits="Standing is told apart by its spans, not here.", ready="next foot strike",
    ),
)  # fmt: skip
