"""Days in a row as a page: for each metric the days, the line through them, and the usual band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from insole.compare.course_words import cautions, header, sentences
from insole.compare.courses import SMALL, TREND, Course
from insole.compare.days import Days
from insole.model.arrays import Floats
from insole.report.drawing import Chart, room_for
from insole.report.page import beside, bullets, definitions, figure, page, paragraph, section, table

LEGEND = (
    "Dots are days. The line is that of Theil and Sen; it is dashed where it has no verdict. The "
    "area is where a day like those before the newest one lies 19 times in 20; it is not there "
    "before three days. Upright lines are what was written down about recordings: nothing here "
    "says that they have to do with the numbers."
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
    series, metric, line, band = one.series, one.series.metric, one.line, one.band
    values = series.values * metric.factor
    ends = np.array([0.0, days.week(list(days.days)[-1])])
    usual = np.empty(0) if band.band is None else np.array(band.band) * metric.factor
    drawn = _along(one, ends) * metric.factor
    chart = Chart(
        x=(float(ends[0]), float(ends[1])),
        y=room_for(values, usual, drawn),
        x_label=f"weeks since {days.first.isoformat()}",
        y_label=metric.unit,
        width=520.0,
    )
    area = ""
    if len(usual):
        low, high = np.full(2, usual[0]), np.full(2, usual[1])
        area = chart.band(ends, low, high, colour="text3")
    events = [chart.upright(days.week(day)) for day in dict.fromkeys(day for day, _ in days.events)]
    titles = [
        f"{day}: {metric.shown(value)} {metric.unit}"
        for day, value in zip(series.days, series.values.tolist(), strict=True)
    ]
    through = chart.line(ends, drawn, colour="left", dashed=one.verdict not in (TREND, SMALL))
    dots = chart.points(series.weeks, values, colour="left", titles=titles)
    spoken = f"{metric.noun} of {line.days} days"
    return figure(chart.svg(area, *events, through, dots, title=spoken))


def _along(one: Course, weeks: Floats) -> Floats:
    line = one.line
    if line.slope is None or line.intercept is None:
        return np.full(len(weeks), np.nan)
    inside = np.clip(weeks, one.series.weeks[0], one.series.weeks[-1])
    return line.intercept + line.slope * inside


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
