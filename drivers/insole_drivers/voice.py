"""What a link says of itself, in words that a user can read: of its insole, or of both feet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from insole.model.foot import Side, foot_key
from insole.model.stream import Event, LinkPhase, LinkState
from insole_drivers.scan import Found
from insole_drivers.timing import Timing


class Speaker(Protocol):
    """A link, as far as its voice asks."""

    found: Found
    key: str
    carries: tuple[Side, ...]

    @property
    def side(self) -> Side | None: ...
    @property
    def label(self) -> str: ...


class Voice:
    """Tells the world what a link is doing.

    Args:
        speaker: the link; what it carries is told foot by foot.
        emit: takes events.
        timing: whose clock stamps them.

    Attributes:
        phase: what was said last.
    """

    def __init__(self, speaker: Speaker, emit: Callable[[Event], None], timing: Timing) -> None:
        self.phase: LinkPhase = "searching"
        self._speaker = speaker
        self._emit = emit
        self._timing = timing
        self._feet: dict[Side, LinkPhase] = {}

    def say(self, phase: LinkPhase, words: str, *, is_whole: bool = False) -> None:
        """What the link is doing: how a sentence goes on that begins with who does it.

        Args:
            phase: in one word.
            words: behind the name of the foot.
            is_whole: they are a sentence without it.
        """
        self.phase = phase
        speaker = self._speaker
        for side in speaker.carries:
            self._say_of(side, phase, words, is_whole=is_whole)
        if not speaker.carries:
            text = words if is_whole else f"{speaker.label}{words}"
            self._state(speaker.key, speaker.side, phase, text)

    def comes(self, feet: Iterable[Side], excuse: str) -> None:
        """Data came; of the feet that one connection carries, some."""
        words = f": streaming{excuse}."
        if self.phase == "closing":
            return
        if not self._speaker.carries:
            if self.phase != "streaming":
                self.say("streaming", words)
            return
        for side in feet:
            self.phase = "streaming"
            if self._feet.get(side) != "streaming":
                self._say_of(side, "streaming", words)

    def misses(self, side: Side, silent_s: float, name: str) -> None:
        """One of both feet does not come, though its device streams."""
        if self._feet.get(side) != "stalled":
            text = f": no data for {silent_s:.1f} s, {name} sends the other foot only."
            self._say_of(side, "stalled", text)

    def _say_of(self, side: Side, phase: LinkPhase, words: str, *, is_whole: bool = False) -> None:
        self._feet[side] = phase
        key = self._speaker.key
        text = words if is_whole else f"{side.title()}{words}"
        self._state(foot_key(key, side) if key else "", side, phase, text)

    def _state(self, key: str, side: Side | None, phase: LinkPhase, text: str) -> None:
        now_ns, rssi_dbm = self._timing.now_ns(), self._speaker.found.advert.rssi_dbm
        self._emit(LinkState(key, now_ns, phase=phase, text=text, side=side, rssi_dbm=rssi_dbm))
