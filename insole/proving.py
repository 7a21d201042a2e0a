"""Trials with known truth: do 95 % intervals cover it as often as they say?

A trial is 24 contacts of each foot by a closed form, through the very pipeline of the program. Each
error that the uncertainties speak of is drawn: scale and zero of each foot once a trial, noise of
every sensor in every sample, sampling phase, rate and latency of each foot's clock, lost packets,
and variation from step to step. Truth is the closed form itself, on a grid of 2,000 points a
contact, at the reporting level of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from insole.metrics.summary import summarise
from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import REGIONS, SensorLayout, Side
from insole.model.gait import Steps
from insole.model.stream import Capability, Samples
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.pipeline import PairPipeline

Activity: TypeAlias = Literal["run", "walk", "hop"]
ACTIVITIES: tuple[Activity, ...] = ("run", "walk", "hop")
Z95 = 1.959964

MASS_KG = 70.0
CONTACTS = 24
PACKET_S = 0.020
LOSS = 0.01
PPM = 30.0
LATENCY_S, JITTER_S = 0.010, 0.004
VARIATION = (0.02, 0.015)  # relative, of contact time and of step time from step to step
GRID = 2001
POPULATION = 4000  # steps from which the truth of a mean is taken
SCALE_KPA, OFFSET_KPA = 0.05, -100.0
AREA_CM2 = 10.0
LABELS = (
    *("HEEL",) * 4, *("MID",) * 2, *("M1",) * 2, *("M23",) * 2, *("M45",) * 2, *("HAL",) * 2,
    *("TOES",) * 2,
)  # fmt: skip
PLACES = np.array([
    (0.40, 0.08), (0.75, 0.08), (0.40, 0.22), (0.75, 0.22), (0.70, 0.40), (0.70, 0.52),
    (0.15, 0.66), (0.15, 0.76), (0.45, 0.66), (0.45, 0.76), (0.85, 0.62), (0.85, 0.70),
    (0.18, 0.86), (0.18, 0.94), (0.50, 0.86), (0.70, 0.80),
])  # fmt: skip
WIDTH_MM, LENGTH_MM = 95.0, 270.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the intervals of one metric held the truth.

    Attributes:
        name: metric id.
        steps: trials that gave a step's value.
        step_share: share of them whose interval holds that step's truth.
        step_width: mean width of these intervals, in the metric's unit.
        means: trials that gave a mean.
        mean_share: share of them whose interval holds the mean of the population.
        mean_width: mean width of these intervals.
    """

    name: str
    steps: int
    step_share: float
    step_width: float
    means: int
    mean_share: float
    mean_width: float


@dataclass(frozen=True, slots=True)
class Plan:
    """True contacts of both feet in order, (k,) each.

    Attributes:
        begin_s: begin of the force.
        contact_s: its length.
        step_s: begin to the next begin of the other foot (of the same one in hops).
        side: 0 left, 1 right.
    """

    begin_s: Floats
    contact_s: Floats
    step_s: Floats
    side: Floats


@dataclass(frozen=True, slots=True)
class _Form:
    """A closed form over its own length: force in BW at shares of contact, for a step time."""

    force: Callable[[Floats], Floats]
    contact_s: float
    step_s: float


def _run(part: Floats) -> Floats:
    """G2, the test set of science.md, section 9.2."""
    t = 0.25 * part
    total = np.zeros_like(t)
    for a, b, c in ((1.1386, 0.025, 0.025), (2.57228, 0.125, 0.125)):
        inside = np.abs(t - b) <= c
        total += np.where(inside, 0.5 * a * (1.0 + np.cos(np.pi * (t - b) / c)), 0.0)
    return total


def _walk(part: Floats) -> Floats:
    """G3, three Gaussians."""
    t = 0.80 * part
    total = np.zeros_like(t)
    for a, m, s in ((1.1835, 0.1933, 0.0885), (0.8408, 0.4499, 0.1079), (0.8578, 0.5906, 0.0655)):
        total += a * np.exp(-0.5 * ((t - m) / s) ** 2)
    return total


_HOP_V, _HOP_W = np.sqrt(2.0 * 9.80665 * 0.15), np.sqrt(25_000.0 / 70.0)
_HOP_CONTACT = float(2.0 / _HOP_W * (np.pi - np.arctan(_HOP_V * _HOP_W / 9.80665)))


def _hop(part: Floats) -> Floats:
    """G4, half of a spring-mass hop on each foot."""
    t = _HOP_CONTACT * part
    return 0.5 * (1.0 - np.cos(_HOP_W * t) + _HOP_V * _HOP_W / 9.80665 * np.sin(_HOP_W * t))


_FORMS: dict[Activity, _Form] = {
    "run": _Form(_run, 0.25, 0.35),
    "walk": _Form(_walk, 0.80, 0.57),
    "hop": _Form(_hop, _HOP_CONTACT, _HOP_CONTACT + float(2.0 * _HOP_V / 9.80665)),
}


def check(activity: Activity, *, rate_hz: float, trials: int, seed: int = 1) -> list[Coverage]:
    """Coverage of every metric that has a truth here.

    Args:
        activity: closed form.
        rate_hz: nominal rate.
        trials: how many.
        seed: of the random numbers.
    """
    parameters = Parameters()
    form = _FORMS[activity]
    rng = np.random.default_rng(seed)
    population = truth(form, _plan(form, rng, activity=activity, contacts=POPULATION), parameters)
    steps: dict[str, list[tuple[float, float]]] = {}
    means: dict[str, list[tuple[float, float]]] = {}
    for _ in range(trials):
        plan = _plan(form, rng, activity=activity, contacts=CONTACTS)
        known = truth(form, plan, parameters)
        left = _measure(form, plan, rng, rate_hz=rate_hz, parameters=parameters)
        _judge_step(left, plan, known, rng=rng, into=steps)
        summary = summarise(left)
        for name, values in population.items():
            entry = summary.get(name)
            if entry is None or entry["mean"] is None or entry["u"] is None:
                continue
            expected = float(np.nanmean(values))
            means.setdefault(name, []).append((entry["mean"] - expected, entry["u"]))
    return [_coverage(name, steps.get(name, []), means.get(name, [])) for name in population]


def _coverage(
    name: str, steps: list[tuple[float, float]], means: list[tuple[float, float]]
) -> Coverage:
    def held(pairs: list[tuple[float, float]]) -> tuple[int, float, float]:
        if not pairs:
            return 0, float("nan"), float("nan")
        table: Floats = np.array(pairs)
        error, u = table[:, 0], table[:, 1]
        return len(pairs), float(np.mean(np.abs(error) <= Z95 * u)), float(np.mean(2.0 * Z95 * u))

    return Coverage(name, *held(steps), *held(means))


def _judge_step(
    left: Steps,
    plan: Plan,
    known: dict[str, Floats],
    *,
    rng: np.random.Generator,
    into: dict[str, list[tuple[float, float]]],
) -> None:
    """One valid step of the trial, drawn by lot: errors within a trial belong together."""
    good = np.flatnonzero(left.valid)
    good = good[(good > 1) & (good < len(left) - 2)]
    if not len(good):
        return
    one = int(rng.choice(good))
    mine = np.flatnonzero(plan.side == 0)
    true = int(mine[np.argmin(np.abs(plan.begin_s[mine] - left.value["foot_strike_s"][one]))])
    for name, values in known.items():
        if name not in left.value or not np.isfinite(left.value[name][one]):
            continue
        error = float(left.value[name][one] - values[true])
        into.setdefault(name, []).append((error, float(left.u[name][one])))


def _plan(form: _Form, rng: np.random.Generator, *, activity: Activity, contacts: int) -> Plan:
    both = activity == "hop"
    count = contacts if both else 2 * contacts
    contact = form.contact_s * (1.0 + VARIATION[0] * rng.standard_normal(count))
    step = form.step_s * (1.0 + VARIATION[1] * rng.standard_normal(count))
    begin = 0.5 + np.concatenate(([0.0], np.cumsum(step)[:-1]))
    if not both:
        return Plan(begin, contact, step, np.resize(np.array([0.0, 1.0]), count))
    order = np.repeat(np.arange(count), 2)
    return Plan(
        begin[order], contact[order], step[order], np.resize(np.array([0.0, 1.0]), 2 * count)
    )


def _shares(part: Floats) -> Floats:
    """(..., 7) share of the load in each region as contact goes on: from heel to toes."""
    p = np.clip(part, 0.0, 1.0)[..., None]
    heel = np.array([0.70, 0.10, 0.05, 0.05, 0.05, 0.02, 0.03])
    ball = np.array([0.08, 0.07, 0.25, 0.25, 0.20, 0.09, 0.06])
    toes = np.array([0.02, 0.03, 0.25, 0.15, 0.10, 0.30, 0.15])
    return heel * (1 - p) ** 2 + 2.0 * ball * p * (1 - p) + toes * p**2


def truth(form: _Form, plan: Plan, parameters: Parameters) -> dict[str, Floats]:
    """Metric id to (k,) values of the closed form, for the contacts of a plan."""
    bw = MASS_KG * parameters["physics.g"]
    part = np.linspace(0.0, 1.0, GRID)
    shape = form.force(part)
    scale = plan.step_s / form.step_s * form.contact_s / plan.contact_s  # J = BW·T, as it must be
    level = parameters["events.rep_BW"]
    found: dict[str, list[float]] = {}
    region = _shares(part)
    label = np.array([REGIONS.index(name) for name in LABELS])
    places = np.array([PLACES[label == r].mean(axis=0) for r in range(7)]) * (WIDTH_MM, LENGTH_MM)
    for contact, size, step in zip(
        plan.contact_s.tolist(), scale.tolist(), plan.step_s.tolist(), strict=True
    ):
        force = size * shape
        time = contact * part
        one = _one(force, time, region, places, level=level, bw=bw, step=step)
        for name, value in one.items():
            found.setdefault(name, []).append(value)
    columns = {name: np.array(values) for name, values in found.items()}
    return columns | _between(columns, plan)


def _one(
    force: Floats,
    time: Floats,
    region: Floats,
    places: Floats,
    *,
    level: float,
    bw: float,
    step: float,
) -> dict[str, float]:
    """Values of one contact."""
    dt = time[1] - time[0]
    area = np.concatenate(([0.0], np.cumsum(0.5 * (force[1:] + force[:-1])) * dt))
    strike, off = _crossings(force, time, level)
    contact = off - strike

    def at(instant: float) -> float:
        return float(np.interp(instant, time, area))

    whole = at(off) - at(strike)
    middle = strike + 0.5 * contact
    late = at(off) - at(middle)
    inside = (time >= strike) & (time <= off)
    per_region = region * force[:, None]
    sums = np.vstack((np.zeros(7), np.cumsum(0.5 * (per_region[1:] + per_region[:-1]), 0) * dt))

    def regions(begin: float, end: float) -> Floats:
        return np.array(
            [
                np.interp(end, time, sums[:, r]) - np.interp(begin, time, sums[:, r])
                for r in range(7)
            ]
        )

    fti, push = regions(strike, off), regions(middle, off)
    three = np.array([fti[0], fti[2] + fti[5], fti[4]])
    t = three / three.sum()
    cop = fti @ places / fti.sum()
    walk = contact >= 0.45
    search = inside if walk else inside & (time >= strike + 0.3 * contact)
    top = int(np.argmax(np.where(search, force, -np.inf)))
    up, down = _crossings(force, time, 1.0) if force.max() > 1.0 else (np.nan, np.nan)
    value = {
        "begin_offset": strike,
        "contact_s": contact,
        "impulse_N_s": whole * bw,
        "impulse_BW_s": whole,
        "mean_force_N": whole / contact * bw,
        "peak_force_N": float(force[top]) * bw,
        "peak_force_BW": float(force[top]),
        "time_to_peak_s": float(time[top]) - strike,
        "po50_N_s": late * bw,
        "po50_share_percent": 100.0 * late / whole,
        "po_ff_N_s": float(push[2:].sum()) * bw,
        "po_hal_N_s": float(push[5]) * bw,
        "s_hal_percent": 100.0 * float(push[5]) / late,
        "s_ray1_percent": 100.0 * float((push[2] + push[5]) / push[2:].sum()),
        "fti_heel_N_s": float(fti[0]) * bw,
        "fti_hal_N_s": float(fti[5]) * bw,
        "share_heel": float(fti[0]) / whole,
        "share_hal": float(fti[5]) / whole,
        "tripod_heel": float(t[0]),
        "tripod_first": float(t[1]),
        "tripod_fifth": float(t[2]),
        "coverage3": float(three.sum()) / whole,
        "medial_share": float(three[1] / (three[1] + three[2])),
        "evenness": float(-(t * np.log(t)).sum() / np.log(3.0)),
        "cop_x_mm": float(cop[0]),
        "cop_y_mm": float(cop[1]),
    }
    if not walk:
        start = 0.5 * (up + down)
        value["effective_contact_s"] = float(np.trapezoid((force >= 1.0).astype(np.float64), time))
        value["po_eff_N_s"] = (at(off) - at(start)) * bw
    turn = _turn(area, time, step=step)
    if not walk and force.max() > 1.5 and abs(step / whole - 1.0) < 0.1:
        value["po_rev_N_s"] = (at(off) - at(turn)) * bw
        value["po_net_N_s"] = (at(off) - at(turn) - (off - turn)) * bw
        value["reversal_percent"] = 100.0 * (turn - strike) / contact
    return value


def _crossings(force: Floats, time: Floats, level: float) -> tuple[float, float]:
    over = np.flatnonzero(force >= level)
    low, high = int(over[0]), int(over[-1])

    def cross(a: int, b: int) -> float:
        return float(time[a] + (level - force[a]) / (force[b] - force[a]) * (time[b] - time[a]))

    begin = float(time[0]) if low == 0 else cross(low - 1, low)
    return begin, float(time[-1]) if high == len(time) - 1 else cross(high, high + 1)


def _turn(area: Floats, time: Floats, *, step: float) -> float:
    """Last rise of the body's velocity through 0."""
    share = area / area[-1]
    centre = time[-1] - np.trapezoid(share, time)
    v = step * (share - 0.5) - (time - centre)
    rises = np.flatnonzero((v[:-1] < 0) & (v[1:] >= 0))
    if not len(rises):
        return float("nan")
    k = int(rises[-1])
    return float(time[k] - v[k] / (v[k + 1] - v[k]) * (time[1] - time[0]))


def _between(value: dict[str, Floats], plan: Plan) -> dict[str, Floats]:
    """Columns that need the next contact; NaN at the end."""
    strike = plan.begin_s + value.pop("begin_offset")
    hops = bool(plan.begin_s[1] == plan.begin_s[0])
    blank = np.full(len(strike), np.nan)
    stride, step = blank.copy(), blank.copy()
    stride[:-2] = strike[2:] - strike[:-2]
    columns = {
        "stride_s": stride,
        "cadence_spm": 120.0 / stride,
        "duty_factor": value["contact_s"] / stride,
        "swing_s": stride - value["contact_s"],
    }
    if hops:
        return columns
    step[:-1] = strike[1:] - strike[:-1]
    gap = step - value["contact_s"]
    columns["step_s"] = step
    columns["flight_s" if gap[0] > 0 else "double_support_s"] = np.abs(gap)
    if "effective_contact_s" in value:
        columns["effective_flight_s"] = step - value["effective_contact_s"]
    following = np.append(value["impulse_N_s"][1:], np.nan)
    left = np.where(plan.side == 0, value["impulse_N_s"], following)
    columns["left_load_share"] = left / (value["impulse_N_s"] + following)
    return columns


def _measure(
    form: _Form, plan: Plan, rng: np.random.Generator, *, rate_hz: float, parameters: Parameters
) -> Steps:
    """The left foot's table out of the pipeline, with every error drawn."""
    pair = PairPipeline(StartState(mass_kg=MASS_KG), parameters)
    items: list[Capability | Samples] = []
    for number, side in enumerate((Side.LEFT, Side.RIGHT)):
        items += _foot(
            form, plan, rng, side=side, mine=plan.side == number, rate_hz=rate_hz,
            parameters=parameters,
        )  # fmt: skip
    pair.push(items)
    pair.flush()
    return pair.steps()[0]


def layout() -> SensorLayout:
    """Sixteen labelled sensors."""
    outline = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    return SensorLayout(
        "proving", "grid", PLACES, LENGTH_MM, WIDTH_MM, outline,
        np.full(len(PLACES), AREA_CM2), LABELS,
    )  # fmt: skip


def _foot(
    form: _Form,
    plan: Plan,
    rng: np.random.Generator,
    *,
    side: Side,
    mine: Bools,
    rate_hz: float,
    parameters: Parameters,
) -> list[Capability | Samples]:
    bw = MASS_KG * parameters["physics.g"]
    begin, contact, step = plan.begin_s[mine], plan.contact_s[mine], plan.step_s[mine]
    end = float(plan.begin_s[-1] + plan.contact_s[-1]) + 0.5
    n = int(end * rate_hz)
    number: Ints = np.arange(n)
    time = (number + rng.random()) / rate_hz  # of the world
    which = np.clip(np.searchsorted(begin, time, side="right") - 1, 0, len(begin) - 1)
    part = (time - begin[which]) / contact[which]
    inside = (part >= 0.0) & (part <= 1.0)
    size = step[which] / form.step_s * form.contact_s / contact[which]
    total = np.where(inside, size * form.force(np.clip(part, 0.0, 1.0)), 0.0) * bw
    label = np.array([REGIONS.index(name) for name in LABELS])
    share = _shares(part)[:, label] / np.bincount(label)[label]
    kpa: Floats = total[:, None] * share / (0.1 * AREA_CM2)
    p = parameters
    kpa *= 1.0 + p["uncertainty.gain_rel"] * rng.standard_normal()
    zero = p["uncertainty.tare_n"] / (0.1 * AREA_CM2 * np.sqrt(len(label)))
    kpa += zero * rng.standard_normal(len(label))
    kpa += p["uncertainty.noise_kpa"] * rng.standard_normal(kpa.shape)
    raw = np.clip(np.rint((kpa - OFFSET_KPA) / SCALE_KPA), 0, 65535).astype(np.uint16)
    size_of = max(1, round(PACKET_S * rate_hz))
    packet: Ints = number // size_of
    packets = int(packet[-1]) + 1
    late = rng.exponential(JITTER_S, packets)
    floor = LATENCY_S + p["uncertainty.clock_s"] * rng.standard_normal()
    last = time[np.minimum((packet + 1) * size_of - 1, n - 1)]
    arrival = last + floor + late[packet]
    arrival = np.maximum.accumulate(arrival)
    kept = (rng.random(packets) >= LOSS)[packet]
    ticks = (number / rate_hz) * (1.0 + 1e-6 * PPM * rng.standard_normal())
    said = Capability(
        side.value, "open", side.value, "1", side, layout(), "kPa", SCALE_KPA, OFFSET_KPA, None,
        rate_hz, MASS_KG,
    )  # fmt: skip
    return [
        said,
        Samples(
            side.value,
            number[kept],
            np.rint(ticks[kept] * 1e6).astype(np.int64),
            np.rint(arrival[kept] * 1e9).astype(np.int64),
            raw[kept],
            np.zeros(int(np.count_nonzero(kept)), np.uint32),
        ),
    ]
