"""What the user asked for, done off the window's thread, one after the other.

A command may wait for the disk or the radio; the window polls for its end once a frame and says
meanwhile what is being done. No callback ever runs on another thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from insole.errors import InsoleError


@dataclass(slots=True)
class _Job:
    words: str
    future: Future[Any]
    done: Callable[[Any], None] | None


class Commands:
    """A queue of one worker thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="insole-commands")
        self._jobs: deque[_Job] = deque()

    @property
    def busy(self) -> str:
        """What is being done now, or ""."""
        return self._jobs[0].words if self._jobs else ""

    def run(
        self,
        words: str,
        action: Callable[[], Any],
        *,
        done: Callable[[Any], None] | None = None,
    ) -> None:
        """Do it; `done` gets the result later, on the polling thread."""
        self._jobs.append(_Job(words, self._pool.submit(action), done))

    def poll(self) -> list[str]:
        """Finish what has ended; the sentences of what failed."""
        failed: list[str] = []
        while self._jobs and self._jobs[0].future.done():
            job = self._jobs.popleft()
            if job.future.cancelled():  # it had not begun when the window closed
                continue
            error = job.future.exception()
            if isinstance(error, InsoleError):
                failed.append(str(error))
            elif error is not None:
                failed.append(f"{job.words.rstrip('.…')} failed: {type(error).__name__}: {error}")
            elif job.done is not None:
                job.done(job.future.result())
        return failed

    def close(self) -> None:
        """Take no more; what runs is waited for by whoever calls."""
        self._pool.shutdown(wait=True, cancel_futures=True)
