"""What one virtual insole is: its words, its clock, its signal. Data only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from insole.model.arrays import Floats, Ints, Raw
from insole.model.protocol import Advert, InsoleProtocol
from insole.model.stream import Capability


class Signal(Protocol):
    """What the sensors of one insole feel."""

    def raw(self, time_s: Floats) -> Raw:
        """Wire integers (n, S) at instants (n,) s after the pair was switched on."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """When a device takes its samples, in the world's time and in its own.

    Sample 0 is taken at boot. The device's own clock runs `ppm` too fast, so it takes its samples
    a little early, and believes that it does not.

    Attributes:
        rate_hz: samples per second of its own clock.
        ppm: how much faster its clock runs than the world's.
        boot_s: world time of sample 0.
        back_s: how much its clock was set back.
    """

    rate_hz: float
    ppm: float = 0.0
    boot_s: float = 0.0
    back_s: float = 0.0

    @property
    def world_hz(self) -> float:
        """Samples per second of the world's clock."""
        return self.rate_hz * (1.0 + self.ppm * 1e-6)

    def taken(self, time_s: float) -> int:
        """How many samples were taken up to and including this instant."""
        return max(0, math.floor((time_s - self.boot_s) * self.world_hz + 1e-9) + 1)

    def instants(self, sequence: Ints) -> Floats:
        """World times (n,) s of samples with these numbers."""
        return self.boot_s + sequence / self.world_hz

    def instant(self, sequence: int) -> float:
        """World time of one sample, s."""
        return self.boot_s + sequence / self.world_hz

    def ticks_us(self, sequence: Ints) -> Ints:
        """Device time (n,) of samples with these numbers, microseconds since boot."""
        return np.rint(sequence * (1e6 / self.rate_hz) - 1e6 * self.back_s).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Plan:
    """One virtual insole, as it is built.

    Attributes:
        protocol: what it speaks.
        capability: what it says of itself; a fault may make it wrong.
        signal: what its sensors feel.
        clock: when it takes samples.
        address: static random address.
        advert: what it says on the air, where that is not what its protocol says.
        mtu: largest ATT MTU it agrees to.
        battery: percent at the start.
        is_present: it is switched on.
        seed: of everything random in it.
    """

    protocol: InsoleProtocol
    capability: Capability
    signal: Signal
    clock: DeviceClock
    address: str
    advert: Advert | None = None
    mtu: int = 247
    battery: int = 87
    is_present: bool = True
    seed: int = 0
