"""A result in words and a small table, for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from insole.analysis import Analysis
from insole.deciding import words
from insole.metrics import registry
from insole.model.foot import Side
from insole.report.words import cell, with_doubt

SHOWN = (
    "contact_s",
    "flight_s",
    "cadence_spm",
    "peak_force_N",
    "impulse_N_s",
    "po50_N_s",
    "po_eff_N_s",
)

NAMED = 8  # metrics that a line of what is not available names


def lines(result: Analysis) -> list[str]:
    """The summary, a line each."""
    document = result.to_dict()
    said = [_headline(result)]
    for side in Side:
        foot = document["sides"][side.value]
        if foot is None:
            said.append(f"{side}: no data. {document['no_data'].get(side.value, '')}".rstrip(" ."))
            continue
        said.append(
            f"{side}: {foot['rate_hz']:g} Hz, {foot['duration_s']:.1f} s, "
            f"{foot['expected']} samples expected = {foot['received']} received + "
            f"{foot['recovered']} recovered + {foot['lost']} lost "
            f"({100 * foot['coverage']:.2f} % there)"
        )
    said += _table(document["summary"])
    said += _moved(document)
    said += _scale(document["self_check"])
    said += _beside(result, document)
    said += _absent(document["not_available"])
    said.append("Force under the foot; for training information, not a medical device.")
    return said


def seen(result: Analysis) -> list[str]:
    """What else there is to say: movement, own baseline, sensors, changes, decisions."""
    document = result.to_dict()
    return [line.strip() for line in _moved(document) + _beside(result, document)]


def _moved(document: dict[str, Any]) -> list[str]:
    """Lines of standing, hops, springs and gait line; research results have steps only."""
    return [
        line
        for section, say in _MOVEMENT.items()
        if section in document
        for line in say(document[section])
    ]


def _beside(result: Analysis, document: dict[str, Any]) -> list[str]:
    """Lines of what is seen beside the numbers."""
    return [
        *_sanity(document["sanity"]["outside"]),
        *_baseline(document["personal_baseline"]),
        *_masks(result),
        *(f"{found['side']}: {found['text']}" for found in document["health"]),
        *(change["text"] for change in document["changes"]),
        *_decided(result),
    ]


def _decided(result: Analysis) -> list[str]:
    """What was decided about the file and is in these numbers."""
    decision = result.decision
    if decision is None:
        return []
    repeat = "to be repeated" if decision.judgement == "repeat" else ""
    said = [text for text in (repeat, words(decision).rstrip(".")) if text]
    return [f"decided, `insole decide` takes it back: {'; '.join(said)}"] if said else []


def _scale(check: dict[str, Any]) -> list[str]:
    """What moving and standing say of the force scale."""
    if check["k_dyn"] is not None:
        low, high = check["ci95"]
        line = (
            f"force scale: both feet carry {1 / check['k_dyn']:.3f} of body weight over whole "
            f"strides (k {low:.3f} to {high:.3f}): {check['verdict']}"
        )
    else:
        verdict = "not checked" if check["verdict"] == "n/a" else "uncertain"
        line = f"force scale: {verdict}, {check['why']}"
    static = [f"{side} {k:.3f}" for side, k in check["k_static"].items() if k is not None]
    return [line, f"gain from standing: {', '.join(static)}"] if static else [line]


def _sanity(outside: list[dict[str, Any]]) -> list[str]:
    """A line for each mean outside what is typical."""
    said: list[str] = []
    for one in outside:
        spec, (low, high) = registry.get(one["metric"]), one["typical"]
        said.append(
            f"{one['side']}: {spec.name.lower()} {one['mean']:.3g} {spec.unit} is implausible, "
            f"typical are {low:.3g} to {high:.3g}"
        )
    return said


def _baseline(known: dict[str, Any]) -> list[str]:
    """What differs from the personal baseline, where one was asked for."""
    if known["why"]:
        asked = known["sessions"] or known["skipped"]
        return [f"personal baseline: n/a, {known['why']}"] if asked else []
    said = [f"personal baseline: of {len(known['sessions'])} sessions"]
    for side in Side:
        usual: dict[str, dict[str, Any]] = known[side.value] or {}
        changed = [
            registry.get(name).name if registry.knows(name) else name
            for name, one in usual.items()
            if one["changed"]
        ]
        if changed:
            said.append(f"{side}, outside 2 SD of the own baseline: {', '.join(changed)}")
        if words := known["push_off"][side.value]:
            said.append(f"{side}, push-off: {words}")
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


def _standing(balance: dict[str, Any]) -> list[str]:
    """A line for each span of standing."""
    said: list[str] = []
    spans: list[dict[str, Any]] = balance["spans"] or []
    for span in spans:
        measured: dict[str, dict[str, Any] | None] = span["sway"] or {}
        feet = [
            f"{side} {with_doubt(sway.get('sway_mvelo_mm_s'), 'mm/s')}, "
            f"{with_doubt(sway.get('sway_area_pe_mm2'), 'mm²')}"
            for side, sway in measured.items()
            if sway
        ]
        kept = _lost_corners(span["corners"])
        who = "on both feet" if span["side"] is None else f"on the {span['side']} foot"
        said.append(
            f"stood {who} for {span['hold_s']:.1f} s; CoP speed and 95 % area: "
            f"{'; '.join([*feet, *kept]) or 'n/a'}"
        )
        said += _places(span)
    return said


def _places(span: dict[str, Any]) -> list[str]:
    """Where the load of a time of standing lay, and what of it was outside its range."""
    inside: dict[str, Any] = span["in_range"] or {}
    said: list[str] = []
    for side, rear in span["standing_rearfoot_share"].items():
        ranges: dict[str, bool | None] = inside.get(side) or {}
        said += [
            f"{side} {words} {_percent(share, ranges.get(name))}"
            for name, words, share in (
                ("rearfoot_share", "rear half", rear),
                ("medial_share", "first ray in front", span["standing_medial_share"][side]),
            )
            if share["value"] is not None
        ]
    if span["side"] is None:
        said.append(f"left foot {_percent(span['left_share'], inside.get('left_share'))}")
    return [f"  load: {'; '.join(said)}"] if said else []


def _percent(share: dict[str, float | None], inside: bool | None) -> str:
    hundred = {name: 100.0 * one for name, one in share.items() if one is not None}
    return with_doubt(hundred, "%") + (" (outside its range)" if inside is False else "")


def _lost_corners(corners: dict[str, dict[str, Any] | None]) -> list[str]:
    """What was lost of the tripod, and how often."""
    return [
        f"{side} {words} lost {found[name]['lost']} times"
        for side, found in corners.items()
        if found is not None
        for name, words in (
            ("heel", "heel"),
            ("first", "first ray"),
            ("fifth", "fifth ray"),
        )
        if found[name]["lost"]
    ]


def _hops(hops: dict[str, Any]) -> list[str]:
    """A line for each set of hops."""
    sets: list[dict[str, Any]] = hops["sets"] or []
    return [
        f"hopped {len(one['hops'])} times; best five: contact "
        f"{with_doubt(one['best'].get('hop_contact_s'), 's')}, flight "
        f"{with_doubt(one['best'].get('hop_flight_s'), 's')}, flight / contact "
        f"{with_doubt(one['best'].get('hop_rsi_t'), '')}"
        for one in sets
        if one["best"]
    ]


def _springs(springs: dict[str, Any]) -> list[str]:
    """A line for each foot that ran."""
    shown = (
        ("spring_k_vert_kN_m", "vertical stiffness", "kN/m"),
        ("spring_k_leg_kN_m", "leg stiffness", "kN/m"),
        ("spring_dz_m", "fall of the body", "m"),
    )
    return [
        f"{side} spring, sine model: "
        + ", ".join(
            f"{words} {with_doubt(springs[side.value].get(name), unit)}"
            for name, words, unit in shown
            if _mean_of(springs[side.value], name) is not None
        )
        for side in Side
        if springs[side.value]
    ]


def _mean_of(foot: dict[str, dict[str, float]], name: str) -> float | None:
    return foot[name]["mean"] if name in foot else None


def _gait_line(line: dict[str, Any]) -> list[str]:
    """A line for each foot whose centre of pressure was followed through contacts."""
    said: list[str] = []
    for side in Side:
        foot = line[side.value]
        if foot is None:
            continue
        index = foot.get("cpei_percent")
        said.append(
            f"{side} gait line of {foot['n']} contacts: CoP from {foot['y_mm'][0]:.0f} to "
            f"{foot['y_mm'][-1]:.0f} mm along the insole, excursion index {with_doubt(index, '%')}"
        )
    return said


def _absent(reasons: dict[str, str]) -> list[str]:
    """A line for each reason, with what it concerns; of many, the first ones."""
    grouped: dict[str, list[str]] = {}
    for metric, reason in reasons.items():
        grouped.setdefault(reason, []).append(metric)
    said: list[str] = []
    for reason, metrics in grouped.items():
        more = len(metrics) - NAMED
        rest = f" and {more} more (--json names them)" if more > 1 else ""
        said.append(f"n/a, {reason}: {', '.join(metrics[: NAMED if rest else None])}{rest}")
    return said


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
        cells = [cell((summary[side.value] or {}).get(metric)) for side in Side]
        if any(cells):
            rows.append(f"{f'{spec.name}, {spec.unit}':<34}{cells[0]:>25}{cells[1]:>25}")
    return rows if len(rows) > 1 else []


_MOVEMENT: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "balance": _standing,
    "hops": _hops,
    "springs": _springs,
    "gait_line": _gait_line,
}
