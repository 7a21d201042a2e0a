"""What can go wrong around an insole: its clock, the host, the radio, the air, its table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from insole.model.arrays import Floats, Raw
from insole_drivers.virtual.fault import Afflicted, Fault, Once, fault, full_scale
from insole_drivers.virtual.plan import Plan

BLUETOOTH_OFF_S = 2.0
SLEEP_S = 60.0
DISCOVERY_TURNS = 40  # of the event loop after the connection: the table is being read then


@fault
class Uptime(Fault):
    """It was switched on so long ago: its counters and its clock stand where they wrap."""

    key = "uptime"
    meaning = "s that it has been on: 65534 is near the wrap of 16 bits of ms"
    usual = 4294.0

    def plan(self, plan: Plan) -> Plan:
        return replace(plan, clock=replace(plan.clock, boot_s=-self.value))


@fault
class ClockBack(Once):
    """Its clock is set back by `clock_back_by` s (3600), as a clock that is set by hand."""

    key = "clock_back_at"
    meaning = "s after the first sample at which its clock is set back by clock_back_by s"
    usual = 3.0

    async def happen(self, insole: Afflicted) -> None:
        insole.set_clock_back(self.settings.get("clock_back_by", 3600.0))


@fault
class Suspended(Once):
    """The computer sleeps for `suspend_for` s (60): its monotonic clock stands, the link is lost.

    A host that wakes has a gap of its own in no clock that it can ask, but the device went on.
    """

    key = "suspend_at"
    meaning = "s after the first sample at which the computer sleeps for suspend_for s"
    usual = 3.0

    async def happen(self, insole: Afflicted) -> None:
        insole.lose()
        insole.sleep_through(self.settings.get("suspend_for", SLEEP_S))
        await asyncio.sleep(1.0)
        insole.restore()


@fault
class BluetoothOff(Once):
    """Somebody switches Bluetooth off, and on again after `bluetooth_off_for` s (2)."""

    key = "bluetooth_off_at"
    meaning = "s after the first sample at which Bluetooth is off for bluetooth_off_for s"
    usual = 3.0

    async def happen(self, insole: Afflicted) -> None:
        insole.switch_bluetooth(on=False)
        await asyncio.sleep(self.settings.get("bluetooth_off_for", BLUETOOTH_OFF_S))
        insole.switch_bluetooth(on=True)


@fault
class SensorDrift(Fault):
    """Unloaded sensors read more with time, by this share of their full scale a minute."""

    key = "sensor_drift"
    meaning = "share of full scale by which all readings rise per minute, loaded or not"
    usual = 0.02

    def feel(self, raw: Raw, time_s: Floats, plan: Plan) -> Raw:
        full = full_scale(plan)
        since_s = np.maximum(time_s, 0.0)
        risen = raw + np.rint(self.value * full * since_s / 60.0)[:, None]
        return np.minimum(risen, full).astype(raw.dtype)


@fault
class Strangers(Fault):
    """So many other devices are around; their names hold anything, and they repeat themselves."""

    key = "strangers"
    meaning = "how many other devices advertise, with names that nobody should print"
    usual = 1000.0

    def around(self, insole: Afflicted) -> None:
        insole.crowd(int(self.value))


@fault
class TableChanges(Fault):
    """Its attribute table changes while it is read, on so many connections."""

    key = "table_changes"
    meaning = "connections on which its attribute table changes while it is read"
    usual = 1.0

    def __init__(self, value: float, *, settings: Mapping[str, float], seed: int) -> None:
        super().__init__(value, settings=settings, seed=seed)
        self._left = int(value)

    def answered(self, insole: Afflicted) -> None:
        if self._left > 0:
            self._left -= 1
            _after(DISCOVERY_TURNS, insole.change_table)


def _after(turns: int, act: Callable[[], None]) -> None:
    """Act after so many turns of the event loop: on this air an answer takes no time."""
    loop = asyncio.get_running_loop()
    if turns:
        loop.call_soon(_after, turns - 1, act)
    else:
        loop.call_soon(act)


@fault
class Mute(Fault):
    """It takes the connection and never answers a request."""

    key = "mute"
    meaning = "it connects and never answers"
    usual = 1.0

    def answered(self, insole: Afflicted) -> None:
        if self.value:
            insole.fall_mute()
