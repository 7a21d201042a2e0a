"""A guided act in words: what to do now, what is done, what was found. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

from insole.guided.calibrating import NEEDS_S
from insole.guided.view import Found, GuideView, Kind
from insole.model.foot import Side
from insole_gui.state.links import NAME
from insole_gui.state.numbers import fixed, plain

PhaseState: TypeAlias = Literal["done", "now", "later"]
TITLES: dict[Kind, str] = {
    "calibrate": "Calibration",
    "zero": "Zero of the insoles",
    "name": "Which insole is right?",
}
PHASES = {
    "still": "stand still",
    "left": "left foot alone",
    "right": "right foot alone",
    "rise": "on the toes",
    "stomp": "stomp the right foot",
}
LIFT = {"left": "lift the left foot", "right": "lift the right foot"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a guided act.

    Attributes:
        words: what it is.
        state: whether it is done.
        filled: of its piece of the ring, 0 to 1.
    """

    words: str
    state: PhaseState
    filled: float


def parts(guide: GuideView) -> tuple[Part, ...]:
    """All parts, in order."""
    words = LIFT if guide.kind == "zero" else PHASES
    found: list[Part] = []
    for number, name in enumerate(guide.phases):
        state: PhaseState = "later"
        if number < guide.phase:
            state = "done"
        elif number == guide.phase and not guide.over:
            state = "now"
        filled = {"done": 1.0, "now": guide.done, "later": 0.0}[state]
        found.append(Part(words.get(name, name), state, filled))
    return tuple(found)


def left_s(guide: GuideView) -> float:
    """Seconds of the present part that are missing; NaN where it has no length."""
    if guide.over or guide.kind != "calibrate" or guide.phase >= len(guide.phases):
        return float("nan")
    return NEEDS_S[guide.phases[guide.phase]] * (1.0 - guide.done)


def unasked(guide: GuideView | None) -> str:
    """The sentence of what began by itself and needs to be seen, or ""."""
    if guide is None or guide.asked or guide.over:
        return ""
    return guide.sentence if guide.kind == "name" or guide.phase else ""


def table(found: Found) -> tuple[tuple[str, str, str], ...]:
    """Name, left and right of all that was found."""
    unit = "N" if found.is_force else "counts"
    rows = [
        ("Mean while standing", "mean_n", unit),
        ("Drift, unloaded", "drift_n_per_min", f"{unit}/min"),
        ("Noise, unloaded", "noise_n", unit),
        ("Zero moved by at most", "zero_kpa", "kPa"),
    ]
    told = [
        (name, _one(found, Side.LEFT, key, unit), _one(found, Side.RIGHT, key, unit))
        for name, key, unit in rows
    ]
    return (*told, ("Force scale", _gain(found, Side.LEFT), _gain(found, Side.RIGHT)))


def _one(found: Found, side: Side, key: str, unit: str) -> str:
    foot = found.feet.get(side)
    value = float("nan") if foot is None else float(getattr(foot, key))
    if not isfinite(value):
        return "n/a"
    return f"{plain(value, 0 if abs(value) >= 100 else 1)} {unit}"


def _gain(found: Found, side: Side) -> str:
    foot = found.feet.get(side)
    if foot is None or not isfinite(foot.gain):
        return "n/a"
    doubt = f" ±{plain(196 * foot.gain_u_rel, 0)} %" if isfinite(foot.gain_u_rel) else ""
    return f"× {fixed(foot.gain, 3)}{doubt}"


def sums(found: Found) -> tuple[str, ...]:
    """What both feet carry together, as sentences."""
    said: list[str] = []
    for residual, where in ((found.residual_rel, "Standing"), (found.toes_rel, "On the toes")):
        if isfinite(residual):
            percent = fixed(100.0 * (1.0 + residual), 1)
            said.append(f"{where}, both feet carry {percent} % of body weight.")
    return tuple(said)


def notes(found: Found) -> tuple[str, ...]:
    """What could not be found, and why."""
    said = [f"{NAME[side]}: {note}." for side, foot in found.feet.items() for note in foot.notes]
    return tuple(said)
