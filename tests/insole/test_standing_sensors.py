"""Standing has no swings: no sensor is left out because it stays loaded there."""

from __future__ import annotations

from insole.model.foot import Side
from tests.insole.test_guided_calibration import pair, trial_of


def test_from_both_feet_to_one_no_sensor_is_taken_for_one_that_stays_loaded_in_the_air():
    trial = trial_of()
    for item in pair("drill", seconds=45):
        trial.feed([item])
    for side in Side:
        assert trial.pair.feet[side].sensors.findings == []
