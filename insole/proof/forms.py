"""Forms of force whose every number is known: what trials of known truth are made of.

A form is a closed form of science.md, section 9.2 (run G1 and G2, walk G3, hop G4) with parameters
drawn once a trial from spans of real people (section 9.1): nobody's steps have one fixed form, and
what a method errs by depends on it. All spans are uniform; they are a type B prior in the words of
JCGM 100:2008, 4.3, and stand in `draw` and nowhere else. Force is kept on a grid of 2,001 points
of contact, on which truth (`known_truth`) is summed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Floats

Activity: TypeAlias = Literal["run", "walk", "hop"]
ACTIVITIES: tuple[Activity, ...] = ("run", "walk", "hop")

G = 9.80665
GRID = 2001
PART: Floats = np.linspace(0.0, 1.0, GRID)
HEEL = np.array([0.70, 0.10, 0.05, 0.05, 0.05, 0.02, 0.03])
BALL = np.array([0.08, 0.07, 0.25, 0.25, 0.20, 0.09, 0.06])
TOES = np.array([0.02, 0.03, 0.25, 0.15, 0.10, 0.30, 0.15])


@dataclass(frozen=True, slots=True)
class Form:
    """Force under one foot over one contact, at the mean length of contact and step.

    Attributes:
        force_bw: (GRID,) body weights.
        share: (GRID, 7) share of the load in each region.
        contact_s: mean length of contact.
        step_s: mean time to the next contact of the other foot; in hops to the next hop.
        feet: that carry the body in one contact: 1, or 2 in hops.
    """

    force_bw: Floats
    share: Floats
    contact_s: float
    step_s: float
    feet: int

    def force_at(self, part: Floats) -> Floats:
        """Body weights at shares of contact; 0 outside."""
        return np.interp(part, PART, self.force_bw, left=0.0, right=0.0)

    def share_at(self, part: Floats) -> Floats:
        """(..., 7) share of the load in each region; of the ends outside."""
        columns = [np.interp(part, PART, self.share[:, region]) for region in range(7)]
        return np.stack(columns, axis=-1)


def draw(activity: Activity, rng: np.random.Generator) -> Form:
    """One person's form of force.

    Args:
        activity: which family of closed forms.
        rng: source of the random numbers.
    """
    force, contact_s, step_s = {"run": _run, "walk": _walk, "hop": _hop}[activity](rng)
    feet = 2 if activity == "hop" else 1
    # a step of steady movement carries body weight: its impulse is BW·T
    force = force * (step_s / feet) / (contact_s * float(np.trapezoid(force, PART)))
    return Form(force, _shares(rng), contact_s, step_s, feet)


def _run(rng: np.random.Generator) -> tuple[Floats, float, float]:
    """Active part sin^p, about half sine (G1, p = 1) and raised cosine (G2, p = 2), and an impact.

    Contact 0.19 to 0.31 s and flight 0.25 to 0.6 of it: 2.5 to 5 m/s. p goes from 1.2 to 2.0 at
    foot strike over to 1.6 to 2.8 at toe-off: real runners land harder than they leave. The peak
    lies at 42 to 51 % of contact.
    Three of four land with an impact: a raised cosine of 18 to 30 ms half width that begins within
    10 ms of foot strike, of up to 1.2 body weights.
    """
    contact_s = rng.uniform(0.19, 0.31)
    step_s = contact_s * (1.0 + rng.uniform(0.25, 0.6))
    early, late = rng.uniform(1.2, 2.0), rng.uniform(1.6, 2.8)
    bend = np.log(0.5) / np.log(rng.uniform(0.42, 0.51))
    force = np.sin(np.pi * PART**bend) ** (early + (late - early) * PART)
    force = np.maximum(force, 0.0) * 2.5
    if rng.random() < 0.75:
        half = rng.uniform(0.018, 0.030)
        middle = half + rng.uniform(0.0, 0.010)
        since = contact_s * PART - middle
        impact = 0.5 * rng.uniform(0.2, 1.2) * (1.0 + np.cos(np.pi * since / half))
        force = force + np.where(np.abs(since) <= half, impact, 0.0)
    return force, contact_s, step_s


def _walk(rng: np.random.Generator) -> tuple[Floats, float, float]:
    """Three Gaussians about those of G3, which begin and end in a ramp instead of a jump.

    Heights within 8 %, places 3 % and widths 8 %; the foot lands between -0.05 and 0.01 s of G3's
    time with a ramp of 30 to 80 ms, and leaves between 0.74 and 0.80 s with one of 40 to 100 ms.
    Contact 0.65 to 0.82 s, 58 to 64 % of a stride.
    """
    land, leave = rng.uniform(-0.05, 0.01), rng.uniform(0.74, 0.80)
    time = land + (leave - land) * PART
    force = np.zeros(GRID)
    for a, m, s in ((1.1835, 0.1933, 0.0885), (0.8408, 0.4499, 0.1079), (0.8578, 0.5906, 0.0655)):
        height, place, width = (1.0 + x * rng.uniform(-1.0, 1.0) for x in (0.08, 0.03, 0.08))
        force += a * height * np.exp(-0.5 * ((time - m * place) / (s * width)) ** 2)
    force *= _ramp((time - land) / rng.uniform(0.03, 0.08))
    force *= _ramp((leave - time) / rng.uniform(0.04, 0.10))
    contact_s = rng.uniform(0.65, 0.82)
    return force, contact_s, contact_s / rng.uniform(0.58, 0.64) / 2.0


def _ramp(part: Floats) -> Floats:
    answer: Floats = np.sin(0.5 * np.pi * np.clip(part, 0.0, 1.0))
    return answer


def _hop(rng: np.random.Generator) -> tuple[Floats, float, float]:
    """G4 to the power 1 to 1.5: spring-mass hops whose begin and end are rounded.

    Stiffness 15 to 40 kN/m for 70 kg and height 0.05 to 0.20 m.
    """
    v = np.sqrt(2.0 * G * rng.uniform(0.05, 0.20))
    w = np.sqrt(rng.uniform(15_000.0, 40_000.0) / 70.0)
    contact_s = float(2.0 / w * (np.pi - np.arctan(v * w / G)))
    time = contact_s * PART
    force = np.maximum(1.0 - np.cos(w * time) + v * w / G * np.sin(w * time), 0.0)
    return force ** rng.uniform(1.0, 1.5), contact_s, contact_s + float(2.0 * v / G)


def _shares(rng: np.random.Generator) -> Floats:
    """Load goes from heel to toes, as a parabola of Bézier: shares of regions differ by 20 %."""
    part: Floats = PART[:, None] ** rng.uniform(0.7, 1.4)
    found = HEEL * (1 - part) ** 2 + 2.0 * BALL * part * (1 - part) + TOES * part**2
    found = found * np.exp(0.2 * rng.standard_normal(7))
    answer: Floats = found / found.sum(axis=1, keepdims=True)
    return answer
