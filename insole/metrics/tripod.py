"""Definitions of regional shares, tripod and centre of pressure, science.md sections 1.3 to 1.5."""

from __future__ import annotations

from insole.metrics.spec import COP, FORCE, MetricSpec
from insole.model.foot import REGIONS

_CUE = (
    "The tripod is a coaching cue, not a norm: healthy feet do not load three equal points. "
    "Compare with the own baseline."
)
_ML = "Across the foot an insole is poor: compare within the same person, insole and shoe only."
WORDS = {
    "HEEL": "heel", "MID": "midfoot", "M1": "ball of the big toe", "M23": "second and third ball",
    "M45": "ball of the little toe", "HAL": "big toe", "TOES": "lesser toes",
}  # fmt: skip
_CORNERS = (("heel", "H", "Heel"), ("first", "M", "First ray"), ("fifth", "L", "Fifth ray"))


_MOMENTS = (
    ("mid", "mid", "between 20 and 80 % of contact", "the impulse from 20 to 80 % of contact"),
    ("peak", "pk", "at the active peak", "the forces at F_max"),
)


def _regions() -> tuple[MetricSpec, ...]:
    specs: list[MetricSpec] = []
    for region in REGIONS:
        name, place = region.lower(), WORDS[region]
        specs += [
            MetricSpec(
                f"fti_{name}_N_s", f"FTI_{region}", f"Impulse of the {place}", "N·s",
                f"∫ F_{region} dt from FS to TO",
                f"Part of the impulse that passes through the {place}.", "science.md 1.3",
                needs=(FORCE, region),
            ),
            MetricSpec(
                f"share_{name}", f"s_{region}", f"Share of the {place}", "1",
                f"FTI_{region} / ΣFTI", f"Share of the step's impulse under the {place}.",
                "science.md 1.3", needs=(region,), direction="compare with own baseline",
            ),
        ]  # fmt: skip
    return tuple(specs)


def _corners() -> tuple[MetricSpec, ...]:
    regional = tuple(
        MetricSpec(
            f"tripod_{name}", f"t_{sign}", f"{words} of the tripod", "1",
            f"{sign} / (H + M + L) of the step's impulse; H heel, M = M1 + HAL, L = M45",
            f"Share of {words.lower()} in what the three points of the foot carried in the step.",
            "science.md 1.4", needs=("HEEL", "M1", "M45"), limits=_CUE,
            direction="compare with own baseline",
        )
        for name, sign, words in _CORNERS
    )  # fmt: skip
    supports = tuple(
        MetricSpec(
            f"barycentric_{name}", f"β_{sign}", f"{words}, from the centre of pressure", "1",
            "[x; y; 1 of the three anchors]·β = (CoP of the step's impulse; 1)",
            "Share that a support at this point would carry with the same centre of pressure; "
            "negative outside the triangle.",
            "science.md 1.4", needs=(COP,), limits=_CUE,
            direction="compare with own baseline",
        )
        for name, sign, words in _CORNERS
    )  # fmt: skip
    moments = tuple(
        MetricSpec(
            f"tripod_{where}_{name}", f"t_{sign},{mark}", f"{words} of the tripod {when}", "1",
            f"{sign} / (H + M + L) of {what}",
            f"Share of {words.lower()} in what the three points carried {when}.",
            "science.md appendix C", needs=("HEEL", "M1", "M45"), limits=_CUE,
            direction="compare with own baseline",
        )
        for where, mark, when, what in _MOMENTS
        for name, sign, words in _CORNERS
    )  # fmt: skip
    four = tuple(
        MetricSpec(
            f"quadripod_{name}", f"q_{region}", f"{WORDS[region].capitalize()} of the quadripod",
            "1", f"F_{region} / (F_HEEL + F_M1 + F_M45 + F_HAL) of the step's impulse",
            f"Share of the {WORDS[region]} in what the four points carried.", "science.md 1.4",
            needs=("HEEL", "M1", "M45", "HAL"), limits=_CUE,
            direction="compare with own baseline",
        )
        for name, region in (
            ("heel", "HEEL"), ("first_ball", "M1"), ("fifth_ball", "M45"), ("toe", "HAL"),
        )
    )  # fmt: skip
    return regional + supports + moments + four


SPECS = (
    *_regions(),
    *_corners(),
    MetricSpec(
        "coverage3", "c3", "Coverage of the tripod", "1", "(H + M + L) / ΣFTI",
        "How much of the step's impulse the three points explain.", "science.md 1.4",
        needs=("HEEL", "M1", "M45"),
    ),
    *(
        MetricSpec(
            f"coverage3_{where}", f"c3,{mark}", f"Coverage of the tripod {when}", "1",
            f"(H + M + L) / ΣF_r of {what}", f"How much the three points explain {when}.",
            "science.md appendix C", needs=("HEEL", "M1", "M45"),
        )
        for where, mark, when, what in _MOMENTS
    ),
    MetricSpec(
        "evenness", "E", "Evenness of the tripod", "1", "-Σ t_i·ln t_i / ln 3",
        "1 when the three points carry alike, 0 when one carries all.", "science.md 1.5",
        needs=("HEEL", "M1", "M45"), limits="For information only. " + _CUE,
    ),
    MetricSpec(
        "tripod_match_percent", "TMI", "Tripod match of the step", "%",
        "100·(1 - TV/TVmax), TV = ½·Σ|t_i - t*_i|, TVmax = 1 - min t*_i; t* of single-leg stance",
        "How near the step's tripod is to the coach's target for one leg.", "science.md 1.5",
        needs=("HEEL", "M1", "M45"), limits="The target is a setting (targets.single). " + _CUE,
        direction="compare with own baseline",
    ),
    MetricSpec(
        "medial_share", "ML_ff", "Medial share of the tripod's front", "1",
        "(F_M1 + F_HAL) / (F_M1 + F_HAL + F_M45) of the step's impulse",
        "How much of the front of the tripod the first ray carries.", "science.md 1.5",
        needs=("M1", "M45"), limits=_CUE, direction="compare with own baseline",
    ),
    MetricSpec(
        "cop_x_mm", "CoP_x", "Centre of pressure across", "mm", "∫ F·x dt / ∫ F dt",
        "Centre of the step's impulse, medial to lateral.", "science.md 1.4", needs=(COP,),
        limits=_ML,
    ),
    MetricSpec(
        "cop_y_mm", "CoP_y", "Centre of pressure along", "mm", "∫ F·y dt / ∫ F dt",
        "Centre of the step's impulse, from the rear edge to the toes.", "science.md 1.4",
        needs=(COP,),
    ),
    *(
        MetricSpec(
            f"cop_{end}_{axis}_mm", f"CoP_{axis},{end}", f"CoP {axis} at {when}", "mm",
            f"CoP_{axis} of the {place} sample with a centre of pressure in contact",
            f"Where the path of the centre of pressure {verb}.", "science.md 1.4", needs=(COP,),
            limits=_ML if axis == "x" else "",
        )
        for end, when, place, verb in (
            ("start", "foot strike", "first", "begins"), ("end", "toe-off", "last", "ends"),
        )
        for axis in "xy"
    ),
)  # fmt: skip
