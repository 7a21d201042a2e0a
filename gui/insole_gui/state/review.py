"""What the Review page knows of a whole file: lanes, happenings, decisions; no Qt here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from insole.model.foot import Side
from insole.model.trial import Decision, Judgement
from insole.reviewing import FileReview, Happening, Hole
from insole_gui.state.steps import StepRows
from insole_gui.state.transport import clock

NEAR = 1 / 1500  # of the file: holes this near to each other are drawn as one
BEFORE_S, AFTER_S = 0.1, 0.15  # shown around a step that is repeated
KINDS = {
    "mark": "mark",
    "link": "link",
    "gap": "gap",
    "sensor": "sensor",
    "step": "left out",
}
"""Kinds of happenings, as they stand in the list."""


def hatched(holes: Iterable[Hole], side: Side, *, end_s: float) -> list[tuple[float, float]]:
    """Where one foot has no data, for drawing: holes that no pixel parts are one."""
    least_s = end_s * NEAR
    spans: list[tuple[float, float]] = []
    for hole in sorted((one for one in holes if one.side is side), key=lambda one: one.from_s):
        if spans and hole.from_s - spans[-1][1] <= least_s:
            spans[-1] = (spans[-1][0], max(spans[-1][1], hole.to_s))
        else:
            spans.append((hole.from_s, hole.to_s))
    return spans


def cell(one: Happening, column: int) -> str:
    """A row of the list: when, what, and in words."""
    if column == 0:
        return f"{clock(one.at_s)}.{int(10 * max(one.at_s, 0.0)) % 10}"
    if column == 1:
        return KINDS[one.kind]
    if one.side is None or one.text.lower().startswith(one.side.value):
        return one.text
    return f"{one.side.value}: {one.text}"


def judged(decision: Decision, judgement: Judgement) -> Decision:
    """Keep, or repeat; the same again takes it back."""
    return replace(decision, judgement="" if decision.judgement == judgement else judgement)


def begun(decision: Decision, at_s: float) -> Decision:
    """What counts begins here."""
    end = decision.to_s
    return replace(decision, from_s=round(at_s, 3), to_s=None if end and end <= at_s else end)


def ended(decision: Decision, at_s: float) -> Decision:
    """What counts ends here."""
    begin = decision.from_s
    return replace(decision, to_s=round(at_s, 3), from_s=None if begin and begin >= at_s else begin)


def swapped(decision: Decision) -> Decision:
    """Left is right, or no longer."""
    return replace(decision, swapped=not decision.swapped)


def loop_around(rows: StepRows, at_s: float) -> tuple[float, float] | None:
    """The step that is shown at a moment, else the one before, with a little around it."""
    if not len(rows):
        return None
    before = int(np.searchsorted(rows.values[:, 1], at_s + 1e-3, side="right")) - 1
    strike_s, contact_ms = rows.values[max(before, 0), 1:3].tolist()
    if not np.isfinite(contact_ms):
        contact_ms = 300.0
    return max(0.0, strike_s - BEFORE_S), strike_s + contact_ms * 1e-3 + AFTER_S


def marks(review: FileReview | None) -> tuple[tuple[float, str], ...]:
    """Marks of the whole file, as the board has those so far."""
    if review is None:
        return ()
    return tuple((one.at_s, one.text) for one in review.happenings if one.kind == "mark")


def neighbour(rows: StepRows, at_s: float, direction: int) -> float | None:
    """Foot strike before a moment (direction -1) or after it (1); None: there is none."""
    strikes = rows.values[:, 1]
    found = strikes[strikes < at_s - 0.05] if direction < 0 else strikes[strikes > at_s + 0.01]
    return float(found[-1 if direction < 0 else 0]) if len(found) else None


def title(review: FileReview) -> str:
    """How the list is headed."""
    count = len(review.happenings)
    if not count:
        return "Nothing happened: no gap, no mark, every step counts"
    return "1 thing happened" if count == 1 else f"{count} things happened"
