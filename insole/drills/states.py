"""What the coach tells: where a session stands, what was held and counted, what was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from insole.drills.detecting import Attempt
from insole.model.foot import Side


class State(StrEnum):
    """Where a session stands (drills.md, section 2.1)."""

    SETUP = "setup"
    READY = "ready"
    WORK = "work"
    REST = "rest"
    PAUSED = "paused"
    ASK = "ask"
    DONE = "done"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Change:
    """From one state to the next.

    Attributes:
        state: the new one.
        at_s: when it began, interpolated.
        confirmed_s: the newest instant known when that was certain.
        side: the foot, where one is meant.
        why: in a word.
    """

    state: State
    at_s: float
    confirmed_s: float
    side: Side | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A cue that was given.

    Attributes:
        at_s: when.
        name: what it is about, `m1-lost`.
        words: what is said.
        priority: its own.
    """

    at_s: float
    name: str
    words: str
    priority: int


@dataclass(frozen=True, slots=True)
class Held:
    """One hold, over.

    Attributes:
        side: the foot; None: both.
        start_s, end_s: s.
        confirmed_s: newest instant that its end rests on.
        ended_by: target, cap, step-down, heel, interrupted, stopped.
        touches: of the other foot.
        supported_s: since when a hand helped; None: never.
        values: measures of each foot that held, n/a as NaN.
        said: cues given in it.
    """

    side: Side | None
    start_s: float
    end_s: float
    confirmed_s: float
    ended_by: str
    touches: int
    supported_s: float | None
    values: Mapping[Side, Mapping[str, float]]
    said: tuple[Said, ...] = ()

    @property
    def hold_s(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Counted:
    """One set of repetitions, over.

    Attributes:
        sides: the feet that did it.
        attempts: every one, in order.
        ended_by: target, incomplete, beats, fatigue, all.
        result: what its detector makes of it.
        end_s: when it ended.
    """

    sides: tuple[Side, ...]
    attempts: tuple[Attempt, ...]
    ended_by: str
    end_s: float
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
