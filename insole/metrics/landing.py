"""Landings: definitions of the time to stabilisation, and its values (science.md, section 5.5)."""

from __future__ import annotations

import math

import numpy as np

from insole.metrics.spec import BOTH, FORCE, MASS, MetricSpec
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.slow_record import STEP_S
from insole.signal.stabilisation import landing_force, tts_band, tts_seq, tts_uncertainty
from insole.signal.standing import Both
from insole.signal.sway import Estimate

_LIMITS = (
    "Eighteen published variants give very different values: compare with this one only. Force of "
    "both feet at 25 Hz, low-pass 10 Hz, window of 5 s from foot strike."
)

SPECS = (
    MetricSpec(
        "tts_band_s", "TTS_band", "Time to stabilisation (band)", "s",
        "first t after which |F - mean of the last second| <= 5 % BW for at least 1 s",
        "How long after a landing the force takes to stay near its level.", "science.md 5.5",
        needs=(FORCE, MASS, BOTH), limits=_LIMITS, direction="compare with own baseline",
        ready="summary", table="hops",
    ),
    MetricSpec(
        "tts_seq_s", "TTS_seq", "Time to stabilisation (sequential average)", "s",
        "first t after which |(1/n)·ΣF - mean of the window| <= SD/4 of the window",
        "How long after a landing the running mean of the force takes to stay near the mean.",
        "science.md 5.5", needs=(FORCE, MASS, BOTH), limits=_LIMITS,
        direction="compare with own baseline", ready="summary", table="hops",
    ),
)  # fmt: skip


def landing(
    both: Both, *, strike_s: float, bw_n: float, parameters: Parameters
) -> dict[str, Estimate]:
    """Both times to stabilisation; empty when the window has a hole or is not filled.

    Args:
        both: slow rows of both feet.
        strike_s: the landing, s on the pipeline's axis.
        bw_n: body weight.
        parameters: section `landing`.
    """
    first = int(np.searchsorted(both.number, math.floor(strike_s / STEP_S)))
    rows = round(parameters["landing.window_s"] / STEP_S) + 2
    inside = slice(first, first + rows)
    if len(both.number[inside]) < rows or not both.joined[inside][1:].all():
        return {}
    if float(np.mean(both.sound[inside])) < parameters["gaps.min_valid"]:
        return {}
    time_s = (both.number[inside].astype(np.float64) + 0.5) * STEP_S
    force = both.foot[Side.LEFT].force_n[inside] + both.foot[Side.RIGHT].force_n[inside]
    window = landing_force(time_s, force, strike_s=strike_s, parameters=parameters)
    if window is None:
        return {}
    since, smooth = window
    # noise of a row is far below that of the zero, which stays: the band sees what moves
    noise_n = parameters["uncertainty.tare_n"]
    u = tts_uncertainty(since, smooth, bw_n=bw_n, noise_n=noise_n, parameters=parameters)
    gain = parameters["uncertainty.gain_rel"]
    band = tts_band(since, smooth, bw_n=bw_n, parameters=parameters)
    wrong = [
        tts_band(since, smooth, bw_n=bw_n * (1.0 + sign * gain), parameters=parameters)
        for sign in (-1.0, 1.0)
    ]
    return {
        "tts_band_s": Estimate(band, u, 0.5 * abs(wrong[1] - wrong[0])),
        "tts_seq_s": Estimate(tts_seq(since, smooth), STEP_S / math.sqrt(12.0)),
    }
