"""What the board shows of one foot right now: the last row of a chunk, or of samples before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from insole.live.board import FootView
from insole.model.arrays import Floats
from insole.pipeline import FootPipeline, FootUpdate
from insole.signal.calibrate import NEWTON_PER_KPA_CM2
from insole.signal.tripod import barycentric, coverage, tripod


@dataclass(frozen=True, slots=True)
class Newest:
    """The last row of one foot.

    Attributes:
        time_s: its instant on the pipeline's axis.
        values: (S,) calibrated values in the device's quantity.
        total_n: force, N.
        cop_mm: (2,) centre of pressure, NaN in the air.
        tripod, barycentric: (3,) shares of heel, first and fifth ray; NaN where undefined.
        coverage3: share of the load on these three; NaN where undefined.
    """

    time_s: float
    values: Floats
    total_n: float
    cop_mm: Floats
    tripod: Floats
    barycentric: Floats
    coverage3: float


def newest_of(foot: FootPipeline, update: FootUpdate) -> Newest:
    """The last row of a chunk that has rows."""
    load, frames = update.load, update.frames
    last = slice(len(load.time_s) - 1, None)
    region, total, cop = load.region_n[last], load.total_n[last], load.cop_mm[last]
    return Newest(
        time_s=float(load.time_s[-1]),
        values=foot.load.calibrated(frames.values[last])[0],
        total_n=float(total[0]),
        cop_mm=cop[0].copy(),
        tripod=tripod(region, minimum_n=foot.load.minimum_n)[0],
        barycentric=barycentric(cop, foot.load.regions.anchors_mm)[0],
        coverage3=float(coverage(region, total)[0]),
    )


def provisional(view: FootView, foot: FootPipeline) -> FootView:
    """Pressures and total while the clock still settles: shown at once, counted nowhere."""
    if foot.newest is None:
        return view
    values = foot.load.calibrated(foot.newest.values[-1:])[0]
    layout = foot.capability.layout
    if foot.capability.quantity == "kPa":
        total = float(NEWTON_PER_KPA_CM2 * (values * layout.area_cm2).sum())
    else:
        total = float(values.sum())
    return replace(view, values=values, total_n=total)
