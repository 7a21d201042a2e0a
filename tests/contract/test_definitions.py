"""The page of definitions says what the program computes."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_definitions_page_is_what_the_registry_says_now():
    told = importlib.util.spec_from_file_location(
        "make_definitions", ROOT / "docs" / "make_definitions.py"
    )
    assert told
    assert told.loader
    script = importlib.util.module_from_spec(told)
    told.loader.exec_module(script)
    page = (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
    assert page == script.page(), "run `python docs/make_definitions.py`"
