"""Event times follow the bend of the force: closed forms, real runs, lost samples, zeros."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.signal import butter, filtfilt

from insole.model.quality import Quality
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.pipeline import PairPipeline
from insole.proof.forms import draw
from insole.proof.trials import plan, sent, truth
from tests.insole.closed_forms import G, half_sine, hop, two_mass
from tests.insole.gait_loads import SHARED, load, run_of, steps_of

PLAIN = Parameters({"events.chord_correction": 0.0})
SHORT = {"events.min_swing_s": 0.04}  # both feet of a belt in one force: flights are the swings
PHASES = np.arange(0.0, 1.0, 0.125)
SUBJECT_KG = 76.8


def rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(error))))


@pytest.mark.parametrize("rate_hz", [50, 100, 200])
@pytest.mark.parametrize("signal", [half_sine(), two_mass(), hop()], ids=["G1", "G2", "G4"])
def test_closed_forms_are_stamped_better_than_by_chords_at_both_ends(signal, rate_hz):
    strike, off = signal.first_up(0.05), signal.last_down(0.05)
    errors: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for phase in PHASES:
        whole = run_of(signal, rate_hz=rate_hz, phase=phase)
        for bent, parameters in ((True, Parameters()), (False, PLAIN)):
            steps = steps_of(whole, rate_hz=rate_hz, parameters=parameters)
            begin = 0.3 + signal.stride_s * np.arange(len(steps))
            on = steps.value["foot_strike_s"] - begin - strike
            out = steps.value["toe_off_s"] - begin - off
            errors[bent].append(np.stack((on, out)))
    bent, plain = (np.concatenate(errors[key], axis=1) for key in (True, False))
    for end in range(2):
        assert rms(bent[end]) < 0.6 * rms(plain[end])


def real_forces() -> list[tuple[float, np.ndarray, float]]:
    """Rate, vertical force N and mass of treadmill runs, low-passed at 50 Hz, zero in flight."""
    folder = SHARED / "treadmill-running"
    if not folder.is_dir():
        pytest.skip("the shared real recordings are not here")
    runs = []
    for name, mass in (("RBDS001runT25forces.txt", 62.0), ("RBDS002runT45forces.txt", 80.0)):
        runs.append((300.0, np.loadtxt(folder / name, skiprows=1, usecols=2), mass))
    rows = np.loadtxt(folder / "alcantara_sub02_grf_bw_first16.csv", delimiter=",")
    runs += [(500.0, row * SUBJECT_KG * G, SUBJECT_KG) for row in rows[[1, 2, 5]]]
    found = []
    for rate_hz, force, mass in runs:
        b, a = butter(2, 50.0 / 0.802 / (0.5 * rate_hz))
        smooth = filtfilt(b, a, force)
        found.append((rate_hz, smooth - np.median(smooth[smooth < 0.1 * mass * G]), mass))
    return found


@pytest.mark.parametrize(("rate_hz", "share"), [(50, 0.75), (100, 0.6), (200, 0.9)])
def test_real_runs_thinned_are_stamped_nearer_to_the_full_rate_than_by_chords(rate_hz, share):
    bent, plain, held, number = [], [], 0, 0
    whole, chords = Parameters(SHORT), Parameters({**SHORT, **PLAIN.changed})
    for full_hz, force, mass in real_forces():
        time = np.arange(len(force)) / full_hz
        known = steps_of(load(time, force), rate_hz=full_hz, mass_kg=mass, parameters=chords)
        spline = CubicSpline(time, force)
        for phase in (0.2, 0.7):
            thin_s = np.arange(phase / rate_hz, time[-1], 1.0 / rate_hz)
            thin = load(thin_s, spline(thin_s))
            for errors, parameters in ((bent, whole), (plain, chords)):
                steps = steps_of(thin, rate_hz=rate_hz, mass_kg=mass, parameters=parameters)
                for k in np.flatnonzero(steps.valid):
                    at = int(
                        np.argmin(
                            np.abs(known.value["foot_strike_s"] - steps.value["foot_strike_s"][k])
                        )
                    )
                    if not known.valid[at]:
                        continue
                    error = steps.value["contact_s"][k] - known.value["contact_s"][at]
                    if abs(error) > 0.1:
                        continue  # thinned rows cut this contact elsewhere
                    errors.append(error)
                    if errors is bent:
                        number += 1
                        held += bool(abs(error) <= 1.96 * steps.u["contact_s"][k])
    assert number > 300
    assert rms(np.array(bent)) < share * rms(np.array(plain))
    assert held / number > 0.88


def test_a_stamp_beside_a_loss_is_that_of_the_rows_received_and_says_so():
    whole = run_of(half_sine(), rate_hz=200, phase=0.3)
    steps = steps_of(whole, rate_hz=200)
    row = int(np.searchsorted(whole.time_s, steps.value["foot_strike_s"][3]))
    lost = slice(row - 1, row + 3)
    ends = (row - 2, row + 3)
    whole.total_n[lost] = np.interp(
        whole.time_s[lost], whole.time_s[list(ends)], whole.total_n[list(ends)]
    )
    whole.quality[lost] |= np.uint32(Quality.INTERPOLATED)
    bridged = steps_of(whole, rate_hz=200)
    u = bridged.u["contact_s"]
    error = abs(bridged.value["contact_s"][3] - steps.value["contact_s"][4])
    assert u[3] > 3.0 * u[4]
    assert error < 3.0 * u[3]


def test_without_tare_noise_below_zero_makes_contacts_neither_shorter_nor_forces_smaller():
    # such insoles report values below zero, which the clamp lifts: in the air and not on the ground
    rng = np.random.default_rng(8)
    form = draw("walk", rng)
    planned = plan(form, rng)
    pair = PairPipeline(StartState(mass_kg=70.0), Parameters())
    quiet = Parameters({"uncertainty.gain_rel": 0.0, "uncertainty.tare_n": 0.0})
    pair.push(sent(form, planned, rng, rate_hz=100.0, parameters=quiet))
    pair.flush()
    left = pair.steps()[0]
    known = truth(form, planned, Parameters())
    mine = np.flatnonzero(planned.side == 0)
    near = [
        int(mine[np.argmin(np.abs(planned.begin_s[mine] - t))])
        for t in left.value["foot_strike_s"][left.valid]
    ]
    error = left.value["contact_s"][left.valid] - known["contact_s"][near]
    assert abs(float(np.median(error))) < 0.0005
    force = left.value["mean_force_N"][left.valid] / known["mean_force_N"][near]
    assert float(np.median(force)) == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("signal", [half_sine(), hop()], ids=["G1", "G4"])
def test_the_top_of_a_peak_is_found_within_a_hundredth_of_a_millisecond_in_rows_of_20_ms(signal):
    middle = 0.5 * signal.length_s  # both are symmetrical
    for phase in PHASES:
        steps = steps_of(run_of(signal, rate_hz=50, phase=phase), rate_hz=50)
        begin = 0.3 + signal.stride_s * np.arange(len(steps))
        top = steps.value["foot_strike_s"] + steps.value["time_to_peak_s"]
        assert np.abs(top - begin - middle)[1:-1].max() < 1e-5
