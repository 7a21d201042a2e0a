"""Defaults are those of appendix A of the specification, and whatever changes one is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.errors import SettingsError
from insole.parameters import Parameters, parse

APPENDIX_A = {
    "physics.g": 9.80665,
    "mask.y_hm": 0.30, "mask.y_mf0": 0.60, "mask.y_mf_slope": -0.05, "mask.y_toe0": 0.81,
    "mask.y_toe_slope": -0.06, "mask.u_12": 0.286, "mask.u_34": 0.714, "mask.u_hal": 0.30,
    "tripod.min_N": 30, "tripod.min_BW": 0.05, "tripod.tv_zone": 0.12,
    "tripod.corner_dwell_s": 0.25,
    "events.on_BW": 0.05, "events.on_N": 25, "events.on_sigma": 5, "events.off_BW": 0.04,
    "events.off_N": 20, "events.off_sigma": 4, "events.rep_BW": 0.05, "events.min_stance_s": 0.08,
    "events.min_swing_s": 0.10, "events.peak_gate_BW": 0.5,
    "events.min_stance_walk_s": 0.20,
    "gain.single_leg_s": 5, "gain.accept_rel": 0.05,
    "gain.dyn_min_strides": 10, "gain.warn_rel": 0.10,
    "filters.event_above_hz": 120, "filters.event_cut_hz": 30,
    "sway.drop_start_s": 2.0, "sway.drop_end_s": 0.5, "sway.cut_hz": 10, "sway.live_cut_hz": 5,
    "clock.window_s": 120, "clock.slot_ms": 100, "clock.skew_prior_ppm": 200,
    "clock.freeze_slope_s": 30, "clock.slew_ms_per_s": 0.5, "clock.sync_sd_s": 0.003,
    "gaps.interp_ms": 30, "gaps.display_ms": 100, "gaps.min_valid": 0.95,
    "gaps.stance_est_frac": 0.20,
    "latency.visual_ms": 100, "latency.visual_max_ms": 150,
    "display.stale_s": 0.25, "display.ema_hz": 10,
}  # fmt: skip


@pytest.mark.parametrize(("key", "value"), APPENDIX_A.items())
def test_the_default_is_that_of_appendix_a(key, value):
    assert Parameters()[key] == value


def test_targets_are_those_of_appendix_a():
    assert Parameters().several("targets.bipedal") == (0.55, 0.25, 0.20)
    assert Parameters().several("targets.single") == (0.45, 0.33, 0.22)
    assert Parameters().several("tripod.contact_on") == (12, 0.04)
    assert Parameters().several("tripod.contact_off") == (8, 0.025)
    assert Parameters().several("events.baseline_window") == (0.30, 0.70)


@given(st.sampled_from([key for key in APPENDIX_A if "slope" not in key]), st.floats(1.5, 9.0))
def test_whatever_is_set_is_in_the_hash(key, factor):
    changed = Parameters({key: APPENDIX_A[key] * factor})
    assert changed.sha256() != Parameters().sha256()
    assert changed.sha256() == Parameters({key: APPENDIX_A[key] * factor}).sha256()


@pytest.mark.parametrize("text", ["events.rep_X=1", "events.rep_N", "events.rep_N=-5", "=1"])
def test_what_is_no_parameter_is_refused(text):
    with pytest.raises(SettingsError):
        parse([text])
