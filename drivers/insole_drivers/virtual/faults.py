"""What can go wrong with an insole, one small class each.

To add a fault: write a class with a `key` and the hooks it needs, and `@fault` enters it in the
table. What goes wrong around an insole (host, radio, air) is in `troubles`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from insole.errors import SettingsError
from insole.model.arrays import Floats, Raw
from insole_drivers.virtual import troubles
from insole_drivers.virtual.fault import (
    FAULTS,
    Afflicted,
    Fault,
    Once,
    OneSensor,
    Sometimes,
    fault,
    full_scale,
)
from insole_drivers.virtual.plan import Plan

__all__ = ["FAULTS", "Afflicted", "Fault", "build", "carry_through", "fault", "troubles"]

BATTERY_STEPS = 20  # levels told on the way down
FREEZES_EVERY_S = 3.0


def build(settings: Mapping[str, float], *, seed: int) -> list[Fault]:
    """The faults that these settings of one foot ask for, in the order of the table.

    Raises:
        SettingsError: a number that the fault cannot have.
    """
    made: list[Fault] = []
    for key, cls in FAULTS.items():
        if key in settings:
            value = settings[key]
            if not 0 <= value < float("inf") and key != "drift_ppm":
                raise SettingsError(
                    f"{key} is {value}",
                    where="virtual pair",
                    why="it is a finite number of at least 0",
                    fix=f"Give {key} such a number",
                )
            made.append(cls(value, settings=settings, seed=seed))
    return made


def carry_through(
    faults: Sequence[Fault], value: bytes, now_s: float, *, stream: int = 0
) -> Iterable[tuple[float, bytes]]:
    """One packet of a stream through all faults in turn; delays add up."""
    arriving: list[tuple[float, bytes]] = [(0.0, value)]
    for each in faults:
        each.stream = stream
        arriving = [
            (delay + more, spoilt)
            for delay, packet in arriving
            for more, spoilt in each.carry(packet, now_s + delay)
        ]
    return arriving


# --- packets ---


@fault
class Loss(Sometimes):
    """A share of packets never arrives: a full queue in firmware or host."""

    key = "loss"
    meaning = "share of packets lost"
    usual = 0.02

    def strike(self, value: bytes) -> Iterable[bytes]:
        del value
        return ()


@fault
class Duplicate(Sometimes):
    """A share arrives twice, as after a reconnect on BlueZ."""

    key = "duplicate"
    meaning = "share of packets delivered twice"
    usual = 0.02

    def strike(self, value: bytes) -> Iterable[bytes]:
        return (value, value)


@fault
class Reorder(Sometimes):
    """A share is overtaken by the packet after it."""

    key = "reorder"
    meaning = "share of packets overtaken by the next"
    usual = 0.02

    def __init__(self, value: float, *, settings: Mapping[str, float], seed: int) -> None:
        super().__init__(value, settings=settings, seed=seed)
        self._held: dict[int, bytes] = {}

    def carry(self, value: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        held = self._held.pop(self.stream, None)
        if held is not None:
            return ((0.0, value), (0.0, held))
        return super().carry(value, now_s)

    def strike(self, value: bytes) -> Iterable[bytes]:
        self._held[self.stream] = value
        return ()


@fault
class Corrupt(Sometimes):
    """A share arrives with one bit flipped."""

    key = "corrupt"
    meaning = "share of packets with a flipped bit"
    usual = 0.02

    def strike(self, value: bytes) -> Iterable[bytes]:
        spoilt = bytearray(value)
        spoilt[self.random.integers(len(value))] ^= 1 << int(self.random.integers(8))
        return (bytes(spoilt),)


@fault
class Truncate(Sometimes):
    """A share arrives cut short: a link with a smaller MTU than the firmware believes."""

    key = "truncate"
    meaning = "share of packets cut short"
    usual = 0.02

    def strike(self, value: bytes) -> Iterable[bytes]:
        return (value[: int(self.random.integers(len(value)))],)


@fault
class Interval(Fault):
    """Packets arrive only at connection events, several at once."""

    key = "interval_ms"
    meaning = "connection interval, ms: packets arrive in bursts"
    usual = 50.0

    def carry(self, value: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        interval_s = self.value * 1e-3
        return ((interval_s - now_s % interval_s if interval_s > 0 else 0.0, value),)


@fault
class Burst(Fault):
    """Once a second nothing passes for this long, then everything at once."""

    key = "burst"
    meaning = "s of each second in which packets pile up"
    usual = 0.3

    def carry(self, value: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        return ((max(0.0, self.value - now_s % 1.0), value),)


# --- what is built ---


@fault
class Mtu(Fault):
    """The device agrees to this ATT MTU and no more."""

    key = "mtu"
    meaning = "largest ATT MTU, 23 to 517"
    usual = 23.0

    def plan(self, plan: Plan) -> Plan:
        return replace(plan, mtu=int(min(517, max(23, self.value))))


@fault
class Missing(Fault):
    """It never appears: left at home, or switched off."""

    key = "missing"
    meaning = "the insole never appears"
    usual = 1.0

    def plan(self, plan: Plan) -> Plan:
        return replace(plan, is_present=self.value == 0)


@fault
class Drift(Fault):
    """Its clock runs fast by so many parts per million."""

    key = "drift_ppm"
    meaning = "its clock runs fast by this, ppm"
    usual = 50.0

    def plan(self, plan: Plan) -> Plan:
        return replace(plan, clock=replace(plan.clock, ppm=plan.clock.ppm + self.value))


@fault
class WrongRate(Fault):
    """It samples at this rate and still tells its nominal one."""

    key = "wrong_rate"
    meaning = "true rate, Hz, while the nominal one is told"
    usual = 104.0

    def plan(self, plan: Plan) -> Plan:
        rate_hz = self.value if self.value > 0 else plan.clock.rate_hz
        return replace(plan, clock=replace(plan.clock, rate_hz=rate_hz))


@fault
class Swapped(Fault):
    """It says that it is the other foot."""

    key = "swapped"
    meaning = "it says that it is the other foot"
    usual = 1.0

    def plan(self, plan: Plan) -> Plan:
        told = plan.capability
        if self.value == 0 or told.side is None:
            return plan
        return replace(plan, capability=replace(told, side=told.side.other))


# --- over time ---


@fault
class Drop(Once):
    """The link is lost at a time and comes back after another (`drop_for`, 2 s)."""

    key = "drop_at"
    meaning = "s after the first sample at which the link is lost, for drop_for s"
    usual = 3.0

    async def happen(self, insole: Afflicted) -> None:
        insole.lose()
        await asyncio.sleep(self.settings.get("drop_for", 2.0))
        insole.restore()


@fault
class Reboot(Once):
    """It restarts: counters and clock begin again."""

    key = "reboot_at"
    meaning = "s after the first sample at which it restarts"
    usual = 3.0

    async def happen(self, insole: Afflicted) -> None:
        await insole.reboot()


@fault
class BatteryDies(Fault):
    """The battery falls to nothing, then the insole is silent without a word."""

    key = "battery_dies_at"
    meaning = "s after the first sample at which the battery is empty"
    usual = 10.0

    def plan(self, plan: Plan) -> Plan:
        return replace(plan, battery=BATTERY_STEPS)

    async def live(self, insole: Afflicted) -> None:
        for level in range(BATTERY_STEPS - 1, -1, -1):
            await asyncio.sleep(self.value / BATTERY_STEPS)
            insole.set_battery(level)
        insole.die()


@fault
class AddressChanges(Once):
    """It comes back under another address, as devices with privacy do."""

    key = "address_changes"
    meaning = "s after the first sample at which it changes its address"
    usual = 3.0

    async def happen(self, insole: Afflicted) -> None:
        digits = [f"{int(byte):02X}" for byte in self.random.integers(0, 256, 5)]
        await insole.move(":".join(["C1", *digits]))


# --- sensors ---


@fault
class Saturate(Fault):
    """Sensors read at most this share of their full scale."""

    key = "saturate"
    meaning = "share of full scale at which sensors clip to it"
    usual = 0.2

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        del time_s
        full = full_scale(plan)
        return np.where(raw >= self.value * full, raw.dtype.type(full), raw)


@fault
class Dead(OneSensor):
    """One sensor, by number from 0, reads nothing."""

    key = "dead"
    meaning = "number of a sensor that reads nothing"
    usual = 0.0


@fault
class Stuck(OneSensor):
    """One sensor, by number from 0, reads a quarter of its full scale for ever."""

    key = "stuck"
    meaning = "number of a sensor that never changes"
    usual = 0.0

    def code(self, plan: Plan) -> int:
        return full_scale(plan) // 4


@fault
class Spike(Fault):
    """In a share of the samples one sensor jumps by half its full scale, and is back in the next.

    Which ones depends on the seed and the instant alone, however the stream is cut into blocks.
    """

    key = "spike"
    meaning = "share of samples in which one sensor jumps and comes back"
    usual = 0.005

    def __init__(self, value: float, *, settings: Mapping[str, float], seed: int) -> None:
        super().__init__(value, settings=settings, seed=seed)
        self._salt = np.uint64(self.random.integers(1 << 63))

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        mixed = _mixed(np.rint(time_s * 1e4).astype(np.int64).view(np.uint64) + self._salt)
        rows = np.flatnonzero(mixed / 2.0**64 < self.value)
        sensors = (_mixed(mixed[rows]) % np.uint64(raw.shape[1])).astype(np.int64)
        full, spoilt = full_scale(plan), raw.copy()
        far = np.where(raw[rows, sensors] < full / 2, full - 1, 0)
        spoilt[rows, sensors] = far.astype(raw.dtype)
        return spoilt


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers (n,) that look random: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@fault
class Freeze(Fault):
    """Every 3 s all sensors repeat for this long what they read, while counter and clock go on."""

    key = "freeze"
    meaning = f"s of every {FREEZES_EVERY_S:g} s in which all sensors repeat what they read"
    usual = 0.3

    def __init__(self, value: float, *, settings: Mapping[str, float], seed: int) -> None:
        super().__init__(value, settings=settings, seed=seed)
        self._turn: int | None = None
        self._row: Raw = np.empty(0)

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        del plan
        turns = np.floor(time_s / FREEZES_EVERY_S).astype(np.int64)
        is_frozen = time_s - turns * FREEZES_EVERY_S < self.value
        spoilt = raw.copy()
        for turn in np.unique(turns[is_frozen]).tolist():
            rows = np.flatnonzero(is_frozen & (turns == turn))
            if turn != self._turn:
                self._turn, self._row = turn, raw[rows[0]].copy()
            spoilt[rows] = self._row
        return spoilt


@fault
class Creep(Fault):
    """Loaded sensors read more with time, by this share a minute."""

    key = "creep"
    meaning = "share by which readings grow per minute"
    usual = 0.1

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        grown = raw * (1.0 + self.value * time_s / 60.0)[:, None]
        return np.minimum(np.rint(grown), full_scale(plan)).astype(raw.dtype)
