"""The conformance page names every item and fault, and says what a driver does not pass."""

from __future__ import annotations

import runpy
from pathlib import Path

from insole_drivers.conformance.grade import Grade, Report
from insole_drivers.conformance.kit import ITEMS
from insole_drivers.virtual.faults import FAULTS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_made_of_grades():
    make = runpy.run_path(str(DOCS / "make_conformance.py"))
    marks = ("pass", "note", "fail")
    grades = tuple(
        Grade(item, marks[number % 3], f"seen {number}") for number, item in enumerate(ITEMS)
    )
    asked = Report("one", "First", grades)
    other = Report("two", "Second", tuple(Grade(item, "n/a", "files only") for item in ITEMS))
    page = make["page"]([asked, other])
    for item in ITEMS:
        assert f"- **{item}**: " in page
    for number, item in enumerate(ITEMS):
        assert (f"**{item}**: seen {number}" in page) == (number % 3 != 0)
    assert all(f"| `{key}` |" in page for key in FAULTS)
    assert "Not asked: files only." in page


def test_the_page_in_the_documentation_names_every_item_and_fault():
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")
    assert all(f"| {item} |" in page for item in ITEMS)
    assert all(f"| `{key}` |" in page for key in FAULTS)
