"""Measures of sway: how the centre of pressure moves in standing (science.md, 5.3 and 5.4).

Pure functions of a path at a fixed rate. AP is y, ML is x, N samples, T = (N - 1) dt. Covariances
are divided by N, so that RMS is their root. AREA-PE is the prediction ellipse, AREA-CE the
confidence ellipse after Prieto: they are different things and never share a name.

White noise of the CoP alone has a mean speed: sigma sqrt(pi) fs for noise of sigma in each axis.
That is why the rate is fixed, and why `noise_speed` tells what the noise of this path makes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats

CHI2_95 = -2.0 * math.log(0.05)  # of two degrees of freedom: 5.991
DIRECTIONS = 720  # of the range: the largest width is found within 3e-6 of itself
SLOPE_STEPS = (1.0, -8.0, 0.0, 8.0, -1.0)  # Savitzky-Golay (5, 3), first derivative, over 12 dt
SLOPE_NOISE = math.sqrt(130.0) / 12.0  # its noise, over sigma / dt
FEWEST_BLOCKS = 4  # of the jackknife
SHORTEST_BLOCK = 5  # rows, whatever is set

MEASURES = (
    "sway_mdist_mm", "sway_rdist_mm", "sway_rms_ap_mm", "sway_rms_ml_mm", "sway_path_mm",
    "sway_mvelo_mm_s", "sway_mvelo_ap_mm_s", "sway_mvelo_ml_mm_s", "sway_range_mm",
    "sway_area_ce_mm2", "sway_area_pe_mm2", "sway_axis_major_mm", "sway_axis_minor_mm",
    "sway_tilt_deg", "sway_area_sw_mm2_s", "sway_mfreq_hz", "sway_mfreq_ap_hz", "sway_mfreq_ml_hz",
)  # fmt: skip
SPEEDS = frozenset(
    {
        "sway_path_mm", "sway_mvelo_mm_s", "sway_mvelo_ap_mm_s", "sway_mvelo_ml_mm_s",
        "sway_mfreq_hz", "sway_mfreq_ap_hz", "sway_mfreq_ml_hz",
    }
)  # fmt: skip
"""Measures that noise makes larger in proportion to the speed that it makes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the two parts of its standard uncertainty.

    Attributes:
        value: NaN where there is none.
        random: from this window alone.
        shared: common to the recording: tare, noise floor.
    """

    value: float
    random: float = math.nan
    shared: float = 0.0

    @property
    def u(self) -> float:
        """Combined standard uncertainty."""
        return math.hypot(self.random, self.shared)


def measures(
    x_mm: Floats, y_mm: Floats, *, step_s: float, joined: Bools | None = None
) -> dict[str, float]:
    """All measures of one path but spectra and time to boundary.

    Args:
        x_mm: (n,) ML; centred here.
        y_mm: (n,) AP.
        step_s: dt.
        joined: (n - 1,) which neighbours belong together; None: all. A path with holes has no
            range.

    Returns:
        `MEASURES` to values; NaN where a ratio has no denominator.
    """
    n = len(x_mm)
    x, y = x_mm - x_mm.mean(), y_mm - y_mm.mean()
    dx, dy = np.diff(x), np.diff(y)
    swept = np.abs(x[1:] * y[:-1] - x[:-1] * y[1:])
    if joined is not None:
        dx, dy, swept = dx[joined], dy[joined], swept[joined]
    time_s = len(dx) * step_s
    xx, yy, xy = float(x @ x) / n, float(y @ y) / n, float(x @ y) / n
    root_det = math.sqrt(max(xx * yy - xy * xy, 0.0))
    middle, spread = 0.5 * (xx + yy), math.hypot(0.5 * (yy - xx), xy)
    distance = float(np.hypot(x, y).mean())
    path = float(np.hypot(dx, dy).sum())
    speed, speed_ap = path / time_s, float(np.abs(dy).sum()) / time_s
    speed_ml = float(np.abs(dx).sum()) / time_s
    return {
        "sway_mdist_mm": distance,
        "sway_rdist_mm": math.sqrt(xx + yy),
        "sway_rms_ap_mm": math.sqrt(yy),
        "sway_rms_ml_mm": math.sqrt(xx),
        "sway_path_mm": path,
        "sway_mvelo_mm_s": speed,
        "sway_mvelo_ap_mm_s": speed_ap,
        "sway_mvelo_ml_mm_s": speed_ml,
        "sway_range_mm": _diameter(x, y) if joined is None else math.nan,
        "sway_area_ce_mm2": 2.0 * math.pi * f_95(n - 2) * root_det,
        "sway_area_pe_mm2": math.pi * CHI2_95 * root_det,
        "sway_axis_major_mm": math.sqrt(CHI2_95 * (middle + spread)),
        "sway_axis_minor_mm": math.sqrt(CHI2_95 * max(middle - spread, 0.0)),
        "sway_tilt_deg": math.degrees(0.5 * math.atan2(2.0 * xy, yy - xx)),
        "sway_area_sw_mm2_s": 0.5 * float(swept.sum()) / time_s,
        "sway_mfreq_hz": _over(speed, 2.0 * math.pi * distance),
        "sway_mfreq_ap_hz": _over(speed_ap, 4.0 * math.sqrt(2.0) * float(np.abs(y).mean())),
        "sway_mfreq_ml_hz": _over(speed_ml, 4.0 * math.sqrt(2.0) * float(np.abs(x).mean())),
    }


def f_95(degrees: int) -> float:
    """95th percentile of F with 2 and `degrees` degrees of freedom, in closed form.

    >>> round(f_95(10), 3), round(f_95(10**9), 3)
    (4.103, 2.996)
    """
    return 0.5 * degrees * math.expm1(-2.0 / degrees * math.log(0.05))


def jackknife(x_mm: Floats, y_mm: Floats, *, step_s: float, block_s: float) -> dict[str, float]:
    """Standard uncertainty of each measure from this window's own variation.

    Delete-one-block jackknife: u^2 = (g - 1)/g sum (theta_j - theta)^2, theta_j without block j of
    g. Blocks are longer than the path remembers, so it needs no model of sway. The range is no
    smooth function: it has none.

    Returns:
        measure to u; NaN where the window has fewer than four blocks.
    """
    blocks = int(len(x_mm) * step_s / max(block_s, SHORTEST_BLOCK * step_s) + 1e-9)
    if blocks < FEWEST_BLOCKS:
        return dict.fromkeys(MEASURES, math.nan)
    whole = measures(x_mm, y_mm, step_s=step_s)
    edges = np.linspace(0, len(x_mm), blocks + 1).astype(np.int64)
    every = np.arange(len(x_mm), dtype=np.int64)
    squares: dict[str, float] = {name: 0.0 for name in MEASURES}  # noqa: C420 - a plain str key
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        kept = np.concatenate((every[:first], every[end:]))
        less = measures(x_mm[kept], y_mm[kept], step_s=step_s, joined=np.diff(kept) == 1)
        for name, value in less.items():
            away = value - whole[name]
            if name == "sway_tilt_deg":  # an axis has no direction
                away = (away + 90.0) % 180.0 - 90.0
            squares[name] += away * away
    found = {name: math.sqrt((blocks - 1) / blocks * total) for name, total in squares.items()}
    time_s = (len(x_mm) - 1) * step_s
    return found | {
        "sway_range_mm": math.nan,
        "sway_path_mm": time_s * found["sway_mvelo_mm_s"],  # a shorter window has a shorter path
    }


def time_to_boundary(
    x_mm: Floats, y_mm: Floats, *, step_s: float, size_mm: tuple[float, float]
) -> tuple[Floats, Floats]:
    """TTB across and along, (n - 4,) s; infinite without movement.

    The distance to the border that the CoP moves towards, over its speed. The border is the
    rectangle of the insole.

    Args:
        x_mm: (n,) from the medial border.
        y_mm: (n,) from the rear border.
        step_s: dt.
        size_mm: width and length.
    """
    return (
        _to_border(x_mm, step_s=step_s, size_mm=size_mm[0]),
        _to_border(y_mm, step_s=step_s, size_mm=size_mm[1]),
    )


def boundary_measures(
    x_mm: Floats,
    y_mm: Floats,
    *,
    step_s: float,
    size_mm: tuple[float, float],
    noise_mm: tuple[float, float] = (0.0, 0.0),
) -> dict[str, Estimate]:
    """Absolute minimum, mean of the local minima and their SD, across (ML) and along (AP).

    Uncertainty of the minimum: d/v by the noise of v, sigma sqrt(130)/(12 dt), and of d; of mean
    and SD of m minima: SD/sqrt(m) and SD/sqrt(2m).
    """
    found: dict[str, Estimate] = {}
    both = time_to_boundary(x_mm, y_mm, step_s=step_s, size_mm=size_mm)
    for axis, ttb, place, noise in zip(("ml", "ap"), both, (x_mm, y_mm), noise_mm, strict=True):
        at = int(np.argmin(ttb))
        least = float(ttb[at])
        speed = abs(float(_slope(place, step_s=step_s)[at]))
        u_speed = _over(SLOPE_NOISE * noise / step_s, speed)
        u_place = _over(noise, speed)
        random = math.hypot(least * u_speed, u_place) if math.isfinite(least) else math.nan
        lows = ttb[1:-1][(ttb[1:-1] < ttb[:-2]) & (ttb[1:-1] <= ttb[2:])]
        m = len(lows)
        mean = float(lows.mean()) if m else math.nan
        sd = float(lows.std(ddof=1)) if m > 1 else math.nan
        found[f"ttb_{axis}_min_s"] = Estimate(least if math.isfinite(least) else math.nan, random)
        found[f"ttb_{axis}_mean_s"] = Estimate(mean, sd / math.sqrt(max(m, 1)))
        found[f"ttb_{axis}_sd_s"] = Estimate(sd, sd / math.sqrt(2.0 * max(m, 1)))
    return found


def noise_speed(sigma_mm: tuple[float, float], gain: tuple[float, float]) -> tuple[float, ...]:
    """Mean speed over fs that noise makes: whole, AP, ML; mm.

    Increments of noise with response H have the variance s^2 = sigma^2 mean(|H|^2 4 sin^2(w/2)).
    The mean of their length is s sqrt(pi/2) for equal axes; for unequal ones s is taken as the
    root of the mean square, which is at most 13 % too large.

    Args:
        sigma_mm: noise of a row, ML and AP, before the filter.
        gain: root of mean(|H|^2 4 sin^2(w/2)), ML and AP; sqrt 2 without a filter.
    """
    ml, ap = (sigma * factor for sigma, factor in zip(sigma_mm, gain, strict=True))
    each = math.sqrt(2.0 / math.pi)  # mean of |N(0, 1)|
    return math.sqrt(0.5 * (ml * ml + ap * ap)) * math.sqrt(math.pi / 2.0), ap * each, ml * each


def _slope(place_mm: Floats, *, step_s: float) -> Floats:
    """Speed, (n - 4,) mm/s, at the inner points."""
    total = np.zeros(len(place_mm) - 4)
    for lag, weight in enumerate(SLOPE_STEPS):
        total += weight * place_mm[lag : lag + len(total)]
    return total / (12.0 * step_s)


def _to_border(place_mm: Floats, *, step_s: float, size_mm: float) -> Floats:
    speed = _slope(place_mm, step_s=step_s)
    inner = place_mm[2:-2]
    room = np.maximum(np.where(speed > 0.0, size_mm - inner, inner), 0.0)
    out = np.full(len(speed), np.inf)
    np.divide(room, np.abs(speed), out=out, where=speed != 0.0)
    return out


def _diameter(x: Floats, y: Floats) -> float:
    """Largest distance of two points: the largest width over all directions."""
    widest = 0.0
    for angle in np.pi / DIRECTIONS * np.arange(DIRECTIONS):
        along = np.cos(angle) * x + np.sin(angle) * y
        widest = max(widest, float(along.max() - along.min()))
    return widest


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0.0 else math.nan
