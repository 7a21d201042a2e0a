"""The four points: shares with their bands, and where they lie in the foot. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.live.board import FootView
from insole.model.arrays import Floats
from insole.signal.sharing import FOUR
from insole_gui.state.numbers import Number, plain
from insole_gui.state.tiles import foot_number
from insole_gui.state.tripod import DEFAULT_ANCHORS

KEYS = tuple(f"quadripod_{name}" for name in FOUR)
NAMES = ("heel", "big-toe ball", "little-toe ball", "big toe")
SHAPES = ("heel", "first", "fifth", "toe")
ROWS = (3, 1, 2, 0)  # top to bottom on screen: toes are up
AROUND = (0, 2, 3, 1)  # corners of the kite in turn: heel, outside, toe, inside
TOE = (0.24, 0.90)  # big toe in the foot frame, above the ball of the big toe


@dataclass(frozen=True, slots=True)
class Pad:
    """One of the four points of a standing foot.

    Attributes:
        share, low, high, target: percent of the four points' load; `share` NaN while undefined.
        inside: the share lies in its own band; None while undefined.
        lost: it is off the ground.
    """

    share: float
    low: float
    high: float
    target: float
    inside: bool | None
    lost: bool

    @property
    def mark(self) -> str:
        """Sign and band; "" while there is no share."""
        band = f"{plain(self.low, 0)}–{plain(self.high, 0)}"
        if self.lost:
            return "▲ off the ground"
        return {True: f"✓ {band}", False: f"▲ {band}", None: ""}[self.inside]


def why_not(foot: FootView) -> str:
    """Why this foot has no four points; "" where it has."""
    return foot.quadripod.why if foot.quadripod is not None else ""


def pads(foot: FootView) -> tuple[Pad, ...]:
    """The four points, heel first; () where there are none."""
    hold = foot.quadripod
    if hold is None or hold.why:
        return ()
    return tuple(
        Pad(
            100.0 * one.value,
            100.0 * one.low,
            100.0 * one.high,
            100.0 * one.target,
            one.inside,
            one.name in hold.lost,
        )
        for one in hold.pads
    )


def standing(foot: FootView) -> tuple[Number, ...]:
    """Shares of this moment in percent, heel first; the board has smoothed them."""
    shown = pads(foot)
    reason = why_not(foot) or "too little load"
    if not shown:
        return (Number(reason=reason),) * len(FOUR)
    known = all(np.isfinite(pad.share) for pad in shown)
    return tuple(Number(pad.share) if known else Number(reason=reason) for pad in shown)


def moving(foot: FootView) -> tuple[Number, ...]:
    """Shares of the impulse in percent, mean of the newest steps, heel first."""
    return tuple(foot_number(foot, key, scale=100.0) for key in KEYS)


def corners(anchors: Floats | None, size_mm: tuple[float, float]) -> Floats:
    """(4, 2) places of the four points in the foot frame, heel first."""
    three = DEFAULT_ANCHORS if anchors is None else anchors / np.array(size_mm)
    return np.vstack((three, TOE))


def dot(foot: FootView, places: Floats) -> Floats | None:
    """(2,) sum of share times place in the foot frame; many shares have the same, so it is grey."""
    hold = foot.quadripod
    if hold is None or not np.isfinite(hold.share).all():
        return None
    at: Floats = hold.share @ places
    return at
