"""What may be compared (section 1.2): each limit by itself, and the worst of them for each metric.

Every limit is fine, a caution, or refuses; a factor that was declared is waived. A caution that has
a known slope widens the intervals by what the mismatch may add.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from insole.compare.chosen import CHOSEN, Metric
from insole.compare.conditions import Conditions, FootConditions
from insole.errors import RequestError
from insole.model.foot import Side
from insole.parameters import Parameters

Level: TypeAlias = Literal["caution", "refused", "factor"]
DELIBERATE = (
    "activity", "slope", "speed", "cadence", "shoe", "surface", "layout", "mass", "rate", "wear",
)  # fmt: skip
"""What somebody may change on purpose. How a thing was measured is no such factor."""

EVERY: frozenset[str] = frozenset()
SPEED_SLOPES = {"contact_s": 0.13, "peak_force_N": 0.06, "peak_force_BW": 0.06}  # per m/s, §9.1
CONTACT_BIAS = ((50.0, 8.9e-3), (100.0, 2.4e-3), (200.0, 0.6e-3), (250.0, 0.4e-3))  # Hz, s: §3.6
LOADING_HZ = 200.0
REGION_NOUNS = {
    "HEEL": "heel", "MID": "midfoot", "M1": "ball of the big toe", "M23": "middle of the ball",
    "M45": "ball of the little toe", "HAL": "big toe", "TOES": "lesser toes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one row of the table says.

    Attributes:
        factor: the row, in capitals.
        level: caution, refused, or waived because it was declared.
        why: half a sentence, after "not compared:" or "with a caution:".
        then: what follows it: what to do, or what was done about it.
        tags: metrics that carry one of these; empty: all.
        whole: nothing can be compared at all.
        relative: metric or tag to the share of the value that the mismatch may add.
        absolute: metric to the same in the unit of its values.
        only: metrics; empty: by tags.
    """

    factor: str
    level: Level
    why: str
    tags: frozenset[str] = EVERY
    whole: bool = False
    relative: Mapping[str, float] = field(default_factory=dict[str, float])
    absolute: Mapping[str, float] = field(default_factory=dict[str, float])
    only: frozenset[str] = EVERY
    then: str = ""

    @property
    def told(self) -> str:
        """The whole of it, after "not compared:" or "with a caution:"."""
        return self.why + self.then

    @property
    def code(self) -> str:
        """As it stands in the document."""
        before = {"caution": "CAUTION", "refused": "REFUSE", "factor": "FACTOR"}[self.level]
        return f"{before}_{self.factor}"

    def touches(self, metric: Metric) -> bool:
        """It applies to this number."""
        if self.only:
            return metric.id in self.only
        return not self.tags or bool(self.tags & metric.tags)

    def widen(self, metric: Metric, value: float) -> float:
        """What the mismatch may add, unit of the values; `value` is the metric's usual size."""
        share = max((self.relative.get(tag, 0.0) for tag in (metric.id, *metric.tags)), default=0.0)
        return self.absolute.get(metric.id, 0.0) + abs(share * value)


@dataclass(frozen=True, slots=True)
class Matching:
    """All rulings that are not "fine"."""

    rulings: tuple[Ruling, ...]

    @property
    def whole(self) -> tuple[Ruling, ...]:
        """Why nothing can be compared."""
        return tuple(one for one in self.rulings if one.whole and one.level == "refused")

    def of(self, metric: Metric) -> tuple[Ruling, ...]:
        """Those of one number; where one refuses, the refusals alone."""
        found = tuple(one for one in self.rulings if one.touches(metric))
        refused = tuple(one for one in found if one.level == "refused")
        return refused or found


def match(
    a: Conditions, b: Conditions, *, factors: Collection[str] = (), parameters: Parameters
) -> Matching:
    """Judge two sets of conditions.

    Args:
        a: of A, of several trials by `together`.
        b: of B.
        factors: rows that were changed on purpose.
        parameters: limits, `compare.*`.

    Raises:
        RequestError: a factor of another name.
    """
    checked_factors(factors)
    found: list[Ruling] = []
    for row in _ROWS:
        for one in row(a, b, parameters):
            declared = one.factor.lower() in factors
            found.append(_waived(one) if declared else one)
    told = {one.factor for one in found}
    found += [
        Ruling(name.upper(), "factor", f"{name} was declared as the factor")
        for name in sorted(set(factors))
        if name.upper() not in told
    ]
    return Matching(_once(found))


def match_pairs(
    pairs: Sequence[Sequence[Conditions]],
    *,
    factors: Collection[str] = (),
    parameters: Parameters,
) -> Matching:
    """The worst of several pairs of conditions, e.g. of each person's.

    Args:
        pairs: A and B of each.
        factors: as in `match`.
        parameters: as in `match`.
    """
    worst: dict[tuple[str, frozenset[str]], Ruling] = {}
    for a, b in pairs:
        for one in match(a, b, factors=factors, parameters=parameters).rulings:
            known = worst.get((one.code, one.tags))
            if known is None or sum(one.relative.values()) > sum(known.relative.values()):
                worst[one.code, one.tags] = one
    return Matching(tuple(worst.values()))


def checked_factors(factors: Collection[str]) -> None:
    """Refuse what is no factor.

    Raises:
        RequestError: one of them has another name.
    """
    for name in factors:
        if name not in DELIBERATE:
            raise RequestError(
                f"'{name}' is no factor",
                where="--factor",
                why=f"what can be changed on purpose is: {', '.join(DELIBERATE)}",
                fix="Choose one of them; what the recordings cannot know needs no --factor",
            )


def _waived(one: Ruling) -> Ruling:
    return Ruling(one.factor, "factor", f"declared as the factor: {one.why}", one.tags)


def _once(rulings: list[Ruling]) -> tuple[Ruling, ...]:
    return tuple({(one.code, one.why): one for one in rulings}.values())


Row: TypeAlias = Callable[[Conditions, Conditions, Parameters], Iterator[Ruling]]


def _person(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    if a.athlete and b.athlete and a.athlete.casefold() != b.athlete.casefold():
        why = "A and B are of different people"
        yield Ruling("PERSON", "refused", why, whole=True, then=". Compare recordings of one")


def _activity(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    if a.activity != b.activity:
        why = f"A is {a.activity or 'nothing'}, B {b.activity or 'nothing'}"
        yield Ruling("ACTIVITY", "refused", why, whole=True, then=". Record the same twice")


def _slope(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, limit = p.several("compare.slope_deg")
    apart = abs(a.slope_deg - b.slope_deg)
    why = f"A was on a slope of {a.slope_deg:g}°, B of {b.slope_deg:g}°"
    if apart > limit:
        yield Ruling("SLOPE", "refused", why, whole=True, then=". Record both on the same")
    elif apart > fine:
        yield Ruling("SLOPE", "caution", why)


def _speed(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, limit = p.several("compare.speed_m_s")
    tags = frozenset({"time", "force", "impulse", "push_off", "curve"})
    if a.speed_m_s is None or b.speed_m_s is None:
        which = _unknown(a.speed_m_s, b.speed_m_s)
        yield Ruling("SPEED", "caution", f"the speed of {which} is not known", tags)
        return
    more = b.speed_m_s - a.speed_m_s
    if abs(more) > limit + 1e-9:
        verb = "walked" if a.activity == "walk" else "run"
        why = f"A was {verb} at {a.speed_m_s:.1f} m/s, B at {b.speed_m_s:.1f}"
        then = f". Record both within {fine:g} m/s, or declare `--factor speed`"
        yield Ruling("SPEED", "refused", why, tags, then=then)
    elif abs(more) > fine + 1e-9:
        most = 100.0 * max(SPEED_SLOPES.values()) * abs(more)
        why = f"B was {abs(more):.2f} m/s {'faster' if more > 0 else 'slower'}"
        then = f"; up to {most:.1f} % may come from that (included)"
        relative = {name: slope * abs(more) for name, slope in SPEED_SLOPES.items()}
        yield Ruling("SPEED", "caution", why, tags, relative=relative, then=then)


def _cadence(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, limit = p.several("compare.cadence_spm")
    tags = frozenset({"impulse", "push_off", "contact"})
    if a.cadence_spm is None or b.cadence_spm is None:
        return
    apart = abs(b.cadence_spm - a.cadence_spm)
    said = f"cadence was {a.cadence_spm:.0f} in A, {b.cadence_spm:.0f} in B"
    if apart > limit:
        then = f". Record both within {fine:g} steps a minute, or declare `--factor cadence`"
        yield Ruling("CADENCE", "refused", said, tags, then=then)
    elif apart > fine:
        share = apart / (0.5 * (a.cadence_spm + b.cadence_spm))
        then = f"; up to {100 * share:.1f} % of an impulse may come from that (included)"
        relative = {"impulse": share, "po50": share, "effective": share}
        yield Ruling("CADENCE", "caution", said, tags, relative=relative, then=then)


def _words(name: Literal["shoe", "surface"]) -> Row:
    def row(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
        one, two = str(getattr(a, name)).casefold(), str(getattr(b, name)).casefold()
        if not one or not two:
            yield Ruling(
                name.upper(),
                "caution",
                f"nobody wrote down the {name} of {_unknown(one or None, two or None)}",
            )
        elif one != two:
            why = f"the {name} differs too and may explain the difference as well"
            yield Ruling(name.upper(), "caution", why)

    return row


def _layout(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    pairs = _pairs(a, b)
    if not pairs:
        why = "A and B have no foot in common"
        yield Ruling("SIDE", "refused", why, whole=True)
        return
    if any(one.layout != two.layout for one, two in pairs):
        tags = frozenset({"pressure", "halves"})
        why = "the sensors of A and B lie otherwise"
        yield Ruling("LAYOUT", "refused", why, tags, then=". Record both with one insole")
        yield Ruling("LAYOUT", "caution", "the sensors of A and B lie otherwise",
                     frozenset({"share", "cop", "force"}))  # fmt: skip
        return
    if not same_unit(a, b):
        known = all(one.unit and two.unit for one, two in pairs)
        why = (
            "another insole of the same kind was worn"
            if known
            else "nobody knows whether it was the same insole"
        )
        yield Ruling("LAYOUT", "caution", why, frozenset({"share", "cop", "force"}))
        yield Ruling("LAYOUT", "refused", f"{why}. Sensors of two insoles lag otherwise",
                     frozenset({"halves"}))  # fmt: skip


def _gain(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, limit = p.several("compare.gain_rel")
    tags = frozenset({"newtons", "weights", "kpa", "curve"})
    if any("counts" in foot.quantity for one in (a, b) for foot in one.feet.values()):
        why = "an insole gives counts, and no scale to newtons is known"
        yield Ruling("GAIN", "refused", why, tags)
        return
    apart = None
    if a.k_dyn is not None and b.k_dyn is not None:
        apart = max(a.k_dyn, b.k_dyn) / min(a.k_dyn, b.k_dyn) - 1.0
    other_layout = any(one.layout != two.layout for one, two in _pairs(a, b))
    if apart is not None and apart > (fine if other_layout else limit):
        why = (
            f"the force scales differ by {100 * apart:.0f} % (momentum check). "
            "Shares and timing are valid"
        )
        yield Ruling("GAIN", "refused", why, tags)
    elif other_layout and apart is None:
        why = "two kinds of insoles, and the momentum check says nothing of their scales"
        yield Ruling("GAIN", "refused", why, tags)
    elif not same_calibration(a, b):
        told = "not checked by momentum" if apart is None else f"{100 * apart:.1f} % apart"
        why = f"two calibrations, {told}; what they may add is in the interval"
        yield Ruling("GAIN", "caution", why, tags)


def _tare(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, limit = p.several("compare.swing_BW")
    tags = frozenset({"force", "impulse"})
    for which, one in (("A", a), ("B", b)):
        left = one.swing_share
        if left is None or left <= fine:
            continue
        why = f"{100 * left:.1f} % of body weight stay on the sensors of {which} in the air"
        if left > limit:
            yield Ruling("TARE", "refused", why, tags, then=". Zero the lifted foot")
        else:
            yield Ruling("TARE", "caution", why, tags)


def _version(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    if a.parameters != b.parameters or a.version != b.version:
        why = "A and B were computed in other ways, and one has no raw data to repeat it"
        yield Ruling("VERSION", "refused", why, whole=True)


def _threshold(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    if a.level == b.level and a.filter == b.filter:
        return
    if a.level != b.level:
        said = f"A was timed at {a.level}, B at {b.level}"
        why = f"{said}. Give the body mass of both"
    else:
        said = f"A was filtered ({a.filter}), B ({b.filter})"
        why = f"{said}. Compute both alike"
    yield Ruling("THRESHOLD", "refused", why, frozenset({"contact", "po50", "curve"}))
    yield Ruling("THRESHOLD", "caution", said, frozenset({"impulse", "effective"}))


def _rate(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    one, two = _slowest(a), _slowest(b)
    unequal = abs(one / two - 1.0) > p["compare.rate_rel"]
    if unequal or min(one, two) < LOADING_HZ:
        why = f"A has {one:g} Hz, B {two:g} Hz; equal rates of {LOADING_HZ:g} Hz or more are needed"
        yield Ruling("RATE", "refused", why, frozenset({"loading"}))
    if unequal:
        first, second = (_contact_bias_s(rate) for rate in (one, two))
        why = f"A has {one:g} Hz, B {two:g} Hz"
        yield Ruling(
            "RATE", "caution", why, frozenset({"time", "force", "curve"}),
            absolute={"contact_s": abs(second - first)},
            then="; what that does to contacts is included",
        )  # fmt: skip


def _coverage(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, least = p.several("compare.coverage")
    for which, one in (("A", a), ("B", b)):
        share = min((foot.coverage for foot in one.feet.values()), default=0.0)
        why = f"{100 * share:.0f} % of the samples of {which} are there"
        if share < least:
            yield Ruling("COVERAGE", "refused", f"{why}, {100 * least:g} % are needed", whole=True)
        elif share < fine:
            yield Ruling("COVERAGE", "caution", why)


def _side(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    for which, one in (("A", a), ("B", b)):
        if len(one.feet) < 2:
            why = f"{which} has one foot only"
            yield Ruling("SIDE", "refused", why, frozenset({"side"}))
        elif one.sync_sd_s is None or one.sync_sd_s >= one.sync_limit_s:
            why = f"the feet of {which} share time too roughly. Stomp three times at the beginning"
            yield Ruling("SIDE", "refused", why, frozenset({"between"}))


def _clipped(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    fine, limit = p.several("compare.clipped")
    for which, one in (("A", a), ("B", b)):
        why = f"in {100 * one.clipped:.0f} % of the steps of {which} a sensor was at its end"
        if one.clipped >= limit:
            yield Ruling("CLIPPED", "refused", why, frozenset({"peak"}))
        elif one.clipped >= fine:
            yield Ruling("CLIPPED", "caution", f"{why}: peaks are at least so high",
                         frozenset({"peak"}))  # fmt: skip


def _wear(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    tags = frozenset({"force", "impulse"})
    least_s, apart_s = p["compare.worn_s"], p["compare.worn_apart_s"]
    known = [one.worn_s for one in (a, b) if one.worn_s is not None]
    if len(known) < 2 or min(known) < least_s:
        why = f"as far as known the insoles were worn for less than {least_s / 60:g} min"
        yield Ruling("WEAR", "caution", why, tags)
    elif max(known) - min(known) > apart_s:
        why = f"the insoles were worn {abs(known[1] - known[0]) / 60:.0f} min longer on one side"
        yield Ruling("WEAR", "caution", why, tags)


def _mass(a: Conditions, b: Conditions, p: Parameters) -> Iterator[Ruling]:
    if a.mass_kg is None or b.mass_kg is None:
        why = f"the body mass of {_unknown(a.mass_kg, b.mass_kg)} is not known"
        yield Ruling("MASS", "refused", why, frozenset({"weights", "curve"}))
    elif abs(a.mass_kg / b.mass_kg - 1.0) > p["compare.mass_rel"]:
        why = f"body mass was {a.mass_kg:g} kg in A, {b.mass_kg:g} kg in B"
        yield Ruling("MASS", "caution", why, frozenset({"newtons"}))


def _region(a: Conditions, b: Conditions, _: Parameters) -> Iterator[Ruling]:
    missing: dict[str, list[str]] = {}
    for which, one in (("A", a), ("B", b)):
        for foot in one.feet.values():
            for region in REGION_NOUNS:
                if region not in foot.observable and which not in missing.setdefault(region, []):
                    missing[region].append(which)
    for region, sides in missing.items():
        only = frozenset(metric.id for metric in CHOSEN if region in metric.regions)
        if sides and only:
            place = REGION_NOUNS[region]
            why = f"the insole of {' and '.join(sides)} has no sensor under the {place}"
            yield Ruling("REGION", "refused", why, only=only)


_ROWS: tuple[Row, ...] = (
    _person, _activity, _slope, _speed, _cadence, _words("shoe"), _words("surface"), _layout,
    _gain, _tare, _version, _threshold, _rate, _coverage, _side, _clipped, _wear, _mass, _region,
)  # fmt: skip


def same_unit(a: Conditions, b: Conditions) -> bool:
    """The same insole under every common foot; where nobody knows, it is not."""
    return all(one.unit and one.unit == two.unit for one, two in _pairs(a, b))


def same_calibration(a: Conditions, b: Conditions) -> bool:
    """The same insole with the same curves and gains under every common foot."""
    return same_unit(a, b) and all(one.scale == two.scale for one, two in _pairs(a, b))


def same_zero(a: Conditions, b: Conditions) -> bool:
    """The same insole with the same zero under every common foot."""
    return same_unit(a, b) and all(one.zero == two.zero for one, two in _pairs(a, b))


def common_sides(a: Conditions, b: Conditions) -> tuple[Side, ...]:
    """Feet that both have."""
    return tuple(side for side in Side if side in a.feet and side in b.feet)


def _pairs(a: Conditions, b: Conditions) -> list[tuple[FootConditions, FootConditions]]:
    return [(a.feet[side], b.feet[side]) for side in common_sides(a, b)]


def _contact_bias_s(rate_hz: float) -> float:
    """How much longer contacts seem at a rate, between the tabulated ones by its logarithm."""
    known = [math.log(rate) for rate, _ in CONTACT_BIAS]
    return float(np.interp(math.log(rate_hz), known, [bias for _, bias in CONTACT_BIAS]))


def _slowest(one: Conditions) -> float:
    return min((foot.rate_hz for foot in one.feet.values()), default=100.0)


def _unknown(one: object, two: object) -> str:
    return "A and B" if one is None and two is None else "A" if one is None else "B"
