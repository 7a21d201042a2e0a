"""What a file holds, in numbers: the document `insole.info/1` of any readable file."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from insole.layouts.reading import UNITS
from insole.model.arrays import Ints
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.stream import Capability, Readings, Samples
from insole.plugins import Recording, readings_of

READ_BYTES = 1 << 20


def info(recording: Recording) -> dict[str, Any]:
    """The document. Reads the whole file once, in blocks.

    `t` of a foot is its own device time from its first sample; `missing` are the samples that its
    numbering or its time leaves out; `sum` and `max` are in the unit of the file (mmHg, say),
    `total` is in newtons, or in counts.

    Raises:
        FileError: it is damaged.
    """
    feet: dict[str, _Foot] = {}
    unit: str | None = getattr(recording, "unit", None)  # of foreign files
    capabilities: dict[str, Capability] = {}
    for item in recording.decoded():
        if isinstance(item, Capability):
            capabilities[item.device] = item
            continue
        capability = capabilities.get(item.device)
        if capability is None:
            continue
        side = recording.start.side_of(item.device, capability.side)
        name = side.value if side is not None else item.device
        feet.setdefault(name, _Foot(item.device, unit)).push(item, capability)
    sides = {side.value: feet[side.value].document() for side in Side if side.value in feet}
    completed: bool = getattr(recording, "completed", True)
    return {
        "schema": "insole.info/1",
        "file": str(recording.path),
        "format": recording.format,
        "sha256": sha256(recording.path),
        "duration_s": max((foot.duration_s for foot in feet.values()), default=0.0),
        "completed": completed,
        "sides": sides,
        "other_devices": sorted(set(feet) - set(sides)),
        "readings": _beside(recording, {foot.device: name for name, foot in feet.items()}),
        "mass_kg": recording.start.mass_kg,
        "calibrations": [
            _calibration(entry, {foot.device: name for name, foot in feet.items()})
            for entry in recording.start.calibrations
        ],
        "notes": asdict(recording.notes),
    }


def lines(document: dict[str, Any]) -> list[str]:
    """The document for people."""
    state = "" if document["completed"] else ", cut off: run `insole recover`"
    out = [f"{document['file']}: {document['format']}, {document['duration_s']:.2f} s{state}"]
    for side, foot in document["sides"].items():
        out.append(
            f"  {side:<5}  {foot['samples']} samples, {foot['missing']} missing, "
            f"{foot['rate_hz']:g} Hz, {foot['sensors']} sensors in {foot['unit']}, "
            f"largest {foot['max']:.1f}, total at most {foot['total']['max']:.1f} "
            f"{foot['total']['unit']} at {foot['total']['max_t_s']:.3f} s"
        )
    if not document["sides"]:
        out.append("  no samples of a known foot")
    for told in document["readings"]:
        rate = f", {told['rate_hz']:.0f} Hz" if told["rate_hz"] is not None else ""
        unit = f" in {told['unit']}" if told["unit"] else ""
        out.append(f"  {told['of']:<5}  {told['kind']}{unit}: {told['rows']} rows{rate}")
    out += [f"  calibration: {_told(entry)}" for entry in document["calibrations"]]
    notes = {key: value for key, value in document["notes"].items() if value not in ("", None)}
    out += [f"  {key}: {value}" for key, value in notes.items()]
    return out


def _calibration(entry: Calibration, names: dict[str, str]) -> dict[str, Any]:
    """An entry of the history, without its tables."""
    return {
        "of": names.get(entry.device, entry.device),
        "method": entry.method,
        "when": entry.when,
        "gain": entry.gain,
        "gain_u_rel": entry.gain_u_rel,
        "zeros": None if entry.zero is None else len(entry.zero),
        "foot": entry.foot,
        "source": list(entry.source),
        "notes": list(entry.notes),
    }


def _told(entry: dict[str, Any]) -> str:
    """An entry of the history in a line."""
    said = [f"{entry['method']} of {entry['of']}"]
    if entry["gain"] is not None:
        said.append(f"gain {entry['gain']:.4f}")
    if entry["foot"] is not None:
        said.append(f"foot {100 * entry['foot'][1]:.0f} % of the insole long")
    if entry["source"]:
        said.append(f"from {', '.join(entry['source'])}")
    if entry["when"]:
        said.append(entry["when"])
    return ", ".join(said)


def _beside(recording: Recording, names: dict[str, str]) -> list[dict[str, Any]]:
    """What devices told beside their pressure; `of` is the foot, or the device's own key."""
    found: dict[tuple[str, str], list[Readings]] = {}
    for item in readings_of(recording):
        bare = replace(item, values=item.values[:0], arrival_ns=item.arrival_ns[:0])
        found.setdefault((item.device, item.kind), []).append(bare)
    return [
        {
            "of": names.get(device, device),
            "device": device,
            "kind": kind,
            "unit": blocks[0].unit,
            "channels": list(blocks[0].channels),
            "rows": sum(len(block.tick_us) for block in blocks),
            "rate_hz": _rate_hz(np.concatenate([block.tick_us for block in blocks])),
        }
        for (device, kind), blocks in sorted(found.items())
    ]


def _rate_hz(tick_us: Ints) -> float | None:
    """Rows a second of device time, gaps left out; None when they do not come regularly."""
    steps = np.diff(np.unique(tick_us))
    if not len(steps):
        return None
    usual = float(np.median(steps))
    near = steps[np.abs(steps - usual) <= 0.5 * usual]
    return 1e6 / float(near.mean()) if 2 * len(near) > len(steps) else None


def sha256(path: Path) -> str | None:
    """Hash of the file's bytes; None when only its journal is left."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(READ_BYTES):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


class _Foot:
    """Running figures of one foot."""

    def __init__(self, device: str, unit: str | None) -> None:
        self.device = device
        self._foreign = unit
        self._capability: Capability | None = None
        self._unit = ""
        self._samples = 0
        self._missing = 0
        self._sum = 0.0
        self._max = -math.inf
        self._total_sum = 0.0
        self._total_max = (-math.inf, 0.0)
        self._first_us = 0
        self._next: tuple[int, int] | None = None  # segment and number that would follow
        self.duration_s = 0.0

    def push(self, block: Samples, capability: Capability) -> None:
        if not len(block.sequence):
            return
        if self._capability is None:
            self._first_us = int(block.tick_us[0])
        self._capability = capability
        number = block.sequence
        gaps = int(number[-1]) - int(number[0]) + 1 - len(number)
        if self._next is not None and self._next[0] == block.segment:
            gaps += int(number[0]) - self._next[1]
        self._missing += max(0, gaps)
        self._next = (block.segment, int(number[-1]) + 1)
        self._samples += len(number)
        time_s = (block.tick_us - self._first_us) / 1e6
        self.duration_s = max(self.duration_s, float(time_s[-1]))
        values = np.asarray(block.values, dtype=np.float64) * capability.scale + capability.offset
        self._unit, factor = _unit(capability, block.values.dtype.kind)
        told = values / factor
        if self._foreign is not None:
            self._unit, told = self._foreign, block.values
        self._sum += float(np.nansum(told))
        self._max = max(self._max, float(np.nanmax(told, initial=-math.inf)))
        total = np.nansum(values * _newton_per_unit(capability), axis=1)
        self._total_sum += float(total.sum())
        at = int(np.argmax(total))
        self._total_max = max(
            self._total_max, (float(total[at]), float(time_s[at])), key=lambda pair: pair[0]
        )

    def document(self) -> dict[str, Any]:
        capability = self._capability
        if capability is None:
            return {}
        total_unit = "counts" if capability.quantity == "counts" else "N"
        return {
            "device": self.device,
            "samples": self._samples,
            "missing": self._missing,
            "rate_hz": capability.rate_hz,
            "sensors": capability.layout.sensors,
            "layout": capability.layout.name,
            "quantity": capability.quantity,
            "unit": self._unit,
            "sum": self._sum,
            "max": self._max if math.isfinite(self._max) else 0.0,
            "total": {
                "unit": total_unit,
                "sum": self._total_sum,
                "max": self._total_max[0],
                "max_t_s": self._total_max[1],
            },
        }


def _unit(capability: Capability, kind: str) -> tuple[str, float]:
    """Unit of the file, and its factor to the quantity; whole numbers are codes of a device."""
    if kind == "f":
        for unit, factor in UNITS[capability.quantity].items():
            if math.isclose(factor, capability.scale):
                return unit, factor
    return capability.quantity, 1.0


def _newton_per_unit(capability: Capability) -> Any:
    """Newtons per unit of each sensor: 1 kPa on 1 cm2 is 0.1 N (science.md, section 1)."""
    return capability.layout.area_cm2 * 0.1 if capability.quantity == "kPa" else 1.0
