"""Hostile and hopeless input of the comparison: a refusal or a reason, never a warning."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import insole.compare
from insole.compare import (
    Difference,
    adjust,
    baseline,
    blocks,
    cohort,
    combine,
    curves,
    difference,
    paired,
    recordings,
    trend,
)
from insole.errors import RequestError

anything = st.floats(allow_nan=True, allow_infinity=True)
row = st.lists(anything, max_size=12)


def finite(value) -> bool:
    """Nothing inside is NaN or infinite; arrays may hold NaN where a node was dropped."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple | list):
        return all(finite(one) for one in value)
    return not isinstance(value, np.ndarray) or not np.isinf(value).any()


@given(row, row, anything)
def test_hostile_numbers_are_refused_or_answered_without_a_number(a, b, one):
    answers = [
        lambda: difference(a, b),
        lambda: difference(a, b, margin=one),
        lambda: recordings(a * 20, b * 20),
        lambda: paired(a, b),
        lambda: blocks(a),
        lambda: blocks(a, a=b),
        lambda: cohort(a),
        lambda: cohort(a, se=b),
        lambda: baseline(a, new=one),
        lambda: baseline(a, new=1.0, prior_cv=one),
        lambda: trend(a, b),
        lambda: combine(one, 1.0, 3.0),
        lambda: combine(1.0, one, 3.0),
        lambda: combine(1.0, 1.0, one),
        lambda: combine(1.0, 1.0, 3.0, u_gain=one),
        lambda: curves([a] * 5, [b] * 5),
        lambda: curves(np.outer(np.arange(5.0), np.array(a, dtype=float))),
        lambda: adjust(a, "bh"),
    ]
    for ask in answers:
        try:
            with np.errstate(invalid="ignore", over="ignore"):  # of what the test itself makes
                answer = ask()
        except RequestError:
            continue
        told = answer if isinstance(answer, tuple) else astuple(answer)
        assert finite(told), answer
        if isinstance(answer, Difference) and answer.ci95 is None:
            assert answer.why


@pytest.mark.parametrize("values", [["x"], [[1.0], [2.0]], 3.0, [[1.0], [2.0, 3.0]], [1j]])
def test_what_is_no_row_of_numbers_is_refused(values):
    with pytest.raises(RequestError):
        difference(values, [1.0, 2.0])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_missing_value_is_a_reason_and_no_warning(bad):
    assert "finite" in difference([1.0, bad, 2.0], [1.0, 2.0, 3.0]).why
    assert "finite" in curves([[1.0, bad]] * 5).why
    assert "finite" in trend([0.0, 1.0], [1.0, bad]).why
    assert "finite" in baseline([1.0, bad, 2.0]).why


def test_values_that_do_not_vary_have_no_interval():
    answer = difference([2.0] * 5, [3.0] * 5, margin=0.1)
    assert (answer.diff, answer.ci95, answer.verdict) == (1.0, None, "cannot_tell")
    assert answer.why
    assert curves([[1.0] * 5] * 5, [[2.0] * 5] * 5).why
    assert trend(range(12), [1.0] * 12).trend is False
    assert baseline([1.0, 1.0, 1.0]).band is None


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    for name in insole.compare.__all__:
        assert callable(getattr(insole.compare, name)), name
    assert set(insole.compare.__all__) <= set(dir(insole.compare))
    with pytest.raises(AttributeError, match="no attribute"):
        _ = insole.compare.nothing
