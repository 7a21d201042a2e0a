"""Libraries that only some people need: loaded when asked for, with the remedy when absent."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from insole.errors import MissingExtra


def extra(module: str, *, name: str, what: str, where: str, instead: str) -> Any:
    """A module of an optional library.

    Args:
        module: its name, e.g. `pyarrow.parquet`.
        name: the extra of this program that brings it.
        what: what cannot be done without it.
        where: file or option.
        instead: what works without it, the end of a sentence.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra(
            what,
            where=where,
            why=f"{package} is not installed",
            fix=f"Run pip install 'insole[{name}]', or {instead}",
        ) from error
