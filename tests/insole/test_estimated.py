"""A loss of 30 to 100 ms inside a contact: no times of it, but an estimate of its impulse."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.summary import summarise
from insole.model.gait import StepFlag
from insole.model.quality import Quality
from tests.insole.closed_forms import half_sine
from tests.insole.gait_loads import load, run_of, steps_of
from tests.insole.whole_trials import analysed, truth_of

RATE_HZ = 100.0


def bridged(lost: slice, *, contact: int = 3):
    """A half-sine run in which rows of one contact were filled on a straight line."""
    whole = run_of(half_sine(), rate_hz=RATE_HZ, strides=8)
    first = int(np.flatnonzero(whole.time_s >= 0.3 + contact * half_sine().stride_s)[0])
    total = whole.total_n.copy()
    begin, end = first + lost.start, first + lost.stop
    total[begin:end] = np.interp(
        whole.time_s[begin:end], whole.time_s[[begin - 1, end]], total[[begin - 1, end]]
    )
    marks = np.zeros(len(total), np.uint32)
    marks[begin:end] = Quality.GAP | Quality.INTERPOLATED
    return steps_of(load(whole.time_s, total, marks), rate_hz=RATE_HZ)


def test_less_than_a_fifth_of_the_contact_lost_leaves_an_estimate_of_its_impulse():
    steps = bridged(slice(9, 13))  # 40 of 230 ms
    assert steps.flags[3] & StepFlag.GAP
    assert steps.flags[3] & StepFlag.ESTIMATED
    assert not steps.valid[3]
    means = summarise(steps)
    assert means["impulse_BW_s"]["n"] == means["impulse_N_s"]["n"] == 8
    for name in ("contact_s", "po50_N_s", "peak_force_N", "mean_force_N"):
        assert means[name]["n"] == 7
    # a chord of width w under a half sine of height A cuts off at most A·w³·(π/t_c)²/12
    signal = half_sine()
    most = signal.peak * 0.05**3 * (np.pi / 0.23) ** 2 / 12.0
    truth = signal.area(signal.last_down(0.05)) - signal.area(signal.first_up(0.05))
    assert abs(steps.value["impulse_BW_s"][3] - truth) < most + 0.002 * truth
    assert abs(steps.value["impulse_BW_s"][3] - truth) < 3.0 * steps.u["impulse_BW_s"][3]


def test_a_fifth_of_the_contact_or_more_lost_leaves_nothing():
    steps = bridged(slice(8, 14))  # 60 of 230 ms
    assert steps.flags[3] & StepFlag.GAP
    assert not steps.flags[3] & StepFlag.ESTIMATED
    assert summarise(steps)["impulse_BW_s"]["n"] == 7


@pytest.mark.parametrize("lost", [slice(-3, 1), slice(22, 26)])
def test_a_loss_that_ends_or_begins_in_the_cell_of_a_stamp_touches_the_contact(lost):
    steps = bridged(lost)
    assert steps.flags[3] & StepFlag.GAP
    assert not steps.valid[3]
    assert steps.valid[[2, 4]].all()


def test_a_loss_in_the_air_touches_no_contact():
    assert not bridged(slice(30, 36)).flags.any()


def test_losses_of_a_whole_trial_give_estimates_near_the_truth_and_no_contact_times():
    truth = truth_of("run")
    clean = analysed(truth, seconds=20.0).to_dict()
    inside = [row for row in clean["steps"] if row["side"] == "left" and row["valid"]][3:20:4]
    start = np.array([row["foot_strike_s"] + 0.10 for row in inside])
    lost = np.rint(start * RATE_HZ).astype(int)[:, None] + np.arange(4)
    told = analysed(truth, seconds=20.0, lost=lost.ravel()).to_dict()
    doubtful = [row for row in told["steps"] if "estimated" in row["flags"]]
    assert len(doubtful) == len(inside)
    for row, known in zip(doubtful, inside, strict=True):
        assert not row["valid"]
        u = row["uncertainty"]["impulse_N_s"]
        assert row["impulse_N_s"] == pytest.approx(known["impulse_N_s"], abs=3.0 * u)
    left = told["summary"]["left"]
    assert left["impulse_N_s"]["n"] == left["contact_s"]["n"] + len(inside)
