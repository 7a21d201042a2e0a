"""Stances: final contacts with their time stamps, and questions about what lies inside them.

All columns are (k,), one per contact. Force is the total minus the baseline in force, which is
constant within a contact; between rows it is linear (science.md, appendix B1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.quality import Quality
from insole.signal.contacts import LONG_STANCE_S, Contacts
from insole.signal.impulse import RunningImpulse
from insole.signal.stamps import Bend, Stamp, stamps

WALK_CONTACT_S = 0.45  # longer contacts have two peaks; running contacts last 0.16 to 0.31 s (§9.1)
IMPACT_S = 0.06  # an impact lies within this time of foot strike, in running
IMPACT_BEND_S = 0.13
IMPACT_INSIDE = np.pi * 0.024 / IMPACT_BEND_S
FINE_HZ = 100.0  # from here on a top is nearly a cubic from row to row, and noise is what errs
NEWTON_STEPS = 3


@dataclass(frozen=True, slots=True)
class Spread:
    """How independent errors of the sensors meet in what is made of them.

    Attributes:
        region: (7,) root of each region's part of ΣA².
        lever_mm: (across, along) root mean square distance of sensors from their centre, by A².
    """

    region: tuple[float, ...] = (7**-0.5,) * 7
    lever_mm: tuple[float, float] = (25.0, 75.0)


def spread_of(weight: Floats, area: Floats, centre_mm: Floats) -> Spread:
    """Of the sensors of a layout.

    Args:
        weight: (S, 7) share of each sensor's force in each region.
        area: (S,) N per unit of a sensor, any common factor.
        centre_mm: (S, 2) where each sensor's force acts.
    """
    square = np.square(area)
    whole = float(square.sum())
    regions = np.sqrt(np.sum(np.square(weight) * square[:, None], axis=0) / whole)
    middle = np.sum(centre_mm * square[:, None], axis=0) / whole
    levers = np.sqrt(np.sum(np.square(centre_mm - middle) * square[:, None], axis=0) / whole)
    return Spread(tuple(regions.tolist()), (float(levers[0]), float(levers[1])))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Standard uncertainties of the force signal (`uncertainty.*`).

    Attributes:
        gain_rel: relative, of the force scale; common to the recording.
        tare_n: N, of the zero; common to the recording.
        noise_n: N, of one sample of the total; independent from row to row.
        clock_s: s, of this foot's time axis; common to the recording.
        base_rel: of the baseline, relative to the spread of force in the swing.
        region: (7,) of each region as share of the total's, for noise and for zero; their squares
            add up to 1.
        lever_mm: (across, along) root mean square distance of a sensor from the CoP: how far an
            error of the zero or of a row, spread over all sensors, moves it.
    """

    gain_rel: float
    tare_n: float
    noise_n: float
    clock_s: float
    base_rel: float
    region: Floats
    lever_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stances:
    """k final contacts in kept rows.

    Attributes:
        rows: channel 0 total, 1..7 regions, 8..10 force, its x and its y moment where CoP is known.
        contacts: their transitions and levels.
        strike, off: foot strike and toe-off.
        peak_n: (k,) N, largest row inside, baseline taken off.
        contact_s: (k,) s, contact time.
        cut: (k,) one end of the contact was not seen.
        long: (k,) so long that only sums and the maximum were kept, not the course.
        first_row, end_row: (k,) rows [first, end) lie inside.
        middle_n: (k,) N at half of contact, baseline taken off.
        marks: (k,) bits of `Quality`, and of unobservable regions above them, inside.
        bw_n: body weight, None when unknown.
        rate_hz: nominal rate.
        doubt: uncertainties of the signal.
        bridge_n_s: (k,) N·s, doubt of an impulse where samples of the contact were bridged.
    """

    rows: RunningImpulse
    contacts: Contacts
    strike: Stamp
    off: Stamp
    contact_s: Floats
    cut: Bools
    long: Bools
    first_row: Ints
    end_row: Ints
    middle_n: Floats
    peak_n: Floats
    marks: Ints
    bw_n: float | None
    rate_hz: float
    doubt: Doubt
    bridge_n_s: Floats | float

    def __len__(self) -> int:
        return len(self.contacts)

    def at(self, share: float) -> Floats:
        """Instant at this share of contact."""
        return self.strike.time_s + share * self.contact_s

    def impulse_from(self, start_s: Floats) -> tuple[Floats, Floats]:
        """N·s of the total from an instant to toe-off, and N at that instant; NaN for NaN."""
        row = self.rows.cell(start_s)
        begin = self.rows.until(row, start_s, channels=slice(0, 1))[0]
        base = self.contacts.base_n
        impulse = self.off.sum_n_s[0] - begin - base * (self.off.chord_s - start_s)
        return impulse, self._force(row, start_s)

    def _force(self, row: Ints, instant_s: Floats) -> Floats:
        time, total = self.rows.time_s, self.rows.force_n[0]
        after = np.minimum(row + 1, len(time) - 1)
        width = np.where(after > row, time[after] - time[row], 1.0)
        here = total[row]
        found = here + (total[after] - here) * (instant_s - time[row]) / width
        answer: Floats = found - self.contacts.base_n
        return answer

    def window(self, start: float, end: float) -> tuple[Ints, Ints]:
        """Rows [first, last) that lie in these shares of contact; at least one."""
        edges = np.searchsorted(self.rows.time_s, np.stack((self.at(start), self.at(end))))
        low = np.clip(edges[0], self.first_row, self.off.row)
        return low, np.clip(edges[1], low + 1, np.maximum(self.end_row, low + 1))

    def peak(
        self, low: Ints, high: Ints, *, channel: int = 0
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Largest force in rows [low, high) by a parabola through its neighbours (science.md §3.6).

        Where the force falls otherwise than it rose, the parabola's top is late or early by
        (third difference)/(6·second difference) rows, which is taken off its instant. Rows 20 ms
        apart see more of a peak than a cubic: there the instant is that of the quartic through five
        rows, and what it differs from the cubic's by says how far a further order would move it.

        Args:
            low: (k,).
            high: (k,).
            channel: of the rows; the total's baseline is taken off channel 0.

        Returns:
            Force N, its instant s, how much the parabola added, N, and how far the quartic's top is
            from the cubic's, s; NaN where it was not taken.
        """
        time, force = self.rows.time_s, self.rows.force_n[channel]
        row = first_maximum(force, low, high)
        before, after = np.maximum(row - 1, 0), np.minimum(row + 1, len(time) - 1)
        y0, y1, y2 = force[before], force[row], force[after]
        bend = y0 - 2.0 * y1 + y2
        bent = (bend < 0) & (y0 <= y1) & (y2 <= y1) & (before < row) & (row < after) & ~self.long
        shift = np.where(bent, 0.5 * (y0 - y2) / np.where(bent, bend, 1.0), 0.0)
        gain = -0.25 * (y0 - y2) * shift
        wide = bent & (row - 2 >= self.first_row) & (row + 2 < self.end_row)
        first, last = np.maximum(row - 2, 0), np.minimum(row + 2, len(time) - 1)
        third = 0.5 * (force[last] - force[first]) - (y2 - y0)
        skew = np.clip(third / np.where(bent, 6.0 * bend, -1.0), -0.25, 0.25)
        shift = shift + np.where(wide, skew * (1.0 - 3.0 * np.square(shift)), 0.0)
        step = 0.5 * (time[after] - time[before])
        base = self.contacts.base_n if channel == 0 else 0.0
        moved = np.full(len(row), np.nan)
        if self.rate_hz < FINE_HZ:
            quartic = _quartic_top((force[first], y0, y1, y2, force[last]), start=shift)
            moved = np.where(wide, np.abs(quartic - shift) * step, np.nan)
            shift = np.where(wide, quartic, shift)
        return y1 + gain - base, time[row] + shift * step, gain, moved

    def above(self, level_n: Floats) -> tuple[Floats, ...]:
        """When the force is at least a level, N over the baseline.

        In a cell the force is a parabola with the mean bend of its ends: x of the chord moves by
        ½·x·(1 - x)·bend/rise.

        Returns:
            First up-crossing s, last down-crossing s, time above s, the slope N/s over which two
            crossings would add up to what all of them do when the level is wrong, and roots of the
            sums of squares of what the bend moved them by, s, and of what the next term of Bessel's
            interpolation, x·(1 - x)·(x - ½)/6 of what the bends at both ends of the cell differ by,
            would, s; NaN where the force never rises through the level and falls again.
        """
        k = len(self)
        nothing = np.full(k, np.nan)
        low, high = int(self.strike.row[0]), min(int(self.off.row[-1]) + 2, len(self.rows))
        time, force = self.rows.time_s[low:high], self.rows.force_n[0, low:high]
        begin, end = self.strike.row - low, np.minimum(self.off.row + 2, len(self.rows)) - low
        level = level_n + self.contacts.base_n
        edges = np.append(begin[1:], len(force))
        over = force >= np.repeat(level, edges - np.append(0, begin[1:]))
        change = np.flatnonzero(over[1:] != over[:-1])
        owner = np.searchsorted(begin, change, side="right") - 1
        inside = change + 1 < end[owner]
        change, owner = change[inside], owner[inside]
        if not len(change):
            return (nothing,) * 6
        rise = force[change + 1] - force[change]
        step = time[change + 1] - time[change]
        before, after = np.maximum(change - 1, 0), np.minimum(change + 2, len(force) - 1)
        bend = 0.5 * (force[after] - force[change + 1] - force[change] + force[before])
        part = (level[owner] - force[change]) / rise
        moved = np.clip(0.5 * part * (1.0 - part) * bend / rise, -0.25, 0.25)
        third = force[after] - force[before] - 3.0 * rise  # what the bends at both ends differ by
        unlike = np.clip(part * (1.0 - part) * (part - 0.5) / 6.0 * third / rise, -0.25, 0.25)
        instant = time[change] + np.clip(part + moved, 0.0, 1.0) * step
        up = over[change + 1]
        count = np.bincount(owner, minlength=k)
        balanced = (np.bincount(owner, up, minlength=k) * 2 == count) & (count > 0)
        start = np.searchsorted(owner, np.arange(k))
        safe = np.minimum(start, len(owner) - 1)
        final = np.minimum(np.maximum(start + count - 1, 0), len(owner) - 1)
        good = balanced & up[safe] & ~self.long & ~self.cut
        signed = np.where(up, -instant, instant)
        origin = np.repeat(instant[safe], count)  # small numbers: the sum keeps its last digits
        signed += np.where(up, origin, -origin)
        span = np.bincount(owner, signed, minlength=k)
        flat = np.bincount(owner, np.abs(step / rise), minlength=k)
        bent, other = (
            np.sqrt(np.bincount(owner, np.square(one * step), minlength=k))
            for one in (moved, unlike)
        )
        return (
            np.where(good, instant[safe], np.nan),
            np.where(good, instant[final], np.nan),
            np.where(good, span, np.nan),
            np.where(good, 2.0 / np.where(good, flat, 1.0), np.nan),
            np.where(good, bent, np.nan),
            np.where(good, other, np.nan),
        )


def stances(
    rows: RunningImpulse,
    contacts: Contacts,
    *,
    bw_n: float | None,
    rate_hz: float,
    doubt: Doubt,
    bend: Bend,
) -> Stances:
    """Stamp contacts and take what every measure needs."""
    strike, off = stamps(rows, contacts, noise_n=doubt.noise_n, bend=bend)
    time, total, bits = rows.time_s, rows.force_n[0], rows.carried[0]
    first, end = np.minimum(strike.row + 1, off.row), off.row + 1
    last = np.minimum(contacts.off, len(time) - 1)
    middle_s = 0.5 * (strike.time_s + off.time_s)
    row = rows.cell(middle_s)
    after = np.minimum(row + 1, len(time) - 1)
    share = (middle_s - time[row]) / np.where(after > row, time[after] - time[row], 1.0)
    quiet = not bits.any()
    return Stances(
        rows=rows,
        contacts=contacts,
        strike=strike,
        off=off,
        contact_s=off.time_s - strike.time_s,
        cut=contacts.cut | contacts.late,
        long=time[last] - time[contacts.on] > LONG_STANCE_S,
        first_row=first,
        end_row=end,
        middle_n=total[row] + (total[after] - total[row]) * share - contacts.base_n,
        peak_n=over_rows(np.maximum, total, first, end) - contacts.base_n,
        marks=np.zeros(len(first), np.int64)
        if quiet
        else over_rows(np.bitwise_or, bits.astype(np.int64), first, end),
        bw_n=bw_n,
        rate_hz=rate_hz,
        doubt=doubt,
        bridge_n_s=0.0 if quiet else _bridges(rows, first, end, span=off.time_s - strike.time_s),
    )


def _bridges(rows: RunningImpulse, first: Ints, end: Ints, *, span: Floats) -> Floats:
    """What straight bridges over lost samples cut off a half sine of the contact's peak, N·s.

    A chord of width w under A·sin(πt/T) misses at most (2/3)·w·A·(πw/T)²/8; its place is random. At
    the begin of contact it may hide an impact: a raised cosine of some 24 ms half width and a tenth
    of A bends as a half sine of A and `IMPACT_BEND_S`, up to that half width.
    """
    lost = (rows.carried[0].astype(np.int64) & int(Quality.INTERPOLATED)) != 0
    count = over_rows(np.add, lost.astype(np.int64), first, end)
    time = rows.time_s
    step = (time[np.minimum(end, len(time)) - 1] - time[first]) / np.maximum(end - 1 - first, 1)
    width = np.where(count > 0, (count + 1) * step, 0.0)
    peak = over_rows(np.maximum, rows.force_n[0], first, end)
    soon = np.repeat(time[first] + IMPACT_S, np.diff(np.append(first, len(time))))
    early = lost[first[0] :] & (time[first[0] :] <= soon)
    begun = over_rows(np.add, early.astype(np.int64), first - first[0], end - first[0]) > 0
    begun &= span < WALK_CONTACT_S
    longest = np.where(begun, np.minimum(IMPACT_BEND_S, span), span)
    inside = np.pi * width / np.maximum(longest, 1e-9)
    inside = np.where(begun, np.minimum(inside, IMPACT_INSIDE), inside)
    answer: Floats = width * peak * inside**2 / 12.0
    return answer


def over_rows(ufunc: Any, values: Any, low: Ints, high: Ints) -> Any:
    """Reduce values[..., low:high] for k ranges that do not overlap, in order."""
    pairs = np.stack((low, high), axis=1).ravel()
    if pairs[-1] >= values.shape[-1]:
        pairs = pairs[:-1]
    return ufunc.reduceat(values, pairs, axis=-1)[..., ::2]


def _quartic_top(rows: tuple[Floats, ...], *, start: Floats) -> Floats:
    """(k,) rows from the middle one: where the quartic through five rows is level, by Newton.

    Args:
        rows: five times (k,), one step apart.
        start: (k,) about where.
    """
    a, b, c, d, e = rows
    slope = (8.0 * (d - b) - (e - a)) / 12.0
    bend = (16.0 * (b + d) - (a + e) - 30.0 * c) / 12.0
    third = 0.5 * (e - a) - (d - b)
    fourth = a - 4.0 * b + 6.0 * c - 4.0 * d + e
    x = start
    for _ in range(NEWTON_STEPS):
        level = slope + x * (bend + x * (0.5 * third + x * fourth / 6.0))
        falls = bend + x * (third + 0.5 * x * fourth)
        x = np.where(falls < 0, x - level / np.where(falls < 0, falls, -1.0), x)
        x = np.clip(x, start - 0.5, start + 0.5)
    return x


def first_maximum(values: Any, low: Ints, high: Ints) -> Ints:
    """(..., k) row of the first maximum of each range [low, high) of values (..., n)."""
    widest = int((high - low).max())
    if widest * len(low) <= int(high[-1]) - int(low[0]):  # side by side there is less to look at
        rows = np.minimum(low[:, None] + np.arange(widest), high[:, None] - 1)
        found: Ints = low + values.take(rows, axis=-1).argmax(axis=-1)
        return found
    if values.ndim > 1:
        return np.stack([first_maximum(line, low, high) for line in values])
    top = over_rows(np.maximum, values, low, high)
    starts = np.append(low[1:], high[-1])
    level = np.repeat(top, starts - low)
    hits = int(low[0]) + np.flatnonzero(values[int(low[0]) : int(high[-1])] == level)
    return hits[np.searchsorted(hits, low)]
