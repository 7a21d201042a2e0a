"""What is said of a comparison (section 6): each number with its unit, interval and how many.

A sentence says what was measured and how sure it is. Why it is so, and whether that is good, nobody
can read from an insole: `BANNED` words are in no sentence, and a test looks at all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from insole.compare.answers import (
    CLEARLY_DIFFERENT,
    DIFFERENT,
    PRACTICALLY_SAME,
    RECORDINGS_ONLY,
    SMALL_CONSISTENT,
    Difference,
)
from insole.compare.chosen import BY_ID, Metric
from insole.compare.designs import Design
from insole.compare.given import Interval
from insole.compare.matching import Ruling
from insole.metrics.matched import PAIRS

BANNED = (
    "cause", "because of", "due to", "improv", "worse", "better", "injur", "risk", "healthy",
    "normal", "abnormal", "patholog", "diagnos", "significan", "prove", "deficit", "weak",
)  # fmt: skip
"""Beginnings of words."""

SAME_RECORDING = "A and B are the same recording."
ONCE = "One recording each cannot show whether it repeats."
EXPLORED = "Explored, not tested in advance."
DAY_SENTENCE = (
    "All of A is from one day, all of B from another: day and condition cannot be told apart."
)
MERGED_SENTENCE = "Recordings that follow each other within a minute count as one trial."


def refused(metric: Metric, rulings: Sequence[Ruling]) -> str:
    """Why a number is not compared."""
    if any(one.factor == "GAIN" for one in rulings) and "newtons" in metric.tags:
        rulings = [one for one in rulings if one.factor == "GAIN"]
    return f"{metric.noun} not compared: {rulings[0].told}."


def caution(ruling: Ruling) -> str:
    """A caution, or what was declared, as a sentence."""
    if ruling.level == "factor":
        return f"{ruling.why[:1].upper()}{ruling.why[1:]}."
    return f"Comparable with a caution: {ruling.told}."


def whole(rulings: Sequence[Ruling]) -> str:
    """Why nothing can be compared."""
    return " ".join(f"{one.told[:1].upper()}{one.told[1:]}." for one in rulings)


def count(answer: Difference, design: Design) -> str:
    """How many units there are, in words."""
    one, two = answer.n
    unit = design.unit
    if design.kind == "recordings":
        return f"{one} and {two} batches of steps"
    if design.paired:
        return f"{one} {unit}{'' if one == 1 else 's'}"
    return f"{one} and {two} {unit}{'' if one == two == 1 else 's'}"


def sentence(
    metric: Metric,
    answer: Difference,
    design: Design,
    *,
    level: str = "",
    planned: str = "",
    widened: bool = False,
) -> str:
    """What a difference says.

    Args:
        metric: which number.
        answer: after its p value was adjusted.
        design: what the units are.
        level: at which force contacts were timed; told of numbers that depend on it.
        planned: factor and name of B, where the order of blocks was drawn before and this number
            is one that was to be tested.
        widened: the interval holds what a mismatch of the conditions may add.
    """
    said = _said(metric, answer, design, widened=widened)
    if design.kind == "persons":
        said = f"In this group: {said.replace(' in B', ' in B recordings', 1)}"
    if planned and answer.p is not None and answer.diff is not None:
        said = _with(metric, answer, planned) + _verdict_after(said)
    timed = level and ("contact" in metric.tags or "po50" in metric.tags)
    return f"{said} Timed at {level}." if timed else said


def _with(metric: Metric, answer: Difference, planned: str) -> str:
    """The sentence of blocks in an order by lot: only this one may say "with"."""
    diff, ends, p = answer.diff or 0.0, answer.ci95, answer.p or 0.0
    noun = f"{metric.noun[:1].lower()}{metric.noun[1:]}"
    span = "" if ends is None else f" (95 % interval {_towards(metric, ends)})"
    if ends is not None and ends[0] <= 0.0 <= ends[1]:
        span = f" (95 % interval of B less A {_towards(metric, ends)})"
    return (
        f"In your {answer.n[0]} randomised blocks {noun} was {_direction(metric, diff)} with "
        f"{planned}{span}; {100.0 * p:.1f} % of orders would do this by chance."
    )


def _verdict_after(said: str) -> str:
    """What follows the number in the sentence of a verdict, as a sentence of its own."""
    for mark, text in (
        (", all beyond ", " All of it is beyond "),
        ("; it may be less than ", " It may be less than "),
        (", but by less than ", " It is less than "),
        (" agree within ", " A and B agree within "),
        (" cannot tell A and B apart", " They cannot tell A and B apart"),
    ):
        _, found, rest = said.partition(mark)
        if found:
            return text + rest
    return ""


def _said(metric: Metric, answer: Difference, design: Design, *, widened: bool) -> str:
    diff, ends, inner = answer.diff, answer.ci95, answer.ci90
    if diff is None:
        return f"{metric.noun}: {answer.why or 'nothing to compare'}."
    if answer.description_only or answer.verdict == RECORDINGS_ONLY:
        return _described(metric, answer, design, widened=widened)
    if ends is None or inner is None:
        return f"{metric.noun}: B less A is {metric.with_unit(diff)}; no interval, {answer.why}."
    units = count(answer, design)
    between = f"{_towards(metric, ends)}; {units}"
    margin = "" if answer.margin is None else metric.with_unit(answer.margin)
    first = f"{metric.noun} was {_direction(metric, diff)} in B (95 % interval {between})"
    match answer.verdict:
        case v if v == CLEARLY_DIFFERENT:
            return f"{first}, all beyond {margin}, the smallest change that counts here."
        case v if v == SMALL_CONSISTENT:
            text = f"{metric.noun} was consistently {_direction(metric, diff)} in B"
            return f"{text} (95 % interval {between}), but by less than {margin}."
        case v if v == DIFFERENT:
            return (
                f"{first}; it may be less than the {margin} that count." if margin else f"{first}."
            )
        case v if v == PRACTICALLY_SAME:
            span = f"{metric.shown(inner[0])} to {metric.shown(inner[1])}"
            return f"{metric.noun}: A and B agree within {margin} (90 % interval {span}; {units})."
        case _:
            return _cannot_tell(metric, answer, ends, design=design, margin=margin)


def _cannot_tell(
    metric: Metric, answer: Difference, ends: Interval, *, design: Design, margin: str
) -> str:
    units = "These trials" if design.unit == "trial" else f"These {design.unit}s"
    span = f"{metric.shown(ends[0])} to {metric.with_unit(ends[1])}"
    said = (
        f"{metric.noun}: {units[:1].lower()}{units[1:]} cannot tell A and B apart: anything from "
        f"{span} fits (95 % interval; {count(answer, design)})."
    )
    needed = answer.n_needed
    if not ends[0] <= 0.0 <= ends[1] or needed is None or needed <= max(answer.n) or not margin:
        return said
    each = "" if design.paired else " each"
    return f"{said} About {needed} {design.unit}s{each} would be needed to see {margin}."


def _described(metric: Metric, answer: Difference, design: Design, *, widened: bool) -> str:
    diff, ends = answer.diff or 0.0, answer.ci95
    several = design.kind == "one_day_each"
    here = "On these two days" if several else "In these two recordings"
    once = "One day each cannot show whether it repeats." if several else ONCE
    noun = f"{metric.noun[:1].lower()}{metric.noun[1:]}"
    if ends is None:
        by = metric.with_unit(abs(diff))
        return f"{here} {noun} differs by {by}; no interval, {answer.why}. {once}"
    inside = ends[0] <= 0.0 <= ends[1]
    by = (
        f"B less A is {metric.with_unit(diff)} in {noun}"
        if inside
        else f"{noun} differs by {metric.with_unit(abs(diff))}, {_side(metric, diff)} in B"
    )
    span = _towards(metric, ends)
    source = f"{'trial-to-trial' if several else 'step-to-step'} variation within each"
    source += ", with measurement uncertainty" if answer.u_measurement else ""
    source += ", with what the mismatch may add" if widened else ""
    return f"{here} {by} ({span}, from {source}; {count(answer, design)}). {once}"


def shape_changed(answers: dict[str, Difference]) -> dict[str, str]:
    """Sentences of push-off where its two numbers went opposite ways (science.md, section 4.2).

    Args:
        answers: metric to its difference.
    """
    found: dict[str, str] = {}
    for late, extension in PAIRS:
        one, two = answers.get(late), answers.get(extension)
        if one is None or two is None or one.diff is None or two.diff is None:
            continue
        ends = [each.ci95 for each in (one, two) if each.ci95 is not None]
        apart = any(not low <= 0.0 <= high for low, high in ends)
        if len(ends) < 2 or not apart or one.diff * two.diff >= 0.0:
            continue
        spans = "; ".join(
            f"{BY_ID[name].noun[:1].lower()}{BY_ID[name].noun[1:]} {BY_ID[name].shown(low)} to "
            f"{BY_ID[name].with_unit(high)}"
            for name, (low, high) in zip((late, extension), ends, strict=True)
        )
        n = f"{one.n[0]} and {one.n[1]} units"
        text = f"Push-off: shape changed (B less A, 95 % intervals: {spans}; {n})."
        found |= {late: text, extension: text}
    return found


def landmark_sentence(name: str, answer: Difference, design: Design) -> str:
    """Where a landmark of registered curves was."""
    if answer.A is None or answer.B is None or answer.diff is None:
        return f"The {name}: {answer.why or 'nothing to compare'}."
    span = "no interval"
    if answer.ci95 is not None:
        low, high = (f"{end:.1f}".replace("-", "−") for end in answer.ci95)
        span = f"95 % interval {low} to {high}"
    told = f"{answer.diff:.1f}".replace("-", "−")
    units = "one recording each" if design.kind == "recordings" else count(answer, design)
    return (
        f"The {name} came at {answer.A:.1f} % of contact in A, at {answer.B:.1f} in B: B less A is "
        f"{told} points ({span}; {units})."
    )


def curve_sentence(
    runs: Sequence[tuple[int, int]], higher: Sequence[bool], *, n: str, tested: bool, why: str
) -> str:
    """What the band of a curve says.

    Args:
        runs: first and last node of each stretch that stands out, in % of contact.
        higher: B is higher there.
        n: how many units, in words.
        tested: there is a band.
        why: where there is none.
    """
    if not tested:
        return f"Force under the foot: {why or 'not tested'}."
    if not runs:
        return f"Force under the foot: no stretch stands out (simultaneous 95 % band; {n})."
    parts = [
        f"{'higher' if up else 'lower'} in B from {first} to {last} %"
        for (first, last), up in zip(runs, higher, strict=True)
    ]
    return f"Force under the foot was {', '.join(parts)} of contact (simultaneous 95 % band; {n})."


def _direction(metric: Metric, diff: float) -> str:
    return f"{metric.with_unit(abs(diff))} {_side(metric, diff)}"


def _side(metric: Metric, diff: float) -> str:
    return metric.more if diff > 0 else metric.less


def _towards(metric: Metric, ends: Interval) -> str:
    """Ends of an interval by size where both lie on one side of 0, else as they are."""
    low, high = ends
    if low > 0.0 or high < 0.0:
        low, high = sorted((abs(low), abs(high)))
    return f"{metric.shown(low)} to {metric.shown(high)}"
