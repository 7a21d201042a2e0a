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
            found.append([sys.executable, "-m", "insole", *shlex.split(line)[2:]])
    return found


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
