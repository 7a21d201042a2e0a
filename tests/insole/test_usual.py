"""What is usual, out of results that recordings hold: same person, shoe, insoles and activity."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from insole import usual
from insole.errors import FileError
from insole.live.board import BoardView
from insole.live.engine import Session
from insole.metrics.personal import personal
from insole.model.foot import Side
from insole.usual import aim, aims_of, live_document, recordings_in, usual_of
from tests.insole.test_live_board import Script, said, watched


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


def stood(*, rear=0.55, medial=0.5, left=0.5, four=(0.5, 0.2, 0.2, 0.1), side=None, hold_s=10.0):
    """One time of standing, as a document has it."""

    def told(value):
        return {"value": value, "u": 0.01, "u_random": 0.005, "u_shared": 0.0}

    feet = [one.value for one in Side] if side is None else [side]
    three = [four[0], four[1] + four[3], four[2]]
    return {
        "side": side,
        "hold_s": hold_s,
        "tripod": dict.fromkeys(feet, three),
        "quadripod": {foot: list(four) for foot in feet},
        "standing_rearfoot_share": dict.fromkeys(feet, told(rear)),
        "standing_medial_share": dict.fromkeys(feet, told(medial)),
        "sway": dict.fromkeys(feet, None),
    } | ({"left_share": told(left)} if side is None else {})


def standing_document(*spans, activity="stand"):
    return document(activity=activity) | {"balance": {"spans": list(spans), "why": ""}}


def test_the_range_of_a_share_is_its_median_and_twice_the_spread_of_sessions():
    rears = [0.50, 0.56, 0.58]
    known = personal(
        {str(i): standing_document(stood(rear=rear)) for i, rear in enumerate(rears)}, skipped={}
    )
    low, high = known.ranges["rearfoot"]
    spread = 1.4826 * 0.02  # the median of 0.06, 0 and 0.02
    assert (low, high) == (pytest.approx(0.56 - 2 * spread), pytest.approx(0.56 + 2 * spread))
    low, high = known.ranges["left"]  # always the same: as wide as one session's own doubt
    assert (low, high) == (pytest.approx(0.48), pytest.approx(0.52))


def test_longer_times_of_standing_count_for_more():
    both = standing_document(stood(left=0.4, hold_s=30.0), stood(left=0.6, hold_s=10.0))
    known = personal({str(i): both for i in range(3)}, skipped={})
    assert np.mean(known.ranges["left"]) == pytest.approx(0.45)


def test_the_own_four_points_become_the_target_of_the_quadripod():
    shares = [(0.5, 0.2, 0.2, 0.1), (0.4, 0.3, 0.2, 0.1), (0.4, 0.2, 0.2, 0.2)]
    documents = [standing_document(stood(four=one, side="left")) for one in shares]
    known = personal({str(i): one for i, one in enumerate(documents)}, skipped={})
    assert known.targets["quadripod"] == pytest.approx(np.array([4, 2, 2, 1]) / 9)
    assert known.parameters["targets.quadripod.1"] == pytest.approx(4 / 9)


def test_results_of_before_there_were_such_entries_still_make_a_baseline():
    old = stood()
    for name in ("quadripod", "standing_rearfoot_share", "standing_medial_share"):
        del old[name]
    known = personal({str(i): standing_document(old) for i in range(3)}, skipped={})
    assert set(known.targets) == {"bipedal"}
    assert set(known.ranges) == {"left"}


def test_who_stands_is_compared_with_every_time_they_stood(folder):
    ran = standing_document(stood(rear=0.6), activity="run")
    never = document() | {"balance": {"spans": None, "why": "nobody stood for 3 s"}}
    own = OWN | {"activity": "stand"}
    known = usual_of(folder([ran, standing_document(stood(rear=0.6)), never, ran]), own)
    assert known.sessions == ("trial 0.h5", "trial 1.h5", "trial 3.h5")
    assert np.mean(known.ranges["rearfoot"]) == pytest.approx(0.6)
    assert known.feet["left"] == {}  # means of a run are nothing to stand by
    assert known.skipped["trial 2.h5"] == "it is run, not stand"


def test_aims_are_the_persons_own_after_three_sessions_and_defaults_before():
    three = {str(i): standing_document(stood(left=0.48)) for i in range(3)}
    aims = aims_of(personal(three, skipped={}))
    assert aims.own
    assert aims.sessions == 3
    low, high = aims.parameters.several("targets.left")
    assert (low, high) == (pytest.approx(0.46), pytest.approx(0.50))
    assert set(aims.bands[Side.LEFT]) == {"contact_s"}
    two = aims_of(personal(dict(list(three.items())[:2]), skipped={}))
    assert not two.own
    assert "3 are needed" in two.why
    assert two.parameters.several("targets.left") == (0.45, 0.55)


def test_the_board_takes_the_ranges_of_the_person_and_results_do_not():
    aims = aims_of(
        personal({str(i): standing_document(stood(left=0.3)) for i in range(3)}, skipped={})
    )
    items = list(said("stand", seconds=6.0))
    plain = watched(items)
    session = Session(Script(items))
    session.aim(aims)
    session.start()
    assert session.wait(60)
    view = session.view()
    document_ = session.close().to_dict()
    assert view.aims.own
    assert not plain.aims.own
    assert plain.ranges[0].inside is True
    assert view.ranges[0].inside is False
    assert document_["balance"]["spans"][0]["in_range"]["left_share"] is True
    assert document_["provenance"]["parameters_set"] == {}


def test_a_session_is_aimed_once_it_is_known_who_does_what(folder, monkeypatch):
    """The recordings are looked into in this process: they are made up here."""
    asked = []

    def apart(places, own):
        asked.append(own["activity"])
        return usual_of(places, own)

    monkeypatch.setattr(usual, "usual_apart", apart)
    monkeypatch.setattr(usual, "LOOK_S", 0.001)
    kept = folder([standing_document(stood(left=0.3)) for _ in range(3)])
    places = recordings_in([kept])
    session = Looked(said_by("L1"))
    thread = aim(session, places, athlete="A7", shoe="grey")
    thread.join(30)
    assert asked == ["stand"]
    assert session.aims.own


class Looked:
    """A session that shows the same until it was aimed, and then ends."""

    def __init__(self, view):
        self._view, self.aims = view, None

    def wait(self, timeout_s):
        assert timeout_s > 0
        return self.aims is not None

    def view(self):
        return self._view

    def aim(self, aims):
        self.aims = aims


def said_by(serial):
    view = watched(said("stand", seconds=4.0))
    return replace(
        view,
        feet={
            side: replace(foot, capability=replace(foot.capability, serial=serial))
            for side, foot in view.feet.items()
        },
    )


def test_a_place_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileError, match="earlier sessions"):
        recordings_in([tmp_path / "nowhere"])
