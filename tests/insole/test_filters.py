"""The causal filter: the delays of science.md 7.2, its cut-off, and the same bits in any chunk."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from insole.signal.filters import LowPass


def through(x, *, rate_hz, cut_hz):
    return LowPass(rate_hz, cut_hz).push(x, breaks=np.zeros(len(x), bool))


def response(rate_hz, cut_hz, frequency):
    """Gain, and group delay in ms, from the answer to a single pulse."""
    n = int(4 * rate_hz)
    pulse = np.zeros(n)
    pulse[1] = 1.0  # the first sample sets the state of rest
    answer = through(pulse, rate_hz=rate_hz, cut_hz=cut_hz)[1:]
    number = np.arange(n - 1)
    wave = np.exp(-2j * np.pi * frequency / rate_hz * number)
    whole = np.sum(answer * wave)
    return abs(whole), float(np.real(np.sum(number * answer * wave) / whole)) / rate_hz * 1e3


# Table of science.md 7.2, in ms, at 1 to 3 Hz.
@pytest.mark.parametrize(
    ("cut_hz", "rate_hz", "low", "high"),
    [
        (20, 100, 9.8, 10.0), (20, 200, 10.9, 11.1), (20, 500, 11.2, 11.4),
        (30, 100, 5.1, 5.1), (30, 200, 6.9, 6.9), (30, 500, 7.4, 7.4),
        (40, 100, 2.3, 2.3), (40, 200, 4.9, 4.9), (40, 500, 5.5, 5.5),
        (10, 100, 22, 24), (10, 200, 22, 24), (10, 500, 23, 24),
    ],
)  # fmt: skip
def test_the_delay_at_one_to_three_hertz_is_that_of_the_table(cut_hz, rate_hz, low, high):
    rounded = 0.12 if isinstance(low, float) else 0.5  # the table: one place, or none
    for frequency in (1, 2, 3):
        _, delay = response(rate_hz, cut_hz, frequency)
        assert low - rounded <= delay <= high + rounded


@pytest.mark.parametrize("rate_hz", [150, 200, 500])
def test_half_of_the_power_passes_at_the_cut_and_all_of_a_constant(rate_hz):
    gain, _ = response(rate_hz, 30.0, 30.0)
    assert gain == pytest.approx(np.sqrt(0.5), rel=1e-6)
    assert through(np.full(300, 640.0), rate_hz=rate_hz, cut_hz=30.0) == pytest.approx(640.0)


@pytest.mark.parametrize("rate_hz", [125.0, 200.0, 500.0])
def test_it_is_the_butterworth_of_a_text_book(rate_hz):
    x = np.random.default_rng(2).normal(size=1000).cumsum()
    sections = signal.butter(2, 30.0, fs=rate_hz, output="sos")
    said, _ = signal.sosfilt(sections, x, zi=signal.sosfilt_zi(sections) * x[0])
    assert through(x, rate_hz=rate_hz, cut_hz=30.0) == pytest.approx(said, rel=1e-9, abs=1e-9)


@given(cuts=st.sets(st.integers(1, 199)), breaks=st.sets(st.integers(0, 199)))
def test_grouping_changes_no_bit_of_the_filter(cuts, breaks):
    x = np.random.default_rng(3).normal(size=200) * 700
    broken = np.isin(np.arange(200), list(breaks))
    whole = LowPass(200.0, 30.0).push(x, breaks=broken)
    parts = LowPass(200.0, 30.0)
    pieces = [
        parts.push(values, breaks=marks)
        for values, marks in zip(
            np.split(x, sorted(cuts)), np.split(broken, sorted(cuts)), strict=True
        )
    ]
    assert np.concatenate(pieces).tobytes() == whole.tobytes()


def test_a_break_forgets_what_was_before():
    x = np.concatenate((np.full(20, 900.0), np.full(20, 100.0)))
    broken = np.arange(40) == 20
    out = LowPass(200.0, 30.0).push(x, breaks=broken)
    assert out[20:] == pytest.approx(100.0)


def test_a_fast_insole_starts_without_the_slow_library():
    code = (
        "import sys; from insole.signal.contacts import ContactDetector\n"
        "from insole.parameters import Parameters\n"
        "ContactDetector(mass_kg=70.0, rate_hz=500.0, parameters=Parameters())\n"
        "assert 'scipy.signal' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
