"""Where an insole went: it is tried where it was, and looked for everywhere at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from insole_drivers.scan import Found


async def sought(
    reopen: Callable[[], Coroutine[Any, Any, bool]],
    search: Callable[[], Awaitable[Found | None]],
    *,
    home: str,
    alone_s: float,
) -> Found | None:
    """Connect where it was, and after a moment scan meanwhile; whatever comes first.

    Most insoles come back where they were, within that moment and without a scan that takes
    airtime from the other foot. When it is seen at another address, nothing is waited for any more.

    Args:
        reopen: one attempt to connect where it was.
        search: scans for it; None: it was not seen.
        home: address where it was.
        alone_s: how long the attempt goes on before the scan begins.

    Returns:
        Where it was seen; None when it was not, or is connected.

    Raises:
        BluetoothError: the radio cannot.
    """

    async def look() -> Found | None:
        return await search()

    opening = asyncio.create_task(reopen())
    looking: asyncio.Task[Found | None] | None = None
    try:
        await asyncio.wait({opening}, timeout=alone_s)
        if opening.done() and opening.result():
            return None
        looking = asyncio.create_task(look())
        while not looking.done():
            pending = {task for task in (opening, looking) if not task.done()}
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if opening.done() and opening.result():
                return None
        found = looking.result()
        if found is None or found.advert.address == home:
            await asyncio.wait({opening})
            return None if opening.result() else found
        return found
    finally:
        tasks = [task for task in (opening, looking) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
