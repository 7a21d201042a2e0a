"""What a decoder wants done while its device streams: writes in their turn, and a sense of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from insole.model.stream import Write
from insole_drivers.session import TROUBLE, Session
from insole_drivers.timing import Timing

QUEUED_WRITES: Final = 64  # a decoder that asks for more than this is not answered
OFF_BEAT: Final = (5**0.5 - 1) / 2  # of a sample's period: phases that spread evenly, however many


class Errands:
    """Runs beside the stream of one link.

    Args:
        timing: limits of a write.
        tick_s: how often the decoder is told the time; 0: never.
        tick: tells it.
        rate_hz: samples a second, 0 while that is not known.
    """

    def __init__(
        self,
        timing: Timing,
        *,
        tick_s: float,
        tick: Callable[[], None],
        rate_hz: Callable[[], float],
    ) -> None:
        self._timing = timing
        self._tick_s = tick_s
        self._tick = tick
        self._rate_hz = rate_hz
        self._writes: asyncio.Queue[Write] = asyncio.Queue(QUEUED_WRITES)

    def forget(self) -> None:
        """What was asked for on an earlier connection is not asked for any more."""
        while not self._writes.empty():
            self._writes.get_nowait()

    def want(self, write: Write) -> bool:
        """Write this when its turn comes; False: too much waits already."""
        if self._writes.full():
            return False
        self._writes.put_nowait(write)
        return True

    def run(self, session: Session) -> set[asyncio.Task[None]]:
        """Do them on this connection, until the tasks are ended."""
        tasks = {asyncio.create_task(self._write(session))}
        if self._tick_s > 0:
            tasks.add(asyncio.create_task(self._beat()))
        return tasks

    async def _write(self, session: Session) -> None:
        while True:
            write = await self._writes.get()
            with suppress(*TROUBLE):
                await session.write(write, self._timing.request_s)

    async def _beat(self) -> None:
        """Tell the decoder that time passes, where its protocol asks again and again.

        Asked at a multiple of its own period, a device always answers with a newest sample of the
        same age, and how its clock drifts cannot be seen. So the pace is no multiple.
        """
        while True:
            rate_hz = self._rate_hz()
            off_beat_s = OFF_BEAT / rate_hz if rate_hz > 0 else 0.0
            await asyncio.sleep(self._tick_s + off_beat_s)
            self._tick()


async def ended(tasks: set[asyncio.Task[None]]) -> None:
    """End these tasks, and wait for that."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
