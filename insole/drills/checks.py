"""Contradictions between fields of a drill file that are each well-formed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from insole.drills.drill import DETECTORS, Drill, Level, Target
from insole.drills.refusals import Mistake, decimal, listed

COUNTED: Final = {"hold": "holds", "rep": "reps", "gait": "steps", "timer": "time"}
STOOD: Final = {"hold": ("both", "single"), "gait": ("walk", "run")}
"""Stances that a kind of drill can be told by; the others take any."""

CHANGED: Final = {"hold_s": "time", "tempo_bpm": "tempo"}  # other names are plain words
AIMS: Final = ("share", "force_bw", "of_baseline", "value")
POINTS: Final = {
    "tripod": ("heel", "first_ray", "fifth_ray"),
    "quadripod": ("heel", "m1", "m45", "hal"),
}
"""The points that divide one load: shares are of their sum, so all of them are 1 together."""

WITHIN_RAYS: Final = {"m1": "first_ray", "hal": "first_ray", "m45": "fifth_ray"}
SHARES_TO: Final = 0.005  # what rounding to two decimals leaves
GATED: Final = {"hops": "hops", "lunge_jump": "jumps"}
CLAIM: Final = re.compile(
    r"\b(?:prevent|cure[sd]?\b|curing|heal|treat|therap|rehab|diagnos"
    r"|injur|risk|correct|patholog|medic|relie[fv])\w*",
    re.IGNORECASE,
)
"""Words by which a drill would claim more than that it trains."""


def kind_and_detector(kept: Mapping[str, Any]) -> Iterator[Mistake]:
    """A detector counts one kind of thing."""
    kind, detect = kept.get("kind"), kept.get("detect")
    if kind is None or detect is None or detect in DETECTORS[kind]:
        return
    fitting = next(each for each, names in DETECTORS.items() if detect in names)
    yield Mistake(
        f'kind is "{kind}"',
        "kind",
        f'"{detect}" counts {COUNTED[fitting]}',
        f'Set kind = "{fitting}"',
    )


def claims(texts: Mapping[str, str]) -> Iterator[Mistake]:
    """What a drill must not say."""
    for path, text in texts.items():
        found = CLAIM.search(text)
        if found is not None:
            why = "a drill makes no health claim"
            yield Mistake(f'"{found[0]}"', path, why, "Say what it trains")


def target(kept: Mapping[str, Any], path: str) -> Iterator[Mistake]:
    """One bar shows one thing, aims at one number and has one tube."""
    named = [key for key in ("region", "quantity") if key in kept]
    aims = [key for key in AIMS if key in kept]
    if len(named) == 2:
        why, fix = "a bar shows one thing", "Keep region or quantity"
        yield Mistake("a target names two things", path, why, fix)
    if len(aims) > 1:
        yield Mistake(
            f"a target has {listed(aims)}", path, "a bar aims at one number", "Keep one of them"
        )
    if named == ["region"] and "value" in kept:
        yield Mistake(
            "a region has a value", path, "its load is a share or a force", "Use share or force_bw"
        )
    if named == ["quantity"] and "share" in kept:
        yield Mistake("a quantity has a share", path, "it has a unit of its own", "Use value")
    if "within" in kept and ("min" in kept or "max" in kept):
        why, fix = "a tube has one width", "Keep within, or min and max"
        yield Mistake("a target has within and an end", path, why, fix)
    low, high = kept.get("min"), kept.get("max")
    if low is not None and high is not None and low > high:
        yield Mistake(
            f"min {decimal(low)} is above max {decimal(high)}",
            path,
            "nothing lies between",
            "Exchange them",
        )
    aim = kept[aims[0]] if len(aims) == 1 else None
    within = kept.get("within")
    if aim is not None and within is not None and aim - within < -1e-9:
        yield Mistake(
            "the tube starts below 0",
            path,
            f"{decimal(aim)} within {decimal(within)}",
            f"Use within {decimal(aim)}",
        )


def cue(kept: Mapping[str, Any], path: str) -> Iterator[Mistake]:
    """Contact that is lost, a load that is low: of what must be said."""
    when, place = kept.get("when"), kept.get("of")
    if when in ("lost", "low", "high") and place is None:
        yield Mistake(
            f'"{when}" of nothing', path, "the coach has to know of what", 'Add of = "m1"'
        )


def by_kind(drill: Drill) -> Iterator[Mistake]:
    """What a kind of drill, or its detector, has to have."""
    yield from _times(drill)
    yield from _standing(drill)


def together(drill: Drill) -> Iterator[Mistake]:
    """Fields that contradict each other, whatever the kind."""
    yield from _shares(drill.detect, drill.targets)
    yield from _levels(drill)
    yield from _safe(drill)


def _times(drill: Drill) -> Iterator[Mistake]:
    if drill.kind == "hold" and drill.hold_s is None:
        why = "a hold drill counts its seconds"
        yield Mistake("hold_s is missing", "hold_s", why, "Add hold_s = 15.0")
    if drill.kind == "timer" and drill.work_s is None:
        why = "a timer calls the end of each piece of work"
        yield Mistake("work_s is missing", "work_s", why, "Add work_s = 5.0")
    if drill.kind != "timer":
        for key in ("work_s", "rest_each_s"):
            if getattr(drill, key) is not None:
                why = f"a {drill.kind} drill counts what the insoles see"
                yield Mistake(f"{key} is set", key, why, "Take it out, or use kind = timer")
    if drill.beats_per_rep is not None and drill.tempo_bpm is None:
        why = "there is no beat without a tempo"
        yield Mistake("tempo_bpm is missing", "tempo_bpm", why, "Add tempo_bpm = 60")
    if drill.detect == "paced" and (drill.tempo_bpm is None or drill.beats_per_rep is None):
        why = "only the metronome tells one of these reps from the next"
        fix = "Add tempo_bpm = 60 and beats_per_rep = 4"
        yield Mistake("a paced drill has no pace", "tempo_bpm", why, fix)


def _standing(drill: Drill) -> Iterator[Mistake]:
    """A kind that needs a stance has it at every level."""
    fitting = STOOD.get(drill.kind)
    if fitting is None:
        return
    stances = {"stance": drill.stance}
    for index, level in enumerate(drill.levels):
        if level.stance is not None:
            stances[f"levels[{index}].stance"] = level.stance
    for path, stance in stances.items():
        if stance not in fitting:
            yield Mistake(
                f'stance is "{stance}"',
                path,
                f"a {drill.kind} drill is told by {listed(fitting, 'or')}",
                "Choose one of these",
            )


def _shares(detect: str, targets: Sequence[Target]) -> Iterator[Mistake]:
    names = [each.name for each in targets]
    for index, name in enumerate(names):
        if name in names[:index]:
            path = f"targets[{index}]"
            yield Mistake(f'a second target "{name}"', path, "one has one bar", "Keep one")
    points = POINTS.get(detect)
    parts = {
        each.region: each.share
        for each in targets
        if each.region and each.share is not None and WITHIN_RAYS.get(each.region) not in names
        if points is None or each.region in points
    }
    total = sum(parts.values())
    all_points = points is not None and set(points) <= parts.keys()
    if total > 1 + SHARES_TO or (all_points and total < 1 - SHARES_TO):
        yield Mistake(
            f"shares add up to {decimal(round(total, 6))}",
            "targets",
            "they divide one load",
            "Make them add up to 1",
        )


def _levels(drill: Drill) -> Iterator[Mistake]:
    before = drill
    for index, level in enumerate(drill.levels):
        path, number = f"levels[{index}]", index + 2
        changes = level.changes
        if len(changes) > 1:
            words = listed(CHANGED.get(each, each) for each in _in_order(changes))
            what = f"level {number} changes {words}"
            yield Mistake(what, path, "progress one thing", "Split it")
        elif all(getattr(before, key) == value for key, value in changes.items()):
            what = f"level {number} changes nothing"
            yield Mistake(what, path, "progress one thing", "Say what it changes, or take it out")
        before = before.changed(**changes)


def _in_order(changes: Mapping[str, Any]) -> list[str]:
    return [name for name in Level.__slots__ if name in changes]


def _safe(drill: Drill) -> Iterator[Mistake]:
    surfaces = {drill.surface, *(each.surface for each in drill.levels)}
    if "step-edge" in surfaces and "rail" not in drill.safety.gate:
        yield Mistake(
            "a step edge without rail",
            "safety",
            "balance on an edge needs a hold",
            'Add gate = ["rail"]',
        )
    flight = GATED.get(drill.detect)
    if flight is not None and "plyometric" not in drill.safety.gate:
        yield Mistake(
            f"{flight} without gate",
            "safety",
            "they come after strength",
            'Add gate = ["plyometric"]',
        )
    if drill.safety.eyes_free and drill.feedback.mode == ("visual",):
        yield Mistake(
            "eyes_free with a picture alone",
            "feedback.mode",
            "nobody looks at it",
            'Add "tone" or "voice"',
        )
