"""A pair of virtual insoles on its own air, and the radio that hears it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import numpy as np

from insole import plugins
from insole.model.foot import Side
from insole_drivers.protocols.open import advert_name, as_told
from insole_drivers.virtual import spread
from insole_drivers.virtual.air import Air
from insole_drivers.virtual.backend import Central
from insole_drivers.virtual.faults import Fault, build
from insole_drivers.virtual.insole import VirtualInsole
from insole_drivers.virtual.plan import DeviceClock, Plan
from insole_drivers.virtual.spec import Spec, layout_of, truth_of

HOST_ADDRESS = "F0:F0:F0:F0:F0:F0"
ON_BEFORE_S = (1.0, 600.0)  # how long each insole was switched on before the program
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


def plans_of(spec: Spec) -> list[tuple[Plan, list[Fault]]]:
    """The two insoles that a spec asks for, left first.

    Raises:
        RequestError: an unknown protocol.
        FileError: the recording asked for cannot be played.
    """
    protocol = plugins.protocol(spec.protocol)
    layout = layout_of(spec)
    truth = truth_of(spec, layout)
    random = np.random.default_rng(spec.seed)
    plans: list[tuple[Plan, list[Fault]]] = []
    for number, side in enumerate(Side, start=1):
        serial = f"virtual-{spec.seed}-{number}"
        told = as_told(
            spread.capability(truth, side, layout=layout, rate_hz=spec.rate, serial=serial)
        )
        plan = Plan(
            protocol=protocol,
            capability=replace(told, protocol=protocol.name),
            signal=spread.FootSignal(truth, side, capability=told),
            clock=DeviceClock(spec.rate, boot_s=-float(random.uniform(*ON_BEFORE_S))),
            address=f"C0:00:00:00:00:0{number}",
            name=advert_name(side),
            seed=spec.seed,
        )
        faults = build(spec.faults[side], seed=2 * spec.seed + number)
        plans.append((plan, faults))
    return plans


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
