"""The tripod: how load is shared between heel, first ray and fifth ray (science.md, 1.4 and 1.5).

Pure functions of region forces and CoP. MTH2-3, midfoot and lesser toes take no part on purpose;
`coverage` says how much of the load the three points explain.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.columns import weighted
from insole.signal.geometry import clip

HEEL, M1, M45, HAL = (REGIONS.index(name) for name in ("HEEL", "M1", "M45", "HAL"))
RAYS = ("heel", "first_ray", "fifth_ray")
"""Order of every tripod array."""


def points(region_n: Floats, *, out: Floats | None = None) -> Floats:
    """Load on the three points: HEEL, M1 + HAL, M45.

    Without a hallux sensor the first ray is M1 alone; any other unobservable corner is NaN.

    Args:
        region_n: (n, R) forces or impulses, columns as REGIONS.
        out: (n, 3) where the answer goes; None: a new array.

    Returns:
        (n, 3).
    """
    found = np.empty((len(RAYS), len(region_n))) if out is None else out.T
    found[0], found[1], found[2] = region_n[:, HEEL], region_n[:, HAL], region_n[:, M45]
    np.copyto(found[1], 0.0, where=np.isnan(found[1]))
    found[1] += region_n[:, M1]
    return found.T


def _sum3(three: Floats) -> Floats:
    return (three[:, 0] + three[:, 1]) + three[:, 2]


def tripod(region_n: Floats, *, minimum_n: float = 0.0) -> Floats:
    """t, (n, 3), rows sum to 1; NaN where the three carry less than `minimum_n`.

    `minimum_n` is max(tripod.min_N, tripod.min_BW x BW) for forces. Impulses need 0.
    """
    return shares_of(points(region_n), minimum_n=minimum_n)


def shares_of(three: Floats, *, minimum_n: float = 0.0) -> Floats:
    """As `tripod`, of loads (n, 3) on the three points."""
    total = _sum3(three)
    enough = (total >= minimum_n) & (total > 0.0)
    out = np.full(three.shape, np.nan)
    np.divide(three, total[:, None], out=out, where=enough[:, None])
    return out


def least_load_n(bw_n: float | None, parameters: Parameters) -> float:
    """Load on the points below which t and q are undefined (science.md, 1.4), N.

    Args:
        bw_n: body weight, or None.
        parameters: `tripod.min_N`, `tripod.min_BW`.
    """
    return max(parameters["tripod.min_N"], parameters["tripod.min_BW"] * (bw_n or 0.0))


def coverage(region_n: Floats, total_n: Floats) -> Floats:
    """c3, (n,): load on the three points as share of the foot's; NaN without load."""
    out = np.full(len(total_n), np.nan)
    np.divide(_sum3(points(region_n)), total_n, out=out, where=total_n > 0.0)
    return out


def quadripod(region_n: Floats, *, minimum_n: float = 0.0) -> Floats:
    """q, (n, 4): heel, ball of big toe, ball of little toe, big toe; NaN when unobservable."""
    four = region_n[:, (HEEL, M1, M45, HAL)]
    total = _sum3(four) + four[:, 3]
    enough = (total >= minimum_n) & (total > 0.0)
    out = np.full(four.shape, np.nan)
    np.divide(four, total[:, None], out=out, where=enough[:, None])
    return out


def medial_share(region_n: Floats) -> Floats:
    """ML_ff, (n,): first ray as share of first and fifth ray; NaN without load there."""
    three = points(region_n)
    front = three[:, 1] + three[:, 2]
    out = np.full(len(front), np.nan)
    np.divide(three[:, 1], front, out=out, where=front > 0.0)
    return out


def rearfoot_share(force: Floats, y: Floats) -> Floats:
    """RF50, (n,): share of the load on sensors in the rear half, y < 0.5; NaN without load.

    Args:
        force: (n, S) N.
        y: (S,) along the insole, 0 heel to 1 toe.
    """
    sums = weighted(force, np.column_stack((y < 0.5, np.ones(len(y)))).astype(np.float64))
    out = np.full(len(force), np.nan)
    np.divide(sums[:, 0], sums[:, 1], out=out, where=sums[:, 1] > 0.0)
    return out


def barycentric(cop_mm: Floats, anchors_mm: Floats) -> Floats:
    """Beta: loads that three supports at the anchors would carry with the same resultant and CoP.

    Negative: the CoP is outside the tripod, on the side opposite to that point.

    Args:
        cop_mm: (n, 2); NaN stays NaN.
        anchors_mm: (3, 2), not on one line.

    Returns:
        (n, 3), rows sum to 1.
    """
    (hx, hy), (mx, my), (lx, ly) = anchors_mm.tolist()
    twice_area = (mx - hx) * (ly - hy) - (lx - hx) * (my - hy)
    if twice_area == 0.0:
        raise ValueError("the anchors of the tripod lie on one line")
    x, y = cop_mm[:, 0] - hx, cop_mm[:, 1] - hy
    first = (x * (ly - hy) - (lx - hx) * y) / twice_area
    fifth = ((mx - hx) * y - x * (my - hy)) / twice_area
    return np.column_stack((1.0 - first - fifth, first, fifth))


def variation(share: Floats, target: Floats) -> Floats:
    """TV, (n,): half the sum of absolute differences from the target shares.

    Args:
        share: (n, 3) of the tripod, or (n, 4) of the quadripod.
        target: (3,) or (4,).
    """
    gap = np.abs(share - target)
    total = _sum3(gap)
    return 0.5 * (total + gap[:, 3] if len(target) > len(RAYS) else total)


def match_index(share: Floats, target: Floats) -> Floats:
    """TMI, (n,): 100 on target, 0 with all load on the point that the target loads least.

    Args:
        share: (n, 3) or (n, 4), as in `variation`.
        target: (3,) or (4,).
    """
    return 100.0 * (1.0 - variation(share, target) / (1.0 - float(np.min(target))))


def zone(target: Floats, within: float) -> Floats:
    """Corners of the tolerance zone TV <= within, cut to the triangle of possible shares.

    In the plane of shares that sum to 1 the zone is a hexagon with the corners
    target + within (e_i - e_j).

    Returns:
        (k, 3) shares, in order around the zone.
    """
    order = ((0, 2), (0, 1), (2, 1), (2, 0), (1, 0), (1, 2))  # neighbours share an index
    unit = np.eye(3)
    corners = np.array([target + within * (unit[i] - unit[j]) for i, j in order])
    inside = clip(corners[:, :2], (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (1.0, 1.0, 1.0))
    return np.column_stack((inside, 1.0 - inside[:, 0] - inside[:, 1]))
