"""The weeks around the drills: what is open, how much more, and what is a change (section 4).

The numbers are defaults of the programme, [ED] where the paper names no source.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from insole.compare import baseline
from insole.drills.drill import Drill
from insole.model.foot import Side

FULL_RAISES: Final = 20  # of the calf on each side, before flight
HOLD_S: Final = 30.0  # of balance on each side, unsupported
GROWTH: Final = 1.2  # of time under load and of contacts, in a week
FIRST_FLIGHT: Final = 50  # contacts in the first week with flight
AWAY_DAYS: Final = 14.0
PAIN_LEVEL: Final = 3  # no step up from here; a drill's own `pain_stop` is where it ends
PRIOR_CV: Final[Mapping[str, float]] = {
    "hold_s": 0.065,
    "t_c_s": 0.02,
    "f_pk_bw": 0.025,
    "po50_bw_s": 0.025,
    "j_bw_s": 0.025,
    "plateau_n": 0.025,
}
"""Usual SD between days over the mean: contact 2 %, force and impulse 2.5 % (compare.md, 5.2); of
holds such that three sessions with an SD of 10 % have a band of ± 20 %."""

PRIOR_SD: Final[Mapping[str, float]] = {
    "s_hal_pct": 1.5,
    "heel_pct": 1.5,
    "kiss_pct": 1.5,
    "left_share": 0.015,
    "lr_mean": 0.015,
    "m1_share": 0.015,
}
"""The same for shares, in their own unit: 1.5 points."""

DAYS_OF_OWN: Final = 5  # sessions from which a person's own smallest change is known


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether drills with flight are open.

    Attributes:
        missing: what is not there yet, by side: raises, seconds.
        pain: the newest report, 0 to 10; None: nobody was asked, which is not 0.
    """

    missing: Mapping[str, Mapping[Side, float]]
    pain: int | None

    @property
    def locked(self) -> bool:
        """Something is missing, or it hurts."""
        return bool(self.missing) or self.pain != 0


def plyometric(
    full_raises: Mapping[Side, float], hold_s: Mapping[Side, float], *, pain: int | None
) -> Gate:
    """The gate before flight: 20 full calf raises without pain, 30 s on one leg, on each side.

    Args:
        full_raises: best set of each side, unsupported; a side that is not there has none.
        hold_s: best hold of each side, unsupported.
        pain: the newest report, 0 to 10; None: nobody was asked.
    """
    missing: dict[str, dict[Side, float]] = {}
    for name, best, least in (
        ("full_raises", full_raises, float(FULL_RAISES)),
        ("hold_s", hold_s, HOLD_S),
    ):
        short = {side: least - best.get(side, 0.0) for side in Side}
        short = {side: lacks for side, lacks in short.items() if lacks > 0.0}
        if short:
            missing[name] = short
    return Gate(missing, pain)


def allowed(last_week: float | None, planned: float) -> float:
    """Time under load or contacts of this week: at most a fifth more than in the last one.

    Args:
        last_week: of the same kind; None: this is the first week, which is as planned.
        planned: by the programme.
    """
    return planned if last_week is None else min(planned, GROWTH * last_week)


@dataclass(frozen=True, slots=True)
class Shift:
    """A session beside the person's own baseline.

    Attributes:
        baseline: mean of the sessions; None with fewer than three.
        band: half of what is usual around it; None where it is not known.
        changed: beyond the band and beyond the smallest real change; None where it is not known.
        why: where nothing can be said.
    """

    baseline: float | None
    band: float | None
    changed: bool | None
    why: str = ""


def change(metric: str, sessions: Sequence[float], new: float) -> Shift:
    """Whether a session is outside what is usual (compare.md, section 5.2).

    Args:
        metric: name of a result, as `hold_s`.
        sessions: earlier sessions in the same shoe, on the same ground, with the same eyes.
        new: the session that is looked at.
    """
    own = len(sessions) >= DAYS_OF_OWN
    smallest = 1.96 * math.sqrt(2.0) * float(np.std(sessions, ddof=1)) if own else None
    found = baseline(
        list(sessions),
        new=new,
        prior_cv=PRIOR_CV.get(metric),
        prior_sd=PRIOR_SD.get(metric),
        mdc95=smallest,
    )
    half = None if found.band is None else 0.5 * (found.band[1] - found.band[0])
    return Shift(found.mean, half, found.marked, found.why)


@dataclass(frozen=True, slots=True)
class Session:
    """What a day of one drill left behind.

    Attributes:
        day: number of the day, of any calendar.
        level: that was done, from 1.
        score: 0 to 100; None: there is none, or a hand helped.
        touches: of the other foot.
        pain: the worst report, 0 to 10; None: not answered.
        morning_worse: pain was worse the next morning.
    """

    day: float
    level: int
    score: float | None
    touches: int = 0
    pain: int | None = 0
    morning_worse: bool = False


def next_level(drill: Drill, sessions: Sequence[Session], *, today: float) -> int:
    """The level to offer today.

    One up after `advance.sessions` good ones in a row at the newest level; a session without score
    neither counts nor breaks the row. Pain of 3 keeps the level; more, a worse morning, or more
    than two weeks away is one level down.

    Args:
        drill: with its levels and its rule.
        sessions: of this drill in order of days.
        today: number of the day.
    """
    if not sessions:
        return 1
    last, top = sessions[-1], len(drill.levels) + 1
    level = min(max(last.level, 1), top)
    is_sore = last.pain is not None and last.pain > PAIN_LEVEL
    if is_sore or last.morning_worse or today - last.day > AWAY_DAYS:
        return max(level - 1, 1)
    rule, good = drill.advance, 0
    for each in reversed(sessions):
        if each.level != level or good == rule.sessions:
            break
        if each.score is None:
            continue
        if each.score < rule.score or each.touches > rule.touches_max:
            break
        good += 1
    is_ready = good == rule.sessions and (last.pain is None or last.pain < PAIN_LEVEL)
    return min(level + 1, top) if is_ready else level
