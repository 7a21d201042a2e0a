"""The document of `insole trend --json`, `insole.trend/1`: plain values, no NaN."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from insole import __version__
from insole.compare.chosen import CHOSEN
from insole.compare.course_words import cautions, header, sentences
from insole.compare.courses import Course
from insole.compare.days import Days
from insole.compare.given import Interval
from insole.model.foot import Side
from insole.parameters import Parameters

SCHEMA = "insole.trend/1"


def trend_document(days: Days, found: tuple[Course, ...], *, seed: int = 0) -> dict[str, Any]:
    """Everything that was found.

    Args:
        days: what was read.
        found: of `courses`.
        seed: that was given to it.
    """
    kind = days.newest
    known = {one.series.metric.id for one in found}
    return {
        "schema": SCHEMA,
        "generator": {"name": "insole", "version": __version__},
        "athlete": kind.athlete,
        "shoe": kind.shoe,
        "activity": kind.activity,
        "insoles": {
            side.value: (
                {"unit": kind.feet[side].unit, "layout": kind.feet[side].layout}
                if side in kind.feet
                else None
            )
            for side in Side
        },
        "timed_at": kind.level,
        "sentence": header(days),
        "cautions": list(cautions(days)),
        "days": [
            {"day": day, "week": days.week(day), "trials": list(names)}
            for day, names in days.days.items()
        ],
        "events": [{"day": day, "week": days.week(day), "text": text} for day, text in days.events],
        "metrics": {one.series.metric.id: _metric(one, kind.level) for one in found},
        "not_available": {
            metric.id: "fewer than two of these days have it"
            for metric in CHOSEN
            if metric.id not in known
        },
        "skipped": dict(days.skipped),
        "seed": seed,
        "parameters_sha256": Parameters().sha256(),
    }


def _metric(one: Course, level: str) -> dict[str, Any]:
    series, line, band = one.series, one.line, one.band
    told = sentences(one, level=level)
    return {
        "noun": series.metric.noun,
        "unit": series.metric.table_unit,
        "days": list(series.days),
        "weeks": series.weeks.tolist(),
        "values": series.values.tolist(),
        "slope_per_week": line.slope,
        "intercept": line.intercept,
        "sen95": _ends(line.sen95),
        "ci95": _ends(line.ci95),
        "lag_one": line.lag_one,
        "correlation": line.correlation,
        "change": line.change_total,
        "ci95_change": _ends(one.ci95_total),
        "margin": line.margin,
        "margin_source": one.margin_source,
        "tested": line.tested,
        "verdict": one.verdict,
        "sentence": told[0],
        "sentences": list(told),
        "why": line.why,
        "change_point": None if line.change is None else asdict(line.change),
        "band": {
            "mean": band.mean,
            "sd": band.sd,
            "band": _ends(band.band),
            "sessions": band.sessions,
            "outside": band.outside,
            "marked": band.marked,
            "why": band.why,
        },
        "codes": list(series.codes),
        "left_out": dict(series.left_out),
    }


def _ends(ends: Interval | None) -> list[float] | None:
    return None if ends is None else list(ends)
