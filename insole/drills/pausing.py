"""Pauses at mid-stance while walking: one foot alone, the load over its middle (D22)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from insole.drills.crossing import EPS_S, Spans, above, below, both
from insole.drills.detecting import Attempt, End, Seen, Task, count
from insole.model.foot import Side

PAUSE_S: Final = 0.5  # where the file says nothing
LEAST_S: Final = 0.1  # shorter is passing over the foot; and what interrupts no pause
MIDDLE_Y: Final = (0.35, 0.70)  # centre of pressure at mid-stance, 0 heel to 1 toe


class PauseStep:
    """Pauses on each foot: long enough, or too short."""

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Every pause that is over, in order."""
        target = task.drill.target("pause_s")
        goal_s = PAUSE_S if target is None else max(target.tube[0], LEAST_S)
        last_s = float(seen.rows.time_s[-1])
        found: list[Attempt] = []
        for side in task.sides:
            for start_s, end_s in alone(seen, task, side):
                if end_s == math.inf or (end_s + LEAST_S > last_s and not seen.over):
                    continue
                length_s = end_s - start_s
                word = "full" if length_s >= goal_s - EPS_S else "short"
                found.append(
                    Attempt(
                        side=side,
                        start_s=start_s,
                        end_s=end_s,
                        confirmed_s=min(end_s + LEAST_S, last_s),
                        outcome=word,
                        counts=True,
                        values={"pause_s": length_s},
                    )
                )
        return tuple(sorted(found, key=lambda one: (one.end_s, one.start_s)))

    def end(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
        """Never before its time."""
        del attempts, seen, task
        return None

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Pauses that were long enough and their mean; those that were not."""
        del seen, task
        long = [one.values["pause_s"] for one in attempts if one.outcome == "full"]
        return {
            "pauses": len(long),
            "too_short": count(attempts, "short"),
            "pause_s_mean": sum(long) / len(long) if long else math.nan,
            "score": 100.0 * len(long) / len(attempts) if attempts else None,
        }


def alone(seen: Seen, task: Task, side: Side) -> Spans:
    """Times over which one foot carries the body and the load lies over its middle."""
    rows, p = seen.rows, task.parameters
    own, other = rows.foot(side) / task.bw_n, rows.foot(side.other) / task.bw_n
    along = rows.cop(side)[:, 1] / task.size_mm[1]
    gaps = rows.gaps(side)
    single = both(
        above(rows.time_s, own, p["standing.single_BW"], gaps=gaps),
        below(rows.time_s, other, p["standing.other_BW"], gaps=rows.gaps(side.other)),
    )
    over_middle = both(
        above(rows.time_s, along, MIDDLE_Y[0], gaps=gaps),
        below(rows.time_s, along, MIDDLE_Y[1], gaps=gaps),
    )
    return both(single, over_middle).merged(LEAST_S).lasting(LEAST_S)
