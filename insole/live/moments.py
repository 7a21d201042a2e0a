"""Moments of a replay to go back to: a pipeline cannot run backwards, and the start may be far.

On the way to where somebody looks, copies of everything that was reached by then are put aside: a
few over the whole file, and one just before the place itself, which a loop comes back to each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from insole.live.board import HISTORY_S
from insole.live.handover import batched
from insole.live.trials import Trials
from insole.live.watching import Watch
from insole.pipeline import FootUpdate
from insole.trial import RunningTrial

CHUNK_ITEMS: Final = 2_000
MOST: Final = 8  # some 10 MB each in a file of an hour
NEAREST_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Moment:
    """How far things were.

    Attributes:
        time_s: on the pipeline's axis.
        taken: items of the source that were fed.
        trial, watch: what they had become.
    """

    time_s: float
    taken: int
    trial: RunningTrial
    watch: Watch

    def again(self) -> Moment:
        """One that may be fed."""
        trial, watch = deepcopy((self.trial, self.watch))
        return Moment(self.time_s, self.taken, trial, watch)


class Moments:
    """Moments of one file."""

    def __init__(self) -> None:
        self._spread: list[Moment] = []
        self._near: Moment | None = None  # the last one before a place that was looked at

    def lead(
        self, source: Any, trials: Trials, watch: Watch, *, to_s: float, drop: Callable[[], object]
    ) -> tuple[Watch, list[FootUpdate]]:
        """Feed what lies before a time, from the start of the file or from a kept moment.

        Args:
            source: plays the file.
            trials: gets a trial that has had everything up to there.
            watch: forgets what it saw, or is followed by the one that is returned.
            to_s: on the pipeline's axis.
            drop: forgets what the source has handed over and nobody has taken.

        Returns:
            Who watches from now on, and what the board can show of the time before.

        Raises:
            InsoleError: the file cannot be read up to there.
        """
        known = self._before(to_s)
        drop()  # makes room, so that the playing thread can park
        items = source.seek(to_s, after=known.taken if known else 0)
        drop()
        trials.again(known.trial if known else None)
        watch.forget()
        if known is not None:
            known.watch.parameters = watch.parameters
            watch = known.watch
        shown: list[FootUpdate] = []
        before_s = known.time_s if known else 0.0
        for chunk in batched(items, CHUNK_ITEMS):
            updates = trials.feed(chunk)
            for update in updates:
                watch.push(update.side, update.load)
            now = Moment(source.position_s, source.taken, trials.current, watch)
            self._on_the_way(now, source.duration_s, to_s=to_s, from_s=before_s)
            before_s = now.time_s
            shown = [one for one in (*shown, *updates) if _ends_s(one) > before_s - HISTORY_S]
        return watch, shown

    def _before(self, time_s: float) -> Moment | None:
        """The last one from which the history that is shown at this time can be fed."""
        known = [*self._spread, self._near] if self._near is not None else self._spread
        fit = [one for one in known if one.time_s <= time_s - HISTORY_S]
        return max(fit, key=lambda one: one.time_s).again() if fit else None

    def _on_the_way(self, now: Moment, duration_s: float, *, to_s: float, from_s: float) -> None:
        """Keep what was reached, where it is worth it.

        Args:
            now: what was reached; it is copied.
            duration_s: length of the file.
            to_s: where the way leads.
            from_s: where the last chunk began: the next one leads as far.
        """
        last = now.time_s <= to_s - HISTORY_S < 2.0 * now.time_s - from_s
        reached_s = max((one.time_s for one in self._spread), default=0.0)
        if now.time_s >= reached_s + max(NEAREST_S, duration_s / MOST):
            self._spread.append(now.again())
        elif last:
            self._near = now.again()


def _ends_s(update: FootUpdate) -> float:
    return float(update.load.time_s[-1]) if len(update.load.time_s) else -math.inf
