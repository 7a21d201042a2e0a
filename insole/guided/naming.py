"""Which insole is on the right foot: the one that feels a stomp.

A stomp loads its own insole far faster than anything that the other foot does meanwhile, whatever
the unit of the values is and whether they rise or fall under load.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from insole.guided.view import GuideView
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.stream import Samples

PATIENCE_S = 60.0
WINDOW_S = 0.05  # a stomp loads a foot within this time
REST_S = 1.0  # of samples before one can be told from rest
NOISE = 12.0  # times its usual change within the window, and
PART = 0.3  # of all that either insole has shown since: a jump
CLEARLY = 2.0  # times the jump of the other insole, which is of the same make: it was this one
AFTER_S = 0.25  # after a jump, until the other insole's samples have come too
KEPT_S = 4.0
ASK = "Stomp the right foot."


class Naming:
    """Waits for a stomp.

    Args:
        asked: somebody asked for it; else it goes on until it is done.
        why: a sentence before what to do.
    """

    def __init__(self, *, asked: bool, why: str = "") -> None:
        self._asked = asked
        self._why = f"{why} " if why else ""
        self._felt: dict[str, _Felt] = {}
        self._began_ns: int | None = None
        self._again = ""
        self.right: str | None = None
        """Key of the insole that felt it."""
        self.over = False

    def hear(self, items: Iterable[Samples]) -> dict[str, Side]:
        """More samples of any insole; device to side when it is known."""
        newest_ns = 0
        for samples in items:
            if len(samples.arrival_ns):
                felt = self._felt.setdefault(samples.device, _Felt())
                felt.push(samples)
                newest_ns = max(newest_ns, int(samples.arrival_ns[-1]))
        if self.over or not newest_ns:
            return {}
        self._began_ns = newest_ns if self._began_ns is None else self._began_ns
        if self._asked and newest_ns > self._began_ns + PATIENCE_S * 1e9:
            self.over = True
            return {}
        return self._judge()

    def _judge(self) -> dict[str, Side]:
        if len(self._felt) < len(Side) or not all(felt.is_ready for felt in self._felt.values()):
            return {}
        jumps = sorted(self._felt.items(), key=lambda item: item[1].jump, reverse=True)
        (key, first), (other, second) = jumps[:2]
        shown = max(first.span, second.span)
        if not first.is_jump or first.jump < PART * shown or first.since_s < AFTER_S:
            return {}
        if first.jump < CLEARLY * second.jump:
            self._again = " Stand still first, then stomp hard, with one foot only."
            return {}
        self.right, self.over = key, True
        return {key: Side.RIGHT, other: Side.LEFT}

    def view(self) -> GuideView:
        """What to do now."""
        sentence = f"{self._why}{ASK}{self._again}"
        if self.over:
            sentence = "No stomp was felt: the sides stay as they were."
            if self.right is not None:
                sentence = f"{self.right} felt it and is the right one now."
        return GuideView(
            "name",
            sentence,
            phases=("stomp",),
            phase=int(self.over),
            over=self.over,
            asked=self._asked,
        )


class _Felt:
    """What one insole felt lately."""

    def __init__(self) -> None:
        self._parts: deque[tuple[Floats, Floats]] = deque()
        self.jump = 0.0
        """Largest change within the window, summed over its values."""
        self.usual = 0.0
        """Median of such changes."""
        self.since_s = 0.0
        """Time of samples since the largest."""
        self._least, self._most = np.inf, -np.inf
        self.is_ready = False

    @property
    def is_jump(self) -> bool:
        """It is far more than what is usual; a resting insole may repeat one number."""
        return self.jump > NOISE * max(self.usual, 1.0)

    @property
    def span(self) -> float:
        """From the smallest to the largest sum so far."""
        return self._most - self._least

    def push(self, samples: Samples) -> None:
        """More samples."""
        summed = samples.values.astype(np.float64).sum(axis=1)
        self._least = min(self._least, float(summed.min()))
        self._most = max(self._most, float(summed.max()))
        time_s: Floats = samples.tick_us.astype(np.float64) * 1e-6
        if self._parts and time_s[0] <= self._parts[-1][0][-1]:
            self._parts.clear()  # its clock began anew
        self._parts.append((time_s, summed))
        while self._parts[0][0][-1] < time_s[-1] - KEPT_S:
            self._parts.popleft()
        self._measure()

    def _measure(self) -> None:
        time_s = np.concatenate([part[0] for part in self._parts])
        summed = np.concatenate([part[1] for part in self._parts])
        self.is_ready = len(time_s) > 2 and bool(time_s[-1] - time_s[0] >= REST_S)
        if not self.is_ready:
            return
        before = np.searchsorted(time_s, time_s - WINDOW_S)
        before = np.minimum(before, np.maximum(np.arange(len(time_s)) - 1, 0))  # at low rates
        change = np.abs(summed - summed[before])
        at = int(np.argmax(change))
        self.jump, self.usual = float(change[at]), float(np.median(change))
        self.since_s = float(time_s[-1] - time_s[at])
