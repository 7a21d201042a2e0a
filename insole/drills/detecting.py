"""What a detector is: the rows of one set in, attempts with their times and measures out.

A detector is a pure function of the rows since the set began. It is asked again whenever rows came,
and answers with what is final: an attempt that once was given is never revised, and one that is
confirmed by an instant rests on rows up to that instant alone. So neither the cut into chunks nor
how often it is asked can change a bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from insole.drills.drill import Drill
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, Side
from insole.model.gait import Steps
from insole.parameters import Parameters

SIDES = tuple(Side)
"""Order of the feet in every array: left, right."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Both feet on one axis of time: every instant at which one of them has a sample.

    A foot without a sample at an instant is read off the straight line between its neighbours.

    Attributes:
        time_s: (n,) s, strictly increasing.
        force_n: (n, 2) N, left and right; NaN where a foot's samples are missing.
        region_n: (n, 2, R) N, columns as REGIONS; NaN where missing or unobservable.
        cop_mm: (n, 2, 2) mm; NaN where it is undefined.
        broken: (n, 2) nothing is known between the row before and this one.
        period_s: (2,) s between two samples of each foot.
    """

    time_s: Floats
    force_n: Floats
    region_n: Floats
    cop_mm: Floats
    broken: Bools
    period_s: Floats

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def sum_n(self) -> Floats:
        """(n,) N, both feet; NaN where one is missing."""
        return self.force_n[:, 0] + self.force_n[:, 1]

    def foot(self, side: Side) -> Floats:
        """(n,) N, force under one foot."""
        return self.force_n[:, SIDES.index(side)]

    def region(self, side: Side, *names: str) -> Floats:
        """(n,) N, what some regions of a foot carry together."""
        column = self.region_n[:, SIDES.index(side)]
        total = np.zeros(len(column))
        for name in names:
            total += column[:, REGIONS.index(name)]
        return total

    def regions(self, side: Side) -> Floats:
        """(n, R) N, all regions of a foot."""
        return self.region_n[:, SIDES.index(side)]

    def cop(self, side: Side) -> Floats:
        """(n, 2) mm, centre of pressure of a foot."""
        return self.cop_mm[:, SIDES.index(side)]

    def gaps(self, side: Side) -> Bools:
        """(n,) no straight line leads to this row of a foot."""
        return self.broken[:, SIDES.index(side)]

    @property
    def either_gap(self) -> Bools:
        """(n,) no straight line leads to this row of one of the feet."""
        return self.broken[:, 0] | self.broken[:, 1]

    def part(self, start_s: float, end_s: float) -> Rows:
        """Rows of [start_s, end_s], both ends inside."""
        first = int(np.searchsorted(self.time_s, start_s, side="left"))
        end = int(np.searchsorted(self.time_s, end_s, side="right"))
        return self.cut(slice(first, end))

    def cut(self, rows: slice) -> Rows:
        """Some of the rows."""
        return replace(
            self,
            time_s=self.time_s[rows],
            force_n=self.force_n[rows],
            region_n=self.region_n[rows],
            cop_mm=self.cop_mm[rows],
            broken=self.broken[rows],
        )


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a detector.

    Attributes:
        drill: with its settings in force.
        sides: feet that do it: one, or both.
        bw_n: body weight, N.
        size_mm: width and length of the insoles.
        rates_hz: nominal rate of each foot.
        since_s: when READY was reached: nothing is dated before.
        rest: rows of SETUP over which the person stood or sat still; None: they walk or run.
        parameters: tunables.
        mass_kg: body mass, kg.
        beat_s: instant of the metronome's first beat; None: it has none, or nobody follows it.
    """

    drill: Drill
    sides: tuple[Side, ...]
    bw_n: float
    size_mm: tuple[float, float]
    rates_hz: Mapping[Side, float]
    since_s: float
    rest: Rows | None
    parameters: Parameters
    mass_kg: float
    beat_s: float | None = None

    @property
    def side(self) -> Side:
        """The foot that does it; the left one where both do."""
        return self.sides[0]

    @property
    def single(self) -> bool:
        """One foot carries the whole body."""
        return self.drill.stance == "single"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a set so far.

    Attributes:
        rows: from READY on.
        steps: final steps of both feet whose foot strike is not before READY, by side.
        over: no more will come: what is open now stays open.
    """

    rows: Rows
    steps: Mapping[Side, Steps]
    over: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One repetition, final.

    Attributes:
        side: the foot; None: both together.
        start_s, end_s: s, interpolated.
        confirmed_s: newest instant that it rests on.
        outcome: one word: full, incomplete, short, unclean ...
        counts: it is one of the `reps` asked for.
        values: measures by name, in the units of the results.
    """

    side: Side | None
    start_s: float
    end_s: float
    confirmed_s: float
    outcome: str
    counts: bool
    values: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class End:
    """What ends a set before its repetitions are done.

    Attributes:
        at_s: when, s.
        confirmed_s: newest instant that it rests on.
        by: why, in a word: incomplete, beats, fatigue.
    """

    at_s: float
    confirmed_s: float
    by: str


class Detector(Protocol):
    """Finds the repetitions of one set; holds no state."""

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """All that are final, in order of their start.

        Args:
            seen: the rows since READY.
            task: what is asked.
        """
        ...

    def end(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
        """What ends the set for another reason than that its repetitions are done."""
        ...

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Results of a set that is over, by name: plain numbers, words, None for n/a.

        Args:
            attempts: those of the set.
            seen: its rows.
            task: what was asked.
        """
        ...


def count(attempts: Sequence[Attempt], outcome: str) -> int:
    """How many ended so."""
    return sum(attempt.outcome == outcome for attempt in attempts)


def never(attempts: Sequence[Attempt], seen: Seen, task: Task) -> None:
    """An `end` that ends no set."""
    del attempts, seen, task
