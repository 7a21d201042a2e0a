"""From the slow record to a path for measures of sway: the research way (science.md, 5.2).

Steady window, fixed rate, zero-phase low-pass: results carry the tag `zero_phase` and never mix
with those of `live_sway`, which is causal. `scipy.signal` is loaded here only, when there is a
window to filter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from insole.model.arrays import Floats
from insole.parameters import Parameters
from insole.signal.slow_record import RATE_HZ, STEP_S, SlowRows

ORDER = 4  # of the Butterworth filter, each way
PERCENTILES = (0.50, 0.95)
LEAST_S = 2.0  # whatever is set: the filter needs some rows to settle


@dataclass(frozen=True, slots=True)
class SteadyPath:
    """CoP of one foot in one steady window, at 25 Hz.

    Attributes:
        start_s, end_s: first and last instant.
        x_mm, y_mm: (n,) filtered, in the frame of the insole, not centred.
        force_n: mean force.
        noise_mm: standard deviation of white noise, ML and AP, as the band above the filter
            shows it.
        gain: see `sway.noise_speed`.
    """

    start_s: float
    end_s: float
    x_mm: Floats
    y_mm: Floats
    force_n: float
    noise_mm: tuple[float, float]
    gain: tuple[float, float]


def filters(cut_hz: float, rate_hz: float) -> bool:
    """A low-pass at this frequency changes anything; 0 means none."""
    return 0.0 < cut_hz < 0.5 * rate_hz


def filter_tag(parameters: Parameters) -> str:
    """What was done to the path, for people and for files."""
    cut = parameters["sway.cut_hz"]
    if not filters(cut, RATE_HZ):
        return f"zero_phase, no low-pass, {RATE_HZ:g} Hz"
    return f"zero_phase, Butterworth {ORDER} each way, {cut:g} Hz, at {RATE_HZ:g} Hz"


def steady_path(
    rows: SlowRows, *, first: int, end: int, parameters: Parameters
) -> SteadyPath | str:
    """The steady window of rows [first, end), which follow each other without a hole.

    Args:
        rows: of one foot.
        first: first row.
        end: after the last row.
        parameters: section `sway`.

    Returns:
        In words why there is none: the window is too short, more than 5 % of it are gaps, or the
        CoP is not defined all through it.
    """
    begin_s = rows.number[first] * STEP_S + parameters["sway.drop_start_s"]
    end_s = rows.number[end - 1] * STEP_S - parameters["sway.drop_end_s"]
    # where rows lie in their bins: at most rates a constant, so that nothing is interpolated
    phase = float(np.mean(rows.time_s[first:end] - rows.number[first:end] * STEP_S))
    grid = rows.number[first:end] * STEP_S + phase
    kept = (grid >= begin_s) & (grid <= end_s)
    least_s = max(parameters["sway.min_window_s"], LEAST_S)
    if (np.count_nonzero(kept) - 1) * STEP_S < least_s - 0.5 * STEP_S:
        return f"no steady window of {least_s:g} s"
    lost = 1.0 - float(np.mean(rows.sound[first:end][kept]))
    if lost > 1.0 - parameters["gaps.min_valid"]:
        return f"{100 * lost:.0f} % of the steady window are gaps"
    cop, time_s = rows.cop_mm[first:end], rows.time_s[first:end]
    if not np.isfinite(cop).all():
        return "no centre of pressure all through the steady window"
    raw = np.stack([np.interp(grid, time_s, cop[:, axis]) for axis in range(2)])
    cut = parameters["sway.cut_hz"]
    smooth = raw
    if filters(cut, RATE_HZ):
        from scipy import signal  # 1 s to import: only where somebody stood

        design: Any = signal  # without types of its own
        sections = design.butter(ORDER, cut, fs=RATE_HZ, output="sos")
        smooth = design.sosfiltfilt(sections, raw, axis=1)
    above, gain = _noise_response(cut)
    left_over = (raw - smooth)[:, kept]
    noise = np.sqrt(np.mean(left_over**2, axis=1) / above) if above > 0.0 else np.zeros(2)
    times = grid[kept]
    return SteadyPath(
        float(times[0]),
        float(times[-1]),
        smooth[0, kept],
        smooth[1, kept],
        float(rows.force_n[first:end][kept].mean()),
        (float(noise[0]), float(noise[1])),
        (gain, gain),
    )


def spectra(path: SteadyPath, parameters: Parameters) -> dict[str, tuple[float, float]]:
    """f50, f95 and centroid on the band, AP and ML: value and uncertainty, Hz.

    Welch: windows of 10 s (Hann, half overlapping, linear trend taken off). Uncertainty:
    delete-one-window jackknife; NaN for fewer than three windows.

    Returns:
        Empty when the window is shorter than 10 s.
    """
    rows = int(parameters["sway.welch_s"] * RATE_HZ)
    if len(path.x_mm) < rows or rows < 8:
        return {}
    from scipy import signal  # loaded before, by `steady_path`

    design: Any = signal
    found: dict[str, tuple[float, float]] = {}
    for axis, place in (("ap", path.y_mm), ("ml", path.x_mm)):
        frequency, _, power = design.spectrogram(
            place, fs=RATE_HZ, window="hann", nperseg=rows, noverlap=rows // 2, detrend="linear"
        )
        whole = _shape(frequency, power.mean(axis=1), parameters)
        windows = power.shape[1]
        squares = np.zeros(3)
        for left_out in range(windows if windows > 2 else 0):
            less = np.delete(power, left_out, axis=1).mean(axis=1)
            squares += (_shape(frequency, less, parameters) - whole) ** 2
        u = np.sqrt((windows - 1) / windows * squares) if windows > 2 else np.full(3, np.nan)
        for name, value, spread in zip(("f50", "f95", "centroid"), whole, u, strict=True):
            found[f"sway_{name}_{axis}_hz"] = (float(value), float(spread))
    return found


def _shape(frequency: Floats, power: Floats, parameters: Parameters) -> Floats:
    """f50, f95, centroid of a spectrum whose power is linear between its lines."""
    low, high = parameters.several("sway.band_hz")
    inside = frequency[(frequency > low) & (frequency < high)]
    f = np.concatenate(([low], inside, [high]))
    p = np.interp(f, frequency, power)
    steps = 0.5 * (p[1:] + p[:-1]) * np.diff(f)
    total = float(steps.sum())
    if not total > 0.0:
        return np.full(3, np.nan)
    grown = np.append(0.0, np.cumsum(steps)) / total
    moment = float((0.5 * (p[1:] * f[1:] + p[:-1] * f[:-1]) * np.diff(f)).sum())
    return np.append(np.interp(PERCENTILES, grown, f), moment / total)


def _noise_response(cut_hz: float) -> tuple[float, float]:
    """Share of white noise above the filter, and root of mean(|H|^2 4 sin^2(w/2)) below it."""
    if not filters(cut_hz, RATE_HZ):
        return 0.0, math.sqrt(2.0)
    f = (np.arange(2000) + 0.5) / 2000 * 0.5 * RATE_HZ
    ratio = np.tan(np.pi * f / RATE_HZ) / math.tan(math.pi * cut_hz / RATE_HZ)
    passed = 1.0 / (1.0 + ratio ** (2 * ORDER))  # both ways
    step = 4.0 * np.sin(np.pi * f / RATE_HZ) ** 2
    return float(np.mean((1.0 - passed) ** 2)), math.sqrt(float(np.mean(passed**2 * step)))
