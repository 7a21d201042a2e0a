"""Memory of a session of two hours, recorded and looked at, played as fast as it is stored.

What closing takes for a moment, to write the document of all steps, is not growth of the session.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packets import events
from table import Row

SENSORS, RATE_HZ, HOURS = 16, 100.0, 2.0
REACH_MB = 20.0
LOOKS_PER_S = 20.0
EVERY_NS = 500_000_000
QUEUED_S = 2.5  # the clock holds the first second back
BEHIND_S = 1.2  # the recorder syncs once a second
STATM = Path("/proc/self/statm")


class Played:
    """A source that gives its events as fast as they are taken."""

    realtime = False
    error = None

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._thread: threading.Thread | None = None
        self.finished = False
        self.after_a_minute = 0.0
        self.at_the_end = 0.0
        self.session: Any = None

    def start(self, sink) -> None:  # noqa: ANN001 - insole.plugins.Sink
        """Begin."""
        self._thread = threading.Thread(target=self._run, args=(sink,))
        self._thread.start()

    def stop(self) -> None:
        """Wait for the end: every event is wanted."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, sink) -> None:  # noqa: ANN001 - insole.plugins.Sink
        due_ns = 0
        for event in events(sensors=SENSORS, rate_hz=RATE_HZ, seconds=self._seconds):
            if event.arrival_ns > due_ns:
                due_ns += EVERY_NS
                self._let_others_follow(event.arrival_ns * 1e-9)
                if not self.after_a_minute and event.arrival_ns > 60e9:
                    self.after_a_minute = resident_mb()
            sink(event)
        self._let_others_follow(self._seconds)
        self.at_the_end = resident_mb()
        self.finished = True

    def _let_others_follow(self, now_s: float) -> None:
        """Live, nothing piles up in queues; so it must not here."""
        while True:
            view = self.session.view()
            stored = view.recording is None or view.recording.behind_s < BEHIND_S
            if stored and view.now_s > now_s - QUEUED_S:
                return
            time.sleep(0.001)


def resident_mb() -> float:
    """Memory of this process now."""
    return int(STATM.read_text().split()[1]) * 4096 / 1e6


def child(folder: str) -> None:
    """Runs in a process of its own; prints what it found."""
    from insole import plugins
    from insole.live.engine import Session
    from insole.model.trial import StartState

    source = Played(HOURS * 3600.0)
    session = Session(
        source,
        start=StartState(origin_ns=1),
        recorders=plugins.load("insole.recorders", "hdf5"),
        record_to=Path(folder) / "long.h5",
    )
    source.session = session
    session.start()
    while not session.wait(1.0 / LOOKS_PER_S):
        session.view()
    steps = len(session.close().left)
    print(json.dumps({"minute": source.after_a_minute, "end": source.at_the_end, "steps": steps}))


def measure() -> list[Row]:
    """A fresh process, so that other rows do not count."""
    if not STATM.exists():
        return []  # only Linux tells it without another package
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r}); "
    with TemporaryDirectory() as folder:
        ran = subprocess.run(
            [sys.executable, "-c", f"{code}from rows.memory import child; child({folder!r})"],
            stdout=subprocess.PIPE,
            check=True,
        )
    said = json.loads(ran.stdout)
    grown = said["end"] - said["minute"]
    return [
        Row(
            f"memory of {HOURS:g} h, {said['steps']} steps a foot, recorded",
            f"{said['end']:.0f} MB",
            f"{said['minute']:.0f} MB after the first minute",
            f"{grown:+.1f} MB",
            f"{REACH_MB:g} MB more",
            grown < REACH_MB,
        )
    ]
