"""Weighted sums over sensors whose bits depend on neither grouping nor memory order.

A matrix product gives other bits for 1, 3 or 7 rows, and `sum(axis=1)` other bits for one row of
column-ordered memory. Here every sum runs over the sensors in their order, one rounding per
product and one per addition, whatever path is taken (architecture.md, section 5).
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats, Raw

SHORT_ROWS = 96
"""Up to here one accumulation over all pairs is faster than a loop over sensors; measured, the
same for 16 and for 235 sensors."""

BLOCK_ROWS = 16384
"""Rows of one block of a long chunk: its sums, some 10 x 128 kB, stay in the second cache."""


def weighted(values: Raw, weights: Floats, *, zero: Floats | None = None) -> Floats:
    """Sums over sensors: out[:, k] = sum over s of weights[s, k] * max(values[:, s] - zero[s], 0).

    Zero weights are skipped, so a sensor that takes no part cannot spoil a sum with NaN.

    Args:
        values: (n, S) integers or floats, any memory order.
        weights: (S, K).
        zero: (S,) subtracted from the values, with what falls below 0 set to 0; None: values are
            taken as they are.

    Returns:
        (n, K) float64, column-contiguous.
    """
    rows, sensors = values.shape
    if weights.shape[0] != sensors:
        raise ValueError(f"{sensors} sensors but weights for {weights.shape[0]}")
    out = np.empty((rows, weights.shape[1]), order="F")
    there = (weights != 0.0).any(axis=0)
    out[:, ~there] = 0.0
    used = np.flatnonzero(there)
    if not rows or not len(used):
        return out
    with np.errstate(invalid="ignore"):  # infinity times a weight of 0, before it is skipped
        if rows <= SHORT_ROWS:
            block = np.array(values.T, dtype=np.float64, order="C")
            if zero is not None:
                block -= zero[:, None]
                np.maximum(block, 0.0, out=block)
            out[:, used] = _accumulated(block, np.ascontiguousarray(weights[:, used]))
            return out
        for start in range(0, rows, BLOCK_ROWS):
            block = values[start : start + BLOCK_ROWS].T
            if block.strides[1] != block.itemsize:
                block = np.ascontiguousarray(block)
            _add_up(block, weights, out[start : start + BLOCK_ROWS], zero=zero)
    return out


def _accumulated(block: Floats, weights: Floats) -> Floats:
    """(n, K) by `accumulate`, which adds strictly in order; for few rows."""
    products = block[:, :, None] * weights[:, None, :]
    np.copyto(products, -0.0, where=(weights == 0.0)[:, None, :])  # x + -0.0 is x, -0.0 too
    sensors = len(block)
    return np.add.accumulate(products.reshape(sensors, -1), axis=0)[-1].reshape(products.shape[1:])


def _add_up(block: Raw, weights: Floats, out: Floats, *, zero: Floats | None) -> None:
    """The same sums, sensor by sensor and in place; for many rows. `block` is (S, n)."""
    value, product = np.empty(block.shape[1]), np.empty(block.shape[1])
    begun = np.zeros(weights.shape[1], dtype=bool)
    for sensor, (column, row) in enumerate(zip(block, weights, strict=True)):
        value[:] = column
        if zero is not None:
            if zero[sensor] != 0.0:
                value -= zero[sensor]
            if zero[sensor] > 0.0 or block.dtype.kind != "u":  # else nothing is below 0
                np.maximum(value, 0.0, out=value)
        made = 0.0
        for k in np.argsort(row, kind="stable").tolist():
            weight = row[k]
            if weight == 0.0:
                continue
            if weight != made:  # equal weights are neighbours and share their product
                np.multiply(value, weight, out=product)
                made = weight
            if begun[k]:
                out[:, k] += product
            else:
                out[:, k] = product
                begun[k] = True
