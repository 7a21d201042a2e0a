"""What an export of Moticon holds beside pressures comes with it: motion, force, centre."""

from __future__ import annotations

import numpy as np
import pytest

import insole
from insole import plugins
from insole.cli import main

HEADER = "# Sensor insoles: Left SN1, Right SN2\n# Size: 7\n"
NAMES = [
    *(f"left pressure {n}[N/cm²]" for n in range(1, 17)),
    "left acceleration X[g]",
    "left acceleration Y[g]",
    "left acceleration Z[g]",
    "left angular X[dps]",
    "left angular Y[dps]",
    "right total force[N]",
    "right center of pressure X[-0.5...+0.5]",
    "right center of pressure Y[-0.5...+0.5]",
]


def export(tmp_path, *, missing: int = 3, rows: int = 40):
    """Row i: pressures i / 4, acceleration i / 8 .., force 10 i, centre 0.25 and -0.5."""
    lines = [HEADER + "# time\t" + "\t".join(NAMES)]
    for i in range(rows):
        left = [f"{i / 4:.2f}"] * 16 + [f"{i / 8:.3f}", "-1", "0", "5", "6"]
        if i == missing:
            left = [""] * len(left)
        lines.append("\t".join([f"{i / 100:.2f}", *left, f"{10 * i}", "0.25", "-0.5"]))
    path = tmp_path / "export.txt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def told(path):
    recording = plugins.load("insole.importers", "moticon").open(path, {})
    return {(item.device, item.kind): item for item in plugins.readings_of(recording)}


def test_channels_come_by_foot_and_kind_with_their_unit_and_time(tmp_path):
    found = told(export(tmp_path))
    # Two of three axes of the rate of turn were exported: that is no vector.
    assert set(found) == {("left", "acceleration"), ("right", "force"), ("right", "cop")}
    acceleration = found["left", "acceleration"]
    assert (acceleration.unit, acceleration.channels) == ("g", ("x", "y", "z"))
    rows = np.array([i for i in range(40) if i != 3])  # an empty cell is no sample
    np.testing.assert_array_equal(acceleration.tick_us, rows * 10_000)
    np.testing.assert_allclose(acceleration.values[:, 0], rows / 8)
    force = found["right", "force"]
    np.testing.assert_array_equal(force.values[:, 0], 10.0 * np.arange(40))
    assert found["right", "cop"].values[7].tolist() == [0.25, -0.5]


def test_an_export_of_pressures_alone_has_nothing_beside(tmp_path):
    path = tmp_path / "export.txt"
    names = "\t".join(NAMES[:16])
    lines = [f"{i / 100:.2f}" + "\t1.00" * 16 for i in range(10)]
    path.write_text(f"{HEADER}# time\t{names}\n" + "\n".join(lines) + "\n", "utf-8")
    assert told(path) == {}


def test_a_damaged_cell_of_motion_is_named_when_it_is_asked_for(tmp_path):
    path = export(tmp_path)
    path.write_text(path.read_text("utf-8").replace("\t0.625\t", "\tx\t"), "utf-8")
    recording = plugins.load("insole.importers", "moticon").open(path, {})
    with pytest.raises(insole.InsoleError) as caught:
        list(plugins.readings_of(recording))
    assert "export.txt" in str(caught.value)


def test_what_is_beside_survives_the_way_into_a_recording_of_ours(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    path = export(tmp_path)
    out = tmp_path / "ours.h5"
    assert main(["import", str(path), "-o", str(out)]) == 0, capsys.readouterr().err
    recording = plugins.load("insole.importers", "insole").open(out, {})
    kept = {(item.device, item.kind): item for item in plugins.readings_of(recording)}
    recording.close()
    for key, item in told(path).items():
        np.testing.assert_array_equal(kept[key].values, item.values)
