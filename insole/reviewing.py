"""A whole file at one look: holes in the data, what happened, all steps, what was decided.

Read once when a file is opened; nothing is played for it. Times are seconds after the trial's
origin by arrival, as those of a replay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from insole.analysis import Analysis
from insole.api import Trial, open_recording
from insole.deciding import decisions
from insole.model.arrays import Bools, Floats
from insole.model.foot import Side
from insole.model.gait import INVALID, StepFlag
from insole.model.stream import Capability, Disconnected, LinkState, Mark, Samples
from insole.model.trial import Decision, StartState
from insole.parameters import Parameters
from insole.plugins import Recording
from insole.trial import RunningTrial

MOST_BYTES = 8_000_000  # of a file whose document of the day is read; to work it out is faster then
HEAD_NS = 5_000_000_000  # of arrival: a clock has settled
MOST_LISTED = 400  # happenings of a kind; the longest, or the first

Kind: TypeAlias = Literal["mark", "link", "gap", "sensor", "step"]
QUIET = ("searching", "connecting", "closed")  # phases of a link that are no news


@dataclass(frozen=True, slots=True)
class Hole:
    """Time without data of one foot.

    Attributes:
        side: the foot.
        from_s, to_s: arrival of the samples before and after.
        lost: samples.
    """

    side: Side
    from_s: float
    to_s: float
    lost: int

    @property
    def long_s(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in a file that one may want to look at.

    Attributes:
        at_s: when it began.
        kind: `mark`, `link`, `gap`, `sensor` (a finding) or `step` (one that does not count).
        text: what it was, for people.
        side: the foot; None: both, or neither.
    """

    at_s: float
    kind: Kind
    text: str
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class FileReview:
    """A file at one look.

    Attributes:
        path: the file.
        end_s: newest arrival.
        first_s: of the first sample on the pipeline's axis: where times of steps count from.
        holes: in order of time.
        happenings: in order of time.
        steps: columns of all steps, as `Recording.stored_steps` gives them; None: there are none.
        decided: all decisions, oldest first; the newest holds.
    """

    path: Path
    end_s: float
    first_s: float = 0.0
    holes: tuple[Hole, ...] = ()
    happenings: tuple[Happening, ...] = ()
    steps: dict[str, Any] | None = None
    decided: tuple[Decision, ...] = field(default_factory=tuple[Decision, ...])

    @property
    def decision(self) -> Decision:
        """The one that holds."""
        return self.decided[-1] if self.decided else Decision()


def review(path: Path) -> FileReview:
    """Look through a file; takes as long as analysing it, at most.

    Raises:
        FileError: it cannot be read, or is damaged.
    """
    recording = open_recording(path)
    try:
        return _looked_through(recording)
    finally:
        recording.close()


def _looked_through(recording: Recording) -> FileReview:
    start = recording.start
    seen = {side: _Seen() for side in Side}
    sides: dict[str, tuple[Side, float]] = {}
    begin = RunningTrial(start)
    for item in recording.decoded():
        if isinstance(item, Capability):
            begin.feed([item])
            side = start.side_of(item.device, item.side)
            if side is not None:
                sides[item.device] = (side, item.rate_hz)
        elif len(item.sequence) and item.device in sides:
            side, rate_hz = sides[item.device]
            if not seen[side].rows:
                begin.feed([_head(item)])
            seen[side].take(item, rate_hz=rate_hz, start=start)
    begin.finish()
    said, end_s = _told(recording)
    end_s = max([end_s, *(foot.last_s for foot in seen.values())])
    holes = _holes(seen, end_s=end_s)
    columns, findings, first_s = _results(recording)
    if first_s is None:
        first_s = min(begin.pair.first_s.values(), default=0.0)
    said += _gaps(holes, Parameters(start.parameters)["gaps.display_ms"] * 1e-3)
    said += _sensors(findings, first_s) + _steps(columns, first_s)
    return FileReview(
        path=recording.path,
        end_s=max(end_s, 0.0),
        first_s=first_s,
        holes=tuple(holes),
        happenings=tuple(sorted(said, key=lambda one: one.at_s)),
        steps=columns,
        decided=decisions(recording.path),
    )


def _head(samples: Samples) -> Samples:
    """Its first seconds: enough for a clock to settle, so that its first sample has its time."""
    end_ns = int(samples.arrival_ns[0]) + HEAD_NS
    rows = int(np.searchsorted(samples.arrival_ns, end_ns))
    part = slice(0, max(rows, 1))
    columns = ("sequence", "tick_us", "arrival_ns", "values", "flags")
    return replace(samples, **{name: getattr(samples, name)[part] for name in columns})


@dataclass(slots=True)
class _Seen:
    """Samples of one foot, block by block."""

    first_s: float = inf
    last_s: float = -inf
    rows: int = 0
    holes: list[tuple[float, float, int]] = field(default_factory=list[tuple[float, float, int]])
    _before: tuple[int, int, int, float] | None = None  # segment, number, tick, arrival

    def take(self, block: Samples, *, rate_hz: float, start: StartState) -> None:
        """Rows of one segment, in order of their numbers."""
        at_s: Floats = np.asarray((block.arrival_ns - start.origin_ns) * 1e-9, np.float64)
        number, tick = block.sequence, block.tick_us
        before = self._before
        follows = before is not None and before[0] == block.segment
        if before is not None:
            number, tick = np.append(before[1], number), np.append(before[2], tick)
            at_s = np.append(before[3], at_s)
        missing = np.diff(number) - 1
        silent_s = np.maximum(missing / rate_hz, np.diff(tick) * 1e-6 - 1.0 / rate_hz)
        if before is not None and not follows:  # numbers and times count anew
            missing[0], silent_s[0] = 0, at_s[1] - at_s[0] - 1.0 / rate_hz
        limit_s = Parameters(start.parameters)["gaps.interp_ms"] * 1e-3
        wide: Bools = silent_s > limit_s
        for row in np.flatnonzero(wide).tolist():
            end_s = max(float(at_s[row + 1]), float(at_s[row]) + limit_s)
            self.holes.append((float(at_s[row]), end_s, max(int(missing[row]), 0)))
        self.rows += len(block.sequence)
        self.first_s = min(self.first_s, float(at_s[0]))
        self.last_s = max(self.last_s, float(at_s[-1]))
        self._before = (
            block.segment,
            int(block.sequence[-1]),
            int(block.tick_us[-1]),
            float(at_s[-1]),
        )


def _holes(seen: dict[Side, _Seen], *, end_s: float) -> list[Hole]:
    """Holes of both feet; a foot that began later than the other, or fell silent, has one there."""
    begin_s = min((foot.first_s for foot in seen.values() if foot.rows), default=0.0)
    silence_s = Parameters()["gaps.silence_s"]
    found: list[Hole] = []
    for side, foot in seen.items():
        found += [Hole(side, *one) for one in foot.holes]
        if foot.rows and foot.first_s - begin_s > silence_s:
            found.append(Hole(side, begin_s, foot.first_s, 0))
        if foot.rows and end_s - foot.last_s > silence_s:
            found.append(Hole(side, foot.last_s, end_s, 0))
    return sorted(found, key=lambda hole: hole.from_s)


def _told(recording: Recording) -> tuple[list[Happening], float]:
    """Marks and news of the links; when the last event came."""
    origin_ns = recording.start.origin_ns
    phase: dict[str, str] = {}
    said: list[Happening] = []
    end_s = 0.0
    for event in recording.events():
        at_s = (event.arrival_ns - origin_ns) * 1e-9
        end_s = max(end_s, at_s)
        match event:
            case Mark():
                said.append(Happening(at_s, "mark", event.text))
            case LinkState():
                before = phase.get(event.device)
                phase[event.device] = event.phase
                if event.phase not in QUIET and before not in (None, event.phase):
                    said.append(Happening(at_s, "link", event.text or event.phase, event.side))
            case Disconnected() if event.device not in phase:  # else its link says so
                said.append(Happening(at_s, "link", f"disconnected: {event.reason}"))
            case _:
                pass
    return _first(said), end_s


def _first(said: list[Happening]) -> list[Happening]:
    """The first of each kind; a file can hold any number of them."""
    kept: list[Happening] = []
    count: dict[Kind, int] = {}
    for one in said:
        count[one.kind] = count.get(one.kind, 0) + 1
        if count[one.kind] <= MOST_LISTED:
            kept.append(one)
    return kept


def _gaps(holes: Iterable[Hole], least_s: float) -> list[Happening]:
    long = [hole for hole in holes if hole.long_s >= least_s]
    longest = sorted(long, key=lambda hole: -hole.long_s)[:MOST_LISTED]
    return [
        Happening(hole.from_s, "gap", f"no data for {hole.long_s:.2f} s", hole.side)
        for hole in longest
    ]


def _results(recording: Recording) -> tuple[dict[str, Any] | None, list[Any], float | None]:
    """Steps and findings of the day; worked out where the file has none, or none that holds."""
    decision = recording.start.decision
    read: Any = getattr(recording, "stored_steps", None)  # imported files: none
    if read is not None and not (decision is not None and decision.changes_result):
        columns: dict[str, Any] | None = read()
        if columns is not None:
            if recording.path.stat().st_size <= MOST_BYTES:
                return columns, (recording.stored_document() or {}).get("health", []), None
            return columns, _findings(Trial(recording).analyze()), None
    result = Trial(recording).analyze()
    if not result.feet:
        return None, [], None
    return _columns(result), _findings(result), result.start_s


def _findings(result: Analysis) -> list[dict[str, Any]]:
    """As the section `health` of the document."""
    return [
        {"side": side.value, "since_s": found.since_s - result.start_s, "text": found.text}
        for side, foot in result.feet.items()
        for found in foot.findings
    ]


def _columns(result: Analysis) -> dict[str, Any]:
    """As `Recording.stored_steps`."""
    tables = (result.left, result.right)
    names = dict.fromkeys(name for table in tables for name in table.value)
    columns = {
        name: np.concatenate(
            [table.value.get(name, np.full(len(table), np.nan)) for table in tables]
        )
        for name in names
    }
    for name in ("foot_strike_s", "toe_off_s"):
        columns[name] = columns[name] - result.start_s
    books = [foot.ledger for foot in result.feet.values()]
    return {
        "columns": columns,
        "side": [table.side.value for table in tables for _ in range(len(table))],
        "flags": [_names(int(flags)) for table in tables for flags in table.flags],
        "mass_kg": result.mass_kg,
        "lost": sum(book.lost for book in books),
        "expected": sum(book.expected for book in books),
    }


def _names(flags: int) -> str:
    return ",".join(flag.name.lower() for flag in StepFlag if flag & flags and flag.name)


def _sensors(findings: list[Any], first_s: float) -> list[Happening]:
    sides = {side.value: side for side in Side}
    return _first(
        [
            Happening(
                float(one["since_s"]) + first_s, "sensor", str(one["text"]), sides.get(one["side"])
            )
            for one in findings
            if one.get("since_s") is not None
        ]
    )


def _steps(columns: dict[str, Any] | None, first_s: float) -> list[Happening]:
    """Steps that do not count, and why."""
    if columns is None or "foot_strike_s" not in columns["columns"]:
        return []
    bits = {flag.name.lower(): int(flag) for flag in StepFlag if flag.name}
    said: list[Happening] = []
    strikes = columns["columns"]["foot_strike_s"]
    for strike, side, words in zip(strikes, columns["side"], columns["flags"], strict=True):
        if any(bits.get(word, 0) & INVALID for word in words.split(",")):
            text = f"step left out: {words.replace(',', ', ')}"
            said.append(Happening(float(strike) + first_s, "step", text, Side(side)))
    return _first(sorted(said, key=lambda one: one.at_s))
