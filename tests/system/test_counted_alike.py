"""What was counted while packets came stands alike in every document of a recording."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from insole import api
from insole.cli import main
from insole_recordings.journal import JournalWriter, encode, journal_of
from insole_recordings.records import Kind, Record, record_of, to_json

SPEC = "run?seconds=8&corrupt=0.05&duplicate=0.05&reorder=0.05&drop_at=3&seed=2&fast=1"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    file = tmp_path_factory.mktemp("counted") / "run.h5"
    assert main(["demo", SPEC, "--headless", "--record", str(file), "--json"]) == 0
    return file


def told(capsys, *words):
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["sides"]


def test_live_batch_and_replay_count_the_same(recorded, capsys):
    with api.open(recorded) as trial:
        stored = trial._recording.stored_document()["sides"]
    assert stored["left"]["corrupt"] > 0
    assert stored["left"]["duplicates"] > 0
    assert stored["right"]["reordered"] > 0
    assert told(capsys, "analyze", str(recorded)) == stored
    assert told(capsys, "replay", str(recorded), "--speed", "max", "--headless") == stored


def test_a_recording_that_was_cut_off_is_counted_from_its_packets(recorded, tmp_path, capsys):
    with api.open(recorded) as trial:
        recording = trial._recording
        events, start = list(recording.events()), recording.start
        stored = recording.stored_document()["sides"]
    file = tmp_path / "cut.h5"
    writer = JournalWriter(journal_of(file), force=False)
    head = Record(Kind.START, 0, to_json(asdict(start)))
    for number, record in enumerate([head, *map(record_of, events)]):
        writer.write(encode(record, number=number))
    writer.close(remove=False)
    assert told(capsys, "analyze", str(file)) == stored
