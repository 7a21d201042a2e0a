"""What is handed in, made into arrays, or the reason why it cannot be used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from insole.errors import RequestError
from insole.model.arrays import Floats

Interval: TypeAlias = tuple[float, float]
Numbers: TypeAlias = Sequence[float] | Floats
LARGEST = 1e100  # squares of larger numbers overflow
SMALLEST = 1e-100  # and those of smaller ones vanish
NOT_NUMBERS = "a value is not a finite number"


def numbers(values: object, *, dimensions: int = 1) -> Floats | None:
    """Values as an array; None where one is missing, infinite or absurdly large.

    Args:
        values: numbers, nested as deep as `dimensions`.
        dimensions: 1 for a row of values, 2 for curves.

    Raises:
        RequestError: they have another shape, or are no numbers at all.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RequestError(
            "these are no numbers",
            where="values to compare",
            why=str(error),
            fix="Give a list or an array of numbers",
        ) from error
    if array.ndim != dimensions:
        raise RequestError(
            "values of another shape",
            where="values to compare",
            why=f"{array.ndim} dimensions, {dimensions} needed",
            fix="Give one number a unit, or one row of numbers a unit for curves",
        )
    if not np.all(np.abs(array) <= LARGEST):  # false for what is not a number too
        return None
    return array


def positive(value: float | None, name: str) -> float | None:
    """A number above 0, or None where none was given.

    Raises:
        RequestError: it is not positive, or not finite.
    """
    if value is None or (0.0 < value <= LARGEST):
        return value
    raise RequestError(
        f"a {name} of {value}",
        where=name,
        why="it must be more than 0",
        fix=f"Give a {name} in the unit of the values",
    )


def constant(array: Floats) -> bool:
    """Whether all values are equal; a computed variance would say so up to rounding only."""
    return bool(array.size == 0 or np.ptp(array) <= SMALLEST)


def mean(row: Floats) -> float:
    """Mean of the exact sum: the order of the values has no part in it, and −x gives −mean(x)."""
    return math.fsum(row.tolist()) / len(row)


def variance(row: Floats) -> float:
    """Variance with n − 1, as exact; 0 where all values are equal."""
    if constant(row):
        return 0.0
    middle = mean(row)
    return math.fsum(((row - middle) ** 2).tolist()) / (len(row) - 1)
