"""The methods paragraph (section 6): what a reader needs to judge or repeat a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from insole import __version__
from insole.compare.answers import CAUTION_SKEW
from insole.model.foot import Side

if TYPE_CHECKING:
    from insole.compare.settings import Setting
    from insole.compare.verdicts import Answer, CurveAnswer

CLOSING = "For training information; not a medical device."
MOST_NAMED = 6  # hashes, days


def methods(setting: Setting, told: Sequence[Answer], curve: CurveAnswer | None) -> str:
    """The paragraph.

    Args:
        setting: units and conditions.
        told: answers of all numbers.
        curve: of the force.
    """
    parts = (
        _recorded(setting),
        _steps(setting),
        _intervals(setting, told),
        _measurement(told),
        _curves(curve, setting),
        _margins(told),
        _planned(setting),
        _several(setting),
        _origin(setting),
        CLOSING,
    )
    return " ".join(part for part in parts if part)


def _recorded(setting: Setting) -> str:
    plan, a = setting.design, setting.a
    trials = [trial for unit in (*plan.a, *plan.b) for trial in unit.trials]
    days = sorted({trial.day for trial in trials if trial.day})
    when = f"on {_named(days)}" if days else "on days that nobody wrote down"
    who = "one person" if setting.a.athlete else "one person as far as anybody wrote down"
    who = f"{len(plan.a)} persons under both conditions" if plan.kind == "persons" else who
    counted = (
        "One and one recording"
        if plan.kind == "recordings"
        else "Recordings"
        if plan.kind == "persons"
        else f"{len(plan.a)} pairs of {plan.unit.removesuffix(' pair')}s"
        if plan.paired
        else f"{len(plan.a)} and {len(plan.b)} {plan.unit}s"
    )
    insoles = "; ".join(
        f"{side}: {foot.layout}, {foot.rate_hz:g} Hz"
        for side in Side
        if (foot := a.feet.get(side)) is not None
    )
    return f"{counted} of {a.activity or 'movement'} were made by {who}, {when}, with {insoles}."


def _steps(setting: Setting) -> str:
    trials = [trial for unit in (*setting.design.a, *setting.design.b) for trial in unit.trials]
    reasons: dict[str, int] = {}
    for trial in trials:
        for why, number in trial.left_out.items():
            reasons[why] = reasons.get(why, 0) + number
    used = sum(trial.used for trial in trials)
    out = sum(reasons.values())
    why = ", ".join(f"{number} {words}" for words, number in sorted(reasons.items()))
    said = f" ({why})" if why else ""
    filtered = "no filter" if setting.a.filter == "none" else f"filter {setting.a.filter}"
    return (
        f"Contacts were timed at {setting.a.level} ({filtered}); {used} steps were used and {out} "
        f"left out{said}."
    )


def _intervals(setting: Setting, told: Sequence[Answer]) -> str:
    plan = setting.design
    if setting.same:
        return ""
    if plan.kind == "recordings":
        return (
            "Steps in order were averaged in batches of equal size, of both feet by strides; "
            "intervals are Welch's t on means of batches, and speak of these recordings alone."
        )
    method = "paired t" if plan.paired else "Welch's t"
    if any(one.difference.seed is not None for one in told):
        method += ", checked by a studentised bootstrap of units"
    if any(CAUTION_SKEW in one.codes for one in told):
        method += " (the wider one where they disagree)"
    unit = "trial" if plan.kind == "one_day_each" else plan.unit
    return (
        f"Values were averaged within each {unit}, both feet alike; differences are between {unit} "
        f"means with 95 % intervals by {method}, each for itself."
    )


def _measurement(told: Sequence[Answer]) -> str:
    if not any(one.difference.u_measurement for one in told):
        return ""
    return "Measurement uncertainty (force scale, zero) was added where it does not cancel."


def _curves(curve: CurveAnswer | None, setting: Setting) -> str:
    if curve is None or curve.curve is None:
        return ""
    said = "Force curves were resampled to 101 points of contact"
    reg = setting.registered
    if reg is not None:
        places = ", ".join(
            f"{name} at {at:.1f} %" for name, at in zip(reg.names, reg.at, strict=True)
        )
        said += (
            f" and registered piece by piece ({places}; {reg.left_out} steps without a landmark "
            "left out)"
        )
    found = curve.curve
    if found.lower is None:
        return f"{said}."
    drawn = "all" if found.seed is None else f"seed {found.seed}"
    return (
        f"{said}; bands hold for the whole curve at once ({found.patterns} sign patterns, {drawn})."
    )


def _margins(told: Sequence[Answer]) -> str:
    named = [
        f"{one.metric.noun[:1].lower()}{one.metric.noun[1:]} "
        f"{one.metric.with_unit(one.difference.margin)} ({one.margin_source})"
        for one in told
        if one.difference.margin is not None
    ]
    return f"The smallest change that counts was: {', '.join(named)}." if named else ""


def _several(setting: Setting) -> str:
    if setting.design.describes:
        return ""
    if setting.primary:
        return (
            "The planned numbers were adjusted by Holm's method; all others were explored, their "
            "p values adjusted by Benjamini and Hochberg's method at 10 %."
        )
    return (
        "No plan was made before: all numbers were explored, and their p values adjusted by "
        "Benjamini and Hochberg's method at 10 %."
    )


def _planned(setting: Setting) -> str:
    carried = setting.carried
    if carried is None:
        return ""
    plan = carried.plan
    lost = f"; lost: {', '.join(map(str, carried.lost))}" if carried.lost else ""
    said = (
        f"{len(carried.order)} of {plan.blocks} blocks of {plan.factor} {plan.conditions[0]} (A) "
        f"and {plan.conditions[1]} (B) were recorded{lost}; {plan.period_s:g} s of each period "
        f"count, after {plan.washout_s:g} s"
    )
    if carried.late:
        return f"{said}. The order was not planned in advance: {carried.late}."
    return (
        f"{said}. The order was drawn by lot on {plan.drawn} (plan {plan.hashed()[:12]}); p is "
        "the share of all orders of signs with a sum at least as large."
    )


def _origin(setting: Setting) -> str:
    plan = setting.design
    hashes = sorted({trial.sha256[:12] for unit in (*plan.a, *plan.b) for trial in unit.trials})
    return f"insole {__version__}, parameters {setting.a.parameters[:12]}, files {_named(hashes)}."


def _named(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
