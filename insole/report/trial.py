"""One page for people on one recording: what was measured, how sure it is, what it cannot say.

A function of the analysis: no clock, no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from insole.analysis import Analysis
from insole.metrics import registry
from insole.model.arrays import Bools, Floats
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.report import words
from insole.report.drawing import Chart, legend, room_for
from insole.report.feet import tripods
from insole.report.page import beside, bullets, definitions, figure, page, paragraph, section, table

SHOWN = (
    "cadence_spm",
    "contact_s",
    "flight_s",
    "double_support_s",
    "peak_force_BW",
    "peak_force_N",
    "impulse_BW_s",
    "po50_N_s",
    "po_eff_N_s",
    "po_eff_share_percent",
    "valr_BW_per_s",
    "medial_share",
)
"""Rows of the table of main numbers, where the recording has them."""

COURSES = (
    ("po_eff_N_s", "contact_s"),
    ("po_eff_share_percent", "peak_force_BW"),
    ("peak_force_N", "step_s"),
)
"""For each picture over time: the first of its column that the steps have."""

MOST_POINTS = 240  # of a foot in a picture; more steps are drawn as medians of as many each
LEAST_SHOWN = 0.1  # of the middle of what is drawn over time, to both sides
MOST_NAMED = 6  # metrics in a sentence on what is not available
MOST_REASONS = 7  # such sentences
MOST_SEEN = 14  # sentences of what else was seen
LONGEST_NOTE = 400  # signs of what somebody wrote
CAN_NOT = (
    "Force is what the insole feels under the foot, upright to it and inside the shoe: not the "
    "ground reaction force of a plate, and nothing of forward or sideways force.\n"
    "± is the half-width of 95 % of the mean, measurement and steps together. Two days are "
    "compared with `insole compare`, not by looking at two pages.\n"
    "Numbers describe this recording. They are no finding about health, and no number here has a "
    "good or a bad side by itself."
)


def report(result: Analysis, *, seen: Sequence[str] = ()) -> str:
    """The page.

    Args:
        result: of a recording.
        seen: more sentences about it: standing, hops, own baseline, sensors.
    """
    document = result.to_dict()
    feet = [side for side in Side if document["sides"][side.value] is not None]
    body = "".join(
        (
            beside(
                section("What was recorded", definitions([*_notes(document), *_insoles(document)])),
                section("Can it be trusted", bullets(_trust(document, feet))),
            ),
            section("Main numbers", _numbers(document)),
            beside(
                section("Tripod", _tripod(result, document)),
                _forces(result, document, feet),
            ),
            _step_by_step(_courses(result, feet)),
            beside(
                section("Also seen", bullets(_first(seen))),
                section("Not available, and why", _absent(document)),
            ),
            section("What this page cannot say", bullets(CAN_NOT.splitlines())),
        )
    )
    return page(_title(document), body, lead=_lead(document), made=_made(document))


def _title(document: dict[str, Any]) -> str:
    notes = document["notes"]
    who = f"{_cut(notes['athlete'])}, " if notes.get("athlete") else ""
    return f"{who}{_when(notes) or document['file'] or 'recording'}"


def _cut(text: Any) -> str:
    """What somebody wrote, as much of it as a page has room for."""
    said = "" if text is None else str(text)
    return said if len(said) <= LONGEST_NOTE else f"{said[:LONGEST_NOTE]}…"


def _when(notes: dict[str, Any]) -> str:
    try:
        return f"{datetime.fromisoformat(notes.get('wall_clock', '')):%d %B %Y, %H:%M}"
    except ValueError:
        return ""


def _lead(document: dict[str, Any]) -> str:
    lasted = max((foot["duration_s"] for foot in document["sides"].values() if foot), default=0.0)
    minutes, seconds = divmod(round(lasted), 60)
    long = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    mass = document["mass_kg"]
    carried = f"body mass {mass:g} kg" if mass is not None else "body mass not told"
    activity = (document["activity"] or "activity not told").capitalize()
    return f"{activity}, {long}, {len(document['steps'])} steps, {carried}"


def _made(document: dict[str, Any]) -> str:
    made, origin = document["generator"], document["provenance"]
    file = document["file"] or "a recording"
    hashed = f" (SHA-256 {document['sha256'][:16]}…)" if document["sha256"] else ""
    level = next((f["reporting_level_N"] for f in document["sides"].values() if f), None)
    timed = f"contacts timed at {level:.0f} N" if level is not None else "contacts timed by load"
    return (
        f"{file}{hashed}; {timed}, filter {origin['filter']}; {made['name']} {made['version']}, "
        f"parameters {origin['parameters_sha256'][:12]}, result {origin['result_sha256'][:12]}"
    )


def _notes(document: dict[str, Any]) -> list[tuple[str, str]]:
    notes = document["notes"]
    speed = f"{notes['speed_m_s']:g} m/s" if notes.get("speed_m_s") is not None else ""
    return [
        ("who", _cut(notes.get("athlete"))),
        ("when", _when(notes)),
        ("shoe", _cut(notes.get("shoe"))),
        ("ground", _cut(notes.get("surface"))),
        ("speed", speed),
        ("note", _cut(notes.get("note"))),
        ("file", str(document["file"] or "")),
    ]


def _insoles(document: dict[str, Any]) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    for side in Side:
        foot = document["sides"][side.value]
        if foot is None:
            told.append((str(side), document["no_data"].get(side.value) or "no data"))
            continue
        what = f"layout {foot['layout']}, {foot['sensors']} sensors in {foot['quantity']}"
        told.append((str(side), f"{foot['device'] or 'insole'}, {what}, {foot['rate_hz']:g} Hz"))
    return told


def _trust(document: dict[str, Any], feet: list[Side]) -> list[str]:
    said = [words.coverage(str(side), document["sides"][side.value]) for side in feet]
    said.append(words.steps_used(document["steps"]))
    return [*said, words.force_scale(document["self_check"])]


def _numbers(document: dict[str, Any]) -> str:
    summary: dict[str, dict[str, Any] | None] = document["summary"]
    means = [summary[side.value] or {} for side in Side]
    symmetry = summary["symmetry"] or {}
    rows: list[list[str]] = []
    for name in SHOWN:
        spec = registry.get(name)
        cells = [words.cell(each.get(name)) for each in means]
        if any(cells):
            unit = f", {spec.unit}" if spec.unit not in ("", "1") else ""
            between = _between(symmetry.get(name))
            rows.append([f"{spec.name}{unit}", *(one or "n/a" for one in cells), between])
    return table(
        ["", "left", "right", "right against left"],
        rows,
        caption="Mean ± half-width of 95 % (n steps). Right against left: symmetry index, the "
        "difference in percent of both feet's mean, + where the right is larger; then the band in "
        "which feet count as alike.",
    )


def _between(one: dict[str, Any] | None) -> str:
    if not one or one.get("si_percent") is None:
        return "n/a"
    doubt = words.WIDE * float(np.hypot(one.get("u") or 0.0, one.get("u_shared") or 0.0))
    place = "within" if one["neutral"] else "outside"
    band = f"{place} ±{one['neutral_percent']:.0f} %"
    index = round(one["si_percent"], 1) + 0.0  # no -0.0
    return f"{index:+.1f} ± {words.short(doubt)} %, {band}"


def _tripod(result: Analysis, document: dict[str, Any]) -> str:
    parameters = Parameters(dict(result.changed))
    picture = tripods(result.feet, document["summary"], parameters=parameters)
    if not picture:
        return ""
    return figure(
        picture,
        caption="Share of heel, first ray and fifth ray in what the three carry over a step, mean "
        "± half-width of 95 %. Areas are shares; from above, toes up.",
    )


def _forces(result: Analysis, document: dict[str, Any], feet: list[Side]) -> str:
    curves = {side: result.curves[side] for side in feet if side in result.curves}
    curves = {side: curve for side, curve in curves.items() if curve.n > 0}
    if not curves:
        return ""
    unit, factor = "N", dict.fromkeys(curves, 1.0)
    if document["self_check"]["verdict"] == "force scale uncertain" or any(
        result.feet[side].quantity == "counts" for side in curves
    ):
        unit = "% of the peak of the mean"
        factor = {side: 100.0 / float(np.nanmax(c.mean_n)) for side, c in curves.items()}
    means = {side: curve.mean_n * factor[side] for side, curve in curves.items()}
    spreads = {side: np.asarray(curve.sd_n * factor[side]) for side, curve in curves.items()}
    top = [means[side] + spreads[side] for side in curves]
    chart = Chart(
        x=(0.0, 100.0), y=room_for(*means.values(), *top, from_zero=True),
        x_label="% of contact", y_label=unit, width=420, height=250,
    )  # fmt: skip
    across = {side: np.linspace(0.0, 100.0, len(mean)) for side, mean in means.items()}
    marks = [
        chart.band(across[s], means[s] - spreads[s], means[s] + spreads[s], colour=s.value)
        for s in curves
    ]
    marks += [
        chart.line(across[side], means[side], colour=side.value, dashed=side is Side.RIGHT)
        for side in curves
    ]
    counted = ", ".join(f"{side} {curve.n} steps" for side, curve in curves.items())
    return section(
        "Force under the foot",
        figure(
            chart.svg(*marks, title=f"Mean force over contact, {counted}"),
            caption=f"Mean and standard deviation over contact: {counted}.",
        ),
        _who("dashed"),
    )


def _who(right: str) -> str:
    return legend([("left", "left"), ("right", f"right, {right}")])


def _step_by_step(pictures: list[str]) -> str:
    return section("Step by step", beside(*pictures), _who("rings")) if pictures else ""


def _courses(result: Analysis, feet: list[Side]) -> list[str]:
    """Pictures of single steps over time."""
    tables = {Side.LEFT: result.left, Side.RIGHT: result.right}
    pictures: list[str] = []
    absent = result.not_available()
    for column in zip(*COURSES, strict=True):
        for name in column:
            series = {
                side: (tables[side].value["foot_strike_s"] - result.start_s, values[name])
                for side in feet
                if name in (values := tables[side].value) and name not in absent
            }
            thin = {
                side: _thinned(*one, valid=tables[side].valid > 0) for side, one in series.items()
            }
            if any(len(time) for time, _ in thin.values()):
                pictures.append(_course(name, thin))
                break
    return pictures


def _course(name: str, series: dict[Side, tuple[Floats, Floats]]) -> str:
    spec = registry.get(name)
    last = max(float(time[-1]) for time, _ in series.values() if len(time))
    unit, seconds = ("min", 60.0) if last > 180.0 else ("s", 1.0)
    chart = Chart(
        x=room_for(*(time / seconds for time, _ in series.values()), from_zero=True),
        y=_steady([values for _, values in series.values()]),
        x_label=unit, y_label=spec.unit, width=420, height=170,
    )  # fmt: skip
    marks = [
        chart.points(
            time / seconds, values, colour=side.value, radius=2.2, hollow=side is Side.RIGHT
        )
        for side, (time, values) in series.items()
    ]
    return figure(
        chart.svg(*marks, title=f"{spec.name} of each step"),
        caption=f"{spec.name} of each step",
    )


def _steady(series: list[Floats]) -> tuple[float, float]:
    """Room for all, and at least a tenth around the middle: what hardly varies shall look so."""
    middle = float(np.median(np.concatenate(series)))
    return room_for(*series, middle * np.array([1.0 - LEAST_SHOWN, 1.0 + LEAST_SHOWN]))


def _thinned(time_s: Floats, values: Floats, *, valid: Bools) -> tuple[Floats, Floats]:
    """(k,) times and values of steps that count; of many, medians of as many each."""
    good = valid & np.isfinite(values) & np.isfinite(time_s)
    time_s, values = time_s[good], values[good]
    many = -(-len(values) // MOST_POINTS)
    if many <= 1:
        return time_s, values
    whole = len(values) // many * many
    rows = (-1, many)
    return (
        np.median(time_s[:whole].reshape(rows), axis=1),
        np.median(values[:whole].reshape(rows), axis=1),
    )


def _first(seen: Sequence[str]) -> list[str]:
    if len(seen) <= MOST_SEEN:
        return list(seen)
    return [*seen[: MOST_SEEN - 1], f"{len(seen) - MOST_SEEN + 1} more; `insole analyze` says all."]


def _absent(document: dict[str, Any]) -> str:
    said = words.reasons(document["not_available"], most=MOST_NAMED, lines=MOST_REASONS)
    feet = [
        f"{side}: {why or 'nobody heard of this foot'}" for side, why in document["no_data"].items()
    ]
    return bullets([*feet, *said]) or paragraph("Everything that is defined could be given.")
