"""The gait line and its excursion index, against lines that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import REGIONS, Side
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.parameters import Parameters
from insole.signal.gait_line import GaitLines, excursion_index
from insole.signal.resample import POINTS
from insole.signal.steps import StepStage
from tests.insole.closed_forms import G
from tests.insole.whole_trials import analysed, truth_of

SIZE_MM = (90.0, 270.0)
MASS_KG = 70.0


def walk(contacts: int, *, rate_hz: float = 100.0, lost: int | None = None) -> Load:
    """Contacts of 0.7 s every 1.1 s; CoP from 40 to 250 mm along, a parabola of 10 mm across.

    The force crosses the reporting level on a straight line: strike and toe-off are exact.
    """
    n = int((contacts * 1.1 + 1.0) * rate_hz)
    time = np.arange(n) / rate_hz
    strike = 0.503 + 1.1 * np.arange(contacts)
    index = np.clip(np.searchsorted(strike - 0.2, time, "right") - 1, 0, contacts - 1)
    part = (time - strike[index]) / 0.7
    edge_s = np.minimum(time - strike[index], strike[index] + 0.7 - time)
    force = np.clip(0.05 * MASS_KG * G + 2500.0 * edge_s, 0.0, 700.0)
    cop = np.column_stack((45.0 + 40.0 * part * (1.0 - part), 40.0 + 210.0 * part))
    cop[(part < 0.0) | (part > 1.0)] = np.nan
    quality = np.zeros(n, np.uint32)
    if lost is not None:
        quality[np.searchsorted(time, strike[lost] + 0.3)] = Quality.GAP
    return Load(time, force, np.zeros((n, len(REGIONS))), cop, quality, np.zeros(n, np.int64))


def lines_of(load: Load, cuts: tuple[int, ...] = ()) -> GaitLines:
    """Pushed in pieces."""
    lines = GaitLines(SIZE_MM)
    stage = StepStage(
        Side.LEFT, mass_kg=MASS_KG, rate_hz=100.0, parameters=Parameters(), lines=lines
    )
    for begin, end in pairwise([0, *sorted(cuts), len(load.time_s)]):
        stage.push(Load(*(getattr(load, name)[begin:end] for name in load.__slots__)))
    stage.flush()
    return lines


def test_the_mean_line_is_the_line_of_every_contact():
    line = lines_of(walk(6)).line()
    part = np.linspace(0.0, 1.0, POINTS)
    assert line.n == 6
    assert line.mean_mm[:, 1] == pytest.approx(40.0 + 210.0 * part, abs=2.2)  # a sample at the ends
    inner = slice(3, -3)
    known = 210.0 / 0.7 * 1e-4  # mm: the ends are corrected for corners, and this ramp has none
    assert line.mean_mm[inner, 1] == pytest.approx((40.0 + 210.0 * part)[inner], abs=known)
    assert line.mean_mm[inner, 0] == pytest.approx((45 + 40 * part * (1 - part))[inner], abs=known)
    assert line.sd_mm[inner].max() < 0.01


def test_the_excursion_index_is_the_distance_from_the_straight_line_over_the_width():
    part = np.linspace(0.0, 1.0, POINTS)
    at = (180.0 - 40.0) / 210.0  # where y is two thirds of the length
    lines = np.concatenate((45.0 + 40.0 * part * (1 - part), 40.0 + 210.0 * part))[None]
    truth = 100.0 * 40.0 * at * (1.0 - at) / 90.0
    assert excursion_index(lines, size_mm=SIZE_MM) == pytest.approx(truth, rel=1e-3)
    measured = lines_of(walk(6)).line()
    assert measured.excursion == pytest.approx(truth, rel=0.04)  # a sample at each end
    assert measured.excursion_n == 6


def test_a_forefoot_strike_has_no_excursion_index():
    part = np.linspace(0.0, 1.0, POINTS)
    lines = np.concatenate((45.0 + 0.0 * part, 150.0 + 100.0 * part))[None]
    assert np.isnan(excursion_index(lines, size_mm=SIZE_MM)).all()


def test_contacts_that_are_not_valid_take_no_part():
    assert lines_of(walk(6)).line().n == 6
    assert lines_of(walk(6, lost=1)).line().n == 5


@given(cuts=st.sets(st.integers(1, 2299), max_size=40))
@settings(max_examples=25, deadline=None)
def test_grouping_changes_no_bit_of_the_gait_line(cuts):
    load = walk(20)
    one, two = lines_of(load).line(), lines_of(load, tuple(cuts)).line()
    assert one.n == two.n > 15
    assert one.mean_mm.tobytes() == two.mean_mm.tobytes()
    assert one.sd_mm.tobytes() == two.sd_mm.tobytes()
    assert (one.excursion, one.excursion_sd) == (two.excursion, two.excursion_sd)


def test_a_runner_of_the_virtual_pair_has_a_line_that_goes_forward():
    document = analysed(truth_of("run"), seconds=12.0).to_dict()["gait_line"]
    for side in ("left", "right"):
        line = document[side]
        assert line["n"] >= 10
        assert np.all(np.diff(line["y_mm"][2:-2]) > 0.0)
    standing = analysed(truth_of("stand"), seconds=8.0).to_dict()["gait_line"]
    assert standing["left"] is None
    assert standing["why"] == "no valid contacts with a CoP"
