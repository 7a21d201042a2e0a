"""The first command that a newcomer runs: it must work, or say what is missing in one line."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="uses a shell script as a stand-in")


@pytest.fixture
def project(tmp_path) -> Path:
    """A folder with what set-up needs to know about the project, and nothing more."""
    for name in ("go.py", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def go(project) -> ModuleType:
    """go.py as it sees itself in that folder."""
    told = importlib.util.spec_from_file_location("go_under_test", project / "go.py")
    assert told
    assert told.loader
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def pretend_ready(go: ModuleType, *, program: str) -> None:
    """An environment that is up to date, whose program is a shell script."""
    go.BIN.mkdir(parents=True)
    for path, text in {
        go.PYTHON: f'exec "{sys.executable}" "$@"',
        go.BIN / "insole": program,
    }.items():
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
    (go.VENV / "requirements.lock.done").write_text(go.stamp("requirements.lock"))


def call(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(project / "go.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_old_python_can_read_it():
    ast.parse((ROOT / "go.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_without_a_newer_one_is_told_what_is_needed(go, monkeypatch):
    monkeypatch.setattr(go.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(go.shutil, "which", lambda _: None)
    with pytest.raises(go.Stop, match=r"Python 3\.9, and insole needs 3\.11"):
        go.new_enough()


def test_an_old_python_finds_a_newer_one(go, monkeypatch):
    monkeypatch.setattr(go.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(go.shutil, "which", lambda name: name if name == "python3.12" else None)
    assert go.new_enough() == "python3.12"


@pytest.mark.parametrize(
    ("wrote", "told"),
    [
        ("NewConnectionError: Failed to establish", "package index cannot be reached"),
        ("ERROR: [Errno 28] No space left on device", "the disk is full"),
        ("created because ensurepip is not available", "sudo apt-get install python3-venv"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("ERROR: No matching distribution found for x", "no build for this system"),
        ("ERROR: something new", "ERROR: something new. Delete the folder .venv"),
    ],
)
def test_a_failed_step_is_told_in_words(go, wrote, told):
    go.VENV.mkdir()
    with pytest.raises(go.Stop) as stop:
        go.step(sys.executable, "-c", f"print({wrote!r}); raise SystemExit(1)")
    assert told in str(stop.value)
    assert "\n" not in str(stop.value)
    assert str(go.LOG) in str(stop.value)


def test_a_full_disk_is_told_even_when_the_log_could_not_be_written(go, monkeypatch):
    go.VENV.mkdir()
    monkeypatch.setattr(go.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(go.Stop, match="the disk is full"):
        go.step(sys.executable, "-c", "raise SystemExit(1)")


@posix
def test_a_second_start_sets_nothing_up_and_passes_arguments_and_status_on(go, project):
    pretend_ready(go, program='echo "$@"; exit 7')
    ran = call(project, "demo", "--seconds", "5", "--json")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("demo --seconds 5 --json\n", "", 7)


@posix
@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_is_noticed(go, project, name):
    pretend_ready(go, program="exit 0")
    assert go.is_done("requirements.lock")
    with (project / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert not go.is_done("requirements.lock")


def test_a_file_in_place_of_the_environment_ends_in_one_line(project):
    (project / ".venv").write_text("not a folder")
    ran = call(project, "demo")
    assert ran.returncode == 2
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("insole: error: set-up failed:")
    assert "Traceback" not in ran.stderr


def test_without_arguments_it_says_what_it_can_do(project):
    ran = call(project)
    assert ran.returncode == 0
    assert "go.py demo" in ran.stdout
    assert "go.py test" in ran.stdout
