"""Uncertainty of measurement, added where it does not cancel (section 3.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from insole.compare import student
from insole.compare.given import LARGEST, SMALLEST, Interval
from insole.errors import RequestError

MOST_DF = 1e6
NONE_GIVEN = "a difference, its standard error above 0 and its degrees of freedom are needed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """How the two sides of a comparison were measured.

    Attributes:
        u_gain: relative standard uncertainty of the force scale, of A and of B; 0 for what has no
            scale (times, shares).
        same_calibration: one insole and one calibration on both sides.
        drift: standard uncertainty of the zero's drift since one tare, unit of the metric.
        tare: standard uncertainties of two zeros, of A and of B; in place of `drift`.
    """

    u_gain: tuple[float, float] = (0.0, 0.0)
    same_calibration: bool = True
    drift: float = 0.0
    tare: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Refuse what cannot be an uncertainty.

        Raises:
            RequestError: one is negative or not finite.
        """
        if not all(0.0 <= u <= LARGEST for u in (*self.u_gain, self.drift, *self.tare)):
            raise RequestError(
                "an uncertainty that cannot be one",
                where="measurement",
                why="it is negative, not a number, or absurdly large",
                fix="Give standard uncertainties of 0 or more",
            )

    def gain(self, diff: float, a_mean: float, b_mean: float) -> float:
        """Part of u(Δ) that comes from the force scale."""
        u_a, u_b = self.u_gain
        if self.same_calibration:
            return abs(diff) * max(u_a, u_b)
        return math.hypot(a_mean * u_a, b_mean * u_b)

    @property
    def zero(self) -> float:
        """Part of u(Δ) that comes from the zero."""
        return math.hypot(math.sqrt(2.0) * self.drift, *self.tare)


@dataclass(frozen=True, slots=True)
class Combined:
    """A difference with both its doubts.

    Attributes:
        u_measurement: standard uncertainty of measurement, u.
        u_c: √(SE² + u²).
        df: of u_c: u_c⁴/(SE⁴/ν), at most 10⁶.
        ci95, ci90: intervals Δ ± t·u_c.
        p: two-sided; a gain that both sides share does not enter it.
        why: where all these are None, the reason.
    """

    u_measurement: float | None = None
    u_c: float | None = None
    df: float | None = None
    ci95: Interval | None = None
    ci90: Interval | None = None
    p: float | None = None
    why: str = ""


def combine(
    diff: float,
    se: float,
    df: float,
    *,
    a_mean: float | None = None,
    b_mean: float | None = None,
    u_gain: float | tuple[float, float] = 0.0,
    same_calibration: bool = True,
    drift: float = 0.0,
    tare: float | tuple[float, float] = 0.0,
) -> Combined:
    """Combine sampling and measurement (section 3.5).

    Args:
        diff: Δ = B − A.
        se: its standard error from sampling, same unit.
        df: degrees of freedom of `se`.
        a_mean: mean of A; needed where the calibrations differ.
        b_mean: mean of B.
        u_gain: relative standard uncertainty of the force scale, one for both or (A, B).
        same_calibration: one insole and calibration on both sides: only |Δ| is uncertain by it.
        drift: of the zero, unit of Δ; counts twice.
        tare: of two zeros, one for both or (A, B), unit of Δ.

    Raises:
        RequestError: an uncertainty is negative, or the means are missing.
    """
    pair = u_gain if isinstance(u_gain, tuple) else (u_gain, u_gain)
    zeros = tare if isinstance(tare, tuple) else (tare, tare)
    measured = Measurement(pair, same_calibration, drift, zeros)
    if (a_mean is None or b_mean is None) and not same_calibration and any(pair):
        raise RequestError(
            "the means of A and B are missing",
            where="combine",
            why="two calibrations are uncertain by a share of each mean",
            fix="Give a_mean and b_mean",
        )
    return combined(diff, se, df, measured, means=(a_mean or 0.0, b_mean or 0.0))


def combined(
    diff: float, se: float, df: float, measured: Measurement, *, means: tuple[float, float]
) -> Combined:
    """As `combine`, with the measurement as one value.

    Args:
        diff: Δ = B − A.
        se: its standard error from sampling.
        df: of `se`.
        measured: how both sides were measured.
        means: of A and B, unit of Δ.
    """
    told = all(abs(one) <= LARGEST for one in (diff, se, df, *means))
    if not told or se < SMALLEST or df <= 0.0:
        return Combined(why=NONE_GIVEN)
    gain, zero = measured.gain(diff, *means), measured.zero
    u = math.hypot(gain, zero)
    u_c = math.hypot(se, u)
    nu = _df(u_c, se, df)
    ends = student.interval(diff, u_c, nu, level=0.95)
    if not math.isfinite(ends[1] - ends[0]):
        return Combined(why=NONE_GIVEN)
    tested = math.hypot(se, zero) if measured.same_calibration else u_c
    return Combined(
        u_measurement=u,
        u_c=u_c,
        df=nu,
        ci95=ends,
        ci90=student.interval(diff, u_c, nu, level=0.90),
        p=student.two_sided(diff / tested, _df(tested, se, df)),
    )


def _df(u_c: float, se: float, df: float) -> float:
    """Welch and Satterthwaite, u known exactly; the ratio is bounded because powers overflow."""
    return min(df * min(u_c / se, MOST_DF) ** 4, MOST_DF)
