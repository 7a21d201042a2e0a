"""Comparison of recordings: the statistics behind `insole compare` and `insole trend`.

Functions of plain numbers; nothing here opens a file. Section numbers in this package are those of
docs/compare.md. The names below load what they need when first used; a module never has the name
of a function, so that `insole.compare.curves` is the function whatever was imported before.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing says it, without loading typing
if TYPE_CHECKING:
    from typing import Any

    from insole.compare.adjusting import adjust
    from insole.compare.differences import Difference, difference, paired
    from insole.compare.doubts import Combined, Measurement, combine

__all__ = [
    "Combined",
    "Difference",
    "Measurement",
    "adjust",
    "combine",
    "difference",
    "paired",
]

_HOME = {
    "Combined": "doubts",
    "Difference": "differences",
    "Measurement": "doubts",
    "adjust": "adjusting",
    "combine": "doubts",
    "difference": "differences",
    "paired": "differences",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'insole.compare' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"insole.compare.{home}"), name)


def __dir__() -> list[str]:
    """What can be asked for, loaded or not."""
    return sorted({*globals(), *__all__})
