"""The gait line and its excursion index, against lines that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import REGIONS, Side
from insole.model.gait import StepFlag, Steps
from insole.model.stream import Load
from insole.signal.gait_line import POINTS, GaitLines, excursion_index
from tests.insole.whole_trials import analysed, truth_of

SIZE_MM = (90.0, 270.0)


def walk(contacts: int, *, rate_hz: float = 100.0, flag: int = 0) -> tuple[Load, Steps]:
    """Contacts of 0.7 s every 1.1 s; CoP from 40 to 250 mm along, a parabola of 10 mm across."""
    n = int((contacts * 1.1 + 1.0) * rate_hz)
    time = np.arange(n) / rate_hz
    strike = 0.503 + 1.1 * np.arange(contacts)
    index = np.clip(np.searchsorted(strike, time, "right") - 1, 0, contacts - 1)
    part = (time - strike[index]) / 0.7
    inside = (part >= 0.0) & (part <= 1.0)
    cop = np.column_stack((45.0 + 40.0 * part * (1.0 - part), 40.0 + 210.0 * part))
    cop[~inside] = np.nan
    force = np.where(inside, 700.0, 0.0)
    load = Load(
        time, force, np.zeros((n, len(REGIONS))), cop, np.zeros(n, np.uint32), np.zeros(n, np.int64)
    )
    flags = np.zeros(contacts, np.uint32)
    flags[1] = flag
    value = {"foot_strike_s": strike, "toe_off_s": strike + 0.7}
    return load, Steps(Side.LEFT, flags, value, {}, {})


def lines_of(load: Load, steps: Steps, cuts: tuple[int, ...] = ()) -> GaitLines:
    """Pushed in pieces; a step comes with the piece in which it is 0.1 s old."""
    lines = GaitLines(SIZE_MM)
    known = 0
    for begin, end in pairwise([0, *sorted(cuts), len(load.time_s)]):
        part = slice(begin, end)
        piece = Load(*(getattr(load, name)[part] for name in load.__slots__))
        now = int(np.searchsorted(steps.value["toe_off_s"] + 0.1, load.time_s[end - 1]))
        some = slice(known, now)
        given = {name: column[some] for name, column in steps.value.items()}
        lines.push(piece, Steps(Side.LEFT, steps.flags[some], given, {}, {}))
        known = now
    return lines


def test_the_mean_line_is_the_line_of_every_contact():
    line = lines_of(*walk(6)).line()
    part = np.linspace(0.0, 1.0, POINTS)
    assert line.n == 6
    assert line.mean_mm[:, 1] == pytest.approx(40.0 + 210.0 * part, abs=2.2)  # a sample at the ends
    inner = slice(3, -3)
    assert line.mean_mm[inner, 1] == pytest.approx((40.0 + 210.0 * part)[inner], abs=0.01)
    assert line.mean_mm[inner, 0] == pytest.approx((45 + 40 * part * (1 - part))[inner], abs=0.01)
    assert line.sd_mm[inner].max() < 0.01


def test_the_excursion_index_is_the_distance_from_the_straight_line_over_the_width():
    part = np.linspace(0.0, 1.0, POINTS)
    at = (180.0 - 40.0) / 210.0  # where y is two thirds of the length
    lines = np.concatenate((45.0 + 40.0 * part * (1 - part), 40.0 + 210.0 * part))[None]
    truth = 100.0 * 40.0 * at * (1.0 - at) / 90.0
    assert excursion_index(lines, size_mm=SIZE_MM) == pytest.approx(truth, rel=1e-3)
    measured = lines_of(*walk(6)).line()
    assert measured.excursion == pytest.approx(truth, rel=0.04)  # a sample at each end
    assert measured.excursion_n == 6


def test_a_forefoot_strike_has_no_excursion_index():
    part = np.linspace(0.0, 1.0, POINTS)
    lines = np.concatenate((45.0 + 0.0 * part, 150.0 + 100.0 * part))[None]
    assert np.isnan(excursion_index(lines, size_mm=SIZE_MM)).all()


def test_contacts_that_are_not_valid_take_no_part():
    assert lines_of(*walk(6, flag=int(StepFlag.GAP))).line().n == 5


@given(cuts=st.sets(st.integers(1, 2299), max_size=40))
@settings(max_examples=25, deadline=None)
def test_grouping_changes_no_bit_of_the_gait_line(cuts):
    load, steps = walk(20)
    one, two = lines_of(load, steps).line(), lines_of(load, steps, tuple(cuts)).line()
    assert one.n == two.n > 15
    assert one.mean_mm.tobytes() == two.mean_mm.tobytes()
    assert one.sd_mm.tobytes() == two.sd_mm.tobytes()
    assert (one.excursion, one.excursion_sd) == (two.excursion, two.excursion_sd)


def test_memory_is_that_of_a_few_seconds():
    load, steps = walk(200)
    lines = lines_of(load, steps, tuple(range(100, len(load.time_s), 100)))
    assert lines.line().n == 200
    assert lines._rows.shape[1] < 3000


def test_a_runner_of_the_virtual_pair_has_a_line_that_goes_forward():
    document = analysed(truth_of("run"), seconds=12.0).to_dict()["gait_line"]
    for side in ("left", "right"):
        line = document[side]
        assert line["n"] >= 10
        assert np.all(np.diff(line["y_mm"][2:-2]) > 0.0)
    standing = analysed(truth_of("stand"), seconds=8.0).to_dict()["gait_line"]
    assert standing["left"] is None
    assert standing["why"] == "no valid contacts with a CoP"
