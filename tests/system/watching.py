"""Waiting for what a desk shows."""

from __future__ import annotations

import time
from collections.abc import Callable

from insole.live.board import BoardView
from insole.live.desk import Desk

WAIT_S = 40.0


def until(desk: Desk, holds: Callable[[BoardView], bool]) -> BoardView:
    """The first view of which this holds."""
    ends = time.monotonic() + WAIT_S
    view = desk.view()
    while not holds(view):
        if not desk.await_news(view.version, ends - time.monotonic()):
            raise AssertionError(f"not within {WAIT_S} s: {view}")
        view = desk.view()
    return view
