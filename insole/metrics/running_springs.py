"""The springs of a trial: means over the running steps of each foot."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from insole.metrics.springs import HEIGHT, SPEED, sine_springs
from insole.metrics.summary import effective_number
from insole.model.arrays import Bools, Floats
from insole.model.gait import Steps
from insole.parameters import Parameters
from insole.signal.momentum import beyond_level

RUN_DUTY = 0.50
STEP_SHARE = 0.75  # of a stride: a later contact of the other foot is no step of running


def section(
    left: Steps, right: Steps, *, mass_kg: float | None, feet: int, parameters: Parameters
) -> dict[str, Any]:
    """The section `springs` of the document: means over running steps of each foot.

    Uncertainty: the variation of steps over the root of their effective number, and the shared
    doubt of contact and flight time, which make each other longer and shorter.

    Args:
        left: table with the columns of `attach_pair`.
        right: the same of the other foot.
        mass_kg: body mass, or None.
        feet: how many feet give data.
        parameters: section `springs`.
    """
    speed, height = parameters["springs.speed_m_s"], parameters["springs.height_m"]
    said: dict[str, Any] = {
        "left": None,
        "right": None,
        "speed_m_s": speed or None,
        "height_m": height or None,
        "why": "",
        "not_available": {},
    }
    if feet < 2 or mass_kg is None:
        said["why"] = "it needs both feet" if feet < 2 else "body mass is not known"
        return said
    if slope := beyond_level(parameters):
        said["why"] = f"not on a slope of {slope:g}°"
        return said
    if not (speed > 0.0 and height > 0.0):
        lacks = [word for word, value in ((SPEED, speed), (HEIGHT, height)) if not value > 0.0]
        reason = f"{' and '.join(lacks)} not known: set springs.speed_m_s and springs.height_m"
        said["not_available"] = dict.fromkeys(("spring_dl_m", "spring_k_leg_kN_m"), reason)
    for steps in (left, right):
        rows = _running(steps)
        if np.count_nonzero(rows) > 1:
            said[steps.side.value] = _means(steps, rows, mass_kg, parameters)
    if said["left"] is None and said["right"] is None:
        said["why"] = "no running steps with contact and flight time"
    return said


def _running(steps: Steps) -> Bools:
    """(k,) valid contacts of running that a flight follows."""
    if not len(steps) or "flight_s" not in steps.value:
        return np.zeros(len(steps), np.bool_)
    contact, flight = steps.value["contact_s"], steps.value["flight_s"]
    with np.errstate(invalid="ignore"):
        runs = (steps.value["duty_factor"] < RUN_DUTY) & (flight > 0.0) & (contact > 0.0)
    valid: Bools = np.asarray(steps.valid, np.bool_)
    # a flight before the same foot's contact is a hop, not a step of running
    step = steps.value["step_s"]
    return valid & runs & np.isfinite(step) & (step < STEP_SHARE * steps.value["stride_s"])


def _means(
    steps: Steps, rows: Bools, mass_kg: float, p: Parameters
) -> dict[str, dict[str, float | int | None]]:
    contact, flight = steps.value["contact_s"][rows], steps.value["flight_s"][rows]
    leg_m = p["springs.leg_per_height"] * p["springs.height_m"]
    doubt = np.hypot(steps.u_shared["contact_s"][rows], math.sqrt(2.0) * p["uncertainty.clock_s"])

    def columns(c: Floats, f: Floats) -> dict[str, Floats]:
        return sine_springs(
            c, f, mass_kg=mass_kg, g=p["physics.g"], speed_m_s=p["springs.speed_m_s"], leg_m=leg_m
        )

    value = columns(contact, flight)
    longer = columns(contact + doubt, flight - doubt)
    shorter = columns(contact - doubt, flight + doubt)
    found: dict[str, dict[str, float | int | None]] = {}
    for name, x in value.items():
        known = np.isfinite(x)
        n = int(np.count_nonzero(known))
        if n < 2:
            found[name] = dict.fromkeys(("mean", "sd", "u", "u_random", "u_shared")) | {"n": n}
            continue
        sd = float(x[known].std(ddof=1))
        random = sd / math.sqrt(effective_number(x[known]))
        change = 0.5 * (longer[name] - shorter[name])[known]
        common = float(np.sqrt(np.nanmean(change**2)))
        found[name] = {
            "mean": float(x[known].mean()),
            "sd": sd,
            "n": n,
            "u": math.hypot(random, common),
            "u_random": random,
            "u_shared": common,
        }
    return found
