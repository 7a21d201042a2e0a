"""Strides of both feet side by side (science.md, section 3.5 and appendix B5).

A stride of the left foot belongs with the right foot's contact inside it. An index of symmetry is
that of each such pair, where both are valid, and its mean over pairs: what both feet do alike, as
when a runner slows down, is no difference between them.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.gait import Steps

TOGETHER_S = 0.1  # the right foot may strike this long before the left one: hops on both feet
LONGEST_S = 1.5  # later than this after it, it is another bout


def stride_pairs(left: Steps, right: Steps) -> tuple[Ints, Ints]:
    """Rows of the left foot and of the right foot's contacts that belong with them."""
    one, two = left.value["foot_strike_s"], right.value["foot_strike_s"]
    if not len(one) or not len(two):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at = np.searchsorted(two, one - TOGETHER_S)
    there = np.minimum(at, len(two) - 1)
    following = np.append(one[1:] - TOGETHER_S, np.inf)
    kept = (at < len(two)) & (two[there] < np.minimum(following, one + LONGEST_S))
    rows: Ints = np.flatnonzero(kept)
    return rows, there[rows]


def known_pairs(left: Steps, right: Steps, name: str, *, rows: tuple[Ints, Ints]) -> Bools:
    """(n,) pairs in which both feet have a number that counts."""
    i, j = rows
    good = left.usable(name)[i] & right.usable(name)[j]
    answer: Bools = good & np.isfinite(left.value[name][i]) & np.isfinite(right.value[name][j])
    return answer


def indices(x: Floats, y: Floats) -> dict[str, Floats]:
    """SI, SR, GA and SA of pairs of positive numbers, left x and right y.

    >>> found = indices(np.ones(1), np.full(1, 1.1))
    >>> [round(float(one[0]), 2) for one in found.values()]
    [9.52, 0.91, 9.53, 3.03]
    """
    return {
        "si_percent": 100.0 * (y - x) / (0.5 * (y + x)),
        "sr": x / y,
        "ga_percent": 100.0 * np.log(y / x),
        "sa_percent": 100.0 * (45.0 - np.degrees(np.arctan(x / y))) / 90.0,
    }
