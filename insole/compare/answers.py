"""What a comparison of one metric answers, and the rule of its verdict (section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from insole.compare.given import Interval

CLEARLY_DIFFERENT = "clearly_different"
SMALL_CONSISTENT = "small_consistent"
DIFFERENT = "different"
PRACTICALLY_SAME = "practically_same"
CANNOT_TELL = "cannot_tell"
RECORDINGS_ONLY = "recordings_only"
CAUTION_SKEW = "CAUTION_SKEW"
CAUTION_OUTLIERS = "CAUTION_OUTLIERS"
VERDICT_UNITS = 3
LEVEL = 0.05


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
        verdict=verdict_for(answer, p_adjusted, level=level),
    )


def verdict_for(answer: Difference, p_adjusted: float | None, *, level: float = LEVEL) -> str:
    """As `verdict_of`; of two units a side there is an interval and no verdict."""
    if min(answer.n) < VERDICT_UNITS:
        return CANNOT_TELL
    return verdict_of(answer.ci95, answer.ci90, answer.margin, p_adjusted=p_adjusted, level=level)
