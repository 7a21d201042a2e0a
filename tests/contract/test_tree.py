"""Rules about the files of the repository that no linter knows."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 500
TEXT = {".py", ".md", ".toml", ".sh", ".cfg", ".yml", ".json", ".csv", ".txt", ".lock", ""}
FORBIDDEN = {
    "an absolute path of somebody's machine": re.compile(
        r"(?<![\w.])/(?:home|Users|root|work|opt)/(?=[\w.])"
    ),
    "an unfinished place": re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b"),
    "a merge conflict": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Every file that git knows of, and new ones that it does not ignore."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git clone, so its list of files is not known")
    told = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in told.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str | None:
    """The file's text, or None for pictures and data."""
    if path.suffix not in TEXT or path.stat().st_size > 2_000_000:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_no_python_file_is_too_long_to_read(files):
    long = {
        str(path.relative_to(ROOT)): count
        for path in files
        if path.suffix == ".py"
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert not long


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(files, what):
    found = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group()}"
        for path in files
        if (text := text_of(path)) is not None
        for hit in FORBIDDEN[what].finditer(text)
    ]
    assert not found


def test_no_module_is_called_utils(files):
    assert not [path for path in files if path.stem in {"utils", "util", "helpers", "misc"}]


def test_the_changelog_begins_with_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert headings[0] == version


def test_lock_files_hold_versions_and_hashes_and_name_no_host():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|file:|@ |--(?:extra-)?index-url|--find-links", text)
        for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
            assert re.match(r"[a-z0-9.-]+(?:\[[a-z,]+\])?==", entry), entry
            assert "--hash=sha256:" in entry, entry


def test_the_program_runs_with_the_same_versions_as_its_tests():
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.M))

    program, tests = versions("requirements.lock"), versions("requirements-dev.lock")
    assert program.items() <= tests.items()


def test_every_direct_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    for line in wanted:
        name = re.match(r"[A-Za-z0-9.-]+", line)
        assert name
        assert re.search(rf"^{re.escape(name.group().lower())}(?:\[|==)", text, re.M), line
