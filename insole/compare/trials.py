"""From recordings to trials: valid steps, their means, and curves of force and pressure centre.

A trial is one recording, or a part of it between rests of 60 s and more. Times, thresholds and
numbers are those of the pipeline that also runs live; here steps are only chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from insole.analysis import Analysis
from insole.api import open as open_trial
from insole.api import sha256_of
from insole.compare.chosen import Metric
from insole.compare.conditions import Conditions, computing, conditions_of
from insole.compare.differences import trimmed_mean
from insole.compare.given import mean
from insole.metrics.stride_pairs import indices, stride_pairs
from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import Side
from insole.model.gait import StepFlag, Steps
from insole.model.trial import clock_of
from insole.parameters import Parameters
from insole.pipeline import FootUpdate
from insole.signal.resample import POINTS

DEFINED_SHARE = 0.9  # of the steps: so many know the pressure centre, else the node has none
LARGEST = 1e9  # larger is no measurement, in any unit
NODES = np.linspace(0.0, 1.0, POINTS)
REASONS = (
    (StepFlag.INCOMPLETE, "cut by an edge"),
    (StepFlag.GAP, "samples lost"),
    (StepFlag.LATE, "late"),
    (StepFlag.T_COARSE, "times too coarse"),
    (StepFlag.IMPLAUSIBLE, "implausible"),
)


@dataclass(frozen=True, slots=True)
class FootSteps:
    """Valid steps of one foot in one trial.

    Attributes:
        value: metric id to (n,) values, in order.
        force: (n, 101) force from foot strike to toe-off, in body weights, or in newtons where
            nobody knows the mass; no rows where the insole has no scale.
        cop_mm: (101, 2) mean way of the pressure centre; NaN where too few steps know it.
    """

    value: Mapping[str, Floats]
    force: Floats
    cop_mm: Floats

    def __len__(self) -> int:
        return len(self.value["contact_s"])


@dataclass(frozen=True, slots=True)
class Trial:
    """What a comparison needs of one trial.

    Attributes:
        name: of the file, and the part of it.
        sha256: of the file, and the part of it: trials are put in order by it.
        day: calendar day of its begin; "" where nobody knows it.
        feet: valid steps.
        conditions: what is known of them.
        used: number of valid steps.
        left_out: reason to number of steps.
        pairs: rows of valid steps of the left foot and of the right foot's in the same stride.
        fewest: so many valid steps of each foot are needed.
        start_s: first sample of the recording, on the axis of the steps.
        repeat: somebody decided that it is to be made again.
    """

    name: str
    sha256: str
    day: str
    feet: Mapping[Side, FootSteps]
    conditions: Conditions
    used: int
    left_out: Mapping[str, int]
    pairs: tuple[Ints, Ints] = (np.empty(0, np.int64), np.empty(0, np.int64))
    fewest: int = 20
    start_s: float = 0.0
    repeat: bool = False

    @property
    def too_few(self) -> str:
        """Why it is no trial; "" where it is one."""
        if self.repeat:
            return f"{self.name} is to be repeated, as somebody decided"
        if not self.feet:
            return f"{self.name} has no steps"
        few = [f"{len(foot)} of the {side} foot" for side, foot in sorted(self.feet.items())
               if len(foot) < self.fewest]  # fmt: skip
        said = f"{self.name} has too few valid steps: {', '.join(few)}; {self.fewest} are needed"
        return said if few else ""

    def mean(self, metric: Metric, sides: Sequence[Side]) -> float | None:
        """Mean over these feet of each foot's mean; None where one of them has too few values."""
        means = [mean(row) for row in self._rows(metric, sides)]
        return mean(np.array(means)) if means else None

    def trimmed(self, metric: Metric, sides: Sequence[Side]) -> float | None:
        """As `mean`, of means without the lowest and highest fifth of the steps."""
        means = [trimmed_mean(row) for row in self._rows(metric, sides)]
        known = [one for one in means if one is not None]
        return mean(np.array(known)) if known else None

    def series(self, metric: Metric, sides: Sequence[Side]) -> Floats:
        """Values in order: of one foot's steps, or of strides the mean, or the index, of both."""
        if len(sides) == 2:
            left, right = self._strides(metric.of)
            known = usable(left) & usable(right)
            if metric.is_index:
                known &= (left > 0.0) & (right > 0.0)
            left, right = left[known], right[known]
            answer: Floats = (
                indices(left, right)["si_percent"] if metric.is_index else 0.5 * (left + right)
            )
            return answer
        rows = self._rows(metric, sides)
        return rows[0] if rows else np.empty(0)

    def spread_rows(self, metric: Metric, sides: Sequence[Side]) -> list[Floats]:
        """Values of each foot's steps, for how much they vary inside the trial."""
        return self._rows(metric, sides)

    def _rows(self, metric: Metric, sides: Sequence[Side]) -> list[Floats]:
        """Known values of each foot; of strides for an index. Empty where there are too few."""
        if metric.is_index:
            row = self.series(metric, sides) if len(sides) == 2 else np.empty(0)
            return [row] if len(row) >= self.fewest else []
        rows: list[Floats] = []
        for side in sides:
            values = self.feet[side].value.get(metric.of) if side in self.feet else None
            known = np.empty(0) if values is None else values[usable(values)]
            if len(known) < self.fewest:
                return []
            rows.append(known)
        return rows

    def _strides(self, name: str) -> tuple[Floats, Floats]:
        none = np.full(len(self.pairs[0]), np.nan)
        left, right = (
            self.feet[side].value[name][rows] if name in self.feet[side].value else none
            for side, rows in zip((Side.LEFT, Side.RIGHT), self.pairs, strict=True)
        )
        return left, right

    def stride_curves(self, sides: Sequence[Side]) -> Floats:
        """(n, 101) force of one foot's steps, or of strides the mean of both feet, in order."""
        feet = [self.feet[side].force for side in sides if side in self.feet]
        if len(feet) < len(sides) or not feet or any(not len(force) for force in feet):
            return np.empty((0, POINTS))
        if len(feet) == 1:
            return feet[0]
        left, right = self.pairs
        answer: Floats = 0.5 * (feet[0][left] + feet[1][right])
        return answer

    def curve(self, sides: Sequence[Side]) -> Floats | None:
        """(101,) mean force over these feet; None where one has none."""
        feet = [self.feet[side].force for side in sides if side in self.feet]
        if len(feet) < len(sides) or not feet or any(not len(force) for force in feet):
            return None
        answer: Floats = np.mean([force.mean(axis=0) for force in feet], axis=0)
        return answer


def usable(values: Floats) -> Bools:
    """Which values are numbers of a size that anything under a foot can have."""
    answer: Bools = np.abs(values) < LARGEST
    return answer


def read(path: Path, *, options: Mapping[str, Any] | None = None) -> list[Trial]:
    """The trials of a recording, computed as it says itself.

    Args:
        path: any readable file.
        options: of its importer.

    Raises:
        FileError: it cannot be read.
    """
    return _read(path, options=options or {}, alike=False)


def read_alike(trials: list[Trial], path: Path, *, options: Mapping[str, Any]) -> list[Trial]:
    """The same recording, computed as this program does by itself; conditions alone stay set."""
    changed = any(trial.conditions.changed for trial in trials)
    return _read(path, options=options, alike=True) if changed else trials


def _read(path: Path, *, options: Mapping[str, Any], alike: bool) -> list[Trial]:
    rows: dict[Side, list[tuple[Floats, Floats, Floats]]] = {side: [] for side in Side}

    def keep(updates: list[FootUpdate]) -> None:
        for update in updates:
            load = update.load
            rows[update.side].append((load.time_s, load.total_n, load.cop_mm))

    with open_trial(path, **options) as opened:
        result = opened.analyze(listener=keep)
        if alike:
            for side in Side:
                rows[side].clear()
            own = computing(result.changed)
            kept = {name: value for name, value in result.changed.items() if name not in own}
            result = opened.analyze(parameters=kept, listener=keep)
    signals = {side: _Signal.of(parts) for side, parts in rows.items() if parts}
    return trials_of(result, signals=signals, name=path.name, sha256=sha256_of(path) or "")


@dataclass(frozen=True, slots=True)
class _Signal:
    """One foot's rows: (n,) s, (n,) N, (n, 2) mm."""

    time_s: Floats
    total_n: Floats
    cop_mm: Floats

    @classmethod
    def of(cls, parts: list[tuple[Floats, Floats, Floats]]) -> _Signal:
        time_s, total_n, cop_mm = (np.concatenate(column) for column in zip(*parts, strict=True))
        known = usable(total_n)
        if known.all():
            return cls(time_s, total_n, cop_mm)
        return cls(time_s[known], total_n[known], cop_mm[known])


Signals = Mapping[Side, _Signal]


def trials_of(result: Analysis, *, signals: Signals, name: str, sha256: str) -> list[Trial]:
    """The trials of an analysis.

    Args:
        result: the analysis.
        signals: rows of each foot.
        name: of the file.
        sha256: of the file.
    """
    both = {Side.LEFT: result.left, Side.RIGHT: result.right}
    tables = {side: table for side, table in both.items() if side in result.feet}
    strikes = np.sort(
        np.concatenate([np.empty(0), *(t.value["foot_strike_s"] for t in tables.values())])
    )
    p = Parameters()
    breaks = np.flatnonzero(np.diff(strikes) >= p["compare.rest_s"])
    starts = [-np.inf, *(0.5 * (strikes[breaks] + strikes[breaks + 1])).tolist()]
    ends = [*starts[1:], np.inf]
    clock = clock_of(str(result.notes.get("wall_clock", "")))
    day = _day(str(result.notes.get("wall_clock", "")))
    base = {
        side: _swing_n(signals[side], table) for side, table in tables.items() if side in signals
    }
    bw_n = None if result.mass_kg is None else result.mass_kg * p["physics.g"]
    is_force = all(foot.quantity != "counts" for foot in result.feet.values())
    residual = None if bw_n is None or not is_force else max(base.values(), default=0.0) / bw_n
    known = conditions_of(result, begin_s=clock, swing_share=residual)
    found: list[Trial] = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        inside = {side: _between(table, start, end) for side, table in tables.items()}
        chosen, left_out, cadence = _valid(inside, p)
        feet = {
            side: _steps(table, chosen[side], signals.get(side), base.get(side, 0.0),
                         unit_n=(bw_n or 1.0) if is_force else None)
            for side, table in inside.items()
        }  # fmt: skip
        used = sum(len(foot) for foot in feet.values())
        clipped = sum(
            int(np.count_nonzero(table.flags[chosen[side]] & StepFlag.CLIPPED))
            for side, table in inside.items()
        )
        several = len(starts) > 1
        found.append(
            Trial(
                name=f"{name}, part {number}" if several else name,
                sha256=_part_hash(sha256, number) if several else sha256,
                day=day,
                feet=feet,
                conditions=replace(
                    known, cadence_spm=cadence, clipped=clipped / used if used else 0.0
                ),
                used=used,
                left_out=left_out,
                pairs=_pairs(inside, chosen),
                fewest=int(p["compare.steps"]),
                start_s=result.start_s,
                repeat=result.decision is not None and result.decision.judgement == "repeat",
            )
        )
    return found


def _valid(
    tables: Mapping[Side, Steps], p: Parameters
) -> tuple[dict[Side, Bools], dict[str, int], float | None]:
    """Which steps count, why others do not, and the median cadence."""
    good: dict[Side, Bools] = {}
    left_out: dict[str, int] = {}
    first, last = _ends(tables)
    edge_s = p["compare.edge_s"]
    for side, table in tables.items():
        for flag, words in REASONS:
            _count(left_out, words, (table.flags & flag) != 0)
        valid = np.asarray(table.valid, np.bool_)
        inner = table.value["foot_strike_s"] >= first + edge_s
        inner &= table.value["toe_off_s"] <= last - edge_s
        _count(left_out, f"in the first or last {edge_s:g} s", valid & ~inner)
        good[side] = valid & inner
    every = np.concatenate(
        [np.empty(0), *(_cadence(table)[good[side]] for side, table in tables.items())]
    )
    every = every[np.isfinite(every)]
    if not len(every):
        return good, left_out, None
    median = float(np.median(every))
    for side, table in tables.items():
        steady = np.abs(_cadence(table) - median) <= p["compare.cadence_share"] * median
        _count(left_out, "cadence not steady", good[side] & ~steady)
        good[side] = good[side] & steady
    return good, left_out, median


def _cadence(table: Steps) -> Floats:
    """(k,) steps a minute; NaN where nobody knows it, which is near no median."""
    known = table.value.get("cadence_spm")
    return np.full(len(table), np.nan) if known is None else known


def _pairs(tables: Mapping[Side, Steps], chosen: Mapping[Side, Bools]) -> tuple[Ints, Ints]:
    """Strides of which both steps were chosen, as rows among the chosen ones."""
    if len(tables) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    left, right = stride_pairs(tables[Side.LEFT], tables[Side.RIGHT])
    both = chosen[Side.LEFT][left] & chosen[Side.RIGHT][right]
    place = {side: np.cumsum(which) - 1 for side, which in chosen.items()}
    return place[Side.LEFT][left[both]], place[Side.RIGHT][right[both]]


def _ends(tables: Mapping[Side, Steps]) -> tuple[float, float]:
    first = min(
        (float(t.value["foot_strike_s"][0]) for t in tables.values() if len(t)), default=0.0
    )
    last = max((float(t.value["toe_off_s"][-1]) for t in tables.values() if len(t)), default=0.0)
    return first, last


def _count(counts: dict[str, int], words: str, which: Bools) -> None:
    number = int(np.count_nonzero(which))
    if number:
        counts[words] = counts.get(words, 0) + number


def _between(table: Steps, start: float, end: float) -> Steps:
    strike = table.value["foot_strike_s"]
    low, high = np.searchsorted(strike, (start, end))
    return table.part(slice(int(low), int(high)))


def _steps(
    table: Steps, chosen: Bools, signal: _Signal | None, base_n: float, *, unit_n: float | None
) -> FootSteps:
    value = {name: column[chosen] for name, column in table.value.items()}
    n = int(np.count_nonzero(chosen))
    if signal is None or not n or not len(signal.time_s):
        return FootSteps(value, np.empty((0, POINTS)), np.full((POINTS, 2), np.nan))
    at = value["foot_strike_s"][:, None] + NODES * value["contact_s"][:, None]
    force = np.empty((0, POINTS))
    if unit_n is not None:
        force = (np.interp(at, signal.time_s, signal.total_n) - base_n) / unit_n
    x, y = (np.interp(at, signal.time_s, signal.cop_mm[:, axis]) for axis in (0, 1))
    return FootSteps(value, force, np.stack((_mean_where(x), _mean_where(y)), axis=1))


def _mean_where(values: Floats) -> Floats:
    """(101,) means over steps, NaN where fewer than 90 % of them have one."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1)
    answer: Floats = np.where(count >= DEFINED_SHARE * len(values), mean, np.nan)
    return answer


def _swing_n(signal: _Signal, table: Steps) -> float:
    """N left in the middle of swings, median over them; 0 where there are none."""
    begin_share, end_share = Parameters().several("events.baseline_window")
    off, strike = table.value["toe_off_s"][:-1], table.value["foot_strike_s"][1:]
    swing = strike - off
    usual = (swing > 0.1) & (swing < 2.0)
    if not usual.any() or not len(signal.time_s):
        return 0.0
    share = np.linspace(begin_share, end_share, 9)
    at = off[usual, None] + share * swing[usual, None]
    return float(np.median(np.interp(at, signal.time_s, signal.total_n).mean(axis=1)))


def _day(wall_clock: str) -> str:
    try:
        return datetime.fromisoformat(wall_clock).date().isoformat()
    except ValueError:
        return ""


def _part_hash(sha256: str, number: int) -> str:
    return hashlib.sha256(f"{sha256}|{number}".encode()).hexdigest()
