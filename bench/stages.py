"""Where the time of an analysis goes: processor time of each stage, without what it calls in turn.

Stages are wrapped for one measurement; nothing in the program knows of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any

STAGES = (
    ("order of samples", "insole.signal.order", "Sequencer.push"),
    ("clock", "insole.signal.clock", "ClockStage.push"),
    ("pressures of each step", "insole.signal.regional", "RegionalPressure.measured"),
    ("gaps", "insole.signal.gaps", "GapStage.push"),
    ("load: regions, force, CoP", "insole.signal.calibrate", "LoadStage.load"),
    ("sensor health", "insole.signal.health", "SensorWatch.push"),
    ("spikes, full scale, repeats", "insole.signal.conditioning", "Conditioning.push"),
    ("slow record", "insole.signal.slow_record", "SlowRecord.push"),
    ("gait lines", "insole.signal.gait_line", "GaitLines.push"),
    ("rows and running impulse", "insole.signal.steps", "StepStage._take"),
    ("contacts", "insole.signal.contacts", "ContactDetector.advance"),
    ("measures of each step", "insole.signal.steps", "StepStage._measure"),
    ("courses of force", "insole.signal.course", "ForceCurve.push"),
    ("table of steps", "insole.pipeline", "PairPipeline.steps"),
    ("summary, movement, balance", "insole.trial", "RunningTrial.analysis"),
)  # fmt: skip
"""What is said of a stage, its module, and what is timed."""

REST = "the rest"


def by_stage(act: Callable[[], object], *, times: int) -> dict[str, float]:
    """Median processor time of each stage in one call, s.

    Args:
        act: what is measured.
        times: how often.
    """
    seen: list[dict[str, float]] = []
    for _ in range(times):
        spent: dict[str, float] = dict.fromkeys((*(name for name, _, _ in STAGES), REST), 0.0)
        with _timed(spent):
            act()
        seen.append(spent)
    middle = times // 2
    return {name: sorted(one[name] for one in seen)[middle] for name in seen[0]}


@contextmanager
def _timed(spent: dict[str, float]) -> Generator[None]:
    """Wrap all stages; what lies between them is the rest."""
    running = [REST]
    since = [time.process_time()]

    def turn() -> None:
        now = time.process_time()
        spent[running[-1]] += now - since[0]
        since[0] = now

    def wrapped(stage: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(plain)
        def call(*words: Any, **named: Any) -> Any:
            turn()
            running.append(stage)
            try:
                return plain(*words, **named)
            finally:
                turn()
                running.pop()

        return call

    undo: list[tuple[type, str, Callable[..., Any]]] = []
    for stage, module, path in STAGES:
        owner, name = path.split(".")
        home = getattr(import_module(module), owner)
        undo.append((home, name, getattr(home, name)))
        setattr(home, name, wrapped(stage, getattr(home, name)))
    try:
        yield
        turn()
    finally:
        for home, name, plain in undo:
            setattr(home, name, plain)
