"""Trials of known truth: contacts of one form of force as two insoles would send them.

Each error that the uncertainties speak of is drawn: scale and zero of each foot once a trial, noise
of every sensor in every sample, sampling phase, rate and latency of each foot's clock, lost
packets, and variation from step to step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import REGIONS, SensorLayout, Side
from insole.model.stream import Capability, Samples
from insole.parameters import Parameters
from insole.proof.forms import Form, G
from insole.proof.truth import Body, contacts

MASS_KG = 70.0
CONTACTS = 24
PACKET_S = 0.020
LOSS = 0.01
PPM = 30.0
LATENCY_S, JITTER_S = 0.010, 0.004
CONTACT_CV, STEP_CV = 0.02, 0.015  # of contact time and step time, from step to step
SCALE_KPA, OFFSET_KPA = 0.05, -100.0
AREA_CM2 = 10.0
NEIGHBOURS = 2  # contacts before and after one, of both feet, that its numbers need
UNEVEN = 0.25  # of the logarithm of pressure, from sensor to sensor of a region
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
_REGION: Ints = np.array([REGIONS.index(name) for name in LABELS])


@dataclass(frozen=True, slots=True)
class Plan:
    """True contacts of both feet in order, (k,) each.

    Attributes:
        begin_s: begin of the force.
        contact_s: its length.
        step_s: begin to the next begin of the other foot (of the same one in hops).
        side: 0 left, 1 right.
        within: (S, 7) share of each region's load on each sensor: pressure is never even.
    """

    begin_s: Floats
    contact_s: Floats
    step_s: Floats
    side: Ints
    within: Floats

    def around(self, one: int) -> tuple[Plan, int]:
        """A contact with those that its numbers need, and its place among them."""
        part = slice(max(one - NEIGHBOURS, 0), one + NEIGHBOURS + 1)
        few = Plan(
            self.begin_s[part], self.contact_s[part], self.step_s[part], self.side[part],
            self.within,
        )  # fmt: skip
        return few, one - part.start


def plan(form: Form, rng: np.random.Generator, *, number: int = CONTACTS) -> Plan:
    """Contacts of each foot, which vary in length and in distance."""
    count = number * (3 - form.feet)
    contact = form.contact_s * (1.0 + CONTACT_CV * rng.standard_normal(count))
    step = form.step_s * (1.0 + STEP_CV * rng.standard_normal(count))
    begin = 0.5 + np.concatenate(([0.0], np.cumsum(step)[:-1]))
    order = np.repeat(np.arange(count), form.feet)
    side = np.resize(np.array([0, 1]), len(order))
    return Plan(begin[order], contact[order], step[order], side, _within(rng))


def _within(rng: np.random.Generator) -> Floats:
    """Sensors of one region differ by 25 %."""
    table = np.zeros((len(LABELS), len(REGIONS)))
    table[np.arange(len(LABELS)), _REGION] = np.exp(UNEVEN * rng.standard_normal(len(LABELS)))
    answer: Floats = table / table.sum(axis=0)
    return answer


def body(parameters: Parameters, within: Floats) -> Body:
    """Mass, level and places that all trials have, and how pressure lies in this one."""
    return Body(
        MASS_KG,
        parameters["events.rep_BW"],
        np.array(parameters.several("targets.single")),
        parameters["mask.y_toe0"],
        PLACES * (WIDTH_MM, LENGTH_MM),
        LENGTH_MM,
        AREA_CM2,
        parameters["pressure.contact_kpa"],
        within,
    )


def truth(form: Form, planned: Plan, parameters: Parameters) -> dict[str, Floats]:
    """Metric id to (k,) true values, NaN where a number needs a contact beyond the last."""
    here = body(parameters, planned.within)
    found = contacts(form, planned.contact_s, planned.step_s, body=here)
    strike = planned.begin_s + found.pop("begin_s")
    off = strike + found["contact_s"]
    stride = _later(strike, 2) - strike
    found |= {
        "stride_s": stride,
        "cadence_spm": 120.0 / stride,
        "duty_factor": found["contact_s"] / stride,
        "swing_s": stride - found["contact_s"],
    }
    if form.feet == 2:
        return found
    step = _later(strike, 1) - strike
    gap = step - found["contact_s"]
    before = np.concatenate(([np.nan], off[:-1]))
    found["step_s"] = step
    found["single_support_percent"] = 100.0 * (_later(strike, 1) - before) / stride
    if "effective_contact_s" in found:  # a run; a single step of a walk may have no support by both
        found["flight_s"] = gap
        found["effective_flight_s"] = step - found["effective_contact_s"]
    else:
        found["double_support_s"] = -gap
        found["double_support_percent"] = 100.0 * (before - strike - gap) / stride
    following = _later(found["impulse_N_s"], 1)
    mine = np.where(planned.side == 0, found["impulse_N_s"], following)
    found["left_load_share"] = mine / (found["impulse_N_s"] + following)
    return found


def expected(form: Form, planned: Plan, parameters: Parameters) -> dict[str, float]:
    """Metric id to the mean over all steps of the form, by Gauss-Hermite quadrature."""
    node, weight = np.polynomial.hermite_e.hermegauss(5)
    across, along = np.meshgrid(node, node)
    weights = np.outer(weight, weight).ravel() / weight.sum() ** 2
    found = contacts(
        form,
        form.contact_s * (1.0 + CONTACT_CV * across.ravel()),
        form.step_s * (1.0 + STEP_CV * along.ravel()),
        body=body(parameters, planned.within),
    )
    mean = {name: float(np.dot(weights, values)) for name, values in found.items()}
    del mean["begin_s"]
    steps = 3 - form.feet  # of a stride
    contact, step = mean["contact_s"], form.step_s
    per_stride = (1.0 + STEP_CV**2 / steps) / (steps * step)  # mean of 1/stride
    mean |= {
        "stride_s": steps * step,
        "cadence_spm": 120.0 * per_stride,
        "duty_factor": contact * per_stride,
        "swing_s": steps * step - contact,
    }
    if form.feet == 2:
        return mean
    mean["step_s"] = step
    mean["single_support_percent"] = 100.0 * (0.5 + (step - contact) * per_stride)
    if step > contact:
        mean["flight_s"] = step - contact
        mean["effective_flight_s"] = step - mean["effective_contact_s"]
    else:
        mean["double_support_s"] = contact - step
        mean["double_support_percent"] = 100.0 * ((2.0 * contact - step) * per_stride - 0.5)
    mean["left_load_share"] = 0.5
    return mean


def _later(values: Floats, by: int) -> Floats:
    """The value so many contacts later; NaN at the end."""
    return np.append(values[by:], np.full(by, np.nan))


def layout() -> SensorLayout:
    """Sixteen labelled sensors."""
    outline = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    return SensorLayout(
        "proving", "grid", PLACES, LENGTH_MM, WIDTH_MM, outline,
        np.full(len(PLACES), AREA_CM2), LABELS,
    )  # fmt: skip


def sent(
    form: Form, planned: Plan, rng: np.random.Generator, *, rate_hz: float, parameters: Parameters
) -> list[Capability | Samples]:
    """What both insoles send, with every error drawn."""
    items: list[Capability | Samples] = []
    for number, side in enumerate((Side.LEFT, Side.RIGHT)):
        mine = planned.side == number
        items += _foot(form, planned, rng, side=side, mine=mine, rate_hz=rate_hz, p=parameters)
    return items


def _foot(
    form: Form,
    planned: Plan,
    rng: np.random.Generator,
    *,
    side: Side,
    mine: Bools,
    rate_hz: float,
    p: Parameters,
) -> list[Capability | Samples]:
    begin, contact = planned.begin_s[mine], planned.contact_s[mine]
    size = planned.step_s[mine] / form.step_s * form.contact_s / contact
    end = float(planned.begin_s[-1] + planned.contact_s[-1]) + 0.5
    n = int(end * rate_hz)
    number: Ints = np.arange(n)
    time = (number + rng.random()) / rate_hz  # of the world
    which = np.clip(np.searchsorted(begin, time, side="right") - 1, 0, len(begin) - 1)
    part = (time - begin[which]) / contact[which]
    total = size[which] * form.force_at(part) * MASS_KG * G
    share = form.share_at(part)[:, _REGION] * planned.within.max(axis=1)
    kpa: Floats = total[:, None] * share / (0.1 * AREA_CM2)
    kpa *= 1.0 + p["uncertainty.gain_rel"] * rng.standard_normal()
    zero = p["uncertainty.tare_n"] / (0.1 * AREA_CM2 * np.sqrt(len(LABELS)))
    kpa += zero * rng.standard_normal(len(LABELS))
    kpa += p["uncertainty.noise_kpa"] * rng.standard_normal(kpa.shape)
    raw = np.clip(np.rint((kpa - OFFSET_KPA) / SCALE_KPA), 0, 65535).astype(np.uint16)
    size_of = max(1, round(PACKET_S * rate_hz))
    packet: Ints = number // size_of
    packets = int(packet[-1]) + 1
    late = rng.exponential(JITTER_S, packets)
    floor = LATENCY_S + p["uncertainty.clock_s"] * rng.standard_normal()
    last = time[np.minimum((packet + 1) * size_of - 1, n - 1)]
    arrival = np.maximum.accumulate(last + floor + late[packet])
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
