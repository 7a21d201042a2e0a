"""Moving in a long file: from a moment that is kept it is the same as from the start."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from insole import api
from insole.cli import main
from insole.live import moments
from insole.model.foot import Side


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "run.h5"
    spec = "run?seconds=40&fast=1&seed=4&loss=0.01&drop_at=15&drop_for=2&mtu=60"
    assert main(["record", str(path), "--simulate", spec]) == 0
    return path


@pytest.fixture
def session(file, monkeypatch):
    monkeypatch.setattr(moments, "HISTORY_S", 6.0)
    monkeypatch.setattr(moments, "NEAREST_S", 5.0)
    monkeypatch.setattr(moments, "CHUNK_ITEMS", 100)
    session = api.replay_session(str(file), speed=math.inf, hold=True)
    session.replay.pause()
    session.start()
    yield session
    session.close()


def shown(session):
    """What somebody sees of the feet, without the history that is older than a kept moment."""
    view = session.view()
    feet = {}
    for side in Side:
        foot = view.feet[side]
        rows = foot.time_s > view.now_s - 6.0
        feet[side] = (
            foot.time_s[rows].tobytes(),
            foot.force_n[rows].tobytes(),
            foot.steps.value["po50_N_s"].tobytes(),
            foot.ledger,
            np.nan_to_num(foot.values).tobytes(),
            foot.total_n,
        )
    return view.now_s, view.activity, feet


@pytest.mark.parametrize("at_s", [22.0, 38.0])
def test_a_place_looks_the_same_the_second_time(session, at_s):
    session.seek(at_s)
    first = shown(session)
    fed = []
    source, seek = session.replay, session.replay.seek

    def counted(time_s, *, after=0):
        fed.append(after)
        return seek(time_s, after=after)

    source.seek = counted
    for other in (at_s, 7.0, at_s, 33.0, at_s):
        session.seek(other)
        if other == at_s:
            assert shown(session) == first
    assert fed[0] > 0
    assert fed[1] == 0
    assert fed[2] > 0


def test_results_after_moving_are_those_of_the_whole_file(session, file):
    for at_s in (37.0, 20.0, 37.0, 2.0, 31.0):
        session.seek(at_s)
    source = session.replay
    source.resume()
    while not (source.paused and source.position_s >= source.duration_s):
        session.await_news(session.view().version, 5.0)
    result = session.close()
    assert result.result_sha256 == api.analyze(str(file)).result_sha256


def test_few_moments_are_kept_however_long_the_file_is_and_however_often_it_is_moved(session):
    for at_s in np.linspace(5.0, 39.0, 20):
        session.seek(float(at_s))
    kept = session._moments
    assert 3 <= len(kept._spread) <= moments.MOST
    assert [one.time_s for one in kept._spread] == sorted(one.time_s for one in kept._spread)
    assert dataclasses.is_dataclass(kept._near)
