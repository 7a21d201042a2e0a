"""Numbers and verdicts in words, the same on a terminal and on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from insole.metrics import registry

FEWEST = 4
"""Fewer steps than this say nothing about how sure their mean is."""
WIDE = 1.96  # half-width of 95 % in standard uncertainties


def short(number: float) -> str:
    """Two digits, never an exponent."""
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def cell(entry: Mapping[str, Any] | None) -> str:
    """A mean with its 95 % half-width and the number of steps; "" where there is none."""
    if not entry or entry.get("mean") is None:
        return ""
    mean, u = entry["mean"], entry.get("u")
    if u is None or u <= 0 or entry["n"] < FEWEST:
        return f"{mean:.3g} (n {entry['n']:.0f})"
    return f"{mean:.4g} ± {short(WIDE * u)} (n {entry['n']:.0f})"


def with_doubt(entry: Mapping[str, float | None] | None, unit: str) -> str:
    """A value with its 95 % half-width."""
    if not entry:
        return "n/a"
    value = entry.get("value", entry.get("mean"))
    if value is None:
        return "n/a"
    u = entry.get("u")
    return f"{value:.3g}{f' ± {short(WIDE * u)}' if u else ''} {unit}".rstrip()


def metric_name(name: str) -> str:
    """What people call a metric, or the symmetry of one; with its unit where several share it."""
    whole = name.removeprefix("symmetry.")
    if not registry.knows(whole):
        return name
    spec = registry.get(whole)
    several = sum(one.name == spec.name for one in registry.all_metrics()) > 1
    said = f"{spec.name.lower()} in {spec.unit}" if several and spec.unit else spec.name.lower()
    return f"symmetry of {said}" if whole != name else said


def reasons(absent: Mapping[str, str], *, most: int, lines: int) -> list[str]:
    """A sentence for each reason, with what it concerns; of many, the first ones.

    Args:
        absent: metric to reason.
        most: metrics that a sentence names.
        lines: sentences.
    """
    grouped: dict[str, list[str]] = {}
    for name, why in absent.items():
        grouped.setdefault(why, []).append(metric_name(name))
    said: list[str] = []
    for why, names in grouped.items():
        shown = list(dict.fromkeys(names))
        more = len(shown) - most
        rest = f" and {more} more" if more > 1 else ""
        said.append(f"{', '.join(shown[: most if rest else None])}{rest}: {why}.")
    if len(said) > lines:
        left = len(said) - lines + 1
        said[lines - 1 :] = [f"{left} more reasons; `insole analyze` names all."]
    return said


def force_scale(check: Mapping[str, Any]) -> str:
    """What moving says of the force scale."""
    if check["verdict"] == "ok":
        return f"Force scale checked: {check['why']}."
    if check["verdict"] == "n/a":
        return f"Force scale not checked: {check['why']}."
    return (
        f"Force scale uncertain: {check['why']}. Newtons and body weights are left out; "
        "shares and times hold."
    )


def coverage(side: str, foot: Mapping[str, Any]) -> str:
    """How much of one foot's data is there."""
    lost = foot["lost"]
    missing = f"{lost} of {foot['expected']} samples missing" if lost else "no sample missing"
    return (
        f"{side.capitalize()}: {100 * foot['coverage']:.2f} % there, {missing}, "
        f"longest gap {foot['largest_gap_s']:.2g} s."
    )


def steps_used(steps: list[dict[str, Any]]) -> str:
    """How many steps count, and why the others do not."""
    if not steps:
        return "No steps were found."
    out = [step for step in steps if not step["valid"]]
    flags = Counter(flag.replace("_", " ") for step in out for flag in step["flags"])
    why = ", ".join(f"{flag} {count}" for flag, count in flags.most_common())
    left = f"{len(out)} left out ({why})" if why else f"{len(out)} left out"
    return f"{len(steps)} steps, {left if out else 'all of them used'}."
