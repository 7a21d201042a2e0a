"""A socket that one Bluetooth host at a time talks through; the newest is the one.

Bumble's own servers forget the newer host when an older one leaves, read its first packet as the
rest of what the older one had begun, and leave sockets open at the end.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bumble.transport.common import StreamPacketSource, Transport

KINDS = ("tcp-server", "unix-server")


class HostSocket(Transport):
    """A listening socket, as a Bumble transport."""

    def __init__(self) -> None:
        self._packets = StreamPacketSource()
        self._host: asyncio.WriteTransport | None = None
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._is_closed = False
        super().__init__(self._packets, self)

    async def listen(self, transport: str) -> None:
        """Open it.

        Args:
            transport: `tcp-server:HOST:PORT` (`_` for every address) or `unix-server:PATH`.

        Raises:
            OSError: it cannot be opened. `ValueError`, `OverflowError`: it names no such place.
        """
        kind, _, place = transport.partition(":")
        loop = asyncio.get_running_loop()
        if kind == "tcp-server":
            address, _, port = place.rpartition(":")
            self._server = await loop.create_server(
                lambda: _Conversation(self), None if address == "_" else address, int(port)
            )
            return
        self._server = await loop.create_unix_server(lambda: _Conversation(self), place)
        self._path = Path(place)

    def enter(self, host: asyncio.WriteTransport) -> None:
        """A host has come; the one before is sent away."""
        if self._is_closed:  # let in just before
            host.close()
            return
        if self._host is not None:
            self._host.close()
        self._host = host
        self._packets.parser.reset()

    def leave(self, host: asyncio.BaseTransport | None) -> None:
        """A host has gone."""
        if self._host is host:
            self._host = None

    def hear(self, host: asyncio.BaseTransport | None, data: bytes) -> None:
        """Bytes of a host."""
        if self._host is host:
            self._packets.data_received(data)

    def on_packet(self, packet: bytes) -> None:
        """Bytes for the host, if there is one."""
        if self._host is not None:
            self._host.write(packet)

    async def close(self) -> None:
        """No host, no socket."""
        self._is_closed = True
        if self._server is not None:
            self._server.close()
        if self._host is not None:
            self._host.close()
            self._host = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)


class _Conversation(asyncio.Protocol):
    """One host, from its coming to its going."""

    def __init__(self, place: HostSocket) -> None:
        self._place = place
        self._host: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._host = transport
            self._place.enter(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._place.leave(self._host)

    def data_received(self, data: bytes) -> None:
        self._place.hear(self._host, data)
