"""What other threads want done: run by the engine between two chunks, answered to who asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TypeVar

R = TypeVar("R")


class Orders:
    """Calls from any thread, obeyed in order on one.

    Args:
        wake: rouses the thread that obeys.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def call(self, act: Callable[[], R], *, limit_s: float) -> R:
        """Have `act` done, and give back what it gives; raises what it raises."""
        answer: Future[R] = Future()

        def run() -> None:
            try:
                answer.set_result(act())
            except Exception as error:  # noqa: BLE001 - handed to the caller, whoever it is
                answer.set_exception(error)

        self._waiting.put(run)
        self._wake()
        return answer.result(limit_s)

    def obey(self) -> None:
        """Do all that waits."""
        while True:
            try:
                self._waiting.get_nowait()()
            except Empty:
                return
