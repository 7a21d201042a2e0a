"""The one registry of metrics: JSON, tables, tooltips and the page of definitions read it.

`segment` (number of breaks in the data before a step) is a column of the table, not a metric.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from insole.errors import RequestError
from insole.metrics import (
    force,
    gait_line,
    hops,
    landing,
    loading,
    pressure,
    push_off,
    rollover,
    springs,
    stood,
    sway,
    timing,
    tripod,
)
from insole.metrics.spec import BOTH, COP, FAST, FORCE, MASS, MEDIUM, PRESSURE, MetricSpec
from insole.model.arrays import Floats
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.signal.rollover import STRIKE_RATE_HZ

__all__ = [
    "SUMMARISED",
    "TIME_COLUMNS",
    "MetricSpec",
    "all_metrics",
    "get",
    "knows",
    "not_available",
    "symbol",
]

LOADING_RATE_HZ = 200.0
DEFAULT_LEVEL = "5%BW"  # as the definitions name it

_ALL = {
    spec.id: spec
    for family in (
        timing,
        force,
        push_off,
        rollover,
        loading,
        tripod,
        pressure,
        gait_line,
        sway,
        stood,
        hops,
        landing,
        springs,
    )
    for spec in family.SPECS
}

TIME_COLUMNS = frozenset({"foot_strike_s", "toe_off_s"})
"""Columns on the pipeline's axis: a mean of them says nothing."""

SUMMARISED = tuple(
    name for name, spec in _ALL.items() if spec.table == "steps" and name not in TIME_COLUMNS
)
"""Columns that a summary has, in order."""


IN_NEWTONS = tuple(
    name
    for name, spec in _ALL.items()
    if spec.table == "steps"
    and spec.unit.startswith(("N", "BW", "W", "kPa"))
    and FORCE in spec.needs
)
"""Columns that a wrong force scale spoils; shares and times it does not."""

BESIDE_IN_NEWTONS = tuple(
    name
    for name, spec in _ALL.items()
    if spec.table in ("standing", "hops")
    and spec.unit.startswith(("N", "BW", "kPa"))
    and FORCE in spec.needs
)
"""The same of standing and hops."""


def needs_scale(spec: MetricSpec) -> bool:
    """It cannot be given in counts; times and shares within one foot can.

    So for forces and pressures, what uses body weight, and what weighs one foot against the other.
    """
    is_scaled = spec.unit.startswith(("N", "BW", "W", "kN", "kPa"))
    between = BOTH in spec.needs and spec.unit in ("1", "%")
    uses_scale = is_scaled or between or MASS in spec.needs or PRESSURE in spec.needs
    return FORCE in spec.needs and uses_scale


def without_scale(steps: Steps) -> Steps:
    """Steps of an insole that gives counts: what would be newtons is not there."""

    def kept(columns: dict[str, Floats]) -> dict[str, Floats]:
        return {
            name: np.full_like(column, np.nan) if name in _SCALED else column
            for name, column in columns.items()
        }

    return replace(steps, value=kept(steps.value), u=kept(steps.u), u_shared=kept(steps.u_shared))


_SCALED = frozenset(name for name, spec in _ALL.items() if needs_scale(spec))


def all_metrics() -> tuple[MetricSpec, ...]:
    """Every metric, by family."""
    return tuple(_ALL.values())


def knows(name: str) -> bool:
    """Is it a metric of ours?"""
    return name in _ALL


def get(name: str) -> MetricSpec:
    """The metric of this id.

    Raises:
        RequestError: there is none.
    """
    if name not in _ALL:
        close = [known for known in _ALL if name.lower().split("_")[0] in known.lower()]
        raise RequestError(
            f"unknown metric '{name}'",
            where="metrics",
            why=f"it is not one of {len(_ALL)}",
            fix=f"Did you mean {close[0]}" if close else "`insole metrics list` names them all",
        )
    return _ALL[name]


def symbol(spec: MetricSpec, *, parameters: Parameters, mass_known: bool) -> str:
    """Sign of a metric with the reporting level that is in force: it is part of the name.

    >>> symbol(get("po50_N_s"), parameters=Parameters({"events.rep_N": 50.0}), mass_known=True)
    'PO50@50N'
    """
    if parameters["events.rep_N"] > 0:
        level = f"{parameters['events.rep_N']:g}N"
    elif mass_known:
        level = f"{100 * parameters['events.rep_BW']:g}%BW"
    else:
        level = f"{100 * parameters['events.no_mass_share']:g}%F95"
    return spec.symbol.replace(DEFAULT_LEVEL, level)


def not_available(
    *,
    rate_hz: float,
    mass_known: bool,
    observable: Collection[str],
    feet: int,
    is_force: bool = True,
    is_pressure: bool = True,
) -> dict[str, str]:
    """Metric id to the reason why this hardware and set-up cannot give it.

    Args:
        rate_hz: nominal rate.
        mass_known: body mass is known.
        observable: names of REGIONS that have a sensor.
        feet: how many feet give data.
        is_force: values are forces or pressures, not counts without a scale.
        is_pressure: each sensor gives a pressure, or a force on an area that is known.
    """
    reasons: dict[str, str] = {}
    for spec in _ALL.values():
        missing = [need for need in spec.needs if need.isupper() and need not in observable]
        if spec.id.startswith(("tripod_", "coverage3")) and missing:
            reasons[spec.id] = f"no sensor under {', '.join(missing)}; see the barycentric shares"
        elif not is_force and needs_scale(spec):
            reasons[spec.id] = "the insole gives counts, and no scale to newtons is known"
        elif PRESSURE in spec.needs and not is_pressure:
            reasons[spec.id] = "the insole gives forces of zones, and no pressures"
        elif MASS in spec.needs and not mass_known:
            reasons[spec.id] = "body mass is not known"
        elif MEDIUM in spec.needs and rate_hz < STRIKE_RATE_HZ:
            reasons[spec.id] = f"insufficient rate: {rate_hz:g} Hz is below {STRIKE_RATE_HZ:g} Hz"
        elif FAST in spec.needs and rate_hz < LOADING_RATE_HZ:
            reasons[spec.id] = f"sampling rate {rate_hz:g} Hz is below {LOADING_RATE_HZ:g} Hz"
        elif BOTH in spec.needs and feet < 2:
            reasons[spec.id] = "it needs both feet"
        elif COP in spec.needs and not observable:
            reasons[spec.id] = "the layout has no sensor positions"
        elif missing:
            reasons[spec.id] = f"no sensor under {', '.join(missing)}"
    return reasons
