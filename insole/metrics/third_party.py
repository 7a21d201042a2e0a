"""Metrics of other packages: a definition and a function of the table of steps.

This module knows nothing of entry points; `insole.analysis` loads them and hands them over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from insole.metrics.spec import MetricSpec
from insole.model.arrays import Floats
from insole.model.gait import Steps

Function: TypeAlias = Callable[[Steps], tuple[Floats, Floats, Floats]]
"""Table in; value, standard uncertainty and its part shared by the recording out, (k,) each."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What an entry point of the group `insole.metrics` names."""

    spec: MetricSpec
    compute: Function


@dataclass(frozen=True, slots=True)
class Added:
    """A table with further columns, and why others are not there.

    Attributes:
        steps: the table.
        failed: name of the entry point to the reason.
    """

    steps: Steps
    failed: Mapping[str, str]


def attach(steps: Steps, offered: Mapping[str, Any]) -> Added:
    """The table with a column of every metric that could be computed.

    Args:
        steps: with the columns of `attach_pair`.
        offered: name of the entry point to what it gave; anything may be among it.
    """
    value, u, shared = dict(steps.value), dict(steps.u), dict(steps.u_shared)
    failed: dict[str, str] = {}
    for name, metric in offered.items():
        if not isinstance(metric, Metric):
            failed[name] = f"{type(metric).__name__} is no Metric"
        elif metric.spec.id in value:
            failed[name] = f"the id {metric.spec.id} is taken"
        else:
            try:
                columns = _checked(metric.compute(steps), len(steps))
            except Exception as error:  # noqa: BLE001 - code of others: it must not end a trial
                failed[name] = f"{type(error).__name__}: {error}"
            else:
                value[metric.spec.id], u[metric.spec.id], shared[metric.spec.id] = columns
    return Added(Steps(steps.side, steps.flags, value, u, shared, steps.course), failed)


def _checked(answer: Any, k: int) -> tuple[Floats, Floats, Floats]:
    value, u, shared = (np.array(column, dtype=np.float64) for column in answer)
    for column in (value, u, shared):
        if column.shape != (k,):
            raise ValueError(f"{k} steps, but a column of shape {column.shape}")
    u = np.where(np.isfinite(value), np.maximum(u, shared), np.nan)
    return value, u, np.where(np.isfinite(value), shared, np.nan)
