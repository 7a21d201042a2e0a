"""The tutorial is true: its commands run, in its order, in one folder."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(console|python)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def calls() -> list[list[str]]:
    """Every command line and program of the page, in order."""
    found: list[list[str]] = []
    for kind, text in BLOCKS:
        if kind == "python":
            found.append([sys.executable, "-c", text])
            continue
        for line in text.splitlines():
            assert line.startswith("$ insole "), line
            found.append([sys.executable, "-m", "insole", *faster(shlex.split(line)[2:])])
    return found


def faster(words: list[str]) -> list[str]:
    """The same command on a pair whose seconds need not be waited for."""
    for place, word in enumerate(words):
        if word in ("demo", "--simulate") and words[0] in ("demo", "record"):
            spec = words[place + 1] if "?" in words[place + 1] else "recording?seed=0"
            at = slice(place + 1, place + 1 + ("?" in words[place + 1]))
            seconds = words[words.index("--seconds") + 1] if "--seconds" in words else None
            ends = "" if seconds is None else f"&seconds={seconds}"
            return [*words[: at.start], f"{spec}&fast=1{ends}", *words[at.stop :]]
    return words


@pytest.mark.timeout(300)
def test_every_command_of_the_tutorial_and_the_example_of_the_readme_work(tmp_path):
    environment = {**os.environ, "INSOLE_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    (readme,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for call in [*calls(), [sys.executable, "-c", readme]]:
        ran = subprocess.run(
            call,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        shown = shlex.join(call[2:])
        assert ran.returncode == 0, f"{shown}\n{ran.stderr}"
        assert ran.stdout.strip() or ran.stderr.strip(), f"{shown} says nothing"
        assert "Traceback" not in ran.stderr, shown


def test_the_tutorial_shows_the_commands_that_a_newcomer_meets_first():
    shown = {call[3] for call in calls() if call[1] == "-m"}
    assert {"scan", "demo", "info", "validate", "analyze", "replay", "export", "record"} <= shown
