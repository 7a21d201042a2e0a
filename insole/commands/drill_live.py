"""A drill in the terminal, on insoles or on a virtual pair: state, bars, clock, cue."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from insole.commands.drill_run import change_line, lines_of
from insole.commands.headless import FIRST_DATA_S, PATIENCE_S, REFRESH_S, terminable
from insole.commands.options import checked_seconds, print_json, say
from insole.errors import NoInsoleFound, RequestError
from insole.model.foot import Side

if TYPE_CHECKING:
    from insole.drills.drill import Drill
    from insole.drills.following import CoachView, Following
    from insole.live.engine import Session

BAR = 24
STALE_S = 0.25
WHY_S = 15.0  # what keeps a drill from beginning is said so often
TUBE = {True: "in the tube", False: "outside", None: ""}


def run(args: argparse.Namespace, drill: Drill) -> int:
    """Coach one drill until it is done, the time is up, or Ctrl-C.

    Raises:
        RequestError: a gate is closed, something is not confirmed, or the insoles see too little.
        BluetoothError: no insole gave data.
    """
    from insole.api import checked_mass, live_session, source_spec
    from insole.drills.following import Following

    seconds = checked_seconds(args.seconds)
    _may_begin(drill, confirmed=args.confirm, opened=args.open_gate)
    foot = None if args.foot is None else Side(args.foot)
    following = Following(drill, mass_kg=checked_mass(args.mass), foot=foot)
    simulate = False if args.simulate is None else args.simulate
    spec = args.source or source_spec(args.left, args.right, simulate, pod=args.pod)
    session = live_session(spec, mass_kg=args.mass, listener=following.hear)
    following.attach(session.capability)
    say(f"{drill.title}. It cannot see: {drill.cannot_see}.")
    interrupted = False
    with terminable():
        session.start()
        try:
            _watch(session, following, seconds)
        except KeyboardInterrupt:
            interrupted = True
            say("stopping")
        session.close()
    following.finish()
    if following.refused is not None:
        raise following.refused
    view = following.view()
    if view.state is None and not interrupted:
        raise session.error or NoInsoleFound(
            "no insole gives data",
            where="Bluetooth",
            why=f"no sample came within {FIRST_DATA_S:.0f} s",
            fix="Switch both insoles off and on, keep them within 2 m, and try again",
        )
    came_to = cast("dict[str, Any]", following.result())
    if args.json:
        print_json({"schema": "insole.drill/1", "drill": drill.id, "result": came_to})
    else:
        for line in [f"{drill.id}: {drill.title}", *lines_of(came_to)]:
            print(line)
    return 130 if interrupted else 0


def _may_begin(drill: Drill, *, confirmed: bool, opened: bool) -> None:
    """Gates, and what has to be confirmed.

    Raises:
        RequestError: one is closed.
    """
    if "plyometric" in drill.safety.gate and not opened:
        raise RequestError(
            f"the gate of '{drill.id}' is closed",
            where="safety.gate",
            why="jumps ask for 20 full calf raises without pain and 30 s on one leg, each side, "
            "and nobody has said that this is so",
            fix="Do calf-raise and single-leg-balance first, then add --open-gate",
        )
    asked = drill.safety.confirm
    if asked is None and "rail" in drill.safety.gate:
        asked = "I can reach a wall or rail"
    if asked is not None and not confirmed:
        raise RequestError(
            f"'{drill.id}' asks for a confirmation",
            where="safety.confirm",
            why=f'it begins only with: "{asked}"',
            fix="If that is so, add --confirm",
        )


def _watch(session: Session, following: Following, seconds: float | None) -> None:
    """Show until all is done, the source ends, or the time is up."""
    began = time.monotonic()
    first_s: float | None = None
    with _display() as show:
        while not session.wait(REFRESH_S) and following.refused is None:
            view, board = following.view(), session.view()
            ages = [foot.age_s for foot in board.feet.values() if foot.time_s is not None]
            show(view, max(ages, default=0.0))
            if view.complete and view.clock_s is None:
                return
            if first_s is None and ages:
                first_s, began = board.now_s, time.monotonic()
            if first_s is None:
                if time.monotonic() - began >= FIRST_DATA_S:
                    return
            elif seconds is not None:
                away = time.monotonic() - began >= seconds + PATIENCE_S
                if away or board.now_s - first_s >= seconds:
                    return


@contextmanager
def _display() -> Generator[Callable[[CoachView, float], None]]:
    if not sys.stderr.isatty():
        yield _plain()
        return
    # rich costs 72 ms: only where a person looks.
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), refresh_per_second=10, transient=True) as live:

        def show(view: CoachView, age_s: float) -> None:
            live.update(Text("\n".join(screen(view, age_s))))

        yield show


def _plain() -> Callable[[CoachView, float], None]:
    """A line for each change and each cue."""
    shown = said = 0
    why, why_s = "", -WHY_S

    def show(view: CoachView, age_s: float) -> None:
        nonlocal shown, said, why, why_s
        del age_s
        for change in view.changes[shown:]:
            say(change_line(change))
        for words in view.said[said:]:
            say(f"  {words}")
        shown, said = len(view.changes), len(view.said)
        now_s = time.monotonic()
        if view.why and view.why != why and now_s - why_s >= WHY_S:
            say(view.why)
            why, why_s = view.why, now_s

    return show


def screen(view: CoachView, age_s: float) -> list[str]:
    """What is drawn: lines of text.

    Args:
        view: of the drill.
        age_s: age of the newest sample.
    """
    if view.state is None:
        return [view.why]
    foot = f"{view.side.value} foot" if view.side else "both feet"
    lines = [f"{view.state.value.upper():<8} {foot:<12} {view.done} of {view.goal}"]
    if view.clock_s is not None:
        goal = f" of {view.goal_s:g} s" if view.goal_s else ""
        lines.append(f"{view.clock_s:6.1f} s{goal}")
    if age_s > STALE_S:
        lines.append(f"No data for {age_s:.1f} s")
    for bar in view.bars:
        place = f"{bar.side.value} {bar.name}" if bar.side else bar.name
        if bar.value != bar.value:
            lines.append(f"{place:<18} n/a")
            continue
        length = max(0, min(BAR, round(BAR * bar.value / (2.0 * bar.goal or 1.0))))
        drawn = f"{'█' * length:<{BAR}}"
        lines.append(f"{place:<18} {drawn} {bar.value:6.2f}  {TUBE[bar.inside]}".rstrip())
    lines += [text for text in (view.cue, view.why) if text]
    return [*lines, "Ctrl-C ends"]
