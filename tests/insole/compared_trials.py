"""Trials out of formulas, without files: what every step is worth is told."""

from __future__ import annotations

import hashlib

import numpy as np

from insole.compare.conditions import Conditions, FootConditions
from insole.compare.trials import FootSteps, Trial
from insole.model.foot import REGIONS, Side

FOOT = FootConditions(
    unit="unit 7",
    layout="generic16, 16 sensors, 265 mm",
    rate_hz=200.0,
    scale="curves",
    zero="tare",
    observable=REGIONS,
)
USUAL = Conditions(
    athlete="P1",
    shoe="flat",
    surface="road",
    activity="run",
    speed_m_s=3.0,
    cadence_spm=168.0,
    mass_kg=70.0,
    feet={Side.LEFT: FOOT, Side.RIGHT: FOOT},
    k_dyn=1.0,
    k_u=0.005,
    swing_share=0.0,
    sync_sd_s=0.001,
    worn_s=900.0,
    parameters="hash",
)
STEPS = 40


def usual_values(rng, *, contact_s, steps=STEPS):
    """Plausible numbers of a run around a contact time; the rest follows from formulas."""
    contact = contact_s + 0.004 * rng.standard_normal(steps)
    force = 1600.0 * 0.25 / contact
    impulse = 2.0 / np.pi * force * contact * (1.0 + 0.01 * rng.standard_normal(steps))
    return {
        "foot_strike_s": 10.0 + 0.714 * np.arange(steps),
        "contact_s": contact,
        "flight_s": 0.357 - contact,
        "cadence_spm": 168.0 + rng.standard_normal(steps),
        "duty_factor": contact / 0.714,
        "peak_force_N": force,
        "peak_force_BW": force / (70.0 * 9.80665),
        "impulse_N_s": impulse,
        "impulse_BW_s": impulse / (70.0 * 9.80665),
        "po50_N_s": 0.5 * impulse,
        "po50_BW_s": 0.5 * impulse / (70.0 * 9.80665),
        "po_eff_N_s": 0.5 * impulse,
        "po_eff_BW_s": 0.5 * impulse / (70.0 * 9.80665),
        "po50_share_percent": 50.0 + rng.standard_normal(steps),
        "tripod_heel": 0.3 + 0.01 * rng.standard_normal(steps),
        "share_hal": 0.12 + 0.01 * rng.standard_normal(steps),
        "cop_y_mm": 140.0 + 3.0 * rng.standard_normal(steps),
        "peak_pressure_kPa": 200.0 + 5.0 * rng.standard_normal(steps),
        "vilr_BW_per_s": 60.0 + 4.0 * rng.standard_normal(steps),
    }


def trial(seed, *, contact_s=0.25, day="2026-03-01", conditions=USUAL, spread_s=0.003, steps=STEPS):
    """A trial whose contact time lies around `contact_s`, otherwise for each seed."""
    rng = np.random.default_rng(seed)
    mean_s = contact_s + spread_s * rng.standard_normal()
    feet = {}
    for side in sorted(conditions.feet):
        value = usual_values(rng, contact_s=mean_s, steps=steps)
        peak = value["peak_force_BW"][:, None]
        node = np.linspace(0.0, np.pi, 101)
        force = peak * np.sin(node) + 0.01 * rng.standard_normal((steps, 1)) * np.sin(2 * node)
        feet[side] = FootSteps(value, force, np.full((101, 2), np.nan))
    rows = np.arange(steps)
    return Trial(
        name=f"{seed}.h5",
        sha256=hashlib.sha256(f"{seed}|{contact_s}|{day}".encode()).hexdigest(),
        day=day,
        feet=feet,
        conditions=conditions,
        used=steps * len(feet),
        left_out={"samples lost": 2},
        pairs=(rows, rows) if len(feet) == 2 else (rows[:0], rows[:0]),
    )


def several(count, *, first=0, **options):
    """So many trials, of one day unless told otherwise."""
    return [trial(first + number, **options) for number in range(count)]
