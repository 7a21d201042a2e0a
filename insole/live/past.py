"""The newest events of a live source: a recording can begin before somebody asked for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from math import inf

from insole.model.foot import carrier
from insole.model.stream import Capability, Connected, Event, Mark, Samples

KEPT_S = 30.0


class Past:
    """Events of the last 30 s, verbatim, in order of arrival.

    Args:
        keep_s: seconds to keep; 0 for a source that is not live.
    """

    def __init__(self, keep_s: float = KEPT_S) -> None:
        self._keep_ns = round(keep_s * 1e9)
        self._events: deque[Event] = deque()
        self.newest_ns = 0
        """Newest arrival."""
        self.count = 0
        """Events so far, forgotten ones included."""

    def push(self, items: Iterable[Event | Capability | Samples]) -> None:
        """Keep what arrived."""
        if not self._keep_ns:
            return
        events = [item for item in items if not isinstance(item, (Capability, Samples))]
        self._events.extend(events)
        self.count += len(events)
        self.newest_ns = max((event.arrival_ns for event in events), default=self.newest_ns)
        while self._events and self._events[0].arrival_ns < self.newest_ns - self._keep_ns:
            self._events.popleft()

    @property
    def seconds(self) -> float:
        """How far back it goes."""
        return (self.newest_ns - self._events[0].arrival_ns) * 1e-9 if self._events else 0.0

    def since(self, count: int) -> list[Event]:
        """Events after the first `count` of all."""
        missing = max(0, self.count - count - len(self._events))
        return list(self._events)[len(self._events) - (self.count - count - missing) :]

    def begin(self, seconds: float, *, known: Sequence[Event]) -> list[Event]:
        """Events that bring a fresh trial from `seconds` before now to now.

        Args:
            seconds: at most what is kept.
            known: preamble of the trial that runs (`Intake.preamble`). What a device sent before
                its present connection is left out: that one's beginning is not known any more.
        """
        first_ns = self.newest_ns - round(seconds * 1e9)
        connected = {
            event.device: event.arrival_ns for event in known if isinstance(event, Connected)
        }
        older = [event for event in known if event.arrival_ns < first_ns]
        recent = [
            event
            for event in self._events
            if event.arrival_ns >= first_ns
            and (
                isinstance(event, Mark)
                or event.arrival_ns >= connected.get(carrier(event.device), inf)
            )
        ]
        return older + recent
