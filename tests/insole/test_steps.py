"""Steps against closed forms at all sampling phases, against real runs, under any grouping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import Side
from insole.model.gait import StepFlag
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal.steps import StepStage, concatenate, empty_steps
from tests.insole.closed_forms import half_sine, hop, two_mass, walking
from tests.insole.gait_loads import (
    ANCHORS_MM,
    BW,
    COP_MM,
    MASS_KG,
    SHARES,
    load,
    real_run,
    rows,
    run_of,
    same_bits,
    steps_of,
)

PHASES = np.arange(40) / 40.0
# science.md 9.3: seconds, or relative; above 200 Hz the last column counts
TOLERANCE = {
    50: (0.012, 0.021, 0.006, 0.065, 0.045, 0.002, 0.5),
    100: (0.005, 0.007, 0.002, 0.025, 0.007, 0.001, 0.3),
    200: (0.0015, 0.002, 0.001, 0.01, 0.002, 0.001, 0.2),
}
TOLERANCE |= {250: TOLERANCE[200], 500: TOLERANCE[200]}


def worst(found: np.ndarray, truth: np.ndarray | float) -> float:
    return float(np.abs(found - truth).max())


@pytest.mark.parametrize("rate_hz", [50, 100, 200, 250, 500])
@pytest.mark.parametrize("signal", [half_sine(), two_mass()], ids=["G1", "G2"])
def test_running_is_measured_within_the_tolerances_at_every_phase(signal, rate_hz):
    event, contact, impulse, po50, po_eff, peak, cadence = TOLERANCE[rate_hz]
    strike, off = signal.first_up(0.05), signal.last_down(0.05)
    middle = 0.5 * (signal.first_up(1.0) + signal.last_down(1.0))
    area = signal.area
    begin = 0.3 + np.arange(11) * signal.stride_s
    for phase in PHASES:
        steps = steps_of(run_of(signal, rate_hz=rate_hz, phase=phase), rate_hz=rate_hz)
        assert len(steps) == 11
        assert steps.valid.all()
        v = steps.value
        assert worst(v["foot_strike_s"], begin + strike) < event
        assert worst(v["toe_off_s"], begin + off) < event
        assert worst(v["contact_s"], off - strike) < contact
        assert worst(v["impulse_N_s"] / BW / (area(off) - area(strike)), 1.0) < impulse
        late = area(off) - area(0.5 * (strike + off))
        assert worst(v["po50_N_s"] / BW / late, 1.0) < po50
        assert worst(v["po_eff_N_s"] / BW / (area(off) - area(middle)), 1.0) < po_eff
        assert worst(v["peak_force_N"] / BW / signal.peak, 1.0) < peak
        strides = np.diff(v["foot_strike_s"][[0, 10]]) / 10
        assert worst(120.0 / strides, 120.0 / signal.stride_s) < cadence


@pytest.mark.parametrize("rate_hz", [50, 100, 200])
def test_most_stamps_of_the_sharpest_forms_lie_within_three_uncertainties(rate_hz):
    # half sines begin and end in a corner, and two masses with an impact of 25 ms: no foot's force
    # is sharper, so they lie at the edge of what the uncertainty speaks of (docs/uncertainty.md)
    for signal in (half_sine(), two_mass()):
        strike, off = signal.first_up(0.05), signal.last_down(0.05)
        area = signal.area(off) - signal.area(strike)
        misses, number = 0, 0
        for phase in PHASES:
            steps = steps_of(run_of(signal, rate_hz=rate_hz, phase=phase), rate_hz=rate_hz)
            for name, truth in (("contact_s", off - strike), ("impulse_N_s", area * BW)):
                error = np.abs(steps.value[name] - truth)
                misses += int(np.count_nonzero(error > 3.0 * steps.u[name]))
                number += len(steps)
        assert misses / number < 0.10


def test_noise_of_the_sensor_spreads_steps_as_their_uncertainty_says():
    rng = np.random.default_rng(7)
    noise = 5.0
    clean = run_of(half_sine(), rate_hz=100, strides=300)
    shaken = load(clean.time_s, clean.total_n + rng.normal(0.0, noise, len(clean.time_s)))
    told = Parameters({"uncertainty.noise_kpa": noise / 4.0})
    silent = Parameters({"uncertainty.noise_kpa": 0.0, "events.baseline_swings": 1e9})
    base = steps_of(clean, rate_hz=100)
    seen = steps_of(shaken, rate_hz=100, parameters=told)
    rest = steps_of(shaken, rate_hz=100, parameters=silent)
    assert len(seen) == len(base)
    for name in ("contact_s", "impulse_N_s", "po50_N_s", "peak_force_N", "mean_force_N"):
        spread = float(np.std(seen.value[name] - base.value[name]))
        own = np.sqrt(np.mean(seen.u[name] ** 2 - rest.u[name] ** 2))
        assert 0.5 * own < spread < 2.0 * own, name


@pytest.mark.parametrize("rate_hz", [50, 100, 200])
def test_walking_has_two_peaks_and_no_extension_impulse(rate_hz):
    signal = walking()
    strike, off = signal.first_up(0.05), signal.last_down(0.05)
    for phase in PHASES[::4]:
        steps = steps_of(run_of(signal, rate_hz=rate_hz, strides=4, phase=phase), rate_hz=rate_hz)
        v = steps.value
        assert len(steps) == 4
        area = signal.area(off) - signal.area(strike)
        assert v["impulse_N_s"] / BW == pytest.approx(area, rel=0.003)
        late = signal.area(off) - signal.area(0.5 * (strike + off))
        assert v["po50_N_s"] / BW == pytest.approx(late, rel=0.02)
        # science.md 9.2, G3: 1.238, 0.796, 1.271 BW
        assert v["p1_N"] / BW == pytest.approx(1.238, abs=0.003)
        assert v["valley_N"] / BW == pytest.approx(0.796, abs=0.02)
        assert v["p2_N"] / BW == pytest.approx(1.271, abs=0.004)
        assert v["peak_force_N"] / BW == pytest.approx(signal.peak, rel=0.002)
        assert np.isnan(v["po_eff_N_s"]).all()


@pytest.mark.parametrize(
    ("stiffness", "height"), [(25_000.0, 0.15), (20_000.0, 0.10), (40_000.0, 0.25)]
)
def test_hops_have_the_impulse_of_weight_times_cycle(stiffness, height):
    signal = hop(stiffness, MASS_KG, height)
    steps = steps_of(run_of(signal, rate_hz=200), rate_hz=200)
    assert steps.value["impulse_BW_s"] == pytest.approx(signal.stride_s, rel=0.002)
    assert steps.value["peak_force_BW"] == pytest.approx(signal.peak, rel=0.002)
    assert steps.value["effective_contact_s"] == pytest.approx(
        signal.last_down(1.0) - signal.first_up(1.0), abs=0.001
    )


def test_loading_rates_of_the_two_mass_run_are_near_their_closed_form():
    steps = steps_of(run_of(two_mass(), rate_hz=200), rate_hz=200)
    # science.md 9.2 and 9.3: VALR 76.12, VILR 81.79, impact peak 1.4060; at 200 Hz within -5 %
    assert steps.value["valr_BW_per_s"] == pytest.approx(76.12, rel=0.06)
    assert steps.value["vilr_BW_per_s"] == pytest.approx(81.79, rel=0.10)
    fast = steps_of(run_of(two_mass(), rate_hz=500), rate_hz=500)
    assert fast.value["valr_BW_per_s"] == pytest.approx(76.12, rel=0.01)
    assert fast.value["vilr_BW_per_s"] == pytest.approx(81.79, rel=0.02)
    assert fast.value["impact_peak_BW"] == pytest.approx(1.4060, rel=0.01)
    assert "valr_BW_per_s" not in steps_of(run_of(two_mass(), rate_hz=100), rate_hz=100).value


def test_a_run_without_impact_peak_has_no_loading_rate_of_one():
    steps = steps_of(run_of(half_sine(), rate_hz=500), rate_hz=500)
    assert np.isnan(steps.value["valr_BW_per_s"]).all()
    assert np.isfinite(steps.value["slope_3_12_BW_per_s"]).all()


def test_fixed_shares_come_back_as_shares_tripod_and_support():
    v = steps_of(run_of(two_mass(), rate_hz=100), rate_hz=100).value
    corners = np.array([SHARES[0], SHARES[2] + SHARES[5], SHARES[4]])
    for index, name in enumerate(("heel", "first", "fifth")):
        assert v[f"tripod_{name}"] == pytest.approx(corners[index] / corners.sum(), abs=1e-9)
    assert v["coverage3"] == pytest.approx(corners.sum(), abs=1e-9)
    assert v["s_hal_percent"] == pytest.approx(100.0 * SHARES[5], abs=1e-6)
    front = SHARES[2:].sum()
    assert v["po_ff_N_s"] / v["po50_N_s"] == pytest.approx(front, abs=1e-9)
    assert v["s_ray1_percent"] == pytest.approx(100 * (SHARES[2] + SHARES[5]) / front, abs=1e-6)
    beta = np.stack([v[f"barycentric_{name}"] for name in ("heel", "first", "fifth")])
    assert beta.sum(axis=0) == pytest.approx(1.0)
    np.testing.assert_allclose(beta.T @ ANCHORS_MM, np.tile(COP_MM, (beta.shape[1], 1)), rtol=1e-9)
    for axis, name in enumerate("xy"):
        for place in ("cop", "cop_start", "cop_end"):
            assert v[f"{place}_{name}_mm"] == pytest.approx(COP_MM[axis], abs=1e-6)


def test_a_region_without_sensor_is_nan_and_leaves_the_rest_alone():
    whole = run_of(half_sine(), rate_hz=100)
    whole.region_n[:, 5] = np.nan  # no hallux
    whole.region_n[:, 1] = np.nan
    v = steps_of(whole, rate_hz=100).value
    for name in ("fti_hal_N_s", "po_hal_N_s", "s_hal_percent", "fti_mid_N_s", "po_ff_N_s"):
        assert np.isnan(v[name]).all()
    assert np.isfinite(v["tripod_first"]).all()  # the ball alone stands for the first ray
    assert v["fti_heel_N_s"] == pytest.approx(SHARES[0] * v["impulse_N_s"], rel=1e-9)


def test_without_body_mass_contacts_are_found_and_bw_values_are_absent():
    found = steps_of(run_of(half_sine(), rate_hz=100, strides=40), rate_hz=100, mass_kg=None)
    assert len(found) == 40
    assert "po_eff_N_s" not in found.value
    assert "impulse_BW_s" not in found.value
    settled = found.value["impulse_N_s"][5:]
    assert settled == pytest.approx(half_sine().area(0.23) * BW, rel=0.02)


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.sets(st.integers(1, 899), max_size=40),
    kind=st.sampled_from(["run", "filtered", "walk", "broken", "drift", "no mass"]),
    seed=st.integers(0, 5),
)
def test_grouping_changes_no_bit(cuts, kind, seed):
    whole, rate_hz, mass = messy(kind, seed)
    together = steps_of(whole, rate_hz=rate_hz, mass_kg=mass)
    apart = steps_of(whole, rate_hz=rate_hz, mass_kg=mass, cuts=tuple(cuts))
    assert same_bits(together, apart)


@pytest.mark.parametrize("kind", ["run", "filtered", "broken", "drift", "no mass"])
def test_one_row_at_a_time_changes_no_bit(kind):
    whole, rate_hz, mass = messy(kind, 1)
    every = tuple(range(1, len(whole.time_s)))
    together = steps_of(whole, rate_hz=rate_hz, mass_kg=mass)
    assert len(together) > 2
    assert same_bits(together, steps_of(whole, rate_hz=rate_hz, mass_kg=mass, cuts=every))


def messy(kind: str, seed: int):
    """900 rows of something that is not clean."""
    rng = np.random.default_rng(seed)
    rate_hz = 250.0 if kind == "filtered" else 100.0
    signal = walking() if kind == "walk" else two_mass()
    time, force = signal.train(rate_hz=rate_hz, strides=40, phase=rng.random())
    time, force = time[:900].copy(), force[:900] * BW
    force = force + rng.normal(0.0, 8.0, len(force))
    if kind == "drift":
        force += np.linspace(0.0, 60.0, len(force))
    quality = np.zeros(len(time), np.uint32)
    if kind == "broken":
        for row in rng.integers(5, 890, 6):
            time[row:] += 0.15
            quality[row] |= np.uint32(Quality.BREAK)
        quality[rng.integers(0, 900, 20)] |= np.uint32(Quality.INTERPOLATED)
        quality[rng.integers(0, 900, 3)] |= np.uint32(Quality.CLIPPED)
    return load(time, force, quality), rate_hz, (None if kind == "no mass" else MASS_KG)


def test_standing_for_minutes_keeps_memory_and_gives_one_contact_with_its_impulse():
    rate_hz, minutes = 100.0, 5
    n = int(minutes * 60 * rate_hz)
    time = np.arange(n + 200) / rate_hz
    force = np.zeros(n + 200)
    force[100 : 100 + n] = 600.0 + 20.0 * np.sin(np.arange(n) / 50.0)
    force[100 + n // 3] = 900.0
    whole = load(time, force)
    stage = StepStage(
        Side.LEFT,
        mass_kg=MASS_KG,
        rate_hz=rate_hz,
        parameters=Parameters(),
        anchors_mm=ANCHORS_MM,
        length_mm=260.0,
    )
    kept, parts = [], []
    for begin in range(0, len(time), 50):
        parts.append(stage.push(rows(whole, slice(begin, begin + 50))))
        kept.append(len(stage._rows))
    found = concatenate((*parts, stage.flush()))
    assert max(kept) < 3000
    assert len(found) == 1
    assert found.flags[0] == StepFlag.IMPLAUSIBLE
    assert found.value["impulse_N_s"][0] == pytest.approx(np.trapezoid(force, time), rel=1e-4)
    assert found.value["peak_force_N"][0] == 900.0
    assert np.isnan(found.value["po50_N_s"][0])
    assert same_bits(found, steps_of(whole, rate_hz=rate_hz))


def test_a_live_view_knows_the_contact_under_way():
    whole = run_of(half_sine(), rate_hz=100, strides=1)
    stage = StepStage(Side.LEFT, mass_kg=MASS_KG, rate_hz=100, parameters=Parameters())
    stage.push(rows(whole, slice(0, 45)))
    assert stage.in_contact
    assert stage.since_s == pytest.approx(0.3, abs=0.011)
    stage.push(rows(whole, slice(45, 60)))
    assert not stage.in_contact
    assert np.isnan(stage.since_s)


def test_a_contact_cut_by_the_end_is_given_out_as_incomplete():
    whole = run_of(half_sine(), rate_hz=100, strides=2)
    end = round((0.3 + half_sine().stride_s + 0.12) * 100)
    found = steps_of(rows(whole, slice(0, end)), rate_hz=100)
    assert len(found) == 2
    assert found.flags.tolist() == [0, StepFlag.INCOMPLETE]
    assert found.value["toe_off_s"][1] == whole.time_s[end - 1]


def test_numbers_that_are_no_force_are_flagged_and_poison_nothing():
    whole = run_of(half_sine(), rate_hz=100, strides=12)
    inside = np.searchsorted(whole.time_s, 0.3 + 3 * half_sine().stride_s + 0.1)
    for bad in (np.nan, np.inf, -np.inf, 1e300):
        whole.total_n[inside] = bad
        found = steps_of(whole, rate_hz=100)
        assert found.flags[3] & StepFlag.GAP
        clean = np.delete(found.value["impulse_N_s"], 3)
        assert clean == pytest.approx(half_sine().area(0.23) * BW, rel=0.002)


@pytest.mark.parametrize("name", ["rbds001_25_tripod_300hz.csv", "rbds002_45_tripod_300hz.csv"])
def test_real_runs_give_the_published_contacts(name):
    feet, reference = real_run(name)
    p = Parameters({"events.rep_N": 50.0})
    mass = 62.0 if "rbds001" in name else 80.0
    worst_ms = 0.0
    for side, letter in ((Side.LEFT, "L"), (Side.RIGHT, "R")):
        found = steps_of(feet[side], rate_hz=300, side=side, mass_kg=mass, parameters=p)
        truth = [stance for stance in reference["stances"] if stance["side"] == letter]
        assert len(found) == len(truth)
        v = found.value
        for column, key in (("foot_strike_s", "on_s"), ("toe_off_s", "off_s")):
            error = v[column] - np.array([stance[key] for stance in truth])
            worst_ms = max(worst_ms, 1e3 * float(np.abs(error).max()))
        # the file has force 0 in the rows outside a contact, so in the first and the last cell a
        # chord from 0 stands for the course from 50 N: a trapezoid of that cell at most
        time, total = feet[side].time_s, feet[side].total_n
        first = total[np.searchsorted(time, [stance["on_s"] for stance in truth])]
        last = total[np.searchsorted(time, [stance["off_s"] for stance in truth]) - 1]
        bound = 0.5 * (first + last + 100.0) / 300.0
        impulse = np.array([stance["impulse_Ns"] for stance in truth])
        assert (np.abs(v["impulse_N_s"] - impulse) < bound).all()
        peak = np.array([stance["peak_N"] for stance in truth])
        assert worst(v["peak_force_N"] / peak, 1.0) < 0.005
        shares = np.array([stance["share_heel_met1_met5 (of impulse)"] for stance in truth])
        for index, corner in enumerate(("heel", "first", "fifth")):
            assert worst(v[f"tripod_{corner}"], shares[:, index]) < 0.002
    assert worst_ms < 1e3 / 300.0


def test_tables_without_rows_join_into_one_without_rows():
    assert len(concatenate((empty_steps(Side.LEFT), empty_steps(Side.LEFT)))) == 0


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([20.0, 50.0, 100.0, 200.0]),
    st.integers(0, 12),
    st.integers(0, 6),
    st.integers(1, 30),
)
def test_however_short_a_contact_at_the_edge_of_a_stream_it_is_a_row_and_no_error(
    rate_hz, on, off, more
):
    """A stream may begin in a contact, and end in one, at any rate."""
    force = np.concatenate((np.full(on, 700.0), np.zeros(off), np.full(more, 650.0), [0.0, 0.0]))
    time_s = np.arange(len(force)) / rate_hz
    stage = StepStage(Side.LEFT, mass_kg=None, rate_hz=rate_hz, parameters=Parameters())
    steps = concatenate((stage.push(load(time_s, force)), stage.flush()))
    assert np.isfinite(steps.value["foot_strike_s"]).all()
    assert len(steps) <= 2
