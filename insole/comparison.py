"""Region forces of a trial under other masks than R8: for comparison with published tables.

Beside the pipeline, from the same frames, with the zero of the start. A sensor that is left out at
the end of the trial is left out of the whole of it; a grid has its cell filled as in the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from insole.metrics.masked import masked, region_forces, sensor_area_cm2
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.pipeline import FootPipeline, FootUpdate, PairPipeline
from insole.signal.columns import weighted
from insole.signal.regions import mask_weight


@dataclass(frozen=True, slots=True)
class MaskedFoot:
    """One foot under one mask.

    Attributes:
        names: R regions of the mask.
        time_s: (n,) s on the pipeline's axis.
        region_n: (n, R) N; NaN where a region has no sensor.
        weight: region to (S,) share of every sensor.
    """

    names: tuple[str, ...]
    time_s: Floats
    region_n: Floats
    weight: Mapping[str, Floats]


def masked_feet(
    pair: PairPipeline, updates: Iterable[FootUpdate], *, mask: str
) -> dict[Side, MaskedFoot]:
    """Both feet under a mask.

    Args:
        pair: the pipeline that gave the updates.
        updates: all of them.
        mask: name of a mask.

    Raises:
        RequestError: there is no such mask.
    """
    kept = list(updates)
    found: dict[Side, MaskedFoot] = {}
    for side, foot in sorted(pair.feet.items()):
        own = [update for update in kept if update.side is side]
        weight = _believed(foot, mask_weight(foot.capability.layout, foot.parameters, mask=mask))
        parts = [region_forces(_sensor_n(foot, update), weight) for update in own]
        times = [update.frames.time_s for update in own]
        found[side] = MaskedFoot(
            names=tuple(weight),
            time_s=np.concatenate([np.zeros(0), *times]),
            region_n=np.concatenate([np.zeros((0, len(weight))), *parts]),
            weight=weight,
        )
    return found


def mask_tables(
    pair: PairPipeline, updates: Sequence[FootUpdate], *, masks: Sequence[str]
) -> dict[str, Any]:
    """The document's section `masks`: mask, side, region to means over valid steps."""
    tables: dict[str, Any] = {}
    steps = dict(zip((Side.LEFT, Side.RIGHT), pair.steps(), strict=True))
    for mask in masks:
        feet = masked_feet(pair, updates, mask=mask)
        tables[mask] = {
            side.value: masked(
                foot.time_s,
                foot.region_n,
                steps[side],
                weight=dict(foot.weight),
                area_cm2=sensor_area_cm2(pair.feet[side].capability.layout),
            )
            for side, foot in feet.items()
        }
    return tables


def _believed(foot: FootPipeline, weight: dict[str, Floats]) -> dict[str, Floats]:
    """Shares of the sensors that are believed; a cell that is filled counts as it did."""
    gone = foot.sensors.masked
    if not gone or foot.load.masked(gone).filled_from is not None:
        return weight
    kept = np.ones(foot.capability.layout.sensors)
    kept[list(gone)] = 0.0
    return {name: share * kept for name, share in weight.items()}


def _sensor_n(foot: FootPipeline, update: FootUpdate) -> Floats:
    """(n, S) force of each sensor, N."""
    load, gone = foot.load, foot.sensors.masked
    above = load.calibrated(update.frames.values)
    mask = load.masked(gone)
    above[:, list(gone)] = 0.0
    if mask.filled_from is not None:
        above += weighted(above, mask.filled_from.T)
    force = above * (load.newton_per_value * mask.share / (load.unit_per_value * load.gain))
    creep = load.factor(update.frames.time_s)
    return force if creep is None else force * creep[:, None]
