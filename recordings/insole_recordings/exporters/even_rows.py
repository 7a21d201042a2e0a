"""Both feet on one even grid of times, for formats that have one clock.

Two insoles have two clocks. The grid has the rate of the faster foot and begins with the first
sample of the trial; between two samples that follow each other a value is the straight line between
them, at a sample it is the sample. Where samples are missing there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from insole.model.arrays import Bools, Floats
from insole_recordings.exporters.exported import Exported, ExportedFoot

FOLLOWS: Final = 1.5  # periods: samples farther apart have one missing between them
SAME_S: Final = 5e-6  # a grid's time as near as this to a sample is the sample's


@dataclass(frozen=True, slots=True)
class EvenRows:
    """The grid.

    Attributes:
        rate_hz: of the rows.
        count: rows until the last sample of both feet.
    """

    rate_hz: float
    count: int

    def times(self, first: int, end: int) -> Floats:
        """(end - first,) s of rows [first, end)."""
        return np.arange(first, end) / self.rate_hz


def even_rows(trial: Exported) -> EvenRows:
    """The grid of a trial."""
    rate = max(foot.rate_hz for foot in trial.feet.values())
    last = max(float(foot.time_s[-1]) for foot in trial.feet.values())
    return EvenRows(rate, int(np.floor((last + SAME_S) * rate)) + 1)


def forces_at(foot: ExportedFoot, times: Floats) -> tuple[Bools, Floats, Floats]:
    """Force and centre of pressure on a grid.

    Args:
        foot: with at least one sample.
        times: (n,) s, increasing.

    Returns:
        (n,) is there a value, (n,) force in N and (n, 2) centre in mm; both are 0 where there is no
        value, the centre also in the air.
    """
    last = len(foot.time_s) - 1
    before = np.clip(np.searchsorted(foot.time_s, times + SAME_S, side="right") - 1, 0, last)
    after = np.minimum(before + 1, last)
    since, until = times - foot.time_s[before], foot.time_s[after] - times
    there = np.abs(since) <= SAME_S
    between = (since > 0.0) & (until > 0.0) & ((since + until) * foot.rate_hz <= FOLLOWS)
    weight = np.where(there | ~between, 0.0, since / np.where(between, since + until, 1.0))
    known: Bools = there | between
    force = foot.force[before] * (1.0 - weight) + foot.force[after] * weight
    known &= np.isfinite(force)
    cop = foot.cop_mm[before] * (1.0 - weight)[:, None] + foot.cop_mm[after] * weight[:, None]
    alone = there & (weight == 0.0)
    cop[alone] = foot.cop_mm[before[alone]]
    force = np.where(known, force, 0.0)
    return known, force, np.where(known[:, None] & np.isfinite(cop), cop, 0.0)
