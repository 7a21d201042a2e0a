"""A pair of virtual insoles on its own air, and the radio that hears it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import numpy as np

from insole import plugins
from insole.errors import RequestError
from insole.model.foot import SensorLayout, Side
from insole.model.protocol import Carrying, Companion, InsoleProtocol
from insole_drivers.virtual import both, spread
from insole_drivers.virtual.air import Air
from insole_drivers.virtual.backend import Central
from insole_drivers.virtual.faults import Fault, build
from insole_drivers.virtual.insole import VirtualInsole
from insole_drivers.virtual.nodding import POD, Nodding
from insole_drivers.virtual.plan import DeviceClock, Plan
from insole_drivers.virtual.spec import Spec, layout_of, truth_of
from insole_drivers.virtual.truth import Truth

HOST_ADDRESS = "F0:F0:F0:F0:F0:F0"
ON_BEFORE_S = (1.0, 600.0)  # how long each insole was switched on before the program
SETTLE_S = 0.1  # after the end: the last packets leave; the goodbye waits for those in the air


@dataclass(frozen=True, slots=True)
class VirtualPair:
    """What is on the air."""

    air: Air
    insoles: tuple[VirtualInsole, ...]
    central: Central

    async def ended(self, seconds: float) -> None:
        """Return when the streams are over, `seconds` after the first of them began."""
        await ended(self.insoles, seconds)


async def ended(insoles: Sequence[VirtualInsole], seconds: float) -> None:
    """End the streams of these insoles so long after the first began; return when all arrived."""
    starts = [asyncio.create_task(each.streaming.wait()) for each in insoles]
    try:
        await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for start in starts:
            start.cancel()
        await asyncio.wait(starts)
    now = insoles[0].elapsed()
    for each in insoles:
        each.end_s = now + seconds
    await asyncio.sleep(seconds + SETTLE_S)


def plans_of(spec: Spec) -> list[tuple[Plan, list[Fault]]]:
    """The two insoles of a spec, left first, or the one that carries both feet; then the pod.

    Raises:
        RequestError: an unknown protocol, or one whose devices are no insoles.
        FileError: the recording asked for cannot be played.
    """
    protocol = plugins.protocol(spec.protocol)
    if isinstance(protocol, Companion):
        raise RequestError(
            f"{protocol.title} is no insole",
            where=f"protocol={protocol.name}",
            why=f"it is a {protocol.role} that streams beside a pair",
            fix="A real one streams beside a pair with `insole record run.h5 --pod any`, a virtual "
            "one with `insole demo 'run?pod=1'`",
        )
    layout = layout_of(spec)
    truth = truth_of(spec, layout)
    random = np.random.default_rng(spec.seed)
    plans: list[tuple[Plan, list[Fault]]] = []
    if isinstance(protocol, Carrying):
        plans.append(_carrying(spec, protocol, truth, layout, random))
    for number, side in enumerate(Side if not plans else (), start=1):
        serial = f"virtual-{spec.seed}-{number}"
        told = protocol.told(
            spread.capability(truth, side, layout=layout, rate_hz=spec.rate, serial=serial)
        )
        plan = Plan(
            protocol=protocol,
            capability=told,
            signal=spread.FootSignal(truth, side, capability=spread.felt(told)),
            clock=DeviceClock(told.rate_hz, boot_s=-float(random.uniform(*ON_BEFORE_S))),
            address=f"C0:00:00:00:00:0{number}",
            seed=spec.seed,
        )
        faults = build(spec.faults[side], seed=2 * spec.seed + number)
        plans.append((plan, faults))
    if spec.pod:
        pod = plugins.protocol(POD)
        told = pod.told(replace(plans[0][0].capability, serial=f"virtual-{spec.seed}-pod"))
        clock = DeviceClock(told.rate_hz, boot_s=-float(random.uniform(*ON_BEFORE_S)))
        plans.append((Plan(pod, told, Nodding(), clock, address="C0:00:00:00:00:03"), []))
    return plans


def _carrying(
    spec: Spec,
    protocol: InsoleProtocol,
    truth: Truth,
    layout: SensorLayout,
    random: np.random.Generator,
) -> tuple[Plan, list[Fault]]:
    """The one device that carries both feet."""
    serial = f"virtual-{spec.seed}"
    asked = spread.capability(truth, Side.LEFT, layout=layout, rate_hz=spec.rate, serial=serial)
    whole = protocol.told(replace(asked, side=None))
    told = both.told_by(whole, spec.faults)
    feet = tuple(Side) if not both.are_exchanged(spec.faults) else (Side.RIGHT, Side.LEFT)
    left, right = (spread.FootSignal(truth, side, capability=spread.felt(whole)) for side in feet)
    plan = Plan(
        protocol=protocol,
        capability=told or whole,
        signal=both.BothFeet((left, right)),
        clock=DeviceClock(whole.rate_hz, boot_s=-float(random.uniform(*ON_BEFORE_S))),
        address="C0:00:00:00:00:01",
        is_present=told is not None,
        seed=spec.seed,
    )
    beside = ("missing", "swapped")  # of feet, not of the device
    wanted = {
        side: {key: value for key, value in spec.faults[side].items() if key not in beside}
        for side in Side
    }
    made = {
        side: build(wanted[side], seed=2 * spec.seed + number)
        for number, side in enumerate(Side, start=1)
    }
    return plan, both.faults_of(made)


@asynccontextmanager
async def switched_on(
    air: Air, plans: Sequence[tuple[Plan, Sequence[Fault]]]
) -> AsyncGenerator[tuple[VirtualInsole, ...]]:
    """Insoles on this air; off again at the end.

    Args:
        air: where they are heard.
        plans: one entry per insole, with what is wrong with it.
    """
    # Bumble warns of packets for links that are gone, which faults make on purpose.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    origin = loop.time()
    insoles = tuple(
        VirtualInsole(air, plan, faults=faults, elapsed=lambda: loop.time() - origin)
        for plan, faults in plans
    )
    try:
        for insole in insoles:
            await insole.switch_on()
        yield insoles
    finally:
        for insole in insoles:
            await insole.switch_off()


@asynccontextmanager
async def virtual_pair(
    plans: Sequence[tuple[Plan, Sequence[Fault]]],
) -> AsyncGenerator[VirtualPair]:
    """A pair on an air of its own, with a radio for this program.

    Args:
        plans: one entry per insole, with what is wrong with it.
    """
    air = Air()
    device = air.device("program", HOST_ADDRESS)
    await device.power_on()
    try:
        async with switched_on(air, plans) as insoles:
            yield VirtualPair(air, insoles, Central(device))
    finally:
        await device.power_off()
