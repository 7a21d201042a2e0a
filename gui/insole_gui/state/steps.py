"""All steps of both feet as one table for the Review page."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from insole.live.board import BoardView
from insole.model.arrays import Bools, Flags, Floats
from insole.model.foot import Side
from insole.model.gait import StepFlag
from insole_gui.state.numbers import fixed, steps_word
from insole_gui.state.tiles import push_off_key

COLUMNS = ("side", "strike", "contact", "flight", "push-off", "peak", "flags")
UNITS = {1: "s", 2: "ms", 3: "ms"}  # of the columns whose unit is always the same


@dataclass(frozen=True, slots=True)
class StepRows:
    """Rows in order of foot strike.

    Attributes:
        values: (k, 6) side (0 left), strike s, contact ms, flight ms, push-off, peak force.
        flags: (k,).  valid: (k,).
        push_off_unit, peak_unit, digits: how the last two columns are written.
        token: equal means nothing new.
        quality: samples lost and expected in the whole file; None: those of the board.
    """

    values: Floats = field(default_factory=lambda: np.empty((0, 6)))
    flags: Flags = field(default_factory=lambda: np.empty(0, np.uint32))
    valid: Bools = field(default_factory=lambda: np.empty(0, bool))
    push_off_unit: str = "N·s"
    peak_unit: str = "N"
    digits: int = 0
    token: tuple[object, ...] = ()
    quality: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def sentence(self, view: BoardView) -> str:
        """Quality in one sentence."""
        if not len(self):
            return "No steps yet. They appear here as they are finished; or open a recording."
        bad = int(len(self) - np.count_nonzero(self.valid))
        words = f"{steps_word(len(self))}, {bad} left out of the means"
        lost, expected = self.quality or (
            sum(foot.ledger.lost for foot in view.feet.values()),
            sum(foot.ledger.expected for foot in view.feet.values()),
        )
        if expected:
            words += f"; {lost} of {expected} samples lost"
        if view.k_verdict:
            words += f"; force scale: {view.k_verdict}"
        return words + "."

    def cell(self, row: int, column: int) -> str:
        """One cell as words."""
        if column == 0:
            return "Right" if self.values[row, 0] else "Left"
        if column == 6:
            return flag_words(int(self.flags[row]))
        value = self.values[row, column]
        if not np.isfinite(value):
            return "n/a"
        digits = {1: 2, 2: 0, 3: 0, 4: self.digits, 5: 2 if self.peak_unit == "BW" else 0}[column]
        return fixed(value, digits)


FLAG_WORDS = {
    StepFlag.INCOMPLETE: "cut by the edge of the recording or by a break",
    StepFlag.GAP: "samples are missing in it",
    StepFlag.INTERPOLATED: "short gaps in it were filled",
    StepFlag.LATE: "its samples came late",
    StepFlag.CLIPPED: "a sensor reached its end of scale",
    StepFlag.T_COARSE: "the instants are coarse",
    StepFlag.IMPLAUSIBLE: "its values cannot be a step's",
    StepFlag.DEGRADED: "a sensor is masked",
    StepFlag.ESTIMATED: "its impulse is an estimate",
}


def flag_sentence(flags: int) -> str:
    """Why a step is doubtful, in people's words; "" when it is not."""
    said = [words for flag, words in FLAG_WORDS.items() if flag & flags]
    return "; ".join(said)


def flag_words(flags: int) -> str:
    """Names of the flags of a step."""
    names = [flag.name.lower() for flag in StepFlag if flag & flags and flag.name]
    return ", ".join(names)


def step_rows(view: BoardView, kind: str) -> StepRows:
    """The table of a view."""
    key, unit, digits = push_off_key(view, kind)
    peak = "peak_force_BW" if view.mass_kg is not None else "peak_force_N"
    parts: list[Floats] = []
    flags: list[Flags] = []
    valid: list[Bools] = []
    for number, side in enumerate((Side.LEFT, Side.RIGHT)):
        steps = view.feet[side].steps
        if steps is None or not len(steps):
            continue
        blank = np.full(len(steps), np.nan)
        columns = [
            blank * 0 + number,
            steps.value["foot_strike_s"],
            steps.value.get("contact_s", blank) * 1000,
            steps.value.get("flight_s", blank) * 1000,
            steps.value.get(key, blank),
            steps.value.get(peak, blank),
        ]
        columns[0] = np.full(len(steps), float(number))
        parts.append(np.stack(columns, axis=1))
        flags.append(steps.flags)
        valid.append(np.asarray(steps.valid, bool))
    if not parts:
        return StepRows()
    values = np.concatenate(parts)
    order = np.argsort(values[:, 1], kind="stable")
    token = (len(values), float(values[:, 1].max()), key, peak)
    return StepRows(
        values[order], np.concatenate(flags)[order], np.concatenate(valid)[order],
        unit, "BW" if view.mass_kg is not None else "N", digits, token,
    )  # fmt: skip


def csv_text(rows: StepRows) -> str:
    """The table as CSV, units in the heading."""
    head = ["side", "foot_strike_s", "contact_ms", "flight_ms"]
    head += [f"push_off_{rows.push_off_unit.replace('·', '_')}", f"peak_{rows.peak_unit}", "flags"]
    lines = [",".join(head)]
    for i in range(len(rows)):
        side = "right" if rows.values[i, 0] else "left"
        numbers = [f"{v:.6g}" if np.isfinite(v) else "" for v in rows.values[i, 1:]]
        lines.append(",".join([side, *numbers, flag_words(int(rows.flags[i])).replace(", ", " ")]))
    return "\n".join(lines) + "\n"
