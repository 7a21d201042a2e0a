"""A comparison as a page for people: one file of HTML that stands alone (`insole.report.page`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from insole.compare.answers import Difference
from insole.compare.chosen import BY_ID, Metric
from insole.compare.document import Compared
from insole.compare.telling import sentences, verdict_words
from insole.compare.trials import Trial
from insole.compare.verdicts import Answer, CurveAnswer
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.report import page as html
from insole.report.drawing import Chart, legend, room_for

A_COLOUR, B_COLOUR = "left", "right"
MOST_MARGINS = 4.0  # of a difference in the picture; farther ends are cut, their numbers beside
WIDTH, ASIDE, ROW = 760.0, 320.0, 20.0
BETWEEN_FEET_MM = 15.0


def page(result: Compared, *, names: tuple[str, str]) -> str:
    """The whole document.

    Args:
        result: the comparison.
        names: of A and B, as they were given.
    """
    document = result.document
    lead = " ".join(part for part in (f"A: {names[0]}. B: {names[1]}.", document["header"]) if part)
    known = [one for one in result.answers if not one.refused and one.difference.A is not None]
    picture = html.figure(forest(known), caption=_FOREST) if any(map(_scaled, known)) else ""
    body = [
        html.section("To be known", html.bullets(result.cautions)),
        html.section(
            "Differences",
            picture,
            html.bullets(sentences(result)),
        ),
        _curves(result.curve),
        _ways(result),
        html.section("Numbers", _table(known)),
        html.section("Recordings", _recordings(result)),
        html.section(
            "How it was done",
            html.paragraph(document["methods"]),
            html.definitions([("codes", ", ".join(document["codes"]))]),
        ),
    ]
    return html.page("Comparison", "".join(body), lead=lead, made="insole compare")


_FOREST = (
    "B less A in units of the smallest change that counts: the grey field is one of them each way. "
    "Thick: 95 % interval from the variation of the units; thin: with measurement uncertainty."
)


def forest(answers: Sequence[Answer]) -> str:
    """Intervals of all numbers below each other, in units of the smallest change that counts."""
    rows = [one for one in answers if _scaled(one)]
    height = ROW * (len(rows) + 1) + 10.0
    left, right, bottom = _x(-1.0), _x(1.0), height - ROW
    parts = [
        f'<path class="text3 faint" d="M{left:.1f} 4H{right:.1f}V{bottom:.1f}H{left:.1f}Z"/>',
        f'<path class="grid" d="M{_x(0.0):.1f} 4V{bottom:.1f}"/>',
        *(
            _text(_x(place), height - 4.0, f"{place:g}".replace("-", "−"), "middle")
            for place in (-4, -2, -1, 0, 1, 2, 4)
        ),
        *(_row(one, ROW * (number + 0.7)) for number, one in enumerate(rows)),
    ]
    title = "Intervals of all differences in units of the smallest change that counts"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
        f'viewBox="0 0 {WIDTH:g} {height:g}"><title>{title}</title>{"".join(parts)}</svg>'
    )


def _row(one: Answer, y: float) -> str:
    found, margin = one.difference, one.difference.margin or 1.0
    said = f"{one.metric.noun}: {_span(one.metric, found)}"
    parts = [_text(ASIDE - 12.0, y + 4.0, one.metric.noun, "end")]
    for ends, width in ((found.ci95, 1.4), (found.ci95_sampling, 4.0)):
        if ends is None:
            continue
        low, high = (_x(end / margin) for end in ends)
        parts.append(
            f'<path class="text stroke" style="stroke-width:{width:g}" '
            f'd="M{low:.1f} {y:.1f}H{high:.1f}"><title>{escape(said)}</title></path>'
        )
    at = _x((found.diff or 0.0) / margin)
    parts.append(f'<circle class="{B_COLOUR} fill" cx="{at:.1f}" cy="{y:.1f}" r="3.5"/>')
    return "".join(parts)


def _x(margins: float) -> float:
    inside = min(max(margins, -MOST_MARGINS), MOST_MARGINS)
    half = 0.5 * (WIDTH - ASIDE - 16.0)
    return ASIDE + half * (1.0 + inside / MOST_MARGINS)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _scaled(one: Answer) -> bool:
    return bool(one.difference.margin) and one.difference.diff is not None


def _span(metric: Metric, found: Difference) -> str:
    if found.ci95 is None:
        return "no interval"
    return f"{metric.shown(found.ci95[0])} to {metric.with_unit(found.ci95[1])}"


def _curves(answer: CurveAnswer | None) -> str:
    """Mean curves, and their difference with its band."""
    if answer is None or answer.curve is None or answer.a is None or answer.b is None:
        said = "" if answer is None else answer.sentence
        return html.section("Force under the foot", html.paragraph(said))
    percent = np.arange(101.0)
    means = Chart((0.0, 100.0), room_for(answer.a, answer.b, from_zero=True),
                  "% of contact", answer.unit)  # fmt: skip
    found = answer.curve
    lower, upper = (np.empty(0) if ends is None else ends for ends in (found.lower, found.upper))
    between = Chart((0.0, 100.0), room_for(found.diff, lower, upper, np.zeros(1)),
                    "% of contact", f"B less A, {answer.unit}")  # fmt: skip
    held = "The band holds for the whole curve at once." if found.lower is not None else ""
    marks = [between.level(0.0)]
    if found.lower is not None and found.upper is not None:
        marks.append(between.band(percent, found.lower, found.upper, colour=B_COLOUR))
    marks.append(between.line(percent, found.diff, colour=B_COLOUR))
    marks += [between.upright(float(end), text=f"{end} %") for run in found.worded for end in run]
    return html.section(
        "Force under the foot",
        html.paragraph(answer.sentence),
        legend([(A_COLOUR, "A"), (B_COLOUR, "B, dashed")]),
        html.figure(
            means.svg(
                means.line(percent, answer.a, colour=A_COLOUR, title="A"),
                means.line(percent, answer.b, colour=B_COLOUR, dashed=True, title="B"),
                title="Mean force of A and of B over contact",
            )
        ),
        html.figure(
            between.svg(*marks, title="Difference of the mean forces with its band"),
            caption=held,
        ),
    )


def _ways(result: Compared) -> str:
    """Ways of the pressure centre of both feet, each trial thin, their mean thick."""
    if any(one.level == "refused" for one in result.setting.matching.of(BY_ID["cop_y_mm"])):
        return ""
    plan = result.setting.design
    sides = [[trial for unit in units for trial in unit.trials] for units in (plan.a, plan.b)]
    drawn: list[tuple[Floats, str, bool]] = []
    for trials, colour in zip(sides, (A_COLOUR, B_COLOUR), strict=True):
        for side in result.setting.sides:
            ways = [_way(trial, side) for trial in trials if side in trial.feet]
            drawn += [(way, colour, True) for way in ways if len(ways) > 1]
            if ways:
                drawn.append((_mean_way(ways), colour, False))
    known = [way for way, _, _ in drawn if np.isfinite(way).any()]
    if not known:
        return ""
    across = np.concatenate([way[:, 0] for way in known])
    along = np.concatenate([way[:, 1] for way in known])
    names = "mm, left foot on the left", "mm from the heel"
    chart = Chart(room_for(across), room_for(along), *names, width=420.0, height=420.0)
    marks = [
        chart.line(way[:, 0], way[:, 1], colour=colour, dashed=thin) for way, colour, thin in drawn
    ]
    return html.section(
        "Ways of the pressure centre",
        legend([(A_COLOUR, "A"), (B_COLOUR, "B")]),
        html.figure(
            chart.svg(*marks, title="Ways of the pressure centre of A and of B"),
            caption="Trials dashed, their mean solid; how far apart the feet were, is not known.",
        ),
    )


def _way(trial: Trial, side: Side) -> Floats:
    """(101, 2) way of one foot, mm; the left one mirrored."""
    way = trial.feet[side].cop_mm.copy()
    way[:, 0] += BETWEEN_FEET_MM
    if side is Side.LEFT:
        way[:, 0] *= -1.0
    return way


def _mean_way(ways: Sequence[Floats]) -> Floats:
    answer: Floats = np.mean(np.stack(ways), axis=0)
    return answer


def _table(answers: Iterable[Answer]) -> str:
    rows = [
        (
            f"{one.metric.noun}, {one.metric.unit}",
            one.metric.shown(found.A),
            one.metric.shown(found.B),
            one.metric.shown(found.diff),
            "" if found.percent is None else f"{found.percent:.1f}".replace("-", "−"),
            _ends(one.metric, found.ci95_sampling),
            _ends(one.metric, found.ci95),
            "" if found.margin is None else one.metric.shown(found.margin),
            verdict_words(found.verdict),
        )
        for one in answers
        if (found := one.difference).A is not None
        and found.B is not None
        and found.diff is not None
    ]
    head = (
        "", "A", "B", "B less A", "% of A", "95 % interval", "with measurement", "counts from",
        "verdict",
    )  # fmt: skip
    return html.table(head, rows, text_columns=(8,))


def _ends(metric: Metric, ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"{metric.shown(ends[0])} to {metric.shown(ends[1])}"


def _recordings(result: Compared) -> str:
    document = result.document
    rows = [
        (name, one["name"], one["day"] or "", str(one["steps"]), one["sha256"][:12])
        for name in "AB"
        for one in document["trials"][name]
    ]
    left_out = [f"{name}: {why}" for name, why in document["dropped"].items()]
    table = html.table(("", "file", "day", "steps used", "SHA-256"), rows, text_columns=(1, 2, 4))
    return table + html.bullets(left_out)
