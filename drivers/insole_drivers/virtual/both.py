"""A virtual device that carries both feet over one connection: its signal and its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from insole.errors import RequestError
from insole.model.arrays import Floats, Raw
from insole.model.foot import Side
from insole.model.stream import Capability
from insole_drivers.virtual.fault import Fault
from insole_drivers.virtual.plan import Plan, Signal

FEET = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True)
class BothFeet:
    """What the sensors of both feet feel, those of the first one first."""

    feet: tuple[Signal, Signal]

    def raw(self, time_s: Floats) -> Raw:
        """(n, 2 S) codes at these instants."""
        return np.concatenate([foot.raw(time_s) for foot in self.feet], axis=1)


class OfOneFoot(Fault):
    """A fault of one foot's sensors.

    Args:
        fault: what goes wrong.
        side: the foot.
    """

    key = "of_one_foot"
    meaning = "another fault, of one foot's sensors"
    usual = 0.0

    def __init__(self, fault: Fault, side: Side) -> None:
        super().__init__(fault.value, settings=fault.settings, seed=0)
        self._fault = fault
        self._side = side

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        """All sensors (n, 2 S), with those of this foot spoilt."""
        sensors = raw.shape[1] // len(FEET)
        first = FEET.index(self._side) * sensors
        mine = slice(first, first + sensors)
        spoilt = raw.copy()
        spoilt[:, mine] = self._fault.feel(raw[:, mine], time_s, plan)
        return spoilt


def faults_of(feet: Mapping[Side, list[Fault]]) -> list[Fault]:
    """What is wrong with the one device: with its sensors foot by foot, with its link once."""
    made: list[Fault] = []
    for side in FEET:
        for each in feet[side]:
            if type(each).feel is not Fault.feel:
                made.append(OfOneFoot(each, side))
            elif each.key not in [known.key for known in made]:
                made.append(each)
    return made


def told_by(whole: Capability, asked: Mapping[Side, Mapping[str, float]]) -> Capability | None:
    """The device when a foot may be missing; None: both are, and it never appears.

    Raises:
        RequestError: what one device with both feet cannot do.
    """
    swapped = [side for side in FEET if asked[side].get("swapped")]
    if len(swapped) == 1:
        raise RequestError(
            f"a device with both feet cannot say {swapped[0].other} twice",
            where="two_left, swapped",
            why="one connection carries both, and each frame tells its foot",
            fix="Take swapped=1, which exchanges both, or a protocol with an insole for each foot",
        )
    there = [side for side in FEET if not asked[side].get("missing")]
    if not there:
        return None
    return whole if len(there) == len(FEET) else replace(whole, side=there[0])


def are_exchanged(asked: Mapping[Side, Mapping[str, float]]) -> bool:
    """Each foot's frames say that they are the other's."""
    return all(asked[side].get("swapped") for side in FEET)
