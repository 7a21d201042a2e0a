"""Time stamps of foot strike and toe-off: crossings of the reporting level (science.md §3.1).

A chord between two rows is early at foot strike and late at toe-off, always, because the foot of
the force curve is convex (science.md §3.6). That error is recognised, so it is taken off
(JCGM 100:2008, 3.2.4), and what is left of it is doubt. Force crosses the level between the chord's
crossing and that of the line through the two rows next to it inside the contact,

    t = t_chord + w · h · (t_inner - t_chord),    h = 1 - F_outer/T_rep, within 0 and 1:

a row outside that is well loaded already leaves little to bend (h near 0). Where the line from
inside crosses before the chord it says nothing: an impact lies in that blind cell. Force then began
somewhere in it, and a chord is early by about a fifth of the way to the row inside. At toe-off the
force fades at every rate alike, w = `events.off_bend`. At foot strike it begins with a corner that
is rounded over some milliseconds, so that long cells see a corner (w near 1) and short ones a
curve: w = Δt / (Δt + `events.strike_corner_s`). Both numbers were fitted to treadmill forces of
running at 300 and 500 Hz, thinned to 50 to 200 Hz (docs/uncertainty.md).

Crossings are sought in the total without clamp at zero: noise and zeros of sensors that carry
nothing yet, or nothing any more, would lift it there and not on the average of the swing.

Integrals of the contact keep the chord's crossing as their limit: what chords add below a convex
foot is what they cut off below the peak, and together they are the trapezoid rule, whose error
for a curve that begins and ends at 0 is far smaller than either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal.contacts import LOOK_BACK_S, Contacts, unclamped
from insole.signal.impulse import RunningImpulse

# What is not known about the bend: its mean over the phase of the sampling, which is common to all
# steps of one form, and what the phase moves, both as standard uncertainties. At foot strike,
# shares of: the correction times 1 - w, for the length of the corner is known within a half; what
# the bend further inside moves the line from there by; the corner, in a blind cell and in others.
# At toe-off, where the force fades alike in all forms: of the corner.
COMMON = (0.35, 0.45, 0.13, 0.07), 0.06
OWN = (0.50, 0.5, 0.22, 0.10), 0.11
BLIND = 0.22  # of the corner, by which chords of blind cells are early: 0.2 in real runs at 50 Hz
CORNER_LEVELS = 5.0  # a force of so many reporting levels inside: half of the cell may be corner


@dataclass(frozen=True, slots=True)
class Bend:
    """How stamps follow the bend of the force (`events.*`).

    Attributes:
        share: of the correction that is applied; 0: plain chords.
        corner_s: s, over which the begin of a contact is rounded.
        off: weight of the line from inside at toe-off.
    """

    share: float
    corner_s: float
    off: float

    @staticmethod
    def of(p: Parameters) -> Bend:
        """As the parameters say."""
        return Bend(p["events.chord_correction"], p["events.strike_corner_s"], p["events.off_bend"])


@dataclass(frozen=True, slots=True)
class Stamp:
    """One kind of event of k contacts.

    Attributes:
        row: (k,) kept row at or before the event.
        time_s: (k,) s.
        chord_s: (k,) s, the chord's crossing, which is the limit of integrals.
        slope: (k,) N/s, steepness of the chord, positive.
        steep: (k,) N/s, the larger of it and of that of the cell next to it inside.
        u_s: (k,) s, random part: phase of the sampling, and noise.
        bend_s: (k,) s, what is left of the chord's error, as a standard uncertainty common to all
            steps of one form of force.
        coarse: (k,) the reporting level was not crossed; taken at the transition's level.
        force_n: (k,) N at the chord's crossing, baseline included.
        sum_n_s: (C, k) N·s, running integrals there.
    """

    row: Ints
    time_s: Floats
    chord_s: Floats
    slope: Floats
    steep: Floats
    u_s: Floats
    bend_s: Floats
    coarse: Bools
    force_n: Floats
    sum_n_s: Floats


def stamps(
    rows: RunningImpulse, contacts: Contacts, *, noise_n: float, bend: Bend
) -> tuple[Stamp, Stamp]:
    """Foot strike and toe-off of every contact.

    Args:
        rows: channel 0 is the total force.
        contacts: k final ones.
        noise_n: N, of one row of the total.
        bend: correction of the chord.
    """
    time, force = rows.time_s, unclamped(rows)
    on, off, rep = contacts.on, contacts.off, contacts.rep_n
    newest = len(time) - 1
    lost = _lost(rows)
    begun = on <= np.searchsorted(time, contacts.floor_s)  # data begin inside the contact
    floor = np.searchsorted(time, np.maximum(contacts.floor_s, time[on] - LOOK_BACK_S))
    back = first_row(force, rep, on - 1, stop=floor, step=-1, above=False)
    ceiling = np.minimum(off - 1, np.searchsorted(time, time[on] + LOOK_BACK_S) - 1)
    ahead = first_row(force, rep, on + 1, stop=ceiling, step=1, above=True) - 1
    row = np.where(force[on] >= rep, back, np.where(ahead >= 0, ahead, -1))
    strike = _stamp(
        rows,
        np.where(row >= 0, row, np.maximum(on - 1, 0)),
        base=contacts.base_n,
        level=np.where(row >= 0, rep, contacts.on_n),
        coarse=(row < 0) & ~begun,
        edge=begun,
        edge_row=on,
        inward=1,
        noise_n=noise_n,
        bend=bend,
        lost=lost,
    )
    last = np.minimum(off, newest)
    floor = np.maximum(on, np.searchsorted(time, time[last] - LOOK_BACK_S))
    back = first_row(force, rep, off - 1, stop=floor, step=-1, above=True)
    ahead = first_row(force, rep, last + 1, stop=contacts.limit - 1, step=1, above=False) - 1
    row = np.where((force[last] >= rep) & ~contacts.cut, np.where(ahead >= 0, ahead, -1), back)
    toe = _stamp(
        rows,
        np.where(row >= 0, row, off - 1),
        base=contacts.base_n,
        level=np.where(row >= 0, rep, contacts.off_n),
        coarse=(row < 0) & ~contacts.cut,
        edge=contacts.cut,
        edge_row=off - 1,
        inward=-1,
        noise_n=noise_n,
        bend=bend,
        lost=lost,
    )
    return strike, toe


def _stamp(
    rows: RunningImpulse,
    row: Ints,
    *,
    base: Floats,
    level: Floats,
    coarse: Bools,
    edge: Bools,
    edge_row: Ints,
    inward: int,
    noise_n: float,
    bend: Bend,
    lost: Floats,
) -> Stamp:
    """Crossing of `level` in the cell that begins at `row`; at `edge_row` itself where `edge`."""
    time, force = rows.time_s, unclamped(rows)
    newest = len(time) - 1
    row = np.where(edge, edge_row, row)
    after = np.minimum(row + 1, newest)
    width = np.where(after > row, time[after] - time[row], 1.0)
    rise = force[after] - force[row]
    share = np.clip((level - force[row]) / np.where(rise == 0.0, 1.0, rise), 0.0, 1.0)
    share = np.where(edge, 0.0, share)
    slope = np.abs(rise) / width
    crossing, at_crossing = time[row] + share * width, force[row] + share * rise
    outer, inner = (row, after) if inward > 0 else (after, row)
    outer, inner, next_in = _received(outer, inner, lost=lost, inward=inward)
    width = np.where(inner != outer, np.abs(time[inner] - time[outer]), width)
    to_inner = np.abs(time[inner] - crossing)
    share = np.clip(to_inner / width, 0.0, 1.0)
    inner_rise = force[next_in] - force[inner]
    inner_width = np.abs(time[next_in] - time[inner])
    climbing = (inner_rise > 0) & (inner_width > 0)
    reach = (force[inner] - level) * inner_width / np.where(climbing, inner_rise, 1.0)
    span = np.maximum(to_inner - np.clip(np.where(climbing, reach, width), 0.0, width), 0.0)
    hollow = 1.0 - np.clip((force[outer] - base) / np.maximum(level - base, 1e-9), 0.0, 1.0)
    plain = edge | coarse
    weight = width / (width + bend.corner_s) if inward > 0 else bend.off
    moved = np.where(plain, 0.0, bend.share * weight * hollow * span)
    noise = np.where(slope > 0, noise_n / np.where(slope > 0, slope, 1.0), width)
    inside = noise_n * inner_width / np.where(climbing, inner_rise, np.inf)  # of the line there
    noise = np.hypot(noise * np.hypot(share, 1.0 - share), weight * hollow * inside)
    noise = np.minimum(noise, width)
    noise = np.where(edge, width, noise)
    # a cell with the whole onset in it shows no bend: the steeper, the longer foot or air may be
    high = np.maximum(force[inner] - base, 0.0)
    corner = hollow * to_inner  # at toe-off all of it: slow runs fade for longer than a row
    if inward > 0:
        corner *= high / (high + CORNER_LEVELS * np.maximum(level - base, 1e-9))
    corner = np.where(plain, 0.0, corner)
    if inward > 0:
        further = force[np.clip(next_in + inward, 0, newest)] - force[next_in]
        steeper = np.maximum(2.0 * inner_rise - further, 1e-9)  # the slope, its change carried on
        other = np.clip((force[inner] - level) * inner_width / steeper, 0.0, width)
        curved = weight * hollow * np.abs(np.maximum(to_inner - other, 0.0) - span)
        blind = span <= 0.0
        parts = (
            (1.0 - weight) * moved,
            np.minimum(curved, moved),
            np.where(blind, corner, 0.0),
            np.where(blind, 0.0, corner),
        )
        common, own = (
            np.sqrt(sum(np.square(share * part) for share, part in zip(shares, parts, strict=True)))
            for shares in (COMMON[0], OWN[0])
        )
        moved = moved + np.where(blind, bend.share * BLIND * corner, 0.0)
    else:
        common, own = COMMON[1] * corner, OWN[1] * corner
    return Stamp(
        row=row,
        time_s=crossing + inward * moved,
        chord_s=crossing,
        slope=slope,
        steep=np.maximum(slope, inner_rise / np.where(inner_width > 0, inner_width, np.inf)),
        u_s=np.hypot(own, noise),
        bend_s=common,
        coarse=coarse,
        force_n=at_crossing,
        sum_n_s=rows.until(row, crossing),
    )


def _lost(rows: RunningImpulse) -> Floats:
    """(n,) 1 for rows that bridge a loss, else 0."""
    bits = rows.carried[0]
    if not bits.any():
        return np.zeros(len(rows))
    return ((bits.astype(np.int64) & int(Quality.INTERPOLATED)) != 0).astype(np.float64)


def _received(outer: Ints, inner: Ints, *, lost: Floats, inward: int) -> tuple[Ints, Ints, Ints]:
    """The nearest rows on both sides of a crossing that were received, and the next one inside.

    Rows that bridge a loss lie on one chord: the crossing is that of the longer chord, and so are
    its bend and its doubt.
    """
    newest, half = len(lost) - 1, np.full(len(outer), 0.5)

    def nearest(start: Ints, step: int) -> Ints:
        stop = np.full(len(start), 0 if step < 0 else newest)
        found = first_row(lost, half, start, stop=stop, step=step, above=False)
        return np.where(found >= 0, found, start)

    if not lost.any():
        return outer, inner, np.clip(inner + inward, 0, newest)
    outer, inner = nearest(outer, -inward), nearest(inner, inward)
    return outer, inner, nearest(np.clip(inner + inward, 0, newest), inward)


def first_row(
    force: Floats, level: Floats, start: Ints, *, stop: Ints, step: int, above: bool
) -> Ints:
    """(k,) first row from `start` towards `stop` at or above (or below) a level; -1 when none.

    Loops over the distance, which is a few rows, with all contacts at once.
    """
    found = np.full(len(start), -1)
    at = start.copy()
    active = np.arange(len(start))
    while True:
        active = active[(stop[active] - at[active]) * step >= 0]
        if not len(active):
            return found
        hit = (force[at[active]] >= level[active]) == above
        found[active[hit]] = at[active[hit]]
        active = active[~hit]
        at[active] += step
