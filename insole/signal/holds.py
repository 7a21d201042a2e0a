"""What should be kept while standing: four points on the ground, shares in their range.

The quadripod hold and the ranges of quiet standing on both feet (science.md, sections 1.4 and 1.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.sharing import FOUR
from insole.signal.tripod import HAL, HEEL, M1, M45, match_index, variation

REGION_OF = (HEEL, M1, M45, HAL)
"""Columns of the four points among regions, in the order of FOUR."""

TOE = FOUR.index("toe")


@dataclass(frozen=True, slots=True)
class Range:
    """A number, and where it should lie.

    Attributes:
        name: `heel`, `first_ball`, `fifth_ball`, `toe` of a hold; `rearfoot_share`,
            `medial_share`, `left_share` of standing on both feet.
        value: share, 0 to 1; NaN while it is not defined.
        low, high: the range, both ends inside.
        target: where it should be best; NaN: anywhere in the range.
        why: why there can be no value; "" where there can.
    """

    name: str
    value: float
    low: float
    high: float
    target: float = nan
    why: str = ""

    @property
    def inside(self) -> bool | None:
        """The value lies in the range; None while there is none."""
        return self.low <= self.value <= self.high if isfinite(self.value) else None


@dataclass(frozen=True, slots=True)
class Hold:
    """The four points of one foot against the target of the quadripod hold.

    Attributes:
        share: (4,) of the four points' load: heel, ball of big toe, ball of little toe, big toe;
            NaN while undefined.
        target: (4,) shares.
        least: (4,) smallest shares.
        reach: largest TV, half the sum of |share - target|.
        lost: names of points that are off the ground for longer than a moment; () while the foot
            does not stand.
        why: why this foot has no quadripod; "" where it has.
    """

    share: Floats
    target: Floats
    least: Floats
    reach: float
    lost: tuple[str, ...] = ()
    why: str = ""

    @property
    def pads(self) -> tuple[Range, ...]:
        """Each point with its own band.

        The band is what a point can have while TV <= reach, |share - target| <= reach, cut at its
        smallest share.
        """
        low = np.maximum(self.target - self.reach, self.least)
        high = np.minimum(self.target + self.reach, 1.0)
        columns = zip(FOUR, self.share, low, high, self.target, strict=True)
        return tuple(
            Range(name, *(float(number) for number in numbers), why=self.why)
            for name, *numbers in columns
        )

    @property
    def match_percent(self) -> float:
        """As the tripod match index, of four points: 100 on target; NaN while undefined."""
        return float(match_index(self.share[None, :], self.target)[0])

    @property
    def inside(self) -> bool | None:
        """TV <= reach, and no point below its smallest share; None while undefined."""
        if not np.isfinite(self.share).all():
            return None
        near = variation(self.share[None, :], self.target)[0] <= self.reach
        return bool(near and (self.share >= self.least).all())

    def at(self, share: Floats) -> Hold:
        """The same target, for other shares (4,)."""
        return replace(self, share=share) if not self.why else self


RANGES = {
    "rearfoot_share": "targets.rearfoot",
    "medial_share": "targets.medial",
    "left_share": "targets.left",
}
"""Shares that have a range while standing on both feet, and where it is set."""


def range_of(name: str, value: float, *, parameters: Parameters) -> Range:
    """A share of quiet standing on both feet with the range where it should lie.

    Args:
        name: one of RANGES.
        value: share, or NaN.
        parameters: section `targets`.
    """
    low, high = parameters.several(RANGES[name])
    why = "" if isfinite(value) else "not known yet"
    return Range(name, value, low, high, why=why)


def quadripod_hold(
    observable: Bools, *, parameters: Parameters, lost: tuple[str, ...] = ()
) -> Hold:
    """The target of the quadripod hold, no share known yet.

    Args:
        observable: (R,) regions that have a sensor.
        parameters: section `targets`, `tripod.tv_zone`.
        lost: points that are lost.
    """
    missing = [REGIONS[index] for index in REGION_OF if not observable[index]]
    return Hold(
        share=np.full(len(FOUR), nan),
        target=np.array(parameters.several("targets.quadripod")),
        least=np.array(parameters.several("targets.quadripod_least")),
        reach=parameters["tripod.tv_zone"],
        lost=() if missing else lost,
        why=f"no sensor under {', '.join(missing)}" if missing else "",
    )
