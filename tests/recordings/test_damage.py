"""Damage of any kind ends in words: found by validate, survived by recover, never a traceback."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insole.cli import main
from insole.errors import (
    DamagedFile,
    FileError,
    InsoleError,
    JournalBusy,
    NewerFormat,
    RequestError,
    UnknownFormat,
    WouldOverwrite,
)
from insole.model.stream import Samples
from insole_recordings.hdf5 import IMPORTER, open_recording
from insole_recordings.journal import JournalWriter, encode, journal_of
from insole_recordings.recorder import open_recorder
from insole_recordings.records import Kind, Record, record_of, to_json
from insole_recordings.recover import recover, recovered_name
from insole_recordings.validate import validate

quiet = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@pytest.fixture
def path(tmp_path, events, record, document):
    return record(tmp_path / "a.h5", events, document=document)


@pytest.fixture(scope="module")
def sound(tmp_path_factory, events, maker):
    """Bytes of a sound file."""
    from insole.model.trial import StartState, TrialNotes

    path = tmp_path_factory.mktemp("sound") / "a.h5"
    recorder = open_recorder(path, start=StartState(origin_ns=maker.origin_ns), notes=TrialNotes())
    for event in events:
        recorder.append(event)
    for item in maker.decoded_of(events):
        recorder.decoded(item)
    recorder.close({"steps": [], "sides": {}})
    return path.read_bytes()


def cut_off(path, events, start, *, tail=b""):
    """A recording whose program died: a journal without end, and no HDF5 file."""
    writer = JournalWriter(journal_of(path), force=False)
    head = Record(Kind.START, 0, to_json(asdict(start)))
    for number, record in enumerate([head, *map(record_of, events)]):
        writer.write(encode(record, number=number))
    writer.write(tail)
    writer.close(remove=False)
    return path


def read_all(path):
    """Everything a reader can ask for."""
    recording = open_recording(path)
    try:
        for _ in recording.events():
            pass
        for item in recording.decoded():
            if isinstance(item, Samples):
                item.values.sum()
        recording.stored_document()
    finally:
        recording.close()


def change(path, where, value):
    with h5py.File(path, "r+") as file:
        file[where][0:1] = value


# --- validate ---


def test_a_sound_recording_has_no_findings(path):
    assert validate(path) == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("raw/bytes", 1),
        ("raw/arrival_ns", 5),
        ("raw/kind", 99),
        ("raw/device", 60_000),
        ("raw/end", 10**12),
        ("signals/0000/values", 60_001),
        ("signals/0000/sequence", 10**9),
        ("signals/0001/tick_us", 10**15),
        ("signals/0001/segment", 7),
        ("provenance/document", 0),
    ],
)
def test_a_changed_value_is_found_at_its_place(path, where, value):
    change(path, where, value)
    places = " ".join(finding.where for finding in validate(path))
    assert f"/{where}" in places


def test_every_column_is_missed_when_it_is_gone(path):
    with h5py.File(path) as file:
        names = []
        file.visititems(
            lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
        )
    whole = path.read_bytes()
    for name in names:
        if name.startswith("steps"):
            continue  # what the steps hold follows from the document
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            del file[name]
        assert validate(path), name


def test_a_wrong_unit_type_or_shape_is_found(path):
    with h5py.File(path, "r+") as file:
        file["raw/arrival_ns"].attrs["unit"] = "ms"
        del file["signals/0000/layout/area_cm2"]
        file["signals/0000/layout/area_cm2"] = np.zeros((3, 2), "f4")
        file["trial"].attrs["mass_kg"] = "heavy"
    places = {finding.where for finding in validate(path)}
    assert {
        "/raw/arrival_ns@unit",
        "/signals/0000/layout/area_cm2",
        "/trial@mass_kg",
    } <= places


def test_a_ledger_that_does_not_add_up_is_found(path):
    with h5py.File(path, "r+") as file:
        file["ledger/left"].attrs["lost"] = 3
    assert any(finding.where == "/ledger/left" for finding in validate(path))


def test_a_step_that_ends_before_it_begins_is_found(path):
    with h5py.File(path, "r+") as file:
        file["steps/toe_off_s"][1] = 0.5
    assert any(finding.where == "/steps[1]" for finding in validate(path))


def test_an_unfinished_recording_is_found(path):
    with h5py.File(path, "r+") as file:
        file.attrs["completed"] = False
    assert any("stopped while recording" in finding.what for finding in validate(path))


def test_a_cut_off_recording_is_found_with_what_is_safe(tmp_path, events, start):
    findings = validate(cut_off(tmp_path / "a.h5", events, start, tail=b"half"))
    assert "6." in findings[0].what
    assert "insole recover" in findings[0].fix
    assert len(findings) == 2


def test_the_command_answers_0_1_and_2(tmp_path, path, capsys):
    assert main(["validate", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True
    change(path, "raw/bytes", 1)
    assert main(["validate", str(path)]) == 1
    assert "/raw/bytes" in capsys.readouterr().out
    (tmp_path / "b.h5").write_bytes(b"\x00\x01 not a recording")
    assert main(["validate", str(tmp_path / "b.h5")]) == 2
    assert capsys.readouterr().err.startswith("insole: error: ")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["x"] = [1]
    assert main(["validate", str(tmp_path / "c.h5")]) == 2
    assert main(["validate", str(tmp_path)]) == 2
    assert main(["validate", str(tmp_path / "none.h5")]) == 2


# --- hostile files ---


@settings(quiet, max_examples=60)
@given(share=st.floats(0, 1))
def test_a_truncated_file_ends_in_words(tmp_path, sound, share):
    path = tmp_path / "t.h5"
    path.write_bytes(sound[: int(share * (len(sound) - 1))])
    with pytest.raises(FileError):
        read_all(path)
    try:
        assert validate(path)
    except UnknownFormat:
        assert share * len(sound) < 9


@settings(quiet, max_examples=60)
@given(
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6
    )
)
def test_flipped_bytes_never_give_wrong_packets_in_silence(tmp_path, sound, events, flips):
    path = tmp_path / "f.h5"
    broken = bytearray(sound)
    for share, mask in flips:
        broken[int(share * len(broken))] ^= mask
    path.write_bytes(broken)
    try:
        read_all(path)
    except InsoleError:
        pass
    else:
        recording = open_recording(path)
        same = list(recording.events()) == events
        recording.close()
        assert same or validate(path)
    try:
        validate(path)
        recover(path, tmp_path / "out.h5", force=True)
    except InsoleError:
        pass


@settings(quiet, max_examples=60)
@given(content=st.binary(max_size=2000), signed=st.booleans())
def test_random_bytes_end_in_words(tmp_path, content, signed):
    path = tmp_path / "r.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + content if signed else content)
    IMPORTER.sniff(path, content[:4096])
    for act in (read_all, validate, lambda p: recover(p, tmp_path / "o.h5", force=True)):
        with contextlib.suppress(InsoleError):
            assert act(path)


def test_a_forged_shape_does_not_take_memory(path):
    with h5py.File(path, "r+") as file:
        file["signals/0000/values"].resize(2**40, axis=0)
    with pytest.raises(DamagedFile, match="more than it stores"):
        read_all(path)
    assert any("more than it stores" in finding.what for finding in validate(path))


def test_a_forged_chunk_does_not_take_memory(path):
    with h5py.File(path, "r+") as file:
        del file["raw/bytes"]
        file["raw"].create_dataset(
            "bytes", (8,), maxshape=(None,), chunks=(2**30,), dtype="u1", compression="gzip"
        )
    with pytest.raises(DamagedFile, match="chunks larger"):
        read_all(path)


def test_a_newer_format_asks_for_an_update(path):
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 2
    with pytest.raises(NewerFormat, match="Update insole"):
        open_recording(path)


def test_links_out_of_the_file_are_not_followed_into_memory(path):
    with h5py.File(path, "r+") as file:
        del file["raw/bytes"]
        file["raw/bytes"] = h5py.ExternalLink("elsewhere.h5", "/x")
    with pytest.raises(DamagedFile):
        read_all(path)


# --- recover ---


def test_everything_in_a_journal_is_rescued_and_the_input_stays(tmp_path, events, start):
    path = cut_off(tmp_path / "a.h5", events, start, tail=b"\x5a\xa5 half a record")
    before = journal_of(path).read_bytes()
    rescue = recover(path)
    assert rescue.out == recovered_name(path) == tmp_path / "a.recovered.h5"
    assert journal_of(path).read_bytes() == before
    assert not path.exists()
    assert rescue.tail_bytes == 16
    assert rescue.events == len(events)
    assert set(rescue.samples.values()) == {600}
    recording = open_recording(rescue.out)
    assert list(recording.events()) == events
    assert recording.start == start
    recording.close()
    assert validate(rescue.out) == []


def test_the_journal_may_be_named_itself(tmp_path, events, start):
    path = cut_off(tmp_path / "a.h5", events, start)
    assert recover(journal_of(path)).out == tmp_path / "a.recovered.h5"


def test_a_damaged_chunk_costs_only_what_it_holds(tmp_path, maker, start, notes):
    events = maker.pair_events(60.0)
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    for event in events:
        recorder.append(event)
    recorder.close(None)
    with h5py.File(path) as file:
        chunks = [file["raw/bytes"].id.get_chunk_info(i) for i in range(3)]
    broken = bytearray(path.read_bytes())
    broken[chunks[1].byte_offset + chunks[1].size // 2] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(DamagedFile):
        read_all(path)
    rescue = recover(path)
    assert rescue.source == "HDF5"
    recording = open_recording(rescue.out)
    saved = list(recording.events())
    recording.close()
    assert rescue.missing == len(events) - len(saved)
    assert 0.3 * len(events) < len(saved) < len(events)
    assert all(event in events for event in saved[::97])
    assert saved[0] == events[0]
    assert saved[-1] == events[-1]


def test_when_the_start_is_lost_the_hdf5_file_still_knows_it(tmp_path, events, start, notes):
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    recorder.close(None)
    writer = JournalWriter(journal_of(path), force=False)
    for number, event in enumerate(events):
        writer.write(encode(record_of(event), number=number + 3))
    writer.close(remove=False)
    with pytest.raises(DamagedFile, match="insole recover"):
        open_recording(path)
    rescue = recover(path)
    recording = open_recording(rescue.out)
    assert recording.start == start
    recording.close()


def test_nothing_is_overwritten_unless_forced(tmp_path, events, start):
    path = cut_off(tmp_path / "a.h5", events, start)
    out = recovered_name(path)
    out.write_bytes(b"precious")
    with pytest.raises(WouldOverwrite):
        recover(path)
    assert out.read_bytes() == b"precious"
    recover(path, force=True)
    assert validate(out) == []


def test_the_input_is_never_the_output(path):
    before = path.read_bytes()
    with pytest.raises(RequestError, match="never modified"):
        recover(path, path, force=True)
    assert path.read_bytes() == before


def test_a_running_recording_is_left_alone(tmp_path, start, notes, events):
    path = tmp_path / "a.h5"
    recorder = open_recorder(path, start=start, notes=notes)
    recorder.append(events[0])
    with pytest.raises(JournalBusy):
        recover(path)
    recorder.close(None)


def test_nothing_to_save_is_said_and_leaves_no_file(tmp_path, start):
    path = cut_off(tmp_path / "a.h5", [], start)
    with pytest.raises(DamagedFile, match="no readable event"):
        recover(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5.journal"]


def test_packets_of_a_protocol_that_is_not_installed_are_kept(tmp_path, start):
    from insole.model.stream import Connected, Packet

    events = [
        Connected("X", 1, "unheard-of", "AA", "n", 23),
        *(Packet("X", "c", 2 + i, bytes([i])) for i in range(5)),
    ]
    rescue = recover(cut_off(tmp_path / "a.h5", events, start))
    assert rescue.packets == 5
    assert "not decoded" in rescue.notes[0]
    recording = open_recording(rescue.out)
    assert list(recording.events()) == events
    recording.close()


def test_the_command_says_what_is_safe(tmp_path, events, start, capsys):
    path = cut_off(tmp_path / "a.h5", events, start)
    assert main(["recover", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["safe"]["packets"] == sum(type(e).__name__ == "Packet" for e in events)
    assert document["missing"] == {"records": 0, "damaged_bytes": 0, "tail_bytes": 0}
    assert main(["recover", str(path), "--force"]) == 0
    assert "packets" in capsys.readouterr().out
    assert main(["recover", str(path)]) == 2
