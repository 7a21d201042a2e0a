"""Where the load of a standing foot lies: rear half, four points, pressures of regions."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.metrics.stood import medial, rear_share
from insole.model.foot import REGIONS, Side
from insole.parameters import Parameters
from insole.signal.calibrate import LoadStage
from insole.signal.standing_rows import StandingRecord, StandingRows
from tests.insole.foot_pressures import grid, told
from tests.insole.test_live_board import said, watched
from tests.insole.whole_trials import analysed, truth_of

RATE_HZ = 100.0
P = Parameters()
LAYOUT = layouts.for_count(16)
PRESSURE = np.linspace(20.0, 95.0, 16)  # kPa under each sensor


def record(layout=LAYOUT, kpa=PRESSURE, *, seconds=3.0, cuts=(), lost=None, masked=(), **changes):
    """Seconds of one foot that is pressed evenly; counts of 0.1 kPa."""
    capability = told(layout, **changes)
    load = LoadStage(capability, parameters=P)
    kept = StandingRecord(load, rate_hz=RATE_HZ, parameters=P)
    rows = int(seconds * RATE_HZ) + 1
    values = np.tile(np.rint(10.0 * np.asarray(kpa)), (rows, 1)).astype(np.uint16)
    values[slice(0, 0) if lost is None else lost] = 0
    total = 0.1 * 0.1 * values @ np.asarray(layout.area_cm2)
    time = np.arange(rows) / RATE_HZ
    edges = [0, *sorted(cut for cut in cuts if cut < rows), rows]
    for a, b in itertools.pairwise(edges):
        if b > a:
            kept.take(time[a:b], values[a:b], total_n=total[a:b], zero=load.zero, masked=masked)
    return kept.rows()


def test_a_second_holds_force_rear_share_and_the_pressures_of_regions():
    rows = record()
    area = np.asarray(LAYOUT.area_cm2)
    newton = 0.1 * PRESSURE * area
    assert rows.second.tolist() == [0.0, 1.0, 2.0]
    assert rows.total_n == pytest.approx(np.full(3, newton.sum()), rel=1e-3)
    rear = newton[LAYOUT.xy[:, 1] < 0.5].sum()
    assert rows.rear_n[0] == pytest.approx(rear, rel=1e-3)
    for index, region in enumerate(REGIONS):
        inside = np.array(LAYOUT.labels) == region
        assert rows.peak_kpa[0, index] == pytest.approx(PRESSURE[inside].max())
        assert rows.region_n[0, index] == pytest.approx(newton[inside].sum(), rel=1e-3)
        mean = (PRESSURE * area)[inside].sum() / area[inside].sum()
        assert rows.mean_kpa[0, index] == pytest.approx(mean, rel=1e-3)


@given(st.sets(st.integers(1, 300), max_size=20))
def test_grouping_changes_no_bit(cuts):
    hole = slice(120, 130)
    one, two = record(lost=hole), record(lost=hole, cuts=tuple(cuts))
    for name in ("second", "total_n", "rear_n", "region_n", "peak_kpa", "mean_kpa"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()


def test_a_second_in_which_the_foot_was_lifted_is_none():
    assert record(lost=slice(150, 151)).second.tolist() == [0.0, 2.0]


def test_a_grid_gives_a_region_the_share_of_a_cell_that_lies_in_it():
    layout = grid()
    rows = record(layout, np.full(layout.sensors, 30.0))
    assert rows.region_n[0].sum() == pytest.approx(rows.total_n[0])
    assert rows.peak_kpa[0] == pytest.approx(np.full(len(REGIONS), 30.0))
    assert rows.mean_kpa[0] == pytest.approx(np.full(len(REGIONS), 30.0))


def test_a_masked_cell_of_a_grid_is_the_mean_of_its_neighbours():
    layout = grid()
    rows = record(layout, np.full(layout.sensors, 30.0), masked=(40,))
    assert rows.peak_kpa[0] == pytest.approx(np.full(len(REGIONS), 30.0))


def test_a_region_that_is_hardly_pressed_has_a_peak_and_no_mean():
    rows = record(kpa=np.where(np.array(LAYOUT.labels) == "HAL", 6.0, 50.0))
    assert rows.peak_kpa[0, REGIONS.index("HAL")] == pytest.approx(6.0)
    assert np.isnan(rows.mean_kpa[0, REGIONS.index("HAL")])


def test_the_mean_is_of_what_is_loaded_as_in_a_step_and_never_above_the_peak():
    weak = np.full(16, 8.0)
    labels = np.array(LAYOUT.labels)
    for region in REGIONS:
        weak[np.flatnonzero(labels == region)[0]] = 12.0  # the others do not reach the level
    weak[0] = 90.0
    rows = record(kpa=weak)
    assert (rows.mean_kpa <= rows.peak_kpa).all()
    assert rows.mean_kpa[0, REGIONS.index("TOES")] == pytest.approx(12.0)


def test_a_region_in_which_border_cells_alone_are_loaded_has_no_mean():
    layout = grid()
    shares = LoadStage(told(layout), parameters=P).regions.weight
    toe = REGIONS.index("HAL")
    border = (shares[:, toe] > 0.0) & (shares.argmax(axis=1) != toe)
    rows = record(layout, np.where(border | (layout.xy[:, 1] < 0.5), 50.0, 0.0))
    assert rows.peak_kpa[0, toe] == 0.0
    assert rows.region_n[0, toe] > 0.0
    assert np.isnan(rows.mean_kpa[0, toe])


def test_zones_of_force_have_a_share_and_no_pressure():
    layout = layouts.load("loadsol3")
    rows = record(layout, np.array([400.0, 100.0, 100.0]), quantity="N")
    assert np.isfinite(rows.rear_n).all()
    assert np.isnan(rows.peak_kpa).all()


def test_only_seconds_that_lie_whole_in_a_time_count():
    rows = record(seconds=6.0)
    assert rows.within(0.5, 4.0).second.tolist() == [1.0, 2.0, 3.0]
    assert len(rows.within(1.2, 1.9)) == 0


def test_the_rear_share_is_known_better_the_more_load_there_is():
    one = record()
    heavy = replace(one, total_n=10.0 * one.total_n, rear_n=10.0 * one.rear_n)
    assert rear_share(heavy, P).value == pytest.approx(rear_share(one, P).value)
    assert rear_share(heavy, P).shared == pytest.approx(0.1 * rear_share(one, P).shared)
    none = StandingRows(*(np.empty((0, 7)) if i > 2 else np.empty(0) for i in range(6)))
    assert np.isnan(rear_share(none, P).value)


def test_the_medial_share_leaves_rows_without_load_out():
    points = np.array([[100.0, 60.0, 40.0], [0.0, 0.0, 0.0], [100.0, 30.0, 20.0]])
    assert medial(points, rate_hz=25.0, parameters=P).value == pytest.approx(0.6)


@pytest.mark.parametrize(("activity", "feet"), [("stand", {"left", "right"}), ("single", {"left"})])
def test_the_document_says_where_the_load_lies(activity, feet):
    result = analysed(truth_of(activity), seconds=12.0)
    (span,) = result.to_dict()["balance"]["spans"]
    shares = ("standing_rearfoot_share", "standing_medial_share", "quadripod", "quadripod_match")
    for name in (*shares, "standing_peak_pressure_kPa", "standing_mean_pressure_kPa"):
        assert set(span[name]) == feet
    heel, first, fifth = span["tripod"]["left"]
    four = span["quadripod"]["left"]
    assert sum(four) == pytest.approx(1.0)
    assert [four[0], four[1] + four[3], four[2]] == pytest.approx([heel, first, fifth], abs=0.02)
    assert span["standing_medial_share"]["left"]["value"] == pytest.approx(
        first / (first + fifth), abs=0.02
    )
    peaks = span["standing_peak_pressure_kPa"]["left"]
    means = span["standing_mean_pressure_kPa"]["left"]
    assert all(means[name]["value"] <= peaks[name]["value"] for name in means)
    json.dumps(span, allow_nan=False)
    if activity == "single":
        assert span["in_range"] is None
    else:
        assert span["in_range"]["left_share"] is True  # 0.5 lies in 0.45 to 0.55


def test_a_range_set_by_a_coach_decides_what_is_inside():
    strict = {"targets.left.1": 0.52, "targets.left.2": 0.55}
    (span,) = analysed(truth_of("stand"), seconds=8.0, parameters=strict).to_dict()["balance"][
        "spans"
    ]
    assert span["in_range"]["left_share"] is False


def test_the_ranges_of_standing_are_on_the_board_while_both_feet_stand():
    view = watched(said("stand", seconds=8.0))
    (left,) = view.ranges
    assert (left.name, left.low, left.high, left.inside) == ("left_share", 0.45, 0.55, True)
    for side in Side:
        rear, front = view.feet[side].ranges
        assert (rear.name, front.name) == ("rearfoot_share", "medial_share")
        assert 0.3 < rear.value < 0.8
        assert rear.inside is (0.45 <= rear.value <= 0.65)
    for activity in ("single", "run"):
        other = watched(said(activity, seconds=8.0))
        assert other.ranges == ()
        assert other.feet[Side.LEFT].ranges == ()


def test_the_board_and_the_document_agree_on_the_rear_share():
    view = watched(said("stand", seconds=8.0))
    (span,) = analysed(truth_of("stand"), seconds=8.0).to_dict()["balance"]["spans"]
    told_, of_span = view.feet[Side.LEFT].ranges[0].value, span["standing_rearfoot_share"]["left"]
    assert told_ == pytest.approx(of_span["value"], abs=0.05)


@settings(max_examples=3, deadline=None)
@given(st.sets(st.integers(1, 799), max_size=8))
def test_cuts_change_nothing_of_the_section(cuts):
    one = analysed(truth_of("stand"), seconds=8.0)
    two = analysed(truth_of("stand"), seconds=8.0, cuts=tuple(cuts))
    assert json.dumps(one.to_dict()["balance"]) == json.dumps(two.to_dict()["balance"])
