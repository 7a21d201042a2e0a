"""Analysis of an hour, against its own floor and against real time; with sensor curves too."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from scipy.signal import butter, sosfilt
from signals import capability, samples
from stages import by_stage
from table import Row, side_by_side, spoken

from insole.model.calibration import Calibration, Curve, Curves
from insole.model.foot import REGIONS, Side
from insole.model.stream import Capability, Samples
from insole.model.trial import StartState
from insole.trial import RunningTrial

SENSORS, RATE_HZ, SECONDS = 16, 100.0, 3600.0
TIMES = 7
REACH_FLOOR, REACH_REAL_TIME = 3.0, 10_000
COUNTS = np.linspace(0.0, 12_000.0, 12)  # points of the table of a sensor
KPA = 0.1 * COUNTS * (1.0 + 0.1 * np.sin(np.pi * COUNTS / COUNTS[-1]))


@cache
def _told() -> dict[Side, tuple[Capability, Samples]]:
    """What both feet say."""
    return {
        side: (
            capability(side, sensors=SENSORS, rate_hz=RATE_HZ),
            samples(side, sensors=SENSORS, rate_hz=RATE_HZ, seconds=SECONDS),
        )
        for side in Side
    }


def analyse(*, curved: bool = False) -> None:
    """Samples in memory; every metric with its uncertainty.

    Args:
        curved: the insoles speak counts, and each sensor has a curve.
    """
    trial = RunningTrial(StartState(calibrations=_curves() if curved else ()))
    for said, _ in _told().values():
        trial.feed([replace(said, quantity="counts", scale=1.0) if curved else said])
    for _, block in _told().values():
        trial.feed([block])
    trial.finish()
    steps = len(trial.analysis().left)
    if steps < SECONDS / 0.8:
        raise RuntimeError(f"only {steps} steps were found: the benchmark measures nothing")


def _curves() -> tuple[Calibration, ...]:
    table = Curve("table", tuple(np.column_stack((COUNTS, KPA)).ravel().tolist()))
    curves = Curves("kPa", (table,) * SENSORS)
    return tuple(Calibration(side.value, "curve", curves=curves) for side in Side)


def stages() -> str:
    """Where its time goes."""
    analyse()  # what is made once is made
    spent = by_stage(analyse, times=TIMES)
    whole = sum(spent.values())
    head = f"The {whole * 1e3:.0f} ms of processor time of that analysis, by stage (both feet):"
    lines = [head, "", "| stage | ms | share |", "|---|---|---|"]
    ordered = sorted(spent.items(), key=lambda one: -one[1])
    lines += [f"| {name} | {s * 1e3:.1f} | {100 * s / whole:.0f} % |" for name, s in ordered]
    return "\n".join(lines)


def measure() -> list[Row]:
    """An hour against the floor that no analysis can do without."""
    # One row per sensor in memory: the fastest way to store them for both calls of the floor.
    values = {
        side: np.ascontiguousarray(block.values.T, np.float64)
        for side, (_, block) in _told().items()
    }
    weights = np.full((len(REGIONS), SENSORS), 1.0 / SENSORS)
    low_pass = butter(2, 20.0, fs=RATE_HZ, output="sos")

    def floor() -> None:
        for side in Side:
            sosfilt(low_pass, weights @ values[side])

    def curved_floor() -> None:
        for side in Side:
            sosfilt(low_pass, weights @ np.interp(values[side], COUNTS, KPA))

    took, least = side_by_side(analyse, floor, times=TIMES)
    curved, curved_least = side_by_side(lambda: analyse(curved=True), curved_floor, times=TIMES)
    calls = "matrix product and `sosfilt` over the regions"
    return [
        _against_floor("analysis of 1 h, 2 x 16 sensors, 100 Hz", took, least, calls),
        _against_real_time(took),
        _against_floor(
            "the same hour with a curve of 12 points on every sensor",
            curved,
            curved_least,
            f"`interp` over all values, {calls}",
        ),
        _against_real_time(curved),
    ]


def _against_floor(what: str, took: float, least: float, calls: str) -> Row:
    return Row(
        what,
        spoken(took),
        f"{spoken(least)}, {calls}",
        f"{took / least:.2f}",
        f"{REACH_FLOOR:g} x",
        took / least <= REACH_FLOOR,
    )


def _against_real_time(took: float) -> Row:
    return Row(
        "the same against real time",
        spoken(took),
        "3600 s",
        f"{SECONDS / took:,.0f} x faster",
        f"{REACH_REAL_TIME:,} x",
        SECONDS / took >= REACH_REAL_TIME,
    )
