"""Shares of quiet standing against the range where each should lie. No Qt here."""

from __future__ import annotations

from insole.live.board import BoardView, FootView
from insole.signal.holds import Range
from insole_gui.state.numbers import plain

_SHORT = {"rearfoot_share": "rear", "medial_share": "inside"}
_LONG = {
    "rearfoot_share": "load on the rear half of the foot",
    "medial_share": "load of the front on its big-toe side",
    "left_share": "load on the left foot",
}


def band(one: Range) -> str:
    """Its ends in percent.

    >>> band(Range("left_share", 0.5, 0.45, 0.55))
    '45–55 %'
    """
    return f"{plain(100 * one.low, 0)}–{plain(100 * one.high, 0)} %"


def _sign(one: Range) -> str:
    return {True: "✓", False: "▲", None: ""}[one.inside]


def share_words(view: BoardView) -> str:
    """What the bar under the feet is, and whether it is even enough."""
    words = "share of the force now"
    told = [one for one in view.ranges if one.inside is not None]
    return f"{words} · {_sign(told[0])} {band(told[0])}" if told else words


def foot_words(foot: FootView) -> str:
    """Both shares of one standing foot, short; "" while there are none."""
    told = [
        f"{_sign(one)} {_SHORT[one.name]} {plain(100 * one.value, 0)} %"
        for one in foot.ranges
        if one.inside is not None and one.name in _SHORT
    ]
    return " · ".join(told)


def explained(foot: FootView) -> str:
    """The same in whole words, for the tool tip and a screen reader."""
    return ". ".join(
        f"{_LONG[one.name].capitalize()}: {plain(100 * one.value, 0)} %, range {band(one)}"
        for one in foot.ranges
        if one.inside is not None and one.name in _LONG
    )
