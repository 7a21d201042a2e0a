"""info, import, export and redecode: whole files in, whole files out, inputs untouched."""

from __future__ import annotations

import csv
import json

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.cli import main
from insole.model.foot import Side
from insole.model.stream import Samples
from insole_recordings.exporters.csv import common_rows
from insole_recordings.hdf5 import open_recording
from insole_recordings.validate import validate

RATE = 100


def table(tmp_path, name="walk.csv", *, hole=()):
    """A table of one total force per foot, with its truth."""
    t = np.arange(400) / RATE
    left = np.round(900 * np.clip(np.sin(2 * np.pi * 1.4 * t), 0, None), 3)
    right = np.round(880 * np.clip(-np.sin(2 * np.pi * 1.4 * t), 0, None), 3)
    lines = ["t,L1,R1"]
    for i in range(len(t)):
        cell = "" if i in hole else repr(float(left[i]))
        lines.append(f"{t[i]:.2f},{cell},{right[i]!r}")
    path = tmp_path / name
    path.write_text("\n".join(lines).replace("np.float64(", "").replace(")", "") + "\n")
    return path, t, left, right


def answer(capsys, *words):
    assert main([str(word) for word in words]) == 0
    return json.loads(capsys.readouterr().out)


def test_info_of_a_recording_agrees_with_its_truth(tmp_path, events, record, maker, capsys):
    path = record(tmp_path / "a.h5", events)
    document = answer(capsys, "info", path, "--json")
    assert document["schema"] == "insole.info/1"
    assert set(document["sides"]) == {"left", "right"}  # swapped by the start state's override
    for side in Side:
        foot = document["sides"][side.value]
        truth = maker.truth(side.other, 600).values * (1200 / 65535)
        assert foot["sum"] == pytest.approx(truth.sum(), rel=1e-6)
        area = maker.capability(side.other).layout.area_cm2
        total = (truth * area * 0.1).sum(axis=1)
        assert foot["total"]["max"] == pytest.approx(total.max(), rel=1e-3)  # area is rounded
        assert foot["total"]["max_t_s"] == pytest.approx(np.argmax(total) / 100)
        assert (foot["samples"], foot["missing"], foot["sensors"]) == (600, 0, 16)
        assert foot["rate_hz"] == 100
        assert foot["unit"] == foot["quantity"] == "kPa"
    assert document["duration_s"] == pytest.approx(5.99)


def test_info_counts_what_is_missing_and_sums_what_is_there(tmp_path, capsys):
    path, t, left, right = table(tmp_path, hole=(50, 51, 200))
    document = answer(capsys, "info", path, "--json")
    kept = np.delete(left, [50, 51, 200])
    foot = document["sides"]["left"]
    assert (foot["samples"], foot["missing"]) == (397, 3)
    assert foot["sum"] == pytest.approx(kept.sum())
    assert foot["max"] == pytest.approx(kept.max())
    assert foot["total"]["unit"] == "N"
    other = document["sides"]["right"]
    assert other["total"]["sum"] == pytest.approx(right.sum())
    assert other["total"]["max_t_s"] == pytest.approx(t[np.argmax(right)], abs=1e-6)


def test_info_of_one_foot_leaves_the_other_out(tmp_path, capsys):
    path = tmp_path / "one.csv"
    path.write_text("t,L1\n0,1\n0.01,2\n0.02,3\n")
    assert set(answer(capsys, "info", path, "--json")["sides"]) == {"left"}


def test_import_keeps_samples_notes_and_mass(tmp_path, capsys):
    path, _, left, _ = table(tmp_path)
    before = path.read_bytes()
    out = tmp_path / "walk.h5"
    words = ["--mass", "70", "--athlete", "A7", "--shoe", "flat", "--speed", "1.4", "--note", "x"]
    document = answer(capsys, "import", path, "-o", out, "--json", *words)
    assert document["safe"]["samples"] == {"left": 400, "right": 400}
    assert path.read_bytes() == before
    assert validate(out) == []
    recording = open_recording(out)
    assert recording.notes.athlete == "A7"
    assert recording.notes.speed_m_s == 1.4
    assert recording.start.mass_kg == 70
    assert list(recording.events()) == []
    got = {item.device: item for item in recording.decoded() if isinstance(item, Samples)}
    assert np.array_equal(got["left"].values[:, 0], left)
    recording.close()


def test_an_imported_file_analyses_like_its_original(tmp_path, capsys):
    path, *_ = table(tmp_path, hole=(50,))
    out = tmp_path / "walk.h5"
    answer(capsys, "import", path, "-o", out, "--json", "--mass", "70")
    original = answer(capsys, "analyze", path, "--mass", "70", "--json")
    imported = answer(capsys, "analyze", out, "--json")
    assert imported["steps"] == original["steps"]
    assert imported["sides"] == original["sides"]


def test_import_never_overwrites_unasked(tmp_path, capsys):
    path, *_ = table(tmp_path)
    out = tmp_path / "walk.h5"
    out.write_bytes(b"precious")
    assert main(["import", str(path), "-o", str(out)]) == 2
    assert out.read_bytes() == b"precious"
    assert main(["import", str(path), "-o", str(path), "--force"]) == 2
    assert path.read_text().startswith("t,L1")
    assert "never modified" in capsys.readouterr().err


def test_the_same_foot_twice_is_refused(tmp_path, capsys):
    path, *_ = table(tmp_path)
    other, *_ = table(tmp_path, "again.csv")
    assert main(["import", str(path), str(other), "-o", str(tmp_path / "o.h5")]) == 2
    assert "more than one file" in capsys.readouterr().err
    assert not (tmp_path / "o.h5").exists()


def test_a_table_that_is_exported_and_read_again_is_the_same(tmp_path, capsys):
    path, t, _left, right = table(tmp_path, hole=(50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61))
    out = tmp_path / "out.csv"
    written = answer(capsys, "export", path, "--to", "csv", "-o", out, "--json")["written"]
    assert len(written) == 3
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(t)
    missing = [i for i, row in enumerate(rows) if row["L1"] == ""]
    assert missing == list(range(50, 62))  # 120 ms: a break is left empty, never filled
    for i, row in enumerate(rows):
        assert float(row["t"]) == pytest.approx(t[i], abs=1e-6)
        assert float(row["R1"]) == pytest.approx(right[i], rel=1e-9, abs=1e-9)
    first = answer(capsys, "analyze", path, "--json")["steps"]
    again = answer(capsys, "analyze", out, "--json")["steps"]
    assert [s["foot_strike_s"] for s in again] == pytest.approx([s["foot_strike_s"] for s in first])


def test_samples_and_steps_of_an_export_count_from_the_same_instant(tmp_path, capsys):
    at = np.arange(400) / RATE
    force = np.round(900 * np.clip(np.sin(2 * np.pi * 1.4 * at), 0, None), 3)
    path, out = tmp_path / "late.csv", tmp_path / "out.csv"
    rows = [f"{t + 7.5:.2f},{f!r}" for t, f in zip(at.tolist(), force.tolist(), strict=True)]
    path.write_text("\n".join(["t,L1", *rows]) + "\n")
    answer(capsys, "export", path, "-o", out, "--json")
    with out.open() as file:
        signal = [(float(row["t"]), float(row["L1"])) for row in csv.DictReader(file)]
    assert signal[0][0] == 0.0
    with (tmp_path / "out.steps.csv").open() as file:
        steps = [(float(r["foot_strike_s"]), float(r["toe_off_s"])) for r in csv.DictReader(file)]
    assert len(steps) > 3
    for strike, toe_off in steps:
        within = [f for t, f in signal if strike + 0.02 < t < toe_off - 0.02]
        assert min(within) > 20.0  # loaded all the time
        before = [f for t, f in signal if strike - 0.1 < t < strike - 0.03]
        assert max(before, default=0.0) < 1.0


def test_export_refuses_what_exists(tmp_path, capsys):
    path, *_ = table(tmp_path)
    (tmp_path / "out.steps.csv").write_text("precious")
    assert main(["export", str(path), "-o", str(tmp_path / "out.csv")]) == 2
    assert (tmp_path / "out.steps.csv").read_text() == "precious"
    assert main(["export", str(path), "--to", "xls", "-o", str(tmp_path / "x")]) == 2
    assert "installed are: c3d, csv, mat" in capsys.readouterr().err


@given(
    left=st.lists(st.integers(1, 40), min_size=1, max_size=60),
    right=st.lists(st.integers(1, 40), min_size=1, max_size=60),
)
def test_every_sample_has_a_row_at_its_own_time_and_shares_it_only_when_it_is_the_same(left, right):
    times = [np.cumsum(steps) * 1e-3 for steps in (left, right)]
    rows, places = common_rows(times)
    assert (np.diff(rows) > 1e-6).all()
    for time, place in zip(times, places, strict=True):
        assert rows[place] == pytest.approx(time, abs=1e-9)
        assert (np.diff(place) > 0).all()
    assert len(rows) == len({*np.cumsum(left).tolist(), *np.cumsum(right).tolist()})


def test_two_clocks_keep_their_own_times_through_a_table(tmp_path, capsys):
    path = tmp_path / "apart.csv"
    time = {"L1": 0.0103 + np.arange(400) / 100.0, "R1": 0.0137 + np.arange(400) / 100.002}
    force = {
        name: 700.0 * np.maximum(np.sin(2 * np.pi * (t - shift) / 0.7), 0.0)
        for (name, t), shift in zip(time.items(), (0.0, 0.35), strict=True)
    }
    cells = [(t, f"{f:.3f}", "") for t, f in zip(time["L1"], force["L1"], strict=True)]
    cells += [(t, "", f"{f:.3f}") for t, f in zip(time["R1"], force["R1"], strict=True)]
    lines = [f"{t:.6f},{one},{two}" for t, one, two in sorted(cells)]
    path.write_text("t,L1,R1\n" + "\n".join(lines) + "\n")
    out = tmp_path / "again.csv"
    answer(capsys, "export", path, "--to", "csv", "-o", out, "--json")
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 800
    for name, t in time.items():
        own = [float(row["t"]) for row in rows if row[name]]
        assert np.asarray(own) - own[0] == pytest.approx(t - t[0], abs=2e-6)
    first, again = (answer(capsys, "analyze", file, "--json") for file in (path, out))
    assert first["sides"]["right"]["rate_hz"] == pytest.approx(100.002, rel=1e-5)
    for side in ("left", "right"):
        assert again["sides"][side] == pytest.approx(first["sides"][side])
    strikes = [[step["foot_strike_s"] for step in found["steps"]] for found in (first, again)]
    assert len(strikes[0]) > 8
    assert strikes[1] == pytest.approx(strikes[0], abs=1e-5)


def test_redecode_gives_the_same_signals_and_keeps_the_old_result(
    tmp_path, events, record, document, maker, capsys
):
    path = record(tmp_path / "a.h5", events, document=document)
    before = path.read_bytes()
    out = tmp_path / "again.h5"
    answer(capsys, "redecode", path, "-o", out, "--json")
    assert path.read_bytes() == before
    assert validate(out) == []
    old, new = open_recording(path), open_recording(out)
    assert list(new.events()) == events
    assert new.stored_document() == document
    one, two = maker.by_device(old.decoded()), maker.by_device(new.decoded())
    for device, want in one.items():
        assert two[device].values.tobytes() == want.values.tobytes()
    old.close()
    new.close()


def test_redecode_of_an_imported_file_is_refused(tmp_path, capsys):
    path, *_ = table(tmp_path)
    main(["import", str(path), "-o", str(tmp_path / "w.h5")])
    assert main(["redecode", str(tmp_path / "w.h5"), "-o", str(tmp_path / "x.h5")]) == 2
    assert "no packets" in capsys.readouterr().err
    assert not (tmp_path / "x.h5").exists()


def test_an_hdf5_file_of_another_program_is_refused(tmp_path, capsys):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["data"] = np.zeros(3)
    assert main(["info", str(tmp_path / "x.h5")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_info_speaks_the_unit_of_the_file_and_gives_the_total_in_newtons(tmp_path, capsys):
    values = np.array([[1.0, 2.0], [3.0, 0.5], [0.0, 4.0]])  # N/cm2
    path = tmp_path / "p.csv"
    rows = [f"{i / 100},{a},{b}" for i, (a, b) in enumerate(values)]
    path.write_text("t,L1,L2\n" + "\n".join(rows) + "\n")
    (tmp_path / "p.layout.toml").write_text(
        'name = "two"\nkind = "discrete"\nquantity = "kPa"\nunit = "N/cm2"\n'
        "length_mm = 260.0\nwidth_mm = 90.0\nxy = [[0.5, 0.2], [0.5, 0.8]]\n"
        "area_cm2 = [10.0, 20.0]\n"
    )
    for file in (path, tmp_path / "p.h5"):
        foot = answer(capsys, "info", file, "--json")["sides"]["left"]
        assert foot["unit"] == "N/cm2"
        assert foot["quantity"] == "kPa"
        assert foot["sum"] == pytest.approx(values.sum())
        assert foot["max"] == pytest.approx(4.0)
        assert foot["total"]["unit"] == "N"
        assert foot["total"]["sum"] == pytest.approx((values * [10, 20]).sum())
        assert foot["total"]["max"] == pytest.approx(80.0)
        assert foot["total"]["max_t_s"] == pytest.approx(0.02)
        if file is path:
            assert main(["import", str(path), "-o", str(tmp_path / "p.h5"), "--json"]) == 0
            capsys.readouterr()
