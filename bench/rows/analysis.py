"""Analysis of an hour, against its own floor and against real time."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt
from signals import capability, samples
from table import Row, side_by_side, spoken

from insole.model.foot import REGIONS, Side
from insole.model.trial import StartState
from insole.trial import RunningTrial

SENSORS, RATE_HZ, SECONDS = 16, 100.0, 3600.0
TIMES = 7
REACH_FLOOR, REACH_REAL_TIME = 3.0, 10_000


def measure() -> list[Row]:
    """Samples in memory; every metric with its uncertainty."""
    said = {side: capability(side, sensors=SENSORS, rate_hz=RATE_HZ) for side in Side}
    told = {side: samples(side, sensors=SENSORS, rate_hz=RATE_HZ, seconds=SECONDS) for side in Side}
    # One row per sensor in memory: the fastest way to store them for both calls of the floor.
    values = {
        side: np.ascontiguousarray(block.values.T, np.float64) for side, block in told.items()
    }
    weights = np.full((len(REGIONS), SENSORS), 1.0 / SENSORS)
    low_pass = butter(2, 20.0, fs=RATE_HZ, output="sos")

    def analyse() -> None:
        trial = RunningTrial(StartState())
        trial.feed([said[side] for side in Side])
        for side in Side:
            trial.feed([told[side]])
        trial.finish()
        steps = len(trial.analysis().left)
        if steps < SECONDS / 0.8:
            raise RuntimeError(f"only {steps} steps were found: the benchmark measures nothing")

    def floor() -> None:
        for side in Side:
            sosfilt(low_pass, weights @ values[side])

    took, least = side_by_side(analyse, floor, times=TIMES)
    return [
        Row(
            "analysis of 1 h, 2 x 16 sensors, 100 Hz",
            spoken(took),
            f"{spoken(least)}, matrix product and `sosfilt` over the regions",
            f"{took / least:.2f}",
            f"{REACH_FLOOR:g} x",
            took / least <= REACH_FLOOR,
        ),
        Row(
            "the same against real time",
            spoken(took),
            "3600 s",
            f"{SECONDS / took:,.0f} x faster",
            f"{REACH_REAL_TIME:,} x",
            SECONDS / took >= REACH_REAL_TIME,
        ),
    ]
