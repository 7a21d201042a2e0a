"""Loads made of closed forms or of real runs, for tests of contacts, steps and metrics."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.stream import Load
from insole.parameters import Parameters
from insole.signal.steps import StepStage, concatenate
from tests.insole.closed_forms import G, Signal

MASS_KG = 70.0
BW = MASS_KG * G
SHARES = np.array([0.30, 0.0, 0.20, 0.10, 0.20, 0.10, 0.10])  # of REGIONS, sum 1
COP_MM = np.array([40.0, 130.0])
ANCHORS_MM = np.array([[60.0, 45.0], [16.0, 190.0], [80.0, 180.0]])
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def load(time: NDArray, total_n: NDArray, quality: NDArray | None = None) -> Load:
    """Total force spread over regions in fixed shares; CoP fixed above 30 N."""
    n = len(time)
    cop = np.where((total_n > 30.0)[:, None], np.tile(COP_MM, (n, 1)), np.nan)
    flags = np.zeros(n, np.uint32) if quality is None else quality.astype(np.uint32)
    return Load(time, total_n, np.outer(total_n, SHARES), cop, flags, np.zeros(n, np.int64))


def rows(whole: Load, part: slice) -> Load:
    return Load(
        whole.time_s[part],
        whole.total_n[part],
        whole.region_n[part],
        whole.cop_mm[part],
        whole.quality[part],
        whole.arrival_ns[part],
    )


def steps_of(
    whole: Load,
    *,
    rate_hz: float,
    cuts: tuple[int, ...] = (),
    side: Side = Side.LEFT,
    mass_kg: float | None = MASS_KG,
    parameters: Parameters | None = None,
) -> Steps:
    """All steps of a load, pushed in pieces."""
    stage = StepStage(
        side,
        mass_kg=mass_kg,
        rate_hz=rate_hz,
        parameters=parameters or Parameters(),
        anchors_mm=ANCHORS_MM,
        length_mm=260.0,
    )
    edges = [0, *sorted(cuts), len(whole.time_s)]
    pieces = [stage.push(rows(whole, slice(begin, end))) for begin, end in pairwise(edges)]
    return concatenate((*pieces, stage.flush()))


def run_of(
    signal: Signal, *, rate_hz: float, strides: int = 11, phase: float = 0.0, lead_s: float = 0.3
) -> Load:
    """A train of one closed form, in newtons."""
    time, force = signal.train(rate_hz=rate_hz, strides=strides, phase=phase, lead_s=lead_s)
    return load(time, force * BW)


def same_bits(one: Steps, two: Steps) -> bool:
    return (
        one.flags.tobytes() == two.flags.tobytes()
        and (one.course is None) == (two.course is None)
        and (one.course is None or one.course.tobytes() == two.course.tobytes())
        and list(one.value) == list(two.value)
        and all(
            np.ascontiguousarray(a[name]).tobytes() == np.ascontiguousarray(b[name]).tobytes()
            for a, b in ((one.value, two.value), (one.u, two.u), (one.u_shared, two.u_shared))
            for name in a
        )
    )


def real_run(name: str) -> tuple[dict[Side, Load], dict]:
    """A shipped real run: load of each foot and its reference figures."""
    path = SHARED / "virtual-insole" / name
    if not path.is_file():
        pytest.skip(f"{name} of the shared real recordings is not here")
    with path.open(newline="") as lines:
        table = list(csv.reader(lines))
    columns = table[0]
    data = np.array([[float(cell or "nan") for cell in row] for row in table[1:]])
    time = np.arange(len(data)) / 300.0  # the file rounds to 10 µs
    feet: dict[Side, Load] = {}
    for side, letter in ((Side.LEFT, "L"), (Side.RIGHT, "R")):
        heel, first, fifth = (
            data[:, columns.index(f"{letter}_{part}_N")] for part in ("heel", "met1", "met5")
        )
        region = np.full((len(data), 7), np.nan)
        region[:, 0], region[:, 2], region[:, 4] = heel, first, fifth
        cop = np.column_stack(
            (np.full(len(data), 40.0), 270.0 * data[:, columns.index(f"{letter}_cop")])
        )
        cop[~np.isfinite(cop[:, 1])] = np.nan
        n = len(data)
        feet[side] = Load(
            time, heel + first + fifth, region, cop, np.zeros(n, np.uint32), np.zeros(n, np.int64)
        )
    reference = json.loads((SHARED / "reference.json").read_text())
    return feet, reference[f"virtual-insole/{name}"]
