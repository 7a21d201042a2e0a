"""The first command of the README, on a copy of the tree that was never set up."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = 1_500_000_000  # bytes: the installed packages


@pytest.mark.clean_install
@pytest.mark.timeout(600)
def test_a_newcomer_gets_real_steps_from_one_command(tmp_path):
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git clone, so its list of files is not known")
    if shutil.disk_usage(tmp_path).free < NEEDED:
        pytest.skip("less than 1.5 GB free for a second environment")
    listed = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    copy = tmp_path / "a fresh clone"
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)

    inherited = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONPATH", "VIRTUAL_ENV", "QT_QPA_PLATFORM", "DISPLAY"}
    }
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        ran = subprocess.run(
            [sys.executable, "go.py", "demo", "--headless", "--seconds", "6", "--json"],
            cwd=copy,
            env={**inherited, "INSOLE_HOME": str(tmp_path / "home")},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            check=False,
            timeout=500,
        )
    said = (tmp_path / "err").read_text(encoding="utf-8")
    if "package index cannot be reached" in said:
        pytest.skip("no package index can be reached from here")
    assert ran.returncode == 0, said
    document = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    assert document["schema"] == "insole.analysis/1"
    for side in ("left", "right"):
        ledger = document["sides"][side]
        told_apart = ledger["received"] + ledger["recovered"] + ledger["lost"]
        assert ledger["expected"] == told_apart > 0
    assert document["steps"]
