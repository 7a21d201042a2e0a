"""Watermark: which samples of a foot came after the pair had moved on without it.

A foot is silent when it has not arrived for `gaps.silence_s` of arrival time while the other foot
has. Then the pair moves on to the other foot's newest time, and what the silent foot sends later
for passed instants is late. Only arrivals and times are read, never how samples were grouped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import Side
from insole.parameters import Parameters

HISTORY_NS = 5_000_000_000
"""Arrivals of a foot remembered for the other, whose samples may still wait for a missing packet
or for a first clock offset (`clock.hold_s`)."""

NONE_NS = np.empty(0, np.int64)


@dataclass(slots=True)
class _Foot:
    """What is remembered of one foot.

    Attributes:
        arrival_ns: (m,) recent arrivals, not decreasing.
        time_s: (m,) their times.
        passed_s: time to which the pair has moved on without this foot.
    """

    arrival_ns: Ints
    time_s: Floats
    passed_s: float = -np.inf


class Watermark:
    """Flags the late samples of a pair.

    A sample of one foot at time t is late if a sample of the other foot with a later time arrived
    before it, more than `gaps.silence_s` after the newest arrival of this foot by then. A foot that
    has not been seen yet is not silent: it has not joined. So a single foot is never late, nor is
    the beginning of the second one, whose first sample is a BREAK anyhow.

    Args:
        parameters: `gaps.silence_s` is used.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._silence_ns = round(parameters["gaps.silence_s"] * 1e9)
        self._feet = {side: _Foot(NONE_NS, np.empty(0)) for side in Side}

    def push(self, pair: Mapping[Side, tuple[Ints, Floats]]) -> dict[Side, Bools]:
        """Take all that arrived from both feet in one interval.

        Args:
            pair: for each foot that sent something, (n,) arrival in ns and (n,) time in s, in
                order of time. A sample that was overtaken counts as arrived with the one before
                it.

        Returns:
            For each foot in `pair`, (n,) which samples are late.
        """
        heard = {side: self._hear(self._feet[side], *pair[side]) for side in pair}
        masks = {
            side: self._late(side, arrival_ns, last_ns=last_ns, time_s=pair[side][1])
            for side, (arrival_ns, last_ns) in heard.items()
        }
        self._forget()
        return masks

    def _hear(self, foot: _Foot, arrival_ns: Ints, time_s: Floats) -> tuple[Ints, int | None]:
        """Remember new samples; answer with their arrivals and the arrival before them."""
        last_ns = int(foot.arrival_ns[-1]) if len(foot.arrival_ns) else None
        if len(arrival_ns):
            start = arrival_ns[:1] if last_ns is None else np.array([last_ns])
            arrival_ns = np.maximum.accumulate(np.concatenate((start, arrival_ns)))[1:]
            foot.arrival_ns = np.concatenate((foot.arrival_ns, arrival_ns))
            foot.time_s = np.concatenate((foot.time_s, time_s))
        return arrival_ns, last_ns

    def _late(self, side: Side, arrival_ns: Ints, *, last_ns: int | None, time_s: Floats) -> Bools:
        """(n,) samples below the time to which each silence let the pair move on."""
        foot, other = self._feet[side], self._feet[side.other]
        if not len(arrival_ns):
            return np.zeros(0, np.bool_)
        before_ns = np.concatenate((arrival_ns[:1] if last_ns is None else [last_ns], arrival_ns))
        ends = np.flatnonzero(np.diff(before_ns) > self._silence_ns)
        newest = other.arrival_ns.searchsorted(arrival_ns[ends]) - 1  # arrived before the end
        heard = newest >= 0
        ends, newest = ends[heard], newest[heard]
        moved_on = other.arrival_ns[newest] - before_ns[ends] > self._silence_ns
        passed_s = np.full(len(time_s), -np.inf)
        passed_s[ends[moved_on]] = other.time_s[newest[moved_on]]
        passed_s[0] = max(float(passed_s[0]), foot.passed_s)
        passed_s = np.maximum.accumulate(passed_s)
        foot.passed_s = float(passed_s[-1])
        return time_s < passed_s

    def _forget(self) -> None:
        """Keep each foot's recent arrivals, and always the newest one."""
        newest_ns = max(
            (int(foot.arrival_ns[-1]) for foot in self._feet.values() if len(foot.arrival_ns)),
            default=0,
        )
        for foot in self._feet.values():
            if not len(foot.arrival_ns):
                continue
            old = int(foot.arrival_ns.searchsorted(newest_ns - HISTORY_NS))
            old = min(old, len(foot.arrival_ns) - 1)
            if old:
                foot.arrival_ns = foot.arrival_ns[old:].copy()
                foot.time_s = foot.time_s[old:].copy()
