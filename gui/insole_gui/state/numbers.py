"""A number and its doubt, and how both are written."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10

import numpy as np

from insole.model.arrays import Bools, Flags, Floats

NEWEST = 8  # steps that a mean on the Live page covers
ENOUGH = 4  # below this many steps no ± is shown

# 97.5 % quantile of Student's t for 1 to 30 degrees of freedom
_T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A mean with its 95 % half-width, or the reason why there is none.

    Attributes:
        value: NaN when not available.
        half: 95 % half-width of the mean without the shared scale error; NaN when unknown.
        n: steps used.  excluded: newest steps left out because they are not valid.
        reason: why `value` is NaN, or why `half` is.
        newest: the values behind the mean, oldest first.
    """

    value: float = float("nan")
    half: float = float("nan")
    n: int = 0
    excluded: int = 0
    reason: str = ""
    newest: tuple[float, ...] = ()

    @property
    def known(self) -> bool:
        """There is a value."""
        return isfinite(self.value)


def half_width(values: Floats) -> float:
    """95 % half-width of the mean of (n,) independent values; NaN below `ENOUGH`."""
    if len(values) < ENOUGH:
        return float("nan")
    t = _T975[min(len(values) - 1, len(_T975)) - 1]
    return float(t * np.std(values, ddof=1) / np.sqrt(len(values)))


def mean_of_newest(values: Floats, valid: Flags | Bools, *, scale: float = 1.0) -> Number:
    """Mean of the newest `NEWEST` valid steps.

    Args:
        values: (k,) one per step, oldest first; NaN where a step has none.
        valid: (k,) True where the step counts.
        scale: factor to the unit on screen, e.g. 1000 for ms.
    """
    good = np.flatnonzero(np.asarray(valid, bool) & np.isfinite(values))[-NEWEST:]
    if not len(good):
        return Number(reason="no step yet")
    taken = values[good] * scale
    excluded = len(values) - int(good[0]) - len(good)
    reason = "" if len(good) >= ENOUGH else steps_word(len(good))
    return Number(
        float(taken.mean()), half_width(taken), len(good), excluded, reason, tuple(taken.tolist())
    )


def steps_word(count: int) -> str:
    """`1 step`, `3 steps`."""
    return "1 step" if count == 1 else f"{count} steps"


class Writing:
    """How numbers are written on screen; what programs read keeps the point.

    Attributes:
        point: the decimal sign of the user's system.
    """

    point = "."


def fixed(value: float, digits: int) -> str:
    """A number with so many digits after the decimal sign of the user's system.

    >>> fixed(2.5, 2), fixed(2.5, 0)
    ('2.50', '2')
    """
    return f"{value:.{digits}f}".replace(".", Writing.point)


def short(value: float, digits: int = 6) -> str:
    """A number with at most so many significant digits.

    >>> short(68.5), short(3.0)
    ('68.5', '3')
    """
    return f"{value:.{digits}g}".replace(".", Writing.point)


def decimals(half: float, most: int) -> int:
    """Digits after the point: they stop where ± starts, and never exceed `most`."""
    if not isfinite(half) or half <= 0:
        return most
    return int(min(max(0, -floor(log10(half))), most))


def written(number: Number, *, most: int) -> tuple[str, str]:
    """The value and its ±, as words for the screen.

    >>> written(Number(281.3, 4.2, 8), most=1)
    ('281', '±4')
    >>> written(Number(reason="no body mass"), most=1)
    ('n/a', 'no body mass')
    """
    if not number.known:
        return "n/a", number.reason
    digits = decimals(number.half, most)
    value = plain(number.value, digits)
    if not isfinite(number.half):
        return value, number.reason
    return value, doubt(number.half, digits)


def doubt(half: float, digits: int) -> str:
    """± with as many digits as its value has; what is less than the last one is said to be.

    >>> doubt(4.2, 0), doubt(0.0, 0), doubt(0.0004, 3)
    ('±4', '±<1', '±<0.001')
    """
    last = 10.0**-digits
    return f"±<{fixed(last, digits)}" if half < last else f"±{fixed(half, digits)}"


def plain(value: float, digits: int) -> str:
    """A number with a real minus sign, never "−0".

    >>> plain(-0.3, 0), plain(-12.26, 1)
    ('0', '−12.3')
    """
    text = fixed(value, digits)
    if not text.strip("-0.,"):
        text = text.removeprefix("-")
    return text.replace("-", "−")


def spoken(number: Number, *, most: int, unit: str) -> str:
    """The value with its doubt for a screen reader."""
    value, beside = written(number, most=most)
    if not number.known:
        return f"not available, {number.reason}"
    if beside.startswith("±"):
        half = beside[1:].replace("<", "less than ")
        return f"{value} plus or minus {half} {unit}".rstrip()
    return f"{value} {unit}, {beside}".rstrip(", ")
