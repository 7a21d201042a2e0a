"""Sections of the document beside the steps: `gait_line`, `balance`, `hops` and `springs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insole.metrics import gait_line, hops, running_springs
from insole.metrics.balance import Foot, balance
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.signal.gait_line import GaitLine


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
    standing, quiet_s = balance(feet, mass_kg=mass_kg, start_s=start_s, parameters=parameters)
    found = hops.find(
        left,
        right,
        mass_kg=mass_kg,
        is_force=all(foot.is_force for foot in feet.values()),
        parameters=parameters,
    )
    why = "it needs both feet" if len(feet) < 2 else ""
    return {
        "gait_line": gait_line.section(lines),
        "balance": standing,
        "hops": hops.section(found, start_s=start_s, parameters=parameters, why=why),
        "springs": running_springs.section(
            left, right, mass_kg=mass_kg, feet=len(feet), parameters=parameters
        ),
    }, quiet_s
