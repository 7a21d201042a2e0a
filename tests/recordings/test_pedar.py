"""pedar: the maker's numbers, the areas of every size, and no file that breaks the program."""

import json

import numpy as np
import pytest

import insole
from insole import layouts
from insole.cli import main
from insole.errors import LayoutError
from insole.signal import geometry
from tests.recordings.vendor_files import (
    SYSTEMS,
    as_told,
    needs_shared,
    pedar,
    read,
    reference,
    refused,
)

WALK = SYSTEMS / "pedar_walk.asc"
# Unit coordinates of the published corners: where the cells begin, and how far they reach.
X0, Y0, WIDTH, LENGTH, BOTH = 0.495, 0.078, 0.295, 0.917, 0.8


@pytest.fixture(scope="module")
def walk():
    with as_told(WALK) as trial:
        yield trial, {"left": trial.left, "right": trial.right}


@pytest.fixture(scope="module")
def truth():
    return reference("pedar_walk.asc")


@needs_shared
def test_sums_peaks_and_times_are_those_of_the_file(capsys, truth):
    assert main(["info", str(WALK), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format"] == "pedar"
    assert told["sha256"] == truth["sha256"]
    assert told["notes"]["wall_clock"] == truth["header"]["start"]
    for side in ("left", "right"):
        foot, pressure, force = told["sides"][side], truth["pressure"], "force_from_sensor_area"
        assert (foot["samples"], foot["missing"], foot["rate_hz"]) == (1505, 0, 100.0)
        assert (foot["sensors"], foot["unit"]) == (truth["n_sensors"][side], "kPa")
        assert foot["sum"] == pressure[f"sum_{side}"]
        assert foot["max"] == pressure[f"peak_pressure_{side}"]
        assert foot["total"]["max"] == pytest.approx(truth[force][f"{side}_max_N"], rel=1e-9)
        assert foot["total"]["sum"] == pytest.approx(truth[force][f"{side}_sum_N"], rel=1e-9)
        assert foot["total"]["max_t_s"] == pytest.approx(
            truth[force][f"{side}_max_row_0based"] / 100
        )


@needs_shared
def test_the_first_sample_is_one_step_after_zero(truth):
    for _, samples in read(WALK).values():
        assert samples.tick_us[0] == truth["first_t_s"] * 1e6
        assert samples.tick_us[-1] == truth["last_t_s"] * 1e6


@needs_shared
def test_the_largest_pressure_lies_where_the_file_has_it(walk, truth):
    at = truth["pressure"]["max_at"]
    values = walk[1][at["side"]].pressure.values
    assert np.unravel_index(values.argmax(), values.shape) == (
        at["row_0based"],
        at["sensor_1based"] - 1,
    )
    both = sum(foot.pressure.values.sum() for foot in walk[1].values())
    assert both == truth["pressure"]["sum_all"]
    assert (
        sum(np.count_nonzero(f.pressure.values) for f in walk[1].values())
        == (truth["pressure"]["nonzero_values"])
    )


@needs_shared
def test_force_and_contact_area_are_those_of_an_independent_reader(walk, truth):
    said = truth["independent"]["values"]
    area_m2 = layouts.load("pedar_y").area_cm2 * 1e-4
    for side, name in (("left", "LEFT"), ("right", "RIGHT")):
        foot = walk[1][side]
        largest, row, total = said[f"{name} force max/argmax1/sum"]
        assert foot.total_n.max() == pytest.approx(largest, rel=1e-6)
        assert foot.total_n.argmax() == row - 1
        assert foot.total_n.sum() == pytest.approx(total, rel=1e-6)
        assert foot.pressure.values.max() == said[f"{name} peak pressure"]
        contact = ((foot.pressure.values > 10.0) * area_m2).sum(axis=1).max()
        key = (
            "LEFT contact area (>10 kPa) max m2" if side == "left" else "RIGHT contact area max m2"
        )
        # That reader deals the areas of the cells out along time, so its own area is some
        # hundredths of a per cent off; dealt out its way, ours is the same.
        assert contact == pytest.approx(said[key], rel=5e-4)
        loaded = foot.pressure.values > 10.0
        dealt = area_m2[(np.arange(loaded.size) % len(area_m2)).reshape(loaded.shape[::-1]).T]
        assert (loaded * dealt).sum(axis=1).max() == pytest.approx(said[key], rel=1e-9)


@needs_shared
def test_centre_of_pressure_lies_where_the_published_corners_have_it(walk, truth):
    layout = layouts.load("pedar_y")
    for side, said in truth["cop_unit_coordinates"]["values"].items():
        foot = walk[1][side]
        x = X0 + WIDTH * foot.cop_mm[:, 0] / layout.width_mm
        y = Y0 + LENGTH * foot.cop_mm[:, 1] / layout.length_mm
        x = BOTH - x if side == "left" else x
        top = foot.total_n.argmax()
        assert (x[top], y[top]) == pytest.approx(said["at_force_max_xy"], abs=1e-4)
        loaded = y[foot.total_n > 50.0]
        assert [loaded.min(), loaded.max()] == pytest.approx(said["range_y_over_50N"], abs=1e-4)
        weight = np.where(np.isnan(y), 0.0, foot.total_n)  # below 30 N there is no centre
        mean = [np.nansum(at * weight) / weight.sum() for at in (x, y)]
        assert mean == pytest.approx(said["force_weighted_mean_xy"], abs=0.003)


@needs_shared
def test_contacts_at_50_newtons_are_found_and_timed_above_the_unloaded_level(walk, truth):
    trial, feet = walk
    plain = {"events.rep_N": 50.0, "events.chord_correction": 0.0, "health.mask": 0.0}
    result = trial.analyze(parameters=plain)
    for side, said in truth["contacts_50N"].items():
        if side == "note":
            continue
        found = [s for s in result.steps if s["side"] == side and s["valid"]]
        assert len(found) == len(said)
        foot = feet[side]
        for step, (on, off) in zip(found, said, strict=True):
            times = [step["foot_strike_s"], step["toe_off_s"]]
            # 50 N count from what the foot still presses in the air: 0 to 20 N here. So a contact
            # begins up to a sample later and ends earlier than on a threshold of the file's own.
            level = np.interp(times, foot.pressure.time_s, foot.total_n)
            assert level[0] == pytest.approx(level[1], abs=0.01)
            assert 50.0 <= level[0] <= 70.0
            first_s = truth["first_t_s"]
            assert times[0] + first_s == pytest.approx(on, abs=0.015)
            assert times[1] + first_s == pytest.approx(off, abs=0.03)


@needs_shared
def test_an_imported_recording_gives_the_same_result(tmp_path):
    out = tmp_path / "walk.h5"
    assert main(["import", str(WALK), "-o", str(out), "--mass", "80"]) == 0
    with insole.open(out) as trial:
        again = trial.analyze()
        assert again.mass_kg == 80.0
        assert trial.notes.wall_clock == "2023-04-25T10:49"
    assert again.result_sha256 == insole.analyze(WALK, 80.0).result_sha256


def test_every_published_size_has_its_areas_and_the_length_that_they_imply():
    total = {"u": 125.9, "v": 139.3, "w": 155.4, "x": 172.1, "y": 191.1}  # science.md, 1.3
    for size, area in total.items():
        layout = layouts.load(f"pedar_{size}")
        assert layout.area_cm2.sum() == pytest.approx(area, abs=0.05)
    for size in (*total, "uw", "xw", "vw"):
        layout = layouts.load(f"pedar_{size}")
        outline = layout.outline * [layout.width_mm, layout.length_mm]
        assert layout.sensors == 99
        assert geometry.area(outline) / 100.0 == pytest.approx(layout.area_cm2.sum(), rel=0.01)
        assert geometry.contains(layout.outline, layout.xy).all()
        assert layout.xy[0, 1] < 0.1 < 0.9 < layout.xy[98, 1]  # 1 at the heel, 99 at the toes


def test_both_feet_carry_the_same_numbers_and_their_own_columns(tmp_path):
    path = tmp_path / "export.txt"
    path.write_bytes(pedar(6).encode("latin-1"))
    cells = [line.split("\t") for line in pedar(6).splitlines()[10:]]
    got = read(path)
    for side, first in (("left", 1), ("right", 100)):
        capability, samples = got[side]
        assert samples.values.tolist() == [[float(c) for c in r[first : first + 99]] for r in cells]
        assert capability.layout.name == "pedar_y"
        assert capability.serial == {"left": "1865", "right": "1870"}[side]


def test_other_units_are_converted_and_told(tmp_path, capsys):
    path = tmp_path / "trial.asc"
    path.write_text(pedar(6, unit="N/cm2"))
    capability, _ = read(path)["left"]
    assert (capability.quantity, capability.scale) == ("kPa", 10.0)
    assert main(["info", str(path)]) == 0
    assert "99 sensors in N/cm2" in capsys.readouterr().out


def test_an_empty_cell_is_a_missing_sample_of_its_foot(tmp_path):
    path = tmp_path / "trial.asc"
    lines = pedar(6).splitlines()
    cells = lines[12].split("\t")
    cells[5] = ""
    lines[12] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n")
    got = read(path)
    assert got["left"][1].sequence.tolist() == [0, 1, 3, 4, 5]
    assert got["right"][1].sequence.tolist() == [0, 1, 2, 3, 4, 5]


def test_an_unknown_size_names_the_known_ones_and_takes_a_layout(tmp_path):
    path = tmp_path / "trial.asc"
    path.write_text(pedar(6, size="q"))
    assert "u, uw, v" in refused(path, LayoutError)
    assert read(path, layout="pedar_x")["left"][0].layout.name == "pedar_x"
    assert "16 sensors" in refused(path, LayoutError, layout="generic16")
