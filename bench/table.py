"""A row of the benchmark and the helpers that rows share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "Numbers to reach".

    Attributes:
        what: what was measured.
        measured: with its unit.
        against: what it is compared with, measured in the same run; "" for absolute numbers.
        ratio: measured over against, or measured over the number to reach.
        reach: the number to reach.
        reached: is it?
    """

    what: str
    measured: str
    against: str
    ratio: str
    reach: str
    reached: bool


def seconds(act: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def side_by_side(
    one: Callable[[], object], other: Callable[[], object], *, times: int
) -> tuple[float, float]:
    """Median wall time of two calls, taken in turn so that a busy machine slows both."""
    pairs = [(seconds(one), seconds(other)) for _ in range(times)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def spoken(value_s: float) -> str:
    """A duration for people."""
    if value_s >= 1.0:
        return f"{value_s:.2f} s"
    return f"{value_s * 1e3:.3g} ms"


def markdown(rows: list[Row]) -> str:
    """The table."""
    lines = ["| what | measured | against | ratio | reach | |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.measured} | {row.against} | {row.ratio} | {row.reach} "
        f"| {'yes' if row.reached else '**no**'} |"
        for row in rows
    ]
    return "\n".join(lines)
