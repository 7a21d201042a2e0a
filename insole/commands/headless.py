"""Run a session without a window: a live view in the terminal, a summary at the end."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from insole.analysis import Analysis
from insole.api import noted, sha256_of
from insole.commands.options import print_json, say
from insole.commands.summary import lines
from insole.errors import NoInsoleFound
from insole.live.board import BoardView, FootView
from insole.live.engine import Session
from insole.model.foot import Side
from insole.model.trial import TrialNotes

REFRESH_S = 0.1
PLAIN_EVERY_S = 5.0  # a line now and then where standard error is not a terminal
BAR = 24
PATIENCE_S = 2.0
FIRST_DATA_S = 30.0  # a slow search, a pairing and a second try fit in


def run(
    session: Session,
    *,
    seconds: float | None,
    as_json: bool,
    file: Path | None = None,
    recorded: bool = False,
    notes: TrialNotes | None = None,
    of_the_day: str | None = None,
) -> int:
    """Start, show, stop after `seconds` of data or Ctrl-C, print; returns the exit status.

    `of_the_day` is the hash of the results stored in a replayed file: they are compared.

    Raises:
        BluetoothError: the source failed before it gave anything, or gave nothing for long.
        StorageError: the recording could not be completed.
    """
    interrupted, silent = False, False
    with terminable():
        session.start()
        try:
            silent = not _watch(session, seconds)
        except KeyboardInterrupt:
            interrupted = True
            say("stopping")
        result = session.close()
    if not result.feet and session.error is not None and not interrupted:
        raise session.error
    if not result.feet and silent and session.replay is None:
        said = " ".join(dict.fromkeys(filter(None, result.no_data.values())))
        raise NoInsoleFound(
            "no insole gives data",
            where="Bluetooth",
            why=said.rstrip(".") or f"no sample came within {FIRST_DATA_S:.0f} s",
            fix="Mend that, and try again"
            if said
            else "Switch both insoles off and on, keep them within 2 m, and try again",
        )
    if session.error is not None:
        say(f"insole: {session.error}")
    _print(result, as_json=as_json, file=file, notes=notes, of_the_day=of_the_day)
    if recorded and not as_json:
        print(f"Recorded in {file}")
    return 130 if interrupted else 0


def _watch(session: Session, seconds: float | None) -> bool:
    """Show until the source ends or `seconds` of data are there; False when none ever came."""
    first_s: float | None = None
    began = time.monotonic()
    with _display() as show:
        while not session.wait(REFRESH_S):
            view = session.view()
            show(view)
            starts = [foot.time_s[0] for foot in view.feet.values() if foot.time_s is not None]
            if first_s is None and starts:
                first_s, began = min(starts), time.monotonic()
            if seconds is None:
                continue
            if first_s is None:
                if time.monotonic() - began < FIRST_DATA_S:
                    continue
                return False
            # Data decide; where they stop coming, the clock on the wall does.
            if view.now_s - first_s >= seconds or time.monotonic() - began >= seconds + PATIENCE_S:
                return True
    return any(foot.time_s is not None for foot in session.view().feet.values())


def _print(
    result: Analysis,
    *,
    as_json: bool,
    file: Path | None,
    notes: TrialNotes | None,
    of_the_day: str | None,
) -> None:
    equal = None if of_the_day is None else of_the_day == result.result_sha256
    if as_json:
        document = result.to_dict()
        if file is not None:
            document["file"] = file.name
            document["sha256"] = sha256_of(file)
        if notes is not None:
            document["notes"] = noted(notes)
        if of_the_day is not None:
            document["of_the_day"] = {"result_sha256": of_the_day, "equal": equal}
        print_json(document)
        return
    for line in lines(result):
        print(line)
    if equal is not None:
        same = "equal, bit for bit, to" if equal else "different from"
        print(f"These results are {same} those stored on the day, which stay in the file.")


@contextmanager
def terminable() -> Generator[None]:
    """SIGTERM ends a session as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _display() -> Generator[Callable[[BoardView], None]]:
    if not sys.stderr.isatty():
        yield _plain()
        return
    # rich costs 72 ms: only where a person looks.
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), refresh_per_second=10, transient=True) as live:

        def show(view: BoardView) -> None:
            live.update(_table(view))

        yield show


def _plain() -> Callable[[BoardView], None]:
    last = 0.0
    said: set[str] = set()

    def show(view: BoardView) -> None:
        nonlocal last
        for message in view.messages:
            if message not in said:
                said.add(message)
                say(message)
        now = time.monotonic()
        if now - last >= PLAIN_EVERY_S:
            last = now
            feet = [_brief(side, view.feet[side]) for side in Side]
            say("  ".join([*feet, *(f"{each.role}: {each.phase}" for each in view.beside)]))

    return show


def _brief(side: Side, foot: FootView) -> str:
    if foot.time_s is None:
        return f"{side}: {foot.phase_text or foot.phase}"
    steps = len(foot.steps) if foot.steps is not None else 0
    return f"{side}: {foot.measured_hz:.0f} Hz, {foot.ledger.lost} lost, {steps} recent steps"


def _table(view: BoardView) -> Any:
    from rich.table import Table
    from rich.text import Text

    title = f"insole  {view.activity}".rstrip()
    if view.recording is not None:
        title += (
            f"  ● {view.recording_since_s:.0f} s in {view.recording.path.name}, "
            f"safe on disk {view.recording.behind_s:.1f} s behind"
        )
    table = Table(title=title, caption="  ".join(view.messages) or "Ctrl-C ends")
    for heading in ("", "link", "force under the foot", "heel", "1st ray", "5th ray", "push-off"):
        table.add_column(heading)
    for side in Side:
        foot = view.feet[side]
        link = (
            f"{foot.measured_hz:.0f}/{foot.nominal_hz:.0f} Hz, {foot.ledger.lost} lost"
            if foot.time_s is not None
            else foot.phase_text or foot.phase
        )
        stale = foot.age_s > 0.25
        table.add_row(
            side.value, link, _bar(foot, view.mass_kg), *_shares(foot), _push_off(foot),
            style="dim" if stale else "",
        )  # fmt: skip
    for each in view.beside:
        table.add_row(each.role, each.phase_text or each.phase)
    if view.k_verdict not in ("", "ok", "n/a"):
        table.caption = Text(f"Force scale uncertain: k = {view.k_dyn:.2f}")
    return table


def _bar(foot: FootView, mass_kg: float | None) -> str:
    if foot.total_n != foot.total_n:
        return "no data"
    if not foot.is_force:
        return f"{foot.total_n:5.0f} counts"
    full = 3.0 * 9.80665 * (mass_kg or 70.0)
    length = max(0, min(BAR, round(BAR * foot.total_n / full)))
    return f"{'█' * length:<{BAR}} {foot.total_n:5.0f} N"


def _shares(foot: FootView) -> list[str]:
    if foot.tripod is None or not (foot.tripod == foot.tripod).all():
        return ["–", "–", "–"]
    return [f"{100 * share:.0f} %" for share in foot.tripod]


def _push_off(foot: FootView) -> str:
    if foot.steps is None or not len(foot.steps):
        return "no step yet"
    value = float(foot.steps.value["po50_N_s"][-1])
    u = float(foot.steps.u["po50_N_s"][-1])
    return f"{value:.0f} ± {1.96 * u:.0f} N·s" if value == value else "n/a"
