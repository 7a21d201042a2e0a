"""Curves: centred sign flips of residuals, the largest |t| of the whole curve (section 4.1).

A band of this kind holds for all points at once, also where one condition varies more than the
other, which a permutation of labels does not (section 4.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from insole.compare.given import NOT_NUMBERS, SMALLEST, Numbers, numbers
from insole.compare.resampling import Hashes, pieces, seed_of
from insole.errors import RequestError
from insole.model.arrays import Bools, Floats

FEW_TRIALS_CURVE = "FEW_TRIALS_CURVE"
FEWEST_UNITS = 4
ENUMERATED = 14  # units; more have too many sign patterns to look at all
PATTERNS = 9_999
AT_ONCE = 2_000
ONE_THREAD = 2**19  # multiplications; larger products wake other threads, which costs more
FEWEST_AT_ONCE = 250  # than it saves, unless there would be too many small ones
SHARE = 0.95
ROUNDING = 1e-9
NO_SPREAD = 1e-12  # of the mean square: a variance below it is rounding


@dataclass(frozen=True, slots=True)
class Curve:
    """B − A of one curve, or the mean of one curve's differences.

    Attributes:
        diff: (T,) difference at each node, unit of the curves; no node where there is no unit.
        lower, upper: (T,) simultaneous 95 % band; NaN at nodes that were dropped; None: not tested.
        t: (T,) statistic; NaN at nodes that were dropped; None: not tested.
        t_max: largest |t| of the joint test.
        c: critical value of it.
        p: of the joint test.
        runs: first and last node of each stretch where |t| > c.
        n: units of A and of B; of differences: how many, and 0.
        patterns: sign patterns looked at.
        seed: of the drawn ones; None where all were looked at.
        tags: what was done to the curves before, as handed in.
        codes: `FEW_TRIALS_CURVE`.
        why: where there is no test, the reason.
    """

    diff: Floats
    lower: Floats | None = None
    upper: Floats | None = None
    t: Floats | None = None
    t_max: float | None = None
    c: float | None = None
    p: float | None = None
    runs: tuple[tuple[int, int], ...] = ()
    n: tuple[int, int] = (0, 0)
    patterns: int = 0
    seed: int | None = None
    tags: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    why: str = ""

    @property
    def worded(self) -> tuple[tuple[int, int], ...]:
        """Runs of two nodes and more; a single one is drawn, and not put into words."""
        return tuple(run for run in self.runs if run[1] > run[0])


def curves(
    a: Numbers,
    b: Numbers | None = None,
    *,
    hashes: tuple[Hashes, Hashes] | None = None,
    metric: str = "",
    parameters: str = "",
    seed: int = 0,
    randomised: bool = False,
    tags: tuple[str, ...] = (),
) -> Curve:
    """Difference B − A of mean curves with a band that holds for the whole curve.

    Exchanging A and B negates every number exactly, the order of units changes none.

    Args:
        a: (n, T) curves of the units of A: trial means, or batch means of one recording. Without
            `b`: differences of pairs.
        b: (m, T) of B.
        hashes: of the content of each unit's files, in the order of `a` and `b`; of differences:
            of each pair, and none.
        metric: name of the curve, for the seed.
        parameters: hash of the parameters, for the seed.
        seed: the user's.
        randomised: of differences whose order was drawn by lot: p is the share of orders with as
            large a |t|, from the differences as they are; the band stays that of residuals.
        tags: carried through, e.g. `registered`.

    Raises:
        RequestError: no tables of numbers, or of unlike width.
    """
    return joint_curves(
        {metric: a},
        None if b is None else {metric: b},
        hashes=hashes,
        metric=metric,
        parameters=parameters,
        seed=seed,
        randomised=randomised,
        tags=tags,
    )[metric]


def joint_curves(
    a: Mapping[str, Numbers],
    b: Mapping[str, Numbers] | None = None,
    *,
    hashes: tuple[Hashes, Hashes] | None = None,
    metric: str = "",
    parameters: str = "",
    seed: int = 0,
    randomised: bool = False,
    tags: tuple[str, ...] = (),
) -> dict[str, Curve]:
    """Several curves of the same units at once, e.g. regions: one maximum over all their nodes.

    Args:
        a: name to (n, T) curves, as in `curves`; row i of each is of the same unit.
        b: the same names to (m, T), or None.
        hashes: as in `curves`.
        metric: as in `curves`.
        parameters: as in `curves`.
        seed: as in `curves`.
        randomised: as in `curves`.
        tags: as in `curves`.

    Raises:
        RequestError: no tables of numbers, or names, widths or units that do not agree.
    """
    tables = {name: numbers(one, dimensions=2) for name, one in a.items()}
    others = tables if b is None else {name: numbers(one, dimensions=2) for name, one in b.items()}
    known = [one for one in tables.values() if one is not None]
    known_b = [one for one in others.values() if one is not None]
    if len(known) + len(known_b) < len(tables) + len(others):
        return {name: Curve(np.zeros(0), tags=tags, why=NOT_NUMBERS) for name in a}
    widths = [one.shape[1] for one in known]
    units = {len(one) for one in known}, {len(one) for one in known_b}
    alike = list(a) == list(others) and widths == [one.shape[1] for one in known_b]
    if not alike or not known or max(len(one) for one in units) > 1:
        raise RequestError(
            "curves that do not belong together",
            where="curves",
            why="both sides need the same names and points, and all curves the same units",
            fix="Resample them to the same points, and leave out units that miss one",
        )
    first = np.concatenate(known, axis=1)
    second = None if b is None else np.concatenate(known_b, axis=1)
    told = sorted(one for side in hashes or () for one in side)
    drawn = seed_of(metric, told, parameters=parameters, seed=seed)
    if randomised and second is not None:
        raise RequestError(
            "an order drawn by lot needs differences",
            where="curves",
            why="A and B are given apart",
            fix="Give the difference of each block, and no B",
        )
    whole = _whole(first, second, hashes=hashes or ((), ()), seed=drawn, by_lot=randomised)
    ends = np.cumsum([0, *widths]).tolist()
    return {
        name: _part(whole, start, stop, tags=tags)
        for name, start, stop in zip(a, ends, ends[1:], strict=False)
    }


def _whole(
    first: Floats,
    second: Floats | None,
    *,
    hashes: tuple[Hashes, Hashes],
    seed: int,
    by_lot: bool,
) -> Curve:
    """The test in an order of units and sides that neither files nor the caller has a part in."""
    if second is None:
        first, backwards = _ordered(first, hashes[0]), False
        turned = _ordered(-first, ())
        if not len(hashes[0]) and turned.tolist() < first.tolist():
            first, backwards = turned, True
        groups = [first]
    else:
        first, second = _ordered(first, hashes[0]), _ordered(second, hashes[1])
        keys = [(sorted(told), one.tolist()) for told, one in
                zip(hashes, (first, second), strict=True)]  # fmt: skip
        backwards = keys[1] < keys[0]
        groups = [second, first] if backwards else [first, second]
    sizes = (len(groups[0]), len(groups[-1]) if second is not None else 0)
    answer = _tested(groups, seed=seed, by_lot=by_lot)
    answer = replace(answer, n=sizes[::-1] if backwards and second is not None else sizes)
    return _negated(answer) if backwards else answer


def _ordered(rows: Floats, hashes: Hashes) -> Floats:
    if len(hashes) not in (0, len(rows)):
        raise RequestError(
            "as many hashes as units are needed",
            where="hashes",
            why=f"{len(hashes)} hashes, {len(rows)} units",
            fix="Give one hash for each unit, or none at all",
        )
    told = rows.tolist()
    order = sorted(range(len(rows)), key=lambda i: (hashes[i] if len(hashes) else "", told[i]))
    return rows[order]


def _tested(groups: list[Floats], *, seed: int, by_lot: bool) -> Curve:
    """B − A of [A, B], or the mean of [D]."""
    if min(len(one) for one in groups) == 0:
        return Curve(np.zeros(0), codes=(FEW_TRIALS_CURVE,), why="a side has no unit")
    means = [one.mean(axis=0) for one in groups]
    diff = means[-1] - means[0] if len(groups) == 2 else means[0]
    if min(len(one) for one in groups) < FEWEST_UNITS:
        why = f"not tested: fewer than {FEWEST_UNITS} units a side"
        return Curve(diff, codes=(FEW_TRIALS_CURVE,), why=why)
    size = max(float(np.max(np.abs(one), initial=0.0)) for one in groups)
    spread = np.max([np.ptp(one, axis=0) for one in groups], axis=0, initial=0.0)
    kept = spread > max(ROUNDING * size, SMALLEST)
    if not kept.any():
        return Curve(diff, why="not tested: the units do not differ from each other")
    off = [one[:, kept] - middle[kept] for one, middle in zip(groups, means, strict=True)]
    error = np.sqrt(sum(np.sum(r**2, axis=0) / ((len(r) - 1) * len(r)) for r in off))
    t = diff[kept] / error
    t_max = float(np.max(np.abs(t)))
    residuals = [r * math.sqrt(len(r) / (len(r) - 1)) for r in off]
    highest, enumerated = _flipped(residuals, seed=seed)
    count = len(highest)
    c = float(np.partition(highest, math.ceil(SHARE * count) - 1)[math.ceil(SHARE * count) - 1])
    if by_lot:
        orders, _ = _flipped([one[:, kept] for one in groups], seed=seed)
        p = _share(orders, t_max, drawn=0 if enumerated else 1)
    else:
        p = _share(highest, t_max, drawn=1)
    if not math.isfinite(c):
        return Curve(diff, why="not tested: the units vary too little for a band")
    return Curve(
        diff,
        lower=_spread_out(diff[kept] - c * error, kept),
        upper=_spread_out(diff[kept] + c * error, kept),
        t=_spread_out(t, kept),
        t_max=t_max,
        c=c,
        p=p,
        patterns=count,
        seed=None if enumerated else seed,
    )


def _share(highest: Floats, t_max: float, *, drawn: int) -> float:
    """Patterns at least as far; the observed one counts beside them unless it is among them."""
    return float((drawn + np.sum(highest >= t_max * (1.0 - ROUNDING))) / (drawn + len(highest)))


def _flipped(residuals: list[Floats], *, seed: int) -> tuple[Floats, bool]:
    """Largest |t| of every sign pattern, and whether those are all there are."""
    units = sum(len(r) for r in residuals)
    enumerated = units <= ENUMERATED
    count = 2**units if enumerated else PATTERNS
    random = np.random.Generator(np.random.PCG64(seed))
    highest = np.empty(count)
    size = ONE_THREAD // max(1, *(r.size for r in residuals))
    size = size if size >= FEWEST_AT_ONCE else AT_ONCE
    for start, stop in pieces(count, max(units, residuals[0].shape[1]), most=AT_ONCE):
        if enumerated:
            bits = (np.arange(start, stop)[:, None] >> np.arange(units)) & 1
        else:
            bits = random.integers(0, 2, (stop - start, units))
        signs = (2 * bits - 1).astype(np.float64)
        for low in range(0, stop - start, size):
            part = signs[low : low + size]
            highest[start + low : start + low + len(part)] = _highest(part, residuals)
    return highest, enumerated


def _highest(signs: Floats, residuals: list[Floats]) -> Floats:
    """Largest |t| of each pattern; infinite where a flipped node does not vary at all.

    s² = (Σr²/n − mean²)·n/(n−1), and Σr² is the same for every pattern.
    """
    whole = np.sum([np.mean(r**2, axis=0) / (len(r) - 1) for r in residuals], axis=0)
    apart: Floats = np.zeros((len(signs), len(whole)))
    square: Floats = np.tile(whole, (len(signs), 1))
    start = 0
    for r in residuals:
        means = signs[:, start : start + len(r)] @ (r / len(r))
        start += len(r)
        np.subtract(means, apart, out=apart)
        means *= means
        means /= len(r) - 1
        square -= means
    apart *= apart
    flat = square <= NO_SPREAD * whole
    if flat.any():
        square[flat] = np.where(apart[flat] > ROUNDING * np.max(whole), 0.0, np.inf)
    with np.errstate(divide="ignore"):
        apart /= square
    return np.sqrt(np.max(apart, axis=1))


def _spread_out(values: Floats, kept: Bools) -> Floats:
    """Back to all nodes, NaN at those that were dropped."""
    whole = np.full(len(kept), np.nan)
    whole[kept] = values
    return whole


def _negated(answer: Curve) -> Curve:
    lower, upper, t = answer.lower, answer.upper, answer.t
    return replace(
        answer,
        diff=-answer.diff,
        lower=None if upper is None else -upper,
        upper=None if lower is None else -lower,
        t=None if t is None else -t,
    )


def _part(whole: Curve, start: int, stop: int, *, tags: tuple[str, ...]) -> Curve:
    """One curve of those that were tested together."""
    lower, upper, t = whole.lower, whole.upper, whole.t
    return replace(
        whole,
        diff=whole.diff[start:stop],
        lower=None if lower is None else lower[start:stop],
        upper=None if upper is None else upper[start:stop],
        t=None if t is None else t[start:stop],
        runs=() if t is None or whole.c is None else _runs(t[start:stop], whole.c),
        tags=tags,
    )


def _runs(t: Floats, c: float) -> tuple[tuple[int, int], ...]:
    """First and last node of each stretch above `c`; a dropped node ends one."""
    above = np.concatenate(([False], np.abs(np.nan_to_num(t)) > c, [False]))
    edges = np.flatnonzero(above[1:] != above[:-1])
    return tuple((int(a), int(b) - 1) for a, b in edges.reshape(-1, 2).tolist())
