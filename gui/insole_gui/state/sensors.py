"""Sensors that are not to be believed: which, why, what was done, since when."""

from __future__ import annotations

from insole.live.board import BoardView, FootView
from insole.model.foot import Side
from insole.signal.health import LASTING, Finding
from insole_gui.state.links import NAME, age_words

NEWS_S = 20.0  # a finding is said in the banner this long; then the map and the page keep it


def text(found: Finding, now_s: float) -> str:
    """One finding in words, with its time."""
    since = age_words(max(0.0, now_s - found.since_s))
    words = found.text[0].upper() + found.text[1:]
    if found.until_s is not None:
        over = age_words(max(0.0, now_s - found.until_s))
        return f"{words}; over for {over}"
    return f"{words}; for {since}" if found.state in LASTING else f"{words}; first {since} ago"


def lines(foot: FootView, now_s: float) -> list[str]:
    """All findings of one foot, those that go on first, the newest first."""
    order = sorted(foot.findings, key=lambda one: (one.until_s is not None, -one.since_s))
    return [text(found, now_s) for found in order]


def news(view: BoardView) -> list[str]:
    """What was found in the last seconds, for the line over the page."""
    return [
        f"{NAME[side]}: {found.text}."
        for side, foot in view.feet.items()
        for found in foot.findings
        if found.until_s is None and 0.0 <= view.now_s - found.since_s <= NEWS_S
    ]


def warning(view: BoardView) -> str:
    """What is left out now, short; "" where nothing is."""
    said: list[str] = []
    for side in (Side.LEFT, Side.RIGHT):
        foot = view.feet[side]
        numbers = ", ".join(str(sensor + 1) for sensor in foot.masked[:4])
        more = f" and {len(foot.masked) - 4} more" if len(foot.masked) > 4 else ""
        if numbers:
            word = "sensor" if len(foot.masked) == 1 else "sensors"
            said.append(f"{side.value} {word} {numbers}{more}")
    return f"left out: {'; '.join(said)}" if said else ""
