"""Trials of one person in blocks of two periods, in an order drawn by lot (section 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from insole.compare.answers import CANNOT_TELL, Difference, judged
from insole.compare.doubts import Measurement
from insole.compare.given import NOT_NUMBERS, Numbers, mean, numbers, positive
from insole.compare.resampling import pieces, seed_of
from insole.compare.welch import SAME, student_pairs
from insole.errors import RequestError
from insole.model.arrays import Floats

FEWEST_BLOCKS = 6
ENUMERATED = 20  # blocks; more have too many sign patterns to look at all
PATTERNS = 9_999
ROUNDING = 1e-9
TOO_FEW_BLOCKS = "too_few_blocks"
ORDERS = ("AB", "BA")


@dataclass(frozen=True, slots=True)
class CarryOver:
    """Differences by the order inside the block: for the eye, not tested.

    Attributes:
        ab, ba: mean D of the blocks in this order; None where there is none.
        blocks: how many of each.
    """

    ab: float | None
    ba: float | None
    blocks: tuple[int, int]


def blocks(
    d: Numbers,
    *,
    a: Numbers | None = None,
    margin: float | None = None,
    measured: Measurement = SAME,
    step_sd: float | None = None,
    seed: int = 0,
) -> Difference:
    """Mean of the blocks' differences with paired t, and the exact p value of the order's lot.

    p is the share of all 2ⁿ sign patterns whose |ΣD| is at least the observed one. Under 6 blocks
    the difference is estimated and not tested: no pattern could be rare enough.

    Args:
        d: D = B − A of each block.
        a: A of each block: gives means, percent and effect size; without it they are None.
        margin: the smallest change that counts, same unit.
        measured: how both were measured.
        step_sd: SD of steps inside periods, same unit.
        seed: for more than 20 blocks, whose patterns are drawn.

    Raises:
        RequestError: shapes that do not fit, a margin that cannot be one.
    """
    margin = positive(margin, "margin")
    row = numbers(d)
    base = None if a is None else numbers(a)
    if row is None or (a is not None and base is None):
        return Difference(margin=margin, why=NOT_NUMBERS)
    _check(row, base, measured)
    sides = None if base is None else (base, base + row)
    answer = student_pairs(row, sides, margin=margin, measured=measured, step_sd=step_sd)
    if answer.ci95 is None:
        return answer
    if len(row) < FEWEST_BLOCKS:
        return replace(
            answer,
            p=None,
            verdict=CANNOT_TELL,
            codes=(TOO_FEW_BLOCKS,),
            why=f"{len(row)} blocks are estimated, not tested: {FEWEST_BLOCKS} are needed",
        )
    p = sign_flip_p(row, seed=seed)
    answer = judged(replace(answer, p=p, method="sign_flip"), p)
    return replace(answer, p_adjusted=None)


def carry_over(d: Numbers, order: Sequence[str]) -> CarryOver:
    """Mean difference of blocks that began with A, and of those that began with B.

    Args:
        d: D = B − A of each block.
        order: `AB` or `BA` of each.

    Raises:
        RequestError: another order, or not one for each block.
    """
    row = numbers(d)
    if len(order) != len(d) or not set(order) <= set(ORDERS):
        raise RequestError(
            "the order of the blocks does not fit",
            where="order",
            why=f"{len(d)} blocks need as many entries, each AB or BA",
            fix="Give the order as it is in the plan",
        )
    which = np.array([one == ORDERS[0] for one in order], dtype=bool)
    counts = int(which.sum()), int((~which).sum())
    if row is None:
        return CarryOver(None, None, counts)
    parts = [mean(row[mask]) if mask.any() else None for mask in (which, ~which)]
    return CarryOver(parts[0], parts[1], counts)


def sign_flip_p(d: Floats, *, seed: int = 0) -> float:
    """Share of sign patterns with |ΣεD| at least |ΣD|: all of them up to 20 values, else drawn.

    Args:
        d: (n,) differences, one or more; neither their order nor the sign of all changes a bit.
        seed: of the drawn ones.
    """
    d = np.sort(-d if sorted(d.tolist()) > sorted((-d).tolist()) else d)
    observed = abs(float(np.sum(d))) * (1.0 - ROUNDING)
    if len(d) <= ENUMERATED:
        half = len(d) // 2
        sums = _all_sums(d[:half])[:, None] + _all_sums(d[half:])[None, :]
        return float(np.mean(np.abs(sums) >= observed))
    random = np.random.Generator(np.random.PCG64(seed_of("sign_flip", (), seed=seed)))
    beyond = 0
    for start, stop in pieces(PATTERNS, len(d), most=PATTERNS):
        signs = random.integers(0, 2, (stop - start, len(d))) * 2 - 1
        beyond += int(np.sum(np.abs(signs @ d) >= observed))
    return (1 + beyond) / (1 + PATTERNS)


def _all_sums(d: Floats) -> Floats:
    """(2ⁿ,) sums of every sign pattern."""
    sums = np.zeros(1)
    for value in d.tolist():
        sums = np.concatenate((sums + value, sums - value))
    return sums


def _check(d: Floats, a: Floats | None, measured: Measurement) -> None:
    if a is not None and len(a) != len(d):
        why, fix = f"{len(d)} differences, {len(a)} values of A", "Give A of each block"
    elif a is None and any(measured.u_gain) and not measured.same_calibration:
        why, fix = "two calibrations are uncertain by a share of each mean", "Give A of each block"
    else:
        return
    raise RequestError("A of the blocks is missing", where="blocks", why=why, fix=fix)
