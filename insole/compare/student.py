"""Student's and the normal distribution.

`scipy.special` has both; `scipy.stats` would take a second to load.
"""

from __future__ import annotations

from typing import Any

from insole.compare.given import Interval


def quantile(probability: float, df: float) -> float:
    """Value that is exceeded with 1 − `probability`.

    Args:
        probability: 0 to 1.
        df: degrees of freedom, above 0.
    """
    from scipy import special  # loaded late: only where somebody compares

    table: Any = special
    return float(table.stdtrit(df, probability))


def normal_quantile(probability: float) -> float:
    """Value of the normal distribution that is exceeded with 1 − `probability`."""
    from scipy import special

    table: Any = special
    return float(table.ndtri(probability))


def two_sided(t: float, df: float) -> float:
    """Probability of a value at least as far from 0 as `t`."""
    from scipy import special

    table: Any = special
    return float(2.0 * table.stdtr(df, -abs(t)))


def interval(middle: float, error: float, df: float, *, level: float) -> Interval:
    """`middle` ± t·`error`.

    Args:
        middle: an estimate.
        error: its standard error, same unit.
        df: degrees of freedom.
        level: share of such intervals that hold the truth, e.g. 0.95.
    """
    half = quantile(0.5 + 0.5 * level, df) * error
    return middle - half, middle + half
