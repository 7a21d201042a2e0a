"""What is usual for one person, with the doubt of few sessions (section 5.2).

Three sessions know their own spread badly: it is pooled with what is usual between days, which
counts as much as seven sessions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from insole.compare import student
from insole.compare.given import NOT_NUMBERS, Interval, Numbers, mean, numbers, positive, variance
from insole.metrics.baseline import SESSIONS

PRIOR_FREEDOM = 6


@dataclass(frozen=True, slots=True)
class Band:
    """Where a next session of the same kind usually lies, 95 % of the time.

    Attributes:
        mean: of the sessions.
        sd: pooled with the prior, s̃.
        band: mean ± k·s̃; None with fewer than three sessions.
        sessions: how many.
        outside: whether the new session lies outside; None where there is no band or no new one.
        marked: outside, and farther from the mean than the smallest real change; as `outside`
            where that was not given.
        why: where there is no band, the reason.
    """

    mean: float | None = None
    sd: float | None = None
    band: Interval | None = None
    sessions: int = 0
    outside: bool | None = None
    marked: bool | None = None
    why: str = ""


def baseline(
    sessions: Numbers,
    *,
    new: float | None = None,
    prior_cv: float | None = None,
    prior_sd: float | None = None,
    mdc95: float | None = None,
) -> Band:
    """Band for a next session out of three or more earlier ones.

    s̃² = (6·s₀² + (n−1)·s²)/(n+5), k = t.975(n+5)·√(1+1/n). Without a usual SD s₀ it is the plain
    prediction interval, which is much wider.

    Args:
        sessions: one value a session.
        new: the session to look at.
        prior_cv: s₀ as a share of the mean.
        prior_sd: s₀ in the unit of the values, in place of `prior_cv`.
        mdc95: smallest change that is one (1.96·√2·SD between days), same unit.

    Raises:
        RequestError: no row of numbers, an SD that cannot be one.
    """
    prior_cv, prior_sd = positive(prior_cv, "prior_cv"), positive(prior_sd, "prior_sd")
    mdc95 = positive(mdc95, "mdc95")
    row = numbers(sessions)
    if row is None:
        return Band(why=NOT_NUMBERS)
    count = len(row)
    if count < SESSIONS:
        return Band(sessions=count, why=f"{count} sessions; {SESSIONS} are needed")
    middle = mean(row)
    usual = prior_sd if prior_sd is not None else abs(middle) * (prior_cv or 0.0)
    freedom = count - 1 + (PRIOR_FREEDOM if usual > 0.0 else 0)
    spread = math.sqrt((PRIOR_FREEDOM * usual**2 + (count - 1) * variance(row)) / freedom)
    if spread == 0.0:
        return Band(middle, 0.0, sessions=count, why="the sessions do not differ from each other")
    ends = student.interval(middle, spread * math.sqrt(1.0 + 1.0 / count), freedom, level=0.95)
    outside = marked = None
    if new is not None and math.isfinite(new):
        outside = not ends[0] <= new <= ends[1]
        marked = outside and abs(new - middle) > (mdc95 or 0.0)
    return Band(middle, spread, ends, count, outside, marked)
