"""Stappone: exact counts, the unloaded level of each cell, corrupt rows, and no harmful file."""

import json
from pathlib import Path

import numpy as np
import pytest

import insole
from insole import layouts
from insole.cli import main
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.regions import region_map
from tests.recordings.vendor_files import (
    needs_shared,
    read,
    reference,
    refused,
    stappone,
)

WALK = Path(__file__).parent / "data" / "stappone_left_first2288.csv"


@pytest.fixture(scope="module")
def truth():
    return reference("stappone_left_first2288.csv")


@needs_shared
def test_counts_are_those_of_the_file_exactly(capsys, truth):
    assert main(["info", str(WALK), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["sha256"]) == ("stappone", truth["sha256"])
    assert list(told["sides"]) == ["left"]
    foot = told["sides"]["left"]
    assert (foot["samples"], foot["missing"]) == (truth["n_samples"], truth["corrupt_rows"])
    assert (foot["rate_hz"], foot["sensors"]) == (truth["rate_hz"], truth["n_sensors"])
    assert (foot["unit"], foot["total"]["unit"]) == ("counts", "counts")
    assert (foot["sum"], foot["max"]) == (truth["sum_all"], truth["max"])
    assert foot["total"]["max"] == truth["total_max"]
    assert foot["total"]["max_t_s"] == pytest.approx(truth["total_max_row_0based"] * 0.016)
    assert told["duration_s"] == pytest.approx(truth["duration_s"])
    _, samples = read(WALK)["left"]
    assert samples.values.sum(axis=0).tolist() == truth["column_sums"]
    assert samples.values.sum(axis=1).min() == truth["total_min"]
    assert samples.values.max(axis=1).argmax() == truth["max_row_0based"]
    assert (samples.tick_us[[0, -1]] // 1000).tolist() == [truth["first_ms"], truth["last_ms"]]


def test_the_foot_unloads_in_the_air_and_its_steps_are_those_of_a_walk():
    with insole.open(WALK) as trial:
        foot, result = trial.left, trial.analyze()
        assert trial.notes.wall_clock.startswith("2026-01-15T")
    air = foot.total_n < 0.05 * foot.total_n.max()
    assert 0.2 < air.mean() < 0.5  # as raw counts it is never below 44 % of the largest sum
    steps = [s for s in result.steps if s["valid"]]
    assert len(steps) >= 25
    strides = np.diff([s["foot_strike_s"] for s in steps])
    assert np.median(strides) == pytest.approx(1.09, abs=0.05)
    assert all(0.6 <= s["contact_s"] <= 0.95 for s in steps)
    assert result.to_dict()["sides"]["left"]["quantity"] == "counts"
    # Heel first, then the forefoot: the order of a walk shows that the cells lie where they should.
    begin, end = np.searchsorted(
        foot.pressure.time_s, [[s[k] for s in steps] for k in ("foot_strike_s", "toe_off_s")]
    )
    y = foot.cop_mm[:, 1]
    early = np.nanmean([np.nanmean(y[a : a + 8]) for a in begin])
    late = np.nanmean([np.nanmean(y[b - 12 : b - 3]) for b in end])
    assert late - early > 60.0


def test_zeros_and_words_go_with_the_import(tmp_path):
    out = tmp_path / "walk.h5"
    assert main(["import", str(WALK), "-o", str(out)]) == 0
    with insole.open(out) as again, insole.open(WALK) as first:
        assert again.analyze().result_sha256 == first.analyze().result_sha256
        assert again.notes.note == first.notes.note
        assert again.notes.wall_clock == first.notes.wall_clock


def test_the_level_of_the_least_loaded_samples_is_each_cells_zero(tmp_path):
    path = tmp_path / "sole.txt"
    path.write_text(stappone(40))
    with insole.open(path) as trial:
        got = trial.left.pressure.values
    assert np.unique(got).tolist() == [0.0, 200.0]
    _, samples = read(path)["left"]
    assert samples.values[15].tolist() == [100.0 + 10 * k for k in range(12)]


def test_both_soles_of_one_walk_meet_on_the_clock_of_the_day(tmp_path):
    left, right, out = (tmp_path / name for name in ("l.csv", "r.csv", "walk.h5"))
    left.write_text(stappone(60))
    right.write_text(stappone(60, sole=2, first_ms=1_768_494_979_668))
    assert main(["import", str(left), str(right), "-o", str(out)]) == 0
    with insole.open(out) as trial:
        assert trial.right.pressure.time_s[0] - trial.left.pressure.time_s[0] == (
            pytest.approx(0.1, abs=1e-6)
        )
        assert np.unique(trial.right.pressure.values).tolist() == [0.0, 200.0]


def test_corrupt_rows_are_missing_samples(tmp_path):
    path = tmp_path / "sole.csv"
    path.write_text(stappone(40, corrupt=(3, 4, 20)))
    _, samples = read(path)["left"]
    assert sorted(set(range(40)) - set(samples.sequence.tolist())) == [3, 4, 20]
    path.write_text(stappone(4, corrupt=(0, 1, 2, 3)))
    assert "no samples" in refused(path)


def test_an_empty_cell_and_a_left_out_row_are_missing_too(tmp_path):
    path = tmp_path / "sole.csv"
    lines = stappone(40).splitlines()
    cells = lines[6].split(",")
    cells[13] = ""
    lines[6] = ",".join(cells)
    del lines[11]
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n")
    _, samples = read(path)["left"]
    assert sorted(set(range(40)) - set(samples.sequence.tolist())) == [5, 10]


def test_the_cells_stand_for_the_regions_that_their_outlines_cover():
    layout = layouts.load("stappone12")
    made = region_map(layout, Parameters())
    region = [
        "HAL", "M1", "MID", "M23", "M23", "M45", "MID", "HEEL", "M45", "HEEL", "HEEL", "TOES",
    ]  # fmt: skip
    assert [REGIONS[k] for k in made.weight.argmax(axis=1)] == region
    assert made.observable.all()
