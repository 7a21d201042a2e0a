"""How a step's load is shared: regions, tripod, quadripod, centre of pressure.

Shares of a step are shares of its impulse: force-weighted means over the contact, over the middle
of it (20 to 80 %), and the forces at the active peak (science.md, sections 1.4 and 1.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import REGIONS
from insole.signal.between import Regions, regions_at
from insole.signal.doubt import (
    Column,
    Columns,
    all_parts,
    cop_lever,
    noise_impulse,
    of_shares,
    part_of,
    positive,
    root,
    shifts,
    trapezoid_s2,
    widened,
    without_hidden,
)
from insole.signal.stamps import first_row
from insole.signal.stances import Stances
from insole.signal.tripod import (
    HAL,
    HEEL,
    M1,
    M45,
    barycentric,
    match_index,
    points,
)

CORNERS = ("heel", "first", "fifth")
FOUR = ("heel", "first_ball", "fifth_ball", "toe")
BENT_S = 1.2  # a force that is no parabola moves an end of a sum by (sampling step)² over this
MIDDLE = (0.2, 0.8)  # shares of contact between which the middle means are taken (appendix C)


def sharing(s: Stances, *, anchors_mm: Floats | None, target: Floats, peak: Column) -> Columns:
    """Regions, tripod, quadripod and CoP of the step.

    Args:
        s: contacts.
        anchors_mm: (3, 2) corners for the barycentric shares; None: not given.
        target: (3,) shares that the match index compares with.
        peak: (k,) s from foot strike to the active peak; NaN where there is none.
    """
    sums = (s.off.sum_n_s - s.strike.sum_n_s)[1:]
    region = without_hidden(s, sums[:7])
    span, own = s.contact_s, s.doubt.region[:, None]
    inside = noise_impulse(s, span)
    ends = _End.of_contact(s)
    total = _total(region)
    moved = [(end, end.rate, _total(end.rate)) for end in ends]
    shares = _shared_out(
        s, region, total, moved, span=span, parts=s.doubt.region, of=1.0, noise=inside
    )
    zero = root(s.doubt.gain_rel * region, own * s.doubt.tare_n * span)
    missed = root(*(end.rate * end.random for end in ends))
    noise = root(own * inside, missed)
    columns: Columns = {}
    for name, line, random, common, share in zip(
        REGIONS, region, noise, zero, _each(shares), strict=True
    ):
        columns[f"fti_{name.lower()}_N_s"] = Column(line, random, common)
        columns[f"share_{name.lower()}"] = share
    columns |= _three(s, region, span=span, suffix="", ends=ends, noise=inside)
    columns |= _shape(s, region, target=target, ends=ends, noise=inside)
    columns |= _four(s, region, ends=ends, noise=inside)
    soon, late = (regions_at(s, s.at(share)) for share in MIDDLE)
    middle = np.where(s.long, np.nan, without_hidden(s, late.sum_n_s() - soon.sum_n_s()))
    within = _End.within(s, soon, late)
    span = s.at(MIDDLE[1]) - s.at(MIDDLE[0])
    inside = noise_impulse(s, span)
    columns |= _three(s, middle, span=span, suffix="_mid", ends=within, noise=inside)
    columns |= _at_peak(s, peak)
    columns |= _pressure_centre(s, sums, anchors_mm=anchors_mm)
    return columns


def _parts(s: Stances) -> Floats:
    """(3,) share of the total's noise and zero on heel, first ray and fifth ray."""
    own = s.doubt.region
    return np.array([own[HEEL], np.hypot(own[M1], own[HAL]), own[M45]])


@dataclass(frozen=True, slots=True)
class _End:
    """An end of a time over which regions are summed.

    Attributes:
        rate: (7, k) what the sums of regions gain a second when it is later.
        random, shared: (k,) s, its doubt.
    """

    rate: Floats
    random: Floats | float
    shared: Floats | float

    @staticmethod
    def of_contact(s: Stances) -> tuple[_End, _End]:
        """Foot strike and toe-off: what the trapezoid misses falls on regions by their shares."""
        regions = slice(1, 1 + len(REGIONS))
        ends: list[_End] = []
        for row, slope in ((s.strike.row + 1, s.strike.steep), (s.off.row, s.off.steep)):
            force = s.rows.force_at(np.minimum(row, len(s.rows) - 1), channels=regions)
            there = without_hidden(s, force)
            whole = np.maximum(_total(there), np.finfo(np.float64).tiny)
            ends.append(_End(there / whole * slope, trapezoid_s2(s), 0.0))
        return ends[0], ends[1]

    @staticmethod
    def within(s: Stances, soon: Regions, late: Regions) -> tuple[_End, _End]:
        """Foot strike and toe-off of an impulse over the middle: each moves begin and end of it.

        What is lost at the begin of the middle and gained at its end is no two independent errors.
        """
        begin, end = soon.force_n(), late.force_n()
        bent = 1.0 / (BENT_S * s.rate_hz**2)
        by_strike = (1.0 - MIDDLE[1]) * end - (1.0 - MIDDLE[0]) * begin
        by_off = MIDDLE[1] * end - MIDDLE[0] * begin
        return (
            _End(by_strike, root(s.strike.u_s, bent), s.strike.bend_s),
            _End(by_off, root(s.off.u_s, bent), s.off.bend_s),
        )

    def widen(self, column: Column, slope: Floats) -> Column:
        """A column that gains `slope` a second with this end."""
        return widened(column, slope * self.random, slope * self.shared)


def _total(lines: Floats) -> Floats:
    """(k,) sum of lines (m, k); what is not known counts as nothing."""
    return np.where(np.isnan(lines), 0.0, lines).sum(axis=0)


def _points(region: Floats) -> Floats:
    """(3, k) load on the three points of regions (7, k)."""
    return points(region.T).T


def _each(lines: Column) -> list[Column]:
    """Columns of (m, k) lines."""
    parts = zip(lines.value, np.asarray(lines.random), np.asarray(lines.shared), strict=True)
    return [Column(*part) for part in parts]


def _shared_out(
    s: Stances,
    lines: Floats,
    whole: Floats,
    moved: list[tuple[_End, Floats, Floats]],
    *,
    span: Floats,
    parts: Floats,
    of: float,
    noise: Floats,
) -> Column:
    """Shares (m, k) of lines (m, k) in a whole (k,), with the doubt of where they begin and end.

    Args:
        s: contacts.
        lines: N·s.
        whole: N·s.
        moved: ends, and what lines and whole gain a second with each of them.
        span: (k,) s.
        parts: (m,) share of the total's noise and zero that each line has.
        of: the same of the whole.
        noise: (k,) N·s, of the total over that time.
    """
    base = positive(whole)
    found = all_parts(s, lines / base, whole, span=span, parts=parts, of=of, noise=noise)
    for end, rate, gain in moved:
        found = end.widen(found, (rate - found.value * gain) / base)
    return found


def _three(
    s: Stances,
    region: Floats,
    *,
    span: Floats,
    suffix: str,
    ends: tuple[_End, ...],
    noise: Floats,
) -> Columns:
    """Tripod and its coverage of impulses (7, k), with the doubt of where they begin and end."""
    three, parts = _points(region), _parts(s)
    carried = three.sum(axis=0)
    whole = np.where(np.isnan(region).all(axis=0), np.nan, _total(region))
    of = float(np.sqrt(np.sum(parts**2)))
    covered = part_of(s, carried, whole, span=span, share=of, noise=noise)
    moved: list[tuple[_End, Floats, Floats]] = []
    for end in ends:
        rate = _points(end.rate)
        gain = rate.sum(axis=0)
        moved.append((end, rate, gain))
        more = gain - covered.value * _total(end.rate)
        covered = end.widen(covered, more / positive(whole))
    found = _shared_out(s, three, carried, moved, span=span, parts=parts, of=of, noise=noise)
    columns = {
        f"tripod{suffix}_{name}": column for name, column in zip(CORNERS, _each(found), strict=True)
    }
    return columns | {f"coverage3{suffix}": covered}


def _shape(
    s: Stances, region: Floats, *, target: Floats, ends: tuple[_End, ...], noise: Floats
) -> Columns:
    """Evenness, match with a target, medial share of the tripod's front."""
    three, parts = _points(region), _parts(s)
    carried = three.sum(axis=0)
    base = positive(carried)
    shares = three / base
    logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    evenness = -(shares * logs).sum(axis=0) / np.log(3.0)
    index = match_index(shares.T, target)
    apart = -(logs + 1.0) / np.log(3.0)
    towards = -50.0 * np.sign(shares - target[:, None]) / (1.0 - float(target.min()))
    even, match = (
        of_shares(s, value, slope, shares=shares, carried=carried, parts=parts, noise=noise)
        for value, slope in ((evenness, apart), (index, towards))
    )
    front = three[1] + three[2]
    medial = part_of(
        s, three[1], front, span=s.contact_s, share=float(parts[1]),
        of=float(np.hypot(parts[1], parts[2])), noise=noise,
    )  # fmt: skip
    for end in ends:
        rate = _points(end.rate)
        moved = (rate - shares * rate.sum(axis=0)) / base
        even = end.widen(even, (apart * moved).sum(axis=0))
        match = end.widen(match, (towards * moved).sum(axis=0))
        more = rate[1] - medial.value * (rate[1] + rate[2])
        medial = end.widen(medial, more / positive(front))
    return {"evenness": even, "tripod_match_percent": match, "medial_share": medial}


def _four(s: Stances, region: Floats, *, ends: tuple[_End, ...], noise: Floats) -> Columns:
    """Quadripod of the step's impulse."""
    corners = [HEEL, M1, M45, HAL]
    four, parts = region[corners], s.doubt.region[corners]
    rates = [end.rate[corners] for end in ends]
    moved = [(end, rate, rate.sum(axis=0)) for end, rate in zip(ends, rates, strict=True)]
    carried, of = four.sum(axis=0), float(np.sqrt(np.sum(parts**2)))
    found = _shared_out(s, four, carried, moved, span=s.contact_s, parts=parts, of=of, noise=noise)
    return {f"quadripod_{name}": column for name, column in zip(FOUR, _each(found), strict=True)}


def _at_peak(s: Stances, peak: Column) -> Columns:
    """Tripod and coverage of the forces at the active peak: one instant, so one row's noise."""
    there = regions_at(s, s.strike.time_s + peak.value)
    step = np.full(len(s), 1.0 / s.rate_hz)  # as an impulse over one row
    # of the peak's own instant: foot strike does not move it
    own = np.sqrt(np.maximum(np.square(peak.random) - np.square(s.strike.u_s), 0.0))
    early = root(s.strike.bend_s, shifts(s)[0])
    common = np.sqrt(np.maximum(np.square(peak.shared) - np.square(early), 0.0))
    end = _End(there.rate * step, own, common)
    found = without_hidden(s, there.force_n()) * step
    noise = s.doubt.noise_n * step
    return _three(s, found, span=step, suffix="_peak", ends=(end,), noise=noise)


def _pressure_centre(s: Stances, sums: Floats, *, anchors_mm: Floats | None) -> Columns:
    with np.errstate(invalid="ignore", divide="ignore"):
        cop = np.where(sums[7] > 0, sums[8:10] / sums[7], np.nan).T
    noise, tare = cop_lever(s, sums[7])
    levers = s.doubt.lever_mm
    moved = _moved_by_ends(s, cop, sums[7])
    columns: Columns = {
        f"cop_{name}_mm": Column(
            cop[:, axis], root(levers[axis] * noise, moved[:, axis]), levers[axis] * tare
        )
        for axis, name in enumerate("xy")
    }
    columns |= _path(s)
    if anchors_mm is None:
        return columns
    beta = barycentric(cop, anchors_mm)
    corner = barycentric(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), anchors_mm)
    slope = corner[1:] - corner[0]  # (2, 3) of the shares by mm across and along
    for index, name in enumerate(CORNERS):
        lever = float(np.hypot(slope[0, index] * levers[0], slope[1, index] * levers[1]))
        columns[f"barycentric_{name}"] = Column(beta[:, index], lever * noise, lever * tare)
    return columns


def _moved_by_ends(s: Stances, cop_mm: Floats, impulse: Floats) -> Floats:
    """(k, 2) mm: what the trapezoid misses at the ends acts where the CoP is there."""
    found = np.zeros_like(cop_mm)
    for row, slope in ((s.strike.row + 1, s.strike.steep), (s.off.row, s.off.steep)):
        force = s.rows.force_at(np.minimum(row, len(s.rows) - 1), channels=slice(8, 11))
        known = force[0] > 0
        there = np.where(known, force[1:] / np.where(known, force[0], 1.0), cop_mm.T).T
        weight = trapezoid_s2(s) * slope / positive(impulse)
        found = root(found, (there - cop_mm) * weight[:, None])
    return found


def _path(s: Stances) -> Columns:
    """First and last centre of pressure inside contact."""
    known = s.rows.force_n[8]
    tiny = np.full(len(s), np.finfo(np.float64).tiny)
    last = s.end_row - 1
    ends = {
        "start": first_row(known, tiny, s.first_row, stop=last, step=1, above=True),
        "end": first_row(known, tiny, last, stop=s.first_row, step=-1, above=True),
    }
    columns: Columns = {}
    for name, row in ends.items():
        there = (row >= 0) & ~s.long
        force = np.where(there, known[row], np.nan)
        for axis, letter in enumerate("xy"):
            lever = s.doubt.lever_mm[axis]
            columns[f"cop_{name}_{letter}_mm"] = Column(
                s.rows.force_n[9 + axis][row] / force,
                s.doubt.noise_n * lever / force,
                s.doubt.tare_n * lever / force,
            )
    return columns
