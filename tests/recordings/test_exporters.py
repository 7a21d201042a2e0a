"""mat, mot, c3d, parquet: what is written is what was measured, read back by somebody else."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st

import insole
from insole import plugins
from insole.api import open_recording
from insole.cli import main
from insole.model.calibration import Calibration, Curve, Curves
from insole.model.foot import Side
from insole.model.stream import Samples
from insole.model.trial import StartState, TrialNotes
from insole_recordings.additions import ADDITIONS
from insole_recordings.exporters import even_rows, exported, mat
from insole_recordings.rewrite import write_recording

RATE = 100.0
XY = np.array([[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]])
LENGTH, WIDTH = 260.0, 92.0
LAYOUT = f"""
name = "tripod"
kind = "force"
quantity = "N"
unit = "N"
length_mm = {LENGTH}
width_mm = {WIDTH}
xy = {XY.tolist()}
labels = ["HEEL", "M1", "M45"]
"""
FORMATS = ("c3d", "csv", "mat", "mot", "parquet")
HOLE = tuple(range(150, 170))  # 200 ms: never bridged
EVIL = "A <script>alert(1)</script> \"'\n=1+1;endheader ✓😀"


def run_of(seconds: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times, and (n, 3) newtons of each foot: half sines whose load moves from heel to ball."""
    time = np.arange(round(seconds * RATE)) / RATE
    feet: dict[str, np.ndarray] = {}
    for name, shift in (("L", 0.05), ("R", 0.40)):
        phase = (time - shift) % 0.7 / 0.25
        whole = np.where((phase < 1) & (time > shift), 900 * np.sin(np.pi * phase), 0.0)
        share = np.column_stack([0.7 - 0.5 * phase, 0.1 + 0.35 * phase, 0.2 + 0.15 * phase])
        feet[name] = np.round(whole[:, None] * np.clip(share, 0.05, 0.9), 3)
    return time, feet


@pytest.fixture
def walk(tmp_path):
    """A table of two feet with a hole in the left one, and its truth."""
    time, feet = run_of(4.0)
    names = ["t", *(f"{name}{k}" for name in feet for k in (1, 2, 3))]
    lines = [",".join(names)]
    for row, t in enumerate(time):
        cells = [f"{t:.2f}"]
        for name, force in feet.items():
            gone = name == "L" and row in HOLE
            cells += ["" if gone else f"{value:.3f}" for value in force[row]]
        lines.append(",".join(cells))
    path = tmp_path / "walk.csv"
    path.write_text("\n".join(lines) + "\n")
    (tmp_path / "walk.layout.toml").write_text(LAYOUT)
    return path, time, feet


def export(capsys, path, out, *words) -> list[Path]:
    assert main(["export", str(path), "-o", str(out), "--json", *words]) == 0
    return [Path(name) for name in json.loads(capsys.readouterr().out)["written"]]


def analysis(capsys, path, *words) -> dict:
    assert main(["analyze", str(path), "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def centre_mm(force: np.ndarray) -> np.ndarray:
    """(n, 2) by the definition: moments over force."""
    with np.errstate(invalid="ignore"):
        return (force @ XY) / force.sum(axis=1, keepdims=True) * [WIDTH, LENGTH]


def test_matlab_holds_samples_forces_and_steps_under_names_that_it_takes(walk, tmp_path, capsys):
    path, time, feet = walk
    assert export(capsys, path, tmp_path / "a.mat") == [tmp_path / "a.mat"]
    held = scipy.io.loadmat(tmp_path / "a.mat", simplify_cells=True)
    document = analysis(capsys, path)
    for name, side in (("L", "left"), ("R", "right")):
        foot = held[side]
        came = np.array([not (name == "L" and row in HOLE) for row in range(len(time))])
        assert foot["time_s"] == pytest.approx(time[came], abs=1e-6)
        assert foot["values"] == pytest.approx(feet[name][came], abs=1e-6)
        assert foot["force_N"] == pytest.approx(feet[name][came].sum(axis=1), abs=1e-6)
        loaded = foot["force_N"] > 100.0
        assert foot["cop_mm"][loaded] == pytest.approx(centre_mm(feet[name][came])[loaded])
        assert foot["unit"] == "N"
        assert foot["ledger"]["lost"] == len(HOLE) * (name == "L")
        assert foot["ledger"]["received"] == came.sum()
        steps = [step for step in document["steps"] if step["side"] == side]
        strikes = [step["foot_strike_s"] for step in steps]
        assert np.atleast_1d(foot["steps"]["foot_strike_s"]) == pytest.approx(strikes)
        doubts = [step["uncertainty"]["contact_s"] for step in steps]
        told = np.atleast_1d(foot["steps"]["u_contact_s"])
        assert told == pytest.approx([np.nan if u is None else u for u in doubts], nan_ok=True)
        assert all(re.fullmatch(r"[A-Za-z]\w{0,62}", key) for key in foot["steps"])
        assert foot["layout"]["xy"] == pytest.approx(XY)
    assert held["trial"]["sha256"] == document["sha256"]


def test_a_foot_that_is_not_there_is_empty_in_matlab(tmp_path, capsys):
    time, feet = run_of(3.0)
    rows = [f"{t:.2f},{f:.3f}" for t, f in zip(time, feet["R"].sum(axis=1), strict=True)]
    (tmp_path / "one.csv").write_text("\n".join(["t,R1", *rows]) + "\n")
    export(capsys, tmp_path / "one.csv", tmp_path / "one.mat")
    held = scipy.io.loadmat(tmp_path / "one.mat")
    assert held["left"].size == 0
    assert held["right"].size == 1


@given(st.dictionaries(st.text(max_size=80), st.integers(), max_size=30))
def test_any_names_become_names_of_matlab_and_none_is_lost(table):
    named = mat._named(table)
    assert list(named.values()) == list(table.values())
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name) for name in named)


def test_foreign_text_arrives_as_it_was_written(tmp_path, maker, events, capsys):
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    path = tmp_path / "a.h5"
    notes = TrialNotes(athlete=EVIL, note="\u202eabc\x07", shoe="x" * 5000)
    decoded = maker.decoded_of(events)
    write_recording(path, start=StartState(), notes=notes, events=events, decoded=decoded)
    export(capsys, path, tmp_path / "a.mat")
    held = scipy.io.loadmat(tmp_path / "a.mat", simplify_cells=True)["trial"]
    assert held["notes"]["athlete"] == EVIL
    assert held["marks"]["text"] == "hälfte ✓"
    export(capsys, path, tmp_path / "a.parquet")
    told = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[b"insole"])
    assert told["analysis"]["notes"]["athlete"] == EVIL
    assert mat._text("half \ud83d") == "half ?"


def kept(recording) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Sequence numbers and total force of each foot's samples."""
    found = {
        item.device: (item.sequence, item.values.sum(axis=1))
        for item in recording.decoded()
        if isinstance(item, Samples)
    }
    recording.close()
    return found


@pytest.mark.parametrize("name", ["mot", "c3d"])
def test_forces_come_back_through_our_own_importer_and_holes_stay_holes(
    name, walk, tmp_path, capsys
):
    path, time, feet = walk
    out = tmp_path / f"a.{name}"
    export(capsys, path, out)
    plates = {"left": 1, "right": 2} if name == "c3d" else {}
    found = kept(open_recording(out, **plates))
    for side, key in (("left", "L"), ("right", "R")):
        sequence, force = found[side]
        first = 0
        there = [row for row in range(first, len(time)) if not (key == "L" and row in HOLE)]
        assert sequence.tolist() == there
        assert force == pytest.approx(feet[key][there].sum(axis=1), rel=1e-5, abs=1e-3)
    with insole.open(path) as first, insole.open(out, **plates) as again:
        one, other = first.analyze(68.0), again.analyze(68.0)
    for side in ("left", "right"):
        strikes = [getattr(each, side).value["foot_strike_s"] for each in (one, other)]
        assert len(strikes[0]) > 3
        assert strikes[1] == pytest.approx(strikes[0], abs=1e-4)


def test_opensim_gets_metres_forward_and_to_the_right(walk, tmp_path, capsys):
    path, time, feet = walk
    export(capsys, path, tmp_path / "a.mot")
    text = (tmp_path / "a.mot").read_text()
    head, _, body = text.partition("endheader\n")
    lines = body.splitlines()
    names = lines[0].split("\t")
    table = dict(zip(names, np.loadtxt(lines[1:]).T, strict=True))
    assert f"nRows={len(time)}" in head
    assert f"nColumns={len(names)}" in head
    assert table["time"] == pytest.approx(time)
    for key, letter, right in (("L", "l", -1.0), ("R", "r", 1.0)):
        force, centre = table[f"ground_force_{letter}_vy"], centre_mm(feet[key])
        loaded = force > 100.0  # nan is not
        ahead, aside = (table[f"ground_force_{letter}_p{axis}"] for axis in "xz")
        assert ahead[loaded] == pytest.approx(centre[loaded, 1] / 1000, abs=1e-6)
        lateral = (centre[loaded, 0] - WIDTH / 2) / 1000
        assert aside[loaded] == pytest.approx(right * lateral, abs=1e-6)
        assert set(np.flatnonzero(np.isnan(force))) == (set(HOLE) if key == "L" else set())
        assert not table[f"ground_force_{letter}_vx"][loaded].any()


def test_another_reader_of_c3d_finds_force_upwards_and_the_centre_where_the_foot_was(
    walk, tmp_path, capsys
):
    ezc3d = pytest.importorskip("ezc3d", reason="no wheel of ezc3d for this machine")
    path, _, feet = walk
    export(capsys, path, tmp_path / "a.c3d")
    read = ezc3d.c3d(str(tmp_path / "a.c3d"), extract_forceplat_data=True)
    labels = read["parameters"]["ANALOG"]["LABELS"]["value"]
    assert read["parameters"]["ANALOG"]["RATE"]["value"][0] == RATE
    analog = dict(zip(labels, read["data"]["analogs"][0], strict=True))
    assert np.flatnonzero(analog["LVALID"] == 0.0).tolist() == list(HOLE)
    assert analog["RVALID"].all()
    for plate, key, right in zip(read["data"]["platform"], "LR", (-1.0, 1.0), strict=True):
        force = feet[key].sum(axis=1)
        loaded = (force > 100.0) & (analog[f"{key}VALID"] > 0.0)
        assert plate["force"][2][loaded] == pytest.approx(force[loaded], rel=1e-5)
        centre = centre_mm(feet[key])[loaded]
        medial_edge = plate["corners"][0].min() if key == "R" else plate["corners"][0].max()
        x, y, z = plate["center_of_pressure"][:, loaded]
        assert x == pytest.approx(medial_edge + right * centre[:, 0], abs=1e-3)
        assert y == pytest.approx(centre[:, 1], abs=1e-3)
        assert not z.any()
    left, right = (plate["corners"][0] for plate in read["data"]["platform"])
    assert left.max() < 0.0 < right.min()


def test_a_trial_with_more_samples_than_a_c3d_has_frames_is_whole(tmp_path, capsys):
    rate, count = 10_000, 140_001
    force = np.abs(800 * np.sin(2 * np.pi * 1.1 * np.arange(count) / rate))
    lines = ["t,L1", *(f"{k / rate:.4f},{f:.3f}" for k, f in enumerate(force))]
    (tmp_path / "long.csv").write_text("\n".join(lines) + "\n")
    export(capsys, tmp_path / "long.csv", tmp_path / "long.c3d")
    (_, back), = kept(open_recording(tmp_path / "long.c3d", left=1)).values()  # fmt: skip
    assert back == pytest.approx(np.round(force, 3), rel=1e-5, abs=1e-3)
    ezc3d = pytest.importorskip("ezc3d", reason="no wheel of ezc3d for this machine")
    read = ezc3d.c3d(str(tmp_path / "long.c3d"))
    assert -read["data"]["analogs"][0][2][:count] == pytest.approx(force, rel=1e-5, abs=1e-3)


def test_parquet_holds_every_sample_and_every_step(walk, tmp_path, capsys):
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    path, time, feet = walk
    out = tmp_path / "a.parquet"
    assert export(capsys, path, out) == [out, tmp_path / "a.steps.parquet"]
    table = pq.read_table(out).to_pydict()
    for key, side in (("L", "left"), ("R", "right")):
        mine = [k for k, name in enumerate(table["side"]) if name == side]
        there = [row for row in range(len(time)) if not (key == "L" and row in HOLE)]
        assert [table["time_s"][k] for k in mine] == pytest.approx(time[there], abs=1e-6)
        for sensor in (1, 2, 3):
            column = [table[f"s{sensor}"][k] for k in mine]
            assert column == pytest.approx(feet[key][there, sensor - 1], abs=1e-6)
        for k, row in zip(mine, there, strict=True):  # in the air there is no centre: null
            assert (table["cop_x_mm"][k] is None) == (table["force"][k] < 30.0), row
    steps = pq.read_table(tmp_path / "a.steps.parquet").to_pydict()
    document = analysis(capsys, path)["steps"]
    assert steps["side"] == [step["side"] for step in document]
    assert steps["foot_strike_s"] == pytest.approx([step["foot_strike_s"] for step in document])
    assert steps["tripod_heel"] == [step["tripod"] and step["tripod"][0] for step in document]
    told = json.loads(pq.read_schema(out).metadata[b"insole"])
    assert told["feet"]["left"]["unit"] == "N"
    assert told["analysis"]["schema"] == "insole.analysis/1"


def test_without_pyarrow_the_fix_is_said_before_any_work(walk, tmp_path, capsys, monkeypatch):
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    path, *_ = walk
    for words in (["export", "-o"], ["analyze", "--parquet"]):
        out = tmp_path / "a.parquet"
        assert main([words[0], str(path), words[1], str(out)]) == 2
        assert "pip install 'insole[parquet]'" in capsys.readouterr().err
        assert not out.exists()


@pytest.mark.parametrize("name", ["mot", "c3d"])
def test_counts_are_no_force(name, tmp_path, capsys):
    time, feet = run_of(2.0)
    rows = [
        f"{t:.2f},{a:.0f},{b:.0f},{c:.0f}" for t, (a, b, c) in zip(time, feet["L"], strict=True)
    ]
    (tmp_path / "c.csv").write_text("\n".join(["t,L1,L2,L3", *rows]) + "\n")
    (tmp_path / "c.layout.toml").write_text(LAYOUT.replace('"N"', '"counts"'))
    words = ["export", str(tmp_path / "c.csv")]
    out = tmp_path / f"c.{name}"
    assert main([*words, "-o", str(out)]) == 2
    assert "gives counts, not newtons" in capsys.readouterr().err
    assert not out.exists()
    assert main([*words, "-o", str(tmp_path / "c.mat")]) == 0
    held = scipy.io.loadmat(tmp_path / "c.mat", simplify_cells=True)["left"]
    assert held["unit"] == "counts"
    assert "force_N" not in held
    assert "force" in held


def test_values_behind_a_curve_carry_the_unit_of_the_curve(tmp_path, capsys):
    time, feet = run_of(2.0)
    rows = [
        f"{t:.2f},{a:.0f},{b:.0f},{c:.0f}" for t, (a, b, c) in zip(time, feet["L"], strict=True)
    ]
    path = tmp_path / "c.csv"
    path.write_text("\n".join(["t,L1,L2,L3", *rows]) + "\n")
    (tmp_path / "c.layout.toml").write_text(LAYOUT.replace('"N"', '"counts"'))
    halved = Curves("N", (Curve("table", (0.0, 0.0, 1000.0, 500.0)),))
    ADDITIONS.add(path, [Calibration("left", "curve", curves=halved)])
    with insole.open(path) as opened:
        assert opened.left.pressure.unit == "N"
    export(capsys, path, tmp_path / "c.mat")
    held = scipy.io.loadmat(tmp_path / "c.mat", simplify_cells=True)["left"]
    assert held["unit"] == "N"
    assert held["force_N"] == pytest.approx(np.rint(feet["L"]).sum(axis=1) / 2, abs=1e-6)
    export(capsys, path, tmp_path / "again.csv")
    assert 'quantity = "N"' in (tmp_path / "again.layout.toml").read_text()
    with insole.open(tmp_path / "again.csv") as again:
        assert again.left.total_n == pytest.approx(np.rint(feet["L"]).sum(axis=1) / 2, abs=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_overwritten_unasked_and_the_input_never(name, walk, tmp_path, capsys):
    if name == "parquet":
        pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    path, *_ = walk
    out = tmp_path / "out.x"
    out.write_text("precious")
    assert main(["export", str(path), "--to", name, "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == "precious"
    assert main(["export", str(path), "--to", name, "-o", str(path), "--force"]) == 2
    assert "never modified" in capsys.readouterr().err
    assert main(["export", str(path), "--to", name, "-o", str(out), "--force"]) == 0
    assert out.read_bytes()[:8] != b"precious"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_said_as_such_in_every_format(name, walk, tmp_path, capsys):
    if name == "parquet":
        pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    path, *_ = walk
    out = tmp_path / "out"
    out.symlink_to("/dev/full")
    assert main(["export", str(path), "--to", name, "-o", str(out), "--force"]) == 1
    assert "the disk is full" in capsys.readouterr().err


def test_a_file_that_could_not_be_completed_leaves_the_old_one(tmp_path):
    out = tmp_path / "a"
    out.write_text("old")

    def interrupted():
        with exported.saving(out) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert out.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_the_format_is_what_the_name_ends_with_and_help_names_all(walk, tmp_path, capsys):
    path, *_ = walk
    export(capsys, path, tmp_path / "a.MAT")
    assert (tmp_path / "a.MAT").read_bytes().startswith(b"MATLAB 5.0")
    assert main(["export", "--help"]) == 0
    help_text = capsys.readouterr().out
    assert set(FORMATS) <= set(plugins.names("insole.exporters"))
    assert all(name in help_text for name in plugins.names("insole.exporters"))


def test_the_page_on_written_files_has_every_format():
    text = (Path(__file__).parents[2] / "docs" / "file-formats-written.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", text, re.M)
    assert set(plugins.names("insole.exporters")) <= set(rows)


@given(
    start=st.floats(0.0, 0.02),
    rate=st.floats(40.0, 200.0),
    gone=st.sets(st.integers(1, 58), max_size=20),
    slope=st.floats(-5.0, 5.0),
    grid_rate=st.floats(40.0, 400.0),
)
def test_between_two_samples_lies_a_straight_line_and_in_a_hole_nothing(
    start, rate, gone, slope, grid_rate
):
    number = np.array([k for k in range(60) if k not in gone])
    time = start + number / rate
    force = 700.0 + slope * time
    foot = exported.ExportedFoot(
        side=Side.LEFT, layout=None, rate_hz=rate, quantity="N", sensors=("1",), time_s=time,
        values=force[:, None], force=force, cop_mm=np.column_stack([time, 2 * time]),
        region=np.zeros((len(time), 7)), quality=np.zeros(len(time), np.uint32),
    )  # fmt: skip
    grid = np.arange(200) / grid_rate
    known, found, centre = even_rows.forces_at(foot, grid)
    assert found[known] == pytest.approx(700.0 + slope * grid[known], abs=1e-3)
    assert centre[known, 1] == pytest.approx(2 * grid[known], abs=1e-4)
    assert not found[~known].any()
    place = (grid - start) * rate  # in samples from the first one
    whole = np.floor(place).astype(int)
    near = np.abs(place - np.rint(place)) / rate < 1e-5  # at a sample: decided by rounding
    have = np.isin(whole, number) & np.isin(whole + 1, number)
    assert (known == have)[~near].all()


def test_a_sample_between_two_holes_is_kept():
    time = np.array([0.0, 0.01, 0.05, 0.10, 0.11])
    foot = exported.ExportedFoot(
        side=Side.RIGHT, layout=None, rate_hz=100.0, quantity="N", sensors=("1",), time_s=time,
        values=np.ones((5, 1)), force=np.arange(1.0, 6.0), cop_mm=np.full((5, 2), np.nan),
        region=np.zeros((5, 7)), quality=np.zeros(5, np.uint32),
    )  # fmt: skip
    known, force, centre = even_rows.forces_at(foot, np.arange(13) / 100.0)
    assert np.flatnonzero(known).tolist() == [0, 1, 5, 10, 11]
    assert force[known].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert not centre.any()
