"""A column of one number per step with its doubt, and the arithmetic on such columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import REGIONS
from insole.signal.stances import Stances

REGION_BIT = 8  # bit of the first region's "unobservable" in the marks


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


def sum_column(s: Stances, value: Floats, span: Floats, *, share: float) -> Column:
    """An impulse of regions over a time: their zeros err independently, their scale together."""
    tare = share * s.doubt.tare_n * span
    return Column(value, noise_impulse(s, span, share=share), root(s.doubt.gain_rel * value, tare))


def over_bw(s: Stances, name: str, column: Column) -> Columns:
    """The same in body weights, under another name; nothing where mass is not known."""
    return {} if s.bw_n is None else {name: divide(column, s.bw_n)}


def divide(column: Column, by: Floats | float) -> Column:
    """Quotient by a number without doubt."""
    return Column(column.value / by, column.random / by, column.shared / by)


def positive(value: Floats) -> Floats:
    """The value where it is above 0, else NaN."""
    return np.where(value > 0, value, np.nan)


def noise_impulse(s: Stances, span: Floats, *, share: float = 1.0) -> Floats:
    """Doubt of a part's impulse over a time, N·s, of each step's own.

    Noise, rows being independent; what bridges hide; the trapezoid's error dt²/12·Σ|slope| at both
    ends of the contact.
    """
    dt = 1.0 / s.rate_hz
    noise = s.doubt.noise_n * np.sqrt(span * dt)
    ends = dt * dt / 12.0 * (s.strike.slope + s.off.slope)
    return share * root(root(noise, s.bridge_n_s), ends)


def part_of(
    s: Stances, part: Floats, whole: Floats, *, span: Floats, share: float, of: float = 1.0
) -> Column:
    """part/whole, both impulses over one time, the part inside the whole.

    With errors a of the part and b of the rest, d(p/w) = (a·(1 - p/w) - b·p/w)/w. The gain cancels;
    the zero does not, and is shared.

    Args:
        s: contacts.
        part: (k,) N·s.
        whole: (k,) N·s.
        span: (k,) s.
        share: of the total's noise and zero that the part has.
        of: the same of the whole.
    """
    base = positive(whole)
    ratio = part / base
    rest = max(of * of - share * share, 0.0)
    spread = np.sqrt(share * share * (1.0 - ratio) ** 2 + rest * ratio * ratio) / base
    return Column(ratio, spread * noise_impulse(s, span), spread * s.doubt.tare_n * span)


def all_parts(
    s: Stances, shares: Floats, whole: Floats, *, span: Floats, parts: Floats, of: float
) -> list[Column]:
    """Shares of one whole, as `part_of` has each of them; all at once.

    Args:
        s: contacts.
        shares: (m, k) of the whole.
        whole: (k,) N·s.
        span: (k,) s.
        parts: (m,) share of the total's noise and zero that each part has.
        of: the same of the whole.
    """
    own = (parts * parts)[:, None]
    away = 1.0 - shares
    spread = own * (away * away)
    np.multiply(shares, shares, out=away)
    away *= np.maximum(of * of - own, 0.0)
    spread += away
    np.sqrt(spread, out=spread)
    spread /= positive(whole)
    random, shared = spread * noise_impulse(s, span), spread * (s.doubt.tare_n * span)
    return [Column(*one) for one in zip(shares, random, shared, strict=True)]


def of_shares(
    s: Stances,
    value: Floats,
    slope: Floats,
    *,
    shares: Floats,
    carried: Floats,
    span: Floats,
    parts: Floats,
) -> Column:
    """A smooth function of shares that sum to 1.

    With independent errors e of the m parts of a sum S and g the gradient of the function,
    d = Σ e_i·(g_i - Σ g_j·t_j)/S.

    Args:
        s: contacts.
        value: (k,) of the function.
        slope: (k, m) gradient.
        shares: (k, m) t.
        carried: (k,) S, N·s.
        span: (k,) s, integrated over.
        parts: (m,) share of the total's noise and zero that each part has.
    """
    turned = slope - np.sum(slope * shares, axis=1)[:, None]
    spread = np.sqrt(np.sum((parts * turned) ** 2, axis=1)) / positive(carried)
    return Column(value, spread * noise_impulse(s, span), spread * s.doubt.tare_n * span)


def cop_lever(s: Stances, impulse: Floats) -> tuple[Floats, Floats]:
    """Random and shared uncertainty of a CoP per mm of lever."""
    base = positive(impulse)
    return noise_impulse(s, s.contact_s) / base, s.doubt.tare_n * s.contact_s / base


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
