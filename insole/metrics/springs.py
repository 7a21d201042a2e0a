"""Springs of running by the sine method (science.md, section 9.2, G1).

The force of a contact is taken as a half sine whose impulse carries body weight over contact and
flight: times and body mass give peak, movement of the centre of mass and stiffness. Nothing of the
measured force enters. Invalid on slopes.
"""

from __future__ import annotations

import numpy as np

from insole.metrics.spec import BOTH, MASS, MetricSpec
from insole.model.arrays import Floats

_SOURCE = "science.md 9.2, G1"
_LIMITS = (
    "A model, not a measurement: reads 0.7 to 6.9 % below stiffness from a force plate; level "
    "ground at steady speed only. Depends on the reporting level of contact and flight time."
)
_LEG = " Leg length is 0.53 of body height."
SPEED, HEIGHT = "speed", "body height"


def _spec(
    name: str,
    symbol: str,
    words: str,
    unit: str,
    formula: str,
    definition: str,
    *,
    limits: str = _LIMITS,
    needs: tuple[str, ...] = (BOTH, MASS),
) -> MetricSpec:
    return MetricSpec(
        name, symbol, words, unit, formula, definition, _SOURCE, needs=needs, limits=limits,
        direction="compare with own baseline", ready="summary", table="springs",
    )  # fmt: skip


SPECS = (
    _spec("spring_peak_N", "F_m", "Peak force of the model", "N", "m·g·(π/2)·(t_f/t_c + 1)",
          "Peak of the half sine that carries body weight over contact and flight."),
    _spec("spring_dz_m", "Δz", "Lowering of the centre of mass", "m",
          "F_m·t_c²/(m·π²) - g·t_c²/8", "How far the body sinks in the first half of contact."),
    _spec("spring_k_vert_kN_m", "k_vert", "Vertical stiffness", "kN/m", "F_m / Δz",
          "Peak of the model over the lowering of the body."),
    _spec("spring_dl_m", "ΔL", "Shortening of the leg", "m",
          "L - √(L² - (v·t_c/2)²) + Δz, L = 0.53·height",
          "How much the leg spring is pressed together.", limits=_LIMITS + _LEG,
          needs=(BOTH, MASS, SPEED, HEIGHT)),
    _spec("spring_k_leg_kN_m", "k_leg", "Leg stiffness", "kN/m", "F_m / ΔL",
          "Peak of the model over the shortening of the leg.", limits=_LIMITS + _LEG,
          needs=(BOTH, MASS, SPEED, HEIGHT)),
)  # fmt: skip


def sine_springs(
    contact_s: Floats,
    flight_s: Floats,
    *,
    mass_kg: float,
    g: float,
    speed_m_s: float = 0.0,
    leg_m: float = 0.0,
) -> dict[str, Floats]:
    """Columns of `SPECS`, (k,); those of the leg are NaN without speed and leg length.

    Args:
        contact_s: (k,).
        flight_s: (k,) of the flight after it.
        mass_kg: body mass.
        g: m/s².
        speed_m_s: of running; 0: not known.
        leg_m: length of the leg; 0: not known.
    """
    peak = mass_kg * g * 0.5 * np.pi * (flight_s / contact_s + 1.0)
    dz = peak * contact_s**2 / (mass_kg * np.pi**2) - g * contact_s**2 / 8.0
    reach = 0.5 * speed_m_s * contact_s
    with np.errstate(invalid="ignore"):  # a step longer than the leg has no answer
        dl = leg_m - np.sqrt(leg_m**2 - reach**2) + dz
    if not (speed_m_s > 0.0 and leg_m > 0.0):
        dl = np.full(len(contact_s), np.nan)
    return {
        "spring_peak_N": peak,
        "spring_dz_m": dz,
        "spring_k_vert_kN_m": 1e-3 * peak / dz,
        "spring_dl_m": dl,
        "spring_k_leg_kN_m": 1e-3 * peak / dl,
    }
