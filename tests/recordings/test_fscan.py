"""F-Scan: every cell once, the cut insole, both feet, and no file that breaks the program."""

import json

import numpy as np
import pytest

import insole
from insole import layouts
from insole.cli import main
from insole.layouts.matrix import matrix
from insole.signal import geometry
from tests.recordings.vendor_files import (
    FSCAN_MASK,
    SYSTEMS,
    as_told,
    fscan,
    needs_shared,
    read,
    reference,
)

WALK = SYSTEMS / "fscan_walk_left.asf"
PITCH_M = 0.00508


@pytest.fixture(scope="module")
def walk():
    with as_told(WALK) as trial:
        yield trial, trial.left


@pytest.fixture(scope="module")
def truth():
    return reference("fscan_walk_left.asf")


@needs_shared
def test_sums_and_peaks_are_those_of_the_file_and_no_cell_counts_twice(capsys, truth):
    assert main(["info", str(WALK), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["sha256"]) == ("fscan", truth["sha256"])
    assert told["notes"]["wall_clock"] == truth["start"]
    assert list(told["sides"]) == ["left"]
    foot = told["sides"]["left"]
    assert (foot["samples"], foot["rate_hz"]) == (truth["n_samples"], truth["rate_hz"])
    assert (foot["sensors"], foot["unit"]) == (truth["cells_not_B"], "kPa")
    assert foot["sum"] == truth["pressure"]["sum_all"]
    assert foot["max"] == truth["pressure"]["max"]
    assert foot["total"]["sum"] == pytest.approx(truth["force_N"]["sum"], rel=1e-9)
    assert foot["total"]["max"] == pytest.approx(truth["force_N"]["max"], rel=1e-9)
    at_s = (truth["force_N"]["max_frame_1based"] - 1) * truth["seconds_per_frame"]
    assert foot["total"]["max_t_s"] == pytest.approx(at_s)
    assert told["duration_s"] == truth["last_t_s"]


@needs_shared
def test_force_area_and_centre_of_pressure_are_those_of_an_independent_reader(walk, truth):
    foot, said = walk[1], truth["independent"]["values"]
    largest, frame, total = said["force max/argmax1/sum"]
    assert foot.total_n.max() == pytest.approx(largest, rel=1e-6)
    assert foot.total_n.argmax() == frame - 1
    assert foot.total_n.sum() == pytest.approx(total, rel=1e-6)
    values = foot.pressure.values
    peak, frame = said["peak pressure/argmax1"]
    assert (values.max(), values.max(axis=1).argmax()) == (peak, frame - 1)
    assert np.count_nonzero(values.any(axis=0)) == truth["cells_ever_loaded"]
    cells = np.count_nonzero(values, axis=1).max()
    area_cm2 = cells * truth["sensel_area_mm2"] / 100.0
    assert area_cm2 == pytest.approx(said["contact area max cm2 (/2)"], rel=1e-6)


@needs_shared
def test_centre_of_pressure_meets_the_independent_mean(walk, truth):
    foot, layout = walk[1], read(WALK)["left"][0].layout
    weight = foot.pressure.values.sum(axis=1)
    loaded = weight > 0.0
    centre = foot.pressure.values[loaded] @ layout.xy / weight[loaded, None]
    # The picture of a left foot has its medial side on the right; its origin is lower left.
    in_picture = np.column_stack((1.0 - centre[:, 0], centre[:, 1])) * [21 * PITCH_M, 60 * PITCH_M]
    said = truth["independent"]["values"][
        "cop mean x,y m (origin lower left, unaffected by the doubling)"
    ]
    assert in_picture.mean(axis=0) == pytest.approx(said, rel=1e-6)
    known = ~np.isnan(foot.cop_mm[:, 0])
    assert known.sum() == (foot.total_n >= 30.0).sum()
    ours = foot.cop_mm[known] / [layout.width_mm, layout.length_mm]
    assert ours == pytest.approx(centre[known[loaded]], abs=1e-9)


@needs_shared
def test_contacts_at_50_newtons_lie_within_a_frame(walk, truth):
    result = walk[0].analyze(parameters={"events.rep_N": 50.0, "health.mask": 0.0})
    found = [step for step in result.steps if step["valid"]]
    said = truth["contacts_50N"]["list"]
    assert len(found) == len(said)
    step_s = truth["seconds_per_frame"]
    for step, (on, off) in zip(found, said, strict=True):
        # The list has the first frame above and the first not above; ours lies between frames.
        assert on - step_s <= step["foot_strike_s"] <= on
        assert off - step_s <= step["toe_off_s"] <= off


@needs_shared
def test_955_cells_pass_through_file_and_replay_to_the_same_result(tmp_path, capsys):
    out = tmp_path / "walk.h5"
    assert main(["import", str(WALK), "-o", str(out)]) == 0
    capsys.readouterr()
    assert main(["replay", str(out), "--speed", "max", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["provenance"]["result_sha256"] == insole.analyze(WALK).result_sha256
    assert again["notes"]["note"] == "overground walk p10"


@needs_shared
def test_the_packaged_matrix_is_that_of_the_uncut_insole():
    told = read(WALK)["left"][0].layout
    packaged = layouts.load("fscan_60x21")
    assert packaged.xy == pytest.approx(told.xy, abs=1e-4)
    assert packaged.area_cm2 == pytest.approx(told.area_cm2, rel=0.01)
    assert packaged.area_cm2.sum() == pytest.approx(955 * 0.258064, rel=1e-3)
    assert told.full_scale == 1514.73


def active():
    return np.array([[mark != "B" for mark in row] for row in FSCAN_MASK])


@pytest.mark.parametrize("movie", ["walk01L", "walk01R", "walk01"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_medial_side_is_where_the_toes_lean_and_the_name_says_the_foot(
    tmp_path, movie, mirrored
):
    path = tmp_path / "movie.txt"
    path.write_text(fscan(3, movie=movie, mirrored=mirrored))
    leaning = "right" if mirrored else "left"
    side = {"L": "left", "R": "right"}.get(movie[-1], leaning)
    ((found, (capability, samples)),) = read(path).items()
    assert found == side
    row, column = np.nonzero(active())
    expected = {tuple(v) for v in zip(100 + 10 * row + column, row, column, strict=True)}
    xy = capability.layout.xy
    height, width = len(FSCAN_MASK), len(FSCAN_MASK[0])
    got = {
        (int(value), round((1.0 - y) * height - 0.5), round((1.0 - x) * width - 0.5))
        for value, (x, y) in zip(samples.values[0], xy, strict=True)
    }
    assert got == expected  # the first column of this picture is lateral, mirrored or not


def test_the_movies_of_two_insoles_make_one_recording(tmp_path):
    left, right, out = (tmp_path / name for name in ("l.asf", "r.asf", "walk.h5"))
    left.write_text(fscan(3))
    right.write_text(fscan(3, movie="walk01R", mirrored=True))
    assert main(["import", str(left), str(right), "-o", str(out)]) == 0
    with insole.open(out) as trial:  # mirror images: every cell has its twin
        assert trial.left.pressure.values.tolist() == trial.right.pressure.values.tolist()
        assert trial.left.pressure.time_s.tolist() == trial.right.pressure.time_s.tolist()
        assert trial.left.cop_mm.tolist() == trial.right.cop_mm.tolist()


def test_header_says_time_unit_size_and_comment(tmp_path):
    path = tmp_path / "movie.asf"
    path.write_text(fscan(4, UNITS="PSI", SATURATION_PRESSURE="100 PSI"))
    capability, samples = read(path)["left"]
    assert (capability.rate_hz, capability.quantity) == (50.0, "kPa")
    assert capability.scale == pytest.approx(6.894757)
    assert capability.layout.full_scale == pytest.approx(689.4757)
    assert samples.tick_us.tolist() == [0, 20_000, 40_000, 60_000]
    assert (capability.layout.length_mm, capability.layout.width_mm) == (240.0, 84.0)
    assert set(capability.layout.area_cm2) == {2.4}
    with insole.open(path) as trial:
        assert trial.notes.wall_clock == "2017-02-16T23:26:22"
        assert trial.notes.note == "walk of p10"


def test_raw_values_stay_counts(tmp_path):
    path = tmp_path / "movie.asf"
    path.write_text(fscan(3, UNITS="RAW"))
    assert read(path)["left"][0].quantity == "counts"


def test_left_out_frames_are_missing(tmp_path):
    path = tmp_path / "movie.asf"
    head, *frames = fscan(5).split("\nFrame ")
    path.write_text("\nFrame ".join([head, *(f for f in frames if not f.startswith("3"))]))
    assert read(path)["left"][1].sequence.tolist() == [0, 1, 3, 4]


def test_an_insole_as_long_as_a_room_is_refused(tmp_path):
    path = tmp_path / "movie.asf"
    path.write_text(fscan(3, ROW_SPACING="9999 mm"))
    with pytest.raises(insole.errors.InsoleError, match="mm long"):
        read(path)


def test_a_matrix_tiles_its_outline():
    layout = matrix("m", active()[:, ::-1], pitch_mm=(12.0, 20.0))
    outline = layout.outline * [layout.width_mm, layout.length_mm]
    assert geometry.area(outline) / 100.0 == pytest.approx(layout.area_cm2.sum())
    assert geometry.signed_area(outline) > 0.0
    cells = geometry.voronoi(layout.xy * [layout.width_mm, layout.length_mm], outline)
    assert [geometry.area(cell) / 100.0 for cell in cells] == pytest.approx(layout.area_cm2)
