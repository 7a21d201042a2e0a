"""Whole trials out of the virtual pair's formulas, without any radio."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from insole.analysis import Analysis
from insole.layouts import for_count
from insole.model.foot import Side
from insole.model.stream import Samples
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial
from insole_drivers.virtual import gait, spread
from insole_drivers.virtual.truth import Truth

MASS_KG = 70.0
SENSORS = 16
LAYOUT = for_count(SENSORS)
CORNERS_MM = spread.corners_mm(LAYOUT)


class Fed:
    """A live source that gives what a test feeds its sink, and ends when it is stopped."""

    realtime = True
    error = None
    finished = False

    def start(self, sink) -> None:
        self.sink = sink

    def stop(self) -> None:
        self.finished = True


def truth_of(activity: str) -> Truth:
    return gait.truth(activity, mass_kg=MASS_KG, speed_m_s=None, corners_mm=CORNERS_MM)


def samples(truth: Truth, side: Side, *, rate_hz: float, seconds: float) -> Samples:
    """What one insole sends; it arrives 1 ms after it was taken."""
    number = np.arange(int(rate_hz * seconds))
    capability = spread.capability(truth, side, layout=LAYOUT, rate_hz=rate_hz, serial=side.value)
    raw = spread.FootSignal(truth, side, capability=capability).raw(number / rate_hz)
    tick = np.rint(number / rate_hz * 1e6).astype(np.int64)
    flags = np.zeros(len(number), np.uint32)
    return Samples(side.value, number, tick, tick * 1000 + 1_000_000, raw, flags)


def part(whole: Samples, begin: int, end: int) -> Samples:
    return Samples(
        whole.device,
        whole.sequence[begin:end],
        whole.tick_us[begin:end],
        whole.arrival_ns[begin:end],
        whole.values[begin:end],
        whole.flags[begin:end],
    )


def analysed(
    truth: Truth,
    *,
    rate_hz: float = 100.0,
    seconds: float = 30.0,
    cuts: tuple[int, ...] = (),
    sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT),
    mass_kg: float | None = MASS_KG,
    parameters: dict[str, float] | None = None,
    lost: np.ndarray | None = None,
) -> Analysis:
    """The analysis of a trial.

    Args:
        truth: what is felt.
        rate_hz: nominal rate.
        seconds: length.
        cuts: samples at which the stream of both feet is cut into chunks.
        sides: feet that send.
        mass_kg: body mass; None: nobody says it.
        parameters: overrides.
        lost: numbers of samples of the left foot that never come.
    """
    start = StartState(
        mass_kg=mass_kg,
        clocks=tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side),
        parameters=parameters or {},
    )
    trial = RunningTrial(start)
    feet = {side: samples(truth, side, rate_hz=rate_hz, seconds=seconds) for side in sides}
    for side in sides:
        told = spread.capability(truth, side, layout=LAYOUT, rate_hz=rate_hz, serial=side.value)
        if mass_kg is None:
            told = type(told)(**{name: getattr(told, name) for name in told.__slots__} | {
                "mass_kg": None
            })  # fmt: skip
        trial.feed([told])
    edges = [0, *sorted(cuts), int(rate_hz * seconds)]
    for begin, end in pairwise(edges):
        for side, whole in feet.items():
            here = part(whole, begin, end)
            if lost is not None and side is Side.LEFT:
                kept = ~np.isin(np.arange(begin, end), lost)
                here = Samples(
                    here.device, here.sequence[kept], here.tick_us[kept], here.arrival_ns[kept],
                    here.values[kept], here.flags[kept],
                )  # fmt: skip
            trial.feed([here])
    trial.finish()
    return trial.analysis()
