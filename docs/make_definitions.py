"""Writes definitions.md from the registry that the program uses.

python docs/make_definitions.py
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from insole.metrics import registry

PAGE = Path(__file__).with_name("definitions.md")
HEAD = """# Definitions

Every number that the program gives, as `insole metrics show ID` tells it. This page is made
from the registry that the program computes with: `python docs/make_definitions.py`.
"""
FIRST = ("id", "name", "symbol", "unit")


def page() -> str:
    """The whole page."""
    specs: list[dict[str, Any]] = [asdict(spec) for spec in registry.all_metrics()]
    table = ["| number | symbol | unit | key in documents |", "|---|---|---|---|"]
    table += [
        f"| [{spec['name']}](#{anchor(spec)}) | {cell(spec['symbol'])} | {cell(spec['unit'])} "
        f"| `{spec['id']}` |"
        for spec in specs
    ]
    return "\n\n".join([HEAD.strip(), "\n".join(table), *(section(spec) for spec in specs)]) + "\n"


def section(spec: dict[str, Any]) -> str:
    """One number: what it is, and what the registry says of it, in the registry's order."""
    lines = [f"## {spec['name']} ({spec['id']})", ""]
    lines.append(f"{spec['symbol']}, in {spec['unit'] or 'no unit'}.")
    told = {key: text(value) for key, value in spec.items() if key not in FIRST}
    lines += [""] if any(told.values()) else []
    lines += [
        f"- **{key.replace('_', ' ').capitalize()}**: {value}"
        for key, value in told.items()
        if value
    ]
    return "\n".join(lines)


def anchor(spec: dict[str, Any]) -> str:
    """The name that the heading of `section` can be reached by."""
    heading = f"{spec['name']} ({spec['id']})".lower()
    return "".join(
        letter for letter in heading.replace(" ", "-") if letter.isalnum() or letter in "-_"
    )


def text(value: object) -> str:
    """A value in words."""
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value)
    return "" if value is None else " ".join(str(value).split())


def cell(value: str) -> str:
    """Text inside a table."""
    return value.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
