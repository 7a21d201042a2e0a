"""Source `udp`: insoles, or programs that pass on their data, over a network.

    udp:brilliantsole=192.168.4.1             one insole; another after a comma
    udp:brilliantsole=192.168.4.1&rate=50     with settings, as `insole protocols` lists them
    udp:moticon=:8888                         listen, on this computer only
    udp:moticon=192.168.1.20:8888             listen on this address of this computer

An insole is spoken to, and only it is heard. Where there is only listening, the first sender is
heard until it falls silent; without an address only programs of this computer can be it.
"""

from __future__ import annotations

import ipaddress
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from insole import plugins
from insole.errors import NoInsoleFound, RequestError, SettingsError
from insole.model.stream import Event
from insole.plugins import Sink
from insole_drivers.advice import shown
from insole_drivers.chosen import checked
from insole_drivers.network_link import Address, NetworkLink
from insole_drivers.protocols.networked import NetworkProtocol

LOOPBACK: Final = "127.0.0.1"
FIRST_S: Final = 10.0  # nobody answered for so long at the beginning: an error
PACE_S: Final = 0.1  # how often what is due is looked for
STOP_S: Final = 3.0
MOST: Final = 2  # insoles of one person


@dataclass(frozen=True, slots=True)
class Asked:
    """One address of a specification."""

    protocol: NetworkProtocol
    address: Address
    chosen: dict[str, str] = field(default_factory=dict[str, str])
    local_port: int | None = None


class NetworkSource:
    """Datagrams as `insole.plugins.Source`, in a thread of its own.

    Args:
        asked: whom to speak or listen to.
        first_s: how long the first answer may take.
    """

    realtime = True

    def __init__(self, asked: tuple[Asked, ...], *, first_s: float = FIRST_S) -> None:
        self._asked = asked
        self._first_s = first_s
        self._sink: Sink | None = None
        self._thread: threading.Thread | None = None
        self._ends: tuple[socket.socket, socket.socket] | None = None  # to wake the thread
        self._is_stopped = threading.Event()
        self._finished = threading.Event()
        self._error: Exception | None = None

    def start(self, sink: Sink) -> None:
        """Begin; events arrive in order, stamped in the source's thread."""
        if self._thread is not None or self._is_stopped.is_set():
            raise RuntimeError("a source starts once")
        self._sink = sink
        self._ends = socket.socketpair()
        self._thread = threading.Thread(
            target=self._work, args=(self._ends[1],), name="insole-network"
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop the streams and end; at most 3 s, any number of times."""
        self._is_stopped.set()
        ends, self._ends = self._ends, None
        if ends is not None:
            ends[0].send(b"\0")
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_S)
        self._sink = None
        self._finished.set()
        for end in ends or ():
            end.close()

    @property
    def finished(self) -> bool:
        """No event will follow."""
        return self._finished.is_set()

    @property
    def error(self) -> Exception | None:
        """Why it ended by itself, if it failed."""
        return self._error

    def _emit(self, event: Event) -> None:
        sink = self._sink
        if sink is not None:
            sink(event)

    def _work(self, woken: socket.socket) -> None:
        links: list[NetworkLink] = []
        try:
            links.extend(map(self._link, self._asked))
            self._serve(links, woken)
        except Exception as error:  # noqa: BLE001  whatever it is, the engine reports it
            self._error = error
        finally:
            for link in links:
                link.close(time.monotonic_ns())
            self._finished.set()

    def _link(self, one: Asked) -> NetworkLink:
        return NetworkLink(
            one.protocol,
            one.address,
            emit=self._emit,
            chosen=one.chosen,
            local_port=one.local_port,
        )

    def _serve(self, links: list[NetworkLink], woken: socket.socket) -> None:
        began_ns = time.monotonic_ns()
        by_socket: dict[Any, NetworkLink] = {link.socket: link for link in links}
        for link in links:
            link.search(began_ns)
        while not self._is_stopped.is_set():
            now_ns = time.monotonic_ns()
            for link in links:
                link.beat(now_ns)
            is_late = now_ns - began_ns > self._first_s * 1e9
            spoken_to = [link for link in links if link.protocol.network.greeting is not None]
            if spoken_to and is_late and not any(link.was_heard for link in links):
                raise NoInsoleFound(
                    "no insole answered",
                    where=", ".join(f"udp:{link.protocol.name}={link.address}" for link in links),
                    why=f"nothing came within {self._first_s:.0f} s",
                    fix="Check its address and that this computer is in its network",
                )
            ready, _, _ = select.select([*by_socket, woken], [], [], PACE_S)
            for one in ready:
                if one in by_socket:
                    by_socket[one].read(time.monotonic_ns)
            _check_sides(links)


def _check_sides(links: list[NetworkLink]) -> None:
    """Two insoles of one foot are no pair.

    Raises:
        RequestError: they are.
    """
    sides = [side for link in links for side in link.sides]
    twice = next((side for side in sides if sides.count(side) > 1), None)
    if twice is not None:
        raise RequestError(
            f"both insoles say {twice}",
            where=", ".join(str(link.address) for link in links),
            why="a pair is one left and one right insole",
            fix="Name one left and one right insole, or one insole alone",
        )


def udp_source(spec: str) -> NetworkSource:
    """Source `udp`, as the head of this module shows.

    Raises:
        RequestError: a protocol that is not installed.
        SettingsError: the specification cannot be read.
    """
    return NetworkSource(tuple(asked(spec)))


def asked(spec: str) -> list[Asked]:
    """What a specification asks for.

    >>> [str(each.address) for each in asked("brilliantsole=10.0.0.7,10.0.0.8:3001")]
    ['10.0.0.7:3000', '10.0.0.8:3001']

    Raises:
        RequestError: a protocol that is not installed.
        SettingsError: it cannot be read.
    """
    pairs = parse_qsl(spec.removeprefix("?"), keep_blank_values=True)
    name, hosts = pairs[0] if pairs else ("", "")
    protocol = _protocol(name, spec)
    more = dict(pairs[1:])
    local = more.pop("local", None)
    local_port = None if local is None else _port(local, spec, least=0)
    chosen = checked(more, (protocol,), where=f"udp:{shown(spec)[:80]}")
    for key, value in chosen.items():
        fault = protocol.network.fault(key, value)
        if fault:
            raise _unread(spec, shown(fault))
    addresses = [_address(host, protocol, spec=spec) for host in hosts.split(",")]
    most = 1 if protocol.network.sides else MOST
    if len(addresses) > most or len(set(addresses)) < len(addresses):
        raise _unread(spec, f"{len(addresses)} addresses, possible are {most} different ones")
    return [Asked(protocol, address, chosen, local_port) for address in addresses]


def _protocol(name: str, spec: str) -> NetworkProtocol:
    if not name:
        raise _unread(spec, "it names no protocol")
    found: Any = plugins.protocol(name)
    if getattr(found, "network", None) is None:
        raise _unread(spec, f"{found.title} does not go over a network")
    return found


def _address(text: str, protocol: NetworkProtocol, *, spec: str) -> Address:
    """`HOST`, `HOST:PORT`, `[HOST]:PORT`, and `:PORT` or nothing for loopback."""
    host, port = text.strip(), str(protocol.network.port)
    if host.startswith("[") and "]" in host:
        host, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif host.count(":") == 1:
        host, _, told = host.partition(":")
        port = told or port
    is_listening = protocol.network.greeting is None
    if host in ("", "localhost") and (is_listening or host):
        host = LOOPBACK
    try:
        return Address(str(ipaddress.ip_address(host)), _port(port, spec, least=1))
    except ValueError:
        raise _unread(spec, f"'{shown(host)[:60]}' is no address, such as 192.168.4.1") from None


def _port(text: str, spec: str, *, least: int) -> int:
    port = int(text) if text.isdecimal() and len(text) < 6 else -1
    if not least <= port <= 65_535:
        raise _unread(spec, f"'{shown(text)[:20]}' is no port")
    return port


def _unread(spec: str, why: str) -> SettingsError:
    return SettingsError(
        "cannot read the source",
        where=f"udp:{shown(spec)[:80]}",
        why=why,
        fix="Write for example udp:brilliantsole=192.168.4.1 or udp:moticon=:8888",
    )
