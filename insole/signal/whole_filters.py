"""Filters of a whole recording, for results beside those of the stream (science.md, 7.1 and 7.3).

The stream takes stamps, integrals and peaks from unfiltered force. Who compares with studies that
filter asks for one of these; a result says which, and is never mixed with another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.signal.filters import butterworth2, group_delay_s

WholeFilter: TypeAlias = Literal["causal", "zero-phase"]
ORDER = 2  # of a pass; back and forth it is 4
BOTH_WAYS = (math.sqrt(2.0) - 1.0) ** (1.0 / (2 * ORDER))  # cut-off of a pass over that of both
FEWEST_ROWS = 16  # a shorter piece stays as it is


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a filter makes of a recording.

    Attributes:
        values: (n, S).
        delay_s: what times are late by; 0 for zero-phase filters.
        tag: what was done, for documents.
    """

    values: Floats
    delay_s: float
    tag: str


def filtered(
    values: Floats, *, kind: WholeFilter, rate_hz: float, cut_hz: float, breaks: Bools
) -> Filtered:
    """Sensors through a Butterworth low-pass, restarted at every break.

    `causal` is of order 2; its delay, the slope of its phase at 0 Hz, is told and not taken off
    here. `zero-phase` runs order 2 forwards and backwards, with the cut-off of each pass corrected
    (science.md, section 7.1), so that both together are at -3 dB there.

    Args:
        values: (n, S), any unit.
        kind: which.
        rate_hz: of the rows.
        cut_hz: -3 dB frequency, below half of the rate.
        breaks: (n,) rows that begin a new segment.
    """
    from scipy import signal  # 1 s to import: only where somebody filters

    design: Any = signal
    each_hz = cut_hz
    if kind == "zero-phase":
        each_hz = math.atan(math.tan(math.pi * cut_hz / rate_hz) / BOTH_WAYS) * rate_hz / math.pi
    b, a1, a2 = butterworth2(rate_hz, each_hz)
    up, down = [b, 2.0 * b, b], [1.0, a1, a2]
    out = values.copy()
    edges = [0, *np.flatnonzero(breaks).tolist(), len(values)]
    for begin, end in pairwise(edges):
        if end - begin < FEWEST_ROWS:
            continue
        piece = values[begin:end]
        if kind == "zero-phase":
            out[begin:end] = design.filtfilt(up, down, piece, axis=0)
        else:
            settled = design.lfilter_zi(up, down)[:, None] * piece[0]
            out[begin:end] = design.lfilter(up, down, piece, axis=0, zi=settled)[0]
    if kind == "zero-phase":
        return Filtered(out, 0.0, f"zero_phase, Butterworth {2 * ORDER}, {cut_hz:g} Hz")
    delay_s = group_delay_s(up, down[1:], rate_hz=rate_hz, frequency_hz=0.0)
    tag = f"causal, Butterworth {ORDER}, {cut_hz:g} Hz, {1e3 * delay_s:.1f} ms taken off"
    return Filtered(out, delay_s, tag)
