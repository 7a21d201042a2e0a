"""`kill -9` at any moment loses at most the last second, and never the file."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from insole.model.stream import Packet, Samples
from insole_recordings.hdf5 import JournalRecording, open_recording
from insole_recordings.journal import HEADER, JournalReader, journal_of
from insole_recordings.records import Kind
from insole_recordings.recover import recover
from insole_recordings.validate import validate

CHILD = Path(__file__).with_name("recording_child.py")
AT_ONCE = 4
LOST_S = 1.0


def kill_several(folder: Path, seed: int, count: int) -> list[tuple[Path, int]]:
    """Start `count` recordings, kill each at its own random moment; paths and moments (ns)."""
    rng = random.Random(seed)
    children = []
    for index in range(count):
        path = folder / f"run{seed}-{index}.h5"
        child = subprocess.Popen(
            [sys.executable, str(CHILD), str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        children.append((child, path, rng.uniform(0.0, 3.5)))
    killed = []
    for child, _, _ in children:
        said = child.stdout.readline()
        assert said == b"recording\n", child.stderr.read().decode()
    began = time.monotonic()
    for child, path, after_s in sorted(children, key=lambda entry: entry[2]):
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(max(0.001, began + after_s - time.monotonic()))
        moment = time.monotonic_ns()
        child.kill()
        child.wait(10)
        child.stdout.close()
        child.stderr.close()
        killed.append((path, moment))
    return killed


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(path: Path, moment_ns: int) -> bool:
    """Everything but the last second is there; True when the HDF5 file alone can be read too."""
    journal = journal_of(path)
    before = digest(journal), digest(path)
    recording = open_recording(path)
    assert isinstance(recording, JournalRecording)
    opened = list(recording.events())
    recording.close()
    rescue = recover(path)
    assert (digest(journal), digest(path)) == before  # the input is as it was
    assert rescue.missing == 0
    assert rescue.damaged_bytes == 0
    assert validate(rescue.out) == []
    saved = open_recording(rescue.out)
    events = list(saved.events())
    assert events == opened
    assert saved.start.mass_kg == 61.5
    last = max(event.arrival_ns for event in events if isinstance(event, Packet))
    assert moment_ns - last < LOST_S * 1e9
    for item in saved.decoded():
        if isinstance(item, Samples):
            assert np.array_equal(item.sequence, np.arange(len(item.sequence)))
            assert np.array_equal(item.values[:, 0], item.sequence % 60_000)
            assert moment_ns - item.arrival_ns[-1] < LOST_S * 1e9
    saved.close()
    try:
        with h5py.File(path, "r") as file:
            assert not file.attrs["completed"]
            for name in ("kind", "arrival_ns", "end", "bytes"):
                file["raw"][name][:]
            for group in file["signals"].values():
                for column in group.values():
                    if isinstance(column, h5py.Dataset):
                        column[()]
    except OSError:
        return False
    return True


def run(folder: Path, times: int) -> None:
    readable = 0
    for first in range(0, times, AT_ONCE):
        for path, moment in kill_several(folder, first, min(AT_ONCE, times - first)):
            readable += check(path, moment)
    print(f"{times} kills: every journal whole, {readable} HDF5 files readable without it")
    assert readable >= 0.9 * times  # a kill inside the flush itself may tear the HDF5 file


@pytest.mark.timeout(300)
def test_killed_at_twenty_random_moments(tmp_path):
    run(tmp_path, 20)


@pytest.mark.timeout(120)
def test_the_program_itself_killed_while_recording_a_virtual_pair(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    path = tmp_path / "run.h5"
    child = subprocess.Popen(
        [sys.executable, "-m", "insole", "record", str(path), "--simulate", "--seconds", "60"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    packets = 0
    while packets < 100:  # until it streams; the test's own timeout ends a hopeless wait
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        if journal_of(path).exists() and journal_of(path).stat().st_size > HEADER.size:
            packets = sum(record.kind == Kind.PACKET for record in JournalReader(journal_of(path)))
    moment = time.monotonic_ns()
    child.kill()
    child.wait(10)
    rescue = recover(path)
    assert set(rescue.samples.values()) != {0}
    assert validate(rescue.out) == []
    saved = open_recording(rescue.out)
    last = max(event.arrival_ns for event in saved.events() if isinstance(event, Packet))
    saved.close()
    assert moment - last < LOST_S * 1e9


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_killed_at_two_hundred_random_moments(tmp_path):
    run(tmp_path, 200)
