"""An insole without a calibration: shares and timing, and no newtons anywhere."""

from __future__ import annotations

import json
import math

import pytest

from insole.cli import main
from insole.metrics import registry

CONTACT_S = 0.2425  # of the half sine that a virtual run at 3.3 m/s is
SHORTEST_S = CONTACT_S * (1 - 2 / math.pi * math.asin(0.1))  # above a tenth of the peak
DOUBT_S = 0.005  # at 100 Hz
WHY = "the insole gives counts, and no scale to newtons is known"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    from contextlib import redirect_stdout
    from io import StringIO

    said = StringIO()
    file = tmp_path_factory.mktemp("counts") / "run.h5"
    with redirect_stdout(said):
        asked = [
            "run?seconds=6&seed=3&fast=1",
            "--protocol",
            "brilliantsole",
            "--headless",
            "--json",
        ]
        assert main(["demo", *asked, "--record", str(file)]) == 0
    return json.loads(said.getvalue())


def test_no_step_and_no_mean_holds_a_force_a_pressure_or_a_body_weight(document):
    assert len(document["steps"]) > 10
    tables = [*document["steps"], document["summary"]["left"], document["summary"]["right"]]
    for table in tables:
        held = {
            name: value
            for name, value in table.items()
            if ("_N" in name or "_BW" in name or "kPa" in name) and registry.knows(name)
        }
        means = {name: one["mean"] if isinstance(one, dict) else one for name, one in held.items()}
        assert means
        assert set(means.values()) == {None}
    for step in document["steps"]:
        doubts = step["uncertainty"].items()
        assert all(u is None for name, u in doubts if "_N" in name or "_BW" in name)


def test_times_and_shares_are_there_and_true(document):
    steps = [step for step in document["steps"] if step["valid"]]
    for step in steps:
        assert SHORTEST_S - DOUBT_S < step["contact_s"] < CONTACT_S + DOUBT_S
        assert sum(step["tripod"]) == pytest.approx(1.0)
        assert 0 < step["po50_share_percent"] < 100
        assert step["foot_strike_s"] < step["toe_off_s"]


def test_the_reason_stands_beside_what_is_missing_and_only_there(document):
    reasons = document["not_available"]
    for name in ("impulse_N_s", "po50_N_s", "peak_force_N", "peak_force_BW", "left_load_share"):
        assert reasons[name] == WHY
    for name in ("foot_strike_s", "toe_off_s", "contact_s", "stride_s", "duty_factor"):
        assert name not in reasons
    assert document["self_check"]["verdict"] == "n/a"
    assert document["sides"]["left"]["quantity"] == "counts"
