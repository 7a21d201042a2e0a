"""Trials with anything in them: a document or a refusal, never less."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insole.compare.document import NotComparable, compared
from insole.compare.page import page
from insole.model.foot import Side
from tests.insole.compared_trials import FOOT, USUAL, trial

ODD = st.sampled_from([0.0, -1.0, 1e-12, 1e12, 1e99, 1e200, np.nan, np.inf, -np.inf])
NAMES = st.sampled_from(["contact_s", "peak_force_N", "tripod_heel", "cadence_spm", "flight_s"])


@st.composite
def spoiled(draw, seed):
    """A trial in which some columns, curves and conditions hold what they should not."""
    one = trial(seed, steps=draw(st.sampled_from([20, 31, 45])))
    feet = {}
    for side, foot in one.feet.items():
        value = dict(foot.value)
        for name in draw(st.lists(NAMES, max_size=2, unique=True)):
            column = value[name].copy()
            column[: draw(st.integers(1, len(column)))] = draw(ODD)
            value[name] = column
        feet[side] = replace(foot, value=value)
    conditions = replace(
        USUAL,
        speed_m_s=draw(st.sampled_from([None, 3.0, 1e300])),
        mass_kg=draw(st.sampled_from([None, 70.0, 20.0])),
        k_dyn=draw(st.sampled_from([None, 1.0, 1e-9])),
        feet=dict.fromkeys(Side, replace(FOOT, rate_hz=draw(st.sampled_from([25.0, 100.0, 1e4])))),
    )
    return replace(one, feet=feet, conditions=conditions)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_any_values_give_a_document_or_a_refusal(data, many_a, many_b, register):
    a = [data.draw(spoiled(number)) for number in range(many_a)]
    b = [data.draw(spoiled(50 + number)) for number in range(many_b)]
    try:
        result = compared(a, b, register=register)
    except NotComparable as refusal:
        json.dumps(refusal.document, allow_nan=False)
        return
    json.dumps(result.document, allow_nan=False)
    page(result, names=("A", "B"))
    for one in result.document["metrics"].values():
        assert one["sentence"]
        assert one["ci95"] is None or one["ci95"][0] <= one["ci95"][1]
