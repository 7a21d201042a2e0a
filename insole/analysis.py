"""The result of a trial: steps, summary, self-check, and what is not available and why.

`Analysis.to_dict()` is the document `insole.analysis/1`: its names are promised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from insole import __version__
from insole.metrics import registry
from insole.metrics.balance import Foot
from insole.metrics.left_out import left_out
from insole.metrics.movement import movement, without_scale
from insole.metrics.personal import NOT_ASKED, Personal, banded, section
from insole.metrics.sanity import section as sanity
from insole.metrics.spec import MetricSpec
from insole.metrics.summary import BETWEEN_FEET, summarise, symmetry
from insole.metrics.third_party import Metric, attach
from insole.model.calibration import InForce
from insole.model.foot import REGIONS, Quantity, Side
from insole.model.gait import Steps
from insole.model.quality import Ledger
from insole.model.stream import Capability, Mark
from insole.model.trial import Alignment, ClockFit, Decision
from insole.parameters import Parameters
from insole.pipeline import Changed, PairPipeline
from insole.plugins import load_all
from insole.signal.activity import activity_of
from insole.signal.course import Curve
from insole.signal.gait_line import is_reversed
from insole.signal.health import Finding
from insole.signal.momentum import SelfCheck, self_check, too_light
from insole.signal.slow_record import RATE_HZ
from insole.signal.together import sync_sd_s
from insole.step_rows import listed, rows_of

SCHEMA = "insole.analysis/1"
SCALE_UNCERTAIN = "force scale uncertain: see self_check; shares and times hold"


@dataclass(frozen=True, slots=True)
class FootResult:
    """What is known of one foot besides its steps."""

    capability: Capability
    ledger: Ledger
    clock: ClockFit | None
    first_s: float
    last_s: float
    observable: tuple[str, ...]
    quantity: Quantity
    calibration: InForce
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """A trial's result; times in `left` and `right` are on the pipeline's axis.

    Attributes:
        left, right: tables of final steps.
        feet: what is known of each foot that was seen.
        mass_kg: body mass in use.
        activity: dominant activity.
        check: momentum self-check (science.md, section 2.4).
        parameters_sha256, changed: the parameters in force.
        start_s: the recording's first sample on the pipeline's axis.
        curves: mean course of the force under each foot.
        added: definitions of metrics of other packages that stand in the tables.
        failed: entry point of a metric that could not be computed, and why.
        marks: (seconds from the first sample, text).
        movement: the sections `gait_line`, `balance`, `hops` and `springs` of the document.
        masks: mask, side and region to loads, where asked for.
        sync_sd_s: standard uncertainty of one foot's time against the other's; None: one foot.
        sync_limit_s: up to here symmetry of times between the feet is given.
        alignment: what was taken off one foot's times, or None.
        personal: what is usual for this person; compared with by `insole.earlier`.
        changes: of what the insoles said of themselves in the course of the trial.
        decision: what was decided about the finished recording, or None.
        no_data: feet that gave no sample, and what was last said of their links; "" of those that
            nobody heard of.
        filter: `zero_phase` for a research result that read the whole recording at once.
        result_sha256: hash of every number in both tables.
    """

    left: Steps
    right: Steps
    feet: Mapping[Side, FootResult]
    mass_kg: float | None
    activity: str
    check: SelfCheck
    parameters_sha256: str
    changed: Mapping[str, float]
    start_s: float
    marks: tuple[tuple[float, str], ...] = ()
    movement: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file: str | None = None
    sha256: str | None = None
    curves: Mapping[Side, Curve] = field(default_factory=dict[Side, Curve])
    added: tuple[MetricSpec, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    filter: str = "none"
    masks: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sync_sd_s: float | None = None
    sync_limit_s: float = 0.0
    alignment: Alignment | None = None
    personal: Personal = NOT_ASKED
    changes: tuple[Changed, ...] = ()
    decision: Decision | None = None
    no_data: Mapping[Side, str] = field(default_factory=dict[Side, str])

    @property
    def result_sha256(self) -> str:
        """Hash over flags, values and uncertainties of both tables, bit for bit."""
        digest = hashlib.sha256()
        for steps in (self.left, self.right):
            digest.update(steps.side.encode())
            digest.update(np.ascontiguousarray(steps.flags).tobytes())
            for columns in (steps.value, steps.u, steps.u_shared):
                for name in sorted(columns):
                    digest.update(name.encode())
                    digest.update(np.ascontiguousarray(columns[name]).tobytes())
        return digest.hexdigest()

    @property
    def steps(self) -> list[dict[str, Any]]:
        """One dictionary per step of both feet, in order of foot strike."""
        rows = rows_of(self.left, self.start_s) + rows_of(self.right, self.start_s)
        return sorted(rows, key=lambda row: row["foot_strike_s"])

    def not_available(self) -> dict[str, str]:
        """Metric id to the reason why it cannot be given."""
        reasons: dict[str, str] = {}
        for foot in self.feet.values():
            found = registry.not_available(
                rate_hz=foot.capability.rate_hz,
                mass_known=self.mass_kg is not None,
                observable=foot.observable,
                feet=len(self.feet),
                is_force=foot.quantity != "counts",
                is_pressure=foot.capability.layout.kind != "force" or foot.quantity == "kPa",
            )
            reasons = {**found, **reasons}
        for side, foot in self.feet.items():
            reasons = {**left_out(self._table(side), foot.findings), **reasons}
        if self._is_doubtful:
            spoiled = (*registry.IN_NEWTONS, *registry.BESIDE_IN_NEWTONS)
            reasons = {**dict.fromkeys(spoiled, SCALE_UNCERTAIN), **reasons}
        if self.sync_sd_s is not None and not self.synchronised:
            doubt, limit = 1e3 * self.sync_sd_s, 1e3 * self.sync_limit_s
            why = f"the feet share time within {doubt:.1f} ms only; {limit:g} ms are needed"
            reasons |= {f"symmetry.{name}": why for name in sorted(BETWEEN_FEET)}
        return reasons

    @property
    def synchronised(self) -> bool:
        """Do the feet share time well enough for a symmetry of step times?"""
        return self.sync_sd_s is not None and self.sync_sd_s < self.sync_limit_s

    @property
    def _is_doubtful(self) -> bool:
        return self.check.verdict == "force scale uncertain"

    def to_dict(self) -> dict[str, Any]:
        """The document `insole.analysis/1`."""
        summary = {side.value: self._summary(self._table(side)) for side in Side}
        between = symmetry(self.left, self.right, synchronised=self.synchronised)
        return {
            "schema": SCHEMA,
            "file": self.file,
            "sha256": self.sha256,
            "generator": {"name": "insole", "version": __version__},
            "mass_kg": self.mass_kg,
            "activity": self.activity,
            "sides": {side.value: self._side(side) for side in Side},
            "no_data": {side.value: why for side, why in sorted(self.no_data.items())},
            "steps": self.steps,
            "summary": {
                **summary,
                "symmetry": banded(between, self.personal),
            },
            "personal_baseline": section(summary, self.personal),
            "sanity": sanity(
                self.activity,
                summary,
                self._hop_sets(),
                mass_kg=self.mass_kg,
                parameters=Parameters(dict(self.changed)),
            ),
            "self_check": {
                "k_dyn": number(self.check.k_dyn),
                "ci95": [number(bound) for bound in self.check.ci95],
                "verdict": self.check.verdict,
                "why": self.check.why,
                "k_static": {
                    side.value: foot.calibration.static for side, foot in sorted(self.feet.items())
                },
            },
            "health": [
                {"side": side.value, **self._finding(found)}
                for side, foot in sorted(self.feet.items())
                for found in foot.findings
            ],
            **(without_scale(self.movement) if self._is_doubtful else self.movement),
            **({"masks": dict(self.masks)} if self.masks else {}),
            "not_available": self.not_available(),
            "changes": [
                {
                    "side": one.side.value,
                    "after_s": None if one.after_s is None else one.after_s - self.start_s,
                    "text": one.text,
                }
                for one in self.changes
            ],
            "marks": [{"t_s": time_s, "text": text} for time_s, text in self.marks],
            "provenance": {
                "result_sha256": self.result_sha256,
                "parameters_sha256": self.parameters_sha256,
                "parameters_set": dict(self.changed),
                "filter": self.filter,
                "decision": None if self.decision is None else asdict(self.decision),
                "calibration_sha256": _calibration_sha256(self.feet),
            },
            "synchronisation": {
                "sync_sd_s": self.sync_sd_s,
                "alignment": asdict(self.alignment) if self.alignment else None,
            },
            "curves": {
                side.value: _curve(self.curves[side]) if side in self.curves else None
                for side in Side
            },
            **(
                {
                    "added_metrics": [asdict(spec) for spec in self.added],
                    "failed_metrics": dict(self.failed),
                }
                if self.added or self.failed
                else {}
            ),
            "notes": dict(self.notes),
        }

    def _hop_sets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] | None = self.movement.get("hops", {"sets": None})["sets"]
        return found or []

    def _level_n(self) -> float | None:
        """Force at which contacts are timed; None: it follows the load, for mass is not known."""
        p = Parameters(dict(self.changed))
        if p["events.rep_N"] > 0:
            return p["events.rep_N"]
        return None if self.mass_kg is None else p["events.rep_BW"] * p["physics.g"] * self.mass_kg

    def _table(self, side: Side) -> Steps:
        return self.left if side is Side.LEFT else self.right

    def _summary(self, steps: Steps) -> Mapping[str, Any] | None:
        """Means of one foot; without newtons and body weights where their scale is in doubt."""
        if steps.side not in self.feet:
            return None
        whole = summarise(steps)
        if not self._is_doubtful:
            return whole
        return {name: entry for name, entry in whole.items() if name not in registry.IN_NEWTONS}

    def _finding(self, found: Finding) -> dict[str, Any]:
        return {
            "sensor": found.number,
            "state": found.state,
            "since_s": found.since_s - self.start_s,
            "until_s": None if found.until_s is None else found.until_s - self.start_s,
            "samples": found.samples,
            "text": found.text,
        }

    def _side(self, side: Side) -> dict[str, Any] | None:
        foot = self.feet.get(side)
        if foot is None:
            return None
        book = foot.ledger
        duration = foot.last_s - foot.first_s
        return {
            "rate_hz": foot.capability.rate_hz,
            "samples": book.received,
            "duration_s": duration,
            "expected": book.expected,
            "received": book.received,
            "recovered": book.recovered,
            "lost": book.lost,
            "coverage": book.coverage,
            "duplicates": book.duplicates,
            "reordered": book.reordered,
            "corrupt": book.corrupt,
            "largest_gap_s": book.largest_gap_s,
            "clock_ppm": number(foot.clock.skew_ppm) if foot.clock else None,
            "layout": foot.capability.layout.name,
            "sensors": foot.capability.layout.sensors,
            "quantity": foot.quantity,
            "reporting_level_N": self._level_n(),
            "device": foot.capability.serial,
        }


def analyse(
    pair: PairPipeline,
    *,
    ledgers: Mapping[Side, Ledger],
    marks: Sequence[Mark] = (),
    said: Mapping[Side, str] | None = None,
) -> Analysis:
    """The result of everything that a pair's pipeline has seen.

    Args:
        pair: the pipeline.
        ledgers: where each foot's samples went.
        marks: set by the user.
        said: what was last said of the links.
    """
    tables, added, failed = with_added(*pair.steps())
    left, right = tables
    feet = {
        side: FootResult(
            capability=foot.capability,
            ledger=ledgers[side],
            clock=foot.clock.fit,
            first_s=pair.first_s[side],
            last_s=pair.last_s[side],
            observable=tuple(
                name
                for name, seen in zip(REGIONS, foot.load.regions.observable, strict=True)
                if seen
            ),
            quantity=foot.load.quantity,
            calibration=foot.calibration,
            findings=_findings(pair, side),
        )
        for side, foot in sorted(pair.feet.items())
        if side in pair.first_s
    }
    mass_kg = next((f.mass_kg for _, f in sorted(pair.feet.items()) if f.mass_kg is not None), None)
    start_s = min((foot.first_s for foot in feet.values()), default=0.0)
    origin_ns = pair.start.origin_ns
    sections, quiet_s = movement(
        left,
        right,
        feet={side: _stood(pair, side) for side in feet},
        lines={side: pair.feet[side].lines.line() for side in feet},
        mass_kg=mass_kg,
        start_s=start_s,
        parameters=pair.parameters,
    )
    return Analysis(
        left=left,
        right=right,
        feet=feet,
        mass_kg=mass_kg,
        activity=activity_of(left, right, standing_s=quiet_s),
        check=_checked_scale(pair, left, right, mass_kg=mass_kg),
        parameters_sha256=pair.parameters.sha256(),
        changed=pair.parameters.changed,
        start_s=start_s,
        marks=tuple(((mark.arrival_ns - origin_ns) * 1e-9 - start_s, mark.text) for mark in marks),
        added=added,
        failed=failed,
        curves={side: pair.feet[side].contacts.curve for side in feet},
        movement=sections,
        sync_sd_s=sync_of(pair),
        sync_limit_s=pair.parameters["clock.sync_sd_s"],
        alignment=pair.start.alignment,
        changes=tuple(pair.changes),
        decision=pair.start.decision,
        no_data={side: (said or {}).get(side, "") for side in Side if side not in feet},
    )


def sync_of(pair: PairPipeline) -> float | None:
    """An alignment replaces the doubt of clocks that had settled before the trial began."""
    moved = pair.start.alignment
    settled = {prior.device for prior in pair.start.clocks}
    devices = {foot.capability.device for foot in pair.feet.values()}
    sync = sync_sd_s(pair.clock(Side.LEFT), pair.clock(Side.RIGHT))
    if sync is None or moved is None or moved.device not in devices:
        return sync
    return moved.u_s if devices <= settled else float(np.hypot(sync, moved.u_s))


def _findings(pair: PairPipeline, side: Side) -> tuple[Finding, ...]:
    """What was wrong with sensors, and whether the whole foot rolls the wrong way."""
    foot = pair.feet[side]
    found = (*foot.findings_before, *foot.sensors.findings)
    if is_reversed(foot.lines.line(), length_mm=foot.capability.layout.length_mm):
        found = (*found, Finding(None, "reversed", pair.first_s[side]))
    return found


def _checked_scale(
    pair: PairPipeline, left: Steps, right: Steps, *, mass_kg: float | None
) -> SelfCheck:
    """The momentum check; where there are too few steps for it, whether the loads are a gait's."""
    check = self_check(left, right, mass_kg=mass_kg, parameters=pair.parameters)
    if check.verdict != "n/a" or mass_kg is None:
        return check
    forces = [foot.slow.rows().force_n for foot in pair.feet.values() if foot.load.is_force]
    light = too_light(forces, bw_n=mass_kg * pair.parameters["physics.g"], rate_hz=RATE_HZ)
    return light or check


def _stood(pair: PairPipeline, side: Side) -> Foot:
    foot = pair.feet[side]
    layout = foot.capability.layout
    return Foot(
        rows=foot.slow.rows(),
        size_mm=(layout.width_mm, layout.length_mm),
        rate_hz=foot.capability.rate_hz,
        is_force=foot.load.is_force,
        stood=foot.stood.rows(),
    )


def added_metrics() -> tuple[dict[str, Metric], dict[str, str]]:
    """Metrics of other packages by entry point, and why some cannot be used."""
    good, broken = load_all("insole.metrics")
    failed = {one.name: one.why for one in broken}
    failed |= {
        name: f"{type(one).__name__} is no Metric"
        for name, one in good.items()
        if not isinstance(one, Metric)
    }
    return {name: one for name, one in good.items() if isinstance(one, Metric)}, failed


def with_added(
    left: Steps, right: Steps
) -> tuple[tuple[Steps, Steps], tuple[MetricSpec, ...], dict[str, str]]:
    """Both tables with the columns of other packages, their definitions, and what failed."""
    offered, failed = added_metrics()
    if not offered:
        return (left, right), (), failed
    one, two = attach(left, offered), attach(right, offered)
    failed |= {**one.failed, **two.failed}
    specs = tuple(metric.spec for name, metric in offered.items() if name not in failed)
    return (one.steps, two.steps), specs, failed


def _calibration_sha256(feet: Mapping[Side, FootResult]) -> str:
    """Hash of the calibration in force of each foot."""
    told = {side.value: asdict(foot.calibration) for side, foot in sorted(feet.items())}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _curve(curve: Curve) -> dict[str, Any]:
    """Mean course of the force over contact: 0 to 100 %."""
    return {
        "n": curve.n,
        "percent": list(range(len(curve.mean_n))),
        "force_N": listed(curve.mean_n),
        "force_sd_N": listed(curve.sd_n),
    }


def number(value: float) -> float | None:
    """A number for JSON: None where there is none."""
    return float(value) if np.isfinite(value) else None
