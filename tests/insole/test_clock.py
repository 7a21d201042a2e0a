from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.stream import Samples
from insole.model.trial import ClockPrior
from insole.parameters import Parameters
from insole.signal.clock import ClockStage

ORIGIN_NS = 7_000_000_000_123
BOOT_US = 123_456_789  # device time of the first sample
START_S = 2.5  # host time of the device's first sample, from the origin
FLOOR_S = 0.004


def in_packets(
    delay_s, *, size=5, rate_hz=100, ppm=0.0, segment=0, boot_us=BOOT_US, start_s=START_S
):
    """Signal G8: arrival = start + (1 + skew) * device time + floor + a delay of each packet.

    A packet leaves with its newest sample and none overtakes another.
    """
    n = len(delay_s) * size
    number = np.arange(n)
    device_us = number * (1_000_000 // rate_hz)
    newest_s = device_us[size - 1 :: size] * 1e-6
    arrival_s = start_s + (1 + ppm * 1e-6) * newest_s + FLOOR_S + delay_s
    arrival_ns = np.round(np.maximum.accumulate(arrival_s) * 1e9).astype(np.int64)
    return Samples(
        "a",
        number,
        device_us + boot_us,
        np.repeat(arrival_ns, size) + ORIGIN_NS,
        np.zeros((n, 1), dtype=np.uint16),
        np.zeros(n, dtype=np.uint32),
        segment,
    )


def cut(samples, part):
    return replace(
        samples,
        sequence=samples.sequence[part],
        tick_us=samples.tick_us[part],
        arrival_ns=samples.arrival_ns[part],
        values=samples.values[part],
        flags=samples.flags[part],
    )


def stage(prior=None, **changed):
    parameters = Parameters({f"clock.{key}": value for key, value in changed.items()})
    return ClockStage(origin_ns=ORIGIN_NS, prior=prior, parameters=parameters)


def times(clock, *blocks):
    out = [t for b in blocks for t in clock.push(b)] + clock.flush()
    return np.concatenate([t.time_s for t in out]) if out else np.empty(0)


def truth_s(samples, *, ppm=0.0):
    """When each sample was taken, plus the floor, which nobody can see."""
    return START_S + FLOOR_S + (1 + ppm * 1e-6) * (samples.tick_us - BOOT_US) * 1e-6


def host_s(fit, tick_us):
    """Where a fit puts a device time, by the words of `ClockPrior`."""
    return (tick_us * fit.skew_ppm * 1e-6 + (tick_us + fit.offset_us - ORIGIN_NS / 1000)) * 1e-6


def exponential(packets, mean_s, *, seed=1):
    return np.random.default_rng(seed).exponential(mean_s, packets)


@pytest.mark.parametrize("interval_s", [0.0075, 0.015])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("ppm", [-50.0, 40.0])
def test_ten_minutes_show_skew_within_1_ppm_and_offset_within_a_tenth_ms(interval_s, seed, ppm):
    """Signal G8 of science.md, section 9.2."""
    samples = in_packets(exponential(12_200, interval_s, seed=seed), ppm=ppm)
    clock = stage(window_s=600.0)
    clock.push(samples)
    assert clock.fit.skew_ppm == pytest.approx(ppm, abs=1.0)
    tick_us = BOOT_US + 600_000_000
    true_s = START_S + FLOOR_S + (1 + ppm * 1e-6) * 600
    assert host_s(clock.fit, tick_us) == pytest.approx(true_s, abs=1e-4)
    assert clock.fit.u_s < 1e-3
    assert clock.fit.window_s == 600.0


@pytest.mark.parametrize("ppm", [-50.0, 0.0, 50.0])
def test_drift_is_tracked_over_an_hour(ppm):
    samples = in_packets(exponential(72_000, 0.010), ppm=ppm)
    error_s = times(stage(), samples) - truth_s(samples, ppm=ppm)
    assert np.abs(error_s[30_000:]).max() < 1e-3


def test_the_slope_is_frozen_for_thirty_seconds_and_found_afterwards():
    samples = in_packets(exponential(2000, 0.002), ppm=100.0)  # 100 s, 20 packets a second
    clock = stage()
    skews = []
    for begin in range(0, 10_000, 500):
        clock.push(cut(samples, slice(begin, begin + 500)))
        skews.append(clock.fit.skew_ppm)
    early = np.array(skews[:6])  # 30 s; without a session before, the slope is taken for 0
    assert np.all(early == 0.0)
    assert skews[-1] == pytest.approx(100.0, abs=5.0)
    known = stage(prior=ClockPrior("a", clock.fit.offset_us, 100.0))
    known.push(cut(samples, slice(0, 2000)))
    assert known.fit.skew_ppm == pytest.approx(100.0, abs=1e-9)


def test_bursts_of_30_ms_leave_time_smooth():
    """Packets of 10 ms wait for the connection's event every 30 ms."""
    samples = in_packets(np.tile([0.020, 0.010, 0.0], 6000), size=1)
    time_s = times(stage(), samples)
    assert np.diff(time_s) == pytest.approx(np.full(len(time_s) - 1, 0.01), abs=1e-5)
    assert np.abs(time_s - truth_s(samples)).max() < 1e-4


@given(seed=st.integers(0, 1000), lateness_s=st.floats(0.001, 3.0))
@settings(max_examples=20)
def test_late_packets_never_move_the_fit(seed, lateness_s):
    rng = np.random.default_rng(seed)
    delay_s = np.zeros(2000)
    on_time = in_packets(delay_s, ppm=20.0)
    arrival_ns = on_time.arrival_ns.reshape(-1, 5).copy()
    # Never the first second, which fixes the start, and never every packet of a slot.
    some = rng.choice(np.arange(20, 2000, 2), 400, replace=False)
    arrival_ns[some] += round(lateness_s * 1e9)
    late = replace(on_time, arrival_ns=arrival_ns.reshape(-1))
    one, other = stage(), stage()
    # Which packet stands for a slot may change, and with it the last bits of the same line.
    assert times(one, late) == pytest.approx(times(other, on_time), abs=2e-9)
    assert one.fit.skew_ppm == pytest.approx(other.fit.skew_ppm, abs=1e-3)


def test_time_follows_a_step_of_delay_no_faster_than_the_slew():
    """After 20 s of late packets the floor shows itself 40 ms below."""
    delay_s = np.where(np.arange(4000) < 400, 0.040, 0.0)
    samples = in_packets(delay_s)
    time_s = times(stage(), samples)
    late_s = time_s - (samples.tick_us - BOOT_US) * 1e-6
    per_s = np.diff(late_s) / 0.01
    skew = 200e-6  # the largest that a fit may take for true
    assert np.abs(per_s).max() <= 0.0005 + skew + 1e-6
    assert late_s[0] == pytest.approx(START_S + FLOOR_S + 0.040, abs=1e-6)
    assert late_s[-1] == pytest.approx(START_S + FLOOR_S, abs=1e-4)


@given(
    delay_s=st.lists(st.floats(0, 0.5), min_size=1, max_size=300),
    slips_us=st.lists(st.integers(-2_000_000, 2_000_000), max_size=5),
)
def test_time_always_increases_whatever_device_and_radio_do(delay_s, slips_us):
    samples = in_packets(np.array(delay_s))
    for nth, slip in enumerate(slips_us):
        samples.tick_us[(nth + 1) * len(samples.tick_us) // 7 :] += slip
    time_s = times(stage(update_s=0.5, freeze_slope_s=1.0), samples)
    assert len(time_s) == len(samples.tick_us)
    assert (np.diff(time_s) > 0).all()


def test_without_a_prior_samples_wait_one_second_of_arrival():
    samples = in_packets(exponential(100, 0.010))
    first = samples.arrival_ns[0]
    ready = int(np.argmax(samples.arrival_ns >= first + 1_000_000_000))
    clock = stage()
    assert clock.push(cut(samples, slice(0, ready))) == []
    assert clock.fit is None
    released = clock.push(cut(samples, slice(ready, ready + 1)))
    assert sum(len(t.time_s) for t in released) == ready + 1
    least_s = ((samples.arrival_ns - ORIGIN_NS) * 1e-9 - (samples.tick_us - BOOT_US) * 1e-6)[:ready]
    assert released[0].time_s[0] == pytest.approx(least_s.min(), abs=1e-9)


def test_with_a_prior_samples_pass_at_once_on_its_line():
    samples = in_packets(exponential(8, 0.010))
    offset_us = (ORIGIN_NS / 1000 + START_S * 1e6 + FLOOR_S * 1e6) - BOOT_US - BOOT_US * 30e-6
    (out,) = stage(ClockPrior("a", offset_us, 30.0)).push(samples)
    expected = START_S + FLOOR_S + (1 + 30e-6) * (samples.tick_us - BOOT_US) * 1e-6
    assert out.time_s == pytest.approx(expected, abs=2e-9)


def test_a_fit_serves_as_the_prior_of_the_next_trial():
    samples = in_packets(exponential(4000, 0.010), ppm=25.0)
    clock = stage()
    before = clock.push(samples)
    prior = ClockPrior("a", clock.fit.offset_us, clock.fit.skew_ppm)
    later = cut(samples, slice(15_000, None))
    (out,) = stage(prior).push(later)
    assert out.time_s[0] == pytest.approx(before[-1].time_s[15_000], abs=5e-4)


def test_a_prior_of_another_count_of_the_device_gives_only_its_skew():
    samples = in_packets(exponential(100, 0.010))
    prior = ClockPrior("a", 65_536_000.0, 30.0)
    clock = stage(prior)
    assert clock.push(cut(samples, slice(0, 5))) == []
    time_s = times(clock, cut(samples, slice(5, None)))
    assert np.diff(time_s) == pytest.approx(np.full(len(time_s) - 1, 0.01 * (1 + 30e-6)), abs=2e-9)


@pytest.mark.parametrize("pause_s", [0.3, 30.0])
def test_after_a_reboot_time_goes_on_from_the_new_count(pause_s):
    before = in_packets(exponential(1000, 0.010))
    start_s = START_S + 50 + pause_s
    after = in_packets(exponential(1000, 0.010), segment=1, boot_us=17, start_s=start_s)
    clock = stage()
    time_s = times(clock, before, after)
    assert (np.diff(time_s) > 0).all()
    assert time_s[5000] == pytest.approx(start_s + FLOOR_S, abs=0.010)


def test_a_reboot_that_seems_to_come_before_the_last_sample_turns_no_time_back():
    before = in_packets(np.full(200, 0.4))
    after = in_packets(np.zeros(200), segment=1, boot_us=0, start_s=START_S + 10)
    time_s = times(stage(), before, after)
    assert time_s[1000] > time_s[999]
    assert (np.diff(time_s[1000:]) > 0.0099).all()  # and none is squeezed


def test_a_pause_does_not_carry_a_correction_beyond_its_goal():
    """One millisecond is to be worked off when the device is away for a minute."""
    delay_s = np.where(np.arange(2000) < 80, 0.001, 0.0)
    samples = in_packets(delay_s)
    there = np.r_[0:510, 6510:10_000]
    time_s = times(stage(), cut(samples, there))
    assert time_s[510:] == pytest.approx(truth_s(samples)[6510:], abs=1e-5)


def test_the_end_releases_what_waits():
    samples = in_packets(exponential(3, 0.010))
    assert len(times(stage(), samples)) == 15


def test_nothing_in_gives_nothing_out():
    clock = stage()
    assert clock.push(cut(in_packets(np.zeros(1)), slice(0, 0))) == []
    assert clock.flush() == []


@pytest.mark.parametrize("boot_us", [0, 1_790_000_000_000_000])
def test_time_keeps_a_nanosecond_over_hours_whatever_the_device_counts_from(boot_us):
    samples = in_packets(np.zeros(4 * 3600 // 10), size=1, rate_hz=1, boot_us=boot_us)
    samples = replace(samples, tick_us=boot_us + (samples.tick_us - boot_us) * 10)
    arrival_ns = ORIGIN_NS + 2_504_000_000 + (samples.tick_us - boot_us) * 1000
    time_s = times(stage(), replace(samples, arrival_ns=arrival_ns))
    assert time_s == pytest.approx(2.504 + (samples.tick_us - boot_us) * 1e-6, abs=1e-9)


def _awkward(seed):
    """Loss, a pause, jitter on a connection interval, a reboot, a packet that slipped."""
    rng = np.random.default_rng(seed)
    # 70 ms in a packet: it straddles the slots of 100 ms.
    delay_s = np.ceil(rng.exponential(0.02, 640) / 0.015) * 0.015
    one = in_packets(delay_s, size=7, ppm=60.0)
    lost = np.repeat(rng.random(640) < 0.7, 7)
    lost[1000:1800] = False
    one = cut(one, lost)
    two = in_packets(
        rng.exponential(0.02, 200), ppm=60.0, segment=1, boot_us=5, start_s=START_S + 46
    )
    arrival_ns = two.arrival_ns.reshape(-1, 5).copy()
    arrival_ns[[3, 4]] = arrival_ns[[4, 3]]
    return [one, replace(two, arrival_ns=arrival_ns.reshape(-1))]


def _regrouped(blocks, cuts):
    for block in blocks:
        bounds = [0, *sorted(c for c in cuts if c < len(block.sequence)), len(block.sequence)]
        yield from (cut(block, slice(a, b)) for a, b in pairwise(bounds))


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("prior", [None, ClockPrior("a", 6_878_900_000.0 - 5e4, -20.0)])
def test_equal_chunks_of_any_size_change_no_bit(size, prior):
    blocks = _awkward(5)
    short = {"update_s": 2.0, "freeze_slope_s": 6.0, "window_s": 20.0}
    whole, parts = stage(prior, **short), stage(prior, **short)
    expected = times(whole, *blocks)
    got = times(parts, *_regrouped(blocks, range(size, 5000, size)))
    assert got.tobytes() == expected.tobytes()
    assert parts.fit == whole.fit


@given(cuts=st.sets(st.integers(1, 4000), max_size=60), seed=st.integers(0, 5))
@settings(max_examples=60)
def test_grouping_changes_no_bit(cuts, seed):
    blocks = _awkward(seed)
    short = {"update_s": 2.0, "freeze_slope_s": 6.0, "window_s": 20.0}
    whole, parts = stage(**short), stage(**short)
    expected = times(whole, *blocks)
    assert times(parts, *_regrouped(blocks, cuts)).tobytes() == expected.tobytes()
    assert parts.fit == whole.fit
