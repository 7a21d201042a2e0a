"""Stomps that bring the times of both feet together while the pair is live (science.md, 8.2)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.errors import CalibrationError
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.trial import Alignment
from insole.pipeline import PairPipeline
from insole.signal.together import STOMPS, stomp_alignment, strikes_together

PATIENCE_S = 30.0
ASK = "Hop three times on both feet at once, then step off."


class Stomping:
    """A search that began when the user asked for it.

    Args:
        asked_s: on the pipeline's axis; earlier strikes do not count.

    Attributes:
        sentence: for people, while it goes on.
        over: it has ended, with an alignment or without.
    """

    def __init__(self, asked_s: float) -> None:
        self._after_s = self._asked_s = asked_s
        self.sentence = ASK
        self.over = False

    def look(
        self, pair: PairPipeline, *, left: Steps, right: Steps, now_s: float
    ) -> Alignment | None:
        """The alignment, when there are three strikes of both feet at once.

        Args:
            pair: the pair that runs; the right foot's device is the one that is moved.
            left: newest final steps.
            right: the same of the other foot.
            now_s: newest instant.
        """
        if now_s > self._asked_s + PATIENCE_S:
            self.over = True
            self.sentence = "No three hops on both feet were seen; times stay as they were."
            return None
        foot = pair.feet.get(Side.RIGHT)
        one, two = self._after(left), self._after(right)
        if foot is None or not len(one) or not len(two):
            return None
        try:
            found = stomp_alignment(
                one, two, device=foot.capability.device, parameters=pair.parameters
            )
        except CalibrationError as error:
            seen = strikes_together(one, two, parameters=pair.parameters)
            if seen < STOMPS:
                self.sentence = f"{ASK} {seen} of {STOMPS} seen."
            else:
                self._after_s = float(one.value["foot_strike_s"][-1])
                self.sentence = f"Once more: {error.why}."
            return None
        self.over = True
        self.sentence = ""
        return joined(found, pair.start.alignment)

    def _after(self, steps: Steps) -> Steps:
        strikes = steps.value["foot_strike_s"]
        return steps.part(slice(int(np.searchsorted(strikes, self._after_s, side="right")), None))


def joined(found: Alignment, before: Alignment | None) -> Alignment:
    """An alignment of times that another one had moved already, counted from the devices' own."""
    if before is None:
        return found
    sign = 1.0 if before.device == found.device else -1.0  # -1: it was the other foot's then
    return replace(found, shift_s=found.shift_s + sign * before.shift_s)
