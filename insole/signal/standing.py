"""When a person stands: on both feet, or on one (science.md, sections 3.2 and 6.1).

A function of the slow records of both feet: no stage of one foot reads the other.

Both feet: the sum is body weight within 10 %, each foot carries more than 10 %, and the share of
the left foot changes by less than 0.2 a second, for at least 1 s. One foot: it carries at least
80 %, the other at most 5 %, for 0.5 s; it ends when the other carries more than 10 % for 1 s, when
the foot falls below 50 % for 0.2 s, or at a break. Less than 1 s, but 0.1 s, is a touch. Instants
are as fine as a row, 40 ms. Short gaps end nothing: `steady` judges how many a window may have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.slow_record import STEP_S, SlowRows

SHARE_LAG = 2  # rows to either side over which the change of the left share is taken
EPS_S = 1e-6

Kind: TypeAlias = Literal["both", "single"]


@dataclass(frozen=True, slots=True)
class Both:
    """Rows of the bins that both feet have, (n,) each.

    Attributes:
        number: bin.
        foot: rows of each foot, equally long.
        sound: both are sound.
        joined: this row follows the one before without a hole; the first does not.
    """

    number: Ints
    foot: dict[Side, SlowRows]
    sound: Bools
    joined: Bools


@dataclass(frozen=True, slots=True)
class Span:
    """A time of standing.

    Attributes:
        kind: on both feet or on one.
        side: the foot that stands, None for both.
        first, end: rows [first, end) of `Both`.
        start_s, end_s: s on the pipeline's axis.
        touches: how often the other foot touched the ground.
        parts: rows [first, end) of the times between touches, in order.
    """

    kind: Kind
    side: Side | None
    first: int
    end: int
    start_s: float
    end_s: float
    touches: int
    parts: tuple[tuple[int, int], ...]

    @property
    def hold_s(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


def meet(left: SlowRows, right: SlowRows) -> Both:
    """Rows of both feet side by side."""
    number, one, two = _shared(left.number, right.number)
    pair = {Side.LEFT: _take(left, one), Side.RIGHT: _take(right, two)}
    joined = np.append(False, np.diff(number) == 1)[: len(number)]
    joined &= ~(pair[Side.LEFT].begins | pair[Side.RIGHT].begins)
    return Both(number, pair, pair[Side.LEFT].sound & pair[Side.RIGHT].sound, joined)


def _shared(left: Ints, right: Ints) -> tuple[Ints, Ints | slice, Ints | slice]:
    """Numbers that both have, and where: a piece of each as a rule, else single rows."""
    if len(left) and len(right):
        first, end = max(left[0], right[0]), min(left[-1], right[-1]) + 1
        one, two = (slice(*np.searchsorted(rows, (first, end)).tolist()) for rows in (left, right))
        if np.array_equal(left[one], right[two]):
            return left[one], one, two
    return np.intersect1d(left, right, return_indices=True)


def standing(both: Both, *, bw_n: float, parameters: Parameters) -> list[Span]:
    """All times of standing, in order of their start.

    Args:
        both: rows of both feet.
        bw_n: body weight, N.
        parameters: section `standing`.
    """
    if not len(both.number) or bw_n <= 0.0:
        return []
    spans = _on_both(both, bw_n, parameters)
    for side in Side:
        spans += _on_one(both, side, bw_n, parameters)
    return sorted(spans, key=lambda span: span.start_s)


def left_share(both: Both) -> Floats:
    """LR, (n,): left foot's share of the load; NaN without load."""
    left, right = both.foot[Side.LEFT].force_n, both.foot[Side.RIGHT].force_n
    total = left + right
    out = np.full(len(total), np.nan)
    np.divide(left, total, out=out, where=total > 0.0)
    return out


def _take(rows: SlowRows, index: Ints | slice) -> SlowRows:
    return SlowRows(
        rows.number[index],
        rows.time_s[index],
        rows.force_n[index],
        rows.cop_mm[index],
        rows.points_n[index],
        rows.sound[index],
        rows.begins[index],
    )


def _on_both(both: Both, bw_n: float, p: Parameters) -> list[Span]:
    left, right = both.foot[Side.LEFT].force_n, both.foot[Side.RIGHT].force_n
    share = left_share(both)
    n = len(share)
    before = np.maximum(np.arange(n) - SHARE_LAG, 0)
    after = np.minimum(np.arange(n) + SHARE_LAG, n - 1)
    lag_s = np.maximum(both.number[after] - both.number[before], 1) * STEP_S
    quiet = np.abs(share[after] - share[before]) / lag_s <= p["standing.share_rate_per_s"]
    whole = np.abs(left + right - bw_n) <= p["standing.band_BW"] * bw_n
    loaded = np.minimum(left, right) > p["standing.touch_BW"] * bw_n
    starts, ends = runs(quiet & whole & loaded, both.joined)
    return [
        _span(both, "both", None, int(first), int(end))
        for first, end in zip(starts, ends, strict=True)
        if (end - first) * STEP_S >= p["standing.both_s"] - EPS_S
    ]


def _on_one(both: Both, side: Side, bw_n: float, p: Parameters) -> list[Span]:
    own, other = both.foot[side].force_n / bw_n, both.foot[side.other].force_n / bw_n
    begin = (own >= p["standing.single_BW"]) & (other <= p["standing.other_BW"])
    starts, _ = _lasting(*runs(begin, both.joined), p["standing.single_s"])
    downs, ups = _lasting(*runs(other > p["standing.touch_BW"], both.joined), p["standing.touch_s"])
    for_good = (ups - downs) * STEP_S >= p["standing.return_s"] - EPS_S
    falls, _ = _lasting(*runs(own < p["standing.fall_BW"], both.joined), p["standing.fall_s"])
    holes = np.flatnonzero(~both.joined)
    stops = np.sort(np.concatenate((downs[for_good], falls, holes, [len(own)])))
    spans: list[Span] = []
    reached = 0
    for first in starts.tolist():
        if first < reached:
            continue
        end = int(stops[np.searchsorted(stops, first, side="right")])
        inside = ~for_good & (downs > first) & (downs < end)
        touches = list(zip(downs[inside].tolist(), ups[inside].tolist(), strict=True))
        if touches and touches[-1][1] >= end:  # fell while touching: the hold ended at the touch
            end = touches.pop()[0]
        spans.append(_span(both, "single", side, first, end, touches))
        reached = end
    return spans


def _span(
    both: Both,
    kind: Kind,
    side: Side | None,
    first: int,
    end: int,
    touches: list[tuple[int, int]] | None = None,
) -> Span:
    edges = [first, *(row for touch in touches or () for row in touch), end]
    return Span(
        kind,
        side,
        first,
        end,
        float(both.number[first]) * STEP_S,
        float(both.number[end - 1] + 1) * STEP_S,
        len(touches or ()),
        tuple(zip(edges[::2], edges[1::2], strict=True)),
    )


def runs(mask: Bools, joined: Bools) -> tuple[Ints, Ints]:
    """Rows [start, end) where a condition holds without a hole.

    >>> import numpy as np
    >>> yes = np.array([1, 1, 0, 1, 1], bool)
    >>> [edge.tolist() for edge in runs(yes, np.array([0, 1, 1, 1, 0], bool))]
    [[0, 3, 4], [2, 4, 5]]
    """
    goes_on = mask[1:] & mask[:-1] & joined[1:]
    starts = np.flatnonzero(mask & ~np.append(False, goes_on)[: len(mask)])
    ends = np.flatnonzero(mask & ~np.append(goes_on, False)[: len(mask)]) + 1
    return starts, ends


def _lasting(starts: Ints, ends: Ints, least_s: float) -> tuple[Ints, Ints]:
    long = (ends - starts) * STEP_S >= least_s - EPS_S
    return starts[long], ends[long]
