"""A session with the window drawing, in a process of its own; prints what it saw as JSON.

python bench/watched.py live SPEC SECONDS FOLDER    a virtual pair, recorded and drawn
python bench/watched.py start T0                    from T0 (wall clock) to the first live frame
python bench/watched.py open FILE                   a recording, from opening to its first frame
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from insole import api
from insole.live.board import BoardView
from insole.live.engine import Session
from insole.pipeline import FootUpdate
from insole_gui.window import Window

SETTLE_S = 3.0  # connecting is measured elsewhere


class Watched:
    """What the window asks for, on one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def view(self) -> BoardView:
        """The board."""
        return self.session.view()

    def close(self) -> None:
        """End it."""
        self.session.close()


class Counting(Window):
    """The window, counting what it paints."""

    painted = 0
    on_paint = staticmethod(lambda _: None)

    def event(self, event: QEvent) -> bool:
        """Count, and tell."""
        handled = super().event(event)
        if event.type() == QEvent.Type.UpdateRequest:
            self.painted += 1
            self.on_paint(self)
        return handled


def live(spec: str, seconds: float, folder: str) -> dict[str, Any]:
    """Draw and record a virtual pair; everything after the first seconds counts."""
    delays_ms: list[float] = []

    def listen(updates: list[FootUpdate]) -> None:
        now_ns = time.monotonic_ns()
        delays_ms.extend(
            (now_ns - int(update.load.arrival_ns[0])) * 1e-6
            for update in updates
            if len(update.steps) and len(update.load.arrival_ns)
        )

    session = api.live_session(
        f"virtual:{spec}", record_to=Path(folder) / "watched.h5", listener=listen
    )
    session.start()
    application = QApplication(["bench"])
    window = Counting(lambda: Watched(session))
    shown_ms: list[float] = []
    told = window.state.latency.push

    def push(clock_s: float, latency_s: float) -> None:
        told(clock_s, latency_s)
        shown_ms.append(latency_s * 1e3)

    window.state.latency.push = push
    window.show()
    begun: list[float] = []
    counted_ms: list[float] = []

    def begin() -> None:
        delays_ms.clear()  # until the clock is known, samples wait on purpose
        shown_ms.clear()
        window.painted = 0
        begun.extend((time.perf_counter(), time.process_time()))

    def end() -> None:
        begun.extend((time.perf_counter(), time.process_time(), window.painted))
        counted_ms.extend(delays_ms)  # what the end of the stream releases does not count
        window.close()

    QTimer.singleShot(round(SETTLE_S * 1e3), begin)
    QTimer.singleShot(round((SETTLE_S + seconds) * 1e3), end)
    application.exec()
    wall_s, cpu_s = begun[2] - begun[0], begun[3] - begun[1]
    result = session.close()
    if session.error is not None:
        raise session.error
    ledgers = [foot.ledger for foot in result.feet.values()]
    return {
        "delays_ms": counted_ms,
        "shown_ms": shown_ms,
        "frames_per_s": begun[4] / wall_s,
        "core": cpu_s / wall_s,
        "received": sum(book.received for book in ledgers),
        "lost": sum(book.lost for book in ledgers),
        "overflow": session.view().overflow,
        "steps": len(result.left) + len(result.right),
    }


def shows_pressure(window: Counting) -> bool:
    """Has a foot been painted with values, which come before the clock has settled?"""
    return any(foot.values is not None for foot in window.state.newest.feet.values())


def start(begun_s: float) -> dict[str, Any]:
    """The command itself, until its window shows the first sample."""

    def look(window: Counting) -> None:
        if shows_pressure(window):
            print(json.dumps({"seconds": time.time() - begun_s}), flush=True)
            os._exit(0)

    import insole_gui.window
    from insole import cli

    Counting.on_paint = staticmethod(look)
    insole_gui.window.Window = Counting
    cli.main(["dashboard", "--simulate"])
    raise SystemExit("the window was closed before it showed anything")


def opened(file: str) -> dict[str, Any]:
    """A window that is there already opens a recording."""
    application = QApplication(["bench"])
    begun_s = 0.0
    took: list[float] = []

    def make() -> Watched:
        nonlocal begun_s
        begun_s = time.perf_counter()
        session = api.replay_session(file)
        session.start()
        return Watched(session)

    def look(window: Counting) -> None:
        if shows_pressure(window) and not took:
            took.append(time.perf_counter() - begun_s)
            window.close()

    Counting.on_paint = staticmethod(look)
    window = Counting(make)
    window.show()
    application.exec()
    return {"seconds": took[0]}


def ask(*words: str) -> dict[str, Any]:
    """Run this file in a process of its own."""
    ran = subprocess.run(
        [sys.executable, __file__, *words], stdout=subprocess.PIPE, check=True, timeout=300
    )
    return json.loads(ran.stdout)


if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job == "live":
        print(json.dumps(live(words[0], float(words[1]), words[2])))
    elif job == "start":
        print(json.dumps(start(float(words[0]))))
    else:
        print(json.dumps(opened(words[0])))
