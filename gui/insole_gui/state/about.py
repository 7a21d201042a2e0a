"""What is typed about a trial, and whether it can be: no Qt here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from insole.model.trial import TrialNotes
from insole_gui.state.numbers import short

KG_PER_LB = 0.45359237
MASS_KG = (20.0, 300.0)
SPEED_M_S = (0.0, 15.0)


@dataclass(frozen=True, slots=True)
class About:
    """One trial, in people's words; numbers are None where nothing was typed."""

    athlete: str = ""
    shoe: str = ""
    surface: str = ""
    speed_m_s: float | None = None
    note: str = ""
    mass_kg: float | None = None

    def notes(self) -> TrialNotes:
        """For the file."""
        return TrialNotes(
            athlete=self.athlete,
            shoe=self.shoe,
            surface=self.surface,
            speed_m_s=self.speed_m_s,
            note=self.note,
        )

    def words(self) -> str:
        """One line; "" when nothing is said.

        >>> About(athlete="A7", shoe="grey", mass_kg=61.5).words()
        'A7 · grey · 61.5 kg'
        """
        said = [self.athlete, self.shoe, self.surface]
        if self.speed_m_s is not None:
            said.append(f"{short(self.speed_m_s)} m/s")
        if self.mass_kg is not None:
            said.append(f"{short(self.mass_kg)} kg")
        return " · ".join(part for part in said if part)


def read(typed: Mapping[str, str]) -> tuple[About | None, str, str]:
    """What the fields mean.

    Args:
        typed: text of each field of `About`, by its name.

    Returns:
        The trial, or None with the name of the field that cannot be used and a sentence.
    """
    speed, mass = _number(typed["speed_m_s"], "m/s"), _mass(typed["mass_kg"])
    if speed is not None and not SPEED_M_S[0] <= speed <= SPEED_M_S[1]:
        return None, "speed_m_s", "Speed is a number of metres per second, 0 to 15, e.g. 3.3."
    if mass is not None and not MASS_KG[0] <= mass <= MASS_KG[1]:
        return None, "mass_kg", "Body mass is 20 to 300 kg, e.g. 68.5, or in pounds, e.g. 150 lb."
    words = {name: " ".join(typed[name].split()) for name in ("athlete", "shoe", "surface", "note")}
    return About(**words, speed_m_s=speed, mass_kg=mass), "", ""


def _number(text: str, unit: str) -> float | None:
    """A number with a point or a comma; None for nothing, NaN for what is none."""
    words = text.strip().removesuffix(unit).strip().replace(",", ".")
    if not words:
        return None
    try:
        value = float(words)
    except ValueError:
        return float("nan")
    return value if isfinite(value) else float("nan")


def _mass(text: str) -> float | None:
    if text.strip().endswith("lb"):
        pounds = _number(text, "lb")
        return None if pounds is None else round(pounds * KG_PER_LB, 2)
    return _number(text, "kg")
