"""What a fault of a virtual insole is, and the table that they are entered in.

Every hook has a harmless default. Randomness comes from the plan's seed only, so a spoilt stream
can be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol

import numpy as np

from insole.model.arrays import Floats, Raw
from insole_drivers.virtual.plan import Plan


class Afflicted(Protocol):
    """The insole, as far as a fault may reach into it."""

    def lose(self) -> None: ...
    def restore(self) -> None: ...
    def die(self) -> None: ...
    def set_battery(self, percent: int) -> None: ...
    async def reboot(self) -> None: ...
    async def move(self, address: str) -> None: ...
    def sleep_through(self, seconds: float) -> None: ...
    def set_clock_back(self, seconds: float) -> None: ...
    def switch_bluetooth(self, *, on: bool) -> None: ...
    def change_table(self) -> None: ...
    def fall_mute(self) -> None: ...
    def crowd(self, count: int) -> None: ...


class Fault:
    """One way to go wrong.

    Args:
        value: the number given with the key.
        settings: all numbers of this foot, for faults that need two.
        seed: of its randomness.

    Class attributes are its key, what its number means and a number for whoever names none.

    Attributes:
        stream: of a device with several, the one that the packet under way is of.
    """

    key: ClassVar[str]
    meaning: ClassVar[str]
    usual: ClassVar[float]

    def __init__(self, value: float, *, settings: Mapping[str, float], seed: int) -> None:
        self.value = value
        self.settings = settings
        self.stream = 0
        self.random = np.random.default_rng([seed, *self.key.encode()])

    def plan(self, plan: Plan) -> Plan:
        """Change what is built."""
        return plan

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        """Change what the sensors read: raw (n, S) at time_s (n,)."""
        del time_s, plan
        return raw

    def carry(self, value: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        """Change one packet on its way into (delay in s, bytes) that arrive."""
        del now_s
        return ((0.0, value),)

    def around(self, insole: Afflicted) -> None:
        """Act when it is switched on."""

    def answered(self, insole: Afflicted) -> None:
        """Act when it is connected, before anything is asked."""

    async def live(self, insole: Afflicted) -> None:
        """Act over time; starts with the first sample."""


class Sometimes(Fault):
    """Strikes a share of the packets."""

    def carry(self, value: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        """A packet that is struck, or as it is."""
        del now_s
        if not value or self.random.random() >= self.value:
            return ((0.0, value),)
        return tuple((0.0, packet) for packet in self.strike(value))

    def strike(self, value: bytes) -> Iterable[bytes]:
        """What arrives in the place of one packet."""
        return (value,)


class Once(Fault):
    """Happens so many seconds after the first sample."""

    async def live(self, insole: Afflicted) -> None:
        """Wait for it."""
        await asyncio.sleep(self.value)
        await self.happen(insole)

    async def happen(self, insole: Afflicted) -> None:
        """It is time."""


class OneSensor(Fault):
    """One sensor, by number from 0, reads the same for ever."""

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        """All others are as they were."""
        del time_s
        spoilt = raw.copy()
        spoilt[:, int(self.value) % raw.shape[1]] = self.code(plan)
        return spoilt

    def code(self, plan: Plan) -> int:
        """What it reads."""
        del plan
        return 0


def full_scale(plan: Plan) -> int:
    """Code that a sensor clips to."""
    return plan.capability.saturated or 0xFFFF


FAULTS: dict[str, type[Fault]] = {}


def fault(cls: type[Fault]) -> type[Fault]:
    """Enter a class in the table."""
    FAULTS[cls.key] = cls
    return cls
