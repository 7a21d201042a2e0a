import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from insole.signal.envelope import Envelope

SLOT_US, SLOTS, LIMIT = 100_000, 20, 200e-6
BLOCK_US = SLOT_US * SLOTS


@given(
    seed=st.integers(0, 2**32 - 1),
    packets=st.integers(2, 600),
    scatter_s=st.sampled_from([0.0, 1e-5, 1e-3, 1e-2]),
    ppm=st.floats(-300, 300),
)
@settings(max_examples=60)
def test_the_line_solves_the_linear_programme_over_the_slots_least_late_packets(
    seed, packets, scatter_s, ppm
):
    """Highest at the mean device time, below every point, slope at most 200 ppm."""
    rng = np.random.default_rng(seed)
    device_us = np.sort(rng.choice(30_000, packets, replace=False)).astype(np.int64) * 1000
    device_us -= device_us[0]
    late_ns = 1e9 * rng.exponential(scatter_s, packets) + ppm * 1e-3 * device_us
    arrival_ns = device_us * 1000 + np.round(late_ns).astype(np.int64)

    envelope = Envelope(
        zero_ns=0, slot_us=SLOT_US, slots=SLOTS, window=100, least=1, slope_limit=LIMIT
    )
    envelope.add(device_us, arrival_ns)
    block = int(device_us[-1]) // BLOCK_US
    (line,) = envelope.fits(np.array([block]), slope=0.0)
    if block == 0:
        assert line is None
        return

    slot = device_us // SLOT_US
    late_ns = arrival_ns - device_us * 1000
    least = [
        rows[np.argmin(late_ns[rows])]
        for number in np.unique(slot[slot < block * SLOTS])
        for rows in [np.flatnonzero(slot == number)]
    ]
    device_s, late_ms = device_us[least] * 1e-6, late_ns[least] * 1e-6
    from_mean = device_s - device_s.mean()
    best = linprog(
        [-1.0, 0.0],
        A_ub=np.stack((np.ones_like(from_mean), from_mean * 1e-3), axis=1),
        b_ub=late_ms,
        bounds=[(None, None), (-LIMIT * 1e6, LIMIT * 1e6)],
    )
    assert abs(line.slope) <= LIMIT
    assert line.at(device_s.mean()) * 1e3 == pytest.approx(best.x[0], abs=1e-6)
    assert (line.level_s + line.slope * device_s <= late_ms * 1e-3 + 1e-12).all()


def test_a_block_outside_the_window_is_forgotten():
    envelope = Envelope(
        zero_ns=0, slot_us=SLOT_US, slots=SLOTS, window=2, least=30, slope_limit=LIMIT
    )
    device_us = np.array([0, 5 * BLOCK_US], dtype=np.int64)
    rows, blocks = envelope.add(device_us, device_us * 1000)
    assert (rows.tolist(), blocks.tolist()) == ([1], [5])
    soon, late = envelope.fits(np.array([2, 3]), slope=0.0)
    assert soon is not None
    assert late is None
