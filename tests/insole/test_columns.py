"""Sums over sensors: right, and the same bits however rows are grouped or laid out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.signal import columns
from insole.signal.columns import weighted

SENSORS, SUMS = 23, 5


def scene(seed, rows, dtype=np.float64):
    """Values of any size and sign, and weights of which a third are 0."""
    random = np.random.default_rng(seed)
    values = random.normal(0.0, 1.0, (rows, SENSORS)) * 10.0 ** random.integers(-3, 6, SENSORS)
    weights = random.normal(0.0, 1.0, (SENSORS, SUMS)) * (random.random((SENSORS, SUMS)) < 0.66)
    weights[:, -1] = weights[:, 0] * (weights[:, 0] > 0)  # equal weights share a product
    zero = random.normal(0.0, 1.0, SENSORS) * (random.random(SENSORS) < 0.5)
    return values.astype(dtype), weights, zero


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.sets(st.integers(1, 399), max_size=12),
    order=st.sampled_from("CF"),
    with_zero=st.booleans(),
)
def test_neither_grouping_nor_memory_order_changes_a_bit(seed, cuts, order, with_zero):
    values, weights, zero = scene(seed, 400)
    zero = zero if with_zero else None
    whole = weighted(values, weights, zero=zero)
    parts = [
        weighted(np.asarray(part, order=order), weights, zero=zero)
        for part in np.split(values, sorted(cuts))
    ]
    assert np.ascontiguousarray(np.concatenate(parts)).tobytes() == (
        np.ascontiguousarray(whole).tobytes()
    )


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 64, 300, columns.BLOCK_ROWS + 1])
@pytest.mark.parametrize("dtype", [np.float64, np.uint16, np.int16, np.int32])
def test_the_way_for_few_rows_and_the_way_for_many_give_the_same_bits(rows, dtype, monkeypatch):
    values, weights, zero = scene(rows, rows)
    values = np.abs(values % 4096).astype(dtype)
    results = []
    for limit in (0, rows):
        monkeypatch.setattr(columns, "SHORT_ROWS", limit)
        results += [weighted(values, weights), weighted(values, weights, zero=zero)]
    for long_way, short_way in zip(results[:2], results[2:], strict=True):
        assert np.ascontiguousarray(long_way).tobytes() == np.ascontiguousarray(short_way).tobytes()


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_sums_agree_with_exactly_rounded_ones(seed):
    values, weights, zero = scene(seed, 3)
    got = weighted(values, weights, zero=zero)
    for row in range(3):
        for k in range(SUMS):
            terms = [
                weight * max(value - low, 0.0)
                for value, weight, low in zip(values[row], weights[:, k], zero, strict=True)
            ]
            size = math.fsum(map(abs, terms))
            assert abs(got[row, k] - math.fsum(terms)) <= 1e-14 * size + 1e-300


@pytest.mark.parametrize("rows", [3, 200])
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_sensor_without_weight_spoils_nothing(rows, odd):
    values = np.ones((rows, 3))
    values[:, 1] = odd
    weights = np.array([[1.0, 1.0], [0.0, 1.0], [2.0, 1.0]])
    got = weighted(values, weights)
    assert (got[:, 0] == 3.0).all()
    assert not np.isfinite(got[:, 1]).any()


def test_negative_codes_are_clamped_and_unsigned_ones_do_not_wrap():
    zero = np.array([10.0, -10.0])
    weights = np.ones((2, 1))
    for dtype in (np.int16, np.uint16):
        values = np.full((200, 2), 5, dtype=dtype)
        assert (weighted(values, weights, zero=zero) == 15.0).all()
    assert (weighted(np.full((200, 2), -5), weights, zero=np.zeros(2)) == 0.0).all()


def test_no_rows_give_no_sums_and_sums_without_weights_are_zero():
    assert weighted(np.empty((0, 4)), np.ones((4, 2))).shape == (0, 2)
    assert weighted(np.ones((5, 4)), np.zeros((4, 2))).tolist() == [[0.0, 0.0]] * 5
    with pytest.raises(ValueError, match="4 sensors"):
        weighted(np.ones((5, 4)), np.ones((3, 2)))
