"""Definitions of pressures under regions and of the rear half's share, science.md 1.3, 1.5, 3.7."""

from __future__ import annotations

from insole.metrics.spec import COP, FORCE, MEDIUM, PRESSURE, MetricSpec
from insole.metrics.tripod import WORDS
from insole.model.foot import REGIONS

_CELLS = (
    "A sensor gives the mean over its own area: few and large ones read lower peaks than small "
    "ones. Compare within one insole."
)
MEANS = (
    "Depends on the level from which a sensor counts as loaded; n/a where no sensor of the region "
    "reaches it. A cell on a border counts by its parts here, and whole in one region's peak."
)


def _regions() -> tuple[MetricSpec, ...]:
    specs: list[MetricSpec] = []
    for region in REGIONS:
        name, place = region.lower(), WORDS[region]
        needs = (FORCE, PRESSURE, region)
        specs += [
            MetricSpec(
                f"peak_pressure_{name}_kPa", f"PP_{region}", f"Peak pressure, {place}", "kPa",
                f"largest p_i of the sensors of {region} in contact",
                f"Largest pressure under the {place} in the step.", "science.md 1.3",
                needs=needs, limits=_CELLS,
            ),
            MetricSpec(
                f"pressure_time_{name}_kPa_s", f"PTI_{region}", f"Pressure-time integral, {place}",
                "kPa·s", f"∫ PP_{region}(t) dt from FS to TO",
                f"Integral of the largest pressure under the {place} over the step.",
                "science.md 1.3", needs=needs, limits=_CELLS,
            ),
            MetricSpec(
                f"mean_pressure_{name}_kPa", f"MP_{region}", f"Mean pressure, {place}", "kPa",
                "∫ F_contact dt / (0.1·∫ A_contact dt), force on and area of the sensors of "
                f"{region} while p_i >= pressure.contact_kpa",
                f"Pressure under the loaded part of the {place}, over the step.",
                "science.md 1.3", needs=needs, limits=MEANS,
            ),
        ]  # fmt: skip
    return tuple(specs)


SPECS = (
    MetricSpec(
        "strike_rear_share", "s_rear", "First load behind the middle", "1",
        "Σ_{y<0.5} ∫F dt / ∫F dt over the first 10 % of contact",
        "Share of the first load that stands behind the middle of the insole.", "science.md 3.7",
        needs=(FORCE, COP, MEDIUM), limits="A contact has few rows there at 100 Hz.",
        direction="compare with own baseline",
    ),
    MetricSpec(
        "strike_class_force", "strike_F", "Foot strike by load", "class",
        "0 rearfoot: s_rear > 0.70; 2 forefoot: s_rear < 0.50; 1 midfoot: between",
        "Part of the foot that takes the first load, by the load of its halves.",
        "science.md 3.7", needs=(FORCE, COP, MEDIUM),
        limits="A class, not a judgement: none is better. Needs no body mass, and counts no toes "
        "apart; it may differ from the class by the strike index.",
    ),
    MetricSpec(
        "peak_pressure_kPa", "PP", "Peak pressure", "kPa", "largest p_i in contact",
        "Largest pressure of all sensors in the step.", "science.md 1.3",
        needs=(FORCE, PRESSURE), limits=_CELLS,
    ),
    MetricSpec(
        "peak_pressure_sensor", "i_PP", "Sensor of the peak pressure", "1",
        "i of the largest p_i, counted from 1", "Number of the sensor that read the step's peak.",
        "science.md 1.3", needs=(FORCE, PRESSURE),
    ),
    MetricSpec(
        "peak_pressure_region", "r_PP", "Region of the peak pressure", "code",
        f"region of that sensor: {', '.join(f'{i} {name}' for i, name in enumerate(REGIONS))}",
        "Where the step's largest pressure was.", "science.md 1.3",
        needs=(FORCE, PRESSURE, COP),
    ),
    *_regions(),
    MetricSpec(
        "rearfoot_share", "RF50", "Share of the rear half", "1",
        "Σ ∫ F_i dt over sensors with y_i < 0.5, over Σ ∫ F_i dt of all",
        "Share of the step's impulse behind the middle of the insole.", "science.md 1.5",
        needs=(COP,), direction="compare with own baseline",
        limits="In quiet standing healthy groups are published with 0.54 to 0.55; a step is not "
        "standing.",
    ),
)  # fmt: skip
