"""Running integrals against closed forms, under any grouping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.signal.impulse import RunningImpulse
from tests.insole.closed_forms import half_sine

CONTACT_S = 0.230


def sampled(rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """G1 from its begin to its end, last sample on the end."""
    steps = round(CONTACT_S * rate_hz)
    time = np.linspace(0.0, CONTACT_S, steps + 1)
    return time, half_sine(CONTACT_S).force(time)[:, None]


@pytest.mark.parametrize(("rate_hz", "tolerance"), [(50, 0.02), (100, 0.005), (200, 0.002)])
def test_second_half_of_a_half_sine_is_half_its_impulse(rate_hz, tolerance):
    impulse = RunningImpulse(channels=1)
    impulse.push(*sampled(rate_hz))
    late = impulse.between(CONTACT_S / 2, CONTACT_S)[0, 0]
    assert late == pytest.approx(half_sine(CONTACT_S).area(CONTACT_S) / 2, rel=tolerance)


def test_limits_between_samples_are_exact_for_straight_lines():
    time = np.array([0.0, 0.1, 0.25, 0.3, 0.7])
    impulse = RunningImpulse(channels=2)
    impulse.push(time, np.column_stack((3.0 + 2.0 * time, 5.0 - 4.0 * time)))

    def first(t):
        return 3.0 * t + t * t

    def second(t):
        return 5.0 * t - 2.0 * t * t

    starts, ends = np.array([0.0, 0.03, 0.26]), np.array([0.7, 0.05, 0.69])
    expected = np.array([first(ends) - first(starts), second(ends) - second(starts)])
    np.testing.assert_allclose(impulse.between(starts, ends), expected, rtol=1e-12)


@given(cuts=st.sets(st.integers(1, 22)), drops=st.booleans())
def test_grouping_changes_no_bit(cuts, drops):
    time, force = sampled(100)
    force = np.hstack((force * 1.1, force / 3.0))
    whole, parts = RunningImpulse(2), RunningImpulse(2)
    whole.push(time, force)
    edges = sorted(cuts)
    for t, f in zip(np.split(time, edges), np.split(force, edges), strict=True):
        parts.push(t, f)
        if drops:
            parts.drop(len(parts) - 2)
    assert parts.sum_n_s[:, -2:].tobytes() == whole.sum_n_s[:, -2:].tobytes()
    if not drops:
        assert parts.between(0.01, 0.2).tobytes() == whole.between(0.01, 0.2).tobytes()


def test_rows_that_are_asked_for_by_number_are_those_of_the_tables_after_rows_were_given_back():
    impulse = RunningImpulse(channels=3, carried=1)
    time = np.arange(50) / 100
    force = np.random.default_rng(1).normal(100.0, 30.0, (50, 3))
    impulse.push(time, force, carried=time[:, None])
    impulse.drop(7)
    rows = np.array([[0, 5, 5], [42, 1, 30]])
    assert np.array_equal(impulse.force_at(rows), impulse.force_n[:, rows])
    some = impulse.sum_at(rows[0], channels=slice(1, 3))
    assert np.array_equal(some, impulse.sum_n_s[1:3][:, rows[0]])


def test_memory_does_not_grow_with_rows_given_back():
    impulse = RunningImpulse(channels=1)
    for second in range(2000):
        time = second + np.arange(100) / 100
        impulse.push(time, np.ones((100, 1)))
        impulse.drop(len(impulse) - 10)
    assert len(impulse) == 10
    assert impulse._store.shape[1] < 1000
    assert impulse.sum_n_s[0, -1] == pytest.approx(1999.99)


def test_a_splice_keeps_integrals_across_the_hole_and_the_row_named():
    impulse = RunningImpulse(channels=1)
    time = np.arange(0.0, 10.0, 0.1)
    force = np.where(np.arange(100) == 57, 50.0, 10.0)
    impulse.push(time, force[:, None])
    before = impulse.between(0.05, 9.85)[0, 0]
    impulse.splice(20, 80, keep=57)
    assert len(impulse) == 20 + 1 + 20
    assert impulse.force_n[0].max() == 50.0
    assert impulse.between(0.05, 9.85)[0, 0] == before


def test_time_that_stands_still_is_a_programmers_error():
    impulse = RunningImpulse(channels=1)
    impulse.push(np.array([0.0, 1.0]), np.ones((2, 1)))
    with pytest.raises(ValueError, match="increase"):
        impulse.push(np.array([1.0]), np.ones((1, 1)))
