"""From a TOML table to a checked dataclass: strict, all mistakes at once with their places."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

LONGEST_SHOWN = 100  # characters of one mistake: the rest is the file's own text
MOST_SHOWN = 12  # mistakes in one message

T = TypeVar("T")


def structured(table: dict[str, Any], kind: type[T]) -> tuple[T | None, list[str]]:
    """An object of this dataclass, or its mistakes, each `place: what`.

    Numbers, texts and truths must be what they are: nothing is converted. Keys that the dataclass
    does not know are mistakes.
    """
    from cattrs import transform_error  # late: only those who read such files need it
    from cattrs.errors import BaseValidationError
    from cattrs.v import format_exception

    def said(error: BaseException, kind: type | None) -> str:
        if get_origin(kind) is Literal:
            return f"one of {', '.join(map(str, get_args(kind)))}"
        return str(error) if type(error) is ValueError else format_exception(error, kind)

    try:
        return _converter().structure(table, kind), []
    except BaseValidationError as error:
        return None, [_in_words(line) for line in transform_error(error, format_exception=said)]
    except (RecursionError, OverflowError) as error:
        return None, [str(error)]


@cache
def _converter() -> Any:
    """Made once: it writes itself a function for each dataclass."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook_func(lambda each: each == tuple[str, ...], _texts)
    return converter


def summed_up(mistakes: list[str]) -> str:
    """The first mistakes in one sentence, and how many more there are."""
    more = len(mistakes) - MOST_SHOWN
    return "; ".join(mistakes[:MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _number(value: Any, _: type) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")
    made = float(value)
    if not math.isfinite(made):
        raise ValueError("not a finite number")
    return made


def _whole(value: Any, _: type) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a whole number")
    return value


def _truth(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _text(value: Any, _: type) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _texts(value: Any, _: type) -> tuple[str, ...]:
    """A text alone would be taken for the list of its letters."""
    if not isinstance(value, list | tuple):
        raise ValueError("not a list of texts")
    listed = tuple(cast("list[Any]", value))
    if not all(isinstance(each, str) for each in listed):
        raise ValueError("not a list of texts")
    return listed


def _in_words(line: str) -> str:
    """`required field missing @ $.xy` to `xy: required field missing`."""
    what, _, path = line.rpartition(" @ ")
    place = path.removeprefix("$").removeprefix(".")
    what = what if len(what) <= LONGEST_SHOWN else f"{what[:LONGEST_SHOWN]}.."
    return f"{place}: {what}" if place else what
