"""Tunables: `defaults.toml`, overridden per call, frozen and hashed into every result."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from insole.errors import SettingsError

Value: TypeAlias = float | tuple[float, ...]


@cache
def _defaults() -> dict[str, Value]:
    text = files("insole").joinpath("defaults.toml").read_text(encoding="utf-8")
    flat: dict[str, Value] = {}
    sections: dict[str, dict[str, float | list[float]]] = tomllib.loads(text)
    for section, entries in sections.items():
        for key, value in entries.items():
            flat[f"{section}.{key}"] = tuple(value) if isinstance(value, list) else float(value)
    return flat


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of a computation.

    >>> Parameters()["events.on_N"]
    25.0
    >>> Parameters({"events.rep_N": 50.0}).changed
    {'events.rep_N': 50.0}
    """

    changed: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        for key, value in self.changed.items():
            known = _single(key)
            if known is None:
                close = [name for name in _defaults() if name.split(".")[-1] == key.split(".")[-1]]
                raise SettingsError(
                    f"unknown parameter '{key}'",
                    where="--set",
                    why="it is not a number in defaults.toml; those of a list are KEY.1, KEY.2 ...",
                    fix=f"Did you mean {close[0]}" if close else "See docs/definitions.md",
                )
            if not value >= 0 or value == float("inf"):
                if key in ("mask.y_mf_slope", "mask.y_toe_slope") and value == value:
                    continue
                raise SettingsError(
                    f"parameter '{key}' is {value}",
                    where="--set",
                    why="parameters are finite numbers of at least 0",
                    fix=f"Use a value near the default, {known}",
                )

    def __getitem__(self, key: str) -> float:
        """One number.

        Raises:
            KeyError: no such parameter: a programmer's error.
        """
        value = self.changed.get(key, _defaults()[key])
        if isinstance(value, tuple):
            raise TypeError(f"{key} holds several numbers")
        return value

    def several(self, key: str) -> tuple[float, ...]:
        """A parameter that is a list of numbers."""
        value = _defaults()[key]
        if not isinstance(value, tuple):
            raise TypeError(f"{key} holds one number")
        return tuple(
            self.changed.get(f"{key}.{place + 1}", number) for place, number in enumerate(value)
        )

    def sha256(self) -> str:
        """Hash of every value in force."""
        merged = {**_defaults(), **self.changed}
        return hashlib.sha256(json.dumps(merged, sort_keys=True).encode()).hexdigest()


def _single(key: str) -> float | None:
    """The default of a number, also of one in a list; None where there is none."""
    known = _defaults().get(key)
    if known is not None and not isinstance(known, tuple):
        return known
    name, _, place = key.rpartition(".")
    several = _defaults().get(name)
    if isinstance(several, tuple) and place.isdecimal() and 1 <= int(place) <= len(several):
        return several[int(place) - 1]
    return None


def parse(assignments: list[str]) -> dict[str, float]:
    """Overrides out of `KEY=VALUE` strings.

    >>> parse(["events.rep_N=50"])
    {'events.rep_N': 50.0}
    """
    changed: dict[str, float] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        try:
            changed[key.strip()] = float(text)
        except ValueError:
            equals = ""
        if not equals:
            raise SettingsError(
                f"cannot read '{assignment}'",
                where="--set",
                why="it is not KEY=NUMBER",
                fix="Write for example --set events.rep_N=50",
            )
    Parameters(changed)
    return changed
