"""The columns of a recording's steps say what its document says, and damage is said in words."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from insole import api, plugins
from insole.errors import DamagedFile
from insole.model.foot import Side
from insole.model.trial import StartState, TrialNotes

STEPS = [
    {"side": "left", "foot_strike_s": 0.1, "contact_s": 0.25, "po50_BW_s": None, "flags": []},
    {"side": "right", "foot_strike_s": 0.5, "contact_s": 0.26, "po50_BW_s": 0.2,
     "flags": ["gap", "late"]},
]  # fmt: skip
DOCUMENT = {
    "schema": "insole.analysis/1", "mass_kg": 62.0, "steps": STEPS,
    "sides": {side.value: {"lost": 3, "expected": 100} for side in Side},
}  # fmt: skip


def recorded(path, document):
    recorder = plugins.load("insole.recorders", "hdf5")(
        path, start=StartState(), notes=TrialNotes()
    )
    recorder.close(document)
    return path


def test_columns_are_those_of_the_document(tmp_path):
    found = api.open_recording(recorded(tmp_path / "a.h5", DOCUMENT)).stored_steps()
    for name in ("foot_strike_s", "contact_s", "po50_BW_s"):
        truth = np.array([np.nan if row[name] is None else row[name] for row in STEPS])
        np.testing.assert_array_equal(found["columns"][name], truth)
    assert found["side"] == ["left", "right"]
    assert [text.split(",") for text in found["flags"]] == [[""], ["gap", "late"]]
    assert (found["mass_kg"], found["lost"], found["expected"]) == (62.0, 6, 200)


def test_a_trial_that_never_ended_has_none(tmp_path):
    assert api.open_recording(recorded(tmp_path / "a.h5", None)).stored_steps() is None


def test_a_table_that_is_none_is_damage_in_words(tmp_path):
    path = recorded(tmp_path / "a.h5", DOCUMENT)
    with h5py.File(path, "a") as file:
        del file["steps/flags"]
        file["steps/flags"] = np.zeros((2, 2))
    recording = api.open_recording(path)
    with pytest.raises(DamagedFile, match="/steps"):
        recording.stored_steps()
