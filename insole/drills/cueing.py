"""One cue at a time: which of several causes is spoken of, and when (drills.md, section 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from insole.drills.crossing import EPS_S
from insole.drills.states import Said

SPACING_S = 3.0  # start to start
SAME_S = 6.0
MOST = 3  # in a hold or a set; safety is exempt
SAFETY = 1  # priority
TOUCH_S = 2.0  # a touch may be spoken of so long


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that a cue answers.

    Attributes:
        name: of its cue.
        words: what is said.
        since_s: when it began.
        until_s: when it ended; infinite while it lasts.
        after_s: how long it lasts before the cue is ready.
        priority: smaller goes first.
        stays_s: how long after its begin it may be spoken of, whatever became of it; 0: while it
            lasts.
    """

    name: str
    words: str
    since_s: float
    until_s: float
    after_s: float
    priority: int
    stays_s: float = 0.0

    @property
    def ready_s(self) -> float:
        """When its cue may be given first."""
        return self.since_s + self.after_s

    @property
    def last_s(self) -> float:
        """Until when it may be given."""
        if self.stays_s and self.until_s >= self.ready_s - EPS_S:
            return max(self.until_s, self.since_s + self.stays_s)
        return self.until_s


def spoken(causes: Sequence[Cause], *, now_s: float) -> tuple[Said, ...]:
    """Cues in the order in which they are given; one that has to wait too long is dropped.

    Args:
        causes: of one hold or set.
        now_s: newest instant known: nothing is given after it.
    """
    given: list[Said] = []
    waiting = list(causes)
    while waiting:
        counted = [said for said in given if said.priority > SAFETY]
        possible: list[tuple[float, int, Cause]] = []
        for cause in waiting:
            at_s = cause.ready_s
            if cause.priority > SAFETY:
                if len(counted) >= MOST:
                    continue
                if given:
                    at_s = max(at_s, given[-1].at_s + SPACING_S)
                same = [said.at_s for said in given if said.name == cause.name]
                at_s = max(at_s, same[-1] + SAME_S) if same else at_s
            if at_s < cause.last_s - EPS_S and at_s <= now_s:
                possible.append((at_s, cause.priority, cause))
        if not possible:
            break
        at_s, _, first = min(possible, key=lambda one: one[:2])
        given.append(Said(at_s, first.name, first.words, first.priority))
        waiting.remove(first)
    return tuple(given)
