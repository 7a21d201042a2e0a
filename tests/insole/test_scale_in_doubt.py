"""Where the force scale is in doubt no mean in newtons or kPa is given (science.md, 2.4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insole.metrics import registry
from insole.metrics.movement import without_scale
from tests.insole.whole_trials import analysed, truth_of


@pytest.mark.parametrize("activity", ["stand", "hop"])
def test_shares_and_times_stay_and_newtons_go(activity):
    sure = analysed(truth_of(activity), seconds=12.0)
    doubt = replace(sure, check=replace(sure.check, verdict="force scale uncertain"))
    one, two = sure.to_dict(), doubt.to_dict()
    reasons = doubt.not_available()
    for name in registry.BESIDE_IN_NEWTONS:
        assert reasons[name].startswith("force scale uncertain")
        assert name not in sure.not_available()
    if activity == "stand":
        (before,), (after,) = one["balance"]["spans"], two["balance"]["spans"]
        assert before["standing_peak_pressure_kPa"]["left"]["heel"]["value"] > 0
        assert after["standing_peak_pressure_kPa"] is None
        assert after["standing_rearfoot_share"] == before["standing_rearfoot_share"]
        assert after["hold_s"] == before["hold_s"]
    else:
        (before,), (after,) = one["hops"]["sets"], two["hops"]["sets"]
        gone = {name for name, entry in after["best"].items() if entry is None}
        assert gone == {"hop_peak_N", "hop_peak_BW", "hop_po_rev_N_s", "hop_po_rev_BW_s"}
        assert before["best"]["hop_peak_N"]["mean"] > 0
        assert after["best"]["hop_flight_s"] == before["best"]["hop_flight_s"]
        assert np.isfinite(after["hops"][0]["hop_peak_N"])


def test_sections_that_are_not_there_stay_so():
    assert without_scale({}) == {}
    empty = {"balance": {"spans": None, "why": "x"}, "hops": {"sets": None, "why": "y"}}
    assert without_scale(empty) == empty
