"""Creep follows the hours of wear: checks in several recordings, factors in each of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from insole import layouts
from insole.cli import main
from insole.creeping import Check, standing_of
from insole.model.trial import clock_of

INSOLES = ("L7", "R7")
NINE = 1_700_000_000.0
BEFORE, BETWEEN, AFTER = Path("before.h5"), Path("run.h5"), Path("after.h5")
CHECKS = [
    Check(BEFORE, INSOLES, NINE, 5.0, 700.0),
    Check(AFTER, INSOLES, NINE + 3600.0, 5.0, 770.0),
]


def factor(path, clock_s, at_s, *, serials=INSOLES, checks=CHECKS):
    """Factor at an instant of a recording, linear in between."""
    standing, _ = standing_of(path, clock_s, serials, checks=checks)
    return float(np.interp(at_s, *zip(*standing, strict=True))) if standing else None


def test_a_recording_between_two_checks_lies_on_the_line_between_them():
    # Half an hour after the first check: half of the way from 1 to 700 / 770.
    assert factor(BETWEEN, NINE + 1800.0, 5.0) == pytest.approx((1.0 + 700.0 / 770.0) / 2)
    assert standing_of(BETWEEN, NINE + 1800.0, INSOLES, checks=CHECKS)[1] == (
        "before.h5",
        "after.h5",
    )


def test_the_recordings_with_the_checks_get_the_same_course():
    assert factor(BEFORE, NINE, 5.0) == pytest.approx(1.0)
    assert factor(AFTER, NINE + 3600.0, 5.0) == pytest.approx(700.0 / 770.0)


@pytest.mark.parametrize(
    ("clock_s", "serials"),
    [(NINE + 86_400.0, INSOLES), (None, INSOLES), (NINE + 1800.0, ("L8", "R8")),
     (NINE + 1800.0, ("", ""))],
)  # fmt: skip
def test_another_day_another_pair_or_no_clock_has_no_creep_of_these_checks(clock_s, serials):
    assert factor(BETWEEN, clock_s, 5.0, serials=serials) is None


def test_without_a_clock_a_recording_has_its_own_checks():
    own = [Check(BEFORE, INSOLES, None, at, n) for at, n in ((5.0, 700.0), (900.0, 750.0))]
    standing, source = standing_of(BEFORE, None, INSOLES, checks=own)
    assert standing == ((5.0, 1.0), (900.0, pytest.approx(700.0 / 750.0)))
    assert source == ("before.h5",)
    assert standing_of(BETWEEN, None, INSOLES, checks=own) == ((), ())


def test_two_days_of_checks_never_meet():
    later = [
        Check(AFTER, INSOLES, NINE + 86_400.0, at, n) for at, n in ((5.0, 650.0), (1800.0, 660.0))
    ]
    everything = [*CHECKS, *later]
    assert factor(BETWEEN, NINE + 1800.0, 5.0, checks=everything) == factor(
        BETWEEN, NINE + 1800.0, 5.0
    )
    assert factor(AFTER, NINE + 86_400.0, 5.0, checks=everything) == pytest.approx(1.0)


def test_a_clock_time_needs_its_zone():
    told = datetime(2025, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    assert clock_of(told.isoformat()) == told.timestamp()
    assert clock_of("2025-03-01T09:30:00") is None
    assert clock_of("this morning") is None


def test_the_command_takes_the_creep_out_of_a_recording(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    time = np.arange(6000) / 100.0
    half = np.full(6000, 0.5 * 70.0 * 9.80665) * (1.0 + 0.1 * time / 60.0)
    lifted = (time > 15.0) & (time < 45.0)
    half[lifted] = 0.0
    area = layouts.load("generic16").area_cm2
    kpa = np.outer(half, np.ones(16)) / (0.1 * area.sum())
    names = [f"{side}{index + 1}" for side in "LR" for index in range(16)]
    table = np.column_stack((time, kpa, kpa))
    np.savetxt("stand.csv", table, "%.4f", ",", header=",".join(["t", *names]), comments="")
    words = ["--quantity", "kPa", "--layout", "generic16", "--mass", "70", "--json"]
    assert main(["calibrate", "stand.csv", "--creep", *words]) == 0
    capsys.readouterr()
    assert main(["analyze", "stand.csv", *words]) == 0
    spans = json.loads(capsys.readouterr().out)["balance"]["spans"]
    assert len(spans) == 2
    from insole.api import open as open_trial

    with open_trial("stand.csv", quantity="kPa", layout="generic16") as trial:
        total = trial.left.total_n + trial.right.total_n
    first, last = np.median(total[:1400]), np.median(total[4600:])
    assert last == pytest.approx(first, rel=0.01)  # 8 % apart before
