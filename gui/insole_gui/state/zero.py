"""How old the zero of an insole is, in words."""

from __future__ import annotations

from insole.live.board import FootView
from insole.parameters import Parameters


def zero_old(foot: FootView) -> str:
    """The sentence of a zero that is old, or ""."""
    zero = foot.zero
    if zero is None or zero.age_s <= 60.0 * Parameters()["display.zero_old_min"]:
        return ""
    age = _age(zero.age_s)
    if not zero.is_set:
        return f"No zero was set for {age}. Lift each foot 2 s."
    return f"Zero is {age} old. Lift each foot 2 s."


def zero_words(foot: FootView) -> str:
    """How old the zero is, for the card of the insole."""
    zero = foot.zero
    if zero is None:
        return "not known"
    if not zero.is_set:
        return "never set, as the insole sends it"
    return f"set {_age(zero.age_s)} ago"


def _age(age_s: float) -> str:
    if age_s < 60.0:
        return f"{age_s:.0f} s"
    if age_s < 120 * 60.0:
        return f"{age_s / 60:.0f} min"
    return f"{age_s / 3600:.0f} h" if age_s < 48 * 3600 else f"{age_s / 86400:.0f} days"
