"""Sections of the document beside the steps: `gait_line`, `balance`, `hops` and `springs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insole.metrics import gait_line, hops, registry, running_springs
from insole.metrics.balance import Foot, balance, written
from insole.metrics.landing import landing
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.signal.gait_line import GaitLine
from insole.signal.standing import meet


def movement(
    left: Steps,
    right: Steps,
    *,
    feet: Mapping[Side, Foot],
    lines: Mapping[Side, GaitLine],
    mass_kg: float | None,
    start_s: float,
    parameters: Parameters,
) -> tuple[dict[str, Any], float]:
    """The sections, and seconds of quiet standing.

    Args:
        left: table with the columns of `attach_pair`.
        right: the same of the other foot.
        feet: feet that gave data.
        lines: their gait lines.
        mass_kg: body mass, or None.
        start_s: first sample of the trial; times in the sections count from it.
        parameters: sections `standing`, `sway`, `balance`, `hops`, `springs`.
    """
    both = meet(feet[Side.LEFT].rows, feet[Side.RIGHT].rows) if len(feet) == len(Side) else None
    standing, quiet_s = balance(feet, both, mass_kg=mass_kg, start_s=start_s, parameters=parameters)
    is_force = all(foot.is_force for foot in feet.values())
    found = hops.find(left, right, mass_kg=mass_kg, is_force=is_force, parameters=parameters)
    why = "it needs both feet" if both is None else ""
    hopping = hops.section(found, start_s=start_s, parameters=parameters, why=why)
    for one in hopping["sets"] or ():
        if one["landed_s"] is None or both is None or mass_kg is None or not is_force:
            continue
        values = landing(
            both,
            strike_s=one["landed_s"] + start_s,
            bw_n=mass_kg * parameters["physics.g"],
            parameters=parameters,
        )
        one["landing"] = {name: written(value) for name, value in values.items()} or None
    return {
        "gait_line": gait_line.section(lines),
        "balance": standing,
        "hops": hopping,
        "springs": running_springs.section(
            left, right, mass_kg=mass_kg, feet=len(feet), parameters=parameters
        ),
    }, quiet_s


def without_scale(sections: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a trial whose force scale is in doubt: means in newtons and pressures go.

    Shares, times and what follows from times alone stay; rows of single hops keep what was
    measured.

    Args:
        sections: as `movement` gives them.
    """
    told = dict(sections)
    standing: dict[str, Any] = told.get("balance", {})
    spans: list[dict[str, Any]] | None = standing.get("spans")
    if spans:
        told["balance"] = {**standing, "spans": [_hidden(one) for one in spans]}
    hopping: dict[str, Any] = told.get("hops", {})
    sets: list[dict[str, Any]] | None = hopping.get("sets")
    if sets:
        told["hops"] = {
            **hopping,
            "sets": [{**one, "best": one["best"] and _hidden(one["best"])} for one in sets],
        }
    return told


def _hidden(entries: dict[str, Any]) -> dict[str, Any]:
    """Entries, the spoiled ones None as where there is no number."""
    return {
        name: None if name in registry.BESIDE_IN_NEWTONS else entry
        for name, entry in entries.items()
    }
