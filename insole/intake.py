"""From events to ordered samples: one decoder and one sequencer for each device.

Live, replay and `redecode` pass every event through here; imported files, which have no packets,
enter with decoded items. What comes out depends only on the order of what went in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import inf

from insole import plugins
from insole.model.foot import Side
from insole.model.protocol import Companion, Decoder, InsoleProtocol
from insole.model.quality import Ledger
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Event,
    Info,
    LinkState,
    Mark,
    Notice,
    Packet,
    Readings,
    Samples,
    Write,
)
from insole.parameters import Parameters
from insole.signal.order import Sequencer

PREAMBLE_EVENTS = 512
"""More events than this are not a preamble but a fault; the oldest go, last the capability's."""


@dataclass(slots=True)
class Device:
    """What is known about one device; changes as events come in.

    Attributes:
        role: what it is beside the pair; empty for insoles.
        protocol: name of what it speaks; empty for imported files.
        told_ns: arrival of the newest that it told beside pressure, 0 before.
    """

    key: str
    sequencer: Sequencer
    decoder: Decoder | None = None
    capability: Capability | None = None
    link: LinkState | None = None
    battery: int | None = None
    rssi_dbm: int | None = None
    info: dict[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    notices: int = 0
    role: str = ""
    protocol: str = ""
    told_ns: int = 0
    preamble: list[Event] = field(default_factory=list[Event])
    pieces: list[Event] = field(default_factory=list[Event])
    """Packets that said nothing yet: pieces of a message under way."""
    settled: int = 1
    """Events of the preamble up to the newest capability."""

    def keep(self, event: Packet, *, is_data: bool, is_word: bool, is_capability: bool) -> None:
        """Take a packet into the preamble, or not: what it said decides, pieces wait for that."""
        if not (is_data or is_word):
            self.pieces.append(event)
            del self.pieces[: -PREAMBLE_EVENTS // 2]
            return
        if not is_data:
            self.preamble += [*self.pieces, event]
        if is_capability:
            self.settled = len(self.preamble)
        if not is_data:
            more = len(self.preamble) - PREAMBLE_EVENTS // 2
            first = self.settled if self.settled + more <= len(self.preamble) else 1
            del self.preamble[first : first + max(0, more)]
            self.settled = min(self.settled, len(self.preamble))
        self.pieces.clear()

    def learn(self, fact: Info) -> None:
        """A fact that it told."""
        self.info[fact.kind] = fact.value
        if fact.kind == "battery":
            self.battery = int(fact.value)

    @property
    def side(self) -> Side | None:
        """What the device says of itself."""
        return self.capability.side if self.capability else None

    @property
    def ledger(self) -> Ledger:
        """Where this device's samples went so far."""
        return self.sequencer.ledger


class Intake:
    """Decodes and orders what a source yields.

    Args:
        parameters: `gaps.reorder_packets` is used.
        lookup: finds a protocol by name.
        listener: takes what devices tell beside their pressure.
        window_ns: samples that arrived outside do not count.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        lookup: Callable[[str], InsoleProtocol] = plugins.protocol,
        listener: Callable[[Readings], None] = lambda _: None,
        window_ns: tuple[float, float] = (-inf, inf),
    ) -> None:
        self._parameters = parameters
        self._lookup = lookup
        self._listener = listener
        self._window_ns = window_ns if window_ns != (-inf, inf) else None
        self.devices: dict[str, Device] = {}

    def feed(self, item: Event | Capability | Samples) -> list[Capability | Samples]:
        """Take one item; answer with what it makes known, in order.

        Raises:
            RequestError: the device speaks a protocol that is not installed.
        """
        match item:
            case Mark():
                return []
            case LinkState():
                device = self._device(item.device)
                device.link = item
                if item.rssi_dbm is not None:
                    device.rssi_dbm = item.rssi_dbm
                return []
            case Capability():
                self._device(item.device).capability = item
                return [item]
            case Samples():
                return list(self._ordered(self._device(item.device), item))
            case Connected():
                device = self._device(item.device)
                device.preamble, device.settled = [item], 1
                device.pieces.clear()
                if device.decoder is None:
                    protocol = self._protocol(item)
                    device.decoder = protocol.decoder(item.device)
                    device.protocol = protocol.name
                    device.role = protocol.role if isinstance(protocol, Companion) else ""
                return self._decode(device, item)
            case Packet() | Disconnected():
                return self._decode(self._device(item.device), item)

    def flush(self) -> list[Capability | Samples]:
        """End of stream: release what still waits for a missing packet."""
        return [block for device in self.devices.values() for block in device.sequencer.flush()]

    def hand_on(self, fresh: Intake) -> None:
        """What is known of links beside the events of their beginning, to an intake after this."""
        for key, device in self.devices.items():
            if key in fresh.devices or device.capability is not None:
                heir = fresh._device(key)
                heir.link, heir.battery, heir.rssi_dbm = (
                    device.link,
                    device.battery,
                    device.rssi_dbm,
                )

    def preamble(self) -> list[Event]:
        """Events that bring a fresh intake to know the same devices, in order of arrival."""
        events = [
            event for device in self.devices.values() for event in device.preamble + device.pieces
        ]
        return sorted(events, key=lambda event: event.arrival_ns)

    def _protocol(self, event: Connected) -> InsoleProtocol:
        """What the device speaks: as the event tells it, else what is installed."""
        if event.description:
            return plugins.described_protocol(event.protocol, event.description)
        return self._lookup(event.protocol)

    def _device(self, key: str) -> Device:
        device = self.devices.get(key)
        if device is None:
            device = Device(key, Sequencer(key, parameters=self._parameters))
            self.devices[key] = device
        return device

    def _ordered(self, device: Device, samples: Samples) -> Iterable[Samples]:
        """Samples of the window, in order."""
        if self._window_ns is not None:
            begin, end = self._window_ns
            inside = (samples.arrival_ns >= begin) & (samples.arrival_ns <= end)
            if not inside.any():
                return ()
            if not inside.all():
                columns = ("sequence", "tick_us", "arrival_ns", "values", "flags")
                samples = replace(
                    samples, **{name: getattr(samples, name)[inside] for name in columns}
                )
        return device.sequencer.push(samples)

    def _decode(
        self, device: Device, event: Connected | Packet | Disconnected
    ) -> list[Capability | Samples]:
        if device.decoder is None:
            device.notices += 1  # bytes of a device that never connected: kept raw, not decoded
            return []
        out: list[Capability | Samples] = []
        data = word = capability = False
        for said in device.decoder.feed(event):
            match said:
                case Samples():
                    data = True
                    out += self._ordered(self._device(said.device), said)
                case Capability():
                    self._device(said.device).capability = said
                    out.append(said)
                    word = capability = True
                case Info():
                    word = True
                    self._device(said.device).learn(said)
                case Notice():
                    word = True
                    of = self._device(said.device)
                    of.notices += 1
                    if said.kind in ("bad_checksum", "truncated", "bad_value"):
                        of.sequencer.corrupt()
                case Readings():
                    data = True
                    device.told_ns = event.arrival_ns
                    self._listener(said)
                case Write():
                    word = True  # the link that holds the device executes it
        if isinstance(event, Packet):
            device.keep(event, is_data=data, is_word=word, is_capability=capability)
        return out
