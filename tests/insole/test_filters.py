"""The causal filter: the delays of science.md 7.2, its cut-off, and the same bits in any chunk."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from insole.signal.filters import LowPass, Smooth, bessel2, one_pole


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


# --- what is drawn live: science.md 7.3, and the last two rows of the table in 7.2 ---


def recursed(smooth_kind, x, *, rate_hz, cut_hz):
    """The same filter by a library's recursion, from a state of rest at the first sample."""
    k = np.tan(np.pi * cut_hz / rate_hz)
    up, down = {"one-pole": one_pole, "bessel": bessel2}[smooth_kind](k)
    a = np.array([1.0, *down])
    start = signal.lfilter_zi(np.array(up), a) * x[0]
    return signal.lfilter(up, a, x, zi=start)[0]


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 200.0, 500.0])
@pytest.mark.parametrize("kind", ["one-pole", "bessel"])
def test_what_is_drawn_is_the_recursive_filter_of_a_text_book(kind, rate_hz):
    x = np.random.default_rng(4).normal(size=700).cumsum() + 300.0
    said = recursed(kind, x, rate_hz=rate_hz, cut_hz=10.0)
    smooth = Smooth(kind, rate_hz=rate_hz, cut_hz=10.0)
    for end in (1, 2, 3, 40, 700):
        assert smooth.newest(x[:end, None]) == pytest.approx(said[end - 1], abs=1e-6)


def test_the_bessel_is_the_one_of_a_library():
    rate_hz = 100.0
    sections = signal.bessel(2, 10.0, fs=rate_hz, output="ba", norm="mag")
    up, down = bessel2(np.tan(np.pi * 10.0 / rate_hz))
    assert up == pytest.approx(sections[0], rel=1e-9)
    assert (1.0, *down) == pytest.approx(sections[1], rel=1e-9)


@pytest.mark.parametrize("rate_hz", [100.0, 200.0, 500.0])
@pytest.mark.parametrize("kind", ["one-pole", "bessel"])
def test_half_of_the_power_is_drawn_at_the_cut(kind, rate_hz):
    t = np.arange(int(3 * rate_hz)) / rate_hz
    smooth = Smooth(kind, rate_hz=rate_hz, cut_hz=10.0)
    waves = np.stack((np.cos(2 * np.pi * 10.0 * t), np.sin(2 * np.pi * 10.0 * t)), axis=1)
    drawn = smooth.newest(waves)
    assert np.hypot(*drawn) == pytest.approx(np.sqrt(0.5), rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "frequency", "told"),
    [("one-pole", 2.0, 15.0), ("bessel", 1.0, 21.5), ("bessel", 8.0, 19.7)],
)
@pytest.mark.parametrize("rate_hz", [100.0, 200.0, 500.0])
def test_the_delay_of_what_is_drawn_is_that_of_the_table(kind, frequency, told, rate_hz):
    delay = 1e3 * Smooth(kind, rate_hz=rate_hz, cut_hz=10.0).delay_s(frequency)
    assert delay == pytest.approx(told, abs=0.7)  # one row for all rates, rounded


@pytest.mark.parametrize("kind", ["one-pole", "bessel"])
def test_a_slow_beat_is_drawn_as_late_as_it_is_told(kind):
    """Group delay seen in the samples: a 2 Hz wave whose size swells over many seconds."""
    rate_hz, swell_s, peak_s = 100.0, 2.0, 8.0
    smooth = Smooth(kind, rate_hz=rate_hz, cut_hz=10.0)
    t = np.arange(int(16 * rate_hz)) / rate_hz
    swell = np.exp(-0.5 * ((t - peak_s) / swell_s) ** 2)
    wave = np.exp(2j * np.pi * 2.0 * t)
    rows = np.stack(((swell * wave).real, (swell * wave).imag), axis=1)
    drawn = np.array([smooth.newest(rows[: i + 1]) for i in range(len(t))])
    power = drawn[:, 0] ** 2 + drawn[:, 1] ** 2
    centre = float((power * t).sum() / power.sum())
    assert centre - peak_s == pytest.approx(smooth.delay_s(2.0), abs=2e-4)


def test_a_constant_is_drawn_as_it_is_from_the_first_sample_on():
    for kind in ("one-pole", "bessel"):
        smooth = Smooth(kind, rate_hz=100.0, cut_hz=10.0)
        for count in (1, 2, 7, 500):
            assert smooth.newest(np.full((count, 2), 31.5)) == pytest.approx([31.5, 31.5])


def test_an_insole_slower_than_the_filter_is_drawn_as_it_comes():
    smooth = Smooth("bessel", rate_hz=18.0, cut_hz=10.0)
    assert smooth.newest(np.array([[1.0], [5.0]])).tolist() == [5.0]
    assert smooth.delay_s() == 0.0
