"""Region loads under published masks, from a file to the document."""

import json

import numpy as np
import pytest

import insole
from insole import layouts
from insole.cli import main
from insole.errors import RequestError
from insole.model.foot import Side
from insole.signal.masking import neighbours
from tests.insole.foot_pressures import running


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Alternate contacts; every sensor its own constant share, so every figure is a sum."""
    time = np.arange(0.0, 12.0, 0.01)
    share = np.arange(1.0, 17.0)
    left, right = (
        np.clip(np.sin(2 * np.pi * (time - start) / 1.4), 0.0, 1.0) for start in (0.3, 1.0)
    )
    table = np.column_stack((time, left[:, None] * share * 8, right[:, None] * share[::-1] * 8))
    path = tmp_path_factory.mktemp("masks") / "walk.csv"
    names = ["t", *(f"{side}{n}" for side in "LR" for n in range(1, 17))]
    np.savetxt(path, table, delimiter=",", header=",".join(names), comments="", fmt="%.6f")
    return path


OPTIONS = ("--layout", "generic16", "--quantity", "kPa", "--mass", "70")


def test_shares_under_a_mask_are_sums_over_the_sensors_of_its_regions(walk, capsys):
    assert main(["analyze", str(walk), *OPTIONS, "--mask", "LEE4", "--mask", "PRC", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    layout = layouts.load("generic16")
    assert list(document["masks"]) == ["LEE4", "PRC"]
    for side, share in (("left", np.arange(1.0, 17.0)), ("right", np.arange(16.0, 0.0, -1.0))):
        force = share * layout.area_cm2
        hind = layout.xy[:, 1] < 0.5
        found = document["masks"]["LEE4"][side]
        expected = 100 * force[hind].sum() / force.sum()
        assert found["HIND"]["share_percent"] == pytest.approx(expected)
        assert found["HIND"]["peak_N"]["mean"] == pytest.approx(
            0.1 * 8 * force[hind].sum(), rel=1e-3
        )
        assert sum(region["share_percent"] for region in found.values()) == pytest.approx(100)


def test_masks_are_told_in_words_and_absent_when_not_asked_for(walk, capsys):
    main(["analyze", str(walk), *OPTIONS, "--mask", "LEE4"])
    assert "mask LEE4, left: HIND" in capsys.readouterr().out
    main(["analyze", str(walk), *OPTIONS, "--json"])
    assert "masks" not in json.loads(capsys.readouterr().out)


def test_regions_of_any_mask_add_up_to_the_force_under_the_foot(walk):
    with insole.open(walk, layout="generic16", quantity="kPa") as trial:
        foot = trial.region_forces("PRC")[Side.LEFT]
        data = trial.left
        assert data is not None
        assert foot.names[:2] == ("HEEL", "MID")
        assert np.nansum(foot.region_n, axis=1) == pytest.approx(data.total_n)
        with pytest.raises(RequestError, match="LEE4"):
            trial.region_forces("R9")


@pytest.mark.parametrize("name", ["generic16", "pedar_x"])
def test_a_sensor_that_the_steps_leave_out_is_left_out_of_every_mask(tmp_path, name):
    """Its area goes to its neighbours, or its cell is filled: the regions still are the foot."""
    layout = layouts.load(name)
    kpa = 0.1 * running(layout, seconds=30)
    near = neighbours(layout)
    dead = int(np.argmax(near.sum(axis=0)))
    kpa[:, dead] = 0.0
    path = tmp_path / "run.csv"
    header = ",".join(["t", *(f"L{index + 1}" for index in range(layout.sensors))])
    table = np.column_stack((np.arange(len(kpa)) / 100.0, kpa))
    np.savetxt(path, table, "%.3f", ",", header=header, comments="")
    with insole.open(path, layout=name, quantity="kPa") as trial:
        assert [found.state for found in trial.analyze(70.0).feet[Side.LEFT].findings] == ["dead"]
        foot, data = trial.region_forces("PRC")[Side.LEFT], trial.left
        assert data is not None
        late = slice(-1000, None)  # the sensor was known to be dead by then
        force, truth = np.nansum(foot.region_n[late], axis=1), data.total_n[late]
        assert force == pytest.approx(truth, rel=1e-9, abs=1e-9)
