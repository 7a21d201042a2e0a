"""Lunge jumps: from the half-kneel into the air, landed on the front foot and held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from insole.drills.crossing import EPS_S, Spans, above, below, both
from insole.drills.detecting import Attempt, Rows, Seen, Task, count, never
from insole.model.arrays import Floats

KNEEL_BW = (0.30, 0.80)  # on the front foot ...
KNEEL_S = 1.0  # ... for so long
AIR_BW = 0.04  # both feet under it ...
AIR_S = 0.080  # ... for so long: flight
PUSH_BW = 0.05  # a push begins so much over the load of the kneel
ALONE_BW = 0.80
OTHER_BW = 0.10
STUCK_S = 2.0
LANDED_S = 0.5  # the landing foot carries all within this


class LungeJump:
    """Counts lunge jumps: push, flight, landing, stick."""

    end = staticmethod(never)

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Jumps whose landing is over, held or not."""
        rows, side = seen.rows, task.side
        own, other = rows.foot(side) / task.bw_n, rows.foot(side.other) / task.bw_n
        gaps = rows.either_gap
        kneeling = both(
            above(rows.time_s, own, KNEEL_BW[0], gaps=gaps),
            below(rows.time_s, own, KNEEL_BW[1], gaps=gaps),
        ).lasting(KNEEL_S)
        alone = both(
            above(rows.time_s, own, ALONE_BW, gaps=gaps),
            below(rows.time_s, other, OTHER_BW, gaps=gaps),
        )
        flights = below(rows.time_s, own + other, AIR_BW, gaps=gaps).lasting(AIR_S)
        found: list[Attempt] = []
        for off_s, on_s in flights:
            before = kneeling.where(kneeling.end_s <= off_s)
            if not math.isfinite(on_s) or not len(before):
                continue
            knelt = float(before.start_s[-1]), float(before.end_s[-1])
            if found and knelt[0] < found[-1].values["landed_s"]:
                continue  # a hop after a landing, with no kneel in between
            held = _stuck(alone, on_s)
            last_s = float(rows.time_s[-1])
            end_s = on_s if held is None else held[1]
            if held is None and last_s < on_s + LANDED_S:
                continue
            if end_s > last_s and not seen.over:
                continue
            end_s = min(end_s, last_s)
            stick_s = 0.0 if held is None else end_s - held[0]
            landing = rows.part(on_s, max(end_s, on_s + LANDED_S))
            peak = float(np.nanmax(landing.foot(side))) / task.bw_n if len(landing) else math.nan
            start_s, push = _push(rows, own, knelt=knelt, off_s=off_s)
            sure_s = max(end_s, on_s + LANDED_S)
            row = min(int(np.searchsorted(rows.time_s, sure_s)), len(rows) - 1)
            found.append(
                Attempt(
                    side,
                    start_s,
                    end_s,
                    float(rows.time_s[row]),
                    "stuck" if stick_s >= STUCK_S - EPS_S else "left",
                    True,
                    {
                        "net_push_bw_s": push,
                        "flight_s": on_s - off_s,
                        "land_pk_bw": peak,
                        "stick_s": stick_s,
                        "landed_s": on_s,
                    },
                )
            )
        return tuple(found)

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Each jump, and how many were held."""
        del seen, task
        stuck = count(attempts, "stuck")
        each = [
            {name: value for name, value in one.values.items() if name != "landed_s"}
            | {"stuck": one.outcome == "stuck"}
            for one in attempts
        ]
        score = 100.0 * stuck / len(attempts) if attempts else math.nan
        return {"jumps": len(attempts), "stuck": stuck, "each": each, "score": score}


def _stuck(alone: Spans, on_s: float) -> tuple[float, float] | None:
    """The time on the landing foot alone that begins with the landing."""
    after = alone.where((alone.start_s >= on_s - EPS_S) & (alone.start_s <= on_s + LANDED_S))
    return (float(after.start_s[0]), float(after.end_s[0])) if len(after) else None


def _push(
    rows: Rows, own: Floats, *, knelt: tuple[float, float], off_s: float
) -> tuple[float, float]:
    """Where the push begins, and its impulse over the load of the kneel, BW s."""
    kneel = (rows.time_s >= knelt[0]) & (rows.time_s <= knelt[1])
    base = float(np.nanmedian(own[kneel]))
    inside = (rows.time_s >= knelt[0]) & (rows.time_s <= off_s)
    rises = above(rows.time_s[inside], own[inside], base + PUSH_BW, state=False)
    start_s = float(rises.start_s[-1]) if len(rises) else knelt[1]
    within = (rows.time_s > start_s) & (rows.time_s < off_s)
    time_s = np.concatenate(([start_s], rows.time_s[within], [off_s]))
    force = np.interp(time_s, rows.time_s, own) - base
    area = 0.5 * (force[1:] + force[:-1]) * np.diff(time_s)
    return start_s, float(np.nansum(area))
