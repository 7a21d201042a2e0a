"""The alignment of the feet is part of the start state, and older files have none."""

from dataclasses import asdict

import pytest

from insole.model.trial import Alignment, StartState
from insole_recordings.records import BadRecord, from_json, start_of, to_json


def test_an_alignment_comes_back_as_it_was():
    start = StartState(alignment=Alignment("right", 0.0123, 0.0007, (2.0, 3.1, 4.3)))
    assert start_of(from_json(to_json(asdict(start)))).alignment == start.alignment


def test_a_file_of_before_has_none_and_a_broken_one_is_damage():
    fields = from_json(to_json(asdict(StartState())))
    del fields["alignment"]
    assert start_of(fields).alignment is None
    with pytest.raises(BadRecord):
        start_of(fields | {"alignment": {"device": "right"}})
