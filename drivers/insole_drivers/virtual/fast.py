"""An event loop whose time jumps: hours of a stream in seconds, and the same every time."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

LEFT_S: Final = 5.0  # for tasks that outlive the work, on the loop's own clock

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Everybody waits for somebody else: in life this would hang."""


class _Jumping(selectors.SelectSelector):
    """Never sleeps: where nothing is ready, the time of the next timer is now."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = time.monotonic()  # the host's own time where the world begins

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready at once."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise Deadlock("nothing is left that could happen")
        if not ready and timeout is not None:
            self.now_s += timeout
        return ready


class FastLoop(asyncio.SelectorEventLoop):
    """For work without input or output: a virtual air and who listens to it.

    Its time begins at the host's monotonic time and runs ahead of it from there.
    """

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds on the loop's own clock."""
        return self._jumping.now_s


def now_ns() -> int:
    """Time of the running loop, ns."""
    return round(asyncio.get_running_loop().time() * 1e9)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of this work, as fast as the machine can.

    Raises:
        Deadlock: it waits for what can never come.
    """
    loop = FastLoop()  # no `Runner`: it takes over Ctrl-C
    try:
        return loop.run_until_complete(work)
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.wait(left, timeout=LEFT_S))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()
