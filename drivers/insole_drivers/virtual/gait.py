"""Closed forms: feet whose force is a formula (science.md, section 9.2).

Run is G1, walk G3, hop G4, standing G5. Where the load goes is a second formula: shares of heel,
first and fifth metatarsal head that sum to 1, so the total is the formula exactly and the regional
tripod is the shares (G6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from insole.errors import RequestError
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole_drivers.virtual.truth import G_M_S2, Truth

Force: TypeAlias = Callable[[Floats], Floats]
"""Instants (n,) s to force (n,) N."""

LEAD_S: Final = 0.5  # before the first foot strike, so that a swing is seen first

RUN_SPEED: Final = (2.5, 3.3, 4.2, 5.0)
"""m/s; between them contact and flight are linear, outside they are held. Middles of the ranges
of science.md, section 9.1, chosen so that the cadence stays inside its own range."""
RUN_CONTACT_S: Final = (0.275, 0.2425, 0.210, 0.1875)
RUN_FLIGHT_S: Final = (0.085, 0.110, 0.125, 0.140)

WALK_BUMPS: Final = ((1.1835, 0.1933, 0.0885), (0.8408, 0.4499, 0.1079), (0.8578, 0.5906, 0.0655))
"""G3: height (BW), centre (s), width (s)."""
WALK_IMPULSE: Final = sum(a * s for a, _, s in WALK_BUMPS) * math.sqrt(2.0 * math.pi)  # BW s
WALK_SPEED: Final = 1.2  # m/s at which G3 is played as it stands; time goes with 1/sqrt(speed)

HOP_STIFFNESS: Final = 25_000.0 / 70.0  # N/m per kg of body mass
HOP_HEIGHT_M: Final = 0.15

SWAY_MM: Final = 4.0
SWAY_HZ: Final = 0.4
BOTH: Final = (0.55, 0.25, 0.20)  # default target on two legs (science.md, section 1.5)
SINGLE: Final = (0.45, 0.33, 0.22)  # on one leg
LANDING: Final = (0.60, 0.15, 0.25)  # shares at foot strike; they move linearly to TAKE_OFF
TAKE_OFF: Final = (0.00, 0.65, 0.35)
FOREFOOT: Final = (0.00, 0.60, 0.40)  # hops
RAISE_S: Final = 2.0  # one heel raise and back
SHIFT_S: Final = 4.0  # from left to right and back
SHIFT_SHARE: Final = 0.40  # of body weight that moves to either side
DRILL_S: Final = 10.0  # each part of the drill
BLEND_S: Final = 0.5  # from one part to the next


@dataclass(frozen=True, slots=True)
class Formula:
    """A truth made of two formulas per foot.

    Attributes:
        activity: its word.
        mass_kg: body mass.
        foot: per side, instants (n,) s to points (n, 3) N.
        sides: both feet.
        duration_s: endless.
    """

    activity: str
    mass_kg: float
    foot: Mapping[Side, Force]
    sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT)
    duration_s: float | None = None

    def points(self, side: Side, time_s: Floats) -> Floats:
        """(n, 3) force on heel, first and fifth metatarsal head, N."""
        return self.foot[side](np.asarray(time_s, np.float64))


def run(mass_kg: float, speed_m_s: float) -> Formula:
    """G1: half sines, left and right in turn; the impulse of a contact is BW (t_c + t_f)."""
    contact_s = float(np.interp(speed_m_s, RUN_SPEED, RUN_CONTACT_S))
    flight_s = float(np.interp(speed_m_s, RUN_SPEED, RUN_FLIGHT_S))
    stride_s = 2.0 * (contact_s + flight_s)
    peak_n = 0.5 * math.pi * (flight_s / contact_s + 1.0) * mass_kg * G_M_S2

    def foot(start_s: float) -> Force:
        def points(time_s: Floats) -> Floats:
            since = np.mod(time_s - start_s, stride_s)
            progress = np.minimum(since / contact_s, 1.0)
            force = np.where(since < contact_s, peak_n * np.sin(np.pi * progress), 0.0)
            force = np.where(time_s < start_s, 0.0, force)
            return _split(force, _moving(progress))

        return points

    return Formula("run", mass_kg, _feet(foot(LEAD_S), foot(LEAD_S + stride_s / 2)))


def walk(mass_kg: float, speed_m_s: float) -> Formula:
    """G3: three bumps per contact; a stride lasts as long as their impulses carry body weight."""
    slower = math.sqrt(WALK_SPEED / speed_m_s)
    stride_s = 2.0 * WALK_IMPULSE * slower
    bw_n = mass_kg * G_M_S2

    def foot(start_s: float) -> Force:
        def points(time_s: Floats) -> Floats:
            # the bumps have faded half a stride away from their middle, at 0.39 s
            middle = 0.39 * slower
            at = np.mod(time_s - start_s - middle + stride_s / 2, stride_s) - stride_s / 2 + middle
            at = np.where(time_s < start_s + middle - stride_s / 2, -stride_s, at)
            force = np.zeros_like(at)
            for height, centre, width in WALK_BUMPS:
                force += height * bw_n * np.exp(-0.5 * ((at / slower - centre) / width) ** 2)
            return _split(force, _moving(np.clip(at / (0.78 * slower), 0.0, 1.0)))

        return points

    return Formula("walk", mass_kg, _feet(foot(LEAD_S), foot(LEAD_S + stride_s / 2)))


def hop(mass_kg: float) -> Formula:
    """G4: a mass on a spring hops on both feet, half of the force each."""
    stiffness = HOP_STIFFNESS * mass_kg
    speed, omega = math.sqrt(2.0 * G_M_S2 * HOP_HEIGHT_M), math.sqrt(stiffness / mass_kg)
    contact_s = 2.0 / omega * (math.pi - math.atan(speed * omega / G_M_S2))
    cycle_s = contact_s + 2.0 * speed / G_M_S2

    def points(time_s: Floats) -> Floats:
        since = np.mod(time_s - LEAD_S, cycle_s)
        spring = mass_kg * (
            G_M_S2 * (1.0 - np.cos(omega * since)) + speed * omega * np.sin(omega * since)
        )
        is_on = (since < contact_s) & (time_s >= LEAD_S)
        return _split(np.where(is_on, 0.5 * spring, 0.0), _fixed(FOREFOOT, len(since)))

    return Formula("hop", mass_kg, _feet(points, points))


def stand(mass_kg: float, corners_mm: Floats) -> Formula:
    """G5: half of body weight on each foot, whose CoP draws a circle of 4 mm at 0.4 Hz."""
    foot = _swaying(0.5 * mass_kg * G_M_S2, BOTH, corners_mm)
    return Formula("stand", mass_kg, _feet(foot, foot))


def single(mass_kg: float, corners_mm: Floats, *, on: Side = Side.LEFT) -> Formula:
    """G5 on one leg; the other foot is in the air."""
    stance = _swaying(mass_kg * G_M_S2, SINGLE, corners_mm)
    feet = {on: stance, on.other: _nothing}
    return Formula("single", mass_kg, MappingProxyType(feet))


def heel_raise(mass_kg: float) -> Formula:
    """Both feet carry body weight; the heel's share falls from that in standing to 0, and back."""

    def foot(time_s: Floats) -> Floats:
        raised = 0.5 * (1.0 - np.cos(2.0 * np.pi * time_s / RAISE_S))
        heel = BOTH[0] * (1.0 - raised)
        first = (1.0 - heel) * BOTH[1] / (BOTH[1] + BOTH[2])
        force = np.full(len(time_s), 0.5 * mass_kg * G_M_S2)
        return _split(force, np.column_stack((heel, first, 1.0 - heel - first)))

    return Formula("heel-raise", mass_kg, _feet(foot, foot))


def shift(mass_kg: float) -> Formula:
    """Body weight moves from foot to foot: 0.5 + 0.4 sin(2 pi t / 4 s) of it is on the left."""

    def foot(sign: float) -> Force:
        def points(time_s: Floats) -> Floats:
            share = 0.5 + sign * SHIFT_SHARE * np.sin(2.0 * np.pi * time_s / SHIFT_S)
            return _split(share * mass_kg * G_M_S2, _fixed(BOTH, len(time_s)))

        return points

    return Formula("shift", mass_kg, _feet(foot(1.0), foot(-1.0)))


def drill(mass_kg: float, corners_mm: Floats) -> Formula:
    """Stand, left leg, right leg, heel raises: 10 s each, over and over."""
    parts = (
        stand(mass_kg, corners_mm),
        single(mass_kg, corners_mm),
        single(mass_kg, corners_mm, on=Side.RIGHT),
        heel_raise(mass_kg),
    )

    def foot(side: Side) -> Force:
        def points(time_s: Floats) -> Floats:
            out = np.zeros((len(time_s), 3))
            for number, part in enumerate(parts):
                late = np.mod(time_s - number * DRILL_S, DRILL_S * len(parts))
                weight = np.minimum(late / BLEND_S, 1.0 - (late - DRILL_S) / BLEND_S)
                weight = np.where(time_s < BLEND_S, float(number == 0), np.clip(weight, 0.0, 1.0))
                out += weight[:, None] * part.points(side, time_s)
            return out

        return points

    return Formula("drill", mass_kg, _feet(foot(Side.LEFT), foot(Side.RIGHT)))


def truth(activity: str, *, mass_kg: float, speed_m_s: float | None, corners_mm: Floats) -> Truth:
    """The closed form of an activity.

    Args:
        activity: `run, walk, hop, stand, single, heel-raise, shift` or `drill`.
        mass_kg: body mass.
        speed_m_s: of running (default 3.3) and walking (default 1.3).
        corners_mm: (3, 2) CoP of each point loaded alone, for movements given in mm.

    Raises:
        RequestError: no such activity.
    """
    made: dict[str, Callable[[], Truth]] = {
        "run": lambda: run(mass_kg, 3.3 if speed_m_s is None else speed_m_s),
        "walk": lambda: walk(mass_kg, 1.3 if speed_m_s is None else speed_m_s),
        "hop": lambda: hop(mass_kg),
        "stand": lambda: stand(mass_kg, corners_mm),
        "single": lambda: single(mass_kg, corners_mm),
        "heel-raise": lambda: heel_raise(mass_kg),
        "shift": lambda: shift(mass_kg),
        "drill": lambda: drill(mass_kg, corners_mm),
    }
    if activity not in made:
        raise RequestError(
            f"unknown activity '{activity}'",
            where="virtual pair",
            why="no formula has this name",
            fix=f"Choose one of {', '.join(made)}",
        )
    return made[activity]()


def _feet(left: Force, right: Force) -> Mapping[Side, Force]:
    return MappingProxyType({Side.LEFT: left, Side.RIGHT: right})


def _nothing(time_s: Floats) -> Floats:
    return np.zeros((len(time_s), 3))


def _fixed(shares: tuple[float, float, float], rows: int) -> Floats:
    return np.broadcast_to(np.array(shares), (rows, 3))


def _moving(progress: Floats) -> Floats:
    """Shares (n, 3) that go linearly from landing to take-off while progress goes 0 to 1."""
    return np.array(LANDING) + progress[:, None] * (np.array(TAKE_OFF) - np.array(LANDING))


def _split(force: Floats, shares: Floats) -> Floats:
    return force[:, None] * shares


def _swaying(force_n: float, centre: tuple[float, float, float], corners_mm: Floats) -> Force:
    """Constant force whose CoP draws a circle around the CoP of the shares `centre`."""
    # barycentric coordinates move linearly with the CoP (science.md, section 1.4)
    system = np.vstack((corners_mm.T, np.ones(3)))
    if abs(np.linalg.det(system)) < 1.0:  # corners in one place or one line: no CoP to move
        return lambda time_s: _split(np.full(len(time_s), force_n), _fixed(centre, len(time_s)))
    per_mm = np.linalg.inv(system)[:, :2] * SWAY_MM

    def points(time_s: Floats) -> Floats:
        angle = 2.0 * np.pi * SWAY_HZ * time_s
        across, along = np.cos(angle)[:, None], np.sin(angle)[:, None]
        shares = np.array(centre) + across * per_mm[:, 0] + along * per_mm[:, 1]
        return _split(np.full(len(time_s), force_n), shares)

    return points
