"""What the Drill page says: the shelf of drills, and the one that is being done; knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite

import numpy as np

from insole.drills.drill import Drill
from insole.drills.table import counts
from insole.guided.view import DrillView
from insole.live.board import BoardView
from insole.model.foot import Side

GATES = {
    "rail": "I can reach a wall or a rail",
    "plyometric": "20 raises and 30 s of balance a side are done without pain",
}
DOSE = {"hold": "holds", "rep": "repetitions", "gait": "steps", "timer": "times"}
PILL = {True: ("✓", "Balanced", "good"), False: ("▲", "Wobble", "attention")}
WORDS = {
    "setup": "Getting ready",
    "ready": "Ready",
    "work": "Go",
    "rest": "Rest",
    "paused": "Paused",
    "done": "Done",
    "aborted": "Ended",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One drill of the shelf.

    Attributes:
        drill: it.
        title, dose: in words.
        lines: what to know before it begins.
        agree: what the user says yes to by starting it; "" where nothing is asked.
        why: why it cannot be done; "" where nothing is known against it.
        levels: how many there are.
    """

    drill: Drill
    title: str
    dose: str
    lines: tuple[tuple[str, str], ...]
    agree: str
    why: str
    levels: int = 1


def offer(drill: Drill, *, level: int = 1) -> Offer:
    """A drill as the page shows it, at one of its levels."""
    levels, drill = len(drill.levels) + 1, drill.at(level)
    safety = drill.safety
    agree = [GATES[gate] for gate in safety.gate if gate in GATES]
    if safety.confirm:
        agree.append(safety.confirm)
    support = "" if drill.support == "none" else f", {drill.support}"
    lines = [("Done", f"{_stance(drill)}; eyes {drill.vision}, {drill.surface}{support}")]
    if drill.tempo_bpm:
        lines.append(("Pace", f"{drill.tempo_bpm:g} beats a minute"))
    if drill.cues:
        lines.append(("Cues", " · ".join(dict.fromkeys(cue.say for cue in drill.cues))))
    lines.append(("Cannot see", drill.cannot_see))
    lines.append(("Stop", f"at pain above {safety.pain_stop} of 10"))
    timer = drill.kind == "timer"
    why = "" if timer or counts(drill) else "This version cannot count it."
    return Offer(drill, drill.title, dose(drill), tuple(lines), ". ".join(agree), why, levels)


def dose(drill: Drill) -> str:
    """How much of it."""
    if drill.kind == "hold" and drill.hold_until == "lost":
        many = "as long as it lasts"
    elif drill.hold_s and drill.kind == "hold":
        many = f"{drill.reps} × {drill.hold_s:g} s"
    elif drill.kind == "timer":
        many = f"{drill.reps} × {drill.work_s or 0:g} s"
    else:
        many = f"{drill.reps} {DOSE[drill.kind]}"
    if drill.sets > 1:
        many = f"{drill.sets} sets of {many}"
    return f"{many}, each foot" if drill.sides in ("each", "alternate") else many


def _stance(drill: Drill) -> str:
    stance = {
        "sit": "sitting",
        "both": "on both feet",
        "single": "on one leg",
        "split": "one foot in front",
        "walk": "walking",
        "run": "running",
    }
    return stance[drill.stance]


@dataclass(frozen=True, slots=True)
class Stage:
    """A drill on screen.

    Attributes:
        head: which hold or set it is, and the foot.
        number, of: the large number, and what stands beside it.
        ring: share of the ring that is full.
        parts: so many segments the ring has.
        calm: the load lies as asked for; None: nothing is asked now.
        pill: sign, word and colour of the state.
        said: what to do now: the cue, or the sentence.
        shares: heel, first ray and fifth ray in % of the foot that holds; None: not shown.
        targets: the same, as asked for.
    """

    head: str
    number: str
    of: str
    ring: float
    parts: int
    calm: bool | None
    pill: tuple[str, str, str]
    said: str
    shares: tuple[float, float, float] | None = None
    targets: tuple[float, float, float] | None = None


def stage(view: BoardView, drill: Drill | None) -> Stage | None:
    """How the drill stands; None: none was begun.

    Args:
        view: the board.
        drill: the one that was begun, for its targets.
    """
    now = view.drill
    if now is None:
        return None
    noun = "Hold" if now.kind == "hold" else "Set"
    side = f" · {now.side.value} foot" if now.side is not None else ""
    head = f"{now.title} · {noun.lower()} {now.nth} of {now.of}{side}"
    if now.over:
        head = now.title
    timed = isfinite(now.target_s)
    if timed:
        parts = max(1, min(round(now.target_s), 60))
        number, of = f"{floor(now.elapsed_s)}", f"of {now.target_s:g} s"
        ring = now.elapsed_s / now.target_s
    else:
        parts = max(1, min(now.reps, 60))
        number, of = f"{now.count}", f"of {now.reps}"
        ring = now.count / max(now.reps, 1)
    if now.state in ("setup", "ready") and timed:
        number, of = f"{ceil(now.target_s)}", "s"
    pill = PILL[now.in_zone] if now.in_zone is not None else ("", WORDS[now.state], "text2")
    shares, targets = _points(view, now, drill)
    return Stage(
        head,
        number,
        of,
        min(max(ring, 0.0), 1.0),
        parts,
        now.in_zone,
        pill,
        now.cue or now.sentence,
        shares,
        targets,
    )


Points = tuple[float, float, float]


def _points(
    view: BoardView, now: DrillView, drill: Drill | None
) -> tuple[Points | None, Points | None]:
    """Shares of the foot that is loaded more, where the drill asks for them."""
    if drill is None or now.over:
        return None, None
    asked = [drill.target(name) for name in ("heel", "first_ray", "fifth_ray")]
    wanted = [one.share for one in asked if one is not None and one.share is not None]
    if len(wanted) != len(asked):
        return None, None
    target = (100.0 * wanted[0], 100.0 * wanted[1], 100.0 * wanted[2])
    side = now.side or max(Side, key=lambda one: np.nan_to_num(view.feet[one].total_n))
    tripod = view.feet[side].tripod
    if tripod is None or not np.isfinite(tripod).all():
        return None, target
    heel, first, fifth = (100.0 * tripod).tolist()
    return (heel, first, fifth), target
