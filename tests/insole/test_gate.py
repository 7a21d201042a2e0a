"""Shortest contact of walking and running, weakest contact of gait and of drills."""

from __future__ import annotations

import numpy as np
import pytest

from insole.parameters import Parameters
from tests.insole.closed_forms import half_sine, walking
from tests.insole.gait_loads import BW, load, run_of, same_bits, steps_of

RATE_HZ = 100.0


def with_scuffs(signal, *, length_s: float, height: float = 0.8, strides: int = 8):
    """Gait with a half sine of force in the middle of each swing; and the gait alone."""
    clean = run_of(signal, rate_hz=RATE_HZ, strides=strides)
    middle = 0.3 + (np.arange(strides)[:, None] + 0.5) * signal.stride_s + 0.5 * signal.length_s
    since = clean.time_s - middle + 0.5 * length_s
    inside = (since >= 0) & (since <= length_s)
    bump = (height * BW * np.sin(np.pi * since / length_s) * inside).sum(axis=0)
    return clean, load(clean.time_s, clean.total_n + bump)


def test_a_scuff_of_150_ms_in_the_swing_of_walking_is_no_step():
    slow = walking(stride_s=1.30, length_s=0.80)
    clean, whole = with_scuffs(slow, length_s=0.16)
    steps, truth = steps_of(whole, rate_hz=RATE_HZ), steps_of(clean, rate_hz=RATE_HZ)
    # what walks is known from the second step on: the scuff before it may be one
    later = steps.value["foot_strike_s"] > truth.value["foot_strike_s"][1] - 0.05
    assert steps.value["foot_strike_s"][later] == pytest.approx(
        truth.value["foot_strike_s"][1:], abs=0.01
    )
    short = Parameters({"events.min_stance_walk_s": 0.08})
    assert len(steps_of(whole, rate_hz=RATE_HZ, parameters=short)) == 16


def test_a_contact_of_more_than_200_ms_in_the_swing_of_walking_is_one():
    slow = walking(stride_s=1.70, length_s=0.98)
    _, whole = with_scuffs(slow, length_s=0.30)
    assert len(steps_of(whole, rate_hz=RATE_HZ)) == 16


def test_contacts_of_a_sprint_are_as_short_as_they_are():
    sprint = half_sine(contact_s=0.12, flight_s=0.12)
    assert len(steps_of(run_of(sprint, rate_hz=200, strides=9), rate_hz=200)) == 9


def test_a_walker_who_sprints_is_followed_after_two_contacts_at_most():
    walk = run_of(walking(), rate_hz=200, strides=5)
    sprint = run_of(half_sine(0.15, 0.12), rate_hz=200, strides=12, lead_s=0.05)
    time = np.arange(len(walk.time_s) - 60 + len(sprint.time_s)) / 200.0
    whole = load(time, np.concatenate((walk.total_n[:-60], sprint.total_n)))
    steps = steps_of(whole, rate_hz=200)
    assert 15 <= len(steps) <= 17
    assert np.diff(steps.value["foot_strike_s"][-10:]) == pytest.approx(0.54, abs=0.01)


@pytest.mark.parametrize(("drill", "steps"), [(0.0, 0), (1.0, 6)])
def test_a_light_contact_is_one_in_a_drill_only(drill, steps):
    time = np.arange(int(8 * RATE_HZ)) / RATE_HZ
    press = np.where((time % 1.2 < 0.6) & (time < 7.2), np.sin(np.pi * (time % 1.2) / 0.6), 0.0)
    whole = load(time, 0.3 * BW * press)
    found = steps_of(whole, rate_hz=RATE_HZ, parameters=Parameters({"events.drill": drill}))
    assert len(found) == steps
    weak = load(time, 0.15 * BW * press)
    none = steps_of(weak, rate_hz=RATE_HZ, parameters=Parameters({"events.drill": drill}))
    assert not len(none)


def test_grouping_changes_no_bit_of_what_is_a_step():
    _, whole = with_scuffs(walking(stride_s=1.30, length_s=0.80), length_s=0.16)
    cuts = tuple(range(17, len(whole.time_s), 31))
    assert same_bits(steps_of(whole, rate_hz=RATE_HZ), steps_of(whole, rate_hz=RATE_HZ, cuts=cuts))
