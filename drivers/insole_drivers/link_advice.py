"""What the numbers of a link mean, and what helps: rules and sentences of the link doctor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from insole.model.arrays import Floats
from insole.model.link import LinkFinding

RATE_SHARE: Final = 0.015  # a crystal is off by 0.01 %: more is another rate
LOSS_HINT: Final = 0.002
LOSS_BAD: Final = 0.02
JITTER_HINT_MS: Final = 60.0
JITTER_BAD_MS: Final = 250.0
FAR_DBM: Final = -75
VERY_FAR_DBM: Final = -85
SMALL_MTU: Final = 64
SHARED: Final = 0.5  # of neighbours with one time
REPEATED: Final = 0.02
TOGETHER: Final = 0.5  # of the seconds with losses that both feet have in common
BEYOND_CHANCE: Final = 3.0  # standard deviations
BURSTY: Final = 0.8  # of all losses that lie in one second of ten
FEW: Final = 0.2  # of all seconds have a loss at all
AIR: Final = (
    "Put a USB adapter on an extension cable away from USB 3 ports, and move 2.4 GHz Wi-Fi to 5 GHz"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Numbers of one link; NaN where nothing is known. Names as in `LinkHealth`.

    Attributes:
        received, lost: samples.
        second, share: (n,) seconds, and the share lost in each.
        share_same: neighbours inside a packet that have one time.
        share_again: neighbours of two packets that have one time.
        midnights, steps: jumps of the device's clock by a day, and others.
        sleeps: jumps of times and numbers alike.
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
    received: int
    lost: int
    second: Floats
    share: Floats
    share_same: float
    share_again: float
    midnights: int
    steps: int
    sleeps: int


def findings(one: Measured) -> Iterator[LinkFinding]:
    """What is to be said of one link by itself."""
    yield from _rate(one)
    yield from _stamps(one)
    yield from _loss(one)
    yield from _radio(one)


def between(all_of_them: Sequence[Measured]) -> dict[str, tuple[LinkFinding, ...]]:
    """What only several links together tell, by device: losses at once, or of one alone."""
    losing = [one for one in all_of_them if _lost_share(one) >= LOSS_HINT]
    if len(all_of_them) < 2 or not losing:
        return {}
    if len(losing) == 1:
        alone = LinkFinding(
            "loss_of_one",
            "hint",
            "only this insole loses samples, the other does not",
            "The body is in the way of this one: wear the computer, or its adapter, on that side; "
            "charge this insole",
        )
        return {losing[0].device: (alone,)}
    first, second = losing[:2]
    seconds = [set(one.second[one.share > 0].tolist()) for one in (first, second)]
    together = len(seconds[0] & seconds[1])
    common = together / max(1, min(len(each) for each in seconds))
    whole = len(set(first.second.tolist()) | set(second.second.tolist()))
    if common < TOGETHER or together <= _by_chance(*map(len, seconds), of=whole):
        return {}
    both = LinkFinding(
        "coexistence",
        "hint",
        f"both insoles lose samples in the same seconds ({common:.0%} of them)",
        f"Something else uses the air or the adapter. {AIR}; end other Bluetooth sound",
    )
    return {first.device: (both,), second.device: (both,)}


def _by_chance(first: int, second: int, *, of: int) -> float:
    """What two sets of seconds drawn blindly out of so many hardly ever have in common.

    Mean and `BEYOND_CHANCE` standard deviations of the hypergeometric distribution.
    """
    mean = first * second / of
    spread = mean * (1.0 - first / of) * (of - second) / max(1, of - 1)
    return mean + BEYOND_CHANCE * float(np.sqrt(spread))


def _rate(one: Measured) -> Iterator[LinkFinding]:
    if not (isfinite(one.measured_hz) and one.nominal_hz > 0):
        return
    off = one.measured_hz / one.nominal_hz - 1.0
    if abs(off) <= RATE_SHARE:
        return
    known = (
        "its own clock agrees, so its times are right"
        if _agrees(one)
        else ("its own times follow the rate that it tells, and are wrong by as much")
    )
    yield LinkFinding(
        "rate",
        "hint" if _agrees(one) else "bad",
        f"it gives {one.measured_hz:.1f} samples a second and tells {one.nominal_hz:g}; {known}",
        "" if _agrees(one) else f"Use {one.measured_hz:.0f} Hz as its rate in its description",
    )


def _agrees(one: Measured) -> bool:
    """The device's own clock runs at the host's pace."""
    return abs(one.device_hz / one.measured_hz - 1.0) <= RATE_SHARE


def _stamps(one: Measured) -> Iterator[LinkFinding]:
    if one.share_same > SHARED:
        per = 1.0 / max(1e-9, 1.0 - one.share_same)
        many = "all samples" if per > 1000 else f"about {per:.0f} samples"
        yield LinkFinding(
            "shared_times",
            "bad",
            f"{many} of a packet share one time stamp",
            "Describe the time as that of the packet, so that its samples are spread evenly",
        )
    if one.share_again > REPEATED:
        yield LinkFinding(
            "repeated_times",
            "hint",
            f"{one.share_again:.0%} of packets repeat the time stamp of the one before",
            "Its clock is coarser than its packets, or packets come twice: times of steps are "
            "no better than that",
        )
    if one.midnights:
        yield LinkFinding(
            "midnight",
            "bad",
            "its clock jumped by a day: it tells the time of day, and midnight passed",
            "Describe its time as one that wraps after 24 hours",
        )
    if one.steps:
        yield LinkFinding(
            "clock_step",
            "hint",
            f"its clock was set {one.steps} time{'s' if one.steps > 1 else ''} while it streamed",
            "Set the clock of an insole before a recording, not within",
        )

    if one.sleeps:
        times = f"{one.sleeps} time{'s' if one.sleeps > 1 else ''}"
        yield LinkFinding(
            "host_slept",
            "hint",
            f"it went on for longer than this computer's clock did, {times}: the computer slept",
            "Keep the computer awake while insoles stream",
        )


def _lost_share(one: Measured) -> float:
    return one.lost / max(1, one.received + one.lost)


def _loss(one: Measured) -> Iterator[LinkFinding]:
    share = _lost_share(one)
    if share < LOSS_HINT:
        return
    worst = np.sort(one.share)[::-1][: max(1, len(one.share) // 10)]
    is_few = np.count_nonzero(one.share) <= FEW * len(one.share)
    is_bursty = len(one.share) >= 10 and (is_few or worst.sum() >= BURSTY * one.share.sum())
    where = "in a few seconds" if is_bursty else "all the time"
    yield LinkFinding(
        "loss",
        "bad" if share >= LOSS_BAD else "hint",
        f"{share:.1%} of the samples are lost, {where}",
        "Look at the strip of losses: what happened then helps to find the cause"
        if is_bursty
        else f"{AIR}; a lower rate needs less of the air",
    )


def _radio(one: Measured) -> Iterator[LinkFinding]:
    if isfinite(one.jitter_ms) and one.jitter_ms >= JITTER_HINT_MS:
        bursts = f", {one.burst:.0f} packets at once" if one.burst >= 2 else ""
        yield LinkFinding(
            "jitter",
            "bad" if one.jitter_ms >= JITTER_BAD_MS else "hint",
            f"arrivals scatter by {one.jitter_ms:.0f} ms{bursts}",
            "What is shown live is late by that; recorded times are not",
        )
    if 0 < one.mtu < SMALL_MTU:
        yield LinkFinding(
            "mtu",
            "hint",
            f"packets hold {one.mtu - 3} bytes only (MTU {one.mtu})",
            "A newer Bluetooth adapter, or newer firmware, agrees to more",
        )
    if one.rssi_dbm is not None and one.rssi_dbm <= FAR_DBM:
        yield LinkFinding(
            "signal",
            "bad" if one.rssi_dbm <= VERY_FAR_DBM else "hint",
            f"it was heard at {one.rssi_dbm} dBm",
            "Come nearer, and keep the body out of the way",
        )
    if one.connections > 1:
        yield LinkFinding(
            "reconnections",
            "hint",
            f"the link was made {one.connections} times",
            "",
        )
