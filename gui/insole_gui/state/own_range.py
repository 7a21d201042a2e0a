"""Own range: what a number usually is for this person, once three trainings of a kind exist."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from insole.live.board import BoardView
from insole.metrics.personal import NOT_ASKED, Personal
from insole.model.foot import Side
from insole_gui.state.about import About
from insole_gui.state.control import Session

log = logging.getLogger(__name__)

KINDS = ("run", "walk", "hop", "stand")
Kind = tuple[str, str, str, str, str]
Band = tuple[float, float] | None


def kind_of(view: BoardView, about: About) -> Kind | None:
    """Who does what in which shoes and insoles; None while that is not known."""
    if view.replay is not None or not about.athlete or view.activity not in KINDS:
        return None
    devices = [view.feet[side].capability for side in Side]
    if any(device is None for device in devices):
        return None
    left, right = (device.serial if device is not None else "" for device in devices)
    return about.athlete, about.shoe, view.activity, left, right


@dataclass(slots=True)
class OwnRange:
    """Asks once for each kind, off every thread that matters.

    Attributes:
        known: the answer for the kind that is there now.
    """

    known: Personal = NOT_ASKED
    _asked: Kind | None = None
    _answer: list[tuple[Kind, Personal]] = field(default_factory=list[tuple[Kind, Personal]])

    def look(self, session: Session, view: BoardView, about: About) -> None:
        """Called now and then; takes an answer that has come, or asks."""
        kind = kind_of(view, about)
        while self._answer:
            answered, found = self._answer.pop(0)
            if answered == self._asked:
                self.known = found
        if kind is None or kind == self._asked:
            return
        self._asked, self.known = kind, NOT_ASKED
        threading.Thread(
            target=self._ask, args=(session, kind), name="insole-usual", daemon=True
        ).start()

    def band(self, side: Side, metric: str, *, scale: float = 1.0) -> Band:
        """Ends of the range of one foot in the unit on screen; None where there is none."""
        usual = self.known.feet.get(side.value, {}).get(metric)
        return None if usual is None else (usual.band[0] * scale, usual.band[1] * scale)

    def change(self, side: Side, metric: str, value: float) -> tuple[float, bool]:
        """How far a value of one foot lies from what is usual, and whether that is outside.

        The metric's own unit; NaN where nothing is known.
        """
        usual = self.known.feet.get(side.value, {}).get(metric)
        if usual is None:
            return float("nan"), False
        return value - usual.median, not usual.band[0] <= value <= usual.band[1]

    def _ask(self, session: Session, kind: Kind) -> None:
        athlete, shoe, *_ = kind
        try:
            self._answer.append((kind, session.usual(athlete, shoe)))
        except Exception:
            log.info("own range cannot be found out", exc_info=True)
