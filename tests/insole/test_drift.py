"""Drift taken out of whole recordings (science.md, section 2.3 and G9), tagged as research."""

import json

import numpy as np
import pytest

from insole import layouts
from insole.cli import main
from insole.errors import RequestError
from insole.parameters import Parameters
from insole.research import without_drift
from insole.signal.drift import drift, swing_means, swings_of
from insole.signal.masking import neighbours
from tests.insole.closed_forms import G, half_sine
from tests.insole.foot_pressures import running
from tests.insole.gait_loads import BW, MASS_KG, SHARED, load, steps_of

DRIFTING = SHARED / "treadmill-running" / "RBDS001runT25_with_drift.csv"
ONE_BELT = Parameters({"events.min_swing_s": 0.05, "events.baseline_swing_s": 0.06})


def test_g9_a_run_that_drifts_by_113_newtons_is_straight_again():
    signal = half_sine()
    time, clean = signal.train(rate_hz=100, strides=60)
    clean = clean * BW
    added = 113.0 * (1.0 - np.exp(-time / 15.0))
    first = steps_of(load(time, clean + added), rate_hz=100)
    found = drift(time, (clean + added)[:, None], swings_of(first))
    straight = clean + added - found[:, 0]
    _, left_over = swing_means(time, straight[:, None], swings_of(first))
    assert np.abs(left_over).max() < 1.0
    steps = steps_of(load(time, straight), rate_hz=100)
    impulse = steps.value["impulse_N_s"][steps.valid]
    assert len(impulse) >= 58
    assert impulse[1:-1] == pytest.approx(signal.area(signal.length_s) * BW, rel=0.005)


def test_a_real_belt_that_drifts_obeys_newton_after_correction():
    """74 clean steps, 594 N, mean J - T_step 0.000 BW·s, CV of J 1.8 % (science.md, 2.3)."""
    if not DRIFTING.is_file():
        pytest.skip("the drifting treadmill file of the shared real recordings is not here")
    force = np.loadtxt(DRIFTING)
    time = np.arange(len(force)) / 300.0
    first = steps_of(load(time, force), rate_hz=300, mass_kg=62.0, parameters=ONE_BELT)
    straight = force - drift(time, force[:, None], swings_of(first))[:, 0]
    strikes = first.value["foot_strike_s"][first.valid]
    whole_steps = (time >= strikes[0]) & (time < strikes[-1])
    bw = straight[whole_steps].mean()
    assert bw == pytest.approx(594.0, abs=1.0)
    steps = steps_of(load(time, straight), rate_hz=300, mass_kg=bw / G, parameters=ONE_BELT)
    clean = steps.valid[:-1] & steps.valid[1:]
    assert np.count_nonzero(clean) >= 74
    impulse = steps.value["impulse_N_s"][:-1][clean] / bw
    step_s = np.diff(steps.value["foot_strike_s"])[clean]
    assert abs((impulse - step_s).mean()) < 0.0005
    assert impulse.std() / impulse.mean() == pytest.approx(0.018, abs=0.003)
    whole = json.loads((SHARED / "reference.json").read_text())[
        "treadmill-running/RBDS001runT25_with_drift.csv"
    ]
    removed = force.mean() - straight.mean()
    assert removed == pytest.approx(whole["added_drift_N"]["mean"], abs=0.5)
    assert steps.value["peak_force_N"][1:-1].mean() == pytest.approx(
        whole["undrifted_truth_peak_mean_N"], rel=0.01
    )


@pytest.fixture
def drifting_run(tmp_path, monkeypatch):
    """A table of both feet, half a stride apart; the left one drifts by 60 N."""
    monkeypatch.chdir(tmp_path)
    signal = half_sine()
    time, left = signal.train(rate_hz=100, strides=40)
    right = np.interp(time - 0.5 * signal.stride_s, time, left, left=0.0)
    table = np.column_stack((time, left * BW + 60.0 * (1 - np.exp(-time / 8.0)), right * BW))
    np.savetxt("run.csv", table, "%.4f", ",", header="t,L1,R1", comments="")
    return signal


def test_the_research_result_is_tagged_and_the_stream_is_left_alone(drifting_run, capsys):
    words = ["analyze", "run.csv", "--json", "--quantity", "N", "--mass", f"{MASS_KG:g}"]
    assert main(words) == 0
    stream = json.loads(capsys.readouterr().out)
    assert main([*words, "--remove-drift"]) == 0
    research = json.loads(capsys.readouterr().out)
    assert stream["provenance"]["filter"] == "none"
    assert research["provenance"]["filter"] == "zero_phase"
    exact = drifting_run.area(drifting_run.length_s) * BW
    for side in ("left", "right"):
        mean = research["summary"][side]["impulse_N_s"]["mean"]
        assert mean == pytest.approx(exact, rel=0.005)


def test_the_research_result_is_printed_for_people_too(drifting_run, capsys):
    del drifting_run
    words = ["analyze", "run.csv", "--quantity", "N", "--mass", f"{MASS_KG:g}", "--remove-drift"]
    assert main(words) == 0
    assert "steps" in capsys.readouterr().out


def test_pressures_of_a_straightened_foot_are_those_without_the_drift(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    signal = half_sine()
    time, left = signal.train(rate_hz=100, strides=40)
    kpa = np.outer(left, np.linspace(60.0, 140.0, 16))
    names = ",".join(["t", *(f"L{index + 1}" for index in range(16))])
    for name, rise in (("still.csv", 0.0), ("drifts.csv", 6.0)):
        table = np.column_stack((time, kpa + rise * (1 - np.exp(-time / 8.0))[:, None]))
        np.savetxt(name, table, "%.4f", ",", header=names, comments="")
    words = ["--quantity", "kPa", "--layout", "generic16", "--mass", "90", "--json"]
    assert main(["analyze", "still.csv", *words]) == 0
    still = json.loads(capsys.readouterr().out)["summary"]["left"]
    assert main(["analyze", "drifts.csv", "--remove-drift", *words]) == 0
    straight = json.loads(capsys.readouterr().out)["summary"]["left"]
    for name in ("peak_pressure_kPa", "peak_pressure_heel_kPa", "pressure_time_toes_kPa_s"):
        assert straight[name]["mean"] == pytest.approx(still[name]["mean"], rel=0.01)


def test_without_swings_there_is_no_drift_to_know(tmp_path):
    path = tmp_path / "stand.csv"
    np.savetxt(
        path,
        np.column_stack((np.arange(500) / 100, np.full((500, 2), 350.0))),
        "%.3f",
        ",",
        header="t,L1,R1",
        comments="",
    )
    with pytest.raises(RequestError, match="drift cannot be known"):
        without_drift(path, 70.0, quantity="N")


def test_a_straightened_foot_leaves_out_the_sensor_that_the_stream_left_out(tmp_path, monkeypatch):
    """It has nothing to straighten: its area goes to its neighbours, as in the stream."""
    monkeypatch.chdir(tmp_path)
    layout = layouts.load("generic16")
    kpa = 0.1 * running(layout, seconds=30)
    dead = int(np.argmax(neighbours(layout).sum(axis=0)))
    whole = float((0.1 * kpa @ layout.area_cm2).max())
    kpa[:, dead] = 0.0
    table = np.column_stack((np.arange(len(kpa)) / 100.0, kpa))
    header = ",".join(["t", *(f"L{index + 1}" for index in range(16))])
    np.savetxt("run.csv", table, "%.3f", ",", header=header, comments="")
    straight = without_drift("run.csv", 70.0, quantity="kPa", layout="generic16")
    peak = straight.left.value["peak_force_N"][5:-2]
    assert peak == pytest.approx(np.full(len(peak), whole), rel=0.02)
