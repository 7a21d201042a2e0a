"""Decisions about a finished recording: beside it, in force everywhere, and taken back."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import insole
from insole.api import replay_session
from insole.cli import main
from insole.deciding import decide, decisions
from insole.errors import FileError, RequestError
from insole.live.desk import Desk
from insole.metrics.personal import unlike
from insole.model.foot import Side
from insole.model.stream import Mark
from insole.model.trial import Decision, StartState
from insole.reviewing import review
from insole.trial import RunningTrial
from insole_recordings.additions import ADDITIONS, additions_of
from insole_recordings.records import BadRecord, decision_of, from_json, start_of, to_json

SPEC = "run?speed=3.3&seed=3&seconds=14&fast=1&drop_at.right=6&drop_for=1"
CUT = Decision(from_s=4.0, to_s=10.0)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A recorded run of some seconds, whose right insole is lost for one of them."""
    home = tmp_path_factory.mktemp("decided")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSOLE_HOME", str(home))
        assert main(["record", str(home / "run.h5"), "--simulate", SPEC]) == 0
    return home / "run.h5"


@pytest.fixture
def file(once, tmp_path):
    copy = tmp_path / "run.h5"
    shutil.copy(once, copy)
    return copy


def result(path):
    return insole.analyze(path)


def test_a_decision_lies_beside_the_file_and_the_file_stays_as_it_is(file):
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    kept = decide(file, Decision(judgement="keep", swapped=True))
    assert kept.when
    assert decisions(file) == (kept,)
    decide(file, Decision(judgement="repeat"))
    assert [one.judgement for one in decisions(file)] == ["keep", "repeat"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert additions_of(file).is_file()


def test_swapped_feet_are_swapped_in_every_number_and_taken_back_whole(file):
    plain = result(file)
    decide(file, Decision(swapped=True))
    other = result(file)
    for name in ("foot_strike_s", "contact_s", "impulse_N_s", "po50_N_s", "tripod_heel"):
        np.testing.assert_array_equal(other.right.value[name], plain.left.value[name])
        np.testing.assert_array_equal(other.left.value[name], plain.right.value[name])
    assert other.feet[Side.LEFT].capability.serial == plain.feet[Side.RIGHT].capability.serial
    assert other.to_dict()["provenance"]["decision"]["swapped"] is True
    decide(file, Decision())
    assert result(file).result_sha256 == plain.result_sha256


def test_what_was_cut_off_is_in_no_result(file):
    plain = result(file)
    decide(file, CUT)
    cut = result(file)
    strikes = {
        name: np.concatenate([one.left.value["foot_strike_s"], one.right.value["foot_strike_s"]])
        for name, one in (("plain", plain), ("cut", cut))
    }
    assert strikes["cut"].min() > CUT.from_s - 0.1
    assert strikes["cut"].max() < CUT.to_s + 0.1
    whole = cut.left.valid
    inside = [np.argmin(np.abs(plain.left.value["foot_strike_s"] - one))
              for one in cut.left.value["foot_strike_s"][whole]]  # fmt: skip
    np.testing.assert_allclose(
        cut.left.value["contact_s"][whole], plain.left.value["contact_s"][inside], atol=2e-3
    )
    assert cut.feet[Side.LEFT].last_s - cut.feet[Side.LEFT].first_s < 6.1
    expected = cut.feet[Side.LEFT].ledger.expected
    assert expected == pytest.approx(6.0 * cut.feet[Side.LEFT].capability.rate_hz, rel=0.03)


def test_a_replay_of_a_decided_file_has_the_result_of_its_analysis(file):
    decide(file, replace(CUT, swapped=True))
    session = replay_session(file, speed=float("inf"))
    session.start()
    assert session.wait(60)
    assert session.close().result_sha256 == result(file).result_sha256


def test_marks_outside_are_out_too():
    trial = RunningTrial(StartState(decision=CUT))
    trial.feed([Mark(int(at * 1e9), str(at)) for at in (3.9, 4.0, 10.0, 10.1)])
    assert [mark.text for mark in trial.marks] == ["4.0", "10.0"]


@pytest.mark.parametrize("cut", [(5.0, 5.0), (6.0, 5.0), (float("nan"), 5.0), (0.0, float("inf"))])
def test_a_cut_that_leaves_nothing_is_refused(file, cut):
    with pytest.raises(RequestError, match="nothing would be left"):
        decide(file, Decision(from_s=cut[0], to_s=cut[1]))
    assert decisions(file) == ()


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path):
    with pytest.raises(FileError, match="cannot be stored"):
        decide(tmp_path / "nowhere" / "run.h5", Decision(judgement="keep"))


def test_a_damaged_decision_is_left_out_and_the_one_before_holds(file):
    first = decide(file, Decision(judgement="keep"))
    whole = additions_of(file).read_bytes()
    decide(file, Decision(judgement="repeat"))
    both = bytearray(additions_of(file).read_bytes())
    both[len(whole) + 40] ^= 0xFF
    additions_of(file).write_bytes(bytes(both))
    assert decisions(file) == (first,)


@given(
    begin=st.none() | st.floats(-10, 1e4), end=st.none() | st.floats(-10, 1e4),
    swapped=st.booleans(), judgement=st.sampled_from(["", "keep", "repeat"]), when=st.text(),
)  # fmt: skip
def test_a_decision_comes_back_as_it_was(begin, end, swapped, judgement, when):
    one = Decision(judgement, begin, end, swapped, when)
    assert decision_of(from_json(to_json(asdict(one)))) == one
    start = StartState(decision=one)
    assert start_of(from_json(to_json(asdict(start)))) == start


@pytest.mark.parametrize(
    "body",
    [
        {}, {"judgement": "burn"}, {"judgement": 7, "swapped": False, "when": ""},
        {"judgement": "", "swapped": False, "when": "", "from_s": "soon"},
        {"judgement": "", "swapped": False, "when": "", "to_s": float("inf")},
    ],
)  # fmt: skip
def test_what_is_no_decision_is_refused(body):
    with pytest.raises((BadRecord, ValueError, TypeError)):
        decision_of(body)


def test_a_trial_that_is_to_be_made_again_is_no_session_of_a_baseline(file):
    own = result(file).to_dict() | {"notes": {"athlete": "A7"}}
    decide(file, Decision(judgement="repeat"))
    other = result(file).to_dict() | {"notes": {"athlete": "A7"}}
    assert unlike(own, own) == ""
    assert unlike(own, other) == "it was to be repeated"


def test_one_look_finds_the_hole_the_news_of_the_link_and_all_steps(file):
    seen = review(file)
    (hole,) = [one for one in seen.holes if one.long_s > 0.5]
    assert hole.side is Side.RIGHT
    assert hole.lost > 0
    kinds = {one.kind for one in seen.happenings}
    assert {"gap", "link"} <= kinds
    at = [one.at_s for one in seen.happenings]
    assert at == sorted(at)
    whole = result(file)
    assert len(seen.steps["side"]) == len(whole.left) + len(whole.right)
    assert seen.end_s > 13.0
    assert all(hole.to_s <= seen.end_s for hole in seen.holes)
    assert seen.decision == Decision()
    assert seen.first_s == whole.start_s


def test_findings_of_the_day_and_those_worked_out_are_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    path = tmp_path / "dead.h5"
    spec = "run?speed=3.3&seed=3&seconds=14&fast=1&stuck.left=2"
    assert main(["record", str(path), "--simulate", spec]) == 0
    of_the_day = review(path)
    found = [one for one in of_the_day.happenings if one.kind == "sensor"]
    assert found
    monkeypatch.setattr("insole.reviewing.MOST_BYTES", 0)
    assert review(path).happenings == of_the_day.happenings


def test_one_look_at_a_cut_file_counts_what_is_left(file):
    plain = review(file)
    decide(file, CUT)
    cut = review(file)
    assert 0 < len(cut.steps["side"]) < len(plain.steps["side"])
    assert cut.first_s == pytest.approx(4.0, abs=0.1)
    assert cut.holes == plain.holes  # of the whole file: what was cut off can be looked at
    strikes = cut.steps["columns"]["foot_strike_s"] + cut.first_s
    assert strikes.min() > 3.9
    assert strikes.max() < 10.1


def test_a_table_of_somebody_else_is_looked_through_and_decided_about_too(tmp_path):
    time = np.arange(800) / 100.0
    force = 3.0 + 700.0 * np.clip(np.sin(2 * np.pi * time / 0.7), 0.0, None)
    table = np.column_stack([time, force, np.roll(force, 35)])
    path = tmp_path / "walk.csv"
    np.savetxt(path, table, "%.4f", ",", header="t,L1,R1", comments="")
    seen = review(path)
    assert len(seen.steps["side"]) > 10
    decide(path, Decision(to_s=4.0))
    assert len(review(path).steps["side"]) < len(seen.steps["side"])
    assert json.dumps(seen.steps["flags"])


def test_the_desk_opens_a_decided_file_anew_where_it_stood(file):
    desk = Desk(file=file, speed=float("inf"))
    try:
        desk.pause()
        desk.seek(5.0)
        desk.decide(Decision(judgement="keep"))
        session = desk._session
        desk.decide(Decision(judgement="keep", from_s=4.0))
        assert desk._session is not session
        assert desk.view().replay.position_s == pytest.approx(5.0, abs=0.2)
        assert desk.view().replay.paused
        assert [one.from_s for one in desk.reviewed().decided] == [None, 4.0]
    finally:
        desk.close()


def test_additions_of_both_kinds_share_one_file(file):
    decide(file, Decision(judgement="keep"))
    assert ADDITIONS.calibrations(file) == ()


def test_the_terminal_decides_says_so_and_takes_it_back(file, capsys):
    assert main(["decide", str(file), "--keep", "--from", "4"]) == 0
    assert "Keep it. Cut to 4.0–its end." in capsys.readouterr().out
    assert main(["decide", str(file), "--swap", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["judgement"], said["from_s"], said["swapped"]) == ("keep", 4.0, True)
    main(["analyze", str(file)])
    assert "Cut to 4.0–its end, feet swapped" in capsys.readouterr().out
    assert main(["decide", str(file), "--undo"]) == 0
    assert main(["decide", str(file), "--undo"]) == 0
    assert "Nobody has judged it. All of it counts." in capsys.readouterr().out
    assert main(["decide", str(file), "--undo"]) == 2
    assert "nothing to take back" in capsys.readouterr().err
    assert main(["decide", str(file), "--undo", "--swap"]) == 2
    main(["analyze", str(file)])
    assert "decided" not in capsys.readouterr().out


def test_nothing_is_decided_about_what_cannot_be_read(tmp_path, capsys):
    assert main(["decide", str(tmp_path / "none.h5"), "--keep"]) == 2
    assert "no such file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
