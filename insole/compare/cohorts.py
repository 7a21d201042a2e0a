"""Several people: one difference a person, then their mean (section 5.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insole.compare import student
from insole.compare.block_tests import sign_flip_p
from insole.compare.given import NOT_NUMBERS, Interval, Numbers, mean, numbers, positive, variance
from insole.errors import RequestError

LIST_ONLY = 4  # fewer persons are listed
FLIP_PERSONS = 6  # fewer have no pattern that could be rare enough
UNEVEN = 3.0  # ratio of trial counts from which weights are shown beside


@dataclass(frozen=True, slots=True)
class Weighted:
    """The mean weighted by 1/(τ² + se²).

    Attributes:
        diff: weighted mean.
        ci95: its interval, t with persons − 1.
        tau: spread of responses: √max(0, Var d − mean se²).
    """

    diff: float
    ci95: Interval
    tau: float


@dataclass(frozen=True, slots=True)
class Cohort:
    """Mean response of a group.

    Attributes:
        d: every person's difference, as handed in.
        diff: unweighted mean.
        se: standard error over persons.
        ci95, ci90: t intervals; None under four persons.
        df: persons − 1.
        p: share of sign patterns as far from 0; None under six persons.
        weighted: where trial counts differ more than threefold and standard errors were given.
        why: where there is no interval or no test, the reason.
    """

    d: tuple[float, ...] = ()
    diff: float | None = None
    se: float | None = None
    ci95: Interval | None = None
    ci90: Interval | None = None
    df: float | None = None
    p: float | None = None
    weighted: Weighted | None = None
    why: str = ""


def cohort(
    d: Numbers, *, se: Numbers | None = None, trials: Numbers | None = None, seed: int = 0
) -> Cohort:
    """Mean of persons' differences; steps and trials of one person count as one.

    Args:
        d: one difference a person: the mean of that person's block or trial differences.
        se: standard error of each.
        trials: how many trials each rests on.
        seed: of the patterns, where there are more than 20 persons.

    Raises:
        RequestError: unlike lengths, or a standard error or count that is not positive.
    """
    row = numbers(d)
    errors = None if se is None else numbers(se)
    counts = None if trials is None else numbers(trials)
    for one in (errors, counts):
        if one is not None and (row is None or len(one) != len(row)):
            raise RequestError(
                "not one for each person",
                where="cohort",
                why=f"{len(one)} values for {len(d)} persons",
                fix="Give a standard error and a number of trials for everybody, or for nobody",
            )
    for name, one in (("se", errors), ("trials", counts)):
        if one is not None and len(one):
            positive(float(np.min(one)), name)
    if row is None or (se is not None and errors is None):
        return Cohort(why=NOT_NUMBERS)
    persons, told = len(row), tuple(row.tolist())
    if persons < LIST_ONLY:
        return Cohort(told, why=f"{persons} persons are listed; {LIST_ONLY} have a mean")
    error = math.sqrt(variance(row) / persons)
    if error == 0.0:
        return Cohort(told, mean(row), why="the persons do not differ from each other")
    middle, df = mean(row), persons - 1.0
    tested = persons >= FLIP_PERSONS
    uneven = counts is not None and float(np.max(counts) / np.min(counts)) > UNEVEN
    return Cohort(
        d=told,
        diff=middle,
        se=error,
        ci95=student.interval(middle, error, df, level=0.95),
        ci90=student.interval(middle, error, df, level=0.90),
        df=df,
        p=sign_flip_p(row, seed=seed) if tested else None,
        weighted=_weighted(row, errors) if uneven and errors is not None else None,
        why="" if tested else f"not tested: fewer than {FLIP_PERSONS} persons",
    )


def _weighted(row: Numbers, errors: Numbers) -> Weighted:
    d, square = np.asarray(row), np.asarray(errors) ** 2
    tau2 = max(0.0, variance(d) - float(np.mean(square)))
    weight = 1.0 / (tau2 + square)
    middle = float(np.sum(weight * d) / np.sum(weight))
    error = math.sqrt(1.0 / float(np.sum(weight)))
    return Weighted(
        middle, student.interval(middle, error, len(d) - 1.0, level=0.95), math.sqrt(tau2)
    )
