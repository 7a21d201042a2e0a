"""One insole, or one program that passes on a pair's data, over UDP: what was sent, what came.

No thread and no clock of its own: the source tells it when to look.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from insole.errors import LinkLost
from insole.model.foot import Side
from insole.model.protocol import Decoder
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Event,
    LinkPhase,
    LinkState,
    Packet,
    Samples,
    Tick,
    Write,
)
from insole_drivers.protocols.networked import CHANNEL, NetworkProtocol

LARGEST: Final = 65_535
MTU: Final = 1024
MOST_AT_ONCE: Final = 256  # datagrams taken before others have their turn
START_AGAIN_NS: Final = 2_000_000_000  # no sample for so long: what starts them was lost
SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where datagrams go to or come from."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """It never leaves this computer."""
        return ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class NetworkLink:
    """Datagrams of one address, as events.

    Args:
        protocol: what is spoken.
        address: of the device; of ours when it is only listened to.
        emit: takes events.
        chosen: settings.
        local_port: of ours, None for the usual one.
    """

    def __init__(
        self,
        protocol: NetworkProtocol,
        address: Address,
        *,
        emit: Callable[[Event], None],
        chosen: Mapping[str, str],
        local_port: int | None = None,
    ) -> None:
        self.protocol = protocol
        self.address = address
        self.is_heard = False
        self.was_heard = False
        self._network = protocol.network
        self._emit = emit
        self._chosen = dict(chosen)
        self._local_port = self._network.local_port if local_port is None else local_port
        sides = self._network.sides
        self._devices: dict[str, Side | None] = (
            {f"{protocol.name} {side}": side for side in sides} if sides else {str(address): None}
        )
        self._decoders: dict[str, Decoder] = {
            device: protocol.decoder(device) for device in self._devices
        }
        self._peer: tuple[str, int] | None = None  # whom we listen to
        self._newest_ns = 0
        self._sampled_ns = 0  # newest sample, or newest start
        self._beat_ns = 0
        self.socket = self._opened()

    @property
    def sides(self) -> list[Side]:
        """Feet that it is known to be."""
        return [side for side in self._devices.values() if side is not None]

    # --- socket ---

    def _opened(self) -> socket.socket:
        """Bound and, where it is spoken to, connected: then only it is heard.

        Raises:
            LinkLost: the system does not give the port.
        """
        version = ipaddress.ip_address(self.address.host).version
        made = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        target = (self.address.host, self.address.port)
        try:
            if self._network.greeting is None:
                made.bind(target)
            else:
                if self._local_port:  # the two insoles of a pair send to the same one
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                here = self.address.host if self.address.is_loopback else _any(version)
                made.bind((here, self._local_port))
                made.connect(target)
        except OSError as error:
            made.close()
            raise LinkLost(
                "cannot use this address",
                where=f"udp:{self.protocol.name}={self.address}",
                why=error.strerror or str(error),
                fix="End the program that uses the port, or name another address or port",
            ) from error
        return made

    def _send(self, payload: bytes) -> None:
        with suppress(OSError):  # nobody there, or no room: UDP loses, and we send again
            self.socket.send(payload)

    # --- what comes ---

    def read(self, clock_ns: Callable[[], int]) -> None:
        """Take what waits, each datagram stamped as it is taken."""
        for _ in range(MOST_AT_ONCE):
            try:
                payload, peer = self.socket.recvfrom(LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # "port unreachable" of an earlier datagram
                continue
            now_ns = clock_ns()
            if self._peer is None:
                self._peer = peer[:2]
            if peer[:2] == self._peer:
                self._take(payload, now_ns)

    def _take(self, payload: bytes, now_ns: int) -> None:
        if not self.is_heard:
            self._connect(now_ns)
        self._newest_ns = now_ns
        for device in self._devices:
            packet = Packet(device, CHANNEL, now_ns, payload)
            self._emit(packet)
            for said in self._decoders[device].feed(packet):
                if isinstance(said, Write):
                    self._write(said)
                elif isinstance(said, Samples):
                    self._sampled_ns = now_ns
                elif isinstance(said, Capability):
                    self._devices[device] = said.side or self._devices[device]

    def _connect(self, now_ns: int) -> None:
        self.is_heard = self.was_heard = True
        self._beat_ns = now_ns
        told = {key: self._chosen[key] for key in self._network.told if key in self._chosen}
        where = f"{CHANNEL}:{self.address}" + (f"?{urlencode(told)}" if told else "")
        for device, side in self._devices.items():
            connected = Connected(
                device=device,
                arrival_ns=now_ns,
                protocol=self.protocol.name,
                address=where,
                name=self.protocol.title,
                mtu=MTU,
                side_hint=side,
            )
            self._emit(connected)
            self._decoders[device].feed(connected)
            self._say(now_ns, "streaming", "connected.", device)
        self._start(now_ns)

    # --- what passes ---

    def beat(self, now_ns: int) -> None:
        """Greet, ping, start again, give up: whatever is due."""
        network = self._network
        if self.is_heard and now_ns - self._newest_ns > network.silence_s * SECOND_NS:
            self._lose(now_ns)
        if now_ns - self._beat_ns < network.tick_s * SECOND_NS:
            return
        self._beat_ns = now_ns
        if not self.is_heard:
            if network.greeting is not None:
                self._send(network.greeting(self.socket.getsockname()[1]))
            return
        for device, decoder in self._decoders.items():
            for said in decoder.feed(Tick(device, now_ns)):
                if isinstance(said, Write):
                    self._write(said)
        if now_ns - self._sampled_ns > START_AGAIN_NS:
            self._start(now_ns)

    def search(self, now_ns: int) -> None:
        """Say that nobody was heard yet."""
        how = "listening" if self._network.greeting is None else "searching"
        for device in self._devices:
            self._say(now_ns, "searching", f"{how}.", device)

    def _lose(self, now_ns: int) -> None:
        self.is_heard = False
        self._peer = None
        reason = f"nothing came for {self._network.silence_s:.0f} s"
        for device, decoder in self._decoders.items():
            gone = Disconnected(device, now_ns, reason)
            self._emit(gone)
            decoder.feed(gone)
            self._say(now_ns, "reconnecting", f"lost: {reason}. Recording goes on.", device)

    def close(self, now_ns: int) -> None:
        """Stop the stream and let go."""
        if self.is_heard:
            for write in self.protocol.stop():
                self._write(self._network.enclose(write))
            for device in self._devices:
                self._emit(Disconnected(device, now_ns, "closed by the program"))
        for device in self._devices:
            self._say(now_ns, "closed", "closed.", device)
        self.socket.close()

    def _start(self, now_ns: int) -> None:
        self._sampled_ns = now_ns
        for write in self.protocol.start(self._chosen):
            self._write(self._network.enclose(write))

    def _write(self, write: Write) -> None:
        made = write.payload_at
        self._send(write.payload if made is None else made(datetime.now().astimezone()))

    def _say(self, now_ns: int, phase: LinkPhase, text: str, device: str) -> None:
        side = self._devices[device]
        label = f"{self.protocol.title} at {self.address}"
        key = device if self.was_heard else ""  # until then there is no device
        self._emit(LinkState(key, now_ns, phase=phase, text=f"{label}: {text}", side=side))


def _any(version: int) -> str:
    return "::" if version == 6 else "0.0.0.0"  # noqa: S104  connected at once: one peer is heard
