"""The personal baseline: what a metric usually is, after three sessions (science.md §1.5, 3.5, B4).

Median and MAD over sessions, not mean and SD: one odd session does not move them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SESSIONS = 3
MAD_TO_SD = 1.4826  # of a normal distribution
REAL_CHANGE_SD = 2.0  # a change within this many SD is none (science.md §10.3)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a metric of one foot usually is.

    Attributes:
        median: over sessions.
        sd: 1.4826·MAD over sessions, at least the usual standard uncertainty of a session's mean.
        sessions: how many.
    """

    median: float
    sd: float
    sessions: int

    @property
    def band(self) -> tuple[float, float]:
        """Values inside are no change."""
        return (
            self.median - REAL_CHANGE_SD * self.sd,
            self.median + REAL_CHANGE_SD * self.sd,
        )


def baselines(summaries: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, Baseline]:
    """Baseline of each metric that three sessions or more have.

    Args:
        summaries: `summary.left` (or `right`) of the stored documents of one foot, one a session,
            of one person, insole, shoe and activity.
    """
    found: dict[str, Baseline] = {}
    names = dict.fromkeys(name for summary in summaries for name in summary)
    for name in names:
        entries = [summary[name] for summary in summaries if name in summary]
        known = [entry for entry in entries if entry.get("mean") is not None]
        if len(known) < SESSIONS:
            continue
        mean = np.array([float(entry["mean"]) for entry in known])
        doubt = np.array([float(entry.get("u_random") or 0.0) for entry in known])
        median = float(np.median(mean))
        spread = MAD_TO_SD * float(np.median(np.abs(mean - median)))
        found[name] = Baseline(median, max(spread, float(np.median(doubt))), len(known))
    return found
