"""Drawing again: seeds that anybody can repeat, and the studentised bootstrap (section 3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from insole.compare.given import Interval, mean
from insole.model.arrays import Floats, Ints

Hashes: TypeAlias = Sequence[str]
BOOTSTRAP_UNITS = 8
MOST_UNITS = 2_000  # of a side; more know their spread better than a bootstrap could tell
CELLS = 2_000_000  # numbers that are held at once
DRAWS = 4_999
SCHEMA = "insole.compare/1"


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of t* = (Δ* − Δ)/SE*, at 2.5, 97.5, 5 and 95 %."""

    low95: float
    high95: float
    low90: float
    high90: float

    def __neg__(self) -> Quantiles:
        """Of the difference the other way round."""
        return Quantiles(-self.high95, -self.low95, -self.high90, -self.low90)

    def interval95(self, diff: float, error: float) -> Interval:
        """Δ − q₉₇.₅·error … Δ − q₂.₅·error."""
        return diff - self.high95 * error, diff - self.low95 * error

    def interval90(self, diff: float, error: float) -> Interval:
        """The same of 90 %."""
        return diff - self.high90 * error, diff - self.low90 * error


def seed_of(metric: str, hashes: Hashes, *, parameters: str = "", seed: int = 0) -> int:
    """Seed for PCG64: the first 8 bytes of a SHA-256, highest first.

    Args:
        metric: its name.
        hashes: of all inputs; sorted here, so that the order of files changes nothing.
        parameters: hash of the parameters in force.
        seed: the user's.
    """
    text = "|".join((SCHEMA, metric, *sorted(hashes), parameters, str(seed)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def pieces(total: int, width: int, *, most: int) -> Iterator[tuple[int, int]]:
    """Begin and end of pieces of `total` rows: at most `most`, and no more than memory bears.

    Draws come one after the other, so pieces change none of them.

    >>> list(pieces(5, 1_000_000, most=3))
    [(0, 2), (2, 4), (4, 5)]
    """
    size = max(1, min(most, CELLS // max(1, width)))
    for start in range(0, total, size):
        yield start, min(start + size, total)


def studentised(first: Floats, second: Floats, *, seed: int) -> Quantiles:
    """Quantiles of t* for Δ = mean of `second` − mean of `first`.

    Args:
        first: (n,) unit means, not all equal on both sides.
        second: (m,).
        seed: of `seed_of`.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    diff = mean(second) - mean(first)
    mean_1, square_1 = _drawn(first, random)
    mean_2, square_2 = _drawn(second, random)
    while len(flat := np.flatnonzero(square_1 + square_2 == 0.0)):
        mean_1[flat], square_1[flat] = _means_and_errors(
            first, random.integers(0, len(first), (len(flat), len(first)))
        )
        mean_2[flat], square_2[flat] = _means_and_errors(
            second, random.integers(0, len(second), (len(flat), len(second)))
        )
    return _quantiles((mean_2 - mean_1 - diff) / np.sqrt(square_1 + square_2))


def studentised_one(values: Floats, *, seed: int) -> Quantiles:
    """Quantiles of t* for the mean of differences of pairs.

    Args:
        values: (n,), not all equal.
        seed: of `seed_of`.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    means, square = _drawn(values, random)
    while len(flat := np.flatnonzero(square == 0.0)):
        means[flat], square[flat] = _means_and_errors(
            values, random.integers(0, len(values), (len(flat), len(values)))
        )
    return _quantiles((means - mean(values)) / np.sqrt(square))


def _drawn(values: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """`_means_and_errors` of as many draws as there shall be."""
    n = len(values)
    parts = [
        _means_and_errors(values, random.integers(0, n, (stop - start, n)))
        for start, stop in pieces(DRAWS, n, most=DRAWS)
    ]
    means, squares = zip(*parts, strict=True)
    return np.concatenate(means), np.concatenate(squares)


def _means_and_errors(values: Floats, drawn: Ints) -> tuple[Floats, Floats]:
    """Mean and squared standard error of each row of draws; 0 exactly where all are equal."""
    taken = values[drawn]
    square = np.var(taken, axis=1, ddof=1) / taken.shape[1]
    square[np.ptp(taken, axis=1) == 0.0] = 0.0
    return np.mean(taken, axis=1), square


def _quantiles(t: Floats) -> Quantiles:
    """Values of rank q·(DRAWS + 1): no interpolation, so both tails are treated alike."""
    ranked = np.sort(t)
    low95, low90 = round(0.025 * (DRAWS + 1)) - 1, round(0.05 * (DRAWS + 1)) - 1
    last = DRAWS - 1
    return Quantiles(
        float(ranked[low95]),
        float(ranked[last - low95]),
        float(ranked[low90]),
        float(ranked[last - low90]),
    )
