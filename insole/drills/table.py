"""Which detector counts what: the ones that are there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from insole.drills.detecting import Detector
from insole.drills.drill import Drill
from insole.drills.refusals import listed
from insole.errors import RequestError

HOLDS = ("tripod", "quadripod", "balance", "dynamic", "forefoot")
"""Measured as a whole, by `holding`."""

REPETITIONS: dict[str, str] = {
    "heel_raise": "insole.drills.raising:HeelRaise",
    "toe_press": "insole.drills.toes:ToePress",
    "toe_lift": "insole.drills.toes:ToeLift",
    "arch_dome": "insole.drills.toes:ArchDome",
    "weight_shift": "insole.drills.shifting:WeightShift",
    "step_down": "insole.drills.shifting:StepDown",
    "paced": "insole.drills.shifting:Paced",
    "scrunch": "insole.drills.curling:Scrunch",
    "lunge_jump": "insole.drills.lunging:LungeJump",
    "tiptoe": "insole.drills.walking:Tiptoe",
    "edge_walk": "insole.drills.walking:EdgeWalk",
    "push_through": "insole.drills.walking:PushThrough",
    "run": "insole.drills.walking:Run",
    "pause_step": "insole.drills.pausing:PauseStep",
    "hops": "insole.drills.hopping:Hops",
    "landing": "insole.drills.landings:Landing",
}
"""Name of a detector to module and class."""


def counts(drill: Drill) -> bool:
    """There is what this drill needs to be run."""
    return drill.detect in HOLDS or drill.detect in REPETITIONS


def detector_of(drill: Drill) -> Detector | None:
    """What counts a drill's repetitions; None for a hold, which needs none.

    Raises:
        RequestError: nothing can yet.
    """
    if drill.detect in HOLDS:
        return None
    place = REPETITIONS.get(drill.detect)
    if place is None:
        raise RequestError(
            f"'{drill.id}' cannot be run",
            where=f"detect = {drill.detect}",
            why=f"this version counts {listed(sorted((*HOLDS, *REPETITIONS)))} only",
            fix="See insole drill list for the others",
        )
    module, _, name = place.partition(":")
    made: Callable[[], Detector] = getattr(import_module(module), name)
    return made()
