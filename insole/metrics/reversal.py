"""Push-off from the lowest point of the body: PO_rev, PO_net and power (science.md, section 4.3).

Over one step (foot strike to the other foot's strike, T) of running, all force is that of one
contact: in flight there is none. Scaled so that its mean is body weight, and with mean vertical
velocity 0, the velocity of the body at an instant t after foot strike is

    v = g·(T·(i - ½) - (t - τ)),

where i is the share of the contact's impulse up to t and τ the centre of force in time: scale of
the insole and body weight have dropped out. The body is lowest where v rises through 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Shares
from insole.signal.course import CELLS, FULL

SCALE_BAND = 0.10  # body weight over mean force differs by more: no level steady run (appendix B2)


@dataclass(frozen=True, slots=True)
class Reversal:
    """Where the body turns, (k,) each; NaN where it is not known.

    Attributes:
        time_s: s after foot strike.
        share: of the impulse up to there.
        rise: how steeply v/g rises there: force over body weight, less 1.
        power: largest i'·v/g afterwards, s/s: times J·g, in W.
        velocity: v/g at that instant, s.
        power_share: i - ½ at that instant.
    """

    time_s: Floats
    share: Floats
    rise: Floats
    power: Floats
    velocity: Floats
    power_share: Floats


def reversal(course: Shares, *, contact_s: Floats, step_s: Floats, usable: Bools) -> Reversal:
    """Last rise of v through 0 before toe-off.

    Between the kept points, 4 % of contact apart, i is a parabola through its neighbours.

    Args:
        course: (k, 26) `Steps.course`.
        contact_s: (k,).
        step_s: (k,) T.
        usable: (k,) steps of running.
    """
    i: Floats = course.astype(np.float64) / FULL
    k, points = len(i), CELLS + 1
    h = contact_s / (points - 1)
    centre = contact_s - h * (i.sum(axis=1) - 0.5 * (i[:, 0] + i[:, -1]))
    t: Floats = h[:, None] * np.arange(points)
    v: Floats = step_s[:, None] * (i - 0.5) - (t - centre[:, None])
    rises = (v[:, :-1] < 0) & (v[:, 1:] >= 0)
    good = usable & rises.any(axis=1) & (course[:, -1] > 0)
    row = np.arange(k)
    at = points - 2 - np.argmax(rises[:, ::-1], axis=1)
    at = np.where(good, at, 1)
    inner = np.clip(at, 1, points - 3)
    bend = 0.5 * (
        (i[row, inner + 2] - i[row, inner + 1]) - (i[row, inner] - i[row, inner - 1])
    )  # mean second difference of both ends of the cell
    low, high = v[row, at], v[row, at + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        x = -low / (high - low)
        curve = step_s * bend
        miss = low + x * (high - low) - 0.5 * x * (1.0 - x) * curve
        x = x - miss / (high - low - 0.5 * (1.0 - 2.0 * x) * curve)
        share = i[row, at] + x * (i[row, at + 1] - i[row, at]) - 0.5 * x * (1.0 - x) * bend
        slope = (i[row, at + 1] - i[row, at] - 0.5 * (1.0 - 2.0 * x) * bend) / h
    power, velocity, power_share = _power(i, v, h=h, after=at + x)
    blank = np.where(good, 0.0, np.nan)
    return Reversal(
        (at + x) * h + blank,
        share + blank,
        step_s * slope - 1.0 + blank,
        power + blank,
        velocity + blank,
        power_share + blank,
    )


def _power(i: Floats, v: Floats, *, h: Floats, after: Floats) -> tuple[Floats, Floats, Floats]:
    """Largest i'·v between the reversal and toe-off, by a parabola; v and i - ½ there."""
    wide = np.pad(i, ((0, 0), (2, 2)), mode="edge")
    slope = 8.0 * (wide[:, 3:-1] - wide[:, 1:-3]) - (wide[:, 4:] - wide[:, :-4])
    product = slope / (12.0 * h[:, None]) * v
    product[:, (0, 1, -2, -1)] = -np.inf  # the rule of four neighbours ends here
    product = np.where(np.arange(CELLS + 1) > after[:, None], product, -np.inf)
    row = np.arange(len(i))
    at = np.clip(np.argmax(product, axis=1), 1, CELLS - 1)
    y0, y1, y2 = (product[row, at + step] for step in (-1, 0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        bend = y0 - 2.0 * y1 + y2
        shift = np.where(np.isfinite(bend) & (bend < 0), 0.5 * (y0 - y2) / bend, 0.0)
        top = y1 - np.where(shift != 0.0, 0.25 * (y0 - y2) * shift, 0.0)
    return np.where(np.isfinite(top) & (top > 0), top, np.nan), v[row, at], i[row, at] - 0.5
