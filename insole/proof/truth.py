"""Truth of every number of a form of force, summed on its grid: no code of the analysis is used.

Definitions are those of science.md, sections 3.3, 3.4, 4.2, 4.3 and 1.4, at the reporting level of
the program. Steps of one form differ in the length of contact and of the step; the impulse of each
is body weight times its step, so its force is that of the form times T/T0 · t_c0/t_c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS
from insole.proof.forms import GRID, PART, Form, G

HEEL, M1, M45, HAL = (REGIONS.index(name) for name in ("HEEL", "M1", "M45", "HAL"))
FRONT = tuple(REGIONS.index(name) for name in ("M1", "M23", "M45", "HAL", "TOES"))
LOADING_RATE_HZ = 200.0  # below, no loading rate is given; and below 100 Hz no strike index
STRIKE_RATE_HZ = 100.0
WALK_CONTACT_S = 0.45
STRIKE_S, STRIKE_BW = 0.030, 0.10
REAR = 0.5  # of the length: behind it lies the rear half
IMPACT_S, IMPACT_SHARE, IMPACT_DROP_BW = 0.06, 0.25, 0.02


@dataclass(frozen=True, slots=True)
class Body:
    """What the numbers of a trial refer to.

    Attributes:
        mass_kg: of the person.
        level_bw: reporting level of foot strike and toe-off.
        target: (3,) shares of the tripod that the match index compares with.
        toe_line: begin of the toes, share of the length.
        places_mm: (S, 2) of the sensors.
        length_mm: of the insole.
        area_cm2: of one sensor.
        loaded_kpa: pressure from which a sensor counts as loaded.
        within: (S, 7) share of each region's load on each sensor.
    """

    mass_kg: float
    level_bw: float
    target: Floats
    toe_line: float
    places_mm: Floats
    length_mm: float
    area_cm2: float
    loaded_kpa: float
    within: Floats

    def centres_mm(self) -> Floats:
        """(7, 2) centre of the load of each region."""
        answer: Floats = self.within.T @ self.places_mm
        return answer


def contacts(form: Form, contact_s: Floats, step_s: Floats, *, body: Body) -> dict[str, Floats]:
    """Numbers of single contacts.

    Args:
        form: of the force.
        contact_s: (k,) length of each.
        step_s: (k,) time to the next.
        body: mass and definitions.

    Returns:
        Metric id to (k,), and "begin_s": from the begin of the force to foot strike.
    """
    one = _Contacts(form, contact_s, step_s, body)
    columns = one.timing() | one.force() | one.push_off() | one.regions() | one.reversal()
    return columns | one.pressures()


class _Contacts:
    """k contacts of one form, and questions about them."""

    def __init__(self, form: Form, contact_s: Floats, step_s: Floats, body: Body) -> None:
        self.form, self.body = form, body
        self.length, self.step = contact_s, step_s
        self.bw = body.mass_kg * G
        self.size = step_s / form.step_s * form.contact_s / contact_s
        self.sum = _running(form.force_bw[:, None])[:, 0]
        self.parts = _running(form.force_bw[:, None] * form.share)
        self.strike, self.off = self._ends(body.level_bw)
        self.contact = (self.off - self.strike) * contact_s
        self.walks = bool(form.contact_s >= WALK_CONTACT_S)
        self.force_kg: Floats = self.size[:, None] * form.force_bw  # (k, GRID) BW

    def _ends(self, level: float) -> tuple[Floats, Floats]:
        """Shares of contact of the first rise through a level and of the last fall."""
        force = self.form.force_bw
        wanted = level / self.size
        high = np.flatnonzero(force >= max(0.4 * float(force.max()), float(wanted.max())))
        top, last = int(high[0]), int(high[-1])
        rise = np.maximum.accumulate(force[: top + 1])
        fall = np.maximum.accumulate(force[last:][::-1])
        early: Floats = np.interp(wanted, rise, PART[: top + 1])
        late: Floats = np.interp(wanted, fall, PART[last:][::-1])
        return early, late

    def until(self, part: Floats) -> Floats:
        """(k,) BW·s from the begin of the force."""
        return self.size * self.length * np.interp(part, PART, self.sum)

    def between(self, begin: Floats, end: Floats) -> Floats:
        """(k, 7) BW·s of regions."""
        found = np.empty((len(begin), len(REGIONS)))
        for region in range(len(REGIONS)):
            column = self.parts[:, region]
            found[:, region] = np.interp(end, PART, column) - np.interp(begin, PART, column)
        answer: Floats = (self.size * self.length)[:, None] * found
        return answer

    def whole(self) -> Floats:
        """(k,) BW·s from foot strike to toe-off."""
        return self.until(self.off) - self.until(self.strike)

    def at(self, share: float) -> Floats:
        """(k,) share of the grid at a share of the time from foot strike to toe-off."""
        return self.strike + share * (self.off - self.strike)

    def top(self, begin: Floats, end: Floats, *, lowest: bool = False) -> tuple[Floats, Floats]:
        """Largest (or lowest) force between shares of the grid, BW, and its share."""
        sign = -1.0 if lowest else 1.0
        inside = (begin[:, None] <= PART) & (end[:, None] >= PART)
        row = np.argmax(np.where(inside, sign * self.form.force_bw, -np.inf), axis=1)
        return self.size * self.form.force_bw[row], PART[row]

    def timing(self) -> dict[str, Floats]:
        """Contact time, and time above body weight."""
        columns = {"begin_s": self.strike * self.length, "contact_s": self.contact}
        if self.walks:
            return columns
        f = self.force_kg
        low, high = np.minimum(f[:, 1:], f[:, :-1]), np.maximum(f[:, 1:], f[:, :-1])
        rise = np.where(high > low, high - low, 1.0)
        over = np.clip((high - 1.0) / rise, 0.0, 1.0)
        above = np.where(low >= 1.0, 1.0, np.where(high < 1.0, 0.0, over))
        columns["effective_contact_s"] = above.sum(axis=1) * self.length / (GRID - 1)
        up, down = self._ends(1.0)
        late = self.until(self.off) - self.until(0.5 * (up + down))
        columns["po_eff_N_s"] = late * self.bw
        columns["po_eff_share_percent"] = 100.0 * late / self.whole()
        return columns

    def force(self) -> dict[str, Floats]:
        """Impulse, peaks, loading and unloading."""
        whole = self.whole()
        peak, when = self.top(self.strike if self.walks else self.at(0.3), self.off)
        columns = {
            "impulse_N_s": whole * self.bw,
            "impulse_BW_s": whole,
            "mean_force_N": whole / self.contact * self.bw,
            "peak_force_N": peak * self.bw,
            "peak_force_BW": peak,
            "time_to_peak_s": (when - self.strike) * self.length,
            "time_to_peak_percent": 100.0 * (when - self.strike) / (self.off - self.strike),
        }
        late = when
        if self.walks:
            second, late = self.top(self.at(0.5), self.off)
            columns["p1_N"] = self.top(self.strike, self.at(0.5))[0] * self.bw
            columns["valley_N"] = self.top(self.at(0.25), self.at(0.75), lowest=True)[0] * self.bw
            columns["p2_N"] = second * self.bw
        columns["po_pk_N_s"] = (self.until(self.off) - self.until(late)) * self.bw
        columns["po_pk_share_percent"] = 100.0 * columns["po_pk_N_s"] / columns["impulse_N_s"]
        slope = self.force_kg[:, 1:] - self.force_kg[:, :-1]
        rate = slope * (GRID - 1) / self.length[:, None]
        middle = 0.5 * (PART[1:] + PART[:-1])
        second_half = (middle >= self.at(0.5)[:, None]) & (middle <= self.off[:, None])
        fall = -np.where(second_half, rate, np.inf).min(axis=1)
        columns["unloading_rate_N_per_s"] = fall * self.bw
        return columns | self._impact(rate)

    def _impact(self, rate: Floats) -> dict[str, Floats]:
        """Impact peak and loading rates; the slope of 3 to 12 % where there is none."""
        f, k = self.force_kg, len(self.size)
        row = np.arange(k)
        since = (PART - self.strike[:, None]) * self.length[:, None]
        soon = (since > 0) & (since <= np.minimum(IMPACT_S, IMPACT_SHARE * self.contact)[:, None])
        local = np.zeros(f.shape, np.bool_)
        local[:, 1:-1] = (f[:, 1:-1] > f[:, :-2]) & (f[:, 1:-1] >= f[:, 2:]) & soon[:, 1:-1]
        at = np.argmax(local, axis=1)
        top = f[row, at]
        after = np.arange(GRID) >= at[:, None]
        higher = np.maximum.accumulate(after & (f > top[:, None]), axis=1)
        dip = np.where(after & ~higher, f, np.inf).min(axis=1)
        has: Bools = local[row, at] & (top - dip >= IMPACT_DROP_BW)
        before = np.arange(GRID) <= at[:, None]
        first, last = (
            np.argmax(before & (f >= share * top[:, None]), axis=1) for share in (0.2, 0.8)
        )
        span = (last - first) / (GRID - 1) * self.length
        cell = np.arange(GRID - 1)
        steep = (cell >= first[:, None]) & (cell < last[:, None])
        early, late = (
            np.interp(self.at(share), PART, self.form.force_bw) * self.size
            for share in (0.03, 0.12)
        )
        hidden = np.where(has, 0.0, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_rate = 0.6 * top / span
        return {
            "impact_peak_BW": top + hidden,
            "valr_BW_per_s": mean_rate + hidden,
            "vilr_BW_per_s": np.where(steep, rate, -np.inf).max(axis=1) + hidden,
            "slope_3_12_BW_per_s": np.where(has, np.nan, (late - early) / (0.09 * self.contact)),
        }

    def push_off(self) -> dict[str, Floats]:
        """Late half of contact, whole and by regions; the big toe's peak."""
        middle = self.at(0.5)
        late = self.until(self.off) - self.until(middle)
        push = self.between(middle, self.off)
        whole = self.whole()
        front = push[:, FRONT].sum(axis=1)
        toe = self.form.force_bw * self.form.share[:, HAL]
        row = int(np.argmax(toe))
        return {
            "po50_N_s": late * self.bw,
            "po50_share_percent": 100.0 * late / whole,
            "po_ff_N_s": front * self.bw,
            "po_ff_share_percent": 100.0 * front / whole,
            "po_hal_N_s": push[:, HAL] * self.bw,
            "po_hal_share_percent": 100.0 * push[:, HAL] / whole,
            "s_hal_percent": 100.0 * push[:, HAL] / late,
            "s_ray1_percent": 100.0 * (push[:, M1] + push[:, HAL]) / front,
            "hal_peak_N": self.size * toe[row] * self.bw,
            "hal_peak_percent": 100.0 * (PART[row] - self.strike) / (self.off - self.strike),
        }

    def regions(self) -> dict[str, Floats]:
        """Shares of regions, tripod, quadripod, centre of pressure."""
        fti = self.between(self.strike, self.off)
        columns: dict[str, Floats] = {}
        for index, name in enumerate(REGIONS):
            columns[f"fti_{name.lower()}_N_s"] = fti[:, index] * self.bw
            columns[f"share_{name.lower()}"] = fti[:, index] / fti.sum(axis=1)
        _, when = self.top(self.strike if self.walks else self.at(0.3), self.off)
        middle = self.between(self.at(0.2), self.at(0.8))
        for suffix, parts in (("", fti), ("_mid", middle), ("_peak", self.form.share_at(when))):
            t = _three(parts)
            columns[f"tripod{suffix}_heel"] = t[:, 0]
            columns[f"tripod{suffix}_first"] = t[:, 1]
            columns[f"tripod{suffix}_fifth"] = t[:, 2]
            carried = parts[:, (HEEL, M1, HAL, M45)].sum(axis=1)
            columns[f"coverage3{suffix}"] = carried / parts.sum(axis=1)
        t = _three(fti)
        columns["medial_share"] = t[:, 1] / (t[:, 1] + t[:, 2])
        columns["evenness"] = -(t * np.log(t)).sum(axis=1) / np.log(3.0)
        target = self.body.target
        apart = np.abs(t - target).sum(axis=1)
        columns["tripod_match_percent"] = 100.0 * (1.0 - 0.5 * apart / (1.0 - target.min()))
        four = fti[:, (HEEL, M1, M45, HAL)]
        for index, name in enumerate(("heel", "first_ball", "fifth_ball", "toe")):
            columns[f"quadripod_{name}"] = four[:, index] / four.sum(axis=1)
        cop = fti @ self.body.centres_mm() / fti.sum(axis=1)[:, None]
        columns["cop_x_mm"], columns["cop_y_mm"] = cop.T
        return columns | self._first_touch()

    def _first_touch(self) -> dict[str, Floats]:
        """Mean place of the load along the foot over the first 30 ms, % of the insole."""
        since = (PART - self.strike[:, None]) * self.length[:, None]
        used = (since >= 0) & (since <= STRIKE_S) & (self.force_kg >= STRIKE_BW)
        y = self.form.share @ self.body.centres_mm()[:, 1]
        mean = 100.0 * (used * y).sum(axis=1) / used.sum(axis=1) / self.body.length_mm
        return {
            "strike_index_percent": mean,
            "strike_index_toeless_percent": mean / self.body.toe_line,
        }

    def pressures(self) -> dict[str, Floats]:
        """Largest sensor of each region: its peak and integral; mean of what is loaded."""
        body, columns = self.body, dict[str, Floats]()
        per_n = 1.0 / (0.1 * body.area_cm2)  # kPa
        fti = self.between(self.strike, self.off) * self.bw
        inside = (self.strike[:, None] <= PART) & (self.off[:, None] >= PART)
        width = self.length / (GRID - 1)
        tops = np.empty((len(REGIONS), len(self.size)))
        for index, name in enumerate(REGIONS):
            force = self.size[:, None] * (self.form.force_bw * self.form.share[:, index]) * self.bw
            force = np.where(inside, force, 0.0)
            on = body.within[:, index]
            top = per_n * force.max(axis=1) * on.max()
            area_s, pressed = np.zeros(len(top)), np.zeros(len(top))
            for part in on[on > 0].tolist():
                kpa = per_n * part * force
                loaded = kpa >= body.loaded_kpa
                area_s += width * np.count_nonzero(loaded, axis=1)
                pressed += width * np.where(loaded, kpa, 0.0).sum(axis=1)
            columns[f"peak_pressure_{name.lower()}_kPa"] = tops[index] = top
            columns[f"pressure_time_{name.lower()}_kPa_s"] = per_n * fti[:, index] * on.max()
            with np.errstate(divide="ignore", invalid="ignore"):
                columns[f"mean_pressure_{name.lower()}_kPa"] = pressed / area_s
        columns["peak_pressure_kPa"] = tops.max(axis=0)
        rear = body.within[body.places_mm[:, 1] < REAR * body.length_mm].sum(axis=0)
        columns["rearfoot_share"] = (fti * rear).sum(axis=1) / fti.sum(axis=1)
        return columns

    def reversal(self) -> dict[str, Floats]:
        """Push-off from the lowest point of the body in running, and its power."""
        if self.walks or self.form.feet == 2:
            return {}
        share = self.sum / self.sum[-1]
        time: Floats = PART * self.length[:, None]
        centre = self.length * (1.0 - float(np.trapezoid(share, PART)))
        v = self.step[:, None] * (share - 0.5) - (time - centre[:, None])
        rises = (v[:, :-1] < 0) & (v[:, 1:] >= 0)
        row = np.arange(len(v))
        at = GRID - 2 - np.argmax(rises[:, ::-1], axis=1)
        part = (at - v[row, at] / (v[row, at + 1] - v[row, at])) / (GRID - 1)
        late = self.until(self.off) - self.until(part)
        power = np.where(part[:, None] < PART, self.force_kg * v, -np.inf).max(axis=1)
        net = late - (self.off - part) * self.length
        return {
            "po_rev_N_s": late * self.bw,
            "po_rev_share_percent": 100.0 * late / self.whole(),
            "po_net_N_s": net * self.bw,
            "po_net_share_percent": 100.0 * net / self.whole(),
            "reversal_percent": 100.0 * (part - self.strike) / (self.off - self.strike),
            "push_off_power_W_kg": power * G * G,
        }


def _running(values: Floats) -> Floats:
    """(GRID, m) integral from 0 over shares of contact."""
    cells = 0.5 * (values[1:] + values[:-1]) / (GRID - 1)
    return np.vstack((np.zeros(values.shape[1]), np.cumsum(cells, axis=0)))


def _three(parts: Floats) -> Floats:
    """(k, 3) shares of heel, first ray and fifth ray."""
    three = np.stack((parts[:, HEEL], parts[:, M1] + parts[:, HAL], parts[:, M45]), axis=1)
    answer: Floats = three / three.sum(axis=1, keepdims=True)
    return answer
