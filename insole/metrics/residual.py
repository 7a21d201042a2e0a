"""Push-off beyond what the length of the step explains: PO_res (science.md, section 4.2).

A longer step raises PO50 by itself. Once a runner's own steps at several cadences are known, a
straight line through them takes that away.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats
from insole.model.gait import Steps

FEWEST_STEPS = 200
FEWEST_CADENCES = 3
CADENCE_SPM = 5.0  # cadences are told apart by this much  [ED]
FEWEST_AT_A_CADENCE = 20  # steps that make a cadence count  [ED]


def residuals(left: Steps, right: Steps) -> tuple[Steps, Steps]:
    """Both tables with `po_res_N_s` = PO50 - (a + b·T_step), one line through both feet's steps.

    NaN in all rows until there are 200 valid steps of running at three cadences.
    """
    times, lates = zip(*(_known(one) for one in (left, right)), strict=True)
    line = fit(np.concatenate(times), np.concatenate(lates))
    return _with(left, line), _with(right, line)


def _column(steps: Steps, name: str) -> Floats:
    return steps.value.get(name, np.full(len(steps), np.nan))


def _known(steps: Steps) -> tuple[Floats, Floats]:
    """Step time and PO50 of valid steps of running."""
    time, late, flight = (_column(steps, name) for name in ("step_s", "po50_N_s", "flight_s"))
    good = np.asarray(steps.valid, np.bool_) & np.isfinite(time + late + flight)
    return time[good], late[good]


def fit(step_s: Floats, po50_n_s: Floats) -> tuple[float, float] | None:
    """A and b by least squares, or None while too few steps or cadences are known."""
    if len(step_s) < FEWEST_STEPS:
        return None
    cadence = np.floor(60.0 / step_s / CADENCE_SPM)
    _, count = np.unique(cadence, return_counts=True)
    if np.count_nonzero(count >= FEWEST_AT_A_CADENCE) < FEWEST_CADENCES:
        return None
    away = step_s - step_s.mean()
    slope = float(np.dot(away, po50_n_s) / np.dot(away, away))
    return float(po50_n_s.mean()) - slope * float(step_s.mean()), slope


def _with(steps: Steps, line: tuple[float, float] | None) -> Steps:
    late, time = _column(steps, "po50_N_s"), _column(steps, "step_s")
    none = np.full(len(steps), np.nan)
    value, u, shared = none, none, none
    if line is not None:
        value = late - (line[0] + line[1] * time)
        common = steps.u_shared["po50_N_s"]
        shared = np.abs(value / late) * common  # the line has the same scale
        own = np.sqrt(np.maximum(steps.u["po50_N_s"] ** 2 - common**2, 0.0))
        u = np.hypot(own, shared)
    return Steps(
        steps.side,
        steps.flags,
        {**steps.value, "po_res_N_s": value},
        {**steps.u, "po_res_N_s": u},
        {**steps.u_shared, "po_res_N_s": shared},
        steps.course,
    )
