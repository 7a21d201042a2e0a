"""One recording against one: batches of consecutive steps (section 3.3).

Steps that follow each other are alike; means of batches are nearly independent. What comes out is
said of these two recordings alone: one recording of a condition cannot show whether it repeats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from insole.compare import student
from insole.compare.answers import RECORDINGS_ONLY, Difference
from insole.compare.doubts import Measurement
from insole.compare.given import (
    NOT_NUMBERS,
    Interval,
    Numbers,
    constant,
    mean,
    numbers,
    positive,
    variance,
)
from insole.compare.welch import SAME, welch
from insole.model.arrays import Floats

MANY, MANY_BATCHES = 100, 10
FEW, FEW_BATCHES = 30, 6
REPEATS = 5  # matched repeats that make a usual change known


@dataclass(frozen=True, slots=True)
class Repeats:
    """A difference of two recordings against what repeats of one person usually differ by.

    Attributes:
        sd: of the matched repeats, unit of the metric.
        ci95: Δ ± t·√(SE² + 2·SD²).
        beyond: 0 lies outside: more than the usual repeat-to-repeat change.
    """

    sd: float
    ci95: Interval
    beyond: bool


def batch_count(steps: int) -> int:
    """How many batches so many valid steps of one foot make: 10, 6, or 0 for too few."""
    if steps >= MANY:
        return MANY_BATCHES
    return FEW_BATCHES if steps >= FEW else 0


def batches(steps: Floats) -> Floats:
    """Means of consecutive batches of equal size; what is left over at the end is dropped.

    Args:
        steps: (n,) values or (n, T) curves of valid steps of one foot, in order.

    Returns:
        (K,) or (K, T), K of `batch_count`.
    """
    count = batch_count(len(steps))
    if not count:
        return np.empty((0, *steps.shape[1:]))
    size = len(steps) // count
    return steps[: count * size].reshape(count, size, *steps.shape[1:]).mean(axis=1)


def lag_one(values: Numbers) -> float | None:
    """Correlation of each value with the next one.

    Args:
        values: (n,) in order.

    Returns:
        −1 to 1; None under three values, of equal values, and of what is not finite.
    """
    row = numbers(values)
    if row is None or len(row) < 3 or constant(row):
        return None
    off = row - mean(row)
    return float(np.sum(off[1:] * off[:-1]) / np.sum(off * off))


def recordings(
    a: Numbers,
    b: Numbers,
    *,
    margin: float | None = None,
    measured: Measurement = SAME,
    widen: float = 0.0,
) -> Difference:
    """Δ = B − A of two recordings from their steps: Welch's t on means of batches.

    From 100 steps 10 batches, from 30 steps 6, each recording by itself; under 30 on a side there
    is no interval. No p value and no effect size: neither would be one of the conditions.

    Args:
        a: value of each valid step of one foot of A, in order.
        b: the same of B.
        margin: the smallest change that counts, same unit; carried through, no verdict uses it.
        measured: how both were measured.
        widen: what a mismatch of the recordings may add to either side, same unit.

    Returns:
        With `n` batches, or steps where there are too few for batches, and the verdict
        `recordings_only`.

    Raises:
        RequestError: no rows of numbers, a margin that cannot be one.
    """
    margin = positive(margin, "margin")
    row_a, row_b = numbers(a), numbers(b)
    if row_a is None or row_b is None:
        return _only(Difference(margin=margin, why=NOT_NUMBERS))
    fewest = min(len(row_a), len(row_b))
    if fewest < FEW:
        whole = welch(row_a, row_b, margin=margin)
        said = f"{fewest} valid steps, {FEW} are needed for an interval"
        empty = Difference(
            A=whole.A, B=whole.B, diff=whole.diff, n=whole.n, percent=whole.percent, margin=margin
        )
        return _only(replace(empty, why=said))
    answer = welch(batches(row_a), batches(row_b), margin=margin, measured=measured, widen=widen)
    return _only(replace(answer, method="batches"))


def beside_repeats(answer: Difference, repeats: Numbers) -> Repeats | None:
    """The second interval: with how much this person's repeats differ (section 3.3).

    Args:
        answer: of `recordings`.
        repeats: means of at least 5 matched recordings of this person, same unit.

    Returns:
        None where there are fewer repeats, or no interval to begin with.
    """
    row = numbers(repeats)
    if row is None or len(row) < REPEATS or answer.diff is None:
        return None
    if answer.se is None or answer.u_c is None or answer.df is None:
        return None
    usual = 2.0 * variance(row)
    u = math.hypot(answer.u_c, math.sqrt(usual))
    shares = (answer.u_c / u) ** 4 / answer.df + (usual / u**2) ** 2 / (len(row) - 1)
    ends = student.interval(answer.diff, u, 1.0 / shares, level=0.95)
    return Repeats(math.sqrt(0.5 * usual), ends, beyond=not ends[0] <= 0.0 <= ends[1])


def _only(answer: Difference) -> Difference:
    return replace(
        answer,
        p=None,
        g_trial=None,
        n_needed=None,
        verdict=RECORDINGS_ONLY,
        description_only=True,
    )
