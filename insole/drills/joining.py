"""Two feet that are sampled at different instants become rows on one axis of time.

A row stands at every instant at which a foot has a sample; the other foot is read off its own
straight line there. Neither foot is the leading one, so mirrored feet give mirrored rows. A row is
given out when both feet have come so far: a silent foot holds the rows back, and nothing is assumed
of it. Samples that were filled in or came too late are left out: over them nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from insole.drills.detecting import SIDES, Rows
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, Side
from insole.model.quality import Quality
from insole.model.stream import Load

_UNSOUND = np.uint32(Quality.INTERPOLATED | Quality.GAP | Quality.LATE)
_WIDTH = 1 + len(REGIONS) + 2  # of one foot: force, regions, CoP
_TIME, _FORCE, _REGION = 0, 1, 1 + len(SIDES)
_COP = _REGION + len(SIDES) * len(REGIONS)
_COLUMNS = _COP + len(SIDES) * 2


class _Foot:
    """Samples of one foot that may still be needed: the last given out, and what came after."""

    def __init__(self) -> None:
        self.time_s: Floats = np.empty(0)
        self.value: Floats = np.empty((0, _WIDTH))
        self.broken: Bools = np.empty(0, np.bool_)
        self._left_out = True  # before the first sample nothing is known

    @property
    def last_s(self) -> float:
        return float(self.time_s[-1]) if len(self.time_s) else -np.inf

    def push(self, load: Load) -> None:
        sound = (load.quality & _UNSOUND) == 0
        # a broken sample: one before it was left out, or it says so itself
        out = np.append(self._left_out, ~sound)
        broken = out[:-1] | ((load.quality & np.uint32(Quality.BREAK)) != 0)
        if len(sound):
            self._left_out = bool(out[-1])
        new = np.column_stack((load.total_n, load.region_n, load.cop_mm))[sound]
        self.time_s = np.append(self.time_s, load.time_s[sound])
        self.value = np.concatenate((self.value, new))
        self.broken = np.append(self.broken, broken[sound])

    def at(self, time_s: Floats, *, over: bool) -> tuple[Floats, Bools]:
        """(m, _WIDTH) values and (m,) whether no line leads there.

        Args:
            time_s: (m,) instants, none beyond the last sample unless `over`.
            over: no more samples will come.
        """
        n = len(self.time_s)
        if not n:
            return np.full((len(time_s), _WIDTH), np.nan), np.ones(len(time_s), np.bool_)
        after = np.searchsorted(self.time_s, time_s, side="left")
        beyond = after == n if over else np.zeros(len(time_s), np.bool_)
        after = np.minimum(after, n - 1)
        before = np.maximum(after - 1, 0)
        apart = np.where(after > before, self.time_s[after] - self.time_s[before], 1.0)
        share = ((time_s - self.time_s[before]) / apart)[:, None]
        low, high = self.value[before], self.value[after]
        exact = self.time_s[after] == time_s
        value = np.where(exact[:, None], high, low + share * (high - low))
        broken = self.broken[after] | beyond
        value[(broken & ~exact) | (after == 0) & ~exact | beyond] = np.nan
        return value, broken

    def forget(self, before_s: float) -> None:
        """Keep the last sample at or before this instant, and all after it."""
        first = max(int(np.searchsorted(self.time_s, before_s, side="right")) - 1, 0)
        self.time_s = self.time_s[first:]
        self.value, self.broken = self.value[first:], self.broken[first:]


class Joint:
    """Load of both feet in, rows out; any grouping gives the same bits.

    Args:
        feet: those that give samples; rows wait for all of them.
        rates_hz: (2,) nominal rates, left and right.
    """

    def __init__(self, feet: Sequence[Side], *, rates_hz: tuple[float, float]) -> None:
        self._feet = {side: _Foot() for side in feet}
        self._period_s = 1.0 / np.array(rates_hz)
        self._given_s = -np.inf
        self._table: Floats = np.empty((1024, _COLUMNS))
        self._broken: Bools = np.empty((1024, len(SIDES)), np.bool_)
        self._first: int = 0
        self._end: int = 0

    def push(self, side: Side, load: Load) -> None:
        """New samples of one foot."""
        foot = self._feet.get(side)
        if foot is not None and len(load.time_s):
            foot.push(load)

    def join(self, *, over: bool = False) -> None:
        """Make rows of what both feet have; `over`: also of what one foot has alone."""
        feet = self._feet.values()
        lasts = [foot.last_s for foot in feet]
        upto = max(lasts) if over else min(lasts)
        news = [foot.time_s[(foot.time_s > self._given_s) & (foot.time_s <= upto)] for foot in feet]
        time_s = np.unique(np.concatenate(news))
        if not len(time_s):
            return
        block = np.full((len(time_s), _COLUMNS), np.nan)
        broken = np.ones((len(time_s), len(SIDES)), np.bool_)
        block[:, _TIME] = time_s
        for side, foot in self._feet.items():
            place = SIDES.index(side)
            value, broken[:, place] = foot.at(time_s, over=over)
            block[:, _FORCE + place] = value[:, 0]
            begin = _REGION + place * len(REGIONS)
            block[:, begin : begin + len(REGIONS)] = value[:, 1 : 1 + len(REGIONS)]
            block[:, _COP + 2 * place : _COP + 2 * place + 2] = value[:, -2:]
            foot.forget(float(time_s[-1]))
        self._given_s = float(time_s[-1])
        self._append(block, broken)

    @property
    def last_s(self) -> float:
        """Newest row; minus infinity before there is one."""
        return self._given_s

    def rows(self, since_s: float = -np.inf) -> Rows:
        """Rows kept from an instant on; views, not to be kept over the next `join`."""
        kept = slice(self._first, self._end)
        table, broken = self._table[kept], self._broken[kept]
        first = int(np.searchsorted(table[:, _TIME], since_s, side="left"))
        table, broken = table[first:], broken[first:]
        n = len(table)
        return Rows(
            table[:, _TIME],
            table[:, _FORCE:_REGION],
            table[:, _REGION:_COP].reshape(n, len(SIDES), len(REGIONS)),
            table[:, _COP:].reshape(n, len(SIDES), 2),
            broken,
            self._period_s,
        )

    def forget(self, before_s: float) -> None:
        """Rows before this instant are not asked for again."""
        times = self._table[self._first : self._end, _TIME]
        self._first += int(np.searchsorted(times, before_s, side="left"))

    def _append(self, block: Floats, broken: Bools) -> None:
        more = len(block)
        if self._end + more > len(self._table):
            kept = slice(self._first, self._end)
            rows = self._end - self._first
            room = max(1024, 2 * (rows + more))
            table, marks = np.empty((room, _COLUMNS)), np.empty((room, len(SIDES)), np.bool_)
            table[:rows], marks[:rows] = self._table[kept], self._broken[kept]
            self._table, self._broken = table, marks
            self._first, self._end = 0, rows
        self._table[self._end : self._end + more] = block
        self._broken[self._end : self._end + more] = broken
        self._end += more
