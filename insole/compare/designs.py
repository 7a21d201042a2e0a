"""The units of a comparison (section 1.1): the highest level at which one condition holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from insole.compare.chosen import Metric
from insole.compare.given import mean
from insole.compare.trials import FootSteps, Trial
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.parameters import Parameters

Kind: TypeAlias = Literal[
    "recordings", "trials", "days", "one_day_each", "day_pairs", "blocks", "persons"
]
UNIT_DAY = "UNIT_DAY"
UNIT_TRIAL_MERGED = "UNIT_TRIAL_MERGED"


@dataclass(frozen=True, slots=True)
class Unit:
    """Trials that count as one.

    Attributes:
        trials: of one condition.
        label: what is between the commas, e.g. the day.
    """

    trials: tuple[Trial, ...]
    label: str = ""

    @property
    def sha256(self) -> str:
        """Of the content of its files."""
        if len(self.trials) == 1:
            return self.trials[0].sha256
        return _joined_hash([trial.sha256 for trial in self.trials])

    def mean(self, metric: Metric, sides: Sequence[Side]) -> float | None:
        """Mean of its trials' means; None where a trial has none."""
        return _mean([trial.mean(metric, sides) for trial in self.trials])

    def trimmed(self, metric: Metric, sides: Sequence[Side]) -> float | None:
        """The same of means without the lowest and highest fifth of the steps."""
        return _mean([trial.trimmed(metric, sides) for trial in self.trials])

    def curve(self, sides: Sequence[Side]) -> Floats | None:
        """(101,) mean force of its trials; None where a trial has none."""
        found = [trial.curve(sides) for trial in self.trials]
        known = [one for one in found if one is not None]
        return np.mean(known, axis=0) if known and len(known) == len(found) else None


@dataclass(frozen=True, slots=True)
class Design:
    """Units of A and of B.

    Attributes:
        kind: what they are.
        a, b: units; in pairs where the kind is one of pairs.
        codes: what is to be said of it.
        dropped: names of trials that have no part in it, and why.
    """

    kind: Kind
    a: tuple[Unit, ...]
    b: tuple[Unit, ...]
    codes: tuple[str, ...] = ()
    dropped: Mapping[str, str] | None = None

    @property
    def paired(self) -> bool:
        """Each unit of A belongs to one of B."""
        return self.kind in ("day_pairs", "blocks", "persons")

    @property
    def describes(self) -> bool:
        """It can say something of these recordings alone."""
        return self.kind in ("recordings", "one_day_each")

    @property
    def unit(self) -> str:
        """The word of the document."""
        words: dict[Kind, str] = {
            "recordings": "batch", "trials": "trial", "days": "day", "one_day_each": "trial",
            "day_pairs": "day pair", "blocks": "block", "persons": "person",
        }  # fmt: skip
        return words[self.kind]


def design(a: Sequence[Trial], b: Sequence[Trial]) -> Design:
    """The design that the days of the trials make.

    Days that nobody knows are one day: then trials are the units.

    Args:
        a: trials of A, one at least.
        b: trials of B, one at least.
    """
    if len(a) == 1 and len(b) == 1:
        return Design("recordings", (Unit((a[0],)),), (Unit((b[0],)),))
    days_a, days_b = _by_day(a), _by_day(b)
    both = sorted(days_a.keys() & days_b.keys())
    if len(days_a.keys() | days_b.keys()) == 1:
        return Design("trials", _each(a), _each(b))
    if len(both) >= 2:
        units_a, units_b = ([_day_unit(days, day) for day in both] for days in (days_a, days_b))
        why = "its day has the other condition not"
        lonely = {
            trial.name: why
            for days in (days_a, days_b)
            for day, trials in days.items()
            if day not in both
            for trial in trials
        }
        return Design("day_pairs", tuple(units_a), tuple(units_b), dropped=lonely)
    if len(days_a) == 1 and len(days_b) == 1:
        return Design("one_day_each", _each(a), _each(b), codes=(UNIT_DAY,))
    units_a, units_b = (
        tuple(_day_unit(days, day) for day in sorted(days)) for days in (days_a, days_b)
    )
    return Design("days", units_a, units_b)


def persons(a: Sequence[Trial], b: Sequence[Trial]) -> Design | None:
    """Each person's trials as one unit, where there are several people.

    Args:
        a: trials of A.
        b: trials of B.

    Returns:
        None where fewer than two people were recorded under both conditions.
    """
    sides = [_by_person(side) for side in (a, b)]
    both = sorted(sides[0].keys() & sides[1].keys())
    if len(both) < 2:
        return None
    units = [tuple(Unit(tuple(side[who]), who) for who in both) for side in sides]
    lonely = {
        trial.name: "this person has not both conditions"
        for side in sides
        for who, trials in side.items()
        if who not in both
        for trial in trials
    }
    return Design("persons", units[0], units[1], dropped=lonely)


def _by_person(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    """Trials of each named person."""
    people: dict[str, list[Trial]] = {}
    for one in once(trials):
        if one.conditions.athlete:
            people.setdefault(one.conditions.athlete, []).append(one)
    return people


def merged(trials: Sequence[Trial]) -> tuple[list[Trial], bool]:
    """Trials of one side, those that follow each other within a minute as one: a run cut up.

    Args:
        trials: of one side; those whose clock time nobody knows stay as they are.

    Returns:
        Trials in order, and whether any were put together.
    """
    rest_s = Parameters()["compare.rest_s"]
    known = sorted(
        (one for one in trials if one.conditions.begin_s is not None),
        key=lambda one: (one.conditions.begin_s or 0.0, one.sha256),
    )
    answer = [one for one in trials if one.conditions.begin_s is None]
    group: list[Trial] = []
    found = False
    for one in known:
        if group and _gap_s(group[-1], one) >= rest_s:
            answer.append(_as_one(group))
            group = []
        found |= bool(group)
        group.append(one)
    if group:
        answer.append(_as_one(group))
    return sorted(answer, key=lambda one: one.sha256), found


def once(trials: Sequence[Trial]) -> list[Trial]:
    """The same content once, in an order that names and folders have no part in."""
    return [one for _, one in sorted({trial.sha256: trial for trial in trials}.items())]


def _gap_s(before: Trial, after: Trial) -> float:
    one, two = before.conditions, after.conditions
    if one.begin_s is None or one.worn_s is None or two.begin_s is None:
        return np.inf
    units = {foot.unit for foot in one.feet.values()}, {foot.unit for foot in two.feet.values()}
    alike = units[0] == units[1] and (one.athlete, one.shoe, one.activity) == (
        two.athlete, two.shoe, two.activity,
    )  # fmt: skip
    gap_s = two.begin_s - (one.begin_s + one.worn_s)
    return gap_s if alike and gap_s > -1.0 else np.inf


def _as_one(group: list[Trial]) -> Trial:
    if len(group) == 1:
        return group[0]
    first = group[0]
    feet = {side: _steps_as_one([one.feet[side] for one in group]) for side in first.feet
            if all(side in one.feet for one in group)}  # fmt: skip
    before = {side: np.cumsum([0, *(len(one.feet[side]) for one in group)]) for side in feet}
    pairs = [
        np.concatenate([one.pairs[place] + before[side][i] for i, one in enumerate(group)])
        if len(feet) == len(Side)
        else np.empty(0, np.int64)
        for place, side in enumerate(Side)
    ]
    left_out: dict[str, int] = {}
    for one in group:
        for words, number in one.left_out.items():
            left_out[words] = left_out.get(words, 0) + number
    used = sum(one.used for one in group)
    cadence = [one.conditions.cadence_spm for one in group]
    last = group[-1].conditions
    begin_s = first.conditions.begin_s or 0.0
    return replace(
        first,
        name=" + ".join(one.name for one in group),
        sha256=_joined_hash([one.sha256 for one in group]),
        feet=feet,
        used=used,
        left_out=left_out,
        pairs=(pairs[0], pairs[1]),
        conditions=replace(
            first.conditions,
            cadence_spm=_mean(cadence),
            worn_s=(last.begin_s or begin_s) + (last.worn_s or 0.0) - begin_s,
            clipped=max(one.conditions.clipped for one in group),
        ),
    )


def _steps_as_one(feet: list[FootSteps]) -> FootSteps:
    names = [name for name in feet[0].value if all(name in foot.value for foot in feet)]
    weights = np.array([max(len(foot), 1) for foot in feet], np.float64)
    way = np.average(np.stack([foot.cop_mm for foot in feet]), axis=0, weights=weights)
    return FootSteps(
        {name: np.concatenate([foot.value[name] for foot in feet]) for name in names},
        np.concatenate([foot.force for foot in feet]),
        way,
    )


def _by_day(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    days: dict[str, list[Trial]] = {}
    for one in once(trials):
        days.setdefault(one.day, []).append(one)
    return days


def _each(trials: Sequence[Trial]) -> tuple[Unit, ...]:
    return tuple(Unit((one,)) for one in once(trials))


def _day_unit(days: Mapping[str, list[Trial]], day: str) -> Unit:
    return Unit(tuple(days[day]), day)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return mean(np.array(known)) if known and len(known) == len(values) else None


def _joined_hash(hashes: Sequence[str]) -> str:
    return hashlib.sha256("|".join(sorted(hashes)).encode()).hexdigest()
