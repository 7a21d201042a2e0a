"""From two sets of trials to what is known of each number: intervals, verdicts, sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from insole.compare import words
from insole.compare.adjusting import adjust
from insole.compare.answers import CANNOT_TELL, RECORDINGS_ONLY, Difference, judged
from insole.compare.batching import batches, recordings
from insole.compare.block_tests import blocks
from insole.compare.chosen import CHOSEN, FORCE_CURVE, Metric
from insole.compare.cohorts import Cohort, cohort
from insole.compare.curve_tests import Curve, curves
from insole.compare.designs import Design, Unit
from insole.compare.differences import difference, paired, step_spread
from insole.compare.given import mean, variance
from insole.compare.matching import Ruling, same_calibration
from insole.compare.measuring import gains_of, measurement, with_scales
from insole.compare.registering import TAG
from insole.compare.settings import Setting
from insole.compare.trials import usable
from insole.model.arrays import Floats
from insole.model.foot import Side

EXPLORED_LEVEL = 0.10  # false discoveries among what is called different where nothing was planned
CURVE_HZ = 100.0
PERSONAL_DAYS = 5
REAL_CHANGE = 1.96 * 2.0**0.5  # of the SD between days: two days may differ so much anyway
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one number.

    Attributes:
        metric: which.
        difference: B less A; empty where it is refused.
        codes: of what limits it.
        sentence: for people.
        margin_source: where the smallest change that counts comes from.
        refused: it is not compared.
        sides: the same of each foot alone.
        by_unit: B less A of each pair, where units are pairs.
    """

    metric: Metric
    difference: Difference
    codes: tuple[str, ...]
    sentence: str
    margin_source: str = ""
    refused: bool = False
    sides: Mapping[Side, Difference] = field(default_factory=dict[Side, Difference])
    by_unit: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CurveAnswer:
    """What is known of the curve of force.

    Attributes:
        unit: BW or N.
        a, b: (101,) means of A and B; None where it is refused.
        curve: B less A with its band; None where it is refused.
        codes, sentence: as of a number.
        landmarks: of registered curves: what moved where, % of contact, and its sentence.
    """

    unit: str
    a: Floats | None
    b: Floats | None
    curve: Curve | None
    codes: tuple[str, ...]
    sentence: str
    landmarks: Mapping[str, tuple[Difference, str]] = field(
        default_factory=dict[str, tuple[Difference, str]]
    )


def answers(setting: Setting) -> list[Answer]:
    """What is known of every number that any of the trials has."""
    found: list[Answer] = []
    for metric in CHOSEN:
        rulings = setting.matching.of(metric)
        sides = tuple(Side) if metric.is_index else setting.sides
        if any(one.level == "refused" for one in rulings):
            if any(_has(unit, metric) for unit in (*setting.design.a, *setting.design.b)):
                found.append(_refused(metric, rulings))
            continue
        answer = _difference(metric, setting, sides)
        if answer is None:
            continue
        codes = tuple(dict.fromkeys((*(one.code for one in rulings), *answer.codes)))
        source = _source(metric, setting, answer.n)
        apart = {
            side: one
            for side in (sides if len(sides) == 2 and not metric.is_index else ())
            if (one := _difference(metric, setting, (side,))) is not None
        }
        each = _by_unit(metric, setting, sides)
        found.append(Answer(metric, answer, codes, "", source, sides=apart, by_unit=each))
    return _told(_adjusted(found, setting), setting)


def curve_answer(setting: Setting) -> CurveAnswer | None:
    """What is known of the curve of force; None where no trial has one."""
    unit = "N" if setting.a.mass_kg is None and setting.b.mass_kg is None else "BW"
    rulings = tuple(
        one
        for one in setting.matching.of(FORCE_CURVE)
        if not (unit == "N" and one.factor == "MASS")
    )
    refusals = tuple(one for one in rulings if one.level == "refused")
    if refusals:
        return CurveAnswer(
            unit, None, None, None, tuple(dict.fromkeys(one.code for one in refusals)),
            words.refused(FORCE_CURVE, refusals),
        )  # fmt: skip
    rows = _curve_rows(setting)
    if rows is None:
        return None
    a, b = rows
    hashes = _hashes(setting.design)
    codes = tuple(dict.fromkeys(one.code for one in rulings))
    tags = () if setting.registered is None else (TAG,)
    why = _picture_only(setting)
    if why:
        found = Curve(b.mean(axis=0) - a.mean(axis=0), n=(len(a), len(b)), why=why, tags=tags)
    elif setting.design.paired:
        found = curves(b - a, hashes=(hashes[0], ()), metric="force", tags=tags,
                       parameters=setting.a.parameters, seed=setting.seed)  # fmt: skip
    else:
        told = None if setting.design.kind == "recordings" else hashes
        found = curves(a, b, hashes=told, metric="force", parameters=setting.a.parameters,
                       seed=setting.seed, tags=tags)  # fmt: skip
    if found.lower is not None and not same_calibration(setting.a, setting.b):
        found = with_scales(found, a.mean(axis=0), b.mean(axis=0), gains=gains_of(setting))
    n = _curve_units(setting.design, len(a), len(b))
    said = words.curve_sentence(
        found.worded,
        [bool(found.diff[first : last + 1].mean() > 0) for first, last in found.worded],
        n=n, tested=found.lower is not None, why=found.why,
    )  # fmt: skip
    if setting.design.describes:
        said = f"In these recordings alone, {said[:1].lower()}{said[1:]}"
    told_codes = (*codes, *found.codes)
    middles = a.mean(axis=0), b.mean(axis=0)
    return CurveAnswer(unit, *middles, found, told_codes, said, _landmarks(setting))


def _landmarks(setting: Setting) -> dict[str, tuple[Difference, str]]:
    """Times of the landmarks of registered curves, % of contact, and what they say."""
    reg, plan = setting.registered, setting.design
    if reg is None:
        return {}
    found: dict[str, tuple[Difference, str]] = {}
    for place, name in enumerate(reg.names):
        a, b = (times[:, place] for times in reg.times)
        hashes = _hashes(plan)
        told = f"{TAG} {name}"
        if plan.paired:
            one = paired(a, b, hashes=hashes[0], metric=told, seed=setting.seed)
        else:
            one = difference(a, b, hashes=hashes, metric=told, seed=setting.seed)
        one = _described(one) if plan.describes else one
        found[name] = one, words.landmark_sentence(name, one, plan)
    return found


def _has(unit: Unit, metric: Metric) -> bool:
    """Any of its steps has the number."""
    return any(
        metric.of in foot.value and bool(np.isfinite(foot.value[metric.of]).any())
        for trial in unit.trials
        for foot in trial.feet.values()
    )


def _refused(metric: Metric, rulings: Sequence[Ruling]) -> Answer:
    codes = tuple(dict.fromkeys(one.code for one in rulings))
    return Answer(
        metric,
        Difference(verdict=REFUSED),
        codes,
        words.refused(metric, [one for one in rulings if one.level == "refused"]),
        refused=True,
    )


def _difference(metric: Metric, setting: Setting, sides: Sequence[Side]) -> Difference | None:
    """B less A of one number; None where too few units have it."""
    plan = setting.design
    if plan.kind == "recordings":
        return _of_recordings(metric, setting, sides)
    rows = [[unit.mean(metric, sides) for unit in units] for units in (plan.a, plan.b)]
    if plan.paired:
        kept = [i for i, pair in enumerate(zip(*rows, strict=True)) if None not in pair]
        places = [kept, kept]
    else:
        places = [[i for i, one in enumerate(row) if one is not None] for row in rows]
    if not all(places):
        return None
    a, b = (np.array([row[i] for i in place], np.float64)
            for row, place in zip(rows, places, strict=True))  # fmt: skip
    units = [[side[i] for i in place] for side, place in zip((plan.a, plan.b), places, strict=True)]
    trimmed = tuple(
        np.array([unit.trimmed(metric, sides) for unit in side], np.float64) for side in units
    )
    steps = [
        row
        for unit in sorted((*units[0], *units[1]), key=lambda unit: unit.sha256)
        for trial in unit.trials
        for row in trial.spread_rows(metric, sides)
    ]
    spread = step_spread(steps) or None
    if setting.same:
        return _same(a)
    cut = (trimmed[0], trimmed[1])
    margin, widen = _margin(metric, setting, a, b), _widen(metric, setting, a, b)
    measured = measurement(metric, setting, contact_s=_contact_s(setting))
    hashes = [[unit.sha256 for unit in side] for side in units]
    if plan.kind == "blocks" and setting.planned is not None:
        return blocks(
            b - a, a=a, margin=margin, measured=measured, step_sd=spread, seed=setting.seed
        )
    if plan.kind == "persons":
        group = paired(a, b, margin=margin, measured=measured, widen=widen, step_sd=spread)
        return _of_group(group, cohort(b - a, seed=setting.seed))
    if plan.paired:
        return paired(
            a, b, margin=margin, measured=measured, widen=widen, step_sd=spread, trimmed=cut,
            hashes=[_pair_hash(*both) for both in zip(*hashes, strict=True)],
            metric=metric.id, parameters=setting.a.parameters, seed=setting.seed,
        )  # fmt: skip
    answer = difference(
        a, b, margin=margin, measured=measured, widen=widen, step_sd=spread, trimmed=cut,
        hashes=(hashes[0], hashes[1]),
        metric=metric.id, parameters=setting.a.parameters, seed=setting.seed,
    )  # fmt: skip
    return _described(answer) if plan.describes else answer


def _of_group(answer: Difference, group: Cohort) -> Difference:
    """A difference over persons: its p is that of all patterns of signs; few are listed only."""
    if group.ci95 is None:
        return replace(
            answer, ci95_sampling=None, ci95=None, ci90=None, p=None, g_trial=None,
            why=group.why, verdict=CANNOT_TELL,
        )  # fmt: skip
    return replace(answer, p=group.p, why=group.why, method="cohort")


def _by_unit(metric: Metric, setting: Setting, sides: Sequence[Side]) -> tuple[float, ...]:
    """B less A of each pair of units that both know."""
    if not setting.design.paired:
        return ()
    pairs = zip(setting.design.a, setting.design.b, strict=True)
    values = [(one.mean(metric, sides), two.mean(metric, sides)) for one, two in pairs]
    return tuple(b - a for a, b in values if a is not None and b is not None)


def _of_recordings(metric: Metric, setting: Setting, sides: Sequence[Side]) -> Difference | None:
    one, two = (units[0].trials[0] for units in (setting.design.a, setting.design.b))
    a, b = one.series(metric, sides), two.series(metric, sides)
    if min(len(a), len(b)) < one.fewest:
        return None
    if setting.same:
        return _same(a)
    return recordings(
        a,
        b,
        margin=_margin(metric, setting, a, b),
        measured=measurement(metric, setting, contact_s=_contact_s(setting)),
        widen=_widen(metric, setting, a, b),
    )


def _same(values: Floats) -> Difference:
    """The same recordings on both sides."""
    middle = mean(values)
    return Difference(
        A=middle, B=middle, diff=0.0, percent=0.0 if middle else None, n=(len(values), len(values)),
        verdict=RECORDINGS_ONLY, description_only=True, why=words.SAME_RECORDING,
    )  # fmt: skip


def _described(answer: Difference) -> Difference:
    """As one that speaks of these recordings alone."""
    return replace(
        answer, p=None, g_trial=None, n_needed=None, verdict=RECORDINGS_ONLY, codes=(), seed=None,
        description_only=True,
    )  # fmt: skip


def _margin(metric: Metric, setting: Setting, a: Floats, b: Floats) -> float | None:
    if metric.id in setting.margins:
        return setting.margins[metric.id]
    if _source(metric, setting, (len(a), len(b))) == "personal":
        spread = float(np.sqrt(0.5 * (variance(a) + variance(b))))
        return REAL_CHANGE * spread or None
    return metric.smallest_change(float(a.mean()), float(b.mean()), setting.parameters) or None


def _source(metric: Metric, setting: Setting, n: tuple[int, int]) -> str:
    """Where the smallest change that counts is from.

    It is personal with so many days of both conditions that they tell how much days differ anyway.
    """
    if metric.id in setting.margins:
        return "plan"
    by_day = setting.design.kind in ("days", "day_pairs")
    return "personal" if by_day and min(n) >= PERSONAL_DAYS else "default"


def _widen(metric: Metric, setting: Setting, a: Floats, b: Floats) -> float:
    usual = 0.5 * (abs(float(a.mean())) + abs(float(b.mean())))
    cautions = [one for one in setting.matching.of(metric) if one.level == "caution"]
    return float(sum(one.widen(metric, usual) for one in cautions))


def _is_widened(metric: Metric, setting: Setting) -> bool:
    cautions = [one for one in setting.matching.of(metric) if one.level == "caution"]
    return any(one.widen(metric, 1.0) for one in cautions)


def _contact_s(setting: Setting) -> float:
    """Usual contact time of both sides, s."""
    means = [
        float(known.mean())
        for unit in (*setting.design.a, *setting.design.b)
        for trial in unit.trials
        for foot in trial.feet.values()
        if len(known := foot.value["contact_s"][usable(foot.value["contact_s"])])
    ]
    return float(np.mean(sorted(means))) if means else 0.0


def _adjusted(found: list[Answer], setting: Setting) -> list[Answer]:
    """With p values that know how many numbers were looked at."""
    if setting.design.describes:
        return found
    primary = [one.metric.id in setting.primary for one in found]
    adjusted: list[float | None] = [None] * len(found)
    for planned, method in ((True, "holm"), (False, "bh")):
        places = [i for i, one in enumerate(primary) if one is planned]
        p = adjust([found[i].difference.p for i in places], method)
        for i, value in zip(places, p, strict=True):
            adjusted[i] = value
    return [
        one
        if one.refused
        else replace(
            one,
            difference=judged(one.difference, value, level=0.05 if planned else EXPLORED_LEVEL),
        )
        for one, value, planned in zip(found, adjusted, primary, strict=True)
    ]


def _told(found: list[Answer], setting: Setting) -> list[Answer]:
    """With sentences."""
    if setting.same:
        return [
            one if one.refused else replace(one, sentence=words.SAME_RECORDING) for one in found
        ]
    known = {one.metric.id: one.difference for one in found if not one.refused}
    shapes = words.shape_changed(known)
    answer: list[Answer] = []
    for one in found:
        if one.refused:
            answer.append(one)
            continue
        said = shapes.get(one.metric.id) or words.sentence(
            one.metric,
            one.difference,
            setting.design,
            level=setting.a.level,
            planned=_words_of_plan(one.metric, setting),
            widened=_is_widened(one.metric, setting),
        )
        answer.append(replace(one, sentence=said))
    return answer


def _words_of_plan(metric: Metric, setting: Setting) -> str:
    """What B is called in a sentence that may say "with"; "" where none may."""
    if setting.planned is None or metric.id not in setting.primary:
        return ""
    plan = setting.planned.plan
    return f"{plan.factor} {plan.conditions[1]}"


def _curve_rows(setting: Setting) -> tuple[Floats, Floats] | None:
    """(n, 101) curves of the units of A and of B; None where one has none."""
    plan = setting.design if setting.registered is None else setting.registered.design
    sides = setting.sides
    if plan.kind == "recordings":
        one, two = (batches(units[0].trials[0].stride_curves(sides)) for units in (plan.a, plan.b))
        return (one, two) if len(one) and len(two) else None
    rows = [[unit.curve(sides) for unit in units] for units in (plan.a, plan.b)]
    known = [[one for one in row if one is not None] for row in rows]
    if any(len(one) < len(row) or not one for one, row in zip(known, rows, strict=True)):
        return None
    return np.stack(known[0]), np.stack(known[1])


def _picture_only(setting: Setting) -> str:
    """Why the curves are drawn and not tested; "" where they may be."""
    if setting.same:
        return words.SAME_RECORDING.rstrip(".")
    rates = [foot.rate_hz for one in (setting.a, setting.b) for foot in one.feet.values()]
    if min(rates, default=CURVE_HZ) < CURVE_HZ:
        return f"not tested: below {CURVE_HZ:g} Hz a curve is a picture only"
    if max(rates, default=1.0) > min(rates, default=1.0) * (
        1.0 + setting.parameters["compare.rate_rel"]
    ):
        return "not tested: the rates of A and B differ"
    return ""


def _curve_units(plan: Design, a: int, b: int) -> str:
    if plan.kind == "recordings":
        return f"{a} and {b} batches of steps"
    return f"{a} {plan.unit}s" if plan.paired else f"{a} and {b} {plan.unit}s"


def _hashes(plan: Design) -> tuple[list[str], list[str]]:
    if plan.paired:
        return [
            _pair_hash(one.sha256, two.sha256) for one, two in zip(plan.a, plan.b, strict=True)
        ], []
    return [one.sha256 for one in plan.a], [one.sha256 for one in plan.b]


def _pair_hash(one: str, two: str) -> str:
    return "|".join(sorted((one, two)))
