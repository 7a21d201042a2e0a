"""One running belt under both feet: whose force is it?

Feet alternate in running, and each lands on its own side of the belt. So contacts are numbered, and
of the two phases (1st, 3rd, ... and 2nd, 4th, ...) the one whose centre of pressure lies further to
the right is the right foot; single contacts can mislead, their mean over the run does not. Every
sample goes to the foot whose contact is nearest, so that left + right is the belt's force exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insole.errors import FileError
from insole.model.arrays import Bools, Floats, Ints

LEVEL = 0.25  # of the 95th percentile: far above drift and noise, far below every active peak
SHORTEST_CONTACT_S = 0.05
SHORTEST_FLIGHT_S = 0.03
LONGEST_CONTACT_S = 0.5  # above: walking, whose contacts overlap
LONGEST_FLIGHT_S = 0.6  # above: a pause, after which feet may begin anew


@dataclass(frozen=True, slots=True)
class Belt:
    """A belt's force told apart.

    Attributes:
        left, right: (n,) N; one of them is 0 in every sample, or the belt's zero where it drifts.
        contacts: how many there are, cut ones included.
        apart: mean distance across the belt between the two feet, in the unit of the centre of
            pressure, or None where none was given and the first contact was called left.
    """

    left: Floats
    right: Floats
    contacts: int
    apart: float | None


def told_apart(
    force: Floats,
    across: Floats | None,
    *,
    rate_hz: float,
    where: str,
    drifts: bool = False,
) -> Belt:
    """Left and right foot of a run on one belt.

    Args:
        force: (n,) vertical force, N, up positive.
        across: (n,) centre of pressure across the belt, larger to the right, or None.
        rate_hz: of the samples.
        where: name of the file for errors.
        drifts: the zero of the belt may wander: while one foot carries the force, the other shows
            what the belt reads in flight, so that the zero of each foot can be followed.

    Raises:
        FileError: no run: no contacts with flight between them.
    """
    first, last = _contacts(force, rate_hz)
    flight_s = (first[1:] - last[:-1]) / rate_hz
    whole_s = (last - first)[1:-1] / rate_hz  # those at the edges may be cut
    if len(first) < 2 or (len(whole_s) and np.median(whole_s) > LONGEST_CONTACT_S):
        raise FileError(
            "the feet cannot be told apart",
            where=where,
            why="one belt carries both, and there is no flight between contacts as in running",
            fix="Use a recording of running, or of a treadmill with two belts",
        )
    cuts = (last[:-1] + first[1:]) // 2
    contact = np.searchsorted(cuts, np.arange(len(force)), side="right")
    bout = np.concatenate(([0], np.cumsum(flight_s > LONGEST_FLIGHT_S)))
    load, moment = _moments(force, across, contact, len(first))
    is_right = np.zeros(len(first), np.bool_)
    apart: list[float] = []
    for number in range(int(bout[-1]) + 1):
        mine = np.flatnonzero(bout == number)
        odd: Bools = np.arange(len(mine)) % 2 == 1
        if across is not None and len(mine) > 1:
            one, other = mine[odd], mine[~odd]
            distance = float(
                moment[one].sum() / load[one].sum() - moment[other].sum() / load[other].sum()
            )
            apart.append(abs(distance))
            odd = odd if distance > 0.0 else ~odd
        is_right[mine] = odd
    empty = _in_flight(force, last[:-1], first[1:]) if drifts else np.zeros(len(force))
    right = np.where(is_right[contact], force, empty)
    left = np.where(is_right[contact], empty, force)
    return Belt(left, right, len(first), float(np.mean(apart)) if apart else None)


def _contacts(force: Floats, rate_hz: float) -> tuple[Ints, Ints]:
    """(k,) first and last + 1 sample above the level; short gaps bridged, short runs left out.

    A short run at the edge of the recording is a contact that the edge has cut.
    """
    level = LEVEL * float(np.quantile(force, 0.95)) if len(force) else 0.0
    edges = np.diff((force > level).astype(np.int8), prepend=0, append=0)
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    apart = (first[1:] - last[:-1]) >= SHORTEST_FLIGHT_S * rate_hz
    first = first[np.concatenate(([True], apart))] if len(first) else first
    last = last[np.concatenate((apart, [True]))] if len(last) else last
    kept = (last - first) >= SHORTEST_CONTACT_S * rate_hz
    kept |= (first == 0) | (last == len(force))
    return first[kept], last[kept]


def _in_flight(force: Floats, last: Ints, first: Ints) -> Floats:
    """(n,) what the belt reads when empty: medians of the middle of every flight, joined."""
    quarter = (first - last) // 4
    spans = zip((last + quarter).tolist(), (first - quarter).tolist(), strict=True)
    medians = [float(np.median(force[start:stop])) for start, stop in spans]
    return np.interp(np.arange(len(force)), (last + first) / 2, medians)


def _moments(
    force: Floats, across: Floats | None, contact: Ints, count: int
) -> tuple[Floats, Floats]:
    """(k,) sums of force and of force times place across the belt, for each contact."""
    place = np.zeros(len(force)) if across is None else across
    weight = np.where(np.isfinite(place), np.maximum(force, 0.0), 0.0)
    load: Floats = np.asarray(np.bincount(contact, weight, count), dtype=np.float64)
    moment = np.bincount(contact, weight * np.nan_to_num(place), count)
    return np.maximum(load, 1e-9), np.asarray(moment, dtype=np.float64)
