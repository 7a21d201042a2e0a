"""`insole dashboard`: the window."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from insole import device_settings, plugins, preferences
from insole.commands.options import (
    add_baseline,
    add_source,
    add_streams,
    add_whose,
    baseline_files,
    say,
)
from insole.errors import MissingExtra
from insole.model.trial import TrialNotes
from insole.settings import folders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `dashboard`."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="recordings to look at")
    parser.add_argument("--theme", choices=("light", "dark"), help="default: as the system")
    add_source(parser)
    add_streams(parser)
    add_whose(parser)
    add_baseline(parser)


def run(args: argparse.Namespace) -> int:
    """Open the window on insoles, a virtual pair or recordings."""
    missing = why_no_window()
    if missing is not None:
        raise MissingExtra(
            "the window cannot open",
            where="dashboard",
            why=missing,
            fix="Or stay in the terminal: `insole demo --headless`, `insole replay`",
        )
    from insole.api import source_spec

    live = args.simulate is not None or args.left or args.right or args.pod or args.source
    simulate = False if args.simulate is None else args.simulate
    spec = args.source or source_spec(args.left, args.right, simulate, pod=args.pod)
    return open_window(
        spec=spec if live else None,
        files=[Path(name) for name in args.files],
        theme=args.theme,
        streams=args.stream,
        baseline=baseline_files(args, named=False),
        whose=TrialNotes(athlete=args.athlete, shoe=args.shoe),
    )


def why_no_window() -> str | None:
    """Why no window can be shown here, with the fix; None when it can."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
        or os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal", "vnc")
    ):
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)."
    missing: list[str] = plugins.load("insole.windows", "check")()
    return " ".join(missing) if missing else None


def open_window(
    *,
    spec: str | None = None,
    files: list[Path] | None = None,
    record_to: Path | None = None,
    force: bool = False,
    speed: float = 1.0,
    theme: str | None = None,
    streams: Sequence[str] = (),
    baseline: Sequence[Path] = (),
    whose: TrialNotes | None = None,
) -> int:
    """Run the window until it is closed; returns the exit status."""
    # The radio starts while Qt loads: that is half a second sooner to the first sample.
    making: Future[Any] = Future()

    def make() -> None:
        try:
            from insole.live.desk import Desk

            making.set_result(
                Desk(
                    spec=spec,
                    file=files[0] if files else None,
                    record_to=record_to,
                    force=force,
                    speed=speed,
                    streams=streams,
                    baseline=baseline,
                    whose=whose,
                )
            )
        except Exception as error:  # noqa: BLE001 - the window shows it
            making.set_exception(error)

    threading.Thread(target=make, name="insole-desk").start()
    folder = folders().config
    chosen, of_window = preferences.read(folder)
    _, of_insoles = device_settings.kept(folder)
    try:
        window: Any = plugins.load("insole.windows", "qt")
        say("Opening the window. Ctrl-C or closing it ends everything cleanly.")
        status: int = window(
            making.result,
            files=files or [],
            theme=theme,
            preferences=chosen,
            keep=partial(preferences.write, folder),
            said=" ".join(filter(None, (of_window, of_insoles))),
        )
    except BaseException:
        if making.exception() is None:
            making.result().close()
        raise
    return status
