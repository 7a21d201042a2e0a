"""The page of the virtual pair has every key with its range, and examples that can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from insole.cli import main
from insole_drivers.virtual import spec

PAGE = (Path(__file__).parents[2] / "docs" / "virtual-pair.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.+?`) \| (.+?) \| .+ \|$", PAGE, re.MULTILINE)
ALLOWED = {key: allowed for names, allowed in ROWS for key in re.findall(r"`([^`]+)`", names)}
COMMANDS = re.findall(r"^\$ insole (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("key", spec.PAIR)
def test_a_number_stands_there_with_its_range(key):
    stated = re.sub(r"[^0-9.]+", " ", ALLOWED[key]).split()
    assert [float(each) for each in stated] == [spec.PAIR[key].low, spec.PAIR[key].high]
    assert ("whole" in ALLOWED[key]) == spec.PAIR[key].is_whole


def test_no_other_key_is_missing_or_made_up():
    activities = re.findall(r"`([a-z-]+)`", PAGE.split("## Activities")[1].split("## Keys")[0])
    assert set(spec.ACTIVITIES) <= set(activities)
    others = {*spec.TEXTS, *spec.FEET, *spec.SWITCHES, f"{spec.SETTING}NAME"}
    in_keys = re.findall(r"^\| (`.+?`) \|", PAGE.split("## Keys")[1], re.MULTILINE)
    named = {key for names in in_keys for key in re.findall(r"`([^`]+)`", names)}
    assert named == {*spec.PAIR, *others}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_example_can_be_read(command, capsys):
    words = shlex.split(command)
    (asked,) = [word for word in words if "?" in word]
    assert spec.parse(asked)
    assert main([*words, "--help"]) == 0
    assert "usage" in capsys.readouterr().out
