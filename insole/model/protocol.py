"""What a driver protocol is: data plus a decoder and an encoder, both without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from insole.model.foot import Side
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Packet,
    Samples,
    Tick,
    Write,
)


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
        notify: characteristics to subscribe to, in order; the first carries samples.
        read: characteristics to read once after connecting; each answer becomes a Packet.
        write: characteristics that are written.
        optional: members of notify and read that may be absent.
        homes: characteristic to its service, where that is not `service`.
        by_property: members of notify and write whose numbers are not sure: where such a one is
            absent or cannot do its part, the only one of its service that can stands for it.
        tick_s: the link feeds its decoder a `Tick` so often, and every packet; 0: never.
        quiet_s: usual time between two packets with data, where the rate does not tell it.
    """

    service: str
    notify: tuple[str, ...]
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    homes: Mapping[str, str] = field(default_factory=dict[str, str])
    by_property: frozenset[str] = frozenset()
    tick_s: float = 0.0
    quiet_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """Something about a device that its user may choose.

    Attributes:
        name: key, e.g. `rate`, `range`, `streams`, `name`, `vibrate`.
        meaning: one line for people.
        choices: allowed words or numbers, as text; empty: any text.
        usual: what stands when nothing is chosen.
        length: least and most characters of a text; (0, 0): any number.
        is_once: done once, like a buzz, or kept by the device itself, like its name: asked for
            when it is first connected, and not kept for another day.
    """

    name: str
    meaning: str
    choices: tuple[str, ...] = ()
    usual: str = ""
    length: tuple[int, int] = (0, 0)
    is_once: bool = False

    def fault(self, value: str) -> str:
        """Why it cannot be this value; "" when it can.

        >>> Setting("rate", "samples a second", ("50", "100")).fault("60")
        'it is 50, 100'
        """
        if self.choices:
            return "" if value in self.choices else f"it is {', '.join(self.choices)}"
        least, most = self.length
        if most and not least <= len(value) <= most:
            return f"it has {least} to {most} characters"
        return ""


class Decoder(Protocol):
    """Bytes of one device in, values out; never raises for foreign bytes; state is bounded."""

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with everything that it says, in order."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """A decoder of a device that keeps samples until they are asked for.

    It can be copied (`copy.deepcopy`): a recording that was stopped waits for what is under way
    with a decoder of its own.
    """

    def finish(self) -> None:
        """What is taken from now on is not wanted any more."""
        ...

    @property
    def is_complete(self) -> bool:
        """After `finish`: everything that is wanted has come, or cannot."""
        ...


class Encoder(Protocol):
    """The device's half, for virtual insoles and round trips."""

    @property
    def is_streaming(self) -> bool:
        """It has been asked to stream, or needs not be asked: packets leave once subscribed."""
        ...

    def packets(self, samples: Samples, mtu: int) -> list[tuple[str, bytes]]:
        """Notifications (channel, payload) that carry these samples with this MTU."""
        ...

    def answer(self, write: Write, mtu: int) -> list[tuple[str, bytes]]:
        """Notifications that the device sends when a client writes."""
        ...

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic."""
        ...

    def hung_up(self) -> None:
        """The client is gone: what it asked for is forgotten."""
        ...

    def restart(self) -> None:
        """The device reboots: counters and times that follow start anew."""
        ...


@runtime_checkable
class Paced(Protocol):
    """An encoder whose device samples at another rate when it is told to, or than it claims."""

    @property
    def rate_hz(self) -> float:
        """Samples a second of the device's own clock, at present."""
        ...


class InsoleProtocol(Protocol):
    """One kind of insole. Found by entry point `insole.protocols`."""

    name: str
    title: str
    gatt: Gatt
    settings: tuple[Setting, ...]

    def match(self, advert: Advert) -> Match | None:
        """Is this advertisement ours?"""
        ...

    def decoder(self, device: str) -> Decoder:
        """A fresh decoder for one device."""
        ...

    def told(self, wish: Capability) -> Capability:
        """The nearest to a wish that a device of this kind can be, in the words it would use.

        A kind with sensors of its own answers with its own layout and rates, and with `counts`
        where its makers give no calibration.
        """
        ...

    def encoder(self, capability: Capability) -> Encoder:
        """A fresh encoder for one virtual device; the capability is one that `told` gave."""
        ...

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """What a virtual device says on the air; its address is not looked at."""
        ...

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """What to write, in order, to make the device stream with these settings."""
        ...

    def stop(self) -> list[Write]:
        """What to write to make it stop."""
        ...


@runtime_checkable
class Described(Protocol):
    """A protocol that was made of a text. Recordings keep the text (`Connected.description`)."""

    description: str


@runtime_checkable
class Keeping(Protocol):
    """An encoder whose device keeps samples while nobody listens."""

    @property
    def keeps_s(self) -> float:
        """For how long, at present."""
        ...


@runtime_checkable
class Carrying(Protocol):
    """A protocol whose devices carry both feet over one connection.

    Their decoders give what is one foot's the key `foot_key(device, side)`. A wish without a side
    is the whole device; its encoder takes rows of all sensors, those of the first foot first.

    Attributes:
        carries: the feet, in the order of these rows.
    """

    carries: tuple[Side, ...]


@runtime_checkable
class Companion(Protocol):
    """A protocol whose devices stream beside a pair and are never one of its feet.

    Their decoders say readings and facts, no capability and no samples.

    Attributes:
        role: what such a device is, for people.
    """

    role: str


class Vectors(Protocol):
    """Known packets and what the maker's own decoder says of them; entry point `insole.vectors`.

    `insole decode NAME FILE --check` compares with it.
    """

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What our decoder says, packet by packet.

        Raises:
            DamagedFile: the vector has not the form of this protocol's vectors.
        """
        ...

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`.

        Where ours is more tolerant than the maker's, it follows the maker up to its error, and
        says what ours says of every later packet.

        Raises:
            DamagedFile: the vector has not the form of this protocol's vectors.
        """
        ...
