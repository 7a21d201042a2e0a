"""A result in words and a small table, for people."""

from __future__ import annotations

from insole.analysis import Analysis
from insole.metrics import registry
from insole.model.foot import Side

SHOWN = (
    "contact_s",
    "flight_s",
    "cadence_spm",
    "peak_force_N",
    "impulse_N_s",
    "po50_N_s",
    "po_eff_N_s",
)


FEWEST = 4
"""Fewer steps than this say nothing about how sure their mean is."""


def lines(result: Analysis) -> list[str]:
    """The summary, a line each."""
    document = result.to_dict()
    said = [_headline(result)]
    for side in Side:
        foot = document["sides"][side.value]
        if foot is None:
            said.append(f"{side}: no data")
            continue
        said.append(
            f"{side}: {foot['rate_hz']:g} Hz, {foot['duration_s']:.1f} s, "
            f"{foot['expected']} samples expected = {foot['received']} received + "
            f"{foot['recovered']} recovered + {foot['lost']} lost "
            f"({100 * foot['coverage']:.2f} % there)"
        )
    said += _table(document["summary"])
    check = document["self_check"]
    if check["k_dyn"] is not None:
        low, high = check["ci95"]
        said.append(
            f"force scale: both feet carry {1 / check['k_dyn']:.3f} of body weight over whole "
            f"strides (k {low:.3f} to {high:.3f}): {check['verdict']}"
        )
    else:
        said.append(f"force scale: not checked, {check['why']}")
    said += _masks(result)
    said += _absent(document["not_available"])
    said.append("Force under the foot; for training information, not a medical device.")
    return said


def _masks(result: Analysis) -> list[str]:
    """Share of each region in the foot's force-time integral, under the masks asked for."""
    return [
        f"mask {mask}, {side}: "
        + ", ".join(
            f"{name} {region['share_percent']:.1f} %"
            if region.get("share_percent") is not None
            else f"{name} n/a"
            for name, region in regions.items()
        )
        for mask, feet in result.masks.items()
        for side, regions in feet.items()
    ]


def _absent(reasons: dict[str, str]) -> list[str]:
    """A line for each reason, with what it concerns."""
    grouped: dict[str, list[str]] = {}
    for metric, reason in reasons.items():
        grouped.setdefault(reason, []).append(metric)
    return [f"n/a, {reason}: {', '.join(metrics)}" for reason, metrics in grouped.items()]


def _headline(result: Analysis) -> str:
    left, right = len(result.left), len(result.right)
    valid = int(result.left.valid.sum() + result.right.valid.sum())
    mass = f"{result.mass_kg:g} kg" if result.mass_kg is not None else "body mass unknown"
    return (
        f"{result.activity or 'activity unknown'}: {left + right} steps "
        f"({left} left, {right} right; {valid} valid), {mass}"
    )


def _table(summary: dict[str, dict[str, dict[str, float]] | None]) -> list[str]:
    rows = [f"{'':34}{'left':>25}{'right':>25}"]
    for metric in SHOWN:
        spec = registry.get(metric)
        cells = [_cell((summary[side.value] or {}).get(metric)) for side in Side]
        if any(cells):
            rows.append(f"{f'{spec.name}, {spec.unit}':<34}{cells[0]:>25}{cells[1]:>25}")
    return rows if len(rows) > 1 else []


def _cell(entry: dict[str, float] | None) -> str:
    if not entry or entry.get("mean") is None:
        return ""
    mean, u = entry["mean"], entry.get("u")
    if u is None or u <= 0 or entry["n"] < FEWEST:
        return f"{mean:.3g} (n {entry['n']:.0f})"
    return f"{mean:.4g} ± {1.96 * u:.2g} (n {entry['n']:.0f})"
