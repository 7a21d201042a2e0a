"""The difference of two conditions from the means of their units (sections 3.2 and 3.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from insole.compare import student
from insole.compare.doubts import Measurement, combined
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
from insole.compare.resampling import (
    BOOTSTRAP_UNITS,
    Hashes,
    Quantiles,
    seed_of,
    studentised,
    studentised_one,
)
from insole.errors import RequestError
from insole.model.arrays import Floats

CLEARLY_DIFFERENT = "clearly_different"
SMALL_CONSISTENT = "small_consistent"
DIFFERENT = "different"
PRACTICALLY_SAME = "practically_same"
CANNOT_TELL = "cannot_tell"
RECORDINGS_ONLY = "recordings_only"
CAUTION_SKEW = "CAUTION_SKEW"
CAUTION_OUTLIERS = "CAUTION_OUTLIERS"

TOO_FEW = "an interval needs two units a side"
NO_SPREAD = "the values of a side do not differ from each other, so nothing says how sure they are"
VERDICT_UNITS = 3
TRIMMED = 0.2  # left out at each end (section 1.1)
LEVEL = 0.05
SAME = Measurement()


@dataclass(frozen=True, slots=True)
class Difference:
    """B − A of one metric, all in the unit of the values unless said otherwise.

    Attributes:
        A, B: means.
        diff: Δ = B − A.
        n: units of A and of B; paired: twice the number of pairs.
        percent: 100·Δ/A; None where A is 0.
        se: standard error of Δ from sampling.
        ci95_sampling: 95 % interval from sampling alone.
        ci95, ci90: intervals with the uncertainty of measurement, and with what a mismatch of the
            recordings may add.
        u_measurement: standard uncertainty of measurement in Δ.
        u_c: √(SE² + u²).
        df: degrees of freedom of `u_c`.
        p: two-sided.
        p_adjusted: of many metrics; `judged` sets it.
        g_trial: Δ by the pooled SD of unit means, Hedges' correction.
        d_step: Δ by the SD of steps inside units; None where that was not given.
        margin: the smallest change that counts.
        verdict: code of section 3.4.
        n_needed: units a side that could see `margin`; None where no margin was given.
        codes: cautions, of section 1.3.
        method: `welch`, `paired`, `bootstrap`, `batches` or `sign_flip`.
        seed: of the bootstrap; None where nothing was drawn.
        description_only: it says something of these recordings, nothing of the conditions.
        why: where there is no interval or no test, the reason.
    """

    A: float | None = None
    B: float | None = None
    diff: float | None = None
    n: tuple[int, int] = (0, 0)
    percent: float | None = None
    se: float | None = None
    ci95_sampling: Interval | None = None
    ci95: Interval | None = None
    ci90: Interval | None = None
    u_measurement: float | None = None
    u_c: float | None = None
    df: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    g_trial: float | None = None
    d_step: float | None = None
    margin: float | None = None
    verdict: str = CANNOT_TELL
    n_needed: int | None = None
    codes: tuple[str, ...] = ()
    method: str = ""
    seed: int | None = None
    description_only: bool = False
    why: str = ""


def verdict_of(
    ci95: Interval | None,
    ci90: Interval | None,
    margin: float | None,
    *,
    p_adjusted: float | None,
    level: float = LEVEL,
) -> str:
    """Code of what two intervals say, the first rule that holds (section 3.4).

    Args:
        ci95: 95 % interval of Δ.
        ci90: 90 % interval.
        margin: the smallest change that counts; None: only whether there is a difference.
        p_adjusted: a difference also needs this to be at most `level`; None: not tested.
        level: 0.05; 0.10 where metrics are explored (section 5.4).
    """
    if ci95 is None or ci90 is None:
        return CANNOT_TELL
    apart = not ci95[0] <= 0.0 <= ci95[1] and p_adjusted is not None and p_adjusted <= level
    inside = margin is not None and -margin < ci90[0] and ci90[1] < margin
    if apart and margin is not None and (ci95[0] > margin or ci95[1] < -margin):
        return CLEARLY_DIFFERENT
    if apart:
        return SMALL_CONSISTENT if inside else DIFFERENT
    return PRACTICALLY_SAME if inside else CANNOT_TELL


def judged(answer: Difference, p_adjusted: float | None, *, level: float = LEVEL) -> Difference:
    """The same difference once its p value was adjusted for the other metrics.

    Args:
        answer: of `difference`, `paired` or `blocks`; of `recordings` it is given back as it is.
        p_adjusted: of `adjust`.
        level: 0.05 for planned metrics, 0.10 where they are explored.
    """
    if answer.description_only:
        return answer
    return replace(
        answer,
        p_adjusted=p_adjusted,
        verdict=_verdict(answer, p_adjusted, level=level),
    )


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
    named = _sorted_pair(row_a, row_b, hashes)
    row_a, row_b, exchanged = named.a, named.b, named.exchanged
    if min(len(row_a), len(row_b)) == 0:
        return Difference(n=(len(row_a), len(row_b)), margin=margin, why="a side has no unit")
    plain = _means(row_a, row_b, margin=margin)
    if min(plain.n) < 2:
        return replace(plain, why=TOO_FEW)
    if constant(row_a) and constant(row_b):
        return replace(plain, why=NO_SPREAD)
    var_a, var_b = variance(row_a), variance(row_b)
    part_a, part_b = var_a / len(row_a), var_b / len(row_b)
    se = math.sqrt(part_a + part_b)
    share_a, share_b = part_a / (part_a + part_b), part_b / (part_a + part_b)
    df = 1.0 / (share_a**2 / (len(row_a) - 1) + share_b**2 / (len(row_b) - 1))
    nu = len(row_a) + len(row_b) - 2
    pooled = math.sqrt(((len(row_a) - 1) * var_a + (len(row_b) - 1) * var_b) / nu)
    answer = _estimated(
        replace(plain, method="welch", n_needed=_needed(pooled, margin)),
        se=se,
        df=df,
        measured=measured,
        widen=widen,
    )
    answer = replace(
        answer, g_trial=_hedges(plain.diff, pooled, nu), d_step=_ratio(plain.diff, step_sd)
    )
    if min(plain.n) >= BOOTSTRAP_UNITS:
        first, second = (row_b, row_a) if exchanged else (row_a, row_b)
        drawn = seed_of(metric, named.hashes, parameters=parameters, seed=seed)
        found = studentised(first, second, seed=drawn)
        answer = _checked(answer, -found if exchanged else found, widen=widen, seed=drawn)
    if trimmed is not None:
        other = difference(trimmed[0], trimmed[1], margin=margin, measured=measured, widen=widen)
        answer = _against_trimmed(answer, other)
    return answer


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
    row_a, row_b = numbers(a), numbers(b)
    if row_a is None or row_b is None:
        return Difference(margin=margin, why=NOT_NUMBERS)
    if len(row_a) != len(row_b):
        raise RequestError(
            "pairs without a partner",
            where="paired",
            why=f"A has {len(row_a)} values, B {len(row_b)}",
            fix="Leave out units that have no partner",
        )
    pairs = len(row_a)
    if pairs == 0:
        return Difference(margin=margin, why="there is no pair")
    steps = row_b - row_a
    plain = replace(_means(row_a, row_b, margin=margin), diff=mean(steps))
    if pairs < 2:
        return replace(plain, why="an interval needs two pairs")
    if constant(steps):
        return replace(plain, why="the pairs do not differ from each other")
    spread = math.sqrt(variance(steps))
    answer = _estimated(
        replace(plain, method="paired", n_needed=_needed(spread / math.sqrt(2.0), margin)),
        se=spread / math.sqrt(pairs),
        df=pairs - 1.0,
        measured=measured,
        widen=widen,
    )
    pooled = math.sqrt(0.5 * (variance(row_a) + variance(row_b)))
    answer = replace(
        answer,
        g_trial=_hedges(plain.diff, pooled, pairs - 1),
        d_step=_ratio(plain.diff, step_sd),
    )
    if pairs >= BOOTSTRAP_UNITS:
        drawn = seed_of(metric, sorted(hashes or ()), parameters=parameters, seed=seed)
        backwards = sorted(steps.tolist()) > sorted((-steps).tolist())
        steps = -steps if backwards else steps
        found = studentised_one(steps[_order(steps, hashes)], seed=drawn)
        answer = _checked(answer, -found if backwards else found, widen=widen, seed=drawn)
    if trimmed is not None:
        other = paired(trimmed[0], trimmed[1], margin=margin, measured=measured, widen=widen)
        answer = _against_trimmed(answer, other)
    return answer


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
        None where no trial has two steps, or a value is not finite.
    """
    rows = [numbers(one) for one in trials]
    known = [row for row in rows if row is not None and len(row) > 1]
    if not known or any(row is None for row in rows):
        return None
    freedom = sum(len(row) - 1 for row in known)
    return math.sqrt(sum(variance(row) * (len(row) - 1) for row in known) / freedom)


@dataclass(frozen=True, slots=True)
class _Sorted:
    a: Floats
    b: Floats
    exchanged: bool
    hashes: list[str]


def _sorted_pair(a: Floats, b: Floats, hashes: tuple[Hashes, Hashes] | None) -> _Sorted:
    """Units in an order that files and sides have no part in, and which side comes first."""
    of_a, of_b = hashes if hashes is not None else (None, None)
    order_a, order_b = _order(a, of_a), _order(b, of_b)
    a, b = a[order_a], b[order_b]
    key_a, key_b = ((sorted(of_a or ()), a.tolist()), (sorted(of_b or ()), b.tolist()))
    return _Sorted(a, b, key_b < key_a, [*key_a[0], *key_b[0]])


def _order(values: Floats, hashes: Hashes | None) -> list[int]:
    if hashes is not None and len(hashes) != len(values):
        raise RequestError(
            "as many hashes as units are needed",
            where="hashes",
            why=f"{len(hashes)} hashes, {len(values)} units",
            fix="Give one hash for each unit, or none at all",
        )
    told = values.tolist()
    return sorted(range(len(told)), key=lambda i: (hashes[i] if hashes else "", told[i]))


def _means(a: Floats, b: Floats, *, margin: float | None) -> Difference:
    mean_a, mean_b = mean(a), mean(b)
    diff = mean_b - mean_a
    return Difference(
        A=mean_a,
        B=mean_b,
        diff=diff,
        n=(len(a), len(b)),
        percent=100.0 * diff / mean_a if mean_a else None,
        margin=margin,
    )


def _estimated(
    plain: Difference, *, se: float, df: float, measured: Measurement, widen: float
) -> Difference:
    """With intervals, p value and verdict."""
    if plain.diff is None or plain.A is None or plain.B is None:
        return plain
    both = combined(plain.diff, se, df, measured, means=(plain.A, plain.B))
    answer = replace(
        plain,
        se=se,
        ci95_sampling=student.interval(plain.diff, se, df, level=0.95),
        ci95=_widened(both.ci95, widen),
        ci90=_widened(both.ci90, widen),
        u_measurement=both.u_measurement,
        u_c=both.u_c,
        df=both.df,
        p=both.p,
        why=both.why,
    )
    return replace(answer, verdict=_verdict(answer, answer.p))


def _verdict(answer: Difference, p_adjusted: float | None, *, level: float = LEVEL) -> str:
    if min(answer.n) < VERDICT_UNITS:
        return CANNOT_TELL
    return verdict_of(answer.ci95, answer.ci90, answer.margin, p_adjusted=p_adjusted, level=level)


def _widened(ends: Interval | None, widen: float) -> Interval | None:
    return None if ends is None else (ends[0] - abs(widen), ends[1] + abs(widen))


def _checked(answer: Difference, found: Quantiles, *, widen: float, seed: int) -> Difference:
    """The bootstrap beside it: where its verdict is another one, the wider interval is used."""
    if answer.diff is None or answer.u_c is None or answer.ci95 is None or answer.se is None:
        return answer
    other = replace(
        answer,
        ci95_sampling=found.interval95(answer.diff, answer.se),
        ci95=_widened(found.interval95(answer.diff, answer.u_c), widen),
        ci90=_widened(found.interval90(answer.diff, answer.u_c), widen),
        method="bootstrap",
    )
    other = replace(other, verdict=_verdict(other, other.p), seed=seed)
    if other.verdict == answer.verdict or other.ci95 is None:
        return replace(answer, seed=seed)
    length = answer.ci95[1] - answer.ci95[0]
    wider = other if other.ci95[1] - other.ci95[0] > length else replace(answer, seed=seed)
    return replace(wider, codes=(*wider.codes, CAUTION_SKEW))


def _against_trimmed(answer: Difference, other: Difference) -> Difference:
    if other.verdict == answer.verdict:
        return answer
    return replace(answer, codes=(*answer.codes, CAUTION_OUTLIERS))


def _hedges(diff: float | None, spread: float, df: int) -> float | None:
    """Δ/s·J, J = Γ(ν/2)/(√(ν/2)·Γ((ν−1)/2)); ν of 1 has no J."""
    if diff is None or spread <= 0.0 or df < 2:
        return None
    gammas = math.lgamma(0.5 * df) - math.lgamma(0.5 * (df - 1))
    return math.exp(gammas) / math.sqrt(0.5 * df) * diff / spread


def _ratio(diff: float | None, spread: float | None) -> float | None:
    spread = positive(spread, "step_sd")
    return None if diff is None or spread is None else diff / spread


def _needed(spread: float, margin: float | None) -> int | None:
    """Units a side for 80 % power at Δ = margin."""
    if margin is None:
        return None
    return max(math.ceil(16.0 * (spread / margin) ** 2) + 1, VERDICT_UNITS)
