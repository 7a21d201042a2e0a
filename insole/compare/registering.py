"""Curves brought together by their landmarks (section 2): an option, and tagged as one.

Each curve is stretched piece by piece so that its landmarks fall on their mean over all trials: in
running the largest force, in walking both peaks and the valley between them. What the shape then
no longer shows, the times of the landmarks do; they are compared as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from insole.compare.designs import Design, Unit
from insole.compare.given import mean
from insole.compare.trials import Trial
from insole.model.arrays import Bools, Floats
from insole.model.foot import Side

TAG = "registered"
LANDMARKS = {"run": ("largest force",), "walk": ("first peak", "valley", "second peak")}
FIRST_PEAK, SECOND_PEAK = (5, 46), (55, 96)  # nodes of contact among which peaks of walking lie


@dataclass(frozen=True, slots=True)
class Registered:
    """Trials whose curves were brought together.

    Attributes:
        design: as it was, with curves of steps that have all landmarks.
        names: of the landmarks.
        at: landmark to where all curves have it now, % of contact.
        times: (units of A, landmarks) and (units of B, landmarks) where they were, % of contact.
        left_out: steps without a landmark.
    """

    design: Design
    names: tuple[str, ...]
    at: tuple[float, ...]
    times: tuple[Floats, Floats]
    left_out: int


def registered(plan: Design, *, activity: str, sides: Sequence[Side]) -> Registered | None:
    """The design with registered curves.

    Args:
        plan: units with their trials.
        activity: `run` or `walk`; others have no landmarks.
        sides: feet that both conditions have.

    Returns:
        None where the activity has no landmarks, or a trial no step with all of them.
    """
    names = LANDMARKS.get(activity, ())
    trials = {one.sha256: one for unit in (*plan.a, *plan.b) for one in unit.trials}
    found = {
        (key, side): landmarks(one.feet[side].force, activity=activity)
        for key, one in trials.items()
        for side in sides
    }
    if not names or not all(known.any() for _, known in found.values()):
        return None
    means = {key: places[known].mean(axis=0) for key, (places, known) in found.items()}
    of_trial = {
        key: np.array([mean(column) for column in np.stack([means[key, s] for s in sides]).T])
        for key in sorted(trials)
    }
    grand = np.array([mean(column) for column in np.stack(list(of_trial.values())).T])
    turned = {
        key: _turned(one, {side: found[key, side] for side in sides}, grand)
        for key, one in trials.items()
    }
    units = [
        tuple(Unit(tuple(turned[one.sha256] for one in unit.trials), unit.label) for unit in row)
        for row in (plan.a, plan.b)
    ]
    a, b = (np.stack([_unit_times(unit, of_trial) for unit in row]) for row in (plan.a, plan.b))
    return Registered(
        replace(plan, a=units[0], b=units[1]),
        names,
        tuple(grand.tolist()),
        (a, b),
        sum(int(np.count_nonzero(~known)) for _, known in found.values()),
    )


def landmarks(force: Floats, *, activity: str) -> tuple[Floats, Bools]:
    """Where the landmarks of curves are.

    Args:
        force: (n, 101).
        activity: `run` or `walk`.

    Returns:
        (n, L) nodes, and (n,) which curves have all of them: inside the contact, and in order.
    """
    if activity != "walk":
        peak = np.argmax(force, axis=1) if len(force) else np.empty(0, np.int64)
        return peak[:, None].astype(np.float64), (peak > 0) & (peak < force.shape[1] - 1)
    (low_1, high_1), (low_2, high_2) = FIRST_PEAK, SECOND_PEAK
    if not len(force):
        return np.empty((0, 3)), np.empty(0, np.bool_)
    first = low_1 + np.argmax(force[:, low_1:high_1], axis=1)
    second = low_2 + np.argmax(force[:, low_2:high_2], axis=1)
    node: Floats = np.arange(float(force.shape[1]))
    between = (node > first[:, None]) & (node < second[:, None])
    valley = np.argmin(np.where(between, force, np.inf), axis=1)
    places = np.stack((first, valley, second), axis=1).astype(np.float64)
    whole = (first > low_1) & (first < high_1 - 1) & (second > low_2) & (second < high_2 - 1)
    return places, whole


def warped(force: Floats, places: Floats, grand: Floats) -> Floats:
    """Curves stretched piece by piece between landmarks.

    Args:
        force: (n, 101).
        places: (n, L) nodes of the landmarks, rising.
        grand: (L,) where they shall be.

    Returns:
        (n, 101).
    """
    last = float(force.shape[1] - 1)
    node = np.arange(last + 1.0)
    to = np.concatenate(([0.0], grand, [last]))
    edges = np.zeros((len(force), 1))
    own = np.concatenate((edges, places, edges + last), axis=1)
    piece = np.clip(np.searchsorted(to, node, side="right") - 1, 0, len(to) - 2)
    share = (node - to[piece]) / (to[piece + 1] - to[piece])
    at = own[:, piece] + share * (own[:, piece + 1] - own[:, piece])
    cell = np.minimum(at.astype(np.int64), int(last) - 1)
    here = np.take_along_axis(force, cell, axis=1)
    after = np.take_along_axis(force, cell + 1, axis=1)
    answer: Floats = here + (at - cell) * (after - here)
    return answer


def _turned(trial: Trial, found: dict[Side, tuple[Floats, Bools]], grand: Floats) -> Trial:
    """A trial with its curves registered; those of steps without a landmark are gone."""
    feet = dict(trial.feet)
    for side, (places, known) in found.items():
        foot = feet[side]
        feet[side] = replace(foot, force=warped(foot.force[known], places[known], grand))
    pairs = trial.pairs
    if len(found) == 2:
        left, right = (found[side][1] for side in Side)
        both = left[pairs[0]] & right[pairs[1]]
        pairs = np.cumsum(left)[pairs[0][both]] - 1, np.cumsum(right)[pairs[1][both]] - 1
    return replace(trial, feet=feet, pairs=pairs)


def _unit_times(unit: Unit, of_trial: dict[str, Floats]) -> Floats:
    rows = np.stack([of_trial[one.sha256] for one in unit.trials])
    return np.array([mean(column) for column in rows.T])
