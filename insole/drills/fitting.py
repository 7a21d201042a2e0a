"""Whether insoles give what a drill needs; what is missing is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from insole.drills.drill import Drill
from insole.drills.refusals import listed
from insole.errors import RequestError
from insole.model.foot import Side
from insole.model.stream import Capability
from insole.parameters import Parameters
from insole.signal.regions import region_map


def check(
    drill: Drill,
    feet: Mapping[Side, Capability],
    *,
    mass_kg: float | None,
    scaled: Collection[Side] = (),
) -> None:
    """Whether these insoles can see what a drill needs.

    Args:
        drill: what is to be done; of a timer drill nothing is asked.
        feet: what each insole said of itself.
        mass_kg: body mass, or None.
        scaled: feet whose counts have a curve to newtons.

    Raises:
        RequestError: they cannot; says what is missing.
    """
    if drill.kind == "timer":
        return
    needs = drill.needs
    if len(feet) < needs.feet:
        raise RequestError(
            f"'{drill.id}' cannot be seen",
            where="insoles",
            why=f"it needs {needs.feet} insoles, {len(feet)} are there",
            fix="Switch both on, or choose a drill that needs less: insole drill list",
        )
    for side, said in feet.items():
        seen = region_map(said.layout, Parameters()).observable_names
        missing = [name for name in needs.regions if name not in seen]
        why = ""
        if missing:
            why = f"the {side} insole has no sensor under {listed(missing)}"
        elif said.rate_hz < needs.min_rate_hz:
            why = (
                f"the {side} insole gives {said.rate_hz:g} Hz, and {needs.min_rate_hz:g} are needed"
            )
        elif said.quantity == "counts" and side not in scaled:
            why = f"the {side} insole gives counts, and no scale to newtons is known"
        if why:
            raise RequestError(
                f"'{drill.id}' cannot be seen",
                where=said.layout.name,
                why=why,
                fix="Choose a drill that needs less: insole drill list",
            )
    if mass_kg is None:
        raise RequestError(
            "body mass is not known",
            where=f"drill {drill.id}",
            why="the drill compares forces with body weight",
            fix="Say it: --mass KG, or About the trial in the window",
        )
