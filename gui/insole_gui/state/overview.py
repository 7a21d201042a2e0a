"""The steps of a whole recording from the result stored in it: there before anything is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from insole.model.arrays import Bools, Flags, Floats
from insole.model.gait import INVALID, StepFlag
from insole_gui.state.steps import StepRows
from insole_gui.state.tiles import PUSH_OFF_KINDS

_FLAGS = {flag.name.lower(): int(flag) for flag in StepFlag if flag.name}
_COLUMNS = (
    "foot_strike_s", "contact_s", "flight_s", "peak_force_N", "peak_force_BW",
    *(f"{kind}_{unit}" for kind in PUSH_OFF_KINDS for unit in ("N_s", "BW_s")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """Columns of all steps in order of foot strike, seconds from the recording's first sample.

    Attributes:
        right: (k,) the step is of the right foot.
        column: metric id to (k,) values, NaN where a step has none.
        flags: (k,).
        weighed: body mass is known, so that there are multiples of it.
        lost, expected: samples of both feet.
        verdict: of the force scale.
    """

    right: Bools
    column: dict[str, Floats]
    flags: Flags
    weighed: bool
    lost: int
    expected: int
    verdict: str

    @classmethod
    def of(cls, document: dict[str, Any] | None) -> Overview | None:
        """From an analysis document; None where it holds no steps. Any content is survived."""
        listed = document.get("steps") if document else None
        if document is None or not isinstance(listed, list):
            return None
        steps = [
            cast("dict[str, Any]", row)
            for row in cast("list[Any]", listed)
            if isinstance(row, dict) and _number(cast("Any", row).get("foot_strike_s")) is not None
        ]
        if not steps:
            return None
        column = {name: _column(steps, name) for name in _COLUMNS}
        order = np.argsort(column["foot_strike_s"], kind="stable")
        flags = np.array([_flags(row.get("flags")) for row in steps], np.uint32)
        right = np.array([row.get("side") == "right" for row in steps])
        sides = _table(document.get("sides")).values()
        return cls(
            right[order],
            {name: values[order] for name, values in column.items()},
            flags[order],
            weighed=_number(document.get("mass_kg")) is not None,
            lost=sum(int(_number(_table(side).get("lost")) or 0) for side in sides),
            expected=sum(int(_number(_table(side).get("expected")) or 0) for side in sides),
            verdict=str(_table(document.get("self_check")).get("verdict", "")),
        )

    def rows(self, kind: str, *, start_s: float) -> StepRows:
        """The table of the Review page; `start_s` is the first sample on the board's axis."""
        unit, peak = ("BW_s", "peak_force_BW") if self.weighed else ("N_s", "peak_force_N")
        column = self.column
        values = np.stack(
            [
                self.right.astype(np.float64),
                column["foot_strike_s"] + start_s,
                column["contact_s"] * 1000,
                column["flight_s"] * 1000,
                column[f"{kind}_{unit}"],
                column[peak],
            ],
            axis=1,
        )
        return StepRows(
            values,
            self.flags,
            (self.flags & INVALID) == 0,
            "BW·s" if self.weighed else "N·s",
            "BW" if self.weighed else "N",
            3 if self.weighed else 0,
            ("stored", id(self), kind, start_s),
            (self.lost, self.expected, self.verdict),
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if np.isfinite(number) else None


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _column(steps: list[dict[str, Any]], name: str) -> Floats:
    found = (_number(row.get(name)) for row in steps)
    return np.array([np.nan if value is None else value for value in found])


def _flags(words: object) -> int:
    known = [
        _FLAGS[word]
        for word in (cast("list[object]", words) if isinstance(words, list) else [])
        if isinstance(word, str) and word in _FLAGS
    ]
    return int(np.bitwise_or.reduce(np.array(known, np.int64))) if known else 0
