"""Places where a file cannot be read or written: one line that says so, whatever the command."""

from __future__ import annotations

import csv
from dataclasses import asdict
from math import sin
from pathlib import Path

import pytest

from insole.api import open_recording
from insole.cli import main
from insole.model.stream import Samples
from insole.model.trial import StartState, TrialNotes
from insole_recordings.journal import JournalWriter, encode, journal_of
from insole_recordings.records import Kind, Record, record_of, to_json
from insole_recordings.rewrite import write_recording

FULL = Path("/dev/full")  # refuses every byte with "no space left"


def line(capsys) -> str:
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1, said
    return said[0]


def samples_in(recording) -> int:
    return sum(len(item.sequence) for item in recording.decoded() if isinstance(item, Samples))


@pytest.mark.parametrize("folder", [".", "/", ".."])
@pytest.mark.parametrize(
    "command", ["validate {}", "recover {}", "redecode {} -o out.h5", "info {}", "analyze {}"]
)
def test_a_folder_is_a_file_for_no_command(command, folder, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command.format(folder).split()) == 2
    assert "unforeseen" not in line(capsys)
    assert not list(tmp_path.iterdir())


def test_a_recording_opens_by_its_name_when_only_its_journal_is_left(tmp_path, record, events):
    whole = open_recording(record(tmp_path / "whole.h5", events))
    alone = tmp_path / "alone.h5"
    writer = JournalWriter(journal_of(alone), force=False)
    head = (Record(Kind.START, 0, to_json(asdict(whole.start))),)
    for number, kept in enumerate((*head, *map(record_of, events))):
        writer.write(encode(kept, number=number))
    writer.close(remove=False)
    assert samples_in(open_recording(alone)) == samples_in(whole) > 0


def test_a_file_is_no_folder_to_record_into(tmp_path, capsys):
    (tmp_path / "plain").write_text("x")
    assert main(["record", str(tmp_path / "plain" / "a.h5"), "--simulate", "--seconds", "1"]) == 2
    assert "is a file, not a folder" in line(capsys)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["analyze {} --csv {}", "export {} --to csv -o {}"])
def test_a_full_disk_is_status_1_and_said_as_such(command, tmp_path, maker, events, capsys):
    path, out = tmp_path / "a.h5", tmp_path / "out.csv"
    out.symlink_to(FULL)
    decoded = maker.decoded_of(events)
    write_recording(path, start=StartState(), notes=TrialNotes(), events=events, decoded=decoded)
    assert main([*command.format(path, out).split(), "--force"]) == 1
    assert "the disk is full" in line(capsys)


def test_two_files_of_the_same_name_stay_apart_in_one_table(tmp_path):
    rows = "\n".join(f"{i / 100:.2f},{900 * max(0.0, sin(0.09 * i)):.1f}" for i in range(600))
    names = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        names.append(str(tmp_path / folder / "walk.csv"))
        Path(names[-1]).write_text(f"t,L1\n{rows}\n")
    out = tmp_path / "steps.csv"
    assert main(["analyze", *names, "--mass", "70", "--csv", str(out)]) == 0
    with out.open(newline="") as file:
        assert {row["file"] for row in csv.DictReader(file)} == set(names)
