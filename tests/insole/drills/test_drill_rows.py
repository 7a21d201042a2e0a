"""Rows of two feet, and instants between them, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.drills.crossing import above, below, both, trailing_mean
from insole.drills.joining import Joint
from insole.model.arrays import Floats
from insole.model.foot import REGIONS, Side
from insole.model.quality import Quality
from insole.model.stream import Load


def load(time_s: Floats, force: Floats, flags: dict[int, Quality] | None = None) -> Load:
    """Force in equal parts on all regions."""
    n = len(time_s)
    quality = np.zeros(n, np.uint32)
    for row, flag in (flags or {}).items():
        quality[row] = flag
    return Load(
        time_s,
        force,
        np.repeat(force[:, None] / len(REGIONS), len(REGIONS), axis=1),
        np.full((n, 2), 50.0),
        quality,
        (time_s * 1e9).astype(np.int64),
    )


def line(time_s: Floats) -> Floats:
    """Something that both rates see exactly."""
    return 100.0 + 20.0 * time_s


def test_feet_of_two_rates_meet_at_all_instants_of_both() -> None:
    left, right = np.arange(0.0, 1.0, 0.01), 0.003 + np.arange(0.0, 1.0, 0.02)
    joint = Joint(tuple(Side), rates_hz=(100.0, 50.0))
    joint.push(Side.LEFT, load(left, line(left)))
    joint.push(Side.RIGHT, load(right, line(right)))
    joint.join()
    rows = joint.rows()
    assert len(rows) == len(np.union1d(left[left <= right[-1]], right))
    known = rows.time_s >= right[0]
    np.testing.assert_allclose(rows.foot(Side.LEFT), line(rows.time_s), rtol=1e-12)
    np.testing.assert_allclose(rows.foot(Side.RIGHT)[known], line(rows.time_s[known]), rtol=1e-12)
    assert np.isnan(rows.foot(Side.RIGHT)[~known]).all()


def test_silent_foot_holds_the_rows_back_until_the_end() -> None:
    time_s = np.arange(0.0, 1.0, 0.01)
    joint = Joint(tuple(Side), rates_hz=(100.0, 100.0))
    joint.push(Side.LEFT, load(time_s, line(time_s)))
    joint.push(Side.RIGHT, load(time_s[:50], line(time_s[:50])))
    joint.join()
    assert joint.last_s == time_s[49]
    joint.join(over=True)
    rows = joint.rows()
    assert len(rows) == len(time_s)
    assert np.isnan(rows.foot(Side.RIGHT)[50:]).all()


@pytest.mark.parametrize("flag", [Quality.INTERPOLATED, Quality.GAP, Quality.LATE])
def test_over_samples_that_are_none_nothing_is_known(flag: Quality) -> None:
    time_s = np.arange(0.0, 1.0, 0.01)
    joint = Joint(tuple(Side), rates_hz=(100.0, 100.0))
    joint.push(Side.LEFT, load(time_s, line(time_s)))
    joint.push(Side.RIGHT, load(time_s, line(time_s), {40: flag, 41: flag}))
    joint.join()
    rows = joint.rows()
    assert np.flatnonzero(np.isnan(rows.foot(Side.RIGHT))).tolist() == [40, 41]
    assert np.flatnonzero(rows.gaps(Side.RIGHT)).tolist() == [0, 40, 41, 42]
    assert np.flatnonzero(rows.gaps(Side.LEFT)).tolist() == [0]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 60), max_size=6),
    st.lists(st.integers(0, 60), max_size=6),
    st.floats(-0.004, 0.004),
)
def test_any_cut_gives_the_same_rows(left: list[int], right: list[int], shift_s: float) -> None:
    time_s = np.arange(60) * 0.01
    wave = 300.0 + 100.0 * np.sin(9.0 * time_s)
    whole = Joint(tuple(Side), rates_hz=(100.0, 100.0))
    parted = Joint(tuple(Side), rates_hz=(100.0, 100.0))
    loads = {Side.LEFT: load(time_s, wave), Side.RIGHT: load(time_s + shift_s, wave[::-1].copy())}
    for side, one in loads.items():
        whole.push(side, one)
    whole.join()
    pieces = [
        (edges[place], side, edges[place], edges[place + 1])
        for side, cuts in ((Side.LEFT, left), (Side.RIGHT, right))
        for edges in [sorted({0, 60, *cuts})]
        for place in range(len(edges) - 1)
    ]
    for _, side, begin, end in sorted(pieces):
        one = loads[side]
        parted.push(side, Load(*(getattr(one, name)[begin:end] for name in Load.__slots__)))
        parted.join()
    a, b = whole.rows(), parted.rows()
    for name in ("time_s", "force_n", "region_n", "cop_mm", "broken"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name != "broken")


def test_spans_begin_and_end_where_the_lines_cross_the_levels() -> None:
    time_s, value = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 4.0, 4.0, 0.0, 0.0])
    up = above(time_s, value, 2.0, off=1.0)
    assert list(up) == [(0.5, 2.75)]
    down = below(time_s, value, 1.0, off=3.0)
    assert list(down) == [(0.0, 0.75), (2.75, math.inf)]
    assert list(both(up, above(time_s, -value, -3.0))) == [(0.5, 0.75), (2.25, 2.75)]
    assert up.within(0.0, 1.0) == 0.5
    assert up.covers(np.array([0.4, 0.5, 2.0, 2.8])).tolist() == [False, True, True, False]


def test_after_a_gap_a_crossing_is_dated_at_the_sample_itself() -> None:
    time_s, value = np.array([0.0, 1.0, 2.0]), np.array([0.0, 4.0, 4.0])
    assert list(above(time_s, value, 2.0, gaps=np.array([True, True, False]))) == [(1.0, math.inf)]


def test_trailing_mean_of_a_line_is_its_value_half_a_window_ago() -> None:
    time_s = np.sort(np.random.default_rng(5).uniform(0.0, 5.0, 200))
    mean = trailing_mean(time_s, 3.0 + 2.0 * time_s, 1.0)
    full = time_s >= time_s[0] + 1.0
    np.testing.assert_allclose(mean[full], 3.0 + 2.0 * (time_s[full] - 0.5), rtol=1e-12)
    assert np.isnan(mean[~full]).all()
