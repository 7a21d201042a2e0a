"""The table of science items points to files and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "science.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| item")
]
TESTS = {path.stem: path for path in (ROOT / "tests").rglob("test_*.py")}


def named(text):
    return re.findall(r"`([^`]+)`", text)


def test_every_file_named_exists():
    files = [name for row in ROWS for name in named(row[1])]
    assert len(files) > 60
    assert not [name for name in files if not (ROOT / name).is_file()]


def test_every_test_named_exists():
    wanted = [name for row in ROWS for cell in row[2:] for name in named(cell) if "::" in name]
    missing = []
    for name in wanted:
        stem, _, function = name.partition("::")
        text = TESTS[stem].read_text(encoding="utf-8") if stem in TESTS else ""
        if not re.search(rf"^(async )?def {function}\(", text, re.MULTILINE):
            missing.append(name)
    assert not missing


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_built_has_a_file_and_a_test(row):
    assert len(row) == 4
    if row[1] != "not built":
        assert named(row[1])
        assert any("::" in name for name in named(row[2]))


@pytest.mark.parametrize("section", ["1", "2", "3", "4", "5", "7", "8", "9"])
def test_every_section_of_the_specification_has_its_table(section):
    assert re.search(rf"^## {section}\. ", PAGE, re.MULTILINE)
