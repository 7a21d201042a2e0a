"""The last minute as it was drawn, so that the view can stop while live goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from insole.live.board import HISTORY_S, BoardView, FootView, SmoothView, StandingView
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.model.gait import Steps

FRAMES = int(HISTORY_S * 60)
TRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Said:
    """What the board said of the pair at a moment."""

    activity: str
    standing: StandingView | None
    sway: dict[Side, tuple[Mapping[str, float], float]]


@dataclass(slots=True)
class _Foot:
    """Rings of one foot, one row per drawn frame."""

    values: NDArray[np.float32]
    total: Floats
    cop: Floats
    tripod: Floats
    smooth: Floats  # (FRAMES, 6) force, three shares, CoP as drawn
    delay_s: tuple[float, float] | None
    contact: NDArray[np.bool_]

    @classmethod
    def empty(cls, sensors: int) -> _Foot:
        return cls(
            np.zeros((FRAMES, sensors), np.float32),
            np.full(FRAMES, np.nan),
            np.full((FRAMES, 2), np.nan),
            np.full((FRAMES, 3), np.nan),
            np.full((FRAMES, 6), np.nan),
            None,
            np.zeros(FRAMES, bool),
        )


class History:
    """Preallocated rings of the newest 60 s of frames."""

    def __init__(self) -> None:
        self._time = np.full(FRAMES, np.nan)
        self._head = 0
        self._said: deque[_Said] = deque(maxlen=FRAMES)
        self._feet: dict[Side, _Foot] = {}

    def push(self, view: BoardView) -> None:
        """Keep what a frame shows; a view without anything new is not kept twice."""
        newest = self._time[(self._head - 1) % FRAMES]
        if view.now_s == newest:
            return
        if view.now_s < newest:  # another source, or a replay went back
            self.__init__()
        row = self._head % FRAMES
        self._time[row] = view.now_s
        for side, foot in view.feet.items():
            if foot.values is None:
                continue
            ring = self._feet.get(side)
            if ring is None or ring.values.shape[1] != len(foot.values):
                ring = self._feet[side] = _Foot.empty(len(foot.values))
            ring.values[row] = foot.values
            ring.total[row] = foot.total_n
            ring.cop[row] = np.nan if foot.cop_mm is None else foot.cop_mm
            ring.tripod[row] = np.nan if foot.tripod is None else foot.tripod
            ring.contact[row] = foot.in_contact
            if foot.smooth is not None:
                now = foot.smooth
                ring.smooth[row] = (now.total_n, *now.tripod, *now.cop_mm)
                ring.delay_s = now.force_delay_s, now.cop_delay_s
        sway = {side: (foot.sway, foot.sway_s) for side, foot in view.feet.items()}
        said = _Said(view.activity, view.standing, sway)
        before = self._said[-1] if self._said else None
        # mostly the same: one object for many frames
        self._said.append(said if before is None or before != said else before)
        self._head += 1

    def at(self, view: BoardView, time_s: float) -> BoardView:
        """The view as it stood at an earlier moment."""
        if not self._head:
            return view
        order = (np.arange(max(0, self._head - FRAMES), self._head)) % FRAMES
        times = self._time[order]
        place = int(np.clip(np.searchsorted(times, time_s, side="right") - 1, 0, len(order) - 1))
        said = self._said[place]
        feet: dict[Side, FootView] = {}
        for side, foot in view.feet.items():
            sway, sway_s = said.sway.get(side, ({}, 0.0))
            feet[side] = replace(
                self._foot(side, foot, order[: place + 1], times[: place + 1]),
                sway=sway,
                sway_s=sway_s,
            )
        marks = tuple(mark for mark in view.marks if mark[0] <= time_s)
        return replace(
            view,
            now_s=time_s,
            feet=feet,
            marks=marks,
            activity=said.activity,
            standing=said.standing,
        )

    def _foot(self, side: Side, foot: FootView, order: NDArray[np.intp], times: Floats) -> FootView:
        ring = self._feet.get(side)
        now_s = float(times[-1])
        count = 0 if foot.time_s is None else int(np.searchsorted(foot.time_s, now_s, "right"))
        changed = replace(
            foot,
            age_s=0.0,
            time_s=None if foot.time_s is None else foot.time_s[:count],
            force_n=None if foot.force_n is None else foot.force_n[:count],
            quality=None if foot.quality is None else foot.quality[:count],
            steps=None if foot.steps is None else until(foot.steps, now_s),
        )
        if ring is None:
            return changed
        row = order[-1]
        recent = order[times >= now_s - TRACE_S]
        contact = bool(ring.contact[row])
        off = np.flatnonzero(~ring.contact[recent])
        first = int(off[-1]) + 1 if len(off) else 0
        trace = ring.cop[recent[first:]]
        since = float(self._time[recent[first]]) if first < len(recent) else now_s
        return replace(
            changed,
            values=ring.values[row].astype(np.float64),
            total_n=float(ring.total[row]),
            cop_mm=ring.cop[row],
            tripod=ring.tripod[row],
            smooth=_smooth(ring, row),
            in_contact=contact,
            since_s=since,
            trace_mm=trace[np.isfinite(trace).all(axis=1)],
        )


def _smooth(ring: _Foot, row: np.intp) -> SmoothView | None:
    if ring.delay_s is None:
        return None
    total, *six = ring.smooth[row].tolist()
    return SmoothView(total, np.array(six[:3]), np.array(six[3:]), *ring.delay_s)


def until(steps: Steps, time_s: float) -> Steps:
    """The steps whose toe-off lies at or before a moment."""
    return steps.part(slice(int(np.count_nonzero(steps.value["toe_off_s"] <= time_s))))
