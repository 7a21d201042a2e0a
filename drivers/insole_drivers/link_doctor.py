"""The link doctor: events and samples of a pair in, what is wrong with its links out, in words.

It reads no clock and does no input or output: a recording gives the same findings as the live
stream did. Memory is bounded: the newest packets and blocks, and two hours of seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import carrier
from insole.model.link import LinkFinding, LinkHealth
from insole.model.quality import Quality
from insole.model.stream import Capability, Connected, Event, LinkState, Packet, Samples
from insole_drivers.link_advice import Measured, between, findings

KEPT_BLOCKS: Final = 4096  # about a minute of 50 packets a second
KEPT_PACKETS: Final = 1024
KEPT_SECONDS: Final = 7200
LEAST_S: Final = 8.0  # of stream before a rate is measured
AT_ONCE_NS: Final = 2_000_000  # packets nearer than this came in one burst
STEP_US: Final = 1_000_000  # a time that moves so far against the arrivals was set
MOST_COUNTED: Final = 1000  # numbers that go on over the setting of a clock
LIKE: Final = 0.1  # of a step: what its numbers may tell otherwise
DERIVED: Final = np.uint32(Quality.DERIVED_TIME)
DAY_US: Final = 86_400_000_000
DAY_NEAR_US: Final = 120_000_000

Block: TypeAlias = tuple[int, int, int]
"""Arrival (ns), number and device time (us) of the last sample of a block."""


@dataclass(slots=True)
class Stamps:
    """What device times do from one sample to the next.

    Attributes:
        pairs, same: neighbours in one packet; those with one time.
        across, again: neighbours in two packets; those with one time.
        midnights: jumps by a day.
        steps: other jumps against the arrivals.
        sleeps: jumps of times and numbers alike: the arrivals' clock stood still.
    """

    pairs: int = 0
    same: int = 0
    across: int = 0
    again: int = 0
    midnights: int = 0
    steps: int = 0
    sleeps: int = 0


@dataclass(slots=True)
class Chart:
    """One device, as far as it was heard."""

    capability: Capability | None = None
    blocks: deque[Block] = field(default_factory=lambda: deque[Block](maxlen=KEPT_BLOCKS))
    packets: deque[int] = field(default_factory=lambda: deque[int](maxlen=KEPT_PACKETS))
    seconds: deque[list[int]] = field(default_factory=lambda: deque[list[int]](maxlen=KEPT_SECONDS))
    stamps: Stamps = field(default_factory=Stamps)
    first_ns: int = -1
    segment: int = -1
    received: int = 0
    lost: int = 0
    mtu: int = 0
    rssi_dbm: int | None = None
    connections: int = 0


class LinkDoctor:
    """Takes what is heard, in order; answers about each device at any time."""

    def __init__(self) -> None:
        self._charts: dict[str, Chart] = {}

    def feed(self, event: Event) -> None:
        """One event of a source."""
        match event:
            case Packet():
                self._chart(event.device).packets.append(event.arrival_ns)
            case Connected():
                chart = self._chart(event.device)
                chart.mtu, chart.connections = event.mtu, chart.connections + 1
                chart.packets.clear()  # the pause between two connections is none of theirs
            case LinkState() if event.device and event.rssi_dbm is not None:
                self._chart(event.device).rssi_dbm = event.rssi_dbm
            case _:
                pass

    def heard(self, items: Sequence[Capability | Samples]) -> None:
        """What was decoded of the events so far, ordered."""
        for item in items:
            chart = self._chart(item.device)
            if isinstance(item, Capability):
                chart.capability = item
            elif len(item.sequence):
                for block in _packets(item):
                    _take(chart, block)

    def health(self) -> dict[str, LinkHealth]:
        """Each device that has given samples or was connected, by its key."""
        told = {key for key, chart in self._charts.items() if chart.capability is not None}
        carrying = {carrier(key) for key in told} - told
        charts = {
            key: self._whole(key, chart)
            for key, chart in self._charts.items()
            if key not in carrying and (chart.capability is not None or chart.connections)
        }
        measured = {key: _measured(key, chart) for key, chart in charts.items()}
        is_one_link = len({carrier(key) for key in measured}) < len(measured)
        shared = {} if is_one_link else between(list(measured.values()))
        return {
            key: _told(one, charts[key], (*findings(one), *shared.get(key, ())))
            for key, one in measured.items()
        }

    def _whole(self, key: str, chart: Chart) -> Chart:
        """The chart of a foot with what its connection is, where that carries both feet."""
        link = self._charts.get(carrier(key), chart)
        return replace(chart, packets=link.packets, mtu=link.mtu, connections=link.connections)

    def _chart(self, key: str) -> Chart:
        chart = self._charts.get(key)
        if chart is None:
            chart = self._charts[key] = Chart()
        return chart


def _packets(block: Samples) -> Iterator[Samples]:
    """The same samples, one packet after another; recordings give them in one piece."""
    came_ns = block.arrival_ns
    cuts = (came_ns[1:] != came_ns[:-1]).nonzero()[0] + 1
    if not len(cuts):
        yield block
        return
    edges = [0, *cuts.tolist(), len(block.sequence)]
    for first, end in pairwise(edges):
        rows = slice(first, end)
        yield replace(
            block,
            sequence=block.sequence[rows],
            tick_us=block.tick_us[rows],
            arrival_ns=block.arrival_ns[rows],
            values=block.values[rows],
            flags=block.flags[rows],
        )


def _take(chart: Chart, block: Samples) -> None:
    arrival_ns = int(block.arrival_ns[-1])
    if chart.first_ns < 0:
        chart.first_ns = arrival_ns
    known = chart.blocks[-1] if chart.blocks else None
    numbers = block.sequence
    missing = int(numbers[-1] - numbers[0]) + 1 - len(numbers)
    is_new = known is not None and block.segment != chart.segment
    if known is not None and not is_new:
        missing += max(0, int(numbers[0]) - known[1] - 1)
    _inside(chart.stamps, block)
    if known is not None and _across(chart, block, known, is_new=is_new):
        chart.blocks.clear()  # no rate goes over this
    chart.segment = block.segment
    chart.received += len(numbers)
    chart.lost += missing
    second = (arrival_ns - chart.first_ns) // 1_000_000_000
    if not chart.seconds or chart.seconds[-1][0] < second:
        chart.seconds.append([second, 0, 0])
    chart.seconds[-1][1] += len(numbers)
    chart.seconds[-1][2] += missing
    chart.blocks.append((arrival_ns, int(numbers[-1]), int(block.tick_us[-1])))


def _is_derived(block: Samples) -> bool:
    return bool((block.flags & DERIVED).any())


def _inside(stamps: Stamps, block: Samples) -> None:
    """Count neighbours in a block."""
    if len(block.sequence) < 2 or _is_derived(block):
        return
    steps = np.diff(block.tick_us)
    in_packet = np.diff(block.arrival_ns) == 0
    stamps.pairs += int(in_packet.sum())
    stamps.same += int(((steps == 0) & in_packet).sum())
    stamps.across += int((~in_packet).sum())
    stamps.again += int(((steps == 0) & ~in_packet).sum())


def _across(chart: Chart, block: Samples, known: Block, *, is_new: bool) -> bool:
    """Count the step from the block before; True where numbers or times begin anew with it.

    A clock that is set begins a segment, as a restart does, but its numbers go on.
    """
    stamps, counted = chart.stamps, int(block.sequence[0]) - known[1]
    if _is_derived(block) or (is_new and not 0 < counted <= MOST_COUNTED):
        return is_new
    step_us = int(block.tick_us[0]) - known[2]
    elapsed_us = (int(block.arrival_ns[0]) - known[0]) // 1000
    stamps.across += not is_new
    stamps.again += step_us == 0
    if abs(abs(step_us - elapsed_us) - DAY_US) < DAY_NEAR_US:
        stamps.midnights += 1
    elif step_us < -STEP_US or step_us > elapsed_us + STEP_US:
        rate_hz = chart.capability.rate_hz if chart.capability is not None else 0.0
        is_counted = rate_hz > 0 and abs(step_us - counted * 1e6 / rate_hz) <= LIKE * step_us
        stamps.sleeps += is_counted
        stamps.steps += not is_counted
    else:
        return is_new
    return True


def _measured(key: str, chart: Chart) -> Measured:
    """Numbers of one device; NaN where too little was heard."""
    blocks = np.array(chart.blocks, np.float64).reshape(-1, 3)
    measured_hz = device_hz = jitter_ms = float("nan")
    if len(blocks) > 2:
        arrival_s, number, tick_s = (blocks - blocks[0]).T * np.array([[1e-9], [1.0], [1e-6]])
        if arrival_s[-1] >= LEAST_S:
            measured_hz = float(number[-1] / arrival_s[-1])
            device_hz = float(number[-1] / tick_s[-1]) if tick_s[-1] > 0 else float("nan")
        jitter_ms = _jitter_ms(arrival_s, number if not tick_s.any() else tick_s)
    packet_ms, burst = _pace(np.array(chart.packets, np.int64))
    told = chart.capability
    seconds = np.array(chart.seconds, np.float64).reshape(-1, 3)
    return Measured(
        device=key,
        nominal_hz=told.rate_hz if told is not None else float("nan"),
        measured_hz=measured_hz,
        device_hz=device_hz,
        jitter_ms=jitter_ms,
        packet_ms=packet_ms,
        burst=burst,
        mtu=chart.mtu,
        rssi_dbm=chart.rssi_dbm,
        connections=chart.connections,
        received=chart.received,
        lost=chart.lost,
        second=seconds[:, 0],
        share=seconds[:, 2] / np.maximum(seconds[:, 1] + seconds[:, 2], 1.0),
        share_same=chart.stamps.same / max(1, chart.stamps.pairs),
        share_again=chart.stamps.again / max(1, chart.stamps.across),
        midnights=chart.stamps.midnights,
        steps=chart.stamps.steps,
        sleeps=chart.stamps.sleeps,
    )


def _jitter_ms(arrival_s: Floats, clock: Floats) -> float:
    """Spread of the arrivals about a straight line of the device's own time."""
    away = clock - clock.mean()
    spread = float(np.sum(away * away))
    if spread <= 0.0:
        return float("nan")
    centred = arrival_s - arrival_s.mean()
    late = centred - away * (float(np.sum(away * centred)) / spread)
    low, high = np.percentile(late, [5, 95])
    return float(high - low) * 1e3


def _pace(packets: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[float, float]:
    """Usual ms between bursts of packets, and packets in a burst."""
    gaps = np.diff(packets)
    apart = gaps[gaps > AT_ONCE_NS]
    if len(apart) < 2:
        return float("nan"), float("nan")
    return float(np.median(apart)) * 1e-6, len(gaps) / len(apart)


def _told(one: Measured, chart: Chart, found: tuple[LinkFinding, ...]) -> LinkHealth:
    order = {"bad": 0, "hint": 1, "fine": 2}
    whole = one.received + one.lost
    return LinkHealth(
        device=one.device,
        nominal_hz=one.nominal_hz,
        measured_hz=one.measured_hz,
        device_hz=one.device_hz,
        jitter_ms=one.jitter_ms,
        packet_ms=one.packet_ms,
        burst=one.burst,
        mtu=chart.mtu,
        rssi_dbm=chart.rssi_dbm,
        connections=chart.connections,
        lost_share=one.lost / whole if whole else 0.0,
        strip_s=one.second,
        strip_lost=one.share,
        findings=tuple(sorted(found, key=lambda each: order[each.level])),
    )
