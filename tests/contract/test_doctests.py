"""Examples in docstrings and in docs/api.md are run."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import insole

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name
    for package in ("insole", "insole_drivers", "insole_recordings")
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.timeout(60)
def test_the_page_on_python_shows_what_comes_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path))
    failed, tried = doctest.testfile(
        str(ROOT / "docs" / "api.md"), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert tried > 10
    assert failed == 0


def test_every_public_name_is_there():
    assert all(getattr(insole, name) is not None for name in insole.__all__)
