"""A scale from gait, and where the foot lies in its insole: `insole calibrate` (science.md)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from insole import layouts
from insole.cli import main
from insole.model.calibration import Calibration, in_force
from insole.parameters import Parameters
from insole.signal import procedures
from insole_recordings.additions import JournalAdditions
from tests.insole.foot_pressures import stance
from tests.insole.test_calibration import BW

ADDITIONS = JournalAdditions()
LAYOUT = layouts.load("pedar_x")
TABLE = ["--quantity", "kPa", "--layout", "pedar_x", "--mass", "70"]
SENSORS = LAYOUT.sensors


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))


def write(name, left, right):
    """A table of pressures in kPa, 100 rows a second."""
    names = [f"{side}{index + 1}" for side in "LR" for index in range(SENSORS)]
    time = np.arange(len(left)) / 100.0
    table = np.column_stack((time, left, right))
    np.savetxt(name, table, "%.3f", ",", header=",".join(["t", *names]), comments="")


def under(force_n, where):
    """(n, S) kPa: this force spread evenly over some sensors."""
    return np.outer(force_n, where / (0.1 * float(LAYOUT.area_cm2 @ where)))


def told(capsys):
    return json.loads(capsys.readouterr().out)


def run_of(scale, seconds=30):
    """G1 at body weight, read by insoles that give 1 / scale of it."""
    time = np.arange(100 * seconds) / 100.0
    peak = np.pi / 2 * 0.7 / (2 * 0.25) * BW / scale
    whole = np.ones(SENSORS)
    return under(peak * stance(time), whole), under(peak * stance(time - 0.35), whole)


def test_gait_scales_both_feet_by_one_factor_over_the_gains_in_force(capsys):
    write("run.csv", *run_of(1.25))
    assert main(["calibrate", "run.csv", "--momentum", *TABLE, "--json"]) == 0
    made = told(capsys)
    assert [entry["method"] for entry in made["calibrations"]] == ["momentum"] * 2
    assert [entry["gain"] for entry in made["calibrations"]] == pytest.approx([1.25] * 2, rel=0.01)
    assert made["files"][0]["before"]["verdict"] == "force scale uncertain"
    assert made["files"][0]["after"]["k_dyn"] == pytest.approx(1.0, abs=1e-3)
    assert main(["calibrate", "run.csv", "--momentum", *TABLE, "--json"]) == 0
    again = told(capsys)  # what is in force is not lost
    assert [entry["gain"] for entry in again["calibrations"]] == pytest.approx([1.25] * 2, rel=0.01)
    assert main(["analyze", "run.csv", *TABLE, "--json"]) == 0
    assert told(capsys)["self_check"]["k_static"] == {"left": None, "right": None}


def test_the_history_of_a_recording_is_told_oldest_first(capsys):
    write("run.csv", *run_of(1.25))
    still = under(np.zeros(500), np.ones(SENSORS))
    write("lifted.csv", still, still)
    assert main(["calibrate", "run.csv", "--tare-from", "lifted.csv", *TABLE]) == 0
    assert main(["calibrate", "run.csv", "--momentum", *TABLE]) == 0
    capsys.readouterr()
    assert main(["info", "run.csv", *TABLE[:4], "--json"]) == 0
    told_ = told(capsys)["calibrations"]
    assert [(one["of"], one["method"]) for one in told_] == [
        ("left", "tare"), ("right", "tare"), ("left", "momentum"), ("right", "momentum"),
    ]  # fmt: skip
    assert told_[0]["zeros"] == SENSORS
    assert told_[0]["source"] == ["lifted.csv"]
    assert told_[2]["gain"] == pytest.approx(1.25, rel=0.01)
    assert main(["info", "run.csv", *TABLE[:4]]) == 0
    assert "calibration: momentum of right, gain 1.2" in capsys.readouterr().out


def test_what_was_calibrated_can_be_taken_back_and_stays_in_the_history(capsys):
    write("run.csv", *run_of(1.25))
    assert main(["analyze", "run.csv", *TABLE, "--json"]) == 0
    before = told(capsys)["provenance"]["result_sha256"]
    assert main(["calibrate", "run.csv", "--momentum", *TABLE]) == 0
    capsys.readouterr()
    assert main(["calibrate", "run.csv", "--anew", *TABLE, "--json"]) == 0
    made = told(capsys)
    assert made["files"][0]["after"]["result_sha256"] == before
    assert [entry.method for entry in ADDITIONS.calibrations(Path("run.csv"))] == [
        "momentum", "momentum", "anew", "anew",
    ]  # fmt: skip
    assert main(["calibrate", "run.csv", "--anew", "--momentum", *TABLE, "--json"]) == 0
    assert told(capsys)["calibrations"][-1]["gain"] == pytest.approx(1.25, rel=0.01)


def test_a_difference_between_the_feet_stays():
    """A gain for each foot by its gait would erase it (science.md, 2.4.2)."""
    left, right = run_of(1.0)
    write("run.csv", 1.1 * left, 0.9 * right)
    assert main(["calibrate", "run.csv", "--momentum", *TABLE]) == 0
    gains = {entry.device: entry.gain for entry in ADDITIONS.calibrations(Path("run.csv"))}
    assert gains["left"] == pytest.approx(gains["right"])


def test_without_steady_gait_there_is_no_factor_and_the_reason_is_said(capsys):
    still = under(np.full(1000, 0.5 * BW), np.ones(SENSORS))
    write("still.csv", still, still)
    assert main(["calibrate", "still.csv", "--momentum", *TABLE]) == 2
    said = capsys.readouterr().err
    assert "no gait to scale the feet by" in said
    assert "still.csv" in said
    assert not Path("still.csv.additions").exists()


def test_a_factor_of_gait_leaves_the_one_of_standing_known():
    static = Calibration("L", "static", gain=1.1)
    both = in_force([static, Calibration("L", "momentum", gain=1.2)], device="L")
    assert (both.gain, both.static) == (1.2, 1.1)
    assert in_force([static], device="L").static == 1.1


@pytest.mark.parametrize("scale", [0.88, 1.0])
def test_standing_and_tiptoe_lay_the_regions_on_the_foot(capsys, scale):
    """A foot shorter than its insole: its forefoot lies where the mask would see the midfoot."""
    p = Parameters()
    band = np.mean([p["mask.y_mf0"], p["mask.y_toe0"]])
    band += 0.25 * (p["mask.y_mf_slope"] + p["mask.y_toe_slope"])
    y = LAYOUT.xy[:, 1]
    rows = np.unique(y)
    ball = (y == rows[np.argmin(np.abs(rows - scale * band))]).astype(float)
    truth = float(y[ball > 0][0]) / band
    foot = (y < scale).astype(float)
    half = np.full(600, 0.5 * BW)
    trial = np.concatenate((under(half, foot), under(half, ball), under(half, foot)))
    write("trial.csv", trial, trial)
    write("run.csv", *run_of(1.0))
    Path("old.csv").write_bytes(Path("run.csv").read_bytes())
    words = ["calibrate", "run.csv", "--foot-from", "trial.csv", "--apply-to", "old.csv", *TABLE]
    assert main([*words, "--json"]) == 0
    entries = told(capsys)["calibrations"]
    assert [entry["method"] for entry in entries] == ["foot"] * 2
    for entry in entries:
        assert entry["foot"] == pytest.approx([0.0, truth], abs=1e-3)
    shares = {}
    for name, extra in (
        ("run.csv", []),
        ("old.csv", []),
        ("run.csv", ["--set", "mask.foot_scale=1.0"]),
        ("run.csv", ["--set", f"mask.foot_scale={truth}"]),
    ):
        assert main(["analyze", name, *extra, *TABLE, "--mask", "LEE4", "--json"]) == 0
        found = told(capsys)
        shares[name, *extra] = (
            found["summary"]["left"]["share_heel"]["mean"],
            found["masks"]["LEE4"]["left"]["HIND"]["share_percent"],
        )
    kept, old, plain, by_hand = shares.values()
    assert kept == pytest.approx(by_hand, abs=1e-3)  # what is kept does what a parameter does
    assert old == kept
    if scale < 1.0:
        assert kept[0] < plain[0]  # the heel is shorter
        assert kept[1] < plain[1]


def test_who_never_stands_on_the_toes_is_told_what_to_record(capsys):
    whole = under(np.full(1000, 0.5 * BW), np.ones(SENSORS))
    write("run.csv", *run_of(1.0))
    write("still.csv", whole, whole)
    assert main(["calibrate", "run.csv", "--foot-from", "still.csv", *TABLE]) == 2
    said = capsys.readouterr().err
    assert "nowhere is it on the toes" in said
    assert "still.csv, left foot" in said


def test_standing_and_tiptoe_are_held_and_steps_are_neither():
    force = np.full(500, 300.0)
    heel = np.where(np.arange(500) < 250, 150.0, 0.0)
    stood, risen = procedures.stood_and_risen(force, heel)
    assert stood.sum() == risen.sum() == 250
    raises = np.where(np.arange(500) % 50 < 35, 150.0, 0.0)  # heels up for 0.6 s, again and again
    _, risen = procedures.stood_and_risen(force, raises)
    assert risen.sum() == np.count_nonzero(raises == 0.0)
    gait = np.arange(500) % 25
    force = np.where(gait < 12, 700.0, 0.0)
    stood, risen = procedures.stood_and_risen(force, np.where(gait < 6, 400.0, 0.0))
    assert not stood.any()
    assert not risen.any()
