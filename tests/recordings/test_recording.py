"""A recording gives back what went in, and is a plain HDF5 file for everybody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from insole import plugins
from insole.errors import DiskFull, FileError, JournalBusy, StorageError, WouldOverwrite
from insole.model.foot import Side
from insole.model.stream import Capability, Mark, Samples
from insole.model.trial import TrialNotes
from insole_recordings import recorder as recorder_module
from insole_recordings.hdf5 import Hdf5Recording, JournalRecording, open_recording
from insole_recordings.journal import JournalReader, JournalWriter, journal_of
from insole_recordings.projection import Projection
from insole_recordings.recorder import open_recorder
from insole_recordings.records import record_of


def test_events_come_back_verbatim_and_in_order(tmp_path, events, record):
    recording = open_recording(record(tmp_path / "a.h5", events))
    assert isinstance(recording, Hdf5Recording)
    assert list(recording.events()) == events
    recording.close()


def test_start_state_and_notes_come_back_exactly(tmp_path, events, record, start, notes):
    recording = open_recording(record(tmp_path / "a.h5", events))
    assert recording.start == start
    assert recording.notes == notes
    recording.close()


def test_decoded_data_come_back_bit_for_bit(tmp_path, events, record, maker):
    recording = open_recording(record(tmp_path / "a.h5", events))
    read = maker.by_device(recording.decoded())
    assert set(read) == {"SN-left", "SN-right"}
    for device, want in maker.by_device(maker.decoded_of(events)).items():
        got = read[device]
        for name in ("sequence", "tick_us", "arrival_ns", "values", "flags"):
            assert getattr(got, name).dtype == getattr(want, name).dtype
            assert getattr(got, name).tobytes() == getattr(want, name).tobytes(), name
        assert got.capability.serial == want.capability.serial
        assert np.array_equal(got.capability.layout.xy, want.capability.layout.xy)
    recording.close()


def test_all_samples_of_the_truth_are_in_the_file(tmp_path, events, record, maker):
    recording = open_recording(record(tmp_path / "a.h5", events))
    for device, got in maker.by_device(recording.decoded()).items():
        side = got.capability.side
        assert device == f"SN-{side.value}"
        assert np.array_equal(got.values, maker.truth(side, 600).values)
    recording.close()


def test_values_come_back_column_contiguous_in_few_blocks(tmp_path, events, record):
    recording = open_recording(record(tmp_path / "a.h5", events))
    blocks = [item for item in recording.decoded() if isinstance(item, Samples)]
    assert len(blocks) == 2
    assert all(block.values.flags.f_contiguous for block in blocks)
    recording.close()


def test_the_document_comes_back_and_is_readable_in_parts(tmp_path, events, record, document):
    path = record(tmp_path / "a.h5", events, document=document)
    recording = open_recording(path)
    assert recording.stored_document() == document
    recording.close()
    with h5py.File(path) as file:
        assert file["steps/foot_strike_s"][:].tolist() == [1.25, 1.6]
        assert file["steps/foot_strike_s"].attrs["unit"] == "s"
        assert file["steps/po50_N_s"].attrs["unit"] == "N*s"
        assert np.isnan(file["steps/po50_N_s"][1])
        assert file["steps/tripod"][0].tolist() == [0.4, 0.35, 0.25]
        assert np.isnan(file["steps/tripod"][1]).all()
        assert file["steps/flags"].asstr()[0] == "gap,late"
        assert file["steps/uncertainty/contact_s"][0] == 0.004
        assert file["events/time_s"][:].tolist() == [1.25, 1.5, 1.6, 1.85]
        assert file["ledger/left"].attrs["lost"] == 2
        assert file["marks/text"].asstr()[0] == "hälfte ✓"


def test_a_stranger_with_plain_h5py_finds_pressure_units_and_a_readme(
    tmp_path, events, record, maker
):
    with h5py.File(record(tmp_path / "a.h5", events)) as file:
        assert "insole" in file.attrs["README"]
        assert bool(file.attrs["completed"])
        sides = {}
        for group in file["signals"].values():
            raw = group["values"][:]
            sides[group.attrs["device"]] = raw * group.attrs["scale"] + group.attrs["offset"]
            assert group["values"].attrs["dims"] == "time sensor"
            assert group["tick_us"].attrs["unit"] == "us"
        for side in Side:
            want = maker.truth(side, 600).values * (1200 / 65535)
            assert np.allclose(
                sides[f"SN-{side.value}"], want, rtol=1e-6
            )  # scale is a float32 on the wire


def test_a_side_override_is_what_the_group_says(tmp_path, events, record):
    with h5py.File(record(tmp_path / "a.h5", events)) as file:
        said = {group.attrs["device"]: group.attrs["side"] for group in file["signals"].values()}
    assert said == {"SN-left": "right", "SN-right": "left"}


def test_the_journal_is_gone_after_a_clean_end_and_there_during(tmp_path, events, start, notes):
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    assert journal_of(path).exists()
    recorder.append(events[0])
    recorder.close(None)
    assert not journal_of(path).exists()
    assert path.exists()


def test_a_new_capability_begins_a_group_and_an_equal_one_does_not(tmp_path, start, notes, maker):
    told, other = maker.capability(Side.LEFT), maker.capability(Side.LEFT, rate_hz=200.0)
    block = maker.truth(Side.LEFT, 100)
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    for item in (told, block, told, block, other, block):
        recorder.decoded(item)
    recorder.close(None)
    recording = open_recording(path)
    kinds = [(type(i), getattr(i, "rate_hz", 0)) for i in recording.decoded()]
    assert kinds == [(Capability, 100.0), (Samples, 0), (Capability, 200.0), (Samples, 0)]
    recording.close()


def test_status_says_what_is_on_disk(tmp_path, events, start, notes):
    recorder = open_recorder(tmp_path / "a.h5", start=start, notes=notes)
    recorder.append(events[0])
    status = recorder.status()
    assert status.path == tmp_path / "a.h5"
    assert status.error is None
    assert status.behind_s >= 0
    recorder.close(None)
    assert recorder.status().behind_s == 0


def test_close_may_be_called_twice_and_late_events_are_ignored(tmp_path, events, start, notes):
    recorder = open_recorder(tmp_path / "a.h5", start=start, notes=notes)
    recorder.close(None)
    recorder.append(events[0])
    recorder.decoded(events[0])
    recorder.close({"steps": []})


def test_hostile_texts_do_not_break_the_file(tmp_path, start):
    mark = Mark(5, "\ud800 lone \0 nul \n" + "x" * 100_000)
    bad_notes = TrialNotes(athlete="\ud800\0", note="n" * 200_000)
    recorder = open_recorder(tmp_path / "a.h5", start=start, notes=bad_notes)
    recorder.append(mark)
    recorder.close(None)
    recording = open_recording(tmp_path / "a.h5")
    assert list(recording.events()) == [mark]
    assert recording.notes == bad_notes
    recording.close()


# --- where a recording may not go ---


def test_an_existing_file_is_not_overwritten_unless_forced(tmp_path, start, notes):
    path = tmp_path / "a.h5"
    path.write_bytes(b"precious")
    with pytest.raises(WouldOverwrite, match="--force"):
        open_recorder(path, start=start, notes=notes)
    assert path.read_bytes() == b"precious"
    open_recorder(path, start=start, notes=notes, force=True).close(None)
    assert path.read_bytes() != b"precious"


def test_an_orphaned_journal_refuses_with_the_way_to_rescue_it(tmp_path, start, notes):
    path = tmp_path / "a.h5"
    JournalWriter(journal_of(path), force=False).close(remove=False)
    with pytest.raises(WouldOverwrite, match="insole recover"):
        open_recorder(path, start=start, notes=notes)


def test_a_second_recording_into_the_same_file_is_refused(tmp_path, start, notes):
    path = tmp_path / "a.h5"
    first = open_recorder(path, start=start, notes=notes)
    for force in (False, True):
        with pytest.raises(JournalBusy) as caught:
            open_recorder(path, start=start, notes=notes, force=force)
        assert caught.value.exit_status == 2
    first.close(None)


def test_a_folder_and_a_missing_folder_are_refused(tmp_path, start, notes):
    with pytest.raises(FileError, match="folder"):
        open_recorder(tmp_path, start=start, notes=notes)
    with pytest.raises(FileError, match="does not exist"):
        open_recorder(tmp_path / "no" / "a.h5", start=start, notes=notes)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_refused(tmp_path, start, notes, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("insole_recordings.journal.os.open", refuse)
    with pytest.raises(FileError, match="Permission denied"):
        open_recorder(tmp_path / "a.h5", start=start, notes=notes)


# --- when the disk gives out ---


def full(*_args, **_kwargs):
    raise OSError(28, "No space left on device")


def test_a_disk_full_at_once_is_refused_in_words(tmp_path, start, notes, monkeypatch):
    monkeypatch.setattr(recorder_module, "room", lambda _path: 1000)
    with pytest.raises(DiskFull, match="Nothing was recorded") as caught:
        open_recorder(tmp_path / "a.h5", start=start, notes=notes)
    assert caught.value.exit_status == 1


def test_when_the_journal_finds_no_room_the_file_so_far_is_complete(
    tmp_path, events, start, notes, monkeypatch
):
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    room = [12_000]
    real = os.write

    def small_disk(fd, data):
        if len(data) > room[0]:
            full()
        room[0] -= len(data)
        return real(fd, data)

    monkeypatch.setattr("insole_recordings.journal.os.write", small_disk)
    for event in events:
        recorder.append(event)
    with pytest.raises(DiskFull, match=r"are safe in this file") as caught:
        recorder.close(None)
    assert caught.value.exit_status == 1
    assert str(path) in str(caught.value)
    assert isinstance(recorder.status().error, DiskFull)
    recording = open_recording(path)
    got = list(recording.events())
    assert got == events[: len(got)]
    assert len(got) < len(events)
    recording.close()


def test_a_disk_that_runs_full_ends_the_recording_while_it_can_be_finished(
    tmp_path, events, start, notes, monkeypatch
):
    path = tmp_path / "a.h5"
    monkeypatch.setattr(recorder_module, "SYNC_S", 0.0)
    recorder = open_recorder(path, start=start, notes=notes)
    monkeypatch.setattr(recorder_module, "room", lambda _path: 1000)
    for event in events:
        recorder.append(event)
    recorder._thread.join(0.0)
    with pytest.raises(DiskFull):
        recorder.close(None)
    recording = open_recording(path)
    assert isinstance(recording, Hdf5Recording)
    got = list(recording.events())
    assert got == events[: len(got)]
    recording.close()


def test_when_hdf5_fails_the_journal_goes_on_alone(tmp_path, events, start, notes, monkeypatch):
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    monkeypatch.setattr(Projection, "events", full)
    for event in events:
        recorder.append(event)
    with pytest.raises(StorageError, match="insole recover"):
        recorder.close({"steps": []})
    recording = open_recording(path)
    assert isinstance(recording, JournalRecording)
    assert list(recording.events()) == events
    recording.close()


def test_a_document_that_does_not_fit_leaves_everything_in_the_journal(
    tmp_path, events, start, notes, monkeypatch
):
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    monkeypatch.setattr("insole_recordings.projection.write_document", full)
    for event in events:
        recorder.append(event)
    with pytest.raises(StorageError, match="safe in its journal"):
        recorder.close({"steps": []})
    reader = JournalReader(journal_of(path))
    assert sum(1 for _ in reader) == len(events) + 4  # start, notes, anchor, end
    assert reader.extent.ended


def test_what_the_writer_cannot_hold_is_counted_and_seen(
    tmp_path, events, start, notes, monkeypatch
):
    monkeypatch.setattr(recorder_module, "MAX_EVENTS", 0)
    recorder = open_recorder(tmp_path / "a.h5", start=start, notes=notes)
    for event in events[:7]:
        recorder.append(event)
    recorder.close(None)
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["raw"].attrs["overflow"] == 7


def test_decoded_data_that_were_not_taken_are_decoded_again(
    tmp_path, events, start, notes, monkeypatch, maker
):
    monkeypatch.setattr(recorder_module, "MAX_DECODED_BYTES", 0)
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    for event in events:
        recorder.append(event)
    for item in maker.decoded_of(events):
        recorder.decoded(item)
    recorder.close(None)
    recording = open_recording(path)
    read = maker.by_device(recording.decoded())
    for device, want in maker.by_device(maker.decoded_of(events)).items():
        assert read[device].values.tobytes() == want.values.tobytes()
    recording.close()


def test_the_json_of_the_file_is_ascii(tmp_path, record, events, document):
    with h5py.File(record(tmp_path / "a.h5", events, document=document)) as file:
        body = file["provenance/document"][:].tobytes()
    assert json.loads(body.decode("ascii")) == document


def test_the_entry_point_opens_this_recorder():
    assert plugins.load("insole.recorders", "hdf5") is open_recorder


def test_hdf5_is_never_handed_what_might_not_fit(tmp_path, events, start, notes, monkeypatch):
    path = tmp_path / "a.h5"
    projection = Projection(path, start=start, notes=notes)
    monkeypatch.setattr("insole_recordings.room.room", lambda _path: 10_000)
    projection.events([record_of(events[0])])
    for act in (projection.flush, lambda: projection.finish({"steps": []}, overflow=0)):
        with pytest.raises(OSError, match="No space left"):
            act()
    projection.abandon()
    with h5py.File(path) as file:
        assert not file.attrs["completed"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
def test_a_limit_on_file_size_ends_in_words_and_a_readable_file(tmp_path):
    code = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))
from insole.errors import DiskFull
from insole.model.stream import Packet
from insole.model.trial import StartState, TrialNotes
from insole_recordings.recorder import open_recorder
from insole_recordings.records import record_of
import random
rng = random.Random(1)
recorder = open_recorder(Path(sys.argv[1]), start=StartState(), notes=TrialNotes())
number = 0
while recorder.status().error is None:
    recorder.append(Packet("d", "c", number, rng.randbytes(500)))
    number += 1
try:
    recorder.close({"steps": []})
except DiskFull as error:
    print(error.exit_status, error)
"""
    path = tmp_path / "a.h5"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 the disk is full")
    recording = open_recording(path)
    numbers = [event.arrival_ns for event in recording.events()]
    recording.close()
    assert len(numbers) > 100
    assert numbers == list(range(len(numbers)))


def test_a_program_that_ends_without_closing_leaves_a_complete_file(tmp_path):
    code = """
import sys
from pathlib import Path
from insole.model.stream import Mark
from insole.model.trial import StartState, TrialNotes
from insole_recordings.recorder import open_recorder
recorder = open_recorder(Path(sys.argv[1]), start=StartState(), notes=TrialNotes())
recorder.append(Mark(7, "last words"))
raise SystemExit(5)
"""
    path = tmp_path / "a.h5"
    done = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60, check=False)
    assert done.returncode == 5
    recording = open_recording(path)
    assert isinstance(recording, Hdf5Recording)
    assert recording.completed
    assert list(recording.events()) == [Mark(7, "last words")]
    recording.close()
