"""A pair of virtual insoles with a signal that can be computed beside it, and who listens to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from insole.model.foot import SensorLayout, Side
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Event,
    LinkState,
    Packet,
    Samples,
)
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.radio import Radio, RadioSource
from insole_drivers.timing import Timing
from insole_drivers.virtual import fast, faults
from insole_drivers.virtual.pair import VirtualPair, virtual_pair
from insole_drivers.virtual.plan import DeviceClock, Plan

QUICK = Timing(
    connect_s=0.6,
    request_s=1.0,
    again_s=(0.02, 0.05, 0.05),
    alone_s=0.1,
    resubscribe_s=5.0,
    give_up_s=0.4,
    search_s=0.3,
    first_search_s=0.6,
    company_s=0.2,
    goodbye_s=0.5,
    hang_up_s=1.0,
)
SERIALS = {Side.LEFT: "L-001", Side.RIGHT: "R-001"}
ADDRESSES = {Side.LEFT: "C0:00:00:00:00:01", Side.RIGHT: "C0:00:00:00:00:02"}
FULL = 4095


@dataclass(frozen=True)
class Waves:
    """Sensor s reads 1000 + s + 500 sin(5 t): a formula that a test can repeat."""

    sensors: int

    def raw(self, time_s):
        wave = 1000 + 500 * np.sin(5 * time_s)
        return np.rint(wave[:, None] + np.arange(self.sensors)).astype(np.uint16)


def plan(side: Side, *, rate_hz: float = 100.0, sensors: int = 4, **changes) -> Plan:
    layout = SensorLayout(
        name="bench",
        kind="discrete",
        xy=np.linspace(0.2, 0.8, 2 * sensors).reshape(sensors, 2),
        length_mm=260.0,
        width_mm=90.0,
        outline=np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]),
        area_cm2=np.full(sensors, 5.0),
    )
    capability = Capability(
        device="",
        protocol="open",
        serial=SERIALS[side],
        firmware="1.2",
        side=side,
        layout=layout,
        quantity="kPa",
        scale=0.1,
        offset=0.0,
        saturated=FULL,
        rate_hz=rate_hz,
    )
    made = Plan(
        protocol=PROTOCOL,
        capability=capability,
        signal=Waves(sensors),
        clock=DeviceClock(rate_hz, boot_s=-40.0 - 10.0 * list(Side).index(side)),
        address=ADDRESSES[side],
        seed=7,
    )
    return replace(made, **changes)


def both(*, left=None, right=None, seed: int = 1, **changes):
    """Plans of a pair with the faults of each foot."""
    return [
        (plan(side, **changes), faults.build(asked or {}, seed=seed + at))
        for at, (side, asked) in enumerate(((Side.LEFT, left), (Side.RIGHT, right)))
    ]


@dataclass
class Heard:
    """Collects events from the radio's thread; a test waits for what it needs."""

    events: list[Event] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: Event) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait(self, wanted: Callable[[], bool], *, seconds: float = 15.0) -> None:
        with self.changed:
            assert self.changed.wait_for(wanted, seconds), f"never came: {self.story()}"

    def of(self, kind, device: str | None = None):
        return [e for e in self.events if isinstance(e, kind) and device in (None, e.device)]

    def phases(self, device: str) -> list[str]:
        return [state.phase for state in self.of(LinkState, device)]

    def texts(self, phase: str) -> list[str]:
        return [state.text for state in self.of(LinkState) if state.phase == phase]

    def story(self) -> list[str]:
        return [f"{e.phase}: {e.text}" for e in self.of(LinkState)]

    def said(self, device: str) -> list[Decoded]:
        decoder = PROTOCOL.decoder(device)
        return [
            said
            for event in list(self.events)
            if isinstance(event, Connected | Packet | Disconnected) and event.device == device
            for said in decoder.feed(event)
        ]

    def numbers(self, device: str) -> list[int]:
        """Sample numbers in order of arrival."""
        return [
            number
            for said in self.said(device)
            if isinstance(said, Samples)
            for number in said.sequence.tolist()
        ]

    def packets(self, device: str) -> list[Packet]:
        """Packets of the stream."""
        channel = PROTOCOL.gatt.notify[0]
        return [p for p in self.of(Packet, device) if p.channel == channel]


class Bench:
    """A source on a virtual pair; ends it whatever happens."""

    def __init__(self, plans: Sequence, *, timing: Timing = QUICK, seconds=None, **options) -> None:
        self.heard = Heard()
        self.pair: VirtualPair | None = None
        self.strengths_dbm: dict[str, int] = {}
        self._plans = plans
        self._seconds = seconds
        self.source = RadioSource(self._radio, protocols=(PROTOCOL,), timing=timing, **options)

    @asynccontextmanager
    async def _radio(self):
        async with virtual_pair(self._plans) as pair:
            self.pair = pair
            pair.air.strengths_dbm.update(self.strengths_dbm)
            radio = Radio({"backend": pair.central.scanner}, {"backend": pair.central.client})
            if self._seconds is not None:
                seconds = self._seconds
                radio = replace(radio, ended=lambda: pair.ended(seconds))
            yield radio

    def __enter__(self) -> Self:
        self.source.start(self.heard)
        return self

    def __exit__(self, *_) -> None:
        self.source.stop()

    def wait_end(self, seconds: float = 20.0) -> None:
        limit = time.monotonic() + seconds
        while not self.source.finished and time.monotonic() < limit:
            self.source._finished.wait(0.5)
        assert self.source.finished, self.heard.story()
        self.source.stop()


def run(plans: Sequence, seconds: float, *, timing: Timing = QUICK, **options) -> Heard:
    """Stream for so long, in time that jumps, and end by itself."""
    in_its_time = replace(timing, now_ns=fast.now_ns)
    with Bench(plans, timing=in_its_time, seconds=seconds, loop=fast.FastLoop, **options) as bench:
        bench.wait_end()
    assert bench.source.error is None
    return bench.heard
