"""What the Compare page says of two sets of recordings; knows no Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from insole.compare.answers import (
    CANNOT_TELL,
    CLEARLY_DIFFERENT,
    DIFFERENT,
    PRACTICALLY_SAME,
    RECORDINGS_ONLY,
    SMALL_CONSISTENT,
)
from insole.model.arrays import Floats
from insole_gui.state.numbers import Writing

if TYPE_CHECKING:
    from insole.compare.chosen import Metric
    from insole.compare.document import Compared
    from insole.compare.verdicts import Answer, CurveAnswer

ORDER = (CLEARLY_DIFFERENT, DIFFERENT, RECORDINGS_ONLY, SMALL_CONSISTENT)
"""Verdicts that make a headline, the first that is there."""

MATCHED = {
    "PERSON": "person",
    "SPEED": "speed",
    "CADENCE": "cadence",
    "SHOE": "shoe",
    "SURFACE": "surface",
    "LAYOUT": "sensors",
    "GAIN": "force scale",
    "RATE": "rate",
    "COVERAGE": "coverage",
}
"""Rows of the match that are named when they are fine; others only when they are not."""


@dataclass(frozen=True, slots=True)
class Row:
    """One compared number.

    Attributes:
        name, unit: what it is.
        a, b: means as people read them, "n/a" where it is not compared.
        middle: B less A in % of A, points of shares; NaN where there is none.
        ends: its 95 % interval in the same; None: there is none.
        half: smallest change that counts in the same; NaN where it is not known.
        words: what that comes to, in few words.
        sentence: the whole of it.
        apart: the interval lies on one side of 0.
        refused: it is not compared.
    """

    name: str
    unit: str
    a: str
    b: str
    middle: float
    ends: tuple[float, float] | None
    half: float
    words: str
    sentence: str
    apart: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Courses:
    """Force over one contact.

    Attributes:
        unit: BW or N.
        a, b: (101,) means of A and B.
        runs: stretches in % of contact that stand out.
        sentence: what is said of it.
    """

    unit: str
    a: Floats
    b: Floats
    runs: tuple[tuple[int, int], ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is on the page.

    Attributes:
        headline: the finding that matters most, or why there is none.
        said: the same as the text has it, with interval and number of units.
        cautions: what holds for all of it, with the number of steps.
        matches: words, and whether that is fine.
        rows: numbers that are compared, then those that are not.
        first: the row that the headline tells of; -1: none.
        courses: None where no force is known.
        refused: nothing can be compared.
    """

    headline: str
    said: str = ""
    cautions: str = ""
    matches: tuple[tuple[str, bool], ...] = ()
    rows: tuple[Row, ...] = ()
    first: int = -1
    courses: Courses | None = None
    refused: bool = False


def compare(
    a: Sequence[Path], b: Sequence[Path], *, before: Callable[[Path], None] = lambda _: None
) -> Comparison:
    """Analyse and compare; takes as long as analysing all of them.

    Args:
        a: recordings of A.
        b: recordings of B.
        before: called before each file is read; what it raises ends all.

    Raises:
        InsoleError: a file cannot be read, or is on both sides.
    """
    # comparing costs a tenth of a second to load: only who compares waits for it
    from insole.compare.document import NotComparable, compared, read_sides

    of_a, of_b, again = read_sides(list(a), list(b), before=before)
    try:
        return shown(compared(of_a, of_b, reanalysed=again))
    except NotComparable as error:
        return Comparison("Not comparable", said=error.why, refused=True)


def named(files: Sequence[Path]) -> str:
    """How a button calls them."""
    if not files:
        return ""
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def shown(found: Compared) -> Comparison:
    """A comparison in the words of the page."""
    told = sorted(
        (one for one in found.answers if one.refused or one.difference.diff is not None),
        key=lambda one: one.refused,
    )
    first = _first(told)
    steps = found.document["steps"]["used"]
    return Comparison(
        headline=_headline(first, found),
        said=first.sentence if first is not None else "",
        cautions=_cautions(f"{steps['A']} and {steps['B']} steps.", found.cautions),
        matches=_matches(found),
        rows=tuple(_row(answer) for answer in told),
        first=-1 if first is None else told.index(first),
        courses=_courses(found.curve),
    )


def _cautions(begin: str, sentences: Sequence[str]) -> str:
    """One text; what all have in common is said once."""
    same = "Comparable with a caution: "
    limits = [one.removeprefix(same).rstrip(".") for one in sentences if one.startswith(same)]
    others = [one for one in sentences if not one.startswith(same)]
    last = f"With a caution: {'; '.join(limits)}." if limits else ""
    return " ".join(one for one in (begin, *others, last) if one)


def _first(answers: Sequence[Answer]) -> Answer | None:
    """The answer that makes the headline: of the strongest verdict, the farthest from 0."""
    for verdict in ORDER:
        of_kind = [one for one in answers if not one.refused and one.difference.verdict == verdict]
        apart = [one for one in of_kind if _is_apart(one)]
        if apart:
            return max(apart, key=_beyond)
    return None


def _beyond(one: Answer) -> float:
    """How many of the smallest changes that count the nearer end of the interval is off 0."""
    ends, margin = one.difference.ci95, one.difference.margin
    if ends is None or not margin:
        return 0.0
    return min(abs(ends[0]), abs(ends[1])) / margin


def _is_apart(one: Answer) -> bool:
    ends = one.difference.ci95
    return ends is not None and not ends[0] <= 0.0 <= ends[1]


def _headline(first: Answer | None, found: Compared) -> str:
    if found.setting.same:
        return "A and B are the same recording"
    if first is None:
        told = [one for one in found.answers if not one.refused]
        same = [one for one in told if one.difference.verdict == PRACTICALLY_SAME]
        if told and len(same) == len(told):
            return "A and B agree within what counts"
        return "These recordings cannot tell A and B apart"
    diff = first.difference.diff or 0.0
    size = _written(first.metric.with_unit(abs(diff)))
    small = first.difference.verdict == SMALL_CONSISTENT
    last = ", too little to count" if small else ""
    return f"{first.metric.noun}: {size} {_side(first.metric, diff)} in B{last}"


def _matches(found: Compared) -> tuple[tuple[str, bool], ...]:
    rulings = {one.factor: one for one in found.setting.matching.rulings}
    fine = tuple((words, True) for key, words in MATCHED.items() if key not in rulings)
    names = {key: MATCHED.get(key, key.lower()) for key in rulings}
    return (*fine, *((names[key], False) for key in rulings))


def _row(answer: Answer) -> Row:
    metric, found = answer.metric, answer.difference
    noun = metric.noun.removesuffix(" in body weights")  # the unit says so
    if answer.refused or found.A is None or found.B is None or found.diff is None:
        return Row(
            noun, metric.unit, "n/a", "n/a", float("nan"), None, float("nan"),
            "not compared", answer.sentence, refused=answer.refused,
        )  # fmt: skip
    scale = _scale(metric, found.A)
    ends = None
    if found.ci95 is not None:
        low, high = sorted(scale * end for end in found.ci95)
        ends = (low, high)
    half = float("nan") if found.margin is None else abs(scale) * found.margin
    return Row(
        noun,
        _written(metric.unit),
        _written(metric.shown(found.A)),
        _written(metric.shown(found.B)),
        scale * found.diff,
        ends,
        half,
        _words(answer),
        answer.sentence,
        apart=_is_apart(answer),
    )


def _scale(metric: Metric, a: float) -> float:
    """From the unit of the values to what the axis has: points of shares, else % of A."""
    if metric.unit in ("%", "points"):
        return metric.factor
    return 100.0 / abs(a) if a else inf


def _words(answer: Answer) -> str:
    metric, found = answer.metric, answer.difference
    diff = found.diff or 0.0
    size = _written(metric.with_unit(abs(diff)))
    side = f"{size} {_side(metric, diff)} in B"
    match found.verdict:
        case verdict if verdict in (CLEARLY_DIFFERENT, DIFFERENT):
            return side
        case verdict if verdict == SMALL_CONSISTENT:
            return f"{size} {_side(metric, diff)}, too little to count"
        case verdict if verdict == PRACTICALLY_SAME:
            return "the same, within what counts"
        case verdict if verdict == RECORDINGS_ONLY:
            return f"{side}, in these two" if _is_apart(answer) else "inside the noise"
        case verdict if verdict == CANNOT_TELL:
            return "cannot tell"
        case _:
            return ""


def _side(metric: Metric, diff: float) -> str:
    return metric.more if diff > 0 else metric.less


def _written(words: str) -> str:
    return words.replace("steps a minute", "/min").replace(".", Writing.point)


def _courses(found: CurveAnswer | None) -> Courses | None:
    if found is None or found.a is None or found.b is None:
        return None
    curve = found.curve
    return Courses(
        found.unit,
        found.a,
        found.b,
        () if curve is None else tuple((int(low), int(high)) for low, high in curve.runs),
        found.sentence,
    )
