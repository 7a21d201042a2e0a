"""One virtual insole on its own air, played to a link faster than life; what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from insole import layouts
from insole.intake import Device, Intake
from insole.model.foot import Side
from insole.model.protocol import Decoder, InsoleProtocol, Paced
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Event,
    LinkState,
    Notice,
    Packet,
    Samples,
    Tick,
)
from insole.parameters import Parameters
from insole_drivers.conformance.truth import Rows, rows_for
from insole_drivers.link import Link
from insole_drivers.scan import Found, Scan
from insole_drivers.timing import Timing
from insole_drivers.virtual import fast
from insole_drivers.virtual.faults import Fault
from insole_drivers.virtual.insole import VirtualInsole
from insole_drivers.virtual.pair import SETTLE_S, virtual_pair
from insole_drivers.virtual.plan import DeviceClock, Plan

SERIAL: Final = "conformance-1"
WISHED_HZ: Final = 100.0
SENSORS: Final = 16
USUAL_MTU: Final = 247
BOOT_S: Final = -33.33
SEARCH_S: Final = 3.0
MARGIN: Final = 3  # steps around the truth
PATIENCE_S: Final = 30.0  # of the loop's own time, until the first sample

Script = Callable[[VirtualInsole], Awaitable[None]]


class Unheard(Exception):
    """The scan found no such insole, or it could not be connected: the text says which."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played.

    Attributes:
        seconds: of stream.
        side: of the foot.
        rate_hz: wished.
        boot_s: when the device was switched on, on the world's clock.
        ppm: its clock is fast by this.
        true_share: its true rate over the nominal one.
        mtu: largest it agrees to.
        battery: percent.
        faults: on the way.
        script: what happens to it, from the first sample on.
        chosen: settings.
        device: what the device speaks, where that is not quite the protocol; None: it is.
    """

    seconds: float = 4.0
    side: Side = Side.LEFT
    rate_hz: float = WISHED_HZ
    boot_s: float = BOOT_S
    ppm: float = 0.0
    true_share: float = 1.0
    mtu: int = USUAL_MTU
    battery: int = 87
    faults: Sequence[Fault] = ()
    script: Script | None = None
    chosen: Mapping[str, str] = field(default_factory=dict[str, str])
    device: InsoleProtocol | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Story:
    """What came of a scene.

    Attributes:
        scene, told, rows: what was played.
        clock: of the device, as it was switched on.
        first, last: steps of the truth between which the stream lay.
        found: what the scan said.
        events: everything that the link emitted.
        said: everything that a decoder made of the events.
        ordered: capabilities and samples behind the sequencer.
        device: what the intake knows at the end; None: nothing was ever heard.
    """

    scene: Scene
    told: Capability
    rows: Rows
    clock: DeviceClock
    first: int
    last: int
    found: Found
    events: list[Event]
    said: list[Decoded] = field(default_factory=list[Decoded])
    ordered: list[Capability | Samples] = field(default_factory=list[Capability | Samples])
    device: Device | None = None

    def texts(self, phase: str) -> list[str]:
        """What the user read in this phase of the link."""
        return [e.text for e in self.events if isinstance(e, LinkState) and e.phase == phase]

    def notices(self, *kinds: str) -> list[Notice]:
        """Problems that the decoder named."""
        return [s for s in self.said if isinstance(s, Notice) and (not kinds or s.kind in kinds)]

    def capabilities(self) -> list[Capability]:
        """What the device was taken for, in order."""
        return [item for item in self.ordered if isinstance(item, Capability)]

    def samples(self) -> list[Samples]:
        """Samples behind the sequencer."""
        return [item for item in self.ordered if isinstance(item, Samples)]


def wish(protocol: InsoleProtocol, scene: Scene) -> Capability:
    """What the protocol's device would be."""
    layout = layouts.for_count(SENSORS)
    return protocol.told(
        Capability(
            device=SERIAL,
            protocol=protocol.name,
            serial=SERIAL,
            firmware="conformance 1",
            side=scene.side,
            layout=layout,
            quantity="kPa",
            scale=1200 / 65535,
            offset=0.0,
            saturated=65535,
            rate_hz=scene.rate_hz,
            mass_kg=70.0,
        )
    )


def play(protocol: InsoleProtocol, scene: Scene) -> Story:
    """Play a scene to the end.

    Raises:
        Unheard: no stream came about.
    """
    return fast.run(_play(protocol, scene))


async def _play(protocol: InsoleProtocol, scene: Scene) -> Story:
    told, device = wish(protocol, scene), scene.device or protocol
    encoder = device.encoder(told)
    own_hz = encoder.rate_hz if isinstance(encoder, Paced) else told.rate_hz
    clock = DeviceClock(own_hz * scene.true_share, ppm=scene.ppm, boot_s=scene.boot_s)
    rows = rows_for(told, per_s=clock.world_hz, boot_s=clock.boot_s)
    plan = Plan(
        protocol=device,
        capability=told,
        signal=rows,
        clock=clock,
        address="C0:00:00:00:00:01",
        mtu=scene.mtu,
        battery=scene.battery,
    )
    events: list[Event] = []
    failures: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: failures.append(str(context.get("exception") or context["message"]))
    )
    async with virtual_pair([(plan, scene.faults)]) as pair:
        insole = pair.insoles[0]
        scan = Scan((protocol,), scanner={"backend": pair.central.scanner})

        async def search(_: Link | None = None) -> Found | None:
            heard = await scan.look(SEARCH_S, is_enough=bool)
            return heard[0] if heard else None

        found = await search()
        if found is None:
            raise Unheard("the scan does not recognise its own advertisement")
        link = Link(
            found,
            emit=events.append,
            search=search,
            timing=Timing(now_ns=fast.now_ns),
            client={"backend": pair.central.client},
            chosen=scene.chosen,
        )
        work = asyncio.create_task(link.run())
        try:
            first_s = await _began(insole, work, events)
            insole.end_s = first_s + scene.seconds
            if scene.script is not None:
                await scene.script(insole)
            await asyncio.sleep(max(0.0, insole.end_s + SETTLE_S - insole.elapsed()))
        finally:
            work.cancel()
            await asyncio.wait({work})
            await link.close()
        closed_s = insole.elapsed()
    if failures:
        raise Unheard(f"the virtual insole fails: {failures[0]}")
    spanned = rows.steps(np.array([first_s, closed_s])).tolist()
    return _story(
        protocol,
        Story(scene, told, rows, clock, spanned[0] - MARGIN, spanned[1] + MARGIN, found, events),
    )


async def _began(insole: VirtualInsole, work: asyncio.Task[None], events: Sequence[Event]) -> float:
    """World time of the first sample."""
    streaming = asyncio.create_task(insole.streaming.wait())
    await asyncio.wait({streaming, work}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    if streaming.done():
        return insole.elapsed()
    streaming.cancel()
    if work.done() and work.exception() is not None:
        raise Unheard(f"the link ended: {work.exception()}")
    words = [event.text for event in events if isinstance(event, LinkState)]
    raise Unheard(f"it never began to stream: {words[-1]}")


def _story(protocol: InsoleProtocol, story: Story) -> Story:
    """Fill in what a decoder, and what the engine's intake make of the events."""
    overheard = _Overheard(protocol.decoder(SERIAL), story.said)

    class Lent:
        """The protocol, as far as an intake asks it."""

        name = protocol.name

        def decoder(self, _: str) -> Decoder:
            return overheard

    lent: Any = Lent()
    intake = Intake(Parameters(), lookup=lambda _: lent)
    for event in story.events:
        if isinstance(event, Connected):  # a described protocol too is asked, not its text
            event = replace(event, description="")  # noqa: PLW2901
        story.ordered.extend(intake.feed(event))
    story.ordered.extend(intake.flush())
    known = [each for each in intake.devices.values() if each.key]
    device = next((each for each in known if each.capability is not None), None)
    return replace(story, device=device)


@dataclass(frozen=True, slots=True)
class _Overheard:
    """A decoder whose words are written down."""

    decoder: Decoder
    said: list[Decoded]

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with everything that it says, in order."""
        said = self.decoder.feed(event)
        self.said.extend(said)
        return said
