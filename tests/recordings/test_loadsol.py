"""loadsol text exports: lost samples are missing, zones are where they are, plates agree."""

import json

import numpy as np
import pytest

import insole
from insole.api import open_recording
from insole.cli import main
from insole.errors import DamagedFile
from tests.recordings.motion_files import DATA, LOADSOL, loadsol, motion_reference, needs_motion
from tests.recordings.vendor_files import (
    read,
    refused,
)

FILES = ["poids_par_zone", "test_poids", "test_pointe_1", "test_pointe_1_05_02", "test_poussee_1"]
STANDING = DATA / "loadsol_test_poids.txt"


@pytest.fixture
def export(tmp_path):
    def write(text: str):
        path = tmp_path / "export.txt"
        path.write_text(text)
        return path

    return write


@needs_motion
@pytest.mark.parametrize("name", FILES)
def test_rows_losses_and_sums_are_those_of_the_file_and_of_its_publishers(name, capsys):
    truth = motion_reference(f"loadsol/{name}.txt")
    publishers = truth["independent"].get("parser", truth["independent"])
    path = LOADSOL / f"{name}.txt"
    assert main(["info", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["sha256"]) == ("loadsol", truth["sha256"])
    for side, (capability, samples) in read(path).items():
        want, foot = truth[side], told["sides"][side]
        assert capability.rate_hz == truth["rate_hz"]
        assert foot["samples"] == truth["n_samples"] - want["lost_samples"]
        assert publishers["rows"] - foot["samples"] == publishers[f"{side}_lost"]
        assert samples.values.sum() == pytest.approx(
            publishers[f"{side}_total_sum_present"], abs=0.1
        )
        for column, zone in enumerate(("heel", "medial", "lateral")):
            total = samples.values[:, column].sum()
            assert total == pytest.approx(want["sums_over_present"][zone], rel=1e-7)
        force = samples.values.sum(axis=1)
        assert force.max() == pytest.approx(want["total_max_N"], abs=0.01)
        assert force.mean() == pytest.approx(want["total_mean_present_N"], rel=1e-7)
        # Single times are one step late in the file, so the peak may be.
        peak_s = samples.tick_us[force.argmax()] * 1e-6
        assert peak_s == pytest.approx(want["total_max_t_s"], abs=0.0051)
        assert capability.serial == f"PGV24{'7-L' if side == 'left' else '4-R'}"


@needs_motion
@pytest.mark.parametrize("name", FILES)
def test_lost_runs_leave_numbers_out_where_the_file_has_them(name):
    truth = motion_reference(f"loadsol/{name}.txt")
    for side, (_, samples) in read(LOADSOL / f"{name}.txt").items():
        present = np.zeros(truth["n_samples"], np.bool_)
        present[samples.sequence] = True
        edges = np.diff(np.pad(~present, 1).astype(int))
        first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        assert len(first) == truth[side]["lost_runs"]
        for run, (start, end, count) in zip(
            zip(first, last, strict=True), truth[side]["lost_runs_first_10 (t0,t1,n)"], strict=False
        ):
            assert run[1] - run[0] == count
            assert run[0] / 200 == pytest.approx(start, abs=0.0051)
            assert (run[1] - 1) / 200 == pytest.approx(end, abs=0.0051)


@needs_motion
def test_the_mark_stands_at_its_row():
    for name in FILES:
        truth = motion_reference(f"loadsol/{name}.txt")["marks"][0]
        (mark,) = open_recording(LOADSOL / f"{name}.txt").events()
        assert mark.arrival_ns == pytest.approx(truth["row_0based"] * 5_000_000, abs=1)
        assert mark.text == truth["text"]


@needs_motion
def test_each_zone_is_the_one_on_which_the_weight_lay():
    truth = motion_reference("loadsol/poids_par_zone.txt")["independent"]
    feet = read(LOADSOL / "poids_par_zone.txt")
    _, samples = feet["left"]
    zones = {"heel": 0, "medial": 1, "lateral": 2}
    for window in truth["zone_windows"]:
        start, end = (1e6 * edge for edge in window["window_s"])
        rows = samples.values[(samples.tick_us >= start) & (samples.tick_us <= end)]
        if window["zone"] in zones:
            place = zones[window["zone"]]
            assert np.median(rows[:, place]) == pytest.approx(window["median_N"], abs=5.0)
            assert np.median(np.delete(rows, place, axis=1), axis=0).tolist() == [0.0, 0.0]
        else:
            total = np.median(rows.sum(axis=1))
            assert total == pytest.approx(window["median_total_N"], abs=5.0)
    assert feet["right"][1].values.sum(axis=1).max() <= 2.5


@needs_motion
def test_standing_weighs_what_the_force_plate_under_the_same_trial_says():
    weight = motion_reference("loadsol/test_poids.txt")["independent"]["standing_weight_N"]
    with insole.open(STANDING) as trial:
        left, right = trial.left, trial.right
    measured = [foot.total_n[foot.pressure.quality == 0] for foot in (left, right)]
    assert sum(np.median(force) for force in measured) == pytest.approx(weight, rel=0.05)
    times = [np.rint(foot.pressure.time_s * 200).astype(int) for foot in (left, right)]
    good = [at[foot.pressure.quality == 0] for at, foot in zip(times, (left, right), strict=True)]
    both, mine, other = np.intersect1d(*good, return_indices=True)
    assert len(both) > 500
    assert np.median(measured[0][mine] + measured[1][other]) == pytest.approx(weight, rel=0.05)


def test_a_lost_sample_is_missing_and_never_flight():
    with insole.open(STANDING) as trial:
        result = trial.analyze()
        lowest = {side: foot.total_n.min() for side, foot in
                  (("left", trial.left), ("right", trial.right))}  # fmt: skip
    assert min(lowest.values()) > 200.0
    for foot, lost in zip(result.feet.values(), (91, 178), strict=True):
        assert foot.ledger.lost == lost
        assert foot.ledger.expected == 1094


# --- the form ---


def test_zones_are_found_by_name_in_whatever_order(export):
    feet = read(export(loadsol()))
    heel = 100.0 + np.arange(30)
    assert np.array_equal(
        feet["left"][1].values, np.column_stack([heel, heel * 0 + 200, heel * 0 + 300])
    )
    assert np.array_equal(
        feet["right"][1].values, np.column_stack([2 * heel, heel * 0 + 400, heel * 0 + 600])
    )
    assert feet["left"][0].serial == "A-L"
    assert feet["right"][0].layout.labels == ("HEEL", "M1", "M45")


def test_late_times_do_not_move_their_rows_and_lost_rows_leave_numbers_out(export):
    _, samples = read(export(loadsol(lost=(4, 5, 6), late=(9, 15))))["left"]
    assert samples.sequence.tolist() == [*range(4), *range(7, 30)]
    assert samples.tick_us.tolist() == [5000 * k for k in samples.sequence]


def test_a_late_time_in_the_last_row_does_not_move_it_either(export):
    last = loadsol().splitlines()[-1]
    rows = len(loadsol().splitlines()) - 4
    late = loadsol(late=(rows - 1,))
    assert late.splitlines()[-1] != last
    _, samples = read(export(late))["left"]
    _, punctual = read(export(loadsol()))["left"]
    assert np.array_equal(samples.tick_us, punctual.tick_us)


def test_rows_that_are_left_out_show_in_the_time(export):
    lines = loadsol(60).splitlines(keepends=True)
    _, samples = read(export("".join(lines[:24] + lines[44:])))["left"]
    assert samples.sequence.tolist() == [*range(20), *range(40, 60)]


def test_a_dash_for_a_force_is_missing(export):
    text = loadsol().replace("110.000\t200.000\t300.000\t610.000", "-\t-\t-\t-")
    _, samples = read(export(text))["left"]
    assert samples.sequence.tolist() == [*range(10), *range(11, 30)]


def test_an_insole_with_one_zone_gives_its_total(export):
    text = loadsol()
    for zone in ("heel", "medial", "lateral"):
        text = text.replace(f"::{zone}", f"::xAcc{zone}")
    capability, samples = read(export(text))["left"]
    assert capability.layout.name == "total"
    assert samples.values[:, 0].tolist() == [600.0 + k for k in range(30)]


def test_the_header_gives_comment_and_local_time(export):
    recording = open_recording(export(loadsol()))
    assert recording.notes.note == "two feet"
    assert recording.notes.wall_clock == "2024-01-17T14:48:48.148"
    assert [mark.text for mark in recording.events()] == ["End measurement"]


def test_times_that_stand_still_are_no_clock(export):
    lines = loadsol(400).splitlines()
    rows = ["0.000\t" + line.split("\t", 1)[1] for line in lines[4:]]
    assert "clock" in refused(export("\n".join([*lines[:4], *rows]) + "\n"), DamagedFile)
