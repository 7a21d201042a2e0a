"""The first hand-over: from a source's thread to the engine's, bounded.

A source of the real world never waits: when the engine is seconds behind, what does not fit is
counted and shown. A file waits instead.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk


class HandOver(Generic[T]):
    """A bounded queue whose reader takes all that waits in one go.

    Args:
        limit: number of items held at most.
        waits: the writer waits for room; otherwise what does not fit is counted as overflow.
    """

    def __init__(self, limit: int, *, waits: bool) -> None:
        self._items: deque[T] = deque()
        self._limit = limit
        self._waits = waits
        self._changed = threading.Condition()
        self._closed = False
        self.overflow = 0

    def put(self, item: T) -> None:
        """Hand over one item; dropped when the queue was closed."""
        with self._changed:
            if len(self._items) >= self._limit:
                if not self._waits:
                    self.overflow += 1
                    return
                self._changed.wait_for(lambda: self._closed or len(self._items) < self._limit)
            if self._closed:
                return
            self._items.append(item)
            self._changed.notify_all()

    def take(self, timeout_s: float, most: int) -> list[T]:
        """What waits, oldest first; waits up to `timeout_s` for something."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._items), timeout_s)
            count = min(len(self._items), most)
            taken = [self._items.popleft() for _ in range(count)]
            if taken and self._waits:
                self._changed.notify_all()
            return taken

    def wake(self) -> None:
        """Let a waiting reader look around."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """No item enters any more; waiting writers go on. What is inside can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._items)
