"""The difference of two conditions from the means of their units, with its checks (section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from insole.compare.answers import CAUTION_OUTLIERS, CAUTION_SKEW, Difference, verdict_for
from insole.compare.doubts import Measurement
from insole.compare.given import NOT_NUMBERS, Numbers, mean, numbers, positive, variance
from insole.compare.resampling import (
    BOOTSTRAP_UNITS,
    MOST_UNITS,
    Hashes,
    Quantiles,
    seed_of,
    studentised,
    studentised_one,
)
from insole.compare.welch import SAME, student_pairs, welch, widened
from insole.errors import RequestError
from insole.model.arrays import Floats

TRIMMED = 0.2  # left out at each end (section 1.1)


def difference(
    a: Numbers,
    b: Numbers,
    *,
    margin: float | None = None,
    measured: Measurement = SAME,
    widen: float = 0.0,
    step_sd: float | None = None,
    trimmed: tuple[Numbers, Numbers] | None = None,
    hashes: tuple[Hashes, Hashes] | None = None,
    metric: str = "",
    parameters: str = "",
    seed: int = 0,
) -> Difference:
    """Δ = B − A of two conditions: Welch's t on unit means, from 8 units a side also a bootstrap.

    The bootstrap redraws units and studentises; where it gives another verdict, the wider interval
    counts and `CAUTION_SKEW` says so. Exchanging A and B negates every number exactly, the order of
    units changes none.

    Args:
        a: one value a unit of A: a trial's, a day's or a person's mean (section 1.1).
        b: the same of B.
        margin: the smallest change that counts, same unit.
        measured: how both were measured.
        widen: what a mismatch of the recordings may add to either side (section 1.2), same unit.
        step_sd: SD of steps inside units, same unit.
        trimmed: the same units from 20 %-trimmed means of steps; another verdict of those gives
            `CAUTION_OUTLIERS`.
        hashes: of the content of each unit's files, in the order of `a` and `b`.
        metric: name of the metric, for the seed.
        parameters: hash of the parameters, for the seed.
        seed: the user's.

    Raises:
        RequestError: shapes that do not fit, a margin or uncertainty that cannot be one.
    """
    margin = positive(margin, "margin")
    row_a, row_b = numbers(a), numbers(b)
    if row_a is None or row_b is None:
        return Difference(margin=margin, why=NOT_NUMBERS)
    answer = welch(row_a, row_b, margin=margin, measured=measured, widen=widen, step_sd=step_sd)
    if answer.ci95 is not None and _has_bootstrap(answer.n):
        sides = _in_order(row_a, row_b, hashes or ((), ()))
        drawn = seed_of(metric, sides.hashes, parameters=parameters, seed=seed)
        found = studentised(sides.first, sides.second, seed=drawn)
        answer = _checked(answer, -found if sides.exchanged else found, widen=widen, seed=drawn)
    rows = (None, None) if trimmed is None else (numbers(trimmed[0]), numbers(trimmed[1]))
    if rows[0] is None or rows[1] is None:
        return answer
    return _against(answer, welch(rows[0], rows[1], margin=margin, measured=measured, widen=widen))


def paired(
    a: Numbers,
    b: Numbers,
    *,
    margin: float | None = None,
    measured: Measurement = SAME,
    widen: float = 0.0,
    step_sd: float | None = None,
    trimmed: tuple[Numbers, Numbers] | None = None,
    hashes: Hashes | None = None,
    metric: str = "",
    parameters: str = "",
    seed: int = 0,
) -> Difference:
    """As `difference`, of units that belong together: t on D = B − A of each pair.

    Args:
        a: one value a pair.
        b: the other value of each pair, in the same order.
        margin: as there.
        measured: as there.
        widen: as there.
        step_sd: as there.
        trimmed: as there.
        hashes: of each pair.
        metric: as there.
        parameters: as there.
        seed: as there.

    Raises:
        RequestError: unequal lengths, and as `difference`.
    """
    margin = positive(margin, "margin")
    row_a, row_b = _partners(a, b)
    if row_a is None or row_b is None:
        return Difference(margin=margin, why=NOT_NUMBERS)
    d = row_b - row_a
    answer = student_pairs(
        d, (row_a, row_b), margin=margin, measured=measured, widen=widen, step_sd=step_sd
    )
    if answer.ci95 is not None and _has_bootstrap(answer.n):
        drawn = seed_of(metric, hashes or (), parameters=parameters, seed=seed)
        backwards = sorted(d.tolist()) > sorted((-d).tolist())
        d = -d if backwards else d
        found = studentised_one(d[_order(d, hashes or ())], seed=drawn)
        answer = _checked(answer, -found if backwards else found, widen=widen, seed=drawn)
    rows = (None, None) if trimmed is None else _partners(*trimmed)
    if rows[0] is None or rows[1] is None:
        return answer
    other = student_pairs(
        rows[1] - rows[0], (rows[0], rows[1]), margin=margin, measured=measured, widen=widen
    )
    return _against(answer, other)


def trimmed_mean(values: Numbers) -> float | None:
    """Mean without the lowest and highest fifth: the check for outliers of section 1.1.

    Args:
        values: of the valid steps of a trial, any unit.

    Returns:
        None where there is no value, or one that is not finite.
    """
    row = numbers(values)
    if row is None or not len(row):
        return None
    cut = int(TRIMMED * len(row))
    return mean(np.sort(row)[cut : len(row) - cut])


def step_spread(trials: Sequence[Numbers]) -> float | None:
    """SD of steps inside trials, pooled; for `d_step`.

    Args:
        trials: values of the valid steps of each, any unit.

    Returns:
        None where no trial has two steps, where steps do not differ, or a value is not finite.
    """
    rows = [numbers(one) for one in trials]
    known = [row for row in rows if row is not None and len(row) > 1]
    if not known or any(row is None for row in rows):
        return None
    freedom = sum(len(row) - 1 for row in known)
    pooled = math.sqrt(sum(variance(row) * (len(row) - 1) for row in known) / freedom)
    return pooled or None


def _has_bootstrap(n: tuple[int, int]) -> bool:
    return min(n) >= BOOTSTRAP_UNITS and max(n) <= MOST_UNITS


@dataclass(frozen=True, slots=True)
class _Sides:
    """Units in an order that files and sides have no part in, and whether B came first."""

    first: Floats
    second: Floats
    exchanged: bool
    hashes: list[str]


def _in_order(a: Floats, b: Floats, hashes: tuple[Hashes, Hashes]) -> _Sides:
    a, b = a[_order(a, hashes[0])], b[_order(b, hashes[1])]
    key_a, key_b = ((sorted(hashes[0]), a.tolist()), (sorted(hashes[1]), b.tolist()))
    told = [*key_a[0], *key_b[0]]
    return _Sides(b, a, True, told) if key_b < key_a else _Sides(a, b, False, told)


def _order(values: Floats, hashes: Hashes) -> list[int]:
    if len(hashes) not in (0, len(values)):
        raise RequestError(
            "as many hashes as units are needed",
            where="hashes",
            why=f"{len(hashes)} hashes, {len(values)} units",
            fix="Give one hash for each unit, or none at all",
        )
    told = values.tolist()
    return sorted(range(len(told)), key=lambda i: (hashes[i] if len(hashes) else "", told[i]))


def _partners(a: Numbers, b: Numbers) -> tuple[Floats | None, Floats | None]:
    row_a, row_b = numbers(a), numbers(b)
    if row_a is None or row_b is None or len(row_a) == len(row_b):
        return row_a, row_b
    raise RequestError(
        "pairs without a partner",
        where="paired",
        why=f"A has {len(row_a)} values, B {len(row_b)}",
        fix="Leave out units that have no partner",
    )


def _checked(answer: Difference, found: Quantiles, *, widen: float, seed: int) -> Difference:
    """The bootstrap beside it: where its verdict is another one, the wider interval is used."""
    answer = replace(answer, seed=seed)
    if answer.diff is None or answer.u_c is None or answer.ci95 is None or answer.se is None:
        return answer
    other = replace(
        answer,
        ci95_sampling=found.interval95(answer.diff, answer.se),
        ci95=widened(found.interval95(answer.diff, answer.u_c), widen),
        ci90=widened(found.interval90(answer.diff, answer.u_c), widen),
        method="bootstrap",
    )
    other = replace(other, verdict=verdict_for(other, other.p))
    if other.verdict == answer.verdict or other.ci95 is None:
        return answer
    length = answer.ci95[1] - answer.ci95[0]
    wider = other if other.ci95[1] - other.ci95[0] > length else answer
    return replace(wider, codes=(*wider.codes, CAUTION_SKEW))


def _against(answer: Difference, trimmed: Difference) -> Difference:
    """With a caution where trimmed means of steps give another verdict."""
    if trimmed.verdict == answer.verdict:
        return answer
    return replace(answer, codes=(*answer.codes, CAUTION_OUTLIERS))
