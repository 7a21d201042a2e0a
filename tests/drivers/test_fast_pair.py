"""`fast=1`: a virtual pair whose time jumps, through the same GATT, link, journal and file."""

from __future__ import annotations

import json

import pytest

from insole.cli import main
from insole.errors import RequestError
from insole_drivers.virtual.serve import serve
from insole_drivers.virtual.spec import parse


def told(capsys, *words: str) -> dict:
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


def test_the_file_says_what_the_session_said(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = "run?fast=1&seed=3&loss.left=0.05&drop_at.right=20&drop_for.right=2"
    words = ("--seconds", "40", "--record", "run.h5", "--headless", "--json")
    live = told(capsys, "demo", spec, *words)
    batch = told(capsys, "analyze", "run.h5", "--json")
    assert live["provenance"]["result_sha256"] == batch["provenance"]["result_sha256"]
    left, right = live["sides"]["left"], live["sides"]["right"]
    for foot in (left, right):
        assert foot["duration_s"] == pytest.approx(40, abs=0.5)
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
    assert left["lost"] > 0
    assert right["largest_gap_s"] >= 2.0


def test_the_same_pair_fast_and_slow_gives_the_same_samples(capsys):
    slow = told(capsys, "demo", "run?seconds=4&seed=5", "--headless", "--json")
    fast = told(capsys, "demo", "run?seconds=4&seed=5&fast=1", "--headless", "--json")
    for side in ("left", "right"):
        apart = fast["sides"][side]["samples"] - slow["sides"][side]["samples"]
        assert abs(apart) <= 2  # the last sample is before the end or not
        steps = [
            [round(step["contact_s"], 2) for step in made["steps"] if step["side"] == side]
            for made in (fast, slow)
        ]
        assert len(steps[0]) > 3
        assert abs(len(steps[0]) - len(steps[1])) <= 1  # the feet start when they are found


def test_a_pair_that_never_streams_comes_to_an_end(capsys):
    assert main(["demo", "run?seconds=5&fast=1&mute=1", "--headless", "--json"]) == 3
    said = capsys.readouterr()
    assert "no insole gives data" in said.err
    assert said.out == ""


def test_a_fast_pair_has_an_end_and_is_not_served():
    with pytest.raises(RequestError, match="no end"):
        parse("run?fast=1")
    with pytest.raises(RequestError, match="cannot be fast"):
        serve(parse("run?fast=1&seconds=5"), "tcp-server:127.0.0.1:0", tell=lambda _: None)
