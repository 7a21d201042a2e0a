"""What the pair does at this moment, beside the way: standing, sway, the present activity.

The rules are those of the document (`insole.signal.standing`, `insole.signal.activity`), over the
newest minute instead of a whole trial. Nothing of this enters a result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from math import inf, nan

import numpy as np

from insole.live.board import HISTORY_S, StandingView
from insole.metrics.corners import contact_loads, touching
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.parameters import Parameters
from insole.pipeline import PairPipeline
from insole.signal.activity import activity_of
from insole.signal.holds import REGION_OF, TOE, Range, range_of
from insole.signal.live_sway import LiveSway
from insole.signal.sharing import FOUR
from insole.signal.slow_record import RATE_HZ, STEP_S, SlowRecord, SlowRows
from insole.signal.standing import Both, Span, meet, standing

LOOK_S = 0.2  # between two looks
RECENT_S = 10.0  # steps that tell what is done now
GRACE_S = 0.5  # standing that ended this recently may go on
OVER_S = 2.5  # a second on the ground that began longer ago tells nothing of now
MEAN_S = 2.0  # without body mass, quiet is measured against the mean of this long


class Watch:
    """Load of both feet in; what they do now out.

    Args:
        parameters: sections `standing`, `sway`, `tripod`, `targets`, `implausible`, `physics`.

    Attributes:
        parameters: those in force; targets may be replaced by the person's own.
        standing: set while somebody stands.
        ranges: shares of both feet and their ranges, while both stand.
        activity: what is done now.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._goes_on_s = parameters["gaps.display_ms"] * 1e-3
        self.forget()

    def forget(self) -> None:
        """Time starts again."""
        self._slow = {side: SlowRecord(keep=int(HISTORY_S * RATE_HZ)) for side in Side}
        self._last_s = dict.fromkeys(Side, -inf)
        self._looked_s = -inf
        self._sway: dict[Side, LiveSway] = {}
        self._measured: dict[Side, tuple[Mapping[str, float], float]] = {}
        self._four = {side: Touching() for side in Side}
        self._lost: dict[Side, tuple[str, ...]] = {}
        self._ranges: dict[Side, tuple[Range, ...]] = {}
        self.ranges: tuple[Range, ...] = ()
        self.standing: StandingView | None = None
        self.activity: str = ""

    def push(self, side: Side, load: Load) -> None:
        """New rows of one foot; those that a new trial gives again are left out."""
        last_s = self._last_s[side]
        first = int(np.searchsorted(load.time_s, last_s, side="right"))
        if first == len(load.time_s):
            return
        rows = Load(*(getattr(load, name)[first:] for name in Load.__slots__))
        if rows.time_s[0] - last_s <= self._goes_on_s:  # another trial begins, the foot goes on
            quality = rows.quality.copy()
            quality[0] &= ~np.uint32(Quality.BREAK)
            rows = replace(rows, quality=quality)
        self._slow[side].push(rows)
        self._four[side].push(rows)
        self._last_s[side] = float(load.time_s[-1])

    def sway(self, side: Side) -> tuple[Mapping[str, float], float]:
        """Measures of one foot while it stands, and the time they rest on."""
        return self._measured.get(side, ({}, 0.0))

    def lost(self, side: Side) -> tuple[str, ...]:
        """Which of its four points a standing foot has lost."""
        return self._lost.get(side, ())

    def kept(self, side: Side) -> tuple[Range, ...]:
        """Shares of one foot and their ranges, while both stand."""
        return self._ranges.get(side, ())

    def look(self, pair: PairPipeline, *, left: Steps, right: Steps) -> None:
        """Judge anew, five times a second of data."""
        now_s = max(self._last_s.values())
        if now_s < self._looked_s + LOOK_S:
            return
        self._looked_s = now_s
        span, both = self._span(pair)
        self._follow(span, both)
        self._lost, self._ranges, self.ranges = {}, {}, ()
        if span is not None and both is not None:
            self._aims(pair, span, both)
        self._measured = {
            side: (live.measures(), live.duration_s) for side, live in self._sway.items()
        }
        self.activity = "stand" if span is not None else activity_of(*_recent(left, right, now_s))
        if not self.activity and self._loaded(pair, now_s):
            self.activity = "other" if len(pair.feet) == len(Side) else "stand"

    def _span(self, pair: PairPipeline) -> tuple[Span | None, Both | None]:
        """The time of standing that reaches to now."""
        if len(pair.feet) < len(Side) or min(self._last_s.values()) == -inf:
            return None, None
        both = meet(self._slow[Side.LEFT].rows(), self._slow[Side.RIGHT].rows())
        rows = len(both.number)
        if not rows or both.number[-1] * STEP_S < self._looked_s - GRACE_S:
            return None, both
        spans = standing(both, bw_n=self._weight_n(pair, both), parameters=self.parameters)
        newest = max(spans, key=lambda span: (span.end, span.start_s), default=None)
        if newest is None or (rows - newest.end) * STEP_S > GRACE_S:
            return None, both
        return newest, both

    def _weight_n(self, pair: PairPipeline, both: Both) -> float:
        """Body weight; where it is not known, what both feet carry just now."""
        feet = pair.feet.values()
        mass = next((foot.mass_kg for foot in feet if foot.mass_kg is not None), None)
        if mass is not None and all(foot.load.is_force for foot in feet):
            return mass * self.parameters["physics.g"]
        recent = slice(-int(MEAN_S * RATE_HZ), None)
        left, right = (both.foot[side].force_n[recent] for side in (Side.LEFT, Side.RIGHT))
        return float(np.median(left + right))

    def _follow(self, span: Span | None, both: Both | None) -> None:
        """Sway of the feet that stand, from where standing began."""
        if span is None or both is None:
            self.standing = None
            self._sway.clear()
            return
        before, since_s = self.standing, span.start_s
        if before is None or before.side is not span.side:
            self._sway.clear()
        elif span.first == 0:
            since_s = before.since_s  # it began before the minute that is looked at
        elif since_s > before.since_s:
            self._sway.clear()
        self.standing = StandingView(span.side, since_s, span.touches)
        for side in Side if span.side is None else (span.side,):
            live = self._sway.get(side)
            if live is None:
                live = self._sway[side] = LiveSway(parameters=self.parameters)
            rows: SlowRows = both.foot[side]
            live.take(rows, first=int(both.number[span.first]))

    def _aims(self, pair: PairPipeline, span: Span, both: Both) -> None:
        """Points that are lost; on both feet the shares of the last second with their ranges."""
        p, bw_n = self.parameters, self._weight_n(pair, both)
        for side in Side if span.side is None else (span.side,):
            single = span.side is not None
            self._lost[side] = self._four[side].lost(bw_n, single=single, parameters=p)
        if span.side is not None:
            return
        recent = slice(-int(RATE_HZ), None)
        load_n: dict[Side, float] = {}
        for side in Side:
            rows = both.foot[side]
            load_n[side] = float(rows.force_n[recent].mean())
            three = rows.points_n[recent].mean(axis=0)
            front = float(three[1] + three[2])
            medial = float(three[1]) / front if front > 0.0 else nan
            stood = pair.feet[side].stood.newest(self._looked_s - OVER_S)
            rear = nan if stood is None else float(stood.rear_n[-1] / stood.total_n[-1])
            self._ranges[side] = (
                range_of("rearfoot_share", rear, parameters=p),
                range_of("medial_share", medial, parameters=p),
            )
        whole = load_n[Side.LEFT] + load_n[Side.RIGHT]
        left = load_n[Side.LEFT] / whole if whole > 0.0 else nan
        self.ranges = (range_of("left_share", left, parameters=p),)

    def _loaded(self, pair: PairPipeline, now_s: float) -> bool:
        """A contact that is longer than any step: all that one insole can tell of standing."""
        longest = self.parameters.several("implausible.contact_s")[1]
        return any(
            foot.contacts.in_contact and now_s - foot.contacts.since_s > longest
            for foot in pair.feet.values()
        )


class Touching:
    """The newest loads of the four points of one foot."""

    def __init__(self) -> None:
        self._rows: deque[tuple[Floats, Floats]] = deque()

    def push(self, load: Load) -> None:
        """New rows; those of the last seconds are kept."""
        self._rows.append((load.time_s, load.region_n[:, REGION_OF]))
        oldest_s = float(load.time_s[-1]) - MEAN_S
        while float(self._rows[0][0][-1]) < oldest_s:
            self._rows.popleft()

    def lost(self, bw_n: float, *, single: bool, parameters: Parameters) -> tuple[str, ...]:
        """Points that are off the ground for longer than `tripod.corner_dwell_s`.

        Args:
            bw_n: body weight.
            single: standing on this foot alone.
            parameters: section `tripod`.
        """
        on_n, off_n = contact_loads(bw_n, single=single, parameters=parameters)
        time_s, four_n = (np.concatenate(columns) for columns in zip(*self._rows, strict=True))
        off: list[str] = []
        for index, name in enumerate(FOUR):
            part = parameters["tripod.hallux_factor"] if index == TOE else 1.0
            touches = touching(four_n[:, index], on_n=part * on_n, off_n=part * off_n)
            last = np.flatnonzero(touches)
            since_s = time_s.item(last[-1]) if len(last) else -inf
            if time_s[-1] - since_s > parameters["tripod.corner_dwell_s"]:
                off.append(name)
        return tuple(off)


def _recent(left: Steps, right: Steps, now_s: float) -> tuple[Steps, Steps]:
    """Steps that ended within the last seconds."""

    def newest(steps: Steps) -> Steps:
        ended = steps.value["toe_off_s"]
        return steps.part(slice(int(np.searchsorted(ended, now_s - RECENT_S)), None))

    return newest(left), newest(right)
