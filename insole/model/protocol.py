"""What a driver protocol is: data plus a decoder and an encoder, both without I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from insole.model.foot import Side
from insole.model.stream import Capability, Connected, Decoded, Disconnected, Packet, Samples, Write


@dataclass(frozen=True, slots=True)
class Advert:
    """What an advertisement says. Untrusted: names may hold anything."""

    address: str
    name: str
    services: tuple[str, ...] = ()
    manufacturer: dict[int, bytes] = field(default_factory=dict[int, bytes])
    service_data: dict[str, bytes] = field(default_factory=dict[str, bytes])
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Why an advertisement is taken for an insole."""

    protocol: str
    model: str
    side: Side | None
    battery: int | None = None


@dataclass(frozen=True, slots=True)
class Gatt:
    """UUIDs (128 bit, lower case) that a link needs.

    Attributes:
        service: advertised service.
        notify: characteristics to subscribe to, in order.
        read: characteristics to read once after connecting; each answer becomes a Packet.
        optional: members of notify and read that may be absent.
    """

    service: str
    notify: tuple[str, ...]
    read: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()


class Decoder(Protocol):
    """Bytes of one device in, values out; never raises for foreign bytes; state is bounded."""

    def feed(self, event: Connected | Packet | Disconnected) -> list[Decoded]:
        """Take one event; answer with everything that it says, in order."""
        ...


class Encoder(Protocol):
    """The device's half, for virtual insoles and round trips."""

    def packets(self, samples: Samples, mtu: int) -> list[tuple[str, bytes]]:
        """Notifications (channel, payload) that carry these samples with this MTU."""
        ...

    def answer(self, write: Write, mtu: int) -> list[tuple[str, bytes]]:
        """Notifications that the device sends when a client writes."""
        ...

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic."""
        ...

    def restart(self) -> None:
        """The device reboots: counters and times that follow start anew."""
        ...


class InsoleProtocol(Protocol):
    """One kind of insole. Found by entry point `insole.protocols`."""

    name: str
    title: str
    gatt: Gatt

    def match(self, advert: Advert) -> Match | None:
        """Is this advertisement ours?"""
        ...

    def decoder(self, device: str) -> Decoder:
        """A fresh decoder for one device."""
        ...

    def encoder(self, capability: Capability) -> Encoder:
        """A fresh encoder for one virtual device."""
        ...

    def start(self) -> list[Write]:
        """What to write, in order, to make the device stream."""
        ...

    def stop(self) -> list[Write]:
        """What to write to make it stop."""
        ...
