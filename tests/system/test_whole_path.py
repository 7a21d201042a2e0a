"""The main job: a virtual pair over GATT, recorded, analysed and replayed to the same numbers."""

import json
import math

import pytest

from insole.cli import main

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(capsys, *words: str) -> dict:
    status = main(list(words))
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return json.loads(captured.out)


@pytest.mark.timeout(120)
def test_demo_analyze_and_replay_give_the_same_steps(capsys):
    live = answer(capsys, "demo", "--headless", "--seconds", "8", "--record", "a.h5", "--json")
    batch = answer(capsys, "analyze", "a.h5", "--json")
    again = answer(capsys, "replay", "a.h5", "--speed", "max", "--headless", "--json")
    assert len(live["steps"]) > 10
    assert live["steps"] == batch["steps"] == again["steps"]
    hashes = {one["provenance"]["result_sha256"] for one in (live, batch, again)}
    assert len(hashes) == 1
    assert again["of_the_day"] == {"result_sha256": hashes.pop(), "equal": True}
    assert live["sides"] == batch["sides"] == again["sides"]
    assert live["mass_kg"] == 62.0


@pytest.mark.timeout(120)
def test_loss_duplicates_and_disorder_change_no_equality_and_the_ledger_adds_up(capsys):
    faults = "loss=0.05&duplicate=0.05&reorder=0.05&corrupt=0.02&drift_ppm.left=40"
    spec = f"run?speed=3.3&seed=7&{faults}&seconds=6&fast=1"
    live = answer(capsys, "record", "b.h5", "--simulate", spec, "--json")
    batch = answer(capsys, "analyze", "b.h5", "--json")
    again = answer(capsys, "replay", "b.h5", "--speed", "max", "--headless", "--json")
    assert live["steps"] == batch["steps"] == again["steps"]
    for side in ("left", "right"):
        foot = batch["sides"][side]
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
        assert foot["lost"] > 0
        assert live["sides"][side]["lost"] == foot["lost"]
    flagged = {flag for step in batch["steps"] for flag in step["flags"]}
    assert flagged & {"interpolated", "gap"}


@pytest.mark.timeout(120)
def test_a_closed_form_run_arrives_with_its_impulse(capsys):
    spec = "run?speed=3.3&mass=70&seconds=7&fast=1"
    live = answer(capsys, "record", "c.h5", "--simulate", spec, "--json")
    valid = [step for step in live["steps"] if step["valid"] and step["flight_s"]]
    assert len(valid) >= 8
    for step in valid:
        # Newton: a steady level run gives each step body weight times its step time.
        expected = 70 * 9.80665 * (step["contact_s"] + step["flight_s"])
        assert math.isclose(step["impulse_N_s"], expected, rel_tol=0.02)
    assert live["self_check"]["verdict"] in ("ok", "n/a")


@pytest.mark.timeout(60)
def test_one_foot_missing_is_said_and_the_other_is_measured(capsys):
    spec = "run?missing=right&seconds=4&fast=1"
    document = answer(capsys, "demo", spec, "--headless", "--json")
    assert document["sides"]["right"] is None
    assert document["sides"]["left"]["received"] > 0
    assert document["summary"]["right"] is None
    assert {step["side"] for step in document["steps"]} <= {"left"}


@pytest.mark.timeout(120)
def test_a_battery_that_dies_is_lost_data_live_and_afterwards(capsys):
    spec = "run?speed=3.3&battery_dies_at.right=2.5&seconds=8&fast=1"
    live = answer(capsys, "record", "d.h5", "--simulate", spec, "--json")
    batch = answer(capsys, "analyze", "d.h5", "--json")
    again = answer(capsys, "replay", "d.h5", "--speed", "max", "--headless", "--json")
    assert live["sides"] == batch["sides"] == again["sides"]
    assert len({one["provenance"]["result_sha256"] for one in (live, batch, again)}) == 1
    left, right = live["sides"]["left"], live["sides"]["right"]
    assert left["coverage"] == 1.0
    assert right["expected"] == right["received"] + right["recovered"] + right["lost"]
    # Both began together: what the right foot lacks of the left one's samples is lost.
    assert right["expected"] == pytest.approx(left["expected"], rel=0.1)
    assert right["coverage"] < 0.6
