"""Calibration procedures: tare, single-leg stand, two-legged check, creep (science.md, 2.3 to 2.5).

All of them look at whole recordings, never at a stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insole.errors import CalibrationError
from insole.model.arrays import Bools, Floats
from insole.parameters import Parameters

TARE_S = 2.0
TARE_OWN_BW = 0.2  # on a foot that is to be lifted: more is no lacing where somebody stands  [ED]
TARE_BOTH_BW = 0.7  # on both feet together: somebody stands  [ED]
STEADY_S = 3.0
OTHER_BW = 0.03  # on the lifted foot, at most
OWN_BW = 0.3  # on the other one, at least: its scale is not known yet
ONE_STAND_REL = 0.025  # doubt of a gain from one stand alone
BOTH_REL = 0.05
BOTH_BW = 0.15  # on each foot, at least, to stand on both
STILL_REL = 0.05  # SD of the total within a second, of its mean
CHECK_S = 8.0
GRID_HZ = 25.0
RISEN_S, STOOD_S = 1.0, 2.0  # on the toes in all, and on the whole foot at a time  [ED]
ON_HEEL = (0.05, 0.20)  # of a foot's load: less is on the toes, more is not (science.md, 6.2)
LOADED = 0.3  # of what a foot carries at most
TARE_IN_SHOE = "measured in the shoe: the pressure of the lacing is part of the zero"


@dataclass(frozen=True, slots=True)
class Tare:
    """Zero of each sensor.

    Attributes:
        zero: (S,) medians, in the unit of the values.
        mad: (S,) median absolute deviations.
        slope_n_per_s: of the total during the tare.
        span_s: begin and end of the rows that it rests on.
        total_n: mean total of these rows.
    """

    zero: Floats
    mad: Floats
    slope_n_per_s: float
    span_s: tuple[float, float] = (0.0, 0.0)
    total_n: float = 0.0


@dataclass(frozen=True, slots=True)
class StaticGain:
    """Factor on the force of one foot from standing on it.

    Attributes:
        gain: mean of the repeats.
        repeats: k of each stand.
        u_rel: relative standard uncertainty.
        note: what to know; "" when two stands agreed.
    """

    gain: float
    repeats: tuple[float, ...]
    u_rel: float
    note: str


def tare(
    time_s: Floats,
    values: Floats,
    total_n: Floats,
    *,
    kpa_per_unit: Floats,
    parameters: Parameters,
) -> Tare:
    """Zero from the least loaded two seconds of a recording with the foot lifted.

    Args:
        time_s: (n,) s.
        values: (n, S) in the unit that the zero is to have, nothing clamped.
        total_n: (n,) N.
        kpa_per_unit: (S,).
        parameters: section `tare`.

    Raises:
        CalibrationError: too short, or the sensors did not rest.
    """
    most_kpa, steepest = parameters["tare.mad_kpa"], parameters["tare.slope_N_per_s"]
    rows = _least_loaded(time_s, total_n)
    some = values[rows]
    zero = np.median(some, axis=0)
    mad = np.median(np.abs(some - zero), axis=0)
    slope = slope_n_per_s(time_s[rows], total_n[rows])
    restless = np.flatnonzero(mad * kpa_per_unit > most_kpa)
    if len(restless) or abs(slope) > steepest:
        worst = int(np.argmax(mad * kpa_per_unit))
        raise CalibrationError(
            "the zero is not accepted",
            where=f"sensor {worst}" if len(restless) else "total force",
            why=f"it moves by {mad[worst] * kpa_per_unit[worst]:.1f} kPa while it should rest"
            if len(restless)
            else f"it changes by {slope:.1f} N/s, more than {steepest:g}",
            fix="Lift the foot, shoe on, hold it still for 3 s and record again",
        )
    span = float(time_s[rows.start]), float(time_s[rows.stop - 1])
    return Tare(zero, mad, slope, span, float(total_n[rows].mean()))


def check_lifted(found: Tare, other: tuple[Floats, Floats] | None, *, bw_n: float) -> None:
    """See that nobody stood on a foot while its zero was taken: standing still rests too.

    Args:
        found: the zero.
        other: (s, N) of the other foot, or None.
        bw_n: body weight.

    Raises:
        CalibrationError: the foot carried what a standing one carries.
    """
    both = found.total_n
    if other is not None:
        inside = slice(*np.searchsorted(other[0], found.span_s))
        both += float(other[1][inside].mean()) if len(other[1][inside]) else 0.0
    if found.total_n > TARE_OWN_BW * bw_n and both > TARE_BOTH_BW * bw_n:
        raise CalibrationError(
            "the zero is not accepted",
            where="total force",
            why=f"the foot carried {100 * found.total_n / bw_n:.0f} % of body weight: it was never "
            "lifted",
            fix="Lift the foot, shoe on, hold it still for 3 s and record again",
        )


def static_gain(
    stands: Sequence[tuple[Floats, Floats, Floats]],
    *,
    bw_n: float,
    foot: str,
    parameters: Parameters,
) -> StaticGain:
    """Gain: BW / mean force over the steadiest 3 s of each single-leg stand (science.md, 2.4.1).

    Args:
        stands: recordings as (s, N of this foot, N of the other), each (n,).
        bw_n: body weight.
        foot: its name, for messages.
        parameters: `gain.single_leg_s`, `gain.accept_rel`.

    Raises:
        CalibrationError: there is no stand that lasts so long.
    """
    least_s, differ_rel = parameters["gain.single_leg_s"], parameters["gain.accept_rel"]
    found: list[float] = []
    spreads: list[float] = []
    for _, own, other in stands:
        alone = (other < OTHER_BW * bw_n) & (own > OWN_BW * bw_n)
        for begin, end in runs(alone, least=round(least_s * GRID_HZ)):
            part = steadiest(own[begin:end], round(STEADY_S * GRID_HZ))
            found.append(bw_n / float(part.mean()))
            spreads.append(float(part.std() / part.mean()))
    if not found:
        raise CalibrationError(
            f"no stand on the {foot} foot",
            where="single-leg stand",
            why=f"nowhere is the other foot unloaded for {least_s:g} s",
            fix=f"Stand still on the {foot} foot for {least_s + 1:g} s, twice; record both feet",
        )
    gain = float(np.mean(found))
    differ = (max(found) - min(found)) / gain
    note = ""
    if len(found) < 2:
        note = "one stand only: a second one shows whether it can be repeated"
    elif differ >= differ_rel:
        note = f"the stands differ by {100 * differ:.0f} %: repeat them"
    many = len(found)
    u_rel = float(np.std(found, ddof=1) / gain / np.sqrt(many)) if many > 1 else ONE_STAND_REL
    return StaticGain(gain, tuple(found), max(u_rel, float(np.mean(spreads)) / 5.0), note)


def on_both(left_n: Floats, right_n: Floats, *, bw_n: float, least_s: float) -> list[Floats]:
    """Sums of both feet while one stands still on both, (n,) each, at GRID_HZ."""
    total = left_n + right_n
    return [
        total[begin:end]
        for begin, end in standing_runs(left_n, right_n, bw_n=bw_n, least_s=least_s)
    ]


def standing_checks(
    time_s: Floats, left_n: Floats, right_n: Floats, *, bw_n: float
) -> tuple[tuple[float, float], ...]:
    """Middle of each time of standing on both feet, s, and the force of both together, N.

    Args:
        time_s: (n,) s, steps of 1 / GRID_HZ.
        left_n: (n,) N.
        right_n: (n,) N.
        bw_n: body weight.
    """
    total = left_n + right_n
    return tuple(
        (float(time_s[begin:end].mean()), float(np.median(total[begin:end])))
        for begin, end in standing_runs(left_n, right_n, bw_n=bw_n, least_s=CHECK_S)
    )


def creep(checks: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """F_stand(0) / F_stand(t) at the middle of each check (science.md, 2.5); nothing for one.

    >>> creep([(10.0, 700.0), (1800.0, 770.0)])
    ((10.0, 1.0), (1800.0, 0.9090909090909091))
    """
    return tuple((at, checks[0][1] / force) for at, force in checks) if len(checks) > 1 else ()


def standing_runs(
    left_n: Floats, right_n: Floats, *, bw_n: float, least_s: float
) -> list[tuple[int, int]]:
    """[begin, end) of the times of standing still on both feet; rows are those of `on_grid`."""
    total, many = left_n + right_n, round(GRID_HZ)
    loaded = (left_n > BOTH_BW * bw_n) & (right_n > BOTH_BW * bw_n)
    still = _spread(total, many) < STILL_REL * np.maximum(_mean(total, many), 1.0)
    return runs(loaded & still, least=round(least_s * GRID_HZ))


def stood_and_risen(force_n: Floats, heel_n: Floats) -> tuple[Bools, Bools]:
    """Rows of GRID_HZ in which a foot stands as a whole, and in which it is on its toes.

    Only while it stays on the ground for STOOD_S: steps are shorter.

    Args:
        force_n: (n,) N.
        heel_n: (n,) of it on the heel.
    """
    stood, risen = np.zeros((2, len(force_n)), np.bool_)
    if not len(force_n):
        return stood, risen
    loaded = force_n > LOADED * float(np.percentile(force_n, 95.0))
    share = heel_n / np.maximum(force_n, 1e-9)
    least = round(STOOD_S * GRID_HZ)
    for begin, end in runs(loaded & (share > ON_HEEL[1]), least=least):
        stood[begin:end] = True
    for begin, end in runs(loaded, least=least):
        risen[begin:end] = share[begin:end] < ON_HEEL[0]
    return stood, risen & (np.count_nonzero(risen) >= RISEN_S * GRID_HZ)


def on_grid(
    own: tuple[Floats, Floats], other: tuple[Floats, Floats] | None
) -> tuple[Floats, Floats, Floats]:
    """Both feet on a common grid of GRID_HZ, a foot that is not there as 0 N.

    Args:
        own: (s, N) of one foot.
        other: (s, N) of the other foot, or None.
    """
    begin, end = own[0][0], own[0][-1]
    if other is not None:
        begin, end = max(begin, other[0][0]), min(end, other[0][-1])
    count = max(0, int((end - begin) * GRID_HZ) + 1)
    time_s: Floats = begin + np.arange(count) / GRID_HZ
    mine: Floats = np.asarray(np.interp(time_s, own[0], own[1]), np.float64)
    theirs: Floats = np.zeros(count)
    if other is not None:
        theirs = np.asarray(np.interp(time_s, other[0], other[1]), np.float64)
    return time_s, mine, theirs


def runs(true: Bools, *, least: int) -> list[tuple[int, int]]:
    """[begin, end) of each run of True of at least this length.

    >>> runs(np.array([0, 1, 1, 0, 1], bool), least=2)
    [(1, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([0], true.astype(np.int8), [0]))))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(begin, end) for begin, end in pairs if end - begin >= least]


def steadiest(values: Floats, many: int) -> Floats:
    """The stretch of this many samples with the smallest standard deviation."""
    at = int(np.argmin(_spread(values, many, centred=False)))
    return values[at : at + many]


def _least_loaded(time_s: Floats, total_n: Floats) -> slice:
    if not len(time_s) or time_s[-1] - time_s[0] < TARE_S:
        raise CalibrationError(
            "the recording is too short for a zero",
            where="tare",
            why=f"{TARE_S:g} s with the foot lifted are needed",
            fix="Lift the foot, shoe on, hold it still for 3 s and record again",
        )
    ends = np.searchsorted(time_s, time_s + TARE_S)
    starts = np.flatnonzero(time_s + TARE_S <= time_s[-1])
    summed = np.concatenate(([0.0], np.cumsum(np.abs(total_n))))
    mean = (summed[ends[starts]] - summed[starts]) / np.maximum(ends[starts] - starts, 1)
    best = int(starts[np.argmin(mean)])
    return slice(best, int(ends[best]))


def slope_n_per_s(time_s: Floats, total_n: Floats) -> float:
    """N/s between the medians of the first and last third."""
    third = max(1, len(time_s) // 3)
    rise = float(np.median(total_n[-third:]) - np.median(total_n[:third]))
    return rise / max(float(time_s[-third:].mean() - time_s[:third].mean()), 1e-9)


def _windows(values: Floats, many: int) -> Floats:
    padded = values if len(values) >= many else np.pad(values, (0, many - len(values)), "edge")
    return np.lib.stride_tricks.sliding_window_view(padded, many)


def _mean(values: Floats, many: int) -> Floats:
    return (
        _centred(_windows(values, many).mean(axis=1), len(values), many) if len(values) else values
    )


def _spread(values: Floats, many: int, *, centred: bool = True) -> Floats:
    if not len(values):
        return values
    spread: Floats = _windows(values, many).std(axis=1)
    return _centred(spread, len(values), many) if centred else spread


def _centred(windows: Floats, count: int, many: int) -> Floats:
    """(count,) value of the window around each sample, those at the edges repeated."""
    at = np.clip(np.arange(count) - many // 2, 0, len(windows) - 1)
    answer: Floats = windows[at]
    return answer
