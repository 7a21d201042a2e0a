"""What days say of each metric: its line, whether that is a trend, and whether today is unusual."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insole.compare.bands import Band, baseline
from insole.compare.days import Days, Series
from insole.compare.given import Interval, constant
from insole.compare.trends import Trend, trend
from insole.model.arrays import Floats
from insole.parameters import Parameters

TREND = "trend"
SMALL = "small"
CANNOT_TELL = "cannot_tell"
LINE_ONLY = "line_only"
PERSONAL, DEFAULT = "personal", "default"
PERSONAL_DAYS = 5  # whose SD gives the person's own smallest change
MDC95 = 1.96 * math.sqrt(2.0)
_PRIORS = {
    "compare.margin_contact_rel": "compare.day_contact_rel",
    "compare.margin_force_rel": "compare.day_force_rel",
    "compare.margin_share": "compare.day_share",
    "compare.margin_cop_mm": "compare.day_cop_mm",
}
"""Of the smallest change that counts, and of the usual SD between days."""


@dataclass(frozen=True, slots=True)
class Course:
    """One metric over days.

    Attributes:
        series: the days.
        line: through all of them.
        margin_source: `personal`, 1.96·√2·SD of the days about the line, or `default`.
        verdict: `trend`, `small` (beyond doubt and less than counts), `cannot_tell`, `line_only`.
        band: of all days but the newest, and whether the newest lies outside.
    """

    series: Series
    line: Trend
    margin_source: str
    verdict: str
    band: Band

    @property
    def ci95_total(self) -> Interval | None:
        """Interval of what the line changes from the first day to the last."""
        ends, span = self.line.ci95, self.line.span
        return None if ends is None else (ends[0] * span, ends[1] * span)


def courses(days: Days, *, seed: int = 0) -> tuple[Course, ...]:
    """All metrics that two days have.

    Args:
        days: of `read_days`.
        seed: of the shuffles that look for a change of level.
    """
    return tuple(course(series, seed=seed) for series in days.series)


def course(series: Series, *, seed: int = 0) -> Course:
    """One metric.

    Args:
        series: two days or more.
        seed: as in `courses`.
    """
    p = Parameters()
    line = trend(series.weeks, series.values)
    margin, source = _margin(series, _about(line, series), p, freedom=2)
    line = trend(series.weeks, series.values, margin=margin, seed=seed)
    earlier = series.values[:-1]
    about = earlier - np.mean(earlier)
    band = baseline(
        earlier,
        new=float(series.values[-1]),
        mdc95=_margin(series, about, p, freedom=1)[0],
        **_prior(series, p),
    )
    return Course(series, line, source, _verdict(line), band)


def _verdict(line: Trend) -> str:
    if not line.tested:
        return LINE_ONLY
    if line.trend:
        return TREND
    ends = line.ci95
    return SMALL if ends is not None and not ends[0] <= 0.0 <= ends[1] else CANNOT_TELL


def _about(line: Trend, series: Series) -> Floats:
    if line.slope is None or line.intercept is None:
        return np.zeros(len(series.values))
    return series.values - line.intercept - line.slope * series.weeks


def _margin(
    series: Series, about: Floats, p: Parameters, *, freedom: int
) -> tuple[float | None, str]:
    """The smallest change that counts: the person's own from five days on, else the usual one."""
    if len(about) >= PERSONAL_DAYS and not constant(about):
        spread = math.sqrt(float(np.sum(about**2)) / (len(about) - freedom))
        return MDC95 * spread, PERSONAL
    usual = float(np.mean(series.values))
    return series.metric.smallest_change(usual, usual, p) or None, DEFAULT


def _prior(series: Series, p: Parameters) -> dict[str, float]:
    """The usual SD between days, as `baseline` takes it; nothing is known of an index."""
    metric = series.metric
    key = _PRIORS.get(metric.margin)
    if key is None or metric.is_index:
        return {}
    if key.endswith("_rel"):
        return {"prior_cv": p[key]}
    return {"prior_sd": p[key] * (100.0 if metric.table_unit == "%" else 1.0)}
