"""The first maximum of ranges of rows, however they are looked at."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from insole.signal.stances import first_maximum


@given(
    lengths=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 40)), min_size=1, max_size=12),
    lines=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_first_of_the_largest_rows_is_found_in_every_line(lengths, lines, seed):
    high = np.cumsum([inside + apart for inside, apart in lengths]) + 1
    low = high - [inside for inside, _ in lengths]
    values = np.random.default_rng(seed).integers(0, 4, (lines, high[-1] + 2)).astype(np.float64)
    found = first_maximum(values, low, high)
    assert found.shape == (lines, len(low))
    for line, rows in zip(values, found, strict=True):
        expected = [
            int(begin) + line[begin:end].tolist().index(max(line[begin:end]))
            for begin, end in zip(low, high, strict=True)
        ]
        assert rows.tolist() == expected
        assert first_maximum(line, low, high).tolist() == expected
