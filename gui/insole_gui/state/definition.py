"""What a number on screen means: its definition from the registry and its present doubt."""

from __future__ import annotations

from typing import Any

import numpy as np

from insole.live.board import BoardView
from insole.model.gait import INVALID, StepFlag, Steps
from insole_gui.state import together
from insole_gui.state.drawn import delay_words
from insole_gui.state.links import NAME
from insole_gui.state.numbers import NEWEST, half_width, short

# rows of the registry that are shown, in their order, with the word before them
_FIELDS = (
    ("symbol", "Symbol"),
    ("definition", "Definition"),
    ("formula", "Formula"),
    ("unit", "Unit"),
    ("needs", "Needs"),
    ("limits", "Limits"),
    ("source", "Source"),
)
_FORCE = (
    ("Definition", "The sum of pressure times area of all sensors: force normal to the sole."),
    ("Limits", "It is measured in the shoe and is not the ground reaction force of a plate."),
    ("Unit", "× body weight where the mass is known, else N"),
    ("Shaded", "The second half of a finished contact; its impulse is the late-stance push-off."),
    ("Signs", "▼ foot strike, ▲ toe-off; hatched: no samples"),
)
_STANDING = (
    ("Definition", "How long somebody has stood on the same feet."),
    (
        "Both feet",
        "Body weight within 10 %, more than 10 % on each, a left share steadier than 0.2 a second.",
    ),
    ("One foot", "It carries at least 80 % and the other at most 5 % for 0.5 s."),
    ("Limits", "Without body mass, quiet is measured against what both feet carry just now."),
)
_SHARE = (
    ("Definition", "Force under the left foot as part of the force under both, now."),
    ("Limits", "Both insoles need the same force scale."),
)
_OWN = {
    "total_n": ("Force under the foot", _FORCE),
    "standing_s": ("Standing", _STANDING),
    "left_share": ("Left share", _SHARE),
}


def definition(metric: str, view: BoardView) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Title and rows (word, text) about one metric; `total_n` is the force strip's."""
    if metric in _OWN:
        title, words = _OWN[metric]
        smoothed = delay_words(view)
        return title, (*words, ("Drawn", f"{smoothed}.".capitalize())) if smoothed else words
    spec = _spec(metric)
    rows: list[tuple[str, str]] = []
    title = metric
    if spec is not None:
        title = str(getattr(spec, "name", metric))
        rows += [
            (word, _plain(getattr(spec, field)))
            for field, word in _FIELDS
            if getattr(spec, field, None)
        ]
    else:
        rows.append(("Definition", f"No definition of “{metric}” is registered."))
    if metric.startswith("sway_"):
        rows.append(("Way", "Causal: live, 5 Hz, never mixed with the zero-phase way of a file."))
    if metric == "cadence_spm" or _between_feet(metric):
        rows.append(("Time of both feet", together.words(view.time)))
    for side, foot in view.feet.items():
        if foot.steps is not None and metric in foot.steps.value:
            rows.append((NAME[side], _doubt(foot.steps, metric)))
    return title, tuple(rows)


def _between_feet(metric: str) -> bool:
    """Does an error of one foot's time change it?"""
    from insole.metrics.summary import BETWEEN_FEET  # late: as the registry

    return metric in BETWEEN_FEET


def _spec(metric: str) -> Any:
    """The registered definition, of ours or of another package; or None."""
    from insole.analysis import added_metrics  # late: not needed before somebody asks
    from insole.metrics import registry

    if registry.knows(metric):
        return registry.get(metric)
    added, _ = added_metrics()
    return next((one.spec for one in added.values() if one.spec.id == metric), None)


def _plain(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "; ".join(str(part) for part in value)
    return str(value)


def _doubt(steps: Steps, metric: str) -> str:
    """Mean, spread, uncertainty and what was left out, of the newest steps."""
    column, valid = steps.value[metric], steps.valid
    good = np.flatnonzero(np.asarray(valid, bool) & np.isfinite(column))[-NEWEST:]
    if not len(good):
        return "no valid step yet"
    taken = column[good]
    words = f"mean {short(taken.mean(), 4)} of the last {len(good)} valid steps"
    half = half_width(taken)
    if np.isfinite(half):
        words += f", 95 % half-width {short(half, 2)}"
    if metric in steps.u:
        words += f", one step u = {short(float(steps.u[metric][good[-1]]), 2)}"
    if metric in steps.u_shared:
        words += f" (of it {short(float(steps.u_shared[metric][good[-1]]), 2)} common to all steps)"
    bad = steps.flags[(steps.flags & INVALID) != 0]
    if len(bad):
        names = [
            f"{flag.name.lower()} {count}"
            for flag in StepFlag
            if flag & INVALID
            and flag.name
            and (count := int(np.count_nonzero(bad & np.uint32(int(flag)))))
        ]
        words += f"; {len(bad)} of {len(steps)} steps left out: {', '.join(names)}"
    return words + "."
