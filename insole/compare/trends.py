"""Weeks to months: a slope that single days cannot move, and one change of level (section 5.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from insole.compare import student
from insole.compare.given import NOT_NUMBERS, Interval, Numbers, constant, numbers, positive
from insole.compare.resampling import seed_of
from insole.errors import RequestError
from insole.model.arrays import Floats, Ints

FEWEST_DAYS = 8
FEWEST_WEEKS = 4.0
MOST_LAG = 0.8
MOST_DAYS = 1_500  # pairs of days are n²/2
CHANGE_DAYS = 30
CHANGE_SIDE = 5
SHUFFLES = 1_999
AT_ONCE = 500
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """The level differs before and after a day: nothing says why.

    Attributes:
        week: middle between the last day before and the first day after.
        before, after: means of the days on either side.
        p: of the largest |t| over all splits, corrected for days that are alike.
    """

    week: float
    before: float
    after: float
    p: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through days.

    Attributes:
        days: how many.
        span: from the first day to the last, weeks.
        slope: Theil and Sen's, unit a week; None under two days.
        intercept: of the line at week 0: the median of the days, less slope × the median week.
        sen95: Sen's interval of the slope, as if days were independent.
        lag_one: correlation r₁ of each day's distance from the line with the next one's.
        correlation: r, r₁ corrected for few days, 0 to 0.8.
        ci95: Sen's interval, either side × √((1+r)/(1−r)).
        change_total: slope × span.
        margin: the smallest change that counts.
        tested: 8 days and 4 weeks at least; else there is a line and no verdict.
        trend: the interval excludes 0, and slope × span is beyond `margin`; None: not tested.
        change: of level, where 30 days or more show one.
        why: where something is missing, the reason.
    """

    days: int = 0
    span: float = 0.0
    slope: float | None = None
    intercept: float | None = None
    sen95: Interval | None = None
    lag_one: float | None = None
    correlation: float | None = None
    ci95: Interval | None = None
    change_total: float | None = None
    margin: float | None = None
    tested: bool = False
    trend: bool | None = None
    change: Change | None = None
    why: str = ""


def trend(weeks: Numbers, values: Numbers, *, margin: float | None = None, seed: int = 0) -> Trend:
    """Slope over weeks of one value a day, and whether it is a trend.

    Args:
        weeks: when, in weeks from any day; no two equal.
        values: one each.
        margin: the smallest change that counts, unit of the values; None: none is too small.
        seed: of the shuffles that look for a change of level.

    Raises:
        RequestError: unequal lengths, two values of one day, more than 1,500 days, a margin that
            cannot be one.
    """
    margin = positive(margin, "margin")
    x, y = numbers(weeks), numbers(values)
    if x is None or y is None:
        return Trend(margin=margin, why=NOT_NUMBERS)
    _check(x, y)
    order = np.argsort(x)
    x, y = x[order], y[order]
    days = len(x)
    span = float(x[-1] - x[0]) if days else 0.0
    if days < 2:
        return Trend(days=days, span=span, margin=margin, why="a line needs two days")
    slopes = _slopes(x, y)
    slope = float(np.median(slopes))
    intercept = float(np.median(y) - slope * np.median(x))
    line = Trend(
        days=days,
        span=span,
        slope=slope,
        intercept=intercept,
        change_total=slope * span,
        margin=margin,
        tested=days >= FEWEST_DAYS and span >= FEWEST_WEEKS,
    )
    if constant(y):
        flat = False if line.tested else None
        return replace(line, trend=flat, why="the days do not differ from each other")
    ends = sen_interval(slopes, y)
    if ends is None:
        return replace(line, why="too few days for an interval")
    lag_one, r = _correlation(y - intercept - slope * x)
    wider = _wider(r)
    low, high = slope - (slope - ends[0]) * wider, slope + (ends[1] - slope) * wider
    ci95 = (min(low, ends[0]), max(high, ends[1]))  # rounding makes it no shorter
    apart = not ci95[0] <= 0.0 <= ci95[1]
    line = replace(line, sen95=ends, lag_one=lag_one, correlation=r, ci95=ci95)
    if not line.tested:
        need = f"{FEWEST_DAYS} days and {FEWEST_WEEKS:g} weeks are needed"
        return replace(line, why=f"{days} days over {span:.1f} weeks; {need}")
    enough = abs(slope) * span > (margin or 0.0)
    return replace(line, trend=apart and enough, change=change_point(x, y, seed=seed))


def sen_interval(slopes: Floats, values: Floats) -> Interval | None:
    """Sen's 95 % interval of the slope: ranks from the variance of Kendall's statistic.

    Args:
        slopes: (m,) sorted slopes of all pairs of days.
        values: (n,) of the days; equal ones make the interval shorter.

    Returns:
        None where so few days have no such interval.
    """
    n = len(values)
    tied = np.unique(values, return_counts=True)[1]
    pairs = n * (n - 1) * (2 * n + 5) - float(np.sum(tied * (tied - 1) * (2 * tied + 5)))
    reach = student.normal_quantile(0.975) * math.sqrt(pairs / 18.0)
    low = round(0.5 * (len(slopes) - reach)) - 1
    high = round(0.5 * (len(slopes) + reach))
    if low < 0 or high >= len(slopes):
        return None
    return float(slopes[low]), float(slopes[high])


def change_point(weeks: Floats, values: Floats, *, seed: int = 0) -> Change | None:
    """One change of level: the largest |t| over all splits, against shuffled days.

    |t| is made smaller by the correlation of days that follow each other, as the interval of the
    slope is made wider.

    Args:
        weeks: (n,) increasing.
        values: (n,), not all equal.
        seed: of the shuffles.

    Returns:
        None under 30 days, and where no split stands out.
    """
    n = len(values)
    if n < CHANGE_DAYS or constant(values):
        return None
    off = values - np.mean(values)
    observed = _largest_t(off[None, :])[0]
    split = CHANGE_SIDE + int(np.argmax(_between(off[None, :])[0]))
    before, after = values[:split], values[split:]
    level = np.concatenate((before - np.mean(before), after - np.mean(after)))
    observed /= _wider(_correlation(level)[1])
    random = np.random.Generator(np.random.PCG64(seed_of("change_point", (), seed=seed)))
    beyond = 0
    for start in range(0, SHUFFLES, AT_ONCE):
        rows = np.tile(off, (min(AT_ONCE, SHUFFLES - start), 1))
        beyond += int(np.sum(_largest_t(random.permuted(rows, axis=1)) >= observed))
    p = (1 + beyond) / (1 + SHUFFLES)
    if p > LEVEL:
        return None
    middle = 0.5 * float(weeks[split - 1] + weeks[split])
    return Change(middle, float(np.mean(before)), float(np.mean(after)), p)


def _between(rows: Floats) -> Floats:
    """(k, splits) squares between the two parts of each centred row, for each allowed split."""
    n = rows.shape[1]
    first: Ints = np.array(range(CHANGE_SIDE, n - CHANGE_SIDE + 1))
    sums: Floats = np.cumsum(rows, axis=1)[:, first - 1]
    return sums**2 * n / (first * (n - first))


def _largest_t(rows: Floats) -> Floats:
    """(k,) largest |t| of two means with one SD, over all splits of each centred row."""
    n = rows.shape[1]
    between = np.max(_between(rows), axis=1)
    within = np.maximum(np.sum(rows**2, axis=1) - between, np.finfo(np.float64).tiny)
    return np.sqrt(between / within * (n - 2))


def _slopes(x: Floats, y: Floats) -> Floats:
    """Slopes of all pairs of days, sorted."""
    i, j = np.triu_indices(len(x), k=1)
    return np.sort((y[j] - y[i]) / (x[j] - x[i]))


def _correlation(residual: Floats) -> tuple[float, float]:
    """r₁, and r: corrected for few days and bounded."""
    square = float(np.sum(residual**2))
    lag_one = float(np.sum(residual[1:] * residual[:-1])) / square if square > 0.0 else 0.0
    corrected = lag_one + (1.0 + 4.0 * max(lag_one, 0.0)) / len(residual)
    return lag_one, min(max(corrected, 0.0), MOST_LAG)


def _wider(r: float) -> float:
    return math.sqrt((1.0 + r) / (1.0 - r))


def _check(x: Floats, y: Floats) -> None:
    if len(x) != len(y):
        why, fix = f"{len(x)} days, {len(y)} values", "Give one value for each day"
    elif len(x) > MOST_DAYS:
        why, fix = (
            f"{len(x)} days, at most {MOST_DAYS}",
            "Give fewer days, for example weekly means",
        )
    elif len(np.unique(x)) < len(x):
        why, fix = "two values of one day", "Give the mean of a day"
    else:
        return
    raise RequestError("no line can be drawn", where="trend", why=why, fix=fix)
