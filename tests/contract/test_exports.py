"""What is promised to be there, is there."""

import importlib
import tomllib
from pathlib import Path

import pytest

import insole

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GROUPS = {"console_scripts": PROJECT["scripts"], **PROJECT["entry-points"]}
POINTS = {
    f"{group} {name}": value for group, points in GROUPS.items() for name, value in points.items()
}


def test_every_public_name_can_be_had():
    missing = [name for name in insole.__all__ if not hasattr(insole, name)]
    assert not missing


def test_public_names_are_sorted_and_told_by_dir():
    assert list(insole.__all__) == sorted(set(insole.__all__))
    assert set(insole.__all__) <= set(dir(insole))


def test_the_python_page_of_the_product_is_kept():
    assert {"open", "connect", "analyze", "InsoleError"} <= set(insole.__all__)


@pytest.mark.parametrize("value", POINTS.values(), ids=POINTS)
def test_every_entry_point_loads(value):
    module, _, attribute = value.partition(":")
    loaded = importlib.import_module(module)
    assert not attribute or getattr(loaded, attribute) is not None  # a pytest plug-in is a module
