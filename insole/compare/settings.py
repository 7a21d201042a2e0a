"""All that the numbers of a comparison depend on besides the values of steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from insole.compare.conditions import Conditions
from insole.compare.designs import Design
from insole.compare.matching import Matching, common_sides
from insole.compare.plans import Carried
from insole.compare.registering import Registered
from insole.model.foot import Side
from insole.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Setting:
    """All that answers depend on besides the values.

    Attributes:
        design: units.
        a, b: conditions of both sides.
        matching: what is limited.
        parameters: `compare.*` and uncertainties.
        margins: metric to the smallest change that counts, as a plan says it.
        primary: metrics that a plan tests; empty: all are explored.
        seed: the user's.
        same: A and B are the same recordings.
        carried: the plan in whose blocks they were recorded.
        registered: curves brought together by their landmarks; None: as they are.
    """

    design: Design
    a: Conditions
    b: Conditions
    matching: Matching
    parameters: Parameters
    margins: Mapping[str, float] = field(default_factory=dict[str, float])
    primary: Collection[str] = ()
    seed: int = 0
    same: bool = False
    carried: Carried | None = None
    registered: Registered | None = None

    @property
    def planned(self) -> Carried | None:
        """The plan, where it was made before the first recording."""
        return None if self.carried is None or self.carried.late else self.carried

    @property
    def sides(self) -> tuple[Side, ...]:
        """Feet that both have."""
        return common_sides(self.a, self.b)
