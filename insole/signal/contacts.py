"""Contacts of one foot: thresholds that follow the swing, and hysteresis (science.md §3.1).

The detector reads rows that were pushed into a `RunningImpulse` and answers with contacts that are
final: a swing shorter than `events.min_swing_s` merges its neighbours, so a contact is final that
long after toe-off. Rows, never chunks, decide; so grouping changes no bit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.parameters import Parameters
from insole.signal.detection import RecentForce, hysteresis
from insole.signal.filters import LowPass
from insole.signal.impulse import RunningImpulse

LOOK_BACK_S = 0.25  # the reporting level is crossed within this time of a transition, or t_coarse
LONG_SWING_S = 2.0  # a foot in the air for longer is not walking or running: no baseline from it
LONG_STANCE_S = 10.0  # longer: only sums and the maximum are kept, not the course
OFF_OF_ON = 0.8  # release level over trigger level where body mass is unknown, as 0.04 / 0.05 BW


@dataclass(frozen=True, slots=True)
class Contacts:
    """Final contacts, k of them; rows are those kept now.

    Attributes:
        on, off: (k,) rows of the transitions into stance and out of it.
        base_n: (k,) N, baseline in force.
        spread_n: (k,) N, SD of the baseline.
        rep_n: (k,) N, reporting level.
        on_n, off_n: (k,) N, levels of the transitions.
        late: (k,) contact was under way when data began or came back.
        cut: (k,) data ended inside the contact.
        floor_s: (k,) s, the foot strike is not sought before: fall or break before the contact.
        limit: (k,) first row that no longer belongs to the swing after the contact.
        segment: (k,) number of breaks before the contact.
    """

    on: Ints
    off: Ints
    base_n: Floats
    spread_n: Floats
    rep_n: Floats
    on_n: Floats
    off_n: Floats
    late: Bools
    cut: Bools
    floor_s: Floats
    limit: Ints
    segment: Ints

    def __len__(self) -> int:
        return len(self.on)

    def take(self, chosen: Bools | Ints) -> Contacts:
        """Some of them."""
        return Contacts(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Levels:
    """Forces at which a contact begins, ends and is reported, N; each (k,)."""

    on_n: Floats
    off_n: Floats
    rep_n: Floats


class ContactDetector:
    """Finds contacts in rows of total force.

    Args:
        mass_kg: body mass, or None: thresholds then follow the force of the last 10 s.
        rate_hz: nominal rate; above `filters.event_above_hz` a causal filter steadies detection.
        parameters: sections `events` and `filters`.
        least: counts, what is a load at all where values have no scale to newtons: it stands for
            `events.on_N`; None: values are newtons.
    """

    def __init__(
        self,
        *,
        mass_kg: float | None,
        rate_hz: float,
        parameters: Parameters,
        least: float | None = None,
    ) -> None:
        p = parameters
        self._p = p
        self._on_n = p["events.on_N"] if least is None else least
        self._off_n = p["events.off_N"] if least is None else OFF_OF_ON * least
        self._bw = None if mass_kg is None else mass_kg * p["physics.g"]
        smooth = rate_hz > p["filters.event_above_hz"]
        self._smoother = LowPass(rate_hz, p["filters.event_cut_hz"]) if smooth else None
        self._recent = RecentForce(p["events.no_mass_window_s"]) if mass_kg is None else None
        self._min_swing_s = p["events.min_swing_s"]
        self._share = 2.0 / (p["events.baseline_swings"] + 1.0)  # EMA over that many swings
        self._base_n = 0.0
        self._spread_n = 0.0
        self._swings = 0
        self._fall_s = -np.inf
        self._segment_s = -np.inf
        self._segment = 0
        self._open = False
        self._pending: Contacts | None = None  # at most one: the newest, not final yet

    @property
    def in_contact(self) -> bool:
        """The newest row lies in stance."""
        return self._open

    def open_since(self, rows: RunningImpulse) -> float:
        """Start of the contact under way, s; NaN in swing."""
        if not self._open or self._pending is None:
            return float("nan")
        return float(rows.time_s[self._pending.on[0]])

    def detection(self, total_n: Floats, *, breaks: Bools) -> Floats:
        """(n,) force that decides on contacts: the total itself at low rates."""
        return total_n if self._smoother is None else self._smoother.push(total_n, breaks=breaks)

    def advance(self, rows: RunningImpulse, *, signal_n: Floats, breaks: Bools) -> Contacts:
        """Consume the newest rows.

        Args:
            rows: channel 0 is the total force; the second carried column is the same without
                clamp at zero, which would lift the mean of a swing.
            signal_n: (m,) answer of `detection` for the m new rows, m > 0.
            breaks: (m,) rows that begin a new segment.

        Returns:
            Contacts that became final.
        """
        first, time = len(rows) - len(signal_n), rows.time_s
        if self._segment_s == -np.inf:  # nothing is known before the first sample
            breaks = breaks.copy()
            breaks[0] = True
        starts = np.flatnonzero(breaks)
        segment_s = np.concatenate(([self._segment_s], time[first + starts]))
        recent = (
            np.zeros(1)
            if self._recent is None
            else self._recent.push(time[first:], rows.force_n[0, first:])
        )
        up, down, base, spread = self._transitions(
            rows, signal_n, breaks=breaks, segment_s=segment_s, recent=recent
        )
        number = np.searchsorted(starts, up, side="right")
        at_on = self.levels(base, spread, recent[up] if len(recent) > 1 else recent)
        fresh = Contacts(
            on=first + up,
            off=np.full(len(up), -1),
            base_n=base,
            spread_n=spread,
            rep_n=at_on.rep_n,
            on_n=at_on.on_n,
            off_n=at_on.off_n,
            late=time[first + up] - segment_s[number] < self._min_swing_s,
            cut=np.zeros(len(up), np.bool_),
            floor_s=np.maximum(segment_s[number], self._falls(time[first + down], len(up))),
            limit=np.full(len(up), -1),
            segment=self._segment + number,
        )
        known = fresh if self._pending is None else join(self._pending, fresh)
        waiting = np.flatnonzero(known.off < 0)[: len(down)]
        known.off[waiting] = first + down
        known.cut[waiting] = breaks[down]
        if len(base):
            self._base_n, self._spread_n = float(base[-1]), float(spread[-1])
        if len(down):
            self._fall_s = float(time[first + down[-1]])
        self._segment += len(starts)
        self._segment_s = float(segment_s[-1])
        return self._settle(known, time, breaks=first + starts)

    def finish(self, rows: RunningImpulse) -> Contacts:
        """End of data: the open contact ends, cut, at the newest row."""
        last = self._pending
        if last is None:
            return _NONE
        if self._open:
            last.off[0] = len(rows)
            last.cut[0] = True
        last.limit[0] = len(rows)
        self._pending, self._open = None, False
        return last

    def needed_s(self, rows: RunningImpulse) -> float:
        """Rows before this instant are of no more use."""
        time = rows.time_s
        if self._pending is not None:
            return float(time[self._pending.on[0]]) - LOOK_BACK_S
        now = float(time[-1])
        return max(min(self._fall_s, now - LOOK_BACK_S), now - LONG_SWING_S)

    def forget(self, rows: RunningImpulse, *, spare: int) -> None:
        """Give back rows that no contact needs.

        Args:
            rows: as in `advance`.
            spare: rows to keep before the first needed one.
        """
        gone = int(np.searchsorted(rows.time_s, self.needed_s(rows))) - spare
        gone = rows.drop(gone)
        last = self._pending
        if last is None:
            return
        last.on[0] -= gone
        if last.off[0] >= 0:
            last.off[0] -= gone
            return
        time = rows.time_s
        begin = float(time[last.on[0]])
        if time[-1] - begin > 2 * LONG_STANCE_S:
            head = int(np.searchsorted(time, begin + LOOK_BACK_S)) + spare
            tail = int(np.searchsorted(time, float(time[-1]) - LONG_STANCE_S))
            rows.splice(head, tail, keep=head + int(np.argmax(rows.force_n[0, head:tail])))

    def levels(self, base_n: Floats, spread_n: Floats, recent_n: Floats) -> Levels:
        """Levels that follow from a baseline (science.md, section 3.1).

        Args:
            base_n: (k,) N, mean of the swing.
            spread_n: (k,) N, its SD.
            recent_n: 95th percentile of force of the last 10 s; read without body mass only.
        """
        p = self._p
        if self._bw is None:
            share = p["events.no_mass_share"] * np.maximum(recent_n - base_n, 0.0)
            on, off, rep = share, OFF_OF_ON * share, np.maximum(share, self._on_n)
        else:
            on = np.full_like(base_n, p["events.on_BW"] * self._bw)
            off = np.full_like(base_n, p["events.off_BW"] * self._bw)
            rep = np.full_like(base_n, p["events.rep_BW"] * self._bw)
        if p["events.rep_N"] > 0:
            rep = np.full_like(base_n, p["events.rep_N"])
        on = np.maximum(on, np.maximum(self._on_n, p["events.on_sigma"] * spread_n))
        off = np.maximum(off, np.maximum(self._off_n, p["events.off_sigma"] * spread_n))
        return Levels(base_n + on, base_n + np.minimum(off, on), base_n + rep)

    def _transitions(
        self,
        rows: RunningImpulse,
        signal: Floats,
        *,
        breaks: Bools,
        segment_s: Floats,
        recent: Floats,
    ) -> tuple[Ints, Ints, Floats, Floats]:
        """Rows (of the new ones) into and out of stance, and the baseline after each rise.

        A swing moves the baseline and so the thresholds after it. Taken as constant first, then
        recomputed from the swings found, until nothing changes: what is right before a swing
        stays right, so this ends with the answer of a sample-by-sample machine.
        """
        starts = np.flatnonzero(breaks)
        base, spread = np.array([self._base_n]), np.array([self._spread_n])
        levels = self.levels(base, spread, recent)
        up, down = hysteresis(
            signal >= levels.on_n, signal < levels.off_n, breaks=breaks, stance=self._open
        )
        while True:
            number = np.searchsorted(starts, up, side="right")
            base, spread, moved = self._baselines(
                rows, up, down, segment_s=segment_s[number], count=len(signal)
            )
            if not moved:
                break
            lengths = np.diff(np.concatenate(([0], up + 1, [len(signal)])))
            sets = np.stack(
                (
                    np.concatenate(([self._base_n], base)),
                    np.concatenate(([self._spread_n], spread)),
                )
            )
            if len(recent) > 1:
                sets = np.repeat(sets, lengths, axis=1)
            levels = self.levels(sets[0], sets[1], recent)
            on, off = levels.on_n, levels.off_n
            if len(recent) == 1:
                on, off = np.repeat(on, lengths), np.repeat(off, lengths)
            before = up, down
            up, down = hysteresis(signal >= on, signal < off, breaks=breaks, stance=self._open)
            if np.array_equal(up, before[0]) and np.array_equal(down, before[1]):
                break
        if len(base):
            self._swings += moved
        return up, down, base, spread

    def _baselines(
        self,
        rows: RunningImpulse,
        up: Ints,
        down: Ints,
        *,
        segment_s: Floats,
        count: int,
    ) -> tuple[Floats, Floats, int]:
        """Baseline and its spread after each rise, and how many swings were taken."""
        first, time = len(rows) - count, rows.time_s
        if not len(up):
            return np.empty(0), np.empty(0), 0
        fall_s = self._falls(time[first + down], len(up))
        swing_s = time[first + up] - fall_s
        shortest = max(self._p["events.baseline_swing_s"], self._min_swing_s)
        whole = (swing_s >= shortest) & (swing_s <= LONG_SWING_S) & (fall_s > segment_s)
        chosen = np.flatnonzero(whole)
        if not len(chosen):
            return np.full(len(up), self._base_n), np.full(len(up), self._spread_n), 0
        begin, end = self._p.several("events.baseline_window")
        since, long = fall_s[chosen], swing_s[chosen]
        edges = np.stack((since + begin * long, since + end * long), axis=1)
        pairs = np.searchsorted(time, edges)
        filled = pairs[:, 1] - pairs[:, 0] >= 2
        chosen, pairs = chosen[filled], pairs[filled]
        if not len(chosen):
            return np.full(len(up), self._base_n), np.full(len(up), self._spread_n), 0
        low = int(pairs[0, 0])
        total = unclamped(rows)
        force = total[low : int(pairs[-1, 1]) + 1]
        many = pairs[:, 1] - pairs[:, 0]
        flat = pairs.ravel() - low
        mean = np.add.reduceat(force, flat)[::2] / many
        square = np.add.reduceat(force * force, flat)[::2] / many
        spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
        base, width = self._base_n, self._spread_n
        after = [(base, width)]
        share = self._share if self._swings else 1.0  # the first swing is the baseline
        for b, w in zip(mean.tolist(), spread.tolist(), strict=True):
            base, width = base + share * (b - base), width + share * (w - width)
            after.append((base, width))
            share = self._share
        latest = np.searchsorted(chosen, np.arange(len(up)), side="right")
        table = np.array(after)[latest]
        return table[:, 0], table[:, 1], len(chosen)

    def _falls(self, down_s: Floats, rises: int) -> Floats:
        """(k,) when the foot left the ground before each of the rises."""
        return (down_s if self._open else np.concatenate(([self._fall_s], down_s)))[:rises]

    def _settle(self, known: Contacts, time: Floats, *, breaks: Ints) -> Contacts:
        """Merge over short swings; give out what is final, keep the newest contact if it is not."""
        if not len(known):
            self._pending, self._open = None, False
            return _NONE
        self._open = bool(known.off[-1] < 0)
        off_s = time[known.off]  # of an open contact: its value is not read
        unbroken = known.segment[1:] == known.segment[:-1]
        parted = ~unbroken | known.cut[:-1] | (time[known.on[1:]] - off_s[:-1] >= self._min_swing_s)
        head = np.flatnonzero(np.concatenate(([True], parted)))
        tail = np.concatenate((head[1:], [len(known)])) - 1
        merged = known.take(head)
        merged.off[:] = known.off[tail]
        merged.cut[:] = known.cut[tail]
        last_final = not self._open and bool(
            known.cut[-1]
            or self._segment_s > off_s[-1]
            or time[-1] - off_s[-1] >= self._min_swing_s
        )
        final = np.ones(len(merged), np.bool_)
        final[-1] = last_final
        self._pending = None if last_final else merged.take(~final)
        ends = np.searchsorted(time, time[merged.off] + self._min_swing_s)
        following = np.searchsorted(breaks, merged.off, side="right")
        ends = np.minimum(ends, np.append(breaks, len(time))[following])
        merged.limit[:] = np.minimum(ends, np.append(merged.on[1:], len(time)))
        return merged.take(final)


def unclamped(rows: RunningImpulse) -> Floats:
    """(n,) N, total with what lies below zero left in, where it is carried; else the total."""
    answer: Floats = rows.carried[1] if len(rows.carried) > 1 else rows.force_n[0]
    return answer


def join(first: Contacts, second: Contacts) -> Contacts:
    """Both, in order."""
    return Contacts(
        *(
            np.concatenate((getattr(first, name), getattr(second, name)))
            for name in Contacts.__slots__
        )
    )


_NONE = Contacts(
    **{
        column.name: np.empty(0, kind)
        for column, kind in zip(
            fields(Contacts),
            (np.int64, np.int64, *[float] * 5, np.bool_, np.bool_, float, np.int64, np.int64),
            strict=True,
        )
    }
)
