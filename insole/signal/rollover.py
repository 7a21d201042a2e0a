"""How the foot rolls over: how it strikes, when the big toe presses, what leaves last.

science.md, sections 3.4, 3.7 and 4.2. Regions carry no baseline of their own: their rows are taken
as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Ints
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.doubt import (
    REGION_BIT,
    Column,
    Columns,
    divide,
    force_level,
    percent_of_contact,
    root,
    top_instant,
)
from insole.signal.stances import Stances

STRIKE_RATE_HZ = 100.0  # below, the first 30 ms hold one row or none (science.md §3.7)
STRIKE_S = 0.030  # the strike index is the mean over this time after foot strike ...
STRIKE_BW = 0.10  # ... where the force is at least this
STRIKE_BORDERS = (100.0 / 3.0, 200.0 / 3.0)  # % of length: rearfoot, midfoot, forefoot
STRIKE_WORDS = ("rearfoot", "midfoot", "forefoot")
SKEWED = 0.045  # the load moves on to the toe while the force falls: no cubic
UNIFORM = 0.42 / 1.96  # of a step that an error is uniform over
CLAMPED = 0.8  # of the noise of a total: mean of half a normal distribution, half of 16 sensors
LEAVES_BW = 0.02  # a region has left when it carries less
AFTER_S = 0.02  # regions may leave this long after toe-off, where all of them carry 0.05 BW
_HALLUX = REGIONS.index("HAL")
_KNOWN, _MOMENT_Y = 8, 10  # channels: force where CoP is known, its moment along the foot


@dataclass(frozen=True, slots=True)
class FootAxis:
    """Where the foot lies along the insole (science.md, section 1.2).

    Attributes:
        length_mm: of the insole.
        start: where the foot begins, in insole lengths from the rear edge.
        scale: its length, in insole lengths.
        toe_line: where the toes begin, in foot lengths.
    """

    length_mm: float
    start: float
    scale: float
    toe_line: float

    @staticmethod
    def of(length_mm: float, parameters: Parameters) -> FootAxis:
        """By the parameters `mask.foot_start`, `mask.foot_scale` and the mask's toe line."""
        p = parameters
        return FootAxis(length_mm, p["mask.foot_start"], p["mask.foot_scale"], p["mask.y_toe0"])


def rollover(s: Stances, *, axis: FootAxis | None) -> Columns:
    """Strike index and class, peak of the big toe, region that leaves last.

    Args:
        s: contacts.
        axis: of the foot; None: no strike index.
    """
    columns = _hallux(s)
    if s.bw_n is not None:
        columns |= _last_to_leave(s, LEAVES_BW * s.bw_n)
        if axis is not None and s.rate_hz >= STRIKE_RATE_HZ:
            columns |= _strike(s, s.bw_n, axis=axis)
    return columns


def _strike(s: Stances, bw_n: float, *, axis: FootAxis) -> Columns:
    """Mean CoP along the foot over the rows of the first 30 ms, in % of its length.

    Rows lie at a random phase, so their mean instant is uniform over one sampling step: ± 0.42 of
    the CoP's movement from row to row holds 95 %, which is 1.96 doubts: 0.475 less what the rows
    below 0.10 BW take away.
    """
    width = int(np.ceil(STRIKE_S * s.rate_hz)) + 2
    rows = s.strike.row[:, None] + 1 + np.arange(width)
    rows = np.minimum(rows, len(s.rows) - 1)
    force = s.rows.force_n[0][rows] - s.contacts.base_n[:, None]
    known = s.rows.force_n[_KNOWN][rows]
    used = (rows < s.end_row[:, None]) & (force >= STRIKE_BW * bw_n) & (known > 0)
    used &= s.rows.time_s[rows] <= (s.strike.time_s + STRIKE_S)[:, None]
    used[:, 1:] &= rows[:, 1:] > rows[:, :-1]
    count = used.sum(axis=1)
    there = (count > 0) & ~s.cut & ~s.long
    number = np.where(there, count, np.nan)
    y = np.where(used, s.rows.force_n[_MOMENT_Y][rows] / np.where(used, known, 1.0), 0.0)
    mean = y.sum(axis=1) / number
    span = np.where(used, y, -np.inf).max(axis=1) - np.where(used, y, np.inf).min(axis=1)
    pace = np.where(there & (count > 1), span / np.maximum(count - 1, 1), 0.0)  # mm a row
    drift = UNIFORM * pace
    inverse = np.where(used, 1.0 / np.where(used, force, 1.0), 0.0)
    lever = s.doubt.lever_mm[1]
    noise = s.doubt.noise_n * lever * np.sqrt((inverse**2).sum(axis=1)) / number
    # sensors without load: their noise, clamped at zero, lifts them as a zero would
    zero = root(s.doubt.tare_n, CLAMPED * s.doubt.noise_n)
    tare = zero * lever * inverse.sum(axis=1) / number
    scale = 100.0 / (axis.length_mm * axis.scale)
    index = scale * (mean - axis.length_mm * axis.start)
    pace = pace * s.rate_hz  # mm/s of the CoP: foot strike moves the 30 ms along
    own = root(root(noise, drift), pace * s.strike.u_s)
    found = Column(index, scale * own, scale * root(tare, pace * s.strike.bend_s))
    kind = (np.nan_to_num(index)[:, None] >= np.array(STRIKE_BORDERS)).sum(axis=1)
    return {
        "strike_index_percent": found,
        "strike_index_toeless_percent": divide(found, axis.toe_line),
        "strike_class": Column(np.where(there, kind, np.nan), 0.0, 0.0),
    }


def _hallux(s: Stances) -> Columns:
    """Largest force under the big toe, and when."""
    peak, instant, gain, moved = s.peak(s.first_row, s.end_row, channel=1 + _HALLUX)
    hidden = _hidden(s, _HALLUX) | s.long | ~(peak > 0)
    found = force_level(s, np.where(hidden, np.nan, peak), gain, share=s.doubt.region[_HALLUX])
    top = top_instant(
        s,
        np.where(hidden, np.nan, instant),
        channel=1 + _HALLUX,
        share=s.doubt.region[_HALLUX],
        skewed=SKEWED,
        moved=moved,
    )
    columns: Columns = {"hal_peak_N": found, "hal_peak_percent": percent_of_contact(s, top)}
    return columns if s.bw_n is None else columns | {"hal_peak_BW": divide(found, s.bw_n)}


def _last_to_leave(s: Stances, level_n: float) -> Columns:
    """Region (its place in REGIONS) with the latest fall through a level.

    Walks back from shortly after toe-off, all contacts and regions at once; two regions that fall
    within the same cell are told apart by their chords.
    """
    regions = slice(1, 1 + len(REGIONS))
    ahead = int(np.ceil(AFTER_S * s.rate_hz))
    at: Ints = np.minimum(s.off.row + 1 + ahead, np.maximum(s.contacts.limit - 1, s.off.row))
    found = np.full(len(s), np.nan)
    active = np.flatnonzero(~s.cut & ~s.long)
    newest = len(s.rows) - 1
    while True:
        active = active[at[active] >= s.first_row[active]]
        if not len(active):
            return {"last_to_leave": Column(found, 0.0, 0.0)}
        row = at[active]
        pair = np.stack((row, np.minimum(row + 1, newest)))
        here, after = s.rows.force_at(pair, channels=regions).swapaxes(0, 1)
        loaded = here >= level_n
        hit = loaded.any(axis=0)
        falls = loaded & (after < here)
        part = (here - level_n) / np.where(falls, here - after, 1.0)
        when = np.where(falls, part, np.where(loaded, np.inf, -1.0))[:, hit]
        found[active[hit]] = np.argmax(when, axis=0)
        active = active[~hit]
        at[active] -= 1


def _hidden(s: Stances, region: int) -> Bools:
    answer: Bools = (s.marks & (1 << (REGION_BIT + region))) != 0
    return answer


def word(code: float, words: tuple[str, ...]) -> str | None:
    """What a code of a column stands for; None for NaN.

    >>> word(1.0, STRIKE_WORDS), word(float("nan"), STRIKE_WORDS)
    ('midfoot', None)
    """
    return words[int(code)] if code == code else None
