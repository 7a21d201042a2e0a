"""From load to the table of steps: contacts found, stamped, measured, and given out when final."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from insole.model.arrays import Bools, Flags, Floats, Ints, Shares
from insole.model.foot import REGIONS, Side
from insole.model.gait import INVALID, StepFlag, Steps
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.parameters import Parameters
from insole.signal.contacts import ContactDetector, Contacts
from insole.signal.course import Curve, ForceCurve, course
from insole.signal.doubt import REGION_BIT, Column, Columns
from insole.signal.gait_line import GaitLines
from insole.signal.gate import ContactGate
from insole.signal.impulse import RunningImpulse
from insole.signal.loading import loading
from insole.signal.measures import force, push_off, timing
from insole.signal.resample import of_force
from insole.signal.rollover import FootAxis, rollover
from insole.signal.sharing import sharing
from insole.signal.stamps import Bend
from insole.signal.stances import Doubt, Spread, Stances, over_rows, stances

TAKEN_ROWS = 1 << 15  # rows taken in at once: their columns stay in the cache
MEASURED_ROWS = 1 << 17  # rows whose contacts are measured at once: bounds memory
SPARE_ROWS = 4  # kept before the first needed row: slopes beside a crossing read them
LARGEST_N = 1e6  # more is not a force under a foot, but a broken number
LARGEST_COUNT = 1e12
SENSOR_NOISE_N = 4.0  # N of a total per kPa of sensor noise: 16 sensors of 10 cm²
_CHANNELS = 1 + len(REGIONS) + 3  # total, regions, force and its two moments where CoP is known


class StepStage:
    """Steps of one foot, streaming; any grouping of the load gives the same bits.

    Args:
        side: the foot.
        mass_kg: body mass; None: values in body weights are not available.
        rate_hz: nominal rate.
        parameters: sections `events`, `filters`, `uncertainty`, `implausible`.
        anchors_mm: (3, 2) corners of the tripod for the barycentric shares; None: not given.
        noise_n: standard uncertainty of one sample of the total, N; None: from
            `uncertainty.noise_kpa` for a usual insole.
        spread: how noise and zero of the sensors meet in regions and in the CoP; None: of a usual
            insole.
        length_mm: of the insole; None: no strike index.
        lines: takes valid contacts in for the gait line; None: nobody asks for it.
        least: counts, what is a load at all of an insole without a scale; None: newtons.
    """

    def __init__(
        self,
        side: Side,
        *,
        mass_kg: float | None,
        rate_hz: float,
        parameters: Parameters,
        anchors_mm: Floats | None = None,
        noise_n: float | None = None,
        spread: Spread | None = None,
        length_mm: float | None = None,
        lines: GaitLines | None = None,
        least: float | None = None,
    ) -> None:
        self._side = side
        self._bw_n = None if mass_kg is None else mass_kg * parameters["physics.g"]
        self._rate_hz = rate_hz
        self._p = parameters
        self._anchors_mm = anchors_mm
        self._axis = None if length_mm is None else FootAxis.of(length_mm, parameters)
        self._lines = lines
        self._target = np.array(parameters.several("targets.single"))
        spread = spread or Spread()
        self._doubt = Doubt(
            gain_rel=parameters["uncertainty.gain_rel"],
            tare_n=parameters["uncertainty.tare_n"],
            noise_n=SENSOR_NOISE_N * parameters["uncertainty.noise_kpa"]
            if noise_n is None
            else noise_n,
            clock_s=parameters["uncertainty.clock_s"],
            base_rel=_baseline_doubt(parameters, rate_hz),
            region=np.array(spread.region),
            lever_mm=spread.lever_mm,
        )
        self._largest = LARGEST_N if least is None else LARGEST_COUNT
        self._gate = ContactGate(bw_n=self._bw_n, parameters=parameters)
        self._bend = Bend.of(parameters)
        self._detector = ContactDetector(
            mass_kg=mass_kg, rate_hz=rate_hz, parameters=parameters, least=least
        )
        self._curve = ForceCurve()
        self._breaks: list[Bools] = []  # of the rows that wait
        self._waiting = 0  # rows taken in, but not yet looked at
        self._rows = RunningImpulse(_CHANNELS, carried=2)  # marks, total for the baseline

    @property
    def in_contact(self) -> bool:
        """The newest sample lies in stance."""
        return self._detector.in_contact

    @property
    def since_s(self) -> float:
        """When the contact under way began, provisionally; NaN in the air."""
        return self._detector.open_since(self._rows)

    @property
    def waits(self) -> bool:
        """Rows were taken in whose contacts were not yet looked for."""
        return self._waiting > 0

    @property
    def curve(self) -> Curve:
        """Mean course of the force in valid contacts so far."""
        return self._curve.curve()

    def push(self, load: Load, *, unclamped_n: Floats | None = None) -> Steps:
        """Consume load; answer with the steps that became final.

        Args:
            load: n rows.
            unclamped_n: (n,) N, total with what lies below zero left in, for the baseline of the
                swing; None: the total itself.
        """
        base = load.total_n if unclamped_n is None else unclamped_n
        parts: list[Steps] = []
        left = len(load.time_s)
        for begin in range(0, left, TAKEN_ROWS):
            self._take(load, slice(begin, begin + TAKEN_ROWS), base, ahead=left - begin)
            if self._waiting >= MEASURED_ROWS:
                parts.append(self._final())
        return concatenate((*parts, self._final()))

    def take(self, load: Load, *, unclamped_n: Floats | None = None, ahead: int = 0) -> Steps:
        """As `push`, but steps may come later, with a push or when many rows wait.

        Args:
            load: n rows, at most `TAKEN_ROWS`.
            unclamped_n: as in `push`.
            ahead: rows that are sure to follow.
        """
        base = load.total_n if unclamped_n is None else unclamped_n
        self._take(load, slice(0, len(load.time_s)), base, ahead=len(load.time_s) + ahead)
        return self._final() if self._waiting >= MEASURED_ROWS else empty_steps(self._side)

    def _final(self) -> Steps:
        """Steps that became final with the rows that wait."""
        if not self._waiting:
            return empty_steps(self._side)
        breaks = self._breaks[0] if len(self._breaks) == 1 else np.concatenate(self._breaks)
        self._breaks, self._waiting = [], 0
        signal = self._detector.detection(self._rows.force_n[0, -len(breaks) :], breaks=breaks)
        contacts = self._detector.advance(self._rows, signal_n=signal, breaks=breaks)
        steps = self._measure(contacts)
        self._detector.forget(self._rows, spare=SPARE_ROWS)
        return steps

    def flush(self) -> Steps:
        """End of stream: a contact under way ends here and is incomplete."""
        return self._measure(self._detector.finish(self._rows))

    def _take(self, load: Load, part: slice, base_n: Floats, *, ahead: int) -> None:
        time, quality = load.time_s[part], load.quality[part]
        n = len(time)
        if not n:
            return
        pieces = max(1, -(-(MEASURED_ROWS - self._waiting) // n))  # such, until it is measured
        room = self._rows.reserve(max(n, min(ahead, pieces * n)))
        table, carried = room[0][:, :n], room[1][:, :n]
        self._waiting += n
        marks = carried[0]
        marks[:] = quality
        self._breaks.append((quality & np.uint32(Quality.BREAK)) != 0)
        table[0] = load.total_n[part]
        table[1 : 1 + len(REGIONS)] = load.region_n[part].T
        carried[1] = base_n[part]
        largest = self._largest
        if not (table[:8].max() < largest and table[:8].min() > -largest):
            for index in range(len(REGIONS)):
                bit = 1 << (REGION_BIT + index)
                _cleaned(table[1 + index], marks, bit=bit, largest=largest)
            _cleaned(table[0], marks, bit=int(Quality.GAP), largest=largest)
        _cleaned(carried[1], marks, bit=int(Quality.GAP), largest=largest)
        cop = load.cop_mm[part].T
        np.multiply(cop, table[0], out=table[9:11])
        table[8] = table[0]
        unknown = ~(np.isfinite(cop[0]) & np.isfinite(cop[1]))
        np.copyto(table[8:11], 0.0, where=unknown)
        self._rows.commit(time)

    def _measure(self, contacts: Contacts) -> Steps:
        if not len(contacts):
            return empty_steps(self._side)
        table = self._stances(contacts)
        accepted = self._gate.accept(table)
        if not accepted.all():
            contacts = contacts.take(accepted)
            if not len(contacts):
                return empty_steps(self._side)
            table = self._stances(contacts)
        columns = timing(table) | force(table) | push_off(table) | loading(table)
        columns |= rollover(table, axis=self._axis)
        columns |= sharing(
            table,
            anchors_mm=self._anchors_mm,
            target=self._target,
            peak=columns["time_to_peak_s"],
        )
        columns |= _without_tripod(columns, _marked(table.marks, Quality.NO_TRIPOD))
        columns["valid_share"] = Column(_received(table), 0.0, 0.0)
        flags = self._flags(table, columns)
        chosen = ((flags & INVALID) == 0) & ~table.long
        grid = of_force(table)
        self._curve.push(table, grid, chosen)
        if self._lines is not None:
            self._lines.push(table, chosen)
        shares = course(table, grid, columns["impulse_N_s"].value)
        return _table(self._side, flags, columns, segment=contacts.segment, shares=shares)

    def _stances(self, contacts: Contacts) -> Stances:
        return stances(
            self._rows,
            contacts,
            bw_n=self._bw_n,
            rate_hz=self._rate_hz,
            doubt=self._doubt,
            bend=self._bend,
        )

    def _flags(self, s: Stances, columns: Columns) -> Flags:
        flags = np.zeros(len(s), np.uint32)
        shortest, longest = self._p.several("implausible.contact_s")
        outside = (s.contact_s < shortest) | (s.contact_s > longest)
        if self._bw_n is not None:
            low, high = self._p.several("implausible.peak_BW")
            peak = columns["peak_force_BW"].value
            outside |= ~((peak >= low) & (peak <= high))
        gap = _touched(s, Quality.GAP)
        said = (
            (s.cut, StepFlag.INCOMPLETE),
            (gap, StepFlag.GAP),
            (
                gap & (_lost_s(s) < self._p["gaps.stance_est_frac"] * s.contact_s),
                StepFlag.ESTIMATED,
            ),
            (_marked(s.marks, Quality.INTERPOLATED), StepFlag.INTERPOLATED),
            (_marked(s.marks, Quality.LATE), StepFlag.LATE),
            (_marked(s.marks, Quality.CLIPPED), StepFlag.CLIPPED),
            (_marked(s.marks, Quality.DEGRADED), StepFlag.DEGRADED),
            (s.strike.coarse | s.off.coarse, StepFlag.T_COARSE),
            (outside, StepFlag.IMPLAUSIBLE),
        )
        for where, flag in said:
            flags[where] |= np.uint32(flag)
        return flags


def _without_tripod(columns: Columns, gone: Bools) -> Columns:
    """The columns of the tripod, not known where too many sensors are masked."""
    if not gone.any():
        return {}
    return {
        name: replace(column, value=np.where(gone, np.nan, column.value))
        for name, column in columns.items()
        if name.startswith(("tripod_", "barycentric_", "quadripod_")) or name == "coverage3"
    }


def _baseline_doubt(p: Parameters, rate_hz: float) -> float:
    """Uncertainty of the baseline over the spread of rows in the swing: rows and swings averaged.

    Rows: those in the window of the shortest swing that counts. An EMA with share a has the
    variance a / (2 - a) of one swing's mean.
    """
    begin, end = p.several("events.baseline_window")
    in_window = max(1.0, (end - begin) * p["events.baseline_swing_s"] * rate_hz)
    return float(np.sqrt(1.0 / p["events.baseline_swings"] / in_window))


def empty_steps(side: Side) -> Steps:
    """A table without rows."""
    none = {name: np.empty(0) for name in ("foot_strike_s", "toe_off_s")}
    return Steps(side, np.empty(0, np.uint32), dict(none), dict(none), dict(none))


def concatenate(tables: Sequence[Steps]) -> Steps:
    """Tables of one foot in order as one; a column that a table lacks is NaN there.

    Raises:
        ValueError: no table was given.
    """
    filled = [table for table in tables if len(table)]
    if len(filled) == 1 or not filled:
        return filled[0] if filled else empty_steps(tables[0].side)
    return Steps(
        filled[0].side,
        np.concatenate([table.flags for table in filled]),
        _stack([(len(table), table.value) for table in filled]),
        _stack([(len(table), table.u) for table in filled]),
        _stack([(len(table), table.u_shared) for table in filled]),
        _courses(filled),
    )


def _courses(tables: Sequence[Steps]) -> Shares | None:
    known = [table.course for table in tables if table.course is not None]
    return np.concatenate(known) if len(known) == len(tables) else None


def _stack(parts: list[tuple[int, dict[str, Floats]]]) -> dict[str, Floats]:
    names = dict.fromkeys(name for _, columns in parts for name in columns)
    return {
        name: np.concatenate(
            [columns[name] if name in columns else np.full(k, np.nan) for k, columns in parts]
        )
        for name in names
    }


def _received(s: Stances) -> Floats:
    """Share of the rows in contact that were received in time and not bridged."""
    if not s.marks.any():
        return np.where(s.long, np.nan, 1.0)
    bits = s.rows.carried[0].astype(np.int64)
    lost = (bits & int(Quality.INTERPOLATED | Quality.GAP | Quality.LATE)) != 0
    count = over_rows(np.add, lost.astype(np.int64), s.first_row, s.end_row)
    share = 1.0 - count / np.maximum(s.end_row - s.first_row, 1)
    return np.where(s.long, np.nan, share)


def _touched(s: Stances, quality: Quality) -> Bools:
    """(k,) a row with this mark lies inside, or its cell holds foot strike or toe-off."""
    inside = _marked(s.marks, quality)
    if not s.rows.carried[0].any():
        return inside
    bits = s.rows.carried[0].astype(np.int64)
    ends = bits[s.strike.row] | bits[np.minimum(s.off.row + 1, len(bits) - 1)]
    answer: Bools = inside | (_marked(ends, quality) & ~s.cut)
    return answer


def _lost_s(s: Stances) -> Floats:
    """(k,) s, how much of each contact was filled for display only."""
    if not s.marks.any():
        return np.zeros(len(s))
    gap = (s.rows.carried[0].astype(np.int64) & int(Quality.GAP)) != 0
    found: Floats = over_rows(np.add, gap.astype(np.float64), s.first_row, s.end_row) / s.rate_hz
    return found


def _marked(marks: Ints, quality: Quality) -> Bools:
    answer: Bools = (marks & int(quality)) != 0
    return answer


def _table(side: Side, flags: Flags, columns: Columns, *, segment: Ints, shares: Shares) -> Steps:
    whole = np.empty((3, len(columns), len(flags)))
    for index, column in enumerate(columns.values()):
        whole[0, index] = column.value
        whole[1, index] = column.random
        whole[2, index] = column.shared
    np.copyto(whole[1:], np.nan, where=np.isnan(whole[0]))
    np.square(whole[1], out=whole[1])
    whole[1] += np.square(whole[2])
    np.sqrt(whole[1], out=whole[1])
    whole[1:] = whole[1:].astype(np.float32)  # digits enough: a session keeps them in half the room
    value, u, shared = (dict(zip(columns, part, strict=True)) for part in whole)
    value["segment"] = segment.astype(np.float64)
    return Steps(side, flags, value, u, shared, shares)


def _cleaned(force: Floats, marks: Floats, *, bit: int, largest: float) -> None:
    """What is no force becomes 0 and sets a bit of its row's marks."""
    if force.max() < largest and force.min() > -largest:
        return
    bad = ~(np.abs(force) < largest)
    force[bad] = 0.0
    marks[bad] = (marks[bad].astype(np.int64) | bit).astype(np.float64)
