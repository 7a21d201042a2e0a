"""C3D: plates are read exactly, feet are never guessed, and no byte of it is believed unchecked."""

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import insole
from insole.api import open_recording
from insole.errors import DamagedFile, FileError, InsoleError, RequestError
from tests.recordings.motion_files import LOADSOL, c3d, motion_reference, needs_motion
from tests.recordings.vendor_files import read, refused

STANDING = LOADSOL / "test_poids.c3d"


@pytest.fixture
def plates(tmp_path):
    def write(content: bytes):
        path = tmp_path / "trial.c3d"
        path.write_bytes(content)
        return path

    return write


@needs_motion
def test_the_published_standing_trial_is_what_a_second_reader_says():
    truth = motion_reference("loadsol/test_poids.c3d")
    independent = truth["independent"]
    capability, samples = read(STANDING, left=4)["left"]
    upward = samples.values[:, 0]
    assert capability.rate_hz == truth["analog_rate_hz"]
    assert len(upward) == independent["samples"] == truth["n_analog_samples"]
    assert -upward.max() == pytest.approx(independent["Force.Fz4 min"], abs=1e-4)
    assert -upward.mean() == pytest.approx(independent["Force.Fz4 mean"], abs=1e-4)
    standing = upward[upward > 400.0]
    assert np.median(standing) == pytest.approx(truth["plate_median_while_loaded_N"], rel=0.001)
    for plate in (1, 2, 3, 5):
        other = read(STANDING, right=plate)["right"][1].values[:, 0]
        want = truth["labels_Fz"][f"Force.Fz{plate}"]
        largest, lowest = sorted((want["max"], -want["min"]), reverse=True)
        assert other.max() == pytest.approx(largest, abs=1e-4)
        assert -other.min() == pytest.approx(lowest, abs=1e-4)
        assert abs(other.mean()) == pytest.approx(abs(want["mean"]), abs=1e-4)


@needs_motion
def test_two_feet_on_one_plate_are_not_guessed_apart():
    message = refused(STANDING)
    assert "5 force plates (loaded: 4)" in message
    assert "which foot" in message


@pytest.mark.parametrize("is_float", [True, False], ids=["float", "integer"])
def test_each_foot_is_the_plate_that_was_named(plates, is_float):
    feet = read(plates(c3d(is_float=is_float)), left=2, right=1)
    for side, plate in (("left", 2), ("right", 1)):
        capability, samples = feet[side]
        assert samples.values[:, 0].tolist() == [100.0 * plate + j for j in range(300)]
        assert samples.tick_us.tolist() == [1000 * j for j in range(300)]
        assert (capability.serial, capability.layout.name) == (f"plate {plate}", "total")


def test_plates_that_are_not_there_are_refused(plates):
    path = plates(c3d())
    assert "does not say which foot" in refused(path)
    assert "no plate 3" in refused(path, left=3)
    assert "same plate" in refused(path, left=1, right=1)
    with pytest.raises(RequestError, match="left"):
        open_recording(path, left="heel")


def test_other_processors_and_moments_are_refused(plates):
    whole = c3d()
    assert "DEC or SGI" in refused(plates(whole[:515] + b"\x55" + whole[516:]), left=1)
    assert "newtons" in refused(plates(whole.replace(b"N   ", b"V   ")), left=1)
    no_plates = whole.replace(b"FORCE_PLATFORM", b"FORCE_PLATE_NR")
    assert "describes 0 force plates" in refused(plates(no_plates), left=1)
    kinds = struct.pack("<hh", 2, 2)
    at = whole.index(b"TYPE") + 9
    assert whole[at : at + 4] == kinds
    strange = whole[:at] + struct.pack("<hh", 3, 3) + whole[at + 4 :]
    assert "type 3" in refused(plates(strange), left=1)


def test_a_header_that_promises_more_than_the_file_holds_is_refused(plates):
    whole = bytearray(c3d())
    struct.pack_into("<H", whole, 8, 60_000)
    assert "promises 60000 frames" in refused(plates(bytes(whole)), DamagedFile, left=1)


def test_forces_that_no_plate_gives_are_refused(plates):
    whole = bytearray(c3d())
    whole[-48:] = struct.pack("<12f", *[1e30] * 12)
    assert "none can give" in refused(plates(bytes(whole)), DamagedFile, left=1)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(length=st.integers(0, len(c3d())))
def test_a_cut_file_is_refused(tmp_path, length):
    path = tmp_path / "cut.c3d"
    path.write_bytes(c3d()[:length])
    if length < len(c3d()):
        with pytest.raises(InsoleError) as caught:
            open_recording(path, left=1)
        assert "\n" not in str(caught.value)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2047), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_any_change_is_read_or_refused(tmp_path, changes):
    content = bytearray(c3d())
    for place, byte in changes:
        content[place] = byte
    path = tmp_path / "any.c3d"
    path.write_bytes(bytes(content))
    with contextlib.suppress(FileError, RequestError), insole.open(path, left=1, right=2) as trial:
        trial.analyze()
