"""XSENSOR: the maker's own figures of every frame, and no file that breaks the program."""

import json
import re

import numpy as np
import pytest

import insole
from insole import layouts
from insole.cli import main
from tests.recordings.vendor_files import (
    SYSTEMS,
    as_told,
    needs_shared,
    read,
    reference,
    refused,
    xsensor,
)

WALK = SYSTEMS / "xsensor_walk_first51.csv"
PA_PER_MMHG = 133.322


@pytest.fixture(scope="module")
def walk():
    with as_told(WALK) as trial:
        yield trial, {"left": trial.left, "right": trial.right}


@pytest.fixture(scope="module")
def truth():
    return reference("xsensor_walk_first51.csv")


@pytest.fixture(scope="module")
def makers():
    """What the maker's software wrote beside every matrix: foot to name to one value a frame."""
    found = {"left": {}, "right": {}}
    block = None
    for line in WALK.read_text(encoding="utf-8-sig").splitlines():
        if line.startswith(("SENSOR,", "GROUP,", "FRAME,")):
            side = re.search(r"-([LR])F ", line)
            block = {"L": "left", "R": "right"}[side[1]] if side else None
        name, _, value = line.partition(",")
        if block and re.match(r"(Average|Peak|Contact Area|Est)", name):
            found[block].setdefault(name.split()[0], []).append(float(value.strip(",")))
    return found


@needs_shared
def test_sums_peaks_and_rate_are_those_of_the_file_in_its_own_unit(capsys, truth):
    assert main(["info", str(WALK), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["sha256"]) == ("xsensor", truth["sha256"])
    assert told["notes"]["wall_clock"] == "2022-08-16T" + truth["first_time"]
    for side in ("left", "right"):
        foot, said = told["sides"][side], truth[side]
        assert (foot["samples"], foot["missing"]) == (truth["n_samples"], 0)
        assert (foot["rate_hz"], foot["unit"], foot["quantity"]) == (75.0, truth["unit"], "kPa")
        assert foot["sum"] == pytest.approx(said["sensels_sum_mmHg"], abs=0.005)
        assert foot["max"] == said["vendor_peak_mmHg_max"]
        assert foot["total"]["max"] == pytest.approx(said["vendor_load_N"]["max"], abs=0.02)
        assert foot["total"]["sum"] == pytest.approx(said["vendor_load_N"]["sum"], abs=0.1)
        frame = said["vendor_load_N"]["max_frame"] - truth["first_frame"]
        assert foot["total"]["max_t_s"] == pytest.approx(frame / 75.0, abs=0.0005)
    assert told["duration_s"] == pytest.approx(0.666, abs=0.001)


@needs_shared
def test_load_peak_mean_and_contact_area_of_every_frame_are_the_makers(walk, truth, makers):
    for side, said in makers.items():
        foot = walk[1][side]
        mmhg = foot.pressure.values * 1000.0 / PA_PER_MMHG
        loaded = np.count_nonzero(mmhg, axis=1)
        assert np.abs(foot.total_n - said["Est."]).max() < 0.02
        assert mmhg.max(axis=1) == pytest.approx(said["Peak"], rel=1e-9)
        mean = mmhg.sum(axis=1) / np.maximum(loaded, 1)
        # 0.005 for the maker's rounding of the mean, and what its rounding of each cell leaves.
        assert np.abs(mean - said["Average"]).max() < 0.006
        area = read(WALK)[side][0].layout.area_cm2[0]
        assert np.abs(loaded * area - said["Contact"]).max() < 0.01
        assert loaded.sum() == truth[side]["sensels_loaded_total"]
        assert foot.total_n[::10] == pytest.approx(
            truth[side]["vendor_load_N"]["every_10th"], abs=0.02
        )


@needs_shared
def test_the_area_of_a_cell_is_that_of_the_contact_areas_not_of_the_printed_pitch(truth):
    area = read(WALK)["left"][0].layout.area_cm2
    assert np.ptp(area) == 0.0
    assert area[0] == pytest.approx(truth["sensel_area_cm2"], rel=1e-4)
    assert area[0] > truth["sensel_pitch_cm"] ** 2 * 1.001


@needs_shared
def test_the_cells_inside_the_insole_are_as_many_as_the_maker_counts_but_one():
    capability = read(WALK)["right"][0]
    layout = capability.layout
    told = re.search(r"Total Area \(cm²\),([\d.]+)", WALK.read_text(encoding="utf-8-sig"))
    assert layout.area_cm2.sum() - float(told[1]) <= layout.area_cm2[0] * 1.01
    assert layout.xy == pytest.approx(layouts.load("xsensor_31x11").xy, abs=1e-4)


@needs_shared
def test_regions_of_the_foot_meet_the_makers_groups_where_both_cut_alike(walk):
    # At the first frame the maker has all load of the right foot in its heel, and none of the left.
    heel = walk[1]["right"].region_n[0, 0] / walk[1]["right"].total_n[0]
    assert heel == pytest.approx(1.0)
    rear = walk[1]["left"].region_n[0, :2] / walk[1]["left"].total_n[0]
    assert rear == pytest.approx([0.0, 0.0], abs=0.01)  # midfoot ends a row elsewhere
    toes = walk[1]["left"].region_n[0, 5:].sum()
    assert toes == pytest.approx(213.5, rel=0.25)  # the maker's toe begins a row elsewhere


@needs_shared
def test_an_imported_recording_gives_the_same_forces(tmp_path):
    out = tmp_path / "walk.h5"
    assert main(["import", str(WALK), "-o", str(out)]) == 0
    with insole.open(out) as again, insole.open(WALK) as first:
        assert again.left.total_n.tolist() == first.left.total_n.tolist()
        assert np.array_equal(again.right.cop_mm, first.right.cop_mm, equal_nan=True)


def test_both_feet_lie_in_the_mirrored_frame(tmp_path):
    path = tmp_path / "any.txt"
    path.write_text(xsensor())
    got = read(path)
    for side in ("left", "right"):  # the small file's feet are mirror images
        capability, samples = got[side]
        assert samples.values[1].tolist() == [0.5 * 2 * k for k in range(32)]
        assert capability.layout.sensors == 32
        assert capability.layout.xy[0].tolist() == [0.125, 0.9375]  # first row: toe, medial
        assert capability.scale == 0.133322
        assert capability.serial == "S0073"
        assert set(capability.layout.area_cm2) == {4.0}
    assert got["left"][1].tick_us.tolist() == got["right"][1].tick_us.tolist()


def test_a_recording_may_cross_midnight(tmp_path):
    path = tmp_path / "any.csv"
    text = xsensor(4)
    for frame, (old, new) in enumerate(
        [("23:59:59.500", "23:59:59.980"), ("23:59:59.513", "23:59:59.993")]
    ):
        assert old in text, frame
        text = text.replace(old, new)
    head, tail = text[: text.index("FRAME,7")], text[text.index("FRAME,7") :]
    tail = tail.replace("2022 Aug 16", "2022 Aug 17")
    tail = tail.replace("23:59:59.527", "00:00:00.007").replace("23:59:59.540", "00:00:00.020")
    path.write_text(head + tail)
    assert read(path)["left"][1].tick_us.tolist() == [0, 13_333, 26_667, 40_000]


def test_a_frame_without_one_foot_misses_a_sample_of_it(tmp_path):
    path = tmp_path / "any.csv"
    text = xsensor(4, sides=("LF", "RF"))
    path.write_text(text)
    frames = text.split("FRAME,")
    begin = frames[2].index("SENSOR,HX.11.31-DFM-RF")
    end = frames[2].index("GROUP")
    filler = "GROUP,2" + frames[2][frames[2].index("GROUP,1") + 7 :]
    frames[2] = frames[2][:begin] + filler + frames[2][end:]
    path.write_text("FRAME,".join(frames))
    got = read(path)
    assert got["left"][1].sequence.tolist() == [0, 1, 2, 3]
    assert got["right"][1].sequence.tolist() == [0, 2, 3]


@pytest.mark.parametrize("unit", ["kPa", "psi", "N/cm2", "mmHg"])
def test_every_unit_of_pressure_is_kept_and_converted(tmp_path, capsys, unit):
    path = tmp_path / "any.csv"
    path.write_text(xsensor(unit=unit))
    assert main(["info", str(path), "--json"]) == 0
    foot = json.loads(capsys.readouterr().out)["sides"]["left"]
    assert (foot["unit"], foot["max"]) == (unit, 31 * 1.5)


def test_one_frame_needs_a_rate(tmp_path):
    path = tmp_path / "any.csv"
    path.write_text(xsensor(1))
    assert "--rate" in refused(path)
    assert read(path, rate=100)["left"][0].rate_hz == 100.0
