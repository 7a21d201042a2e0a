"""Samples against the truth, one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from insole.model.quality import Ledger, Quality
from insole.model.stream import Samples
from insole_drivers.conformance.stage import Story
from insole_drivers.conformance.truth import key

SUSPECT: Final = int(
    Quality.INTERPOLATED | Quality.GAP
)  # a value that says of itself: not measured


@dataclass(slots=True)
class Compared:
    """What the samples of a story are worth.

    Attributes:
        steps: step of the truth of each sample, in the order they came.
        wrong: samples whose row was never sent, and that carry no flag.
        misplaced: samples whose number does not go on with that of the others of their segment.
        missing: steps between first and last sample of a segment that did not come.
        again: samples that came more than once.
        tick_error_us: largest distance of the device's times from the truth's.
        segments: how many.
        has_times: the device gives times of its own.
    """

    steps: list[int] = field(default_factory=list[int])
    wrong: int = 0
    misplaced: int = 0
    missing: list[int] = field(default_factory=list[int])
    again: int = 0
    tick_error_us: float = 0.0
    segments: int = 0
    has_times: bool = True

    @property
    def is_uncountable(self) -> bool:
        """Numbers go astray and there is no time to set them right: the device tells neither."""
        return not self.has_times and bool(self.misplaced or self.again)


def compared(story: Story, samples: list[Samples] | None = None) -> Compared:
    """Compare the samples behind the sequencer, or those given."""
    result = Compared()
    table = story.rows.table(story.first, story.last)
    by_segment: dict[int, list[tuple[int, int, int]]] = {}
    derived = 0
    for block in story.samples() if samples is None else samples:
        flags = block.flags.tolist()
        for row, number, tick, flag in zip(
            block.values, block.sequence.tolist(), block.tick_us.tolist(), flags, strict=True
        ):
            step = table.get(key(row))
            derived += bool(flag & Quality.DERIVED_TIME)
            if step is None:
                result.wrong += not flag & SUSPECT
                continue
            result.steps.append(step)
            by_segment.setdefault(block.segment, []).append((step, number, tick))
    result.has_times = derived == 0
    result.segments = len(by_segment)
    result.again = len(result.steps) - len(set(result.steps))
    per_step_us = 1e6 / story.clock.rate_hz
    for rows in by_segment.values():
        steps, numbers, ticks = np.array(rows, np.int64).T
        apart = numbers - steps
        result.misplaced += int((apart != np.median(apart).astype(np.int64)).sum())
        late_us = ticks - steps * per_step_us
        off = float(np.abs(late_us - np.median(late_us)).max())
        result.tick_error_us = max(result.tick_error_us, off)
        came = set(steps.tolist())
        result.missing += [s for s in range(min(came), max(came) + 1) if s not in came]
    return result


def ledger(story: Story) -> Ledger:
    """Where the samples went, as the user is told."""
    return story.device.ledger if story.device is not None else Ledger()
