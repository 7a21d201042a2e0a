"""A journal keeps every whole record, whatever happens to its bytes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insole.errors import DamagedFile, FileError, InsoleError, NewerFormat, UnknownFormat
from insole.model.foot import Side
from insole.model.stream import Connected, Disconnected, LinkState, Mark, Packet
from insole_recordings.journal import (
    HEADER,
    JournalReader,
    JournalWriter,
    encode,
    is_locked,
    journal_of,
)
from insole_recordings.records import BadRecord, Kind, Record, event_of, record_of

texts = st.text(max_size=20)
times = st.integers(-(2**63), 2**63 - 1)
sides = st.none() | st.sampled_from(Side)
any_event = st.one_of(
    st.builds(Packet, texts, texts, times, st.binary(max_size=600)),
    st.builds(Connected, texts, times, texts, texts, texts, st.integers(0, 517), sides),
    st.builds(Disconnected, texts, times, texts),
    st.builds(
        LinkState,
        texts,
        times,
        st.sampled_from(("searching", "streaming", "lost")),
        texts,
        sides,
        st.none() | st.integers(-127, 20),
    ),
    st.builds(Mark, times, texts),
)
quiet = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def written(path, records):
    writer = JournalWriter(path, force=True)
    for number, record in enumerate(records):
        writer.write(encode(record, number=number))
    writer.close(remove=False)
    return path.read_bytes()


def read(path):
    reader = JournalReader(path)
    return list(reader), reader.extent


@quiet
@given(events=st.lists(any_event, max_size=20))
def test_every_event_comes_back_as_it_was(tmp_path, events):
    path = tmp_path / "a.journal"
    written(path, [record_of(event) for event in events])
    records, extent = read(path)
    assert [event_of(record) for record in records] == events
    assert (extent.missing, extent.damaged_bytes, extent.tail_bytes) == (0, 0, 0)


@quiet
@given(events=st.lists(any_event, min_size=1, max_size=8), data=st.data())
def test_a_cut_at_any_byte_leaves_all_whole_records(tmp_path, events, data):
    path = tmp_path / "a.journal"
    records = [record_of(event) for event in events]
    whole = written(path, records)
    cut = data.draw(st.integers(HEADER.size, len(whole)))
    path.write_bytes(whole[:cut])
    ends, at = [], HEADER.size
    for number, record in enumerate(records):
        at += len(encode(record, number=number))
        ends.append(at)
    safe = sum(1 for end in ends if end <= cut)
    got, extent = read(path)
    assert got == records[:safe]
    assert extent.tail_bytes == cut - ([HEADER.size, *ends][safe])
    assert extent.damaged_bytes == 0


@quiet
@given(
    events=st.lists(any_event, min_size=2, max_size=8),
    position=st.floats(0, 1),
    bit=st.integers(0, 7),
)
def test_a_flipped_bit_costs_the_record_it_hits_and_no_other(tmp_path, events, position, bit):
    path = tmp_path / "a.journal"
    records = [record_of(event) for event in events]
    whole = bytearray(written(path, records))
    at = HEADER.size + int(position * (len(whole) - HEADER.size - 1))
    whole[at] ^= 1 << bit
    path.write_bytes(whole)
    got, extent = read(path)
    assert len(got) == len(records) - 1
    sizes = [len(encode(record, number=number)) for number, record in enumerate(records)]
    hit = next(i for i in range(len(sizes)) if HEADER.size + sum(sizes[: i + 1]) > at)
    assert got == records[:hit] + records[hit + 1 :]
    assert extent.damaged_bytes + extent.tail_bytes == sizes[hit]
    assert extent.missing == (1 if hit < len(records) - 1 else 0)


@quiet
@given(rubbish=st.binary(max_size=400), events=st.lists(any_event, min_size=1, max_size=4))
def test_rubbish_between_records_is_skipped(tmp_path, rubbish, events):
    path = tmp_path / "a.journal"
    records = [record_of(event) for event in events]
    whole = written(path, records)
    first = HEADER.size + len(encode(records[0], number=0))
    path.write_bytes(whole[:first] + rubbish + whole[first:] + rubbish)
    got, extent = read(path)
    assert got == records
    assert extent.damaged_bytes + extent.tail_bytes == 2 * len(rubbish)


@quiet
@given(content=st.binary(max_size=300))
def test_random_bytes_end_in_words(tmp_path, content):
    path = tmp_path / "a.journal"
    path.write_bytes(content)
    with pytest.raises(InsoleError):
        read(path)


@quiet
@given(content=st.binary(max_size=300))
def test_random_bytes_after_a_sound_header_are_all_accounted_for(tmp_path, content):
    path = tmp_path / "a.journal"
    head = written(path, [])
    path.write_bytes(head + content)
    records, extent = read(path)
    assert extent.safe_bytes + extent.damaged_bytes + extent.tail_bytes == len(head) + len(content)
    assert records == []


@quiet
@given(kind=st.integers(0, 255), body=st.binary(max_size=60))
def test_a_sound_record_with_a_foreign_body_is_refused_without_harm(kind, body):
    record = Record(kind, 0, body)
    try:
        event_of(record)
    except BadRecord:
        assert kind != Kind.PACKET


def test_a_long_claim_in_a_forged_head_does_not_hide_what_follows(tmp_path):
    path = tmp_path / "a.journal"
    good = [Record(Kind.MARK, i, b'{"text":"x"}') for i in range(3)]
    whole = written(path, good)
    forged = encode(Record(Kind.MARK, 9, b"y" * 50), number=9)[:-50]  # its body never came
    path.write_bytes(whole[: HEADER.size] + forged + whole[HEADER.size :])
    got, _ = read(path)
    assert good[-1] in got


def test_records_of_a_newer_program_are_given_as_they_are(tmp_path):
    path = tmp_path / "a.journal"
    written(path, [Record(99, 5, b"\x00\xff")])
    assert read(path)[0] == [Record(99, 5, b"\x00\xff")]


def test_lost_numbers_are_counted(tmp_path):
    path = tmp_path / "a.journal"
    writer = JournalWriter(path, force=False)
    for number in (0, 1, 7):
        writer.write(encode(Record(Kind.MARK, number, b"{}"), number=number))
    writer.close(remove=False)
    assert read(path)[1].missing == 5


def test_a_newer_journal_asks_for_an_update(tmp_path):
    import zlib

    path = tmp_path / "a.journal"
    head = bytearray(written(path, []))
    head[8:10] = (2).to_bytes(2, "little")
    head[12:16] = zlib.crc32(bytes(head[:12])).to_bytes(4, "little")
    path.write_bytes(head)
    with pytest.raises(NewerFormat):
        JournalReader(path)


def test_an_empty_a_missing_and_a_foreign_file_are_told_apart(tmp_path):
    path = tmp_path / "a.journal"
    with pytest.raises(FileError, match="No such file"):
        JournalReader(path)
    path.write_bytes(b"")
    with pytest.raises(DamagedFile, match="Nothing was recorded"):
        JournalReader(path)
    path.write_bytes(b"t,L1,R1\n0,1,2\n")
    with pytest.raises(UnknownFormat):
        JournalReader(path)
    with pytest.raises(FileError):
        JournalReader(tmp_path)


def test_the_lock_is_seen_by_another_process_and_ends_with_its_owner(tmp_path):
    path = journal_of(tmp_path / "a.h5")
    code = (
        "import sys; from pathlib import Path\n"
        "from insole_recordings.journal import JournalWriter\n"
        "w = JournalWriter(Path(sys.argv[1]), force=False); print('held', flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"held\n"
        assert is_locked(path)
        child.kill()
        child.wait(10)
    assert not is_locked(path)


def test_a_write_that_finds_no_room_leaves_whole_records(tmp_path, monkeypatch):
    path = tmp_path / "a.journal"
    writer = JournalWriter(path, force=False)
    record = Record(Kind.MARK, 1, b'{"text":"kept"}')
    writer.write(encode(record, number=0))
    import os

    real = os.write

    def half(fd, data):
        monkeypatch.setattr("insole_recordings.journal.os.write", full)
        return real(fd, bytes(data)[: len(data) // 2])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("insole_recordings.journal.os.write", half)
    with pytest.raises(OSError, match="No space"):
        writer.write(encode(record, number=1))
    writer.close(remove=False)
    got, extent = read(path)
    assert got == [record]
    assert extent.tail_bytes == 0
