"""Pressure-insole pipeline: connect, record, replay and analyse plantar pressure.

`import insole` loads nothing heavy; the names below load what they need when first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing says it, without loading typing: `insole --help` must be quick
if TYPE_CHECKING:
    from typing import Any

    from insole.analysis import Analysis
    from insole.api import Pair, Trial, analyze, connect, open  # noqa: A004 - the promised name
    from insole.errors import InsoleError
    from insole.model.foot import SensorLayout, Side

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "InsoleError",
    "Pair",
    "SensorLayout",
    "Side",
    "Trial",
    "__version__",
    "analyze",
    "connect",
    "open",
]

_HOME = {
    "Analysis": "insole.analysis",
    "InsoleError": "insole.errors",
    "Pair": "insole.api",
    "SensorLayout": "insole.model.foot",
    "Side": "insole.model.foot",
    "Trial": "insole.api",
    "analyze": "insole.api",
    "connect": "insole.api",
    "open": "insole.api",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'insole' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """What can be asked for, loaded or not."""
    return sorted({*globals(), *__all__})
