"""Recordings of weeks and months as one value a day and metric (section 5.3).

The newest recording says whose, in which shoe and on which insoles; others of the same kind make
days, and what is left out is named with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from insole.api import open_recording
from insole.compare.chosen import CHOSEN, Metric
from insole.compare.conditions import Conditions
from insole.compare.given import mean
from insole.compare.matching import match
from insole.compare.trials import Trial, read, read_alike
from insole.errors import InsoleError, RequestError
from insole.metrics.personal import unlike
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.parameters import Parameters

NOBODY = "nobody"
MOST_EVENT = 80  # characters of a note that are shown


@dataclass(frozen=True, slots=True)
class Session:
    """What a trend needs of one trial.

    Attributes:
        path: of its file.
        name: of the file, and the part of it.
        sha256: of its content.
        day: ISO date.
        conditions: under which it was recorded.
        values: metric id to the mean over the feet of each foot's mean, in the table's unit.
        note: what was written down about the recording.
        judgement: `keep`, `repeat` or "".
        too_few: why it is no trial; "" where it is one.
    """

    path: Path
    name: str
    sha256: str
    day: str
    conditions: Conditions
    values: Mapping[str, float]
    note: str = ""
    judgement: str = ""
    too_few: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over days, in the unit of the table.

    Attributes:
        metric: which.
        days: ISO dates, increasing.
        weeks: (n,) since the first day of all.
        values: (n,) means of the day's trials.
        codes: cautions of the trials against the newest one.
        left_out: trial to the code of the limit that it does not meet.
    """

    metric: Metric
    days: tuple[str, ...]
    weeks: Floats
    values: Floats
    codes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Days:
    """All that is known of a kind of recording.

    Attributes:
        newest: conditions of the newest trial: the kind.
        days: ISO date to names of its trials, oldest first.
        series: every metric that two days have.
        events: day and what was written down about a recording of it.
        skipped: name of a recording to the reason why it is no part of it.
        reanalysed: some were computed again to be alike.
    """

    newest: Conditions
    days: Mapping[str, tuple[str, ...]]
    series: tuple[Series, ...]
    events: tuple[tuple[str, str], ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    reanalysed: bool = False

    @property
    def first(self) -> date:
        """The first day."""
        return date.fromisoformat(next(iter(self.days)))

    def week(self, day: str) -> float:
        """Weeks since the first day."""
        return (date.fromisoformat(day) - self.first).days / 7.0


def read_days(
    named: Sequence[Path],
    found: Sequence[Path] = (),
    *,
    athlete: str = "",
    shoe: str = "",
    options: Mapping[str, Any] | None = None,
    before: Callable[[Path], None] = lambda _: None,
) -> Days:
    """Read recordings and bring them into days.

    Args:
        named: files that were asked for: one that cannot be read ends it.
        found: files that lay in a folder: such a one is left out.
        athlete: only recordings of this person; "": of whom the newest is.
        shoe: only in this shoe; "": in that of the newest.
        options: of importers.
        before: called before each file; what it raises ends the reading.

    Raises:
        FileError: a named file cannot be read.
        RequestError: fewer than two days.
    """
    told, skipped = options or {}, dict[str, str]()
    paths = list(dict.fromkeys((*named, *found)))
    often = Counter(path.name for path in paths)
    label = {path: path.name if often[path.name] == 1 else str(path) for path in paths}
    sessions: list[Session] = []
    for path in paths:
        before(path)
        try:
            sessions += _sessions(path, label[path], read(path, options=told), options=told)
        except InsoleError as error:
            if path in named:
                raise
            skipped[label[path]] = error.what
    reanalysed = len({one.conditions.parameters for one in sessions}) > 1
    if reanalysed:
        again: list[Session] = []
        for path in dict.fromkeys(one.path for one in sessions):
            trials = read_alike(read(path, options=told), path, options=told)
            again += _sessions(path, label[path], trials, options=told)
        sessions = again
    return in_days(sessions, athlete=athlete, shoe=shoe, skipped=skipped, reanalysed=reanalysed)


def in_days(
    sessions: Iterable[Session],
    *,
    athlete: str = "",
    shoe: str = "",
    skipped: Mapping[str, str] | None = None,
    reanalysed: bool = False,
) -> Days:
    """The days of the kind that the newest session is of.

    Args:
        sessions: in any order; the same content counts once.
        athlete: as in `read_days`.
        shoe: as in `read_days`.
        skipped: what was left out before.
        reanalysed: some were computed again to be alike.

    Raises:
        RequestError: fewer than two days.
    """
    told = dict(skipped or {})
    kept: list[Session] = []
    for one in {one.sha256: one for one in sorted(sessions, key=lambda one: one.name)}.values():
        why = _unfit(one, athlete=athlete, shoe=shoe)
        if why:
            told[one.name] = why
        else:
            kept.append(one)
    kept.sort(key=lambda one: (one.day, one.conditions.begin_s or 0.0, one.sha256))
    if not kept:
        raise _too_few(0, told)
    newest = kept[-1].conditions
    alike: list[tuple[Session, Any]] = []
    for one in kept:
        why = unlike(_described(newest, newest), _described(one.conditions, newest, one.judgement))
        matching = match(newest, one.conditions, parameters=Parameters())
        if not why and matching.whole:
            why = f"too far from the newest: {matching.whole[0].factor.lower()}"
        if why:
            told[one.name] = why
        else:
            alike.append((one, matching))
    days: dict[str, tuple[str, ...]] = {}
    for one, _ in alike:
        days[one.day] = (*days.get(one.day, ()), one.name)
    if len(days) < 2:
        raise _too_few(len(days), told)
    first = date.fromisoformat(next(iter(days)))
    found = [_series(metric, alike, first) for metric in CHOSEN]
    return Days(
        newest=newest,
        days=days,
        series=tuple(one for one in found if len(one.days) > 1),
        events=tuple((one.day, one.note[:MOST_EVENT]) for one, _ in alike if one.note),
        skipped=dict(sorted(told.items())),
        reanalysed=reanalysed,
    )


def _sessions(
    path: Path, label: str, trials: Sequence[Trial], *, options: Mapping[str, Any]
) -> list[Session]:
    """The trials of a file; `label` is its name, or its place where two have that name."""
    recording = open_recording(path, **options)
    try:
        note, decision = recording.notes.note, recording.start.decision
    finally:
        recording.close()
    answer: list[Session] = []
    for trial in trials:
        sides = sorted(trial.feet)
        means = {metric.id: trial.mean(metric, sides) for metric in CHOSEN}
        answer.append(
            Session(
                path=path,
                name=f"{label}{trial.name.removeprefix(path.name)}",
                sha256=trial.sha256,
                day=trial.day,
                conditions=trial.conditions,
                values={name: value for name, value in means.items() if value is not None},
                note=" ".join(note.split()) if trial is trials[0] else "",
                judgement="" if decision is None else decision.judgement,
                too_few=trial.too_few,
            )
        )
    return answer


def _unfit(one: Session, *, athlete: str, shoe: str) -> str:
    for name, asked in (("athlete", athlete), ("shoe", shoe)):
        written = str(getattr(one.conditions, name))
        if asked and written.casefold() != asked.strip().casefold():
            return f"the {name} is {written}, not {asked}" if written else f"it names no {name}"
    if one.too_few:
        return one.too_few
    return "" if one.day else "nobody wrote down on which day it was made"


def _described(own: Conditions, newest: Conditions, judgement: str = "") -> dict[str, Any]:
    """What `unlike` compares; recordings of which none names anybody are one person's."""
    return {
        "notes": {
            "athlete": own.athlete or ("" if newest.athlete else NOBODY),
            "shoe": own.shoe,
        },
        "sides": {
            side.value: {"device": own.feet[side].unit, "layout": own.feet[side].layout}
            if side in own.feet
            else None
            for side in Side
        },
        "activity": own.activity,
        "provenance": {
            "filter": own.filter,
            "parameters_set": {"conditions.slope_deg": own.slope_deg},
            "decision": {"judgement": judgement},
        },
    }


def _series(metric: Metric, alike: Sequence[tuple[Session, Any]], first: date) -> Series:
    rows: dict[str, list[float]] = {}
    codes: set[str] = set()
    left_out: dict[str, str] = {}
    for one, matching in alike:
        value = one.values.get(metric.id)
        if value is None:
            continue
        rulings = matching.of(metric)
        refused = [ruling.code for ruling in rulings if ruling.level == "refused"]
        if refused:
            left_out[one.name] = refused[0]
            continue
        codes |= {ruling.code for ruling in rulings}
        rows.setdefault(one.day, []).append(value)
    return Series(
        metric=metric,
        days=tuple(rows),
        weeks=np.array([(date.fromisoformat(day) - first).days / 7.0 for day in rows]),
        values=np.array([mean(np.array(values)) for values in rows.values()]),
        codes=tuple(sorted(codes)),
        left_out=left_out,
    )


def _too_few(days: int, skipped: Mapping[str, str]) -> RequestError:
    reasons = "; ".join(f"{name}: {why}" for name, why in sorted(skipped.items())[:3])
    more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return RequestError(
        "no line can be drawn",
        where="trend",
        why=f"{days} day{'' if days == 1 else 's'} of one kind of recording, 2 are needed"
        + (f" ({reasons}{more})" if reasons else ""),
        fix="Record with --athlete and --shoe on several days, and name those recordings",
    )
