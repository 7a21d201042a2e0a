"""How well a link does: what was measured, what that means, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from insole.model.arrays import Floats

Level: TypeAlias = Literal["fine", "hint", "bad"]


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """One thing that a link doctor noticed.

    Attributes:
        kind: a word for programs, e.g. `rate`, `loss`, `shared_times`.
        level: `hint` is worth knowing, `bad` spoils results.
        text: what was seen, one sentence.
        advice: what helps, one sentence; "" where nothing needs to be done.
    """

    kind: str
    level: Level
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """One device's link so far; NaN where nothing is known.

    Attributes:
        device: its key.
        nominal_hz, measured_hz: told by the device; samples a second of the host's clock.
        device_hz: samples a second of the device's own clock.
        jitter_ms: between early and late arrivals, 5th to 95th percentile.
        packet_ms: usual time between two packets, or between two bursts of them.
        burst: packets that usually come at once.
        mtu: of the newest connection, 0 before.
        rssi_dbm: of the last advertisement.
        connections: how often it was connected.
        lost_share: of all samples.
        strip_s: (n,) seconds from the first sample, one per second.
        strip_lost: (n,) share of the samples of that second that are lost: the heat strip.
        findings: what was noticed, worst first.
    """

    device: str
    nominal_hz: float
    measured_hz: float
    device_hz: float
    jitter_ms: float
    packet_ms: float
    burst: float
    mtu: int
    rssi_dbm: int | None
    connections: int
    lost_share: float
    strip_s: Floats
    strip_lost: Floats
    findings: tuple[LinkFinding, ...] = ()
