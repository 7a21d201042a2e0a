"""Columns of the datagrams that Moticon's desktop program sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from insole.model.foot import Side

SENSORS: Final = 16
WIDTHS: Final[Mapping[str, int]] = {
    "acceleration": 3,
    "gyroscope": 3,
    "cop": 2,
    "pressure": SENSORS,
    "force": 1,
}
UNITS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "acceleration": ("g", ("x", "y", "z")),
    "gyroscope": ("deg/s", ("x", "y", "z")),
    "cop": ("", ("x", "y")),
    "force": ("N", ("total",)),
}
CODE: Final = 0.01  # N/cm2: finer than the 0.25 of these insoles, and whole
KPA_PER_CODE: Final = 10.0 * CODE
MOST_COLUMNS: Final = 256
SKIP: Final = "skip"
TIME: Final = "time"
ALL: Final = ",".join((TIME, *(f"{side}.{kind}" for side in Side for kind in WIDTHS)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a datagram holds what: its count of numbers, and half-open ranges of each foot.

    Attributes:
        count: numbers in a datagram.
        time: column of the time.
        feet: side to kind to range.
    """

    count: int
    time: int
    feet: Mapping[Side, Mapping[str, tuple[int, int]]]


class BadColumns(ValueError):
    """A description of columns that cannot be. Never leaves the protocol."""


@lru_cache(8)
def columns_of(text: str) -> Columns:
    """Columns out of their description: `time`, `left.pressure`, ..., `skip` for one number.

    >>> columns_of(ALL).count
    51

    Raises:
        BadColumns: the text says why.
    """
    at = 0
    time: int | None = None
    feet: dict[Side, dict[str, tuple[int, int]]] = {side: {} for side in Side}
    for word in text.split(","):
        name = word.strip()
        if name == SKIP:
            at += 1
        elif name == TIME:
            time, at = at, at + 1
        else:
            foot, _, kind = name.partition(".")
            if foot not in tuple(Side) or kind not in WIDTHS or kind in feet[Side(foot)]:
                raise BadColumns(f"'{name[:40]}' is no column, or stands twice")
            feet[Side(foot)][kind] = (at, at + WIDTHS[kind])
            at += WIDTHS[kind]
        if at > MOST_COLUMNS:
            raise BadColumns(f"more than {MOST_COLUMNS} columns")
    if time is None:
        raise BadColumns("no column is the time")
    if not any("pressure" in kinds for kinds in feet.values()):
        raise BadColumns("no column is a pressure")
    return Columns(at, time, feet)


def fault(setting: str, value: str) -> str:
    """What is wrong with a setting; empty: nothing.

    >>> fault("columns", "left.pressure")
    'no column is the time'
    """
    try:
        if setting == "columns":
            columns_of(value)
    except BadColumns as why:
        return str(why)
    return ""
