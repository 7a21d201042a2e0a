"""A case of a drill: the loads under both feet, drawn as lines and waves.

A case is the truth that the drills are tested against, and a drill without hardware. It is data
from outside: it is read into checked nouns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from insole.errors import DamagedFile, FileError, RequestError
from insole.model.arrays import Floats
from insole.model.foot import REGIONS, Side

LARGEST_BYTES = 4 << 20
LONGEST_S = 3600.0
RATES_HZ = (20.0, 2000.0)
MASSES_KG = (20.0, 250.0)
MOST_POINTS = 20_000  # of one region, and bumps or ripples of a case
LARGEST_BW = 20.0


@dataclass(frozen=True, slots=True)
class Wave:
    """Something added to the lines of one region.

    Attributes:
        kind: `bump`, `ripple` or `drift`.
        side, region: where.
        from_s, to_s: when.
        bw: height in body weights.
        hz, phase: of a ripple.
    """

    kind: str
    side: Side
    region: str
    from_s: float
    to_s: float
    bw: float
    hz: float = 0.0
    phase: float = 0.0

    def at(self, time_s: Floats) -> Floats:
        """(n,) body weights."""
        inside = (time_s >= self.from_s) & (time_s <= self.to_s)
        match self.kind:
            case "bump":
                share = (time_s - self.from_s) / (self.to_s - self.from_s)
                return np.where(inside, self.bw * np.sin(np.pi * share), 0.0)
            case "ripple":
                wave = np.sin(2.0 * np.pi * self.hz * time_s + self.phase)
                return np.where(inside, self.bw * wave, 0.0)
            case _:
                share = (time_s - self.from_s) / max(self.to_s - self.from_s, 1e-9)
                return self.bw * np.clip(share, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        id: its name.
        drill, detect: what is done, and what counts it.
        mass_kg, rate_hz, duration_s: as they say.
        settings: fields of the drill with other values, and `foot`, `start_s`, `pause_s`,
            `swap_sides` of the case itself.
        lines: side and region to (k, 2) points of s and body weights, joined by straight lines.
        waves: what is added to them.
        lost: side, from and to, s: samples that never come.
    """

    id: str
    drill: str
    detect: str
    mass_kg: float
    rate_hz: float
    duration_s: float
    settings: Mapping[str, Any]
    lines: Mapping[tuple[Side, str], Floats]
    waves: tuple[Wave, ...]
    lost: tuple[tuple[Side, float, float], ...]

    @property
    def swapped(self) -> bool:
        """Each insole lies in the other shoe; the user has said so."""
        return bool(self.settings.get("swap_sides", False))

    def load_bw(self, side: Side, time_s: Floats) -> Floats:
        """(n, R) body weights under one foot, never negative."""
        load = np.zeros((len(time_s), len(REGIONS)))
        for column, region in enumerate(REGIONS):
            points = self.lines.get((side, region))
            if points is not None:
                load[:, column] = np.interp(time_s, points[:, 0], points[:, 1])
        for wave in self.waves:
            if wave.side is side:
                load[:, REGIONS.index(wave.region)] += wave.at(time_s)
        return np.maximum(load, 0.0)


def load_case(path: str | Path, *, name: str | None = None) -> Case:
    """One case with a signal, as `told_case` finds it.

    Raises:
        FileError: the file cannot be read, or is not such a file.
        RequestError: the case is not named or has no signal.
    """
    return read_case(told_case(path, name=name), where=str(path))


def told_case(path: str | Path, *, name: str | None = None) -> Any:
    """One case of a file as it stands there.

    Args:
        path: one case, or a whole file of them.
        name: which one of the file's.

    Raises:
        FileError: the file cannot be read, or is not such a file.
        RequestError: the file holds several, and nobody says which, or not this one.
    """
    where = str(path)
    try:
        size = Path(path).stat().st_size
        if size > LARGEST_BYTES:
            raise FileError(
                "the file is too large for cases of a drill",
                where=where,
                why=f"it has {size} bytes, and {LARGEST_BYTES} are the most",
                fix="Name a file of cases",
            )
        told: Any = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(
            "cannot read the case",
            where=where,
            why=error.strerror or str(error),
            fix="Name a file that is there: drill?file=PATH",
        ) from error
    except (ValueError, RecursionError) as error:
        raise DamagedFile(
            "cannot read the case",
            where=where,
            why=f"it is not JSON: {str(error)[:120]}",
            fix="Name one case as a JSON object, or a file of cases",
        ) from error
    return _chosen(told, name=name, where=where)


def _chosen(told: Any, *, name: str | None, where: str) -> Any:
    if not isinstance(told, dict):
        return told
    whole = cast("dict[str, Any]", told)
    cases: Any = whole.get("cases")
    if not isinstance(cases, list):
        if name is not None and whole.get("id") != name:
            raise _unknown(name, [str(whole.get("id"))], where=where)
        return whole
    each = [cast("dict[str, Any]", one) for one in cast("list[Any]", cases) if _is_case(one)]
    named = {str(one["id"]): one for one in each}
    if name is None and len(named) == 1:
        return each[0]
    if name is None:
        raise RequestError(
            f"the file holds {len(named)} cases",
            where=where,
            why="one is played at a time",
            fix="Say which: drill?file=PATH&case=ID",
        )
    if name not in named:
        raise _unknown(name, list(named), where=where)
    return named[name]


def _is_case(one: Any) -> bool:
    return isinstance(one, dict) and "id" in one


def _unknown(name: str, known: list[str], *, where: str) -> RequestError:
    return RequestError(
        f"no case '{name}'",
        where=where,
        why=f"the file has {', '.join(known[:40])}",
        fix="Name one of these",
    )


def read_case(told: Any, *, where: str) -> Case:
    """A case out of parsed JSON.

    Raises:
        DamagedFile: something is missing or out of its range.
    """
    reader = _Reader(where)
    case = reader.mapping(told, "case")
    name = reader.text(case.get("id", "case"), "id")
    if case.get("kind", "signal") != "signal" or "signal" not in case:
        raise RequestError(
            f"case '{name}' has no signal",
            where=where,
            why="it holds rules, and nothing to play",
            fix="Name a case with a signal",
        )
    signal = reader.mapping(case["signal"], "signal")
    settings = reader.mapping(case.get("settings", {}), "settings")
    lines: dict[tuple[Side, str], Floats] = {}
    for side in Side:
        for region, points in reader.mapping(signal.get(side.value, {}), side.value).items():
            reader.region(region, f"signal.{side.value}")
            lines[side, region] = reader.points(points, f"signal.{side.value}.{region}")
    lost = tuple(
        (
            reader.side(each.get("side"), "signal.lost"),
            reader.number(each.get("from_s"), "from_s", (0.0, LONGEST_S)),
            reader.number(each.get("to_s"), "to_s", (0.0, LONGEST_S)),
        )
        for each in reader.several(signal.get("lost", []), "signal.lost")
    )
    return Case(
        id=name,
        drill=reader.text(case.get("drill", ""), "drill"),
        detect=reader.text(case.get("detect", ""), "detect"),
        mass_kg=reader.number(case.get("mass_kg", 70.0), "mass_kg", MASSES_KG),
        rate_hz=reader.number(case.get("rate_hz", 100.0), "rate_hz", RATES_HZ),
        duration_s=reader.number(signal.get("duration_s"), "duration_s", (0.1, LONGEST_S)),
        settings=settings,
        lines=lines,
        waves=tuple(reader.waves(signal)),
        lost=lost,
    )


class _Reader:
    """Checks of values out of JSON; every mistake names its place."""

    def __init__(self, where: str) -> None:
        self._where = where

    def bad(self, place: str, why: str) -> DamagedFile:
        return DamagedFile(
            "the case cannot be played",
            where=f"{self._where}, {place}",
            why=why,
            fix="Mend it, or name another case",
        )

    def mapping(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.bad(place, "it is not an object")
        return {str(key): each for key, each in cast("dict[Any, Any]", value).items()}

    def several(self, value: Any, place: str) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(cast("list[Any]", value)) > MOST_POINTS:
            raise self.bad(place, f"it is not a list of at most {MOST_POINTS}")
        return [self.mapping(each, place) for each in cast("list[Any]", value)]

    def text(self, value: Any, place: str) -> str:
        if not isinstance(value, str) or len(value) > 100:
            raise self.bad(place, "it is not a short text")
        return value

    def number(self, value: Any, place: str, limits: tuple[float, float]) -> float:
        low, high = limits
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(place, "it is not a number")
        if not low <= value <= high:
            raise self.bad(place, f"it is {str(value)[:40]}, and goes from {low:g} to {high:g}")
        return float(value)

    def side(self, value: Any, place: str) -> Side:
        if value not in ("left", "right"):
            raise self.bad(place, "a side is left or right")
        return Side(value)

    def region(self, value: Any, place: str) -> str:
        if value not in REGIONS:
            raise self.bad(place, f"a region is one of {', '.join(REGIONS)}")
        return str(value)

    def points(self, value: Any, place: str) -> Floats:
        try:
            points = np.array(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.bad(place, "it is not a list of [time, load]") from error
        if points.ndim != 2 or points.shape[1] != 2 or not 0 < len(points) <= MOST_POINTS:
            raise self.bad(place, "it is not a list of [time, load]")
        if not np.isfinite(points).all() or float(np.abs(points[:, 1]).max()) > LARGEST_BW:
            raise self.bad(place, f"loads are finite and at most {LARGEST_BW:g} body weights")
        if (np.diff(points[:, 0]) < 0.0).any():
            raise self.bad(place, "its times do not grow")
        return points

    def waves(self, signal: Mapping[str, Any]) -> Iterator[Wave]:
        span = (0.0, LONGEST_S)
        size = (-LARGEST_BW, LARGEST_BW)
        for each in self.several(signal.get("bumps", []), "signal.bumps"):
            side = self.side(each.get("side"), "signal.bumps")
            start = self.number(each.get("t0"), "signal.bumps.t0", (-LONGEST_S, LONGEST_S))
            lasts = self.number(each.get("t_c"), "signal.bumps.t_c", (1e-3, LONGEST_S))
            peak = self.number(each.get("peak_bw"), "signal.bumps.peak_bw", size)
            shares = self.mapping(each.get("shares", {}), "signal.bumps.shares")
            for name, share in shares.items():
                region = self.region(name, "signal.bumps.shares")
                part = self.number(share, f"signal.bumps.shares.{name}", size)
                yield Wave("bump", side, region, start, start + lasts, peak * part)
        for kind, height in (("ripple", "amp_bw"), ("drift", "add_bw")):
            for each in self.several(signal.get(kind, []), f"signal.{kind}"):
                yield Wave(
                    kind,
                    self.side(each.get("side"), f"signal.{kind}"),
                    self.region(each.get("region"), f"signal.{kind}"),
                    self.number(each.get("from_s"), f"signal.{kind}.from_s", span),
                    self.number(each.get("to_s"), f"signal.{kind}.to_s", span),
                    self.number(each.get(height), f"signal.{kind}.{height}", size),
                    self.number(each.get("hz", 0.0), f"signal.{kind}.hz", (0.0, 1000.0)),
                    self.number(each.get("phase", 0.0), f"signal.{kind}.phase", (-100.0, 100.0)),
                )
