"""The page on insoles of one's own is true: its commands run and its examples are descriptions."""

from __future__ import annotations

import os
import re
import shlex
import struct
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from insole.layouts import for_count
from insole_drivers.described import model
from insole_drivers.described.description import loads, of_words
from insole_drivers.described.template import template

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "make-your-own.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```([a-z]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [text for kind, text in BLOCKS if kind == "toml"]


def run(call: list[str], folder: Path) -> str:
    environment = {**os.environ, "INSOLE_HOME": str(folder / "home"), "NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "insole", *call],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, f"{shlex.join(call)}\n{ran.stderr}"
    assert "Traceback" not in ran.stderr, shlex.join(call)
    return ran.stdout + ran.stderr


@pytest.mark.timeout(300)
def test_every_command_of_the_page_works_in_its_order(tmp_path):
    said: dict[str, str] = {}
    for kind, text in BLOCKS:
        if kind == "json":
            (tmp_path / "packets.json").write_text(text)
        elif kind == "console":
            for line in text.splitlines():
                assert line.startswith("$ insole "), line
                said[line] = run(
                    shlex.split(line.replace("?seconds=", "?fast=1&seconds="))[2:], tmp_path
                )
    assert all(said.values())
    assert "no mistakes" in said["$ insole protocols check my_insole"]
    scanned = said["$ insole scan --simulate 'run?protocol=my_insole'"]
    assert "left" in scanned
    assert "my_insole" in scanned
    decoded = said["$ insole decode my_insole packets.json"]
    assert "sample 1, 10000000 us: 100 0 0 0 0 0 0 0" in decoded
    assert "sample 2, 10020000 us: 101 0 0 0 0 0 0 4095 clipped" in decoded


def test_the_sketch_sends_the_frame_of_the_template():
    (sketch,) = [text for kind, text in BLOCKS if kind == "cpp"]
    members = re.findall(r"^  uint(\d+)_t (\w+)(?:\[(\d+)\])?;$", sketch, re.MULTILINE)
    sizes = {"8": "B", "16": "H", "32": "I"}
    form = "<" + "".join(f"{count or 1}{sizes[bits]}" for bits, _, count in members)
    made = loads(template(), name="my_insole").description
    assert struct.calcsize(form) == made.frame.size
    assert [name.removesuffix("_ms") for _, name, _ in members] == [x.name for x in made.fields]
    assert int(re.findall(r"PERIOD_MS = (\d+)", sketch)[0]) == 1000 / made.rate_hz
    assert 'NAME "MyInsole L"' in sketch
    assert made.side.left == ("* L",)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[1][:30])
def test_every_example_is_a_description_without_mistakes(text):
    part: dict[str, Any] = tomllib.loads(text)
    table = tomllib.loads(template()) | part
    pressures = [each for each in table["fields"] if each["use"] == "pressure"]
    (count,) = {each["count"] for each in pressures}
    table["layout"] = {"xy": for_count(count).xy.tolist()}
    made = of_words(table, name="example")
    assert made.layout.sensors == count
    assert (len(pressures) == 2) == (made.description.side.by == "halves")


def test_every_word_of_a_description_is_explained():
    explained = set(re.findall(r"`(\w+)`", PAGE.partition("## 7.")[2]))
    kinds = (
        *(
            model.Description,
            model.Find,
            model.Link,
            model.SideRule,
            model.Step,
            model.Repeat,
        ),
        *(model.Length, model.Checksum, model.Frame, model.Field, model.FrameSamples),
        *(model.Circuit, model.Sensors, model.Option),
    )
    words = {each.name for kind in kinds for each in fields(kind)}
    assert words - explained == set()
