"""The balance of a trial: every time of standing, with sway and scores (science.md, section 5).

Pure function of the slow records of both feet; the section `balance` of the document.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from insole.metrics.corners import corners
from insole.metrics.stood import (
    PRESSURES,
    four_points,
    in_range,
    medial,
    pressures,
    rear_share,
)
from insole.metrics.sway import balance_score, static_index
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.slow_record import KEEP_ROWS, RATE_HZ, SlowRows
from insole.signal.standing import Both, Span, left_share, standing
from insole.signal.standing_rows import StandingRows
from insole.signal.steady import SteadyPath, filter_tag, spectra, steady_path
from insole.signal.sway import (
    SPEEDS,
    Estimate,
    boundary_measures,
    jackknife,
    measures,
    noise_speed,
)
from insole.signal.tripod import least_load_n, match_index, shares_of

AREAS = frozenset({"sway_area_ce_mm2", "sway_area_pe_mm2", "sway_area_sw_mm2_s"})
PURE = frozenset({"sway_tilt_deg", "sway_mfreq_hz", "sway_mfreq_ap_hz", "sway_mfreq_ml_hz"})
"""Measures that a stretched CoP does not change."""


@dataclass(frozen=True, slots=True)
class Foot:
    """What sway needs to know of one foot besides its rows.

    Attributes:
        rows: its slow record.
        size_mm: width and length of the insole.
        rate_hz: nominal rate.
        is_force: values are newtons.
        stood: its seconds on the ground.
    """

    rows: SlowRows
    size_mm: tuple[float, float]
    rate_hz: float
    is_force: bool
    stood: StandingRows


def balance(
    feet: Mapping[Side, Foot],
    both: Both | None,
    *,
    mass_kg: float | None,
    start_s: float,
    parameters: Parameters,
) -> tuple[dict[str, Any], float]:
    """The section: `spans`, or None with the reason in `why`; and seconds of standing in all.

    `repeated` has the time to boundary of each foot over several spans.

    Args:
        feet: feet that gave data.
        both: their slow rows side by side; None with one foot.
        mass_kg: body mass, or None.
        start_s: first sample of the trial; times in the section count from it.
        parameters: sections `standing`, `sway`, `balance`, `targets`.
    """
    section: dict[str, Any] = {
        "filter": filter_tag(parameters),
        "spans": None,
        "repeated": None,
        "why": _missing(feet, mass_kg),
    }
    if section["why"] or mass_kg is None or both is None:
        return section, 0.0
    bw_n = mass_kg * parameters["physics.g"]
    every = standing(both, bw_n=bw_n, parameters=parameters)
    quiet_s = math.fsum(
        span.hold_s for span in every if span.hold_s >= parameters["standing.both_s"]
    )
    spans = [span for span in every if span.hold_s >= parameters["standing.report_s"]]
    if not spans:
        section["why"] = _never(both, bw_n, parameters)
        return section, quiet_s
    section["spans"] = [
        _span(span, both, feet, bw_n=bw_n, start_s=start_s, parameters=parameters) for span in spans
    ]
    section["repeated"] = repeated(section["spans"], parameters)
    if len(feet[Side.LEFT].rows) >= KEEP_ROWS or len(feet[Side.RIGHT].rows) >= KEEP_ROWS:
        section["why"] = f"only the last {KEEP_ROWS / RATE_HZ / 3600:g} h were looked at"
    return section, quiet_s


def repeated(
    spans: Sequence[Mapping[str, Any]], parameters: Parameters
) -> dict[str, dict[str, Any] | None]:
    """Time to boundary of each foot as the mean of its newest trials (science.md, section 5.4).

    One trial repeats poorly (ICC 0.50 to 0.69 within a day), so three of 10 s are averaged
    [S-50, S-51, S-53]. Random part: scatter between the trials; a wrong zero is shared by all.

    Args:
        spans: those of the section, in order.
        parameters: `balance.trials` and `balance.trial_s`.

    Returns:
        By side `start_s` of the trials and each measure's mean; None where there are too few.
    """
    wanted = max(int(parameters["balance.trials"]), 2)
    said: dict[str, dict[str, Any] | None] = {}
    for side in Side:
        trials = [
            span
            for span in spans
            if span["side"] == side.value
            and span["sway"][side.value] is not None
            and span["window_s"] >= parameters["balance.trial_s"]
        ][-wanted:]
        if len(trials) < wanted:
            said[side.value] = None
            continue
        sways = [span["sway"][side.value] for span in trials]
        names = [name for name in sways[0] if name.startswith("ttb_")]
        said[side.value] = {
            "start_s": [span["start_s"] for span in trials],
            **{name: written(_over_trials([sway[name] for sway in sways])) for name in names},
        }
    return said


def _over_trials(told: Sequence[Mapping[str, float | None]]) -> Estimate:
    values = np.array([np.nan if one["value"] is None else one["value"] for one in told])
    shared = np.array([one["u_shared"] or 0.0 for one in told])
    random = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Estimate(float(values.mean()), random, float(shared.mean()))


def _missing(feet: Mapping[Side, Foot], mass_kg: float | None) -> str:
    if len(feet) < 2:
        return "it needs both feet"
    if not all(foot.is_force for foot in feet.values()):
        return "the insole gives counts, and no scale to newtons is known"
    if mass_kg is None:
        return "body mass is not known"
    slow = min(foot.rate_hz for foot in feet.values())
    return f"sampling rate {slow:g} Hz is below {RATE_HZ:g} Hz" if slow < RATE_HZ else ""


def _never(both: Both, bw_n: float, parameters: Parameters) -> str:
    why = f"nobody stood for {parameters['standing.report_s']:g} s"
    if not len(both.number):
        return why
    total = sum(foot.force_n for foot in both.foot.values())
    middle = float(np.median(total)) / bw_n
    calm = float(np.median(np.abs(np.diff(total)))) / bw_n if len(both.number) > 1 else 1.0
    if calm < 0.01 and middle > 0.05 and abs(middle - 1.0) > parameters["standing.band_BW"]:
        why += f": both feet together carried {100 * middle:.0f} % of body weight; check mass, zero"
    return why


def _span(
    span: Span,
    both: Both,
    feet: Mapping[Side, Foot],
    *,
    bw_n: float,
    start_s: float,
    parameters: Parameters,
) -> dict[str, Any]:
    sides = tuple(Side) if span.side is None else (span.side,)
    first, end = max(span.parts, key=lambda part: part[1] - part[0])
    paths = {
        side: steady_path(both.foot[side], first=first, end=end, parameters=parameters)
        for side in sides
    }
    single = span.side is not None
    known = {side: path for side, path in paths.items() if isinstance(path, SteadyPath)}
    found = {
        side: _sway(known[side], feet[side], single=single, parameters=parameters)
        if side in known
        else None
        for side in sides
    }
    window = next(iter(known.values()), None)
    said: dict[str, Any] = {
        "kind": span.kind,
        "side": None if span.side is None else span.side.value,
        "start_s": span.start_s - start_s,
        "end_s": span.end_s - start_s,
        "hold_s": span.hold_s,
        "touches": span.touches,
        "window_s": window.end_s - window.start_s if window is not None else None,
        "sway": {
            side.value: None if values is None else {n: written(e) for n, e in values.items()}
            for side, values in found.items()
        },
        "why": next((path for path in paths.values() if isinstance(path, str)), ""),
    }
    tripod = {
        side: _match(both.foot[side], span, bw_n=bw_n, parameters=parameters) for side in sides
    }
    said["tripod_match"] = {side.value: written(value) for side, value in tripod.items()}
    said["corners"] = {
        side.value: corners(
            both.foot[side].points_n[span.first : span.end],
            single=single,
            bw_n=bw_n,
            target=_target(span, parameters),
            parameters=parameters,
        )
        for side in sides
    }
    said["tripod"] = {side.value: _shares(both.foot[side], span) for side in sides}
    said |= _places(span, both, feet, sides=sides, bw_n=bw_n, parameters=parameters)
    if span.side is None:
        share = left_share(both)[span.first : span.end]
        left = _mean(share, parameters["uncertainty.gain_rel"])
        said["left_share"] = written(left)
        said["in_range"]["left_share"] = in_range("left_share", left, parameters)
        said["static_balance_index"] = written(
            static_index(
                left_share=left,
                speeds=[values["sway_mvelo_mm_s"] for values in found.values() if values],
                matches=list(tripod.values()),
            )
        )
        return said
    values = found[span.side]
    said["balance_score"] = written(
        balance_score(
            hold_s=span.hold_s,
            speed=values["sway_mvelo_mm_s"] if values else None,
            area=values["sway_area_pe_mm2"] if values else None,
            touches=span.touches,
            goal_s=parameters["balance.goal_s"],
            base_speed=parameters["balance.base_mvelo_mm_s"],
            base_area=parameters["balance.base_area_mm2"],
        )
    )
    return said


def _places(
    span: Span,
    both: Both,
    feet: Mapping[Side, Foot],
    *,
    sides: tuple[Side, ...],
    bw_n: float,
    parameters: Parameters,
) -> dict[str, Any]:
    """Where the load lies, by side: rear half, front, four points, pressures."""
    target = np.array(parameters.several("targets.quadripod"))
    said: dict[str, Any] = {"quadripod": {}, "quadripod_match": {}, "in_range": {}}
    for side in sides:
        rows = feet[side].stood.within(span.start_s, span.end_s)
        loads = both.foot[side].points_n[span.first : span.end]
        shares = {
            "rearfoot_share": rear_share(rows, parameters),
            "medial_share": medial(loads, rate_hz=RATE_HZ, parameters=parameters),
        }
        for name, share in shares.items():
            said.setdefault(f"standing_{name}", {})[side.value] = written(share)
        if span.side is None:
            said["in_range"][side.value] = {
                name: in_range(name, share, parameters) for name, share in shares.items()
            }
        four, match = four_points(rows, bw_n=bw_n, target=target, parameters=parameters)
        said["quadripod"][side.value], said["quadripod_match"][side.value] = four, written(match)
        pressed = pressures(rows, parameters) or dict.fromkeys(PRESSURES)
        for name, regions in pressed.items():
            said.setdefault(name, {})[side.value] = (
                None if regions is None else {r: written(one) for r, one in regions.items()}
            )
    if span.side is not None:
        said["in_range"] = None
    return said


def _sway(
    path: SteadyPath, foot: Foot, *, single: bool, parameters: Parameters
) -> dict[str, Estimate]:
    """All measures of one foot with their uncertainty.

    Shared part: a wrong zero of tare_n stretches the path by tare_n / F; speeds carry besides what
    the noise of the CoP makes, v - sqrt(v^2 - v_noise^2).
    """
    step_s = 1.0 / RATE_HZ
    values = measures(path.x_mm, path.y_mm, step_s=step_s)
    spread = jackknife(path.x_mm, path.y_mm, step_s=step_s, block_s=parameters["sway.block_s"])
    spread["sway_range_mm"] = math.sqrt(2.0) * max(path.noise_mm)
    stretch = parameters["uncertainty.tare_n"] / path.force_n
    floor, floor_ap, floor_ml = (one * RATE_HZ for one in noise_speed(path.noise_mm, path.gain))
    noise = {
        "sway_mvelo_ap_mm_s": floor_ap,
        "sway_mvelo_ml_mm_s": floor_ml,
        "sway_mfreq_ap_hz": floor_ap,
        "sway_mfreq_ml_hz": floor_ml,
    }
    speeds = {
        "sway_mfreq_ap_hz": values["sway_mvelo_ap_mm_s"],
        "sway_mfreq_ml_hz": values["sway_mvelo_ml_mm_s"],
        "sway_mvelo_ap_mm_s": values["sway_mvelo_ap_mm_s"],
        "sway_mvelo_ml_mm_s": values["sway_mvelo_ml_mm_s"],
    }
    found: dict[str, Estimate] = {}
    for name, value in values.items():
        times = 0.0 if name in PURE else 2.0 if name in AREAS else 1.0
        bias = 0.0
        if name in SPEEDS:
            speed = speeds.get(name, values["sway_mvelo_mm_s"])
            bias = _excess(speed, noise.get(name, floor))
        found[name] = Estimate(value, spread[name], abs(value) * math.hypot(times * stretch, bias))
    found["sway_noise_mm_s"] = Estimate(floor, floor / math.sqrt(2.0 * len(path.x_mm)))
    for name, (value, u) in spectra(path, parameters).items():
        found[name] = Estimate(value, u)
    if single:
        found |= boundary_measures(
            path.x_mm, path.y_mm, step_s=step_s, size_mm=foot.size_mm, noise_mm=path.noise_mm
        )
    return found


def _excess(speed: float, floor: float) -> float:
    """How much of a speed noise explains, as a share of it."""
    return 1.0 - math.sqrt(max(speed * speed - floor * floor, 0.0)) / speed if speed > 0 else 0.0


def _shares(rows: SlowRows, span: Span) -> list[float] | None:
    """Mean shares of heel, first ray and fifth ray over the span; None: a corner is not seen."""
    three = rows.points_n[span.first : span.end].sum(axis=0)
    whole = (three[0] + three[1]) + three[2]
    return (three / whole).tolist() if whole > 0.0 else None


def _target(span: Span, parameters: Parameters) -> Floats:
    posture = "bipedal" if span.side is None else "single"
    return np.array(parameters.several(f"targets.{posture}"))


def _match(rows: SlowRows, span: Span, *, bw_n: float, parameters: Parameters) -> Estimate:
    """Mean tripod match index of the span (section 1.5); NaN where a corner is unobservable.

    Shared part: a wrong zero moves each share by about tare_n / F.
    """
    target = _target(span, parameters)
    three = rows.points_n[span.first : span.end]
    total = (three[:, 0] + three[:, 1]) + three[:, 2]
    share = shares_of(three, minimum_n=least_load_n(bw_n, parameters))
    match = _mean(match_index(share, target), 0.0)
    if math.isnan(match.value):
        return match
    moved = parameters["uncertainty.tare_n"] / max(float(total.mean()), 1.0)
    return Estimate(match.value, match.random, 100.0 * moved / (1.0 - float(target.min())))


def _mean(values: Floats, gain_rel: float) -> Estimate:
    """Mean over a span. Rows follow each other closely: 2 s count as one independent value.

    Args:
        values: (n,) rows.
        gain_rel: of each foot; for a share of the load, 0 otherwise.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return Estimate(math.nan)
    mean = float(known.mean())
    independent = max(len(known) / (2.0 * RATE_HZ), 1.0)
    shared = math.sqrt(2.0) * mean * (1.0 - mean) * gain_rel if gain_rel else 0.0
    return Estimate(mean, float(known.std()) / math.sqrt(independent), shared)


def written(estimate: Estimate) -> dict[str, float | None]:
    """For the document."""
    return {
        name: value if math.isfinite(value) else None
        for name, value in (
            ("value", estimate.value),
            ("u", estimate.u),
            ("u_random", estimate.random),
            ("u_shared", estimate.shared),
        )
    }
