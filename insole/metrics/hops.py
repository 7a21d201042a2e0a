"""Hops on both feet, from the two tables of contacts (science.md, sections 3.2 and 6.2, D12).

A hop's contact begins with both feet within 40 ms after both have been in the air for 60 ms. Its
times are those of both feet together: from the first foot strike to the last toe-off, and from
there to the next first foot strike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from insole.metrics.hop_push_off import hop_push_off
from insole.metrics.push_off import LIMITS
from insole.metrics.spec import BOTH, FORCE, MASS, MetricSpec
from insole.model.arrays import Bools, Floats, Ints
from insole.model.gait import StepFlag, Steps
from insole.parameters import Parameters

_SOURCE = "science.md 6.2, D12"
_LEVEL = "Depends on the reporting level, 5 % of body weight under each foot. "
_HEIGHT = "By flight time: another posture at landing than at take-off changes it. "
_STEP_S = 1e-5  # of the numerical derivatives


def _spec(
    name: str,
    symbol: str,
    words: str,
    unit: str,
    formula: str,
    definition: str,
    *,
    limits: str = "",
    needs: tuple[str, ...] = (BOTH,),
    source: str = _SOURCE,
) -> MetricSpec:
    return MetricSpec(
        name, symbol, words, unit, formula, definition, source, needs=needs,
        limits=limits.strip(), direction="compare with own baseline", ready="next foot strike",
        table="hops",
    )  # fmt: skip


SPECS = (
    _spec("hop_contact_s", "t_c", "Contact time of a hop", "s", "last TO - first FS",
          "Time from the first foot strike to the last toe-off of both feet.", limits=_LEVEL),
    _spec("hop_flight_s", "t_f", "Flight time of a hop", "s", "next first FS - last TO",
          "Time in the air after the contact.", limits=_LEVEL),
    _spec("hop_rsi_t", "RSI_t", "Reactive strength index (times)", "1", "t_f / t_c",
          "Flight time over contact time.", limits=_LEVEL),
    _spec("hop_height_m", "h", "Height of a hop", "m", "g·t_f² / 8",
          "Height that a body of this flight time reaches.", limits=_HEIGHT),
    _spec("hop_rsi_h_m_s", "RSI_h", "Reactive strength index (height)", "m/s", "h / t_c",
          "Height over contact time.", limits=_HEIGHT + _LEVEL),
    _spec("hop_k_vert_kN_m", "k_vert", "Vertical stiffness of a hop (Dalleau)", "kN/m",
          "m·π·(t_f + t_c) / (t_c²·((t_f + t_c)/π - t_c/4))",
          "Stiffness of the spring that a half-sine force of these times belongs to.",
          limits="On an exact spring-mass hop it reads 0.7 to 1.3 % low. Says nothing of knee or "
          "ankle. " + _LEVEL, needs=(BOTH, MASS)),
    _spec("hop_peak_N", "F_pk", "Peak force of a hop", "N",
          "P_L + P_R - ½·c_L·c_R/(c_L + c_R)·Δt², c = P·(π/t_c)²",
          "Largest force of both feet together, from the peak of each and their distance in time.",
          limits="The scale of the insoles (gain) enters fully.", needs=(BOTH, FORCE)),
    _spec("hop_peak_BW", "F_pk", "Peak force of a hop", "BW", "F_pk / BW",
          "Largest force of both feet together in body weights.",
          limits="The scale of the insoles (gain) enters fully.", needs=(BOTH, FORCE, MASS)),
    _spec("hop_heel_share", "s_heel", "Heel share of a hop", "1", "(FTI_HEEL,L + FTI_HEEL,R) / "
          "(J_L + J_R)", "How much of the impulse of a contact the heels carry.",
          needs=(BOTH, "HEEL")),
    _spec("hop_si_percent", "SI_J", "Symmetry of the impulse of a hop", "%",
          "100·(J_R - J_L) / (½·(J_R + J_L))",
          "Difference of the feet's impulses; positive: the right one is larger.",
          limits="Two insoles have two gains: their difference is part of it.",
          needs=(BOTH, FORCE), source="science.md 3.5"),
    _spec("hop_po_rev_N_s", "PO_rev", "Extension impulse of a hop", "N·s",
          "∫ (F_L + F_R) dt from t_rev to the last TO; t_rev: last rise of v through 0",
          "Impulse of both feet after the lowest point of the body.", limits=LIMITS,
          needs=(BOTH, FORCE, MASS), source="science.md 4.2, 4.3"),
    _spec("hop_po_rev_BW_s", "PO_rev", "Extension impulse of a hop", "BW·s", "PO_rev / BW",
          "Impulse of both feet after the lowest point of the body over body weight.",
          limits=LIMITS, needs=(BOTH, FORCE, MASS), source="science.md 4.2, 4.3"),
    _spec("hop_po_rev_share_percent", "PO_rev/J", "Extension share of a hop", "%",
          "100·PO_rev / (J_L + J_R)",
          "Part of the impulse of a hop that falls after the lowest point of the body.",
          limits=LIMITS, needs=(BOTH, FORCE, MASS), source="science.md 4.2, 4.3"),
    _spec("hop_reversal_percent", "t'_rev", "Lowest point of the body in a hop", "% of contact",
          "100·(t_rev - first FS) / t_c", "Where in the contact of a hop the body turns upwards.",
          needs=(BOTH, FORCE, MASS), source="science.md 4.3"),
)  # fmt: skip

NAMES = tuple(spec.id for spec in SPECS)
BEST_BY = "hop_rsi_h_m_s"


@dataclass(frozen=True, slots=True)
class Hops:
    """Contacts that begin on both feet together, (k,), in order.

    Attributes:
        strike_s: first foot strike.
        value, u, u_shared: `NAMES` to (k,) values and uncertainties; NaN where there is none.
        valid: both contacts are valid, and no longer than a hop's.
        follows: the contact before is of the same set.
        contact_s: also of long contacts, which are landings.
    """

    strike_s: Floats
    value: dict[str, Floats]
    u: dict[str, Floats]
    u_shared: dict[str, Floats]
    valid: Bools
    follows: Bools
    contact_s: Floats

    def __len__(self) -> int:
        return len(self.strike_s)


def dalleau(contact_s: Floats, flight_s: Floats, mass_kg: float) -> Floats:
    """k_vert of a hop, N/m."""
    cycle = contact_s + flight_s
    return mass_kg * np.pi * cycle / (contact_s**2 * (cycle / np.pi - 0.25 * contact_s))


def find(
    left: Steps, right: Steps, *, mass_kg: float | None, is_force: bool, parameters: Parameters
) -> Hops:
    """All hops in two tables of contacts.

    Args:
        left: contacts of the left foot.
        right: contacts of the right foot.
        mass_kg: body mass, or None: no stiffness, no body weights.
        is_force: values are newtons.
        parameters: section `hops`, uncertainties.
    """
    i, j = _together(left, right, parameters)
    if not len(i):
        none = np.empty(0)
        columns = dict.fromkeys(NAMES, none)
        no = np.empty(0, np.bool_)
        return Hops(none, columns, dict(columns), dict(columns), no, no, none)
    fs = np.stack((left.value["foot_strike_s"][i], right.value["foot_strike_s"][j]))
    off = np.stack((left.value["toe_off_s"][i], right.value["toe_off_s"][j]))
    strike, end = fs.min(axis=0), off.max(axis=0)
    contact = end - strike
    whole = ((left.flags[i] | right.flags[j]) & StepFlag.INCOMPLETE) == 0
    short = contact <= parameters["hops.set_gap_s"]
    gap = np.append(strike[1:] - end[:-1], np.nan)[: len(strike)]
    linked = whole & short & _next_is_next(left, i) & _next_is_next(right, j)
    linked &= gap <= parameters["hops.set_gap_s"]
    flight = np.where(linked, gap, np.nan)
    hop_contact = np.where(whole & short, contact, np.nan)
    times = _Times(left, right, i, j, fs, off, hop_contact, flight, parameters["physics.g"],
                   parameters["uncertainty.clock_s"])  # fmt: skip
    table = {
        "hop_contact_s": times.column(lambda tc, tf: tc + 0.0 * np.nan_to_num(tf)),
        "hop_flight_s": times.column(lambda _, tf: tf),
        "hop_rsi_t": times.column(lambda tc, tf: tf / tc),
        "hop_height_m": times.column(lambda _, tf: times.g * tf**2 / 8.0),
        "hop_rsi_h_m_s": times.column(lambda tc, tf: times.g * tf**2 / 8.0 / tc),
    }
    if mass_kg is not None:
        table["hop_k_vert_kN_m"] = times.column(lambda tc, tf: 1e-3 * dalleau(tc, tf, mass_kg))
        if is_force:
            table |= hop_push_off(
                left, right, i, j, flight_s=flight, bw_n=mass_kg * times.g, clock_s=times.clock_s
            )
    table |= _forces(left, right, i, j, mass_kg=mass_kg, is_force=is_force, parameters=parameters)
    nothing = np.full(len(i), np.nan)
    blank = dict.fromkeys(NAMES, (nothing, nothing, nothing))
    table = {name: tuple(np.where(whole & short, part, np.nan) for part in column)
             for name, column in (blank | table).items()}  # fmt: skip
    valid = np.asarray(left.valid, np.bool_)[i] & np.asarray(right.valid, np.bool_)[j]
    return Hops(
        strike,
        {name: column[0] for name, column in table.items()},
        {name: np.hypot(column[1], column[2]) for name, column in table.items()},
        {name: column[2] for name, column in table.items()},
        valid & short,
        np.append(False, np.isfinite(flight[:-1]))[: len(strike)],
        contact,
    )


def best(
    hops: Hops, rows: Ints, *, of: int, count: int
) -> dict[str, dict[str, float | int | None]]:
    """Means of the best hops of a set, by RSI_h, among its first valid ones.

    Uncertainty: SD/sqrt(n) of the hops taken; and, as shared, their own uncertainties as they are,
    for the sampling of a steep edge makes every contact longer. Taking the best makes the mean
    larger than that of all: it is a convention, not in the uncertainty.

    Args:
        hops: table.
        rows: of one set.
        of: how many of the first valid hops with a flight are looked at.
        count: how many of them are taken, at least 2.

    Returns:
        Empty when there are fewer than `count`.
    """
    index = hops.value[BEST_BY]
    known = rows[hops.valid[rows] & np.isfinite(index[rows])][:of]
    if len(known) < count:
        return {}
    taken = known[np.argsort(-index[known], kind="stable")[:count]]
    found: dict[str, dict[str, float | int | None]] = {}
    for name in NAMES:
        x, each = hops.value[name][taken], hops.u[name][taken]
        if not np.isfinite(x).all():
            found[name] = dict.fromkeys(("mean", "sd", "u", "u_random", "u_shared")) | {"n": 0}
            continue
        sd, shared = float(x.std(ddof=1)), float(np.sqrt(np.mean(each**2)))
        random = sd / math.sqrt(len(x))
        found[name] = {
            "mean": float(x.mean()),
            "sd": sd,
            "n": len(x),
            "u": math.hypot(random, shared),
            "u_random": random,
            "u_shared": shared,
        }
    return found


@dataclass(frozen=True, slots=True)
class _Times:
    """Times of k hops and how sure they are; columns are functions of contact and flight."""

    left: Steps
    right: Steps
    i: Ints
    j: Ints
    strikes: Floats
    offs: Floats
    contact: Floats
    flight: Floats
    g: float
    clock_s: float

    def column(self, formula: Callable[[Floats, Floats], Floats]) -> tuple[Floats, Floats, Floats]:
        """Value, random and shared uncertainty.

        With the stamps FS, TO and next FS independent: (f_c u_FS)² + ((f_c - f_f) u_TO)² +
        (f_f u_next)². A wrong zero, and the clocks where the stamps are of two feet, make one time
        longer and the other shorter: |f_c - f_f| s.
        """
        c, f = self.contact, self.flight
        by_c = (formula(c + _STEP_S, f) - formula(c - _STEP_S, f)) / (2.0 * _STEP_S)
        by_f = (formula(c, f + _STEP_S) - formula(c, f - _STEP_S)) / (2.0 * _STEP_S)
        by_f = np.where(np.isfinite(f), by_f, 0.0)
        row = np.arange(len(c))
        first, last = self.strikes.argmin(axis=0), self.offs.argmax(axis=0)
        u_on = self._random("foot_strike_s")[first, row]
        u_off = self._random("toe_off_s")[last, row]
        u_next = np.append(u_on[1:], 0.0)[: len(c)]
        wrong = np.stack((
            self.left.u_shared["contact_s"][self.i], self.right.u_shared["contact_s"][self.j]
        )).max(axis=0, initial=0.0)  # fmt: skip
        shift = np.hypot(wrong, np.where(first == last, 0.0, math.sqrt(2.0) * self.clock_s))
        random = np.sqrt((by_c * u_on) ** 2 + ((by_c - by_f) * u_off) ** 2 + (by_f * u_next) ** 2)
        return formula(c, f), random, np.abs(by_c - by_f) * shift

    def _random(self, name: str) -> Floats:
        pair = ((self.left, self.i), (self.right, self.j))
        return np.stack([_part(steps, name)[rows] for steps, rows in pair])


def _forces(
    left: Steps, right: Steps, i: Ints, j: Ints, *, mass_kg: float | None, is_force: bool,
    parameters: Parameters,
) -> dict[str, tuple[Floats, Floats, Floats]]:  # fmt: skip
    """Columns of force; each foot has a gain of its own, so their shared parts add in squares."""
    pair = ((left, i), (right, j))

    def of(name: str) -> Floats:
        return np.stack([steps.value[name][rows] for steps, rows in pair])

    def parts(name: str) -> tuple[Floats, Floats]:
        random = np.stack([_part(steps, name)[rows] for steps, rows in pair])
        return random, np.stack([steps.u_shared[name][rows] for steps, rows in pair])

    impulse, (impulse_u, impulse_s) = of("impulse_N_s"), parts("impulse_N_s")
    total = impulse.sum(axis=0)
    found: dict[str, tuple[Floats, Floats, Floats]] = {}
    if "fti_heel_N_s" in left.value and "fti_heel_N_s" in right.value:
        heel, (heel_u, _) = of("fti_heel_N_s"), parts("fti_heel_N_s")
        share = heel.sum(axis=0) / total
        random = np.sqrt((heel_u**2).sum(axis=0) + share**2 * (impulse_u**2).sum(axis=0)) / total
        gain = parameters["uncertainty.gain_rel"] * np.hypot(*(heel - share * impulse)) / total
        tare = parameters["uncertainty.tare_n"] * of("contact_s").sum(axis=0) / total
        found["hop_heel_share"] = (share, random, np.hypot(gain, tare))
    if not is_force:
        return found
    peak, (peak_u, peak_s) = of("peak_force_N"), parts("peak_force_N")
    bend = peak * (np.pi / of("contact_s")) ** 2
    at = of("foot_strike_s") + of("time_to_peak_s")
    lost = 0.5 * bend.prod(axis=0) / bend.sum(axis=0) * (at[1] - at[0]) ** 2
    top = peak.sum(axis=0) - lost
    random = np.hypot(np.hypot(*peak_u), lost / math.sqrt(3.0))
    found["hop_peak_N"] = (top, random, np.hypot(*peak_s))
    if mass_kg is not None:
        bw_n = mass_kg * parameters["physics.g"]
        found["hop_peak_BW"] = (top / bw_n, random / bw_n, np.hypot(*peak_s) / bw_n)
    index = 100.0 * (impulse[1] - impulse[0]) / (0.5 * total)
    weight = 400.0 / total**2
    found["hop_si_percent"] = (
        index,
        weight * np.hypot(impulse[1] * impulse_u[0], impulse[0] * impulse_u[1]),
        weight * np.hypot(impulse[1] * impulse_s[0], impulse[0] * impulse_s[1]),
    )
    return found


def _together(left: Steps, right: Steps, p: Parameters) -> tuple[Ints, Ints]:
    """Rows of contacts that begin together after both feet were in the air."""
    one, two = left.value["foot_strike_s"], right.value["foot_strike_s"]
    if not len(one) or not len(two):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    i, j = np.arange(len(one)), _nearest(two, one)
    mutual = _nearest(one, two)[j] == i
    near = np.abs(two[j] - one[i]) <= p["hops.together_s"]
    air = np.minimum(_air_before(left)[i], _air_before(right)[j])
    kept = mutual & near & (air >= p["hops.airborne_s"])
    return i[kept], j[kept]


def _nearest(among: Floats, wanted: Floats) -> Ints:
    after = np.clip(np.searchsorted(among, wanted), 0, len(among) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.abs(among[before] - wanted) < np.abs(among[after] - wanted)
    return np.where(closer, before, after)


def _air_before(steps: Steps) -> Floats:
    """(k,) s since this foot's last toe-off; infinite for the first."""
    strike, off = steps.value["foot_strike_s"], steps.value["toe_off_s"]
    return np.concatenate(([np.inf], strike[1:] - off[:-1]))[: len(strike)]


def _next_is_next(steps: Steps, rows: Ints) -> Bools:
    """(k,) the next hop's contact is this foot's very next one, with no break between."""
    segment = steps.value.get("segment", np.zeros(len(steps)))
    same = np.append(np.diff(rows) == 1, False)[: len(rows)]
    same[:-1] &= segment[rows[1:]] == segment[rows[:-1]]
    return same


def _part(steps: Steps, name: str) -> Floats:
    """Random part of a column's uncertainty."""
    return np.sqrt(np.maximum(steps.u[name] ** 2 - steps.u_shared[name] ** 2, 0.0))


def section(hops: Hops, *, start_s: float, parameters: Parameters, why: str = "") -> dict[str, Any]:
    """The section `hops` of the document: sets of hops with a flight, or None and why.

    A set that ends in a contact longer than `landing.window_s` says when that began: `landed_s`.

    Args:
        hops: table.
        start_s: first sample of the trial; times in the section count from it.
        parameters: section `hops`.
        why: what makes hops impossible here.
    """
    of, count = int(parameters["hops.of"]), max(int(parameters["hops.best"]), 2)
    number = np.cumsum(~hops.follows) if len(hops) else np.empty(0, np.int64)
    sets: list[dict[str, Any]] = []
    for one in np.unique(number).tolist():
        rows = np.flatnonzero(number == one)
        landings = rows[
            hops.follows[rows] & (hops.contact_s[rows] >= parameters["landing.window_s"])
        ]
        rows = rows[np.isfinite(hops.value["hop_contact_s"][rows])]
        if not np.isfinite(hops.value["hop_flight_s"][rows]).any():
            continue
        found = best(hops, rows, of=of, count=count)
        sets.append(
            {
                "start_s": float(hops.strike_s[rows[0]]) - start_s,
                "best": found or None,
                "why": "" if found else f"fewer than {count} valid hops with a flight after them",
                "hops": [_row(hops, row, start_s) for row in rows.tolist()],
                "landed_s": float(hops.strike_s[landings[0]]) - start_s if len(landings) else None,
                "landing": None,
            }
        )
    if sets:
        return {"sets": sets, "why": ""}
    return {"sets": None, "why": why or "nobody hopped on both feet"}


def _row(hops: Hops, row: int, start_s: float) -> dict[str, Any]:
    def plain(columns: dict[str, Floats]) -> dict[str, float | None]:
        return {
            name: float(column[row]) if np.isfinite(column[row]) else None
            for name, column in columns.items()
        }

    return {
        "foot_strike_s": float(hops.strike_s[row]) - start_s,
        "valid": bool(hops.valid[row]),
        **plain(hops.value),
        "uncertainty": plain(hops.u),
        "uncertainty_shared": plain(hops.u_shared),
    }
