"""A pair of virtual insoles on its own air, and the radio that hears it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from insole_drivers.virtual.air import Air
from insole_drivers.virtual.backend import Central
from insole_drivers.virtual.faults import Fault
from insole_drivers.virtual.insole import VirtualInsole
from insole_drivers.virtual.plan import Plan

HOST_ADDRESS = "F0:F0:F0:F0:F0:F0"
SETTLE_S = 0.3  # after the end: what is still in the air arrives


@dataclass(frozen=True, slots=True)
class VirtualPair:
    """What is on the air."""

    air: Air
    insoles: tuple[VirtualInsole, ...]
    central: Central

    async def ended(self, seconds: float) -> None:
        """Return when the streams are over, `seconds` after the first of them began."""
        starts = [asyncio.create_task(each.streaming.wait()) for each in self.insoles]
        try:
            await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for start in starts:
                start.cancel()
        now = self.insoles[0].elapsed()
        for each in self.insoles:
            each.end_s = now + seconds
        await asyncio.sleep(seconds + SETTLE_S)


@asynccontextmanager
async def virtual_pair(
    plans: Sequence[tuple[Plan, Sequence[Fault]]],
) -> AsyncGenerator[VirtualPair]:
    """Switch a pair on; off again at the end.

    Args:
        plans: one entry per insole, with what is wrong with it.
    """
    # Bumble warns of packets for links that are gone, which faults make on purpose.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    air = Air()
    loop = asyncio.get_running_loop()
    origin = loop.time()
    device = air.device("program", HOST_ADDRESS)
    await device.power_on()
    insoles = [
        VirtualInsole(air, plan, faults=faults, elapsed=lambda: loop.time() - origin)
        for plan, faults in plans
    ]
    for insole in insoles:
        await insole.switch_on()
    try:
        yield VirtualPair(air, tuple(insoles), Central(device))
    finally:
        for insole in insoles:
            await insole.switch_off()
        await device.power_off()
