"""The sentences that need attention now, most urgent first."""

from __future__ import annotations

import time

from insole.live.board import BoardView
from insole.model.foot import Side
from insole_gui import text
from insole_gui.state import sensors
from insole_gui.state.advice import noticed
from insole_gui.state.guide import unasked
from insole_gui.state.links import NAME, sentence
from insole_gui.state.live import LiveState

TOLD_S = 8.0  # how long the sentence of a failed request stays


def spoiled(view: BoardView) -> list[str]:
    """What the link doctor found that spoils results."""
    return [
        f"{NAME[side]}: {found.text}"
        for side, foot in view.feet.items()
        if foot.device in view.links
        for found in noticed(view.links[foot.device])
        if found.level == "bad"
    ]


class Alerts:
    """Collects what the board, the links and failed requests have to say."""

    def __init__(self) -> None:
        self._told: list[tuple[float, str]] = []
        self._went_on = False

    def tell(self, words: str) -> None:
        """A request failed: say so for some seconds."""
        self._told.append((time.monotonic() + TOLD_S, words))

    def _watch(self, view: BoardView) -> None:
        """What began by itself and has ended is said for a while."""
        guide = view.guide
        ended = guide is not None and guide.over and not guide.asked
        if ended and self._went_on and guide is not None:
            self.tell(guide.sentence)
        self._went_on = guide is not None and not guide.over and not guide.asked

    def lines(self, state: LiveState) -> tuple[tuple[str, ...], bool]:
        """All sentences without repetition, and whether the first must be red."""
        now, view = time.monotonic(), state.newest
        self._told = [(until, words) for until, words in self._told if until > now]
        self._watch(state.newest)
        lines = [words for _, words in self._told]
        urgent = bool(lines)
        if view.recording is not None and view.recording.error is not None:
            lines.insert(0, str(view.recording.error))
            urgent = True
        lines += view.messages
        if view.overflow:
            lines.append(text.OVERFLOW.format(count=view.overflow))
            urgent = True
        elif state.slow:
            lines.append(text.SLOW)
        begun = unasked(view.guide)
        if begun:
            lines.insert(0, begun)
        if not state.empty:
            said = " ".join(view.messages)
            links = [(side, sentence(side, view)) for side in Side]
            # the board may already speak of this foot
            lines += [words for side, words in links if words and side.value not in said.lower()]
            lines += sensors.news(view)
            lines += spoiled(view)
        return tuple(dict.fromkeys(lines)), urgent
