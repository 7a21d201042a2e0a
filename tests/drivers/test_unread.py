"""Packets come and no sample can be read: whoever waits is told why, live and in the summary."""

from __future__ import annotations

import pytest

from insole import plugins
from insole.cli import main
from insole_drivers.conformance.stage import Scene, play
from insole_drivers.protocols.open import PROTOCOL

SMALL = "packets hold 20 bytes only (MTU 23)"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("orphe_insole", "what comes cannot be read (20 bytes instead of 104"),
        ("solesync", "what comes cannot be read (20 bytes are no frames of 36"),
        ("named_json", "what comes cannot be read (a text is no JSON"),
        ("brilliantsole", SMALL),
        ("ukaton", SMALL),
    ],
)
@pytest.mark.timeout(120)
def test_who_gets_no_data_is_told_why_the_packets_were_of_no_use(name, why, capsys):
    spec = "run?seconds=8&fast=1&mtu=23"
    assert main(["demo", spec, "--protocol", name, "--headless", "--json"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    *_, error = told.err.splitlines()
    assert error.startswith("insole: error: no insole gives data")
    assert error.count(why) == 2  # left and right


@pytest.mark.timeout(120)
def test_a_foot_without_data_beside_one_that_gives_them_says_why_in_the_summary(capsys):
    spec = "run?seconds=8&fast=1&mtu.left=23"
    assert main(["demo", spec, "--protocol", "solesync", "--headless"]) == 0
    assert "left: no data. Left: streaming: what comes cannot be read" in capsys.readouterr().out


@pytest.mark.timeout(120)
def test_insoles_that_never_answer_are_no_success(capsys):
    assert main(["demo", "run?mute=1&fast=1&seconds=5", "--headless"]) == 3
    assert "it does not answer" in capsys.readouterr().err


def test_a_description_that_does_not_fit_is_said_while_it_streams():
    """The device sends frames of 20 bytes, the description that somebody wrote has 36."""
    story = play(plugins.protocol("solesync"), Scene(seconds=4.0, mtu=23))
    said = [text for text in story.texts("streaming") if "cannot be read" in text]
    assert said == ["Left: streaming: what comes cannot be read (20 bytes are no frames of 36)."]


def test_a_link_whose_samples_are_read_says_nothing_of_small_packets():
    story = play(PROTOCOL, Scene(seconds=4.0, mtu=23))
    assert story.texts("streaming") == ["Left: streaming."]
    assert not story.texts("stalled")
