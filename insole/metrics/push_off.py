"""Definitions of the push-off impulse and what it cannot say, science.md section 4."""

from __future__ import annotations

from insole.metrics.spec import BOTH, FORCE, MASS, MEDIUM, MetricSpec

_SOURCE = "science.md 4.2"
LIMITS = (
    "Force under the foot only: an insole cannot separate forward push from support. "
    "A longer step (lower cadence) raises this number by itself. "
    "Hysteresis of the sensors can add 1–3 % to the push-off half."
)
_INSOLE = "Compare within the same insole only. " + LIMITS
_STEP = (FORCE, MASS, BOTH)
_STEADY = "Level steady running; not for walking; hops on both feet have their own. "
_TWICE = "The scale of the insole enters more than once over. "
_CADENCES = "Needs 200 valid steps of running over three cadences in one recording. "
_FRONT = ("M1", "M23", "M45", "HAL", "TOES")

SPECS = (
    MetricSpec(
        "po50_N_s", "PO50@5%BW", "Late-stance push-off impulse", "N·s",
        "∫ F dt from FS + t_c/2 to TO",
        "Impulse under the foot in the second half of contact.", _SOURCE,
        limits=LIMITS + " The reporting level moves the half: it is part of the name.",
        direction="compare with own baseline",
    ),
    MetricSpec(
        "po50_BW_s", "PO50@5%BW", "Late-stance push-off impulse", "BW·s", "PO50 / BW",
        "Impulse of the second half of contact over body weight.", _SOURCE, needs=(FORCE, MASS),
        limits=LIMITS, direction="compare with own baseline",
    ),
    MetricSpec(
        "po50_share_percent", "PO50/J", "Push-off share", "%", "100·PO50 / J",
        "Part of the impulse that falls in the second half of contact.", _SOURCE, limits=_INSOLE,
        direction="compare with own baseline",
    ),
    MetricSpec(
        "po_eff_N_s", "PO_eff", "Extension impulse", "N·s",
        "∫ F dt from t_m to TO, t_m midway between first up- and last down-crossing of 1 BW",
        "Impulse after about the lowest point of the body; its start needs no threshold. Not for "
        "walking.", _SOURCE, needs=(FORCE, MASS), limits=LIMITS,
        direction="compare with own baseline",
    ),
    MetricSpec(
        "po_eff_BW_s", "PO_eff", "Extension impulse", "BW·s", "PO_eff / BW",
        "Extension impulse over body weight.", _SOURCE, needs=(FORCE, MASS), limits=LIMITS,
        direction="compare with own baseline",
    ),
    MetricSpec(
        "po_eff_share_percent", "PO_eff/J", "Extension share", "%", "100·PO_eff / J",
        "Part of the impulse that falls after about the lowest point of the body.", _SOURCE,
        needs=(FORCE, MASS, MEDIUM), limits=_INSOLE, direction="compare with own baseline",
    ),
    MetricSpec(
        "po_rev_N_s", "PO_rev", "Extension impulse from the lowest point", "N·s",
        "∫ F dt from t_rev to TO; t_rev: last rise of v through 0, "
        "v = g·(T·(i - 1/2) - (t - τ)), i share of J up to t, τ centre of force in time",
        "Impulse after the lowest point of the body in running.", "science.md 4.2, 4.3",
        needs=_STEP, limits=_STEADY + LIMITS, direction="compare with own baseline",
        ready="next foot strike",
    ),
    MetricSpec(
        "po_rev_BW_s", "PO_rev", "Extension impulse from the lowest point", "BW·s", "PO_rev / BW",
        "Impulse after the lowest point of the body over body weight.", "science.md 4.2, 4.3",
        needs=_STEP, limits=_STEADY + LIMITS, direction="compare with own baseline",
        ready="next foot strike",
    ),
    MetricSpec(
        "po_rev_share_percent", "PO_rev/J", "Extension share from the lowest point", "%",
        "100·PO_rev / J", "Part of the impulse that falls after the lowest point of the body.",
        "science.md 4.2, 4.3", needs=_STEP, limits=_STEADY + _INSOLE,
        direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "po_net_N_s", "PO_net", "Net take-off impulse", "N·s", "∫ (F - BW) dt from t_rev to TO",
        "Mass times the vertical velocity at toe-off.", "science.md 4.2", needs=_STEP,
        limits=_STEADY + _TWICE + LIMITS,
        direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "po_net_BW_s", "PO_net", "Net take-off impulse", "BW·s", "PO_net / BW",
        "Net take-off impulse over body weight.", "science.md 4.2", needs=_STEP,
        limits=_STEADY + _TWICE + LIMITS,
        direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "po_net_share_percent", "PO_net/J", "Net take-off share", "%", "100·PO_net / J",
        "Net take-off impulse in parts of the whole impulse.", "science.md 4.2", needs=_STEP,
        limits=_STEADY + "The scale of the insole enters. " + LIMITS,
        direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "reversal_percent", "t'_rev", "Lowest point of the body", "% of contact",
        "100·(t_rev - FS) / t_c", "Where in contact the body turns upwards.", "science.md 4.3",
        needs=_STEP, limits=_STEADY + "Neither scale nor zero of the insole moves it.",
        ready="next foot strike",
    ),
    MetricSpec(
        "push_off_power_W_kg", "P_po", "Push-off power proxy", "W/kg",
        "largest F·v between t_rev and TO, over body mass",
        "Rate at which the force under the foot raises the body, at its largest.",
        "science.md 4.2", needs=_STEP, limits=_STEADY + "Vertical only: a proxy, for experts. "
        + LIMITS, direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "po_res_N_s", "PO_res", "Push-off beyond step length", "N·s",
        "PO50 - (a + b·T_step), a line through the runner's own steps",
        "Late-stance impulse without the part that a longer step brings by itself.",
        "science.md 4.2", needs=(FORCE, BOTH),
        limits=_CADENCES + LIMITS,
        direction="compare with own baseline", ready="summary",
    ),
    MetricSpec(
        "po_res_BW_s", "PO_res", "Push-off beyond step length", "BW·s", "PO_res / BW",
        "Late-stance impulse without the part that a longer step brings, over body weight.",
        "science.md 4.2", needs=(FORCE, MASS, BOTH),
        limits=_CADENCES + LIMITS,
        direction="compare with own baseline", ready="summary",
    ),
    MetricSpec(
        "po_pk_N_s", "PO_pk", "After-peak impulse", "N·s",
        "∫ F dt from the active peak (walking: P2) to TO",
        "Impulse after the peak; the noisiest of the push-off numbers.", _SOURCE, limits=LIMITS,
    ),
    MetricSpec(
        "po_pk_BW_s", "PO_pk", "After-peak impulse", "BW·s", "PO_pk / BW",
        "Impulse after the peak over body weight.", _SOURCE, needs=(FORCE, MASS), limits=LIMITS,
        ready="next foot strike",
    ),
    MetricSpec(
        "po_pk_share_percent", "PO_pk/J", "After-peak share", "%", "100·PO_pk / J",
        "Part of the impulse that falls after the peak.", _SOURCE, limits=_INSOLE,
    ),
    MetricSpec(
        "po_ff_N_s", "PO_ff", "Forefoot push-off impulse", "N·s",
        "∫ (F_M1+F_M23+F_M45+F_HAL+F_TOES) dt over the second half of contact",
        "Part of the push-off that passes through forefoot and toes.", _SOURCE,
        needs=(FORCE, *_FRONT), limits=LIMITS, direction="compare with own baseline",
    ),
    MetricSpec(
        "po_ff_BW_s", "PO_ff", "Forefoot push-off impulse", "BW·s", "PO_ff / BW",
        "Forefoot push-off impulse over body weight.", _SOURCE, needs=(FORCE, MASS, *_FRONT),
        limits=LIMITS, direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "po_ff_share_percent", "PO_ff/J", "Forefoot push-off in parts of the impulse", "%",
        "100·PO_ff / J", "Forefoot push-off impulse in parts of the whole impulse.", _SOURCE,
        needs=(*_FRONT,), limits=_INSOLE, direction="compare with own baseline",
    ),
    MetricSpec(
        "po_hal_N_s", "PO_hal", "Big-toe push-off impulse", "N·s",
        "∫ F_HAL dt over the second half of contact",
        "Part of the push-off that passes through the big toe.", _SOURCE, needs=(FORCE, "HAL"),
        limits=LIMITS, direction="compare with own baseline",
    ),
    MetricSpec(
        "po_hal_BW_s", "PO_hal", "Big-toe push-off impulse", "BW·s", "PO_hal / BW",
        "Big-toe push-off impulse over body weight.", _SOURCE, needs=(FORCE, MASS, "HAL"),
        limits=LIMITS, direction="compare with own baseline", ready="next foot strike",
    ),
    MetricSpec(
        "po_hal_share_percent", "PO_hal/J", "Big-toe push-off in parts of the impulse", "%",
        "100·PO_hal / J", "Big-toe push-off impulse in parts of the whole impulse.", _SOURCE,
        needs=("HAL",), limits=_INSOLE, direction="compare with own baseline",
    ),
    MetricSpec(
        "s_hal_percent", "s_hal", "Big-toe share of push-off", "%", "100·PO_hal / PO50",
        "How much of the push-off the big toe carries.", _SOURCE, needs=("HAL",), limits=_INSOLE,
        direction="compare with own baseline",
    ),
    MetricSpec(
        "s_ray1_percent", "s_ray1", "First-ray share", "%",
        "100·∫(F_M1+F_HAL) / ∫(F_M1+F_M23+F_M45+F_HAL+F_TOES), second half of contact",
        "How much of the forefoot's push-off passes through the first ray.", _SOURCE,
        needs=_FRONT, limits=_INSOLE, direction="compare with own baseline",
    ),
)  # fmt: skip
