"""Which sensors are not to be believed (science.md, section 2.6): dead, stuck, high, drifting.

Every few rows one is looked at, about ten a second; statistics are made per second of data time and
judged over the last ten or twenty of them. A judgement holds from the first row of the next second
on, so neither chunks nor the arrival of data can change it. All seconds of a chunk are judged at
once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from insole.model.arrays import Bools, Floats, Ints, Raw
from insole.model.foot import REGIONS
from insole.model.stream import Frames
from insole.parameters import Parameters
from insole.signal.calibrate import NEWTON_PER_KPA_CM2, LoadStage
from insole.signal.detection import hysteresis
from insole.signal.masking import neighbours
from insole.signal.regions import TRIPOD_SENSORS

State: TypeAlias = Literal[
    "dead",
    "stuck",
    "high",
    "drift",
    "saturated",
    "spike",
    "frozen",
    "zero",
    "negative",
    "reversed",
]

LOOKS_PER_S = 10.0
STEADY_BLOCKS = 10  # seconds of "stuck"
GAIT_BLOCKS = 20  # seconds in which the contacts of "dead", "high" and "drift" are counted
FULL_SCALE_KPA = 1000.0  # taken for counts without a scale: thresholds are shares of it
MOTION_MEAN = 0.4  # without body mass: gait moves the total by this share of its mean (0.2 BW)
MOST_HIGH = 0.25  # of all sensors: more than these at once are a wrong zero, not broken sensors
LARGEST = 1e9  # a value beyond it is a broken number
ROUND_RAD = np.pi  # no half of the surroundings is without a loaded neighbour
SLACK_RAD = 0.35
MASKING: tuple[State, ...] = ("dead", "stuck", "high")
JUDGED: tuple[State, ...] = (*MASKING, "drift")
LASTING: tuple[State, ...] = (*JUDGED, "zero")
"""States that go on until they are over; the others are counted by the sample."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was wrong with a sensor, or with the foot.

    Attributes:
        sensor: its number from 0; None: the whole foot.
        state: what.
        since_s: when it was first known, on the pipeline's axis.
        until_s: when it was over; None: it goes on.
        samples: how many samples it concerned, where they are counted, else 0.
    """

    sensor: int | None
    state: State
    since_s: float
    until_s: float | None = None
    samples: int = 0

    @property
    def number(self) -> int | None:
        """Its number for people and files, from 1; None: the whole foot."""
        return None if self.sensor is None else self.sensor + 1

    @property
    def text(self) -> str:
        """A sentence for people."""
        said = _WORDS[self.state].format(n=self.samples)
        return f"the whole foot {said}" if self.sensor is None else f"sensor {self.number} {said}"


_WORDS: dict[State, str] = {
    "dead": "reads nothing while its neighbours are loaded: left out",
    "stuck": "does not change while the foot moves: left out",
    "high": "stays loaded in the air: left out, zero this insole again with the foot lifted",
    "drift": "reads more in the air than at first: its zero drifts, zero it with the foot lifted",
    "saturated": "is at full scale in {n} samples: peaks and impulses are lower bounds",
    "spike": "jumped and came back in {n} samples: their neighbours in time were taken",
    "frozen": "repeated itself in {n} samples: not data",
    "zero": "stays loaded in the air: zero this insole again with the foot lifted",
    "negative": "read below zero in {n} samples, which count as zero: zero this insole again",
    "reversed": "rolls from toe to heel: check the order of its sensors, or was that backwards",
}


@dataclass(frozen=True, slots=True)
class Change:
    """From this row of the chunk on these sensors are left out."""

    row: int
    masked: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Statistics of b whole seconds; per sensor (S, b), of the total (b,)."""

    largest: Floats
    smallest: Floats
    sums: Floats
    squares: Floats
    count: Floats
    total: Floats
    total_squares: Floats
    steps: Floats
    end_s: Floats

    def last(self, many: int) -> _Blocks:
        """The newest of them, copied."""
        return _Blocks(*(getattr(self, name)[..., -many:].copy() for name in self.__slots__))

    def then(self, other: _Blocks) -> _Blocks:
        """Both, in order."""
        return _Blocks(
            *(
                np.concatenate((getattr(self, name), getattr(other, name)), axis=-1)
                for name in self.__slots__
            )
        )


class SensorWatch:
    """Judges the sensors of one foot.

    Args:
        load: areas and zero.
        rate_hz: nominal rate.
        bw_n: body weight, N, or None.
        parameters: section `health`.
    """

    def __init__(
        self, load: LoadStage, *, rate_hz: float, bw_n: float | None, parameters: Parameters
    ) -> None:
        self._load = load
        self._p = parameters
        self._bw_n = bw_n
        self._sensors = load.capability.layout.sensors
        self._step = max(1, round(rate_hz / LOOKS_PER_S))
        self._kpa = kpa_per_value(load) if self._sensors >= TRIPOD_SENSORS else None
        self._rows = 0
        self._second: int | None = None
        self._open: list[Floats] = []  # looks of the second under way, (S, k)
        self._open_s: list[Floats] = []
        self._above = False
        self._past: _Blocks | None = None
        self._known: dict[tuple[int | None, State], Finding] = {}
        self._bad = {state: np.zeros(self._sensors, np.bool_) for state in JUDGED}
        self._first_air: Floats | None = None  # (S, 1) least value of the first seconds of gait
        self._near: Bools | None = None
        self._moved = False, np.empty(0, np.int64), np.empty(0, np.bool_)
        self.masked: tuple[int, ...] = ()

    @property
    def findings(self) -> list[Finding]:
        """What was found so far, in order of time."""
        return sorted(
            self._known.values(),
            key=lambda found: (found.since_s, found.sensor is not None, found.sensor, found.state),
        )

    def note(self, sensor: int | None, state: State, *, time_s: float, samples: int) -> None:
        """Count samples that somebody else found wrong."""
        before = self._known.get((sensor, state), Finding(sensor, state, time_s))
        self._known[sensor, state] = replace(before, samples=before.samples + samples)

    def moving(self, rows: Ints) -> Bools:
        """(k,) at these rows of the last chunk the foot was walking or running."""
        first, changes, moved = self._moved
        answer: Bools = np.append(first, moved)[np.searchsorted(changes, rows, side="right")]
        return answer

    def push(self, frames: Frames, values: Raw, *, zero: Floats) -> list[Change]:
        """Consume frames; from which rows on which sensors are left out.

        Args:
            frames: n frames.
            values: (n, S) as `LoadStage.values` gives them.
            zero: (S,) that they are judged with; the same for all rows of a second.
        """
        n, kpa = len(frames.time_s), self._kpa
        last = bool(np.append(self._moved[0], self._moved[2])[-1])
        self._moved = last, np.empty(0, np.int64), np.empty(0, np.bool_)
        if not n or kpa is None:
            return []
        first = -self._rows % self._step
        self._rows += n
        second = np.floor(frames.time_s[first :: self._step]).astype(np.int64)
        if self._second is None and len(second):
            self._second = int(second[0])
        looks = np.array(values[first :: self._step].T, np.float64, order="C")
        if values.dtype.kind == "f":
            looks = _tame(looks)
        looks -= zero[:, None]
        starts = np.flatnonzero(np.diff(second, prepend=self._second or 0))
        if not len(starts):
            if len(second):
                self._open.append(looks)
                self._open_s.append(second.astype(np.float64))
            return []
        whole = np.concatenate((*self._open, looks[:, : starts[-1]]), axis=1)
        numbers = np.concatenate((*self._open_s, second[: starts[-1]].astype(np.float64)))
        self._open = [np.ascontiguousarray(looks[:, starts[-1] :])]
        self._open_s = [second[starts[-1] :].astype(np.float64)]
        self._second = int(second[-1])
        before = 0 if self._past is None else len(self._past.count)
        blocks = self._blocks(whole, numbers, before=before)
        rows = first + self._step * starts  # the look at which each second was known to be over
        return self._judged(blocks, before, rows, frames.time_s[rows], kpa=kpa[:, None])

    def _blocks(self, whole: Floats, second: Floats, *, before: int) -> _Blocks:
        """Statistics of whole seconds, those kept first."""
        starts = np.flatnonzero(np.diff(second, prepend=-np.inf))
        count = np.diff(np.append(starts, whole.shape[1])).astype(np.float64)
        total = np.zeros(whole.shape[1])
        for row, newton in zip(whole, self._load.newton_per_value, strict=True):
            total += (
                newton * row
            )  # one sensor after the other: the same bits for any number of looks
        fresh = _Blocks(
            np.maximum.reduceat(whole, starts, axis=1),
            np.minimum.reduceat(whole, starts, axis=1),
            np.add.reduceat(whole, starts, axis=1),
            np.add.reduceat(whole * whole, starts, axis=1),
            count,
            np.add.reduceat(total, starts),
            np.add.reduceat(total * total, starts),
            np.zeros(len(starts)),
            second[starts] + 1.0,
        )
        known = fresh if self._past is None else self._past.then(fresh)
        level = _over(known.total, STEADY_BLOCKS) / _over(known.count, STEADY_BLOCKS)
        usual = np.repeat(level[before:], count.astype(np.int64))
        # a foot that stands sways about its mean: a contact rises far above it
        up, down = hysteresis(
            total > usual + self._motion_n(usual),
            total < usual,
            breaks=np.zeros(len(total), np.bool_),
            stance=self._above,
        )
        if len(up) or len(down):
            self._above = int(up[-1] if len(up) else -1) > int(down[-1] if len(down) else -1)
        rises = np.zeros(len(total))
        rises[up] = 1.0
        known.steps[before:] = np.add.reduceat(rises, starts)
        self._past = known.last(GAIT_BLOCKS - 1)
        return known

    def _judged(
        self, known: _Blocks, before: int, rows: Ints, time_s: Floats, *, kpa: Floats
    ) -> list[Change]:
        moves = self._moves(known, STEADY_BLOCKS)
        on, off = self._rules(known, kpa, moves, before=before)
        states = {
            state: _latched(self._bad[state], on[state][:, before:], off[state][:, before:])
            for state in JUDGED
        }
        self._moved = self._moved[0], rows, moves[before:]
        masked = states["dead"] | states["stuck"] | states["high"]
        was = np.zeros(self._sensors, np.bool_)
        was[list(self.masked)] = True
        edges = np.concatenate((was[:, None], masked), axis=1)
        changed = np.flatnonzero((edges[:, 1:] != edges[:, :-1]).any(axis=0))
        for state in JUDGED:
            table = states[state]
            if table.any() or self._bad[state].any():
                self._note(state, table, time_s)
            self._bad[state] = table[:, -1].copy()
        answer = [
            Change(int(rows[b]), tuple(np.flatnonzero(masked[:, b]).tolist())) for b in changed
        ]
        if answer:
            self.masked = answer[-1].masked
        return answer

    def _rules(
        self, known: _Blocks, kpa: Floats, moves: Bools, *, before: int
    ) -> tuple[dict[State, Bools], dict[State, Bools]]:
        """What is true of each sensor at the end of each second: signs for and against.

        Of the `before` seconds that were judged already, the windows are cut short.
        """
        p = self._p
        steady_many = _over(known.count, STEADY_BLOCKS)
        mean = _over(known.sums, STEADY_BLOCKS) / steady_many
        spread = _over(known.squares, STEADY_BLOCKS) / steady_many - mean * mean
        still = np.sqrt(np.maximum(spread, 0.0)) * kpa < p["health.stuck_sd_kpa"]
        long_enough = np.arange(len(known.count)) >= STEADY_BLOCKS - 1
        moves = moves & long_enough
        largest = _over(known.largest, GAIT_BLOCKS, np.maximum) * kpa
        smallest = _over(known.smallest, GAIT_BLOCKS, np.minimum) * kpa
        contacts = np.where(self._moves(known, GAIT_BLOCKS), _over(known.steps, GAIT_BLOCKS), 0.0)
        low = largest < p["health.dead_kpa"]
        dead = low & (contacts >= p["health.dead_contacts"])
        if dead.any():
            dead &= self._surrounded(largest, asked=np.asarray(dead.any(axis=1)))
        high = (smallest > p["health.high_kpa"]) & (contacts >= p["health.high_swings"])
        stuck = still & moves & (np.abs(mean) * kpa > p["health.dead_kpa"])
        high &= ~stuck
        high &= ~self._is_whole_foot(
            "zero", high.sum(axis=0) > MOST_HIGH * self._sensors, known.end_s, before=before
        )
        risen, fallen = self._drifted(smallest, contacts, known.end_s, before=before)
        return (
            {"dead": dead, "stuck": stuck, "high": high, "drift": risen & ~stuck},
            {
                "dead": ~low,
                "stuck": ~still,
                "high": stuck | (smallest <= p["health.high_kpa"]),
                "drift": stuck | fallen,
            },
        )

    def _is_whole_foot(self, state: State, many: Bools, end_s: Floats, *, before: int) -> Bools:
        """(b,) as given; from the first of the newest seconds on the foot is known to be so."""
        fresh = many[before:]
        if fresh.any():
            at = float(end_s[before + np.argmax(fresh)])
            self._known.setdefault((None, state), Finding(None, state, at))
        return many

    def _drifted(
        self, smallest: Floats, contacts: Floats, end_s: Floats, *, before: int
    ) -> tuple[Bools, Bools]:
        """(S, b) where the least value of gait, which is that of swings, rose or came back.

        Only gait shows an unloaded foot, and it is compared with itself: what presses from the
        beginning may be the shoe. Where many sensors rise alike, it is the whole foot.

        Args:
            smallest: (S, b) kPa.
            contacts: (b,) of gait.
            end_s: (b,).
            before: seconds that were judged already.
        """
        swings = contacts >= self._p["health.drift_swings"]
        if self._first_air is None:
            if not swings[before:].any():
                nothing = np.zeros(smallest.shape, np.bool_)
                return nothing, nothing
            first = before + int(np.argmax(swings[before:]))
            self._first_air = smallest[:, first : first + 1].copy()
        rise, limit = smallest - self._first_air, self._p["health.drift_kpa"]
        risen = (rise > limit) & swings
        fallen: Bools = (rise < 0.5 * limit) & swings
        if risen.any():
            along = (rise > 0.5 * limit).sum(axis=0) > MOST_HIGH * self._sensors
            whole = along & risen.any(axis=0)
            risen &= ~self._is_whole_foot("drift", whole, end_s, before=before)
        return risen, fallen

    def _moves(self, known: _Blocks, blocks: int) -> Bools:
        """(b,) the total moves as in gait."""
        many = _over(known.count, blocks)
        mean = _over(known.total, blocks) / many
        spread = np.sqrt(np.maximum(_over(known.total_squares, blocks) / many - mean * mean, 0.0))
        answer: Bools = (spread > self._motion_n(mean)) & (spread > 0.0)
        return answer

    def _motion_n(self, mean: Floats) -> Floats:
        """As `mean`: by how much a total changes in gait, at least."""
        if self._bw_n is None:
            return MOTION_MEAN * np.abs(mean)
        return np.full_like(mean, self._p["health.motion_BW"] * self._bw_n)

    def _surrounded(self, largest: Floats, *, asked: Bools) -> Bools:
        """(S, b) enough neighbours are loaded, and all round, to expect something here too.

        Two loaded neighbours are usual at the edge of what a foot touches: of a hop on the forefoot
        under the midfoot, and under every arch. So they must lie all round the sensor, as far as it
        has neighbours all round; or no neighbour is as silent as it is, for beyond an edge nothing
        presses. A sensor that is all of the heel may just never be stepped on. The small cells of
        a grid ask for all of theirs (a recorded walk on 99 cells has four at an edge, and one of
        them wakes later).

        Args:
            largest: (S, b) kPa.
            asked: (S,) the others are not looked at.
        """
        layout = self._load.capability.layout
        if self._near is None:
            self._near = neighbours(layout)
        least = int(self._p["health.dead_neighbours"])
        busy, silent = largest > self._p["health.busy_kpa"], largest < self._p["health.dead_kpa"]
        answer = np.zeros(largest.shape, dtype=np.bool_)
        size = np.array([layout.width_mm, layout.length_mm])
        heel = np.flatnonzero(self._load.regions.weight[:, REGIONS.index("HEEL")] > 0.5)
        judged = asked if len(heel) > 1 else asked & ~np.isin(np.arange(len(asked)), heel)
        for sensor in np.flatnonzero(judged).tolist():
            near = np.flatnonzero(self._near[sensor])
            loaded = busy[near]
            if layout.kind == "grid":
                answer[sensor] = loaded.all(axis=0) & (len(near) >= least)
                continue
            away = (layout.xy[near] - layout.xy[sensor]) * size
            angle = np.arctan2(away[:, 1], away[:, 0])
            order = np.argsort(angle)
            allowed = max(ROUND_RAD, _gap(angle[order], np.ones((len(near), 1), bool))[0])
            is_round = _gap(angle[order], loaded[order]) <= allowed + SLACK_RAD
            alone = ~silent[near].any(axis=0)
            answer[sensor] = (is_round | alone) & (np.count_nonzero(loaded, axis=0) >= least)
        return answer

    def _note(self, state: State, table: Bools, time_s: Floats) -> None:
        """Findings begin and end where a judgement changes."""
        steps = np.diff(
            np.concatenate((self._bad[state][:, None], table), axis=1).astype(np.int8), axis=1
        )
        for block, sensor in np.argwhere(steps.T).tolist():
            at = float(time_s[block])
            found = self._known.get((sensor, state), Finding(sensor, state, at))
            over = None if steps[sensor, block] > 0 else at
            self._known[sensor, state] = replace(found, until_s=over)


def _gap(angle: Floats, present: Bools) -> Floats:
    """(b,) widest angle, rad, in which none of those present lies; 2 pi where none is.

    Args:
        angle: (k,) rad, ascending.
        present: (k, b).
    """
    widest = np.zeros(present.shape[1])
    last = np.full(present.shape[1], np.nan)
    first = np.full(present.shape[1], np.nan)
    for one, there in zip(angle, present, strict=True):
        widest = np.where(there & np.isfinite(last), np.maximum(widest, one - last), widest)
        first = np.where(there & np.isnan(first), one, first)
        last = np.where(there, one, last)
    round_the_back = np.where(np.isfinite(first), first + 2.0 * np.pi - last, 2.0 * np.pi)
    return np.maximum(widest, round_the_back)


def _tame(values: Floats) -> Floats:
    """What is no number becomes 0, and what is absurd no larger than its square can be."""
    return np.clip(np.nan_to_num(values), -LARGEST, LARGEST)


def kpa_per_value(load: LoadStage) -> Floats | None:
    """(S,) kPa that one step of a value means; None: counts whose full scale is not known."""
    layout = load.capability.layout
    if load.quantity == "kPa":
        return np.full(layout.sensors, load.unit_per_value)
    if load.quantity == "N":
        area = np.asarray(layout.area_cm2, np.float64)
        if area.shape != (layout.sensors,) or not (area > 0).all():
            area = np.full(layout.sensors, layout.length_mm * layout.width_mm * 0.01)
            area /= layout.sensors
        return load.unit_per_value / (NEWTON_PER_KPA_CM2 * area)
    if not np.isfinite(load.full_value):
        return None
    return np.full(layout.sensors, FULL_SCALE_KPA / load.full_value)


def _over(per_block: Floats, blocks: int, join: np.ufunc = np.add) -> Floats:
    """Sum, or largest, or smallest, over each block and those before it; always in one order.

    Spans of 1, 2, 4, ... blocks are made of two halves; those that add up to `blocks` are joined.
    """
    span, size, covered = per_block, 1, 0
    out = per_block
    while True:
        if blocks & size:
            out = _with_earlier(out, span, covered, join) if covered else span
            covered += size
        if covered == blocks:
            return out
        span = _with_earlier(span, span, size, join)
        size *= 2


def _with_earlier(values: Floats, earlier: Floats, by: int, join: np.ufunc) -> Floats:
    """Each value joined with what lies so many blocks before it, where there is one."""
    out = values.copy()
    if by < values.shape[-1]:
        join(values[..., by:], earlier[..., :-by], out=out[..., by:])
    return out


def _latched(state: Bools, on: Bools, off: Bools) -> Bools:
    """(S, b) true from a sign for it until a sign against it."""
    if not on.any() and not state.any():
        return np.zeros(on.shape, np.bool_)
    order: Ints = np.arange(1, on.shape[1] + 1, dtype=np.int64)
    last_on = np.maximum.accumulate(np.where(on, order, 0), axis=1)
    last_off = np.maximum.accumulate(np.where(off & ~on, order, 0), axis=1)
    answer: Bools = (last_on > last_off) | ((last_on == 0) & (last_off == 0) & state[:, None])
    return answer
