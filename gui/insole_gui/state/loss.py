"""Loss by time: the last minute of one link, second by second."""

from __future__ import annotations

import numpy as np

from insole.live.board import HISTORY_S, FootView
from insole.model.arrays import Floats
from insole.model.quality import Quality

SECONDS = int(HISTORY_S)
LEAST = 8  # samples that tell how far apart they are


def lost_by_second(foot: FootView, now_s: float) -> Floats:
    """(60,) share of the samples that did not come, the newest last; NaN where none was due.

    Rows that were filled in are lost ones; a second that is not over has no share. What is due
    follows from the usual distance of two samples: a device that is slower than it says loses none.
    """
    out = np.full(SECONDS, np.nan)
    if foot.time_s is None or foot.quality is None or len(foot.time_s) < LEAST:
        return out
    real = foot.time_s[(foot.quality & np.uint32(Quality.INTERPOLATED)) == 0]
    rate_hz = 1.0 / float(np.median(np.diff(real))) if len(real) > 1 else foot.nominal_hz
    end = np.floor(now_s)
    edges = end - SECONDS + np.arange(SECONDS + 1)
    count = np.diff(np.searchsorted(real, edges))
    due = edges[:-1] >= foot.time_s[0]
    out[due] = np.clip(1.0 - count[due] / rate_hz, 0.0, 1.0)
    out[out * rate_hz < 1.5] = 0.0  # the edge of a second may cut one sample off
    out[~due] = np.nan
    return out


def words(lost: Floats) -> str:
    """The strip for a screen reader, and beside it."""
    known = lost[np.isfinite(lost)]
    if not len(known):
        return "no second yet"
    bad = int(np.count_nonzero(known > 0))
    if not bad:
        return f"none in the last {len(known)} s"
    worst = f"at worst {100 * known.max():.0f} % in one second"
    return f"in {bad} of the last {len(known)} s, {worst}"
