"""Pressure in a step: peak, pressure-time integral and mean of each region, and the rear's share.

science.md, sections 1.3 and 1.5. What needs single sensors stands here, beside the way of forces.
A cell that lies in several regions counts for the peak of the one with its largest part. Peaks are
those of rows: no curve is laid through them, for the sensor that leads changes from row to row.

Doubt, with `n` the noise of a sensor, `z` its zero, `dt` the sampling step, `T` the contact time:

* peak P: rows miss m = P·(dt·P/PTI)² of a half sine of P and PTI at most half a row from its top,
  m/6 on average and 0.15·m by the phase, and the largest of rows that are alike scatters less than
  each of them; random² = (0.7·n)² + (0.15·m)² + (0.20·b)²,
  shared² = (gain·P)² + z² + (m/6)² + (0.11·b)², with b up to 100 Hz what the second difference of
  rows at the top, or one row before it, is more than a half sine's 4·m: an impact is narrower;
* PTI: random² = n²·dt·T + Σ(p·u_t)² + (dt/12·Σp)² with p at both ends; shared² = (gain·PTI)² +
  (z·T)²;
* mean M: relative, those of the region's impulse and, in squares, of the loaded area: each sensor's
  time above the level c is known within dt/√6 and by n over the slope of a half sine of P, and what
  enters or leaves with it differs from the mean by M - c. A scale that is too large finds more of
  the region loaded: of the gain, what the length of that time over c does not take back, stays;
* rear share r of impulse J: that of a part and its rest, as every share of a step, and what rows
  miss at the ends, 0.065·dt of the force there and 0.04·dt on average, by how far the share there
  is from r.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.model.arrays import Bools, Floats, Ints, Raw
from insole.model.foot import REGIONS
from insole.model.gait import StepFlag, Steps
from insole.parameters import Parameters
from insole.signal.calibrate import NEWTON_PER_KPA_CM2, LoadStage
from insole.signal.columns import weighted
from insole.signal.doubt import Column, Columns, root
from insole.signal.masking import Masked
from insole.signal.pressure_rows import ContactRows, PressureRows, Values
from insole.signal.regions import TRIPOD_SENSORS
from insole.signal.rollover import STRIKE_RATE_HZ
from insole.signal.stances import first_maximum
from insole.signal.steps import SENSOR_NOISE_N

ON_AVERAGE, BY_PHASE = 1.0 / 6.0, 0.15  # of what rows miss of a half sine
SEEN_S = 0.005  # rows further apart may miss the top of an impact, which lasts 20 to 30 ms
LARGEST = 0.7  # of the noise of a row: of the largest of the three or so about a top
BENT = 0.20, 0.11  # of the second difference above a half sine's: by the phase, on average
EDGE = 0.065, 0.04  # of a sampling step of the force at an end: what a sum of rows errs by
REAR = 0.5  # of the length: RF50 counts the sensors behind it
PEAK = tuple(f"peak_pressure_{name.lower()}_kPa" for name in REGIONS)
INTEGRAL = tuple(f"pressure_time_{name.lower()}_kPa_s" for name in REGIONS)
MEAN = tuple(f"mean_pressure_{name.lower()}_kPa" for name in REGIONS)
WHOLE, SENSOR, REGION = "peak_pressure_kPa", "peak_pressure_sensor", "peak_pressure_region"
SHARE = "rearfoot_share"
EARLY = 0.10  # of a contact: its load by halves says how the foot strikes (science.md, 3.7)
STRIKE_REAR, STRIKE_FRONT = 0.70, 0.50  # more behind: rearfoot; more in front: forefoot
STRIKE_SHARE, STRIKE_CLASS = "strike_rear_share", "strike_class_force"
PHASE = 12**-0.5  # of a step that where its rows lie is uniform over
USUAL = 0.85  # of the largest sensor's peak
HIGHEST_LEVEL = 0.9  # of a region's peak, up to which sines say how long it is loaded
LARGEST_POWER = 8.0  # of a sine, for a region that is loaded in a small part of contact

# Rows of what is found of a contact before it becomes columns: regions first, then single ones.
_PEAK, _SUMS, _FIRST, _LAST = (index * len(REGIONS) for index in range(4))
_TOP = 4 * len(REGIONS)
_AREA = _TOP + 1
_LEAD, _REAR, _SUM = (_AREA + len(REGIONS) + index for index in range(3))
_ENDS = _SUM + 1  # of the first and of the last row: under the rear half, under all
_BEND = _ENDS + 4
_BORNE = _BEND + len(REGIONS)
_EARLY = _BORNE + len(REGIONS)  # impulse of the early part, under the rear half and under all
_FOUND = _EARLY + 2


class RegionalPressure:
    """Rows of sensors in, columns of final steps out; grouping changes no bit.

    Args:
        load: the calibration.
        rate_hz: nominal rate.
        parameters: `pressure.contact_kpa`, section `uncertainty`.
    """

    def __init__(self, load: LoadStage, *, rate_hz: float, parameters: Parameters) -> None:
        layout, weight = load.capability.layout, load.regions.weight
        owner = np.where(weight.any(axis=1), weight.argmax(axis=1), len(REGIONS))
        self._order: Ints = np.argsort(owner, kind="stable")
        self._owner: Ints = owner[self._order]
        present, first = np.unique(self._owner, return_index=True)
        ends = (*first[1:].tolist(), len(owner))
        self._groups = [
            (int(region), slice(int(begin), end))
            for region, begin, end in zip(present, first, ends, strict=True)
        ]  # region, and where its sensors stand in `_order`
        self._rows = PressureRows(self._order)
        self._load = load
        self._step_s = 1.0 / rate_hz
        self._rear: Bools = np.asarray(layout.xy[:, 1] < REAR, np.bool_)
        self._newton: Floats = load.newton_per_value * load.sensor_gain
        self._area: Floats = np.asarray(layout.area_cm2, np.float64)
        kpa: Floats | None = None  # (S,) of one step of a value
        if load.quantity == "kPa":
            kpa = np.asarray(load.unit_per_value * load.gain * load.sensor_gain, np.float64)
        elif load.quantity == "N" and layout.kind != "force":
            kpa = self._newton / (NEWTON_PER_KPA_CM2 * self._area)
        self._top_kpa = None if kpa is None else float(kpa.max())
        self._alike: Values | None = None  # (S, 1) factors that make steps of values alike
        if kpa is not None and self._top_kpa and (kpa != self._top_kpa).any():
            self._alike = (kpa / self._top_kpa)[self._order].astype(np.float32)[:, None]
        self._names: tuple[str, ...] = ()
        if self._top_kpa is not None:
            self._names = (*PEAK, *INTEGRAL, *MEAN, WHOLE, SENSOR, REGION)
        if layout.sensors >= TRIPOD_SENSORS and load.regions.observable.any():
            self._names += (SHARE,)
            self._names += (STRIKE_SHARE, STRIKE_CLASS) if rate_hz >= STRIKE_RATE_HZ else ()
        self._least_kpa = parameters["pressure.contact_kpa"]
        self._gain_rel = parameters["uncertainty.gain_rel"]
        self._tare_n = parameters["uncertainty.tare_n"]
        noise_kpa = parameters["uncertainty.noise_kpa"]
        noise_n = load.noise_n(noise_kpa)
        self._noise_n = SENSOR_NOISE_N * noise_kpa if noise_n is None else noise_n
        self._noise_kpa = noise_kpa * load.gain
        self._tare_kpa = self._noise_kpa * self._tare_n / self._noise_n if self._noise_n else 0.0

    def take(
        self, time_s: Floats, values: Raw, *, zero: Floats, masked: tuple[int, ...] = ()
    ) -> None:
        """Further rows: n times, (n, S) values as `LoadStage.values` gives them, what holds."""
        if self._names:
            self._rows.take(time_s, values, zero=zero, masked=masked)

    def measured(self, steps: Steps) -> Steps:
        """Steps that became final, with the columns of this module."""
        strike, off = steps.value["foot_strike_s"], steps.value["toe_off_s"]
        found = np.full((_FOUND, len(steps)), np.nan)
        done = 0
        for newest in self._rows.blocks():
            ready = int(np.searchsorted(off, newest))
            self._find(found, strike, off, part=slice(done, ready))
            done = max(done, ready)
        self._find(found, strike, off, part=slice(done, len(strike)))
        return self._with_columns(steps, found) if len(steps) and self._names else steps

    def _find(self, found: Floats, strike: Floats, off: Floats, *, part: slice) -> None:
        """Fill in what the rows of some contacts hold, (_FOUND, k), in units of the values."""
        for rows in self._rows.contacts(strike[part], off[part]):
            mask = self._load.masked(rows.state.masked)
            _mend(rows.value, mask, masked=rows.state.masked, order=self._order)
            which = _place(rows.which + (part.start or 0))
            width = rows.width_s.astype(np.float32)
            sums = self._sums(rows, width)
            halves = weighted(np.concatenate(sums, axis=1).T, self._rear_and_all(mask)).T
            places = (_REAR, _ENDS, _ENDS + 2, _EARLY)[: len(sums)]
            for place, half in zip(places, np.split(halves, len(sums), axis=1), strict=True):
                found[place : place + 2, which] = half
            if self._top_kpa is None:
                continue
            if self._alike is not None:
                np.multiply(rows.value, self._alike, out=rows.value)
            # largest sensor by row, of each region and at last of all
            leads = np.empty((len(self._groups) + 1, len(width)), np.float32)
            for lead, (_, group) in zip(leads, self._groups, strict=False):
                np.max(rows.value[group], axis=0, out=lead)
            np.max(leads[:-1], axis=0, out=leads[-1])
            sums = np.add.reduceat(leads[:-1] * width, rows.start, axis=1)
            edge = leads[:, rows.low], leads[:, rows.high - 1]
            np.multiply(leads, _inside(rows), out=leads)
            row = first_maximum(leads, rows.low, rows.high)
            peaks = leads[np.arange(len(leads))[:, None], row]
            found[_TOP, which] = peaks[-1]
            found[_LEAD, which] = rows.value[:, row[-1]].argmax(axis=0)
            bends = _bend(leads, row, rows.start) if self._step_s > SEEN_S else None
            for place, (region, _) in enumerate(self._groups):
                if region == len(REGIONS) or not mask.observable[region]:
                    continue
                found[_PEAK + region, which] = peaks[place]
                found[_SUMS + region, which] = sums[place]
                found[_FIRST + region, which] = edge[0][place]
                found[_LAST + region, which] = edge[1][place]
                if bends is not None:
                    found[_BEND + region, which] = bends[place]
            loaded = self._loaded(rows, mask, width, strike=strike[part], off=off[part])
            for place, table in zip((_AREA, _BORNE), loaded, strict=True):
                found[place : place + len(REGIONS), which] = table

    def _sums(self, rows: ContactRows, width: Values) -> list[Values]:
        """Of each sensor, (S, k): integral, first and last row, integral of the early part.

        The last of them only where it says how the foot strikes.
        """
        found = [
            np.add.reduceat(rows.value * width, rows.start, axis=1),
            rows.value[:, rows.low],
            rows.value[:, rows.high - 1],
        ]
        if STRIKE_SHARE in self._names:
            found.append(_early(rows, width))
        return found

    def _rear_and_all(self, mask: Masked) -> Floats:
        """(S, 2) N per value, of the sensors behind the middle and of all."""
        newton = self._newton * mask.share
        return np.column_stack((newton * self._rear, newton))[self._order]

    def _loaded(
        self, rows: ContactRows, mask: Masked, width: Values, *, strike: Floats, off: Floats
    ) -> tuple[Floats, Floats]:
        """Integrals of the loaded area of each region over contact, and of pressure on it.

        Args:
            rows: of the contacts; their values are used up.
            mask: sensors left out.
            width: (m,) s, what each row weighs.
            strike: (k,) s, of the contacts that were asked for.
            off: the same, their ends.

        Returns:
            (R, k) cm²·s, 0: not seen; and (R, k) cm²·s in units of the values.
        """
        least: Floats | Values = np.array([self._least_kpa / (self._top_kpa or 1.0)], np.float32)
        creep = self._load.factor(0.5 * (strike + off)[rows.which])
        if creep is not None:
            count = np.diff(np.append(rows.start, len(width)))
            least = np.repeat(least / creep, count).astype(np.float32)
        over = (rows.value >= least) * width
        time = np.add.reduceat(over, rows.start, axis=1)
        np.multiply(rows.value, over, out=rows.value)
        pressed = np.add.reduceat(rows.value, rows.start, axis=1)
        cells = (mask.region_weight * mask.observable * (self._area * mask.share)[:, None])[
            self._order
        ]
        both = weighted(np.concatenate((time, pressed), axis=1).T, cells).T
        return both[:, : len(rows.start)], both[:, len(rows.start) :]

    def _with_columns(self, steps: Steps, found: Floats) -> Steps:
        """The table with what was found, in kPa, and with doubts."""
        strike, off = steps.value["foot_strike_s"], steps.value["toe_off_s"]
        contact = off - strike
        columns: Columns = {}
        if SHARE in self._names:
            columns[SHARE] = self._rear_share(found, contact, steps)
        if STRIKE_SHARE in self._names:
            columns |= self._strike(found, contact)
        if self._top_kpa is not None:
            creep = self._load.factor(0.5 * (strike + off))
            scale = self._top_kpa if creep is None else self._top_kpa * creep
            bend = np.nan_to_num(found[_BEND:_BORNE]) * scale
            columns |= self._pressures(steps, found[:_AREA] * scale, contact, bend=bend)
            columns |= self._means(
                steps,
                found[_AREA : _AREA + len(REGIONS)],
                found[_BORNE:_EARLY] * scale,
                peak=found[_PEAK:_SUMS] * scale,
                total=found[_SUMS:_FIRST] * scale,
            )
            lead = found[_LEAD]
            place = np.nan_to_num(lead).astype(np.int64)
            none = np.isnan(lead)
            region = np.where(none, len(REGIONS), self._owner[place])
            columns[SENSOR] = Column(np.where(none, np.nan, self._order[place] + 1.0), 0.0, 0.0)
            columns[REGION] = Column(np.where(region == len(REGIONS), np.nan, region), 0.0, 0.0)
        whole = np.empty((3, len(self._names), len(steps)))
        for index, name in enumerate(self._names):
            column = columns[name]
            whole[0, index], whole[1, index] = column.value, column.random
            whole[2, index] = column.shared
        blank = np.where(np.isnan(whole[0]), np.nan, 0.0)
        whole[2] += blank
        whole[1] = root(whole[1], whole[2])
        whole[1:] = whole[1:].astype(np.float32)  # as every doubt of a step
        value, u, shared = (dict(zip(self._names, part, strict=True)) for part in whole)
        return replace(
            steps,
            value=steps.value | value,
            u=steps.u | u,
            u_shared=steps.u_shared | shared,
        )

    def _pressures(self, steps: Steps, kpa: Floats, contact_s: Floats, *, bend: Floats) -> Columns:
        """Peaks and pressure-time integrals."""
        r, step = len(REGIONS), self._step_s
        columns: Columns = {}
        peak, total = kpa[_PEAK : _PEAK + r], kpa[_SUMS : _SUMS + r]
        first, last = kpa[_FIRST : _FIRST + r], kpa[_LAST : _LAST + r]
        inside = step * peak / np.where(total > 0, total, np.inf)
        missed = peak * inside * inside
        bend = np.maximum(bend - 4.0 * missed, 0.0)
        own = root(root(LARGEST * self._noise_kpa, missed * BY_PHASE), bend * BENT[0])
        common = root(self._gain_rel * peak, self._tare_kpa)
        common = root(root(common, missed * ON_AVERAGE), bend * BENT[1])
        for index, name in enumerate(PEAK):
            columns[name] = Column(peak[index], own[index], common[index])
        lead = np.argmax(np.nan_to_num(peak), axis=0)[None]
        columns[WHOLE] = Column(
            kpa[_TOP], *(np.take_along_axis(u, lead, axis=0)[0] for u in (own, common))
        )
        edges = root(first * _own(steps, "foot_strike_s"), last * _own(steps, "toe_off_s"))
        edges = root(edges, step / 12.0 * (first + last))
        own = root(self._noise_kpa * np.sqrt(step * contact_s), edges)
        common = root(self._gain_rel * total, self._tare_kpa * contact_s)
        for index, name in enumerate(INTEGRAL):
            columns[name] = Column(total[index], own[index], common[index])
        return columns

    def _means(
        self, steps: Steps, loaded: Floats, pressed: Floats, *, peak: Floats, total: Floats
    ) -> Columns:
        """Mean pressure: force on the loaded area over that area, both integrated over contact.

        Args:
            steps: with the impulses of regions.
            loaded: (R, k) cm²·s.
            pressed: (R, k) kPa·cm²·s.
            peak: (R, k) kPa.
            total: (R, k) kPa·s, integral of the largest sensor's pressure.
        """
        cells = self._load.regions.weight * self._area[:, None]
        each = np.sqrt(np.sum(np.square(cells), axis=0))
        contact = steps.value["toe_off_s"] - steps.value["foot_strike_s"]
        usual = np.maximum(USUAL * peak, 1e-9)  # of a sensor that is not the region's largest
        level = np.clip(self._least_kpa / usual, 0.0, HIGHEST_LEVEL)
        power = power_of_sine(total / np.maximum(peak * contact, 1e-9))
        sine = level ** (1.0 / power)
        slow = np.sqrt(1.0 - sine * sine)
        rise = np.pi / contact * power * level / np.maximum(sine, 1e-9) * slow * peak  # kPa/s
        noise = self._noise_kpa / np.maximum(rise, 1e-9)
        ends = root(self._step_s / np.sqrt(6.0), np.sqrt(2.0) * noise)
        gained = sine / slow / (0.5 * np.pi - np.arcsin(sine)) / power  # of the time, by the scale
        columns: Columns = {}
        for index, name in enumerate(MEAN):
            seen = (loaded[index] > 0) & (peak[index] >= self._least_kpa)  # not a border cell alone
            area_s = np.where(seen, loaded[index], np.nan)
            fti = f"fti_{REGIONS[index].lower()}_N_s"
            value = pressed[index] / area_s
            per = value / steps.value[fti]
            beyond = value - self._least_kpa  # what enters or leaves the area has its level
            random = root(_own(steps, fti) * per, beyond * each[index] * ends[index] / area_s)
            stays = 1.0 - gained[index] * np.clip(beyond / value, 0.0, 1.0)
            columns[name] = Column(
                value, random, steps.u_shared[fti] * per * np.maximum(stays, 0.5)
            )
        return columns

    def _strike(self, found: Floats, contact_s: Floats) -> Columns:
        """Share of the early load behind the middle, and the class that follows from it."""
        rear, whole = found[_EARLY : _EARLY + 2]
        base = np.where(whole > 0, whole, np.nan)
        share = rear / base
        first, first_all = found[_ENDS : _ENDS + 2]
        begins = first / np.where(first_all > 0, first_all, np.nan)
        moved = PHASE * self._step_s / (EARLY * contact_s) * np.nan_to_num(np.abs(share - begins))
        spread, early_s = self._spread(share) / base, EARLY * contact_s
        own = root(spread * self._noise_n * np.sqrt(self._step_s * early_s), moved)
        kind = np.where(share > STRIKE_REAR, 0.0, np.where(1.0 - share > STRIKE_FRONT, 2.0, 1.0))
        return {
            STRIKE_SHARE: Column(share, own, spread * self._tare_n * early_s),
            STRIKE_CLASS: Column(np.where(np.isnan(share), np.nan, kind), 0.0, 0.0),
        }

    def _spread(self, share: Floats) -> Floats:
        """What a share behind the middle errs by, over the error of the whole."""
        square = np.square(self._newton)
        part = float(square[self._rear].sum() / square.sum())
        return np.sqrt(part * (1.0 - share) ** 2 + (1.0 - part) * share**2)

    def _rear_share(self, found: Floats, contact_s: Floats, steps: Steps) -> Column:
        """RF50: share of the impulse under the sensors behind the middle of the insole.

        What a bridge over lost samples hides of an impact falls on it as on the heel's share.
        """
        base = np.where(found[_SUM] > 0, found[_SUM], np.nan)
        share = found[_REAR] / base
        first, first_all, last, last_all = found[_ENDS : _ENDS + 4]
        apart = root(first - share * first_all, last - share * last_all)
        ends = self._step_s * apart / base
        spread = self._spread(share) / base
        noise = self._noise_n * np.sqrt(self._step_s * contact_s)
        zero = spread * self._tare_n * contact_s
        own = root(spread * noise, EDGE[0] * ends)
        bridged = (steps.flags & StepFlag.INTERPOLATED) != 0
        own = np.where(bridged, np.fmax(own, _own(steps, "share_heel")), own)
        return Column(share, own, root(zero, EDGE[1] * ends))


def power_of_sine(mean: Floats) -> Floats:
    """Power p of a sine whose mean over its half wave, over its peak, is this: (2/π)/mean² - ½.

    By Wallis' product the mean of sinᵖ is nearly √(2/(π·(p + ½))), within 3 % from p = 1 on.
    Where it is not known, a half sine.
    """
    known = mean > 0
    power = 2.0 / np.pi / np.square(np.where(known, mean, 1.0)) - 0.5
    return np.where(known, np.clip(power, 1.0, LARGEST_POWER), 1.0)


def _bend(leads: Values, row: Ints, start: Ints) -> Floats:
    """(G, k) second difference at the largest row of each contact, positive where it is a top.

    Of the row before it too: an impact whose top lies between both bends there.

    Args:
        leads: (G, m).
        row: (G, k) largest row.
        start: (k,) first row of each contact.
    """
    line = np.arange(len(leads))[:, None]
    at = (row, row - 1, row - 2, np.minimum(row + 1, leads.shape[1] - 1))
    top, before, earlier, after = (
        leads[line, np.maximum(one, start)].astype(np.float64) for one in at
    )
    bend = np.maximum(2.0 * top - before - after, 2.0 * before - earlier - top)
    return np.maximum(bend, 0.0)


def _early(rows: ContactRows, width: Values) -> Values:
    """(S, k) integrals of the first part of contact.

    The first row is always of it, also where rows are too few to see so small a part.
    """
    passed = np.cumsum(width, dtype=np.float64)
    count = np.diff(np.append(rows.start, len(width)))
    before = passed[rows.start] - width[rows.start]
    whole = np.add.reduceat(width, rows.start)
    since = passed - 0.5 * width - np.repeat(before, count)
    is_early = since <= EARLY * np.repeat(whole, count)
    is_early[rows.start] = True
    early: Ints = np.flatnonzero(is_early)
    start = np.searchsorted(early, rows.start)
    answer: Values = np.add.reduceat(rows.value[:, early] * width[early], start, axis=1)
    return answer


def _place(rows: Ints) -> slice | Ints:
    """Rows that follow each other as a slice: no gathering."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first == len(rows) - 1 else rows


def _inside(rows: ContactRows) -> Values:
    """(m,) 1 for rows inside a contact, 0 for the two beside it."""
    inside = np.ones(rows.value.shape[1], np.float32)
    inside[rows.start[rows.low > rows.start]] = 0.0
    end = np.append(rows.start[1:], len(inside))
    inside[rows.high[rows.high < end]] = 0.0
    return inside


def _own(steps: Steps, name: str) -> Floats:
    """Random part of a column's doubt."""
    u, shared = steps.u[name], steps.u_shared[name]
    return np.sqrt(np.maximum(u * u - shared * shared, 0.0))


def _mend(value: Values, mask: Masked, *, masked: tuple[int, ...], order: Ints) -> None:
    """Masked sensors: the mean of their neighbours where they are filled, else nothing."""
    if not masked:
        return
    place = np.argsort(order)
    value[place[list(masked)]] = 0.0
    if mask.filled_from is None:
        return
    for sensor in masked:
        own = value[place[sensor]]
        for near in np.flatnonzero(mask.filled_from[sensor]).tolist():
            own += np.float32(mask.filled_from[sensor, near]) * value[place[near]]
