"""What is known of the conditions under which a trial was recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from insole import __version__
from insole.analysis import Analysis, FootResult
from insole.model.foot import Side
from insole.parameters import Parameters

OF_THE_DAY = ("conditions.", "springs.", "targets.", "balance.")
"""Parameters of conditions and aims: no part of the way of computing."""


@dataclass(frozen=True, slots=True)
class FootConditions:
    """One foot's insole.

    Attributes:
        unit: serial of the insole; "" where nobody knows it.
        layout: name, number of sensors and size.
        rate_hz: nominal.
        quantity: what its values are.
        scale: hash of the curves and gains in force.
        zero: hash of the zero in force.
        coverage: share of the samples that are there, 0 to 1.
        observable: regions that have a sensor.
    """

    unit: str = ""
    layout: str = ""
    rate_hz: float = 100.0
    quantity: str = "kPa"
    scale: str = ""
    zero: str = ""
    coverage: float = 1.0
    observable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """One trial, or the trials of one side of a comparison; None and "" where nothing is known.

    Attributes:
        athlete, shoe, surface: as people wrote them down.
        activity: what the trial mostly was.
        slope_deg: of the ground.
        speed_m_s: as people wrote it down.
        cadence_spm: median of the valid steps.
        mass_kg: body mass.
        feet: what is known of each insole.
        k_dyn: factor that the momentum check asks for, and its standard uncertainty.
        k_u: relative; NaN where the check was not possible.
        swing_share: force left in swings, in body weights.
        level: at which force contacts are timed, in words.
        filter: tag of the way of computing.
        clipped: share of the valid steps in which a sensor was at its end.
        sync_sd_s: how well the feet share time; None: one foot.
        sync_limit_s: how well they must.
        worn_s: from the first sample to the end: worn at least so long.
        begin_s: clock time of the first sample.
        parameters: hash of the way of computing.
        version: of this program.
        changed: parameters that were set for the way of computing.
    """

    athlete: str = ""
    shoe: str = ""
    surface: str = ""
    activity: str = ""
    slope_deg: float = 0.0
    speed_m_s: float | None = None
    cadence_spm: float | None = None
    mass_kg: float | None = None
    feet: Mapping[Side, FootConditions] = field(default_factory=dict[Side, FootConditions])
    k_dyn: float | None = None
    k_u: float | None = None
    swing_share: float | None = None
    level: str = "5 % of body weight"
    filter: str = "none"
    clipped: float = 0.0
    sync_sd_s: float | None = None
    sync_limit_s: float = 0.003
    worn_s: float | None = None
    begin_s: float | None = None
    parameters: str = ""
    version: str = __version__
    changed: Mapping[str, float] = field(default_factory=dict[str, float])


def computing(changed: Mapping[str, float]) -> dict[str, float]:
    """Parameters that were set and belong to the way of computing."""
    return {name: value for name, value in changed.items() if not name.startswith(OF_THE_DAY)}


def conditions_of(
    result: Analysis, *, begin_s: float | None, swing_share: float | None
) -> Conditions:
    """What an analysis knows of its conditions; `cadence_spm` and `clipped` come from the steps.

    Args:
        result: the analysis.
        begin_s: clock time of the recording's origin.
        swing_share: force left in swings, in body weights.
    """
    p = Parameters(dict(result.changed))
    notes, check = result.notes, result.check
    known = bool(np.isfinite(check.k_dyn))
    width = check.ci95[1] - check.ci95[0]
    speed = notes.get("speed_m_s")
    if speed is None and p["springs.speed_m_s"] > 0:
        speed = p["springs.speed_m_s"]
    last_s = max((foot.last_s for foot in result.feet.values()), default=result.start_s)
    return Conditions(
        athlete=str(notes.get("athlete", "")).strip(),
        shoe=str(notes.get("shoe", "")).strip(),
        surface=str(notes.get("surface", "")).strip(),
        activity=result.activity,
        slope_deg=p["conditions.slope_deg"],
        speed_m_s=None if speed is None else float(speed),
        mass_kg=result.mass_kg,
        feet={side: _foot(foot) for side, foot in sorted(result.feet.items())},
        k_dyn=float(check.k_dyn) if known else None,
        k_u=float(width / (2 * 1.96 * check.k_dyn)) if known and np.isfinite(width) else None,
        swing_share=swing_share,
        level=_level(result, p),
        filter=result.filter,
        sync_sd_s=result.sync_sd_s,
        sync_limit_s=result.sync_limit_s,
        worn_s=last_s - result.start_s,
        begin_s=None if begin_s is None else begin_s + result.start_s,
        parameters=Parameters(computing(result.changed)).sha256(),
        changed=computing(result.changed),
    )


def together(several: Sequence[Conditions]) -> Conditions:
    """The conditions of several trials as of one: means of numbers, the worst of what spoils.

    What people wrote down is kept where all trials agree, else it is joined by " / ".
    """
    first = several[0]

    def words(name: str) -> str:
        return " / ".join(sorted({str(getattr(one, name)) for one in several}))

    def mean(name: str) -> float | None:
        known = [getattr(one, name) for one in several]
        if any(value is None for value in known):
            return None
        return float(np.mean(sorted(known)))

    def worst(name: str) -> float | None:
        known = [getattr(one, name) for one in several if getattr(one, name) is not None]
        return float(max(known)) if known else None

    masses = [one.mass_kg for one in several]
    k_dyn = mean("k_dyn")
    scatter = [one.k_dyn for one in several if one.k_dyn is not None]
    k_u = mean("k_u")
    if k_dyn is not None and len(scatter) > 1:
        k_u = float(np.std(np.sort(scatter), ddof=1) / np.sqrt(len(scatter)) / k_dyn)
    sides = sorted({side for one in several for side in one.feet})
    begins = [one.begin_s for one in several if one.begin_s is not None]
    return replace(
        first,
        athlete=words("athlete"),
        shoe=words("shoe"),
        surface=words("surface"),
        activity=words("activity"),
        slope_deg=float(np.mean(sorted(one.slope_deg for one in several))),
        speed_m_s=mean("speed_m_s"),
        cadence_spm=mean("cadence_spm"),
        mass_kg=None if None in masses else mean("mass_kg"),
        feet={
            side: _feet([one.feet[side] for one in several if side in one.feet]) for side in sides
        },
        k_dyn=k_dyn,
        k_u=k_u,
        swing_share=worst("swing_share"),
        level=words("level"),
        filter=words("filter"),
        clipped=worst("clipped") or 0.0,
        sync_sd_s=worst("sync_sd_s"),
        worn_s=min((one.worn_s for one in several if one.worn_s is not None), default=None),
        begin_s=min(begins, default=None),
        parameters=words("parameters"),
        version=words("version"),
    )


def _feet(several: Sequence[FootConditions]) -> FootConditions:
    def words(name: str) -> str:
        return " / ".join(sorted({str(getattr(one, name)) for one in several}))

    seen = set(several[0].observable)
    for one in several:
        seen &= set(one.observable)
    return FootConditions(
        unit=words("unit"),
        layout=words("layout"),
        rate_hz=min(one.rate_hz for one in several),
        quantity=words("quantity"),
        scale=words("scale"),
        zero=words("zero"),
        coverage=min(one.coverage for one in several),
        observable=tuple(name for name in several[0].observable if name in seen),
    )


def _foot(foot: FootResult) -> FootConditions:
    layout, calibration = foot.capability.layout, foot.calibration
    scale = (
        None if calibration.curves is None else asdict(calibration.curves),
        calibration.sensor_gain,
        calibration.gain,
        calibration.standing,
        foot.capability.scale,
        foot.capability.offset,
    )
    return FootConditions(
        unit=foot.capability.serial,
        layout=f"{layout.name}, {layout.sensors} sensors, {layout.length_mm:g} mm",
        rate_hz=foot.capability.rate_hz,
        quantity=foot.quantity,
        scale=_hash(scale),
        zero=_hash(calibration.zero),
        coverage=foot.ledger.coverage,
        observable=foot.observable,
    )


def _level(result: Analysis, p: Parameters) -> str:
    if p["events.rep_N"] > 0:
        return f"{p['events.rep_N']:g} N"
    if result.mass_kg is not None and all(f.quantity != "counts" for f in result.feet.values()):
        return f"{100 * p['events.rep_BW']:g} % of body weight"
    return f"{100 * p['events.no_mass_share']:g} % of the usual peak"


def _hash(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:16]
