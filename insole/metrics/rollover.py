"""Definitions of how the foot strikes, rolls over and leaves, science.md 3.4, 3.7 and 4.2."""

from __future__ import annotations

from insole.metrics.spec import COP, FORCE, MASS, MEDIUM, MetricSpec
from insole.model.foot import REGIONS

_STRIKE = (FORCE, MASS, COP, MEDIUM)
_LENGTH = (
    "Without mask.foot_start and mask.foot_scale the foot is taken to be as long as the insole, "
    "which is 10 to 20 mm more; under-detects forefoot strikes, for the toes are counted."
)

SPECS = (
    MetricSpec(
        "strike_index_percent", "SI_y", "Strike index", "% of length",
        "mean CoP_y of the samples in the first 30 ms with F >= 0.1 BW, from the rear end of the "
        "foot, over its length",
        "Where along the foot the first load stands.", "science.md 3.4, 3.7", needs=_STRIKE,
        limits=_LENGTH, direction="compare with own baseline",
    ),
    MetricSpec(
        "strike_index_toeless_percent", "SI_mod", "Strike index without toes",
        "% of length to the toe line", "SI_y / 0.81",
        "Strike index over the length from the heel to the toe line.", "science.md 3.7",
        needs=_STRIKE, limits=_LENGTH, direction="compare with own baseline",
    ),
    MetricSpec(
        "strike_class", "strike", "Foot strike", "class",
        "0 rearfoot: SI_y < 33.3 %; 1 midfoot: < 66.7 %; 2 forefoot: above",
        "Part of the foot that takes the first load.", "science.md 3.7", needs=_STRIKE,
        limits="A class, not a judgement: none is better. " + _LENGTH,
    ),
    MetricSpec(
        "hal_peak_N", "HAL_pk", "Peak under the big toe", "N", "largest F_HAL, by a parabola",
        "Largest force under the big toe in the contact.", "science.md 4.2", needs=(FORCE, "HAL"),
        limits="Toe press in this shoe, not the strength of a muscle.",
        direction="compare with own baseline",
    ),
    MetricSpec(
        "hal_peak_BW", "HAL_pk", "Peak under the big toe", "BW", "HAL_pk / BW",
        "Largest force under the big toe in body weights.", "science.md 4.2",
        needs=(FORCE, MASS, "HAL"), limits="Toe press in this shoe, not the strength of a muscle.",
        direction="compare with own baseline",
    ),
    MetricSpec(
        "hal_peak_percent", "t'_HAL", "Time of the big toe's peak", "% of contact",
        "100·(t(HAL_pk) - FS) / t_c", "Where in contact the big toe presses most.",
        "science.md 4.2", needs=("HAL",), direction="compare with own baseline",
    ),
    MetricSpec(
        "last_to_leave", "HAL_last", "Last to leave", "class",
        "region with the latest fall of F through 0.02 BW: "
        + ", ".join(f"{place} {name}" for place, name in enumerate(REGIONS)),
        "Region that carries load last.", "science.md 4.2", needs=(FORCE, MASS, "HAL"),
        limits="A zero that has drifted keeps a region loaded.",
    ),
    MetricSpec(
        "valid_share", "valid", "Sound part of the contact", "1",
        "samples in contact that were received and not bridged / all",
        "How much of the contact was received.", "science.md appendix C", needs=(),
    ),
)  # fmt: skip
