"""OpenSim motion files: the right column for each foot, and no header that is believed too much."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import insole
from insole.cli import main
from insole.errors import DamagedFile, FileError
from tests.recordings.motion_files import TREADMILL, mot, motion_reference, needs_motion
from tests.recordings.vendor_files import (
    any_change_is_read_or_refused,
    cut_is_an_error_or_a_beginning,
    read,
    refused,
)

RUN = TREADMILL / "bmc_grf_run.mot"


@pytest.fixture
def motion(tmp_path):
    def write(text: str):
        path = tmp_path / "grf.mot"
        path.write_text(text)
        return path

    return write


@needs_motion
def test_the_published_run_is_read_exactly(capsys):
    truth = motion_reference("treadmill-running/bmc_grf_run.mot")
    assert main(["info", str(RUN), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["sha256"]) == ("opensim", truth["sha256"])
    for side, (capability, samples) in read(RUN).items():
        force, want = samples.values[:, 0], truth[side]
        assert capability.rate_hz == pytest.approx(truth["rate_hz"], rel=1e-6)
        assert len(force) == truth["n_samples"]
        assert samples.tick_us[0] == 0
        assert samples.tick_us[-1] == pytest.approx(truth["last_t_s"] * 1e6, abs=1)
        assert force.max() == pytest.approx(want["max_N"], rel=1e-6)
        assert samples.tick_us[force.argmax()] == pytest.approx(want["t_max_s"] * 1e6, abs=1)
        impulse = np.trapezoid(force, samples.tick_us * 1e-6)
        assert impulse == pytest.approx(want["impulse_whole_record_Ns"], rel=1e-5)


@needs_motion
def test_contacts_of_the_published_run_are_where_the_force_crosses_fifty_newtons():
    truth = motion_reference("treadmill-running/bmc_grf_run.mot")
    with insole.open(RUN) as trial:
        result = trial.analyze(parameters={"events.rep_N": 50})
    for steps in (result.left, result.right):
        (want,) = truth[steps.side.value]["stances_50N"]
        assert len(steps) == 1
        assert steps.value["foot_strike_s"][0] == pytest.approx(want["on"], abs=1 / 300)
        assert steps.value["toe_off_s"][0] == pytest.approx(want["off"], abs=1 / 300)
        assert steps.value["peak_force_N"][0] == pytest.approx(want["peak_N"], rel=0.002)
        assert steps.value["impulse_N_s"][0] == pytest.approx(want["impulse_Ns"], rel=0.002)


@pytest.mark.parametrize(
    ("right", "left"),
    [
        ("ground_force_r_vy", "ground_force_l_vy"),
        ("R_ground_force_vy", "L_ground_force_vy"),
        ("ground_force_vy", "1_ground_force_vy"),
        ("right_ground_force_vy", "left_ground_force_vy"),
        ("1_ground_force_vy", "2_ground_force_vy"),
        ("ground_force_1_vy", "ground_force_2_vy"),
    ],
)
def test_each_foot_has_its_column_whatever_the_prefix(motion, right, left):
    for first, second, swapped in ((right, left, False), (left, right, True)):
        feet = read(motion(mot(right=first, left=second)))
        side = "left" if swapped else "right"
        assert feet[side][1].values[:, 0].tolist() == [10.0 * k for k in range(20)]
        assert feet[side][1].tick_us.tolist() == [10_000 * k for k in range(20)]


def test_one_foot_is_enough(motion):
    feet = read(motion(mot(left="ground_force_l_vx")))
    assert list(feet) == ["right"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ground_force_r_vy\tground_force_l_vy", "hip_angle\tknee_angle", "vertical ground force"),
        ("ground_force_l_vy", "ground_force_r_vy", "which of"),
        ("time\t", "frame\t", "time first"),
        ("endheader", "the end", ""),
        ("50.000000", "fifty", "no number"),
        ("50.000000", "1e99", "beyond"),
        ("50.000000", "", "cells under"),
        (" 0.05000000", " 0.04000000", "not later"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(motion, old, new, said):
    text = mot()
    assert old in text
    assert said in refused(motion(text.replace(old, new, 1)))


def test_a_number_that_is_none_is_a_missing_sample(motion):
    feet = read(motion(mot().replace("\t50.000000", "\tnan", 1)))
    assert len(feet["right"][1].sequence) == 20 - ("\t  50" not in mot())
    assert 50.0 not in feet["left"][1].values[:, 0] or len(feet["left"][1].sequence) == 20


def test_a_header_without_numbers_is_refused(motion):
    refused(motion(mot(rows=0)), DamagedFile)
    refused(motion(mot(rows=1)), DamagedFile)
    refused(motion("endheader\n"), FileError)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(length=st.integers(0, len(mot())))
def test_a_cut_file_is_an_error_or_a_beginning(tmp_path, length):
    cut_is_an_error_or_a_beginning(tmp_path / "cut.mot", mot().encode(), length)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=8)), max_size=4
    )
)
def test_any_change_is_read_or_refused(tmp_path, changes):
    any_change_is_read_or_refused(tmp_path / "any.mot", mot().encode(), changes)
