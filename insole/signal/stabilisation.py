"""Time to stabilisation after a landing (science.md, section 5.5).

Eighteen published variants give very different values: these two are ours, from the force under
the feet in a fixed window of 5 s after foot strike, low-pass 10 Hz. They are compared with
themselves only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.parameters import Parameters

SEQUENCE_SHARE = 0.25  # of the window's SD: the band of the sequential average


def landing_force(
    time_s: Floats, force_n: Floats, *, strike_s: float, parameters: Parameters
) -> tuple[Floats, Floats] | None:
    """The window after a foot strike, low-pass filtered (zero-phase, order 2 each way).

    Args:
        time_s: (n,) s, increasing.
        force_n: (n,) N under both feet.
        strike_s: the landing.
        parameters: `landing.window_s`, `landing.cut_hz`.

    Returns:
        Seconds after the landing, and force; None when the window is not filled to its end.
    """
    first = int(np.searchsorted(time_s, strike_s))
    end = int(np.searchsorted(time_s, strike_s + parameters["landing.window_s"], "right"))
    if end >= len(time_s) or end - first < 16 or not np.isfinite(force_n[first:end]).all():
        return None
    rate_hz = (end - first - 1) / (time_s[end - 1] - time_s[first])
    force = force_n[first:end]
    cut = parameters["landing.cut_hz"]
    if 0.0 < cut < 0.5 * rate_hz:
        from scipy import signal  # 1 s to import: only where somebody landed

        design: Any = signal  # without types of its own
        force = design.sosfiltfilt(design.butter(2, cut, fs=rate_hz, output="sos"), force)
    return time_s[first:end] - strike_s, force


def tts_band(since_s: Floats, force_n: Floats, *, bw_n: float, parameters: Parameters) -> float:
    """TTS_band: first instant after which F stays within 5 % BW of its level, s; NaN: never.

    The level is the mean of the last second. It stays for at least 1 s, to the end of the window.

    Args:
        since_s: (n,) s after the landing.
        force_n: (n,) N.
        bw_n: body weight.
        parameters: `landing.band_BW`, `landing.steady_s`.
    """
    steady_s = parameters["landing.steady_s"]
    level = force_n[since_s >= since_s[-1] - steady_s].mean()
    return _stays(
        since_s, np.abs(force_n - level) <= parameters["landing.band_BW"] * bw_n, steady_s
    )


def tts_seq(since_s: Floats, force_n: Floats) -> float:
    """TTS_seq: first instant after which the sequential average of F stays near the mean.

    Near is within a quarter of the window's SD; NaN when it never stays.

    Args:
        since_s: (n,) s after the landing.
        force_n: (n,) N.
    """
    average = np.cumsum(force_n) / np.arange(1, len(force_n) + 1)
    mean = float(force_n.mean())
    band = SEQUENCE_SHARE * float(force_n.std()) + 1e-9 * abs(mean)  # rounding is no movement
    return _stays(since_s, np.abs(average - mean) <= band, 0.0)


def tts_uncertainty(
    since_s: Floats, force_n: Floats, *, bw_n: float, noise_n: float, parameters: Parameters
) -> float:
    """Standard uncertainty of TTS_band, s; NaN where there is no TTS.

    Half of its change when the band is made narrower and wider by the noise, and one sampling step
    over sqrt(12).

    Args:
        since_s: (n,) s after the landing.
        force_n: (n,) N.
        bw_n: body weight.
        noise_n: standard uncertainty of one row of force.
        parameters: section `landing`.
    """
    share, change = max(parameters["landing.band_BW"], 1e-9), noise_n / bw_n
    found = [
        tts_band(
            since_s,
            force_n,
            bw_n=bw_n * max(share + sign * change, 0.0) / share,
            parameters=parameters,
        )
        for sign in (-1.0, 1.0)
    ]
    step = float(np.diff(since_s).mean()) / math.sqrt(12.0)
    return math.hypot(0.5 * abs(found[1] - found[0]), step)


def _stays(since_s: Floats, inside: Bools, least_s: float) -> float:
    outside = np.flatnonzero(~inside)
    first = int(outside[-1]) + 1 if len(outside) else 0
    if first >= len(since_s) or since_s[-1] - since_s[first] < least_s - 1e-9:
        return math.nan
    return float(since_s[first])
