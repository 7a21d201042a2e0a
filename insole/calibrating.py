"""From recordings to a calibration, and back to recordings with it.

What is computed is appended to the history beside each recording. Results that were stored with a
recording stay there; the new ones come from analysing it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from insole import plugins
from insole.analysis import Analysis, number
from insole.creeping import Check, serials_of, standing_of
from insole.curve_files import CurveFile
from insole.errors import CalibrationError
from insole.model.arrays import Floats
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.stream import Capability
from insole.parameters import Parameters
from insole.signal import procedures
from insole.signal.calibrate import sensor_gains
from insole.signal.curves import CurveSet
from insole.signal.masks import correction
from insole.signal.momentum import SelfCheck, pooled
from insole.stretches import Reader

SCHEMA = "insole.calibration/1"
NO_CREEP = "creep is not corrected, for no two standing checks are of its insoles and hours"
LEVEL = "holds for level ground, steady speed and no load carried; one factor for both feet"
HYSTERESIS = (
    "hysteresis of the sensors can add 1-3 % to the push-off half: "
    "compare it within the same insole only"
)


@dataclass(frozen=True, slots=True)
class Reanalysed:
    """A recording before and after."""

    path: Path
    stored: Path
    before: Analysis
    after: Analysis
    creep: bool = False


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was found, and what it did."""

    entries: tuple[Calibration, ...]
    files: tuple[Reanalysed, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The document `insole.calibration/1`."""
        return {
            "schema": SCHEMA,
            "calibrations": [asdict(entry) for entry in self.entries],
            "files": [
                {
                    "file": file.path.name,
                    "stored": file.stored.name,
                    "before": _said(file.before),
                    "after": _said(file.after),
                }
                for file in self.files
            ],
            "notes": list(self.notes),
        }


def calibrate(
    files: Sequence[Path],
    *,
    tare_from: Path | None = None,
    static: Mapping[str, Sequence[Path]] | None = None,
    curves: Sequence[CurveFile] = (),
    creep: bool = False,
    momentum: bool = False,
    foot_from: Path | None = None,
    anew: bool = False,
    mass_kg: float | None = None,
    apply_to: Sequence[Path] = (),
    parameters: Mapping[str, float] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Calibrated:
    """Compute, append to the history beside each recording, analyse it again.

    Args:
        files: recordings that get the calibration; single-leg stands are sought in them too.
        tare_from: recording with the feet lifted.
        static: `left` and `right` to recordings of standing on that foot.
        curves: of both insoles, or one for each.
        creep: correct creep from the standing checks in all of `files`; it is carried over to
            recordings of the same hours by their clock times.
        momentum: scale both feet alike by what they carry over whole strides of `files`, on top of
            what is in force.
        foot_from: recording of standing still, then on the toes: lays the mask on each foot.
        anew: begin with what the devices say: nothing that was in force holds any more.
        mass_kg: body mass; default is what the recordings say.
        apply_to: older recordings of the same insoles; with `foot_from` of the same person and
            shoe.
        parameters: overrides of defaults.toml, sections `gain` and `tare`.
        options: what tables do not say of themselves.

    Raises:
        CalibrationError: nothing can be computed, or it is not accepted.
        FileError: a recording cannot be read, or the history not be written.
    """
    reader = Reader(files[0], mass_kg=mass_kg, options=dict(options or {}))
    maker = _Maker(reader, Parameters(parameters or {}))
    history: list[Calibration] = []
    sides: dict[str, Side] = {}
    if anew:
        history += maker.anew(files[0], sides)
    for one in curves:
        history += maker.curves(files[0], one, sides)
    if tare_from is not None:
        history += maker.tare(tare_from, history, sides)
    given = static or {}
    for side in Side:
        stands = given.get(side.value) or ()
        found = maker.static(side, stands or files, history, sides, asked=bool(stands))
        history += found
    if momentum:
        history += maker.momentum(files, history, sides)
    if foot_from is not None:
        history += maker.foot(foot_from, history, sides)
    notes = [HYSTERESIS, *maker.on_both(files, history)]
    if not history and not creep:
        raise CalibrationError(
            "nothing to calibrate from",
            where=", ".join(path.name for path in files),
            why="there is no lifted foot to zero and no stand on one foot",
            fix="Give --tare-from, --static-left and --static-right, --momentum or --curves",
        )
    checks = maker.checks(files, history) if creep else []
    if creep and len(checks) < 2:
        raise CalibrationError(
            "the creep cannot be known",
            where=", ".join(path.name for path in files),
            why=f"{len(checks)} standing checks of {procedures.CHECK_S:g} s; 2 are needed, with "
            "body mass known",
            fix="In the course of a session stand still on both feet for 10 s, again and again",
        )
    done = [maker.apply(path, history, sides, checks=checks) for path in (*files, *apply_to)]
    notes += [f"{file.path.name}: {NO_CREEP}" for file in done if creep and not file.creep]
    return Calibrated(tuple(history), tuple(done), tuple(notes))


class _Maker:
    """Makes entries of the history out of recordings."""

    def __init__(self, reader: Reader, parameters: Parameters) -> None:
        self._reader = reader
        self._parameters = parameters
        self._when = datetime.now().astimezone().isoformat(timespec="seconds")

    def anew(self, path: Path, sides: dict[str, Side]) -> list[Calibration]:
        """An entry of each insole that ends what was in force."""
        feet = self._reader.feet(path, ())
        sides.update({foot.capability.device: side for side, foot in feet.items()})
        return [self._entry(foot.capability, "anew") for foot in feet.values()]

    def curves(self, path: Path, file: CurveFile, sides: dict[str, Side]) -> list[Calibration]:
        """The curves as an entry of each insole that they are of."""
        entries: list[Calibration] = []
        for side, foot in self._reader.feet(path, ()).items():
            if file.side not in (None, side):
                continue
            sensors = foot.capability.layout.sensors
            CurveSet(file.curves, sensors=sensors)
            if file.sensor_gain is not None:
                sensor_gains(file.sensor_gain, sensors)
            sides[foot.capability.device] = side
            entries.append(
                self._entry(
                    foot.capability,
                    "curve",
                    curves=file.curves,
                    sensor_gain=file.sensor_gain,
                    notes=file.notes,
                )
            )
        return entries

    def tare(
        self, path: Path, history: Sequence[Calibration], sides: dict[str, Side]
    ) -> list[Calibration]:
        """Zero of each insole."""
        entries: list[Calibration] = []
        feet = self._reader.feet(path, history)
        for side, foot in feet.items():
            found = procedures.tare(
                foot.time_s,
                foot.values,
                foot.total_n,
                kpa_per_unit=foot.kpa_per_unit,
                parameters=self._parameters,
            )
            bw_n = self._reader.weight(foot.capability, path)
            if bw_n is not None and foot.is_force:
                other = feet.get(side.other)
                theirs = (other.time_s, other.total_n) if other else None
                procedures.check_lifted(found, theirs, bw_n=bw_n)
            sides[foot.capability.device] = side
            entries.append(
                self._entry(
                    foot.capability,
                    "tare",
                    zero=tuple(found.zero.tolist()),
                    source=(path.name,),
                    notes=(procedures.TARE_IN_SHOE,),
                )
            )
        return entries

    def static(
        self,
        side: Side,
        paths: Sequence[Path],
        history: Sequence[Calibration],
        sides: dict[str, Side],
        *,
        asked: bool,
    ) -> list[Calibration]:
        """Gain of one foot; nothing when nobody asked for it and there is no stand."""
        stands: list[tuple[Floats, Floats, Floats]] = []
        capability: Capability | None = None
        bw_n: float | None = None
        for path in paths:
            feet = self._reader.feet(path, history)
            if side not in feet:
                continue
            own, other = feet[side], feet.get(side.other)
            capability = own.capability
            bw_n = self._reader.weight(capability, path)
            stands.append(
                procedures.on_grid(
                    (own.time_s, own.total_n), (other.time_s, other.total_n) if other else None
                )
            )
        if capability is None or bw_n is None:
            if not asked:
                return []
            raise CalibrationError(
                f"no {side} foot or no body mass",
                where=", ".join(path.name for path in paths),
                why="a gain needs the force of the foot and the weight that it carries",
                fix="Give a recording with both feet, and --mass KG",
            )
        try:
            found = procedures.static_gain(
                stands, bw_n=bw_n, foot=side.value, parameters=self._parameters
            )
        except CalibrationError:
            if asked:
                raise
            return []
        sides[capability.device] = side
        return [
            self._entry(
                capability,
                "static",
                gain=found.gain,
                gain_u_rel=found.u_rel,
                source=tuple(path.name for path in paths),
                notes=(found.note,) if found.note else (),
            )
        ]

    def momentum(
        self, paths: Sequence[Path], history: Sequence[Calibration], sides: dict[str, Side]
    ) -> list[Calibration]:
        """One factor for both feet from steady gait (science.md, 2.4.2), over the gains in force.

        Raises:
            CalibrationError: nowhere is a steady gait of both feet.
        """
        checks: list[SelfCheck] = []
        gains: dict[str, tuple[Capability, float]] = {}
        why: list[str] = []
        for path in paths:
            trial = self._reader.trial(path, history)
            check = trial.analysis().check
            if not np.isfinite(check.k_dyn):
                why.append(f"{path.name}: {check.why}")
                continue
            checks.append(check)
            for side, foot in trial.pair.feet.items():
                sides[foot.capability.device] = side
                gains[foot.capability.device] = foot.capability, foot.calibration.gain
        if not checks:
            raise CalibrationError(
                "no gait to scale the feet by",
                where=", ".join(path.name for path in paths),
                why="; ".join(why),
                fix="Walk or run on level ground at a steady speed for a minute, body mass set",
            )
        k, u_rel, note = pooled(checks)
        names = tuple(path.name for path in paths)
        return [
            self._entry(
                capability,
                "momentum",
                gain=gain * k,
                gain_u_rel=u_rel,
                source=names,
                notes=(note, LEVEL),
            )
            for capability, gain in gains.values()
        ]

    def foot(
        self, path: Path, history: Sequence[Calibration], sides: dict[str, Side]
    ) -> list[Calibration]:
        """Where each foot lies in its insole, from standing still and then on the toes.

        Raises:
            CalibrationError: the two cannot be told, or the foot cannot be found from them.
        """
        trial = self._reader.trial(path, history)
        entries: list[Calibration] = []
        for side, foot in sorted(trial.pair.feet.items()):
            rows = foot.slow.rows()
            stood, risen = procedures.stood_and_risen(rows.force_n, rows.points_n[:, 0])
            along = rows.cop_mm[:, 1] / foot.capability.layout.length_mm
            if not (stood.any() and risen.any()):
                missing = "standing still" if risen.any() else "on the toes"
                raise CalibrationError(
                    "the foot cannot be found in the insole",
                    where=f"{path.name}, {side} foot",
                    why=f"nowhere is it {missing} for long enough, as heel and CoP tell",
                    fix="Record standing still for 5 s, then on the toes of both feet for 5 s",
                )
            found = correction(along[stood], along[risen], parameters=trial.pair.parameters)
            place = found["mask.foot_start"], found["mask.foot_scale"]
            sides[foot.capability.device] = side
            note = f"the foot is taken for {100 * place[1]:.0f} % as long as the insole"
            entries.append(
                self._entry(foot.capability, "foot", foot=place, source=(path.name,), notes=(note,))
            )
        return entries

    def on_both(self, paths: Sequence[Path], history: Sequence[Calibration]) -> list[str]:
        """Do both feet together carry body weight while standing? A sentence for each file."""
        said: list[str] = []
        for path in paths:
            feet = self._reader.feet(path, history, scaled=True)
            if len(feet) < 2:
                continue
            left, right = feet[Side.LEFT], feet[Side.RIGHT]
            bw_n = self._reader.weight(left.capability, path)
            if bw_n is None:
                continue
            _, mine, theirs = procedures.on_grid(
                (left.time_s, left.total_n), (right.time_s, right.total_n)
            )
            found = procedures.on_both(mine, theirs, bw_n=bw_n, least_s=procedures.STEADY_S)
            if not found:
                continue
            share = float(np.median(np.concatenate(found))) / bw_n
            good = abs(share - 1.0) < procedures.BOTH_REL
            said.append(
                f"{path.name}: standing on both feet they carry {100 * share:.1f} % of body "
                f"weight{'' if good else ', more than 5 % off: repeat the calibration'}"
            )
        return said

    def apply(
        self,
        path: Path,
        history: Sequence[Calibration],
        sides: Mapping[str, Side],
        *,
        checks: Sequence[Check],
    ) -> Reanalysed:
        """Append to the history of a recording and analyse it before and after."""
        before, devices = self._reader.analysed(path)
        entries = [
            replace(entry, device=here.device, serial=here.serial)
            for entry in history
            if (here := devices.get(sides[entry.device])) is not None and _same_kind(entry, here)
        ]
        creep = self._creep(path, devices, checks)
        entries += creep
        if not entries:
            raise CalibrationError(
                "the calibration is of other insoles",
                where=path.name,
                why=NO_CREEP if checks else "serial, side or number of sensors is another one",
                fix="Name recordings of the same insoles",
            )
        for name in plugins.names("insole.additions")[:1]:
            stored = plugins.load("insole.additions", name).add(path, entries)
            after, _ = self._reader.analysed(path)
            return Reanalysed(path, stored, before, after, creep=bool(creep))
        raise CalibrationError(
            "the calibration cannot be kept",
            where="insole.additions",
            why="nothing is installed that keeps it",
            fix="Reinstall insole",
        )

    def checks(self, paths: Sequence[Path], history: Sequence[Calibration]) -> list[Check]:
        """Times of standing on both feet in all recordings."""
        found: list[Check] = []
        for path in paths:
            feet = self._reader.feet(path, history, scaled=True)
            if len(feet) < 2:
                continue
            left, right = feet[Side.LEFT], feet[Side.RIGHT]
            bw_n = self._reader.weight(left.capability, path)
            if bw_n is None:
                continue
            grid = procedures.on_grid((left.time_s, left.total_n), (right.time_s, right.total_n))
            serials = serials_of({side: foot.capability for side, foot in feet.items()})
            clock = self._reader.clock_s(path)
            found += [
                Check(path, serials, clock, at, force)
                for at, force in procedures.standing_checks(*grid, bw_n=bw_n)
            ]
        return found

    def _creep(
        self, path: Path, devices: Mapping[Side, Capability], checks: Sequence[Check]
    ) -> list[Calibration]:
        standing, source = standing_of(
            path, self._reader.clock_s(path), serials_of(devices), checks=checks
        )
        return [
            self._entry(capability, "creep", standing=standing, source=source)
            for capability in devices.values()
            if standing
        ]

    def _entry(self, capability: Capability, method: Any, **found: Any) -> Calibration:
        return Calibration(
            device=capability.device,
            method=method,
            when=self._when,
            serial=capability.serial,
            **found,
        )


def _same_kind(entry: Calibration, here: Capability) -> bool:
    other = entry.serial and here.serial and entry.serial != here.serial
    return not other and (entry.zero is None or len(entry.zero) == here.layout.sensors)


def _said(result: Analysis) -> dict[str, Any]:
    return {
        "result_sha256": result.result_sha256,
        "k_dyn": number(result.check.k_dyn),
        "verdict": result.check.verdict,
        "why": result.check.why,
    }
