"""What a hold is worth: corners kept, tripod, sway, score; and what can be said while it lasts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from insole.drills.crossing import Spans, above
from insole.drills.cueing import TOUCH_S, Cause
from insole.drills.detecting import Rows, Task
from insole.drills.drill import Cue, usual_priority
from insole.drills.standing import heel_share, losses, supported, touches
from insole.metrics.corners import contact_loads
from insole.metrics.sway import balance_score
from insole.model.arrays import Bools, Floats
from insole.model.foot import REGIONS, Side
from insole.model.stream import Load
from insole.signal.slow_record import SlowRecord
from insole.signal.steady import SteadyPath, steady_path
from insole.signal.sway import Estimate, measures
from insole.signal.tripod import least_load_n, match_index, quadripod, tripod, variation

CORNERS = ("HEEL", "M1", "M45")
HALLUX_HARD_BW = 0.12
HEEL_CLEAN = 0.05
BEYOND = 0.02  # cues leave the tube only so far beyond it
MOST_TOUCHES = 3  # of the score of a hold with movement
TOUCH_WORDS = "Free foot up"
SUPPORT_WORDS = "Less weight on the hand"
RAYS = {"first_ray": ("M1", "HAL"), "fifth_ray": ("M45",)}


class Hold:
    """One foot over one hold.

    Args:
        task: what is asked.
        rows: from READY on: contacts have a history.
        side: the foot.
        start_s, end_s: of the hold.
    """

    def __init__(self, task: Task, rows: Rows, side: Side, *, start_s: float, end_s: float) -> None:
        self.task = task
        self.side = side
        self.start_s, self.end_s = start_s, end_s
        self._all = rows
        self.rows = rows.part(start_s, end_s)
        self.lost = losses(rows, side).clipped(start_s, end_s)

    @property
    def valid(self) -> float:
        """Share of the hold's samples that are there, 0 to 1."""
        period_s = float(self.rows.period_s[0 if self.side is Side.LEFT else 1])
        lost_s = float(np.maximum(self.lost.length_s - period_s, 0.0).sum())
        return 1.0 - lost_s / max(self.end_s - self.start_s, period_s)

    @property
    def known_s(self) -> float:
        """Time over which something is known."""
        return (self.end_s - self.start_s) - float(self.lost.length_s.sum())

    def percent(self, spans: Spans) -> float:
        """How much of the known time they cover, %."""
        covered = spans.within(self.start_s, self.end_s)
        for begin_s, end_s in self.lost:
            covered -= spans.within(begin_s, end_s)
        return 100.0 * covered / self.known_s if self.known_s > 0.0 else math.nan

    def mean(self, values: Floats) -> float:
        """Mean by time of values at the hold's rows, (n,); those that are NaN are left out."""
        time_s = self.rows.time_s
        if len(time_s) < 2:
            return math.nan
        apart = np.where(self.rows.gaps(self.side)[1:], 0.0, np.diff(time_s))
        weight = 0.5 * (np.append(apart, 0.0) + np.append(0.0, apart))
        known = np.isfinite(values)
        total = float(weight[known].sum())
        return float((weight[known] * values[known]).sum()) / total if total > 0.0 else math.nan

    def contact(self, region: str) -> Spans:
        """Times over which a region is on the ground."""
        return contact(self.task, self._all, self.side, region)

    def lifts(self, region: str) -> Spans:
        """Times over which a region was off the ground for longer than a moment."""
        off = gaps_of(self.contact(region), self.start_s, self.end_s)
        return off.where(off.length_s > self.task.parameters["tripod.corner_dwell_s"])


def contact(task: Task, rows: Rows, side: Side, region: str) -> Spans:
    """C_r of science.md, section 6.1."""
    on_n, off_n = contact_loads(task.bw_n, single=task.single, parameters=task.parameters)
    part = task.parameters["tripod.hallux_factor"] if region == "HAL" else 1.0
    force = rows.region(side, region)
    return above(rows.time_s, force, part * on_n, off=part * off_n, gaps=rows.gaps(side))


def gaps_of(spans: Spans, start_s: float, end_s: float) -> Spans:
    """What they leave of [start_s, end_s]."""
    inside = spans.clipped(start_s, end_s)
    starts = np.append(start_s, inside.end_s)
    ends = np.append(inside.start_s, end_s)
    some = ends > starts
    return Spans(starts[some], ends[some], end_s)


def measured(hold: Hold, *, touched: int) -> dict[str, float]:
    """Measures of one foot by name; NaN where there is none."""
    task, rows, side = hold.task, hold.rows, hold.side
    detect = task.drill.detect
    found = {
        "valid_pct": 100.0 * hold.valid,
        "ball_pct": hold.percent(hold.contact("M1")),
        "m1_lifts": float(len(hold.lifts("M1"))),
        "load_n": hold.mean(rows.foot(side)),
    }
    match detect:
        case "tripod" | "quadripod":
            found |= _matched(hold)
            if detect == "quadripod":
                found["hallux_pct"] = hold.percent(hold.contact("HAL"))
                toe = rows.region(side, "HAL") / task.bw_n
                hard = above(rows.time_s, toe, HALLUX_HARD_BW, gaps=rows.gaps(side))
                found["hallux_too_hard_pct"] = hold.percent(hard)
        case "balance":
            found |= _swayed(hold, touched=touched)
        case "dynamic":
            kept = [hold.percent(hold.contact(region)) for region in CORNERS]
            found["corner_contact_pct"] = sum(kept) / len(kept)
            found["score"] = (
                60.0 * _reached(hold)
                + 0.2 * found["corner_contact_pct"]
                + 20.0 * (1.0 - min(1.0, touched / MOST_TOUCHES))
            )
        case _:
            down = above(rows.time_s, heel_share(rows, side), HEEL_CLEAN, gaps=rows.gaps(side))
            found["heel_pct"] = hold.percent(down)
            y = rows.cop(side)[:, 1] / task.size_mm[1]
            mean = hold.mean(y)
            found["cop_y_sd"] = math.sqrt(max(hold.mean((y - mean) ** 2), 0.0))
            found["score"] = 100.0 * _reached(hold) * (1.0 - 0.01 * found["heel_pct"])
    if hold.valid < task.parameters["gaps.min_valid"] and "score" in found:
        found["score"] = math.nan
    return found


def _reached(hold: Hold) -> float:
    goal_s = hold.task.drill.hold_s or hold.task.drill.cap_s
    return min(1.0, (hold.end_s - hold.start_s) / goal_s)


def target_shares(task: Task) -> Floats:
    """Shares aimed at: (4,) of the quadripod, (3,) of the tripod; the file's, else the usual."""
    four = task.drill.detect == "quadripod"
    names = ("heel", "m1", "m45", "hal") if four else ("heel", "first_ray", "fifth_ray")
    shares = [each.share for name in names if (each := task.drill.target(name)) is not None]
    known = [share for share in shares if share is not None]
    if len(known) == len(names):
        return np.array(known)
    posture = "quadripod" if four else "single" if task.single else "bipedal"
    return np.array(task.parameters.several(f"targets.{posture}"))


def _matched(hold: Hold) -> dict[str, float]:
    task, zone = hold.task, hold.task.drill.zone
    regions = hold.rows.regions(hold.side)
    least_n = least_load_n(task.bw_n, task.parameters)
    four = task.drill.detect == "quadripod"
    share = (quadripod if four else tripod)(regions, minimum_n=least_n)
    target = target_shares(task)
    least = np.full(share.shape[1], zone.corner_min)
    if four:
        least[-1] = zone.hallux_min
    inside: Bools = (variation(share, target) <= zone.tv) & (share >= least).all(axis=1)
    match = hold.mean(match_index(share, target))
    known = np.where(np.isfinite(hold.rows.foot(hold.side)), inside.astype(np.float64), np.nan)
    kept = 100.0 * hold.mean(known)
    return {"tmi_mean": match, "in_zone_pct": kept, "score": 0.6 * match + 0.4 * kept}


def _swayed(hold: Hold, *, touched: int) -> dict[str, float]:
    speed, area = _sway(hold)
    p, drill = hold.task.parameters, hold.task.drill
    score = balance_score(
        hold_s=hold.end_s - hold.start_s,
        speed=speed,
        area=area,
        touches=touched,
        goal_s=(drill.hold_s if drill.hold_until == "target" else None) or p["balance.goal_s"],
        base_speed=p["balance.base_mvelo_mm_s"],
        base_area=p["balance.base_area_mm2"],
    ).value
    return {"mvelo_mm_s": speed.value, "area_pe_cm2": 0.01 * area.value, "score": score}


def _sway(hold: Hold) -> tuple[Estimate, Estimate]:
    """MVELO and AREA-PE of the steady window; of a hold too short for one: of all of it."""
    nothing = Estimate(math.nan), Estimate(math.nan)
    known = np.isfinite(hold.rows.foot(hold.side))
    n = int(known.sum())
    if n < 2:
        return nothing
    slow = SlowRecord()
    slow.push(
        Load(
            hold.rows.time_s[known],
            hold.rows.foot(hold.side)[known],
            hold.rows.regions(hold.side)[known],
            hold.rows.cop(hold.side)[known],
            np.zeros(n, np.uint32),
            np.zeros(n, np.int64),
        )
    )
    rows = slow.rows()
    if len(rows) < 5 or (np.diff(rows.number) != 1).any():
        return nothing
    path = steady_path(rows, first=0, end=len(rows), parameters=hold.task.parameters)
    if isinstance(path, SteadyPath):
        x, y = path.x_mm, path.y_mm
    else:
        x, y = (np.asarray(rows.cop_mm[:, axis], np.float64) for axis in range(2))
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return nothing
    found = measures(x, y, step_s=0.04)
    return Estimate(found["sway_mvelo_mm_s"]), Estimate(found["sway_area_pe_mm2"])


def causes(
    task: Task, rows: Rows, sides: Sequence[Side], *, start_s: float, end_s: float
) -> list[Cause]:
    """What cues could answer in a hold, from its start to its end or to now.

    Args:
        task: what is asked.
        rows: from READY on.
        sides: feet that hold.
        start_s: of the hold.
        end_s: of the hold, or now.
    """
    found: list[Cause] = []
    told = {cue.name: cue for cue in task.drill.cues}
    if len(sides) == 1:
        touch = told.get("touch")
        after_s = touch.after_s if touch else task.parameters["standing.touch_s"]
        words = touch.say if touch else TOUCH_WORDS
        priority = touch.priority if touch else usual_priority("touch")
        for since_s, until_s in touches(task, rows, sides[0]).clipped(start_s, end_s):
            found.append(Cause("touch", words, since_s, until_s, after_s, priority, TOUCH_S))
    helped = told.get("supported")
    words = helped.say if helped else SUPPORT_WORDS
    after_s = helped.after_s if helped else 1.0
    priority = helped.priority if helped else usual_priority("supported")
    for since_s, until_s in supported(task, rows).clipped(start_s, end_s):
        found.append(Cause("supported", words, since_s, until_s, after_s, priority))
    for cue in task.drill.cues:
        for side in sides:
            for since_s, until_s in times_of(cue, task, rows, side, start_s, end_s):
                found.append(Cause(cue.name, cue.say, since_s, until_s, cue.after_s, cue.priority))
    return found


def times_of(cue: Cue, task: Task, rows: Rows, side: Side, start_s: float, end_s: float) -> Spans:
    """When a cue's cause holds, for the causes that the load of a foot tells by itself."""
    nothing = Spans(np.empty(0), np.empty(0), end_s)
    place = cue.of or ""
    regions = RAYS.get(place, (place.upper(),))
    if not set(regions) <= set(REGIONS):
        return nothing
    if cue.when == "lost":
        return gaps_of(contact(task, rows, side, regions[0]), start_s, end_s)
    target = task.drill.target(place)
    if cue.when not in ("low", "high") or target is None:
        return nothing
    low, high = target.tube
    own = rows.region(side, *regions)
    if target.force_bw is not None:
        value = own / task.bw_n
    elif target.share is not None:
        value = np.full(len(own), np.nan)
        total = whole(task, rows, side)
        np.divide(own, total, out=value, where=total > 0.0)
    else:
        return nothing
    level = high + BEYOND if cue.when == "high" else BEYOND - low
    signal = value if cue.when == "high" else -value
    return above(rows.time_s, signal, level, gaps=rows.gaps(side)).clipped(start_s, end_s)


def whole(task: Task, rows: Rows, side: Side) -> Floats:
    """(n,) N, what shares of this drill are shares of."""
    match task.drill.detect:
        case "tripod":
            return rows.region(side, "HEEL", "M1", "HAL", "M45")
        case "quadripod":
            return rows.region(side, "HEEL", "M1", "M45", "HAL")
        case _:
            return rows.foot(side)


def values_of(holds: Mapping[Side, Hold], *, touched: int) -> dict[Side, dict[str, float]]:
    """Measures of every foot that held."""
    return {side: measured(hold, touched=touched) for side, hold in holds.items()}
