"""Dates as people's programs write them, in the words of many locales, to ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?\s*([ap])?\.?\s?m?", re.I)
_YEAR = re.compile(r"\b(\d{4})\b")
_DAY = re.compile(r"\b(\d{1,2})\b")


def parsed(text: str) -> datetime | None:
    """Day and time in a text with the month as an English word and a year of four digits.

    >>> parsed("Thursday, 16 February 2017 11:26:22 p.m.").isoformat()
    '2017-02-16T23:26:22'
    """
    text = text[:100]
    clock, year = _CLOCK.search(text), _YEAR.search(text)
    month = re.search("|".join(_MONTHS), text, re.IGNORECASE)
    if clock is None or year is None or month is None:
        return None
    rest = text.replace(clock[0], " ").replace(year[0], " ")
    day = _DAY.search(rest)
    if day is None:
        return None
    hour = int(clock[1])
    if clock[5]:
        hour = hour % 12 + (12 if clock[5].lower() == "p" else 0)
    try:
        return datetime(  # noqa: DTZ001 - the file names no zone, and none is invented
            int(year[0]),
            _MONTHS.index(month[0].lower()) + 1,
            int(day[1]),
            hour,
            int(clock[2]),
            int(clock[3] or 0),
            int((clock[4] or "0").ljust(6, "0")),
        )
    except ValueError:
        return None


def iso(text: str) -> str:
    """The same in ISO 8601, empty when it cannot be understood."""
    when = parsed(text)
    return "" if when is None else when.isoformat()
