"""The template of a description, with UUIDs that nobody else has."""

from __future__ import annotations

from importlib.resources import files
from uuid import uuid4


def template() -> str:
    """A commented description that can be used as it is."""
    text = files("insole_drivers.described").joinpath("template.toml").read_text("utf-8")
    for place in ("@SERVICE@", "@NOTIFY@", "@WRITE@"):
        text = text.replace(place, str(uuid4()))
    return text
