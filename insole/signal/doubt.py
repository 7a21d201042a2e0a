"""A column of one number per step with its doubt, and the arithmetic on such columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import REGIONS
from insole.model.quality import Quality
from insole.signal.stances import Stances

REGION_BIT = 8  # bit of the first region's "unobservable" in the marks
ZERO_LEFT = 0.15  # of the zero, after the mean of the swing was taken off
ASYMMETRY = 0.018  # what a peak that is no cubic moves its top by, over (sampling step)²/τ
BY_PHASE = 1.6  # the phase of the sampling moves it by so much of that
ON_AVERAGE = 0.65  # the mean over all phases, by so much
QUARTIC = 0.25, 0.5  # of what the quartic's top is from the cubic's: by the phase, and on average
BRIDGE_S = 0.03  # the longest loss that is bridged
TOP_S = 0.02  # the bend of a peak is taken over this time to both sides


@dataclass(frozen=True, slots=True)
class Column:
    """Values with uncertainty, each (k,).

    Attributes:
        value: NaN where a step has none.
        random: standard uncertainty of this step's own.
        shared: standard uncertainty common to the recording (gain, tare, clock).
    """

    value: Floats
    random: Floats | float
    shared: Floats | float


Columns: TypeAlias = dict[str, Column]


def root(a: Floats | float, b: Floats | float) -> Floats:
    """Root of the sum of squares; a third of the time of `hypot`, whose range is not needed."""
    answer: Floats = np.sqrt(np.square(a) + np.square(b))
    return answer


def top_instant(
    s: Stances,
    instant: Floats,
    *,
    channel: int = 0,
    share: float = 1.0,
    skewed: Floats | float = ASYMMETRY,
    moved: Floats | float = np.nan,
    narrow: Bools | bool = False,
) -> Column:
    """Doubt of the instant of a parabola's top, s.

    With r the noise over the bend of three rows, n/|y0 - 2·y1 + y2|, the top of a cubic errs by
    1.1·dt·r while r is small, that of a quartic by 1.22·dt·r, and both by 0.75·dt·√r where noise
    decides which row is the largest; never by more than an instant about which only the contact is
    known. The bend is taken over 20 ms, so that noise does not make it. A peak that is no cubic
    moves the top by dt²/τ, τ² being the force over its second derivative, the more by the phase of
    the sampling than on average. One that is no quartic moves it by less than the quartic's top is
    from the cubic's, for each order takes off most of what the one before left, but on average
    little where dips lie on both sides. A loss bridged there moves it by its width.

    Args:
        s: contacts.
        instant: (k,) s.
        channel: of the rows.
        share: of the total's noise that the channel has.
        skewed: how far the peak is from a cubic.
        moved: (k,) s, how far the quartic's top is from the cubic's; NaN where it is a cubic's.
        narrow: (k,) dips lie on both sides, as in walking.
    """
    dt, reach = 1.0 / s.rate_hz, max(1, round(TOP_S * s.rate_hz))
    low, high = s.first_row, s.end_row - 1  # rows of other contacts may be there or not
    row = np.clip(s.rows.cell(instant + 0.5 * dt), low, high)
    before, after = np.maximum(row - reach, low), np.minimum(row + reach, high)
    force = s.rows.force_n[channel]
    bend = np.abs(force[before] - 2.0 * force[row] + force[after]) / reach**2
    r = share * s.doubt.noise_n / np.maximum(bend, 1e-9)
    skew = skewed * dt * np.sqrt(np.minimum(bend / np.maximum(force[row], 1e-9), 1.0))
    noise = np.minimum(
        dt * np.minimum(np.where(np.isnan(moved), 1.1, 1.22) * r, 0.75 * np.sqrt(r)),
        s.contact_s / np.sqrt(12.0),
    )
    by_phase = np.where(np.isnan(moved), BY_PHASE * skew, QUARTIC[0] * np.asarray(moved))
    cubic = np.isnan(moved) | narrow
    common = np.where(cubic, ON_AVERAGE * skew, QUARTIC[1] * np.asarray(moved))
    return Column(instant, root(root(noise, by_phase), _bridge_s(s, row)), common)


def _bridge_s(s: Stances, row: Ints) -> Floats | float:
    """(k,) s, how far a loss that was bridged beside a row may move a top."""
    if not (s.marks & int(Quality.INTERPOLATED)).any():
        return 0.0
    lost = (s.rows.carried[0].astype(np.int64) & int(Quality.INTERPOLATED)) != 0
    before = np.concatenate(([0], np.cumsum(lost)))

    def count(reach: int) -> Ints:
        end = np.minimum(row + reach + 1, s.end_row)
        return before[end] - before[np.maximum(row - reach, s.first_row)]

    width = (count(int(np.ceil(BRIDGE_S * s.rate_hz))) + 1) / s.rate_hz
    return np.where(count(1) > 0, width / np.sqrt(12.0), 0.0)


def zero_left(s: Stances) -> Floats:
    """(k,) N, doubt of the total's zero: the mean of the swing, once there is one, takes it off."""
    known = (s.contacts.base_n != 0.0) | (s.contacts.spread_n > 0.0)
    return np.where(known, ZERO_LEFT, 1.0) * s.doubt.tare_n


def shifts(s: Stances) -> tuple[Floats, Floats]:
    """How far a wrong zero or scale moves foot strike and toe-off, s."""
    level = s.contacts.rep_n - s.contacts.base_n
    offset = root(zero_left(s), s.doubt.gain_rel * level)
    return (
        np.minimum(offset / np.maximum(s.strike.slope, 1.0), s.contact_s),
        np.minimum(offset / np.maximum(s.off.slope, 1.0), s.contact_s),
    )


def since_strike(s: Stances, event: Column) -> Column:
    """Time from foot strike to an instant inside contact."""
    early = root(s.strike.bend_s, shifts(s)[0])
    return Column(
        event.value - s.strike.time_s,
        root(event.random, s.strike.u_s),
        root(event.shared, early),
    )


def percent_of_contact(s: Stances, event: Column) -> Column:
    """Where in contact an instant lies, %: both ends move it, by what lies on the other side.

    A wrong level moves both ends outwards together, and hardly the share.
    """
    share = (event.value - s.strike.time_s) / s.contact_s
    before, after = 1.0 - share, share
    early, late = shifts(s)
    own = root(event.random, root(before * s.strike.u_s, after * s.off.u_s))
    bends = root(before * s.strike.bend_s, after * s.off.bend_s)
    common = root(event.shared, root(bends, before * early - after * late))
    percent = 100.0 / s.contact_s
    return Column(100.0 * share, own * percent, common * percent)


def widened(column: Column, random: Floats | float, shared: Floats | float) -> Column:
    """A column with further doubt."""
    return Column(column.value, root(column.random, random), root(column.shared, shared))


def force_level(s: Stances, value: Floats, gain: Floats, *, share: float = 1.0) -> Column:
    """A force in one row, or its peak: noise, and what the parabola added.

    Args:
        s: contacts.
        value: (k,) N.
        gain: (k,) N, what the parabola added.
        share: of the total's noise and zero, for a part of the foot.
    """
    random = root(share * s.doubt.noise_n, gain / np.sqrt(12.0))
    return Column(value, random, root(s.doubt.gain_rel * value, share * s.doubt.tare_n))


def sum_column(
    s: Stances, value: Floats, span: Floats, *, share: float, part: Floats, ends: Floats
) -> Column:
    """An impulse of regions over a time: their zeros err independently, their scale together.

    Args:
        s: contacts.
        value: (k,) N·s.
        span: (k,) s.
        share: of the total's noise and zero that the regions have.
        part: (k,) of the load that they have, by which bridges hide theirs.
        ends: (k,) N·s, what the trapezoid misses at an end of the contact.
    """
    noise = share * s.doubt.noise_n * np.sqrt(span / s.rate_hz)
    random = root(root(noise, ends), root(part, part * (1.0 - part)) * s.bridge_n_s)
    return Column(value, random, root(s.doubt.gain_rel * value, share * s.doubt.tare_n * span))


def over_bw(s: Stances, name: str, column: Column) -> Columns:
    """The same in body weights, under another name; nothing where mass is not known."""
    return {} if s.bw_n is None else {name: divide(column, s.bw_n)}


def divide(column: Column, by: Floats | float) -> Column:
    """Quotient by a number without doubt."""
    return Column(column.value / by, column.random / by, column.shared / by)


def positive(value: Floats) -> Floats:
    """The value where it is above 0, else NaN."""
    return np.where(value > 0, value, np.nan)


def trapezoid_s2(s: Stances) -> float:
    """What the trapezoid misses at an end of the contact, over the slope there, s²: dt²/28."""
    return 1.0 / (28.0 * s.rate_hz**2)


def noise_impulse(s: Stances, span: Floats) -> Floats:
    """Doubt of the total's impulse over a time, N·s, of each step's own.

    Noise, rows being independent, and what bridges hide; without what the trapezoid misses at the
    ends of the contact, which falls on all parts by their shares there.
    """
    return root(s.doubt.noise_n * np.sqrt(span / s.rate_hz), s.bridge_n_s)


def part_of(
    s: Stances,
    part: Floats,
    whole: Floats,
    *,
    span: Floats,
    share: float,
    of: float = 1.0,
    noise: Floats | None = None,
) -> Column:
    """part/whole, both impulses over one time, the part inside the whole.

    Args:
        s: contacts.
        part: (k,) N·s.
        whole: (k,) N·s.
        span: (k,) s.
        share: of the total's noise and zero that the part has.
        of: the same of the whole.
        noise: (k,) N·s, of the total over that time; None: of an impulse.
    """
    noise = noise_impulse(s, span) if noise is None else noise
    one, parts = (part / positive(whole))[None], np.array([share])
    found = all_parts(s, one, whole, span=span, parts=parts, of=of, noise=noise)
    return Column(found.value[0], np.asarray(found.random)[0], np.asarray(found.shared)[0])


def all_parts(
    s: Stances,
    shares: Floats,
    whole: Floats,
    *,
    span: Floats,
    parts: Floats,
    of: float,
    noise: Floats,
) -> Column:
    """Shares of one whole, all at once, (m, k); all are impulses over one time.

    With errors a of a part p and b of the rest of the whole w, d(p/w) = (a·(1 - p/w) - b·p/w)/w.
    The gain cancels; the zero does not, and is shared.

    Args:
        s: contacts.
        shares: (m, k) of the whole.
        whole: (k,) N·s.
        span: (k,) s.
        parts: (m,) share of the total's noise and zero that each part has.
        of: the same of the whole.
        noise: (k,) N·s, of the total over that time.
    """
    own = (parts * parts)[:, None]
    away = 1.0 - shares
    spread = own * (away * away)
    np.multiply(shares, shares, out=away)
    away *= np.maximum(of * of - own, 0.0)
    spread += away
    np.sqrt(spread, out=spread)
    spread /= positive(whole)
    return Column(shares, spread * noise, spread * (s.doubt.tare_n * span))


def of_shares(
    s: Stances,
    value: Floats,
    slope: Floats,
    *,
    shares: Floats,
    carried: Floats,
    parts: Floats,
    noise: Floats,
) -> Column:
    """A smooth function of shares that sum to 1, of the impulse of a whole contact.

    With independent errors e of the m parts of a sum S and g the gradient of the function,
    d = Σ e_i·(g_i - Σ g_j·t_j)/S.

    Args:
        s: contacts.
        value: (k,) of the function.
        slope: (m, k) gradient.
        shares: (m, k) t.
        carried: (k,) S, N·s.
        parts: (m,) share of the total's noise and zero that each part has.
        noise: (k,) N·s, of the total.
    """
    turned = slope - np.sum(slope * shares, axis=0)
    spread = np.sqrt(np.sum((parts[:, None] * turned) ** 2, axis=0)) / positive(carried)
    return Column(value, spread * noise, spread * s.doubt.tare_n * s.contact_s)


def cop_lever(s: Stances, impulse: Floats) -> tuple[Floats, Floats]:
    """Random and shared uncertainty of a CoP per mm of lever, without the ends of the contact."""
    base = positive(impulse)
    noise = noise_impulse(s, s.contact_s)
    return noise / base, s.doubt.tare_n * s.contact_s / base


def scaled(pair: tuple[Floats, Floats], by: float) -> tuple[Floats, Floats]:
    """Both parts of a doubt times a factor."""
    return pair[0] * by, pair[1] * by


def times(column: Column, factor: float) -> Column:
    """A column times a number without doubt."""
    return Column(column.value * factor, column.random * factor, column.shared * factor)


def without_hidden(s: Stances, region: Floats) -> Floats:
    """Region rows (7, k) with NaN where the region had no sensor in the contact."""
    if not (s.marks >> REGION_BIT).any():
        return region
    bits = 1 << np.arange(REGION_BIT, REGION_BIT + len(REGIONS))
    return np.where(s.marks & bits[:, None], np.nan, region)
