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
    from insole.compare.answers import Difference, judged
    from insole.compare.bands import Band, baseline
    from insole.compare.batching import batches, recordings
    from insole.compare.block_tests import blocks
    from insole.compare.cohorts import Cohort, cohort
    from insole.compare.curve_tests import Curve, curves, joint_curves
    from insole.compare.differences import difference, paired
    from insole.compare.doubts import Combined, Measurement, combine
    from insole.compare.trends import Trend, trend

__all__ = [
    "Band",
    "Cohort",
    "Combined",
    "Curve",
    "Difference",
    "Measurement",
    "Trend",
    "adjust",
    "baseline",
    "batches",
    "blocks",
    "cohort",
    "combine",
    "curves",
    "difference",
    "joint_curves",
    "judged",
    "paired",
    "recordings",
    "trend",
]

_HOME = {
    "Band": "bands",
    "Cohort": "cohorts",
    "Combined": "doubts",
    "Curve": "curve_tests",
    "Difference": "answers",
    "Measurement": "doubts",
    "Trend": "trends",
    "adjust": "adjusting",
    "baseline": "bands",
    "batches": "batching",
    "blocks": "block_tests",
    "cohort": "cohorts",
    "combine": "doubts",
    "curves": "curve_tests",
    "difference": "differences",
    "joint_curves": "curve_tests",
    "judged": "answers",
    "paired": "differences",
    "recordings": "batching",
    "trend": "trends",
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
