"""The document `insole.compare/1`: everything that a comparison found, for programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from insole import __version__
from insole.compare import words
from insole.compare.answers import Difference
from insole.compare.block_tests import carry_over
from insole.compare.chosen import BY_ID
from insole.compare.conditions import together
from insole.compare.designs import (
    UNIT_DAY,
    UNIT_TRIAL_MERGED,
    Design,
    design,
    merged,
    once,
    persons,
)
from insole.compare.matching import checked_factors, match, match_pairs
from insole.compare.methods import methods
from insole.compare.plans import Carried, Plan, carried_out
from insole.compare.plans import told as told_plan
from insole.compare.registering import Registered, registered
from insole.compare.resampling import SCHEMA
from insole.compare.settings import Setting
from insole.compare.trials import Trial, read, read_alike
from insole.compare.verdicts import Answer, CurveAnswer, answers, curve_answer
from insole.errors import RequestError
from insole.model.arrays import Floats
from insole.parameters import Parameters

SAME_RECORDING = "SAME_RECORDING"
REANALYSED = "REANALYSED"
REFUSE_STEPS = "REFUSE_STEPS"


class NotComparable(RequestError):
    """Nothing of the two can be compared; `document` says the same for programs."""

    def __init__(self, document: dict[str, Any], *, where: str, why: str, fix: str) -> None:
        super().__init__("not comparable", where=where, why=why, fix=fix)
        self.document = document


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison.

    Attributes:
        document: `insole.compare/1`.
        setting: units and conditions.
        answers: of each number.
        curve: of the force; None where no trial has one.
        cautions: sentences that hold for all of it.
    """

    document: dict[str, Any]
    setting: Setting
    answers: tuple[Answer, ...]
    curve: CurveAnswer | None
    cautions: tuple[str, ...]


def read_sides(
    a: Sequence[Path],
    b: Sequence[Path],
    *,
    options: Mapping[str, Any] | None = None,
    before: Callable[[Path], None] = lambda _: None,
) -> tuple[list[Trial], list[Trial], bool]:
    """The trials of both sides, computed alike.

    Args:
        a: files of A.
        b: files of B.
        options: of importers.
        before: called before each file; what it raises ends the reading.

    Returns:
        Trials of A, trials of B, and whether some were computed again to be alike.

    Raises:
        FileError: one cannot be read.
    """
    told = options or {}
    files: dict[Path, list[Trial]] = {}
    for path in dict.fromkeys((*a, *b)):
        before(path)
        files[path] = read(path, options=told)
    ways = {trial.conditions.parameters for trials in files.values() for trial in trials}
    if len(ways) > 1:
        files = {path: read_alike(one, path, options=told) for path, one in files.items()}
    sides = [[trial for path in paths for trial in files[path]] for paths in (a, b)]
    return sides[0], sides[1], len(ways) > 1


def compared(
    a: Sequence[Trial],
    b: Sequence[Trial],
    *,
    factors: Collection[str] = (),
    seed: int = 0,
    reanalysed: bool = False,
    plan: Plan | None = None,
    register: bool = False,
    where: str = "A, B",
) -> Compared:
    """Compare two sets of trials.

    Args:
        a: trials of A; the same content counts once, in whatever order they come.
        b: trials of B.
        factors: what was changed on purpose.
        seed: the user's.
        reanalysed: some were computed again to be alike.
        plan: of blocks, in whose order they were recorded; its factor counts as declared.
        register: bring curves of force together by their landmarks.
        where: names of both, for errors.

    Raises:
        NotComparable: nothing of them can be compared.
        RequestError: a recording is in A and in B, or a factor has an unknown name.
    """
    checked_factors(factors)
    factors = {*factors, *(plan.factors if plan is not None else ())}
    sides = [once(side) for side in (a, b)]
    hashes = [{one.sha256 for one in side} for side in sides]
    same = bool(hashes[0]) and hashes[0] == hashes[1]
    _refuse_overlap(sides, same=same)
    codes: list[str] = [SAME_RECORDING] if same else []
    if reanalysed:
        codes.append(REANALYSED)
    dropped = {one.name: one.too_few for side in sides for one in side if one.too_few}
    kept = [[one for one in side if not one.too_few] for side in sides]
    for name, side, all_of in zip("AB", kept, sides, strict=True):
        if not side:
            why = "; ".join(one.too_few for one in all_of) or f"{name} has no recording"
            raise _not_comparable([REFUSE_STEPS], why, sides=sides, factors=factors, where=where)
    carried = None if plan is None else carried_out(plan, *sides)
    if carried is not None:
        units = carried.design
        if not units.a:
            why = "no block of the plan has both its periods"
            raise _not_comparable([REFUSE_STEPS], why, sides=sides, factors=factors, where=where)
        codes += [ORDER_NOT_PLANNED] if carried.late else []
        dropped = {f"block {number}": why for number, why in carried.lost.items()}
    else:
        joined = [merged(side) for side in kept]
        if any(found for _, found in joined):
            codes.append(UNIT_TRIAL_MERGED)
        one, two = joined[0][0], joined[1][0]
        units = persons(one, two) or design(one, two)
    codes += units.codes
    parameters = Parameters()
    conditions = [
        together([trial.conditions for unit in side for trial in unit.trials])
        for side in (units.a, units.b)
    ]
    matching = (
        match_pairs(
            [
                [together([trial.conditions for trial in unit.trials]) for unit in pair]
                for pair in zip(units.a, units.b, strict=True)
            ],
            factors=factors,
            parameters=parameters,
        )
        if units.kind == "persons"
        else match(conditions[0], conditions[1], factors=factors, parameters=parameters)
    )
    if matching.whole:
        found = list(dict.fromkeys(one.code for one in matching.whole))
        raise _not_comparable(
            [*codes, *found], words.whole(matching.whole), sides=sides, factors=factors, where=where
        )
    in_advance = plan if carried is not None and not carried.late else None
    setting = Setting(
        units,
        conditions[0],
        conditions[1],
        matching,
        parameters,
        margins={} if plan is None else plan.margin,
        primary=() if in_advance is None else in_advance.primary,
        seed=seed,
        same=same,
        carried=carried,
    )
    if register:
        setting = replace(setting, registered=_registered(setting))
    told = answers(setting)
    curve = curve_answer(setting)
    cautions = [CODE_SENTENCES[code] for code in codes if code in CODE_SENTENCES]
    cautions += list(
        dict.fromkeys(words.caution(one) for one in matching.rulings if one.level != "refused")
    )
    touched = {code for one in told for code in one.codes} | set(curve.codes if curve else ())
    rulings = [one.code for one in matching.rulings]
    codes += [code for code in dict.fromkeys(rulings) if code in touched or "FACTOR" in code]
    codes += sorted(touched - set(codes))
    document = _document(
        setting, told, curve, codes=codes, cautions=cautions, factors=factors,
        dropped={**dropped, **(units.dropped or {})},
    )  # fmt: skip
    if all(one.refused for one in told) and (curve is None or curve.curve is None):
        why = told[0].sentence if told else "no number is known of both A and B."
        document |= {"comparable": False, "sentence": why}
        raise NotComparable(document, where=where, why=why.rstrip("."), fix=_SEE)
    return Compared(document, setting, tuple(told), curve, tuple(cautions))


_SEE = "docs/compare.md says what each code asks for"
ORDER_NOT_PLANNED = "ORDER_NOT_PLANNED"
CODE_SENTENCES = {
    ORDER_NOT_PLANNED: "The order was not planned in advance.",
    SAME_RECORDING: words.SAME_RECORDING,
    REANALYSED: "All were computed again with the same parameters.",
    UNIT_DAY: words.DAY_SENTENCE,
    UNIT_TRIAL_MERGED: words.MERGED_SENTENCE,
}


def _registered(setting: Setting) -> Registered:
    found = registered(setting.design, activity=setting.a.activity, sides=setting.sides)
    if found is None:
        raise RequestError(
            "the curves have no landmarks",
            where="--registered",
            why="landmarks are known of the force in running and in walking",
            fix="Leave the option out",
        )
    return found


def _refuse_overlap(sides: list[list[Trial]], *, same: bool) -> None:
    both = {one.sha256 for one in sides[0]} & {one.sha256 for one in sides[1]}
    if both and not same:
        names = sorted({one.name for side in sides for one in side if one.sha256 in both})
        raise RequestError(
            "a recording is in A and in B",
            where=", ".join(names),
            why="it was made under one condition",
            fix="Take it out of one of them",
        )


def _not_comparable(
    codes: list[str],
    why: str,
    *,
    sides: list[list[Trial]],
    factors: Collection[str],
    where: str,
) -> NotComparable:
    document = {
        "schema": SCHEMA,
        "comparable": False,
        "codes": codes,
        "sentence": f"Not compared: {why[:1].lower()}{why[1:]}",
        "generator": {"name": "insole", "version": __version__},
        "factor": sorted(factors),
        "plan": None,
        "unit": None,
        "n": None,
        "metrics": {},
        "curves": {},
        "steps": _steps(sides),
        "trials": _listed(sides),
    }
    return NotComparable(document, where=where, why=why.rstrip("."), fix=_SEE)


def _document(
    setting: Setting,
    told: Sequence[Answer],
    curve: CurveAnswer | None,
    *,
    codes: list[str],
    cautions: list[str],
    factors: Collection[str],
    dropped: Mapping[str, str],
) -> dict[str, Any]:
    plan = setting.design
    sides = [[trial for unit in units for trial in unit.trials] for units in (plan.a, plan.b)]
    return {
        "schema": SCHEMA,
        "comparable": True,
        "codes": codes,
        "cautions": cautions,
        "generator": {"name": "insole", "version": __version__},
        "header": _header(setting),
        "unit": plan.unit,
        "n": _units(told, plan),
        "factor": sorted(factors),
        "plan": None if setting.carried is None else _plan(setting.carried, told),
        "metrics": {one.metric.id: _metric(one, plan) for one in told},
        "curves": {} if curve is None else {f"force_{curve.unit}": _curve(curve)},
        "steps": _steps(sides),
        "trials": _listed(sides),
        "dropped": dict(dropped),
        "seed": setting.seed,
        "methods": methods(setting, told, curve),
    }


def _header(setting: Setting) -> str:
    if setting.design.describes:
        return ""
    if not setting.primary:
        return words.EXPLORED
    nouns = ", ".join(BY_ID[name].noun for name in setting.primary)
    return f"Tested as planned: {nouns}. All else: {words.EXPLORED[:1].lower()}{words.EXPLORED[1:]}"


def _plan(carried: Carried, told: Sequence[Answer]) -> dict[str, Any]:
    """The plan, and what became of it; differences by order are for the eye, not tested."""
    plan = carried.plan
    apart = {
        one.metric.id: carry_over(found, carried.order)
        for one in told
        if one.metric.id in plan.primary and len(found := one.by_unit) == len(carried.order)
    }
    return {
        **told_plan(plan),
        "in_advance": not carried.late,
        "why": carried.late,
        "blocks_used": len(carried.design.a),
        "lost": {str(number): why for number, why in carried.lost.items()},
        "carry_over": {
            name: {"AB": one.ab, "BA": one.ba, "blocks": list(one.blocks)}
            for name, one in apart.items()
        },
    }


def _units(told: Sequence[Answer], plan: Design) -> dict[str, int]:
    if plan.kind != "recordings":
        return {"A": len(plan.a), "B": len(plan.b)}
    counts = [one.difference.n for one in told if not one.refused]
    return {
        "A": max((n[0] for n in counts), default=0),
        "B": max((n[1] for n in counts), default=0),
    }


def _metric(one: Answer, plan: Design) -> dict[str, Any]:
    labels = [unit.label for unit in plan.a]
    return {
        **_numbers(one.difference),
        "unit": one.metric.table_unit,
        "margin_source": one.margin_source,
        "verdict": one.difference.verdict,
        "sentence": one.sentence,
        "codes": list(one.codes),
        "units": dict(zip(labels, one.by_unit, strict=True))
        if len(labels) == len(one.by_unit)
        else {},
        "sides": {side.value: _numbers(each) for side, each in sorted(one.sides.items())},
    }


def _numbers(found: Difference) -> dict[str, Any]:
    return {
        "A": found.A,
        "B": found.B,
        "diff": found.diff,
        "n": list(found.n),
        "percent": found.percent,
        "ci95_sampling": _ends(found.ci95_sampling),
        "ci95": _ends(found.ci95),
        "ci90": _ends(found.ci90),
        "u_measurement": found.u_measurement,
        "df": found.df,
        "p": found.p,
        "p_adjusted": found.p_adjusted,
        "g_trial": found.g_trial,
        "d_step": found.d_step,
        "margin": found.margin,
        "n_needed": found.n_needed,
        "method": found.method,
        "description_only": found.description_only,
        "why": found.why,
    }


def _ends(ends: tuple[float, float] | None) -> list[float] | None:
    return None if ends is None else [ends[0], ends[1]]


def _curve(one: CurveAnswer) -> dict[str, Any]:
    found = one.curve
    return {
        "unit": one.unit,
        "A": _row(one.a),
        "B": _row(one.b),
        "diff": None if found is None else _row(found.diff),
        "lower": None if found is None else _row(found.lower),
        "upper": None if found is None else _row(found.upper),
        "c": None if found is None else found.c,
        "p": None if found is None else found.p,
        "n": None if found is None else list(found.n),
        "runs": [] if found is None else [list(run) for run in found.runs],
        "tags": [] if found is None else list(found.tags),
        "landmarks": {
            name: {**_numbers(each), "unit": "% of contact", "sentence": said}
            for name, (each, said) in one.landmarks.items()
        },
        "codes": list(one.codes),
        "sentence": one.sentence,
    }


def _row(values: Floats | None) -> list[float | None] | None:
    if values is None:
        return None
    return [float(one) if np.isfinite(one) else None for one in values]


def _steps(sides: Sequence[Sequence[Trial]]) -> dict[str, Any]:
    """How many steps were used, and why others were not."""
    excluded: dict[str, dict[str, int]] = {}
    for name, side in zip("AB", sides, strict=True):
        reasons: dict[str, int] = {}
        for one in side:
            for why, number in one.left_out.items():
                reasons[why] = reasons.get(why, 0) + number
        excluded[name] = reasons
    used = {name: sum(one.used for one in side) for name, side in zip("AB", sides, strict=True)}
    return {"used": used, "excluded": excluded}


def _listed(sides: Sequence[Sequence[Trial]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {"name": one.name, "sha256": one.sha256, "day": one.day or None, "steps": one.used}
            for one in side
        ]
        for name, side in zip("AB", sides, strict=True)
    }
