"""Student's t on unit means: Welch's of two conditions, the plain one of pairs (section 3.2)."""

from __future__ import annotations

import math
from dataclasses import replace

from insole.compare import student
from insole.compare.answers import VERDICT_UNITS, Difference, verdict_for
from insole.compare.doubts import Measurement, combined
from insole.compare.given import SMALLEST, Interval, constant, mean, positive, variance
from insole.model.arrays import Floats

TOO_FEW = "an interval needs two units a side"
NO_SPREAD = "the values of a side do not differ from each other, so nothing says how sure they are"
SAME = Measurement()
MOST_RATIO = 1e3  # a million units a side and more are no plan


def welch(
    a: Floats,
    b: Floats,
    *,
    margin: float | None = None,
    measured: Measurement = SAME,
    widen: float = 0.0,
    step_sd: float | None = None,
) -> Difference:
    """Δ = B − A with Satterthwaite's degrees of freedom.

    Args:
        a: (n,) unit means of A.
        b: (m,) of B.
        margin: the smallest change that counts, same unit.
        measured: how both were measured.
        widen: what a mismatch may add to either side.
        step_sd: SD of steps inside units.
    """
    if min(len(a), len(b)) == 0:
        return Difference(n=(len(a), len(b)), margin=margin, why="a side has no unit")
    mean_a, mean_b = mean(a), mean(b)
    plain = Difference(
        A=mean_a,
        B=mean_b,
        diff=mean_b - mean_a,
        n=(len(a), len(b)),
        percent=_percent(mean_b - mean_a, mean_a),
        d_step=_ratio(mean_b - mean_a, step_sd),
        margin=margin,
    )
    if min(plain.n) < 2:
        return replace(plain, why=TOO_FEW)
    if constant(a) and constant(b):
        return replace(plain, why=NO_SPREAD)
    var_a, var_b = variance(a), variance(b)
    part_a, part_b = var_a / len(a), var_b / len(b)
    share_a, share_b = part_a / (part_a + part_b), part_b / (part_a + part_b)
    nu = len(a) + len(b) - 2
    pooled = math.sqrt(((len(a) - 1) * var_a + (len(b) - 1) * var_b) / nu)
    return _estimated(
        replace(
            plain,
            method="welch",
            g_trial=_hedges(mean_b - mean_a, pooled, nu),
            n_needed=_needed(pooled, margin),
        ),
        means=(mean_a, mean_b),
        error=(
            math.sqrt(part_a + part_b),
            1.0 / (share_a**2 / (len(a) - 1) + share_b**2 / (len(b) - 1)),
        ),
        measured=measured,
        widen=widen,
    )


def student_pairs(
    d: Floats,
    sides: tuple[Floats, Floats] | None = None,
    *,
    margin: float | None = None,
    measured: Measurement = SAME,
    widen: float = 0.0,
    step_sd: float | None = None,
) -> Difference:
    """Mean of D = B − A with n − 1 degrees of freedom.

    Args:
        d: (n,) difference of each pair.
        sides: (n,) A and (n,) B of each pair; None: means, percent and effect size are None.
        margin: as in `welch`.
        measured: as in `welch`; two calibrations need `sides`.
        widen: as in `welch`.
        step_sd: as in `welch`.
    """
    pairs = len(d)
    if pairs == 0:
        return Difference(margin=margin, why="there is no pair")
    diff = mean(d)
    means = None if sides is None else (mean(sides[0]), mean(sides[1]))
    plain = Difference(
        A=None if means is None else means[0],
        B=None if means is None else means[1],
        diff=diff,
        n=(pairs, pairs),
        percent=None if means is None else _percent(diff, means[0]),
        d_step=_ratio(diff, step_sd),
        margin=margin,
    )
    if pairs < 2:
        return replace(plain, why="an interval needs two pairs")
    if constant(d):
        return replace(plain, why="the pairs do not differ from each other")
    spread = math.sqrt(variance(d))
    pooled = 0.0 if sides is None else math.sqrt(0.5 * sum(variance(one) for one in sides))
    return _estimated(
        replace(
            plain,
            method="paired",
            g_trial=_hedges(diff, pooled, pairs - 1),
            n_needed=_needed(spread / math.sqrt(2.0), margin),
        ),
        means=means or (0.0, 0.0),
        error=(spread / math.sqrt(pairs), pairs - 1.0),
        measured=measured,
        widen=widen,
    )


def widened(ends: Interval | None, widen: float) -> Interval | None:
    """Both ends farther out."""
    return None if ends is None else (ends[0] - abs(widen), ends[1] + abs(widen))


def _estimated(
    plain: Difference,
    *,
    means: tuple[float, float],
    error: tuple[float, float],
    measured: Measurement,
    widen: float,
) -> Difference:
    """With intervals, p value and verdict; `error` is the standard error and its freedom."""
    se, df = error
    if plain.diff is None:
        return plain
    both = combined(plain.diff, se, df, measured, means=means)
    if both.ci95 is None:
        return replace(plain, why=both.why)
    answer = replace(
        plain,
        se=se,
        ci95_sampling=student.interval(plain.diff, se, df, level=0.95),
        ci95=widened(both.ci95, widen),
        ci90=widened(both.ci90, widen),
        u_measurement=both.u_measurement,
        u_c=both.u_c,
        df=both.df,
        p=both.p,
    )
    answer = replace(answer, verdict=verdict_for(answer, answer.p))
    if min(answer.n) < VERDICT_UNITS:
        return replace(answer, why=f"a verdict needs {VERDICT_UNITS} units a side")
    return answer


def _percent(diff: float, base: float) -> float | None:
    return 100.0 * diff / base if abs(base) > SMALLEST else None


def _hedges(diff: float, spread: float, df: int) -> float | None:
    """Δ/s·J, J = Γ(ν/2)/(√(ν/2)·Γ((ν−1)/2)); ν of 1 has no J."""
    if spread <= 0.0 or df < 2:
        return None
    gammas = math.lgamma(0.5 * df) - math.lgamma(0.5 * (df - 1))
    return math.exp(gammas) / math.sqrt(0.5 * df) * diff / spread


def _ratio(diff: float, spread: float | None) -> float | None:
    spread = positive(spread, "step_sd")
    return None if spread is None or spread < SMALLEST else diff / spread


def _needed(spread: float, margin: float | None) -> int | None:
    """Units a side for 80 % power at Δ = margin; None as well where no number would be enough."""
    ratio = 0.0 if margin is None else spread / margin
    if margin is None or ratio > MOST_RATIO:
        return None
    return max(math.ceil(16.0 * ratio**2) + 1, VERDICT_UNITS)
