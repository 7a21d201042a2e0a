"""A row of the table of steps holds the whole record of appendix C and can be read alone."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from insole.cli import main
from tests.insole.closed_forms import half_sine
from tests.insole.gait_loads import BW, MASS_KG

REGIONS = ("heel", "mid", "m1", "m23", "m45", "hal", "toes")
RECORD = (  # science.md, appendix C, in its order
    "user", "session", "side", "activity", "foot_strike_s", "toe_off_s", "reporting_level_N",
    "rate_hz", "filter", "contact_s", "effective_contact_s", "step_s", "flight_s", "cadence_spm",
    "duty_factor", "peak_force_BW", "time_to_peak_percent", "impact_peak_BW", "valr_BW_per_s",
    "impulse_N_s", "impulse_BW_s", "po50_N_s", "po_eff_N_s", "po_rev_N_s", "po_net_N_s",
    "po_ff_N_s", "po_hal_N_s", "s_hal_percent", "s_ray1_percent", "hal_peak_N", "last_region",
    "strike_index_percent", "strike",
    *(f"{kind}_{name}{unit}" for name in REGIONS
      for kind, unit in (("fti", "_N_s"), ("peak_pressure", "_kPa"), ("share", ""))),
    *(f"tripod{when}_{corner}" for when in ("_peak", "_mid") for corner in
      ("heel", "first", "fifth")),
    "coverage3_peak", "coverage3_mid",
    *(f"barycentric_{corner}" for corner in ("heel", "first", "fifth")),
    "k_static", "k_dyn", "valid_share", "flags",
)  # fmt: skip


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Steps of a half-sine run of 16 sensors at 200 Hz, through a recording and out as a table."""
    monkeypatch.chdir(tmp_path)
    signal = half_sine()
    time, left = signal.train(rate_hz=200, strides=20)
    right = np.interp(time - 0.5 * signal.stride_s, time, left, left=0.0)
    kpa = BW / (0.1 * 180.0)  # about 180 cm² of sensors
    rows = np.column_stack((time, *[left * kpa] * 16, *[right * kpa] * 16))
    names = ",".join(["t", *(f"{side}{index + 1}" for side in "LR" for index in range(16))])
    np.savetxt("run.csv", rows, "%.4f", ",", header=names, comments="")
    words = ["import", "run.csv", "-o", "run.h5", "--quantity", "kPa", "--layout", "generic16"]
    words += ["--mass", f"{MASS_KG:g}", "--athlete", "A1", "--shoe", "flat"]
    assert main(words) == 0
    assert main(["analyze", "run.h5", "--csv", "steps.csv", "--set", "springs.speed_m_s=3.3"]) == 0
    with Path("steps.csv").open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def test_every_entry_of_appendix_c_is_a_column(rows):
    assert not [name for name in RECORD if name not in rows[0]]


def test_a_row_says_whose_it_is_and_how_it_was_computed(rows):
    for row in rows:
        assert (row["user"], row["shoe"], row["filter"]) == ("A1", "flat", "none")
        assert float(row["rate_hz"]) == 200.0
        assert float(row["speed_m_s"]) == 3.3
        assert float(row["reporting_level_N"]) == pytest.approx(0.05 * BW)
        assert row["k_static"] == ""
        assert float(row["k_dyn"]) == pytest.approx(float(rows[0]["k_dyn"]))
