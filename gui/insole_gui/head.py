"""What stands over every page, once a second: chips, words, the window's title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from insole_gui import text
from insole_gui.state.drawn import delay_words
from insole_gui.state.links import chip
from insole_gui.state.live import SLOW_FRAME_S

if TYPE_CHECKING:
    from insole_gui.window import Window

FRAMES, MANY = 60, 44  # so many of the newest frames were slow: it is said


def show_head(window: Window, frame_s: Sequence[float]) -> None:
    """Renew them.

    Args:
        window: whose.
        frame_s: how long the newest frames took.
    """
    state = window.state
    compact = window.live.compact
    for side, chip_view in window.header.chips.items():
        chip_view.show_chip(chip(side, state.newest.feet[side]), compact=compact)
    words = text.PAGES[window.page]
    activity = state.activity_words() if window.page in ("live", "review") else ""
    if state.newest.replay is not None and window.page == "live":
        words = "Replay"
    smoothed = delay_words(state.view)
    window.header.say(words, activity, state.latency.p95_ms(), smoothed=smoothed)
    title = state.title(text.PAGES[window.page])
    if title != window.windowTitle():
        window.setWindowTitle(title)
    frames = sorted(frame_s)
    state.slow = len(frames) == FRAMES and frames[MANY] > SLOW_FRAME_S
