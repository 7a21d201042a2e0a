"""Hops on both feet or on one: contact, flight, heel kiss, and when they get slow (D12, D23).

Times are those of both feet together and come from the rows, not from the table of steps: the last
landing stays on the ground, and so never becomes a step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from insole.drills.airborne import Carried, on_ground
from insole.drills.detecting import Attempt, End, Seen, Task, count
from insole.drills.walking import mean

KISS_PCT: Final = 2.0  # heel's share of the impulse: less is no kiss ...
HEAVY_PCT: Final = 25.0  # ... and more is a heavy heel
SLOWER: Final = 1.15  # times the mean of the best three: fatigue
BEST: Final = 3
IN_A_ROW: Final = 2
SET: Final = 5  # hops that a set is told by


class Hops:
    """A hop is a contact and the flight after it."""

    def attempts(self, seen: Seen, task: Task) -> tuple[Attempt, ...]:
        """Every hop whose landing is certain, in order."""
        p = task.parameters
        longest_s, sure_s = p["hops.set_gap_s"], p["events.min_stance_s"]
        spans = [each for each in on_ground(seen.rows, task) if each[0] > seen.rows.time_s[0]]
        carried = Carried(seen.rows) if len(spans) > 1 else None
        found: list[Attempt] = []
        for (start_s, end_s), (next_s, _) in pairwise(spans):
            contact_s, flight_s = end_s - start_s, next_s - end_s
            if carried is None or contact_s > longest_s or flight_s > longest_s:
                continue
            sound = carried.complete(start_s, next_s)
            left, right = carried.feet(start_s, end_s)
            heel = carried.region("HEEL", start_s, end_s)
            kiss_pct = 100.0 * heel / (left + right)
            found.append(
                Attempt(
                    side=task.side if len(task.sides) == 1 else None,
                    start_s=start_s,
                    end_s=next_s,
                    confirmed_s=next_s + sure_s,
                    outcome=_judged(kiss_pct) if sound else "excluded",
                    counts=sound,
                    values={
                        "t_c_s": contact_s,
                        "t_f_s": flight_s,
                        "rsi": flight_s / contact_s,
                        "height_m": p["physics.g"] * flight_s**2 / 8.0,
                        "kiss_pct": kiss_pct,
                        "left_share": left / (left + right),
                    },
                )
            )
        return tuple(found)

    def end(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> End | None:
        """Two slow hops in a row end the set after the second."""
        del seen, task
        stop = fatigue([one.values["t_c_s"] for one in attempts])
        if stop is None:
            return None
        last = attempts[stop - 1]
        return End(last.end_s, last.confirmed_s, "fatigue")

    def result(self, attempts: Sequence[Attempt], seen: Seen, task: Task) -> dict[str, Any]:
        """Means of all hops, of the best five, and where fatigue stopped the set."""
        del seen
        rsi = sorted((one.values["rsi"] for one in attempts if one.counts), reverse=True)[:SET]
        told: dict[str, Any] = {
            "hops": sum(one.counts for one in attempts),
            "excluded": count(attempts, "excluded"),
            "t_c_s": mean(attempts, "t_c_s"),
            "t_f_s": mean(attempts, "t_f_s"),
            "rsi_best5": sum(rsi) / len(rsi) if rsi else math.nan,
            "height_m": mean(attempts, "height_m"),
            "kiss_pct": mean(attempts, "kiss_pct"),
            "no_kiss": count(attempts, "no kiss"),
            "heavy": count(attempts, "heavy"),
            "fatigue_stop_at_hop": fatigue([one.values["t_c_s"] for one in attempts]),
            "score": None,
        }
        if len(task.sides) > 1:
            told["left_share"] = mean(attempts, "left_share")
        return told


def _judged(kiss_pct: float) -> str:
    if kiss_pct < KISS_PCT:
        return "no kiss"
    return "heavy" if kiss_pct > HEAVY_PCT else "hop"


def fatigue(contact_s: Sequence[float]) -> int | None:
    """Number of the hop that ends a set: the second in a row slower than 1.15 of the best three.

    >>> fatigue([0.20, 0.20, 0.20, 0.24, 0.24])
    5

    Args:
        contact_s: contact times of the hops in order.
    """
    row = 0
    for number, own_s in enumerate(contact_s):
        best = sorted(contact_s[:number])[:BEST]
        slow = len(best) == BEST and own_s > SLOWER * sum(best) / BEST
        row = row + 1 if slow else 0
        if row == IN_A_ROW:
            return number + 1
    return None
