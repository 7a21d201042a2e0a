"""Drift taken out of a whole recording: a spline through the middle of every swing.

The principle of dryft (science.md, section 2.3). It reads the future, so its results are research
results with the tag `zero_phase` and never stand among those of the stream.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats
from insole.model.gait import Steps

MIDDLE = (0.30, 0.70)  # of a swing
SHORTEST_S = 0.05
LONGEST_S = 2.0
LEAST_SWINGS = 4


def swings_of(steps: Steps, *, shortest_s: float = SHORTEST_S) -> Floats:
    """(k, 2) begin and end of the swings between neighbouring contacts, s."""
    edges = np.column_stack((steps.value["toe_off_s"][:-1], steps.value["foot_strike_s"][1:]))
    long = edges[:, 1] - edges[:, 0]
    answer: Floats = edges[(long >= shortest_s) & (long <= LONGEST_S)]
    return answer


def swing_means(time_s: Floats, columns: Floats, swings: Floats) -> tuple[Floats, Floats]:
    """Middle of each swing and the mean of every column there.

    Args:
        time_s: (n,) s.
        columns: (n, C).
        swings: (k, 2) s.

    Returns:
        (m,) s and (m, C), for the m swings with a sample in their middle.
    """
    long = swings[:, 1] - swings[:, 0]
    edges = swings[:, :1] + np.outer(long, MIDDLE)
    rows = np.searchsorted(time_s, edges)
    many = rows[:, 1] - rows[:, 0]
    rows, edges, many = rows[many > 0], edges[many > 0], many[many > 0]
    sums = np.concatenate((np.zeros((1, columns.shape[1])), np.cumsum(columns, axis=0)))
    means: Floats = (sums[rows[:, 1]] - sums[rows[:, 0]]) / many[:, None]
    return edges.mean(axis=1), means


def drift(time_s: Floats, columns: Floats, swings: Floats) -> Floats | None:
    """(n, C) what drifted, by a cubic spline through the swings, constant beyond them.

    Args:
        time_s: (n,) s.
        columns: (n, C) totals or sensors.
        swings: (k, 2) s.

    Returns:
        None where there are too few swings to tell.
    """
    at, means = swing_means(time_s, columns, swings)
    if len(at) < LEAST_SWINGS:
        return None
    from scipy.interpolate import CubicSpline  # 1 s to import: for this alone

    spline = CubicSpline(at, means, axis=0)
    found: Floats = np.asarray(spline(np.clip(time_s, at[0], at[-1])), np.float64)
    return found
