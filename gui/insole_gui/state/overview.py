"""The steps of a whole recording from the result stored in it: there before anything is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """

    right: Bools
    column: dict[str, Floats]
    flags: Flags
    weighed: bool
    lost: int
    expected: int

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Overview | None:
        """From the columns of a recording; None where it holds no steps."""
        if stored is None or not len(stored["side"]):
            return None
        count, found = len(stored["side"]), stored["columns"]
        blank = np.full(count, np.nan)
        column: dict[str, Floats] = {
            name: np.asarray(found.get(name, blank), np.float64) for name in _COLUMNS
        }
        order = np.argsort(column["foot_strike_s"], kind="stable")
        words = {text: _flags(text) for text in set(stored["flags"])}
        flags = np.array([words[text] for text in stored["flags"]], np.uint32)
        right = np.array([side == "right" for side in stored["side"]])
        return cls(
            right[order],
            {name: values[order] for name, values in column.items()},
            flags[order],
            weighed=stored["mass_kg"] is not None,
            lost=stored["lost"],
            expected=stored["expected"],
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
            (self.lost, self.expected),
        )


def _flags(text: str) -> int:
    """Bits of the words of one step, `gap,interpolated`; words of other versions are left out."""
    bits = 0
    for word in text.split(","):
        bits |= _FLAGS.get(word, 0)
    return bits
