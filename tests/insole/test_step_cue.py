"""A step is on the board soon enough for a cue of the next one (science.md, section 7.5)."""

from __future__ import annotations

import numpy as np
import pytest

from insole.model.foot import Side
from insole.model.stream import Samples
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial
from tests.insole.test_live_board import said


@pytest.mark.parametrize("activity", ["run", "walk", "hop"])
def test_a_step_is_known_within_300_ms_of_toe_off(activity):
    """Of data time: packets of 40 ms, and the shortest swing that makes a toe-off final."""
    clocks = tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    trial = RunningTrial(StartState(mass_kg=70.0, clocks=clocks))
    now_s, waited = {}, []
    for item in said(activity, seconds=8.0):
        updates = trial.feed([item])
        if isinstance(item, Samples):
            now_s[item.device] = float(item.arrival_ns[-1]) * 1e-9
        for update in updates:
            for off_s, flags in zip(
                update.steps.value["toe_off_s"], update.steps.flags, strict=True
            ):
                if not flags:
                    waited.append(now_s[update.side.value] - off_s)
    assert len(waited) > 10
    assert np.min(waited) >= 0.1
    assert np.max(waited) <= 0.300


def test_late_half_of_contact_and_contact_time_are_in_that_row():
    clocks = tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    trial = RunningTrial(StartState(mass_kg=70.0, clocks=clocks))
    for item in said("run", seconds=4.0):
        for update in trial.feed([item]):
            if len(update.steps):
                for name in ("contact_s", "po50_N_s", "po_eff_N_s", "s_hal_percent"):
                    assert np.isfinite(update.steps.value[name]).all()
