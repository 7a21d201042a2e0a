"""Whatever can be set is read somewhere: a parameter that changes nothing would mislead."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BY_NAME = {"mask", "targets"}
"""Sections that are read key by key from a name made elsewhere."""


def test_every_parameter_is_read():
    defaults = tomllib.loads((ROOT / "insole" / "defaults.toml").read_text(encoding="utf-8"))
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("insole", "gui", "drivers", "recordings")
        for path in (ROOT / folder).rglob("*.py")
    )
    unread = [
        f"{section}.{key}"
        for section, table in defaults.items()
        for key in table
        if section not in BY_NAME and f"{section}.{key}" not in source
    ]
    assert not unread
