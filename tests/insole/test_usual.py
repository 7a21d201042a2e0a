"""What is usual, out of results that recordings hold: same person, shoe, insoles and activity."""

from __future__ import annotations

import os

import numpy as np
import pytest

from insole import usual
from insole.board import BoardView
from insole.errors import FileError
from insole.model.foot import Side
from insole.usual import live_document, usual_of


def document(*, athlete="A7", shoe="grey", activity="run", contact_s=0.25, device="L1"):
    foot = {"contact_s": {"mean": contact_s, "u_random": 0.001}}
    return {
        "notes": {"athlete": athlete, "shoe": shoe, "wall_clock": "2026-01-01T10:00:00+00:00"},
        "sides": {side.value: {"device": device, "layout": "generic16"} for side in Side},
        "activity": activity,
        "provenance": {"filter": "none"},
        "summary": {"left": foot, "right": foot, "symmetry": {}},
        "steps": [{}] * 10,
    }


OWN = {key: document()[key] for key in ("sides", "activity", "provenance")} | {
    "notes": {"athlete": "a7", "shoe": "Grey "}
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Recordings whose stored results are these, oldest first."""
    stored: dict[str, object] = {}

    def fill(documents):
        for number, one in enumerate(documents):
            path = tmp_path / f"trial {number}.h5"
            path.write_bytes(b"")
            os.utime(path, (number, number))
            stored[path.name] = one
        return tmp_path

    def read(path):
        found = stored[path.name]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(usual, "_stored", read)
    return fill


def test_three_trainings_of_a_kind_make_a_range(folder):
    times = [0.24, 0.25, 0.26]
    known = usual_of(folder([document(contact_s=time) for time in times]), OWN)
    assert known.why == ""
    assert known.feet["left"]["contact_s"].median == pytest.approx(np.median(times))
    assert known.sessions == ("trial 0.h5", "trial 1.h5", "trial 2.h5")


def test_what_is_of_another_kind_is_left_out_with_its_reason(folder):
    broken = FileError("damaged", where="x", why="y", fix="z")
    known = usual_of(
        folder([
            document(), document(athlete="B2"), document(shoe="blue"), document(activity="walk"),
            document(device="L9"), None, {"notes": {}}, broken, {"x": 1}, document(),
        ]),
        OWN,
    )  # fmt: skip
    assert known.sessions == ("trial 0.h5", "trial 9.h5")
    assert "3 are needed" in known.why
    assert known.skipped["trial 1.h5"] == "who it is is another one"
    assert known.skipped["trial 5.h5"] == "it holds no result"
    assert known.skipped["trial 6.h5"] == "it does not say who it is"
    assert known.skipped["trial 7.h5"] == "damaged"
    assert known.skipped["trial 8.h5"] == "its result is of another form"
    assert known.feet == {}


def test_only_the_newest_are_looked_into(folder):
    many = [document(contact_s=0.2)] * 30 + [document(contact_s=0.3)] * usual.ENOUGH
    known = usual_of(folder(many), OWN)
    assert len(known.sessions) == usual.ENOUGH
    assert known.feet["right"]["contact_s"].median == pytest.approx(0.3)


def test_an_empty_folder_has_no_range_and_nothing_connected_is_no_kind(tmp_path):
    assert "0 earlier sessions" in usual_of(tmp_path, OWN).why
    assert "0 earlier sessions" in usual_of(tmp_path / "none", OWN).why
    own = live_document(BoardView(), athlete="A7", shoe="")
    assert own["sides"] == {"left": None, "right": None}
