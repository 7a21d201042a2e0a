"""Days in a row as a page: for each metric the days, the line through them, and the usual band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from insole.compare.course_words import cautions, header, sentences
from insole.compare.courses import SMALL, TREND, Course
from insole.compare.days import Days
from insole.model.arrays import Floats
from insole.parameters import Parameters
from insole.report.drawing import Chart, room_for
from insole.report.page import beside, bullets, definitions, figure, page, paragraph, section, table

LEGEND = (
    "Dots are days. The line is that of Theil and Sen, dashed where it is no trend; the area holds "
    "the lines that its 95 % interval allows. Where the newest day lies outside the usual, two "
    "level lines show where a day like those before it lies 19 times in 20. Upright lines are "
    "what was written down about recordings: nothing here says that they have to do with the "
    "numbers. Each picture is at least as high as twice the change that usually counts."
)


def trend_page(days: Days, found: Sequence[Course]) -> str:
    """The page.

    Args:
        days: what was read.
        found: of `courses`.
    """
    level = days.newest.level
    told = [text for one in found for text in sentences(one, level=level) if _stands_out(one)]
    charts = [
        section(one.series.metric.noun, _picture(days, one), paragraph(_words(one, level)))
        for one in found
    ]
    pairs = [beside(*charts[at : at + 2]) for at in range(0, len(charts), 2)]
    body = "".join(
        (
            section("What was read", definitions(_kind(days)), bullets(cautions(days))),
            section(
                "What stands out",
                bullets(told) or paragraph("No metric has a trend, and no newest day stands out."),
            ),
            section("How to read it", paragraph(LEGEND)),
            *pairs,
            section("Written down", _events(days)),
            section("Left out", _skipped(days)),
        )
    )
    return page("Trend", body, lead=header(days))


def _stands_out(one: Course) -> bool:
    return one.verdict in (TREND, SMALL) or bool(one.band.marked) or one.line.change is not None


def _words(one: Course, level: str) -> str:
    return " ".join(sentences(one, level=level))


def _picture(days: Days, one: Course) -> str:
    series, metric = one.series, one.series.metric
    values = series.values * metric.factor
    weeks = np.array([series.weeks[0], float(np.median(series.weeks)), series.weeks[-1]])
    drawn = _along(one, weeks, one.line.slope) * metric.factor
    usual = np.empty(0)
    if one.band.marked and one.band.band is not None:
        usual = np.array(one.band.band) * metric.factor
    fan = _fan(one, weeks) * metric.factor
    middle = float(np.median(series.values))
    counts = metric.smallest_change(middle, middle, Parameters())
    least = np.array([middle - counts, middle + counts]) * metric.factor
    chart = Chart(
        x=(0.0, days.week(list(days.days)[-1])),
        y=room_for(values, usual, fan, least),
        x_label=f"weeks since {days.first.isoformat()}",
        y_label=metric.unit,
        width=520.0,
    )
    events = [chart.upright(days.week(day)) for day in dict.fromkeys(day for day, _ in days.events)]
    titles = [
        f"{day}: {metric.shown(value)} {metric.unit}"
        for day, value in zip(series.days, series.values.tolist(), strict=True)
    ]
    return figure(
        chart.svg(
            chart.band(weeks, fan[0], fan[1], colour="left"),
            *events,
            *(chart.level(end) for end in usual.tolist()),
            chart.line(weeks, drawn, colour="left", dashed=one.verdict not in (TREND, SMALL)),
            chart.points(series.weeks, values, colour="left", titles=titles),
            title=f"{metric.noun} of {one.line.days} days",
        )
    )


def _along(one: Course, weeks: Floats, slope: float | None) -> Floats:
    """A line of this slope through the middle of the days."""
    if slope is None:
        return np.full(len(weeks), np.nan)
    middle = float(np.median(one.series.weeks))
    return float(np.median(one.series.values)) + slope * (weeks - middle)


def _fan(one: Course, weeks: Floats) -> Floats:
    """(2, n) lowest and highest of the lines that the interval allows; NaN without one."""
    ends = one.line.ci95
    if ends is None:
        return np.full((2, len(weeks)), np.nan)
    lines = [_along(one, weeks, slope) for slope in ends]
    return np.stack((np.minimum(*lines), np.maximum(*lines)))


def _kind(days: Days) -> list[tuple[str, str]]:
    kind = days.newest
    feet = [
        (f"{side.value} insole", ", ".join(one for one in (foot.unit, foot.layout) if one))
        for side, foot in sorted(kind.feet.items())
    ]
    return [
        ("athlete", kind.athlete),
        ("shoe", kind.shoe),
        ("activity", kind.activity),
        *feet,
        ("contacts timed at", kind.level),
        ("days", ", ".join(days.days)),
    ]


def _events(days: Days) -> str:
    rows = [(f"{day} (week {days.week(day):.1f})", text) for day, text in days.events]
    return table(("day", "what"), rows, text_columns=(1,))


def _skipped(days: Days) -> str:
    return table(("recording", "why"), list(days.skipped.items()), text_columns=(1,))
