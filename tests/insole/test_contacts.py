"""Detector of contacts: merging, gate, baseline, breaks; judge: a sample-by-sample machine."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.gait import StepFlag
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal.contacts import ContactDetector
from insole.signal.filters import LowPass
from insole.signal.impulse import RunningImpulse
from tests.insole.closed_forms import half_sine
from tests.insole.gait_loads import BW, MASS_KG, SHARED, load, run_of, steps_of

RATE_HZ = 100.0


def pulses(*spans: tuple[float, float], end_s: float, height: float = 2.0 * BW):
    """Rectangles of force; time, force."""
    time = np.arange(int(end_s * RATE_HZ)) / RATE_HZ
    force = np.zeros(len(time))
    for begin, end in spans:
        force[(time >= begin - 1e-9) & (time < end - 1e-9)] = height
    return time, force


def found(time, force, quality=None, **changes):
    p = Parameters({f"events.{name}": value for name, value in changes.items()})
    return steps_of(load(time, force, quality), rate_hz=RATE_HZ, parameters=p)


def test_a_swing_shorter_than_the_shortest_merges_two_contacts():
    steps = found(*pulses((0.5, 0.7), (0.78, 0.95), (1.5, 1.7), end_s=2.2))
    assert len(steps) == 2
    assert steps.value["contact_s"][0] == pytest.approx(0.45, abs=0.01)


def test_a_swing_of_the_shortest_length_parts_two_contacts():
    assert len(found(*pulses((0.5, 0.7), (0.82, 1.0), end_s=1.5))) == 2


def test_a_contact_shorter_than_the_shortest_is_none():
    assert len(found(*pulses((0.5, 0.56), (1.0, 1.2), end_s=1.6))) == 1


def test_a_touch_below_the_peak_gate_is_none():
    time, force = pulses((0.5, 0.7), end_s=2.0)
    force[(time >= 1.0) & (time < 1.2)] = 0.4 * BW
    assert len(found(time, force)) == 1
    assert len(found(time, force, peak_gate_BW=0.3)) == 2


def test_a_step_is_final_a_shortest_swing_after_toe_off_and_not_before():
    time, force = pulses((0.5, 0.7), end_s=1.0)
    rows, detector = RunningImpulse(1, carried=1), machine()
    given_at = []
    for index in range(len(time)):
        part = slice(index, index + 1)
        rows.push(time[part], force[part, None], carried=np.zeros((1, 1)))
        no = np.zeros(1, bool)
        if len(detector.advance(rows, signal_n=force[part], breaks=no)):
            given_at.append(time[index])
    assert given_at == [pytest.approx(0.8, abs=0.011)]


def machine() -> ContactDetector:
    return ContactDetector(mass_kg=MASS_KG, rate_hz=RATE_HZ, parameters=Parameters())


def test_a_contact_under_way_at_the_start_is_incomplete():
    steps = found(*pulses((0.0, 0.2), (0.6, 0.8), end_s=1.2))
    assert steps.flags.tolist() == [StepFlag.INCOMPLETE, 0]
    assert steps.value["foot_strike_s"][0] == 0.0


def test_a_break_cuts_the_contact_and_the_next_needs_a_full_swing():
    time, force = pulses((0.5, 0.9), (1.4, 1.6), (2.0, 2.2), end_s=2.6)
    quality = np.zeros(len(time), np.uint32)
    at = 60  # inside the first contact
    time[at:] += 0.3
    quality[at] = Quality.BREAK
    later = 140 - 4
    time[later:] += 0.2
    quality[later] = Quality.BREAK  # 40 ms before a foot strike
    steps = found(time, force, quality)
    assert steps.flags.tolist() == [
        StepFlag.INCOMPLETE,  # ends at the last sample before the break
        StepFlag.INCOMPLETE,  # under way after it
        StepFlag.INCOMPLETE,  # begins too soon after a break
        0,
    ]
    assert steps.value["toe_off_s"][0] == time[at - 1]
    assert steps.value["foot_strike_s"][1] == time[at]
    assert steps.value["segment"].tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("quality", "flag", "valid"),
    [
        (Quality.GAP, StepFlag.GAP | StepFlag.ESTIMATED, False),
        (Quality.INTERPOLATED, StepFlag.INTERPOLATED, True),
        (Quality.LATE, StepFlag.LATE, False),
        (Quality.CLIPPED, StepFlag.CLIPPED, True),
    ],
)
def test_a_row_inside_a_contact_hands_its_flag_to_the_step(quality, flag, valid):
    time, force = pulses((0.5, 0.7), (1.2, 1.4), end_s=1.8)
    marks = np.zeros(len(time), np.uint32)
    marks[[60, 90]] = quality  # one inside the first contact, one in the air
    steps = found(time, force, marks)
    assert steps.flags.tolist() == [flag, 0]
    assert steps.valid.tolist() == [valid, True]


def test_thresholds_follow_a_zero_that_drifts():
    signal = half_sine()
    clean = run_of(signal, rate_hz=100, strides=60)
    drift = 113.0 * (1.0 - np.exp(-clean.time_s / 15.0))  # as in the drift file: fast, then slow
    steps = steps_of(load(clean.time_s, clean.total_n + drift), rate_hz=100)
    truth = steps_of(clean, rate_hz=100)
    assert len(steps) == 60
    assert np.abs(steps.value["contact_s"] - truth.value["contact_s"]).max() < 0.010
    ratio = steps.value["impulse_N_s"] / truth.value["impulse_N_s"]
    assert np.abs(ratio - 1.0).max() < 0.025


def test_a_real_belt_that_drifts_gives_the_contacts_of_its_undrifted_self():
    path = SHARED / "treadmill-running" / "RBDS001runT25_with_drift.csv"
    if not path.is_file():
        pytest.skip("the drifting treadmill file of the shared real recordings is not here")
    force = np.loadtxt(path)
    whole = json.loads((SHARED / "reference.json").read_text())
    reference = whole["treadmill-running/RBDS001runT25_with_drift.csv"]
    truth = reference["independent"]["detrended_threshold_25N"]
    time = np.arange(len(force)) / 300.0
    # one belt under both feet: its swings are the flights, 0.11 s
    p = Parameters({"events.min_swing_s": 0.05, "events.baseline_swing_s": 0.06})
    steps = steps_of(load(time, force), rate_hz=300, mass_kg=62.0, parameters=p)
    assert len(steps) == truth["n"] + 2  # both ends of the file cut a contact
    inner = slice(1, -1)
    begin = steps.value["foot_strike_s"][inner] * 300 - truth["begin_frames"]
    assert np.abs(begin).max() < 3
    contact = steps.value["contact_s"][inner].mean()
    assert contact == pytest.approx(truth["contact_time_mean_s"], abs=2 / 300)
    peak = steps.value["peak_force_N"][inner].mean()
    assert peak == pytest.approx(reference["undrifted_truth_peak_mean_N"], rel=0.02)


def test_a_level_that_is_never_crossed_gives_a_coarse_stamp():
    time, force = pulses((0.5, 0.7), end_s=1.2)
    force[time < 0.5] = 10.0  # the foot never comes under the level of 5 N
    steps = found(time, force, rep_N=5.0, baseline_swing_s=10.0)
    assert steps.flags.tolist() == [StepFlag.T_COARSE]


def test_a_reporting_level_above_the_trigger_is_crossed_later():
    time = np.arange(120) / RATE_HZ
    force = np.interp(time, [0.3, 0.5, 0.6, 0.8], [0.0, 1000.0, 1000.0, 0.0])
    steps = found(time, force, rep_N=200.0)
    assert steps.value["foot_strike_s"][0] == pytest.approx(0.34, abs=1e-9)
    assert steps.value["toe_off_s"][0] == pytest.approx(0.76, abs=1e-9)


def test_the_filter_steadies_detection_but_never_enters_a_number():
    rng = np.random.default_rng(3)
    clean = run_of(half_sine(), rate_hz=500, strides=20)
    shaken = clean.total_n + rng.normal(0.0, 15.0, len(clean.time_s))
    steps = steps_of(load(clean.time_s, shaken), rate_hz=500)
    assert len(steps) == 20
    inside = [
        shaken[(clean.time_s >= begin) & (clean.time_s <= end)].max()
        for begin, end in zip(steps.value["foot_strike_s"], steps.value["toe_off_s"], strict=True)
    ]
    assert (np.abs(steps.value["peak_force_N"] - inside) < 60.0).all()
    assert steps.value["peak_force_N"].mean() > half_sine().peak * BW


def test_the_filter_starts_at_rest_on_the_first_sample():
    out = LowPass(250.0, 30.0).push(np.full(50, 640.0), breaks=np.zeros(50, bool))
    np.testing.assert_allclose(out, 640.0, rtol=1e-12)


# --- the same rules, one sample after the other, in plain Python ---


def judge(time, force, breaks, p: Parameters, bw: float) -> list[tuple[int, int]]:
    """Transitions (on, off) of raw contacts before merging; off is -1 while open."""
    base, spread, swings = 0.0, 0.0, 0
    stance, fall_s, segment_s = False, -np.inf, -np.inf
    share = 2.0 / (p["events.baseline_swings"] + 1.0)
    begin, end = p.several("events.baseline_window")
    spans: list[tuple[int, int]] = []
    for k, f in enumerate(force):
        if breaks[k] or k == 0:
            if stance:
                spans[-1] = (spans[-1][0], k)
                fall_s = time[k]
            stance, segment_s = False, time[k]
        on = base + max(p["events.on_BW"] * bw, p["events.on_N"], p["events.on_sigma"] * spread)
        off = base + max(p["events.off_BW"] * bw, p["events.off_N"], p["events.off_sigma"] * spread)
        off = min(off, on)
        if not stance and f >= on:
            stance = True
            spans.append((k, -1))
            swing = time[k] - fall_s
            if p["events.baseline_swing_s"] <= swing <= 2.0 and fall_s > segment_s:
                low, high = fall_s + begin * swing, fall_s + end * swing
                inside = force[(time >= low) & (time < high)]
                if len(inside) >= 2:
                    weight = share if swings else 1.0
                    base += weight * (inside.mean() - base)
                    spread += weight * (inside.std() - spread)
                    swings += 1
        elif stance and f < off:
            stance = False
            spans[-1] = (spans[-1][0], k)
            fall_s = time[k]
    return spans


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.floats(0.0, 60.0), noise=st.floats(0.0, 25.0))
def test_transitions_are_those_of_a_machine_that_sees_one_sample_at_a_time(seed, level, noise):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 45, 40)
    heights = rng.choice([0.0, 0.0, 20.0, 40.0, 700.0, 1400.0], 40)
    force = np.repeat(heights, lengths) + np.linspace(0.0, level, lengths.sum())
    force = force + rng.normal(0.0, 1.0, len(force)) * noise
    time = np.arange(len(force)) / RATE_HZ
    breaks = rng.random(len(force)) < 0.003
    p = Parameters({"events.min_swing_s": 0.0, "events.min_stance_s": 0.0})
    detector = ContactDetector(mass_kg=MASS_KG, rate_hz=RATE_HZ, parameters=p)
    rows = RunningImpulse(1, carried=1)
    rows.push(time, force[:, None], carried=np.zeros((len(time), 1)))
    final = detector.advance(rows, signal_n=force, breaks=breaks)
    last = detector.finish(rows)
    spans = list(zip(final.on.tolist(), final.off.tolist(), strict=True))
    spans += list(zip(last.on.tolist(), last.off.tolist(), strict=True))
    expected = [
        (on, off if off >= 0 else len(time)) for on, off in judge(time, force, breaks, p, BW)
    ]
    assert spans == expected
