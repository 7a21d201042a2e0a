"""What is said of days in a row (sections 5.3 and 6): the rules of `insole.compare.words` hold."""

from __future__ import annotations

from insole.compare.chosen import Metric
from insole.compare.courses import PERSONAL, SMALL, TREND, Course
from insole.compare.days import Days
from insole.compare.given import Interval
from insole.compare.trends import FEWEST_DAYS, FEWEST_WEEKS

EXPLORED = (
    "Explored, not tested in advance: of many numbers, about one interval in twenty misses its own."
)
REANALYSED = "All were computed again with the same parameters."
UNNAMED = "Nobody wrote down whose recordings these are: they were taken as one person's."


def sentences(one: Course, *, level: str = "") -> tuple[str, ...]:
    """All that is said of one metric: the line, a change of level, the newest day.

    Args:
        one: the metric.
        level: at which force contacts were timed; told of numbers that depend on it.
    """
    timed = level and ("contact" in one.series.metric.tags or "po50" in one.series.metric.tags)
    line = f"{_line(one)} Timed at {level}." if timed else _line(one)
    return tuple(text for text in (line, _change(one), _newest(one)) if text)


def header(days: Days) -> str:
    """Whose days these are, and how many."""
    kind = days.newest
    who = kind.athlete or "One person"
    said = [kind.activity or "no gait", f"shoe {kind.shoe}" if kind.shoe else ""]
    count, span = len(days.days), days.week(list(days.days)[-1])
    return f"{', '.join(one for one in (who, *said) if one)}: {count} days over {span:.1f} weeks."


def cautions(days: Days) -> tuple[str, ...]:
    """What holds of all numbers."""
    told = (
        EXPLORED,
        UNNAMED if not days.newest.athlete else "",
        REANALYSED if days.reanalysed else "",
    )
    return tuple(one for one in told if one)


def _line(one: Course) -> str:
    metric, line, ends = one.series.metric, one.line, one.ci95_total
    total, weeks = line.change_total, f"{line.span:.1f} weeks"
    if total is None:
        return f"{metric.noun}: no line, {line.why}."
    days = f"{line.days} days"
    if not line.tested:
        need = f"{FEWEST_DAYS} days and {FEWEST_WEEKS:g} weeks are needed"
        way = _way(metric, total)
        return f"{metric.noun}: the line is {way} over {weeks}; no verdict from {days}, {need}."
    if ends is None:
        return f"{metric.noun} was the same on all of {days} over {weeks}."
    if one.verdict not in (TREND, SMALL):
        span = f"{metric.shown(ends[0])} to {metric.with_unit(ends[1])}"
        return (
            f"{metric.noun}: these days cannot tell a trend; anything from {span} over {weeks} "
            f"fits (95 % interval; {days})."
        )
    first = (
        f"{metric.noun} became {_way(metric, total)} over {weeks} "
        f"(95 % interval {_size(metric, ends)}; {days})"
    )
    margin = metric.with_unit(line.margin or 0.0)
    if one.margin_source == PERSONAL:
        less = "more" if one.verdict == TREND else "less"
        return f"{first}, {less} than the {margin} by which two such days may differ anyway."
    if one.verdict == TREND:
        return f"{first}, beyond {margin}, the smallest change that counts here."
    return f"{first}, which is less than the {margin} that count."


def _change(one: Course) -> str:
    metric, change = one.series.metric, one.line.change
    if change is None:
        return ""
    before, after = metric.shown(change.before), metric.shown(change.after)
    share = f"{100 * change.p:.1f} % of shuffled orders of the days have such a change"
    return (
        f"{metric.noun}: the level differs from about week {change.week:.0f}, {before} before and "
        f"{after} {metric.unit} after ({share})."
    )


def _newest(one: Course) -> str:
    metric, band = one.series.metric, one.band
    if not band.marked or band.band is None:
        return ""
    value = metric.shown(float(one.series.values[-1]))
    low, high = (metric.shown(end) for end in band.band)
    return (
        f"{metric.noun} of the newest day, {value} {metric.unit}, lies outside {low} to {high}: "
        f"there a day like the {band.sessions} earlier ones lies 19 times in 20."
    )


def _way(metric: Metric, total: float) -> str:
    """How far, and where to."""
    return f"{metric.with_unit(abs(total))} {metric.more if total > 0 else metric.less}"


def _size(metric: Metric, ends: Interval) -> str:
    low, high = ends
    if low > 0.0 or high < 0.0:
        low, high = sorted((abs(low), abs(high)))
    return f"{metric.shown(low)} to {metric.shown(high)}"
