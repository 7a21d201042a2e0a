"""How numbers are written, and what of the sole is drawn as unseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole_gui.state.numbers import Number, spoken, written
from insole_gui.state.sole import REACH, Field, centres, raster, spacing_mm


def test_a_doubt_below_the_last_digit_is_said_to_be_less_than_it():
    assert written(Number(0.313, 0.0, 8), most=3) == ("0.313", "±<0.001")
    assert written(Number(755.0, 0.2, 8), most=0) == ("755", "±<1")
    assert spoken(Number(755.0, 0.2, 8), most=0, unit="ms") == ("755 plus or minus less than 1 ms")


@given(
    value=st.floats(0.01, 5000.0),
    half=st.floats(0.0, 100.0),
    most=st.integers(0, 3),
)
def test_a_doubt_is_never_written_as_nothing(value, half, most):
    shown = written(Number(value, half, 8), most=most)[1]
    assert float(shown.lstrip("±<")) > 0
    assert shown.startswith("±<") or float(shown[1:]) == pytest.approx(half, rel=0.51)


def test_the_unseen_region_ends_in_a_smooth_line(make_run):
    layout = make_run().layout
    shape = (768, 256)
    unseen = Field(layout, shape, mirrored=False).unseen
    size = np.array([layout.width_mm, layout.length_mm])
    apart = np.linalg.norm((centres(shape) * size)[:, None] - layout.xy * size, axis=-1)
    truth = (apart.min(axis=1) > REACH * spacing_mm(layout)).reshape(shape)
    truth &= raster(layout.outline, shape)
    # a pixel differs only where the line itself passes, never by a step of four pixels
    wrong = truth != unseen
    inner = truth.copy()
    for axis in (0, 1):
        for by in (-2, 2):
            inner &= np.roll(truth, by, axis)
    assert truth.any()
    assert not (wrong & inner).any()
