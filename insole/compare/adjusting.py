"""Many metrics at once: p values adjusted for how many were looked at (section 5.4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from insole.errors import RequestError

METHODS = ("holm", "bh")


def adjust(p: Sequence[float | None], method: str) -> tuple[float | None, ...]:
    """Adjusted p values, in the given order.

    Args:
        p: of each metric; None for a metric that has none, which does not count.
        method: `holm` (Holm's step-down, for planned metrics) or `bh` (Benjamini and Hochberg's
            false discovery rate, for exploring).

    Returns:
        As many values, at most 1; None where there was none.

    Raises:
        RequestError: another method, or a value outside 0 to 1.

    >>> adjust([0.01, None, 0.04], "holm")
    (0.02, None, 0.04)
    """
    if method not in METHODS:
        raise RequestError(
            f"no method '{method}' of adjusting",
            where="adjust",
            why=f"there are {' and '.join(METHODS)}",
            fix="Choose one of them",
        )
    known = [value for value in p if value is not None]
    if not all(0.0 <= value <= 1.0 for value in known):
        raise RequestError(
            "a p value outside 0 to 1",
            where="adjust",
            why="it is a probability",
            fix="Leave out what was not tested: give None for it",
        )
    values = np.array(known, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    ranked, count = values[order], len(known)
    rank = np.arange(1, count + 1)
    if method == "holm":
        raised = np.maximum.accumulate(ranked * (count + 1 - rank))
    else:
        raised = np.minimum.accumulate((ranked * count / rank)[::-1])[::-1]
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(raised, 1.0)
    answers = iter(adjusted.tolist())
    return tuple(None if value is None else float(next(answers)) for value in p)
