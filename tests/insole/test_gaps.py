import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.model.quality import Quality
from insole.model.stream import Samples
from insole.parameters import Parameters
from insole.signal.clock import Timed
from insole.signal.gaps import GapStage

FILLED, LONG = Quality.INTERPOLATED, Quality.INTERPOLATED | Quality.GAP


def timed(sequence, *, rate_hz=100, time_s=None, segment=0):
    """Sensors that rise by 3 and by -2 codes a sample: on a straight line any filling is exact."""
    sequence = np.asarray(sequence, dtype=np.int64)
    time_s = sequence / rate_hz if time_s is None else np.asarray(time_s, dtype=np.float64)
    values = np.asfortranarray(np.stack((3 * sequence, 4000 - 2 * sequence), axis=1))
    arrival_ns = np.round(time_s * 1e9).astype(np.int64) + 5_000_000
    samples = Samples(
        "a",
        sequence,
        sequence * 10_000,
        arrival_ns,
        values.astype(np.uint16),
        np.zeros(len(sequence), dtype=np.uint32),
        segment,
    )
    return Timed(samples, time_s)


def stage(rate_hz=100, **changed):
    return GapStage(rate_hz=rate_hz, parameters=Parameters(changed))


def test_without_a_gap_values_are_the_wire_integers_uncopied():
    chunk = timed(range(50))
    frames = stage().push(chunk)
    assert frames.values is chunk.samples.values
    assert frames.quality[0] == Quality.BREAK
    assert not frames.quality[1:].any()
    assert frames.quality is not chunk.samples.flags


@pytest.mark.parametrize(
    ("rate_hz", "missing", "flags"),
    [
        (100, 1, FILLED),
        (100, 3, FILLED),  # 30 ms is still interpolated
        (100, 4, LONG),
        (100, 10, LONG),  # 100 ms is still filled
        (200, 6, FILLED),
        (200, 7, LONG),
        (500, 50, LONG),
    ],
)
def test_short_gaps_are_filled_on_the_straight_line(rate_hz, missing, flags):
    sequence = [*range(10), *range(10 + missing, 20 + missing)]
    frames = stage(rate_hz).push(timed(sequence, rate_hz=rate_hz))
    whole = np.arange(20 + missing)
    assert frames.time_s == pytest.approx(whole / rate_hz, abs=1e-12)
    assert frames.values[:, 0] == pytest.approx(3 * whole)
    assert frames.values[:, 1] == pytest.approx(4000 - 2 * whole)
    expected = np.zeros(len(whole), dtype=np.uint32)
    expected[10 : 10 + missing] = flags
    expected[0] = Quality.BREAK
    assert frames.quality.tolist() == expected.tolist()
    assert (frames.arrival_ns[10 : 10 + missing] == frames.arrival_ns[10 + missing]).all()


@pytest.mark.parametrize(("rate_hz", "missing"), [(100, 11), (200, 21), (100, 100_000)])
def test_long_gaps_are_a_break_and_nothing_is_invented(rate_hz, missing):
    sequence = [*range(10), *range(10 + missing, 20 + missing)]
    frames = stage(rate_hz).push(timed(sequence, rate_hz=rate_hz))
    assert len(frames.time_s) == 20
    assert np.flatnonzero(frames.quality).tolist() == [0, 10]
    assert frames.quality[10] == Quality.BREAK


def test_a_reboot_is_a_break_even_when_numbers_go_on():
    gaps = stage()
    gaps.push(timed(range(10)))
    frames = gaps.push(timed(range(10, 20), segment=1))
    assert frames.quality.tolist() == [Quality.BREAK] + [0] * 9


def test_a_pause_in_time_that_no_number_tells_of_is_a_break():
    time_s = np.arange(20) / 100
    time_s[10:] += 0.5
    frames = stage().push(timed(range(20), time_s=time_s))
    assert np.flatnonzero(frames.quality).tolist() == [0, 10]


def test_wrong_nominal_rate_makes_no_break():
    frames = stage(200).push(timed(range(100), rate_hz=208))
    assert np.flatnonzero(frames.quality).tolist() == [0]


def test_flags_of_the_device_stay():
    chunk = timed([0, 1, 3])
    chunk.samples.flags[:] = Quality.DERIVED_TIME
    frames = stage().push(chunk)
    assert frames.quality[[1, 3]].tolist() == [Quality.DERIVED_TIME] * 2
    assert frames.quality[2] == Quality.INTERPOLATED


def test_a_gap_at_the_seam_of_two_pushes_is_filled():
    gaps = stage()
    gaps.push(timed(range(5)))
    frames = gaps.push(timed(range(7, 9)))
    assert frames.values[:, 0].tolist() == [15, 18, 21, 24]
    assert frames.quality.tolist() == [FILLED, FILLED, 0, 0]
    assert gaps.flush() is None


@given(
    steps=st.lists(st.sampled_from([1, 1, 1, 2, 4, 5, 11, 12, 300]), min_size=1, max_size=80),
    cuts=st.sets(st.integers(1, 80)),
    seed=st.integers(0, 2**32 - 1),
)
def test_grouping_changes_no_bit(steps, cuts, seed):
    rng = np.random.default_rng(seed)
    sequence = np.cumsum(steps)
    whole = timed(sequence, time_s=sequence / 100 + rng.uniform(0, 0.004, len(sequence)))
    whole.samples.values[:] = rng.integers(0, 4096, whole.samples.values.shape)
    one, many = stage(), stage()
    expected = one.push(whole)
    bounds = [0, *sorted(c for c in cuts if c < len(steps)), len(steps)]
    parts = []
    for start, end in itertools.pairwise(bounds):
        cut = slice(start, end)
        s = whole.samples
        parts.append(
            many.push(
                Timed(
                    Samples(
                        "a",
                        s.sequence[cut],
                        s.tick_us[cut],
                        s.arrival_ns[cut],
                        s.values[cut],
                        s.flags[cut],
                    ),
                    whole.time_s[cut],
                )
            )
        )
    for name in ("time_s", "quality", "arrival_ns"):
        got = np.concatenate([getattr(p, name) for p in parts])
        assert got.tobytes() == getattr(expected, name).tobytes()
    values = np.concatenate([p.values.astype(np.float64) for p in parts])
    assert values.tobytes() == np.ascontiguousarray(expected.values, dtype=np.float64).tobytes()
    assert (np.diff(expected.time_s) > 0).all()
