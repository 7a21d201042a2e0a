"""The maker's nominal curves: offered by name, never used unasked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from insole import plugins
from insole.cli import main
from insole.signal.curves import CurveSet
from insole_drivers.protocols.orphe_nominal import POLYNOMIALS, lowest


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def told(capsys, *words: str) -> dict:
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


def test_tables_follow_the_polynomials_where_these_hold():
    made = plugins.load("insole.curves", "orphe_insole")()
    assert made.quantity == "N"
    counts = np.arange(700.0, 2501.0, 7.0)
    force = CurveSet(made, sensors=6).apply(np.repeat(counts[:, None], 6, axis=1))
    truth = np.column_stack([np.polyval(row, counts) for row in POLYNOMIALS])
    assert np.abs(force - truth).max() < 0.3  # newtons
    assert (lowest() < 700).all()


def test_beyond_them_nothing_is_made_up():
    made = plugins.load("insole.curves", "orphe_insole")()
    at = np.repeat(np.array([[0.0], [2500.0], [4095.0], [65535.0]]), 6, axis=1)
    force = CurveSet(made, sensors=6).apply(at)
    assert force[0].tolist() == [0.0] * 6
    assert force[2].tolist() == force[1].tolist() == force[3].tolist()


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_newtons_come_when_they_are_asked_for_by_name_and_say_whose_they_are(capsys):
    words = ("--protocol", "orphe_insole", "--headless", "--record", "a.h5", "--json")
    before = told(capsys, "demo", "run?seconds=6&fast=1", *words)
    assert "counts" in before["not_available"]["impulse_N_s"]
    made = told(
        capsys,
        "calibrate",
        "a.h5",
        "--curves",
        "orphe_insole",
        "--mass",
        "70",
        "--json",
    )
    assert any("nominal" in note for entry in made["calibrations"] for note in entry["notes"])
    after = told(capsys, "analyze", "a.h5", "--json", "--mass", "70")
    assert "impulse_N_s" not in after["not_available"]
