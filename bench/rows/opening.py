"""What a person waits for: the first live frame, and a long recording on screen."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from signals import capability, samples
from table import Row, spoken
from watched import ask

from insole import plugins
from insole.model.foot import Side
from insole.model.trial import StartState, TrialNotes

TIMES = 5
SENSORS, RATE_HZ, SECONDS = 16, 100.0, 7200.0
LIVE_S, OPEN_S = 2.0, 1.0


def measure() -> list[Row]:
    """Each time a fresh process."""
    live_s = median(ask("start", repr(time.time()))["seconds"] for _ in range(TIMES))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.h5"
        recorder = plugins.load("insole.recorders", "hdf5")(
            path, start=StartState(), notes=TrialNotes()
        )
        for side in Side:
            recorder.decoded(capability(side, sensors=SENSORS, rate_hz=RATE_HZ))
            recorder.decoded(samples(side, sensors=SENSORS, rate_hz=RATE_HZ, seconds=SECONDS))
        recorder.close(None)
        open_s = median(ask("open", str(path))["seconds"] for _ in range(TIMES))
    return [
        _row("`insole dashboard --simulate` to its first live frame", live_s, LIVE_S),
        _row("a recording of 2 h, from opening to its first frame", open_s, OPEN_S),
    ]


def _row(what: str, took_s: float, reach_s: float) -> Row:
    return Row(
        what, spoken(took_s), "", f"{took_s / reach_s:.2f}", spoken(reach_s), took_s <= reach_s
    )
